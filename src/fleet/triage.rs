//! From the merged state to what is true: machines, their diagnosis, findings over all of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::identity::{self, MachineKey};
use super::order;
use super::summary::{LogSummary, Summary};
use crate::catalog::Catalog;
use crate::diagnosis::{Finding, Fleet, LogReach, Machine, Policy, diagnose_machine, find};
use crate::eventlog::{Damage, Note};
use crate::input::{LogName, Skipped};
use crate::spp::SppEvent;

/// What is true of the input.
#[derive(Clone, Debug)]
pub struct Triage {
    /// Every machine, and the KMS hosts between them.
    pub fleet: Fleet,
    /// What the administrator says is right.
    pub policy: Policy,
    /// What is wrong, in the order in which it is told.
    pub findings: Vec<Finding>,
    /// The logs that were read, by name.
    pub files: Vec<LogFile>,
    /// What could not be read.
    pub damage: Vec<Damage>,
    /// What is odd and loses nothing.
    pub notes: Vec<Note>,
    /// What was not read at all.
    pub skipped: Vec<Skipped>,
    /// Activation events, each counted once.
    pub activation_events: u64,
    /// Copies of records that were dropped.
    pub duplicates: u64,
}

/// A log that was read.
#[derive(Clone, Debug)]
pub struct LogFile {
    /// Its name.
    pub log: LogName,
    /// Its length.
    pub bytes: u64,
    /// Chunks in use.
    pub chunks: u64,
    /// Chunks that were decoded.
    pub chunks_decoded: u64,
    /// Live records.
    pub records: u64,
    /// Its activation events, copies of other logs' included.
    pub activation_events: u64,
    /// The least time of its records.
    pub first: Option<DateTime<Utc>>,
    /// The greatest time of its records.
    pub last: Option<DateTime<Utc>>,
    /// The time of its last record by number.
    pub last_by_id: Option<DateTime<Utc>>,
    /// Computer names of its activation events; without any, that of its last record.
    pub computers: Vec<String>,
    /// Whether any of its events carries RenderingInfo.
    pub has_rendering_info: bool,
}

/// Concludes from everything that was read. Any order, grouping or repetition of what went into
/// the summary gives the same.
pub fn conclude(summary: &Summary, catalog: &Catalog, policy: &Policy) -> Triage {
    let identities = identity::decide(
        summary
            .logs
            .iter()
            .map(|(name, log)| (name, log.events.as_slice(), log.counts.has_rendering_info)),
    );
    let mut by_machine: BTreeMap<MachineKey, Vec<SppEvent>> = BTreeMap::new();
    let mut machines_of: BTreeMap<&LogName, BTreeSet<&MachineKey>> = BTreeMap::new();
    for (name, log) in &summary.logs {
        for event in &log.events {
            let Some(key) = identities.machine(event) else {
                continue;
            };
            machines_of.entry(name).or_default().insert(key);
            by_machine
                .entry(key.clone())
                .or_default()
                .push(event.clone());
        }
    }
    let reaches: BTreeMap<LogName, LogReach> = summary
        .logs
        .iter()
        .map(|(name, log)| (name.clone(), reach(log)))
        .collect();
    let mut machines = Vec::new();
    let (mut activation_events, mut duplicates) = (0, 0);
    for (key, events) in by_machine {
        let logs = order::logs_of(&events);
        let (events, dropped) = order::arrange(events);
        activation_events += events.len() as u64;
        duplicates += dropped;
        let seen = logs.iter().filter_map(|name| {
            let log = summary.logs.get(name)?;
            let is_alone = machines_of
                .get(name)
                .is_some_and(|machines| machines.len() == 1)
                && !log.counts.has_rendering_info;
            seen_in(log, name, &events, is_alone)
        });
        let (first, last): (Vec<_>, Vec<_>) = seen.unzip();
        let (Some(first_seen), Some(last_seen)) = (first.into_iter().min(), last.into_iter().max())
        else {
            continue;
        };
        let now = policy.now.unwrap_or(last_seen);
        let diagnosis = diagnose_machine(&events, &reaches, catalog, now);
        machines.push(Machine {
            computer: identities.computer(&key),
            aliases: identities.aliases(&key),
            first_seen,
            last_seen,
            now,
            events,
            diagnosis,
        });
    }
    machines.sort_by(|a, b| a.computer.cmp(&b.computer));
    let fleet = Fleet::new(machines, policy, catalog);
    let findings = find(&fleet, policy, catalog);
    let mut damage: Vec<Damage> = summary
        .logs
        .values()
        .flat_map(|log| log.counts.damage.iter().cloned())
        .collect();
    damage.sort();
    let mut notes: Vec<Note> = summary
        .logs
        .values()
        .flat_map(|log| log.counts.notes.iter().cloned())
        .collect();
    notes.sort();
    Triage {
        fleet,
        policy: policy.clone(),
        findings,
        files: summary
            .logs
            .iter()
            .map(|(name, log)| file(name, log))
            .collect(),
        damage,
        notes,
        skipped: summary.skipped.iter().cloned().collect(),
        activation_events,
        duplicates,
    }
}

/// The first and last time that a log shows a machine.
fn seen_in(
    log: &LogSummary,
    name: &LogName,
    events: &[SppEvent],
    is_alone: bool,
) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    if is_alone && let (Some(first), Some(last)) = (log.counts.first, log.counts.last_by_id) {
        return Some((first, last));
    }
    let own = || events.iter().filter(|event| event.log == *name);
    let last = own().max_by_key(|event| event.file_record_id)?;
    Some((own().map(|event| event.time).min()?, last.time))
}

fn reach(log: &LogSummary) -> LogReach {
    LogReach {
        first: log.counts.first,
        damaged_chunks: log
            .counts
            .damage
            .iter()
            .filter_map(|damage| Some(damage.chunk?.0))
            .collect(),
        has_information: log
            .events
            .iter()
            .any(|event| matches!(event.level, None | Some(0 | 4))),
    }
}

fn file(name: &LogName, log: &LogSummary) -> LogFile {
    let mut computers: BTreeSet<String> = log
        .events
        .iter()
        .map(|event| event.computer.to_string())
        .collect();
    computers.extend(log.counts.computer_of_last.clone());
    LogFile {
        log: name.clone(),
        bytes: log.counts.bytes,
        chunks: u64::from(log.counts.chunks),
        chunks_decoded: u64::from(log.counts.chunks_decoded),
        records: log.counts.records,
        activation_events: log.events.len() as u64,
        first: log.counts.first,
        last: log.counts.last,
        last_by_id: log.counts.last_by_id,
        computers: computers.into_iter().collect(),
        has_rendering_info: log.counts.has_rendering_info,
    }
}
