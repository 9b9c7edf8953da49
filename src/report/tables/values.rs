//! What stands in each column of a report's tables.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde::Serialize;

use super::changes::Changes;
use super::{ReportTable, Value};
use crate::report::json;
use crate::report::model::{
    CauseForSomePart, CausePart, DetailsPart, FindingPart, KmsClientPart, KmsHostPart, MachinePart,
    ProductPart, Report, Time,
};

/// Stands in a list for what is not there, so that lists of one row keep the same order.
const NONE: &str = "?";

/// Hands out every row of a table, a value for each column.
pub(super) fn each_row(
    report: &Report,
    table: ReportTable,
    see: &mut dyn FnMut(Vec<Value<'_>>) -> io::Result<()>,
) -> io::Result<()> {
    let columns = table.columns().iter().map(|column| column.name);
    match table {
        ReportTable::Findings => {
            let changes = Changes::of(report);
            let mut told = BTreeSet::new();
            report.findings.iter().try_for_each(|part| {
                let is_first = told.insert(&part.id);
                see(columns
                    .clone()
                    .map(|name| finding(part, is_first.then_some(&changes), name))
                    .collect())
            })
        }
        ReportTable::Machines => {
            let found = FindingsByMachine::of(report);
            let changes = Changes::of(report);
            report.machines.iter().try_for_each(|part| {
                see(columns
                    .clone()
                    .map(|name| machine(part, &found, &changes, name))
                    .collect())
            })
        }
        ReportTable::KmsHosts => report
            .kms_hosts
            .iter()
            .try_for_each(|part| see(columns.clone().map(|name| host(part, name)).collect())),
        ReportTable::KmsClients => report
            .kms_clients
            .iter()
            .try_for_each(|part| see(columns.clone().map(|name| client(part, name)).collect())),
    }
}

/// What a finding has in a column; changes stand in the first row of its id.
fn finding<'a>(part: &'a FindingPart, changes: Option<&Changes<'a>>, column: &str) -> Value<'a> {
    match column {
        "id" => Value::text(&*part.id),
        "status" => Value::text(part.status),
        "severity" => Value::text(part.severity),
        "kind" => Value::text(part.kind),
        "category" => Value::text(&*part.category),
        "confidence" => Value::text(part.confidence),
        "hresult" => part
            .hresult
            .map_or(Value::Nothing, |code| Value::text(code.to_string())),
        "symbol" => Value::maybe(part.symbol.as_deref()),
        "title" => Value::text(&*part.title),
        "machine_count" => Value::Number(part.machine_count),
        "attempts" => Value::Number(part.attempts),
        "events" => Value::Number(part.events),
        "first_seen" => Value::time(part.first_seen),
        "last_seen" => Value::time(part.last_seen),
        "machines" => Value::texts(&part.machines),
        "kms_hosts" => Value::texts(&part.kms_hosts),
        "outcomes" => counts(&part.outcomes),
        "also_seen" => counts(&part.also_seen),
        "related" => Value::texts(&part.related),
        "meaning" => Value::text(&*part.meaning),
        "certainty" => Value::texts(&part.certainty),
        "causes_confirmed" => causes(&part.causes, "confirmed"),
        "causes_possible" => causes(&part.causes, "possible"),
        "causes_ruled_out" => causes(&part.causes, "ruled-out"),
        "steps" => Value::texts(&part.steps),
        "checks" => list(&part.checks, |check| Some(&check.command)),
        "references" => list(&part.references, |reference| Some(&reference.url)),
        "details" => details(&part.details),
        "ignored" => Value::Flag(part.ignored),
        "ignored_machines" => Value::texts(&part.ignored_machines),
        "ignored_by" => list(&part.ignored_by, |by| Some(&by.rule)),
        "causes_for_some" => causes_for_some(&part.causes),
        _ => changes.map_or(Value::Texts(Vec::new()), |changes| {
            changes.of_finding(&part.id, column)
        }),
    }
}

/// What the findings say of machines.
struct FindingsByMachine<'a> {
    ids: BTreeMap<&'a str, Vec<&'a str>>,
    titles: BTreeMap<&'a str, &'a str>,
}

impl<'a> FindingsByMachine<'a> {
    fn of(report: &'a Report) -> Self {
        let mut found = Self {
            ids: BTreeMap::new(),
            titles: BTreeMap::new(),
        };
        for part in &report.findings {
            found.titles.insert(&part.id, &part.title);
            for name in part.machines.iter().filter(|_| part.status == "active") {
                found.ids.entry(name).or_default().push(&part.id);
            }
        }
        found
    }
}

fn machine<'a>(
    part: &'a MachinePart,
    found: &FindingsByMachine<'a>,
    changes: &Changes<'a>,
    column: &str,
) -> Value<'a> {
    let times = |time: fn(&ProductPart) -> Option<Time>| part.products.iter().filter_map(time);
    match column {
        "computer" => Value::text(&*part.computer),
        "status" => Value::text(part.status),
        "root_cause" => part
            .root_cause
            .map_or(Value::Nothing, |code| Value::text(code.to_string())),
        "root_cause_title" => {
            let code = part.root_cause.map(|code| code.to_string());
            Value::maybe(code.and_then(|code| found.titles.get(&*code).copied()))
        }
        "findings" => {
            let ids = found.ids.get(&*part.computer);
            Value::Texts(ids.into_iter().flatten().map(|id| (*id).into()).collect())
        }
        "expires_at" => Value::time(times(|product| product.expires_at).min()),
        "last_success" => Value::time(times(|product| product.last_success).max()),
        "last_failure" => Value::time(times(|product| product.last_failure).max()),
        "attempts" => Value::Number(part.attempts),
        "attempts_failed" => Value::Number(part.attempts_failed),
        "kms_hosts" => Value::texts(&part.kms_hosts),
        "build" => Value::maybe(part.build.as_deref()),
        "is_vm" => Value::flag(part.is_vm),
        "cmid" => Value::maybe(part.cmid.as_deref()),
        "aliases" => Value::texts(&part.aliases),
        "first_seen" => Value::Time(part.first_seen),
        "last_seen" => Value::Time(part.last_seen),
        "products" => list(&part.products, |product| product.name),
        "activation_ids" => list(&part.products, |product| product.activation_id.as_deref()),
        "channels" => list(&part.products, |product| product.channel.as_deref()),
        "partial_keys" => list(&part.products, |product| product.partial_key.as_deref()),
        "product_statuses" => list(&part.products, |product| Some(product.status)),
        "license_states" => list(&part.products, |product| product.license_state),
        _ => changes.of_machine(part, column),
    }
}

