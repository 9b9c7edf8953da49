//! JSON as every format writes it: what would act on a terminal, turn text around or not be seen is
//! escaped inside its strings.
//!
//! A reader gets the same text as without. But what passes a terminal, or a tool that cuts lines
//! where Unicode has separators or takes escape sequences out, stays whole.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::render::is_hidden;

/// Writes a value on one line.
pub(super) fn write(out: impl io::Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(
        out,
        Escaping(CompactFormatter),
    ))?;
    Ok(())
}

/// Writes a value over several lines.
pub(super) fn write_pretty(out: impl io::Write, value: &impl Serialize) -> io::Result<()> {
    let layout = Escaping(PrettyFormatter::new());
    value.serialize(&mut Serializer::with_formatter(out, layout))?;
    Ok(())
}

/// A value on one line; nothing where it cannot be written, which no type of ours knows.
pub(super) fn text(value: &(impl Serialize + ?Sized)) -> String {
    let mut out = Vec::new();
    let layout = Escaping(CompactFormatter);
    match value.serialize(&mut Serializer::with_formatter(&mut out, layout)) {
        Ok(()) => String::from_utf8(out).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// A layout that escapes more than JSON asks for.
struct Escaping<F>(F);

/// What a layout decides, by the inner one.
macro_rules! as_inner {
    ($($method:ident($($argument:ident: $kind:ty),*)),* $(,)?) => {
        $(fn $method<W: ?Sized + io::Write>(&mut self, out: &mut W $(, $argument: $kind)*) -> io::Result<()> {
            self.0.$method(out $(, $argument)*)
        })*
    };
}

impl<F: Formatter> Formatter for Escaping<F> {
    as_inner! {
        begin_array(), end_array(), begin_array_value(first: bool), end_array_value(),
        begin_object(), end_object(), begin_object_key(first: bool), end_object_key(),
        begin_object_value(), end_object_value(),
    }

    fn write_string_fragment<W>(&mut self, out: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        // Nearly every text is plain ASCII.
        if fragment.bytes().all(|byte| byte < 0x7F) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_hidden(*c)) {
            let (before, after) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after.get(c.len_utf8()..).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_or_hides_is_escaped_and_read_back() {
        let check = |value: &str, expect: &str| {
            assert_eq!(text(value), expect);
            assert_eq!(serde_json::from_str::<String>(expect).unwrap(), value);
        };
        check("会计-03 é", "\"会计-03 é\"");
        check("a\u{202e}b", "\"a\\u202eb\"");
        check("\u{7f}\u{9b}1m", "\"\\u007f\\u009b1m\"");
        check("\u{2028}\u{85}", "\"\\u2028\\u0085\"");
        check("\u{e0041}", "\"\\udb40\\udc41\"");
        check("\u{1b}\"\n", "\"\\u001b\\\"\\n\"");
    }

    #[test]
    fn the_layout_is_that_of_the_inner_one() {
        let value = serde_json::json!({"a": [1, {"b": "c"}, []], "d": {}});
        assert_eq!(text(&value), value.to_string());
        let mut out = Vec::new();
        write_pretty(&mut out, &value).unwrap();
        let plain = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), plain);
    }
}
