//! VOCABULARY: one 32-bit result code.
//!
//! Parsing, printing and taking apart; names come from static tables. What a code means for
//! activation and what to do about it is the catalog's business.

mod facility;
mod names;

use std::fmt;
use std::str::FromStr;

pub use facility::Facility;

/// A 32-bit result code: an HRESULT, or an NTSTATUS where Windows logs one in its place.
///
/// Prints as `0x` and 8 upper-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hresult(u32);

/// Why a text is no result code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseHresultError {
    /// Neither hex nor decimal digits.
    #[error("{text:?} is no result code")]
    NotANumber {
        /// What was given.
        text: String,
    },
    /// More than 32 bits.
    #[error("{text:?} does not fit into 32 bits")]
    TooLarge {
        /// What was given.
        text: String,
    },
    /// So few digits without `0x` that it may mean several things.
    #[error("{text:?} is too short to be a result code without 0x in front")]
    TooShort {
        /// What was given.
        text: String,
    },
}

impl Hresult {
    /// Success, 0x00000000.
    pub const OK: Hresult = Hresult(0);

    /// A code from its bits.
    pub const fn new(bits: u32) -> Self {
        Self(bits)
    }

    /// The Win32 error as the code that Windows makes of it, 0x8007xxxx; 0 stays 0.
    pub const fn from_win32(number: u16) -> Self {
        if number == 0 {
            Self(0)
        } else {
            Self(0x8007_0000 | number as u32)
        }
    }

    /// All 32 bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether its severity bit is set. Informational forms such as 0x4004F00C are no failures.
    pub const fn is_failure(self) -> bool {
        self.0 & 0x8000_0000 != 0
    }

    /// The part of Windows that it comes from.
    pub const fn facility(self) -> Facility {
        Facility(((self.0 >> 16) & 0x07FF) as u16)
    }

    /// The low 16 bits.
    pub const fn code(self) -> u16 {
        (self.0 & 0xFFFF) as u16
    }

    /// Whether it is an NTSTATUS error (0xC000xxxx, 0xC002xxxx, or with the NT bit 0xD0...).
    pub const fn is_ntstatus(self) -> bool {
        matches!(self.0 >> 16, 0xC000 | 0xC002 | 0xD000 | 0xD002)
    }

    /// The Win32 error number inside, for a code of the form 0x8007xxxx.
    pub const fn win32(self) -> Option<u16> {
        if self.0 >> 16 == 0x8007 {
            Some(self.code())
        } else {
            None
        }
    }

    /// The constant's name in the Windows headers, such as `SL_E_VL_NOT_ENOUGH_COUNT`.
    pub fn symbol(self) -> Option<&'static str> {
        names::symbol(self.0)
    }

    /// All codes whose name holds the text, whatever the case; whole names first.
    pub fn find_by_symbol(text: &str) -> Vec<(Hresult, &'static str)> {
        names::find(text)
            .into_iter()
            .map(|(code, name)| (Hresult(code), name))
            .collect()
    }

    /// Reads a code as events print it: `0x0`, `0xC004F074`, `hr=0x80072EE7`, `0xC004F200:`,
    /// `C004F074`, a signed or unsigned decimal. Nothing else, and no guess.
    pub fn parse_logged(text: &str) -> Option<Hresult> {
        let text = text.trim().trim_end_matches([':', '.', ';', ',']);
        let text = strip_prefix_ignore_case(text, "hr=").unwrap_or(text).trim();
        if let Some(digits) = strip_prefix_ignore_case(text, "0x") {
            return parse_hex(digits);
        }
        if text.len() == 8 && text.bytes().any(|b| b.is_ascii_alphabetic()) {
            return parse_hex(text);
        }
        parse_decimal(text)
    }
}

