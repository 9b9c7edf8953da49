//! What was learned of a product while walking a machine's events, to its state.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::walk::Track;
use super::{ActivationStatus, ImplausibleEnd, ProductState, StatusFailure};
use crate::diagnosis::attempt::Attempt;
use crate::diagnosis::status::{KMS_VALIDITY, ProductLicense};
use crate::spp::{ActivationId, Activity, Application, Channel, LicenseState, SppEvent};

/// Codes that name a state and never its cause (RULES.md 5).
const STATE_CODES: &[u32] = &[0xC004_F056, 0xC004_F009, 0xC004_E003];

/// The state of a product.
pub(super) fn product(
    activation_id: Option<ActivationId>,
    track: &Track,
    now: DateTime<Utc>,
    attempts: &[Attempt],
    non_genuine: &BTreeMap<Application, usize>,
    licensed: &BTreeSet<Application>,
) -> ProductState {
    let is_notification =
        track.license == Some(ProductLicense::Exactly(LicenseState::Notification));
    let set_non_genuine = track
        .application
        .and_then(|application| non_genuine.get(&application).copied());
    let is_non_genuine = track.license
        == Some(ProductLicense::Exactly(LicenseState::NonGenuineGrace))
        || set_non_genuine.is_some();
    let is_expired = track.end.is_some_and(|end| end < now);
    let is_lapsed = is_notification || is_expired || is_non_genuine;
    // A trial that came with Office or Windows and was never used, beside the licensed product.
    let is_leftover = is_notification
        && !track.has_attempts
        && track.application.is_some_and(|a| licensed.contains(&a));
    // Where only a 8209 makes it a failure, that is the event that says so.
    let lapses = if is_notification || is_expired {
        track.state_event
    } else {
        set_non_genuine.or(track.state_event)
    };
    let status_failure = match lapses {
        Some(event) if track.open.is_empty() && is_lapsed && !is_leftover => {
            let code = track
                .reason
                .filter(|code| is_notification && !STATE_CODES.contains(&code.bits()));
            Some(StatusFailure { code, event })
        }
        _ => None,
    };
    let open = track
        .open
        .numbers()
        .filter_map(|number| attempts.get(number));
    let cause_of_attempts = open
        .filter_map(|attempt| {
            Some((
                attempt.has_real_cause(),
                attempt.events.last().copied(),
                attempt.root_cause()?,
            ))
        })
        .max_by_key(|(is_real, at, _)| (*is_real, *at))
        .map(|(_, _, code)| code);
    let status = if !track.open.is_empty() || status_failure.is_some() {
        ActivationStatus::Failing
    } else if track.is_activated && !is_leftover {
        ActivationStatus::Activated
    } else {
        ActivationStatus::Unknown
    };
    ProductState {
        activation_id,
        application: track.application.unwrap_or(Application::Unknown),
        channel: track.channel.clone(),
        partial_key: track.partial_key.clone(),
        status,
        license: track.license,
        expires_at: track.end,
        last_success: track.last_success,
        last_failure: track.last_failure,
        root_cause: cause_of_attempts.or(status_failure.and_then(|failure| failure.code)),
        status_failure,
        has_attempts: track.has_attempts,
        is_lapsed,
        is_expired,
        state_event: track.state_event,
        reason: track.reason,
        activated_by: track.activated_by,
        last_renewal: last_renewal(track),
        implausible_end: track.implausible.map(|(end, event)| ImplausibleEnd {
            end,
            event,
            is_current: track.sources.expires_at == Some(event),
        }),
        sources: track.sources,
    }
}

/// The minutes that are left are whole ones, and clocks and logs need a moment.
const SAME_RENEWAL: TimeDelta = TimeDelta::minutes(2);

/// When a KMS client's license was renewed last: the newest success, or its end less 180 days.
fn last_renewal(track: &Track) -> Option<DateTime<Utc>> {
    match &track.channel {
        Some(Channel::KmsClient) => {}
        None if track.is_kms => {}
        _ => return None,
    }
    let is_licensed = track.license.is_some_and(ProductLicense::is_licensed);
    let is_honest = track.implausible.map(|(_, event)| event) != track.sources.expires_at;
    let by_end = track
        .end
        .filter(|_| is_licensed && is_honest)
        .and_then(|end| end.checked_sub_signed(KMS_VALIDITY));
    match (track.last_success, by_end) {
        (Some(success), Some(by_end)) if by_end - success <= SAME_RENEWAL => Some(success),
        (success, by_end) => by_end.or(success),
    }
}

/// The event by which an attempt succeeded; else its last one.
pub(super) fn success_of(attempt: &Attempt, events: &[SppEvent]) -> Option<usize> {
    let is_success = |at: &&usize| match events.get(**at).map(|event| &event.activity) {
        Some(Activity::KmsResponse(_)) => attempt
            .tries
            .iter()
            .rev()
            .any(|t| t.response == Some(**at) && t.is_success()),
        Some(
            Activity::UseLicenseAcquired { .. }
            | Activity::AdActivated { .. }
            | Activity::TokenActivated { .. }
            | Activity::PhoneActivated { .. }
            | Activity::RulesEvaluated(_),
        ) => true,
        Some(Activity::AvmaResponse { hresult }) => hresult.is_some_and(|code| !code.is_failure()),
        _ => false,
    };
    let found = attempt.events.iter().rev().find(is_success);
    found.or(attempt.events.last()).copied()
}

/// The application that an event names.
pub(super) fn application_of(event: &SppEvent) -> Option<Application> {
    let id = match &event.activity {
        Activity::SluiFailed(failed) => failed.arguments.as_ref()?.application_id,
        Activity::VolumeAttemptFailed(failed) => failed.application_id,
        _ if event.family == crate::spp::Family::Office => return Some(Application::Office),
        _ => None,
    };
    id.map(|id| id.application())
}
