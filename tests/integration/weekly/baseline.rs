//! `--baseline`.

use std::path::Path;

use serde_json::{Value, json};

use super::write_failing;
use crate::support::program::{log, run, run_in};

fn fixture(name: &str) -> String {
    log(name).display().to_string()
}

/// The report over these arguments, compared with an earlier one.
fn compared(folder: &Path, old: &[&str], new: &[&str]) -> Value {
    let mut arguments = vec!["report", "-f", "json", "-o", "old.json"];
    arguments.extend(old);
    let made = run_in(folder, arguments);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let mut arguments = vec!["report", "-f", "json", "--baseline", "old.json"];
    arguments.extend(new);
    run_in(folder, arguments).json()
}

fn changed(comparison: &Value, kind: &str) -> Vec<String> {
    let findings = comparison[kind].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let machines = finding["machines"].as_array().unwrap();
            assert_eq!(finding["machine_count"], machines.len());
            format!(
                "{} {}",
                finding["id"].as_str().unwrap(),
                finding["machines"]
            )
        })
        .collect()
}

#[test]
fn what_is_new_cured_and_silent_is_told_by_finding_and_machine() {
    let folder = tempfile::tempdir().unwrap();
    let cured = fixture("blocked-port-cured");
    let (silent, new) = (fixture("one-host-down"), fixture("dns-no-record"));
    let old = [&cured, "--until", "2026-03-10T12:00:00Z", &silent];
    let report = compared(folder.path(), &old, &[&cured, &new]);
    let comparison = &report["comparison"];
    assert_eq!(
        comparison["no_longer_failing"],
        json!(["PC-0311.contoso.com"])
    );
    assert_eq!(comparison["newly_failing"], json!(["PC-0107.contoso.com"]));
    assert_eq!(comparison["appeared"], json!(["PC-0107.contoso.com"]));
    assert_eq!(comparison["silent"], json!(["PC-0188.contoso.com"]));
    assert_eq!(
        changed(comparison, "new"),
        ["0x8007232B [\"PC-0107.contoso.com\"]"]
    );
    assert_eq!(
        changed(comparison, "cured"),
        ["0x800706BA [\"PC-0311.contoso.com\"]"]
    );
    assert!(changed(comparison, "still").is_empty());
    assert_eq!(comparison["baseline"]["name"], "old.json");
    // The earlier report was made with a selection, and that is told.
    assert_eq!(comparison["cautions"].as_array().unwrap().len(), 1);
}

#[test]
fn the_same_input_has_changed_in_nothing_whatever_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (fixture("dns-no-record"), fixture("clock-error"));
    let report = compared(folder.path(), &[&a, &b], &[&b, &a]);
    let comparison = &report["comparison"];
    for kind in [
        "new",
        "cured",
        "replaced",
        "appeared",
        "silent",
        "newly_failing",
        "cautions",
    ] {
        let list = comparison.get(kind).and_then(Value::as_array);
        assert!(list.is_none_or(Vec::is_empty), "{kind}: {comparison}");
    }
    assert_eq!(changed(comparison, "still").len(), 2);
    assert_eq!(comparison["still_failing"], 2);
}

#[test]
fn a_cause_that_gives_way_to_another_is_not_called_cured() {
    let folder = tempfile::tempdir().unwrap();
    write_failing(folder.path(), "PC-7.contoso.com", "0x8007232B", 2);
    let old = ["PC-7-2.evtx"];
    // A later log of the machine, under its bare name, that no longer holds the first failure.
    write_failing(folder.path(), "pc-7", "0x800706BA", 9);
    let report = compared(
        folder.path(),
        &old,
        &["PC-7-2.evtx", "pc-7-9.evtx", "--since", "2026-03-05"],
    );
    let comparison = &report["comparison"];
    let machine = &report["machines"][0]["computer"];
    assert_eq!(report["machines"].as_array().unwrap().len(), 1);
    assert_eq!(
        changed(comparison, "new"),
        [format!("0x800706BA [{machine}]")]
    );
    assert!(comparison["silent"].as_array().unwrap().is_empty());
    assert_eq!(comparison["still_failing"], 1);
}

#[test]
fn machines_that_are_not_selected_have_not_fallen_silent() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (fixture("dns-no-record"), fixture("clock-error"));
    let new = [a.as_str(), &b, "--computer", "PC-0107"];
    let report = compared(folder.path(), &[&a, &b], &new);
    assert_eq!(report["comparison"]["silent"], json!([]));
    assert_eq!(report["comparison"]["baseline"]["machines"], 1);
}

#[test]
fn people_are_told_the_changes_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.json");
    let path = path.to_str().unwrap();
    let log = fixture("dns-no-record");
    run(["report", &log, "-o", path]);
    let text = run(["report", &log, "--baseline", path, "--lang", "en"]).stdout;
    assert!(
        text.contains("0 machines newly failing, 1 machine still failing"),
        "{text}"
    );
    let text = run(["report", &log, "--baseline", path, "--lang", "zh-CN"]).stdout;
    assert!(
        text.contains("与上次报告相比：新出现故障 0 台计算机"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_compared_with_is_a_usage_error_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let log = fixture("dns-no-record");
    for (text, expect) in [
        ("no json", "this is no JSON"),
        ("{}", "no schema_version"),
        ("{\"schema_version\": 9}", "schema version 9"),
        ("\u{feff}[]", "no schema_version"),
    ] {
        std::fs::write(folder.path().join("old.json"), text).unwrap();
        let run = run_in(folder.path(), ["report", &log, "--baseline", "old.json"]);
        assert_eq!(run.code, 2, "{text}");
        assert!(run.stderr.contains(expect), "{}", run.stderr);
        assert!(run.stderr.contains("old.json") && run.stdout.is_empty());
    }
    let run = run_in(folder.path(), ["report", &log, "--baseline", "none.json"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("none.json"), "{}", run.stderr);
}
