//! The view: which findings and machines a report lists. It takes entries out of lists and changes
//! nothing in what is left: counts, causes and KMS hosts stay those of the selection (RULES.md 9).
//!
//! What a triage is about at all is `fleet`'s selection; rows are `row_filter`'s.

use std::collections::BTreeSet;

use super::machine::RECENT_ATTEMPTS;
use crate::catalog::Severity;
use crate::diagnosis::{
    ActivationStatus, Attempt, Evidence, Finding, FindingKey, FindingStatus, Machine,
};
use crate::fleet::Triage;
use crate::hresult::Hresult;

/// What is listed; by default everything. An entry has to fit every kind of condition that is given,
/// and one value of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Findings that are of a code, or have it among `outcomes` or `also_seen`; machines with it as
    /// a root cause or in a recent attempt; rows that hold it.
    pub codes: BTreeSet<Hresult>,
    /// Findings with a record of this event id among their evidence, whether it is printed or not;
    /// machines with such an event among those that the diagnosis reads; rows with this id.
    pub event_ids: BTreeSet<u16>,
    /// Active findings; failing machines; rows of failing machines.
    pub only_failing: bool,
    /// Findings of this severity or more; rows whose worst code is. It leaves no machine out.
    pub least_severity: Option<Severity>,
}

impl View {
    /// Whether everything is listed.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// The findings that are listed, in their order.
    pub fn findings<'a>(&'a self, triage: &'a Triage) -> impl Iterator<Item = &'a Finding> {
        let findings = triage.findings.iter();
        findings.filter(|finding| self.has_finding(triage, finding))
    }

    /// Whether a finding is listed.
    pub fn has_finding(&self, triage: &Triage, finding: &Finding) -> bool {
        let holds = |code: &Hresult| {
            finding.key == FindingKey::Code(*code)
                || finding.outcomes.contains_key(code)
                || finding.also_seen.contains_key(code)
        };
        (self.codes.is_empty() || self.codes.iter().any(holds))
            && (self.event_ids.is_empty()
                || finding
                    .evidence
                    .iter()
                    .filter_map(|evidence| event_id(triage, *evidence))
                    .any(|id| self.event_ids.contains(&id)))
            && (!self.only_failing || finding.status == FindingStatus::Active)
            && self
                .least_severity
                .is_none_or(|least| finding.severity >= least)
    }

    /// Whether a machine is listed.
    pub fn has_machine(&self, machine: &Machine) -> bool {
        (self.codes.is_empty() || self.has_code(machine))
            && (self.event_ids.is_empty() || self.has_event(machine))
            && (!self.only_failing || is_failing(machine))
    }

    fn has_code(&self, machine: &Machine) -> bool {
        let diagnosis = &machine.diagnosis;
        let is_asked = |code: Option<Hresult>| code.is_some_and(|code| self.codes.contains(&code));
        let holds = |attempt: &Attempt| {
            is_asked(attempt.outcome_code())
                || attempt
                    .causes()
                    .iter()
                    .any(|cause| is_asked(Some(cause.code)))
        };
        let recent = diagnosis.attempts.iter().rev().take(RECENT_ATTEMPTS);
        is_asked(diagnosis.root_cause)
            || diagnosis
                .products
                .iter()
                .any(|product| is_asked(product.root_cause))
            || recent.chain(diagnosis.carried_attempts()).any(holds)
    }

    fn has_event(&self, machine: &Machine) -> bool {
        (0..machine.events.len()).any(|at| {
            machine.events.kept(at).is_some_and(|(kept, ..)| {
                self.event_ids.contains(&kept.event_id) && machine.diagnosis.counts(at, kept.time)
            })
        })
    }
}

pub(crate) fn is_failing(machine: &Machine) -> bool {
    machine.diagnosis.status == ActivationStatus::Failing
}

fn event_id(triage: &Triage, evidence: Evidence) -> Option<u16> {
    let machine = triage.fleet.machines.get(evidence.machine)?;
    let (kept, ..) = machine.events.kept(evidence.event)?;
    Some(kept.event_id)
}
