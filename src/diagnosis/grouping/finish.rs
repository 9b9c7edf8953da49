//! A draft that has grown to its end becomes an attempt: how it ended, which codes explain it, how
//! sure that is (RULES.md 3 and 4).

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{Draft, between};
use crate::catalog::Catalog;
use crate::diagnosis::LogReach;
use crate::diagnosis::attempt::{Attempt, AttemptNotes, Confidence, Gap, Outcome, is_wrapper};
use crate::diagnosis::cause;
use crate::hresult::Hresult;
use crate::input::LogName;
use crate::spp::{ActivationId, Channel, SppEvent};

/// How little of a log before an attempt means that it does not reach back.
const LOG_REACHES_BACK: TimeDelta = TimeDelta::minutes(2);

pub(super) fn finish(
    draft: &Draft,
    events: &[SppEvent],
    catalog: &Catalog,
    logs: &BTreeMap<LogName, LogReach>,
    channels: &BTreeMap<ActivationId, Channel>,
) -> Attempt {
    let causes = cause::rank(
        draft
            .codes
            .iter()
            .map(|(_, code, reach, concluded)| (*code, *reach, *concluded))
            .collect(),
        catalog,
    );
    let best = causes.first().map(|cause| cause.code);
    let all_sent_failed = draft
        .tries
        .iter()
        .all(|t| t.sent.is_some_and(Hresult::is_failure));
    let has_failed_answer = draft
        .tries
        .iter()
        .any(|t| t.response.is_some() && t.is_failed());
    let outcome = if draft.is_success {
        Outcome::Succeeded
    } else if let Some(code) = draft.outcome {
        Outcome::Failed { code }
    } else if has_failed_answer || (all_sent_failed && !draft.codes.is_empty()) {
        Outcome::Failed { code: best }
    } else {
        Outcome::Unknown
    };
    let time_of = |at: Option<&usize>| {
        at.and_then(|at| events.get(*at))
            .map_or(draft.last_time, |event| event.time)
    };
    let mut attempt = Attempt {
        activation_id: draft.product,
        start: time_of(draft.events.first()),
        end: time_of(draft.events.last()),
        trigger: draft.trigger.clone(),
        events: draft.events.clone(),
        outcome_events: draft.outcome_events.clone(),
        tries: draft.tries.clone(),
        has_borrowed_tries: false,
        outcome,
        causes,
        confidence: Confidence::Seen,
        gap: None,
        state_before: draft.state_before,
        was_licensed: draft.was_licensed(),
        is_license_known: draft.state_before.is_some()
            || draft.licensed_before.is_some()
            || draft.is_silent,
        notes: AttemptNotes::default(),
    };
    if attempt.is_failed() {
        match attempt.causes.first() {
            Some(cause) if is_wrapper(cause.code, catalog) => {
                let out_of_reach = out_of_reach(&attempt, events, logs);
                attempt.gap = gap(&attempt, channels, out_of_reach);
                attempt.confidence = match out_of_reach {
                    Some(_) => Confidence::Missing,
                    None => Confidence::Inferred,
                };
            }
            Some(cause) if cause.is_concluded => attempt.confidence = Confidence::Inferred,
            _ => {}
        }
    }
    attempt
}

/// Why nothing better than a wrapper is known (RULES.md 4). A request without an answer is there
/// to be seen, however far the log reaches.
fn gap(
    attempt: &Attempt,
    channels: &BTreeMap<ActivationId, Channel>,
    out_of_reach: Option<Gap>,
) -> Option<Gap> {
    if out_of_reach == Some(Gap::RowsFiltered) {
        return out_of_reach;
    }
    if attempt
        .tries
        .iter()
        .any(|t| t.sent == Some(Hresult::OK) && t.response.is_none())
    {
        return Some(Gap::NoAnswer);
    }
    let channel = attempt.activation_id.and_then(|id| channels.get(&id));
    let is_kms =
        channel.is_none_or(|channel| matches!(channel, Channel::KmsClient | Channel::Other(_)));
    match (attempt.tries.is_empty(), is_kms) {
        (true, true) => out_of_reach.or(Some(Gap::NoRequests)),
        (true, false) => out_of_reach.or(Some(Gap::NotKms)),
        (false, _) => out_of_reach,
    }
}

/// Why the log cannot hold the requests of an attempt.
fn out_of_reach(
    attempt: &Attempt,
    events: &[SppEvent],
    logs: &BTreeMap<LogName, LogReach>,
) -> Option<Gap> {
    let first = events.get(*attempt.events.first()?)?;
    let log = logs.get(&first.log);
    if let Some(log) = log {
        if log.is_filtered {
            return Some(Gap::RowsFiltered);
        }
        if log
            .first
            .is_some_and(|start| between(start, attempt.start) < LOG_REACHES_BACK)
        {
            return Some(Gap::LogStartsLate);
        }
        let is_next_to = |chunk: u32| {
            let near = chunk.saturating_sub(1)..=chunk.saturating_add(1);
            log.damaged_chunks.range(near).next().is_some()
        };
        if attempt
            .events
            .iter()
            .filter_map(|at| events.get(*at))
            .any(|event| is_next_to(event.chunk.0))
        {
            return Some(Gap::DamageNearby);
        }
        if !log.has_information {
            return Some(Gap::LevelFilter);
        }
    }
    None
}
