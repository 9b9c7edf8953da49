//! Which machines of several logs are one: the same last name, an old name that leads on, a bare
//! name with one full name (RULES.md 2).
//!
//! Setup and image names join nothing here: a machine that is known by such a name alone is one of
//! its own in each log.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::chain::Chain;
use super::names::{FullNames, NameId, Names};

/// How much longer a name may be seen after a machine gave it up, as clocks go. Where it is seen
/// longer, another machine has it.
const SEEN_AFTER_SECONDS: i64 = 24 * 60 * 60;

/// A machine between logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Node {
    /// By its last name.
    Name(NameId),
    /// By its chain's number, where the last name is one of Setup or of an image.
    Apart(usize),
}

/// The machine of each chain.
pub(super) fn machines(names: &Names, chains: &[&Chain]) -> Vec<Node> {
    let one_full = one_full_form(names);
    let full = |name: NameId| one_full.get(&name).copied().unwrap_or(name);
    let targets: Vec<Node> = chains
        .iter()
        .enumerate()
        .map(|(number, chain)| {
            if names.is_setup(chain.last) {
                Node::Apart(number)
            } else {
                Node::Name(full(chain.last))
            }
        })
        .collect();
    let mut until: BTreeMap<Node, i64> = BTreeMap::new();
    for (chain, target) in chains.iter().zip(&targets) {
        let until = until.entry(*target).or_insert(chain.until);
        *until = (*until).max(chain.until);
    }
    let mut leads: BTreeMap<Node, BTreeSet<Node>> = BTreeMap::new();
    for (chain, target) in chains.iter().zip(&targets) {
        for (old, change) in &chain.old {
            let old_node = Node::Name(full(*old));
            let is_given_up = until
                .get(&old_node)
                .is_some_and(|until| *until <= change.saturating_add(SEEN_AFTER_SECONDS));
            if is_given_up && !names.is_setup(*old) && old_node != *target {
                leads.entry(old_node).or_default().insert(*target);
            }
        }
    }
    let ends = ends(&leads);
    let end = |node: Node| ends.get(&node).copied().unwrap_or(node);
    let mut machines: Vec<Node> = targets.iter().map(|target| end(*target)).collect();
    let of_bare = machines_of_bare_names(names, chains, &machines);
    for machine in &mut machines {
        if let Some(of_bare) = of_bare.get(machine) {
            *machine = *of_bare;
        }
    }
    machines
}

/// Bare names that are the form of just one full name of all logs.
fn one_full_form(names: &Names) -> HashMap<NameId, NameId> {
    let fulls = FullNames::of(names, names.all());
    names
        .all()
        .filter(|name| !names.is_full(*name) && !names.is_setup(*name))
        .filter_map(|name| match fulls.of_bare(names.lower(name)) {
            [one] => Some((name, *one)),
            _ => None,
        })
        .collect()
}

/// Where each old name leads in the end: where all logs that lead on agree. A circle, and what
/// leads into one, leads nowhere.
fn ends(leads: &BTreeMap<Node, BTreeSet<Node>>) -> BTreeMap<Node, Node> {
    let mut waiting: BTreeMap<Node, usize> = BTreeMap::new();
    let mut leads_here: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
    let mut ends: BTreeMap<Node, Node> = BTreeMap::new();
    let mut ready: VecDeque<Node> = VecDeque::new();
    for (node, targets) in leads {
        waiting.insert(*node, targets.len());
        for target in targets {
            leads_here.entry(*target).or_default().push(*node);
            if !leads.contains_key(target) && ends.insert(*target, *target).is_none() {
                ready.push_back(*target);
            }
        }
    }
    while let Some(target) = ready.pop_front() {
        for node in leads_here.get(&target).into_iter().flatten() {
            let Some(count) = waiting.get_mut(node) else {
                continue;
            };
            *count = count.saturating_sub(1);
            if *count > 0 {
                continue;
            }
            let of_targets: BTreeSet<Node> = leads
                .get(node)
                .into_iter()
                .flatten()
                .map(|target| ends.get(target).copied().unwrap_or(*target))
                .collect();
            let mut of_targets = of_targets.into_iter();
            let end = match (of_targets.next(), of_targets.next()) {
                (Some(one), None) => one,
                _ => *node,
            };
            ends.insert(*node, end);
            ready.push_back(*node);
        }
    }
    ends
}

/// Of bare names that several full names begin with: the machine, where these are one.
fn machines_of_bare_names(
    names: &Names,
    chains: &[&Chain],
    machines: &[Node],
) -> BTreeMap<Node, Node> {
    let bare: BTreeSet<NameId> = machines
        .iter()
        .filter_map(|machine| match machine {
            Node::Name(name) if !names.is_full(*name) && !names.is_setup(*name) => Some(*name),
            _ => None,
        })
        .collect();
    let fulls = FullNames::of(names, names.all());
    let mut bare_of: BTreeMap<NameId, Vec<NameId>> = BTreeMap::new();
    for bare in bare {
        for full in fulls.of_bare(names.lower(bare)) {
            bare_of.entry(*full).or_default().push(bare);
        }
    }
    let mut found: BTreeMap<NameId, BTreeSet<Node>> = BTreeMap::new();
    for (chain, machine) in chains.iter().zip(machines) {
        for bare in chain.names.iter().filter_map(|name| bare_of.get(name)) {
            for bare in bare {
                found.entry(*bare).or_default().insert(*machine);
            }
        }
    }
    found
        .into_iter()
        .filter_map(|(bare, machines)| {
            let mut machines = machines.into_iter();
            match (machines.next(), machines.next()) {
                // A machine that is itself known by a bare name only would lead in circles.
                (Some(Node::Name(one)), None) if !names.is_full(one) => None,
                (Some(one), None) => Some((Node::Name(bare), one)),
                _ => None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes are numbers: `1>2 2>3` leads on.
    fn ends_of(text: &str) -> String {
        let mut leads: BTreeMap<Node, BTreeSet<Node>> = BTreeMap::new();
        for lead in text.split_whitespace() {
            let (from, to) = lead.split_once('>').unwrap();
            let node = |text: &str| Node::Apart(text.parse().unwrap());
            leads.entry(node(from)).or_default().insert(node(to));
        }
        let ends = ends(&leads);
        let text = |node: &Node| match node {
            Node::Apart(number) => number.to_string(),
            Node::Name(_) => String::new(),
        };
        let lines: Vec<String> = leads
            .keys()
            .map(|node| format!("{}>{}", text(node), text(ends.get(node).unwrap_or(node))))
            .collect();
        lines.join(" ")
    }

    #[test]
    fn an_old_name_leads_on_where_all_agree() {
        let check = |text: &str, expect: &str| assert_eq!(ends_of(text), expect, "{text}");
        check("1>2", "1>2");
        check("1>2 2>3", "1>3 2>3");
        check("1>2 1>3 2>3", "1>3 2>3");
        check("1>2 1>3", "1>1");
        check("0>1 1>2 1>3", "0>1 1>1");
        check("1>2 2>1", "1>1 2>2");
        check("0>1 1>2 2>1", "0>0 1>1 2>2");
        check("1>2 2>1 2>3", "1>1 2>2");
    }
}
