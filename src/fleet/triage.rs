//! From the merged state to what is true: machines, their diagnosis, findings over all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, Utc};

use super::identity::{self, Identities, LogView, MachineKey};
use super::order;
use super::scan::thread_count;
use super::summary::{LogSummary, Summary};
use crate::catalog::Catalog;
use crate::diagnosis::{Finding, Fleet, LogReach, Machine, Policy, diagnose_machine, find};
use crate::eventlog::{Damage, Note, RecordId};
use crate::input::{LogName, Skipped};
use crate::spp::{EventPlace, EventStore, KeptEvents, MachineEvents, SppEvent};

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
    /// Whether reading was ended before everything was read.
    pub is_incomplete: bool,
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

/// How a conclusion is come to.
#[derive(Clone, Debug, Default)]
pub struct ConcludeOptions {
    /// What the administrator says is right.
    pub policy: Policy,
    /// How many threads diagnose; 0 for as many as there are processors.
    pub threads: usize,
}

impl From<Policy> for ConcludeOptions {
    fn from(policy: Policy) -> Self {
        Self { policy, threads: 0 }
    }
}

/// What there is of one machine before it is diagnosed.
#[derive(Default)]
struct Parts {
    events: Vec<EventPlace>,
    /// First and last time that each log shows of it.
    seen: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

/// One machine, once its events were put in order.
struct Concluded {
    machine: Machine,
    events: u64,
    duplicates: u64,
}

/// Concludes from everything that was read. Any order, grouping or repetition of what went into
/// the summary gives the same.
pub fn conclude(mut summary: Summary, catalog: &Catalog, options: &ConcludeOptions) -> Triage {
    let begin = Instant::now();
    let policy = &options.policy;
    let logs = summary.take_named();
    let views: Vec<LogView<'_>> = logs
        .iter()
        .map(|(name, log)| LogView::of(name, log))
        .collect();
    let identities = identity::decide(&views);
    drop(views);
    log::info!("names decided after {:.3} s", begin.elapsed().as_secs_f64());
    let files: Vec<LogFile> = logs.iter().map(|(name, log)| file(name, log)).collect();
    let mut reaches: BTreeMap<LogName, LogReach> = logs
        .iter()
        .map(|(name, log)| (name.clone(), reach(log)))
        .collect();
    reach_over_sets(&mut reaches, &identities);
    let units = units(&logs, &identities);
    let mut damage: Vec<Damage> = Vec::new();
    let mut notes: Vec<Note> = identities.notes().to_vec();
    let mut parts: BTreeMap<MachineKey, Parts> = BTreeMap::new();
    let mut store = EventStore::default();
    // The number of the log that each part of the store is of; logs stand by name.
    let mut log_numbers: Vec<u32> = Vec::new();
    for (number, (name, log)) in (0..).zip(logs) {
        let shares = share_out(&name, log.parts, &identities, &mut store);
        log_numbers.resize(store.len(), number);
        // Where a log is of one machine alone, its own ends tell more than the machine's events.
        let ends = match (log.counts.first, log.counts.last_by_id) {
            (Some(first), Some(last)) if shares.len() == 1 && !log.counts.has_rendering_info => {
                Some((first, last))
            }
            _ => None,
        };
        for (key, share) in shares {
            let part = parts.entry(key.clone()).or_default();
            part.events.extend(share.events);
            part.seen.push(ends.unwrap_or((share.first, share.last.1)));
        }
        damage.extend(log.counts.damage);
        notes.extend(log.counts.notes);
    }
    damage.sort();
    notes.sort();
    let store = Arc::new(store);
    let log_of = |part: u32| {
        let number = usize::try_from(part)
            .ok()
            .and_then(|at| log_numbers.get(at));
        let number = number.copied().unwrap_or(u32::MAX);
        (number, units.get(&number).copied().unwrap_or(number))
    };
    let concluded = in_parallel(
        parts.into_iter().collect(),
        options.threads,
        |(key, part)| {
            let first_seen = part.seen.iter().map(|(first, _)| *first).min()?;
            let last_seen = part.seen.iter().map(|(_, last)| *last).max()?;
            let arranged = order::arrange(&store, &part.events, &log_of);
            let now = policy.now.unwrap_or(last_seen);
            let events = MachineEvents::new(Arc::clone(&store), arranged.read);
            let whole: Vec<SppEvent> = events.iter().collect();
            let diagnosis = diagnose_machine(&whole, &reaches, catalog, now);
            Some(Concluded {
                machine: Machine {
                    computer: identities.computer(&key),
                    aliases: identities.aliases(&key),
                    first_seen,
                    last_seen,
                    now,
                    events,
                    diagnosis,
                },
                events: arranged.events,
                duplicates: arranged.duplicates,
            })
        },
    );
    let activation_events = concluded.iter().map(|machine| machine.events).sum();
    let duplicates = concluded.iter().map(|machine| machine.duplicates).sum();
    let mut machines: Vec<Machine> = concluded
        .into_iter()
        .map(|concluded| concluded.machine)
        .collect();
    machines.sort_by(|a, b| a.computer.cmp(&b.computer));
    log::info!(
        "{} machines diagnosed after {:.3} s",
        machines.len(),
        begin.elapsed().as_secs_f64()
    );
    let fleet = Fleet::new(machines, policy, catalog);
    let findings = find(&fleet, policy, catalog);
    log::info!(
        "{} findings after {:.3} s",
        findings.len(),
        begin.elapsed().as_secs_f64()
    );
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
        is_incomplete: summary.is_incomplete,
    }
}

