//! CSV after RFC 4180: UTF-8, lines end with CR LF, the first has the names.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, in a Chinese or
//! Japanese system the full-width forms too, and log text is written by whoever can write to a log:
//! such cells get an apostrophe before them. What acts on a terminal or hides is written out, since a
//! table may be looked at there, and may go through tools that take escape sequences out.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::{Terminator, Writer, WriterBuilder};

use super::Value;
use crate::report::render::shown;

/// How a list stands in one cell.
pub(in crate::report) trait ListStyle {
    /// The cell of a list.
    fn cell(&self, list: &[Cow<'_, str>]) -> String;
}

/// A table.
pub(in crate::report) struct Table<W: Write, L> {
    writer: Writer<W>,
    lists: L,
}

impl<W: Write, L: ListStyle> Table<W, L> {
    /// Begins with the names of the columns.
    pub(in crate::report) fn new<'n>(
        out: W,
        names: impl IntoIterator<Item = &'n str>,
        lists: L,
    ) -> io::Result<Self> {
        let mut writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .from_writer(out);
        writer.write_record(names).map_err(io_error)?;
        Ok(Self { writer, lists })
    }

    /// Adds a row, with a value for every column.
    pub(in crate::report) fn push<'v>(
        &mut self,
        values: impl IntoIterator<Item = Value<'v>>,
    ) -> io::Result<()> {
        for value in values {
            let cell = cell(value, &self.lists);
            self.writer.write_field(cell.as_bytes()).map_err(io_error)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io_error)?;
        Ok(())
    }

    /// Writes what is held back.
    pub(in crate::report) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// What went wrong in writing as it was: its kind tells a pipe that nobody reads any more.
fn io_error(error: csv::Error) -> io::Error {
    if !error.is_io_error() {
        return io::Error::other(error);
    }
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}

fn cell<'a>(value: Value<'a>, lists: &impl ListStyle) -> Cow<'a, str> {
    match value {
        Value::Nothing => Cow::Borrowed(""),
        Value::Text(text) if is_formula(&text) => format!("'{}", shown(&text)).into(),
        Value::Text(text) => match shown(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(shown) => shown.into(),
        },
        Value::Texts(texts) => {
            let text = lists.cell(&texts);
            if is_formula(&text) {
                format!("'{text}").into()
            } else {
                text.into()
            }
        }
        Value::Number(number) => number.to_string().into(),
        Value::Flag(true) => Cow::Borrowed("true"),
        Value::Flag(false) => Cow::Borrowed("false"),
        Value::Time(time) => time.to_string().into(),
    }
}

/// Whether a spreadsheet would compute a text instead of showing it.
fn is_formula(text: &str) -> bool {
    matches!(
        text.chars().next(),
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Joined;

    impl ListStyle for Joined {
        fn cell(&self, list: &[Cow<'_, str>]) -> String {
            list.join("; ")
        }
    }

    #[test]
    fn a_text_that_would_act_as_a_formula_gets_an_apostrophe() {
        for (text, expect) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\\tx"),
            ("\rx", "'\\rx"),
            ("\nx", "'\\nx"),
            ("a\u{1b}[2J\nb", "a\\u{1b}[2J\\nb"),
            ("＝1", "'＝1"),
            ("PC1", "PC1"),
            ("", ""),
        ] {
            assert_eq!(cell(Value::text(text), &Joined), expect);
        }
        let list = |first: &'static str| Value::Texts(vec![first.into(), "b".into()]);
        assert_eq!(cell(list("=a"), &Joined), "'=a; b");
        assert_eq!(cell(list("a"), &Joined), "a; b");
    }
}
