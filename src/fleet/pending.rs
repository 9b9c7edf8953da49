//! A log that is being put together out of runs of its chunks, whoever read which of them, and in
//! whichever order they come back.

use std::sync::{Mutex, PoisonError};

use super::forward::End;
use super::summary::{LogSummary, Summary};
use crate::eventlog::{self, ChunkIndex, RecordId, RunCounts, Scratch};
use crate::input::{InputError, LogName, LogSource, SkipReason, Skipped};
use crate::spp::KeptEvents;

/// A log of which some runs of chunks are still to come.
pub(super) struct PendingLog<'a> {
    name: LogName,
    /// Where it can be read at any place; none for what can only be read forward.
    source: Option<&'a LogSource>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Runs that are not done yet.
    pending: usize,
    /// Runs that were read.
    done: usize,
    /// Runs that were left out, as the scan was to end.
    left_out: usize,
    counts: RunCounts,
    parts: Vec<(ChunkIndex, KeptEvents)>,
    /// Runs that could not be opened, while others perhaps were.
    lost: Vec<(ChunkIndex, InputError)>,
    /// Of a log that is read forward: the chunk with the newest record so far.
    newest: Option<(RecordId, Vec<u8>)>,
    /// Of a log that is read forward: what came out beside its chunks, once it was read to its end.
    end: Option<End>,
}

/// What reading a run of chunks came to.
pub(super) struct RunRead {
    /// The first of the chunks.
    pub(super) first: ChunkIndex,
    /// What was seen; none where it was left out.
    pub(super) counts: Option<Result<RunCounts, InputError>>,
    /// What was found.
    pub(super) events: KeptEvents,
}

impl<'a> PendingLog<'a> {
    /// A log that can be read at any place, in so many runs.
    pub(super) fn of_file(source: &'a LogSource, runs: usize) -> Self {
        let state = State {
            pending: runs,
            ..State::default()
        };
        Self {
            name: source.name().clone(),
            source: Some(source),
            state: Mutex::new(state),
        }
    }

    /// A log that is read forward. It is pending until [`end`](Self::end) is told.
    pub(super) fn forward(name: LogName) -> Self {
        let state = State {
            pending: 1,
            ..State::default()
        };
        Self {
            name,
            source: None,
            state: Mutex::new(state),
        }
    }

    pub(super) fn name(&self) -> &LogName {
        &self.name
    }

    pub(super) fn source(&self) -> Option<&'a LogSource> {
        self.source
    }

    /// Announces one more run.
    pub(super) fn announce_run(&self) {
        self.lock().pending += 1;
    }

    /// Keeps a copy of a chunk if it holds the newest record so far; only needed of logs that are read
    /// forward, as long as no event was found in them.
    pub(super) fn offer_newest(&self, record: RecordId, chunk: &[u8]) {
        let mut state = self.lock();
        if state
            .newest
            .as_ref()
            .is_none_or(|(newest, _)| *newest < record)
        {
            state.newest = Some((record, chunk.to_vec()));
        }
    }

    /// Takes in what a run came to. Where it was the last one, the log is whole and goes into the
    /// summary; says so.
    pub(super) fn take(&self, read: RunRead, scratch: &mut Scratch, summary: &mut Summary) -> bool {
        let done = {
            let mut state = self.lock();
            match read.counts {
                Some(Ok(counts)) => {
                    state.counts.merge(counts);
                    state.done += 1;
                }
                Some(Err(error)) => state.lost.push((read.first, error)),
                None => state.left_out += 1,
            }
            if !read.events.is_empty() {
                state.parts.push((read.first, read.events));
            }
            Self::one_less(&mut state)
        };
        self.finish(done, scratch, summary)
    }

    /// Tells that a log that is read forward has come to its end.
    pub(super) fn end(&self, end: End, scratch: &mut Scratch, summary: &mut Summary) -> bool {
        let done = {
            let mut state = self.lock();
            state.end = Some(end);
            Self::one_less(&mut state)
        };
        self.finish(done, scratch, summary)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn one_less(state: &mut State) -> Option<State> {
        state.pending = state.pending.saturating_sub(1);
        (state.pending == 0).then(|| std::mem::take(state))
    }

    fn finish(&self, state: Option<State>, scratch: &mut Scratch, summary: &mut Summary) -> bool {
        let Some(mut state) = state else { return false };
        let skip = |reason| Skipped {
            path: self.name.clone(),
            reason,
        };
        let mut counts = std::mem::take(&mut state.counts);
        state.lost.sort_by_key(|(first, _)| *first);
        let finished = match (self.source, &state.end) {
            (Some(_), _) if state.done == 0 => Err(match state.lost.first() {
                Some((_, error)) => SkipReason::of_open_error(error),
                None => SkipReason::NotReached,
            }),
            (Some(source), _) => {
                for (first, error) in &state.lost {
                    counts.merge(eventlog::run_lost(source, *first, error));
                }
                eventlog::finish(source, counts, scratch)
                    .map_err(|error| SkipReason::of_open_error(&error))
            }
            (None, Some(end)) => forward(&self.name, end, state.newest, counts, scratch),
            (None, None) => Err(SkipReason::NotReached),
        };
        let mut counts = match finished {
            Ok(counts) => counts,
            Err(reason) => {
                summary.add_skipped(skip(reason));
                return true;
            }
        };
        if let Some(error) = state.end.as_ref().and_then(|end| end.error.as_ref()) {
            // What was read before it counts, and that there is more does too.
            summary.add_skipped(skip(SkipReason::of_read_error(error)));
            counts.notes.clear();
            counts.lacks_records = true;
        }
        if state.left_out > 0 {
            summary.add_skipped(skip(SkipReason::NotToTheEnd));
        }
        if state.left_out > 0 || !state.lost.is_empty() {
            // What is odd about a log is not told of a part of it.
            counts.notes.clear();
            counts.lacks_records = true;
        }
        state.parts.sort_by_key(|(first, _)| *first);
        let parts = state.parts.into_iter().map(|(_, events)| events).collect();
        let log = LogSummary::new(counts, parts);
        log::debug!(
            "{}: {} of {} chunks decoded, {} activation events",
            self.name,
            log.counts.chunks_decoded,
            log.counts.chunks,
            log.activation_events()
        );
        summary.add_log(self.name.clone(), log);
        true
    }
}

