//! Reads logs into a [`Summary`].

use super::summary::{LogSummary, Summary};
use crate::eventlog::{self, ReadOptions, Scratch};
use crate::input::{SkipReason, Skipped, Source};
use crate::spp;

/// How logs are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanOptions {
    /// Which shortcuts are taken; none changes the result.
    pub read: ReadOptions,
}

/// Reads every source. A log that cannot be opened is skipped, and the rest goes on.
pub fn scan(sources: Vec<Source>, options: &ScanOptions) -> Summary {
    let wanted = spp::wanted();
    let mut scratch = Scratch::new();
    let mut summary = Summary::default();
    for source in sources {
        let Source::Log(log) = source;
        let mut read = LogSummary::default();
        let result = eventlog::read_log(&log, &wanted, &options.read, &mut scratch, &mut |event| {
            read.keep(spp::parse(event))
        });
        match result {
            Ok(counts) => {
                log::info!(
                    "{}: {} of {} chunks decoded, {} activation events",
                    log.name(),
                    counts.chunks_decoded,
                    counts.chunks,
                    read.events.len()
                );
                read.counts = counts;
                summary.add_log(log.name().clone(), read);
            }
            Err(error) => {
                let cause = std::error::Error::source(&error)
                    .map_or_else(|| error.to_string(), ToString::to_string);
                let reason = SkipReason::Unreadable { message: cause };
                summary.add_skipped(Skipped {
                    path: log.name().clone(),
                    reason,
                });
            }
        }
    }
    summary
}
