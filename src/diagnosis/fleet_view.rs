//! All machines side by side, as the finders see them: who they are and which KMS hosts they asked.
//! What KMS hosts' own logs say of their clients is read in `clients`, `cmids` and `arrivals`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::arrivals::{Arrival, Arrivals};
use super::clients::{self, ClockSkew, KmsClient};
use super::cmids::{self, LikelyRename, SharedCmid};
use super::host_contacts::{Contact, Contacts, IsWindows};
use super::machine::MachineDiagnosis;
use super::names::Names;
use super::{Attempt, Policy, Try};
use crate::catalog::Catalog;
use crate::spp::{Application, KmsHost, MachineEvents, SppEvent};

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
    /// Requests that did not fail, and whose answer is not in the log.
    pub unanswered: u64,
    /// The newest count that it told, and the need that it was held against.
    pub last_count: Option<u32>,
    /// The newest need of a request to it.
    pub needed: Option<u32>,
    /// Who asked it when, and how far that came.
    pub(crate) contacts: Contacts,
    /// The machine whose log as this KMS host is there, as a place in the list of machines.
    pub machine: Option<usize>,
    /// Requests that its own log shows never to have arrived.
    pub never_arrived: u64,
    /// Requests that it granted by its own log, and whose answer did not arrive.
    pub answers_lost: u64,
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
    /// Machine ids that several computers use.
    pub shared_cmids: Vec<SharedCmid>,
    /// Machine ids that went from one name to another.
    pub renames: Vec<LikelyRename>,
    /// What KMS hosts' logs tell of unanswered requests.
    pub arrivals: Arrivals,
    /// Machines that share their machine id with others, as places in the list of machines.
    pub(crate) sharing: BTreeSet<usize>,
    /// Machines whose clock still differs.
    pub(crate) skewed: BTreeSet<usize>,
    /// DNS domains in which a KMS host fails to publish its record, in lower case.
    pub(crate) unpublished: BTreeSet<String>,
    /// The newest `last_seen`.
    pub as_of: Option<DateTime<Utc>>,
}

impl Fleet {
    /// Puts machines side by side; `machines` are sorted by name.
    pub fn new(machines: Vec<Machine>, policy: &Policy, catalog: &Catalog) -> Self {
        let as_of = policy
            .now
            .or_else(|| machines.iter().map(|machine| machine.last_seen).max());
        let names = Names::of(&machines, |_| true);
        let arrivals = Arrivals::find(&machines, &names);
        let kms_hosts = kms_hosts(&machines, &arrivals, policy, catalog);
        let kms_clients = clients::kms_clients(&machines, &names);
        let clock_skews = clients::clock_skews(&machines, &names);
        let skewed = clock_skews.iter().filter(|skew| !skew.is_cured);
        let skewed = skewed.filter_map(|skew| skew.machine).collect();
        let cmids = cmids::view(&machines, &names, catalog);
        let sharing = cmids
            .shared
            .iter()
            .flat_map(|shared| shared.still_sharing());
        let sharing = sharing.filter_map(|user| user.who.machine()).collect();
        let logs = machines.iter().map(|m| &m.diagnosis.marks.host_log);
        let unpublished = logs.flat_map(|log| log.failing_domains().map(str::to_owned));
        let unpublished = unpublished.collect();
        Self {
            machines,
            kms_hosts,
            kms_clients,
            clock_skews,
            asides: Vec::new(),
            shared_cmids: cmids.shared,
            renames: cmids.renames,
            arrivals,
            sharing,
            skewed,
            unpublished,
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

    /// Whether a KMS host of the input fails to publish its record in the machine's DNS domain or in
    /// one above it.
    pub(crate) fn is_in_domain_of(&self, domains: &BTreeSet<String>) -> bool {
        let own = self.domain().map(str::to_lowercase);
        let mut rest = own.as_deref();
        while let Some(domain) = rest {
            if domains.contains(domain) {
                return true;
            }
            rest = domain.split_once('.').map(|(_, above)| above);
        }
        false
    }

    /// The DNS domain in its name.
    pub fn domain(&self) -> Option<&str> {
        self.computer.split_once('.').map(|(_, domain)| domain)
    }
}

fn kms_hosts(
    machines: &[Machine],
    arrivals: &Arrivals,
    policy: &Policy,
    catalog: &Catalog,
) -> Vec<KmsHostState> {
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
                unanswered: 0,
                last_count: None,
                needed: None,
                contacts: Contacts::default(),
                machine: arrivals.host(host),
                never_arrived: 0,
                answers_lost: 0,
            });
            let time = |at: Option<usize>| at.and_then(|at| machine.events.time(at));
            state.clients.insert(number);
            state.requests += 1;
            state.answers += u64::from(tried.is_answered());
            state.failures += u64::from(tried.is_failed());
            state.unanswered += u64::from(!tried.is_answered() && !tried.is_failed());
            let arrival = arrivals.of(number, tried);
            state.never_arrived += u64::from(matches!(arrival, Some(Arrival::Never { .. })));
            state.answers_lost += u64::from(arrival == Some(Arrival::AnswerLost));
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
    // What came before the window still tells what it can do.
    for (number, machine) in machines.iter().enumerate() {
        let known = machine.diagnosis.known_attempts();
        for attempt in known.filter(|attempt| !attempt.has_borrowed_tries) {
            for tried in &attempt.tries {
                let state = tried.host.as_ref().and_then(|host| hosts.get_mut(host));
                let contact = contact(number, machine, attempt, tried, catalog);
                if let (Some(state), Some(contact)) = (state, contact) {
                    state.contacts.push(contact);
                }
            }
        }
    }
    let mut hosts: Vec<KmsHostState> = hosts.into_values().collect();
    for host in &mut hosts {
        let own = host.machine.and_then(|machine| machines.get(machine));
        let served = own.map(|machine| machine.diagnosis.marks.host_log.served.as_slice());
        host.contacts.finish(served.unwrap_or_default());
    }
    hosts
}

fn contact(
    number: usize,
    machine: &Machine,
    attempt: &Attempt,
    tried: &Try,
    catalog: &Catalog,
) -> Option<Contact> {
    let product = machine.diagnosis.product(attempt.activation_id);
    let is_windows = product.is_some_and(|p| p.application == Application::Windows);
    Some(Contact {
        time: machine.events.time(tried.request.or(tried.response)?)?,
        machine: number,
        reach: tried.reach(catalog),
        activated: tried.is_success().then_some(IsWindows(is_windows)),
    })
}
