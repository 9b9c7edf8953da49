//! Work on many things at once, with results that do not tell who did which.

use std::sync::{Mutex, PoisonError};

/// More threads than any machine has processors only cost memory.
const MOST_THREADS: usize = 1024;

/// So many threads, or as many as there are processors.
pub(super) fn thread_count(asked: usize) -> usize {
    match asked {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        asked => asked.min(MOST_THREADS),
    }
}

/// Applies a function to each, in parallel; results in the order of the items, failures left out.
pub(crate) fn in_parallel<T: Send, R: Send>(
    items: Vec<T>,
    threads: usize,
    apply: impl Fn(T) -> Option<R> + Sync,
) -> Vec<R> {
    let threads = thread_count(threads).min(items.len()).max(1);
    if threads == 1 {
        return items.into_iter().filter_map(apply).collect();
    }
    let queue = Mutex::new(items.into_iter().enumerate());
    let take = || {
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.next()
    };
    let work = || {
        let mut done = Vec::new();
        while let Some((at, item)) = take() {
            done.extend(apply(item).map(|result| (at, result)));
        }
        done
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        // The system may give fewer threads than were asked for; this one works in any case.
        let workers: Vec<_> = (1..threads)
            .map_while(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let own = work();
        let others = workers.into_iter().flat_map(|worker| match worker.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        own.into_iter().chain(others).collect()
    });
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}
