//! Findings that the administrator accepts: on every machine, or on those whose name fits a pattern.
//!
//! An accepted finding is told last and does not count for --fail-on. Nothing else changes: the
//! machine's state, its root cause and all counts stay what they are. Where only some of a finding's
//! machines are accepted it stays active, and where it is of a code, its severity is that of the others.

use std::collections::BTreeSet;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};

use super::Policy;
use super::finding::{Finding, FindingKey, FindingStatus};
use super::fleet_view::{Fleet, Machine};
use super::pattern::ComputerPattern;
use crate::catalog::FindingId;
use crate::hresult::Hresult;

/// A finding that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The rule as it was given: `ID` or `ID@COMPUTER-GLOB`.
    pub rule: String,
    /// The finding.
    pub finding: FindingKey,
    /// The machines, by any of their names; none for every machine.
    pub computers: Option<ComputerPattern>,
    /// Why.
    pub reason: Option<String>,
    /// The last day on which it is accepted (UTC), held against the newest record of the input.
    pub until: Option<NaiveDate>,
    /// Whether an option of the command line says it, and no policy.
    pub is_option: bool,
}

/// A text that names no finding to accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseAcceptanceError {
    /// The part before the `@` is no finding.
    #[error("{id} is no finding; use a code such as 0xC004F074, or a name such as {known}")]
    NoFinding {
        /// What was given.
        id: String,
        /// The names that there are.
        known: String,
    },
    /// The part behind the `@` is no pattern.
    #[error(
        "there is no computer behind the @; leave it out, or use a name in which * stands for any characters and ? for one"
    )]
    NoComputer,
}

/// Reads `ID` or `ID@COMPUTER-GLOB`.
impl FromStr for Acceptance {
    type Err = ParseAcceptanceError;

    fn from_str(text: &str) -> Result<Self, ParseAcceptanceError> {
        let (id, computers) = match text.split_once('@') {
            Some((id, glob)) => {
                let glob: Result<ComputerPattern, _> = glob.parse();
                (
                    id,
                    Some(glob.map_err(|_| ParseAcceptanceError::NoComputer)?),
                )
            }
            None => (text, None),
        };
        let id = id.trim();
        let derived = FindingId::ALL
            .iter()
            .find(|finding| finding.as_str().eq_ignore_ascii_case(id));
        let finding = match (derived, id.parse::<Hresult>()) {
            (Some(finding), _) => FindingKey::Derived(*finding),
            (None, Ok(code)) => FindingKey::Code(code),
            (None, Err(_)) => {
                let known: Vec<&str> = FindingId::ALL.iter().map(|id| id.as_str()).collect();
                return Err(ParseAcceptanceError::NoFinding {
                    id: id.to_owned(),
                    known: known.join(", "),
                });
            }
        };
        Ok(Self {
            rule: text.trim().to_owned(),
            finding,
            computers,
            reason: None,
            until: None,
            is_option: true,
        })
    }
}

impl Acceptance {
    /// Whether it has ended by a time.
    pub fn has_ended(&self, as_of: Option<DateTime<Utc>>) -> bool {
        matches!((self.until, as_of), (Some(until), Some(as_of)) if as_of.date_naive() > until)
    }

    fn fits(&self, machine: Option<&Machine>) -> bool {
        let Some(pattern) = &self.computers else {
            return true;
        };
        machine.is_some_and(|machine| {
            let mut names = std::iter::once(&machine.computer).chain(&machine.aliases);
            names.any(|name| pattern.fits(name))
        })
    }
}

/// What of a finding is accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Its machines on which it is.
    pub machines: BTreeSet<String>,
    /// The rules that say so, as places in the policy's list.
    pub by: BTreeSet<usize>,
    /// Whether it is on all of its machines.
    pub is_whole: bool,
}

/// The rules that accept a finding on a machine; without a machine, those that name none.
pub(super) fn rules<'a>(
    policy: &'a Policy,
    as_of: Option<DateTime<Utc>>,
    finding: FindingKey,
    machine: Option<&'a Machine>,
) -> impl Iterator<Item = usize> + 'a {
    let rules = policy.accepted.iter().enumerate();
    rules
        .filter(move |(_, rule)| {
            rule.finding == finding && !rule.has_ended(as_of) && rule.fits(machine)
        })
        .map(|(place, _)| place)
}

