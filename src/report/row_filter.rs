//! Which event rows are left out: those of machines and times that are not selected, and those that
//! the view does not list (RULES.md 9).
//!
//! An event goes with its attempt: where that began inside the selected time, all of its events are
//! rows. One without an attempt is judged by its own time.

use std::collections::HashMap;

use super::build::{View, is_failing};
use crate::catalog::Catalog;
use crate::eventlog::{ChunkIndex, RecordId};
use crate::fleet::Triage;
use crate::input::LogName;
use crate::spp::SppEvent;

/// Chooses the rows of one triage.
pub struct RowFilter<'a> {
    triage: &'a Triage,
    catalog: &'a Catalog,
    view: &'a View,
    /// Records whose attempt decides otherwise than their own time.
    crossing: HashMap<(LogName, ChunkIndex, RecordId), bool>,
}

impl<'a> RowFilter<'a> {
    /// For the rows of everything that was concluded.
    pub fn new(triage: &'a Triage, catalog: &'a Catalog, view: &'a View) -> Self {
        let mut crossing = HashMap::new();
        for machine in &triage.fleet.machines {
            for (at, is_in) in machine.diagnosis.crossing() {
                if let Some((kept, _, log)) = machine.events.kept(at) {
                    crossing.insert((log.clone(), kept.chunk, kept.file_record_id), is_in);
                }
            }
        }
        Self {
            triage,
            catalog,
            view,
            crossing,
        }
    }

    /// Whether an event is a row.
    pub fn has(&self, event: &SppEvent) -> bool {
        self.is_selected(event) && self.is_listed(event)
    }

    fn is_selected(&self, event: &SppEvent) -> bool {
        let selected = &self.triage.selected;
        if !selected.has_computer(&event.log, &event.computer) {
            return false;
        }
        if selected.window.is_all() {
            return true;
        }
        let place = (event.log.clone(), event.chunk, event.file_record_id);
        let by_attempt = self.crossing.get(&place).copied();
        by_attempt.unwrap_or_else(|| selected.window.contains(event.time))
    }

    fn is_listed(&self, event: &SppEvent) -> bool {
        let view = self.view;
        let holds = || {
            event
                .codes
                .iter()
                .any(|logged| view.codes.contains(&logged.code))
        };
        let is_of_failing = || {
            let owner = self.triage.selected.owner(&event.log, &event.computer);
            let machine = owner.and_then(|place| self.triage.fleet.machines.get(place));
            machine.is_some_and(is_failing)
        };
        let severity = || {
            let codes = event.codes.iter();
            codes
                .map(|logged| self.catalog.facts(logged.code).severity)
                .max()
        };
        (view.codes.is_empty() || holds())
            && (view.event_ids.is_empty() || view.event_ids.contains(&event.event_id))
            && (!view.only_failing || is_of_failing())
            && view
                .least_severity
                .is_none_or(|least| severity().is_some_and(|severity| severity >= least))
    }
}
