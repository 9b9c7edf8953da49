//! The mergeable state of a scan: what each log holds. Any order and any grouping of merges gives
//! the same state, and a log that is merged twice counts once.

use std::collections::{BTreeMap, BTreeSet};

use crate::eventlog::LogCounts;
use crate::input::{LogName, Skipped};
use crate::spp::{self, Activity, SppEvent};

/// Characters of a string that are kept as evidence.
const KEPT_CHARS: usize = 300;

/// What a scan has found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub(super) logs: BTreeMap<LogName, LogSummary>,
    pub(super) skipped: BTreeSet<Skipped>,
}

/// What one log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSummary {
    /// Its bytes, chunks, records, damage.
    pub counts: LogCounts,
    /// Its activation events, as they stand in it.
    pub events: Vec<SppEvent>,
}

impl Summary {
    /// Takes another scan's in.
    pub fn merge(&mut self, other: Self) {
        for (name, log) in other.logs {
            self.logs.entry(name).or_insert(log);
        }
        self.skipped.extend(other.skipped);
    }

    /// Adds a log that was read.
    pub fn add_log(&mut self, name: LogName, log: LogSummary) {
        self.logs.entry(name).or_insert(log);
    }

    /// Adds an input that was not read.
    pub fn add_skipped(&mut self, skipped: Skipped) {
        self.skipped.insert(skipped);
    }

    /// The logs that were read, by name.
    pub fn logs(&self) -> impl Iterator<Item = (&LogName, &LogSummary)> {
        self.logs.iter()
    }
}

impl LogSummary {
    /// Keeps an event as far as diagnosis and evidence need it. Records of foreign providers in
    /// the Key Management Service channel are no activation events.
    pub fn keep(&mut self, mut event: SppEvent) {
        if !event.is_activation_event() {
            return;
        }
        if matches!(event.activity, Activity::Other) {
            event.data = Vec::new();
        }
        if let Activity::Status(list) = &event.activity
            && let Some(text) = event.data.iter_mut().find(|text| text.contains(": "))
        {
            // Of a list of hundreds of products only the lines that say something are evidence.
            let ids: Vec<String> = list
                .lines
                .iter()
                .map(|line| line.activation_id.to_string())
                .collect();
            let says_something =
                |line: &&str| ids.iter().any(|id| line.to_lowercase().contains(id));
            *text = text
                .lines()
                .filter(says_something)
                .collect::<Vec<_>>()
                .join("\n");
        }
        for text in &mut event.data {
            *text = spp::cut(text, KEPT_CHARS);
        }
        self.events.push(event);
    }
}
