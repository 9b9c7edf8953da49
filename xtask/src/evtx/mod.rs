//! Writes `.evtx` logs as Windows does, as far as a reader can see.
//!
//! Bytes only: no files, no clock, no randomness, so the same records give the same log. Three
//! ways of writing a record are known ([`Shape`]); each was compared byte by byte with real logs
//! (reference/events.md 9). [`Damage`] breaks a finished log in one place and renews the
//! checksums around it, so that nothing but the wanted damage stands.
//!
//! What a record says is not known here: that is `recipe`'s business.

mod binxml;
mod chunk;
mod damage;
mod file;
mod record;
mod shape;
mod time;

pub use damage::{Damage, replace_units};
pub use file::{Log, LogOptions, RecordTooLarge};
pub use record::{Provider, Record, Rendering, Shape};
pub use time::{FileTime, ParseTimeError};

/// Length of the file header's block; the first chunk begins behind it.
pub const FILE_HEADER_BYTES: usize = 4096;
/// Length of a chunk.
pub const CHUNK_BYTES: usize = 65536;
