//! One machine: its attempts, what became of each, and the state of its products (RULES.md 5).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::attempt::{Attempt, Outcome};
use super::marks::Marks;
use super::status::{KMS_VALIDITY, LicensedStatus, ProductLicense, Status, statuses};
use super::window::{EarlierAttempt, Window};
use crate::catalog::Catalog;
use crate::hresult::Hresult;
use crate::spp::{
    ActivationId, Activity, Application, Channel, Cmid, LicenseState, SppEvent, after_minutes,
};

/// What is known of one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineDiagnosis {
    /// Its attempts in the window, by their first event.
    pub attempts: Vec<Attempt>,
    /// What became of each attempt, in the same order.
    pub standings: Vec<Standing>,
    /// Its products, by activation id; the one without an id last.
    pub products: Vec<ProductState>,
    /// Failing before activated before unknown over its products.
    pub status: ActivationStatus,
    /// The cause of its newest open failure.
    pub root_cause: Option<Hresult>,
    /// The service's file version, as the newest 902 says.
    pub build: Option<String>,
    /// The machine id that the newest request names.
    pub cmid: Option<Cmid>,
    /// Whether the newest request says that it is a virtual machine.
    pub is_vm: Option<bool>,
    /// What single events tell that findings ask for.
    pub marks: Marks,
    /// The time that attempts were taken from; states are as of its end.
    pub window: Window,
    /// Its attempts before the window.
    pub earlier: Vec<EarlierAttempt>,
    /// How many attempts behind the window were left out.
    pub later_attempts: u64,
    /// The events whose attempt decides otherwise than their own time whether they count, by place.
    pub(super) crossing: BTreeMap<usize, bool>,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It did not fail, or it cannot be told.
    NoFailure,
    /// It failed and the failure goes on.
    Open,
    /// It failed, and the product has since been activated or its key is gone.
    Cured,
}

/// Whether a product or a machine is activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActivationStatus {
    /// A failure is open.
    Failing,
    /// Activated, as far as the log tells.
    Activated,
    /// The log does not tell.
    Unknown,
}

impl ActivationStatus {
    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Activated => "activated",
            Self::Unknown => "unknown",
        }
    }
}

/// The state of one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductState {
    /// The product; none for attempts that name none.
    pub activation_id: Option<ActivationId>,
    /// What it is for.
    pub application: Application,
    /// Its key's channel.
    pub channel: Option<Channel>,
    /// Its key's last five characters, as Windows shows them.
    pub partial_key: Option<String>,
    /// Whether it is activated.
    pub status: ActivationStatus,
    /// Its newest license state.
    pub license: Option<ProductLicense>,
    /// When its license or grace ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// The newest success.
    pub last_success: Option<DateTime<Utc>>,
    /// The end of the newest failed attempt.
    pub last_failure: Option<DateTime<Utc>>,
    /// The cause of its open failure.
    pub root_cause: Option<Hresult>,
    /// Where its state is a failure of its own, and no attempt is open.
    pub status_failure: Option<StatusFailure>,
    /// Whether it has any attempt.
    pub has_attempts: bool,
    /// Whether its state is notification, expired or non-genuine.
    pub is_lapsed: bool,
    /// Whether its end lies before the machine's now.
    pub is_expired: bool,
    /// The event that its newest state stands in.
    pub state_event: Option<usize>,
}

/// A state that is a failure without a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusFailure {
    /// Why; none where only the state itself is told.
    pub code: Option<Hresult>,
    /// The event that says so.
    pub event: usize,
}

/// Codes that name a state and never its cause (RULES.md 5).
const STATE_CODES: &[u32] = &[0xC004_F056, 0xC004_F009, 0xC004_E003];

#[derive(Debug, Default)]
struct Track {
    application: Option<Application>,
    channel: Option<Channel>,
    partial_key: Option<String>,
    license: Option<ProductLicense>,
    end: Option<DateTime<Utc>>,
    reason: Option<Hresult>,
    state_event: Option<usize>,
    last_success: Option<DateTime<Utc>>,
    last_failure: Option<DateTime<Utc>>,
    open: OpenAttempts,
    has_attempts: bool,
    is_activated: bool,
}

/// The attempts of an open failure, kept so that a status finds those that it cures at once.
#[derive(Debug, Default)]
struct OpenAttempts {
    /// Of a product that was not licensed before them.
    first: Vec<usize>,
    /// Of a licensed product, by their end.
    renewals: BTreeSet<(DateTime<Utc>, usize)>,
}

impl OpenAttempts {
    fn is_empty(&self) -> bool {
        self.first.is_empty() && self.renewals.is_empty()
    }

    fn push(&mut self, number: usize, attempt: &Attempt) {
        if attempt.was_licensed {
            self.renewals.insert((attempt.end, number));
        } else {
            self.first.push(number);
        }
    }

    fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
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

struct Walk<'a> {
    events: &'a [SppEvent],
    attempts: &'a [Attempt],
    catalog: &'a Catalog,
    standings: Vec<Standing>,
    tracks: BTreeMap<Option<ActivationId>, Track>,
    /// The applications that are set to non-genuine, and the events that say so.
    non_genuine: BTreeMap<Application, usize>,
}

