//! Many logs to one result: scanning into a mergeable [`Summary`], and concluding from it once.
//!
//! What is merged is state, never an answer: attempts and findings are made in [`conclude`], after
//! every event is known. One log is a fleet of one.

mod again;
mod asides;
mod forward;
mod identity;
mod order;
mod parallel;
mod pending;
mod row_files;
mod scan;
mod selection;
mod summary;
mod triage;
mod watch;

pub(crate) use parallel::in_parallel;

pub use again::{Seen, each_event};
pub use scan::{ScanOptions, scan};
pub use selection::{Selection, TimeBound};
pub use summary::{LogSummary, Summary};
pub use triage::{ConcludeOptions, LogFile, Selected, Triage, conclude};
pub use watch::{Progress, Watch};
