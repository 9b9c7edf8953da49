//! A scan seen from outside: how far it is, and the word to stop.
//!
//! Only numbers that threads add to; who shows them, and when, is the caller's business.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};

use crate::input::{LogName, ReadingEnded};
use crate::spp::{Activity, KeptEvents, SppEvent};

/// How far a scan is.
#[derive(Debug, Default)]
pub struct Watch {
    is_stopped: AtomicBool,
    bytes_total: AtomicU64,
    bytes: AtomicU64,
    /// Bytes of what is read forward.
    taken: Arc<AtomicU64>,
    logs_total: AtomicU64,
    logs: AtomicU64,
    sees_machines: bool,
    machines: Mutex<BTreeMap<String, (DateTime<Utc>, bool)>>,
}

/// How far a scan is at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of all inputs, as they lie on the disk.
    pub bytes_total: u64,
    /// Of these, those that were read.
    pub bytes: u64,
    /// Logs that were found; those inside of archives count once they are reached.
    pub logs_total: u64,
    /// Of these, those that were read to their end.
    pub logs: u64,
    /// Computers with activation events in these, by name; 0 where these are not [seen](Watch::of_machines).
    pub machines: u64,
    /// Of these, those whose newest telling event is a failure. The report may judge otherwise, as it
    /// looks at whole attempts.
    pub machines_failing: u64,
}

impl Watch {
    /// One that also sees machines, for which events are read while the scan goes on.
    pub fn of_machines() -> Self {
        Self {
            sees_machines: true,
            ..Self::default()
        }
    }

    /// Asks the scan to end with what it has read so far.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Whether the scan was asked to end.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// How far the scan is.
    pub fn progress(&self) -> Progress {
        let (machines, machines_failing) = self.machines.lock().map_or((0, 0), |machines| {
            let failing = machines.values().filter(|(_, is_failing)| *is_failing);
            (machines.len() as u64, failing.count() as u64)
        });
        Progress {
            bytes_total: self.bytes_total.load(Ordering::Relaxed),
            bytes: self
                .bytes
                .load(Ordering::Relaxed)
                .saturating_add(self.taken.load(Ordering::Relaxed)),
            logs_total: self.logs_total.load(Ordering::Relaxed),
            logs: self.logs.load(Ordering::Relaxed),
            machines,
            machines_failing,
        }
    }

    pub(super) fn announce(&self, logs: u64, bytes: u64) {
        self.logs_total.fetch_add(logs, Ordering::Relaxed);
        self.bytes_total.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn add_log(&self) {
        self.logs.fetch_add(1, Ordering::Relaxed);
    }

    /// The counter for what is read forward.
    pub(super) fn taken(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.taken)
    }

    /// Takes in what the newest telling event of each computer in a part of a log says.
    pub(super) fn see_events(&self, name: &LogName, part: &KeptEvents) {
        if !self.sees_machines {
            return;
        }
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let computers: BTreeSet<&str> = part
            .origins()
            .iter()
            .map(|origin| &*origin.computer)
            .collect();
        for at in (0..part.len()).rev() {
            if seen.len() == computers.len() {
                break;
            }
            let Some((kept, origin)) = part.kept(at) else {
                continue;
            };
            if TELLING.contains(&kept.event_id)
                && !seen.contains(&*origin.computer)
                && let Some(is_failing) = outcome(part, at, name)
            {
                seen.insert(&origin.computer);
                self.see(&origin.computer, kept.time, is_failing);
            }
        }
    }

    fn see(&self, computer: &str, time: DateTime<Utc>, is_failing: bool) {
        if let Ok(mut machines) = self.machines.lock() {
            let newest = machines
                .entry(computer.to_lowercase())
                .or_insert((time, is_failing));
            if time >= newest.0 {
                *newest = (time, is_failing);
            }
        }
    }
}

/// A reader that fails with [`ReadingEnded`] once its scan is to stop, so that what never ends does too.
pub(super) struct UntilStopped<'a> {
    pub(super) reader: &'a mut dyn Read,
    pub(super) watch: Option<&'a Watch>,
}

impl Read for UntilStopped<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.watch.is_some_and(Watch::is_stopped) {
            return Err(io::Error::other(ReadingEnded));
        }
        self.reader.read(buffer)
    }
}

/// Events that tell by themselves whether an activation succeeded.
const TELLING: &[u16] = &[1013, 1014, 8198, 8233, 12289, 12308, 12320];

fn outcome(part: &KeptEvents, at: usize, log: &LogName) -> Option<bool> {
    let event: SppEvent = part.get(at, log)?;
    match &event.activity {
        Activity::UseLicenseAcquired { .. }
        | Activity::AdActivated { .. }
        | Activity::TokenActivated { .. } => Some(false),
        Activity::UseLicenseFailed(_) | Activity::VolumeAttemptFailed(_) => Some(true),
        Activity::KmsResponse(response) => Some(response.is_bound != Some(true)),
        Activity::SluiFailed(failed) => failed.is_activation().then_some(true),
        _ => None,
    }
}
