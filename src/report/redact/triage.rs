//! What is true of the input, under pseudonyms: the same machines, attempts and findings in the same
//! order, so that a report of it says the same.
//!
//! Names are brought in the order in which a triage has them, which no order of inputs and no number
//! of threads changes: machines by name, KMS hosts, their clients, logs, then the events of each
//! machine in turn, so that afterwards no name is new, whoever asks for events in which order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Redactor;
use super::names::{Pseudonyms, Role};
use crate::diagnosis::{Attempt, Details, Finding, FindingShare, Fleet, Machine};
use crate::eventlog::{Damage, DamageKind, Note, NoteKind};
use crate::fleet::{Selected, Triage};
use crate::input::{LogName, SkipReason, Skipped};
use crate::report::baseline::Baseline;
use crate::spp::{EventStore, Lens};

impl Pseudonyms {
    /// Gives a pseudonym to everything that a triage holds.
    pub(super) fn collect(&mut self, triage: &Triage) {
        let fleet = &triage.fleet;
        for machine in &fleet.machines {
            self.take(&machine.computer);
            machine.aliases.iter().for_each(|name| self.take(name));
        }
        for host in fleet.kms_hosts.iter().map(|state| &state.host) {
            self.take(host.name());
        }
        for client in &fleet.kms_clients {
            self.take(&client.client);
        }
        for file in &triage.files {
            file.computers.iter().for_each(|name| self.take(name));
        }
        // Their own names of all machines before any other name of one.
        for machine in &fleet.machines {
            self.computer(&machine.computer, Role::Machine);
        }
        for machine in &fleet.machines {
            self.machine(&machine.computer, &machine.aliases);
        }
        for state in &fleet.kms_hosts {
            self.host(&state.host);
        }
        for client in &fleet.kms_clients {
            self.computer(&client.host, Role::Machine);
            self.computer(&client.client, Role::Machine);
        }
        for file in &triage.files {
            for computer in &file.computers {
                self.computer(computer, Role::Machine);
            }
        }
        let files = triage.files.iter().map(|file| &file.log);
        let damage = triage.damage.iter().map(|damage| &damage.log);
        let notes = triage.notes.iter().map(|note| &note.log);
        let skipped = triage.skipped.iter().map(|skipped| &skipped.path);
        let logs: BTreeSet<_> = files.chain(damage).chain(notes).chain(skipped).collect();
        for log in logs {
            self.log(log);
        }
        for machine in &fleet.machines {
            for mut event in machine.events.iter() {
                self.event(&mut event);
            }
        }
        for aside in &fleet.asides {
            self.event(&mut aside.event.clone());
        }
    }

    fn fleet(&mut self, fleet: &mut Fleet) {
        for machine in &mut fleet.machines {
            self.machine_of_fleet(machine);
        }
        for state in &mut fleet.kms_hosts {
            state.host = self.host(&state.host);
        }
        for client in &mut fleet.kms_clients {
            client.host = self.computer(&client.host, Role::Machine);
            client.client = self.computer(&client.client, Role::Machine);
            client.cmid = client.cmid.map(|cmid| self.cmid(cmid));
        }
        for skew in &mut fleet.clock_skews {
            skew.client = self.computer(&skew.client, Role::Machine);
        }
        for aside in &mut fleet.asides {
            self.event(&mut aside.event);
            aside.event.log = self.log(&aside.event.log);
        }
    }

    fn machine_of_fleet(&mut self, machine: &mut Machine) {
        machine.computer = self.computer(&machine.computer, Role::Machine);
        let aliases = machine.aliases.iter();
        let mut told: Vec<String> = aliases
            .map(|name| self.computer(name, Role::Machine))
            .collect();
        // Spellings that only case tells apart are one pseudonym.
        told.sort();
        told.dedup();
        told.retain(|name| *name != machine.computer);
        machine.aliases = told;
        let diagnosis = &mut machine.diagnosis;
        diagnosis.cmid = diagnosis.cmid.map(|cmid| self.cmid(cmid));
        for product in &mut diagnosis.products {
            product.partial_key = product.partial_key.as_ref().map(|key| self.key(key));
        }
        for attempt in &mut diagnosis.attempts {
            self.attempt(attempt);
        }
        for earlier in &mut diagnosis.earlier {
            self.attempt(&mut earlier.attempt);
        }
        let marks = &mut diagnosis.marks;
        for failure in &mut marks.key_failures {
            failure.partial_key = failure.partial_key.as_ref().map(|key| self.key(key));
        }
    }

