//! The names of one log, or of a set that is read as one: which of them are one machine, and in
//! which order it had them (RULES.md 2).
//!
//! In a log as Windows keeps or exports it, numbers run on when a machine is renamed; a collector's
//! log holds many machines, each with numbers of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{FullNames, NameId, Names};
use super::reading::{Reading, offset};

/// Names of one log that are one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// Earlier names in their fullest forms, each with the time of the first record under the
    /// name after it.
    pub(super) old: BTreeMap<NameId, i64>,
    /// The last name in its fullest form.
    pub(super) last: NameId,
    /// All of its names in all forms.
    pub(super) names: BTreeSet<NameId>,
    /// The time of the newest record under the last name.
    pub(super) until: i64,
}

/// A run of records under one name.
#[derive(Clone, Copy, Debug)]
struct Step {
    name: NameId,
    /// Whether the numbers run on from the step before.
    runs_on: bool,
    /// The time of its first record.
    since: i64,
}

/// The machines of readings that are read as one.
pub(super) fn chains(names: &Names, unit: &[&Reading<'_>]) -> Vec<Chain> {
    let mut newest: BTreeMap<NameId, i64> = BTreeMap::new();
    let is_forwarded = unit.iter().any(|reading| reading.view.has_rendering_info);
    for reading in unit {
        let mut of_source: Vec<Option<i64>> = vec![None; reading.sources.len()];
        for seen in &reading.view.records {
            let place = usize::try_from(seen.origin).unwrap_or(usize::MAX);
            if let Some(newest) = of_source.get_mut(place) {
                *newest = (*newest).max(Some(seen.seconds));
            }
        }
        for (source, seconds) in reading.sources.iter().zip(of_source) {
            if let Some(seconds) = seconds {
                let newest = newest.entry(source.name).or_insert(seconds);
                *newest = (*newest).max(seconds);
            }
        }
    }
    let fulls = FullNames::of(names, newest.keys().copied());
    let (mut steps, mut fullest): (Vec<Step>, BTreeMap<NameId, BTreeSet<NameId>>) = if is_forwarded
    {
        (Vec::new(), BTreeMap::new())
    } else {
        in_fullest_form(names, &fulls, &steps(unit))
    };
    for name in newest.keys() {
        fullest.entry(*name).or_insert_with(|| {
            BTreeSet::from([match fulls.of_bare(names.lower(*name)) {
                [one] => *one,
                _ => *name,
            }])
        });
    }
    if comes_back(names, &steps) {
        steps.clear();
    }
    let groups = groups(&steps, fullest.values().flatten().copied());
    let mut place: BTreeMap<NameId, usize> = BTreeMap::new();
    for (number, group) in groups.iter().enumerate() {
        place.extend(group.iter().map(|step| (step.name, number)));
    }
    let mut chains: Vec<Chain> = groups
        .iter()
        .filter_map(|group| {
            let last = group.last()?.name;
            let changes = group.iter().zip(group.iter().skip(1));
            // Of a name that Setup gives again and again the last change counts.
            let old = changes
                .filter(|(step, _)| step.name != last)
                .map(|(step, next)| (step.name, next.since));
            Some(Chain {
                old: old.collect(),
                last,
                names: BTreeSet::new(),
                until: i64::MIN,
            })
        })
        .collect();
    for (name, fullest) in &fullest {
        let places: BTreeSet<usize> = fullest
            .iter()
            .filter_map(|full| place.get(full).copied())
            .collect();
        let mut places = places.into_iter();
        let seconds = newest.get(name).copied().unwrap_or(i64::MIN);
        match (places.next(), places.next()) {
            (Some(one), None) => {
                if let Some(chain) = chains.get_mut(one) {
                    chain.names.insert(*name);
                    if fullest.contains(&chain.last) {
                        chain.until = chain.until.max(seconds);
                    }
                }
            }
            // A bare name between full ones that are several machines.
            _ => chains.push(Chain {
                old: BTreeMap::new(),
                last: *name,
                names: BTreeSet::from([*name]),
                until: seconds,
            }),
        }
    }
    chains.retain(|chain| !chain.names.is_empty());
    chains
}

/// The runs of names, by place in the log; of several logs, by number.
fn steps(unit: &[&Reading<'_>]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    if let [reading] = unit {
        let mut before = 0;
        for seen in &reading.view.records {
            let Some(source) = reading.source(seen) else {
                continue;
            };
            let offset = offset(seen);
            if steps.last().is_none_or(|step| step.name != source.name) {
                steps.push(Step {
                    name: source.name,
                    runs_on: !steps.is_empty() && offset == before,
                    since: seen.seconds,
                });
            }
            before = offset;
        }
        return steps;
    }
    let mut all: Vec<(u64, i64, NameId)> = unit
        .iter()
        .flat_map(|reading| reading.contents())
        .map(|content| (content.record_id, content.seconds, content.name))
        .collect();
    all.sort_unstable();
    for (_, since, name) in all {
        if steps.last().is_none_or(|step| step.name != name) {
            steps.push(Step {
                name,
                runs_on: !steps.is_empty(),
                since,
            });
        }
    }
    steps
}

/// Steps by the fullest form of their names, and every name with what it stands for.
///
/// A bare name that is a form of several full names stands for the one beside it.
fn in_fullest_form(
    names: &Names,
    fulls: &FullNames<'_>,
    steps: &[Step],
) -> (Vec<Step>, BTreeMap<NameId, BTreeSet<NameId>>) {
    let mut joined: Vec<Step> = Vec::new();
    let mut fullest: BTreeMap<NameId, BTreeSet<NameId>> = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        let name = match fulls.of_bare(names.lower(step.name)) {
            [] => step.name,
            [one] => *one,
            several => {
                let before = joined.last().filter(|_| step.runs_on).map(|step| step.name);
                let next = steps.get(at + 1).filter(|next| next.runs_on);
                before
                    .into_iter()
                    .chain(next.map(|next| next.name))
                    .find(|name| several.contains(name))
                    .unwrap_or(step.name)
            }
        };
        fullest.entry(step.name).or_default().insert(name);
        if joined.last().is_none_or(|last| last.name != name) {
            joined.push(Step { name, ..*step });
        }
    }
    (joined, fullest)
}

