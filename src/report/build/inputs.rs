//! What was read, in words: logs, damage, notes, skipped inputs.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use crate::catalog::Language;
use crate::eventlog::{Damage, DamageKind, Note, NoteKind};
use crate::input::{LimitExceeded, SkipReason, Skipped};
use crate::report::below::below;
use crate::report::model::{
    DamagePart, DigitalCountPart, FilePart, Inputs, NotePart, SkippedPart, Time,
};
use crate::report::phrases::{Phrase, Phrases, SkippedPhrases, grouped};

pub(super) fn part(context: &Context<'_>) -> Inputs {
    let triage = context.triage;
    let sum = |of: fn(&crate::fleet::LogFile) -> u64| triage.files.iter().map(of).sum();
    Inputs {
        logs: triage.files.len() as u64,
        bytes: sum(|file| file.bytes),
        chunks: sum(|file| file.chunks),
        chunks_decoded: sum(|file| file.chunks_decoded),
        records: sum(|file| file.records),
        activation_events: triage.activation_events,
        duplicates: triage.duplicates,
        explanation: Vec::new(),
        computers_without_events: computers_without_events(context),
        files: triage.files.iter().map(file).collect(),
        digital_licenses: digital_licenses(context),
        damage: triage
            .damage
            .iter()
            .map(|damage| damage_part(context.phrases, context.language, damage))
            .collect(),
        notes: triage
            .notes
            .iter()
            .map(|note| note_part(context.phrases, context.language, note))
            .collect(),
        skipped: triage
            .skipped
            .iter()
            .map(|skipped| skipped_part(context.phrases, context.language, skipped))
            .collect(),
    }
}

/// Computers of logs without activation events, as far as they are selected: those of which no other
/// log makes a machine.
fn computers_without_events(context: &Context<'_>) -> Vec<String> {
    let triage = context.triage;
    let machines = triage.fleet.machines.iter();
    let known: BTreeSet<String> = machines
        .flat_map(|machine| std::iter::once(&machine.computer).chain(&machine.aliases))
        .map(|name| name.to_lowercase())
        .collect();
    let silent = triage
        .files
        .iter()
        .filter(|file| file.activation_events == 0);
    let mut computers: BTreeMap<String, &String> = BTreeMap::new();
    for computer in silent.flat_map(|file| &file.computers) {
        let name = computer.to_lowercase();
        if !known.contains(&name) && triage.selected.selection.has_computer([computer.as_str()]) {
            computers.entry(name).or_insert(computer);
        }
    }
    computers.into_values().cloned().collect()
}

fn digital_licenses(context: &Context<'_>) -> Vec<DigitalCountPart> {
    let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
    for (id, count) in context.triage.files.iter().flat_map(|file| &file.digital) {
        let sum = counts.entry(*id).or_default();
        *sum = sum.saturating_add(*count);
    }
    let part = |(event_id, count)| DigitalCountPart {
        event_id,
        text: digital_license_title(context, event_id),
        count,
    };
    counts.into_iter().map(part).collect()
}

/// What an event of the service behind digital licenses says, in a few words.
pub(super) fn digital_license_title(context: &Context<'_>, event_id: u16) -> String {
    let phrases = &context.phrases.digital_license;
    let phrase = match event_id {
        100 => &phrases.starting,
        101 => &phrases.started,
        102 => &phrases.stopped,
        103 => &phrases.service_failed,
        104 => &phrases.rearm_pending,
        106 | 107 => &phrases.removed,
        110 | 111 => &phrases.install_failed,
        112 => &phrases.storage_failed,
        113 => &phrases.refresh_failed,
        114 => &phrases.removal_failed,
        115 => &phrases.installed,
        116 => &phrases.app_installed,
        117 => &phrases.lease_installed,
        118 => &phrases.device_installed,
        119 => &phrases.token_installed,
        120 => &phrases.token_failed,
        121 => &phrases.reboot_required,
        150 => &phrases.rearmed,
        151 => &phrases.app_without_license,
        152 => &phrases.out_of_tolerance,
        153 => &phrases.within_tolerance,
        154 => &phrases.device_id_updated,
        155 => &phrases.device_removed,
        156 => &phrases.device_missing,
        157 | 159 | 160 => &phrases.archived,
        158 => &phrases.archive_failed,
        _ => &phrases.other,
    };
    phrase.get(context.language).to_owned()
}

fn file(file: &crate::fleet::LogFile) -> FilePart {
    FilePart {
        log: file.log.to_string(),
        bytes: file.bytes,
        records: file.records,
        activation_events: file.activation_events,
        first: file.first.map(Time),
        last: file.last.map(Time),
        computers: file.computers.clone(),
    }
}

