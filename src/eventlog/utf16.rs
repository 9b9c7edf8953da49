//! UTF-16LE text: to `String`, and the looks at it that need none.
//!
//! Nearly all text in logs is ASCII, and taking it out is most of what a wanted record costs, so
//! the loops go by blocks without a way out: then the compiler widens them.

/// A code unit as stored.
pub(super) type Unit = [u8; 2];

/// UTF-16 to text; `None` where it is not well-formed.
pub(super) fn text(units: &[Unit]) -> Option<String> {
    let mut ascii = Vec::with_capacity(units.len());
    let mut seen = 0_u16;
    let (blocks, rest) = units.as_chunks::<16>();
    for block in blocks {
        let mut narrow = [0; 16];
        for (byte, unit) in narrow.iter_mut().zip(block) {
            let unit = u16::from_le_bytes(*unit);
            seen |= unit;
            *byte = low_byte(unit);
        }
        ascii.extend_from_slice(&narrow);
    }
    for unit in rest {
        let unit = u16::from_le_bytes(*unit);
        seen |= unit;
        ascii.push(low_byte(unit));
    }
    if seen < 0x80 {
        return String::from_utf8(ascii).ok();
    }
    decode(units).collect::<Result<_, _>>().ok()
}

/// Whether it is well-formed.
pub(super) fn is_well_formed(units: &[Unit]) -> bool {
    // Only surrogates can be wrong.
    let any_surrogate = units.iter().fold(false, |any, unit| {
        any | (u16::from_le_bytes(*unit) & 0xF800 == 0xD800)
    });
    !any_surrogate || decode(units).all(|char| char.is_ok())
}

/// Where the first NUL stands.
pub(super) fn find_nul(units: &[Unit]) -> Option<usize> {
    let (blocks, _) = units.as_chunks::<16>();
    let whole = blocks
        .iter()
        .take_while(|block| {
            !block
                .iter()
                .fold(false, |any, unit| any | (*unit == [0, 0]))
        })
        .count()
        .checked_mul(16)?;
    let rest = units
        .get(whole..)?
        .iter()
        .position(|unit| *unit == [0, 0])?;
    whole.checked_add(rest)
}

/// A decimal number, if these are nothing but its digits.
pub(super) fn digits(units: &[Unit]) -> Option<u64> {
    let mut number = 0_u64;
    for [low, high] in units {
        if *high != 0 || !low.is_ascii_digit() {
            return None;
        }
        number = number
            .checked_mul(10)?
            .checked_add(u64::from(low.saturating_sub(b'0')))?;
    }
    (!units.is_empty()).then_some(number)
}

fn decode(units: &[Unit]) -> std::char::DecodeUtf16<impl Iterator<Item = u16>> {
    char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit)))
}

fn low_byte(unit: u16) -> u8 {
    let [low, _] = unit.to_le_bytes();
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<Unit> {
        text.encode_utf16().map(u16::to_le_bytes).collect()
    }

    #[test]
    fn any_length_and_any_character_come_back() {
        for length in 0..70 {
            for last in ["", "z", "é", "激", "𐍈"] {
                let expect = format!("{}{last}", "a".repeat(length));
                let units = units(&expect);
                assert_eq!(text(&units).as_ref(), Some(&expect));
                assert!(is_well_formed(&units), "{expect}");
                let Some((_, cut)) = units.split_first() else {
                    continue;
                };
                assert_eq!(is_well_formed(cut), text(cut).is_some(), "{expect}");
            }
        }
    }

    #[test]
    fn half_a_pair_is_not_well_formed() {
        for half in [0xD800_u16, 0xDFFF] {
            for before in 0..40 {
                let mut units = units(&"a".repeat(before));
                units.push(half.to_le_bytes());
                units.push([b'b', 0]);
                assert_eq!(text(&units), None);
                assert!(!is_well_formed(&units), "{before}");
            }
        }
    }

    #[test]
    fn digits_alone_are_a_number() {
        for (text, number) in [
            ("0", Some(0)),
            ("8198", Some(8198)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("", None),
            ("+1", None),
            ("1 ", None),
            ("١", None),
        ] {
            assert_eq!(digits(&units(text)), number, "{text}");
        }
    }
}
