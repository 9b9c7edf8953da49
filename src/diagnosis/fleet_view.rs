//! All machines side by side, as the finders see them: who they are, which KMS hosts they asked,
//! and what KMS hosts' own logs say of their clients.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::Policy;
use super::machine::MachineDiagnosis;
use super::marks::Served;
use crate::catalog::Catalog;
use crate::spp::{ActivationId, Cmid, KmsHost, LicenseState, MachineEvents, SppEvent};

/// One machine under its newest name.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its newest name in its fullest form.
    pub computer: String,
    /// Every other name and spelling seen for it.
    pub aliases: Vec<String>,
    /// Time of the first record of its logs.
    pub first_seen: DateTime<Utc>,
    /// Time of the last record of its logs.
    pub last_seen: DateTime<Utc>,
    /// The time that it is judged at.
    pub now: DateTime<Utc>,
    /// Its activation events in order.
    pub events: MachineEvents,
    /// What they mean.
    pub diagnosis: MachineDiagnosis,
}

/// A record beside activation events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// The machine that has its computer's name, as a place in the list of machines; none where it is
    /// that of no machine, or of several.
    pub machine: Option<usize>,
    /// The record. Its strings are cut.
    pub event: SppEvent,
}

/// A KMS host that clients asked.
#[derive(Clone, Debug)]
pub struct KmsHostState {
    /// The host.
    pub host: KmsHost,
    /// What it is to the administrator.
    pub kind: HostKind,
    /// The machines that asked it, as places in the list of machines.
    pub clients: BTreeSet<usize>,
    /// 12288 that name it.
    pub requests: u64,
    /// Answers by 12289, or by a code that only a host returns.
    pub answers: u64,
    /// Requests that failed, or whose answer did.
    pub failures: u64,
    /// The newest count that it told, and the need that it was held against.
    pub last_count: Option<u32>,
    /// The newest need of a request to it.
    pub needed: Option<u32>,
    /// When it activated which machine, by time.
    pub activations: Vec<(DateTime<Utc>, usize)>,
}

/// What a KMS host is to the administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostKind {
    /// The asking machine itself, by address.
    Loopback,
    /// On the administrator's list.
    Allowed,
    /// There is a list, and it is not on it.
    Unlisted,
    /// A cloud provider's endpoint.
    KnownCloud,
    /// None of these.
    Unknown,
}

impl HostKind {
    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Allowed => "allowed",
            Self::Unlisted => "unlisted",
            Self::KnownCloud => "known-cloud",
            Self::Unknown => "unknown",
        }
    }

    fn of(host: &KmsHost, policy: &Policy, catalog: &Catalog) -> Self {
        let is_listed = |allowed: &KmsHost| {
            allowed.name() == host.name()
                && (allowed.port().is_none() || allowed.port() == host.port())
        };
        if host.is_loopback() {
            Self::Loopback
        } else if policy.kms_hosts.iter().any(is_listed) {
            Self::Allowed
        } else if !policy.kms_hosts.is_empty() {
            Self::Unlisted
        } else if catalog.cloud_endpoint(host.name(), host.port()).is_some() {
            Self::KnownCloud
        } else {
            Self::Unknown
        }
    }
}

/// A client as a KMS host's own log tells it (12290).
#[derive(Clone, Debug)]
pub struct KmsClient {
    /// The KMS host's computer.
    pub host: String,
    /// The client's name in its fullest form.
    pub client: String,
    /// Its machine id.
    pub cmid: Option<Cmid>,
    /// Its product.
    pub activation_id: Option<ActivationId>,
    /// How many requests it made.
    pub requests: u64,
    /// How many of them the host refused.
    pub refused: u64,
    /// The first request.
    pub first: DateTime<Utc>,
    /// The newest request.
    pub last: DateTime<Utc>,
    /// The client's license state before the newest request.
    pub license_state: Option<LicenseState>,
}

/// Clocks that differ, as a KMS host's log shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockSkew {
    /// The client's name as the host's log gives it.
    pub client: String,
    /// The KMS host's machine, as a place in the list of machines.
    pub host: usize,
    /// The client's clock less the host's, in minutes: positive where the client is ahead.
    pub skew_minutes: i64,
    /// The host's 12290 that show it, as places in its events.
    pub events: Vec<usize>,
    /// Whether a later request of the client had the right time.
    pub is_cured: bool,
}

/// All machines of the input.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// Every machine, by name.
    pub machines: Vec<Machine>,
    /// Every KMS host that a client asked, by host and port.
    pub kms_hosts: Vec<KmsHostState>,
    /// Every client in the logs of KMS hosts.
    pub kms_clients: Vec<KmsClient>,
    /// Clocks that differ by more than a KMS host allows.
    pub clock_skews: Vec<ClockSkew>,
    /// Records beside activation events, by time: of foreign providers in the Key Management Service
    /// channel, and of the service behind digital licenses.
    pub asides: Vec<Aside>,
    /// The newest `last_seen`.
    pub as_of: Option<DateTime<Utc>>,
}