pub(crate) fn damage_part(phrases: &Phrases, language: Language, damage: &Damage) -> DamagePart {
    let phrases = &phrases.damage;
    let checksums = |phrase: &crate::report::phrases::Phrase, stored: &u32, computed: &u32| {
        phrase.fill(
            language,
            &[
                ("stored", &format!("0x{stored:08x}")),
                ("computed", &format!("0x{computed:08x}")),
            ],
        )
    };
    let problem = match &damage.kind {
        DamageKind::FileHeader { stored, computed } => {
            checksums(&phrases.file_header, stored, computed)
        }
        DamageKind::ChunkCutShort { bytes } => phrases
            .chunk_cut_short
            .fill(language, &[("bytes", &grouped(u64::from(*bytes)))]),
        DamageKind::BadMagic => phrases.bad_magic.get(language).to_owned(),
        DamageKind::ZeroedChunk => phrases.zeroed_chunk.get(language).to_owned(),
        DamageKind::HeaderChecksum { stored, computed } => {
            checksums(&phrases.header_checksum, stored, computed)
        }
        DamageKind::DataChecksum { stored, computed } => {
            checksums(&phrases.data_checksum, stored, computed)
        }
        DamageKind::StringTable => phrases.string_table.get(language).to_owned(),
        DamageKind::TemplateTable => phrases.template_table.get(language).to_owned(),
        DamageKind::FreeSpaceOffset { stored, walked } => phrases.free_space_offset.fill(
            language,
            &[
                ("stored", &stored.to_string()),
                ("walked", &walked.to_string()),
            ],
        ),
        DamageKind::RecordRange { stored, walked } => phrases.record_range.fill(
            language,
            &[
                ("stored", &stored.to_string()),
                ("walked", &walked.to_string()),
            ],
        ),
        DamageKind::RecordChain => phrases.record_chain.get(language).to_owned(),
        DamageKind::Record { message } => because(&phrases.record, language, message),
        DamageKind::Chunk { message } => because(&phrases.chunk, language, message),
        DamageKind::Io { message } => because(&phrases.io, language, message),
        DamageKind::BecameShorter => phrases.became_shorter.get(language).to_owned(),
        DamageKind::Told { problem, .. } => problem.clone(),
    };
    DamagePart {
        log: damage.log.to_string(),
        chunk: damage.chunk.map(|chunk| chunk.0),
        record_id: damage.record_id.map(|id| id.0),
        problem,
        lost_records: damage.lost_records,
    }
}

pub(crate) fn note_part(phrases: &Phrases, language: Language, note: &Note) -> NotePart {
    let phrases = &phrases.note;
    let (text, count) = match &note.kind {
        NoteKind::StaleHeader { stored, found } => (
            if stored > found {
                &phrases.header_counts_more
            } else {
                &phrases.stale_header
            }
            .fill(
                language,
                &[
                    ("stored", &stored.to_string()),
                    ("found", &found.to_string()),
                ],
            ),
            None,
        ),
        NoteKind::DirtyFlag => (phrases.dirty_flag.get(language).to_owned(), None),
        NoteKind::MinorVersion { minor } => (
            phrases
                .minor_version
                .fill(language, &[("minor", &minor.to_string())]),
            None,
        ),
        NoteKind::ShortLastChunk { .. } => {
            (phrases.short_last_chunk.get(language).to_owned(), None)
        }
        NoteKind::Gaps { gaps, missing } => (
            phrases
                .gaps
                .count(language, *gaps, &[("missing", &grouped(*missing))]),
            Some(*gaps),
        ),
        NoteKind::ForeignBytes { chunks } => (
            phrases
                .foreign_bytes
                .count(language, u64::from(*chunks), &[]),
            Some(u64::from(*chunks)),
        ),
        NoteKind::NoChecksums { chunks } => (
            phrases
                .no_checksums
                .count(language, u64::from(*chunks), &[]),
            Some(u64::from(*chunks)),
        ),
        NoteKind::RowsFiltered { filters } => (
            phrases
                .rows_filtered
                .fill(language, &[("filters", &filters.join(" "))]),
            None,
        ),
        NoteKind::RowsRedacted => (phrases.rows_redacted.get(language).to_owned(), None),
        NoteKind::EventsWithoutInput => {
            (phrases.events_without_input.get(language).to_owned(), None)
        }
        NoteKind::InputWithoutEvents { events } => (
            phrases
                .input_without_events
                .fill(language, &[("n", &grouped(*events))]),
            Some(*events),
        ),
        NoteKind::NamedAgain => (phrases.named_again.get(language).to_owned(), None),
        NoteKind::Told { note, count } => (note.clone(), *count),
        NoteKind::LikelyRename { from, to } => (
            phrases
                .likely_rename
                .fill(language, &[("from", from), ("to", to)]),
            None,
        ),
        NoteKind::NumbersReused { other } => (
            phrases
                .numbers_reused
                .fill(language, &[("log", &other.to_string())]),
            None,
        ),
    };
    NotePart {
        log: note.log.to_string(),
        chunk: note.chunk.map(|chunk| chunk.0),
        note: text,
        count,
    }
}

