//! Walks a machine's events and attempts in order and keeps what the newest of them say of each
//! product, with where it stands.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, Utc};

use super::product::{application_of, product, success_of};
use super::{ActivatedBy, KEPT_CHANGES, ProductSources, ProductState, Standing, StateChange};
use crate::catalog::Catalog;
use crate::diagnosis::attempt::{Attempt, Outcome};
use crate::diagnosis::status::{
    KMS_VALIDITY, LicensedStatus, ProductLicense, Status, is_implausible, statuses,
};
use crate::hresult::Hresult;
use crate::spp::{
    ActivationId, Activity, Application, Channel, LicenseState, SppEvent, after_minutes,
};

/// What is known of a product so far.
#[derive(Debug, Default)]
pub(super) struct Track {
    pub(super) application: Option<Application>,
    pub(super) channel: Option<Channel>,
    pub(super) partial_key: Option<String>,
    pub(super) license: Option<ProductLicense>,
    pub(super) end: Option<DateTime<Utc>>,
    pub(super) reason: Option<Hresult>,
    pub(super) state_event: Option<usize>,
    pub(super) last_success: Option<DateTime<Utc>>,
    pub(super) last_failure: Option<DateTime<Utc>>,
    pub(super) activated_by: Option<ActivatedBy>,
    /// Whether an event shows that KMS or Active Directory licenses it, or is asked to.
    pub(super) is_kms: bool,
    /// The newest end that no honest KMS license has, and the event that tells it.
    pub(super) implausible: Option<(DateTime<Utc>, usize)>,
    pub(super) sources: ProductSources,
    pub(super) open: OpenAttempts,
    pub(super) has_attempts: bool,
    pub(super) is_activated: bool,
}

/// The attempts of an open failure, kept so that a status finds those that it cures at once.
#[derive(Debug, Default)]
pub(super) struct OpenAttempts {
    /// Of a product that was not licensed before them.
    first: Vec<usize>,
    /// Of a licensed product, by their end.
    renewals: BTreeSet<(DateTime<Utc>, usize)>,
}

impl OpenAttempts {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.renewals.is_empty()
    }

    fn push(&mut self, number: usize, attempt: &Attempt) {
        if attempt.was_licensed {
            self.renewals.insert((attempt.end, number));
        } else {
            self.first.push(number);
        }
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        let renewals = self.renewals.iter().map(|(_, number)| *number);
        self.first.iter().copied().chain(renewals)
    }

    /// Takes out all of them.
    fn take(&mut self) -> Vec<usize> {
        let all = self.numbers().collect();
        *self = Self::default();
        all
    }

    /// Takes out those that a licensed status cures: every first activation, and the renewals that
    /// end before the license that it tells began.
    fn take_cured(&mut self, licensed: &LicensedStatus) -> Vec<usize> {
        let mut cured = std::mem::take(&mut self.first);
        while let Some((end, number)) = self.renewals.first().copied()
            && licensed.proves_cure(end, true)
        {
            self.renewals.pop_first();
            cured.push(number);
        }
        cured
    }
}

/// The walk, as far as it has come.
pub(super) struct Walk<'a> {
    events: &'a [SppEvent],
    attempts: &'a [Attempt],
    catalog: &'a Catalog,
    standings: Vec<Standing>,
    tracks: BTreeMap<Option<ActivationId>, Track>,
    /// The applications that are set to non-genuine, and the events that say so.
    non_genuine: BTreeMap<Application, usize>,
    changes: VecDeque<StateChange>,
}

