//! The stage's shell: reads a log's chunks, and hands what they hold to the caller.
//!
//! All I/O is here. What a chunk's bytes come to is [`read_chunk`], which knows no files, so
//! that any other source of chunks can use it too.

use std::io;

use super::chunk::{self, CHUNK_BYTES, ChunkState, Problem, Span};
use super::counts::{ChunkFacts, Newest};
use super::decode::{Decoder, Job, Output};
use super::file::{ChunkRun, FILE_HEADER_FIELDS, FileHeader, chunk_count, chunk_offset};
use super::prefilter::{Class, Prefilter, Search};
use super::{ChunkIndex, Damage, DamageKind, Event, LogCounts, Note, NoteKind, RunCounts, Wanted};
use crate::input::{InputError, LogName, LogReader, LogSource};

/// How many chunks are read at one go: few calls, and yet the bytes are still in the processor's
/// cache when they are looked at (notes.md).
const CHUNKS_PER_READ: usize = 4;
/// Where the kernel copies from: pages of its cache.
const PAGE_BYTES: usize = 4096;
/// Room for one read, wherever its first page begins.
const READ_SPACE: usize = CHUNKS_PER_READ * CHUNK_BYTES + PAGE_BYTES;

/// Which shortcuts are taken. They never change what is found; off, each has its plain twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// Decode only chunks that can hold a wanted record.
    pub prefilter: bool,
    /// In a chunk, decode only records that can be wanted, those of a proven shape by the place
    /// of their values.
    pub fold: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            prefilter: true,
            fold: true,
        }
    }
}

/// A worker's buffers, kept from one run of chunks to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    bytes: Vec<u8>,
    spans: Vec<Span>,
    visible: Vec<usize>,
    prefilter: Prefilter,
    decoder: Decoder,
    search: Option<Search>,
    output: Output,
}

impl Scratch {
    /// Empty buffers.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Reads a run of chunks and hands each wanted event to `sink`, in the order in which they stand.
///
/// # Errors
/// Where the log cannot be opened. What goes wrong later is damage, in the counts.
pub fn read_run(
    source: &LogSource,
    run: ChunkRun,
    wanted: &Wanted,
    options: &ReadOptions,
    scratch: &mut Scratch,
    sink: &mut dyn FnMut(Event),
) -> Result<RunCounts, InputError> {
    let mut reader = source.reader()?;
    let log = Log {
        name: source.name(),
        len: source.len(),
        wanted,
        options,
    };
    Ok(log.read(&mut reader, run, scratch, sink))
}

/// Reads a whole log and hands each wanted event to `sink`, in the order in which they stand.
///
/// # Errors
/// Where the log cannot be opened, or nothing of it be read.
pub fn read_log(
    source: &LogSource,
    wanted: &Wanted,
    options: &ReadOptions,
    scratch: &mut Scratch,
    sink: &mut dyn FnMut(Event),
) -> Result<LogCounts, InputError> {
    let run = ChunkRun {
        first: 0,
        count: chunk_count(source.len()),
    };
    let counts = read_run(source, run, wanted, options, scratch, sink)?;
    finish(source, counts, scratch)
}

/// What a run of chunks comes to that could not be opened any more, others of the log having been.
pub fn run_lost(source: &LogSource, run: ChunkIndex, error: &InputError) -> RunCounts {
    let mut counts = RunCounts::default();
    counts.damage.push(Damage {
        log: source.name().clone(),
        chunk: Some(run),
        record_id: None,
        kind: DamageKind::Io {
            message: system_words(error),
        },
        lost_records: None,
    });
    counts
}

/// What the system said, without the log's name.
fn system_words(error: &InputError) -> String {
    match error {
        InputError::Read { source, .. } => source.to_string(),
        other => other.to_string(),
    }
}

/// What a log comes to, once all its runs were read and merged.
///
/// # Errors
/// Where nothing was read of the log, and not even its header can be.
pub fn finish(
    source: &LogSource,
    counts: RunCounts,
    scratch: &mut Scratch,
) -> Result<LogCounts, InputError> {
    let mut counts = counts;
    // Most logs are finished without opening them again.
    let mut reader = None;
    let header = match counts.header.take() {
        Some(header) => header,
        None => {
            let header = opened(&mut reader, source).and_then(|reader| {
                read_header(reader).map_err(|error| InputError::Read {
                    name: source.name().clone(),
                    source: error,
                })
            });
            match header {
                Ok(header) => header,
                Err(error) if counts.is_empty() => return Err(error),
                // What was read of its chunks counts all the same.
                Err(error) => FileHeader::unreadable(system_words(&error)),
            }
        }
    };
    let mut computer_of_last = None;
    if counts.events == 0 {
        let newest = counts.newest.take();
        // Few logs have none of our events, and then nearly always the newest chunk will do.
        for index in counts.newest_chunks().into_iter().take(4) {
            computer_of_last = match &newest {
                Some(newest) if newest.index == index => Some(newest.computer.clone()),
                _ => opened(&mut reader, source)
                    .ok()
                    .and_then(|reader| last_computer(reader, index, scratch)),
            };
            if computer_of_last.is_some() {
                break;
            }
        }
    }
    let mut counts = counts.conclude(source.name(), source.len(), &header);
    counts.computer_of_last = computer_of_last;
    Ok(counts)
}

/// Reads chunks whose bytes are at hand, the first of them being this one of its log: of logs that
/// can only be read forward. What is left of a chunk at the end of a log is a chunk.
pub fn read_chunks(
    name: &LogName,
    bytes: &[u8],
    first: ChunkIndex,
    wanted: &Wanted,
    options: &ReadOptions,
    scratch: &mut Scratch,
    sink: &mut dyn FnMut(Event),
) -> RunCounts {
    let mut counts = RunCounts::default();
    let log = Log {
        name,
        len: u64::MAX,
        wanted,
        options,
    };
    for (chunk, at) in bytes.chunks(CHUNK_BYTES).zip(first.0..) {
        log.chunk(chunk, ChunkIndex(at), scratch, &mut counts, sink);
    }
    counts
}

/// What a log comes to that was read forward, all its chunks having been read and merged: `len` bytes
/// long, beginning with `head`, and with the bytes of the chunk that holds its newest record, where
/// they are at hand.
pub fn finish_forward(
    name: &LogName,
    len: u64,
    head: &[u8],
    newest_chunk: Option<&[u8]>,
    counts: RunCounts,
    scratch: &mut Scratch,
) -> LogCounts {
    let header = FileHeader::parse(head.get(..FILE_HEADER_FIELDS).unwrap_or(head));
    let mut counts = counts;
    let newest = counts.newest.take();
    let newest_index = counts.newest_chunks().first().copied();
    let computer_of_last = match (newest, newest_chunk) {
        _ if counts.events > 0 => None,
        (Some(newest), _) if Some(newest.index) == newest_index => Some(newest.computer),
        (_, Some(bytes)) => {
            chunk::survey(bytes, &mut scratch.spans);
            scratch.decoder.last_computer(bytes, &scratch.spans)
        }
        _ => None,
    };
    let mut counts = counts.conclude(name, len, &header);
    counts.computer_of_last = computer_of_last;
    counts
}

/// The reader, opened where it is not yet.
fn opened<'a>(
    reader: &'a mut Option<LogReader>,
    source: &LogSource,
) -> Result<&'a mut LogReader, InputError> {
    Ok(match reader {
        Some(reader) => reader,
        None => reader.insert(source.reader()?),
    })
}

