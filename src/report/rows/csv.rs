//! Rows as CSV after RFC 4180: UTF-8, lines end with CR LF, the first has the names. Lists are one
//! JSON text.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and log text is
//! written by whoever can write to a log: such cells get an apostrophe before them.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::{Terminator, Writer, WriterBuilder};

use super::value::{self, Value};
use super::{EventRow, RowWriter, ToldRow};
use crate::eventlog::rows::{COLUMNS, Column, INPUT_COLUMNS};

/// Writes events; of inputs CSV has a table of its own, so that every line has the same columns.
pub(super) struct Csv<W: Write>(Writer<W>);

impl<W: Write> Csv<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        Ok(Self(table(out, COLUMNS)?))
    }
}

impl<W: Write> RowWriter for Csv<W> {
    fn event(&mut self, row: &EventRow) -> io::Result<()> {
        write_row(&mut self.0, COLUMNS, |column| value::of_event(row, column))
    }

    fn told(&mut self, _: &ToldRow) -> io::Result<()> {
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.0.flush()
    }
}

/// The table of inputs.
pub(super) fn write_inputs(rows: &[ToldRow], out: impl Write) -> io::Result<()> {
    let mut table = table(out, INPUT_COLUMNS)?;
    for row in rows {
        write_row(&mut table, INPUT_COLUMNS, |column| {
            value::of_told(row, column)
        })?;
    }
    table.flush()
}

fn table<W: Write>(out: W, columns: &[Column]) -> io::Result<Writer<W>> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(out);
    writer.write_record(columns.iter().map(|column| column.name))?;
    Ok(writer)
}

fn write_row<'a, W: Write>(
    writer: &mut Writer<W>,
    columns: &[Column],
    value: impl Fn(&str) -> Value<'a>,
) -> io::Result<()> {
    for column in columns {
        writer.write_field(cell(value(column.name)).as_bytes())?;
    }
    writer.write_record(None::<&[u8]>)?;
    Ok(())
}

fn cell(value: Value<'_>) -> Cow<'_, str> {
    match value {
        Value::Nothing => Cow::Borrowed(""),
        Value::Text(text) => guarded(text),
        Value::Texts(texts) => serde_json::to_string(&texts).unwrap_or_default().into(),
        Value::Number(number) => number.to_string().into(),
        Value::Flag(true) => Cow::Borrowed("true"),
        Value::Flag(false) => Cow::Borrowed("false"),
        Value::Time(time) => time.to_string().into(),
    }
}

/// A text that no spreadsheet takes for a formula.
fn guarded(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.as_bytes().first() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r') => format!("'{text}").into(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_would_act_as_a_formula_gets_an_apostrophe() {
        for (text, expect) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("PC1", "PC1"),
            ("", ""),
        ] {
            assert_eq!(cell(Value::Text(text.into())), expect);
        }
    }

    #[test]
    fn a_list_is_one_json_text() {
        let list = Value::Texts(vec!["a\"b".into(), "=c".into()]);
        assert_eq!(cell(list), r#"["a\"b","=c"]"#);
        assert_eq!(cell(Value::Texts(Vec::new())), "[]");
    }
}
