//! Events of one machine to attempts (RULES.md 3): who opens one, what joins it, what ends it.
//!
//! One pass over the events in order. A draft is an attempt that may still grow; when the pass is
//! over every draft becomes an [`Attempt`] with its outcome and its ranked causes.

mod finish;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use self::finish::finish;
use super::LogReach;
use super::attempt::{Attempt, Try, is_wrapper};
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

/// 0xC004F038, the count is too low: concluded from an answer that says only the count.
const NOT_ENOUGH_COUNT: Hresult = Hresult::new(0xC004_F038);

/// The attempts of one machine, by their first event.
pub(crate) fn attempts(
    events: &[SppEvent],
    catalog: &Catalog,
    logs: &BTreeMap<LogName, LogReach>,
    channels: &BTreeMap<ActivationId, Channel>,
) -> Vec<Attempt> {
    let mut grouping = Grouping::new(events, catalog);
    for at in 0..events.len() {
        grouping.take(at);
    }
    let mut finished: Vec<Option<Attempt>> = grouping
        .drafts
        .iter()
        .map(|draft| {
            (draft.phase != Phase::Absorbed).then(|| finish(draft, events, catalog, logs, channels))
        })
        .collect();
    // In the order of their outcomes, so that a chain passes on.
    for (borrower, lender) in grouping.borrowers {
        borrow(&mut finished, borrower, lender, catalog);
    }
    let mut finished: Vec<Attempt> = finished.into_iter().flatten().collect();
    finished.sort_by_key(|attempt| attempt.events.first().copied());
    finished
}

/// An outcome without tries of its own takes over those of the attempt that it repeats, with the
/// causes; not where records of its own tell more than the outcome does.
fn borrow(finished: &mut [Option<Attempt>], borrower: usize, lender: usize, catalog: &Catalog) {
    let Some(Some(lender)) = finished.get(lender).cloned() else {
        return;
    };
    let Some(Some(attempt)) = finished.get_mut(borrower) else {
        return;
    };
    let outcome = attempt.outcome_code();
    let says_no_more =
        |cause: &cause::Cause| Some(cause.code) == outcome || is_wrapper(cause.code, catalog);
    if attempt.is_failed() && attempt.tries.is_empty() && attempt.causes.iter().all(says_no_more) {
        attempt.tries = lender.tries;
        attempt.causes = lender.causes;
        attempt.confidence = lender.confidence;
        attempt.gap = lender.gap;
        attempt.has_borrowed_tries = true;
    }
}

struct Grouping<'a> {
    events: &'a [SppEvent],
    catalog: &'a Catalog,
    /// How long the log has run at each event; a step back in time counts as none.
    elapsed: Vec<TimeDelta>,
    /// What each 902 says of the Windows version, by place.
    versions: Vec<(usize, (u32, u32))>,
    /// How long the log had run at each 8208 and at each 1014.
    genuine_checks: Vec<TimeDelta>,
    online_failures: Vec<TimeDelta>,
    drafts: Vec<Draft>,
    /// The drafts that an event may still join, in order, with a few that none can any more.
    recent: Vec<usize>,
    /// So many of `recent` are left before those that none can join are taken out.
    recent_limit: usize,
    /// The draft of each request, by the request's place.
    owners: BTreeMap<usize, usize>,
    /// Requests that were sent and not answered yet, by place, and by their client time.
    unanswered: BTreeSet<usize>,
    unanswered_at: BTreeMap<Option<DateTime<Utc>>, Vec<usize>>,
    /// The newest status or success of each product.
    licensed: BTreeMap<ActivationId, bool>,
    /// Drafts whose outcome repeats that of another one, and that one.
    borrowers: Vec<(usize, usize)>,
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
    /// How long the log had run at its last event, and at its last request.
    last: TimeDelta,
    last_request: Option<TimeDelta>,
    /// Whether all of it is a 8200, whose product the outcome next to it tells.
    is_trace: bool,
    phase: Phase,
    told_by: Option<ToldBy>,
    outcome: Option<Option<Hresult>>,
    is_success: bool,
    trigger: Option<String>,
    state_before: Option<LicenseState>,
    licensed_before: Option<bool>,
    is_silent: bool,
    slui: Option<Slui>,
}

