//! What the log proves about a finding: the facts that confirm its possible causes or cross them
//! out. They are told for each of its machines, or for each of its KMS hosts where it is about hosts,
//! and once more as far as they hold for all.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::arrivals::Arrival;
use super::attempt::{ACCESS_DENIED, Attempt, AttemptNotes, Try};
use super::cause::{self, CLOCK_REFUSED, Reach};
use super::finding::{Finding, Member};
use super::fleet_view::{Fleet, HostKind, KmsHostState, Machine};
use super::host_contacts::Span;
use super::machine::{ActivationStatus, ProductState};
use crate::catalog::{Catalog, Fact, KnownHostKind};
use crate::hresult::Hresult;
use crate::spp::{Application, Channel, KmsHost};

/// Around the attempts of a finding, events still belong to their time.
const AROUND: TimeDelta = TimeDelta::minutes(2);
/// How long before a failure a changed key may have to do with it.
const KEY_CHANGE: TimeDelta = TimeDelta::days(1);

/// What is proved of one part of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The part.
    pub part: FindingShare,
    /// What holds for it.
    pub facts: BTreeSet<Fact>,
}

/// A part of a finding that things are proved of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindingShare {
    /// A machine, as a place in the list of machines.
    Machine(usize),
    /// A KMS host that it is about.
    KmsHost(KmsHost),
}

/// Tells of a finding what is proved of its machines, when these are known.
pub(crate) fn prove(
    finding: &mut Finding,
    fleet: &Fleet,
    catalog: &Catalog,
    members: &[Member<'_>],
) {
    let proven = by_machine(members)
        .into_iter()
        .filter_map(|(number, members)| {
            let machine = fleet.machines.get(number)?;
            let facts = Facts::new(fleet, catalog, number, machine, &members, None).all();
            Some(Proven {
                part: FindingShare::Machine(number),
                facts,
            })
        });
    finding.proven = proven.collect();
    of_all(finding, fleet);
}

/// Tells of a finding about KMS hosts what is proved of each: what its machines met there, over the
/// time in which they all failed.
pub(crate) fn prove_of_hosts(
    finding: &mut Finding,
    fleet: &Fleet,
    catalog: &Catalog,
    members: &BTreeMap<&KmsHost, Vec<Member<'_>>>,
) {
    let proven = members.iter().filter_map(|(host, members)| {
        let attempts = members.iter().filter_map(|member| member.attempt);
        let span = Span::of(attempts.flat_map(|attempt| [attempt.start, attempt.end]))?;
        let about = Some((*host, span));
        let of_machines = by_machine(members)
            .into_iter()
            .filter_map(|(number, members)| {
                let machine = fleet.machines.get(number)?;
                Some(Facts::new(fleet, catalog, number, machine, &members, about).all())
            });
        Some(Proven {
            part: FindingShare::KmsHost((*host).clone()),
            facts: common(of_machines),
        })
    });
    finding.proven = proven.collect();
    of_all(finding, fleet);
}

fn by_machine<'m, 'a>(members: &'m [Member<'a>]) -> BTreeMap<usize, Vec<&'m Member<'a>>> {
    let mut by_machine: BTreeMap<usize, Vec<&Member<'_>>> = BTreeMap::new();
    for member in members {
        by_machine.entry(member.machine).or_default().push(member);
    }
    by_machine
}

/// What holds for every part.
fn common(parts: impl Iterator<Item = BTreeSet<Fact>>) -> BTreeSet<Fact> {
    let common = parts.reduce(|before, facts| before.intersection(&facts).copied().collect());
    common.unwrap_or_default()
}

/// Adds what is told of the finding as a whole.
fn of_all(finding: &mut Finding, fleet: &Fleet) {
    let mut whole = Vec::new();
    if finding.machines.len() >= 3 {
        whole.push(Fact::ManyMachines);
    }
    let activated = fleet
        .machines
        .iter()
        .filter(|machine| machine.diagnosis.status == ActivationStatus::Activated)
        .count();
    if finding.machines.len() == 1 && activated >= 3 {
        whole.push(Fact::OnlyMachine);
    }
    for proven in &mut finding.proven {
        proven.facts.extend(whole.iter().copied());
    }
    finding.facts = common(finding.proven.iter().map(|proven| proven.facts.clone()));
    finding.facts.extend(whole);
}

/// One machine's part of a finding.
struct Facts<'a> {
    fleet: &'a Fleet,
    catalog: &'a Catalog,
    number: usize,
    machine: &'a Machine,
    attempts: Vec<&'a Attempt>,
    tries: Vec<&'a Try>,
    hosts: BTreeSet<&'a KmsHost>,
    product: Option<&'a ProductState>,
    first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
    facts: BTreeSet<Fact>,
}