/// A KMS host refuses a client whose clock differs by more.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::hours(4);

impl Fleet {
    /// Puts machines side by side; `machines` are sorted by name.
    pub fn new(machines: Vec<Machine>, policy: &Policy, catalog: &Catalog) -> Self {
        let as_of = policy
            .now
            .or_else(|| machines.iter().map(|machine| machine.last_seen).max());
        let kms_hosts = kms_hosts(&machines, policy, catalog);
        let kms_clients = kms_clients(&machines);
        let clock_skews = clock_skews(&machines);
        Self {
            machines,
            kms_hosts,
            kms_clients,
            clock_skews,
            asides: Vec::new(),
            as_of,
        }
    }

    /// The records beside activation events in this time, both ends included, each with its place.
    pub(crate) fn asides_within(
        &self,
        first: DateTime<Utc>,
        last: DateTime<Utc>,
    ) -> impl Iterator<Item = (usize, &Aside)> {
        let begin = self
            .asides
            .partition_point(|aside| aside.event.time < first);
        let rest = self.asides.iter().enumerate().skip(begin);
        rest.take_while(move |(_, aside)| aside.event.time <= last)
    }

    /// The state of a host that was asked.
    pub fn kms_host(&self, host: &KmsHost) -> Option<&KmsHostState> {
        let at = self
            .kms_hosts
            .binary_search_by(|state| state.host.cmp(host))
            .ok()?;
        self.kms_hosts.get(at)
    }
}

impl Machine {
    /// Whether its own events show that it is a KMS host.
    pub fn is_kms_host(&self) -> bool {
        self.diagnosis.marks.is_kms_host
    }

    /// Whether a host is the machine itself: by address, or by one of its names.
    pub fn is_self(&self, host: &KmsHost) -> bool {
        let is_name = |name: &String| {
            let name = name.to_lowercase();
            let label = name.split('.').next().unwrap_or_default();
            host.name() == name || host.name() == label
        };
        host.is_loopback() || is_name(&self.computer) || self.aliases.iter().any(is_name)
    }

    /// The DNS domain in its name.
    pub fn domain(&self) -> Option<&str> {
        self.computer.split_once('.').map(|(_, domain)| domain)
    }
}

fn kms_hosts(machines: &[Machine], policy: &Policy, catalog: &Catalog) -> Vec<KmsHostState> {
    let mut hosts: BTreeMap<KmsHost, KmsHostState> = BTreeMap::new();
    let mut newest: BTreeMap<KmsHost, DateTime<Utc>> = BTreeMap::new();
    for (number, machine) in machines.iter().enumerate() {
        let own = machine
            .diagnosis
            .attempts
            .iter()
            .filter(|attempt| !attempt.has_borrowed_tries);
        for tried in own.flat_map(|attempt| &attempt.tries) {
            let Some(host) = &tried.host else { continue };
            let state = hosts.entry(host.clone()).or_insert_with(|| KmsHostState {
                host: host.clone(),
                kind: HostKind::of(host, policy, catalog),
                clients: BTreeSet::new(),
                requests: 0,
                answers: 0,
                failures: 0,
                last_count: None,
                needed: None,
                activations: Vec::new(),
            });
            let time = |at: Option<usize>| at.and_then(|at| machine.events.time(at));
            state.clients.insert(number);
            state.requests += 1;
            state.answers += u64::from(tried.is_answered());
            state.failures += u64::from(tried.is_failed());
            if tried.is_success()
                && let Some(time) = time(tried.response)
            {
                state.activations.push((time, number));
            }
            if let (Some(count), Some(time)) = (tried.current_count, time(tried.response)) {
                let is_newest = newest.get(host).is_none_or(|before| *before <= time);
                if is_newest {
                    newest.insert(host.clone(), time);
                    state.last_count = Some(count);
                    state.needed = tried.min_count.or(state.needed);
                }
            } else if state.needed.is_none() {
                state.needed = tried.min_count;
            }
        }
    }
    // Whom it activated before the window still tells what it can do.
    for (number, machine) in machines.iter().enumerate() {
        let earlier = machine.diagnosis.earlier.iter();
        let tries = earlier
            .filter(|earlier| !earlier.attempt.has_borrowed_tries)
            .flat_map(|earlier| &earlier.attempt.tries);
        for tried in tries.filter(|tried| tried.is_success()) {
            let time = tried.response.and_then(|at| machine.events.time(at));
            let state = tried.host.as_ref().and_then(|host| hosts.get_mut(host));
            if let (Some(time), Some(state)) = (time, state) {
                state.activations.push((time, number));
            }
        }
    }
    let mut hosts: Vec<KmsHostState> = hosts.into_values().collect();
    for host in &mut hosts {
        host.activations.sort_unstable();
    }
    hosts
}

