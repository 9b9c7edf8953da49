//! The integration tests: one binary, one module for each subject.

mod architecture;
mod damage;
mod differential;
mod events;
mod exit_codes;
mod explain;
mod generated;
mod merge;
mod report;
mod support;
