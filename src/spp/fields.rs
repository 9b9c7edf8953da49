//! The strings of one event, read by position or by shape, with what does not parse kept aside.
//!
//! Pure parsers: text in, values out. A missing field (empty, `?`, `(null)`) is nothing; a field
//! with text that is not what it should be is an [`OddField`], never an error and never a guess.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use regex::Regex;

use super::{FieldValue, LoggedCode, NamedField, OddField, Role};
use crate::hresult::Hresult;

/// A reader over an event's strings that collects what stands in them beside the activity.
pub(crate) struct Fields<'a> {
    values: Vec<&'a str>,
    found: Found,
}

/// What was found in an event's strings beside what the activity holds.
#[derive(Default)]
pub(super) struct Found {
    /// Its codes, in order.
    pub(super) codes: Vec<LoggedCode>,
    /// Fields that stand for themselves.
    pub(super) named: Vec<NamedField>,
    /// Fields that are not what they should be.
    pub(super) odd: Vec<OddField>,
}

impl<'a> Fields<'a> {
    /// Over the strings of an event as they stand.
    pub(crate) fn of_strings(data: &'a [String]) -> Self {
        Self {
            values: data.iter().map(|s| s.trim()).collect(),
            found: Found::default(),
        }
    }

    /// Over the fields of a comma list, which is the event's only string. Some writers store each
    /// field as a string of its own (12290 does, behind the joined text): then those are taken.
    pub(crate) fn of_list(data: &'a [String], count: usize) -> Self {
        let first = data.first().map_or("", String::as_str);
        let values = if data.len() > count
            && (first.contains(',') || Hresult::parse_logged(first).is_none())
        {
            data.iter().skip(1).map(|s| s.trim()).collect()
        } else if data.len().saturating_add(1) >= count && !first.contains(',') {
            data.iter().map(|s| s.trim()).collect()
        } else {
            let list = first.strip_prefix("Info:").unwrap_or(first);
            list.split(',').map(str::trim).collect()
        };
        Self {
            values,
            found: Found::default(),
        }
    }

    /// What was collected.
    pub(super) fn finish(self) -> Found {
        self.found
    }

    /// How many fields there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The text of a field, counted from 1; nothing where it is missing or says so.
    pub(crate) fn text(&self, position: usize) -> Option<&'a str> {
        let value = *self.values.get(position.checked_sub(1)?)?;
        (!is_absent(value)).then_some(value)
    }

    /// Reads a field with the given parser; text that it refuses is kept as odd.
    pub(crate) fn read<T>(
        &mut self,
        position: usize,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(position)?;
        let value = parse(text);
        if value.is_none() {
            self.note_odd(position, name, text);
        }
        value
    }

    /// Reads a code and takes it out under its role.
    pub(crate) fn code(
        &mut self,
        position: usize,
        name: &'static str,
        role: Role,
    ) -> Option<Hresult> {
        let code = self.read(position, name, Hresult::parse_logged)?;
        self.take_code(code, role);
        Some(code)
    }

    /// Takes a code out that was read by other means.
    pub(crate) fn take_code(&mut self, code: Hresult, role: Role) {
        let logged = LoggedCode { code, role };
        if !self.found.codes.contains(&logged) {
            self.found.codes.push(logged);
        }
    }

    /// Tells a field that stands for itself, where it has a value.
    pub(super) fn name(&mut self, name: &'static str, value: Option<FieldValue>) {
        let named = value.map(|value| NamedField { name, value });
        self.found.named.extend(named);
    }

    /// Keeps a field's text aside.
    pub(crate) fn note_odd(&mut self, position: usize, name: &'static str, text: &str) {
        self.found.odd.push(OddField {
            position,
            name,
            text: cut(text, 80),
        });
    }

    /// The first field that parses, from a position on, and its place: forwarded events may have
    /// lost empty strings, so that later ones moved up.
    pub(crate) fn find<T>(
        &self,
        from: usize,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<(usize, T)> {
        (from..=self.len()).find_map(|position| Some((position, parse(self.text(position)?)?)))
    }
}

/// Whether a field's text says that there is none.
pub(super) fn is_absent(text: &str) -> bool {
    text.is_empty() || text == "?" || text.eq_ignore_ascii_case("(null)")
}

/// A GUID of any kind.
pub(crate) fn guid<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// `0` or `1` (any number but 0 means yes).
pub(crate) fn flag(text: &str) -> Option<bool> {
    text.parse::<u32>().ok().map(|n| n != 0)
}

/// A decimal number.
pub(crate) fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// A bit set in hex or decimal.
pub(crate) fn bits(text: &str) -> Option<u32> {
    Hresult::parse_logged(text).map(Hresult::bits)
}

