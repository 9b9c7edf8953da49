//! The time that a diagnosis is about (RULES.md 9): which attempts and which other events count.
//!
//! What is over by then is found elsewhere: attempts are grouped from all events, so that one which
//! is told is the same whatever the window, and states are walked up to its end.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::attempt::Attempt;
use super::machine::{MachineDiagnosis, Standing};
use crate::spp::{ActivationId, SppEvent};

/// A stretch of time, both ends included; without an end it goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// What began before is left out. What it left behind, such as a license or a failure that goes
    /// on, still holds.
    pub since: Option<DateTime<Utc>>,
    /// What began later is left out, and all states are as of then.
    pub until: Option<DateTime<Utc>>,
}

impl Window {
    /// Whether something that began at this time counts.
    pub fn contains(&self, time: DateTime<Utc>) -> bool {
        self.since.is_none_or(|since| since <= time) && self.has_come(time)
    }

    /// Whether this time does not lie behind the window.
    pub fn has_come(&self, time: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| time <= until)
    }

    /// Whether it has no end on either side.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }
}

/// An attempt that began before the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierAttempt {
    /// The attempt.
    pub attempt: Attempt,
    /// What became of it by the end of the window.
    pub standing: Standing,
    /// Whether it is the one by which a product still fails: findings tell it, and do not count it.
    pub goes_on: bool,
}

/// Of each event whether it counts: it goes with its attempt, one without by its own time.
pub(super) fn by_attempt(
    events: &[SppEvent],
    attempts: &[Attempt],
    counts: impl Fn(DateTime<Utc>) -> bool,
) -> Vec<bool> {
    let mut of_attempts: Vec<Option<bool>> = vec![None; events.len()];
    for attempt in attempts {
        let is_in = counts(attempt.start);
        for at in &attempt.events {
            // A license that ends attempts of several products is an event of each.
            if let Some(verdict) = of_attempts.get_mut(*at) {
                *verdict = Some(verdict.unwrap_or(false) || is_in);
            }
        }
    }
    let verdicts = events.iter().zip(of_attempts);
    verdicts
        .map(|(event, verdict)| verdict.unwrap_or_else(|| counts(event.time)))
        .collect()
}

/// The events whose attempt decides otherwise than their own time would, by place.
pub(super) fn crossing(
    events: &[SppEvent],
    attempts: &[Attempt],
    window: &Window,
) -> BTreeMap<usize, bool> {
    if window.is_all() {
        return BTreeMap::new();
    }
    let verdicts = by_attempt(events, attempts, |time| window.contains(time));
    let all = events.iter().zip(verdicts).enumerate();
    all.filter(|(_, (event, verdict))| window.contains(event.time) != *verdict)
        .map(|(at, (_, verdict))| (at, verdict))
        .collect()
}

impl MachineDiagnosis {
    /// Every attempt up to the end of the window, those before it first.
    pub fn known_attempts(&self) -> impl Iterator<Item = &Attempt> {
        let earlier = self.earlier.iter().map(|earlier| &earlier.attempt);
        earlier.chain(&self.attempts)
    }

    /// The attempts of before the window by which a product still fails.
    pub fn carried_attempts(&self) -> impl Iterator<Item = &Attempt> + Clone {
        let carried = self.earlier.iter().filter(|earlier| earlier.goes_on);
        carried.map(|earlier| &earlier.attempt)
    }

    /// Whether an event counts, by its place in the machine's events and its time.
    pub fn counts(&self, at: usize, time: DateTime<Utc>) -> bool {
        let crossing = self.crossing.get(&at).copied();
        crossing.unwrap_or_else(|| self.window.contains(time))
    }

    /// The events whose attempt decides otherwise than their own time whether they count, by place.
    pub fn crossing(&self) -> impl Iterator<Item = (usize, bool)> {
        self.crossing.iter().map(|(at, is_in)| (*at, *is_in))
    }

    /// Puts the attempts that began before the window aside.
    pub(super) fn put_earlier_aside(&mut self) {
        let Some(since) = self.window.since else {
            return;
        };
        let deciding = self.deciding_attempts();
        let attempts = std::mem::take(&mut self.attempts).into_iter();
        let standings = std::mem::take(&mut self.standings);
        for (number, (attempt, standing)) in attempts.zip(standings).enumerate() {
            if attempt.start < since {
                self.earlier.push(EarlierAttempt {
                    attempt,
                    standing,
                    goes_on: deciding.contains(&number),
                });
            } else {
                self.attempts.push(attempt);
                self.standings.push(standing);
            }
        }
    }

