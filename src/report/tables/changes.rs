//! What has changed since an earlier report, by finding and by machine: the JSON tells it in lists of
//! its own, a table in columns of the rows that it concerns.

use std::collections::{BTreeMap, BTreeSet};

use super::Value;
use crate::report::model::{ChangedFindingPart, ComparisonPart, MachinePart, Report};

/// The names that stand under a name.
type Lists<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// One sort of change: machines by finding, and findings by machine.
#[derive(Default)]
struct Change<'a> {
    machines: Lists<'a>,
    findings: Lists<'a>,
}

impl<'a> Change<'a> {
    fn of<'p: 'a>(parts: impl IntoIterator<Item = &'p ChangedFindingPart>) -> Self {
        let mut change = Self::default();
        for part in parts {
            for name in &part.machines {
                change.machines.entry(&part.id).or_default().push(name);
                change.findings.entry(name).or_default().push(&part.id);
            }
        }
        change
    }
}

/// What has changed; empty without an earlier report.
#[derive(Default)]
pub(super) struct Changes<'a> {
    comparison: Option<&'a ComparisonPart>,
    new: Change<'a>,
    still: Change<'a>,
    gone: Change<'a>,
    newly_failing: BTreeSet<&'a str>,
    no_longer_failing: BTreeSet<&'a str>,
    appeared: BTreeSet<&'a str>,
    /// Findings that the administrator accepts, by machine.
    ignored: Lists<'a>,
}

impl<'a> Changes<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let mut ignored = Lists::new();
        for part in &report.findings {
            for name in &part.ignored_machines {
                ignored.entry(name).or_default().push(&part.id);
            }
        }
        let Some(comparison) = &report.comparison else {
            return Self {
                ignored,
                ..Self::default()
            };
        };
        let names = |names: &'a [String]| names.iter().map(String::as_str).collect();
        Self {
            comparison: Some(comparison),
            new: Change::of(&comparison.new),
            still: Change::of(&comparison.still),
            gone: Change::of(comparison.cured.iter().chain(&comparison.replaced)),
            newly_failing: names(&comparison.newly_failing),
            no_longer_failing: names(&comparison.no_longer_failing),
            appeared: names(&comparison.appeared),
            ignored,
        }
    }

    /// A column of the first row of a finding.
    pub(super) fn of_finding(&self, id: &str, column: &str) -> Value<'a> {
        match column {
            "new_on" => listed(&self.new.machines, id),
            "still_on" => listed(&self.still.machines, id),
            "gone_from" => listed(&self.gone.machines, id),
            _ => Value::Nothing,
        }
    }

    /// A column of a machine.
    pub(super) fn of_machine(&self, machine: &MachinePart, column: &str) -> Value<'a> {
        let name = machine.computer.as_str();
        match column {
            "ignored_findings" => listed(&self.ignored, name),
            "new_findings" => listed(&self.new.findings, name),
            "still_findings" => listed(&self.still.findings, name),
            "gone_findings" => listed(&self.gone.findings, name),
            "change" => Value::maybe(self.change(machine)),
            "appeared" => Value::flag(self.comparison.map(|_| self.appeared.contains(name))),
            _ => Value::Nothing,
        }
    }

    fn change(&self, machine: &MachinePart) -> Option<&'static str> {
        self.comparison?;
        let name = machine.computer.as_str();
        if self.newly_failing.contains(name) {
            Some("newly-failing")
        } else if self.no_longer_failing.contains(name) {
            Some("no-longer-failing")
        } else if machine.status == "failing" {
            Some("still-failing")
        } else {
            None
        }
    }
}

fn listed<'a>(lists: &Lists<'a>, name: &str) -> Value<'a> {
    let list = lists.get(name).into_iter().flatten();
    Value::Texts(list.map(|text| (*text).into()).collect())
}
