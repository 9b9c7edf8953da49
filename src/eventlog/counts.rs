//! What was seen of a log beside its events: the facts of its chunks, mergeable in any order, and
//! what they come to once the whole log was read.

use chrono::{DateTime, Utc};

use super::chunk::{ChunkState, Span, Survey};
use super::classic::time_of;
use super::file::FileHeader;
use super::{ChunkIndex, Damage, DamageKind, Note, NoteKind, RecordId};
use crate::input::LogName;

/// What was seen in a run of chunks. State, not an answer: [`merge`](Self::merge) it in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunCounts {
    pub(super) chunks: Vec<ChunkFacts>,
    pub(super) damage: Vec<Damage>,
    pub(super) notes: Vec<Note>,
    pub(super) events: u64,
    pub(super) has_rendering_info: bool,
    /// The file's header, where the run began at the file's beginning.
    pub(super) header: Option<FileHeader>,
    /// Of the chunks whose last record's computer was seen in passing the newest.
    pub(super) newest: Option<Newest>,
}

/// Where a chunk without events comes from. The order is that of the records' numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Newest {
    /// The greatest number of its records.
    pub(super) number: u64,
    pub(super) index: ChunkIndex,
    /// The computer of its last record.
    pub(super) computer: String,
}

/// What is kept of one chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChunkFacts {
    pub(super) index: ChunkIndex,
    pub(super) state: ChunkState,
    pub(super) is_decoded: bool,
    pub(super) has_no_checksums: bool,
    pub(super) records: u32,
    /// Whole records where no chunk can be made out.
    pub(super) loose: u32,
    /// The numbers that are missing between its records, and in how many places.
    pub(super) gaps: (u64, u64),
    /// The least and the greatest number of its records.
    pub(super) ends: Option<(u64, u64)>,
    /// Of the records with a plausible time those with the least and the greatest number: number
    /// and time as stored.
    pub(super) timed_ends: Option<[(u64, u64); 2]>,
    /// The last number by the chunk's header.
    pub(super) declared_last: Option<u64>,
    /// The least and the greatest time as stored.
    pub(super) times: Option<(u64, u64)>,
}

/// Times outside of these years are damage or a dead clock; they do not tell when a log begins.
const PLAUSIBLE: std::ops::Range<u64> = 122_725_152_000_000_000..189_631_584_000_000_000;

impl ChunkFacts {
    /// The facts of a chunk with these records.
    pub(super) fn of(index: ChunkIndex, survey: &Survey, spans: &[Span]) -> Self {
        let mut facts = Self {
            index,
            state: survey.state,
            is_decoded: false,
            has_no_checksums: survey.no_checksums,
            records: u32::try_from(spans.len()).unwrap_or(u32::MAX),
            loose: survey.loose,
            gaps: (0, 0),
            ends: None,
            timed_ends: None,
            declared_last: survey.declared_last,
            times: None,
        };
        let Some(first) = spans.first() else {
            return facts;
        };
        let (mut least, mut greatest) = (first.id, first.id);
        let mut before = first.id;
        let mut timed_ends: Option<[(u64, u64); 2]> = None;
        let (mut earliest, mut latest) = (u64::MAX, 0);
        for span in spans {
            least = least.min(span.id);
            greatest = greatest.max(span.id);
            // Nearly always the next number.
            if span.id.wrapping_sub(before) > 1 {
                facts.gaps = add_gap(facts.gaps, before, span.id);
            }
            before = span.id;
            if PLAUSIBLE.contains(&span.filetime) {
                let this = (span.id, span.filetime);
                let [least, greatest] = timed_ends.get_or_insert([this, this]);
                if this.0 < least.0 {
                    *least = this;
                }
                if this.0 >= greatest.0 {
                    *greatest = this;
                }
                earliest = earliest.min(span.filetime);
                latest = latest.max(span.filetime);
            }
        }
        facts.ends = Some((least, greatest));
        facts.timed_ends = timed_ends;
        facts.times = timed_ends.map(|_| (earliest, latest));
        facts
    }
}

/// Counts what is missing between two numbers.
fn add_gap((gaps, missing): (u64, u64), before: u64, behind: u64) -> (u64, u64) {
    match behind.checked_sub(before) {
        Some(step) if step > 1 => (
            gaps.saturating_add(1),
            missing.saturating_add(step.saturating_sub(1)),
        ),
        _ => (gaps, missing),
    }
}

