//! The model as it is: pretty JSON with a newline at its end.

use std::io;

use crate::report::model::Report;

/// Writes the report as JSON.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}
