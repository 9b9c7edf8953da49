//! Reads inputs into a [`Summary`]: runs of chunks are shared out among threads, and each log is put
//! together when its last run is done. Nothing in the result tells who read what.
//!
//! What can be read at any place is cut into runs beforehand. What can only be read forward is read
//! by one thread, which hands blocks of chunks to whoever has nothing else to do.

use std::collections::VecDeque;
use std::io::{BufReader, Read};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::forward::{self, Block};
use super::parallel::thread_count;
use super::pending::{PendingLog, RunRead};
use super::row_files::{RowFiles, RowReader};
use super::summary::Summary;
use super::watch::{UntilStopped, Watch};
use crate::eventlog::rows::{self, RowItem};
use crate::eventlog::{self, ChunkIndex, ChunkRun, ReadOptions, Scratch, Wanted};
use crate::input::{
    ContentKind, LogName, RowSource, SequenceSource, SkipReason, Skipped, Source, StreamSource,
};
use crate::spp::{self, KeptEvents};

/// Chunks that one thread reads at one go: 4 MiB, so that a big log keeps every thread busy and the
/// word to stop is heard at once.
const CHUNKS_PER_RUN: u32 = 64;

/// How logs are read.
#[derive(Clone, Debug, Default)]
pub struct ScanOptions {
    /// Which shortcuts are taken; none changes the result.
    pub read: ReadOptions,
    /// How many threads read; 0 for as many as there are processors. At most 1,024 do.
    pub threads: usize,
    /// Who watches and may stop it.
    pub watch: Option<Arc<Watch>>,
}