/// Walks a machine's events once more, attempts now known, and says where its products stand. Of
/// the events only those that are `known` count.
pub(crate) fn states(
    events: &[SppEvent],
    known: &[bool],
    attempts: Vec<Attempt>,
    catalog: &Catalog,
    now: DateTime<Utc>,
) -> MachineDiagnosis {
    let mut ends: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, attempt) in attempts.iter().enumerate() {
        if let Some(last) = attempt.events.last() {
            ends.entry(*last).or_default().push(number);
        }
    }
    let mut walk = Walk {
        events,
        attempts: &attempts,
        catalog,
        standings: vec![Standing::NoFailure; attempts.len()],
        tracks: BTreeMap::new(),
        non_genuine: BTreeMap::new(),
    };
    let (mut build, mut cmid, mut is_vm) = (None, None, None);
    let known = || {
        let events = events.iter().enumerate().zip(known);
        events.filter(|(_, is_known)| **is_known).map(|(e, _)| e)
    };
    for (at, event) in known() {
        match &event.activity {
            Activity::ServiceStarted {
                version: Some(version),
            } => build = Some(version.clone()),
            Activity::KmsRequest(request) => {
                cmid = request.cmid.filter(|id| !id.is_zero()).or(cmid);
                is_vm = request.is_vm.or(is_vm);
            }
            _ => {}
        }
        walk.event(at, event);
        for number in ends.get(&at).into_iter().flatten() {
            walk.attempt(*number);
        }
    }
    let (products, standings) = walk.finish(now);
    let status = products.iter().map(|p| p.status).min_by_key(|s| match s {
        ActivationStatus::Failing => 0,
        ActivationStatus::Activated => 1,
        ActivationStatus::Unknown => 2,
    });
    let root_cause = root_cause(&attempts, &standings, &products, events);
    MachineDiagnosis {
        attempts,
        standings,
        products,
        status: status.unwrap_or(ActivationStatus::Unknown),
        root_cause,
        build,
        cmid,
        is_vm,
        marks: Marks::of(known()),
        window: Window::default(),
        earlier: Vec::new(),
        later_attempts: 0,
        crossing: BTreeMap::new(),
    }
}

/// The code of the newest open failure that has a root or unknown one; a wrapper only where none.
fn root_cause(
    attempts: &[Attempt],
    standings: &[Standing],
    products: &[ProductState],
    events: &[SppEvent],
) -> Option<Hresult> {
    let of_attempts = attempts
        .iter()
        .zip(standings)
        .filter(|(_, standing)| **standing == Standing::Open)
        .filter_map(|(attempt, _)| {
            Some((
                attempt.has_real_cause(),
                attempt.events.last().copied(),
                attempt.root_cause()?,
            ))
        });
    let of_states = products
        .iter()
        .filter_map(|product| product.status_failure.as_ref())
        .filter_map(|failure| {
            Some((
                true,
                Some(failure.event).filter(|at| *at < events.len()),
                failure.code?,
            ))
        });
    of_attempts
        .chain(of_states)
        .max_by_key(|(is_real, at, _)| (*is_real, *at))
        .map(|(_, _, code)| code)
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

impl Walk<'_> {
    fn event(&mut self, at: usize, event: &SppEvent) {
        self.learn_names(event);
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
                }
            }
            _ => {}
        }
        for status in statuses(event) {
            self.status(at, &status);
        }
    }

    /// Channels, partial keys and applications, which events name beside the state.
    fn learn_names(&mut self, event: &SppEvent) {
        let (id, application_id) = match &event.activity {
            Activity::RulesEvaluated(policies) => {
                for policy in policies {
                    let Some(id) = policy.activation_id else {
                        continue;
                    };
                    let track = track(&mut self.tracks, self.catalog, Some(id));
                    track.channel = policy.channel.clone().or(track.channel.take());
                    track.partial_key = policy.partial_key.clone().or(track.partial_key.take());
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
        let was_same = track.license == Some(status.license);
        track.license = Some(status.license);
        track.state_event = Some(at);
        track.reason = status.reason.or(track.reason.filter(|_| was_same));
        track.is_activated = status.is_licensed();
        track.end = match status.license {
            license if license.is_licensed() && !status.tells_end => status.end.or(track.end),
            license if license.is_licensed() || license.is_grace() => status.end,
            _ => None,
        };
        if let Some(licensed) = status.licensed() {
            for number in track.open.take_cured(&licensed) {
                if let Some(standing) = self.standings.get_mut(number) {
                    *standing = Standing::Cured;
                }
            }
            self.cure(None);
        }
    }

    fn attempt(&mut self, number: usize) {
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
                track.license = Some(ProductLicense::Exactly(LicenseState::Licensed));
                track.state_event = success;
                track.is_activated = true;
                track.reason = None;
                match event.map(|event| &event.activity) {
                    Some(Activity::KmsResponse(_) | Activity::AdActivated { .. }) => {
                        track.end = time.checked_add_signed(KMS_VALIDITY);
                    }
                    // The status in the same event has said the end.
                    Some(Activity::RulesEvaluated(_)) => {}
                    _ => track.end = None,
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

    fn finish(self, now: DateTime<Utc>) -> (Vec<ProductState>, Vec<Standing>) {
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
        (products, self.standings)
    }
}

fn product(
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
    }
}

/// The event by which an attempt succeeded; else its last one.
fn success_of(attempt: &Attempt, events: &[SppEvent]) -> Option<usize> {
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

fn application_of(event: &SppEvent) -> Option<Application> {
    let id = match &event.activity {
        Activity::SluiFailed(failed) => failed.arguments.as_ref()?.application_id,
        Activity::VolumeAttemptFailed(failed) => failed.application_id,
        _ if event.family == crate::spp::Family::Office => return Some(Application::Office),
        _ => None,
    };
    id.map(|id| id.application())
}
