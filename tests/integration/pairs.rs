//! A log says nothing of another log's machine that it does not know: whatever is read besides, no
//! cause of a machine is confirmed by it, unless both asked one KMS host at the same time, or one is
//! the KMS host of the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use spptriage::catalog::{Catalog, Entry, Fact};
use spptriage::diagnosis::{Finding, FindingKey, FindingShare, Machine};
use spptriage::fleet::{ConcludeOptions, ScanOptions, Summary, Triage, conclude, scan};
use spptriage::input::{DiscoverOptions, discover};

use crate::support::program::fixtures;

/// So close together two machines ask a host in one state.
const SAME_TIME: TimeDelta = TimeDelta::hours(24);

/// A log, and what is concluded from it alone.
struct Log {
    name: String,
    summary: Summary,
    computers: BTreeSet<String>,
    /// Computers of records beside activation events.
    beside: BTreeSet<String>,
    confirming: BTreeMap<Told, BTreeSet<Fact>>,
    asked: Vec<(String, DateTime<Utc>)>,
    /// Names of KMS hosts whose own log it is, and domains in which they fail to publish.
    hosts: BTreeSet<String>,
    domains: BTreeSet<String>,
}

/// A finding, its status, and a machine of it.
type Told = (String, &'static str, String);

fn options() -> ConcludeOptions {
    ConcludeOptions {
        threads: 1,
        ..ConcludeOptions::default()
    }
}

fn entry<'a>(catalog: &'a Catalog, finding: &Finding) -> Option<&'a Entry> {
    match finding.key {
        FindingKey::Code(code) => catalog.code(code),
        FindingKey::Derived(id) => Some(catalog.finding(id)),
    }
}

/// The facts that confirm a cause of a machine's findings.
fn confirming(triage: &Triage, catalog: &Catalog) -> BTreeMap<Told, BTreeSet<Fact>> {
    let mut told: BTreeMap<Told, BTreeSet<Fact>> = BTreeMap::new();
    for finding in &triage.findings {
        let causes = entry(catalog, finding).map(|entry| &entry.causes);
        let named = causes.into_iter().flatten().flat_map(|c| &c.confirmed_by);
        let named: BTreeSet<Fact> = named.copied().collect();
        for proven in &finding.proven {
            let FindingShare::Machine(at) = proven.part else {
                continue;
            };
            let computer = triage.fleet.machines[at].computer.clone();
            let key = (finding.key.to_string(), finding.status.as_str(), computer);
            let facts = proven.facts.intersection(&named).copied();
            told.entry(key).or_default().extend(facts);
        }
    }
    told
}

fn asked(machine: &Machine) -> Vec<(String, DateTime<Utc>)> {
    let tries = machine.diagnosis.attempts.iter().flat_map(|a| &a.tries);
    let told = tries.filter_map(|tried| {
        let time = machine.events.time(tried.request?)?;
        Some((tried.host.as_ref()?.name().to_owned(), time))
    });
    told.collect()
}

fn read(path: &PathBuf, catalog: &Catalog) -> Log {
    let sources = discover(std::slice::from_ref(path), &DiscoverOptions::default()).sources;
    let summary = scan(sources, &ScanOptions::default());
    let triage = conclude(summary.clone(), catalog, &options());
    let machines = &triage.fleet.machines;
    let host_logs = machines.iter().filter(|m| m.is_kms_host());
    let domains = machines
        .iter()
        .flat_map(|m| m.diagnosis.marks.host_log.failing_domains());
    Log {
        name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
        computers: machines.iter().map(|m| m.computer.clone()).collect(),
        beside: {
            let asides = triage.fleet.asides.iter();
            asides
                .map(|aside| aside.event.computer.to_string())
                .collect()
        },
        confirming: confirming(&triage, catalog),
        asked: machines.iter().flat_map(asked).collect(),
        hosts: host_logs.map(|m| m.computer.to_lowercase()).collect(),
        domains: domains.map(str::to_owned).collect(),
        summary,
    }
}

impl Log {
    /// Whether the other may say something of this one's machines.
    fn is_known_to(&self, other: &Self) -> bool {
        let is_same = |(host, time): &(String, DateTime<Utc>)| {
            let mut asked = other.asked.iter();
            other.hosts.contains(host)
                || asked.any(|(name, at)| name == host && (*at - *time).abs() <= SAME_TIME)
        };
        let is_of_domain = |computer: &String| {
            let domain = computer.split_once('.').map(|(_, domain)| domain);
            domain.is_some_and(|domain| other.domains.contains(&domain.to_lowercase()))
        };
        let is_told = |computer: &String| {
            other.computers.contains(computer) || other.beside.contains(computer)
        };
        let is_shared = self.computers.iter().any(is_told);
        self.asked.iter().any(is_same) || self.computers.iter().any(is_of_domain) || is_shared
    }
}

#[test]
fn no_cause_is_confirmed_by_a_log_that_does_not_know_the_machine() {
    let catalog = Catalog::builtin();
    let folder = fixtures().join("logs");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let logs: Vec<Log> = paths.iter().map(|path| read(path, &catalog)).collect();
    let mut wrong = Vec::new();
    let mut pairs = 0;
    for (at, one) in logs.iter().enumerate() {
        for other in &logs[at + 1..] {
            let strangers = [(one, other), (other, one)];
            let strangers = strangers.map(|(log, other)| (!log.is_known_to(other)).then_some(log));
            if strangers.iter().all(Option::is_none) {
                continue;
            }
            pairs += 1;
            let mut summary = one.summary.clone();
            summary.merge(other.summary.clone());
            let triage = conclude(summary, &catalog, &options());
            for (told, facts) in confirming(&triage, &catalog) {
                let mut logs = strangers.iter().flatten();
                let Some(own) = logs.find(|log| log.computers.contains(&told.2)) else {
                    continue;
                };
                let before = own.confirming.get(&told).cloned().unwrap_or_default();
                for fact in facts.difference(&before) {
                    let names = [one.name.as_str(), other.name.as_str()].join(" + ");
                    wrong.push(format!("{names}: {told:?} by {}", fact.as_str()));
                }
            }
        }
    }
    assert!(pairs > 900, "{pairs} pairs were looked at");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
