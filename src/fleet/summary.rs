//! The mergeable state of a scan: what each log holds. Any order and any grouping of merges gives
//! the same state, and a log that is merged twice counts once.

use std::collections::{BTreeMap, BTreeSet};

use crate::eventlog::{LogCounts, NoteKind};
use crate::input::{LogName, Skipped};
use crate::spp::{KeptEvents, Origin, SppEvent};

/// What a scan has found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// By name, and by what tells logs of one name apart: rows of two machines' logs may have been
    /// made in two folders under one relative name.
    pub(super) logs: BTreeMap<(LogName, u64), LogSummary>,
    pub(super) skipped: BTreeSet<Skipped>,
    pub(super) repeated: BTreeSet<LogName>,
    pub(super) is_incomplete: bool,
}

/// What one log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSummary {
    /// Its bytes, chunks, records, damage.
    pub counts: LogCounts,
    /// Its activation events in the order of the file, in one part or in several.
    pub(super) parts: Vec<KeptEvents>,
}

impl Summary {
    /// Takes another scan's in.
    pub fn merge(&mut self, other: Self) {
        for (key, log) in other.logs {
            self.logs.entry(key).or_insert(log);
        }
        self.skipped.extend(other.skipped);
        self.repeated.extend(other.repeated);
        self.is_incomplete |= other.is_incomplete;
    }

    /// Adds a log that was read.
    pub fn add_log(&mut self, name: LogName, log: LogSummary) {
        let content = LogSummary::content_of(&log.counts);
        self.logs.entry((name, content)).or_insert(log);
    }

    /// Adds an input that was not read.
    pub fn add_skipped(&mut self, skipped: Skipped) {
        self.skipped.insert(skipped);
    }

    /// Adds a name under which a file was named or found again.
    pub fn add_repeated(&mut self, name: LogName) {
        self.repeated.insert(name);
    }

    /// Tells that not everything was read that should have been.
    pub fn mark_incomplete(&mut self) {
        self.is_incomplete = true;
    }

    /// The logs that were read, by name.
    pub fn logs(&self) -> impl Iterator<Item = (&LogName, &LogSummary)> {
        self.logs.iter().map(|((name, _), log)| (name, log))
    }

    /// Events that are kept, and the bytes that they take.
    pub fn kept(&self) -> (u64, u64) {
        let parts = || self.logs.values().flat_map(|log| &log.parts);
        let bytes: usize = parts().map(KeptEvents::heap_bytes).sum();
        (parts().map(|part| part.len() as u64).sum(), bytes as u64)
    }

    /// The logs, each under a name of its own.
    pub(super) fn take_named(&mut self) -> Vec<(LogName, LogSummary)> {
        let mut named: Vec<(LogName, LogSummary)> = Vec::with_capacity(self.logs.len());
        let mut last: Option<(LogName, u32)> = None;
        for ((name, _), log) in std::mem::take(&mut self.logs) {
            let count = match &last {
                Some((before, count)) if *before == name => count.saturating_add(1),
                _ => 1,
            };
            let own = if count == 1 {
                name.clone()
            } else {
                LogName::new(format!("{name} ({count})"))
            };
            named.push((own, log));
            last = Some((name, count));
        }
        named.sort_by(|a, b| a.0.cmp(&b.0));
        named
    }
}

impl LogSummary {
    /// Of a log that was read in these parts.
    pub fn new(counts: LogCounts, mut parts: Vec<KeptEvents>) -> Self {
        parts.retain(|part| !part.is_empty());
        Self { counts, parts }
    }

    /// Records beside activation events that are told.
    pub(super) fn asides(&self) -> impl Iterator<Item = &SppEvent> {
        self.parts.iter().flat_map(KeptEvents::asides)
    }

    /// How many events of the service behind digital licenses it holds, by event id.
    pub(super) fn digital(&self) -> BTreeMap<u16, u64> {
        let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
        for ((_, id), count) in self.parts.iter().flat_map(KeptEvents::digital) {
            let sum = counts.entry(*id).or_default();
            *sum = sum.saturating_add(*count);
        }
        counts
    }

    /// Computers of what it holds beside activation events.
    pub(super) fn computers_beside(&self) -> BTreeSet<String> {
        let told = self.asides().map(|event| event.computer.to_string());
        let counted = self.parts.iter().flat_map(|part| part.digital().keys());
        told.chain(counted.map(|(computer, _)| computer.to_string()))
            .collect()
    }

    /// How many activation events it holds.
    pub fn activation_events(&self) -> u64 {
        self.parts.iter().map(|part| part.len() as u64).sum()
    }

    /// A number that differs where logs do, and is the same for a log and for the row that tells of it.
    pub(super) fn content_of(counts: &LogCounts) -> u64 {
        let time = |time: Option<chrono::DateTime<chrono::Utc>>| {
            time.map_or(0, |time| time.timestamp().cast_unsigned())
        };
        // FNV-1a over 64 bits.
        [
            counts.bytes,
            u64::from(counts.chunks),
            counts.records,
            time(counts.first),
            time(counts.last),
        ]
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        })
    }

    /// Every origin of its activation events; one may come several times.
    pub(super) fn origins(&self) -> impl Iterator<Item = &Origin> {
        self.parts.iter().flat_map(KeptEvents::origins)
    }

    /// Whether its event rows were chosen when they were made.
    pub(super) fn is_filtered(&self) -> bool {
        let notes = &self.counts.notes;
        notes
            .iter()
            .any(|note| matches!(note.kind, NoteKind::RowsFiltered { .. }))
    }

    /// Whether it holds an activation event that is not a warning or an error.
    pub(super) fn has_information(&self) -> bool {
        self.parts
            .iter()
            .flat_map(KeptEvents::iter)
            .any(|(kept, _)| matches!(kept.level(), None | Some(0 | 4)))
    }
}
