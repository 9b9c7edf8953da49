//! The strings of an event in few bytes, and back again, exactly.
//!
//! What activation events say is mostly GUIDs, codes and numbers between texts that come again
//! and again. So a GUID takes 17 bytes, a code five, a number what it needs, and each further text a
//! number into a list of texts. Which strings are kept at all is decided elsewhere.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// Texts that are kept once each and told by number, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Texts {
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32, RandomState>,
    /// What came after each text the last time: strings of one kind of event hold the same texts in
    /// the same order, so that most are found without a look into the map.
    next: Vec<u32>,
    last: u32,
}

/// Longer texts hardly come again.
const MAX_SHARED: usize = 80;
/// More texts than any honest log has; beyond, texts stand where they are.
const MAX_TEXTS: usize = 1 << 16;

impl Texts {
    fn number(&mut self, text: &str) -> Option<u32> {
        let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let guess = self.next.get(at(self.last)).copied();
        if let Some(guess) = guess
            && self
                .texts
                .get(at(guess))
                .is_some_and(|known| **known == *text)
        {
            self.last = guess;
            return Some(guess);
        }
        let number = match self.numbers.get(text) {
            Some(number) => *number,
            None if self.texts.len() < MAX_TEXTS && text.len() <= MAX_SHARED => {
                let number = u32::try_from(self.texts.len()).ok()?;
                self.texts.push(text.into());
                self.numbers.insert(text.into(), number);
                self.next.push(0);
                number
            }
            None => return None,
        };
        if let Some(next) = self.next.get_mut(at(self.last)) {
            *next = number;
        }
        self.last = number;
        Some(number)
    }

    fn text(&self, number: u64) -> &str {
        usize::try_from(number)
            .ok()
            .and_then(|at| self.texts.get(at))
            .map_or("", |text| text)
    }

    /// Gives back what only adding texts needs. Texts that come later are shared among themselves.
    pub(super) fn close(&mut self) {
        self.numbers = HashMap::default();
        self.next = Vec::new();
        self.texts.shrink_to_fit();
    }

    /// Bytes on the heap, about.
    pub(super) fn heap_bytes(&self) -> usize {
        let texts: usize = self.texts.iter().map(|text| text.len()).sum();
        texts.saturating_add(self.texts.capacity().saturating_mul(size_of::<Box<str>>()))
    }
}

// What a number in the bytes stands for, in its lowest three bits.
const END: u64 = 0;
/// A text by its number.
const SHARED: u64 = 1;
/// So many bytes of text follow.
const PLAIN: u64 = 2;
/// A GUID follows in 16 bytes, as written; 1 where its letters are capitals.
const GUID: u64 = 3;
/// `0x` and eight digits, capitals.
const HEX: u64 = 4;
/// `0x` and eight digits, small letters.
const SMALL_HEX: u64 = 5;
/// A decimal number.
const NUMBER: u64 = 6;
/// A decimal number of two digits, of which the first is 0.
const TWO_DIGITS: u64 = 7;

/// Adds a string's bytes.
pub(super) fn pack(text: &str, texts: &mut Texts, into: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let (mut begin, mut at) = (0_usize, 0_usize);
    while at < bytes.len() {
        let word = word_length(bytes.get(at..).unwrap_or_default());
        if word == 0 {
            at = at.saturating_add(1);
            continue;
        }
        let end = at.saturating_add(word);
        if let Some(token) = token(bytes.get(at..end).unwrap_or_default()) {
            plain(text.get(begin..at).unwrap_or_default(), texts, into);
            match token {
                Token::Guid(guid, is_upper) => {
                    put(into, GUID, u64::from(is_upper));
                    into.extend_from_slice(&guid);
                }
                Token::Number(kind, number) => put(into, kind, number),
            }
            begin = end;
        }
        at = end;
    }
    plain(text.get(begin..).unwrap_or_default(), texts, into);
    put(into, END, 0);
}

/// As [`unpack_into`], into a text of its own.
#[cfg(test)]
pub(super) fn unpack<'a>(bytes: &'a [u8], texts: &Texts) -> (String, &'a [u8]) {
    let mut text = String::new();
    let rest = unpack_into(bytes, texts, &mut text);
    (text, rest)
}

/// Adds the next string to a text, and gives what is left behind it. Bytes that [`pack`] did not make
/// give some text, never a panic.
pub(super) fn unpack_into<'a>(mut bytes: &'a [u8], texts: &Texts, text: &mut String) -> &'a [u8] {
    while let Some((kind, value, rest)) = take(bytes) {
        bytes = rest;
        match kind {
            END => break,
            SHARED => text.push_str(texts.text(value)),
            PLAIN => {
                let length = usize::try_from(value).unwrap_or(usize::MAX).min(rest.len());
                let (plain, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                text.push_str(&String::from_utf8_lossy(plain));
                bytes = rest;
            }
            GUID => {
                let Some((guid, rest)) = rest.split_first_chunk::<16>() else {
                    break;
                };
                push_guid(text, guid, value == 1);
                bytes = rest;
            }
            HEX => push_hex(text, value, b"0123456789ABCDEF"),
            SMALL_HEX => push_hex(text, value, b"0123456789abcdef"),
            NUMBER => push_number(text, value),
            _ => {
                text.push('0');
                push_number(text, value);
            }
        }
    }
    bytes
}