/// Reads every source. What cannot be opened is skipped, and the rest goes on.
pub fn scan(sources: Vec<Source>, options: &ScanOptions) -> Summary {
    let begin = Instant::now();
    let scan = Scan::new(&sources, options);
    let threads = scan.threads();
    log_plan(&sources, threads);
    let found = if threads == 1 {
        scan.work()
    } else {
        std::thread::scope(|scope| {
            // The system may give fewer threads than were asked for; this one works in any case.
            let workers: Vec<_> = (1..threads)
                .map_while(|_| {
                    let builder = std::thread::Builder::new();
                    builder.spawn_scoped(scope, || scan.work()).ok()
                })
                .collect();
            let mut found = scan.work();
            for worker in workers {
                match worker.join() {
                    Ok(other) => found.merge(other),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            found
        })
    };
    let Found { mut summary, rows } = found;
    rows.conclude(&mut summary);
    if options
        .watch
        .as_ref()
        .is_some_and(|watch| watch.is_stopped())
    {
        summary.mark_incomplete();
    }
    log_result(&summary, begin.elapsed().as_secs_f64());
    summary
}

/// Says which ways of reading are taken.
fn log_plan(sources: &[Source], threads: usize) {
    let count = |is_such: fn(&Source) -> bool| sources.iter().filter(|s| is_such(s)).count();
    log::debug!(
        "threads: {threads}; logs read by position: {}; unpacked as streams: {}; archives walked in order: {}; files of rows: {}",
        count(|source| matches!(source, Source::Log(_))),
        count(|source| matches!(source, Source::Stream(_))),
        count(|source| matches!(source, Source::Sequence(_))),
        count(|source| matches!(source, Source::Rows(_))),
    );
}

/// Says what was read and how fast, and what is kept of it.
fn log_result(summary: &Summary, seconds: f64) {
    let (mut logs, mut bytes, mut chunks, mut decoded) = (0_u64, 0_u64, 0_u64, 0_u64);
    for (_, log) in summary.logs() {
        logs += 1;
        bytes = bytes.saturating_add(log.counts.bytes);
        chunks = chunks.saturating_add(log.counts.chunks.into());
        decoded = decoded.saturating_add(log.counts.chunks_decoded.into());
    }
    let megabytes = bytes as f64 / 1e6;
    log::debug!(
        "logs read: {logs}, {megabytes:.1} MB, in {seconds:.3} s ({:.2} GB/s); decoded {decoded} of {chunks} chunks",
        megabytes / 1e3 / seconds.max(1e-9)
    );
    let (events, kept) = summary.kept();
    let each = kept.checked_div(events).unwrap_or(0);
    log::debug!("activation events kept: {events}, in {kept} bytes ({each} bytes each)");
}

/// What one thread has found.
#[derive(Default)]
struct Found {
    summary: Summary,
    rows: RowFiles,
}

impl Found {
    fn merge(&mut self, other: Self) {
        self.summary.merge(other.summary);
        self.rows.merge(other.rows);
    }
}

/// Work that is known from the beginning.
enum Job<'a> {
    /// A run of chunks of one of the logs.
    Run(Arc<PendingLog<'a>>, ChunkRun),
    Stream(&'a StreamSource),
    Sequence(&'a SequenceSource),
    Rows(&'a RowSource),
}

/// Work that comes up on the way.
enum Task<'a> {
    Block(Arc<PendingLog<'a>>, Block),
    #[cfg(feature = "parquet")]
    RowGroup(Arc<rows::ParquetRows>, LogName, usize),
}

/// Tasks, and how many jobs may still bring more.
#[derive(Default)]
struct Tasks<'a> {
    queue: VecDeque<Task<'a>>,
    sources: usize,
    /// Buffers of blocks that were read.
    buffers: Vec<Vec<u8>>,
}

struct Scan<'a> {
    options: &'a ScanOptions,
    wanted: Wanted,
    jobs: Vec<Job<'a>>,
    next: AtomicUsize,
    tasks: Mutex<Tasks<'a>>,
    is_task_there: Condvar,
    /// Bytes that were taken from the disk for what is read forward.
    taken: Option<Arc<AtomicU64>>,
}

/// What one thread works with.
#[derive(Default)]
struct Worker {
    scratch: Scratch,
    found: Found,
}

impl<'a> Scan<'a> {
    fn new(sources: &'a [Source], options: &'a ScanOptions) -> Self {
        let mut jobs = Vec::new();
        let mut forward = 0;
        for source in sources {
            match source {
                Source::Log(source) => {
                    let mut runs = eventlog::runs(source, CHUNKS_PER_RUN);
                    if runs.is_empty() {
                        // A log without chunks has its header to tell of.
                        runs.push(ChunkRun { first: 0, count: 0 });
                    }
                    let log = Arc::new(PendingLog::of_file(source, runs.len()));
                    jobs.extend(runs.into_iter().map(|run| Job::Run(Arc::clone(&log), run)));
                }
                Source::Stream(source) => jobs.push(Job::Stream(source)),
                Source::Sequence(source) => jobs.push(Job::Sequence(source)),
                Source::Rows(source) => jobs.push(Job::Rows(source)),
            }
            forward += usize::from(!matches!(source, Source::Log(_)));
            if let Some(watch) = &options.watch {
                watch.announce(
                    u64::from(!matches!(source, Source::Sequence(_))),
                    source.bytes(),
                );
            }
        }
        // What brings tasks begins first, so that there is work for everybody until the end.
        jobs.sort_by_key(|job| matches!(job, Job::Run(..)));
        Self {
            options,
            wanted: spp::wanted_for_diagnosis(),
            jobs,
            next: AtomicUsize::new(0),
            tasks: Mutex::new(Tasks {
                sources: forward,
                ..Tasks::default()
            }),
            is_task_there: Condvar::new(),
            taken: options.watch.as_ref().map(|watch| watch.taken()),
        }
    }

    /// No more threads than there can be work for.
    fn threads(&self) -> usize {
        let has_forward = self.lock().sources > 0;
        let most = if has_forward {
            usize::MAX
        } else {
            self.jobs.len()
        };
        thread_count(self.options.threads).min(most).max(1)
    }

    fn lock(&self) -> MutexGuard<'_, Tasks<'a>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self) -> Option<&Watch> {
        self.options.watch.as_deref()
    }

    fn is_stopped(&self) -> bool {
        self.watch().is_some_and(Watch::is_stopped)
    }

    /// Does what there is to do until nothing more can come.
    fn work(&self) -> Found {
        let mut worker = Worker::default();
        loop {
            let task = self.lock().queue.pop_front();
            if let Some(task) = task {
                self.task(task, &mut worker);
            } else if let Some(job) = self.jobs.get(self.next.fetch_add(1, Ordering::Relaxed)) {
                self.job(job, &mut worker);
            } else if let Some(task) = self.wait() {
                self.task(task, &mut worker);
            } else {
                return worker.found;
            }
        }
    }

    /// The next task, once there is one; none where none can come any more.
    fn wait(&self) -> Option<Task<'a>> {
        let mut tasks = self.lock();
        loop {
            if let Some(task) = tasks.queue.pop_front() {
                return Some(task);
            }
            if tasks.sources == 0 {
                return None;
            }
            tasks = self
                .is_task_there
                .wait(tasks)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn job(&self, job: &Job<'a>, worker: &mut Worker) {
        match job {
            Job::Run(log, run) => return self.run(log, *run, worker),
            Job::Stream(source) => self.stream(source, worker),
            Job::Sequence(source) => self.sequence(source, worker),
            Job::Rows(source) => self.rows(source, worker),
        }
        // It brings no more tasks.
        self.lock().sources -= 1;
        self.is_task_there.notify_all();
    }

    fn task(&self, task: Task<'a>, worker: &mut Worker) {
        match task {
            Task::Block(log, block) => self.block(&log, block, worker),
            #[cfg(feature = "parquet")]
            Task::RowGroup(_, name, _) if self.is_stopped() => {
                worker.skip(&name, SkipReason::NotToTheEnd);
            }
            #[cfg(feature = "parquet")]
            Task::RowGroup(table, name, group) => {
                self.read_rows(&name, worker, |sink| {
                    table.read_group(group, &self.wanted, sink)
                });
            }
        }
    }

    /// Gives a task away, or does it where everybody has enough to do.
    fn give(&self, task: Task<'a>, worker: &mut Worker) {
        let most = thread_count(self.options.threads) * 2;
        {
            let mut tasks = self.lock();
            if tasks.queue.len() < most {
                tasks.queue.push_back(task);
                drop(tasks);
                self.is_task_there.notify_one();
                return;
            }
        }
        self.task(task, worker);
    }

    fn run(&self, log: &PendingLog<'_>, run: ChunkRun, worker: &mut Worker) {
        let Some(source) = log.source() else { return };
        let mut events = KeptEvents::default();
        let counts = (!self.is_stopped()).then(|| {
            eventlog::read_run(
                source,
                run,
                &self.wanted,
                &self.options.read,
                &mut worker.scratch,
                &mut |event| events.keep(event),
            )
        });
        if let Some(watch) = self.watch() {
            watch.add_bytes(run.bytes(source.len()));
        }
        self.take(log, ChunkIndex(run.first), counts, events, worker);
    }

    fn take(
        &self,
        log: &PendingLog<'_>,
        first: ChunkIndex,
        counts: Option<Result<eventlog::RunCounts, crate::input::InputError>>,
        mut events: KeptEvents,
        worker: &mut Worker,
    ) {
        events.close();
        if let Some(watch) = self.watch() {
            watch.see_events(log.name(), &events);
        }
        let read = RunRead {
            first,
            counts,
            events,
        };
        let is_whole = log.take(read, &mut worker.scratch, &mut worker.found.summary);
        if let Some(watch) = self.watch().filter(|_| is_whole) {
            watch.add_log();
        }
    }

    fn stream(&self, source: &StreamSource, worker: &mut Worker) {
        if self.is_stopped() {
            worker.skip(source.name(), SkipReason::NotReached);
            return;
        }
        match source.open(self.taken.as_ref()) {
            Ok(mut reader) => self.forward(source.name(), source.kind(), &mut *reader, worker),
            Err(error) => worker.skip(source.name(), SkipReason::of_open_error(&error)),
        }
    }

    fn sequence(&self, source: &SequenceSource, worker: &mut Worker) {
        if self.is_stopped() {
            worker.skip(source.name(), SkipReason::NotReached);
            return;
        }
        let mut is_cut = false;
        let walked = source.walk(self.taken.as_ref(), &mut |member| {
            if self.is_stopped() {
                is_cut = true;
                return ControlFlow::Break(());
            }
            if let Some(watch) = self.watch() {
                watch.announce(1, 0);
            }
            self.forward(&member.name, member.kind, member.reader, worker);
            ControlFlow::Continue(())
        });
        match walked {
            Ok(skipped) => skipped
                .into_iter()
                .for_each(|skipped| worker.found.summary.add_skipped(skipped)),
            Err(error) => worker.skip(source.name(), SkipReason::of_open_error(&error)),
        }
        if is_cut {
            worker.skip(source.name(), SkipReason::NotToTheEnd);
        }
    }

    /// Reads what can only be read forward.
    fn forward(
        &self,
        name: &LogName,
        kind: ContentKind,
        reader: &mut dyn Read,
        worker: &mut Worker,
    ) {
        let reader = &mut UntilStopped {
            reader,
            watch: self.watch(),
        };
        match kind {
            ContentKind::NdjsonRows => {
                self.read_rows(name, worker, |sink| {
                    rows::read_ndjson(name, &mut BufReader::new(reader), &self.wanted, sink)
                });
            }
            ContentKind::ParquetRows => worker.skip(name, SkipReason::RowsPacked),
            _ => self.log(name, reader, worker),
        }
    }

    fn log(&self, name: &LogName, reader: &mut dyn Read, worker: &mut Worker) {
        let log = Arc::new(PendingLog::forward(name.clone()));
        let end = forward::blocks(
            reader,
            &mut || self.lock().buffers.pop().unwrap_or_default(),
            &mut |block| {
                log.announce_run();
                self.give(Task::Block(Arc::clone(&log), block), worker);
                true
            },
        );
        let is_whole = log.end(end, &mut worker.scratch, &mut worker.found.summary);
        if let Some(watch) = self.watch().filter(|_| is_whole) {
            watch.add_log();
        }
    }

    fn block(&self, log: &PendingLog<'_>, block: Block, worker: &mut Worker) {
        let mut events = KeptEvents::default();
        // Even where the scan is to end: these bytes were read, and there are few of them.
        let counts = eventlog::read_chunks(
            log.name(),
            &block.bytes,
            block.first,
            &self.wanted,
            &self.options.read,
            &mut worker.scratch,
            &mut |event| events.keep(event),
        );
        if let Some((record, chunk)) = block.newest(&counts) {
            log.offer_newest(record, chunk);
        }
        self.lock().buffers.push(block.bytes);
        self.take(log, block.first, Some(Ok(counts)), events, worker);
    }

    fn rows(&self, source: &RowSource, worker: &mut Worker) {
        if self.is_stopped() {
            worker.skip(source.name(), SkipReason::NotReached);
            return;
        }
        match source.kind() {
            #[cfg(feature = "parquet")]
            ContentKind::ParquetRows => self.parquet(source, worker),
            #[cfg(not(feature = "parquet"))]
            ContentKind::ParquetRows => worker.skip(source.name(), SkipReason::NoParquet),
            _ => match source.open_forward() {
                Ok(mut reader) => self.read_rows(source.name(), worker, |sink| {
                    let reader = UntilStopped {
                        reader: &mut reader,
                        watch: self.watch(),
                    };
                    let mut reader = BufReader::with_capacity(256 * 1024, reader);
                    rows::read_ndjson(source.name(), &mut reader, &self.wanted, sink)
                }),
                Err(error) => worker.skip(source.name(), SkipReason::of_open_error(&error)),
            },
        }
        if let Some(watch) = self.watch() {
            watch.add_bytes(source.len());
            watch.add_log();
        }
    }

    #[cfg(feature = "parquet")]
    fn parquet(&self, source: &RowSource, worker: &mut Worker) {
        let mut table = None;
        self.read_rows(source.name(), worker, |sink| {
            let opened = rows::ParquetRows::open(source.bytes())?;
            opened.read_told(sink)?;
            table = Some(Arc::new(opened));
            Ok(())
        });
        let Some(table) = table else { return };
        for group in 0..table.groups() {
            let name = source.name().clone();
            self.give(Task::RowGroup(Arc::clone(&table), name, group), worker);
        }
    }

    /// Reads rows, whichever way `read` does it, and keeps what they give.
    fn read_rows(
        &self,
        name: &LogName,
        worker: &mut Worker,
        read: impl FnOnce(&mut dyn FnMut(RowItem)) -> Result<(), rows::RowsError>,
    ) {
        let mut reader = RowReader::new(name.clone());
        let result = read(&mut |item| reader.take(item));
        worker.found.rows.merge(reader.finish(result));
    }
}

impl Worker {
    fn skip(&mut self, name: &LogName, reason: SkipReason) {
        self.found.summary.add_skipped(Skipped {
            path: name.clone(),
            reason,
        });
    }
}