/// Times inside the strings: `2026/03/02 08:00`, `2026/3/2 8:00`, `3/2/2026 8:00`, and with
/// seconds `2026/03/02:08:00:11` or `2026-03-02T08:00:11Z`. All are UTC (events.md section 2).
pub(crate) fn utc_time(text: &str) -> Option<DateTime<Utc>> {
    let parts = text.trim_end_matches('Z').split(['/', '-', ' ', ':', 'T']);
    let (mut numbers, mut count) = ([0_u32; 6], 0_usize);
    for part in parts {
        *numbers.get_mut(count)? = part.parse().ok()?;
        count = count.saturating_add(1);
    }
    // A date alone, with hours and minutes, or with seconds; what is missing is 0.
    if !matches!(count, 3 | 5 | 6) {
        return None;
    }
    let [a, b, c, hour, minute, second] = numbers;
    let (year, month, day) = if a > 31 { (a, b, c) } else { (c, a, b) };
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(date.and_hms_opt(hour, minute, second)?.and_utc())
}

/// `key=value` pairs separated by `;`, as in 8197, 8198 and 8230. Values may hold `=`.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(';').filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        Some((key.trim(), value.trim()))
    })
}

/// Codes inside free text: `0x` and 8 hex digits that say failure.
pub(crate) fn codes_in_text(text: &str) -> Vec<Hresult> {
    #[expect(clippy::expect_used, reason = "the pattern is constant and tested")]
    static CODE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)\b0x([0-9a-f]{8})\b").expect("the pattern is valid"));
    let mut found = Vec::new();
    if !text.contains("0x") && !text.contains("0X") {
        return found;
    }
    for code in CODE
        .captures_iter(text)
        .filter_map(|c| u32::from_str_radix(c.get(1)?.as_str(), 16).ok())
    {
        let code = Hresult::new(code);
        if code.is_failure() && !found.contains(&code) {
            found.push(code);
        }
    }
    found
}

/// The failing codes of a list that prints each as `0x` and 8 digits, once each.
pub(crate) fn codes_in_list(text: &str) -> Vec<Hresult> {
    static PREFIX: LazyLock<memchr::memmem::Finder<'_>> =
        LazyLock::new(|| memchr::memmem::Finder::new("0x"));
    let mut found = Vec::new();
    for at in PREFIX.find_iter(text.as_bytes()) {
        let digits = at
            .checked_add(2)
            .and_then(|start| text.get(start..start.checked_add(8)?));
        // What says no failure is most of a list: it begins with a digit below 8.
        let Some(digits) = digits.filter(|digits| {
            digits
                .as_bytes()
                .first()
                .is_some_and(|first| !matches!(first, b'0'..=b'7'))
        }) else {
            continue;
        };
        if let Ok(code) = u32::from_str_radix(digits, 16).map(Hresult::new)
            && code.is_failure()
            && !found.contains(&code)
        {
            found.push(code);
        }
    }
    found
}

/// Hides product keys but for their last five characters, as Windows shows them (RULES.md 11).
/// Nothing where there is none, as nearly always.
pub(crate) fn mask_keys(text: &str) -> Option<String> {
    #[expect(clippy::expect_used, reason = "the pattern is constant and tested")]
    static KEY: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)\b(?:[0-9A-Z]{5}-){4}([0-9A-Z]{5})\b|\b[BCDFGHJKMNPQRTVWXY2346789]{20}([BCDFGHJKMNPQRTVWXY2346789]{5})\b",
        )
        .expect("the pattern is valid")
    });
    if !may_hold_key(text) {
        return None;
    }
    let masked = KEY.replace_all(text, |found: &regex::Captures<'_>| {
        let tail = found
            .get(1)
            .or_else(|| found.get(2))
            .map_or("", |m| m.as_str());
        format!("{MASK}{tail}")
    });
    match masked {
        std::borrow::Cow::Borrowed(_) => None,
        std::borrow::Cow::Owned(masked) => Some(masked),
    }
}

/// What is left to be seen of a key that [`mask_keys`] has hidden; nothing of any other text.
pub(super) fn last_of_masked_key(text: &str) -> Option<&str> {
    let last = text.strip_prefix(MASK)?;
    let is_seen = last.len() == 5 && last.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_seen && last != "XXXXX").then_some(last)
}

/// Stands for the hidden part of a key.
pub(super) const MASK: &str = "XXXXX-XXXXX-XXXXX-XXXXX-";

/// Whether a text can hold a product key: four hyphens, each six bytes behind the one before, or 25
/// letters and digits in a row. The pattern itself is too slow for the long lists of 1003, which
/// hold none.
fn may_hold_key(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_hyphen = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&b'-');
    let mut hyphens = memchr::memchr_iter(b'-', bytes);
    let has_groups = hyphens.any(|at| {
        [6, 12, 18]
            .iter()
            .all(|step| is_hyphen(at.checked_add(*step)))
    });
    has_groups || has_long_run(bytes)
}

