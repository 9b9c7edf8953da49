//! What the project's developers need and its users do not: making logs, schemas and examples.
//!
//! [`evtx`] writes the bytes of a log, [`recipe`] reads what shall stand in it, [`fleet`] makes
//! whole corpora to measure with; [`schema`] reads types, [`examples`] runs the program. Tests call
//! them in memory; the binary writes the files. Whether what is made is right is for tests to say.

pub mod evtx;
pub mod examples;
pub mod fleet;
pub mod recipe;
pub mod schema;
