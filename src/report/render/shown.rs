//! Text from logs made harmless for people's formats.
//!
//! Computer names, hosts and strings of events are an attacker's text. A terminal would obey an
//! escape sequence, and a reader would be misled by a character that turns the direction around or
//! is not seen at all. Both are shown by number instead. Markup is each format's own business.

use std::borrow::Cow;

/// The text with every character that acts or hides written as `\u{..}`; line breaks and tabs as
/// `\n`, `\r` and `\t`.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hidden(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Whether a character acts on the terminal, on the direction of text, or is not seen.
pub(in crate::report) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            u32::from(c),
            0xAD // soft hyphen
            | 0x34F // combining grapheme joiner
            | 0x61C // Arabic letter mark
            | 0x115F | 0x1160 | 0x3164 | 0xFFA0 // Hangul fillers
            | 0x17B4 | 0x17B5
            | 0x180B..=0x180F // Mongolian selectors
            | 0x2000..=0x200A // spaces of odd widths
            | 0x200B..=0x200F // zero width, direction marks
            | 0x2028..=0x202F // separators, embeddings, overrides
            | 0x205F..=0x206F // invisible operators, isolates
            | 0xFE00..=0xFE0F // variation selectors
            | 0xFEFF
            | 0xFFF0..=0xFFFB
            | 0xFFFE | 0xFFFF
            | 0x1BCA0..=0x1BCA3
            | 0x1D173..=0x1D17A
            | 0xE000..=0xF8FF // private use
            | 0xE0000..=0xE0FFF // tags, further selectors
            | 0xF0000..=0x10FFFF
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_or_hides_is_written_by_its_number() {
        let check = |text: &str, expect: &str| assert_eq!(shown(text), expect);
        check("PC-1.corp.example", "PC-1.corp.example");
        check("会计-03", "会计-03");
        check("\u{1b}[31mred", "\\u{1b}[31mred");
        check("a\u{202e}b\u{2066}", "a\\u{202e}b\\u{2066}");
        check("a\nb\tc\r", "a\\nb\\tc\\r");
        check("\u{9b}1m\u{7f}\0", "\\u{9b}1m\\u{7f}\\u{0}");
        check("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}");
        check("tag\u{e0041}", "tag\\u{e0041}");
    }

    #[test]
    fn a_path_keeps_its_backslashes() {
        assert_eq!(shown(r"C:\logs\a.evtx"), r"C:\logs\a.evtx");
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_acts_is_left(text in "\\PC*|.*") {
            proptest::prop_assert!(!shown(&text).chars().any(is_hidden));
        }
    }
}
