//! What single events of a machine tell that findings ask for later, noted down while all of its
//! events are at hand: afterwards they are kept packed, and going through all of them again for each
//! finding would cost more than the diagnosis.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::spp::{ActivationId, Activity, Channel, KmsServed, SppEvent};

/// What is noted down of one machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Fields that are not what they should be, over all events.
    pub odd_fields: u64,
    /// Whether its own events show that it is a KMS host.
    pub is_kms_host: bool,
    /// The requests that it served as a KMS host.
    pub served: Vec<Served>,
    /// Whether the newest word of this KMS host on its DNS record is a failure.
    pub publishing_fails: bool,
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
}

/// A 12290.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// Its place in the machine's events.
    pub event: usize,
    /// The record's time.
    pub time: DateTime<Utc>,
    /// What it tells.
    pub served: KmsServed,
}

impl Marks {
    /// Of events in their order, each with its place.
    pub(super) fn of<'a>(events: impl Iterator<Item = (usize, &'a SppEvent)>) -> Self {
        let mut marks = Self::default();
        for (at, event) in events {
            marks.odd_fields += event.odd_fields.len() as u64;
            marks.version = event.windows_version().or(marks.version);
            marks.take(at, event);
        }
        marks
    }

    fn take(&mut self, at: usize, event: &SppEvent) {
        match &event.activity {
            Activity::KmsServed(served) => {
                self.is_kms_host = true;
                self.served.push(Served {
                    event: at,
                    time: event.time,
                    served: served.clone(),
                });
            }
            Activity::KmsHostFailed { .. } => self.is_kms_host = true,
            Activity::DnsPublishFailed { .. } => {
                self.is_kms_host = true;
                self.publishing_fails = true;
            }
            Activity::DnsPublished { .. } => {
                self.is_kms_host = true;
                self.publishing_fails = false;
            }
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
            Activity::SetNonGenuine { .. } => self.is_non_genuine = true,
            Activity::SetGenuine { .. } => self.is_non_genuine = false,
            Activity::HardwareChanged => {
                self.hardware_changed = self.hardware_changed.or(Some(event.time));
            }
            Activity::KeyInstalled { .. } | Activity::KeyRemoved { .. } => {
                self.key_changes.push(event.time);
            }
            _ => {}
        }
    }
}
