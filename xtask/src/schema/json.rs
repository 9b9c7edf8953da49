//! JSON with keys in the order they were given, and written the same on every machine: what `serde_json`
//! does with the order depends on who else is built.

use std::fmt::Write as _;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Json {
    Null,
    Text(String),
    Number(u64),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(super) fn object<'a>(pairs: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let pairs = pairs.into_iter();
        Self::Object(pairs.map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The schema that a name stands for.
    pub(super) fn reference(name: &str) -> Self {
        Self::object([("$ref", Self::text(&format!("#/$defs/{name}")))])
    }

    pub(super) fn one_of(schemas: impl IntoIterator<Item = Self>) -> Self {
        Self::object([("oneOf", Self::List(schemas.into_iter().collect()))])
    }

    /// The schema of one of these words, or of null.
    pub(super) fn words(words: &[&str], or_null: bool) -> Self {
        let words = words.iter().map(|word| Self::text(word));
        let null = or_null.then_some(Self::Null);
        Self::object([("enum", Self::List(words.chain(null).collect()))])
    }

    /// The schema of the same or null.
    pub(super) fn or_null(self) -> Self {
        let null = || Self::text("null");
        match self {
            Self::Object(mut pairs) if pairs.iter().any(|(key, _)| key == "type") => {
                for (_, value) in pairs.iter_mut().filter(|(key, _)| key == "type") {
                    *value = Self::List(vec![value.clone(), null()]);
                }
                Self::Object(pairs)
            }
            other => {
                let null = Self::object([("type", null())]);
                Self::object([("anyOf", Self::List(vec![other, null]))])
            }
        }
    }

    /// The text, with a line for each value.
    pub(super) fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(0, &mut out);
        out.push('\n');
        out
    }

    fn write(&self, depth: usize, out: &mut String) {
        let line = |depth: usize, out: &mut String| {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        };
        match self {
            Self::Null => out.push_str("null"),
            Self::Number(number) => {
                let _ = write!(out, "{number}");
            }
            Self::Text(text) => quoted(text, out),
            // Lists of words are short.
            Self::List(list) if list.iter().all(|item| !matches!(item, Self::Object(_))) => {
                out.push('[');
                for (at, item) in list.iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    item.write(depth, out);
                }
                out.push(']');
            }
            Self::List(list) => {
                out.push('[');
                for (at, item) in list.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    line(depth + 1, out);
                    item.write(depth + 1, out);
                }
                line(depth, out);
                out.push(']');
            }
            Self::Object(pairs) => {
                out.push('{');
                for (at, (key, value)) in pairs.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    line(depth + 1, out);
                    quoted(key, out);
                    out.push_str(": ");
                    value.write(depth + 1, out);
                }
                line(depth, out);
                out.push('}');
            }
        }
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
