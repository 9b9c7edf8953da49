//! From the merged state to what is true: machines, their diagnosis, findings over all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, SubsecRound, Utc};

use super::asides;
use super::identity::{self, Identities, LogView, MachineKey};
use super::order;
use super::parallel::in_parallel;
use super::selection::Selection;
use super::summary::{LogSummary, Summary};
use crate::catalog::Catalog;
use crate::diagnosis::{
    Finding, Fleet, LikelyRename, LogReach, Machine, Policy, Window, diagnose_machine, find,
};
use crate::eventlog::{Damage, Note, NoteKind, RecordId};
use crate::input::{LogName, Skipped};
use crate::spp::{EventPlace, EventStore, KeptEvents, MachineEvents};

/// What is true of the input.
#[derive(Clone, Debug)]
pub struct Triage {
    /// Every machine, and the KMS hosts between them.
    pub fleet: Fleet,
    /// What the administrator says is right.
    pub policy: Policy,
    /// What is wrong, in the order in which it is told.
    pub findings: Vec<Finding>,
    /// What it is about, and what was left out for that.
    pub selected: Selected,
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
    /// How many threads it was concluded with, as asked for: 0 for as many as there are processors.
    pub threads: usize,
}

impl Triage {
    /// Whether any of it came as event rows in which pseudonyms stand for names.
    pub fn is_of_redacted_rows(&self) -> bool {
        let mut kinds = self.notes.iter().map(|note| &note.kind);
        kinds.any(|kind| matches!(kind, NoteKind::RowsRedacted))
    }
}

/// What a triage is about, once the input has told which machines and times that means.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// What was asked for.
    pub selection: Selection,
    /// The time that is meant.
    pub window: Window,
    /// Machines of the input that are not meant.
    pub machines_left_out: u64,
    /// Machines that are meant, of which the input holds nothing from before the window's end.
    pub later_machines: u64,
    /// Attempts of the selected machines that began before the window.
    pub earlier_attempts: u64,
    /// Attempts of the selected machines that began behind it.
    pub later_attempts: u64,
    /// Whether the input goes on behind it, so that states are as of its end.
    pub is_as_of: bool,
    /// The machine that a name means in a log, as a place in the list of machines; none for one that
    /// is left out.
    owners: BTreeMap<LogName, BTreeMap<String, Option<usize>>>,
}

impl Selected {
    /// The machine of a computer name in a log, as a place in the list of machines; none where it is
    /// not selected, or where no activation event tells of it.
    pub fn owner(&self, log: &LogName, computer: &str) -> Option<usize> {
        let names = self.owners.get(log)?;
        *names.get(&computer.to_lowercase())?
    }

    /// Whether events of a computer name in a log are selected: by the machine that it means, else by
    /// the name itself.
    pub fn has_computer(&self, log: &LogName, computer: &str) -> bool {
        if self.selection.computers.is_empty() {
            return true;
        }
        let names = self.owners.get(log);
        match names.and_then(|names| names.get(&computer.to_lowercase())) {
            Some(owner) => owner.is_some(),
            None => self.selection.has_computer([computer]),
        }
    }
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
    /// The least and the greatest number of its record headers.
    pub ids: Option<(RecordId, RecordId)>,
    /// Whether records of it are lost or missing.
    pub lacks_records: bool,
    /// How many events of the service behind digital licenses it holds, by event id; copies of other
    /// logs' included.
    pub digital: BTreeMap<u16, u64>,
}

/// How a conclusion is come to.
#[derive(Clone, Debug, Default)]
pub struct ConcludeOptions {
    /// What the administrator says is right.
    pub policy: Policy,
    /// How many threads diagnose; 0 for as many as there are processors. At most 1,024 do.
    pub threads: usize,
    /// Which machines and which time it is about.
    pub selection: Selection,
}

impl From<Policy> for ConcludeOptions {
    fn from(policy: Policy) -> Self {
        Self {
            policy,
            ..Self::default()
        }
    }
}

/// What there is of one machine before it is diagnosed.
#[derive(Default)]
struct Parts {
    events: Vec<EventPlace>,
    /// First and last time that each log shows of it.
    seen: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// The least time of its activation events.
    first_event: Option<DateTime<Utc>>,
}