fn read_header(reader: &mut LogReader) -> io::Result<FileHeader> {
    let mut bytes = [0; FILE_HEADER_FIELDS];
    let read = reader.read_at(0, &mut bytes)?;
    Ok(FileHeader::parse(bytes.get(..read).unwrap_or_default()))
}

fn last_computer(
    reader: &mut LogReader,
    index: ChunkIndex,
    scratch: &mut Scratch,
) -> Option<String> {
    scratch.bytes.resize(CHUNK_BYTES, 0);
    let read = reader
        .read_at(chunk_offset(index.0), scratch.bytes.get_mut(..CHUNK_BYTES)?)
        .ok()?;
    let bytes = scratch.bytes.get(..read)?;
    chunk::survey(bytes, &mut scratch.spans);
    scratch.decoder.last_computer(bytes, &scratch.spans)
}

/// A log that is being read.
struct Log<'a> {
    name: &'a LogName,
    len: u64,
    wanted: &'a Wanted,
    options: &'a ReadOptions,
}

impl Log<'_> {
    fn read(
        &self,
        reader: &mut LogReader,
        run: ChunkRun,
        scratch: &mut Scratch,
        sink: &mut dyn FnMut(Event),
    ) -> RunCounts {
        let mut counts = RunCounts::default();
        if run.first == 0 {
            // Where it cannot be read, the log's end is the place to say so.
            counts.header = read_header(reader).ok();
        }
        let end = run
            .first
            .saturating_add(run.count)
            .min(chunk_count(self.len));
        let mut space = std::mem::take(&mut scratch.bytes);
        space.resize(READ_SPACE, 0);
        // Some processors copy several times slower to where no page begins (notes.md).
        let aligned = space.as_ptr().align_offset(PAGE_BYTES).min(PAGE_BYTES);
        let mut index = run.first;
        while index < end {
            let chunks = usize::try_from(end.saturating_sub(index))
                .unwrap_or(usize::MAX)
                .min(CHUNKS_PER_READ);
            let offset = chunk_offset(index);
            let whole = chunks.saturating_mul(CHUNK_BYTES);
            let expected = usize::try_from(self.len.saturating_sub(offset))
                .unwrap_or(usize::MAX)
                .min(whole);
            // A file that was still being copied when it was found may have all of its last chunk now.
            let Some(buffer) = space.get_mut(aligned..aligned.saturating_add(whole)) else {
                break;
            };
            match reader.read_at(offset, buffer) {
                Ok(read) => {
                    let bytes = buffer.get(..read).unwrap_or_default();
                    for (chunk, at) in bytes.chunks(CHUNK_BYTES).zip(index..) {
                        self.chunk(chunk, ChunkIndex(at), scratch, &mut counts, sink);
                    }
                    if read < expected {
                        let at = ChunkIndex(index.saturating_add(chunk_number(read)));
                        self.tell(at, DamageKind::BecameShorter, &mut counts);
                        break;
                    }
                }
                // One after the other, so that only those are lost that cannot be read.
                Err(_) => {
                    for (place, at) in (index..end).take(chunks).enumerate() {
                        let start = place.saturating_mul(CHUNK_BYTES);
                        let stop = start.saturating_add(CHUNK_BYTES);
                        let Some(one) = buffer.get_mut(start..stop) else {
                            continue;
                        };
                        match reader.read_at(chunk_offset(at), one) {
                            Ok(read) => {
                                let bytes = one.get(..read).unwrap_or_default();
                                if !bytes.is_empty() {
                                    self.chunk(bytes, ChunkIndex(at), scratch, &mut counts, sink);
                                }
                                if read < expected.saturating_sub(start).min(CHUNK_BYTES) {
                                    let shorter = DamageKind::BecameShorter;
                                    self.tell(ChunkIndex(at), shorter, &mut counts);
                                }
                            }
                            Err(error) => {
                                let message = error.to_string();
                                self.tell(ChunkIndex(at), DamageKind::Io { message }, &mut counts);
                            }
                        }
                    }
                }
            }
            index = index.saturating_add(u32::try_from(chunks).unwrap_or(u32::MAX));
        }
        scratch.bytes = space;
        counts
    }

    fn tell(&self, chunk: ChunkIndex, kind: DamageKind, counts: &mut RunCounts) {
        counts.damage.push(Damage {
            log: self.name.clone(),
            chunk: Some(chunk),
            record_id: None,
            kind,
            lost_records: None,
        });
    }

    /// Reads one chunk's bytes and adds what they hold.
    fn chunk(
        &self,
        bytes: &[u8],
        index: ChunkIndex,
        scratch: &mut Scratch,
        counts: &mut RunCounts,
        sink: &mut dyn FnMut(Event),
    ) {
        let facts = read_chunk(bytes, index, self.name, self.wanted, self.options, scratch);
        if facts.state == ChunkState::ShortRest {
            counts.notes.push(Note {
                log: self.name.clone(),
                chunk: Some(index),
                kind: NoteKind::ShortLastChunk {
                    bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
                },
            });
        }
        if let Some((_, number)) = facts.ends
            && !facts.is_decoded
            && scratch.output.problems.is_empty()
            && counts
                .newest
                .as_ref()
                .is_none_or(|newest| (newest.number, newest.index) < (number, index))
            && let Some(computer) = scratch.prefilter.last_computer(bytes, &scratch.spans)
        {
            counts.newest = Some(Newest {
                number,
                index,
                computer,
            });
        }
        counts.chunks.push(facts);
        for problem in scratch.output.problems.drain(..) {
            let Problem {
                kind,
                record_id,
                lost_records,
            } = problem;
            counts.damage.push(Damage {
                log: self.name.clone(),
                chunk: Some(index),
                record_id,
                kind,
                lost_records,
            });
        }
        for (_, event) in scratch.output.events.drain(..) {
            counts.events = counts.events.saturating_add(1);
            counts.has_rendering_info |= event.has_rendering_info;
            sink(event);
        }
    }
}

