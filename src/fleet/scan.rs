//! Reads logs into a [`Summary`]: runs of chunks are shared out among threads, and each log is put
//! together when its last run is done. Nothing in the result tells who read what.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::summary::{LogSummary, Summary};
use super::watch::Watch;
use crate::eventlog::{self, ChunkRun, ReadOptions, RunCounts, Scratch, Wanted};
use crate::input::{InputError, LogSource, SkipReason, Skipped, Source};
use crate::spp::{self, KeptEvents, SppEvent};

/// Chunks that one thread reads at one go: 4 MiB, so that a big log keeps every thread busy and the
/// word to stop is heard at once.
const CHUNKS_PER_RUN: u32 = 64;

/// How logs are read.
#[derive(Clone, Debug, Default)]
pub struct ScanOptions {
    /// Which shortcuts are taken; none changes the result.
    pub read: ReadOptions,
    /// How many threads read; 0 for as many as there are processors.
    pub threads: usize,
    /// Who watches and may stop it.
    pub watch: Option<Arc<Watch>>,
}

/// Reads every source. A log that cannot be opened is skipped, and the rest goes on.
pub fn scan(sources: Vec<Source>, options: &ScanOptions) -> Summary {
    let begin = Instant::now();
    let scan = Scan::new(&sources, options);
    let threads = thread_count(options.threads).min(scan.jobs.len()).max(1);
    let mut summary = if threads == 1 {
        scan.work()
    } else {
        let parts = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| scan.work())).collect();
            let parts: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
            parts
        });
        let mut summary = Summary::default();
        for part in parts {
            match part {
                Ok(part) => summary.merge(part),
                // Nothing in a worker panics on input; were it so, its logs are missing.
                Err(_) => summary.mark_incomplete(),
            }
        }
        summary
    };
    if options
        .watch
        .as_ref()
        .is_some_and(|watch| watch.is_stopped())
    {
        summary.mark_incomplete();
    }
    let (events, bytes) = summary.kept();
    log::info!(
        "read with {threads} threads in {:.3} s; {events} activation events are kept in {bytes} bytes",
        begin.elapsed().as_secs_f64()
    );
    summary
}

/// So many threads, or as many as there are processors.
pub(super) fn thread_count(asked: usize) -> usize {
    match asked {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        asked => asked,
    }
}

/// A run of chunks of one of the logs.
struct Job {
    log: usize,
    run: ChunkRun,
}

/// A log that is being read.
struct Slot<'a> {
    source: &'a LogSource,
    state: Mutex<SlotState>,
}

#[derive(Default)]
struct SlotState {
    /// Runs that are not done yet.
    pending: usize,
    counts: RunCounts,
    parts: Vec<(u32, KeptEvents)>,
    error: Option<InputError>,
    /// Runs that were left out, as the scan was to end.
    left_out: usize,
    /// Runs that were read.
    done: usize,
}

struct Scan<'a> {
    options: &'a ScanOptions,
    wanted: Wanted,
    slots: Vec<Slot<'a>>,
    jobs: Vec<Job>,
    next: AtomicUsize,
}

impl<'a> Scan<'a> {
    fn new(sources: &'a [Source], options: &'a ScanOptions) -> Self {
        let mut scan = Self {
            options,
            wanted: spp::wanted_for_diagnosis(),
            slots: Vec::new(),
            jobs: Vec::new(),
            next: AtomicUsize::new(0),
        };
        for source in sources {
            let Source::Log(source) = source else {
                continue;
            };
            let mut runs = eventlog::runs(source, CHUNKS_PER_RUN);
            if runs.is_empty() {
                // A log without chunks has its header to tell of.
                runs.push(ChunkRun { first: 0, count: 0 });
            }
            let log = scan.slots.len();
            scan.slots.push(Slot {
                source,
                state: Mutex::new(SlotState {
                    pending: runs.len(),
                    ..SlotState::default()
                }),
            });
            scan.jobs
                .extend(runs.into_iter().map(|run| Job { log, run }));
            if let Some(watch) = &options.watch {
                watch.expect(1, source.len());
            }
        }
        scan
    }

    fn is_stopped(&self) -> bool {
        self.options
            .watch
            .as_ref()
            .is_some_and(|watch| watch.is_stopped())
    }

