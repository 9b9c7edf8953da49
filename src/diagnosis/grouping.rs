//! Events of one machine to attempts (RULES.md 3): who opens one, what joins it, what ends it.
//!
//! One pass over the events in order. A draft is an attempt that may still grow; when the pass is
//! over every draft becomes an [`Attempt`] with its outcome and its ranked causes.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::LogReach;
use super::attempt::{Attempt, Confidence, Gap, Outcome, Try, is_wrapper};
use super::cause::{self, Reach};
use super::status::{LicensedStatus, statuses};
use crate::catalog::Catalog;
use crate::hresult::Hresult;
use crate::input::LogName;
use crate::spp::{
    ActivationId, Activity, Channel, FLAG_NOT_ENOUGH_COUNT, KmsRequest, KmsResponse, LicenseState,
    SluiFailed, SppEvent, VolumeAttemptFailed,
};

/// Between the requests of one attempt, and between an attempt's last event and its outcome.
const WITHIN_ATTEMPT: TimeDelta = TimeDelta::seconds(120);
/// Between records that tell one failure several times.
const ONE_FAILURE: TimeDelta = TimeDelta::seconds(15);
/// Around a genuine check, whose 8200 is no activation.
const GENUINE_CHECK: TimeDelta = TimeDelta::seconds(2);
/// How little of a log before an attempt means that it does not reach back.
const LOG_REACHES_BACK: TimeDelta = TimeDelta::minutes(2);

/// 0xC004F038, the count is too low: concluded from an answer that says only the count.
const NOT_ENOUGH_COUNT: Hresult = Hresult::new(0xC004_F038);

/// The attempts of one machine, by their first event.
pub(crate) fn attempts(
    events: &[SppEvent],
    catalog: &Catalog,
    logs: &BTreeMap<LogName, LogReach>,
    channels: &BTreeMap<ActivationId, Channel>,
) -> Vec<Attempt> {
    let mut grouping = Grouping {
        events,
        catalog,
        drafts: Vec::new(),
        unanswered: Vec::new(),
        licensed: BTreeMap::new(),
    };
    for at in 0..events.len() {
        grouping.take(at);
    }
    let mut finished: Vec<Attempt> = Vec::with_capacity(grouping.drafts.len());
    let mut places: Vec<Option<usize>> = Vec::with_capacity(grouping.drafts.len());
    for draft in &grouping.drafts {
        if draft.phase == Phase::Absorbed {
            places.push(None);
            continue;
        }
        let mut attempt = finish(draft, events, catalog, logs, channels);
        if let Some(lender) = draft
            .borrows_from
            .and_then(|at| *places.get(at)?)
            .and_then(|at| finished.get(at))
        {
            attempt.tries = lender.tries.clone();
            attempt.causes = lender.causes.clone();
            attempt.confidence = lender.confidence;
            attempt.gap = lender.gap;
            attempt.has_borrowed_tries = true;
        }
        places.push(Some(finished.len()));
        finished.push(attempt);
    }
    finished.sort_by_key(|attempt| attempt.events.first().copied());
    finished
}

struct Grouping<'a> {
    events: &'a [SppEvent],
    catalog: &'a Catalog,
    drafts: Vec<Draft>,
    /// Requests that were sent and not answered yet: draft and try.
    unanswered: Vec<(usize, usize)>,
    /// The newest status or success of each product.
    licensed: BTreeMap<ActivationId, bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// More requests, answers and an outcome may come.
    Open,
    /// An outcome came that a 8198 may repeat.
    Told,
    /// Ended.
    Closed,
    /// Has become part of another draft.
    Absorbed,
}

/// What kind of outcome a draft in `Phase::Told` has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ToldBy {
    Volume,
    Online,
    Scheduler,
}

#[derive(Debug)]
struct Draft {
    product: Option<ActivationId>,
    events: Vec<usize>,
    outcome_events: Vec<usize>,
    tries: Vec<Try>,
    codes: Vec<(usize, Hresult, Reach, bool)>,
    last_time: DateTime<Utc>,
    last_request: Option<DateTime<Utc>>,
    phase: Phase,
    told_by: Option<ToldBy>,
    outcome: Option<Option<Hresult>>,
    is_success: bool,
    trigger: Option<String>,
    state_before: Option<LicenseState>,
    licensed_before: Option<bool>,
    is_silent: bool,
    slui: Option<(Option<Hresult>, Option<String>, DateTime<Utc>)>,
    borrows_from: Option<usize>,
}

