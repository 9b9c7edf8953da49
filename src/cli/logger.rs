//! Messages for us on stderr: which path was taken. What a user must know is in the report.

use log::{LevelFilter, Log, Metadata, Record};

struct Stderr;

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // evtx logs at info for every chunk.
        metadata.target().starts_with("spptriage") || metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) && record.target().starts_with("spptriage") {
            super::output::complain(&record.args().to_string());
        }
    }

    fn flush(&self) {}
}

/// Starts logging: warnings, with -v what was read, with -vv everything; nothing with -q.
pub(crate) fn start(verbose: u8, is_quiet: bool) {
    let level = match (is_quiet, verbose) {
        (true, _) => LevelFilter::Off,
        (false, 0) => LevelFilter::Warn,
        (false, 1) => LevelFilter::Info,
        (false, _) => LevelFilter::Debug,
    };
    if log::set_logger(&Stderr).is_ok() {
        log::set_max_level(level);
    }
}
