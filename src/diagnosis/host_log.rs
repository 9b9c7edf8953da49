//! What a KMS host's own log tells (12290, 12293, 12294): who asked for what, what it says of its
//! DNS records, and for which time nothing of it is missing.
//!
//! Noted down while the events are at hand, and small: a host's log may hold millions of requests of
//! a few thousand clients, so a request keeps the place of its client and not its texts.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::hresult::Hresult;
use crate::spp::{ActivationId, Activity, Cmid, KmsServed, LicenseState, SppEvent};

/// What a machine's own events tell of it as a KMS host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostLog {
    /// Who asked for what, each once, in the order of their first requests.
    pub askers: Vec<Asker>,
    /// The requests, in the order of their events.
    pub served: Vec<Served>,
    /// What it says of publishing its DNS record, by domain in lower case.
    pub publishing: BTreeMap<String, Publishing>,
    /// The stretches of time of which every record is there.
    pub whole: Vec<WholeStretch>,
}

/// A client as a 12290 names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asker {
    /// Its name: bare or fully qualified.
    pub client: Option<String>,
    /// Its machine id.
    pub cmid: Option<Cmid>,
    /// The product that it asked for.
    pub activation_id: Option<ActivationId>,
}

/// A 12290.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// Its place in the machine's events.
    pub event: usize,
    /// The record's time.
    pub time: DateTime<Utc>,
    /// Who asked, as a place in the list of askers.
    pub asker: usize,
    /// The client's clock, to the minute.
    pub client_time: Option<DateTime<Utc>>,
    /// 0 where the request was granted.
    pub hresult: Option<Hresult>,
    /// The client's license state before the request.
    pub license_state: Option<LicenseState>,
}

impl Served {
    /// The code with which the host refused it.
    pub fn refusal(&self) -> Option<Hresult> {
        self.hresult.filter(|code| code.is_failure())
    }
}

/// What a KMS host says of its DNS record in one domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publishing {
    /// The 12293 since the newest success before them, as places in the machine's events.
    pub failures: Vec<usize>,
    /// The code of the newest of them.
    pub hresult: Option<Hresult>,
    /// Whether a 12294 came after them.
    pub is_cleared: bool,
}

/// A stretch of a host's log in which no record is missing: their numbers run on by one, so that
/// what is not there was not logged, wherever the records come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WholeStretch {
    /// The time of its first record.
    pub first: DateTime<Utc>,
    /// The time of its last record.
    pub last: DateTime<Utc>,
}

impl HostLog {
    /// Who made a request.
    pub fn asker(&self, served: &Served) -> Option<&Asker> {
        self.askers.get(served.asker)
    }

    /// The newest request.
    pub fn last_served(&self) -> Option<DateTime<Utc>> {
        self.served.iter().map(|served| served.time).max()
    }

    /// Whether every record around a time, so far on both sides, is there.
    pub(crate) fn is_whole_around(&self, time: DateTime<Utc>, around: TimeDelta) -> bool {
        let mut stretches = self.whole.iter();
        stretches.any(|whole| whole.first <= time - around && time + around <= whole.last)
    }

    /// Whether requests arrived within so long before a time and after it. Asked only where the log is
    /// whole, so that times rise.
    pub(crate) fn is_busy_around(&self, time: DateTime<Utc>, around: TimeDelta) -> bool {
        let after = self.served.partition_point(|served| served.time < time);
        let before = after.checked_sub(1).and_then(|at| self.served.get(at));
        let is_near = |served: Option<&Served>| {
            served.is_some_and(|served| (served.time - time).abs() <= around)
        };
        is_near(before) && is_near(self.served.get(after))
    }

    /// The domains in which publishing fails.
    pub fn failing_domains(&self) -> impl Iterator<Item = &str> {
        let failing = self.publishing.iter().filter(|(_, p)| !p.is_cleared);
        failing.map(|(domain, _)| domain.as_str())
    }
}

/// Takes a host's events in their order.
#[derive(Default)]
pub(super) struct HostLogTaker {
    log: HostLog,
    places: BTreeMap<Asker, usize>,
    /// The number and the time of the record before.
    before: Option<(u64, DateTime<Utc>)>,
}

impl HostLogTaker {
    /// Takes an event; whether it is one of a KMS host.
    pub(super) fn take(&mut self, at: usize, event: &SppEvent) -> bool {
        match &event.activity {
            Activity::KmsServed(served) => self.served(at, event.time, served),
            Activity::KmsHostFailed { .. } => {}
            Activity::DnsPublishFailed { hresult, domain } => {
                let publishing = self.publishing(domain.as_ref());
                if publishing.is_cleared {
                    *publishing = Publishing::default();
                }
                publishing.failures.push(at);
                publishing.hresult = *hresult;
            }
            Activity::DnsPublished { domain } => {
                let publishing = self.publishing(domain.as_ref());
                publishing.is_cleared = true;
            }
            _ => return false,
        }
        self.stretch(event.record_id.0, event.time);
        true
    }

    fn served(&mut self, at: usize, time: DateTime<Utc>, served: &KmsServed) {
        let asker = Asker {
            client: served.client.clone(),
            cmid: served.cmid.filter(|cmid| !cmid.is_zero()),
            activation_id: served.activation_id,
        };
        let place = match self.places.get(&asker) {
            Some(place) => *place,
            None => {
                let place = self.log.askers.len();
                self.log.askers.push(asker.clone());
                self.places.insert(asker, place);
                place
            }
        };
        self.log.served.push(Served {
            event: at,
            time,
            asker: place,
            client_time: served.client_time,
            hresult: served.hresult,
            license_state: served.license_state,
        });
    }

    fn publishing(&mut self, domain: Option<&String>) -> &mut Publishing {
        let domain = domain.map(|domain| domain.trim().trim_end_matches('.').to_lowercase());
        let domain = domain.unwrap_or_default();
        self.log.publishing.entry(domain).or_default()
    }

    fn stretch(&mut self, id: u64, time: DateTime<Utc>) {
        let goes_on = self
            .before
            .is_some_and(|(before, at)| before.checked_add(1) == Some(id) && at <= time);
        match self.log.whole.last_mut() {
            Some(whole) if goes_on => whole.last = time,
            _ => self.log.whole.push(WholeStretch {
                first: time,
                last: time,
            }),
        }
        self.before = Some((id, time));
    }

    pub(super) fn finish(mut self) -> HostLog {
        // A single record proves nothing of the time around it.
        self.log.whole.retain(|whole| whole.first < whole.last);
        // A success without a failure before it is nothing to tell.
        self.log.publishing.retain(|_, p| !p.failures.is_empty());
        self.log
    }
}
