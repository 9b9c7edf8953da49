//! What is told to the reader: findings of codes, with their evidence, severity and order
//! (RULES.md 6 and 7). Findings that are no code stand in `findings`, one file each.

mod details;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::Policy;
use super::accept::{self, Accepted};
use super::attempt::{Attempt, Confidence, Gap};
use super::digital;
use super::facts::{self, Proven};
use super::findings;
use super::fleet_view::{Fleet, Machine};
use super::machine::{ProductState, Standing};
use crate::catalog::{Catalog, CodeKind, Fact, FindingId, Severity};
use crate::hresult::Hresult;
use crate::spp::{ActivationId, KmsHost};

pub use details::{
    CmidNames, Details, DigitalResult, FailedDomain, HostCount, KeyDetail, LastRenewal, LicenseEnd,
    MachineSkew,
};

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKey {
    /// A code.
    Code(Hresult),
    /// Something that no code says.
    Derived(FindingId),
}

/// As every output names it: the code, or the finding's id.
impl std::fmt::Display for FindingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => code.fmt(f),
            Self::Derived(id) => f.write_str(id.as_str()),
        }
    }
}

/// Whether a finding asks for action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingStatus {
    /// It is so now.
    Active,
    /// It asks for no action.
    Info,
    /// It was so and has been made good.
    Cured,
}

impl FindingStatus {
    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Info => "info",
            Self::Cured => "cured",
        }
    }
}

/// A record that proves a finding: a machine and one of its events, as places in their lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// The machine.
    pub machine: usize,
    /// The event.
    pub event: usize,
}

/// What is told to the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub key: FindingKey,
    /// Whether it asks for action.
    pub status: FindingStatus,
    /// How bad it is: the highest of its machines.
    pub severity: Severity,
    /// How sure its cause is: the best of its attempts.
    pub confidence: Confidence,
    /// Names of its machines, sorted.
    pub machines: Vec<String>,
    /// Attempts that have it as their cause.
    pub attempts: u64,
    /// The records that hold the code or are the outcome, by time.
    pub evidence: Vec<Evidence>,
    /// Records beside activation events that belong to it, as places in [`Fleet::asides`].
    pub asides: Vec<usize>,
    /// What the attempts ended with, where that differs.
    pub outcomes: BTreeMap<Hresult, u64>,
    /// Further causes of the same attempts.
    pub also_seen: BTreeMap<Hresult, u64>,
    /// Findings that concern the same machines.
    pub related: Vec<FindingKey>,
    /// The KMS hosts asked in its attempts.
    pub kms_hosts: BTreeSet<KmsHost>,
    /// The products concerned.
    pub products: BTreeSet<ActivationId>,
    /// What its kind tells besides.
    pub details: Details,
    /// What the log proves about all of it.
    pub facts: BTreeSet<Fact>,
    /// What it proves about each part; none where nothing is asked for each.
    pub proven: Vec<Proven>,
    /// Where its cause is only a wrapper: why, and in how many attempts.
    pub gaps: BTreeMap<Gap, u64>,
    /// What of it the administrator accepts.
    pub accepted: Accepted,
}

impl Finding {
    /// Whether the administrator accepts it on all of its machines.
    pub fn is_accepted(&self) -> bool {
        self.accepted.is_whole
    }
}

/// One machine's part in a finding: an attempt, or a state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) machine: usize,
    pub(crate) product: Option<&'a ProductState>,
    pub(crate) attempt: Option<&'a Attempt>,
    /// The event that shows a state.
    pub(crate) event: Option<usize>,
    pub(crate) is_cured: bool,
    /// Whether its attempt began before the window: told because the failure goes on, not counted.
    pub(crate) is_carried: bool,
}

