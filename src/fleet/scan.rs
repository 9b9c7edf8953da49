//! Reads logs into a [`Summary`].

use std::io;

use super::summary::{LogSummary, Summary};
use crate::eventlog::{self, ReadOptions, Scratch};
use crate::input::{SkipReason, Skipped, Source};
use crate::spp::{self, SppEvent};

/// How logs are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanOptions {
    /// Which shortcuts are taken; none changes the result.
    pub read: ReadOptions,
}

/// Reads every source. A log that cannot be opened is skipped, and the rest goes on.
pub fn scan(sources: Vec<Source>, options: &ScanOptions) -> Summary {
    let wanted = spp::wanted_for_diagnosis();
    let mut scratch = Scratch::new();
    let mut summary = Summary::default();
    for source in sources {
        let Source::Log(log) = source else { continue };
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
                    read.activation_events()
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
