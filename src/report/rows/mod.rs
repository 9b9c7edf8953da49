//! One activation event as an annotated row (report-v1, Rows): flat names for its own fields, its
//! codes with their roles, the attempt that it belongs to.
//!
//! How a row is made stands here, in `fields` and in `inputs`; each format that rows are written in
//! has a file of its own. Rows are read back by `eventlog::rows`, which also has the table of their
//! columns.

mod csv;
mod fields;
mod format;
mod inputs;
mod ndjson;
#[cfg(feature = "parquet")]
mod parquet;
mod partition;
pub(in crate::report) mod said;
#[cfg(test)]
mod sample;
mod timesketch;
mod value;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::build::attempt_id;
use super::code_texts;
use super::model::{Code, Time};
use crate::catalog::{Catalog, Language};
use crate::diagnosis::Machine;
pub use crate::eventlog::rows::ROW_SCHEMA;
use crate::eventlog::{ChunkIndex, RecordId};
use crate::fleet::Triage;
use crate::input::LogName;
use crate::spp::{self, SppEvent};

pub use format::{RowFormat, RowOptions, RowWriter};
pub use inputs::{DamageCell, InputRow, SkippedRow, input_row, input_rows, skipped_row};
pub use partition::PartitionBy;

/// The row of an input, read or not.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "row", rename_all = "lowercase")]
pub enum ToldRow {
    /// A log that was read.
    Input(InputRow),
    /// An input that was not.
    Skipped(SkippedRow),
}

/// One event.
#[derive(Clone, Debug, Serialize)]
pub struct EventRow {
    /// Always [`ROW_SCHEMA`].
    pub schema: u32,
    /// System/TimeCreated.
    pub time: Time,
    /// The computer as logged.
    pub computer: String,
    /// The log channel as logged.
    pub channel: String,
    /// The log.
    pub log: String,
    /// The chunk, from 0.
    pub chunk: u32,
    /// System/EventRecordID.
    pub record_id: u64,
    /// The record header's number.
    pub file_record_id: u64,
    /// The provider as logged.
    pub provider: String,
    /// The event id.
    pub event_id: u16,
    /// The high 16 bits of the event identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qualifiers: Option<u16>,
    /// The record's level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// What the event is.
    pub kind: &'static str,
    /// The default severity of the worst code in it.
    pub severity: Option<&'static str>,
    /// The code that decides what it says.
    #[serde(skip)]
    pub hresult: Option<Code>,
    /// Its codes.
    pub hresults: Vec<CodeCell>,
    /// Its own fields by name.
    pub fields: BTreeMap<&'static str, Cell>,
    /// Fields that are not what they should be, as logged.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unparsed: BTreeMap<&'static str, String>,
    /// The strings as logged, but for what is never shown.
    pub data: Vec<String>,
    /// The attempt that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<String>,
}

/// A code in a row.
#[derive(Clone, Debug, Serialize)]
pub struct CodeCell {
    /// The code.
    pub code: Code,
    /// What it stands for.
    pub role: &'static str,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<&'static str>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A field's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// A time.
    Time(Time),
    /// A list of texts.
    Texts(Vec<String>),
}

/// What was concluded of single records.
#[derive(Debug, Default)]
pub struct RecordIndex {
    attempts: HashMap<RecordKey, String>,
    /// The version of Windows, for records whose meaning it settles.
    versions: HashMap<RecordKey, (u32, u32)>,
}

type RecordKey = (LogName, ChunkIndex, RecordId);

impl RecordIndex {
    /// Of everything that was concluded.
    pub fn of(triage: &Triage) -> Self {
        let mut index = Self::default();
        for machine in &triage.fleet.machines {
            for attempt in &machine.diagnosis.attempts {
                let id = attempt_id(machine, attempt);
                for key in attempt.events.iter().filter_map(|at| key(machine, *at)) {
                    index.attempts.insert(key, id.clone());
                }
            }
            index.settle(machine);
        }
        index
    }

    /// Finds the version of Windows for each record of a machine that means one thing in one version
    /// and another in another: that of the 902 before it, else of the first one behind it.
    fn settle(&mut self, machine: &Machine) {
        let kept = |at| machine.events.kept(at).map(|(kept, ..)| kept);
        let all = 0..machine.events.len();
        let is_open =
            |at: &usize| kept(*at).is_some_and(|kept| spp::is_settled_by_version(kept.event_id));
        let open: Vec<usize> = all.clone().filter(is_open).collect();
        if open.is_empty() {
            return;
        }
        let versions: Vec<(usize, (u32, u32))> = all
            .filter(|at| kept(*at).is_some_and(|kept| kept.event_id == SERVICE_STARTED))
            .filter_map(|at| Some((at, machine.events.get(at)?.windows_version()?)))
            .collect();
        for at in open {
            let behind = versions.partition_point(|(started, _)| *started < at);
            let nearest = versions.get(behind.saturating_sub(1));
            if let (Some((_, version)), Some(key)) = (nearest, key(machine, at)) {
                self.versions.insert(key, *version);
            }
        }
    }

    fn attempt(&self, event: &SppEvent) -> Option<&String> {
        self.attempts.get(&key_of(event))
    }

    /// The meaning of an event, settled by the version of Windows where the record leaves two.
    fn kind(&self, event: &SppEvent) -> &'static str {
        match self.versions.get(&key_of(event)) {
            Some(version) => spp::settled_kind(event.event_id, event.kind, *version),
            None => event.kind,
        }
    }
}

fn key(machine: &Machine, at: usize) -> Option<RecordKey> {
    let (kept, _, log) = machine.events.kept(at)?;
    Some((log.clone(), kept.chunk, kept.file_record_id))
}

fn key_of(event: &SppEvent) -> RecordKey {
    (event.log.clone(), event.chunk, event.file_record_id)
}

/// The event that names the version of the service's file.
const SERVICE_STARTED: u16 = 902;

/// The row of an event.
pub fn event_row(
    event: &SppEvent,
    index: &RecordIndex,
    catalog: &Catalog,
    language: Language,
) -> EventRow {
    let hresults = event.codes.iter().map(|logged| CodeCell {
        code: Code(logged.code),
        role: logged.role.as_str(),
        symbol: logged.code.symbol(),
        title: code_texts::title(catalog, logged.code, language),
    });
    EventRow {
        schema: ROW_SCHEMA,
        time: Time(event.time),
        computer: event.computer.to_string(),
        channel: event.channel.to_string(),
        log: event.log.to_string(),
        chunk: event.chunk.0,
        record_id: event.record_id.0,
        file_record_id: event.file_record_id.0,
        provider: event.provider.to_string(),
        event_id: event.event_id,
        qualifiers: event.qualifiers,
        level: event.level,
        kind: index.kind(event),
        severity: event
            .codes
            .iter()
            .map(|logged| catalog.facts(logged.code).severity)
            .max()
            .map(|severity| severity.as_str()),
        hresult: event.decisive_code().map(Code),
        hresults: hresults.collect(),
        fields: fields::of(event),
        unparsed: event
            .odd_fields
            .iter()
            .map(|odd| (odd.name, odd.text.clone()))
            .collect(),
        data: event.data.clone(),
        attempt: index.attempt(event).cloned(),
    }
}
