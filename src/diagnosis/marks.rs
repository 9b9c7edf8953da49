//! What single events of a machine tell that findings ask for later, noted down while all of its
//! events are at hand: afterwards they are kept packed, and going through all of them again for each
//! finding would cost more than the diagnosis.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::host_log::{HostLog, HostLogTaker};
use crate::catalog::Catalog;
use crate::hresult::Hresult;
use crate::spp::{
    ActivationId, Activity, Channel, Cmid, Family, KeyInstallFailed, KmsHost, KmsRequest, SppEvent,
    is_partial_key,
};

/// What is noted down of one machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Fields that are not what they should be, over all events.
    pub odd_fields: u64,
    /// Whether its own events show that it is a KMS host.
    pub is_kms_host: bool,
    /// Whether its own events hold any that only a KMS host writes.
    pub has_host_events: bool,
    /// What it tells as a KMS host.
    pub host_log: HostLog,
    /// The machine ids of its requests, and the hosts that it asked with them; none where it found
    /// no host.
    pub cmids: BTreeMap<Cmid, BTreeMap<Option<KmsHost>, Use>>,
    /// The Windows version that the newest 902 tells, major and minor.
    pub version: Option<(u32, u32)>,
    /// Whether the newest word on its genuine state is that it is not.
    pub is_non_genuine: bool,
    /// When its hardware was first said to have changed.
    pub hardware_changed: Option<DateTime<Utc>>,
    /// When product keys were installed or removed.
    pub key_changes: Vec<DateTime<Utc>>,
    /// When a product was first said never to have been activated.
    pub never_activated: BTreeMap<Option<ActivationId>, DateTime<Utc>>,
    /// Product keys that were not installed.
    pub key_failures: Vec<KeyFailure>,
    /// What the service took for tampering.
    pub tampering: Vec<Tampering>,
    /// The newest time at which each generation of the service wrote an event.
    pub last_of: BTreeMap<Family, DateTime<Utc>>,
    /// Minutes between renewals, as the newest answer of a KMS host says.
    pub renewal_interval: Option<u32>,
    /// Whether any of its events came as rows that were chosen, so that others may be missing.
    pub is_of_chosen_rows: bool,
}

/// A record of files or data that are not as they should be (1022, 20483).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tampering {
    /// Its place in the machine's events.
    pub event: usize,
    /// The record's time.
    pub time: DateTime<Utc>,
    /// Whether the service found its files in order later.
    pub is_cured: bool,
}

/// A product key that was not installed (1017).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFailure {
    /// Its place in the machine's events.
    pub event: usize,
    /// The record's time.
    pub time: DateTime<Utc>,
    /// Why.
    pub code: Option<Hresult>,
    /// A further code.
    pub detail: Option<Hresult>,
    /// The product that the key would name.
    pub activation_id: Option<ActivationId>,
    /// The key's last five characters; none where what the record holds cannot be those of a key.
    pub partial_key: Option<String>,
    /// Whether a key was installed later that may stand for it.
    pub is_cured: bool,
}

/// The first and the last event in which something was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The first event's time.
    pub first: DateTime<Utc>,
    /// The last event's time.
    pub last: DateTime<Utc>,
    /// The first event, as a place in the machine's events.
    pub first_event: usize,
    /// The last event.
    pub last_event: usize,
}

impl Use {
    /// Once.
    pub(crate) fn once(at: usize, time: DateTime<Utc>) -> Self {
        Self {
            first: time,
            last: time,
            first_event: at,
            last_event: at,
        }
    }

    /// Used again.
    pub(crate) fn again(&mut self, at: usize, time: DateTime<Utc>) {
        self.join(&Self::once(at, time));
    }

    /// Both of them as one.
    pub(crate) fn join(&mut self, other: &Self) {
        if (other.first, other.first_event) < (self.first, self.first_event) {
            (self.first, self.first_event) = (other.first, other.first_event);
        }
        if (other.last, other.last_event) > (self.last, self.last_event) {
            (self.last, self.last_event) = (other.last, other.last_event);
        }
    }
}

