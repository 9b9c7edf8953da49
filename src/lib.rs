//! Finds Windows activation failures in exported `.evtx` logs and tells what is wrong, why, how
//! sure that is, and what to do.
//!
//! Data goes one way: [`input`] finds logs, [`eventlog`] reads them, [`spp`] understands their
//! events, [`fleet`] brings them together, [`diagnosis`] says what they mean, [`report`] says it in
//! words. [`hresult`] and [`catalog`] are what is known without any log.
//!
//! ```
//! use spptriage::{catalog, diagnosis, fleet, input, report};
//!
//! # fn main() -> std::io::Result<()> {
//! let found = input::discover(&["fixtures/logs".into()], &input::DiscoverOptions::default());
//! let mut summary = fleet::scan(found.sources, &fleet::ScanOptions::default());
//! found.skipped.into_iter().for_each(|path| summary.add_skipped(path));
//! let catalog = catalog::Catalog::builtin();
//! let triage = fleet::conclude(summary, &catalog, &fleet::ConcludeOptions::default());
//! let options = report::ReportOptions::new(catalog::Language::En, chrono::DateTime::UNIX_EPOCH);
//! let report = report::build(&triage, &catalog, &options);
//! let layout = report::render::RenderOptions::default();
//! report::render::render(&report, report::render::Format::Text, &layout, &mut std::io::sink())
//! # }
//! ```

pub mod catalog;
pub mod diagnosis;
pub mod eventlog;
pub mod fleet;
pub mod hresult;
pub mod input;
pub mod report;
pub mod spp;
