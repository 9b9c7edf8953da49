//! From the merged state to what is true: machines, their diagnosis, findings over all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::identity::{self, Identities, LogView, MachineKey};
use super::order::{self, Identifier, Identity};
use super::summary::{LogSummary, Noise, Origin, Summary};
use crate::catalog::Catalog;
use crate::diagnosis::{Finding, Fleet, LogReach, Machine, Policy, diagnose_machine, find};
use crate::eventlog::{Damage, Note, RecordId};
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

/// What there is of one machine before it is diagnosed.
#[derive(Default)]
struct Parts {
    events: Vec<SppEvent>,
    noise: Vec<Identity>,
    identifier: Identifier,
    /// The first and last time that each log shows it: least time, and number and time of the
    /// last record.
    seen: BTreeMap<LogName, Seen>,
}

#[derive(Clone, Copy)]
struct Seen {
    first: i64,
    last: (RecordId, i64),
}

impl Parts {
    fn see(&mut self, log: &LogName, number: RecordId, time: i64) {
        let seen = self.seen.entry(log.clone()).or_insert(Seen {
            first: time,
            last: (number, time),
        });
        seen.first = seen.first.min(time);
        seen.last = seen.last.max((number, time));
    }
}

/// Concludes from everything that was read. Any order, grouping or repetition of what went into
/// the summary gives the same.
pub fn conclude(summary: Summary, catalog: &Catalog, policy: &Policy) -> Triage {
    let views: Vec<LogView<'_>> = summary
        .logs
        .iter()
        .map(|(name, log)| LogView::of(name, log))
        .collect();
    let identities = identity::decide(&views);
    drop(views);
    let files: Vec<LogFile> = summary
        .logs
        .iter()
        .map(|(name, log)| file(name, log))
        .collect();
    let mut reaches: BTreeMap<LogName, LogReach> = summary
        .logs
        .iter()
        .map(|(name, log)| (name.clone(), reach(log)))
        .collect();
    reach_over_sets(&mut reaches, &identities);
    let mut damage: Vec<Damage> = Vec::new();
    let mut notes: Vec<Note> = identities.notes().to_vec();
    let mut parts: BTreeMap<MachineKey, Parts> = BTreeMap::new();
    // Where a log is of one machine alone, its own ends tell more than the machine's events.
    let mut ends: BTreeMap<LogName, (DateTime<Utc>, DateTime<Utc>)> = BTreeMap::new();
    for (name, log) in summary.logs {
        let machines = share_out(
            &name,
            &log.origins,
            log.events,
            log.noise,
            &identities,
            &mut parts,
        );
        if let (1, false, Some(first), Some(last)) = (
            machines,
            log.counts.has_rendering_info,
            log.counts.first,
            log.counts.last_by_id,
        ) {
            ends.insert(name, (first, last));
        }
        damage.extend(log.counts.damage);
        notes.extend(log.counts.notes);
    }
    damage.sort();
    notes.sort();
    let mut machines = Vec::new();
    let (mut activation_events, mut duplicates) = (0, 0);
    for (key, mut part) in parts {
        let seen = part
            .seen
            .iter()
            .map(|(log, seen)| ends.get(log).copied().unwrap_or_else(|| times(*seen)));
        let (first, last): (Vec<_>, Vec<_>) = seen.unzip();
        let (Some(first_seen), Some(last_seen)) = (first.into_iter().min(), last.into_iter().max())
        else {
            continue;
        };
        let (events, dropped) = order::arrange(part.events, |log| identities.head(log));
        let noise = part.noise.len();
        part.noise.sort_unstable();
        part.noise.dedup();
        activation_events += (events.len() + part.noise.len()) as u64;
        duplicates += dropped + (noise - part.noise.len()) as u64;
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
    Triage {
        fleet,
        policy: policy.clone(),
        findings,
        files,
        damage,
        notes,
        skipped: summary.skipped.into_iter().collect(),
        activation_events,
        duplicates,
    }
}

/// Gives each machine the events that are its own; how many machines a log has.
fn share_out(
    name: &LogName,
    origins: &[Origin],
    events: Vec<SppEvent>,
    noise: Vec<Noise>,
    identities: &Identities,
    parts: &mut BTreeMap<MachineKey, Parts>,
) -> usize {
    let mut keys: BTreeSet<MachineKey> = BTreeSet::new();
    // Events come in runs of one computer.
    let mut last: Option<(Arc<str>, MachineKey)> = None;
    for event in events {
        let is_same = last
            .as_ref()
            .is_some_and(|(computer, _)| Arc::ptr_eq(computer, &event.computer));
        if !is_same {
            let Some(key) = identities.machine(name, &event.computer) else {
                continue;
            };
            keys.insert(key.clone());
            last = Some((Arc::clone(&event.computer), key.clone()));
        }
        let Some((_, key)) = &last else { continue };
        let Some(part) = parts.get_mut(key) else {
            let mut part = Parts::default();
            part.see(name, event.file_record_id, nanos(event.time));
            part.events.push(event);
            parts.insert(key.clone(), part);
            continue;
        };
        part.see(name, event.file_record_id, nanos(event.time));
        part.events.push(event);
    }
    let by_origin: Vec<Option<&MachineKey>> = origins
        .iter()
        .map(|origin| identities.machine(name, &origin.computer))
        .collect();
    for noise in noise {
        let place = usize::try_from(noise.origin).unwrap_or(usize::MAX);
        let (Some(Some(key)), Some(origin)) = (by_origin.get(place), origins.get(place)) else {
            continue;
        };
        if !keys.contains(*key) {
            keys.insert((*key).clone());
        }
        let part = parts.entry((*key).clone()).or_default();
        part.see(
            name,
            noise.file_record_id,
            noise.seconds.saturating_mul(1_000_000_000),
        );
        let identity = part.identifier.identity(
            &origin.channel,
            &origin.computer,
            &origin.provider,
            noise.record_id,
            noise.event_id,
            noise.seconds,
        );
        part.noise.push(identity);
    }
    keys.len()
}

/// Nanoseconds since 1970, which hold every time from 1677 to 2262; outside of that the nearest.
fn nanos(time: DateTime<Utc>) -> i64 {
    let beyond = if time < DateTime::UNIX_EPOCH {
        i64::MIN
    } else {
        i64::MAX
    };
    time.timestamp_nanos_opt().unwrap_or(beyond)
}

fn times(seen: Seen) -> (DateTime<Utc>, DateTime<Utc>) {
    (
        DateTime::from_timestamp_nanos(seen.first),
        DateTime::from_timestamp_nanos(seen.last.1),
    )
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
        has_information: log.has_information,
    }
}