/// A product's track; a new one begins with what the catalog knows of the product.
fn track<'t>(
    tracks: &'t mut BTreeMap<Option<ActivationId>, Track>,
    catalog: &Catalog,
    id: Option<ActivationId>,
) -> &'t mut Track {
    tracks.entry(id).or_insert_with(|| {
        let known = id.and_then(|id| catalog.product(&id.to_string()));
        Track {
            application: known.map(|product| match product.application {
                "office" => Application::Office,
                _ => Application::Windows,
            }),
            channel: known
                .filter(|product| !product.channel.is_empty())
                .map(|product| Channel::parse(product.channel)),
            ..Track::default()
        }
    })
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        events: &'a [SppEvent],
        attempts: &'a [Attempt],
        catalog: &'a Catalog,
    ) -> Self {
        Self {
            events,
            attempts,
            catalog,
            standings: vec![Standing::NoFailure; attempts.len()],
            tracks: BTreeMap::new(),
            non_genuine: BTreeMap::new(),
            changes: VecDeque::new(),
        }
    }

    /// Takes in an event.
    pub(super) fn event(&mut self, at: usize, event: &SppEvent) {
        self.learn_names(at, event);
        match &event.activity {
            // A line that cannot be read, as where a list was cut, may be any product's.
            Activity::Status(list) if list.line_count > 1 && event.odd_fields.is_empty() => {
                // Only lines without a key are left out of a list, so what it does not keep is gone.
                let application = list.application_id.map(|id| id.application());
                let kept: BTreeSet<Option<ActivationId>> = list
                    .lines
                    .iter()
                    .map(|line| Some(line.activation_id))
                    .collect();
                let gone: Vec<Option<ActivationId>> = self
                    .tracks
                    .iter()
                    .filter(|(id, track)| {
                        id.is_some()
                            && track.application.is_some()
                            && track.application == application
                            && !kept.contains(*id)
                    })
                    .map(|(id, _)| *id)
                    .collect();
                for id in gone {
                    self.forget(id);
                }
            }
            Activity::KeyRemoved {
                activation_id: Some(id),
            } => self.forget(Some(*id)),
            Activity::SetNonGenuine { application_id } => {
                let application =
                    application_id.map_or(Application::Windows, |id| id.application());
                self.non_genuine.insert(application, at);
            }
            Activity::SetGenuine { application_id } => {
                self.non_genuine
                    .remove(&application_id.map_or(Application::Windows, |id| id.application()));
            }
            Activity::TimeRemaining(remaining) => {
                // It names no product: it can only be told where just one has an end.
                let mut ending = self.tracks.values_mut().filter(|track| {
                    track
                        .license
                        .is_some_and(|license| license.is_grace() == remaining.is_grace)
                        && track.end.is_some()
                });
                if let (Some(track), None, Some(minutes)) =
                    (ending.next(), ending.next(), remaining.minutes)
                {
                    track.end = after_minutes(event.time, minutes);
                    track.sources.expires_at = Some(at);
                }
            }
            _ => {}
        }
        for status in statuses(event) {
            self.status(at, &status);
        }
    }

    /// Channels, partial keys and applications, which events name beside the state.
    fn learn_names(&mut self, at: usize, event: &SppEvent) {
        let (id, application_id) = match &event.activity {
            Activity::RulesEvaluated(policies) => {
                for policy in policies {
                    let Some(id) = policy.activation_id else {
                        continue;
                    };
                    let track = track(&mut self.tracks, self.catalog, Some(id));
                    if policy.channel.is_some() {
                        track.channel.clone_from(&policy.channel);
                        track.sources.channel = Some(at);
                    }
                    if policy.partial_key.is_some() {
                        track.partial_key.clone_from(&policy.partial_key);
                        track.sources.partial_key = Some(at);
                    }
                    track.application = policy
                        .application_id
                        .map(|id| id.application())
                        .or(track.application);
                }
                return;
            }
            Activity::SluiFailed(failed) => match &failed.arguments {
                Some(arguments) => (arguments.activation_id, arguments.application_id),
                None => return,
            },
            Activity::VolumeAttemptFailed(failed) => (failed.activation_id, failed.application_id),
            _ => return,
        };
        if let (Some(id), Some(application)) = (id, application_id)
            && let Some(track) = self.tracks.get_mut(&Some(id))
        {
            track.application = Some(application.application());
        }
    }

    fn status(&mut self, at: usize, status: &Status) {
        let Some(id) = status.activation_id else {
            return;
        };
        let track = track(&mut self.tracks, self.catalog, Some(id));
        if status.application != Application::Unknown {
            track.application = Some(status.application);
        }
        track.is_kms |= status.is_kms;
        note_change(&mut self.changes, Some(id), track, status.license, at);
        let was_same = track.license == Some(status.license);
        track.license = Some(status.license);
        track.state_event = Some(at);
        if status.reason.is_some() || !was_same {
            track.reason = status.reason;
            track.sources.reason = status.reason.map(|_| at);
        }
        track.is_activated = status.is_licensed();
        if status.way.is_some() {
            track.activated_by = status.way;
            track.sources.activated_by = Some(at);
        }
        let has_end = status.license.is_licensed() || status.license.is_grace();
        let keeps_end = status.license.is_licensed() && !status.tells_end && status.end.is_none();
        if !keeps_end {
            track.end = status.end.filter(|_| has_end);
            track.sources.expires_at = track.end.map(|_| at);
            track.implausible = track
                .end
                .filter(|end| is_implausible(*end, status.time))
                .map(|end| (end, at))
                .or(track.implausible);
        }
        if let Some(licensed) = status.licensed() {
            for number in track.open.take_cured(&licensed) {
                if let Some(standing) = self.standings.get_mut(number) {
                    *standing = Standing::Cured;
                }
            }
            self.cure(None);
        }
    }

    /// Takes in an attempt, once its last event was.
    pub(super) fn attempt(&mut self, number: usize) {
        let Some(attempt) = self.attempts.get(number) else {
            return;
        };
        let track = track(&mut self.tracks, self.catalog, attempt.activation_id);
        track.has_attempts = true;
        if track.application.is_none() {
            track.application = attempt
                .events
                .iter()
                .find_map(|at| application_of(self.events.get(*at)?));
        }
        match attempt.outcome() {
            Outcome::Failed { .. } => {
                track.last_failure = Some(attempt.end);
                track.sources.last_failure = attempt.events.last().copied();
                track.open.push(number, attempt);
                if let Some(standing) = self.standings.get_mut(number) {
                    *standing = Standing::Open;
                }
            }
            Outcome::Succeeded => {
                // A report of the failures before may stand behind it.
                let success = success_of(attempt, self.events);
                let event = success.and_then(|at| self.events.get(at));
                let time = event.map_or(attempt.end, |event| event.time);
                track.last_success = Some(time);
                track.sources.last_success = success;
                let licensed = ProductLicense::Exactly(LicenseState::Licensed);
                if let Some(at) = success {
                    let id = attempt.activation_id;
                    note_change(&mut self.changes, id, track, licensed, at);
                }
                track.license = Some(licensed);
                track.state_event = success;
                track.is_activated = true;
                track.reason = None;
                track.sources.reason = None;
                let way = event.and_then(way_of);
                track.activated_by = way.or(track.activated_by);
                if way.is_some() {
                    track.sources.activated_by = success;
                }
                match event.map(|event| &event.activity) {
                    Some(Activity::KmsResponse(_) | Activity::AdActivated { .. }) => {
                        track.end = time.checked_add_signed(KMS_VALIDITY);
                        track.sources.expires_at = success;
                    }
                    // The status in the same event has said the end.
                    Some(Activity::RulesEvaluated(_)) => {}
                    _ => {
                        track.end = None;
                        track.sources.expires_at = None;
                    }
                }
                self.cure(attempt.activation_id);
                self.cure(None);
            }
            Outcome::Unknown => {}
        }
    }

    /// Every open failure of a product is made good.
    fn cure(&mut self, id: Option<ActivationId>) {
        let Some(track) = self.tracks.get_mut(&id) else {
            return;
        };
        for number in track.open.take() {
            if let Some(standing) = self.standings.get_mut(number) {
                *standing = Standing::Cured;
            }
        }
        if id.is_none() {
            track.is_activated = true;
        }
    }

    /// The product's key is gone: a later event of it begins anew.
    fn forget(&mut self, id: Option<ActivationId>) {
        self.cure(id);
        self.tracks.remove(&id);
    }

    /// The products, what became of each attempt, and the changes, oldest first.
    pub(super) fn finish(
        self,
        now: DateTime<Utc>,
    ) -> (Vec<ProductState>, Vec<Standing>, Vec<StateChange>) {
        let licensed: BTreeSet<Application> = self
            .tracks
            .values()
            .filter(|track| {
                track.license.is_some_and(ProductLicense::is_licensed)
                    && track.end.is_none_or(|end| end >= now)
            })
            .filter_map(|track| track.application)
            .collect();
        let mut products: Vec<ProductState> = self
            .tracks
            .iter()
            .map(|(id, track)| {
                product(*id, track, now, self.attempts, &self.non_genuine, &licensed)
            })
            .collect();
        products.sort_by_key(|product| (product.activation_id.is_none(), product.activation_id));
        (products, self.standings, self.changes.into())
    }
}

/// Notes down that a product's state is another than it was at the check before.
fn note_change(
    changes: &mut VecDeque<StateChange>,
    activation_id: Option<ActivationId>,
    track: &Track,
    to: ProductLicense,
    at: usize,
) {
    let (Some(from), Some(after)) = (track.license, track.state_event) else {
        return;
    };
    if from.is_same_as(to) {
        return;
    }
    if changes.len() == KEPT_CHANGES {
        changes.pop_front();
    }
    changes.push_back(StateChange {
        activation_id,
        from,
        to,
        after,
        before: at,
    });
}

/// The way by which an event says that a product was activated.
fn way_of(event: &SppEvent) -> Option<ActivatedBy> {
    match event.activity {
        Activity::KmsResponse(_) => Some(ActivatedBy::Kms),
        Activity::AdActivated { .. } => Some(ActivatedBy::ActiveDirectory),
        Activity::AvmaResponse { .. } => Some(ActivatedBy::VirtualMachineHost),
        Activity::TokenActivated { .. } => Some(ActivatedBy::Token),
        Activity::PhoneActivated { .. } => Some(ActivatedBy::Phone),
        Activity::UseLicenseAcquired { .. } => Some(ActivatedBy::Online),
        _ => None,
    }
}
