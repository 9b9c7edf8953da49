//! The model as it is: pretty JSON with a newline at its end.

use std::io;

use crate::report::json;
use crate::report::model::Report;

/// Writes the report as JSON.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    json::write_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}
