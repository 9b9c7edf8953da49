//! Points in time as the format stores them, and the few spellings that events use.
//!
//! Only what a writer needs: no zones, no clock. Everything is UTC.

use std::fmt;
use std::str::FromStr;

const TICKS_PER_SECOND: u64 = 10_000_000;
const SECONDS_PER_DAY: u64 = 86_400;
/// Days from 1601-01-01, where the count begins, to 1970-01-01.
const DAYS_TO_1970: i64 = 134_774;

/// A number of 100 ns steps since 1601-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileTime(pub u64);

/// A text that is no time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseTimeError(String);

impl fmt::Display for ParseTimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no time of the form 2026-03-02 08:00:11.120",
            self.0
        )
    }
}

impl std::error::Error for ParseTimeError {}

impl FileTime {
    /// The time so many minutes later (or earlier), cut at the ends of what can be stored.
    #[must_use]
    pub fn plus_minutes(self, minutes: i64) -> Self {
        let ticks = minutes.unsigned_abs().saturating_mul(60 * TICKS_PER_SECOND);
        Self(if minutes < 0 {
            self.0.saturating_sub(ticks)
        } else {
            self.0.saturating_add(ticks)
        })
    }

    /// The time so many milliseconds later.
    #[must_use]
    pub fn plus_milliseconds(self, milliseconds: u64) -> Self {
        let ticks = milliseconds.saturating_mul(TICKS_PER_SECOND / 1000);
        Self(self.0.saturating_add(ticks))
    }

    fn civil(self) -> Civil {
        let seconds = self.0 / TICKS_PER_SECOND;
        let of_day = seconds % SECONDS_PER_DAY;
        // The day count of a u64 of ticks has 26 bits: the conversion cannot fail.
        let days = i64::try_from(seconds / SECONDS_PER_DAY).unwrap_or(i64::MAX) - DAYS_TO_1970;
        let (year, month, day) = civil_from_days(days);
        Civil {
            year,
            month,
            day,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            ticks: self.0 % TICKS_PER_SECOND,
        }
    }

    /// `2026/03/02 08:00`, as KMS requests carry the client's time.
    pub fn client_minute(self) -> String {
        let t = self.civil();
        format!(
            "{:04}/{:02}/{:02} {:02}:{:02}",
            t.year, t.month, t.day, t.hour, t.minute
        )
    }

    /// `2026/3/2 8:00`, as a KMS host writes the client's time.
    pub fn host_minute(self) -> String {
        let t = self.civil();
        format!(
            "{}/{}/{} {}:{:02}",
            t.year, t.month, t.day, t.hour, t.minute
        )
    }

    /// `2026/03/02:08:00:11`, as kernel policies carry end dates.
    pub fn policy_second(self) -> String {
        let t = self.civil();
        format!(
            "{:04}/{:02}/{:02}:{:02}:{:02}:{:02}",
            t.year, t.month, t.day, t.hour, t.minute, t.second
        )
    }

    /// `2026-03-02T08:00:11Z`, as events about the service's restart carry times.
    pub fn iso_second(self) -> String {
        let t = self.civil();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            t.year, t.month, t.day, t.hour, t.minute, t.second
        )
    }

    /// `2026-03-02T08:00:11.120000000Z`, as forwarded records carry their time.
    pub fn iso_nanos(self) -> String {
        let t = self.civil();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}00Z",
            t.year, t.month, t.day, t.hour, t.minute, t.second, t.ticks
        )
    }
}

struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: u64,
    minute: u64,
    second: u64,
    ticks: u64,
}

impl FromStr for FileTime {
    type Err = ParseTimeError;

    /// Parses `2026-03-02 08:00:11.120`; the fraction may be left out or have up to 7 digits.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| ParseTimeError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<FileTime> {
    let (date, time) = text.split_once([' ', 'T'])?;
    let [year, month, day] = numbers::<3>(date, '-')?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let [hour, minute, second] = numbers::<3>(clock, ':')?;
    let is_date = (1601..=9999).contains(&year) && (1..=12).contains(&month);
    if !is_date || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if fraction.len() > 7 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let ticks: u64 = format!("{fraction:0<7}").parse().ok()?;
    let days = days_from_civil(year, month, day) + DAYS_TO_1970;
    let seconds = u64::try_from(days * 86_400 + hour * 3600 + minute * 60 + second).ok()?;
    Some(FileTime(seconds * TICKS_PER_SECOND + ticks))
}

fn numbers<const N: usize>(text: &str, separator: char) -> Option<[i64; N]> {
    let mut numbers = [0; N];
    let mut parts = text.split(separator);
    for number in &mut numbers {
        *number = parts.next()?.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// Days from 1970-01-01 to a date (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The way back of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_records_time_is_read_and_written_alike() {
        // Header of a 12288 of a real log: 43 d7 4f 06 de 8d d9 01.
        let time: FileTime = "2023-05-24 01:21:11.2292163".parse().unwrap();
        assert_eq!(time.0, 0x01d9_8dde_064f_d743);
        assert_eq!(time.iso_nanos(), "2023-05-24T01:21:11.229216300Z");
        assert_eq!(time.client_minute(), "2023/05/24 01:21");
        assert_eq!(time.host_minute(), "2023/5/24 1:21");
        assert_eq!(
            time.plus_minutes(259_200).policy_second(),
            "2023/11/20:01:21:11"
        );
    }

    #[test]
    fn leap_days_and_year_ends_count() {
        let time: FileTime = "2024-02-28 23:59:59".parse().unwrap();
        assert_eq!(time.plus_minutes(1).iso_second(), "2024-02-29T00:00:59Z");
        assert_eq!(
            time.plus_minutes(-83_520).iso_second(),
            "2024-01-01T23:59:59Z"
        );
        let time: FileTime = "2025-12-31 23:59:00".parse().unwrap();
        assert_eq!(time.plus_minutes(1).iso_second(), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2026-03-02",
            "2026-13-02 00:00:00",
            "2026-03-02 24:00:00",
            "2026-03-02 08:00",
        ] {
            assert!(text.parse::<FileTime>().is_err(), "{text}");
        }
    }
}