/// All findings of a fleet, in the order in which they are told.
pub fn find(fleet: &Fleet, policy: &Policy, catalog: &Catalog) -> Vec<Finding> {
    let mut groups: BTreeMap<(Hresult, bool), Vec<Member<'_>>> = BTreeMap::new();
    for (number, machine) in fleet.machines.iter().enumerate() {
        for member in members(number, machine) {
            let code = match member.attempt {
                Some(attempt) => attempt.root_cause(),
                None => member
                    .product
                    .and_then(|product| product.status_failure)
                    .and_then(|failure| failure.code),
            };
            if let Some(code) = code {
                groups
                    .entry((code, member.is_cured))
                    .or_default()
                    .push(member);
            }
        }
    }
    let mut found: Vec<Finding> = groups
        .into_iter()
        .map(|((code, is_cured), members)| {
            of_code(fleet, policy, catalog, code, is_cured, &members)
        })
        .collect();
    digital::join(fleet, &mut found);
    for id in FindingId::ALL {
        let finder = findings::finder(*id);
        let derived = (finder.find)(fleet, policy, catalog, &mut found);
        found.extend(derived);
    }
    relate(&mut found);
    accept::apply(&mut found, fleet, policy);
    found.sort_by_cached_key(|finding| {
        (
            finding.status,
            Reverse(finding.severity),
            Reverse(finding.machines.len()),
            Reverse(finding.attempts),
            finding.key.to_string(),
        )
    });
    found
}

/// The failures of a machine: its failed attempts, those of before the window that go on, and states
/// that are failures of their own.
pub(crate) fn members(number: usize, machine: &Machine) -> Vec<Member<'_>> {
    let diagnosis = &machine.diagnosis;
    let attempts = diagnosis
        .attempts
        .iter()
        .zip(&diagnosis.standings)
        .filter_map(|(attempt, standing)| {
            let is_cured = match standing {
                Standing::NoFailure => return None,
                Standing::Open => false,
                Standing::Cured => true,
            };
            Some(Member {
                machine: number,
                product: diagnosis.product(attempt.activation_id),
                attempt: Some(attempt),
                event: None,
                is_cured,
                is_carried: false,
            })
        });
    let carried = diagnosis.carried_attempts().map(|attempt| Member {
        machine: number,
        product: diagnosis.product(attempt.activation_id),
        attempt: Some(attempt),
        event: None,
        is_cured: false,
        is_carried: true,
    });
    let states = diagnosis.products.iter().filter_map(|product| {
        let failure = product.status_failure?;
        Some(Member {
            machine: number,
            product: Some(product),
            attempt: None,
            event: Some(failure.event),
            is_cured: false,
            is_carried: false,
        })
    });
    carried.chain(attempts).chain(states).collect()
}

fn of_code(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    code: Hresult,
    is_cured: bool,
    members: &[Member<'_>],
) -> Finding {
    let mut finding = blank(FindingKey::Code(code), is_cured);
    fill(&mut finding, fleet, members, Some(code));
    let facts_of_code = catalog.facts(code);
    let is_accepted = |member: &Member<'_>| {
        let machine = fleet.machines.get(member.machine);
        let mut rules = accept::rules(policy, fleet.as_of, FindingKey::Code(code), machine);
        rules.next().is_some()
    };
    // Of those that are accepted only where no other is left.
    let is_whole = is_cured || members.iter().all(is_accepted);
    finding.severity = members
        .iter()
        .filter(|member| is_whole || !is_accepted(member))
        .map(|member| {
            severity(
                fleet,
                policy,
                member,
                facts_of_code.kind,
                facts_of_code.severity,
            )
        })
        .max()
        .unwrap_or(facts_of_code.severity);
    finding.confidence = members
        .iter()
        .map(|member| {
            member
                .attempt
                .map_or(Confidence::Seen, |attempt| attempt.confidence)
        })
        .max()
        .unwrap_or(Confidence::Seen);
    facts::prove(&mut finding, fleet, catalog, members);
    finding
}

/// A finding without members yet.
pub(crate) fn blank(key: FindingKey, is_cured: bool) -> Finding {
    Finding {
        key,
        status: if is_cured {
            FindingStatus::Cured
        } else {
            FindingStatus::Active
        },
        severity: Severity::Info,
        confidence: Confidence::Seen,
        machines: Vec::new(),
        attempts: 0,
        evidence: Vec::new(),
        asides: Vec::new(),
        outcomes: BTreeMap::new(),
        also_seen: BTreeMap::new(),
        related: Vec::new(),
        kms_hosts: BTreeSet::new(),
        products: BTreeSet::new(),
        details: Details::default(),
        facts: BTreeSet::new(),
        proven: Vec::new(),
        gaps: BTreeMap::new(),
        accepted: Accepted::default(),
    }
}