    fn attempt(&mut self, attempt: &mut Attempt) {
        self.maybe_text(&mut attempt.trigger);
        for tried in &mut attempt.tries {
            tried.host = tried.host.as_ref().map(|host| self.host(host));
        }
    }

    fn finding(&mut self, finding: &mut Finding) {
        for machine in &mut finding.machines {
            *machine = self.computer(machine, Role::Machine);
        }
        // Who looks for a machine looks in a sorted list.
        finding.machines.sort();
        let hosts = std::mem::take(&mut finding.kms_hosts);
        finding.kms_hosts = hosts.iter().map(|host| self.host(host)).collect();
        for proven in &mut finding.proven {
            if let FindingShare::KmsHost(host) = &mut proven.part {
                *host = self.host(host);
            }
        }
        let accepted = std::mem::take(&mut finding.accepted.machines);
        let accepted = accepted.iter();
        finding.accepted.machines = accepted
            .map(|name| self.computer(name, Role::Machine))
            .collect();
        self.details(&mut finding.details);
    }

    fn details(&mut self, details: &mut Details) {
        for end in &mut details.ends {
            end.machine = self.computer(&end.machine, Role::Machine);
        }
        for skew in &mut details.skews {
            skew.machine = self.computer(&skew.machine, Role::Machine);
        }
        for renewal in &mut details.renewals {
            renewal.machine = self.computer(&renewal.machine, Role::Machine);
        }
        for key in &mut details.keys {
            key.machine = self.computer(&key.machine, Role::Machine);
            key.partial_key = key.partial_key.as_ref().map(|key| self.key(key));
        }
        for shared in &mut details.cmids {
            shared.cmid = self.cmid(shared.cmid);
            for name in &mut shared.names {
                *name = self.computer(name, Role::Machine);
            }
            shared.names.sort();
        }
        for count in &mut details.counts {
            count.host = self.host(&count.host);
        }
        for failed in &mut details.domains {
            failed.machine = self.computer(&failed.machine, Role::Machine);
            failed.domain = self.domain(&failed.domain);
        }
        for result in &mut details.digital {
            result.machine = self.computer(&result.machine, Role::Machine);
        }
    }

    pub(super) fn damage(&mut self, damage: &mut Damage) {
        damage.log = self.log(&damage.log);
        match &mut damage.kind {
            DamageKind::Record { message }
            | DamageKind::Chunk { message }
            | DamageKind::Io { message }
            | DamageKind::Told {
                problem: message, ..
            } => *message = self.message(message),
            _ => {}
        }
    }

    pub(super) fn note(&mut self, note: &mut Note) {
        note.log = self.log(&note.log);
        match &mut note.kind {
            NoteKind::Told { note, .. } => *note = self.message(note),
            NoteKind::RowsFiltered { filters } => {
                for filter in filters {
                    *filter = self.filter(filter);
                }
            }
            NoteKind::NumbersReused { other } => *other = self.log(other),
            NoteKind::LikelyRename { from, to } => {
                *from = self.computer(from, Role::Machine);
                *to = self.computer(to, Role::Machine);
            }
            _ => {}
        }
    }

    pub(super) fn skipped(&mut self, skipped: &mut Skipped) {
        skipped.path = self.log(&skipped.path);
        match &mut skipped.reason {
            SkipReason::Encrypted { first, .. }
            | SkipReason::Packing { first, .. }
            | SkipReason::LengthUnknown { first } => {
                *first = self.log(&LogName::new(first.as_str())).to_string();
            }
            SkipReason::BadPattern { message }
            | SkipReason::NotUnpacked { message }
            | SkipReason::NotRows { message }
            | SkipReason::BadRows { message, .. }
            | SkipReason::Unreadable { message }
            | SkipReason::Told { reason: message } => *message = self.message(message),
            _ => {}
        }
    }

