//! Event rows that `events` wrote, back to events: NDJSON, and Parquet with the feature `parquet`.
//!
//! A row gives back the event that it was made from, as far as its meaning goes: attempts,
//! severities and titles are not read, since they are concluded anew from all rows together. Writing
//! is the business of `report::rows`; the columns that both sides share stand in [`COLUMNS`].

mod columns;
mod event_columns;
mod names;
mod ndjson;
#[cfg(feature = "parquet")]
mod parquet;
mod told;

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};

pub use columns::{Column, ColumnType, INPUT_COLUMNS, INPUTS_KEY, ROW_SCHEMA};
pub use event_columns::COLUMNS;
pub use ndjson::read_ndjson;
#[cfg(feature = "parquet")]
pub use parquet::{ParquetRows, read_parquet};

use super::{Event, LogCounts};
use crate::input::{LogName, SkipReason, Skipped};

/// What a row gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowItem {
    /// An event.
    Event(Event),
    /// A log that was read when the rows were made.
    Input(RowInput),
    /// An input that was not read then, or rows of this file that cannot be read.
    Skipped(Skipped),
}

/// A log that was read when the rows were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowInput {
    /// The log.
    pub name: LogName,
    /// What was seen of it. Damage and notes are as they were told; `first_by_id` is in no row.
    pub counts: LogCounts,
    /// How many activation events were found in it.
    pub activation_events: u64,
    /// The computers of its activation events; without any, that of its last record.
    pub computers: Vec<String>,
}

/// Why rows cannot be read, or not to their end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowsError {
    /// The system failed to read the file.
    #[error("{name}: cannot be read")]
    Read {
        /// The file.
        name: LogName,
        /// What the system said.
        source: std::io::Error,
    },
    /// A newer program wrote the rows.
    #[error(
        "{name}: its rows are of version {schema}, and this program reads them up to {ROW_SCHEMA}: use a newer one"
    )]
    Newer {
        /// The file.
        name: LogName,
        /// The version.
        schema: u64,
    },
    /// The text is UTF-16, as Windows PowerShell writes it.
    #[error(
        "{name}: the rows are UTF-16, as Windows PowerShell writes what `>` redirects: write them with -o"
    )]
    Utf16 {
        /// The file.
        name: LogName,
    },
    /// The file is no table of rows.
    #[error("{name}: this is no table of event rows: {message}")]
    NotRows {
        /// The file.
        name: LogName,
        /// What is wrong with it.
        message: String,
    },
}

impl RowsError {
    /// What is wrong, without the file's name.
    pub fn message(&self) -> String {
        let whole = self.to_string();
        let (Self::Read { name, .. }
        | Self::Newer { name, .. }
        | Self::Utf16 { name }
        | Self::NotRows { name, .. }) = self;
        let head = format!("{name}: ");
        whole.strip_prefix(&head).unwrap_or(&whole).to_owned()
    }
}

/// Rows that cannot be read, told as one: where the first is and how many they are.
#[derive(Debug, Default)]
struct BadRows {
    first: Option<(u64, String)>,
    count: u64,
}

impl BadRows {
    /// Adds some, the first of them in this place, counted from 1.
    fn add(&mut self, at: u64, count: u64, message: impl FnOnce() -> String) {
        self.count = self.count.saturating_add(count);
        self.first.get_or_insert_with(|| (at, message()));
    }

    fn tell(self, name: &LogName, sink: &mut dyn FnMut(RowItem)) {
        if let Some((at, message)) = self.first {
            sink(RowItem::Skipped(Skipped {
                path: name.clone(),
                reason: SkipReason::BadRows {
                    rows: self.count,
                    at,
                    message,
                },
            }));
        }
    }
}

/// Reads a time as rows have it: RFC 3339, UTC.
fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    plain_time(text.as_bytes()).or_else(|| {
        // Years beyond 9999 come with a sign.
        let time = text.parse::<DateTime<Utc>>().ok()?;
        Some(time.trunc_subsecs(6))
    })
}

/// `2026-03-01T09:00:00.123456Z`, the fraction left out or of any length.
fn plain_time(text: &[u8]) -> Option<DateTime<Utc>> {
    let (head, rest) = text.split_first_chunk::<19>()?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
    ] = *head
    else {
        return None;
    };
    let fraction = match rest {
        b"Z" => 0,
        [b'.', digits @ .., b'Z'] if !digits.is_empty() => {
            number(digits.iter().copied().chain([b'0'; 5]).take(6))?
        }
        _ => return None,
    };
    let two = |a, b| number([a, b].into_iter());
    let year = i32::try_from(number([y1, y2, y3, y4].into_iter())?).ok()?;
    NaiveDate::from_ymd_opt(year, two(m1, m2)?, two(d1, d2)?)?
        .and_hms_micro_opt(two(h1, h2)?, two(n1, n2)?, two(s1, s2)?, fraction)
        .map(|time| time.and_utc())
}

/// The number that decimal digits stand for, at most nine of them.
fn number(digits: impl Iterator<Item = u8>) -> Option<u32> {
    digits.take(9).try_fold(0_u32, |number, digit| match digit {
        b'0'..=b'9' => number
            .checked_mul(10)?
            .checked_add(u32::from(digit.checked_sub(b'0')?)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_read_to_the_microsecond() {
        for (text, micros) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-01-01T00:00:01.5Z", Some(1_500_000)),
            ("1970-01-01T00:00:01.123456789Z", Some(1_123_456)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("+10000-01-01T00:00:00Z", Some(253_402_300_800_000_000)),
            ("1970-13-01T00:00:00Z", None),
            ("1970-01-01T00:00:00.Z", None),
            ("1970-01-01", None),
            ("", None),
        ] {
            assert_eq!(
                parse_time(text).map(|time| time.timestamp_micros()),
                micros,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_printed_time_is_read_back(micros in -62_000_000_000_000_000_i64..300_000_000_000_000_000) {
            let time = DateTime::from_timestamp_micros(micros).unwrap();
            let text = time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
            prop_assert_eq!(parse_time(&text), Some(time));
        }
    }
}
