//! A text between two tokens, and what can be read from it.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};

use crate::eventlog::binxml::Field;
use crate::eventlog::json::{number_in, time_in, trim_nuls};
use crate::eventlog::utf16::{self, Unit};

/// A text between two tokens.
#[derive(Debug)]
pub(super) enum Text<'a> {
    /// One piece, or none.
    Units(&'a [Unit]),
    /// Several, among them characters that XML writes as references.
    Pieces(String),
}

impl Default for Text<'_> {
    fn default() -> Self {
        Self::Units(&[])
    }
}

impl Text<'_> {
    pub(super) fn into_string(self) -> Option<String> {
        match self {
            Self::Units(units) => utf16::text(units),
            Self::Pieces(text) => Some(text),
        }
    }

    /// Whether the crate, too, would take it.
    pub(super) fn check(&self) -> Option<()> {
        match self {
            Self::Units(units) => utf16::is_well_formed(units).then_some(()),
            Self::Pieces(_) => Some(()),
        }
    }

    /// As a field of `System`, where it ends at this offset; `None` where it is not one piece, or
    /// not well-formed.
    pub(super) fn field(&self, end: usize) -> Option<Field> {
        self.check()?;
        match self {
            Self::Units([]) => Some(Field::Absent),
            Self::Units(units) => {
                let start = end.checked_sub(units.len().checked_mul(2)?)?;
                Some(Field::Text(start, end))
            }
            Self::Pieces(_) => None,
        }
    }

    /// With more text behind.
    pub(super) fn with(self, more: &str) -> Option<Self> {
        let mut text = self.into_string()?;
        text.push_str(more);
        Some(Self::Pieces(text))
    }

    /// The number that it is, if it is one; `None` where the text is not well-formed.
    pub(super) fn number(self) -> Option<Option<u64>> {
        if let Self::Units(units) = self
            && let Some(number) = utf16::digits(units)
        {
            return Some(Some(number));
        }
        Some(number_in(&self.into_string()?))
    }

    /// Likewise the time.
    pub(super) fn time(self) -> Option<Option<DateTime<Utc>>> {
        if let Self::Units(units) = self
            && let Some(time) = usual_time(units)
        {
            return Some(Some(time));
        }
        Some(time_in(&trim_nuls(self.into_string()?)))
    }
}

/// The time in the form in which Windows writes it: `2021-11-19T16:52:33.833733500Z`, cut to whole
/// microseconds like every time of an event.
fn usual_time(units: &[Unit]) -> Option<DateTime<Utc>> {
    let units = units.first_chunk::<30>().filter(|_| units.len() == 30)?;
    let is_punctuation = [
        (4, b'-'),
        (7, b'-'),
        (10, b'T'),
        (13, b':'),
        (16, b':'),
        (19, b'.'),
        (29, b'Z'),
    ]
    .iter()
    .all(|(at, byte)| units.get(*at) == Some(&[*byte, 0]));
    if !is_punctuation {
        return None;
    }
    let number = |from: usize, to: usize| u32::try_from(utf16::digits(units.get(from..to)?)?).ok();
    NaiveDate::from_ymd_opt(
        i32::try_from(number(0, 4)?).ok()?,
        number(5, 7)?,
        number(8, 10)?,
    )?
    .and_hms_nano_opt(
        number(11, 13)?,
        number(14, 16)?,
        number(17, 19)?,
        number(20, 29)?,
    )
    .map(|time| time.and_utc().trunc_subsecs(6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_the_usual_form_is_what_chrono_reads() {
        for text in [
            "2021-11-19T16:52:33.833733500Z",
            "2024-02-29T00:00:00.000000000Z",
            "2023-02-29T00:00:00.000000000Z",
            "2021-13-19T16:52:33.833733500Z",
            "2021-11-19T24:52:33.833733500Z",
            "2021-11-19T16:52:33.8337335000",
            "2021-11-19 16:52:33.833733500Z",
            "2021-11-19T16:52:60.833733500Z",
            "+021-11-19T16:52:33.833733500Z",
            "2021-11-19T16:52:33.8337335Z",
            "",
        ] {
            let units: Vec<Unit> = text.encode_utf16().map(u16::to_le_bytes).collect();
            if let Some(time) = usual_time(&units) {
                assert_eq!(Some(time), time_in(text), "{text}");
            }
            assert_eq!(Text::Units(&units).time(), Some(time_in(text)), "{text}");
        }
        let units: Vec<Unit> = "2021-11-19T16:52:33.833733500Z"
            .encode_utf16()
            .map(u16::to_le_bytes)
            .collect();
        assert!(usual_time(&units).is_some());
    }
}
