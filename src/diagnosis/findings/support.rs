//! Findings over machines in the notation of `diagnosis::notation`, for tests.

use crate::catalog::Catalog;
use crate::diagnosis::finding::{Finding, find};
use crate::diagnosis::fleet_view::{Fleet, Machine};
use crate::diagnosis::{Policy, notation};

/// A machine under a name.
pub(crate) fn machine(name: &str, text: &str) -> Machine {
    let (events, diagnosis) = notation::diagnosis(text);
    let times = || events.iter().map(|event| event.time);
    let (first_seen, last_seen) = (times().min().unwrap(), times().next_back().unwrap());
    Machine {
        computer: name.to_owned(),
        aliases: Vec::new(),
        first_seen,
        last_seen,
        now: last_seen,
        events: notation::kept(text),
        diagnosis,
    }
}

pub(super) fn found(machines: &[(&str, &str)]) -> Vec<Finding> {
    found_with(machines, &Policy::default())
}

/// Under a policy of the administrator's.
pub(in crate::diagnosis) fn found_with(machines: &[(&str, &str)], policy: &Policy) -> Vec<Finding> {
    let catalog = Catalog::builtin();
    let machines = machines.iter().map(|(name, text)| machine(name, text));
    let fleet = Fleet::new(machines.collect(), policy, &catalog);
    find(&fleet, policy, &catalog)
}

/// A line each: id, status, severity, machines.
pub(super) fn told_of(machines: &[(&str, &str)]) -> Vec<String> {
    told_with(&Policy::default(), machines)
}

/// The same under a policy.
pub(super) fn told_with(policy: &Policy, machines: &[(&str, &str)]) -> Vec<String> {
    let line = |f: &Finding| {
        format!(
            "{} {} {} {}",
            f.key,
            f.status.as_str(),
            f.severity.as_str(),
            f.machines.join(" ")
        )
    };
    found_with(machines, policy).iter().map(line).collect()
}

pub(super) fn told(machine: &str, text: &str) -> Vec<String> {
    told_of(&[(machine, text)])
}

/// The clock skews of all findings.
pub(super) fn details(machine: &str, text: &str) -> Vec<String> {
    let line = |skew: &crate::diagnosis::finding::MachineSkew| {
        format!("{} {}", skew.machine, skew.skew_minutes)
    };
    found(&[(machine, text)])
        .iter()
        .flat_map(|f| f.details.skews.iter().map(line))
        .collect()
}
