//! Rows of inputs: what was read and what was not, so that rows made in pieces lose nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ROW_SCHEMA, ToldRow};
use crate::catalog::Language;
use crate::eventlog::{Damage, LogCounts, Note, NoteKind};
use crate::fleet::{LogFile, Triage};
use crate::input::{LogName, Skipped};
use crate::report::build::{damage_part, note_part, skipped_part};
use crate::report::model::{DamagePart, NotePart, Time};
use crate::report::phrases::Phrases;

/// A log that was read.
#[derive(Clone, Debug, Serialize)]
pub struct InputRow {
    /// Always [`ROW_SCHEMA`].
    pub schema: u32,
    /// The log.
    pub log: String,
    /// Its bytes.
    pub bytes: u64,
    /// Its chunks in use.
    pub chunks: u64,
    /// Of these, those that were decoded.
    pub chunks_decoded: u64,
    /// Its live records.
    pub records: u64,
    /// Its activation events.
    pub activation_events: u64,
    /// The least time of its records.
    pub first: Option<Time>,
    /// The greatest time of its records.
    pub last: Option<Time>,
    /// The time of its last record by number.
    pub last_by_id: Option<Time>,
    /// Its computers.
    pub computers: Vec<String>,
    /// Whether events carry RenderingInfo.
    pub rendering_info: bool,
    /// What could not be read of it.
    pub damage: Vec<DamageCell>,
    /// What is odd about it.
    pub notes: Vec<NotePart>,
    /// The least number of its record headers.
    pub first_id: Option<u64>,
    /// The greatest number of its record headers.
    pub last_id: Option<u64>,
    /// Whether records of it are lost or missing.
    pub lacks_records: bool,
    /// The options that its rows of events were chosen with, as typed; none where all were written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<String>,
    /// Whether pseudonyms stand for names in it and in its rows of events.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub redacted: bool,
}

/// What could not be read of a log.
#[derive(Clone, Debug, Serialize)]
pub struct DamageCell {
    /// As the report tells it.
    #[serde(flatten)]
    pub part: DamagePart,
    /// Whether records or bytes are lost by it, even where their number is not known.
    pub loses_something: bool,
}

/// An input that was not read.
#[derive(Clone, Debug, Serialize)]
pub struct SkippedRow {
    /// Always [`ROW_SCHEMA`].
    pub schema: u32,
    /// The path.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// The row of a log that was read in one pass, outside of a scan.
pub fn input_row(
    log: &LogName,
    counts: &LogCounts,
    activation_events: u64,
    computers: Vec<String>,
    language: Language,
) -> ToldRow {
    let damage: Vec<&Damage> = counts.damage.iter().collect();
    let notes: Vec<&Note> = counts.notes.iter().collect();
    ToldRow::Input(InputRow {
        schema: ROW_SCHEMA,
        log: log.to_string(),
        bytes: counts.bytes,
        chunks: counts.chunks.into(),
        chunks_decoded: counts.chunks_decoded.into(),
        records: counts.records,
        activation_events,
        first: counts.first.map(Time),
        last: counts.last.map(Time),
        last_by_id: counts.last_by_id.map(Time),
        computers,
        rendering_info: counts.has_rendering_info,
        damage: damage_cells(&damage, language),
        notes: note_parts(&notes, language),
        first_id: counts.ids.map(|(first, _)| first.0),
        last_id: counts.ids.map(|(_, last)| last.0),
        lacks_records: counts.lacks_records,
        filters: filters(&notes),
        redacted: is_redacted(&notes),
    })
}

/// The row of a log of a scan, with what is wrong and what is odd about it.
fn scanned(file: &LogFile, damage: &[&Damage], notes: &[&Note], language: Language) -> ToldRow {
    ToldRow::Input(InputRow {
        schema: ROW_SCHEMA,
        log: file.log.to_string(),
        bytes: file.bytes,
        chunks: file.chunks,
        chunks_decoded: file.chunks_decoded,
        records: file.records,
        activation_events: file.activation_events,
        first: file.first.map(Time),
        last: file.last.map(Time),
        last_by_id: file.last_by_id.map(Time),
        computers: file.computers.clone(),
        rendering_info: file.has_rendering_info,
        damage: damage_cells(damage, language),
        notes: note_parts(notes, language),
        first_id: file.ids.map(|(first, _)| first.0),
        last_id: file.ids.map(|(_, last)| last.0),
        lacks_records: file.lacks_records,
        filters: filters(notes),
        redacted: is_redacted(notes),
    })
}

fn damage_cells(damage: &[&Damage], language: Language) -> Vec<DamageCell> {
    let cell = |damage: &&Damage| DamageCell {
        part: damage_part(Phrases::load(), language, damage),
        loses_something: damage.loses_something(),
    };
    damage.iter().map(cell).collect()
}

fn note_parts(notes: &[&Note], language: Language) -> Vec<NotePart> {
    let part = |note: &&Note| note_part(Phrases::load(), language, note);
    // Filters and redaction have fields of their own, and what several logs tell together is concluded again.
    let is_told_apart = |note: &&&Note| {
        !matches!(
            note.kind,
            NoteKind::RowsFiltered { .. } | NoteKind::RowsRedacted | NoteKind::LikelyRename { .. }
        )
    };
    notes.iter().filter(is_told_apart).map(part).collect()
}

/// What rows that were read had been chosen with holds for the rows that are made of them.
fn filters(notes: &[&Note]) -> Vec<String> {
    let of_note = |note: &&Note| match &note.kind {
        NoteKind::RowsFiltered { filters } => filters.clone(),
        _ => Vec::new(),
    };
    notes.iter().flat_map(of_note).collect()
}

/// Rows that are made of redacted rows are redacted.
fn is_redacted(notes: &[&Note]) -> bool {
    notes
        .iter()
        .any(|note| matches!(note.kind, NoteKind::RowsRedacted))
}

/// The row of an input that was not read.
pub fn skipped_row(skipped: &Skipped, language: Language) -> ToldRow {
    let part = skipped_part(Phrases::load(), language, skipped);
    ToldRow::Skipped(SkippedRow {
        schema: ROW_SCHEMA,
        path: part.path,
        reason: part.reason,
    })
}

/// The rows of everything that was read and that was not.
pub fn input_rows(triage: &Triage, language: Language) -> Vec<ToldRow> {
    let damage = by_log(&triage.damage, |damage| &damage.log);
    let notes = by_log(&triage.notes, |note| &note.log);
    let input = |file: &LogFile| {
        let damage = damage.get(&file.log).map_or(&[][..], Vec::as_slice);
        let notes = notes.get(&file.log).map_or(&[][..], Vec::as_slice);
        scanned(file, damage, notes, language)
    };
    let skipped = triage
        .skipped
        .iter()
        .map(|skipped| skipped_row(skipped, language));
    triage.files.iter().map(input).chain(skipped).collect()
}

fn by_log<T>(all: &[T], log: impl Fn(&T) -> &LogName) -> BTreeMap<&LogName, Vec<&T>> {
    let mut found: BTreeMap<&LogName, Vec<&T>> = BTreeMap::new();
    for item in all {
        found.entry(log(item)).or_default().push(item);
    }
    found
}
