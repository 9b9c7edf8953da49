//! What the program says of every fixture, from the bytes of its log to the diagnosis.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;
use spptriage::catalog::FindingId;

use crate::support::program::{fixtures, log, report, run};

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("-")
}

fn names(value: &Value) -> String {
    let names: Vec<&str> = value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    names.join(" ")
}

/// A report in a few lines: what decides, and no words that may be put better some day.
fn outline(report: &Value) -> String {
    let mut told = String::new();
    for finding in report["findings"].as_array().unwrap() {
        let _ = writeln!(
            told,
            "  {} {} {} {}: {} attempts, {} events, {} {}",
            text(finding, "id"),
            text(finding, "status"),
            text(finding, "severity"),
            text(finding, "confidence"),
            finding["attempts"],
            finding["events"],
            names(&finding["machines"]),
            names(&finding["kms_hosts"]),
        );
        for cause in finding["causes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|cause| text(cause, "state") != "possible")
        {
            let _ = writeln!(told, "    {}: {}", text(cause, "state"), text(cause, "why"));
        }
    }
    for machine in report["machines"].as_array().unwrap() {
        let _ = writeln!(
            told,
            "  {} ({}) {} {}/{} {}",
            text(machine, "computer"),
            names(&machine["aliases"]),
            text(machine, "status"),
            machine["attempts_failed"],
            machine["attempts"],
            text(machine, "root_cause"),
        );
        for product in machine["products"].as_array().unwrap() {
            let _ = writeln!(
                told,
                "    {} {} {} until {}",
                text(product, "name"),
                text(product, "status"),
                text(product, "license_state"),
                text(product, "expires_at"),
            );
        }
    }
    told
}

#[test]
fn every_fixture_is_diagnosed_as_its_recipe_means_it() {
    let mut told = String::new();
    let mut paths: Vec<_> = fs::read_dir(fixtures().join("logs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() > 30);
    for path in paths {
        let (report, code) = report(&[&path]);
        let name = path.file_stem().unwrap().to_str().unwrap();
        let _ = write!(
            told,
            "{name}: exit {code}, {} activation events\n{}",
            report["inputs"]["activation_events"],
            outline(&report)
        );
    }
    insta::assert_snapshot!("fixtures", told);
}

#[test]
fn all_fixtures_together_are_a_fleet_in_which_every_machine_stands_once() {
    let (report, code) = report(&[&fixtures().join("logs")]);
    assert_eq!(code, 0);
    let machines = report["machines"].as_array().unwrap();
    let mut computers: Vec<&str> = machines
        .iter()
        .map(|machine| text(machine, "computer"))
        .collect();
    let count = computers.len();
    computers.sort_unstable();
    computers.dedup();
    assert_eq!(computers.len(), count);
    assert_eq!(report["summary"]["machines"], count);
    // The KMS host's log names the skew of the client whose own log is there too: one card.
    let skew = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["id"] == "0xC004F06C")
        .unwrap();
    assert_eq!(
        skew["details"]["skews"][0]["machine"],
        "PC-0555.contoso.com"
    );
    assert!(
        !report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|finding| finding["id"] == "clock-skew")
    );
}

#[test]
fn the_readme_command_tells_the_failing_machines_and_ends_well() {
    let run = run(["report", "fixtures/logs"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("0x8007232B") && run.stdout.contains("PC-0107.contoso.com"));
}

#[test]
fn a_log_without_activation_events_explains_itself() {
    let run = run([
        log("no-activation-events").as_os_str(),
        "--lang".as_ref(),
        "en".as_ref(),
    ]);
    assert_eq!(run.code, 0);
    assert!(
        run.stdout.contains("No activation event was found"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("Application log"), "{}", run.stdout);
}

#[test]
fn the_same_input_gives_the_same_bytes_in_every_format_and_language() {
    for format in ["text", "markdown", "json"] {
        for language in ["en", "zh-CN"] {
            let once = || {
                let arguments = [
                    "report",
                    "-f",
                    format,
                    "--lang",
                    language,
                    "--generated-at",
                    "2026-01-01",
                    "fixtures/logs",
                ];
                run(arguments).stdout
            };
            assert_eq!(once(), once(), "{format} {language}");
        }
    }
}

#[test]
fn allowed_kms_hosts_are_told_from_others() {
    let kinds = |arguments: &[&str]| {
        let mut all = vec!["report", "-f", "json", "fixtures/logs/one-host-down.evtx"];
        all.extend(arguments);
        let report = run(all).json();
        let hosts = report["kms_hosts"].as_array().unwrap();
        hosts
            .iter()
            .map(|host| format!("{} {}", text(host, "host"), text(host, "kind")))
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert!(kinds(&[]).contains("unknown"));
    let told = kinds(&["--kms-host", "KMS01.contoso.com"]);
    assert!(
        told.contains("kms01.contoso.com allowed") && told.contains("kms-old.contoso.com unlisted"),
        "{told}"
    );
}

#[test]
fn states_are_judged_at_the_time_that_is_asked_for() {
    let status = |now: &str| {
        let report = run([
            "report",
            "-f",
            "json",
            "--now",
            now,
            "fixtures/logs/healthy-client.evtx",
        ])
        .json();
        format!(
            "{} {}",
            text(&report["machines"][0], "status"),
            report["findings"][0]["id"]
        )
    };
    assert_eq!(status("2026-03-20"), "activated null");
    assert_eq!(status("2026-09-05"), "activated \"expiring-soon\"");
    assert_eq!(status("2027-01-01"), "failing \"not-activated\"");
}

#[test]
fn every_finding_that_is_no_code_is_told_of_some_fixture() {
    let mut missing: BTreeSet<&str> = FindingId::ALL.iter().map(|id| id.as_str()).collect();
    for arguments in [
        &["fixtures/logs"][..],
        // Licenses end when their time has come.
        &["fixtures/logs", "--now", "2027-06-01"],
        // With a list of hosts, others are not on it.
        &["fixtures/logs", "--kms-host", "kms01.contoso.com"],
        // A client of which only the host's log tells.
        &["fixtures/logs/kms-host.evtx"],
    ] {
        let told = run(["report", "-f", "json"].iter().chain(arguments)).json();
        for finding in told["findings"].as_array().unwrap() {
            missing.remove(text(finding, "id"));
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn how_long_before_its_end_a_license_is_told_can_be_asked() {
    let ids = |within: &str| {
        let report = run([
            "report",
            "-f",
            "json",
            "--expiring-within",
            within,
            "fixtures/logs/expiring-soon.evtx",
        ])
        .json();
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| text(finding, "id").to_owned())
            .collect::<Vec<_>>()
    };
    assert!(ids("14d").contains(&"expiring-soon".to_owned()));
    assert!(!ids("24h").contains(&"expiring-soon".to_owned()));
}