impl<'a> Facts<'a> {
    fn new(
        fleet: &'a Fleet,
        catalog: &'a Catalog,
        number: usize,
        machine: &'a Machine,
        members: &[&Member<'a>],
        about: Option<(&KmsHost, Span)>,
    ) -> Self {
        let attempts: Vec<&Attempt> = members.iter().filter_map(|member| member.attempt).collect();
        let tries: Vec<&Try> = attempts
            .iter()
            .flat_map(|attempt| &attempt.tries)
            .filter(|t| t.request.is_some())
            .filter(|t| about.is_none_or(|(host, _)| t.host.as_ref() == Some(host)))
            .collect();
        let hosts = tries.iter().filter_map(|t| t.host.as_ref()).collect();
        // Several products are told apart by nothing here: what holds for one only is no fact.
        let mut products = members.iter().filter_map(|member| member.product);
        let product = products
            .next()
            .filter(|first| products.all(|other| other.activation_id == first.activation_id));
        let times = || {
            members
                .iter()
                .filter_map(|member| machine.events.time(member.event?))
        };
        let of_attempts = attempts.iter().flat_map(|a| [a.start, a.end]);
        let own = Span::of(of_attempts.chain(times()));
        let span = about.map(|(_, span)| span).or(own);
        Self {
            fleet,
            catalog,
            number,
            machine,
            attempts,
            tries,
            hosts,
            product,
            first: span.map(|span| span.first),
            last: span.map(|span| span.last),
            facts: BTreeSet::new(),
        }
    }

    fn all(mut self) -> BTreeSet<Fact> {
        self.answers();
        self.others();
        self.way_to_the_host();
        self.arrivals();
        self.product();
        self.history();
        self.machine();
        self.facts
    }

    fn set(&mut self, fact: Fact, holds: bool) {
        if holds {
            self.facts.insert(fact);
        }
    }

    fn is_during(&self, time: DateTime<Utc>) -> bool {
        match (self.first, self.last) {
            (Some(first), Some(last)) => first - AROUND <= time && time <= last + AROUND,
            _ => false,
        }
    }

    /// Every try of the machine during the failures, of whatever attempt.
    fn tries_during(&self) -> Vec<&'a Try> {
        let known = self.machine.diagnosis.known_attempts();
        let during = known.filter(|attempt| self.is_during(attempt.start));
        during.flat_map(|attempt| &attempt.tries).collect()
    }

    fn answers(&mut self) {
        let during = self.tries_during();
        self.set(Fact::KmsAnswered, during.iter().any(|t| t.is_answered()));
        let failing = self.failing_hosts();
        let is_other = |t: &&&Try| {
            t.is_answered() && t.host.as_ref().is_some_and(|host| !failing.contains(host))
        };
        let other = during.iter().any(|t| is_other(&t));
        self.set(Fact::OtherHostAnswered, other && !failing.is_empty());
        self.set(
            Fact::ClockAgrees,
            during
                .iter()
                .any(|t| t.response.is_some() && t.answer == Some(Hresult::OK)),
        );
    }

    /// What others met at the hosts that the machine asked in vain.
    fn others(&mut self) {
        let Some(span) = self.span() else { return };
        let failing = self.failing_hosts();
        let states: Vec<&KmsHostState> = failing
            .iter()
            .filter_map(|host| self.fleet.kms_host(host))
            .collect();
        let during = span.widened(AROUND);
        let any = |holds: &dyn Fn(&KmsHostState) -> bool| states.iter().any(|state| holds(state));
        let activates_others = any(&|state| state.contacts.activated_others(self.number, during));
        let activates_windows = any(&|state| state.contacts.activated_windows(during));
        let grants = any(&|state| state.contacts.granted(span));
        let answers_nobody = !states.is_empty()
            && states.iter().all(|state| {
                let asked = self.asked_in_vain(&state.host);
                state.contacts.answered_nobody(self.number, &asked)
            });
        let refuses = |t: &&Try| {
            let refusal = t.code().filter(|code| code.is_failure());
            t.is_answered() && refusal.is_some_and(|code| code != CLOCK_REFUSED)
        };
        let is_refused = self.tries.iter().any(refuses);
        let is_office = self.product.map(|p| p.application) == Some(Application::Office);
        self.set(Fact::HostAnswersOthers, activates_others);
        self.set(Fact::HostGrantsRequests, grants);
        self.set(Fact::HostActivatesWindows, is_office && activates_windows);
        self.set(Fact::HostAnswersNobody, answers_nobody);
        self.set(Fact::HostRefused, is_refused);
        let is_denied = self.tries.iter().any(|t| t.sent == Some(ACCESS_DENIED));
        self.set(Fact::CallDenied, is_denied);
    }

