//! `--redact`: names of machines, hosts, domains, users, addresses, machine ids and keys become
//! pseudonyms before any sentence is made of them.
//!
//! What is replaced are values, never finished sentences: a computer may be called KMS or HOST. There
//! are three doors, and every value goes through one of them: a triage before it is built into a report
//! (`triage`), an event before it becomes a row or evidence (`event`, for which stores have a lens), and
//! the names of logs and arguments (`paths`). Which pseudonym a name has stands in `names`, how free
//! text is searched in `text`.
//!
//! Pseudonyms hide names from those who do not know them. Whoever knows the machines can tell them by
//! times, builds and codes, which stay.

mod event;
mod names;
mod paths;
#[cfg(test)]
mod tests;
mod text;
mod triage;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::eventlog::LogCounts;
use crate::fleet::Triage;
use crate::input::{LogName, Skipped};
use crate::report::model::OverlayPart;
use crate::spp::{Lens, SppEvent};

use names::{Pseudonyms, Role};

/// Replaces what tells of somebody: the same name by the same pseudonym, as long as it lives.
pub struct Redactor(Mutex<Pseudonyms>);

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Of all things not the names.
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

impl Redactor {
    /// For what a triage holds; its names are numbered in the order in which it has them.
    pub fn of(triage: &Triage) -> Arc<Self> {
        let mut pseudonyms = Pseudonyms::new();
        pseudonyms.collect(triage);
        Arc::new(Self(Mutex::new(pseudonyms)))
    }

    /// For what is read once: names are numbered as they come.
    pub fn unprepared() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Pseudonyms::new())))
    }

    fn pseudonyms(&self) -> MutexGuard<'_, Pseudonyms> {
        // Whoever panicked in between has left a name more or less; no name is told for it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An event under pseudonyms, with its log.
    pub fn event(&self, event: &SppEvent) -> SppEvent {
        let mut event = event.clone();
        let mut pseudonyms = self.pseudonyms();
        pseudonyms.event(&mut event);
        event.log = pseudonyms.log(&event.log);
        event
    }

    /// The name of a log under a pseudonym.
    pub fn log(&self, log: &LogName) -> LogName {
        self.pseudonyms().log(log)
    }

    /// What was seen of a log, under pseudonyms.
    pub fn counts(&self, counts: &LogCounts) -> LogCounts {
        let mut counts = counts.clone();
        let mut pseudonyms = self.pseudonyms();
        counts
            .damage
            .iter_mut()
            .for_each(|damage| pseudonyms.damage(damage));
        counts
            .notes
            .iter_mut()
            .for_each(|note| pseudonyms.note(note));
        counts.computer_of_last = counts
            .computer_of_last
            .map(|name| pseudonyms.computer(&name, Role::Machine));
        counts
    }

    /// The names of computers under pseudonyms, sorted.
    pub fn computers(&self, computers: &[String]) -> Vec<String> {
        let mut pseudonyms = self.pseudonyms();
        let names = computers.iter();
        let mut names: Vec<String> = names
            .map(|name| pseudonyms.computer(name, Role::Machine))
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// An input that was not read, under a pseudonym.
    pub fn skipped(&self, skipped: &Skipped) -> Skipped {
        let mut skipped = skipped.clone();
        self.pseudonyms().skipped(&mut skipped);
        skipped
    }

    /// Overlays over the catalog, their files under pseudonyms.
    pub(in crate::report) fn overlays(&self, mut overlays: Vec<OverlayPart>) -> Vec<OverlayPart> {
        let mut pseudonyms = self.pseudonyms();
        for overlay in &mut overlays {
            let name = LogName::new(overlay.name.as_str());
            overlay.name = pseudonyms.log(&name).to_string();
            for problem in &mut overlay.problems {
                *problem = pseudonyms.message(problem);
            }
        }
        overlays
    }

    /// Arguments as typed, without what tells of somebody.
    pub fn arguments(&self, arguments: &[String]) -> Vec<String> {
        self.pseudonyms().arguments(arguments)
    }

    /// Options of selection and view, each as it was typed, without what tells of somebody.
    pub fn filters(&self, filters: &[String]) -> Vec<String> {
        let mut pseudonyms = self.pseudonyms();
        filters
            .iter()
            .map(|filter| pseudonyms.filter(filter))
            .collect()
    }
}

impl Lens for Redactor {
    fn log(&self, log: &LogName) -> LogName {
        self.log(log)
    }

    fn event(&self, event: &mut SppEvent) {
        self.pseudonyms().event(event);
    }
}
