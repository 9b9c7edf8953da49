//! The time zone in which people are told times. Inside, and in all that programs read, time is UTC.
//!
//! The rules of the zones are embedded, so that a report says the same on every system; Windows has
//! no such database at all. `jiff` knows them, which decodes times for the log reader anyhow; its
//! types stand nowhere else.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

/// Names that a refused one is answered with at most.
const NEAREST: usize = 5;

/// A time zone: UTC, one by its IANA name, or a fixed offset from UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zone(Rules);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Rules {
    #[default]
    Utc,
    /// The name is that of the offset.
    Fixed {
        name: String,
        rules: TimeZone,
    },
    Named {
        name: String,
        rules: TimeZone,
    },
}

/// Why a text names no zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneError {
    /// There is no zone of this name.
    #[error("no time zone has this name{}", nearest_told(nearest))]
    Unknown {
        /// Zones whose name holds the text.
        nearest: Vec<String>,
    },
    /// The offset is a day or more, or its minutes are none.
    #[error("no clock differs from UTC by this")]
    Offset,
    /// The system does not tell which zone it is in.
    #[error("the system does not tell its time zone")]
    Local,
}

fn nearest_told(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return String::new();
    }
    format!("; near it: {}", nearest.join(", "))
}

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(Rules::Utc);

    /// The zone that the system is in: `TZ`, `/etc/localtime`, or what Windows is set to.
    ///
    /// # Errors
    /// Where the system does not tell; nothing is assumed then.
    pub fn local() -> Result<Self, ZoneError> {
        let system = TimeZone::try_system().map_err(|_| ZoneError::Local)?;
        if system.is_unknown() {
            return Err(ZoneError::Local);
        }
        match system.iana_name() {
            Some(name) => name.parse().or_else(|_| Ok(Self::named(name, &system))),
            // A file of rules without a name, or rules that stand in TZ themselves.
            None => Ok(Self::named("local", &system)),
        }
    }

    fn named(name: &str, rules: &TimeZone) -> Self {
        Self(Rules::Named {
            name: name.to_owned(),
            rules: rules.clone(),
        })
    }

    /// Its name, as heads of columns tell it: `UTC`, `Europe/Berlin`, `UTC+08:00`.
    pub fn name(&self) -> &str {
        match &self.0 {
            Rules::Utc => "UTC",
            Rules::Fixed { name, .. } | Rules::Named { name, .. } => name,
        }
    }

    /// Its name, and where that does not say it, what its clocks are ahead at a time:
    /// `Europe/Berlin, UTC+02:00`.
    pub(super) fn name_at(&self, time: DateTime<Utc>) -> String {
        match &self.0 {
            Rules::Named { name, .. } => format!("{name}, {}", self.offset_name(time)),
            _ => self.name().to_owned(),
        }
    }

    /// What its clocks are ahead of UTC at a time, as a name: `UTC`, `UTC+02:00`.
    pub(super) fn offset_name(&self, time: DateTime<Utc>) -> String {
        match &self.0 {
            Rules::Named { .. } => format!("UTC{}", self.offset_text(time)),
            _ => self.name().to_owned(),
        }
    }

    /// What its clocks show at a time, to the second; with the offset where they show it twice, as
    /// when summer time ends.
    pub(super) fn clock(&self, time: DateTime<Utc>) -> String {
        let shown = self.reading(time);
        if self.is_shown_twice(time) {
            self.with_offset(time)
        } else {
            shown
        }
    }

    /// What its clocks show at a time, with the offset.
    pub(super) fn with_offset(&self, time: DateTime<Utc>) -> String {
        format!("{} {}", self.reading(time), self.offset_text(time))
    }

    /// What its clocks show at a time, to the second. Total: every moment has one local time.
    pub(super) fn reading(&self, time: DateTime<Utc>) -> String {
        let utc = time.naive_utc();
        let ahead = TimeDelta::seconds(i64::from(self.offset(time).seconds()));
        utc.checked_add_signed(ahead)
            .unwrap_or(utc)
            .format("%Y-%m-%d %H:%M:%S")
            .to_string()
    }

    /// `+02:00`; with seconds where a zone had them, as before zones were agreed.
    fn offset_text(&self, time: DateTime<Utc>) -> String {
        offset_text(self.offset(time).seconds())
    }

    fn rules(&self) -> Option<&TimeZone> {
        match &self.0 {
            Rules::Utc => None,
            Rules::Fixed { rules, .. } | Rules::Named { rules, .. } => Some(rules),
        }
    }

    fn offset(&self, time: DateTime<Utc>) -> Offset {
        self.rules()
            .map_or(Offset::UTC, |rules| rules.to_offset(timestamp(time)))
    }

    fn is_shown_twice(&self, time: DateTime<Utc>) -> bool {
        self.rules().is_some_and(|rules| {
            let timestamp = timestamp(time);
            let shown = rules.to_offset(timestamp).to_datetime(timestamp);
            rules.to_ambiguous_timestamp(shown).is_ambiguous()
        })
    }
}

