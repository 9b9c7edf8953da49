//! What stands beside activation events: the log of digital licenses, and foreign records in the Key
//! Management Service channel.

use serde_json::Value;

use crate::support::program::{fixtures, run, run_in, said};

const APPLICATION: &str = "digital-license-missing.evtx";
const DIGITAL: &str = "digital-license-log.evtx";

fn report(logs: &[&str]) -> Value {
    let mut all = vec!["report", "-f", "json", "--generated-at", "2026-12-01"];
    all.extend(logs);
    run_in(&fixtures().join("logs"), all).json()
}

fn digital(report: &Value) -> Vec<String> {
    let told = report["findings"][0]["details"]["digital_licenses"].as_array();
    let line = |part: &Value| {
        format!(
            "{} {} {}",
            part["time"].as_str().unwrap(),
            part["event_id"],
            part["hresult"].as_str().unwrap_or("-")
        )
    };
    told.into_iter().flatten().map(line).collect()
}

#[test]
fn the_inner_code_stands_beside_the_failure_of_the_same_machine_and_minute() {
    let both = report(&[APPLICATION, DIGITAL]);
    assert_eq!(both["findings"][0]["id"], "0x803F7001");
    // The 110 at noon belongs to no failure.
    assert_eq!(
        digital(&both),
        [
            "2026-07-06T08:00:09.200Z 152 -",
            "2026-07-06T08:00:09.350Z 110 0xC03F6601",
            "2026-07-07T08:00:09Z 110 0xC03F6601",
        ]
    );
    assert_eq!(both["findings"][0]["causes"][0]["state"], "confirmed");
    assert_eq!(both["machines"].as_array().unwrap().len(), 1);
}

#[test]
fn events_of_digital_licenses_are_counted_and_are_no_activation_events() {
    let alone = report(&[DIGITAL]);
    assert_eq!(alone["inputs"]["activation_events"], 0);
    assert_eq!(alone["inputs"]["files"][0]["computers"][0], "TABLET-4");
    assert_eq!(alone["machines"].as_array().unwrap().len(), 0);
    let counts: Vec<(u64, u64)> = alone["inputs"]["digital_licenses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| {
            (
                part["event_id"].as_u64().unwrap(),
                part["count"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        counts,
        [(100, 1), (101, 1), (102, 1), (110, 3), (116, 1), (152, 1)]
    );
    let application = report(&[APPLICATION]);
    let both = report(&[APPLICATION, DIGITAL]);
    assert_eq!(
        application["inputs"]["activation_events"],
        both["inputs"]["activation_events"]
    );
    assert!(digital(&application).is_empty());
    assert_eq!(application["findings"][0]["causes"][0]["state"], "possible");
}

#[test]
fn order_repetition_and_rows_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for name in [APPLICATION, DIGITAL, "kms-host-foreign-record.evtx"] {
        let from = fixtures().join("logs").join(name);
        std::fs::copy(&from, folder.path().join(name)).unwrap();
    }
    let report = |arguments: &[&str]| {
        let mut all = vec!["report", "-f", "json", "--generated-at", "2026-12-01"];
        all.extend(arguments);
        said(run_in(folder.path(), all).json())
    };
    let once = report(&["."]);
    let ids: Vec<&str> = once["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["0x803F7001", "foreign-record"]);
    let made = run_in(folder.path(), ["events", ".", "-o", "rows.ndjson"]);
    assert_eq!(made.code, 0);
    assert_eq!(report(&["rows.ndjson"]), once);
    let copied = folder.path().join("copy");
    std::fs::create_dir(&copied).unwrap();
    for name in [DIGITAL, "kms-host-foreign-record.evtx"] {
        std::fs::copy(folder.path().join(name), copied.join(name)).unwrap();
    }
    assert_eq!(report(&["copy", ".", "--exclude", "*.ndjson"]), once);
}

#[test]
fn a_foreign_record_is_told_and_makes_no_machine() {
    let path = fixtures().join("logs/kms-host-foreign-record.evtx");
    let report = run([
        "report".as_ref(),
        "-f".as_ref(),
        "json".as_ref(),
        path.as_os_str(),
    ])
    .json();
    let finding = &report["findings"][0];
    assert_eq!(finding["id"], "foreign-record");
    assert_eq!(finding["machines"][0], "KMS02.contoso.com");
    assert_eq!(finding["events"], 1);
    assert_eq!(finding["evidence"][0]["event_id"], 1337);
    assert_eq!(report["inputs"]["activation_events"], 2);
    assert_eq!(report["machines"].as_array().unwrap().len(), 1);
}
