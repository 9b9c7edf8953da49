//! What a triage is about: which machines, and which time (RULES.md 9).
//!
//! Only what was asked for stands here; it acts in `triage`, once machines are known. What is merely
//! not listed is a view, and the report's business.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::diagnosis::Window;

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

/// A pattern for computer names: `*` stands for any characters, `?` for one; case does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComputerPattern {
    pattern: Vec<char>,
}

/// A text that fits no computer name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use a computer's name, in which * stands for any characters and ? for one, such as SRV-*")]
pub struct ParsePatternError;

impl FromStr for ComputerPattern {
    type Err = ParsePatternError;

    fn from_str(text: &str) -> Result<Self, ParsePatternError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ParsePatternError);
        }
        Ok(Self {
            pattern: text.to_lowercase().chars().collect(),
        })
    }
}

impl ComputerPattern {
    /// Whether a name fits as a whole, or its first label does.
    pub fn fits(&self, name: &str) -> bool {
        let name: Vec<char> = name.to_lowercase().chars().collect();
        let label = name.split(|c| *c == '.').next().unwrap_or_default();
        fits(&self.pattern, &name) || fits(&self.pattern, label)
    }
}

/// Goes back to the last `*` alone, so that no pattern costs more than its length times the name's.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = name.get(place) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == c => {
                at += 1;
                place += 1;
            }
            _ => match &mut star {
                Some((star, taken)) => {
                    *taken += 1;
                    at = *star + 1;
                    place = *taken;
                }
                None => return false,
            },
        }
    }
    pattern
        .get(at..)
        .is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(pattern: &str, name: &str) -> bool {
        pattern.parse::<ComputerPattern>().unwrap().fits(name)
    }

    #[test]
    fn a_pattern_fits_a_whole_name_or_its_first_label_in_any_case() {
        for (pattern, name, expect) in [
            ("srv-1", "SRV-1", true),
            ("srv-1", "SRV-1.contoso.com", true),
            ("srv-1", "SRV-10", false),
            ("srv-?", "SRV-1.contoso.com", true),
            ("srv-?", "SRV-10.contoso.com", false),
            ("srv*", "SRV-10.contoso.com", true),
            ("*.contoso.com", "srv.contoso.com", true),
            ("*.contoso.com", "srv.contoso.com.evil", false),
            ("*contoso*", "a.contoso.com", true),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXbcd", false),
            ("contoso", "srv.contoso.com", false),
            ("*", "", true),
            ("??", "电脑", true),
            ("STRASSE*", "straße", false),
        ] {
            assert_eq!(check(pattern, name), expect, "{pattern} {name}");
        }
        assert_eq!("  ".parse::<ComputerPattern>(), Err(ParsePatternError));
    }

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

    proptest! {
        #[test]
        fn a_star_fits_all_and_a_name_fits_itself(name in "[a-z.-]{1,20}", at in 0_usize..20) {
            prop_assert!(check("*", &name));
            prop_assert!(check(&name, &name));
            let mut starred: String = name.clone();
            starred.insert(at.min(name.len()), '*');
            prop_assert!(check(&starred, &name), "{}", starred);
        }

        #[test]
        fn no_pattern_panics(pattern in ".{1,20}", name in ".{0,20}") {
            if let Ok(pattern) = pattern.parse::<ComputerPattern>() {
                pattern.fits(&name);
            }
        }
    }
}
