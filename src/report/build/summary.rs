//! The answer in one sentence, and what else a reader must know before the findings.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::Context;
use crate::catalog::FindingId;
use crate::diagnosis::{
    ActivationStatus, FindingStatus, Machine, failing_license_end, is_failing_but_licensed,
};
use crate::hresult::Hresult;
use crate::report::model::{FindingPart, Inputs, SummaryPart, Time};
use crate::report::phrases::grouped;

pub(super) fn part(
    context: &Context<'_>,
    inputs: &Inputs,
    findings: &[FindingPart],
) -> SummaryPart {
    let fleet = &context.triage.fleet;
    let with = |status: ActivationStatus| {
        fleet
            .machines
            .iter()
            .filter(|m| m.diagnosis.status == status)
            .count() as u64
    };
    let attempts = || {
        fleet
            .machines
            .iter()
            .flat_map(|machine| &machine.diagnosis.attempts)
    };
    let licensed = |left: TimeDelta| {
        let machines = fleet.machines.iter();
        let licensed = machines.filter(|machine| is_failing_but_licensed(machine, left));
        licensed.count() as u64
    };
    let mut part = SummaryPart {
        headline: String::new(),
        machines: fleet.machines.len() as u64,
        machines_failing: with(ActivationStatus::Failing),
        machines_failing_licensed: licensed(context.triage.policy.expiring_within),
        machines_still_licensed: licensed(TimeDelta::zero()),
        machines_activated: with(ActivationStatus::Activated),
        machines_unknown: with(ActivationStatus::Unknown),
        attempts: attempts().count() as u64,
        attempts_failed: attempts().filter(|attempt| attempt.is_failed()).count() as u64,
        main_causes: None,
    };
    part.headline = headline(context, &part, inputs, findings);
    part
}

fn headline(
    context: &Context<'_>,
    part: &SummaryPart,
    inputs: &Inputs,
    findings: &[FindingPart],
) -> String {
    let phrases = &context.phrases.headline;
    let language = context.language;
    let machines = grouped(part.machines);
    if inputs.logs == 0 {
        return phrases.nothing_read.get(language).to_owned();
    }
    let selected = &context.triage.selected;
    let left_out = selected.machines_left_out + selected.later_machines;
    if part.machines == 0 && left_out > 0 {
        return phrases.none_selected.count(language, left_out, &[]);
    }
    // What needs attention besides the answer itself.
    let with_others = |first: String| match attention(context, findings) {
        None => first,
        Some(others) => format!(
            "{first}{}{others}",
            context.phrases.layout.part.get(language)
        ),
    };
    if part.machines == 0 {
        return with_others(phrases.no_events.get(language).to_owned());
    }
    let computer = context
        .triage
        .fleet
        .machines
        .first()
        .map(|machine| machine.computer.trim())
        .filter(|name| !name.is_empty())
        .unwrap_or(context.phrases.open.computer.get(language));
    if part.machines_failing > 0 {
        let (cause, is_only) = main_cause(context, findings);
        let is_all_licensed = part.machines_still_licensed == part.machines_failing;
        if part.machines == 1 {
            let goes_on = |machine: &Machine| machine.diagnosis.carried_attempts().next().is_some();
            let has_failed =
                part.attempts_failed > 0 || context.triage.fleet.machines.iter().any(goes_on);
            let machine = context.triage.fleet.machines.first();
            let end = machine.and_then(failing_license_end);
            // Days are those of UTC everywhere.
            let day = end.map(|end| end.date_naive().to_string());
            let phrase = match (&day, is_all_licensed) {
                _ if !has_failed => &phrases.one_not_activated,
                (Some(_), true) => &phrases.one_failing_licensed_until,
                (None, true) => &phrases.one_failing_licensed,
                (_, false) => &phrases.one_failing,
            };
            let product = machine.and_then(|machine| failing_product(context, machine));
            let named = product.map(|product| {
                let values = [("product", product), ("computer", computer)];
                phrases.product_of.fill(language, &values)
            });
            let values = [
                ("computer", named.as_deref().unwrap_or(computer)),
                ("day", day.as_deref().unwrap_or_default()),
                ("cause", &cause),
            ];
            return phrase.fill(language, &values);
        }
        let phrase = match (is_all_licensed, is_only) {
            (true, true) => &phrases.all_failing_licensed,
            (true, false) => &phrases.some_failing_licensed,
            (false, true) => &phrases.all_failing,
            (false, false) => &phrases.some_failing,
        };
        let some_licensed = part.machines_still_licensed > 0 && !is_all_licensed;
        let licensed = match some_licensed {
            true => phrases
                .of_these_licensed
                .count(language, part.machines_still_licensed, &[]),
            false => String::new(),
        };
        return phrase.count(
            language,
            part.machines_failing,
            &[
                ("machines", &machines),
                ("cause", &cause),
                ("licensed", &licensed),
            ],
        );
    }
    let cured = findings
        .iter()
        .filter(|finding| {
            finding.status == FindingStatus::Cured.as_str()
                && finding.attempts > 0
                && explains_failures(finding)
        })
        .count() as u64;
    let first = if part.machines > 1 {
        phrases.none_failing.count(
            language,
            part.machines_activated,
            &[("machines", &machines)],
        )
    } else if part.machines_activated == 1 {
        match cured {
            0 => phrases
                .one_activated
                .fill(language, &[("computer", computer)]),
            n => phrases
                .one_activated_cured
                .count(language, n, &[("computer", computer)]),
        }
    } else {
        phrases
            .one_unknown
            .fill(language, &[("computer", computer)])
    };
    with_others(first)
}

