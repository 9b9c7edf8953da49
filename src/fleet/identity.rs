//! Which names are one machine, by positive evidence only, decided per log (RULES.md 2).
//!
//! In a log as Windows keeps or exports it, numbers run on when a machine is renamed; a collector's
//! log holds many machines, each with numbers of its own. Joining names over several logs by their
//! history (an archive that ends under an old name) is not done here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::summary::LogSummary;
use crate::input::LogName;
use crate::spp::KeptEvents;

/// A machine, by its newest name in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct MachineKey(String);

/// Names of Windows Setup and of cloud images, which say nothing of the machine.
fn is_setup_name(name: &str) -> bool {
    name == "minwinpc" || name.starts_with("ec2amaz-") || name == "37l4247d28-05"
}

/// What became of the names of all logs.
#[derive(Debug, Default)]
pub(super) struct Identities {
    by_log: BTreeMap<(LogName, String), MachineKey>,
    names: BTreeMap<MachineKey, Names>,
}

#[derive(Clone, Debug, Default)]
struct Names {
    /// The newest spelling of the fullest form.
    newest: String,
    all: BTreeSet<String>,
}

impl Identities {
    /// The machine that a computer name means in a log.
    pub(super) fn machine(&self, log: &LogName, computer: &str) -> Option<&MachineKey> {
        self.by_log.get(&(log.clone(), computer.to_lowercase()))
    }

    /// What each name in lower case means in each log, as `place` tells the places of machines.
    pub(super) fn owners(
        &self,
        place: impl Fn(&MachineKey) -> Option<usize>,
    ) -> BTreeMap<LogName, BTreeMap<String, Option<usize>>> {
        let mut owners: BTreeMap<LogName, BTreeMap<String, Option<usize>>> = BTreeMap::new();
        for ((log, name), key) in &self.by_log {
            let names = owners.entry(log.clone()).or_default();
            names.insert(name.clone(), place(key));
        }
        owners
    }

    /// A machine's newest name in its fullest form.
    pub(super) fn computer(&self, key: &MachineKey) -> String {
        self.names
            .get(key)
            .map(|names| names.newest.clone())
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
            .cloned()
            .collect()
    }
}

/// Decides over the activation events of all logs.
pub(super) fn decide<'a>(logs: impl Iterator<Item = (&'a LogName, &'a LogSummary)>) -> Identities {
    let mut chains: Vec<(LogName, Chain)> = Vec::new();
    for (name, log) in logs {
        let spelled = spelled(log);
        chains.extend(
            chains_of(&spelled, log.counts.has_rendering_info)
                .into_iter()
                .map(|chain| (name.clone(), chain)),
        );
    }
    let last_names: BTreeMap<String, BTreeSet<String>> = chains
        .iter()
        .map(|(_, chain)| (chain.newest.to_lowercase(), BTreeSet::new()))
        .collect();
    // A bare name is the machine whose full name begins with it, where just one does.
    let fullest = forms_of_one_name(&last_names);
    let mut identities = Identities::default();
    for (log, chain) in chains {
        let last = chain.newest.to_lowercase();
        let key = match fullest.get(&last) {
            Some(full) if !is_setup_name(&last) => MachineKey(full.clone()),
            _ => MachineKey(last),
        };
        let names = identities.names.entry(key.clone()).or_default();
        let rank = |name: &str| (name.contains('.'), name.to_owned());
        if rank(&chain.newest) > rank(&names.newest) {
            names.newest.clone_from(&chain.newest);
        }
        for spelling in &chain.spellings {
            identities
                .by_log
                .insert((log.clone(), spelling.to_lowercase()), key.clone());
        }
        names.all.extend(chain.spellings);
    }
    identities
}

/// Names of one log that are one machine.
#[derive(Clone, Debug, Default)]
struct Chain {
    /// The newest spelling of its fullest newest name.
    newest: String,
    spellings: BTreeSet<String>,
}

/// One stretch of a log under one name.
#[derive(Clone, Debug)]
struct Stretch {
    /// As logged, or in its fullest form and lower case.
    name: Arc<str>,
    first_offset: i128,
    last_offset: i128,
}