fn forward(
    name: &LogName,
    end: &End,
    newest: Option<(RecordId, Vec<u8>)>,
    counts: RunCounts,
    scratch: &mut Scratch,
) -> Result<eventlog::LogCounts, SkipReason> {
    match &end.error {
        Some(error) if counts.is_empty() => Err(SkipReason::of_read_error(error)),
        None if end.head.is_empty() => Err(SkipReason::Empty),
        None if end.len < eventlog::FILE_HEADER_BYTES => {
            Err(SkipReason::HeaderCutShort { bytes: end.len })
        }
        _ => Ok(eventlog::finish_forward(
            name,
            end.len,
            &end.head,
            newest.as_ref().map(|(_, chunk)| chunk.as_slice()),
            counts,
            scratch,
        )),
    }
}

#[cfg(test)]
mod tests {
    use xtask::evtx::{Log, LogOptions, Record};

    use crate::catalog::Catalog;
    use crate::eventlog::{CHUNK_BYTES, ChunkIndex, DamageKind, FILE_HEADER_BYTES};
    use crate::fleet::{ConcludeOptions, ScanOptions, Triage, conclude, scan};
    use crate::input::{LogSource, SkipReason, Source};

    const CHUNKS: u64 = 70;
    const RECORDS: u64 = 3;

    /// A log of two runs of chunks of which these bytes cannot be read.
    fn read(bad: std::ops::Range<u64>) -> Triage {
        let mut log = Log::new(LogOptions::default());
        for _ in 0..CHUNKS {
            for number in 0..RECORDS {
                let record = Record {
                    event_id: 8198,
                    strings: vec![format!("hr=0x8007232B {number}")],
                    ..Record::default()
                };
                log.push(&record).unwrap();
            }
            log.end_chunk();
        }
        let source = LogSource::failing("failing.evtx", log.finish(), bad);
        let summary = scan(vec![Source::Log(source)], &ScanOptions::default());
        conclude(summary, &Catalog::builtin(), &ConcludeOptions::default())
    }

    fn chunk_at(index: u64) -> u64 {
        FILE_HEADER_BYTES + index * CHUNK_BYTES as u64
    }

    fn told(triage: &Triage) -> Vec<(Option<ChunkIndex>, bool)> {
        let is_io = |kind: &DamageKind| matches!(kind, DamageKind::Io { .. });
        let damage = triage.damage.iter();
        damage.map(|d| (d.chunk, is_io(&d.kind))).collect()
    }

    #[test]
    fn a_chunk_that_cannot_be_read_costs_itself_alone() {
        let triage = read(chunk_at(66) + 10..chunk_at(66) + 11);
        assert_eq!(told(&triage), [(Some(ChunkIndex(66)), true)]);
        assert_eq!(triage.files[0].records, (CHUNKS - 1) * RECORDS);
        assert!(triage.skipped.is_empty());
    }

    #[test]
    fn a_header_that_cannot_be_read_costs_no_chunk() {
        let triage = read(0..1);
        assert_eq!(told(&triage), [(None, true)]);
        assert_eq!(triage.files[0].records, CHUNKS * RECORDS);
    }

    #[test]
    fn a_log_of_which_nothing_can_be_read_is_skipped() {
        let triage = read(0..u64::MAX);
        assert!(triage.files.is_empty());
        assert!(
            matches!(&triage.skipped[0].reason, SkipReason::Unreadable { message } if message.contains("fails")),
            "{:?}",
            triage.skipped
        );
    }
}