/// Whether 25 bytes in a row can be letters or digits. Such a run covers every place that is a
/// multiple of 25 bytes away from another, so only there is it looked for.
fn has_long_run(bytes: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric();
    let mut at = 24_usize;
    while let Some(byte) = bytes.get(at) {
        if is_word(byte) {
            let before = bytes
                .get(..at)
                .unwrap_or_default()
                .iter()
                .rev()
                .take_while(|b| is_word(b))
                .take(24)
                .count();
            let behind = bytes
                .get(at..)
                .unwrap_or_default()
                .iter()
                .take_while(|b| is_word(b))
                .take(25)
                .count();
            if before.saturating_add(behind) >= 25 {
                return true;
            }
        }
        at = at.saturating_add(25);
    }
    false
}

/// At most so many characters, with an ellipsis where something was cut.
pub(crate) fn cut(text: &str, chars: usize) -> String {
    if text.len() <= chars {
        return text.to_owned();
    }
    let kept = chars.saturating_sub(1);
    // Nearly always the beginning is ASCII, where bytes are characters.
    let end = match text.as_bytes().get(..chars) {
        Some(head) if head.is_ascii() => kept,
        _ => match text.char_indices().nth(chars) {
            None => return text.to_owned(),
            Some(_) => text.char_indices().nth(kept).map_or(0, |(at, _)| at),
        },
    };
    let mut short = text.get(..end).unwrap_or_default().to_owned();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time(text: &str) -> Option<String> {
        utc_time(text).map(|t| t.format("%F %T").to_string())
    }

    #[test]
    fn every_form_of_time_in_the_strings_is_read() {
        for text in ["2010/09/29 21:46", "2010/9/29 21:46", "9/29/2010 21:46"] {
            assert_eq!(time(text).as_deref(), Some("2010-09-29 21:46:00"), "{text}");
        }
        assert_eq!(
            time("2023/11/20:01:12:31").as_deref(),
            Some("2023-11-20 01:12:31")
        );
        assert_eq!(
            time("2023-05-24T01:12:22Z").as_deref(),
            Some("2023-05-24 01:12:22")
        );
        for odd in [
            "",
            "<DateTime>",
            "2023/13/01 00:00",
            "2023/02/30 00:00",
            "12",
        ] {
            assert_eq!(time(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_list_is_taken_from_one_string_or_from_many() {
        let one = ["0x0,25,pc,1".to_owned()];
        assert_eq!(Fields::of_list(&one, 4).text(3), Some("pc"));
        let many: Vec<String> = ["0x0,25,pc,1", "0x0", "25", "pc", "1"]
            .map(str::to_owned)
            .into();
        assert_eq!(Fields::of_list(&many, 4).text(3), Some("pc"));
        let split: Vec<String> = ["0x0", "25", "pc", "1"].map(str::to_owned).into();
        assert_eq!(Fields::of_list(&split, 4).text(3), Some("pc"));
    }

    #[test]
    fn product_keys_are_hidden_but_for_the_last_five() {
        let masked = |text: &str| mask_keys(text);
        assert_eq!(
            masked("key ABCDE-12345-FGHIJ-67890-VWXYZ.").as_deref(),
            Some("key XXXXX-XXXXX-XXXXX-XXXXX-VWXYZ.")
        );
        assert_eq!(
            masked("BCDFGHJKMPBCDFGHJKMPBCDFG").as_deref(),
            Some("XXXXX-XXXXX-XXXXX-XXXXX-BCDFG")
        );
        assert_eq!(masked("ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03"), None);
        assert_eq!(masked("ABCDE-12345-FGHIJ-67890"), None);
    }

    #[test]
    fn codes_are_found_in_free_text() {
        let found = codes_in_text("Reason: 0xc004f056 (0x00000000) 0x80070005, 0x80070005");
        assert_eq!(
            found,
            [Hresult::new(0xC004_F056), Hresult::new(0x8007_0005)]
        );
    }

    proptest! {
        #[test]
        fn a_key_is_hidden_wherever_it_stands(before in "[ -~]{0,20}", after in "[ -~]{0,20}", key in "([B-D2-4]{5}-){4}[B-D2-4]{5}") {
            let text = format!("{before} {key} {after}");
            let masked = mask_keys(&text).unwrap();
            prop_assert!(!masked.contains(&key[..23]), "{masked}");
        }

        #[test]
        fn a_key_without_hyphens_is_hidden_wherever_it_stands(before in "[ -/]{0,60}", after in "[ -/]{0,40}", key in "[B-D2-4]{25}") {
            let masked = mask_keys(&format!("{before}{key}{after}")).unwrap();
            prop_assert!(!masked.contains(&key[..20]), "{masked}");
        }

        #[test]
        fn no_text_makes_a_parser_panic(text in ".{0,200}") {
            let _ = utc_time(&text);
            let _ = codes_in_text(&text);
            let _ = mask_keys(&text);
            prop_assert!(cut(&text, 20).chars().count() <= 20);
            let _ = pairs(&text).count();
        }
    }
}