/// The time for the rules; they know the years -9999 to 9999, and beyond count as at the end.
fn timestamp(time: DateTime<Utc>) -> Timestamp {
    Timestamp::from_second(time.timestamp()).unwrap_or(if time.timestamp() < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

fn offset_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let ahead = seconds.unsigned_abs();
    let (hours, minutes, rest) = (ahead / 3600, ahead / 60 % 60, ahead % 60);
    if rest == 0 {
        format!("{sign}{hours:02}:{minutes:02}")
    } else {
        format!("{sign}{hours:02}:{minutes:02}:{rest:02}")
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    /// Reads `UTC`, an IANA name in any case, or an offset such as `+08:00`, `-0330` or `UTC+8`.
    fn from_str(text: &str) -> Result<Self, ZoneError> {
        if text.eq_ignore_ascii_case("UTC") || text.eq_ignore_ascii_case("Z") {
            return Ok(Self::UTC);
        }
        let offset = text
            .get(..3)
            .filter(|start| start.eq_ignore_ascii_case("UTC"))
            .and_then(|_| text.get(3..))
            .unwrap_or(text);
        if offset.starts_with(['+', '-']) {
            return parse_offset(offset).ok_or(ZoneError::Offset);
        }
        let zones = TimeZoneDatabase::bundled();
        match zones.get(text) {
            Ok(rules) => Ok(Self::named(rules.iana_name().unwrap_or(text), &rules)),
            Err(_) => Err(ZoneError::Unknown {
                nearest: nearest(&zones, text),
            }),
        }
    }
}

fn parse_offset(text: &str) -> Option<Zone> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() > 2 => digits.split_at_checked(digits.len() - 2)?,
        None => (digits, "00"),
    };
    let number = |digits: &str, below: i32| {
        let is_number = matches!(digits.len(), 1 | 2) && digits.bytes().all(|b| b.is_ascii_digit());
        let number: i32 = is_number.then(|| digits.parse().ok())??;
        (number < below).then_some(number)
    };
    let seconds = sign * (number(hours, 24)? * 3600 + number(minutes, 60)? * 60);
    if seconds == 0 {
        return Some(Zone::UTC);
    }
    let offset = Offset::from_seconds(seconds).ok()?;
    Some(Zone(Rules::Fixed {
        name: format!("UTC{}", offset_text(seconds)),
        rules: TimeZone::fixed(offset),
    }))
}