/// The 8198 that a draft ended with.
#[derive(Debug)]
struct Slui {
    code: Option<Hresult>,
    /// The product that it names.
    product: Option<ActivationId>,
    trigger: Option<String>,
    /// How long the log had run.
    elapsed: TimeDelta,
}

/// Time between two events; a step back counts as none.
fn between(earlier: DateTime<Utc>, later: DateTime<Utc>) -> TimeDelta {
    (later - earlier).max(TimeDelta::zero())
}

/// Whether any of these times, in their order, lies within the window around a time.
fn is_any_near(times: &[TimeDelta], time: TimeDelta, window: TimeDelta) -> bool {
    let first = times.partition_point(|other| *other < time - window);
    times
        .get(first)
        .is_some_and(|other| *other <= time + window)
}

/// Adds the second list to the first and keeps the order of places.
fn merge_by<T>(into: &mut Vec<T>, from: Vec<T>, place: impl Fn(&T) -> usize) {
    let is_behind = match (into.last(), from.first()) {
        (Some(last), Some(first)) => place(last) <= place(first),
        _ => true,
    };
    into.extend(from);
    if !is_behind {
        into.sort_by_key(place);
    }
}

impl Try {
    /// The place of its first record.
    fn place(&self) -> usize {
        self.request.or(self.response).unwrap_or_default()
    }
}