/// What there is to say of a whole log beside its events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogCounts {
    /// The file's length.
    pub bytes: u64,
    /// Chunks in use.
    pub chunks: u32,
    /// Chunks that were decoded, as they can hold a wanted record.
    pub chunks_decoded: u32,
    /// Live records, by their headers.
    pub records: u64,
    /// Events that were found.
    pub events: u64,
    /// What could not be read, sorted by place.
    pub damage: Vec<Damage>,
    /// What is odd and loses nothing, sorted by place.
    pub notes: Vec<Note>,
    /// The least time of all record headers.
    pub first: Option<DateTime<Utc>>,
    /// The greatest time of all record headers.
    pub last: Option<DateTime<Utc>>,
    /// The time of the record with the least number by the headers; records whose header has no
    /// plausible time (zero, in some) are passed over.
    pub first_by_id: Option<DateTime<Utc>>,
    /// The time of the record with the greatest number by the headers, likewise.
    pub last_by_id: Option<DateTime<Utc>>,
    /// The least and the greatest number of all record headers.
    pub ids: Option<(RecordId, RecordId)>,
    /// Where no event was found: the computer of the last record that decodes.
    pub computer_of_last: Option<String>,
    /// Whether any event found carries RenderingInfo.
    pub has_rendering_info: bool,
    /// Whether records of the log are lost (damage) or missing (gaps), so that what it does not
    /// hold proves nothing.
    pub lacks_records: bool,
}

impl RunCounts {
    /// Takes another run's in; the order does not matter.
    pub fn merge(&mut self, other: Self) {
        self.chunks.extend(other.chunks);
        self.damage.extend(other.damage);
        self.notes.extend(other.notes);
        self.events = self.events.saturating_add(other.events);
        self.has_rendering_info |= other.has_rendering_info;
        self.header = self.header.take().or(other.header);
        self.newest = self.newest.take().max(other.newest);
    }

    /// The greatest record number in these chunks, and the chunk that it stands in.
    pub fn newest(&self) -> Option<(RecordId, ChunkIndex)> {
        self.chunks
            .iter()
            .filter_map(|facts| Some((RecordId(facts.ends?.1), facts.index)))
            .max()
    }

    /// Whether nothing was read at all.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Whether an event was found in them.
    pub fn has_events(&self) -> bool {
        self.events > 0
    }

    /// The chunks with records, from the one with the greatest number down.
    pub(super) fn newest_chunks(&self) -> Vec<ChunkIndex> {
        let mut chunks: Vec<_> = self
            .chunks
            .iter()
            .filter_map(|facts| Some((facts.ends?.1, facts.index)))
            .collect();
        chunks.sort_unstable();
        chunks.iter().rev().map(|(_, index)| *index).collect()
    }

    /// What the chunks of a log come to, all of them having been read.
    pub(super) fn conclude(mut self, log: &LogName, bytes: u64, header: &FileHeader) -> LogCounts {
        self.chunks.sort_unstable_by_key(|facts| facts.index);
        self.chunks.dedup_by_key(|facts| facts.index);
        let note = |kind| Note {
            log: log.clone(),
            chunk: None,
            kind,
        };
        let mut counts = LogCounts {
            bytes,
            events: self.events,
            has_rendering_info: self.has_rendering_info,
            ..LogCounts::default()
        };
        if let Some(kind) = &header.damage {
            self.damage.push(Damage {
                log: log.clone(),
                chunk: None,
                record_id: None,
                kind: kind.clone(),
                lost_records: None,
            });
        }
        self.notes.extend(header.notes.iter().cloned().map(note));
        // Each run of chunks behind the new end has told it.
        let is_shorter = |damage: &Damage| damage.kind == DamageKind::BecameShorter;
        let end = self.damage.iter().filter(|damage| is_shorter(damage));
        let end = end.map(|damage| damage.chunk).min();
        self.damage
            .retain(|damage| !is_shorter(damage) || Some(damage.chunk) == end);

        let last_used = self
            .chunks
            .iter()
            .filter(|facts| matches!(facts.state, ChunkState::InUse | ChunkState::Unreadable))
            .map(|facts| facts.index)
            .next_back();
        let mut foreign = 0_u32;
        for facts in &self.chunks {
            let is_before_last = Some(facts.index) < last_used;
            let is_counted = header
                .chunks
                .is_some_and(|count| facts.index.0 < u32::from(count));
            let kind = match facts.state {
                ChunkState::Zeros if is_before_last => DamageKind::ZeroedChunk,
                ChunkState::Unreadable => DamageKind::BadMagic,
                ChunkState::Foreign if is_before_last || is_counted => DamageKind::BadMagic,
                ChunkState::Foreign => {
                    foreign = foreign.saturating_add(1);
                    continue;
                }
                _ => continue,
            };
            self.damage.push(Damage {
                log: log.clone(),
                chunk: Some(facts.index),
                record_id: None,
                kind,
                lost_records: None,
            });
        }
        if foreign > 0 {
            self.notes
                .push(note(NoteKind::ForeignBytes { chunks: foreign }));
        }
        self.tell_lost_between();

        let used = self
            .chunks
            .iter()
            .filter(|facts| facts.state == ChunkState::InUse);
        let mut no_checksums = 0_u32;
        for facts in used {
            counts.chunks = counts.chunks.saturating_add(1);
            counts.chunks_decoded = counts
                .chunks_decoded
                .saturating_add(u32::from(facts.is_decoded));
            counts.records = counts.records.saturating_add(u64::from(facts.records));
            no_checksums = no_checksums.saturating_add(u32::from(facts.has_no_checksums));
        }
        if no_checksums > 0 {
            self.notes.push(note(NoteKind::NoChecksums {
                chunks: no_checksums,
            }));
        }
        // The header has 16 bits for it.
        let extent = last_used.map_or(0, |last| last.0.saturating_add(1));
        if let Some(stored) = header.chunks
            && extent & 0xFFFF != u32::from(stored)
            // A log without records has one chunk that may not have been written yet.
            && !(extent == 0 && stored == 1)
        {
            self.notes.push(note(NoteKind::StaleHeader {
                stored: u32::from(stored),
                found: extent,
            }));
        }
        let gaps = self.gaps();
        if let Some((gaps, missing)) = gaps {
            self.notes.push(note(NoteKind::Gaps { gaps, missing }));
        }
        counts.lacks_records = gaps.is_some() || self.damage.iter().any(Damage::loses_something);

        let ends = || self.chunks.iter().filter_map(|facts| facts.ends);
        let least = ends().map(|(least, _)| RecordId(least)).min();
        let greatest = ends().map(|(_, greatest)| RecordId(greatest)).max();
        counts.ids = least.zip(greatest);
        let ends = self.chunks.iter().filter_map(|facts| facts.timed_ends);
        let [mut least, mut greatest] = [None, None];
        for [first, last] in ends {
            least = Some(least.map_or(first, |least: (u64, u64)| least.min(first)));
            greatest = Some(greatest.map_or(last, |greatest: (u64, u64)| greatest.max(last)));
        }
        counts.first_by_id = least.and_then(|(_, time)| time_of(time));
        counts.last_by_id = greatest.and_then(|(_, time)| time_of(time));
        let times = || self.chunks.iter().filter_map(|facts| facts.times);
        counts.first = times().map(|(least, _)| least).min().and_then(time_of);
        counts.last = times().map(|(_, last)| last).max().and_then(time_of);

        self.damage.sort_unstable();
        self.notes.sort_unstable();
        counts.damage = self.damage;
        counts.notes = self.notes;
        counts
    }