impl Marks {
    /// Of events in their order, each with its place.
    pub(super) fn of<'a>(
        events: impl Iterator<Item = (usize, &'a SppEvent)>,
        catalog: &Catalog,
    ) -> Self {
        let mut marks = Self::default();
        let mut host_log = HostLogTaker::default();
        for (at, event) in events {
            marks.odd_fields += event.odd_fields.len() as u64;
            marks.version = event.windows_version().or(marks.version);
            let last = marks.last_of.entry(event.family).or_insert(event.time);
            *last = event.time.max(*last);
            marks.has_host_events |= host_log.take(at, event);
            marks.take(at, event, catalog);
        }
        marks.host_log = host_log.finish();
        marks.is_kms_host |= marks.has_host_events;
        marks
    }

    fn take(&mut self, at: usize, event: &SppEvent, catalog: &Catalog) {
        match &event.activity {
            Activity::KmsRequest(request) => self.request(at, event.time, request),
            Activity::RulesEvaluated(policies) => {
                for policy in policies {
                    self.is_kms_host |= policy.channel == Some(Channel::KmsHost);
                    if policy.last_notification_id.as_deref() == Some("NeverActivated") {
                        self.never_activated
                            .entry(policy.activation_id)
                            .or_insert(event.time);
                    }
                }
            }
            Activity::KmsResponse(response) => {
                self.renewal_interval = response.renewal_interval.or(self.renewal_interval);
            }
            Activity::TamperingDetected => self.tampering.push(Tampering {
                event: at,
                time: event.time,
                is_cured: false,
            }),
            Activity::HealthCheckPassed => {
                self.tampering.iter_mut().for_each(|t| t.is_cured = true);
            }
            Activity::SetNonGenuine { .. } => self.is_non_genuine = true,
            Activity::SetGenuine { .. } => self.is_non_genuine = false,
            Activity::HardwareChanged => {
                self.hardware_changed = self.hardware_changed.or(Some(event.time));
            }
            Activity::KeyInstalled { activation_id } => {
                self.key_changes.push(event.time);
                self.cure_keys(*activation_id, catalog);
            }
            Activity::KeyRemoved { .. } => self.key_changes.push(event.time),
            Activity::KeyInstallFailed(failed) => {
                self.key_failures
                    .push(KeyFailure::of(at, event.time, failed));
            }
            _ => {}
        }
    }

    fn request(&mut self, at: usize, time: DateTime<Utc>, request: &KmsRequest) {
        let Some(cmid) = request.cmid.filter(|cmid| !cmid.is_zero()) else {
            return;
        };
        let hosts = self.cmids.entry(cmid).or_default();
        match hosts.get_mut(&request.host) {
            Some(used) => used.again(at, time),
            None => {
                hosts.insert(request.host.clone(), Use::once(at, time));
            }
        }
    }

    /// A key that is installed stands for those of the same application that were not.
    fn cure_keys(&mut self, installed: Option<ActivationId>, catalog: &Catalog) {
        let application = |id: ActivationId| {
            let product = catalog.product(&id.to_string());
            product.map(|product| product.application)
        };
        for failure in self.key_failures.iter_mut().filter(|f| !f.is_cured) {
            failure.is_cured = match (failure.activation_id, installed) {
                (Some(failed), Some(installed)) => {
                    let (a, b) = (application(failed), application(installed));
                    failed == installed || a.is_none() || b.is_none() || a == b
                }
                _ => true,
            };
        }
    }
}

impl KeyFailure {
    fn of(event: usize, time: DateTime<Utc>, failed: &KeyInstallFailed) -> Self {
        let partial_key = failed.partial_key.clone();
        Self {
            event,
            time,
            code: failed.hresult,
            detail: failed.detail,
            activation_id: failed.activation_id,
            partial_key: partial_key.filter(|text| is_partial_key(text)),
            is_cured: false,
        }
    }
}
