//! Spellings of codes: those that can mean only one, and those that are near one.

use crate::hresult::Hresult;

/// A code in a spelling that is not one of a code's, where it can mean only one: copied with the
/// punctuation around it, typed with full-width digits or the letter O, or in 64 bits.
pub(super) fn mended(text: &str) -> Option<Hresult> {
    let half_width = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        c => c,
    };
    let text: String = text.chars().map(half_width).collect();
    let upper = text.to_ascii_uppercase();
    let start = upper.find("0X")? + 2;
    let digits: String = upper
        .get(start..)?
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric())
        .collect();
    let digits = digits.trim_end_matches(['L', 'U']).replace('O', "0");
    // In 64 bits a code is preceded by its sign: zeros, or ones.
    let short = match digits.len() {
        16 => digits
            .strip_prefix("FFFFFFFF")
            .or_else(|| digits.strip_prefix("00000000"))?,
        8 => &digits,
        _ => return None,
    };
    u32::from_str_radix(short, 16).ok().map(Hresult::new)
}

/// Whether a text may be meant as hex digits: nearly as many as a code has, and nothing else.
pub(super) fn looks_hex(text: &str) -> bool {
    (6..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether one digit too many, one too few, one wrong or two swapped make one text of the other.
pub(super) fn is_one_slip(typed: &str, known: &str) -> bool {
    let (typed, known) = (typed.as_bytes(), known.as_bytes());
    let same_head = typed.iter().zip(known).take_while(|(a, b)| a == b).count();
    let (typed, known) = (&typed[same_head..], &known[same_head..]);
    match typed.len().cmp(&known.len()) {
        std::cmp::Ordering::Equal => {
            typed.get(1..) == known.get(1..)
                || (typed.len() >= 2
                    && typed[0] == known[1]
                    && typed[1] == known[0]
                    && typed[2..] == known[2..])
        }
        std::cmp::Ordering::Less => known.get(1..) == Some(typed),
        std::cmp::Ordering::Greater => typed.get(1..) == Some(known),
    }
}
