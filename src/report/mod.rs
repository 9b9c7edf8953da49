//! What is true to what is said: the report's model, its texts, and its formats.
//!
//! The model is built whole, with every text chosen, filled in and ordered; renderers only lay it
//! out and decide nothing.

mod baseline;
mod below;
mod build;
mod code_texts;
pub mod explain;
mod flat;
mod json;
mod listing;
pub mod model;
mod phrases;
mod redact;
pub mod render;
mod row_filter;
pub mod rows;
pub mod tables;
mod times;
mod zone;

pub use baseline::{Baseline, BaselineError};
pub use below::below;
pub use build::{ReportOptions, View, build, overlay_problem};
pub use listing::{ListedEntry, Listing, catalog_list};
pub use redact::Redactor;
pub use row_filter::RowFilter;
pub use zone::{Zone, ZoneError};
