//! How far reading is, on a terminal's stderr, and how Ctrl-C ends it: with what was read so far.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use spptriage::catalog::grouped;
use spptriage::fleet::Watch;

use super::args::{Arguments, InputArguments};
use super::words::say;
use super::{exit, output};

/// Between two looks at the scan.
const STEP: Duration = Duration::from_millis(100);

/// Shows how far a scan is until it is dropped.
pub(crate) struct Progress {
    watch: Arc<Watch>,
    is_over: Arc<AtomicBool>,
    painter: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to show, where there is a terminal and nobody said not to; from now on Ctrl-C ends the
    /// scan and not the program. A second one ends the program at once.
    pub(crate) fn start(arguments: &Arguments, input: &InputArguments) -> Self {
        let is_shown = !arguments.quiet && !input.no_progress && std::io::stderr().is_terminal();
        let watch = Arc::new(match is_shown {
            true => Watch::of_machines(),
            false => Watch::default(),
        });
        let stopped = Arc::clone(&watch);
        let is_quiet = arguments.quiet;
        // Without a handler Ctrl-C ends the program as it always does; nothing to tell.
        let _ = ctrlc::set_handler(move || {
            if stopped.is_stopped() {
                // Asked twice to end. What is being written has not got its name yet.
                std::process::exit(i32::from(exit::INTERRUPTED));
            }
            stopped.stop();
            if !is_quiet {
                // What is being read may keep us waiting.
                output::complain(&say(|t| &t.message.interrupted, &[]));
            }
        });
        let is_over = Arc::new(AtomicBool::new(false));
        let painter = is_shown.then(|| {
            let (watch, is_over) = (Arc::clone(&watch), Arc::clone(&is_over));
            std::thread::spawn(move || paint(&watch, &is_over))
        });
        Self {
            watch,
            is_over,
            painter,
        }
    }

    /// Shows nothing any more. Ctrl-C still ends what is watched.
    pub(crate) fn hide(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(painter) = self.painter.take() {
            let _ = painter.join();
        }
    }

    /// What the scan is to be watched by.
    pub(crate) fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.watch)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.hide();
    }
}

fn paint(watch: &Watch, is_over: &AtomicBool) {
    let bar = ProgressBar::new(0);
    // A template that cannot be read would only look plainer.
    if let Ok(style) = ProgressStyle::with_template(
        "{percent:>3} % {bar:24} {bytes}/{total_bytes} {bytes_per_sec} {eta} {msg}",
    ) {
        bar.set_style(style);
    }
    loop {
        let is_last = is_over.load(Ordering::Relaxed);
        let now = watch.progress();
        bar.set_length(now.bytes_total.max(now.bytes));
        bar.set_position(now.bytes);
        let (logs, all) = (grouped(now.logs), grouped(now.logs_total));
        let (machines, failing) = (grouped(now.machines), grouped(now.machines_failing));
        let values = [
            ("logs", logs.as_str()),
            ("all", &all),
            ("machines", &machines),
            ("failing", &failing),
        ];
        bar.set_message(say(|t| &t.progress.line, &values));
        if is_last {
            break;
        }
        std::thread::sleep(STEP);
    }
    bar.finish_and_clear();
}