enum Token {
    Guid([u8; 16], bool),
    Number(u64, u64),
}

/// The bytes that words are made of.
#[expect(
    clippy::indexing_slicing,
    reason = "the table has a place for every byte, and else would not build"
)]
const IN_WORD: [bool; 256] = {
    let mut in_word = [false; 256];
    let mut byte = 0_u8;
    loop {
        in_word[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | 0x80..);
        byte = match byte.checked_add(1) {
            Some(next) => next,
            None => break in_word,
        };
    }
};

/// How many bytes from here on belong to one word; 0 where none begins here.
fn word_length(bytes: &[u8]) -> usize {
    // Beyond ASCII nothing is a token, and a character's bytes stay together.
    let is_in_word = |byte: &&u8| {
        IN_WORD
            .get(usize::from(**byte))
            .copied()
            .unwrap_or_default()
    };
    bytes.iter().take_while(is_in_word).count()
}

fn token(word: &[u8]) -> Option<Token> {
    match word {
        [b'0', b'x', digits @ ..] if digits.len() == 8 => hex(digits),
        [b'0', digit @ b'0'..=b'9'] => Some(Token::Number(
            TWO_DIGITS,
            u64::from(digit.wrapping_sub(b'0')),
        )),
        [b'0'] => Some(Token::Number(NUMBER, 0)),
        [b'1'..=b'9', ..] if word.len() <= 18 && word.iter().all(u8::is_ascii_digit) => {
            let number = word.iter().fold(0_u64, |number, digit| {
                number
                    .wrapping_mul(10)
                    .wrapping_add(u64::from(digit.wrapping_sub(b'0')))
            });
            // The top bits are needed for the kind.
            (number < 1 << 60).then_some(Token::Number(NUMBER, number))
        }
        _ if word.len() == 36 => guid(word),
        _ => None,
    }
}

fn hex(digits: &[u8]) -> Option<Token> {
    let (mut number, mut has_upper, mut has_lower) = (0_u64, false, false);
    for digit in digits {
        has_upper |= digit.is_ascii_uppercase();
        has_lower |= digit.is_ascii_lowercase();
        number = number << 4 | u64::from(nibble(*digit)?);
    }
    match (has_upper, has_lower) {
        (true, true) => None,
        (false, true) => Some(Token::Number(SMALL_HEX, number)),
        _ => Some(Token::Number(HEX, number)),
    }
}