    /// The selection names computers by patterns: what these mean is named instead.
    fn selected(&mut self, selected: &mut Selected, computers: &BTreeSet<&str>) {
        let selection = &mut selected.selection;
        if selection.computers.is_empty() {
            return;
        }
        let fitting: Vec<&str> = computers
            .iter()
            .copied()
            .filter(|name| selection.has_computer([*name]))
            .collect();
        let names = fitting.iter();
        let fitting: Vec<String> = names
            .map(|name| self.computer(name, Role::Machine))
            .collect();
        // Where nothing fits, nothing is to fit still.
        let none = fitting.is_empty().then(|| "nothing".to_owned());
        let patterns = fitting.into_iter().chain(none);
        selection.computers = patterns.filter_map(|name| name.parse().ok()).collect();
    }

    fn triage(&mut self, triage: &mut Triage) {
        let computers: BTreeSet<String> = triage
            .files
            .iter()
            .flat_map(|file| file.computers.iter().cloned())
            .collect();
        let computers = computers.iter().map(String::as_str).collect();
        self.selected(&mut triage.selected, &computers);
        self.fleet(&mut triage.fleet);
        let hosts = &mut triage.policy.kms_hosts;
        *hosts = hosts.iter().map(|host| self.host(host)).collect();
        for rule in &mut triage.policy.accepted {
            rule.rule = self.rule_of_policy(&rule.rule);
            self.maybe_text(&mut rule.reason);
        }
        for finding in &mut triage.findings {
            self.finding(finding);
        }
        for file in &mut triage.files {
            file.log = self.log(&file.log);
            let names = file.computers.iter();
            let names = names.map(|name| self.computer(name, Role::Machine));
            file.computers = names.collect::<BTreeSet<_>>().into_iter().collect();
        }
        triage.damage.iter_mut().for_each(|part| self.damage(part));
        triage.notes.iter_mut().for_each(|note| self.note(note));
        triage
            .skipped
            .iter_mut()
            .for_each(|part| self.skipped(part));
    }
}

impl Redactor {
    /// An earlier report under the same pseudonyms; of a machine that `triage` selects though it is
    /// silent now, `told` selects the pseudonym.
    pub(in crate::report) fn baseline(
        &self,
        old: &Baseline,
        triage: &Triage,
        told: &mut Triage,
    ) -> Baseline {
        let mut pseudonyms = self.pseudonyms();
        let mut baseline = old.clone();
        baseline.name = pseudonyms.log(&LogName::new(old.name.as_str())).to_string();
        for filter in &mut baseline.filters {
            *filter = pseudonyms.filter(filter);
        }
        let selection = &triage.selected.selection;
        for machine in &mut baseline.machines {
            let names = std::iter::once(&machine.computer).chain(&machine.aliases);
            let is_selected = selection.has_computer(names.map(String::as_str));
            pseudonyms.machine(&machine.computer, &machine.aliases);
            machine.computer = pseudonyms.computer(&machine.computer, Role::Machine);
            for alias in &mut machine.aliases {
                *alias = pseudonyms.computer(alias, Role::Machine);
            }
            if is_selected && !selection.computers.is_empty() {
                let pattern = machine.computer.parse().ok();
                told.selected.selection.computers.extend(pattern);
            }
        }
        for finding in &mut baseline.findings {
            finding.title = pseudonyms.text(&finding.title);
            let machines = std::mem::take(&mut finding.machines);
            let machines = machines.iter();
            finding.machines = machines
                .map(|name| pseudonyms.computer(name, Role::Machine))
                .collect();
        }
        baseline
    }

    /// The same triage under pseudonyms. Its events are changed as they are asked for.
    pub fn triage(self: &Arc<Self>, triage: &Triage) -> Triage {
        let mut told = triage.clone();
        self.pseudonyms().triage(&mut told);
        // Machines share a store; each is seen through the lens once.
        let mut stores: BTreeMap<*const EventStore, Arc<EventStore>> = BTreeMap::new();
        for machine in &mut told.fleet.machines {
            let store = machine.events.store();
            let seen = stores.entry(Arc::as_ptr(store)).or_insert_with(|| {
                let lens: Arc<dyn Lens> = Arc::<Self>::clone(self);
                Arc::new(store.seen_through(lens))
            });
            machine.events = machine.events.of_store(seen);
        }
        told
    }
}