pub(crate) fn skipped_part(
    phrases: &Phrases,
    language: Language,
    skipped: &Skipped,
) -> SkippedPart {
    let phrases = &phrases.skipped;
    let reason = match &skipped.reason {
        SkipReason::Missing => phrases.missing.get(language).to_owned(),
        SkipReason::Empty => phrases.empty.get(language).to_owned(),
        SkipReason::NotALog => phrases.not_a_log.get(language).to_owned(),
        SkipReason::HeaderCutShort { bytes } => phrases
            .header_cut_short
            .fill(language, &[("bytes", &grouped(*bytes))]),
        SkipReason::OldEventLog => phrases.old_event_log.get(language).to_owned(),
        SkipReason::XmlExport => phrases.xml_export.get(language).to_owned(),
        SkipReason::TextExport => phrases.text_export.get(language).to_owned(),
        SkipReason::RowsForOthers => phrases.rows_for_others.get(language).to_owned(),
        SkipReason::Report => phrases.report.get(language).to_owned(),
        SkipReason::NoLogs => phrases.no_logs.get(language).to_owned(),
        SkipReason::NoLogsInArchive => phrases.no_logs_in_archive.get(language).to_owned(),
        SkipReason::NoMatch => phrases.no_match.get(language).to_owned(),
        SkipReason::BadPattern { message } => because(&phrases.bad_pattern, language, message),
        SkipReason::NoneSelected => phrases.none_selected.get(language).to_owned(),
        SkipReason::Encrypted { members, first } => {
            phrases
                .encrypted
                .count(language, *members, &[("first", first)])
        }
        SkipReason::Packing {
            method,
            members,
            first,
        } => phrases
            .packing
            .count(language, *members, &[("method", method), ("first", first)]),
        SkipReason::LengthUnknown { first } => {
            phrases.length_unknown.fill(language, &[("first", first)])
        }
        SkipReason::NoDirectory => phrases.no_directory.get(language).to_owned(),
        SkipReason::NotUnpacked { message } => because(&phrases.not_unpacked, language, message),
        SkipReason::Limit(limit) => limit_text(phrases, language, *limit),
        SkipReason::NotRows { message } => because(&phrases.not_rows, language, message),
        SkipReason::BadRows { rows, at, message } => phrases.bad_rows.count(
            language,
            *rows,
            &[
                ("at", &grouped(*at)),
                ("message", &below(message, language)),
            ],
        ),
        SkipReason::RowsPacked => phrases.rows_packed.get(language).to_owned(),
        SkipReason::NoParquet => phrases.no_parquet.get(language).to_owned(),
        SkipReason::NotAFile => phrases.not_a_file.get(language).to_owned(),
        SkipReason::NotReached => phrases.not_reached.get(language).to_owned(),
        SkipReason::NotToTheEnd => phrases.not_to_the_end.get(language).to_owned(),
        SkipReason::Unreadable { message } => because(&phrases.unreadable, language, message),
        SkipReason::Told { reason } => reason.clone(),
    };
    SkippedPart {
        path: skipped.path.to_string(),
        reason,
    }
}

/// A sentence that ends with what a lower layer says.
fn because(phrase: &Phrase, language: Language, message: &str) -> String {
    phrase.fill(language, &[("message", &below(message, language))])
}

/// Which limit of archives is met, its number, and the option that raises it.
fn limit_text(phrases: &SkippedPhrases, language: Language, limit: LimitExceeded) -> String {
    let (phrase, number) = match limit {
        LimitExceeded::Entries { limit } => (&phrases.limit_entries, limit),
        LimitExceeded::Ratio { limit } => (&phrases.limit_ratio, limit),
        LimitExceeded::Bytes { limit } => (&phrases.limit_bytes, limit),
        LimitExceeded::Depth { limit } => (&phrases.limit_depth, u64::from(limit)),
        LimitExceeded::Header { limit } => (&phrases.limit_header, limit),
    };
    phrase.fill(language, &[("limit", &grouped(number))])
}