/// Whether a name comes back after another. Setup gives its names as often as it runs.
fn comes_back(names: &Names, steps: &[Step]) -> bool {
    let mut seen: BTreeSet<NameId> = BTreeSet::new();
    steps
        .iter()
        .any(|step| !seen.insert(step.name) && !names.is_setup(step.name))
}

/// The steps of each machine in order. Names without a step are a machine each.
fn groups(steps: &[Step], all: impl Iterator<Item = NameId>) -> Vec<Vec<Step>> {
    let mut groups: Vec<Vec<Step>> = Vec::new();
    for step in steps {
        match groups.last_mut() {
            Some(group) if step.runs_on => group.push(*step),
            _ => groups.push(vec![*step]),
        }
    }
    // A name of Setup in the heads of several machines is none of them.
    let mut place: BTreeMap<NameId, usize> = BTreeMap::new();
    let mut shared: BTreeSet<NameId> = BTreeSet::new();
    for (number, group) in groups.iter().enumerate() {
        for step in group {
            if *place.entry(step.name).or_insert(number) != number {
                shared.insert(step.name);
            }
        }
    }
    if !shared.is_empty() {
        for group in &mut groups {
            group.retain(|step| !shared.contains(&step.name));
        }
    }
    let stepless: BTreeSet<NameId> = all
        .filter(|name| shared.contains(name) || !place.contains_key(name))
        .collect();
    groups.extend(stepless.into_iter().map(|name| {
        vec![Step {
            name,
            runs_on: false,
            since: i64::MIN,
        }]
    }));
    groups.retain(|group| !group.is_empty());
    groups
}