/// Which chunk a position in a buffer of chunks belongs to.
fn chunk_number(position: usize) -> u32 {
    u32::try_from(position / CHUNK_BYTES).unwrap_or(u32::MAX)
}

/// What one chunk's bytes come to: its facts, and in `scratch` its events and problems.
fn read_chunk(
    bytes: &[u8],
    index: ChunkIndex,
    log: &LogName,
    wanted: &Wanted,
    options: &ReadOptions,
    scratch: &mut Scratch,
) -> ChunkFacts {
    let survey = chunk::survey(bytes, &mut scratch.spans);
    let mut facts = ChunkFacts::of(index, &survey, &scratch.spans);
    // Where bytes are wrong, a record may claim more than its own, and then it matters to the crate
    // where the record ends: nothing is folded there, nor read by place.
    let folds = options.fold && survey.problems.is_empty();
    scratch.output.problems.extend(survey.problems);
    if scratch.spans.is_empty() {
        return facts;
    }
    if !scratch
        .search
        .as_ref()
        .is_some_and(|search| search.is_for(wanted))
    {
        scratch.search = None;
    }
    let search = scratch.search.get_or_insert_with(|| Search::new(wanted));
    let is_candidate = scratch.prefilter.classify(bytes, &scratch.spans, search);
    if options.prefilter && !is_candidate {
        return facts;
    }
    facts.is_decoded = true;
    let classes = scratch.prefilter.classes();
    scratch.visible.clear();
    scratch.visible.extend(
        (0..scratch.spans.len())
            .filter(|place| !folds || classes.get(*place) != Some(&Class::Unwanted)),
    );
    let job = Job {
        log,
        index,
        chunk: bytes,
        spans: &scratch.spans,
        prefilter: &scratch.prefilter,
        wanted,
    };
    scratch
        .decoder
        .decode(job, &mut scratch.visible, folds, &mut scratch.output);
    facts
}
