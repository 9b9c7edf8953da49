//! An id that versions of Windows use differently is told by the version of the machine.

use serde_json::Value;
use xtask::recipe::Recipe;

use crate::support::program::run_in;

/// The kinds of all rows with one of these ids, in the order of the log.
fn kinds(events: &str, arguments: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let bytes = Recipe::of_events("PC-01.contoso.com", events)
        .own_bytes()
        .unwrap();
    std::fs::write(folder.path().join("a.evtx"), bytes).unwrap();
    let mut all = vec!["events", "a.evtx", "-f", "ndjson"];
    all.extend(arguments);
    let run = run_in(folder.path(), all);
    run.stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|row| row["row"] == "event" && row["event_id"] != 902)
        .map(|row| row["kind"].as_str().unwrap().to_owned())
        .collect()
}

const OPEN: &str = "2026-03-02 08:00:01.000 8195 0xC004F074\n\
                    2026-03-02 08:00:02.000 1058 0xC004F050\n";

#[test]
fn the_902_before_a_record_settles_its_meaning() {
    let upgraded = format!(
        "2026-03-01 08:00:00.000 902 6.1.7601.17514\n{OPEN}\
         2026-03-03 08:00:00.000 902 10.0.19041.1266\n{}",
        OPEN.replace("03-02", "03-04")
    );
    assert_eq!(
        kinds(&upgraded, &[]),
        [
            "scheduler-failed",
            "notify-stop-failed",
            "genuine-information-failed",
            "acpi-key-failed"
        ]
    );
}

#[test]
fn a_902_behind_it_does_where_none_stands_before() {
    let later = format!("{OPEN}2026-03-03 08:00:00.000 902 6.3.9600.17415\n");
    assert_eq!(
        kinds(&later, &[]),
        ["genuine-information-failed", "acpi-key-failed"]
    );
}

#[test]
fn without_a_902_and_in_one_pass_both_meanings_stay() {
    let both = [
        "scheduler-failed-or-genuine-information-failed",
        "notify-stop-failed-or-acpi-key-failed",
    ];
    assert_eq!(kinds(OPEN, &[]), both);
    let told = format!("2026-03-01 08:00:00.000 902 6.1.7601.17514\n{OPEN}");
    assert_eq!(kinds(&told, &["--stream"]), both);
}
