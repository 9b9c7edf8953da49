//! One machine in depth, and the few causes of many.

use serde_json::{Value, json};

use super::write_failing;
use crate::support::program::{log, run, run_in};

#[test]
fn one_selected_machine_is_told_attempt_by_attempt() {
    let arguments = [
        "report",
        "fixtures/logs",
        "--computer",
        "PC-0188",
        "--lang",
        "en",
        "--width",
        "200",
    ];
    let text = run(arguments).stdout;
    for expect in [
        "== Attempts of PC-0188.contoso.com, the newest first (1) ==",
        "kms-old.contoso.com:1688 (record 7): 0x8007274C",
        "the host was known, and did not take the connection",
        "kms01.contoso.com:1688 (record 8, record 9): activated; the host answered; count 50 of 25",
    ] {
        assert!(text.contains(expect), "{expect}\n{text}");
    }
    let all = run(["report", "fixtures/logs", "--lang", "en"]).stdout;
    assert!(!all.contains("Attempts of PC-0188"));
}

#[test]
fn an_attempt_says_how_far_each_try_came_and_what_decided() {
    let path = log("blocked-port-cured").display().to_string();
    let report = run(["report", &path, "-f", "json"]).json();
    let attempt = &report["machines"][0]["recent_attempts"][0];
    let reached: Vec<&Value> = attempt["tries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| &t["reached"])
        .collect();
    assert_eq!(reached, ["resolved", "resolved"]);
    assert_eq!(attempt["causes"][0]["code"], "0x800706BA");
    assert_eq!(attempt["causes"][0]["why"], "furthest");
    assert_eq!(attempt["causes"][1]["code"], "0xC004F074");
    assert_eq!(
        report["codes"]["0x800706BA"]["symbol"],
        "RPC_S_SERVER_UNAVAILABLE"
    );
    let cured = report["machines"][0]["recent_attempts"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(cured["tries"][0]["activated"], true);
    assert!(cured.get("causes").is_none());
}

#[test]
fn the_few_causes_behind_most_failures_come_first() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..8 {
        let code = if number < 5 {
            "0x800706BA"
        } else {
            "0x8007232B"
        };
        write_failing(folder.path(), &format!("PC-{number}.contoso.com"), code, 2);
    }
    let report = run_in(folder.path(), ["report", ".", "-f", "json"]).json();
    let causes = &report["summary"]["main_causes"];
    assert_eq!(
        (&causes["explained"], &causes["percent"]),
        (&json!(8), &json!(100))
    );
    assert_eq!(causes["causes"][0]["id"], "0x800706BA");
    assert_eq!(causes["causes"][0]["machines"], 5);
    assert_eq!(
        causes["causes"][0]["kms_hosts"],
        json!(["kms01.contoso.com:1688"])
    );
    let by_host = json!([{ "key": "kms01.contoso.com:1688", "machines": 8, "failing": 8 }]);
    assert_eq!(report["by_kms_host"], by_host);
    assert_eq!(report["timeline"][0]["machines_failing"], 8);
    let text = run_in(folder.path(), ["report", ".", "--lang", "en"]).stdout;
    let (first, rest) = text
        .split_once("2 causes explain all 8 failing machines")
        .unwrap();
    assert!(
        !first.contains("== Findings") && rest.contains("== Findings"),
        "{text}"
    );
    // Of many causes there are no few.
    let all = run(["report", "fixtures/logs", "-f", "json"]).json();
    assert!(all["summary"].get("main_causes").is_none());
}

#[test]
fn nothing_there_is_told_apart_from_well_and_from_not_looked_at() {
    let arguments = [
        "report",
        "fixtures/logs/no-activation-events.evtx",
        "fixtures/logs/healthy-client.evtx",
        "fixtures/damaged/text-file.evtx",
        "--lang",
        "en",
    ];
    let run = run(arguments);
    let silent = "The logs of 1 computer were read and hold no activation event";
    assert!(run.stdout.contains(silent), "{}", run.stdout);
    assert!(
        run.stdout.contains("1 input was not looked at"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .contains("== Read, without an activation event (1) =="),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("1 activated"), "{}", run.stdout);
}
