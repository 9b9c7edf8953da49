//! Event rows that the program wrote before, put together to the logs that they came from.
//!
//! A log's rows may lie in several files, as where a folder was partitioned or an engine shared the
//! work out; what is told of the log itself may lie in another file. So rows are collected first,
//! and only when all are there it is decided which of them are of one log.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::summary::{LogSummary, Summary};
use crate::eventlog::rows::{RowInput, RowItem, RowsError};
use crate::eventlog::{ChunkIndex, LogCounts, Note, NoteKind, RecordId};
use crate::input::{LogName, SkipReason, Skipped};
use crate::spp::{KeptEvent, KeptEvents, Origin};

/// What one thread has read of files of rows.
#[derive(Debug, Default)]
pub(super) struct RowFiles {
    files: BTreeMap<LogName, RowFile>,
    skipped: Vec<Skipped>,
}

/// What one file of rows gave.
#[derive(Debug, Default)]
struct RowFile {
    events: BTreeMap<LogName, Vec<KeptEvents>>,
    inputs: Vec<RowInput>,
}

/// Takes in the rows of one file, or of a part of one.
#[derive(Debug)]
pub(super) struct RowReader {
    file: LogName,
    /// The events of the log that the newest row was of, and those of all logs before.
    log: Option<(LogName, KeptEvents)>,
    found: RowFiles,
}

impl RowReader {
    pub(super) fn new(file: LogName) -> Self {
        Self {
            file,
            log: None,
            found: RowFiles::default(),
        }
    }

    pub(super) fn take(&mut self, item: RowItem) {
        match item {
            RowItem::Event(event) => {
                // Rows stand by log, so that nearly always it is the same one.
                if self.log.as_ref().is_none_or(|(log, _)| *log != event.log) {
                    self.put_away();
                    self.log = Some((event.log.clone(), KeptEvents::default()));
                }
                if let Some((_, events)) = &mut self.log {
                    events.keep(event);
                }
            }
            RowItem::Input(input) => {
                let file = self.found.files.entry(self.file.clone()).or_default();
                file.inputs.push(input);
            }
            RowItem::Skipped(skipped) => self.found.skipped.push(skipped),
        }
    }

    fn put_away(&mut self) {
        if let Some((log, mut events)) = self.log.take() {
            events.close();
            let file = self.found.files.entry(self.file.clone()).or_default();
            file.events.entry(log).or_default().push(events);
        }
    }

    /// What was found, once the file was read, or not to its end.
    pub(super) fn finish(mut self, result: Result<(), RowsError>) -> RowFiles {
        self.put_away();
        if let Err(RowsError::Newer { .. }) = result {
            // What its rows mean is not known, whatever was understood of them.
            self.found = RowFiles::default();
        }
        if let Err(error) = result {
            self.found.skipped.push(Skipped {
                path: self.file,
                reason: reason(&error),
            });
        }
        self.found
    }
}

pub(super) fn reason(error: &RowsError) -> SkipReason {
    match error {
        RowsError::Read { source, .. } => SkipReason::of_read_error(source),
        other => SkipReason::NotRows {
            message: other.message(),
        },
    }
}

impl RowFiles {
    pub(super) fn merge(&mut self, other: Self) {
        for (name, file) in other.files {
            let into = self.files.entry(name).or_default();
            into.inputs.extend(file.inputs);
            for (log, events) in file.events {
                into.events.entry(log).or_default().extend(events);
            }
        }
        self.skipped.extend(other.skipped);
    }

    /// Puts the logs together.
    pub(super) fn conclude(self, summary: &mut Summary) {
        for skipped in self.skipped {
            summary.add_skipped(skipped);
        }
        // What is told of each log, with the file that tells it.
        let mut inputs: BTreeMap<LogName, Vec<(LogName, RowInput)>> = BTreeMap::new();
        let mut events: Vec<(LogName, LogName, Vec<KeptEvents>)> = Vec::new();
        for (name, file) in self.files {
            for input in file.inputs {
                let of_log = inputs.entry(input.name.clone()).or_default();
                of_log.push((name.clone(), input));
            }
            for (log, parts) in file.events {
                events.push((name.clone(), log, parts));
            }
        }
        let mut logs: BTreeMap<(LogName, u64), Log> = BTreeMap::new();
        for input in inputs.values().flatten().map(|(_, input)| input) {
            let log = logs
                .entry((input.name.clone(), content(&input.counts)))
                .or_default();
            // Where one file has all rows of a log, it does not matter that another has some.
            match &log.input {
                Some(known) if !is_filtered(&known.counts) || is_filtered(&input.counts) => {}
                _ => log.input = Some(input.clone()),
            }
        }
        for (file, name, parts) in events {
            let told = inputs.get(&name).map(|told| nearest(&file, told));
            for (content, parts) in share_out(parts, told.unwrap_or_default()) {
                let log = logs.entry((name.clone(), content)).or_default();
                log.parts.extend(parts);
            }
        }
        for ((name, _), log) in logs {
            let log = log.conclude(&name);
            summary.add_log(name, log);
        }
    }
}

