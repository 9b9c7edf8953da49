//! The mergeable state of a scan: what each log holds. Any order and any grouping of merges gives
//! the same state, and a log that is merged twice counts once.

use std::collections::{BTreeMap, BTreeSet};

use crate::eventlog::LogCounts;
use crate::input::{LogName, Skipped};
use crate::spp::{KeptEvents, Origin};

/// What a scan has found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub(super) logs: BTreeMap<LogName, LogSummary>,
    pub(super) skipped: BTreeSet<Skipped>,
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
        for (name, log) in other.logs {
            self.logs.entry(name).or_insert(log);
        }
        self.skipped.extend(other.skipped);
        self.is_incomplete |= other.is_incomplete;
    }

    /// Adds a log that was read.
    pub fn add_log(&mut self, name: LogName, log: LogSummary) {
        self.logs.entry(name).or_insert(log);
    }

    /// Adds an input that was not read.
    pub fn add_skipped(&mut self, skipped: Skipped) {
        self.skipped.insert(skipped);
    }

    /// Tells that not everything was read that should have been.
    pub fn mark_incomplete(&mut self) {
        self.is_incomplete = true;
    }

    /// The logs that were read, by name.
    pub fn logs(&self) -> impl Iterator<Item = (&LogName, &LogSummary)> {
        self.logs.iter()
    }

    /// Events that are kept, and the bytes that they take.
    pub fn kept(&self) -> (u64, u64) {
        let parts = || self.logs.values().flat_map(|log| &log.parts);
        let bytes: usize = parts().map(KeptEvents::heap_bytes).sum();
        (parts().map(|part| part.len() as u64).sum(), bytes as u64)
    }
}

impl LogSummary {
    /// Of a log that was read in these parts.
    pub fn new(counts: LogCounts, parts: Vec<KeptEvents>) -> Self {
        let mut parts = parts;
        parts.retain(|part| !part.is_empty());
        Self { counts, parts }
    }

    /// How many activation events it holds.
    pub fn activation_events(&self) -> u64 {
        self.parts.iter().map(|part| part.len() as u64).sum()
    }

    /// Every origin of its activation events; one may come several times.
    pub(super) fn origins(&self) -> impl Iterator<Item = &Origin> {
        self.parts.iter().flat_map(KeptEvents::origins)
    }

    /// Whether it holds an activation event that is not a warning or an error.
    pub(super) fn has_information(&self) -> bool {
        self.parts
            .iter()
            .flat_map(KeptEvents::iter)
            .any(|(kept, _)| matches!(kept.level(), None | Some(0 | 4)))
    }
}