/// Time between two events; a step back counts as none.
fn between(earlier: DateTime<Utc>, later: DateTime<Utc>) -> TimeDelta {
    (later - earlier).max(TimeDelta::zero())
}

impl Draft {
    fn add(&mut self, at: usize, time: DateTime<Utc>) {
        self.events.push(at);
        self.last_time = time;
    }

    fn fail(&mut self, at: usize, code: Option<Hresult>, catalog: &Catalog) {
        self.outcome_events.push(at);
        self.outcome = Some(code);
        if let Some(code) = code {
            self.codes
                .push((at, code, cause::reach(code, false, catalog), false));
        }
    }

    fn was_licensed(&self) -> bool {
        match self.state_before {
            Some(state) => state == LicenseState::Licensed,
            None => self.licensed_before.unwrap_or(self.is_silent),
        }
    }
}

impl Grouping<'_> {
    fn time(&self, at: usize) -> DateTime<Utc> {
        self.events
            .get(at)
            .map_or(DateTime::UNIX_EPOCH, |event| event.time)
    }

    fn take(&mut self, at: usize) {
        let Some(event) = self.events.get(at) else {
            return;
        };
        match &event.activity {
            Activity::KmsRequest(request) => self.request(at, request),
            Activity::KmsResponse(response) => self.response(at, response),
            Activity::SluiFailed(failed) if failed.is_activation() => self.slui_failed(at, failed),
            Activity::VolumeAttemptFailed(failed) => self.volume_failed(at, failed),
            Activity::UseLicenseFailed(failed) => {
                let draft = self.outcome_draft(at, failed.activation_id);
                self.told(draft, at, failed.hresult, ToldBy::Online);
            }
            Activity::SchedulerFailed(failed) if !self.is_windows_8_or_newer(at) => {
                self.scheduler_failed(at, failed.hresult);
            }
            Activity::AcquisitionFailed(failed) if !self.is_genuine_check(at) => {
                let draft = self.new_draft(at, None);
                self.evidence(draft, at, failed.hresult);
            }
            Activity::AdActivationFailed(failed) => {
                let draft = self
                    .open_draft(at, failed.activation_id)
                    .unwrap_or_else(|| self.new_draft(at, failed.activation_id));
                self.evidence(draft, at, failed.hresult);
            }
            Activity::UseLicenseAcquired { activation_id }
            | Activity::AdActivated { activation_id }
            | Activity::TokenActivated { activation_id }
            | Activity::PhoneActivated { activation_id } => self.succeeded(at, *activation_id),
            Activity::AvmaResponse { hresult } => match hresult {
                Some(code) if !code.is_failure() => self.succeeded(at, None),
                code => {
                    let draft = self.outcome_draft(at, None);
                    self.told(draft, at, *code, ToldBy::Online);
                    self.close(draft);
                }
            },
            _ => {}
        }
        self.note_statuses(at);
    }

    /// Keeps the newest status of each product, and lets a licensed one end an open attempt.
    fn note_statuses(&mut self, at: usize) {
        let Some(event) = self.events.get(at) else {
            return;
        };
        for status in statuses(event) {
            let Some(product) = status.activation_id else {
                continue;
            };
            if let Some(licensed) = status.licensed()
                && matches!(event.activity, Activity::RulesEvaluated(_))
            {
                self.close_by_license(at, product, &licensed);
            }
            // A request tells the state before itself: an attempt that it opens has noted it.
            self.licensed.insert(product, status.is_licensed());
        }
    }

    fn close_by_license(&mut self, at: usize, product: ActivationId, licensed: &LicensedStatus) {
        let time = self.time(at);
        let Some(draft) = self.find_open(time, |draft| draft.product == Some(product)) else {
            return;
        };
        let Some(draft) = self.drafts.get_mut(draft) else {
            return;
        };
        if licensed.proves_cure(draft.last_time, draft.was_licensed()) {
            draft.add(at, time);
            draft.is_success = true;
            draft.phase = Phase::Closed;
        }
    }

    fn new_draft(&mut self, at: usize, product: Option<ActivationId>) -> usize {
        let time = self.time(at);
        self.drafts.push(Draft {
            product,
            events: vec![at],
            outcome_events: Vec::new(),
            tries: Vec::new(),
            codes: Vec::new(),
            last_time: time,
            last_request: None,
            phase: Phase::Open,
            told_by: None,
            outcome: None,
            is_success: false,
            trigger: None,
            state_before: None,
            licensed_before: product.and_then(|p| self.licensed.get(&p).copied()),
            is_silent: false,
            slui: None,
            borrows_from: None,
        });
        self.drafts.len() - 1
    }

    /// The newest open draft that fits, not older than the window within one attempt.
    fn find_open(&self, time: DateTime<Utc>, fits: impl Fn(&Draft) -> bool) -> Option<usize> {
        self.drafts.iter().rposition(|draft| {
            draft.phase == Phase::Open
                && between(draft.last_time, time) <= WITHIN_ATTEMPT
                && fits(draft)
        })
    }

    /// The open draft of a product, or one without a product, which then takes this one.
    fn open_draft(&mut self, at: usize, product: Option<ActivationId>) -> Option<usize> {
        let time = self.time(at);
        let found = match product {
            Some(_) => self
                .find_open(time, |draft| draft.product == product)
                .or_else(|| self.find_open(time, |draft| draft.product.is_none())),
            None => self.find_open(time, |_| true),
        }?;
        let licensed = product.and_then(|p| self.licensed.get(&p).copied());
        let draft = self.drafts.get_mut(found)?;
        if draft.product.is_none() && product.is_some() {
            draft.product = product;
            draft.licensed_before = licensed;
        }
        draft.add(at, time);
        Some(found)
    }

    /// The draft that an outcome belongs to: the open one, or one of its own.
    fn outcome_draft(&mut self, at: usize, product: Option<ActivationId>) -> usize {
        self.open_draft(at, product)
            .unwrap_or_else(|| self.new_draft(at, product))
    }

    fn evidence(&mut self, draft: usize, at: usize, code: Option<Hresult>) {
        let catalog = self.catalog;
        if let (Some(draft), Some(code)) = (self.drafts.get_mut(draft), code) {
            draft
                .codes
                .push((at, code, cause::reach(code, false, catalog), false));
        }
    }

    fn told(&mut self, draft: usize, at: usize, code: Option<Hresult>, by: ToldBy) {
        let catalog = self.catalog;
        if let Some(draft) = self.drafts.get_mut(draft) {
            draft.fail(at, code, catalog);
            draft.phase = Phase::Told;
            draft.told_by = Some(by);
        }
    }

    fn close(&mut self, draft: usize) {
        if let Some(draft) = self.drafts.get_mut(draft) {
            draft.phase = Phase::Closed;
        }
    }

    fn succeeded(&mut self, at: usize, product: Option<ActivationId>) {
        let draft = self.outcome_draft(at, product);
        if let Some(draft) = self.drafts.get_mut(draft) {
            draft.is_success = true;
            draft.phase = Phase::Closed;
            draft.outcome_events.push(at);
            if let Some(product) = draft.product {
                self.licensed.insert(product, true);
            }
        }
    }

    fn request(&mut self, at: usize, request: &KmsRequest) {
        let time = self.time(at);
        let product = request.activation_id;
        let gap = |draft: &Draft| between(draft.last_request.unwrap_or(draft.last_time), time);
        let own = self.drafts.iter().rposition(|draft| {
            draft.phase == Phase::Open && draft.product == product && gap(draft) <= WITHIN_ATTEMPT
        });
        let draft = match own {
            Some(found) => {
                if let Some(draft) = self.drafts.get_mut(found) {
                    draft.add(at, time);
                }
                found
            }
            None => {
                // An older attempt of this product has run out of time.
                for draft in self
                    .drafts
                    .iter_mut()
                    .filter(|d| d.phase == Phase::Open && d.product == product)
                {
                    draft.phase = Phase::Closed;
                }
                let without_product = product.and_then(|_| {
                    self.find_open(time, |draft| {
                        draft.product.is_none() && draft.tries.iter().all(|t| t.request.is_none())
                    })
                });
                match without_product {
                    Some(_) => self
                        .open_draft(at, product)
                        .unwrap_or_else(|| self.new_draft(at, product)),
                    None => self.new_draft(at, product),
                }
            }
        };
        let catalog = self.catalog;
        let Some(open) = self.drafts.get_mut(draft) else {
            return;
        };
        open.last_request = Some(time);
        if open.tries.is_empty() {
            open.state_before = request.license_state;
        }
        if let Some(code) = request.hresult.filter(|code| code.is_failure()) {
            open.codes.push((
                at,
                code,
                cause::reach(code, request.host.is_some(), catalog),
                false,
            ));
        }
        open.tries.push(Try {
            request: Some(at),
            response: None,
            host: request.host.clone(),
            sent: request.hresult,
            answer: None,
            min_count: request.min_count,
            current_count: None,
            is_bound: None,
            is_concluded: false,
        });
        if request.hresult == Some(Hresult::OK) {
            self.unanswered.push((draft, open.tries.len() - 1));
        }
    }

    /// A 12289 belongs to the newest unanswered request of the same client time; where it does not
    /// say one, to the newest within the window.
    fn response(&mut self, at: usize, response: &KmsResponse) {
        let time = self.time(at);
        let request_of =
            |&(draft, number): &(usize, usize)| -> Option<(&KmsRequest, DateTime<Utc>)> {
                let event = self
                    .events
                    .get(self.drafts.get(draft)?.tries.get(number)?.request?)?;
                match &event.activity {
                    Activity::KmsRequest(request) => Some((request, event.time)),
                    _ => None,
                }
            };
        let found = self.unanswered.iter().rposition(|place| {
            request_of(place).is_some_and(|(request, sent)| match response.client_time {
                Some(_) => request.client_time == response.client_time,
                None => between(sent, time) <= WITHIN_ATTEMPT,
            })
        });
        let (draft, number) = match found {
            Some(place) => self.unanswered.remove(place),
            None => {
                let draft = self.new_draft(at, None);
                let lone = Try {
                    request: None,
                    response: None,
                    host: None,
                    sent: None,
                    answer: None,
                    min_count: None,
                    current_count: None,
                    is_bound: None,
                    is_concluded: false,
                };
                if let Some(draft) = self.drafts.get_mut(draft) {
                    draft.events.clear();
                    draft.tries.push(lone);
                }
                (draft, 0)
            }
        };
        let catalog = self.catalog;
        let Some(draft) = self.drafts.get_mut(draft) else {
            return;
        };
        draft.add(at, time);
        let Some(answered) = draft.tries.get_mut(number) else {
            return;
        };
        answered.response = Some(at);
        answered.answer = response.hresult;
        answered.current_count = response.current_count;
        answered.is_bound = response.is_bound;
        if let Some(code) = response.hresult.filter(|code| code.is_failure()) {
            draft
                .codes
                .push((at, code, cause::reach_of_answer(code, catalog), false));
        } else if response.hresult == Some(Hresult::OK) && response.is_bound == Some(false) {
            let known = || catalog.product(&draft.product?.to_string())?.kms_min_count;
            let need = answered.min_count.or_else(known);
            let is_below =
                matches!((answered.current_count, need), (Some(count), Some(need)) if count < need);
            let is_flagged = response
                .status_flags
                .is_some_and(|flags| flags & FLAG_NOT_ENOUGH_COUNT != 0);
            if is_below || is_flagged {
                answered.answer = Some(NOT_ENOUGH_COUNT);
                answered.is_concluded = true;
                draft
                    .codes
                    .push((at, NOT_ENOUGH_COUNT, Reach::Answered, true));
            }
        } else if answered.is_success() {
            draft.is_success = true;
            draft.phase = Phase::Closed;
            if let Some(product) = draft.product {
                self.licensed.insert(product, true);
            }
        }
    }

    fn slui_failed(&mut self, at: usize, failed: &SluiFailed) {
        let time = self.time(at);
        let arguments = failed.arguments.as_ref();
        let product = arguments.and_then(|a| a.activation_id);
        let trigger = arguments.and_then(|a| a.trigger.clone());
        let before = self.drafts.iter().rposition(|draft| {
            draft.slui.as_ref().is_some_and(|(code, _, then)| {
                *code == failed.hresult && between(*then, time) <= ONE_FAILURE
            }) && draft.product == product
        });
        // The same report once more is no attempt of its own.
        if let Some(draft) = before.and_then(|place| self.drafts.get_mut(place))
            && draft
                .slui
                .as_ref()
                .is_some_and(|(_, then, _)| *then == trigger)
        {
            draft.add(at, time);
            draft.outcome_events.push(at);
            draft.slui = Some((failed.hresult, trigger, time));
            return;
        }
        let told: Vec<usize> = (0..self.drafts.len())
            .filter(|place| {
                self.drafts.get(*place).is_some_and(|draft| {
                    draft.phase == Phase::Told
                        && between(draft.last_time, time) <= ONE_FAILURE
                        && (draft.product.is_none()
                            || product.is_none()
                            || draft.product == product)
                })
            })
            .collect();
        let draft = self.outcome_draft(at, product);
        for place in told {
            self.absorb(draft, place);
        }
        let catalog = self.catalog;
        let Some(open) = self.drafts.get_mut(draft) else {
            return;
        };
        let is_alone = open.events.len() == 1;
        open.is_silent = arguments
            .and_then(|a| a.action.as_ref())
            .is_some_and(|a| a.as_str() == "AutoActivateSilent");
        open.trigger.clone_from(&trigger);
        open.fail(at, failed.hresult, catalog);
        open.phase = Phase::Closed;
        open.slui = Some((failed.hresult, trigger, time));
        if is_alone {
            open.borrows_from = before;
        }
    }

    /// Makes one draft part of another.
    fn absorb(&mut self, into: usize, from: usize) {
        if into == from {
            return;
        }
        let Some(absorbed) = self.drafts.get_mut(from) else {
            return;
        };
        absorbed.phase = Phase::Absorbed;
        let events = std::mem::take(&mut absorbed.events);
        let outcome_events = std::mem::take(&mut absorbed.outcome_events);
        let tries = std::mem::take(&mut absorbed.tries);
        let codes = std::mem::take(&mut absorbed.codes);
        let (product, state, licensed) = (
            absorbed.product,
            absorbed.state_before,
            absorbed.licensed_before,
        );
        let shift = tries.len();
        for place in &mut self.unanswered {
            if place.0 == into {
                place.1 += shift;
            } else if place.0 == from {
                place.0 = into;
            }
        }
        let Some(draft) = self.drafts.get_mut(into) else {
            return;
        };
        draft.events.extend(events);
        draft.events.sort_unstable();
        draft.outcome_events.splice(0..0, outcome_events);
        draft.tries.splice(0..0, tries);
        draft.codes.splice(0..0, codes);
        draft.product = draft.product.or(product);
        draft.state_before = state.or(draft.state_before);
        draft.licensed_before = licensed.or(draft.licensed_before);
    }

    fn volume_failed(&mut self, at: usize, failed: &VolumeAttemptFailed) {
        let time = self.time(at);
        let product = failed.activation_id;
        let burst = self.drafts.iter().rposition(|draft| {
            draft.told_by == Some(ToldBy::Volume)
                && draft.phase == Phase::Told
                && draft.product == product
                && between(draft.last_time, time) <= ONE_FAILURE
        });
        let draft = match burst {
            Some(place) => {
                if let Some(draft) = self.drafts.get_mut(place) {
                    // Of a burst only the last code counts: the network may just be coming up.
                    let earlier = std::mem::take(&mut draft.outcome_events);
                    draft.codes.retain(|(event, ..)| !earlier.contains(event));
                    draft.outcome_events = earlier;
                    draft.add(at, time);
                }
                place
            }
            None => self.outcome_draft(at, product),
        };
        self.told(draft, at, failed.hresult, ToldBy::Volume);
        if let Some(draft) = self.drafts.get_mut(draft) {
            draft.trigger.clone_from(&failed.trigger);
        }
    }

    fn scheduler_failed(&mut self, at: usize, code: Option<Hresult>) {
        let time = self.time(at);
        let again = self.drafts.iter().rposition(|draft| {
            draft.told_by == Some(ToldBy::Scheduler)
                && draft.phase == Phase::Told
                && draft.outcome == Some(code)
                && between(draft.last_time, time) <= ONE_FAILURE
        });
        match again.and_then(|place| self.drafts.get_mut(place)) {
            Some(draft) => {
                draft.add(at, time);
                draft.outcome_events.push(at);
            }
            None => {
                let draft = self.outcome_draft(at, None);
                self.told(draft, at, code, ToldBy::Scheduler);
            }
        }
    }

    /// What the 902 before, or else the next one, says of the Windows version.
    fn is_windows_8_or_newer(&self, at: usize) -> bool {
        let before = self
            .events
            .get(..at)
            .unwrap_or_default()
            .iter()
            .rev()
            .find_map(SppEvent::windows_version);
        let after = || {
            self.events
                .get(at..)
                .unwrap_or_default()
                .iter()
                .find_map(SppEvent::windows_version)
        };
        before
            .or_else(after)
            .is_some_and(|version| version >= (6, 2))
    }

    /// Whether a 8200 belongs to a genuine check (8208) and not to an activation (1014).
    fn is_genuine_check(&self, at: usize) -> bool {
        let time = self.time(at);
        let near = |window: TimeDelta, is: fn(&Activity) -> bool| {
            let fits =
                |event: &SppEvent| (event.time - time).abs() <= window && is(&event.activity);
            self.events
                .get(at.saturating_sub(64)..self.events.len().min(at + 64))
                .unwrap_or_default()
                .iter()
                .any(fits)
        };
        near(GENUINE_CHECK, |a| {
            matches!(a, Activity::GenuineTicketFailed { .. })
        }) && !near(ONE_FAILURE, |a| matches!(a, Activity::UseLicenseFailed(_)))
    }
}

