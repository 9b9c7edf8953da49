//! What has changed since an earlier report: by finding and machine.
//!
//! A machine of the earlier report is found again by its name or one of its other names, without
//! regard to case; a bare name also as the one machine whose full name begins with it. What was
//! accepted is compared like all else but for one thing: a finding is not called new, nor still there,
//! on a machine on which it is accepted.
//!
//! Gone is a finding only from a machine that this report tells of. It is `replaced` where that machine
//! has a finding that is new, else `cured`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, is_failing};
use crate::diagnosis::Machine;
use crate::report::baseline::{Baseline, BaselineMachine};
use crate::report::model::{BaselinePart, ChangedFindingPart, ComparisonPart, FindingPart, Time};

/// Places of machines by the names that lead to them.
struct Names {
    computers: BTreeMap<String, usize>,
    /// None for a name that several machines share.
    aliases: BTreeMap<String, Option<usize>>,
    labels: BTreeMap<String, Option<usize>>,
}

impl Names {
    fn of<'a>(machines: impl Iterator<Item = (&'a str, &'a [String])>) -> Self {
        let mut names = Self {
            computers: BTreeMap::new(),
            aliases: BTreeMap::new(),
            labels: BTreeMap::new(),
        };
        let share = |map: &mut BTreeMap<String, Option<usize>>, name: String, place: usize| {
            map.entry(name)
                .and_modify(|known| *known = known.filter(|known| *known == place))
                .or_insert(Some(place));
        };
        for (place, (computer, aliases)) in machines.enumerate() {
            let computer = computer.to_lowercase();
            if let Some((label, _)) = computer.split_once('.') {
                share(&mut names.labels, label.to_owned(), place);
            }
            for alias in aliases {
                share(&mut names.aliases, alias.to_lowercase(), place);
            }
            names.computers.entry(computer).or_insert(place);
        }
        names
    }

    /// The machine of a name: whose name it is, else whose other name, else whose first label.
    fn find(&self, name: &str) -> Option<usize> {
        let name = name.to_lowercase();
        let one_of = |map: &BTreeMap<String, Option<usize>>| map.get(&name).copied().flatten();
        let whose = self.computers.get(&name).copied();
        whose
            .or_else(|| one_of(&self.aliases))
            .or_else(|| one_of(&self.labels))
    }

    fn find_any<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> Option<usize> {
        names.into_iter().find_map(|name| self.find(name))
    }
}

/// A finding before and now, by places of machines.
#[derive(Default)]
struct Change<'a> {
    title: &'a str,
    severity: &'static str,
    before: BTreeSet<usize>,
    now: BTreeSet<usize>,
    accepted: BTreeSet<usize>,
}

pub(super) fn part(
    context: &Context<'_>,
    baseline: &Baseline,
    findings: &[FindingPart],
) -> ComparisonPart {
    let machines = &context.triage.fleet.machines;
    let names = Names::of(
        machines
            .iter()
            .map(|machine| (machine.computer.as_str(), machine.aliases.as_slice())),
    );
    let selection = &context.triage.selected.selection;
    let all_names = |old: &BaselineMachine| {
        let names: Vec<String> = std::iter::once(&old.computer)
            .chain(&old.aliases)
            .cloned()
            .collect();
        names
    };
    // Machines that are not selected now did not fall silent.
    let old: Vec<&BaselineMachine> = baseline
        .machines
        .iter()
        .filter(|old| selection.has_computer(all_names(old).iter().map(String::as_str)))
        .collect();
    let again: Vec<Option<usize>> = old
        .iter()
        .map(|old| names.find_any(&all_names(old)))
        .collect();
    let known: BTreeSet<usize> = again.iter().copied().flatten().collect();
    let changes = changes(machines, &names, baseline, findings);
    let name_of = |place: &usize| machines.get(*place).map(|m| m.computer.clone());
    let listed = |places: &BTreeSet<usize>| -> Vec<String> {
        let mut names: Vec<String> = places.iter().filter_map(name_of).collect();
        names.sort();
        names
    };
    let failed_before: BTreeSet<usize> = old
        .iter()
        .zip(&again)
        .filter(|(old, _)| old.is_failing)
        .filter_map(|(_, place)| *place)
        .collect();
    let fails_now: BTreeSet<usize> = (0..)
        .zip(machines)
        .filter(|(_, machine)| is_failing(machine))
        .map(|(place, _)| place)
        .collect();
    let mut silent: Vec<String> = old
        .iter()
        .zip(&again)
        .filter(|(_, place)| place.is_none())
        .map(|(old, _)| old.computer.clone())
        .collect();
    silent.sort();
    silent.dedup();
    let appeared: BTreeSet<usize> = (0..machines.len())
        .filter(|place| !known.contains(place))
        .collect();
    let newly_failing: BTreeSet<usize> = &fails_now - &failed_before;
    let no_longer_failing: BTreeSet<usize> = &failed_before - &fails_now;
    let still_failing = fails_now.intersection(&failed_before).count() as u64;
    let has_new: BTreeSet<usize> = changes
        .values()
        .flat_map(|change| &change.now - &change.before)
        .collect();
    let of = |pick: &dyn Fn(&Change<'_>) -> BTreeSet<usize>| -> Vec<ChangedFindingPart> {
        let parts = changes.iter().filter_map(|(id, change)| {
            let machines = listed(&pick(change));
            (!machines.is_empty()).then(|| ChangedFindingPart {
                id: (*id).to_owned(),
                title: change.title.to_owned(),
                severity: change.severity,
                machine_count: machines.len() as u64,
                machines,
            })
        });
        let mut parts: Vec<ChangedFindingPart> = parts.collect();
        parts.sort_by(|a, b| (rank(a), &a.id).cmp(&(rank(b), &b.id)));
        parts
    };
    let gone = |change: &Change<'_>| &change.before - &change.now;
    let mut part = ComparisonPart {
        baseline: BaselinePart {
            name: baseline.name.clone(),
            generated_at: baseline.generated_at.map(Time),
            as_of: baseline.as_of.map(Time),
            machines: old.len() as u64,
            machines_failing: old.iter().filter(|old| old.is_failing).count() as u64,
        },
        text: String::new(),
        cautions: cautions(context, baseline, machines, &old, &again),
        newly_failing: listed(&newly_failing),
        still_failing,
        no_longer_failing: listed(&no_longer_failing),
        new: of(&|change| &(&change.now - &change.before) - &change.accepted),
        still: of(&|change| &(&change.now & &change.before) - &change.accepted),
        cured: of(&|change| &gone(change) - &has_new),
        replaced: of(&|change| &gone(change) & &has_new),
        appeared: listed(&appeared),
        silent,
    };
    part.text = sentence(context, &part);
    part
}