    /// Does jobs until none is left; what the logs came to whose last run was done here.
    fn work(&self) -> Summary {
        let mut scratch = Scratch::new();
        let mut summary = Summary::default();
        while let Some(job) = self.jobs.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let Some(slot) = self.slots.get(job.log) else {
                continue;
            };
            self.run(slot, job.run, &mut scratch, &mut summary);
        }
        summary
    }

    fn run(&self, slot: &Slot<'_>, run: ChunkRun, scratch: &mut Scratch, summary: &mut Summary) {
        let mut events = KeptEvents::default();
        let read = (!self.is_stopped()).then(|| {
            eventlog::read_run(
                slot.source,
                run,
                &self.wanted,
                &self.options.read,
                scratch,
                &mut |event| events.keep(event),
            )
        });
        events.close();
        if let Some(watch) = &self.options.watch {
            watch.add_bytes(run.bytes(slot.source.len()));
        }
        let done = {
            let mut state = slot.state.lock().unwrap_or_else(PoisonError::into_inner);
            match read {
                Some(Ok(counts)) => {
                    state.counts.merge(counts);
                    state.done = state.done.saturating_add(1);
                }
                Some(Err(error)) => state.error = Some(error),
                None => state.left_out = state.left_out.saturating_add(1),
            }
            if !events.is_empty() {
                state.parts.push((run.first, events));
            }
            state.pending = state.pending.saturating_sub(1);
            (state.pending == 0).then(|| std::mem::take(&mut *state))
        };
        if let Some(state) = done {
            self.finish(slot.source, state, scratch, summary);
        }
    }

    /// Puts a log together of which every run was read, or left out.
    fn finish(
        &self,
        source: &LogSource,
        state: SlotState,
        scratch: &mut Scratch,
        summary: &mut Summary,
    ) {
        let SlotState {
            counts,
            mut parts,
            error,
            left_out,
            done,
            ..
        } = state;
        let finished = match error {
            Some(error) => Err(error),
            None if done == 0 => {
                summary.add_skipped(Skipped {
                    path: source.name().clone(),
                    reason: SkipReason::NotReached,
                });
                return;
            }
            None => eventlog::finish(source, counts, scratch),
        };
        match finished {
            Ok(mut counts) => {
                if left_out > 0 {
                    // What is odd about a log is not told of a part of it.
                    counts.notes.clear();
                }
                parts.sort_by_key(|(first, _)| *first);
                let parts = parts.into_iter().map(|(_, events)| events).collect();
                let log = LogSummary::new(counts, parts);
                log::info!(
                    "{}: {} of {} chunks decoded, {} activation events",
                    source.name(),
                    log.counts.chunks_decoded,
                    log.counts.chunks,
                    log.activation_events()
                );
                if let Some(watch) = &self.options.watch {
                    watch.see_log(source.name(), &log);
                    watch.add_log();
                }
                summary.add_log(source.name().clone(), log);
            }
            Err(error) => {
                let cause = std::error::Error::source(&error)
                    .map_or_else(|| error.to_string(), ToString::to_string);
                let reason = SkipReason::Unreadable { message: cause };
                summary.add_skipped(Skipped {
                    path: source.name().clone(),
                    reason,
                });
            }
        }
    }
}

/// Reads every source once more, sorted by log name, and hands each activation event to `see` as
/// it stands in its log. What cannot be opened any more is passed over: the scan before has told.
///
/// # Errors
/// What `see` returns ends the reading and is returned.
pub fn each_event(
    mut sources: Vec<Source>,
    options: &ScanOptions,
    see: &mut dyn FnMut(&SppEvent) -> io::Result<()>,
) -> io::Result<()> {
    sources.sort_by(|a, b| a.name().cmp(b.name()));
    let wanted = spp::wanted();
    let mut scratch = Scratch::new();
    let mut result = Ok(());
    for source in sources {
        let Source::Log(log) = source else { continue };
        let _ = eventlog::read_log(&log, &wanted, &options.read, &mut scratch, &mut |event| {
            let event = spp::parse(event);
            if result.is_ok() && event.is_activation_event() {
                result = see(&event);
            }
        });
        if result.is_err() {
            break;
        }
    }
    result
}
