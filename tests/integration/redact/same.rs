//! A redacted report says the same as the plain one, of others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{PRIVATE, each_text, plain, program, redacted, report};

/// Keys under which a plain and a redacted report say the same: what stands there tells of nobody.
/// Sentences are among them: where they name somebody, `hidden` looks for it.
const HARMLESS: &[&str] = &[
    "action",
    "activated_by",
    "activation_id",
    "activity",
    "application",
    "as_of",
    "arguments",
    "build",
    "catalog_version",
    "category",
    "certainty",
    "channel",
    "code",
    "codes",
    "command",
    "confidence",
    // The reason or the key type in a record, as the redacted record has it.
    "decisive",
    "failing_step",
    // An activation server, which is Microsoft's in these logs; `redact` has a test of others.
    "server",
    "date",
    "detail",
    "evidence",
    "expect",
    "expires_at",
    "explanation",
    "first",
    "first_seen",
    "first_step",
    "from",
    "generated_at",
    "headline",
    "hresult",
    "id",
    "key",
    "kind",
    "language",
    "last",
    "last_failure",
    "last_renewal",
    "last_seen",
    "last_success",
    "license_state",
    "meaning",
    "name",
    "note",
    "outcome",
    "problem",
    "product",
    "provider",
    "raw",
    "reached",
    "reason",
    "related",
    "root_cause",
    "severity",
    "start",
    "state",
    "status",
    "steps",
    "symbol",
    "text",
    "time",
    "title",
    "to",
    "trigger",
    "url",
    "version",
    "why",
    "latest",
    "earliest",
    "after",
    "before",
];

/// Walks two values at once: the same keys, lengths, numbers; texts are handed out in pairs.
fn walk<'a>(
    at: &str,
    key: &'a str,
    plain: &'a Value,
    redacted: &'a Value,
    see: &mut dyn FnMut(&str, &'a str, &'a str, &'a str),
) {
    match (plain, redacted) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = |value: &serde_json::Map<String, Value>| {
                value.keys().cloned().collect::<BTreeSet<String>>()
            };
            assert_eq!(keys(one), keys(other), "{at}");
            for (name, value) in one {
                // Keys of these are codes.
                let key = if ["outcomes", "also_seen", "codes"].contains(&key) {
                    key
                } else {
                    name
                };
                walk(&format!("{at}.{name}"), key, value, &other[name], see);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            assert_eq!(one.len(), other.len(), "{at}");
            for (number, (one, other)) in one.iter().zip(other).enumerate() {
                walk(&format!("{at}[{number}]"), key, one, other, see);
            }
        }
        (Value::String(one), Value::String(other)) => see(at, key, one, other),
        _ => assert_eq!(plain, redacted, "{at}"),
    }
}

/// A report without what is only in one of them, and lists in an order that no name decides.
fn comparable(report: &Value) -> Value {
    let mut report = report.clone();
    let made_with = report["made_with"].as_object_mut().unwrap();
    made_with.remove("redacted");
    made_with.remove("arguments");
    report["inputs"]["explanation"].take();
    for list in ["by_kms_host", "by_domain", "kms_hosts"] {
        let list = report[list].as_array_mut().unwrap();
        list.sort_by_key(|part| {
            let mut numbers = part.clone();
            let numbers = numbers.as_object_mut().unwrap();
            numbers.retain(|_, value| !value.is_string());
            serde_json::to_string(numbers).unwrap()
        });
    }
    report
}

#[test]
fn a_redacted_report_says_the_same_of_others() {
    let (plain, redacted) = (comparable(plain()), comparable(redacted()));
    let mut told = 0;
    walk("", "", &plain, &redacted, &mut |at, key, one, other| {
        told += 1;
        let is_private = PRIVATE.contains(&key) || ["log", "path"].contains(&key);
        let is_nobodys = super::NOBODYS.iter().any(|name| one.contains(name)) || one.is_empty();
        if is_private {
            assert!(one != other || is_nobodys, "{at}: {one} is told");
        } else if key != "key" {
            assert!(
                HARMLESS.contains(&key),
                "{at}: {one}: does {key} tell of somebody? Hide it in report/redact, or list it here"
            );
        }
        if [
            "id",
            "severity",
            "status",
            "kind",
            "root_cause",
            "time",
            "title",
        ]
        .contains(&key)
            && !at.contains("recent_attempts")
        {
            assert_eq!(one, other, "{at}");
        }
    });
    assert!(told > 5_000, "{told}");
}

