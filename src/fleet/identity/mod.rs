//! Which names are one machine, and which logs are one log, by positive evidence only (RULES.md 2).
//!
//! `view` is what is needed of a log, `reading` brings all logs into one set of numbers, `archives`
//! finds the logs that are read as one, `chain` decides within these, `between` over all of them,
//! `conflicts` tells what contradicts. Events are put in order elsewhere.

mod archives;
mod between;
mod chain;
mod conflicts;
mod names;
mod reading;
#[cfg(test)]
mod tests;
mod view;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use between::Node;
use chain::Chain;
use names::{NameId, Names, SpellingId};
use reading::Reading;
pub(super) use view::LogView;

use crate::eventlog::Note;
use crate::input::LogName;

/// A machine, by its newest name in lower case, and a number where that name tells nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct MachineKey {
    name: Arc<str>,
    /// 0 but for machines that are known by a name of Setup or of an image alone.
    apart: u32,
}

/// What became of the names and logs of an input.
#[derive(Debug, Default)]
pub(super) struct Identities {
    by_log: HashMap<LogName, HashMap<Arc<str>, MachineKey>>,
    names: BTreeMap<MachineKey, Spellings>,
    sets: Vec<Vec<LogName>>,
    heads: HashMap<LogName, LogName>,
    notes: Vec<Note>,
}

#[derive(Clone, Debug, Default)]
struct Spellings {
    /// The newest spelling of the fullest form of the newest name.
    newest: Arc<str>,
    all: BTreeSet<Arc<str>>,
}

impl Identities {
    /// The machine that a computer name, as spelled there, means in a log.
    pub(super) fn machine(&self, log: &LogName, computer: &str) -> Option<&MachineKey> {
        self.by_log.get(log)?.get(computer)
    }

    /// What each name in lower case means in each log, as `place` tells the places of machines.
    pub(super) fn owners(
        &self,
        place: impl Fn(&MachineKey) -> Option<usize>,
    ) -> BTreeMap<LogName, BTreeMap<String, Option<usize>>> {
        let names = |names: &HashMap<Arc<str>, MachineKey>| {
            let names = names.iter();
            names
                .map(|(name, key)| (name.to_lowercase(), place(key)))
                .collect()
        };
        self.by_log
            .iter()
            .map(|(log, of_log)| (log.clone(), names(of_log)))
            .collect()
    }

    /// A machine's newest name in its fullest form.
    pub(super) fn computer(&self, key: &MachineKey) -> String {
        self.names
            .get(key)
            .map(|names| names.newest.to_string())
            .unwrap_or_default()
    }

    /// Every other spelling and earlier name, bytewise.
    pub(super) fn aliases(&self, key: &MachineKey) -> Vec<String> {
        let Some(names) = self.names.get(key) else {
            return Vec::new();
        };
        names
            .all
            .iter()
            .filter(|name| **name != names.newest)
            .map(|name| name.to_string())
            .collect()
    }

    /// The sets of logs that are archives or copies of one log, each by name: they are read as one
    /// for names, epochs and how far the log reaches back. Logs that stand alone are not named.
    pub(super) fn sets(&self) -> &[Vec<LogName>] {
        &self.sets
    }

    /// The log that stands for all of a log's set, the first by name; none for a log that stands
    /// alone. Records of one channel whose logs have the same head are one log's, in the order of
    /// EventRecordID.
    pub(super) fn head(&self, log: &LogName) -> Option<&LogName> {
        self.heads.get(log)
    }

    /// What is odd between logs, sorted.
    pub(super) fn notes(&self) -> &[Note] {
        &self.notes
    }
}