/// Zones whose name holds a text, such as a city.
fn nearest(zones: &TimeZoneDatabase, text: &str) -> Vec<String> {
    let plain = |text: &str| text.to_ascii_lowercase().replace([' ', '-'], "_");
    let text = plain(text);
    if text.is_empty() {
        return Vec::new();
    }
    zones
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| plain(name).contains(&text))
        .take(NEAREST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn zone(text: &str) -> Zone {
        text.parse().unwrap()
    }

    #[test]
    fn a_zone_is_named_in_many_ways() {
        for (typed, name) in [
            ("utc", "UTC"),
            ("Z", "UTC"),
            ("+00:00", "UTC"),
            ("europe/berlin", "Europe/Berlin"),
            ("Asia/Shanghai", "Asia/Shanghai"),
            ("+08:00", "UTC+08:00"),
            ("+8", "UTC+08:00"),
            ("utc-0330", "UTC-03:30"),
        ] {
            assert_eq!(zone(typed).name(), name, "{typed}");
        }
    }

    #[test]
    fn what_is_no_zone_is_refused_with_what_is_near() {
        let told = |text: &str| text.parse::<Zone>().unwrap_err().to_string();
        assert_eq!(
            told("berlin"),
            "no time zone has this name; near it: Europe/Berlin"
        );
        assert!(told("new york").ends_with("America/New_York"));
        for odd in ["", " ", "Mars/Olympus", "local", "Europe/../Berlin", "中国"] {
            assert_eq!(
                told(odd).split(';').next(),
                Some("no time zone has this name"),
                "{odd}"
            );
        }
        for odd in [
            "+24", "+08:60", "-", "+", "+1:2:3", "+é", "UTC+x", "+08:000",
        ] {
            assert_eq!(told(odd), "no clock differs from UTC by this", "{odd}");
        }
    }

    #[test]
    fn clocks_show_the_time_of_their_zone() {
        let time = at("2026-06-01T22:01:10.9Z");
        assert_eq!(Zone::UTC.clock(time), "2026-06-01 22:01:10");
        assert_eq!(zone("Europe/Berlin").clock(time), "2026-06-02 00:01:10");
        assert_eq!(zone("+05:45").clock(time), "2026-06-02 03:46:10");
        assert_eq!(Zone::UTC.name_at(time), "UTC");
        assert_eq!(zone("+08:00").name_at(time), "UTC+08:00");
        assert_eq!(
            zone("Europe/Berlin").name_at(time),
            "Europe/Berlin, UTC+02:00"
        );
        assert_eq!(
            zone("Europe/Berlin").name_at(at("2026-01-01T00:00:00Z")),
            "Europe/Berlin, UTC+01:00"
        );
    }

    #[test]
    fn an_hour_that_comes_twice_tells_which_it_is() {
        let berlin = zone("Europe/Berlin");
        for (utc, shown) in [
            ("2026-10-24T23:59:59Z", "2026-10-25 01:59:59"),
            ("2026-10-25T00:30:00Z", "2026-10-25 02:30:00 +02:00"),
            ("2026-10-25T01:30:00Z", "2026-10-25 02:30:00 +01:00"),
            ("2026-10-25T02:00:00Z", "2026-10-25 03:00:00"),
            // In spring an hour is left out, and no time falls into it.
            ("2026-03-29T00:59:59Z", "2026-03-29 01:59:59"),
            ("2026-03-29T01:00:00Z", "2026-03-29 03:00:00"),
        ] {
            assert_eq!(berlin.clock(at(utc)), shown);
        }
    }

    #[test]
    fn offsets_before_zones_were_agreed_have_seconds() {
        let time = at("1880-01-01T00:00:00Z");
        assert_eq!(
            zone("Europe/Berlin").with_offset(time),
            "1880-01-01 00:53:28 +00:53:28"
        );
    }

    proptest! {
        #[test]
        fn any_time_in_any_zone_has_a_text(
            seconds in DateTime::<Utc>::MIN_UTC.timestamp()..=DateTime::<Utc>::MAX_UTC.timestamp(),
            choice in any::<prop::sample::Index>(),
            offset in -86_399_i32..86_400,
        ) {
            let time = DateTime::from_timestamp(seconds, 0).unwrap();
            let zones = TimeZoneDatabase::bundled();
            let names: Vec<_> = zones.available().collect();
            let named = zone(choice.get(&names).as_str());
            let fixed = parse_offset(&offset_text(offset / 60 * 60)).unwrap();
            for zone in [Zone::UTC, named, fixed] {
                prop_assert!(zone.clock(time).len() >= "2026-10-25 02:30:00".len());
                prop_assert!(zone.name_at(time).starts_with(zone.name()));
            }
        }

        #[test]
        fn a_text_that_is_no_zone_is_an_error(text in ".{0,12}") {
            let _ = text.parse::<Zone>();
        }
    }

    #[test]
    fn the_ends_of_time_have_a_text() {
        for time in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            for name in ["UTC", "+23:59", "-23:59", "Pacific/Kiritimati"] {
                assert!(!zone(name).clock(time).is_empty());
            }
        }
    }
}
