//! `events`, end to end, and against a reader that we did not write.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::support::program::{fixtures, log, run};

fn rows(path: &Path) -> Vec<Value> {
    let run = run([
        "events".as_ref(),
        "-f".as_ref(),
        "ndjson".as_ref(),
        path.as_os_str(),
    ]);
    run.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn of_kind<'a>(rows: &'a [Value], kind: &str) -> Vec<&'a Value> {
    rows.iter().filter(|row| row["row"] == kind).collect()
}

const PROVIDERS: &[&str] = &[
    "Microsoft-Windows-Security-SPP",
    "Microsoft-Windows-Security-Licensing-SLC",
    "Office Software Protection Platform Service",
    "KmsRequests",
];

/// Activation events by id, read by the evtx crate alone.
fn counts_by_evtx(path: &Path) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    let mut parser = evtx::EvtxParser::from_path(path).unwrap();
    for record in parser.records_json_value() {
        let system = &record.unwrap().data["Event"]["System"];
        let provider = system["Provider"]["#attributes"]["Name"]
            .as_str()
            .unwrap_or_default();
        let id = &system["EventID"];
        let id = id.get("#text").unwrap_or(id);
        let id = id.as_u64().or_else(|| id.as_str()?.parse().ok()).unwrap();
        if PROVIDERS.contains(&provider) {
            *counts.entry(id).or_default() += 1;
        }
    }
    counts
}

#[test]
fn every_activation_event_is_a_row() {
    for entry in std::fs::read_dir(fixtures().join("logs")).unwrap() {
        let path = entry.unwrap().path();
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        let rows = rows(&path);
        let is_of_activation =
            |row: &&&Value| PROVIDERS.contains(&row["provider"].as_str().unwrap());
        for row in of_kind(&rows, "event").iter().filter(is_of_activation) {
            *counts.entry(row["event_id"].as_u64().unwrap()).or_default() += 1;
        }
        assert_eq!(counts, counts_by_evtx(&path), "{}", path.display());
    }
}

#[test]
fn a_request_is_taken_apart_into_named_fields() {
    let rows = rows(&log("blocked-port-cured"));
    let requests: Vec<&Value> = rows.iter().filter(|row| row["event_id"] == 12288).collect();
    let first = requests[0];
    assert_eq!(first["kind"], "kms-request");
    assert_eq!(first["fields"]["kms_host"], "kms01.contoso.com");
    assert_eq!(first["fields"]["kms_port"], 1688);
    assert_eq!(first["fields"]["min_count"], 25);
    assert_eq!(first["hresults"][0]["code"], "0x800706BA");
    assert_eq!(first["hresults"][0]["role"], "result");
    assert_eq!(first["severity"], "error");
    assert!(
        first["data"][0]
            .as_str()
            .unwrap()
            .starts_with("0x800706BA, ")
    );
}

#[test]
fn the_events_of_one_attempt_share_its_id_which_the_report_tells_too() {
    let rows = rows(&log("blocked-port-cured"));
    let attempts: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["attempt"].as_str())
        .collect();
    let report = run([
        "report",
        "-f",
        "json",
        "fixtures/logs/blocked-port-cured.evtx",
    ])
    .json();
    let told: Vec<&str> = report["machines"][0]["recent_attempts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|a| a["id"].as_str())
        .collect();
    assert_eq!(told.len(), 3);
    for id in told {
        let events = attempts.iter().filter(|attempt| **attempt == id).count();
        assert!(events >= 2, "{id} has {events} events");
    }
}

#[test]
fn inputs_and_skipped_paths_travel_along() {
    let run = run([
        "events",
        "-f",
        "ndjson",
        "fixtures/damaged",
        "no-such.evtx",
        "-q",
    ]);
    assert_eq!(run.code, 3);
    let rows: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(of_kind(&rows, "input").len() > 15);
    assert!(
        of_kind(&rows, "input")
            .iter()
            .any(|row| !row["damage"].as_array().unwrap().is_empty())
    );
    assert!(
        of_kind(&rows, "skipped")
            .iter()
            .any(|row| row["path"] == "no-such.evtx")
    );
}

#[test]
fn rows_stand_by_log_name_then_by_place() {
    let rows = rows(&fixtures().join("logs"));
    let places: Vec<(String, u64, u64)> = of_kind(&rows, "event")
        .iter()
        .map(|row| {
            (
                row["log"].as_str().unwrap().to_owned(),
                row["chunk"].as_u64().unwrap(),
                row["file_record_id"].as_u64().unwrap(),
            )
        })
        .collect();
    assert!(places.windows(2).all(|pair| pair[0] <= pair[1]));
    assert!(places.len() > 800);
}

#[test]
fn what_is_never_printed_is_in_no_row() {
    let run = run(["events", "-f", "ndjson", "fixtures/logs/mak-limit.evtx"]);
    assert!(run.stdout.contains("acquisition-failed"));
    assert!(
        !run.stdout.contains("soap:") && !run.stdout.contains("<soap"),
        "the request's body"
    );
}
