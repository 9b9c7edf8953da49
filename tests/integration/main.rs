//! The integration tests: one binary, one module for each subject.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and looks at files"
)]

mod architecture;
mod archives;
mod catalog;
mod corpora;
mod damage;
mod differential;
mod digital;
mod events;
mod exit_codes;
mod explain;
mod generated;
mod hostile;
mod kms;
mod languages;
mod machines;
mod meanings;
mod merge;
mod outputs;
mod pairs;
mod proved;
mod questions;
mod real_texts;
mod redact;
mod report;
mod robust;
mod rows;
mod scale;
mod schema;
mod selection;
mod states;
mod support;
mod weekly;
mod zones;