/// A log reaches back as far as the archives that it goes on from.
fn reach_over_sets(reaches: &mut BTreeMap<LogName, LogReach>, identities: &Identities) {
    for set in identities.sets() {
        let firsts = set.iter().filter_map(|log| reaches.get(log)?.first);
        let Some(first) = firsts.min() else { continue };
        for log in set {
            if let Some(reach) = reaches.get_mut(log) {
                reach.first = Some(first);
            }
        }
    }
}

fn file(name: &LogName, log: &LogSummary) -> LogFile {
    let mut names: BTreeSet<&str> = log.origins.iter().map(|origin| &*origin.computer).collect();
    let mut last: Option<&Arc<str>> = None;
    for event in &log.events {
        if !last.is_some_and(|last| Arc::ptr_eq(last, &event.computer)) {
            names.insert(&event.computer);
            last = Some(&event.computer);
        }
    }
    let mut computers: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
    computers.extend(log.counts.computer_of_last.clone());
    LogFile {
        log: name.clone(),
        bytes: log.counts.bytes,
        chunks: u64::from(log.counts.chunks),
        chunks_decoded: u64::from(log.counts.chunks_decoded),
        records: log.counts.records,
        activation_events: log.activation_events(),
        first: log.counts.first,
        last: log.counts.last,
        last_by_id: log.counts.last_by_id,
        computers: computers.into_iter().collect(),
        has_rendering_info: log.counts.has_rendering_info,
    }
}
