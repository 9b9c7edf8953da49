//! What the program writes, held to its published schemas.

mod check;

use std::fs;
use std::path::Path;

use check::Schema;
use serde_json::{Value, json};

use crate::support::program::{fixtures, run};

fn schema(path: &str) -> Schema {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    Schema::new(&fs::read_to_string(path).unwrap())
}

fn report(arguments: &[&str]) -> Value {
    run([&["report", "-f", "json"], arguments].concat()).json()
}

#[test]
fn every_report_keeps_to_the_schema() {
    let schema = schema(xtask::schema::REPORT);
    for arguments in [
        &["fixtures"][..],
        &["fixtures/logs", "--lang", "zh-CN", "--only-failing"],
        &[
            "fixtures/logs",
            "--computer",
            "PC-01*",
            "-v",
            "--now",
            "2026-04-01",
        ],
        &["fixtures/damaged", "--kms-host", "kms01.contoso.com"],
        &["Cargo.toml"],
    ] {
        let problems = schema.problems(&report(arguments));
        assert!(
            problems.is_empty(),
            "{arguments:?}: {}",
            problems.join("\n")
        );
    }
    // Each alone, since a fleet's findings are merged.
    for folder in ["logs", "damaged"] {
        for entry in fs::read_dir(fixtures().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let problems = schema.problems(&report(&[path.to_str().unwrap()]));
            assert!(
                problems.is_empty(),
                "{}: {}",
                path.display(),
                problems.join("\n")
            );
        }
    }
}

#[test]
fn every_example_keeps_to_the_schema() {
    let schema = schema(xtask::schema::REPORT);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(xtask::examples::FOLDER);
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let example = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            let problems = schema.problems(&example);
            assert!(
                problems.is_empty(),
                "{}: {}",
                path.display(),
                problems.join("\n")
            );
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn every_row_keeps_to_the_schema() {
    let schema = schema(xtask::schema::ROWS);
    let rows = run(["events", "-f", "ndjson", "fixtures"]).stdout;
    let mut kinds = std::collections::BTreeSet::new();
    for line in rows.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let problems = schema.problems(&row);
        assert!(problems.is_empty(), "{}: {line}", problems.join("\n"));
        kinds.insert(row["row"].as_str().unwrap().to_owned());
    }
    let kinds: Vec<_> = kinds.iter().map(String::as_str).collect();
    assert_eq!(kinds, ["event", "input", "skipped"]);
}

/// Changes one place of a report, and looks what the schema says.
fn changed(report: &Value, pointer: &str, to: Value) -> String {
    let mut report = report.clone();
    *report.pointer_mut(pointer).unwrap() = to;
    schema(xtask::schema::REPORT).problems(&report).join("\n")
}

#[test]
fn the_schema_notices_what_is_wrong() {
    let report = report(&["fixtures/logs/dns-no-record.evtx"]);
    for (pointer, to, words) in [
        ("/schema_version", json!(2), "const 1"),
        ("/generated_at", json!("yesterday"), "pattern"),
        ("/as_of", json!(5), "anyOf"),
        ("/language", json!("fr"), "enum"),
        ("/summary/machines", json!("1"), "type \"integer\""),
        ("/summary/machines", json!(-1), "minimum 0"),
        ("/summary/headline", Value::Null, "type \"string\""),
        ("/findings", json!({}), "type \"array\""),
        ("/findings/0/severity", json!("bad"), "enum"),
        ("/findings/0/hresult", json!("0x8007232b"), "anyOf"),
        (
            "/findings/0/outcomes",
            json!({"0xC004F074": "6"}),
            "type \"integer\"",
        ),
        (
            "/findings/0/evidence/0",
            json!({}),
            "log, computer, record_id",
        ),
        (
            "/findings/0/evidence/0/event_id",
            json!(70_000),
            "maximum 65535",
        ),
        (
            "/machines/0/recent_attempts/0/code",
            Value::Null,
            "type \"string\"",
        ),
    ] {
        let told = changed(&report, pointer, to);
        assert!(told.contains(words), "{pointer}: {told}");
    }
}

#[test]
fn fields_may_be_added() {
    let mut report = report(&["fixtures/logs/dns-no-record.evtx"]);
    report["new"] = json!(1);
    report["findings"][0]["new"] = json!({ "a": [1] });
    let problems = schema(xtask::schema::REPORT).problems(&report);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_entry_of_the_catalog_keeps_to_its_schema() {
    let text = run(["catalog", "schema"]).stdout;
    let schema = check::Schema::new(&text);
    for file in spptriage::catalog::builtin_files() {
        let entry: toml::Table = file.text.parse().unwrap();
        let problems = schema.problems(&serde_json::to_value(&entry).unwrap());
        assert!(
            problems.is_empty(),
            "{}: {}",
            file.name,
            problems.join("\n")
        );
    }
    let overlay = fs::read_to_string("overlays/kms-emulators.toml").unwrap();
    let overlay: toml::Table = overlay.parse().unwrap();
    assert!(
        schema
            .problems(&serde_json::to_value(&overlay).unwrap())
            .is_empty()
    );
    for wrong in [
        r#"{ "code": "0x8007232B", "severity": "awful" }"#,
        r#"{ "code": "0x8007232B", "titel": "x" }"#,
        r#"{ "kms_hosts": [{ "host": "x" }] }"#,
    ] {
        let problems = schema.problems(&serde_json::from_str(wrong).unwrap());
        assert!(!problems.is_empty(), "{wrong}");
    }
}
