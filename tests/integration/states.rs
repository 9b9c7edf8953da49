//! States of machines and what is told beside codes, from the bytes of logs to the report: where a
//! state stands, how it changed, keys that were not taken.

use serde_json::Value;

use crate::support::program::{log, report, run};

fn finding<'a>(report: &'a Value, id: &str) -> &'a Value {
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .find(|finding| finding["id"] == id)
        .unwrap_or_else(|| panic!("{id} is not told"))
}

#[test]
fn each_part_of_a_state_names_its_record_and_a_change_both_times() {
    let (report, _) = report(&[&log("healthy-client")]);
    let machine = &report["machines"][0];
    let product = &machine["products"][0];
    assert_eq!(product["activated_by"], "kms");
    assert_eq!(product["last_renewal"], product["last_success"]);
    let evidence = product["evidence"].as_object().unwrap();
    for (field, event_id) in [
        ("license_state", 8230),
        ("channel", 8230),
        ("partial_key", 8230),
        ("expires_at", 8230),
        ("last_success", 12289),
        ("activated_by", 12289),
    ] {
        assert_eq!(evidence[field]["event_id"], event_id, "{field}");
        assert!(evidence[field]["log"].as_str().unwrap().ends_with(".evtx"));
    }
    assert_eq!(evidence["last_success"]["time"], product["last_success"]);
    assert_eq!(machine["evidence"]["build"]["event_id"], 902);
    let changes = machine["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0]["from"], "notification");
    assert_eq!(changes[0]["to"], "licensed");
    assert_eq!(changes[0]["after"], "2026-01-05T08:00:29.467Z");
    assert_eq!(changes[0]["before"], "2026-01-05T08:00:30.145Z");
    assert_eq!(changes[0]["record"]["event_id"], 12289);
}

#[test]
fn a_change_outside_of_the_window_is_not_told() {
    let path = log("healthy-client");
    let path = path.to_str().unwrap();
    let told = run(["report", path, "-f", "json", "--since", "2026-02-01"]).json();
    assert!(told["machines"][0].get("changes").is_none());
    assert_eq!(told["machines"][0]["status"], "activated");
}

#[test]
fn changes_and_ways_are_said_in_the_text() {
    let path = log("healthy-client");
    let path = path.to_str().unwrap();
    for (language, went, way) in [
        (
            "en",
            "went from notification to licensed",
            "activated by KMS",
        ),
        ("zh-CN", "由“通知状态”变为“已授权”", "通过 KMS 激活"),
    ] {
        for format in ["text", "markdown"] {
            let run = run(["report", path, "-f", format, "--lang", language]);
            let told = run.stdout.replace("\n", "").replace("  ", "");
            assert!(told.contains(&went.replace("  ", "")), "{told}");
            assert!(told.contains(way), "{told}");
        }
    }
}

#[test]
fn a_key_that_was_not_taken_is_found_by_its_code() {
    let path = log("key-install-failed");
    let told = run([
        "report",
        path.to_str().unwrap(),
        "-f",
        "json",
        "--code",
        "0xC004F069",
    ])
    .json();
    let keys = finding(&told, "key-install-failed")["details"]["keys"]
        .as_array()
        .unwrap()
        .clone();
    let partial: Vec<Option<&str>> = keys.iter().map(|key| key["partial_key"].as_str()).collect();
    assert_eq!(partial, [None, Some("2YT43")]);
}

#[test]
fn a_fleet_in_which_all_is_well_has_no_finding() {
    let logs = ["healthy-client", "one-host-down"].map(log);
    let (report, code) = report(&[&logs[0], &logs[1]]);
    assert_eq!(code, 0);
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    assert_eq!(report["summary"]["machines_activated"], 2);
}
