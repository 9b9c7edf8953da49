//! What the project's developers need and its users do not: making logs.
//!
//! [`evtx`] writes the bytes of a log, [`recipe`] reads what shall stand in it, [`fleet`] makes
//! whole corpora to measure with. Tests call them in memory; the binary writes the files. Whether
//! what is made is right is for tests to say.

pub mod evtx;
pub mod fleet;
pub mod recipe;
