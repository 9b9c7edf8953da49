//! Rows of inputs: what they tell of the logs that were read and of what was not.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{RowInput, RowItem};
use crate::eventlog::{ChunkIndex, Damage, DamageKind, LogCounts, Note, NoteKind, RecordId};
use crate::input::{LogName, SkipReason, Skipped};

/// What could not be read of a log, as its row tells it.
#[derive(Debug, Deserialize)]
pub(super) struct ToldDamage {
    chunk: Option<u32>,
    record_id: Option<u64>,
    problem: String,
    lost_records: Option<u64>,
    #[serde(default)]
    loses_something: bool,
}

/// What is odd about a log, as its row tells it.
#[derive(Debug, Deserialize)]
pub(super) struct ToldNote {
    chunk: Option<u32>,
    note: String,
    count: Option<u64>,
}

/// A row of a log that was read.
#[derive(Debug, Default)]
pub(super) struct ToldInput<'a> {
    pub(super) log: &'a str,
    pub(super) bytes: u64,
    pub(super) chunks: u64,
    pub(super) chunks_decoded: u64,
    pub(super) records: u64,
    pub(super) activation_events: u64,
    pub(super) first: Option<DateTime<Utc>>,
    pub(super) last: Option<DateTime<Utc>>,
    pub(super) last_by_id: Option<DateTime<Utc>>,
    pub(super) computers: Vec<String>,
    pub(super) rendering_info: bool,
    pub(super) damage: Vec<ToldDamage>,
    pub(super) notes: Vec<ToldNote>,
    pub(super) first_id: Option<u64>,
    pub(super) last_id: Option<u64>,
    /// None in rows from before there was this column.
    pub(super) lacks_records: Option<bool>,
    /// The options that its rows of events were chosen with.
    pub(super) filters: Vec<String>,
    /// Whether pseudonyms stand for names.
    pub(super) redacted: bool,
}

impl ToldInput<'_> {
    pub(super) fn item(self) -> RowItem {
        let name = LogName::new(self.log);
        let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let loses_something = self.damage.iter().any(|told| told.loses_something);
        let damage = self.damage.into_iter().map(|told| Damage {
            log: name.clone(),
            chunk: told.chunk.map(ChunkIndex),
            record_id: told.record_id.map(RecordId),
            kind: DamageKind::Told {
                problem: told.problem,
                loses_something: told.loses_something,
            },
            lost_records: told.lost_records,
        });
        let notes = self.notes.into_iter().map(|told| Note {
            log: name.clone(),
            chunk: told.chunk.map(ChunkIndex),
            kind: NoteKind::Told {
                note: told.note,
                count: told.count,
            },
        });
        let is_filtered = !self.filters.is_empty();
        let filters = is_filtered.then(|| Note {
            log: name.clone(),
            chunk: None,
            kind: NoteKind::RowsFiltered {
                filters: self.filters,
            },
        });
        let redacted = self.redacted.then(|| Note {
            log: name.clone(),
            chunk: None,
            kind: NoteKind::RowsRedacted,
        });
        let counts = LogCounts {
            bytes: self.bytes,
            chunks: narrow(self.chunks),
            chunks_decoded: narrow(self.chunks_decoded),
            records: self.records,
            events: self.activation_events,
            damage: damage.collect(),
            notes: notes.chain(filters).chain(redacted).collect(),
            first: self.first,
            last: self.last,
            first_by_id: None,
            ids: self
                .first_id
                .zip(self.last_id)
                .map(|(first, last)| (RecordId(first), RecordId(last))),
            last_by_id: self.last_by_id,
            computer_of_last: self
                .computers
                .first()
                .filter(|_| self.activation_events == 0)
                .cloned(),
            has_rendering_info: self.rendering_info,
            lacks_records: is_filtered || self.lacks_records.unwrap_or(loses_something),
        };
        RowItem::Input(RowInput {
            name,
            counts,
            activation_events: self.activation_events,
            computers: self.computers,
        })
    }
}

/// A row of an input that was not read.
pub(super) fn skipped(path: &str, reason: &str) -> RowItem {
    RowItem::Skipped(Skipped {
        path: LogName::new(path),
        reason: SkipReason::Told {
            reason: reason.to_owned(),
        },
    })
}
