//! What a triage is about: which machines, and which time (RULES.md 9).
//!
//! Only what was asked for stands here; it acts in `triage`, once machines are known. What is merely
//! not listed is a view, and the report's business.

use chrono::{DateTime, TimeDelta, Utc};

use crate::diagnosis::{ComputerPattern, Window};

/// The machines and the time that a triage is about; by default all.
///
/// | part of the report | machines | since | until |
/// | --- | --- | --- | --- |
/// | inputs | all that was read | the same | the same |
/// | as_of | the newest last record of all machines | the same | not later than it |
/// | period | of all logs | begins not earlier | ends not later |
/// | machines | those selected | all, as they are at the end | those with an event until then |
/// | a machine's status, products, build, CMID | | from all before as well | as of then |
/// | a machine's first and last record | | the same | last: not later than it |
/// | attempts (summary, timeline, machines, KMS hosts) | | those that began then or later | those that began until then, whole |
/// | KMS hosts' clients | of the hosts selected | requests from then on | requests until then |
/// | findings on attempts | | those counted, and failures of before that go on, by their deciding attempt and with a count of 0 | |
/// | findings on states, forecast, groups | | as all before says | as of then |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Machines of which a name fits one of these; none for all machines.
    pub computers: Vec<ComputerPattern>,
    /// Attempts, and events without one, that begin earlier are left out.
    pub since: Option<TimeBound>,
    /// Attempts, and events without one, that begin later are left out.
    pub until: Option<TimeBound>,
}

/// An end of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeBound {
    /// This moment, which belongs to it.
    At(DateTime<Utc>),
    /// So long before the newest record of the input, or before the policy's `now`.
    Before(TimeDelta),
}

impl Selection {
    /// The time that is meant, where relative bounds count back from `as_of`.
    pub fn window(&self, as_of: Option<DateTime<Utc>>) -> Window {
        let resolve = |bound: Option<TimeBound>| match bound? {
            TimeBound::At(time) => Some(time),
            TimeBound::Before(delta) => as_of?.checked_sub_signed(delta),
        };
        Window {
            since: resolve(self.since),
            until: resolve(self.until),
        }
    }

    /// Whether a machine with one of these names is selected.
    pub fn has_computer<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> bool {
        self.computers.is_empty()
            || names
                .into_iter()
                .any(|name| self.computers.iter().any(|pattern| pattern.fits(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_bounds_count_back_from_the_newest_record() {
        let as_of: DateTime<Utc> = "2026-03-08T12:00:00Z".parse().unwrap();
        let selection = Selection {
            since: Some(TimeBound::Before(TimeDelta::days(7))),
            until: Some(TimeBound::At(as_of)),
            ..Selection::default()
        };
        let window = selection.window(Some(as_of));
        assert_eq!(window.since, Some(as_of - TimeDelta::days(7)));
        assert_eq!(window.until, Some(as_of));
        assert_eq!(selection.window(None).since, None, "without any record");
    }
}