/// Says of every finding that is not cured on which of its machines it is accepted.
pub(super) fn apply(found: &mut [Finding], fleet: &Fleet, policy: &Policy) {
    if policy.accepted.is_empty() {
        return;
    }
    for finding in found {
        if finding.status == FindingStatus::Cured {
            continue;
        }
        let mut accepted = Accepted::default();
        for name in &finding.machines {
            let by_name = |machine: &Machine| machine.computer.as_str().cmp(name.as_str());
            let place = fleet.machines.binary_search_by(by_name).ok();
            let machine = place.and_then(|place| fleet.machines.get(place));
            let mut by = rules(policy, fleet.as_of, finding.key, machine).peekable();
            if by.peek().is_some() {
                accepted.machines.insert(name.clone());
            }
            accepted.by.extend(by);
        }
        if finding.machines.is_empty() {
            accepted
                .by
                .extend(rules(policy, fleet.as_of, finding.key, None));
        }
        accepted.is_whole =
            !accepted.by.is_empty() && accepted.machines.len() == finding.machines.len();
        finding.accepted = accepted;
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings::support::found_with;
    use super::*;

    const BLOCKED: &str = "09:00 12288 hr=0x800706BA\n 09:00:01 8198";

    fn told(rules: &[&str], until: Option<&str>) -> Vec<String> {
        let policy = Policy {
            accepted: rules
                .iter()
                .map(|rule| Acceptance {
                    until: until.map(|day| day.parse().unwrap()),
                    ..rule.parse().unwrap()
                })
                .collect(),
            ..Policy::default()
        };
        let lapsed = "09:00 12288 hr=0x800706BA state=5\n 09:00:01 8198";
        let licensed = "09:00 12288 hr=0x800706BA state=1 left=250000 cmid=11111111-2886-4832-a037-e9459281751a\n 09:00:01 8198";
        let machines = [("LAB-1", lapsed), ("PC-1", licensed)];
        let line = |f: &Finding| {
            let machines: Vec<&str> = f.accepted.machines.iter().map(String::as_str).collect();
            format!(
                "{} {} {} {} [{}]",
                f.key,
                f.status.as_str(),
                f.severity.as_str(),
                if f.is_accepted() { "accepted" } else { "told" },
                machines.join(" ")
            )
        };
        found_with(&machines, &policy).iter().map(line).collect()
    }

    #[test]
    fn a_finding_is_accepted_on_every_machine_or_on_those_that_fit() {
        assert_eq!(told(&[], None), ["0x800706BA active error told []"]);
        assert_eq!(
            told(&["0x800706ba"], None),
            ["0x800706BA active error accepted [LAB-1 PC-1]"]
        );
        assert_eq!(
            told(&["800706BA@pc-*", "0x800706BA@LAB-?"], None),
            ["0x800706BA active error accepted [LAB-1 PC-1]"]
        );
        assert_eq!(
            told(&["0xC004F074", "clock-skew"], None),
            ["0x800706BA active error told []"]
        );
    }

    #[test]
    fn what_is_left_decides_how_bad_it_is() {
        assert_eq!(
            told(&["0x800706BA@LAB-*"], None),
            ["0x800706BA active warning told [LAB-1]"]
        );
        assert_eq!(
            told(&["0x800706BA@PC-*"], None),
            ["0x800706BA active error told [PC-1]"]
        );
    }

    #[test]
    fn a_rule_ends_with_its_last_day() {
        assert_eq!(
            told(&["0x800706BA"], Some("2026-03-01")),
            ["0x800706BA active error accepted [LAB-1 PC-1]"]
        );
        assert_eq!(
            told(&["0x800706BA"], Some("2026-02-28")),
            ["0x800706BA active error told []"]
        );
    }

    #[test]
    fn a_cured_finding_needs_no_acceptance() {
        let policy = Policy {
            accepted: vec!["0x800706BA".parse().unwrap()],
            ..Policy::default()
        };
        let cured = format!("{BLOCKED}\n 10:00 12288\n 10:00:01 12289");
        let found = found_with(&[("PC-1", &cured)], &policy);
        assert_eq!(found.len(), 1);
        assert!(!found[0].is_accepted());
    }

    #[test]
    fn rules_are_read_or_refused() {
        let parse = |text: &str| text.parse::<Acceptance>();
        assert_eq!(
            parse("clock-skew").unwrap().finding,
            FindingKey::Derived(FindingId::ClockSkew)
        );
        assert!(parse("clock-skew@PC-*").unwrap().computers.is_some());
        assert_eq!(parse("0xC004F074@"), Err(ParseAcceptanceError::NoComputer));
        for odd in ["", "@PC-1", "no-such-finding", "12288"] {
            let error = parse(odd).unwrap_err();
            assert!(error.to_string().contains("is no finding"), "{odd}");
        }
    }
}
