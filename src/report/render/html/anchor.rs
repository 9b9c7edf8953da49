//! Where links of the page lead: an id for every machine and finding.
//!
//! Ids are made of a name's letters and digits, so that a link into a report can be read and kept,
//! and nothing of a name can end an attribute or stand for something else.

use std::collections::BTreeMap;

use crate::report::model::{FindingPart, Report};
use crate::report::render::bit::{Bit, Place};

/// The ids of a report's machines and findings.
#[derive(Debug)]
pub(super) struct Anchors {
    /// Of each machine's row. Two machines may bear the same name: pseudonyms do not tell apart what
    /// differs in blanks alone.
    rows: Vec<String>,
    machines: BTreeMap<String, String>,
    findings: BTreeMap<String, String>,
}

impl Anchors {
    /// The ids for a report.
    pub(super) fn new(report: &Report) -> Self {
        let mut rows = Vec::with_capacity(report.machines.len());
        let mut machines = BTreeMap::new();
        let mut used = BTreeMap::new();
        for machine in &report.machines {
            let id = format!("m-{}", plain(&machine.computer));
            let again: &mut u32 = used.entry(id.clone()).or_default();
            *again += 1;
            // No name has a tilde in its id, so this is nobody else's.
            let id = if *again > 1 {
                format!("{id}~{again}")
            } else {
                id
            };
            machines
                .entry(machine.computer.clone())
                .or_insert_with(|| id.clone());
            rows.push(id);
        }
        let mut findings = BTreeMap::new();
        for finding in &report.findings {
            // Of one id, what is still so stands first.
            findings
                .entry(finding.id.clone())
                .or_insert_with(|| of_finding(finding));
        }
        Self {
            rows,
            machines,
            findings,
        }
    }

    /// The id of the row of a machine, by its place in the report.
    pub(super) fn row(&self, at: usize) -> &str {
        self.rows.get(at).map_or("", String::as_str)
    }

    /// Where a machine's row is.
    pub(super) fn machine(&self, name: &str) -> Option<&str> {
        self.machines.get(name).map(String::as_str)
    }

    /// Where a finding is.
    pub(super) fn finding(&self, id: &str) -> Option<&str> {
        self.findings.get(id).map(String::as_str)
    }

    /// Where a link on a bit of text leads.
    pub(super) fn of(&self, bit: &Bit) -> Option<&str> {
        match bit.place? {
            Place::Machine => self.machine(&bit.text),
            Place::Finding => self.finding(&bit.text),
        }
    }
}

/// The id of a finding: that of one that is over, or only for information, is another.
pub(super) fn of_finding(finding: &FindingPart) -> String {
    let id = plain(&finding.id);
    match finding.status {
        "active" => format!("f-{id}"),
        status => format!("f-{id}-{status}"),
    }
}

fn plain(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') {
                c
            } else {
                '_'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::render::sample;

    #[test]
    fn names_that_look_alike_have_ids_of_their_own() {
        let mut report = sample::report("en");
        let names = ["a b", "a?b", "a_b~2", "会计"];
        let machine = report.machines[0].clone();
        report.machines = names
            .iter()
            .map(|name| crate::report::model::MachinePart {
                computer: (*name).to_owned(),
                ..machine.clone()
            })
            .collect();
        let anchors = Anchors::new(&report);
        let ids: Vec<_> = names.iter().map(|name| anchors.machine(name)).collect();
        assert_eq!(
            ids,
            [
                Some("m-a_b"),
                Some("m-a_b~2"),
                Some("m-a_b_2"),
                Some("m-__")
            ]
        );
        report.machines[3].computer = "a b".to_owned();
        let anchors = Anchors::new(&report);
        assert_eq!(anchors.machine("a b"), Some("m-a_b"));
        assert_eq!((anchors.row(0), anchors.row(3)), ("m-a_b", "m-a_b~3"));
    }

    #[test]
    fn a_cured_finding_has_another_id_and_links_lead_to_what_is_open() {
        let mut report = sample::report("en");
        let mut cured = report.findings[0].clone();
        cured.status = "cured";
        assert_eq!(of_finding(&cured), "f-0x8007232B-cured");
        report.findings.push(cured);
        let anchors = Anchors::new(&report);
        assert_eq!(anchors.finding("0x8007232B"), Some("f-0x8007232B"));
        assert_eq!(anchors.finding("0x800706BA"), Some("f-0x800706BA-cured"));
        assert_eq!(anchors.finding("0x00000000"), None);
    }
}