    /// Of each product with an open failure the attempt that its root cause comes from; where none
    /// has a cause, the newest.
    fn deciding_attempts(&self) -> BTreeSet<usize> {
        let mut deciding: BTreeMap<Option<ActivationId>, usize> = BTreeMap::new();
        let rank = |number: usize| {
            let attempt = self.attempts.get(number)?;
            Some((
                attempt.root_cause().is_some(),
                attempt.has_real_cause(),
                attempt.events.last().copied(),
            ))
        };
        for (number, attempt) in self.attempts.iter().enumerate() {
            if self.standings.get(number) != Some(&Standing::Open) {
                continue;
            }
            let best = deciding.entry(attempt.activation_id).or_insert(number);
            if rank(*best) <= rank(number) {
                *best = number;
            }
        }
        deciding.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::notation::{diagnosis, diagnosis_within, told};
    use proptest::prelude::*;

    /// A time of the notation's month: day and clock.
    fn at(text: &str) -> DateTime<Utc> {
        let (day, clock) = text.split_once(' ').unwrap();
        format!("2026-03-{day}T{clock}:00Z").parse().unwrap()
    }

    fn window(since: Option<&str>, until: Option<&str>) -> Window {
        Window {
            since: since.map(at),
            until: until.map(at),
        }
    }

    /// What is told of the attempts in a window, and what the machine is at its end.
    fn within(text: &str, since: Option<&str>, until: Option<&str>) -> (String, String) {
        let (_, diagnosis) = diagnosis_within(text, &window(since, until));
        let cause = diagnosis.root_cause.map(|code| format!(" {code}"));
        let carried = diagnosis.carried_attempts().count();
        let state = format!(
            "{}{} {} carried",
            diagnosis.status.as_str(),
            cause.unwrap_or_default(),
            carried
        );
        (told(&diagnosis), state)
    }

    fn check(text: &str, since: Option<&str>, until: Option<&str>, attempts: &str, state: &str) {
        let expect = (attempts.to_owned(), state.to_owned());
        assert_eq!(within(text, since, until), expect, "{since:?} {until:?}");
    }

    const FAILS_THEN_ACTIVATES: &str =
        "09:00:50 12288 hr=0x800706BA\n 09:01:10 8198\n d3 09:00 12288\n d3 09:00:01 12289";

    #[test]
    fn an_attempt_that_began_in_time_keeps_the_outcome_that_came_later() {
        let text = FAILS_THEN_ACTIVATES;
        let attempt = "01 09:00:50 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen";
        // Between its request and its outcome.
        check(
            text,
            None,
            Some("01 09:01"),
            attempt,
            "failing 0x800706BA 0 carried",
        );
        check(
            text,
            None,
            Some("02 00:00"),
            attempt,
            "failing 0x800706BA 0 carried",
        );
        check(text, None, Some("01 09:00"), "", "unknown 0 carried");
    }

    #[test]
    fn a_later_success_cures_nothing_before_it() {
        check(
            FAILS_THEN_ACTIVATES,
            None,
            Some("04 00:00"),
            "01 09:00:50 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen cured\n03 09:00:00 a succeeded",
            "activated 0 carried",
        );
    }

    #[test]
    fn a_status_behind_the_window_says_nothing() {
        let text = "09:00 1003 licensed=259200\n d3 09:00 1003 notification=0xC004F056";
        check(text, None, Some("02 00:00"), "", "activated 0 carried");
        check(text, None, Some("04 00:00"), "", "failing 0 carried");
        let (_, then) = diagnosis_within(text, &window(None, Some("02 00:00")));
        assert!(then.products[0].license.unwrap().is_licensed());
    }

    #[test]
    fn a_failure_of_before_that_goes_on_is_carried_and_not_counted() {
        let text = "09:00 12288 hr=0x8007232B\n 09:00:01 8198\n d9 09:00 902";
        check(
            text,
            Some("05 00:00"),
            None,
            "",
            "failing 0x8007232B 1 carried",
        );
    }

    #[test]
    fn a_failure_that_is_tried_again_is_told_by_the_new_attempt() {
        let text = "09:00 12288 hr=0x8007232B\n 09:00:01 8198\n d9 09:00 12288 hr=0x8007232B\n d9 09:00:01 8198";
        check(
            text,
            Some("05 00:00"),
            None,
            "09 09:00:00 a failed 0xC004F074 <- 0x8007232B 0xC004F074 seen",
            "failing 0x8007232B 0 carried",
        );
    }

    #[test]
    fn a_cause_that_only_an_earlier_attempt_shows_is_carried() {
        let text = "09:00 12288 hr=0x8007232B\n 09:00:01 8198\n d9 09:00:01 8198";
        check(
            text,
            Some("05 00:00"),
            None,
            "09 09:00:01 a failed 0xC004F074 <- 0xC004F074 inferred (NoRequests)",
            "failing 0x8007232B 1 carried",
        );
    }

    #[test]
    fn a_failure_of_before_that_was_cured_is_not_told() {
        check(
            FAILS_THEN_ACTIVATES,
            Some("02 00:00"),
            None,
            "03 09:00:00 a succeeded",
            "activated 0 carried",
        );
        check(
            FAILS_THEN_ACTIVATES,
            Some("05 00:00"),
            None,
            "",
            "activated 0 carried",
        );
    }

    #[test]
    fn states_from_before_the_window_hold() {
        let text = "09:00 8230 end=100\n d9 09:00 902";
        let (_, then) = diagnosis_within(text, &window(Some("05 00:00"), None));
        let (_, whole) = diagnosis(text);
        assert_eq!(then.products, whole.products);
        assert_eq!(then.status, whole.status);
    }

    #[test]
    fn an_event_counts_with_its_attempt_and_else_by_its_time() {
        let (events, then) = diagnosis_within(
            "08:00 902\n 09:00:50 12288 hr=0x800706BA\n 09:01:10 8198\n 10:00 902",
            &window(None, Some("01 09:01")),
        );
        let counted: Vec<bool> = (0..)
            .zip(&events)
            .map(|(at, event)| then.counts(at, event.time))
            .collect();
        assert_eq!(counted, [true, true, true, false]);
        let (events, then) = diagnosis_within(
            "08:00 902\n 09:00:50 12288 hr=0x800706BA\n 09:01:10 8198\n 10:00 902",
            &window(Some("01 09:01"), None),
        );
        let counted: Vec<bool> = (0..)
            .zip(&events)
            .map(|(at, event)| then.counts(at, event.time))
            .collect();
        assert_eq!(counted, [false, false, false, true]);
    }

    const BUSY: &str = "09:00 8230 end=20\n 09:30 12288 hr=0x8007232B state=1\n 09:30:05 12288 hr=0x800706BA state=1\n 09:31 8198\n 12:00 1003 licensed=20000\n d2 09:00 12288 sku=b hr=0x80070005\n d2 09:00:10 12288\n d2 09:00:11 12289\n d2 09:00:20 8198 sku=b\n d3 09:00 1003 notification=0xC004F056\n d3 10:00 8198\n d3 10:00:05 8198 trigger=NetworkAvailable\n d5 09:00 12288\n d5 09:00:30 12289 bound=0 count=3\n d5 09:01 8198 hr=0xC004F038\n d6 09:00 8233 sku=b\n d6 09:00:03 8198 sku=b\n d7 09:00 1018 sku=b";

    proptest! {
        #[test]
        fn an_attempt_is_the_same_in_every_window(since in 0_i64..10_000, until in 0_i64..10_000) {
            let minute = |n: i64| at("01 00:00") + chrono::TimeDelta::minutes(n);
            let window = Window { since: Some(minute(since)), until: Some(minute(until)) };
            let (_, whole) = diagnosis(BUSY);
            let (_, part) = diagnosis_within(BUSY, &window);
            let expect: Vec<&Attempt> = whole
                .attempts
                .iter()
                .filter(|attempt| window.contains(attempt.start))
                .collect();
            prop_assert_eq!(part.attempts.iter().collect::<Vec<_>>(), expect);
            let of_before = whole
                .attempts
                .iter()
                .filter(|a| a.start < minute(since) && window.has_come(a.start));
            prop_assert_eq!(part.earlier.len(), of_before.count());
            prop_assert_eq!(part.attempts.len(), part.standings.len());
        }

        #[test]
        fn what_a_window_begins_with_changes_no_state(since in 0_i64..10_000) {
            let window = Window {
                since: Some(at("01 00:00") + chrono::TimeDelta::minutes(since)),
                until: None,
            };
            let (_, whole) = diagnosis(BUSY);
            let (_, part) = diagnosis_within(BUSY, &window);
            prop_assert_eq!(&part.products, &whole.products);
            prop_assert_eq!(part.root_cause, whole.root_cause);
            prop_assert_eq!(part.status, whole.status);
            // Whatever fails has an attempt that tells why, or is a state.
            let explains = |code| {
                let open = part.attempts.iter().zip(&part.standings);
                open.filter(|(_, standing)| **standing == Standing::Open)
                    .map(|(attempt, _)| attempt)
                    .chain(part.carried_attempts())
                    .any(|attempt| attempt.root_cause() == Some(code))
                    || part.products.iter().any(|p| p.status_failure.is_some_and(|f| f.code == Some(code)))
            };
            prop_assert!(part.root_cause.is_none_or(explains));
        }
    }
}