/// What a log holds of one machine.
struct Share {
    events: Vec<EventPlace>,
    first: DateTime<Utc>,
    /// The last record by number, and its time.
    last: (RecordId, DateTime<Utc>),
}

/// Puts a log's events into the store and tells which are whose.
fn share_out<'a>(
    name: &LogName,
    log: Vec<KeptEvents>,
    identities: &'a Identities,
    store: &mut EventStore,
) -> BTreeMap<&'a MachineKey, Share> {
    let mut shares: BTreeMap<&MachineKey, Share> = BTreeMap::new();
    for events in log {
        let number = store.add(name.clone(), events);
        let Some((_, events)) = store.part(number) else {
            continue;
        };
        // Events come in runs of one computer.
        let mut last: Option<(&Arc<str>, &MachineKey)> = None;
        for (at, (kept, origin)) in (0..).zip(events.iter()) {
            let key = match last {
                Some((computer, key)) if Arc::ptr_eq(computer, &origin.computer) => key,
                _ => match identities.machine(name, &origin.computer) {
                    Some(key) => key,
                    None => continue,
                },
            };
            last = Some((&origin.computer, key));
            let share = shares.entry(key).or_insert_with(|| Share {
                events: Vec::new(),
                first: kept.time,
                last: (kept.file_record_id, kept.time),
            });
            share.events.push(EventPlace {
                part: number,
                event: at,
            });
            share.first = share.first.min(kept.time);
            share.last = share.last.max((kept.file_record_id, kept.time));
        }
    }
    shares
}

/// Applies a function to each, in parallel; results in the order of the items, failures left out.
fn in_parallel<T: Send, R: Send>(
    items: Vec<T>,
    threads: usize,
    apply: impl Fn(T) -> Option<R> + Sync,
) -> Vec<R> {
    let threads = thread_count(threads).min(items.len()).max(1);
    if threads == 1 {
        return items.into_iter().filter_map(apply).collect();
    }
    let queue = Mutex::new(items.into_iter().enumerate());
    let take = || {
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.next()
    };
    let work = || {
        let mut done = Vec::new();
        while let Some((at, item)) = take() {
            done.extend(apply(item).map(|result| (at, result)));
        }
        done
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| match worker.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    });
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
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
        has_information: log.has_information(),
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

/// For each log that is read as one with others, by number: the log that stands for all of them.
fn units(logs: &[(LogName, LogSummary)], identities: &Identities) -> BTreeMap<u32, u32> {
    let number = |name: &LogName| {
        let place = logs.binary_search_by(|(other, _)| other.cmp(name)).ok()?;
        u32::try_from(place).ok()
    };
    logs.iter()
        .filter_map(|(name, _)| Some((number(name)?, number(identities.head(name)?)?)))
        .collect()
}

fn file(name: &LogName, log: &LogSummary) -> LogFile {
    let mut computers: BTreeSet<String> = log
        .origins()
        .filter(|origin| origin.is_of_activation())
        .map(|origin| origin.computer.to_string())
        .collect();
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
