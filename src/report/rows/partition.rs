//! The folders of partitioned rows, named as Hive does and DuckDB, Spark and others read it.
//!
//! Names come from logs, so that whatever could lead elsewhere or is refused by a file system is
//! percent-encoded, as these engines do and undo. Making the folders is not done here.

use super::EventRow;

/// What engines take for "no value".
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The longest value: file systems end at 255, and a few bytes go to its name and its end.
const MAX_VALUE_BYTES: usize = 200;

/// What rows are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionBy {
    /// The computer's name as logged; upper and lower case are the same.
    Computer,
    /// The UTC day of the event.
    Day,
}

impl PartitionBy {
    /// The folder of a row: one component of a path, such as `computer=PC1.contoso.com`.
    pub fn folder(self, row: &EventRow) -> String {
        match self {
            Self::Computer => format!("computer={}", encoded(&row.computer)),
            Self::Day => format!("day={}", row.time.0.format("%Y-%m-%d")),
        }
    }
}

/// A value as it may stand in a path, on every system.
fn encoded(value: &str) -> String {
    if value.is_empty() {
        return NO_VALUE.to_owned();
    }
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(char) = chars.next() {
        // Windows drops a dot at the end of a name.
        let is_last_dot = char == '.' && chars.peek().is_none();
        if is_last_dot || is_special(char) {
            let mut bytes = [0; 4];
            for byte in char.encode_utf8(&mut bytes).bytes() {
                text.push_str(&format!("%{byte:02X}"));
            }
        } else {
            text.push(char);
        }
        if text.len() > MAX_VALUE_BYTES {
            return shortened(&text, value);
        }
    }
    text
}

/// What Hive and Spark encode, what Windows refuses, and what cannot be seen.
fn is_special(char: char) -> bool {
    char.is_control()
        || (char != ' ' && char.is_whitespace())
        || " \"#%'*/:=?\\{}[]^<>|".contains(char)
}

/// No computer's name is this long; what is different still gets a folder of its own.
fn shortened(encoded: &str, value: &str) -> String {
    let end = (0..=MAX_VALUE_BYTES / 2)
        .rev()
        .find(|end| encoded.is_char_boundary(*end))
        .unwrap_or_default();
    let head = encoded.get(..end).unwrap_or_default();
    // Nor may an encoded byte be cut in two.
    let head = match head.rfind('%') {
        Some(at) if at + 3 > head.len() => head.get(..at).unwrap_or_default(),
        _ => head,
    };
    format!("{head}~{:08x}", crc32fast::hash(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::rows::sample;
    use proptest::prelude::*;

    #[test]
    fn folders_are_named_as_hive_does() {
        for (value, expect) in [
            ("PC1.contoso.com", "PC1.contoso.com"),
            ("", NO_VALUE),
            ("a/../b\\c", "a%2F..%2Fb%5Cc"),
            ("a:b=c%d", "a%3Ab%3Dc%25d"),
            ("ends.", "ends%2E"),
            ("..", ".%2E"),
            ("ends ", "ends%20"),
            ("\u{1}", "%01"),
            ("电脑", "电脑"),
        ] {
            assert_eq!(encoded(value), expect);
        }
        let row = sample::request();
        assert_eq!(
            PartitionBy::Computer.folder(&row),
            "computer=PC1.contoso.com"
        );
        assert_eq!(PartitionBy::Day.folder(&row), "day=2026-10-01");
    }

    fn decoded(text: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, tail @ ..] = rest {
            if *first == b'%' {
                let digits = std::str::from_utf8(&tail[..2]).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = &tail[2..];
            } else {
                bytes.push(*first);
                rest = tail;
            }
        }
        String::from_utf8(bytes).unwrap()
    }

    proptest! {
        #[test]
        fn any_name_is_one_component_of_a_path(value in any::<String>()) {
            let text = encoded(&value);
            prop_assert!(text.len() <= 255 - "computer=".len());
            prop_assert!(!text.contains(['/', '\\', ':', '\0', '<', '>', '|', '"', '?', '*']));
            prop_assert!(!text.ends_with(['.', ' ']));
            if text.len() <= MAX_VALUE_BYTES / 2 && !value.is_empty() {
                prop_assert_eq!(decoded(&text), value);
            }
        }

        #[test]
        fn long_names_stay_apart(head in "[a-z/.]{250}", tail in "[a-z/.]{1,9}") {
            let (one, other) = (encoded(&head), encoded(&format!("{head}{tail}")));
            prop_assert_ne!(&one, &other);
            prop_assert!(one.len() <= 200);
        }
    }
}