fn kms_clients(machines: &[Machine]) -> Vec<KmsClient> {
    type Key = (String, String, Option<Cmid>, Option<ActivationId>);
    let mut clients: BTreeMap<Key, KmsClient> = BTreeMap::new();
    for machine in machines {
        let full = full_names(machine);
        let window = &machine.diagnosis.window;
        for Served { time, served, .. } in &machine.diagnosis.marks.served {
            let (time, Some(name)) = (*time, &served.client) else {
                continue;
            };
            if !window.contains(time) {
                continue;
            }
            let client = full.get(&name.to_lowercase()).unwrap_or(name).clone();
            let key = (
                machine.computer.clone(),
                client.to_lowercase(),
                served.cmid,
                served.activation_id,
            );
            let entry = clients.entry(key).or_insert_with(|| KmsClient {
                host: machine.computer.clone(),
                client,
                cmid: served.cmid,
                activation_id: served.activation_id,
                requests: 0,
                refused: 0,
                first: time,
                last: time,
                license_state: None,
            });
            entry.requests += 1;
            entry.refused += u64::from(
                served
                    .hresult
                    .is_some_and(crate::hresult::Hresult::is_failure),
            );
            entry.first = entry.first.min(time);
            if time >= entry.last {
                entry.last = time;
                entry.license_state = served.license_state.or(entry.license_state);
            }
        }
    }
    let mut clients: Vec<KmsClient> = clients.into_values().collect();
    clients.sort_by(|a, b| {
        (&a.host, &a.client, a.cmid, a.activation_id).cmp(&(
            &b.host,
            &b.client,
            b.cmid,
            b.activation_id,
        ))
    });
    clients
}

/// For a bare client name the one full name that begins with it, where the log has just one.
fn full_names(machine: &Machine) -> BTreeMap<String, String> {
    let mut by_label: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let clients = || {
        let served = machine.diagnosis.marks.served.iter();
        served.filter_map(|served| served.served.client.as_ref())
    };
    for name in clients().filter(|name| name.contains('.')) {
        let label = name.split('.').next().unwrap_or_default().to_lowercase();
        by_label
            .entry(label)
            .or_default()
            .insert(name.to_lowercase());
    }
    let mut spelled: BTreeMap<String, String> = BTreeMap::new();
    for name in clients() {
        spelled
            .entry(name.to_lowercase())
            .or_insert_with(|| name.clone());
    }
    let single = by_label.into_iter().filter_map(|(label, names)| {
        match names.into_iter().collect::<Vec<_>>().as_slice() {
            [one] => Some((label, spelled.get(one)?.clone())),
            _ => None,
        }
    });
    single.collect()
}

fn clock_skews(machines: &[Machine]) -> Vec<ClockSkew> {
    let mut skews = Vec::new();
    for (number, machine) in machines.iter().enumerate() {
        let full = full_names(machine);
        let mut by_client: BTreeMap<String, ClockSkew> = BTreeMap::new();
        for Served {
            event,
            time,
            served,
        } in &machine.diagnosis.marks.served
        {
            let (Some(name), Some(client_time)) = (&served.client, served.client_time) else {
                continue;
            };
            let skew = client_time - *time;
            // A bare name is the full one; two domains that share a first label stay apart.
            let name = full.get(&name.to_lowercase()).unwrap_or(name);
            let key = name.to_lowercase();
            if skew.abs() > CLOCK_TOLERANCE {
                let entry = by_client.entry(key).or_insert_with(|| ClockSkew {
                    client: name.clone(),
                    host: number,
                    skew_minutes: 0,
                    events: Vec::new(),
                    is_cured: false,
                });
                entry.skew_minutes = rounded_minutes(skew);
                entry.events.push(*event);
                entry.is_cured = false;
            } else if let Some(entry) = by_client.get_mut(&key) {
                entry.is_cured = true;
            }
        }
        let is_told = |at: &usize| {
            let time = machine.events.time(*at);
            time.is_some_and(|time| machine.diagnosis.window.contains(time))
        };
        for mut skew in by_client.into_values() {
            // One of before the window that goes on is shown by its newest record.
            let last = skew.events.last().copied();
            skew.events.retain(is_told);
            if skew.events.is_empty() && !skew.is_cured {
                skew.events.extend(last);
            }
            if !skew.events.is_empty() {
                skews.push(skew);
            }
        }
    }
    skews
}

/// A client's time has no seconds, so half a minute more or less is the same.
fn rounded_minutes(skew: TimeDelta) -> i64 {
    let half = if skew < TimeDelta::zero() {
        TimeDelta::seconds(-30)
    } else {
        TimeDelta::seconds(30)
    };
    (skew + half).num_minutes()
}