/// Of several logs of one name those that are told of nearest to a file: in the file itself, else in
/// the deepest folder that holds the file too. By content, each once.
fn nearest<'a>(file: &LogName, told: &'a [(LogName, RowInput)]) -> Vec<&'a RowInput> {
    let is_separator = |c: char| matches!(c, '/' | '\\' | '!');
    let shared = |other: &LogName| {
        if other == file {
            return usize::MAX;
        }
        let folder = other
            .as_str()
            .rfind(is_separator)
            .map_or("", |end| other.as_str().get(..=end).unwrap_or_default());
        if file.as_str().starts_with(folder) {
            folder.len().saturating_add(1)
        } else {
            0
        }
    };
    let most = told.iter().map(|(other, _)| shared(other)).max();
    let near = told
        .iter()
        .filter(|(other, _)| Some(shared(other)) == most)
        .map(|(_, input)| (content(&input.counts), input));
    let by_content: BTreeMap<u64, &RowInput> = near.collect();
    by_content.into_values().collect()
}

/// Tells which of several logs of one name each event is of, as where machines each read a log of
/// their own and their rows were joined to one file: by the computer, then by how far a log reaches.
fn share_out(parts: Vec<KeptEvents>, told: Vec<&RowInput>) -> Vec<(u64, Vec<KeptEvents>)> {
    let contents: Vec<u64> = told.iter().map(|input| content(&input.counts)).collect();
    if let [] | [_] = contents[..] {
        return vec![(contents.first().copied().unwrap_or(0), parts)];
    }
    let computers: Vec<BTreeSet<&str>> = told
        .iter()
        .map(|input| input.computers.iter().map(String::as_str).collect())
        .collect();
    let owner = |kept: &KeptEvent, origin: &Origin| {
        let fit = |(input, computers): (&&RowInput, &BTreeSet<&str>)| {
            let counts = &input.counts;
            let is_within = counts
                .ids
                .is_none_or(|(first, last)| (first..=last).contains(&kept.file_record_id));
            let is_then = counts.first.zip(counts.last).is_none_or(|(first, last)| {
                // Times of headers and of events differ by less.
                (first.timestamp()..=last.timestamp()).contains(&kept.time.timestamp())
            });
            (computers.contains(&*origin.computer), is_within, is_then)
        };
        let fits = told.iter().zip(&computers).map(fit);
        fits.zip(&contents).max().map(|(_, content)| *content)
    };
    contents
        .iter()
        .map(|content| {
            let mut own = parts.clone();
            for part in &mut own {
                part.retain(|kept, origin| owner(kept, origin) == Some(*content));
            }
            (*content, own)
        })
        .collect()
}

/// What tells logs of one name apart.
fn content(counts: &LogCounts) -> u64 {
    LogSummary::content_of(counts)
}

/// Whether the rows of events of a log were chosen when they were made.
fn is_filtered(counts: &LogCounts) -> bool {
    let mut notes = counts.notes.iter();
    notes.any(|note| matches!(note.kind, NoteKind::RowsFiltered { .. }))
}

#[derive(Debug, Default)]
struct Log {
    input: Option<RowInput>,
    parts: Vec<KeptEvents>,
}

impl Log {
    fn conclude(mut self, name: &LogName) -> LogSummary {
        drop_repeated(&mut self.parts);
        let has_events = self.parts.iter().any(|part| !part.is_empty());
        let note = |kind| Note {
            log: name.clone(),
            chunk: None,
            kind,
        };
        let mut counts = match self.input {
            Some(input) => {
                let mut counts = input.counts;
                if input.activation_events > 0 && !has_events && !is_filtered(&counts) {
                    counts.notes.push(note(NoteKind::InputWithoutEvents {
                        events: input.activation_events,
                    }));
                    counts.lacks_records = true;
                }
                if input.activation_events == 0 {
                    counts.computer_of_last = input.computers.into_iter().next();
                }
                counts
            }
            None => LogCounts {
                notes: vec![note(NoteKind::EventsWithoutInput)],
                ..LogCounts::default()
            },
        };
        let kept = || self.parts.iter().flat_map(KeptEvents::iter);
        if counts.last_by_id.is_none() {
            counts.last_by_id = kept()
                .max_by_key(|(kept, _)| kept.file_record_id)
                .map(|(kept, _)| kept.time);
        }
        if counts.first.is_none() {
            counts.first = kept().map(|(kept, _)| kept.time).min();
            counts.last = kept().map(|(kept, _)| kept.time).max();
        }
        counts.events = kept().count() as u64;
        LogSummary::new(counts, self.parts)
    }
}

/// Where an event stands, and enough of it that those of two logs under one name are not taken for one.
type Place<'a> = (ChunkIndex, RecordId, RecordId, u16, DateTime<Utc>, &'a str);

/// A file of rows that was given twice, or that lies in two archives, counts once.
fn drop_repeated(parts: &mut [KeptEvents]) {
    if parts.len() < 2 {
        return;
    }
    let mut places: Vec<(Place<'_>, usize, usize)> = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        for (at, (kept, origin)) in part.iter().enumerate() {
            let place = (
                kept.chunk,
                kept.file_record_id,
                kept.record_id,
                kept.event_id,
                kept.time,
                &*origin.computer,
            );
            places.push((place, number, at));
        }
    }
    places.sort_unstable();
    let mut dropped: Vec<Vec<usize>> = vec![Vec::new(); parts.len()];
    for pair in places.windows(2) {
        if let [(a, ..), (b, number, at)] = pair
            && a == b
            && let Some(of_part) = dropped.get_mut(*number)
        {
            of_part.push(*at);
        }
    }
    for (part, mut places) in parts.iter_mut().zip(dropped) {
        places.sort_unstable();
        part.drop_places(&places);
    }
}