#[test]
fn what_belongs_together_still_does() {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let report = redacted();
    for machine in report["machines"].as_array().unwrap() {
        names.insert(machine["computer"].as_str().unwrap());
    }
    // Some are known by the log of their KMS host alone.
    for client in report["kms_clients"].as_array().unwrap() {
        names.insert(client["client"].as_str().unwrap());
    }
    for finding in report["findings"].as_array().unwrap() {
        for machine in finding["machines"].as_array().unwrap() {
            assert!(names.contains(machine.as_str().unwrap()), "{machine}");
        }
    }
    // A machine that is asked as a KMS host is told as the machine that it is.
    let hosts = report["kms_hosts"].as_array().unwrap();
    assert!(
        hosts
            .iter()
            .any(|host| names.contains(host["host"].as_str().unwrap()))
    );
    // The renamed machine is one, under names that say so.
    let renamed = report["machines"].as_array().unwrap().iter();
    let aliases: Vec<_> = renamed
        .map(|machine| (&machine["computer"], machine["aliases"].as_array().unwrap()))
        .filter(|(_, aliases)| !aliases.is_empty())
        .collect();
    assert!(aliases.iter().any(|(computer, aliases)| {
        let computer = computer.as_str().unwrap();
        let label = computer.split('.').next().unwrap();
        aliases.iter().any(|alias| *alias == format!("{label}-2"))
    }));
}

#[test]
fn rows_and_report_tell_the_same_names_and_attempts() {
    let mut of_report: BTreeSet<(String, String)> = BTreeSet::new();
    for machine in redacted()["machines"].as_array().unwrap() {
        for attempt in machine["recent_attempts"].as_array().unwrap() {
            for record in attempt["records"].as_array().unwrap() {
                let place = format!("{} {}", record["log"], record["record_id"]);
                of_report.insert((place, attempt["id"].as_str().unwrap().to_owned()));
            }
        }
    }
    let rows = program(&["events", "Site Northwind", "-f", "ndjson", "--redact"]).stdout;
    let mut of_rows = BTreeSet::new();
    for line in rows.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        if let Some(attempt) = row["attempt"].as_str() {
            of_rows.insert((
                format!("{} {}", row["log"], row["record_id"]),
                attempt.to_owned(),
            ));
        }
    }
    assert!(of_report.len() > 100);
    assert!(
        of_report.is_subset(&of_rows),
        "{:?}",
        of_report.difference(&of_rows)
    );
}

#[test]
fn neither_threads_nor_the_order_of_inputs_change_a_name() {
    let once = report(&["-f", "markdown", "--redact", "--threads", "1"]).stdout;
    let told = |text: &str| {
        let (body, _) = text.split_once("--redact").unwrap();
        body.to_owned()
    };
    let again = report(&["-f", "markdown", "--redact", "--threads", "7"]).stdout;
    assert_eq!(told(&once), told(&again));
    let mut sites: Vec<String> = std::fs::read_dir(super::collection().join("Site Northwind"))
        .unwrap()
        .map(|entry| format!("Site Northwind/{}", entry.unwrap().file_name().display()))
        .collect();
    sites.sort();
    let of = |sites: &[String]| {
        let mut arguments = vec![
            "report",
            "--generated-at",
            "2026-01-01",
            "-f",
            "json",
            "--redact",
        ];
        arguments.extend(sites.iter().map(String::as_str));
        comparable(&program(&arguments).json())
    };
    let forward = of(&sites);
    sites.reverse();
    assert!(forward == of(&sites));
    assert!(forward == comparable(redacted()));
}

#[test]
fn rows_keep_what_they_are_read_by() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.ndjson");
    let path = path.to_str().unwrap();
    program(&["events", "Site Northwind", "-o", path, "--redact"]);
    let again = program(&["report", path, "-f", "json"]).json();
    let told = |report: &Value| {
        let mut told: Vec<String> = Vec::new();
        for finding in report["findings"].as_array().unwrap() {
            let (id, status) = (&finding["id"], &finding["status"]);
            told.push(format!("{id} {status} {}", finding["attempts"]));
        }
        told.sort();
        told
    };
    assert_eq!(told(&again), told(plain()));
}

#[test]
fn the_walk_sees_every_text() {
    let mut count = 0;
    each_text(plain(), "", &mut |_, _| count += 1);
    assert!(count > 5_000);
}