/// The log's stretches of one spelling, in the order of the records.
fn spelled(log: &LogSummary) -> Vec<Stretch> {
    let mut ordered: Vec<_> = log
        .parts
        .iter()
        .flat_map(KeptEvents::iter)
        .map(|(kept, origin)| (kept.file_record_id, kept.record_id, &origin.computer))
        .collect();
    ordered.sort_unstable_by_key(|(file_record_id, ..)| *file_record_id);
    let mut stretches: Vec<Stretch> = Vec::new();
    for (file_record_id, record_id, computer) in ordered {
        let offset = i128::from(record_id.0) - i128::from(file_record_id.0);
        match stretches.last_mut() {
            Some(stretch) if Arc::ptr_eq(&stretch.name, computer) || stretch.name == *computer => {
                stretch.last_offset = offset
            }
            _ => stretches.push(Stretch {
                name: Arc::clone(computer),
                first_offset: offset,
                last_offset: offset,
            }),
        }
    }
    stretches
}

fn chains_of(spelled: &[Stretch], is_forwarded: bool) -> Vec<Chain> {
    let mut spellings: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut newest_spelling: BTreeMap<String, String> = BTreeMap::new();
    for stretch in spelled {
        let name = stretch.name.to_string();
        newest_spelling.insert(name.to_lowercase(), name.clone());
        spellings
            .entry(name.to_lowercase())
            .or_default()
            .insert(name);
    }
    let forms = forms_of_one_name(&spellings);
    let stretches = joined_forms(spelled, &forms);
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let comes_back = stretches.iter().any(|stretch| !seen.insert(&stretch.name));
    // Groups of names that are one machine, each with its newest name last.
    let mut groups: Vec<Vec<&str>> = Vec::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (at, stretch) in stretches.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| stretches.get(at));
        let runs_on = before.is_some_and(|before| before.last_offset == stretch.first_offset);
        let is_new = known.insert(&stretch.name);
        match groups.last_mut() {
            Some(group) if runs_on && !is_forwarded && !comes_back => group.push(&stretch.name),
            _ if !is_new => {}
            _ => groups.push(vec![&stretch.name]),
        }
    }
    let mut forms_of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (form, full) in &forms {
        forms_of.entry(full).or_default().push(form);
    }
    let mut chains = Vec::new();
    for group in groups {
        let Some(last) = group.last() else { continue };
        let mut chain = Chain::default();
        for form in group.iter().filter_map(|name| forms_of.get(name)).flatten() {
            chain
                .spellings
                .extend(spellings.get(*form).into_iter().flatten().cloned());
        }
        chain.newest = newest_spelling.get(*last).cloned().unwrap_or_default();
        chains.push(chain);
    }
    chains
}

