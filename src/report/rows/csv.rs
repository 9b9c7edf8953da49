//! Rows as CSV. Lists are one JSON text.

use std::borrow::Cow;
use std::io::{self, Write};

use super::value;
use super::{EventRow, RowWriter, ToldRow};
use crate::eventlog::rows::{COLUMNS, Column, INPUT_COLUMNS};
use crate::report::flat::csv::{ListStyle, Table};
use crate::report::json;

/// Lists as JSON, which takes every text as it is.
pub(super) struct Json;

impl ListStyle for Json {
    fn cell(&self, list: &[Cow<'_, str>]) -> String {
        json::text(list)
    }
}

/// Writes events; of inputs CSV has a table of its own, so that every line has the same columns.
pub(super) struct Csv<W: Write>(Table<W, Json>);

impl<W: Write> Csv<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        Ok(Self(table(out, COLUMNS)?))
    }
}

impl<W: Write> RowWriter for Csv<W> {
    fn event(&mut self, row: &EventRow) -> io::Result<()> {
        self.0.push(
            COLUMNS
                .iter()
                .map(|column| value::of_event(row, column.name)),
        )
    }

    fn told(&mut self, _: &ToldRow) -> io::Result<()> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.0.finish()
    }
}

/// The table of inputs.
pub(super) fn write_inputs(rows: &[ToldRow], out: impl Write) -> io::Result<()> {
    let mut table = table(out, INPUT_COLUMNS)?;
    for row in rows {
        table.push(
            INPUT_COLUMNS
                .iter()
                .map(|column| value::of_told(row, column.name)),
        )?;
    }
    table.finish()
}

fn table<W: Write>(out: W, columns: &[Column]) -> io::Result<Table<W, Json>> {
    Table::new(out, columns.iter().map(|column| column.name), Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_one_json_text() {
        let list = ["a\"b".into(), "=c".into()];
        assert_eq!(Json.cell(&list), r#"["a\"b","=c"]"#);
        assert_eq!(Json.cell(&[]), "[]");
    }
}