/// Hex with or without `0x`, any case, `hr=` in front, signed or unsigned decimal.
///
/// Without `0x`, exactly 8 hex digits are hex, and a leading minus or more than 8 digits mean
/// decimal (RULES.md 10). Fewer digits than that are refused as ambiguous.
impl FromStr for Hresult {
    type Err = ParseHresultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let owned = || text.to_owned();
        let bare = text.trim();
        let bare = strip_prefix_ignore_case(bare, "hr=").unwrap_or(bare);
        if let Some(digits) = strip_prefix_ignore_case(bare, "0x") {
            return match parse_hex(digits) {
                Some(code) => Ok(code),
                None if digits.len() > 8 && digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
                    Err(ParseHresultError::TooLarge { text: owned() })
                }
                None => Err(ParseHresultError::NotANumber { text: owned() }),
            };
        }
        if bare.len() == 8
            && let Some(code) = parse_hex(bare)
        {
            return Ok(code);
        }
        let digits = bare.strip_prefix('-').unwrap_or(bare);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ParseHresultError::NotANumber { text: owned() });
        }
        if !bare.starts_with('-') && digits.len() < 8 {
            return Err(ParseHresultError::TooShort { text: owned() });
        }
        parse_decimal(bare).ok_or_else(|| ParseHresultError::TooLarge { text: owned() })
    }
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

fn parse_hex(digits: &str) -> Option<Hresult> {
    let plain =
        !digits.is_empty() && digits.len() <= 8 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    plain
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
        .map(Hresult)
}

fn parse_decimal(text: &str) -> Option<Hresult> {
    if text.starts_with('+') {
        return None;
    }
    let value: i64 = text.parse().ok()?;
    u32::try_from(value)
        .ok()
        .or_else(|| i32::try_from(value).ok().map(i32::cast_unsigned))
        .map(Hresult)
}

impl fmt::Display for Hresult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

impl fmt::Debug for Hresult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expect: u32) {
        assert_eq!(text.parse::<Hresult>(), Ok(Hresult(expect)), "{text}");
    }

    #[test]
    fn every_spelling_of_one_code_is_read() {
        for text in [
            "0xC004F074",
            "0Xc004f074",
            "C004F074",
            "c004f074",
            "hr=0xC004F074",
            "-1073418124",
            "3221549172",
        ] {
            check(text, 0xC004_F074);
        }
        check("0x0", 0);
        check("80070005", 0x8007_0005);
    }

    #[test]
    fn what_is_no_code_is_refused_with_the_reason() {
        use ParseHresultError as E;
        let error = |text: &str| text.parse::<Hresult>().unwrap_err();
        assert!(matches!(error(""), E::NotANumber { .. }));
        assert!(matches!(error("0x"), E::NotANumber { .. }));
        assert!(matches!(error("0xC00F038Z"), E::NotANumber { .. }));
        assert!(matches!(error("0xC004CF0038"), E::TooLarge { .. }));
        assert!(matches!(error("99999999999"), E::TooLarge { .. }));
        assert!(matches!(error("12288"), E::TooShort { .. }));
        assert!(matches!(error("+123456789"), E::NotANumber { .. }));
    }

    #[test]
    fn logged_forms_are_read_and_nothing_is_guessed() {
        let read = |text: &str| Hresult::parse_logged(text).map(Hresult::bits);
        assert_eq!(read("0x4000008"), Some(0x0400_0008));
        assert_eq!(read("0xC004F200:"), Some(0xC004_F200));
        assert_eq!(read(" hr=0x80072ee7 "), Some(0x8007_2EE7));
        assert_eq!(read("3225380353"), Some(0xC03F_6601));
        assert_eq!(read("-2147467259"), Some(0x8000_4005));
        for odd in ["?", "", "(null)", "0x123456789", "0xZZ", "hr=", "C004"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_code_is_taken_apart() {
        let code = Hresult(0x8007_232B);
        assert!(code.is_failure());
        assert_eq!(code.facility().name(), Some("WIN32"));
        assert_eq!(code.win32(), Some(9003));
        assert_eq!(code.symbol(), Some("DNS_ERROR_RCODE_NAME_ERROR"));
        assert!(!Hresult(0x4004_F00C).is_failure());
        assert!(Hresult(0xC002_0017).is_ntstatus());
    }

    proptest! {
        #[test]
        fn printing_then_parsing_is_the_identity(bits: u32) {
            let code = Hresult(bits);
            prop_assert_eq!(code.to_string().parse::<Hresult>(), Ok(code));
            prop_assert_eq!(Hresult::parse_logged(&code.to_string()), Some(code));
            let signed = bits.cast_signed().to_string();
            if signed.len() > 8 || signed.starts_with('-') {
                prop_assert_eq!(signed.parse::<Hresult>(), Ok(code));
            }
        }

        #[test]
        fn no_text_makes_parsing_panic(text in ".*") {
            let _ = text.parse::<Hresult>();
            let _ = Hresult::parse_logged(&text);
        }
    }
}
