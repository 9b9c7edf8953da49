//! Bytes of a log to records: walks chunks, verifies checksums, finds the chunks that can hold a
//! wanted record, decodes just those records.
//!
//! What is wanted is told by the caller ([`Wanted`]); what a record means is not known here.
//! Nothing that is wrong with a log is an error: it is counted, located and returned.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod binxml;
mod bytes;
mod chunk;
mod classic;
mod counts;
mod damage;
mod decode;
mod file;
mod fold;
mod interner;
mod json;
mod plain;
mod prefilter;
mod read;
pub mod rows;
mod strings;
mod utf16;
mod wanted;

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use chunk::CHUNK_BYTES;
pub use counts::{LogCounts, RunCounts};
pub use damage::{Damage, DamageKind, Note, NoteKind};
pub use file::{ChunkRun, FILE_HEADER_BYTES, runs};
pub use read::{
    ReadOptions, Scratch, finish, finish_forward, read_chunks, read_log, read_run, run_lost,
};
pub use strings::Strings;
pub use wanted::{Wanted, WantedIds, WantedProvider};

use crate::input::LogName;

/// A chunk's place in its log, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkIndex(pub u32);

/// A record's number: System/EventRecordID (the sender's), or the header's where said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub u64);

/// A decoded record: its system fields and its strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The log it was read from.
    pub log: LogName,
    /// The chunk it stands in.
    pub chunk: ChunkIndex,
    /// System/EventRecordID: identity and order (RULES.md 1). The header's where System has none.
    pub record_id: RecordId,
    /// The record header's number: its place in this file.
    pub file_record_id: RecordId,
    /// System/TimeCreated; the header's time where System has none.
    pub time: DateTime<Utc>,
    /// System/Computer as logged.
    pub computer: Arc<str>,
    /// System/Channel as logged, empty where there is none.
    pub channel: Arc<str>,
    /// System/Provider/@Name, or @EventSourceName where the name is missing.
    pub provider: Arc<str>,
    /// The low 16 bits of the event identifier.
    pub event_id: u16,
    /// The high 16 bits: severity and customer bits of the message.
    pub qualifiers: Option<u16>,
    /// System/Level: 0 success, 2 error, 3 warning, 4 information. Tells nothing of failure.
    pub level: Option<u8>,
    /// Whether the record carries RenderingInfo, as forwarded events do.
    pub has_rendering_info: bool,
    /// The strings of EventData in order, trailing empty ones left out; of named elements
    /// the values alone.
    pub data: Strings,
    /// The names of EventData's elements where they have any; then as long as `data`.
    pub data_names: Vec<String>,
}
