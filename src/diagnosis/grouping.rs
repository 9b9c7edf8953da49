//! Events of one machine to attempts (RULES.md 3): who opens one, what joins it, what ends it.
//!
//! One pass over the events in order. A draft is an attempt that may still grow; when the pass is
//! over every draft becomes an [`Attempt`] with its outcome and its ranked causes.

mod finish;
mod kms;
mod outcomes;

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
use crate::spp::{ActivationId, Activity, Channel, LicenseState, SppEvent};

/// Between the requests of one attempt, and between an attempt's last event and its outcome.
const WITHIN_ATTEMPT: TimeDelta = TimeDelta::seconds(120);
/// Between records that tell one failure several times.
const ONE_FAILURE: TimeDelta = TimeDelta::seconds(15);

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
}