    /// Where chunks are lost whole between two that were read, the numbers on both sides tell how many
    /// records are lost. Of several lost side by side the first is told to have lost them all.
    /// Elsewhere the records that still lie there are what is known to be lost.
    fn tell_lost_between(&mut self) {
        let mut before = None;
        let mut lost: Option<ChunkIndex> = None;
        let mut found = Vec::new();
        for facts in &self.chunks {
            match facts.ends {
                Some((first, last)) => {
                    if let (Some(chunk), Some(before)) = (lost, before) {
                        let records = first.checked_sub(before);
                        let run = chunk..=facts.index;
                        found.push((run, records.and_then(|step| step.checked_sub(1))));
                    }
                    // What is lost at the end of this chunk is told there.
                    before = facts.declared_last.max(Some(last));
                    lost = None;
                }
                None if matches!(
                    facts.state,
                    ChunkState::Zeros | ChunkState::Unreadable | ChunkState::Foreign
                ) =>
                {
                    lost = lost.or(Some(facts.index));
                }
                None => {}
            }
        }
        for damage in &mut self.damage {
            let Some(chunk) = damage
                .chunk
                .filter(|_| matches!(damage.kind, DamageKind::ZeroedChunk | DamageKind::BadMagic))
            else {
                continue;
            };
            match found.iter().find(|(run, _)| run.contains(&chunk)) {
                Some((run, records)) if *run.start() == chunk => damage.lost_records = *records,
                Some(_) => {}
                None => {
                    let facts = self.chunks.iter().find(|facts| facts.index == chunk);
                    let loose = facts.map_or(0, |facts| u64::from(facts.loose));
                    damage.lost_records = damage.lost_records.or((loose > 0).then_some(loose));
                }
            }
        }
    }

    /// Numbers that are missing between records, wherever they are in the file, and whyever.
    fn gaps(&self) -> Option<(u64, u64)> {
        let mut ends: Vec<_> = self.chunks.iter().filter_map(|facts| facts.ends).collect();
        ends.sort_unstable();
        let mut gaps = (0, 0);
        for facts in &self.chunks {
            gaps = (
                facts.gaps.0.saturating_add(gaps.0),
                facts.gaps.1.saturating_add(gaps.1),
            );
        }
        let mut before: Option<u64> = None;
        for (first, last) in ends {
            if let Some(before) = before {
                gaps = add_gap(gaps, before, first);
            }
            before = before.max(Some(last));
        }
        (gaps.0 > 0).then_some(gaps)
    }
}