/// Fills in what comes from the members alone: machines, counts, records, hosts, codes.
pub(crate) fn fill(
    finding: &mut Finding,
    fleet: &Fleet,
    members: &[Member<'_>],
    code: Option<Hresult>,
) {
    let mut machines: BTreeSet<&str> = BTreeSet::new();
    let mut evidence: BTreeSet<Evidence> = BTreeSet::new();
    for member in members {
        let Some(machine) = fleet.machines.get(member.machine) else {
            continue;
        };
        machines.insert(&machine.computer);
        finding
            .products
            .extend(member.product.and_then(|product| product.activation_id));
        evidence.extend(member.event.map(|event| Evidence {
            machine: member.machine,
            event,
        }));
        let Some(attempt) = member.attempt else {
            continue;
        };
        finding.attempts += u64::from(!member.is_carried);
        finding.products.extend(attempt.activation_id);
        if let Some(gap) = attempt.gap {
            *finding.gaps.entry(gap).or_default() += 1;
        }
        finding.kms_hosts.extend(hosts_with(attempt, machine, code));
        let records = records_of(attempt, machine, code);
        evidence.extend(records.into_iter().map(|event| Evidence {
            machine: member.machine,
            event,
        }));
        if member.is_carried {
            continue;
        }
        let outcome = attempt.outcome_code();
        if let Some(outcome) = outcome.filter(|outcome| Some(*outcome) != code) {
            *finding.outcomes.entry(outcome).or_default() += 1;
        }
        for cause in attempt.causes() {
            if Some(cause.code) != code && Some(cause.code) != outcome {
                *finding.also_seen.entry(cause.code).or_default() += 1;
            }
        }
    }
    finding.machines = machines.into_iter().map(str::to_owned).collect();
    finding.evidence = by_time(fleet, evidence);
}

/// The hosts whose tries hold the code; where none does, all that were tried.
fn hosts_with(attempt: &Attempt, machine: &Machine, code: Option<Hresult>) -> Vec<KmsHost> {
    let holding = holding(attempt, machine, code);
    let holds = |at: Option<usize>| at.is_some_and(|at| holding.binary_search(&at).is_ok());
    let with_code: Vec<KmsHost> = attempt
        .tries
        .iter()
        .filter(|t| holds(t.request) || holds(t.response) || (t.is_concluded && t.answer == code))
        .filter_map(|t| t.host.clone())
        .collect();
    if with_code.is_empty() {
        attempt
            .tries
            .iter()
            .filter_map(|t| t.host.clone())
            .collect()
    } else {
        with_code
    }
}

/// The places of an attempt's events that hold a code, in order.
fn holding<'a>(attempt: &'a Attempt, machine: &Machine, code: Option<Hresult>) -> Cow<'a, [usize]> {
    if code.is_none() {
        return Cow::Borrowed(&[]);
    }
    if code == attempt.root_cause() {
        return Cow::Borrowed(&attempt.notes.holding_cause);
    }
    let holds = |at: &usize| {
        let event = machine.events.get(*at);
        event.is_some_and(|event| event.codes.iter().any(|logged| Some(logged.code) == code))
    };
    Cow::Owned(attempt.events.iter().copied().filter(holds).collect())
}

/// The records of an attempt that hold the code or are its outcome.
fn records_of(attempt: &Attempt, machine: &Machine, code: Option<Hresult>) -> BTreeSet<usize> {
    let concluded = attempt
        .tries
        .iter()
        .filter(|t| t.is_concluded || (code.is_none() && t.is_failed()))
        .filter_map(|t| t.response);
    let mut records: BTreeSet<usize> = holding(attempt, machine, code).iter().copied().collect();
    records.extend(attempt.outcome_events.iter().copied());
    records.extend(concluded.filter(|at| attempt.events.binary_search(at).is_ok()));
    if records.is_empty() {
        records.extend(attempt.events.last());
    }
    records
}

pub(crate) fn by_time(fleet: &Fleet, evidence: BTreeSet<Evidence>) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = evidence.into_iter().collect();
    evidence.sort_by_cached_key(|e| (event_time(fleet, *e), *e));
    evidence
}

