//! One machine: its attempts, what became of each, and the state of its products (RULES.md 5).

mod product;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::attempt::Attempt;
use super::marks::Marks;
use super::status::ProductLicense;
use super::window::{EarlierAttempt, Window};
use crate::catalog::Catalog;
use crate::hresult::Hresult;
use crate::spp::{ActivationId, Activity, Application, Channel, Cmid, Family, SppEvent};
use walk::Walk;

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
    /// The events that say the build, the machine id and whether it is virtual.
    pub sources: MachineSources,
    /// The newest changes of its products' license states, in the order of its events.
    pub changes: Vec<StateChange>,
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

/// The events that say what is known of a machine, as places in its events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MachineSources {
    /// The 902 that tells the build.
    pub build: Option<usize>,
    /// The request that names the machine id.
    pub cmid: Option<usize>,
    /// The request that says whether it is a virtual machine.
    pub is_vm: Option<usize>,
}

/// A product's license state that is another than it was at the check before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// The product; none for attempts that name none.
    pub activation_id: Option<ActivationId>,
    /// The state before.
    pub from: ProductLicense,
    /// The state since.
    pub to: ProductLicense,
    /// The newest event that tells the state before.
    pub after: usize,
    /// The first event that tells the new one.
    pub before: usize,
}

/// So many changes of a machine are kept, the newest.
const KEPT_CHANGES: usize = 20;

impl MachineDiagnosis {
    /// The state of a product; that of attempts that name none under no id.
    pub(crate) fn product(&self, id: Option<ActivationId>) -> Option<&ProductState> {
        let mut products = self.products.iter();
        products.find(|product| product.activation_id == id)
    }
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
    /// Why its state is what it is, where the newest event says.
    pub reason: Option<Hresult>,
    /// The way by which it was activated last, where the log tells.
    pub activated_by: Option<ActivatedBy>,
    /// Of a product that KMS or Active Directory activates: when that was done last, by a success
    /// in the log or by the time that is left.
    pub last_renewal: Option<DateTime<Utc>>,
    /// The newest end that was told and lies later than an honest KMS license's can.
    pub implausible_end: Option<ImplausibleEnd>,
    /// The events that say the rest.
    pub sources: ProductSources,
}

/// The events that say what is known of a product, as places in the machine's events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProductSources {
    /// Its channel, where an event and not the catalog tells it.
    pub channel: Option<usize>,
    /// Its partial key.
    pub partial_key: Option<usize>,
    /// When its license or grace ends.
    pub expires_at: Option<usize>,
    /// Why its state is what it is.
    pub reason: Option<usize>,
    /// Its newest success.
    pub last_success: Option<usize>,
    /// The last event of its newest failed attempt.
    pub last_failure: Option<usize>,
    /// How it was activated.
    pub activated_by: Option<usize>,
}

/// An end that no honest KMS license has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImplausibleEnd {
    /// The end.
    pub end: DateTime<Utc>,
    /// The event that tells it.
    pub event: usize,
    /// Whether nothing newer tells another end.
    pub is_current: bool,
}

/// A way to activate a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActivatedBy {
    /// A KMS host.
    Kms,
    /// An Active Directory activation object.
    ActiveDirectory,
    /// The host of the virtual machine (AVMA).
    VirtualMachineHost,
    /// A token.
    Token,
    /// By phone.
    Phone,
    /// The activation server on the Internet.
    Online,
    /// A digital license.
    DigitalLicense,
}

impl ActivatedBy {
    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kms => "kms",
            Self::ActiveDirectory => "active-directory",
            Self::VirtualMachineHost => "avma",
            Self::Token => "token",
            Self::Phone => "phone",
            Self::Online => "online",
            Self::DigitalLicense => "digital-license",
        }
    }
}

/// A state that is a failure without a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusFailure {
    /// Why; none where only the state itself is told.
    pub code: Option<Hresult>,
    /// The event that says so.
    pub event: usize,
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
    let mut walk = Walk::new(events, &attempts, catalog);
    let (mut build, mut cmid, mut is_vm) = (None, None, None);
    let mut sources = MachineSources::default();
    let known = || {
        let events = events.iter().enumerate().zip(known);
        events.filter(|(_, is_known)| **is_known).map(|(e, _)| e)
    };
    for (at, event) in known() {
        match &event.activity {
            // Office's own service tells its own version.
            Activity::ServiceStarted {
                version: Some(version),
            } if event.family != Family::Office => {
                build = Some(version.clone());
                sources.build = Some(at);
            }
            Activity::KmsRequest(request) => {
                if let Some(id) = request.cmid.filter(|id| !id.is_zero()) {
                    cmid = Some(id);
                    sources.cmid = Some(at);
                }
                if request.is_vm.is_some() {
                    is_vm = request.is_vm;
                    sources.is_vm = Some(at);
                }
            }
            _ => {}
        }
        walk.event(at, event);
        for number in ends.get(&at).into_iter().flatten() {
            walk.attempt(*number);
        }
    }
    let (products, standings, changes) = walk.finish(now);
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
        sources,
        changes,
        marks: Marks::of(known(), catalog),
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