impl Draft {
    fn add(&mut self, at: usize, time: DateTime<Utc>, elapsed: TimeDelta) {
        self.events.push(at);
        self.last_time = time;
        self.last = elapsed;
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

impl<'a> Grouping<'a> {
    fn new(events: &'a [SppEvent], catalog: &'a Catalog) -> Self {
        let mut elapsed = Vec::with_capacity(events.len());
        let (mut now, mut before) = (TimeDelta::zero(), None);
        for event in events {
            now += between(before.unwrap_or(event.time), event.time);
            before = Some(event.time);
            elapsed.push(now);
        }
        let times_of = |is: fn(&Activity) -> bool| {
            events
                .iter()
                .zip(&elapsed)
                .filter(|(event, _)| is(&event.activity))
                .map(|(_, elapsed)| *elapsed)
                .collect()
        };
        Self {
            events,
            catalog,
            versions: events
                .iter()
                .enumerate()
                .filter_map(|(at, event)| Some((at, event.windows_version()?)))
                .collect(),
            genuine_checks: times_of(|a| matches!(a, Activity::GenuineTicketFailed { .. })),
            online_failures: times_of(|a| matches!(a, Activity::UseLicenseFailed(_))),
            elapsed,
            drafts: Vec::new(),
            recent: Vec::new(),
            recent_limit: 0,
            owners: BTreeMap::new(),
            unanswered: BTreeSet::new(),
            unanswered_at: BTreeMap::new(),
            licensed: BTreeMap::new(),
            borrowers: Vec::new(),
        }
    }

    fn time(&self, at: usize) -> DateTime<Utc> {
        self.events
            .get(at)
            .map_or(DateTime::UNIX_EPOCH, |event| event.time)
    }

    fn elapsed(&self, at: usize) -> TimeDelta {
        self.elapsed.get(at).copied().unwrap_or_default()
    }

    fn add(&mut self, draft: usize, at: usize) {
        let (time, elapsed) = (self.time(at), self.elapsed(at));
        if let Some(draft) = self.drafts.get_mut(draft) {
            draft.add(at, time, elapsed);
        }
    }

    /// The newest draft that fits, of those with an event in the last two minutes.
    fn find_recent(&self, fits: impl Fn(&Draft) -> bool) -> Option<usize> {
        let of = |place: &&usize| self.drafts.get(**place).is_some_and(&fits);
        self.recent.iter().rev().find(of).copied()
    }

    /// Takes out the drafts that no event can join any more: seldom, so that the cost stays linear.
    fn forget_old(&mut self, now: TimeDelta) {
        if self.recent.len() <= self.recent_limit {
            return;
        }
        let drafts = &self.drafts;
        self.recent.retain(|place| {
            drafts.get(*place).is_some_and(|draft| {
                let is_open = matches!(draft.phase, Phase::Open | Phase::Told);
                let is_repeatable = draft.phase == Phase::Closed && draft.slui.is_some();
                (is_open || is_repeatable) && now - draft.last <= WITHIN_ATTEMPT
            })
        });
        self.recent_limit = self.recent.len() * 2 + 32;
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
                if let Some(draft) = self.drafts.get_mut(draft) {
                    draft.is_trace = true;
                }
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
                // What it says cannot be read.
                None => {
                    self.outcome_draft(at, None);
                }
                code => {
                    let draft = self.outcome_draft(at, None);
                    self.told(draft, at, *code, ToldBy::Online);
                    self.close(draft);
                }
            },
            // A key that comes later begins anew.
            Activity::KeyRemoved {
                activation_id: Some(id),
            } => {
                self.licensed.remove(id);
            }
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
        let (time, elapsed) = (self.time(at), self.elapsed(at));
        let Some(draft) = self.find_open(at, |draft| draft.product == Some(product)) else {
            return;
        };
        let Some(draft) = self.drafts.get_mut(draft) else {
            return;
        };
        if licensed.proves_cure(draft.last_time, draft.was_licensed()) {
            draft.add(at, time, elapsed);
            draft.is_success = true;
            draft.phase = Phase::Closed;
        }
    }

    fn new_draft(&mut self, at: usize, product: Option<ActivationId>) -> usize {
        let (time, elapsed) = (self.time(at), self.elapsed(at));
        self.forget_old(elapsed);
        self.recent.push(self.drafts.len());
        self.drafts.push(Draft {
            product,
            events: vec![at],
            outcome_events: Vec::new(),
            tries: Vec::new(),
            codes: Vec::new(),
            last_time: time,
            last: elapsed,
            last_request: None,
            is_trace: false,
            phase: Phase::Open,
            told_by: None,
            outcome: None,
            is_success: false,
            trigger: None,
            state_before: None,
            licensed_before: product.and_then(|p| self.licensed.get(&p).copied()),
            is_silent: false,
            slui: None,
        });
        self.drafts.len() - 1
    }

    /// The newest open draft that fits, not older than the window within one attempt.
    fn find_open(&self, at: usize, fits: impl Fn(&Draft) -> bool) -> Option<usize> {
        let now = self.elapsed(at);
        self.find_recent(|draft| {
            draft.phase == Phase::Open && now - draft.last <= WITHIN_ATTEMPT && fits(draft)
        })
    }

    /// The open draft of a product, or one without a product, which then takes this one.
    fn open_draft(&mut self, at: usize, product: Option<ActivationId>) -> Option<usize> {
        let found = match product {
            Some(_) => self
                .find_open(at, |draft| draft.product == product)
                .or_else(|| self.find_open(at, |draft| draft.product.is_none())),
            None => self.find_open(at, |_| true),
        }?;
        let licensed = product.and_then(|p| self.licensed.get(&p).copied());
        let draft = self.drafts.get_mut(found)?;
        if draft.product.is_none() && product.is_some() {
            draft.product = product;
            draft.licensed_before = licensed;
        }
        draft.is_trace = false;
        self.add(found, at);
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
        let now = self.elapsed(at);
        let product = request.activation_id;
        let gap = |draft: &Draft| now - draft.last_request.unwrap_or(draft.last);
        let own = self.find_recent(|draft| {
            draft.phase == Phase::Open && draft.product == product && gap(draft) <= WITHIN_ATTEMPT
        });
        let draft = match own {
            Some(found) => {
                self.add(found, at);
                found
            }
            None => {
                // An older attempt of this product has run out of time.
                for place in &self.recent {
                    if let Some(draft) = self.drafts.get_mut(*place)
                        && draft.phase == Phase::Open
                        && draft.product == product
                    {
                        draft.phase = Phase::Closed;
                    }
                }
                let without_product = product.and_then(|_| {
                    self.find_open(at, |draft| {
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
        if open.last_request.is_none() {
            open.state_before = request.license_state;
        }
        open.last_request = Some(now);
        open.is_trace = false;
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
            self.owners.insert(at, draft);
            self.unanswered.insert(at);
            self.unanswered_at
                .entry(request.client_time)
                .or_default()
                .push(at);
        }
    }

    /// The request that an answer belongs to, which then is answered.
    fn take_unanswered(&mut self, at: usize, response: &KmsResponse) -> Option<usize> {
        let found = match response.client_time {
            Some(_) => *self.unanswered_at.get(&response.client_time)?.last()?,
            None => {
                let newest = *self.unanswered.last()?;
                (self.elapsed(at) - self.elapsed(newest) <= WITHIN_ATTEMPT).then_some(newest)?
            }
        };
        self.unanswered.remove(&found);
        let client_time = match self.events.get(found).map(|event| &event.activity) {
            Some(Activity::KmsRequest(request)) => request.client_time,
            _ => None,
        };
        // Of its client time it is the newest, too.
        if let Some(places) = self.unanswered_at.get_mut(&client_time) {
            places.pop();
        }
        Some(found)
    }

    /// A 12289 belongs to the newest unanswered request of the same client time; where it does not
    /// say one, to the newest within the window.
    fn response(&mut self, at: usize, response: &KmsResponse) {
        let found = self.take_unanswered(at, response).and_then(|request| {
            let draft = *self.owners.get(&request)?;
            let tries = &self.drafts.get(draft)?.tries;
            let number = tries.binary_search_by_key(&request, Try::place).ok()?;
            Some((draft, number))
        });
        let (draft, number) = match found {
            Some(place) => place,
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
        self.add(draft, at);
        let Some(draft) = self.drafts.get_mut(draft) else {
            return;
        };
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
        let now = self.elapsed(at);
        let arguments = failed.arguments.as_ref();
        let product = arguments.and_then(|a| a.activation_id);
        let trigger = arguments.and_then(|a| a.trigger.clone());
        let repeats = |draft: &Draft| {
            draft.slui.as_ref().is_some_and(|slui| {
                slui.code == failed.hresult
                    && now - slui.elapsed <= ONE_FAILURE
                    && (slui.product == product || draft.product == product)
            })
        };
        let before = self.find_recent(repeats);
        // The same report once more is no attempt of its own.
        let same = self.find_recent(|draft| {
            repeats(draft) && draft.slui.as_ref().is_some_and(|s| s.trigger == trigger)
        });
        let joins = |draft: &Draft| {
            let is_trace = draft.phase == Phase::Open && draft.is_trace;
            (draft.phase == Phase::Told || is_trace)
                && now - draft.last <= ONE_FAILURE
                && (draft.product.is_none() || product.is_none() || draft.product == product)
        };
        let mut joining: Vec<usize> = self
            .recent
            .iter()
            .copied()
            .filter(|place| self.drafts.get(*place).is_some_and(joins))
            .collect();
        let draft = match same {
            Some(draft) => {
                joining.extend(self.find_open(at, |d| d.product.is_some() && d.product == product));
                draft
            }
            None => self.outcome_draft(at, product),
        };
        for place in joining {
            self.absorb(draft, place);
        }
        if same.is_some() {
            self.add(draft, at);
        }
        let catalog = self.catalog;
        let Some(open) = self.drafts.get_mut(draft) else {
            return;
        };
        open.is_silent = arguments
            .and_then(|a| a.action.as_ref())
            .is_some_and(|a| a.as_str() == "AutoActivateSilent");
        open.trigger.clone_from(&trigger);
        open.fail(at, failed.hresult, catalog);
        open.phase = Phase::Closed;
        open.slui = Some(Slui {
            code: failed.hresult,
            product,
            trigger,
            elapsed: now,
        });
        if let Some(before) = before.filter(|_| same.is_none()) {
            self.borrowers.push((draft, before));
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
        let (product, state, licensed, last_request) = (
            absorbed.product,
            absorbed.state_before,
            absorbed.licensed_before,
            absorbed.last_request,
        );
        for request in tries.iter().filter_map(|t| t.request) {
            if let Some(owner) = self.owners.get_mut(&request) {
                *owner = into;
            }
        }
        let Some(draft) = self.drafts.get_mut(into) else {
            return;
        };
        draft.last_request = draft.last_request.max(last_request);
        let is_earlier = events.first() < draft.events.first();
        merge_by(&mut draft.events, events, |at| *at);
        merge_by(&mut draft.outcome_events, outcome_events, |at| *at);
        merge_by(&mut draft.tries, tries, Try::place);
        merge_by(&mut draft.codes, codes, |code| code.0);
        draft.product = draft.product.or(product);
        // What was before the attempt is what its first event knew.
        if is_earlier {
            draft.state_before = state.or(draft.state_before);
            draft.licensed_before = licensed.or(draft.licensed_before);
        } else {
            draft.state_before = draft.state_before.or(state);
            draft.licensed_before = draft.licensed_before.or(licensed);
        }
    }

    fn volume_failed(&mut self, at: usize, failed: &VolumeAttemptFailed) {
        let now = self.elapsed(at);
        let product = failed.activation_id;
        let burst = self.find_recent(|draft| {
            draft.told_by == Some(ToldBy::Volume)
                && draft.phase == Phase::Told
                && draft.product == product
                && now - draft.last <= ONE_FAILURE
        });
        let draft = match burst {
            Some(place) => {
                // Hosts tried since then are tries of the same attempt.
                if let Some(open) =
                    self.find_open(at, |d| d.product.is_some() && d.product == product)
                {
                    self.absorb(place, open);
                }
                self.add(place, at);
                if let Some(draft) = self.drafts.get_mut(place) {
                    // Of a burst only the last code counts: the network may just be coming up.
                    let earlier = draft.outcome_events.last().copied();
                    if let Some(code) = draft.codes.iter().rposition(|c| Some(c.0) == earlier) {
                        draft.codes.remove(code);
                    }
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
        let now = self.elapsed(at);
        let again = self.find_recent(|draft| {
            draft.told_by == Some(ToldBy::Scheduler)
                && draft.phase == Phase::Told
                && draft.outcome == Some(code)
                && now - draft.last <= ONE_FAILURE
        });
        match again {
            Some(place) => {
                self.add(place, at);
                if let Some(draft) = self.drafts.get_mut(place) {
                    draft.outcome_events.push(at);
                }
            }
            None => {
                let draft = self.outcome_draft(at, None);
                self.told(draft, at, code, ToldBy::Scheduler);
            }
        }
    }

    /// What the 902 before, or else the next one, says of the Windows version.
    fn is_windows_8_or_newer(&self, at: usize) -> bool {
        let next = self.versions.partition_point(|(place, _)| *place < at);
        let before = next.checked_sub(1).and_then(|n| self.versions.get(n));
        before
            .or_else(|| self.versions.get(next))
            .is_some_and(|(_, version)| *version >= (6, 2))
    }

    /// Whether a 8200 belongs to a genuine check (8208) and not to an activation (1014).
    fn is_genuine_check(&self, at: usize) -> bool {
        let now = self.elapsed(at);
        is_any_near(&self.genuine_checks, now, GENUINE_CHECK)
            && !is_any_near(&self.online_failures, now, ONE_FAILURE)
    }
}
