//! The few causes behind most failing machines: what to do first where many fail.
//!
//! The rule. Each failing machine counts once, under the finding of its root cause; without a code,
//! under the first derived finding that makes it fail. A wrapper explains nothing and does not count.
//! Told is the smallest set of findings that explains 90 of 100 failing machines, or of those that
//! are explained at all where the logs hold the cause of fewer. It is told only where it says
//! something: at least six machines fail, at most five causes are needed, each stands for two machines
//! or more on average, and together they explain at least half of those that fail.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Context, groups, is_failing};
use crate::diagnosis::Machine;
use crate::report::model::{FindingPart, MainCausePart, MainCausesPart};
use crate::report::phrases::grouped;

/// Fewer failing machines are told one by one.
const LEAST_MACHINES: u64 = 6;
/// More causes are not few.
const MOST_CAUSES: usize = 5;
/// How much of what can be explained is enough, in percent.
const ENOUGH: u64 = 90;
/// KMS hosts of a cause that are told.
const HOSTS: usize = 5;

/// Derived findings that make a machine fail without a code.
const WITHOUT_CODE: &[&str] = &["not-activated", "evaluation-ended"];

/// The few causes, where there are few.
pub(super) fn main_causes(
    context: &Context<'_>,
    findings: &[FindingPart],
) -> Option<MainCausesPart> {
    let active: Vec<&FindingPart> = findings
        .iter()
        .filter(|finding| finding.status == "active" && finding.kind != "wrapper")
        .collect();
    let machines = &context.triage.fleet.machines;
    let failing: Vec<&Machine> = machines.iter().filter(|m| is_failing(m)).collect();
    let all = failing.len() as u64;
    let mut groups: BTreeMap<usize, Vec<&Machine>> = BTreeMap::new();
    for machine in failing {
        if let Some(place) = explains(&active, machine) {
            groups.entry(place).or_default().push(machine);
        }
    }
    let explained: u64 = groups.values().map(|machines| machines.len() as u64).sum();
    // Of equals the finding that ranks first.
    let mut groups: Vec<(usize, Vec<&Machine>)> = groups.into_iter().collect();
    groups.sort_by_key(|(place, machines)| (Reverse(machines.len()), *place));
    let mut told = 0;
    let mut needed = 0;
    while told * 100 < explained * ENOUGH {
        told += groups.get(needed)?.1.len() as u64;
        needed += 1;
    }
    groups.truncate(needed);
    let is_few = needed <= MOST_CAUSES && needed as u64 * 2 <= told;
    if all < LEAST_MACHINES || !is_few || told * 2 < all {
        return None;
    }
    let causes = groups
        .iter()
        .filter_map(|(place, machines)| Some(part(active.get(*place)?, machines, all)))
        .collect();
    Some(MainCausesPart {
        text: sentence(context, needed as u64, told, explained, all),
        machines: all,
        explained: told,
        percent: percent(told, all),
        causes,
    })
}

/// A share in percent, rounded to the nearest; 100 only where it is the whole.
fn percent(part: u64, all: u64) -> u64 {
    let nearest = (part * 200 + all) / (all * 2).max(1);
    if part < all { nearest.min(99) } else { nearest }
}

/// The finding by which a machine fails, as a place among the active ones.
fn explains(active: &[&FindingPart], machine: &Machine) -> Option<usize> {
    let has = |finding: &FindingPart| finding.machines.binary_search(&machine.computer).is_ok();
    match machine.diagnosis.root_cause {
        Some(code) => active
            .iter()
            .position(|finding| finding.hresult.is_some_and(|own| own.0 == code) && has(finding)),
        None => active
            .iter()
            .position(|finding| WITHOUT_CODE.contains(&finding.id.as_str()) && has(finding)),
    }
}

fn part(finding: &FindingPart, machines: &[&Machine], all: u64) -> MainCausePart {
    let mut hosts: BTreeMap<String, u64> = BTreeMap::new();
    for machine in machines {
        for host in groups::hosts(machine) {
            *hosts.entry(host.to_string()).or_default() += 1;
        }
    }
    let mut hosts: Vec<(String, u64)> = hosts.into_iter().collect();
    hosts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let count = machines.len() as u64;
    MainCausePart {
        id: finding.id.clone(),
        title: finding.title.clone(),
        machines: count,
        percent: percent(count, all),
        kms_hosts: hosts
            .into_iter()
            .take(HOSTS)
            .map(|(host, _)| host)
            .collect(),
        first_step: finding.steps.first().cloned(),
    }
}

fn sentence(context: &Context<'_>, causes: u64, told: u64, explained: u64, all: u64) -> String {
    let phrases = &context.phrases.causes;
    let language = context.language;
    let (failing, percent) = (grouped(all), percent(told, all).to_string());
    let phrase = if told == all {
        &phrases.all
    } else {
        &phrases.most
    };
    let values = [("failing", failing.as_str()), ("percent", percent.as_str())];
    let mut text = phrase.count(language, causes, &values);
    let not_told = all - explained;
    if not_told > 0 {
        text.push_str(context.phrases.layout.sentence.get(language));
        text.push_str(&phrases.not_told.count(language, not_told, &[]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn shares_are_rounded_so_that_they_add_up_as_far_as_they_can() {
        assert_eq!([6, 3, 2, 1].map(|n| percent(n, 7)), [86, 43, 29, 14]);
        assert_eq!(percent(1999, 2000), 99);
        assert_eq!(percent(7, 7), 100);
        assert_eq!(percent(0, 0), 0);
    }
}
