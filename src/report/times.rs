//! Times as people are told them: in a zone, which is named.
//!
//! The builder's sentences and the renderers say times with the same words. Tables name the zone in
//! the heads of their columns, so that there a time is its clock alone.

use crate::catalog::Language;

use super::model::Time;
use super::phrases::Phrases;
use super::zone::Zone;

/// How times are told: in which zone, in which language.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    zone: Zone,
    language: Language,
}

impl Times {
    /// Times of a zone in the words of a language.
    pub(crate) fn new(zone: Zone, language: Language) -> Self {
        Self { zone, language }
    }

    /// The zone that they are told in.
    pub(crate) fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Date and time to the second, where the zone stands elsewhere.
    pub(crate) fn clock(&self, time: Time) -> String {
        self.zone.clock(time.0)
    }

    /// A time with its zone.
    pub(crate) fn moment(&self, time: Time) -> String {
        self.with_zone(time, &self.zone.name_at(time.0))
    }

    /// A time with its offset from UTC, among other times of a zone that is named nearby.
    pub(crate) fn brief(&self, time: Time) -> String {
        self.with_zone(time, &self.zone.offset_name(time.0))
    }

    fn with_zone(&self, time: Time, zone: &str) -> String {
        let clock = self.zone.reading(time.0);
        let values = [("time", clock.as_str()), ("zone", zone)];
        Phrases::load().layout.moment.fill(self.language, &values)
    }

    /// From when to when, with the zone. What differs by less than a second is one moment.
    pub(crate) fn span(&self, first: Time, last: Time) -> String {
        if self.is_moment(first, last) {
            return self.moment(first);
        }
        let zone = self.zone.name_at(first.0);
        let (first, last, zone) = if zone == self.zone.name_at(last.0) {
            let (first, last) = (self.zone.reading(first.0), self.zone.reading(last.0));
            (first, last, zone)
        } else {
            // Summer time began or ended meanwhile.
            let (first, last) = (
                self.zone.with_offset(first.0),
                self.zone.with_offset(last.0),
            );
            (first, last, self.zone.name().to_owned())
        };
        let values = [
            ("first", first.as_str()),
            ("last", last.as_str()),
            ("zone", zone.as_str()),
        ];
        Phrases::load().layout.span.fill(self.language, &values)
    }

    /// Whether two times are told as one.
    pub(crate) fn is_moment(&self, first: Time, last: Time) -> bool {
        first.0.timestamp() == last.0.timestamp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        Time(text.parse().unwrap())
    }

    fn times(zone: &str) -> Times {
        Times::new(zone.parse().unwrap(), Language::En)
    }

    #[test]
    fn a_time_names_its_zone() {
        let june = time("2026-06-01T06:01:10.5Z");
        assert_eq!(times("UTC").moment(june), "2026-06-01 06:01:10 (UTC)");
        assert_eq!(
            times("Europe/Berlin").moment(june),
            "2026-06-01 08:01:10 (Europe/Berlin, UTC+02:00)"
        );
        assert_eq!(
            times("+08:00").moment(june),
            "2026-06-01 14:01:10 (UTC+08:00)"
        );
        assert_eq!(
            times("Europe/Berlin").brief(june),
            "2026-06-01 08:01:10 (UTC+02:00)"
        );
        // The zone tells already which of the two it is.
        assert_eq!(
            times("Europe/Berlin").moment(time("2026-10-25T01:30:00Z")),
            "2026-10-25 02:30:00 (Europe/Berlin, UTC+01:00)"
        );
    }

    #[test]
    fn a_span_over_a_change_of_the_clocks_tells_both_offsets() {
        let (winter, june) = (time("2026-01-01T00:00:00Z"), time("2026-06-01T00:00:00Z"));
        let berlin = times("Europe/Berlin");
        assert_eq!(
            berlin.span(winter, june),
            "2026-01-01 01:00:00 +01:00 to 2026-06-01 02:00:00 +02:00 (Europe/Berlin)"
        );
        assert_eq!(
            berlin.span(june, time("2026-06-01T00:00:01Z")),
            "2026-06-01 02:00:00 to 2026-06-01 02:00:01 (Europe/Berlin, UTC+02:00)"
        );
        assert_eq!(
            berlin.span(june, time("2026-06-01T00:00:00.9Z")),
            berlin.moment(june)
        );
    }
}