impl Parts {
    fn last_seen(&self) -> Option<DateTime<Utc>> {
        self.seen.iter().map(|(_, last)| *last).max()
    }
}

/// One machine, once its events were put in order.
struct Concluded<'a> {
    key: &'a MachineKey,
    /// None for one that is not selected.
    machine: Option<Machine>,
    /// Whether it is selected, but all of it lies behind the window.
    is_later: bool,
    events: u64,
    duplicates: u64,
}

/// Concludes from everything that was read. Any order, grouping or repetition of what went into
/// the summary gives the same.
pub fn conclude(mut summary: Summary, catalog: &Catalog, options: &ConcludeOptions) -> Triage {
    let begin = Instant::now();
    let policy = &options.policy;
    let logs = summary.take_named();
    let views = in_parallel(logs.iter().collect(), options.threads, |(name, log)| {
        Some(LogView::of(name, log))
    });
    let identities = identity::decide(&views);
    drop(views);
    log::debug!(
        "which names are which machine: decided in {:.3} s",
        begin.elapsed().as_secs_f64()
    );
    let files: Vec<LogFile> = logs.iter().map(|(name, log)| file(name, log)).collect();
    let mut reaches: BTreeMap<LogName, LogReach> = logs
        .iter()
        .map(|(name, log)| (name.clone(), reach(log)))
        .collect();
    reach_over_sets(&mut reaches, &identities);
    let units = units(&logs, &identities);
    let asides = asides::collect(logs.iter().map(|(name, log)| (name, log)));
    let mut damage: Vec<Damage> = Vec::new();
    let mut notes: Vec<Note> = identities.notes().to_vec();
    notes.extend(summary.repeated.iter().map(|name| Note {
        log: name.clone(),
        chunk: None,
        kind: NoteKind::NamedAgain,
    }));
    let mut parts: BTreeMap<&MachineKey, Parts> = BTreeMap::new();
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
            let part = parts.entry(key).or_default();
            part.events.extend(share.events);
            part.seen.push(ends.unwrap_or((share.first, share.last.1)));
            let first = part.first_event.unwrap_or(share.first);
            part.first_event = Some(first.min(share.first));
        }
        damage.extend(log.counts.damage);
        notes.extend(log.counts.notes);
    }
    damage.sort();
    let store = Arc::new(store);
    let log_of = |part: u32| {
        let number = usize::try_from(part)
            .ok()
            .and_then(|at| log_numbers.get(at));
        let number = number.copied().unwrap_or(u32::MAX);
        (number, units.get(&number).copied().unwrap_or(number))
    };
    let newest = parts.values().filter_map(Parts::last_seen).max();
    let as_of = policy.now.or(newest);
    let window = options.selection.window(as_of);
    let is_named = |key: &MachineKey| {
        let (computer, aliases) = (identities.computer(key), identities.aliases(key));
        let names = std::iter::once(&computer).chain(&aliases);
        options.selection.has_computer(names.map(String::as_str))
    };
    let concluded = in_parallel(
        parts.into_iter().collect(),
        options.threads,
        |(key, part)| {
            let first_seen = part.seen.iter().map(|(first, _)| *first).min()?;
            let last_seen = as_of_then(part.last_seen()?, &window).max(first_seen);
            let arranged = order::arrange(&store, &part.events, &log_of);
            let is_named = is_named(key);
            let has_come = part.first_event.is_some_and(|first| window.has_come(first));
            if !is_named || !has_come {
                return Some(Concluded {
                    key,
                    machine: None,
                    is_later: is_named && part.first_event.is_some(),
                    events: arranged.events,
                    duplicates: arranged.duplicates,
                });
            }
            let now = policy.now.unwrap_or(last_seen);
            let events = MachineEvents::new(Arc::clone(&store), arranged.read);
            let whole = events.read();
            let diagnosis = diagnose_machine(&whole, &reaches, catalog, now, &window);
            Some(Concluded {
                key,
                machine: Some(Machine {
                    computer: identities.computer(key),
                    aliases: identities.aliases(key),
                    first_seen,
                    last_seen,
                    now,
                    events,
                    diagnosis,
                }),
                is_later: false,
                events: arranged.events,
                duplicates: arranged.duplicates,
            })
        },
    );
    let activation_events = concluded.iter().map(|machine| machine.events).sum();
    let duplicates = concluded.iter().map(|machine| machine.duplicates).sum();
    let all = concluded.len();
    let later = concluded.iter().filter(|machine| machine.is_later).count();
    let mut machines: Vec<(&MachineKey, Machine)> = concluded
        .into_iter()
        .filter_map(|concluded| Some((concluded.key, concluded.machine?)))
        .collect();
    machines.sort_by(|(_, a), (_, b)| a.computer.cmp(&b.computer));
    let places: BTreeMap<&MachineKey, usize> = machines
        .iter()
        .enumerate()
        .map(|(place, (key, _))| (*key, place))
        .collect();
    let owners = identities.owners(|key| places.get(key).copied());
    let machines: Vec<Machine> = machines.into_iter().map(|(_, machine)| machine).collect();
    let selected = Selected {
        selection: options.selection.clone(),
        window,
        machines_left_out: (all - machines.len() - later) as u64,
        later_machines: later as u64,
        earlier_attempts: sum(&machines, |m| m.diagnosis.earlier.len() as u64),
        later_attempts: sum(&machines, |m| m.diagnosis.later_attempts),
        is_as_of: newest.is_some_and(|newest| !window.has_come(newest)),
        owners,
    };
    log::debug!(
        "machines diagnosed: {}, {:.3} s after all was read",
        machines.len(),
        begin.elapsed().as_secs_f64()
    );
    let mut fleet = Fleet::new(machines, policy, catalog);
    // Machines that are not selected were seen all the same.
    fleet.as_of = policy.now.or_else(|| Some(as_of_then(newest?, &window)));
    fleet.asides = asides::selected(asides, &fleet.machines, &options.selection, &window);
    notes.extend(renames(&fleet));
    notes.sort();
    let findings = find(&fleet, policy, catalog);
    log::debug!(
        "findings: {}, {:.3} s after all was read",
        findings.len(),
        begin.elapsed().as_secs_f64()
    );
    Triage {
        fleet,
        policy: policy.clone(),
        findings,
        selected,
        files,
        damage,
        notes,
        skipped: summary.skipped.into_iter().collect(),
        activation_events,
        duplicates,
        is_incomplete: summary.is_incomplete,
        threads: options.threads,
    }
}