/// Decides over the activation events of all logs. The order of logs does not matter, nor whether
/// one is there twice.
pub(super) fn decide(logs: &[LogView<'_>]) -> Identities {
    let origins = logs.iter().flat_map(|log| &log.origins);
    let names = Names::of(origins.map(|origin| origin.computer));
    let readings = reading::read(logs, &names);
    let units = archives::sets(&readings, &names);
    let mut chains: Vec<(usize, Chain)> = Vec::new();
    for (number, unit) in units.iter().enumerate() {
        let unit: Vec<&Reading<'_>> = unit.iter().filter_map(|at| readings.get(*at)).collect();
        let of_unit = chain::chains(&names, &unit).into_iter();
        chains.extend(of_unit.map(|chain| (number, chain)));
    }
    let alone: Vec<&Chain> = chains.iter().map(|(_, chain)| chain).collect();
    let machines = between::machines(&names, &alone);
    let keys = keys(&names, &readings, &units, &chains, &machines);
    let mut identities = Identities::default();
    identities.name_machines(&names, &readings, &units, &chains, &keys);
    identities.keep_sets(&readings, &units);
    identities.keep_notes(&readings, &units);
    identities
}

/// The key of each chain's machine.
fn keys(
    names: &Names,
    readings: &[Reading<'_>],
    units: &[Vec<usize>],
    chains: &[(usize, Chain)],
    machines: &[Node],
) -> Vec<MachineKey> {
    // What is apart is numbered by what it holds, so that the names of logs do not matter.
    let mut apart: Vec<_> = chains
        .iter()
        .enumerate()
        .filter(|(_, (_, chain))| names.is_setup(chain.last))
        .map(|(number, (unit, chain))| {
            let of_unit = units.get(*unit).into_iter().flatten();
            let of_unit: Vec<_> = of_unit.filter_map(|at| readings.get(*at)).collect();
            // In an order that is the contents' own, each once, whatever the logs are called: what is
            // its own first, and where that is the same, what stands around it.
            let contents = |of_all: bool| -> BTreeSet<Vec<_>> {
                let of_reading = |reading: &&Reading<'_>| {
                    let contents = reading.contents();
                    contents
                        .filter(|content| of_all || chain.names.contains(&content.name))
                        .map(|c| (c.seconds, c.record_id, c.event_id, c.name))
                        .collect()
                };
                of_unit.iter().map(of_reading).collect()
            };
            (chain.last, contents(false), contents(true), number)
        })
        .collect();
    apart.sort();
    let numbers: HashMap<usize, u32> = apart
        .iter()
        .zip(1..)
        .map(|((.., chain), number)| (*chain, number))
        .collect();
    machines
        .iter()
        .map(|machine| match machine {
            Node::Name(name) => MachineKey {
                name: names.lower(*name).into(),
                apart: 0,
            },
            Node::Apart(chain) => MachineKey {
                name: chains
                    .get(*chain)
                    .map_or("", |(_, chain)| names.lower(chain.last))
                    .into(),
                apart: numbers.get(chain).copied().unwrap_or(0),
            },
        })
        .collect()
}

impl Identities {
    fn name_machines(
        &mut self,
        names: &Names,
        readings: &[Reading<'_>],
        units: &[Vec<usize>],
        chains: &[(usize, Chain)],
        keys: &[MachineKey],
    ) {
        let mut by_unit: Vec<HashMap<NameId, &MachineKey>> = vec![HashMap::new(); units.len()];
        for ((unit, chain), key) in chains.iter().zip(keys) {
            if let Some(names) = by_unit.get_mut(*unit) {
                names.extend(chain.names.iter().map(|name| (*name, key)));
            }
        }
        // Of the spellings of one name the newest is shown; of two as new, the greater.
        let mut newest: BTreeMap<&MachineKey, ((bool, bool, i64), SpellingId)> = BTreeMap::new();
        for (unit, keys) in units.iter().zip(&by_unit) {
            for reading in unit.iter().filter_map(|at| readings.get(*at)) {
                let mut by_spelling: HashMap<Arc<str>, MachineKey> = HashMap::new();
                for (spelling, seconds) in newest_by_spelling(reading) {
                    let (Some(spelled), Some(key)) =
                        (names.spelled(spelling.0), keys.get(&spelling.1).copied())
                    else {
                        continue;
                    };
                    let is_last = *names.lower(spelling.1) == *key.name;
                    let rank = (is_last, names.is_full(spelling.1), seconds);
                    let best = newest.entry(key).or_insert((rank, spelling.0));
                    *best = (*best).max((rank, spelling.0));
                    let entry = self.names.entry(key.clone()).or_default();
                    entry.all.insert(Arc::clone(spelled));
                    by_spelling.insert(Arc::clone(spelled), key.clone());
                }
                for log in &reading.logs {
                    self.by_log.insert((*log).clone(), by_spelling.clone());
                }
            }
        }
        for (key, (_, spelling)) in newest {
            if let (Some(entry), Some(spelled)) = (self.names.get_mut(key), names.spelled(spelling))
            {
                entry.newest = Arc::clone(spelled);
            }
        }
    }

    fn keep_sets(&mut self, readings: &[Reading<'_>], units: &[Vec<usize>]) {
        for unit in units {
            let logs: BTreeSet<&LogName> = unit
                .iter()
                .filter_map(|at| readings.get(*at))
                .flat_map(|reading| reading.logs.iter().copied())
                .collect();
            if logs.len() < 2 {
                continue;
            }
            let logs: Vec<LogName> = logs.into_iter().cloned().collect();
            if let Some(head) = logs.first() {
                self.heads
                    .extend(logs.iter().map(|log| (log.clone(), head.clone())));
            }
            self.sets.push(logs);
        }
        self.sets.sort();
    }

    fn keep_notes(&mut self, readings: &[Reading<'_>], units: &[Vec<usize>]) {
        let numbers: HashMap<&MachineKey, usize> = self.names.keys().zip(0..).collect();
        let machines: Vec<Vec<Option<usize>>> = readings
            .iter()
            .map(|reading| {
                let log = reading.logs.first();
                let machine = |computer: &str| {
                    let key = self.machine(log?, computer)?;
                    numbers.get(key).copied()
                };
                let origins = reading.view.origins.iter();
                origins.map(|origin| machine(origin.computer)).collect()
            })
            .collect();
        let mut set: Vec<Option<usize>> = vec![None; readings.len()];
        for (number, unit) in units.iter().enumerate() {
            for at in unit {
                if let Some(entry) = set.get_mut(*at) {
                    *entry = Some(number);
                }
            }
        }
        let machine = |reading: usize, origin: u32| {
            let origin = usize::try_from(origin).ok()?;
            machines.get(reading)?.get(origin).copied().flatten()
        };
        let mut notes = conflicts::notes(readings, machine, |reading| {
            set.get(reading).copied().flatten()
        });
        notes.sort();
        self.notes = notes;
    }
}

/// Each spelling of a log with the time of its newest record.
fn newest_by_spelling(reading: &Reading<'_>) -> BTreeMap<(SpellingId, NameId), i64> {
    let mut of_source: Vec<Option<i64>> = vec![None; reading.sources.len()];
    for seen in &reading.view.records {
        let place = usize::try_from(seen.origin).unwrap_or(usize::MAX);
        if let Some(newest) = of_source.get_mut(place) {
            *newest = (*newest).max(Some(seen.seconds));
        }
    }
    let mut newest: BTreeMap<(SpellingId, NameId), i64> = BTreeMap::new();
    for (source, seconds) in reading.sources.iter().zip(of_source) {
        if let Some(seconds) = seconds {
            let newest = newest
                .entry((source.spelling, source.name))
                .or_insert(seconds);
            *newest = (*newest).max(seconds);
        }
    }
    newest
}