/// The product that fails, where another product of the machine is activated.
fn failing_product(context: &Context<'_>, machine: &Machine) -> Option<&'static str> {
    let of = |status: ActivationStatus| {
        let products = machine.diagnosis.products.iter();
        products.filter(move |product| product.status == status)
    };
    of(ActivationStatus::Activated).next()?;
    let mut failing = of(ActivationStatus::Failing);
    let product = failing.next().filter(|_| failing.next().is_none())?;
    super::machine::product_name(context, product.activation_id)
}

/// The finding that needs attention first, and how many others do.
fn attention(context: &Context<'_>, findings: &[FindingPart]) -> Option<String> {
    let phrases = &context.phrases.headline;
    let language = context.language;
    let is_active = |finding: &&FindingPart| {
        finding.status == FindingStatus::Active.as_str() && !finding.ignored
    };
    let mut active = findings.iter().filter(is_active);
    let values = [("finding", active.next()?.title.as_str())];
    Some(match active.count() as u64 {
        0 => phrases.attention.fill(language, &values),
        others => phrases.attention_more.count(language, others, &values),
    })
}

/// What most machines fail by, and whether it is why all of several fail. Where as many fail by another
/// finding, it is named too; of several, how many they are.
fn main_cause(context: &Context<'_>, findings: &[FindingPart]) -> (String, bool) {
    let phrases = &context.phrases.headline;
    let language = context.language;
    let machines = context.triage.fleet.machines.iter();
    let failing: BTreeMap<&str, Option<Hresult>> = machines
        .filter(|machine| machine.diagnosis.status == ActivationStatus::Failing)
        .map(|machine| (machine.computer.as_str(), machine.diagnosis.root_cause))
        .collect();
    // A machine fails by its root cause; where no code is one, by whatever names it.
    let count = |finding: &FindingPart| {
        let own = finding.hresult.map(|code| code.0);
        let names = finding.machines.iter();
        let causes = names.filter_map(|name| failing.get(name.as_str()));
        let is_active = finding.status == FindingStatus::Active.as_str();
        match is_active && explains_failures(finding) {
            true => causes
                .filter(|cause| cause.is_none() || **cause == own)
                .count(),
            false => 0,
        }
    };
    let counts: Vec<(usize, &FindingPart)> = findings.iter().map(|f| (count(f), f)).collect();
    let most = counts.iter().map(|(n, _)| *n).max().unwrap_or_default();
    let is_first = |(n, _): &&(usize, &FindingPart)| *n == most && most > 0;
    let mut first: Vec<&FindingPart> = counts.iter().filter(is_first).map(|(_, f)| *f).collect();
    // Findings stand in their order of rank; but a wrapper says the least.
    first.sort_by_key(|finding| finding.kind == "wrapper");
    let told = |finding: &FindingPart| match finding.hresult {
        Some(_) => format!("{} ({})", finding.title, finding.id),
        None => finding.title.clone(),
    };
    let is_only = failing.len() > 1 && most == failing.len() && first.len() == 1;
    let text = match first.as_slice() {
        [] => phrases.cause_unknown.get(language).to_owned(),
        [cause, ..] if failing.len() == 1 => told(cause),
        [cause] => told(cause),
        [cause, other] => {
            let (cause, other) = (told(cause), told(other));
            let values = [("cause", cause.as_str()), ("other", other.as_str())];
            phrases.as_often.fill(language, &values)
        }
        [cause, others @ ..] => {
            let values = [("cause", &*told(cause))];
            let n = others.len() as u64;
            phrases.others_as_often.count(language, n, &values)
        }
    };
    (text, is_only)
}

/// Whether a finding can be why a machine fails, and does not only stand beside what is.
fn explains_failures(finding: &FindingPart) -> bool {
    let mut ids = FindingId::ALL.iter();
    let id = ids.find(|id| id.as_str() == finding.id);
    id.is_none_or(|id| id.explains_failures())
}

pub(super) fn explanation(
    context: &Context<'_>,
    part: &SummaryPart,
    inputs: &Inputs,
) -> Vec<String> {
    let phrases = &context.phrases.explanation;
    let language = context.language;
    let mut lines = Vec::new();
    if inputs.logs > 0 {
        let logs = phrases.logs.count(language, inputs.logs, &[]);
        let records = phrases.records.count(language, inputs.records, &[]);
        let events = phrases
            .activation_events
            .count(language, inputs.activation_events, &[]);
        lines.push(phrases.looked_at.fill(
            language,
            &[("logs", &logs), ("records", &records), ("events", &events)],
        ));
    }
    if let Some(period) = super::period(context.triage) {
        let (first, last) = (period.first, period.last);
        let line = if context.times.is_moment(first, last) {
            let time = context.times.moment(first);
            phrases.covered_moment.fill(language, &[("time", &time)])
        } else {
            let span = context.times.span(first, last);
            phrases.covered.fill(language, &[("span", &span)])
        };
        lines.push(line);
    }
    let selected = selected(context);
    let is_whole = selected.is_empty();
    lines.extend(selected);
    let left_out = &context.triage.selected;
    let attempts = part.attempts + left_out.earlier_attempts + left_out.later_attempts;
    if inputs.logs > 0 && part.machines == 0 && is_whole {
        lines.push(phrases.where_to_look.get(language).to_owned());
    } else if part.machines > 0 && attempts == 0 {
        lines.push(phrases.only_states.get(language).to_owned());
    }
    let lost = context
        .triage
        .damage
        .iter()
        .filter(|damage| damage.loses_something())
        .count() as u64;
    let damaged = inputs.damage.len() as u64 - lost;
    if lost > 0 {
        lines.push(phrases.lost.count(language, lost, &[]));
    }
    if damaged > 0 {
        lines.push(phrases.damaged.count(language, damaged, &[]));
    }
    if !inputs.skipped.is_empty() {
        lines.push(
            phrases
                .skipped
                .count(language, inputs.skipped.len() as u64, &[]),
        );
    }
    let silent = inputs.computers_without_events.len() as u64;
    if silent > 0 && part.machines > 0 {
        let computers = &context.phrases.nothing.computers;
        lines.push(computers.count(language, silent, &[]));
    }
    lines.extend(accepted(context));
    let odd: u64 = context
        .triage
        .fleet
        .machines
        .iter()
        .map(|machine| machine.diagnosis.marks.odd_fields)
        .sum();
    if odd > 0 {
        lines.push(phrases.odd_fields.count(language, odd, &[]));
    }
    lines
}

/// How many findings are accepted, and which rules accept nothing any more or nothing here.
fn accepted(context: &Context<'_>) -> Vec<String> {
    let phrases = &context.phrases.ignored;
    let language = context.language;
    let triage = context.triage;
    let mut lines = Vec::new();
    let whole = triage
        .findings
        .iter()
        .filter(|finding| finding.is_accepted());
    let is_by_option = |finding: &&crate::diagnosis::Finding| {
        let mut rules = finding.accepted.by.iter();
        rules.all(|place| {
            let rule = triage.policy.accepted.get(*place);
            rule.is_some_and(|rule| rule.is_option)
        })
    };
    let (by_option, by_policy): (Vec<_>, Vec<_>) = whole.partition(is_by_option);
    for (found, phrase) in [
        (by_option, &phrases.option_count),
        (by_policy, &phrases.count),
    ] {
        if !found.is_empty() {
            lines.push(phrase.count(language, found.len() as u64, &[]));
        }
    }
    let used = triage
        .findings
        .iter()
        .flat_map(|finding| &finding.accepted.by);
    let used: BTreeSet<usize> = used.copied().collect();
    for (place, rule) in triage.policy.accepted.iter().enumerate() {
        let values = [("rule", rule.rule.as_str())];
        if rule.has_ended(triage.fleet.as_of) {
            let day = rule.until.map(|day| day.to_string()).unwrap_or_default();
            let values = [values[0], ("day", day.as_str())];
            lines.push(phrases.ended.fill(language, &values));
        } else if !used.contains(&place) {
            let phrase = match rule.is_option {
                true => &phrases.option_unused,
                false => &phrases.unused,
            };
            lines.push(phrase.fill(language, &values));
        }
    }
    lines
}

/// What the selection left out; nothing where all of the input is selected, however it was asked for.
fn selected(context: &Context<'_>) -> Vec<String> {
    let phrases = &context.phrases.explanation;
    let language = context.language;
    let selected = &context.triage.selected;
    let mut lines = Vec::new();
    if selected.machines_left_out > 0 {
        let n = selected.machines_left_out;
        lines.push(phrases.machines_left_out.count(language, n, &[]));
    }
    if let Some(since) = selected.window.since
        && selected.earlier_attempts > 0
    {
        let since = context.times.moment(Time(since));
        let n = selected.earlier_attempts;
        lines.push(phrases.earlier.count(language, n, &[("since", &since)]));
    }
    if let Some(until) = selected.window.until
        && selected.is_as_of
    {
        let until = context.times.moment(Time(until));
        let values = [("until", until.as_str())];
        match selected.later_attempts {
            0 => lines.push(phrases.as_of.fill(language, &values)),
            n => lines.push(phrases.later.count(language, n, &values)),
        }
        if selected.later_machines > 0 {
            let n = selected.later_machines;
            lines.push(phrases.later_machines.count(language, n, &values));
        }
    }
    lines
}