fn event_time(fleet: &Fleet, evidence: Evidence) -> Option<DateTime<Utc>> {
    fleet
        .machines
        .get(evidence.machine)?
        .events
        .time(evidence.event)
}

/// How bad one member's situation is (RULES.md 7).
pub(crate) fn severity(
    fleet: &Fleet,
    policy: &Policy,
    member: &Member<'_>,
    kind: Option<CodeKind>,
    default: Severity,
) -> Severity {
    if member.is_cured || kind == Some(CodeKind::Benign) {
        return Severity::Info;
    }
    let Some(machine) = fleet.machines.get(member.machine) else {
        return default;
    };
    let is_lapsed = match member.product.filter(|product| product.license.is_some()) {
        Some(product) => product.is_lapsed,
        None => machine
            .diagnosis
            .products
            .iter()
            .any(|product| product.is_lapsed),
    };
    if is_lapsed {
        return Severity::Error;
    }
    if is_licensed_for_long(machine, policy, member) {
        return Severity::Warning;
    }
    default
}

/// Whether the product is still licensed, with more than this time left or without an end.
fn is_licensed_beyond(machine: &Machine, left: TimeDelta, member: &Member<'_>) -> bool {
    let is_renewal = member
        .attempt
        .is_some_and(|attempt| attempt.was_licensed && attempt.is_license_known);
    let Some(product) = member.product else {
        return is_renewal;
    };
    let is_licensed = product
        .license
        .map_or(is_renewal, |license| license.is_licensed());
    let ends_later = |end: DateTime<Utc>| end > machine.now + left;
    is_licensed && product.expires_at.is_none_or(ends_later)
}

/// Whether the product is still licensed, with more than the asked time left or without an end.
pub(crate) fn is_licensed_for_long(
    machine: &Machine,
    policy: &Policy,
    member: &Member<'_>,
) -> bool {
    is_licensed_beyond(machine, policy.expiring_within, member)
}

/// Whether a machine fails and every failing product of it is still licensed, with more than this
/// time left or without an end.
pub fn is_failing_but_licensed(machine: &Machine, left: TimeDelta) -> bool {
    let open = open(machine);
    let is_licensed = |member: &Member<'_>| {
        let is_lapsed = member.product.is_some_and(|product| product.is_lapsed);
        !is_lapsed && is_licensed_beyond(machine, left, member)
    };
    !open.is_empty() && open.iter().all(is_licensed)
}

/// When the license of the first of a machine's failing products ends.
pub fn failing_license_end(machine: &Machine) -> Option<DateTime<Utc>> {
    let products = open(machine).into_iter().filter_map(|open| open.product);
    products.filter_map(|product| product.expires_at).min()
}

/// The failures of a machine that go on.
fn open(machine: &Machine) -> Vec<Member<'_>> {
    let mut members = members(0, machine);
    members.retain(|member| !member.is_cured);
    members
}

/// Findings of the same machines name each other, where one of them is derived; and those that a
/// finder brought together.
fn relate(found: &mut [Finding]) {
    let keys: Vec<(FindingKey, FindingStatus, BTreeSet<String>)> = found
        .iter()
        .map(|f| (f.key, f.status, f.machines.iter().cloned().collect()))
        .collect();
    let mut back: BTreeMap<(FindingKey, FindingStatus), Vec<FindingKey>> = BTreeMap::new();
    for finding in found.iter() {
        for key in &finding.related {
            let others = back.entry((*key, finding.status)).or_default();
            others.push(finding.key);
        }
    }
    for finding in found {
        let is_derived = matches!(finding.key, FindingKey::Derived(_));
        let mut related: BTreeSet<FindingKey> = finding.related.drain(..).collect();
        related.extend(
            back.remove(&(finding.key, finding.status))
                .unwrap_or_default(),
        );
        for (key, status, machines) in &keys {
            let is_pair = is_derived != matches!(key, FindingKey::Derived(_));
            if is_pair
                && *status == finding.status
                && finding.machines.iter().any(|name| machines.contains(name))
            {
                related.insert(*key);
            }
        }
        finding.related = related.into_iter().collect();
    }
}