fn finish(
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
    };
    if attempt.is_failed() {
        match attempt.causes.first() {
            Some(cause) if is_wrapper(cause.code, catalog) => {
                attempt.gap = gap(&attempt, events, logs, channels);
                attempt.confidence = match attempt.gap {
                    Some(Gap::LogStartsLate | Gap::DamageNearby | Gap::LevelFilter) => {
                        Confidence::Missing
                    }
                    _ => Confidence::Inferred,
                };
            }
            Some(cause) if cause.is_concluded => attempt.confidence = Confidence::Inferred,
            _ => {}
        }
    }
    attempt
}

/// Why nothing better than a wrapper is known (RULES.md 4).
fn gap(
    attempt: &Attempt,
    events: &[SppEvent],
    logs: &BTreeMap<LogName, LogReach>,
    channels: &BTreeMap<ActivationId, Channel>,
) -> Option<Gap> {
    let first = events.get(*attempt.events.first()?)?;
    let log = logs.get(&first.log);
    if let Some(log) = log {
        if log
            .first
            .is_some_and(|start| between(start, attempt.start) < LOG_REACHES_BACK)
        {
            return Some(Gap::LogStartsLate);
        }
        let is_next_to = |chunk: u32| {
            log.damaged_chunks
                .iter()
                .any(|damaged| damaged.abs_diff(chunk) <= 1)
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
    let channel = attempt.activation_id.and_then(|id| channels.get(&id));
    if attempt.tries.is_empty()
        && channel.is_some_and(|channel| !matches!(channel, Channel::KmsClient | Channel::Other(_)))
    {
        return Some(Gap::NotKms);
    }
    if attempt
        .tries
        .iter()
        .any(|t| t.sent == Some(Hresult::OK) && t.response.is_none())
    {
        return Some(Gap::NoAnswer);
    }
    attempt.tries.is_empty().then_some(Gap::NoRequests)
}