    fn span(&self) -> Option<Span> {
        let (first, last) = self.first.zip(self.last)?;
        Some(Span { first, last })
    }

    /// When the machine asked a host that did not answer.
    fn asked_in_vain(&self, host: &KmsHost) -> Vec<DateTime<Utc>> {
        let tries = self.tries.iter().filter(|t| {
            let is_asked = t.reach(self.catalog) != Some(Reach::Nowhere);
            t.host.as_ref() == Some(host) && is_asked && !t.is_success()
        });
        let times = tries.filter_map(|t| self.machine.events.time(t.request?));
        times.collect()
    }

    /// What the logs of KMS hosts tell of its unanswered requests.
    fn arrivals(&mut self) {
        let arrivals: Vec<Arrival> = self
            .tries
            .iter()
            .filter_map(|tried| self.fleet.arrivals.of(self.number, tried))
            .collect();
        let is_refused = arrivals.iter().any(|a| matches!(a, Arrival::Refused(_)));
        let is_lost = arrivals.contains(&Arrival::AnswerLost);
        let is_never = |others: bool| {
            arrivals.contains(&Arrival::Never {
                others_arrived: others,
            })
        };
        self.set(Fact::RequestRefused, is_refused);
        self.set(Fact::AnswerLost, is_lost);
        // Of several requests all have to be missing at the host.
        let is_all = !is_lost && !is_refused;
        let is_any = is_never(true) || is_never(false);
        self.set(Fact::RequestNeverArrived, is_any && is_all);
        self.set(Fact::OthersArrived, is_never(true) && is_all);
    }