/// What machine ids tell of computers with a new name, each in the log that shows it.
fn renames(fleet: &Fleet) -> Vec<Note> {
    let note = |rename: &LikelyRename| {
        let (machine, event) = rename.event;
        let (_, _, log) = fleet.machines.get(machine)?.events.kept(event)?;
        Some(Note {
            log: log.clone(),
            chunk: None,
            kind: NoteKind::LikelyRename {
                from: rename.from.clone(),
                to: rename.to.clone(),
            },
        })
    };
    fleet.renames.iter().filter_map(note).collect()
}

/// The newest time that counts: a machine that was seen later too is judged at the window's end, in
/// whole seconds.
fn as_of_then(last_seen: DateTime<Utc>, window: &Window) -> DateTime<Utc> {
    match window.until {
        Some(until) if until < last_seen => until.trunc_subsecs(0),
        _ => last_seen,
    }
}

fn sum(machines: &[Machine], of: fn(&Machine) -> u64) -> u64 {
    machines.iter().map(of).sum()
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

fn reach(log: &LogSummary) -> LogReach {
    LogReach {
        first: log.counts.first,
        damaged_chunks: log
            .counts
            .damage
            .iter()
            .filter_map(|damage| Some(damage.chunk?.0))
            .collect(),
        // Of rows that were chosen, nothing can be told by what is not among them.
        has_information: log.is_filtered() || log.has_information(),
        is_filtered: log.is_filtered(),
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
        .map(|origin| origin.computer.to_string())
        .collect();
    computers.extend(log.counts.computer_of_last.clone());
    if computers.is_empty() {
        computers.extend(log.computers_beside());
    }
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
        ids: log.counts.ids,
        lacks_records: log.counts.lacks_records,
        digital: log.digital(),
    }
}