/// Every form of a name to its fullest form in this log.
fn forms_of_one_name(spellings: &BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, String> {
    // By first label, so that a collector's hundreds of names are not held against each other.
    let mut by_label: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    let mut by_netbios: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for name in spellings.keys() {
        let Some((label, _)) = name.split_once('.') else {
            continue;
        };
        by_label.entry(label).or_default().push(name);
        if label.chars().count() > 15 {
            by_netbios
                .entry(label.chars().take(15).collect())
                .or_default()
                .push(name);
        }
    }
    let full = |name: &String| {
        let of_label = by_label.get(name.as_str()).into_iter().flatten();
        let of_netbios = by_netbios.get(name).into_iter().flatten();
        let mut all = of_label
            .chain(of_netbios)
            .filter(|full| is_bare_form(name, full));
        match (all.next(), all.next()) {
            (Some(one), None) => (*one).clone(),
            _ => name.clone(),
        }
    };
    spellings
        .keys()
        .map(|name| (name.clone(), full(name)))
        .collect()
}

/// Whether `bare` is the first label of `full`, or its NetBIOS form of 15 characters.
fn is_bare_form(bare: &str, full: &str) -> bool {
    let Some((label, _)) = full.split_once('.') else {
        return false;
    };
    if bare.contains('.') {
        return false;
    }
    label == bare || (bare.chars().count() == 15 && label.starts_with(bare))
}

/// Stretches under one name in whatever form.
fn joined_forms(spelled: &[Stretch], forms: &BTreeMap<String, String>) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for stretch in spelled {
        let lower = stretch.name.to_lowercase();
        let name: Arc<str> = forms.get(&lower).unwrap_or(&lower).as_str().into();
        match stretches.last_mut() {
            Some(last) if last.name == name => last.last_offset = stretch.last_offset,
            _ => stretches.push(Stretch {
                name,
                ..stretch.clone()
            }),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eventlog::{ChunkIndex, Event, RecordId};

    /// Events as `name@file_id` or `name@file_id/record_id`, with `!` where forwarded.
    fn log(name: &str, text: &str) -> (LogName, LogSummary) {
        let event = |word: &str| {
            let (computer, ids) = word.trim_end_matches('!').split_once('@').unwrap();
            let (file, record) = ids.split_once('/').unwrap_or((ids, ids));
            Event {
                log: LogName::new(name),
                chunk: ChunkIndex(0),
                record_id: RecordId(record.parse().unwrap()),
                file_record_id: RecordId(file.parse().unwrap()),
                time: chrono::DateTime::UNIX_EPOCH,
                computer: computer.into(),
                channel: "Application".into(),
                provider: "Microsoft-Windows-Security-SPP".into(),
                event_id: 900,
                qualifiers: None,
                level: None,
                has_rendering_info: word.ends_with('!'),
                data: Vec::new(),
                data_names: Vec::new(),
            }
        };
        let mut log = LogSummary::default();
        let mut events = KeptEvents::default();
        for event in text.split_whitespace().map(event) {
            log.counts.has_rendering_info |= event.has_rendering_info;
            events.keep(event);
        }
        log.parts.push(events);
        (LogName::new(name), log)
    }

    /// Each machine as `newest = aliases`.
    fn machines(logs: &[(&str, &str)]) -> Vec<String> {
        let logs: Vec<_> = logs.iter().map(|(name, text)| log(name, text)).collect();
        let identities = decide(logs.iter().map(|(name, log)| (name, log)));
        let line = |key: &MachineKey| {
            format!(
                "{} = {}",
                identities.computer(key),
                identities.aliases(key).join(" ")
            )
        };
        identities.names.keys().map(line).collect()
    }

    #[test]
    fn a_renamed_machine_is_one_under_its_newest_name() {
        // As in the sample of a server that was made from an image and joined a domain.
        assert_eq!(
            machines(&[(
                "a",
                "EC2AMAZ-GQ0HEKD@1 EC2AMAZ-NEUK2LF@2 ASLWinClient@3 ASLWinClient.aperture.sci@4"
            )]),
            ["ASLWinClient.aperture.sci = ASLWinClient EC2AMAZ-GQ0HEKD EC2AMAZ-NEUK2LF"]
        );
    }

    #[test]
    fn an_export_with_numbers_of_its_own_runs_on_as_well() {
        assert_eq!(machines(&[("a", "OLD@1/8001 NEW@2/8002")]), ["NEW = OLD"]);
    }

    #[test]
    fn a_collectors_log_keeps_its_machines_apart() {
        assert_eq!(
            machines(&[("a", "PC1@1/500 PC2@2/70")]),
            ["PC1 = ", "PC2 = "]
        );
        assert_eq!(machines(&[("a", "PC1@1! PC2@2!")]), ["PC1 = ", "PC2 = "]);
    }

    #[test]
    fn a_name_that_comes_back_joins_nothing() {
        assert_eq!(
            machines(&[("a", "PC1@1 PC2@2 PC1@3")]),
            ["PC1 = ", "PC2 = "]
        );
    }

    #[test]
    fn bare_and_full_names_alternate() {
        assert_eq!(
            machines(&[("a", "pc1@1 PC1.contoso.com@2 PC1@3")]),
            ["PC1.contoso.com = PC1 pc1"]
        );
        assert_eq!(
            machines(&[("a", "A-VERY-LONG-COM@1 a-very-long-computer.contoso.com@2")]),
            ["a-very-long-computer.contoso.com = A-VERY-LONG-COM"]
        );
    }

    #[test]
    fn a_bare_name_in_another_log_is_the_one_full_name_that_begins_with_it() {
        assert_eq!(
            machines(&[("a", "pc1@1"), ("b", "PC1.contoso.com@1")]),
            ["PC1.contoso.com = pc1"],
            "the fullest form, whatever the case"
        );
        assert_eq!(
            machines(&[("a", "PC1@1"), ("b", "PC1.contoso.com@1")]),
            ["PC1.contoso.com = PC1"]
        );
        let two = machines(&[
            ("a", "PC1@1"),
            ("b", "PC1.contoso.com@1"),
            ("c", "PC1.fabrikam.com@1"),
        ]);
        assert_eq!(two.len(), 3);
    }
}