    fn failing_hosts(&self) -> BTreeSet<&'a KmsHost> {
        self.tries
            .iter()
            .filter(|t| t.is_failed() || !t.is_answered())
            .filter_map(|t| t.host.as_ref())
            .collect()
    }

    fn way_to_the_host(&mut self) {
        let catalog = self.catalog;
        let resolved = |t: &&Try| {
            t.host.is_some()
                && (t.is_answered()
                    || t.sent.is_some_and(|code| {
                        code.is_failure()
                            && cause::reach(code, true, catalog) >= Reach::NameResolved
                    }))
        };
        self.set(Fact::NameResolved, self.tries.iter().any(resolved));
        let has_tries = !self.tries.is_empty();
        let all_named = has_tries && self.tries.iter().all(|t| t.host.is_some());
        self.set(Fact::HostNamed, all_named);
        self.set(Fact::NoHostNamed, has_tries && self.hosts.is_empty());
        self.set(
            Fact::HostByAddress,
            all_named && self.hosts.iter().all(|host| host.address().is_some()),
        );
        let kind = |host: &&KmsHost| self.fleet.kms_host(host).map(|state| state.kind);
        let is_cloud = |host: &&KmsHost| {
            kind(host) == Some(HostKind::KnownCloud)
                || catalog.cloud_endpoint(host.name(), host.port()).is_some()
        };
        let all_cloud = all_named && self.hosts.iter().all(is_cloud);
        let is_emulator = |host: &&KmsHost| {
            let known = catalog.known_kms_host(host.name(), host.port());
            known.is_some_and(|known| known.kind == KnownHostKind::Emulator)
        };
        self.set(Fact::KmsEmulatorHost, self.hosts.iter().any(is_emulator));
        let loopback = self.hosts.iter().any(|host| self.machine.is_self(host));
        self.set(Fact::CloudHost, all_cloud);
        self.set(Fact::LoopbackHost, loopback);
        self.set(Fact::RemoteHost, all_named && !loopback);
        let is_own = |t: &&Try| {
            t.host
                .as_ref()
                .is_some_and(|host| self.machine.is_self(host))
        };
        let mut own = self.tries.iter().copied().filter(is_own);
        let own_answered = own.any(Try::is_answered);
        self.set(Fact::LoopbackAnswered, own_answered);
        let refused_time = self
            .attempts
            .iter()
            .any(|a| a.causes().iter().any(|c| c.code == CLOCK_REFUSED));
        let differs = self.fleet.skewed.contains(&self.number);
        self.set(Fact::ClockDiffers, refused_time || differs);
        let counts: Vec<(u32, u32)> = self
            .tries
            .iter()
            .filter_map(|t| Some((t.current_count?, t.min_count?)))
            .collect();
        self.set(
            Fact::CountBelowNeed,
            counts.iter().any(|(count, need)| count < need),
        );
        self.set(
            Fact::CountSufficient,
            !counts.is_empty() && counts.iter().all(|(count, need)| count >= need),
        );
    }

    fn product(&mut self) {
        let Some(product) = self.product else { return };
        let key = match &product.channel {
            Some(Channel::KmsClient) => Some(Fact::VolumeKey),
            Some(Channel::Mak) => Some(Fact::MakKey),
            Some(Channel::KmsHost) => Some(Fact::KmsHostKey),
            Some(Channel::Retail(_) | Channel::Oem(_)) => Some(Fact::RetailKey),
            Some(Channel::Evaluation(_)) => Some(Fact::EvaluationKey),
            Some(Channel::Other(_)) | None => None,
        };
        self.facts.extend(key);
        self.set(
            Fact::OfficeProduct,
            product.application == Application::Office,
        );
        self.set(
            Fact::WindowsProduct,
            product.application == Application::Windows,
        );
        let is_licensed =
            product.license.is_some_and(|license| license.is_licensed()) && !product.is_lapsed;
        self.set(Fact::StillLicensed, is_licensed);
    }

    fn history(&mut self) {
        let was_licensed = self
            .attempts
            .iter()
            .any(|a| a.was_licensed && a.is_license_known);
        let id = self.product.and_then(|product| product.activation_id);
        let succeeded_before = self.machine.diagnosis.known_attempts().any(|a| {
            a.activation_id == id
                && matches!(a.outcome(), super::Outcome::Succeeded)
                && self.first.is_some_and(|first| a.end < first)
        });
        self.set(Fact::WasActivated, was_licensed || succeeded_before);
        let marks = &self.machine.diagnosis.marks;
        let is_before = |time: &DateTime<Utc>| self.first.is_none_or(|first| *time <= first);
        let never_activated = marks.never_activated.get(&id).is_some_and(is_before);
        let hardware = marks.hardware_changed.as_ref().is_some_and(is_before);
        let key = marks.key_changes.iter().any(|time| {
            is_before(time) && self.first.is_some_and(|first| first - *time <= KEY_CHANGE)
        });
        self.set(
            Fact::FirstActivation,
            never_activated && !was_licensed && !succeeded_before,
        );
        self.set(Fact::HardwareChanged, hardware);
        self.set(Fact::KeyChanged, key);
        let triggers = !self.attempts.is_empty()
            && self
                .attempts
                .iter()
                .all(|a| a.trigger.as_deref() == Some("NetworkAvailable"));
        self.set(Fact::NetworkTrigger, triggers);
        let any = |of: fn(&AttemptNotes) -> bool| self.attempts.iter().any(|a| of(&a.notes));
        let (is_online, is_ad) = (any(|notes| notes.is_online), any(|notes| notes.is_ad));
        let is_ad_denied = any(|notes| notes.is_ad_denied);
        let reached = any(|notes| notes.has_server_code);
        self.set(Fact::AdDenied, is_ad_denied);
        self.set(Fact::AdFailed, is_ad);
        self.set(Fact::OnlineActivation, is_online);
        self.set(Fact::ServerReached, reached);
    }

    fn machine(&mut self) {
        let version = self.machine.diagnosis.marks.version;
        self.set(
            Fact::Windows7OrOlder,
            version.is_some_and(|version| version < (6, 2)),
        );
        self.set(
            Fact::Windows8OrNewer,
            version.is_some_and(|version| version >= (6, 2)),
        );
        self.set(
            Fact::VirtualMachine,
            self.machine.diagnosis.is_vm == Some(true),
        );
        // Windows 7 and older do not use the field, so its 0 says nothing there.
        let is_physical = self.machine.diagnosis.is_vm == Some(false)
            && version.is_some_and(|version| version >= (6, 2));
        self.set(Fact::PhysicalMachine, is_physical);
        let is_non_genuine = self.machine.diagnosis.marks.is_non_genuine;
        self.set(Fact::NonGenuineState, is_non_genuine);
        let is_unpublished = self.machine.is_in_domain_of(&self.fleet.unpublished);
        self.set(Fact::DnsPublishFailed, is_unpublished);
        let is_sharing = self.fleet.sharing.contains(&self.number);
        self.set(Fact::SharedCmid, is_sharing);
    }
}
