//! The mergeable state of a scan: what each log holds. Any order and any grouping of merges gives
//! the same state, and a log that is merged twice counts once.
//!
//! Events that diagnosis reads are kept whole; of all others (the service's chatter) only what
//! tells them apart, so that memory grows with the events that matter.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::eventlog::{LogCounts, RecordId};
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
    /// The activation events that diagnosis reads, as they stand in it.
    pub(super) events: Vec<SppEvent>,
    /// All other activation events.
    pub(super) noise: Vec<Noise>,
    /// What the origins of `noise` stand for.
    pub(super) origins: Vec<Origin>,
    /// Whether it holds an activation event that is not a warning or an error.
    pub(super) has_information: bool,
}

/// An activation event that tells diagnosis nothing: its identity alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Noise {
    pub(super) record_id: RecordId,
    pub(super) file_record_id: RecordId,
    /// TimeCreated in whole seconds, as identity has it (RULES.md 1).
    pub(super) seconds: i64,
    pub(super) event_id: u16,
    /// Its place in the log's origins.
    pub(super) origin: u32,
}

/// Where events come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) computer: Arc<str>,
    pub(super) channel: Arc<str>,
    pub(super) provider: Arc<str>,
}

impl Origin {
    fn is_of(&self, event: &SppEvent) -> bool {
        same(&self.computer, &event.computer)
            && same(&self.channel, &event.channel)
            && same(&self.provider, &event.provider)
    }
}

/// Names of one log are shared, so that nearly always the address tells.
fn same(a: &Arc<str>, b: &Arc<str>) -> bool {
    Arc::ptr_eq(a, b) || a == b
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
    /// How many activation events it holds.
    pub fn activation_events(&self) -> u64 {
        (self.events.len() + self.noise.len()) as u64
    }

    /// Keeps an event as far as diagnosis and evidence need it. Records of foreign providers in
    /// the Key Management Service channel are no activation events.
    pub fn keep(&mut self, mut event: SppEvent) {
        if !event.is_activation_event() {
            return;
        }
        self.has_information |= matches!(event.level, None | Some(0 | 4));
        if is_noise(&event) {
            let origin = self.origin(&event);
            self.noise.push(Noise {
                record_id: event.record_id,
                file_record_id: event.file_record_id,
                seconds: event.time.timestamp(),
                event_id: event.event_id,
                origin,
            });
            return;
        }
        if let Activity::Status(list) = &event.activity
            && let Some(text) = event.data.iter_mut().find(|text| text.contains(": "))
        {
            // Of a list of hundreds of products only the lines that say something are evidence.
            let mut kept = String::new();
            for (_, line) in text
                .lines()
                .enumerate()
                .filter(|(number, _)| list.lines.iter().any(|l| l.line == *number))
            {
                kept.push_str(line.trim());
                kept.push('\n');
            }
            *text = kept;
        }
        for text in &mut event.data {
            if text.len() > KEPT_CHARS {
                *text = spp::cut(text, KEPT_CHARS);
            }
        }
        self.events.push(event);
    }

    fn origin(&mut self, event: &SppEvent) -> u32 {
        // The newest origins are the likeliest: a log's events come in runs.
        let known = self.origins.iter().rposition(|origin| origin.is_of(event));
        let place = known.unwrap_or_else(|| {
            self.origins.push(Origin {
                computer: Arc::clone(&event.computer),
                channel: Arc::clone(&event.channel),
                provider: Arc::clone(&event.provider),
            });
            self.origins.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }
}

/// Whether diagnosis reads nothing from an event.
fn is_noise(event: &SppEvent) -> bool {
    let says_nothing = matches!(
        event.activity,
        Activity::Other
            | Activity::SluiStarted(_)
            | Activity::ServiceStarting { .. }
            | Activity::DetailedCode { .. }
    );
    says_nothing && event.odd_fields.is_empty()
}