fn host<'a>(part: &'a KmsHostPart, column: &str) -> Value<'a> {
    match column {
        "host" => Value::text(&*part.host),
        "port" => Value::number(part.port),
        "kind" => Value::text(part.kind),
        "clients" => Value::Number(part.clients),
        "requests" => Value::Number(part.requests),
        "answers" => Value::Number(part.answers),
        "failures" => Value::Number(part.failures),
        "last_count" => Value::number(part.last_count),
        "needed" => Value::number(part.needed),
        "machine" => Value::maybe(part.machine.as_deref()),
        "never_arrived" => Value::number(part.never_arrived),
        "answers_lost" => Value::number(part.answers_lost),
        _ => Value::Nothing,
    }
}

fn client<'a>(part: &'a KmsClientPart, column: &str) -> Value<'a> {
    match column {
        "host" => Value::text(&*part.host),
        "client" => Value::text(&*part.client),
        "cmid" => Value::maybe(part.cmid.as_deref()),
        "activation_id" => Value::maybe(part.activation_id.as_deref()),
        "requests" => Value::Number(part.requests),
        "refused" => Value::Number(part.refused),
        "first" => Value::Time(part.first),
        "last" => Value::Time(part.last),
        "license_state" => Value::maybe(part.license_state),
        "machine" => Value::maybe(part.machine.as_deref()),
        "product" => Value::maybe(part.product),
        "refused_by_code" => counts(&part.refused_by_code),
        "activity" => Value::text(part.activity),
        _ => Value::Nothing,
    }
}

fn list<'a, T, S: AsRef<str> + ?Sized + 'a>(
    parts: &'a [T],
    text: impl Fn(&'a T) -> Option<&'a S>,
) -> Value<'a> {
    let text = |part| text(part).map_or(NONE, S::as_ref).into();
    Value::Texts(parts.iter().map(text).collect())
}

fn counts(counts: &BTreeMap<String, u64>) -> Value<'_> {
    let text = |(code, n): (&String, &u64)| format!("{code}:{n}").into();
    Value::Texts(counts.iter().map(text).collect())
}

fn causes<'a>(causes: &'a [CausePart], state: &str) -> Value<'a> {
    let of_state = causes.iter().filter(|cause| cause.state == state);
    Value::Texts(of_state.map(|cause| cause.text.as_str().into()).collect())
}

/// A cause with what it is to some of a finding's machines or KMS hosts.
#[derive(Serialize)]
struct OfSome<'a> {
    cause: &'a str,
    #[serde(flatten)]
    some: &'a CauseForSomePart,
}

fn causes_for_some(causes: &[CausePart]) -> Value<'static> {
    let of_some = causes.iter().flat_map(|cause| {
        let of_some = cause.for_some.iter().map(|some| OfSome {
            cause: &cause.text,
            some,
        });
        of_some.map(|of_some| json::text(&of_some).into())
    });
    Value::Texts(of_some.collect())
}

/// Each part of the details on its own, so that a list of them can be cut between two.
fn details(details: &DetailsPart) -> Value<'static> {
    let mut texts = Vec::new();
    if let Ok(serde_json::Value::Object(parts)) = serde_json::to_value(details) {
        for (name, part) in parts {
            match part {
                serde_json::Value::Array(parts) => {
                    texts.extend(parts.iter().map(|part| format!("{name}:{part}").into()));
                }
                part => texts.push(format!("{name}:{part}").into()),
            }
        }
    }
    Value::Texts(texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::render::sample;

    #[test]
    fn every_column_is_filled_by_some_row() {
        let mut report = sample::report("en");
        report.kms_clients[0].activation_id = report.machines[0].products[0].activation_id.clone();
        for table in ReportTable::ALL {
            let mut is_filled = vec![false; table.columns().len()];
            each_row(&report, *table, &mut |row| {
                for (is_filled, value) in is_filled.iter_mut().zip(&row) {
                    *is_filled |= match value {
                        Value::Nothing => false,
                        Value::Texts(list) => !list.is_empty(),
                        _ => true,
                    };
                }
                Ok(())
            })
            .unwrap();
            for (column, is_filled) in table.columns().iter().zip(is_filled) {
                assert!(is_filled, "{}: {}", table.as_str(), column.name);
            }
        }
    }

    #[test]
    fn what_must_stand_in_every_row_does() {
        for report in [sample::report("en"), sample::healthy("en")] {
            for table in ReportTable::ALL {
                each_row(&report, *table, &mut |row| {
                    for (column, value) in table.columns().iter().zip(&row) {
                        let is_there = *value != Value::Nothing;
                        assert!(is_there || !column.is_required, "{}", column.name);
                    }
                    Ok(())
                })
                .unwrap();
            }
        }
    }
}