fn guid(word: &[u8]) -> Option<Token> {
    let mut guid = [0_u8; 16];
    let (mut has_upper, mut has_lower) = (false, false);
    let mut places = guid.iter_mut();
    let mut high: Option<u8> = None;
    for (at, byte) in word.iter().enumerate() {
        if matches!(at, 8 | 13 | 18 | 23) {
            if *byte != b'-' {
                return None;
            }
            continue;
        }
        has_upper |= byte.is_ascii_uppercase();
        has_lower |= byte.is_ascii_lowercase();
        let value = nibble(*byte)?;
        match high.take() {
            None => high = Some(value),
            Some(high) => *places.next()? = high << 4 | value,
        }
    }
    (!(has_upper && has_lower)).then_some(Token::Guid(guid, has_upper))
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

fn digit(digits: &[u8; 16], value: u8) -> u8 {
    digits.get(usize::from(value & 15)).copied().unwrap_or(b'0')
}

/// Adds ASCII.
fn push_ascii(text: &mut String, ascii: &[u8]) {
    text.push_str(std::str::from_utf8(ascii).unwrap_or_default());
}

fn push_hex(text: &mut String, value: u64, digits: &[u8; 16]) {
    let mut hex = *b"0x00000000";
    let mut rest = value;
    for place in hex.iter_mut().skip(2).rev() {
        let [low, ..] = rest.to_le_bytes();
        *place = digit(digits, low);
        rest >>= 4;
    }
    push_ascii(text, &hex);
}

fn push_number(text: &mut String, value: u64) {
    let mut decimal = [b'0'; 20];
    let mut rest = value;
    let mut length = 0_usize;
    for place in decimal.iter_mut().rev() {
        let [low, ..] = (rest % 10).to_le_bytes();
        *place = low.wrapping_add(b'0');
        length = length.saturating_add(1);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    let begin = decimal.len().saturating_sub(length);
    push_ascii(text, decimal.get(begin..).unwrap_or_default());
}

fn push_guid(text: &mut String, guid: &[u8; 16], is_upper: bool) {
    let digits: &[u8; 16] = if is_upper {
        b"0123456789ABCDEF"
    } else {
        b"0123456789abcdef"
    };
    let mut spelled = *b"00000000-0000-0000-0000-000000000000";
    let places = spelled.iter_mut().filter(|place| **place != b'-');
    let values = guid.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    for (place, value) in places.zip(values) {
        *place = digit(digits, value);
    }
    push_ascii(text, &spelled);
}

fn plain(text: &str, texts: &mut Texts, into: &mut Vec<u8>) {
    if text.is_empty() {
        return;
    }
    match texts.number(text) {
        Some(number) => put(into, SHARED, u64::from(number)),
        None => {
            put(into, PLAIN, text.len() as u64);
            into.extend_from_slice(text.as_bytes());
        }
    }
}

/// Adds a number under its kind, seven bits a byte.
fn put(into: &mut Vec<u8>, kind: u64, value: u64) {
    put_number(into, value << 3 | kind);
}

fn take(bytes: &[u8]) -> Option<(u64, u64, &[u8])> {
    let (number, rest) = take_number(bytes)?;
    Some((number & 7, number >> 3, rest))
}

/// Adds a number, seven bits a byte.
pub(super) fn put_number(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    into.push(number.to_le_bytes()[0]);
}

/// Reads a number that [`put_number`] made, and what is left behind it.
pub(super) fn take_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        let shift = u32::try_from(at).ok()?.saturating_mul(7);
        number |= u64::from(byte & 0x7F).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(at.saturating_add(1)..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packed(text: &str) -> usize {
        let (mut texts, mut bytes) = (Texts::default(), Vec::new());
        // Twice, so that texts are known.
        pack(text, &mut texts, &mut bytes);
        let first = bytes.len();
        pack(text, &mut texts, &mut bytes);
        let (one, rest) = unpack(&bytes, &texts);
        assert_eq!(one, text);
        let (two, rest) = unpack(rest, &texts);
        assert_eq!(two, text);
        assert!(rest.is_empty());
        bytes.len().saturating_sub(first)
    }

    #[test]
    fn what_activation_events_say_takes_few_bytes() {
        for (text, most) in [
            ("", 1),
            ("hr=0xC004F074", 7),
            (
                "0x8007232B, 0x00000000, kms.contoso.com:1688, 4de7cb65-cdf1-4de9-8ae8-e3cce27b9f2c, 2026/03/02 08:00, 0, 1, 43200, ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 25",
                70,
            ),
            (
                "RuleId=eeba1977-569e-4571-b639-7623d8bfecc0;Action=AutoActivate;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03;NotificationInterval=1440;Trigger=TimerEvent",
                64,
            ),
        ] {
            let bytes = packed(text);
            assert!(bytes <= most, "{text}: {bytes}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_stays_as_it_is() {
        for text in [
            "007",
            "00",
            "0",
            "01",
            "0x1",
            "0xC004f074",
            "0XC004F074",
            "10.0.0.5",
            "1e5",
            "-1",
            "18446744073709551616",
            "999999999999999999",
            "ef6cfc9f-8C5d-44ac-9aad-de6a2ea0ae03",
            "主机-01:1688",
            "a\u{0}b",
            "0x00000000\n",
        ] {
            packed(text);
        }
    }

    #[test]
    fn texts_that_no_one_shares_are_kept_all_the_same() {
        let long = "x y ".repeat(100);
        packed(&long);
        let (mut texts, mut bytes) = (Texts::default(), Vec::new());
        pack("host a", &mut texts, &mut bytes);
        texts.close();
        let first = bytes.len();
        pack("host a", &mut texts, &mut bytes);
        assert_eq!(unpack(&bytes[..first], &texts).0, "host a");
        assert_eq!(unpack(&bytes[first..], &texts).0, "host a");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(texts in prop::collection::vec("([0-9]{1,20}|0x[0-9A-Fa-f]{8}|[ ,;=:/]|[a-f0-9]{8}(-[a-f0-9]{4}){3}-[a-f0-9]{12}|.{0,9}){0,8}", 1..6)) {
            let (mut shared, mut bytes) = (Texts::default(), Vec::new());
            for text in &texts {
                pack(text, &mut shared, &mut bytes);
            }
            let mut rest: &[u8] = &bytes;
            for text in &texts {
                let (found, behind) = unpack(rest, &shared);
                prop_assert_eq!(&found, text);
                rest = behind;
            }
        }

        #[test]
        fn any_bytes_give_some_text(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = unpack(&bytes, &Texts::default());
        }
    }
}
