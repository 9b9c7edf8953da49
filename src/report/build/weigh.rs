//! The possible causes of a finding, weighed by what the logs prove.
//!
//! Each machine is weighed for itself, or each KMS host where the finding is about hosts: a cause is
//! confirmed or ruled out where it is so for all of them. Where it is so for some, or for each by
//! something else, it says for which and why.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use crate::catalog::{CauseText, Fact};
use crate::diagnosis::{Finding, FindingShare};
use crate::report::model::{CauseForSomePart, CausePart};

/// What facts make of a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Confirmed,
    RuledOut,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::RuledOut => "ruled-out",
        }
    }
}

/// A verdict, and the place among the cause's facts of the one that it is made by.
type Made = (Verdict, usize);

pub(super) fn weigh(
    context: &Context<'_>,
    finding: &Finding,
    cause: &CauseText,
    text: String,
) -> CausePart {
    let verdict = |facts| verdict(cause, facts, &finding.facts);
    let mut groups: BTreeMap<Made, Vec<&FindingShare>> = BTreeMap::new();
    for proven in &finding.proven {
        if let Some(made) = verdict(&proven.facts) {
            groups.entry(made).or_default().push(&proven.part);
        }
    }
    let settled: usize = groups.values().map(Vec::len).sum();
    let mut verdicts = groups.keys().map(|(verdict, _)| *verdict);
    let first = verdicts.next().filter(|_| settled == finding.proven.len());
    let of_all = match finding.proven.is_empty() {
        true => verdict(&finding.facts).map(|(verdict, _)| verdict),
        false => first.filter(|first| verdicts.all(|verdict| verdict == *first)),
    };
    let says = |(verdict, at): Made| {
        let facts = match verdict {
            Verdict::Confirmed => &cause.confirmed_by,
            Verdict::RuledOut => &cause.ruled_out_by,
        };
        let fact = facts.get(at).copied();
        fact.map(|fact| context.phrases.fact(fact, context.language).to_owned())
    };
    let whys = match finding.proven.is_empty() {
        true => verdict(&finding.facts).into_iter().collect(),
        false => groups.keys().copied().collect::<Vec<Made>>(),
    };
    let is_told_apart = of_all.is_none() || groups.len() > 1;
    let whys = whys.into_iter().filter(|_| of_all.is_some());
    let whys: Vec<String> = whys.filter_map(says).collect();
    let part = context.phrases.layout.part.get(context.language);
    let for_some = groups.iter().filter(|_| is_told_apart);
    CausePart {
        text,
        state: of_all.map_or("possible", Verdict::as_str),
        why: (!whys.is_empty()).then(|| whys.join(part)),
        for_some: for_some
            .map(|(made, parts)| for_some_part(context, made.0, says(*made), parts))
            .collect(),
    }
}

/// What is proved stands first, then what is proved for some; what is disproved stands last.
pub(super) fn rank(cause: &CausePart) -> u8 {
    let is_for_some = cause.for_some.iter().any(|some| some.state == "confirmed");
    match cause.state {
        "confirmed" => 0,
        "ruled-out" => 3,
        _ if is_for_some => 1,
        _ => 2,
    }
}

/// By facts of one part; of several that say the same, one that holds for all parts. Facts that
/// contradict each other decide nothing.
fn verdict(cause: &CauseText, facts: &BTreeSet<Fact>, of_all: &BTreeSet<Fact>) -> Option<Made> {
    let holding = |named: &[Fact]| {
        let holds = |fact: &Fact| facts.contains(fact);
        let common = named.iter().position(|f| holds(f) && of_all.contains(f));
        common.or_else(|| named.iter().position(holds))
    };
    match (holding(&cause.confirmed_by), holding(&cause.ruled_out_by)) {
        (Some(at), None) => Some((Verdict::Confirmed, at)),
        (None, Some(at)) => Some((Verdict::RuledOut, at)),
        _ => None,
    }
}

fn for_some_part(
    context: &Context<'_>,
    verdict: Verdict,
    why: Option<String>,
    parts: &[&FindingShare],
) -> CauseForSomePart {
    let machines = &context.triage.fleet.machines;
    let names = parts.iter().filter_map(|part| match part {
        FindingShare::Machine(at) => Some(machines.get(*at)?.computer.clone()),
        FindingShare::KmsHost(_) => None,
    });
    let hosts = parts.iter().filter_map(|part| match part {
        FindingShare::Machine(_) => None,
        FindingShare::KmsHost(host) => Some(host.to_string()),
    });
    let mut machines: Vec<String> = names.collect();
    machines.sort();
    let mut kms_hosts: Vec<String> = hosts.collect();
    kms_hosts.sort();
    CauseForSomePart {
        state: verdict.as_str(),
        why,
        machines,
        kms_hosts,
    }
}
