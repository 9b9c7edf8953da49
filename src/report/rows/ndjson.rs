//! Rows as NDJSON: one JSON object a line, events first, then inputs.

use std::io::{self, Write};

use serde::Serialize;

use super::{EventRow, RowWriter, ToldRow};
use crate::report::json;

/// A line of an event.
#[derive(Serialize)]
#[serde(tag = "row", rename_all = "lowercase")]
enum Line<'a> {
    Event(&'a EventRow),
}

/// Writes lines.
pub(super) struct Ndjson<W>(pub(super) W);

impl<W: Write> RowWriter for Ndjson<W> {
    fn event(&mut self, row: &EventRow) -> io::Result<()> {
        line(&mut self.0, &Line::Event(row))
    }

    fn told(&mut self, row: &ToldRow) -> io::Result<()> {
        line(&mut self.0, row)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.0.flush()
    }
}

/// Writes one object and ends its line.
pub(super) fn line(out: &mut impl Write, row: &impl Serialize) -> io::Result<()> {
    json::write(&mut *out, row)?;
    out.write_all(b"\n")
}