/// The worst first, then that of most machines.
fn rank(part: &ChangedFindingPart) -> (usize, std::cmp::Reverse<u64>) {
    let order = ["critical", "error", "warning", "info"];
    let severity = order.iter().position(|name| *name == part.severity);
    (
        severity.unwrap_or(order.len()),
        std::cmp::Reverse(part.machine_count),
    )
}

/// Every finding that is active in either report.
fn changes<'a>(
    machines: &[Machine],
    names: &Names,
    baseline: &'a Baseline,
    findings: &'a [FindingPart],
) -> BTreeMap<&'a str, Change<'a>> {
    let mut changes: BTreeMap<&str, Change<'_>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.status == "active") {
        let place = |name: &String| {
            let by_name = |machine: &Machine| machine.computer.as_str().cmp(name.as_str());
            machines.binary_search_by(by_name).ok()
        };
        let change = changes.entry(&finding.id).or_default();
        change.title = &finding.title;
        change.severity = finding.severity;
        change.now = finding.machines.iter().filter_map(place).collect();
        change.accepted = finding.ignored_machines.iter().filter_map(place).collect();
    }
    let old_names: BTreeMap<&str, &BaselineMachine> = baseline
        .machines
        .iter()
        .map(|old| (old.computer.as_str(), old))
        .collect();
    for finding in &baseline.findings {
        let place = |name: &String| {
            let aliases = old_names.get(name.as_str()).map(|old| &old.aliases);
            names.find_any(std::iter::once(name).chain(aliases.into_iter().flatten()))
        };
        let change = changes.entry(&finding.id).or_default();
        if change.severity.is_empty() {
            change.title = &finding.title;
            change.severity = finding.severity;
        }
        change
            .before
            .extend(finding.machines.iter().filter_map(place));
    }
    changes
}

fn cautions(
    context: &Context<'_>,
    baseline: &Baseline,
    machines: &[Machine],
    old: &[&BaselineMachine],
    again: &[Option<usize>],
) -> Vec<String> {
    let phrases = &context.phrases.comparison;
    let language = context.language;
    let mut cautions = Vec::new();
    if baseline.is_redacted {
        cautions.push(phrases.was_redacted.get(language).to_owned());
    }
    if !baseline.filters.is_empty() {
        let filters = baseline
            .filters
            .join(context.phrases.layout.list.get(language));
        cautions.push(phrases.with_view.fill(language, &[("filters", &filters)]));
    }
    if baseline.is_incomplete {
        cautions.push(phrases.was_incomplete.get(language).to_owned());
    }
    if let (Some(before), Some(now)) = (baseline.as_of, context.triage.fleet.as_of)
        && before > now
    {
        cautions.push(phrases.is_later.get(language).to_owned());
    }
    let older = old
        .iter()
        .zip(again)
        .filter(|(old, place)| {
            let now = place.and_then(|place| machines.get(place));
            matches!((old.last_seen, now), (Some(before), Some(now)) if now.last_seen < before)
        })
        .count() as u64;
    if older > 0 {
        cautions.push(phrases.older_logs.count(language, older, &[]));
    }
    cautions
}

fn sentence(context: &Context<'_>, part: &ComparisonPart) -> String {
    let phrases = &context.phrases.comparison;
    let language = context.language;
    let machines = |n: u64| phrases.machines.count(language, n, &[]);
    let mut text = phrases.text.fill(
        language,
        &[
            ("new", &machines(part.newly_failing.len() as u64)),
            ("still", &machines(part.still_failing)),
            ("cured", &machines(part.no_longer_failing.len() as u64)),
        ],
    );
    if !part.appeared.is_empty() || !part.silent.is_empty() {
        text.push_str(context.phrases.layout.sentence.get(language));
        text.push_str(&phrases.came.fill(
            language,
            &[
                ("appeared", &machines(part.appeared.len() as u64)),
                ("silent", &machines(part.silent.len() as u64)),
            ],
        ));
    }
    text
}
