//! No output holds a name that the plain ones hold.

use super::{collection, files, left, originals, program, report};

#[test]
fn the_plain_outputs_hold_what_is_looked_for() {
    let text = report(&["-f", "text", "-v"]).stdout;
    let known = left(&text);
    assert!(known.len() * 2 > originals().len(), "{known:?}");
}

#[test]
fn no_page_holds_a_name() {
    for format in ["text", "markdown", "html", "json"] {
        for language in ["en", "zh-CN"] {
            let arguments = ["-f", format, "--lang", language, "--redact", "-v"];
            let run = report(&arguments);
            assert!(run.stdout.contains("machine-0001"), "{arguments:?}");
            assert_eq!(left(&run.stdout), [""; 0], "{arguments:?}");
        }
    }
    for more in [
        &["--computer", "PC-1001*"][..],
        &["--kms-host", "kms02.contoso.com"],
        &["--only-failing", "--since", "2026-03-01"],
    ] {
        let run = report(&[&["-f", "json", "--redact", "--width", "100"], more].concat());
        assert_eq!(left(&run.stdout), [""; 0], "{more:?}");
        assert_eq!(left(&run.stderr), [""; 0], "{more:?}");
    }
}

#[test]
fn no_table_holds_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    report(&["-f", "csv", "-o", out.to_str().unwrap(), "--redact"]);
    let all = files(&out);
    assert!(all.len() >= 4);
    for path in all {
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(left(&text), [""; 0], "{}", path.display());
    }
}

#[test]
fn no_rows_hold_a_name() {
    for format in ["ndjson", "csv", "timesketch", "table"] {
        for more in [&[][..], &["--stream"], &["-v"]] {
            let run = program(
                &[
                    &["events", "Site Northwind", "-f", format, "--redact"],
                    more,
                ]
                .concat(),
            );
            assert!(run.stdout.contains("machine-0001"), "{format} {more:?}");
            assert_eq!(left(&run.stdout), [""; 0], "{format} {more:?}");
        }
    }
}

#[test]
fn no_folder_of_rows_has_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    program(&[
        "events",
        "Site Northwind",
        "-f",
        "csv",
        "-o",
        out.to_str().unwrap(),
        "--partition-by",
        "computer",
        "--redact",
    ]);
    let all = files(&out);
    assert!(all.len() > 20);
    for path in all {
        let within = path.strip_prefix(&out).unwrap().display().to_string();
        assert_eq!(left(&within), [""; 0]);
        assert_eq!(
            left(&std::fs::read_to_string(&path).unwrap()),
            [""; 0],
            "{within}"
        );
    }
}

#[cfg(feature = "parquet")]
#[test]
fn what_is_packed_holds_no_name_either() {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("rows.parquet");
    let rows = rows.to_str().unwrap();
    program(&["events", "Site Northwind", "-o", rows, "--redact"]);
    // Unpacked by reading it back.
    let again = program(&["events", rows, "-f", "ndjson"]).stdout;
    assert!(again.lines().count() > 1_000);
    assert!(again.contains(r#""redacted":true"#));
    assert_eq!(left(&again), [""; 0]);
    // What is not packed: heads, statistics, the rows of inputs.
    for file in [
        &["events", "Site Northwind", "-f", "parquet", "-o", "rows"][..],
        &["report", "Site Northwind", "-f", "parquet", "-o", "tables"],
    ] {
        let out = folder.path().join(file[file.len() - 1]);
        let mut arguments = file.to_vec();
        arguments.pop();
        arguments.extend([out.to_str().unwrap(), "--redact"]);
        if file[0] == "events" {
            arguments.extend(["--partition-by", "day"]);
        }
        program(&arguments);
        for path in files(&out) {
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(
                left(&String::from_utf8_lossy(&bytes)),
                [""; 0],
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn a_report_of_redacted_rows_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("rows.ndjson");
    let rows = rows.to_str().unwrap();
    program(&["events", "Site Northwind", "-o", rows, "--redact"]);
    let report = program(&["report", rows, "-f", "json"]).json();
    assert_eq!(report["made_with"]["redacted"], true);
    let said = report["inputs"]["explanation"][0].as_str().unwrap();
    assert!(said.contains("pseudonyms"), "{said}");
    let note = |note: &serde_json::Value| note["note"].as_str().unwrap().contains("pseudonyms");
    assert!(
        report["inputs"]["notes"]
            .as_array()
            .unwrap()
            .iter()
            .any(note)
    );
}

#[test]
fn what_is_wrong_with_an_input_names_no_file() {
    let path = collection().join("jane.doe@contoso.com.evtx");
    let run = super::run_in(
        collection(),
        [
            "report",
            path.to_str().unwrap(),
            "-f",
            "json",
            "--redact",
            "-o",
            "out.json",
        ],
    );
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(
        !run.stderr.contains("jane") && run.stderr.contains("log-0001.evtx"),
        "{}",
        run.stderr
    );
    let told = std::fs::read_to_string(collection().join("out.json")).unwrap();
    assert!(!told.contains("jane"), "{told}");
}

#[test]
fn an_earlier_report_is_compared_under_pseudonyms() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("pc-1001.contoso.com.json");
    let mut plain = super::plain().clone();
    // One that was there and is not now.
    let mut gone = plain["machines"][0].clone();
    gone["computer"] = "LOST-01.fabrikam.example".into();
    gone["aliases"] = serde_json::json!([]);
    plain["machines"].as_array_mut().unwrap().push(gone);
    std::fs::write(&old, plain.to_string()).unwrap();
    let old = old.to_str().unwrap();
    let compared = |more: &[&str]| {
        let always = [
            "-f",
            "json",
            "--baseline",
            old,
            "--ignore",
            "0x8007232B@PC-0*",
            "--redact",
        ];
        report(&[&always[..], more].concat())
    };
    let run = compared(&[]);
    assert_eq!(left(&run.stdout), [""; 0]);
    assert!(!run.stdout.to_lowercase().contains("lost-01"));
    let report = run.json();
    let comparison = &report["comparison"];
    assert_eq!(comparison["new"], serde_json::json!([]));
    assert_eq!(comparison["appeared"], serde_json::json!([]));
    assert_eq!(comparison["silent"].as_array().unwrap().len(), 1);
    assert!(comparison["still"].as_array().unwrap().len() > 10);
    let rules: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|finding| {
            finding["ignored_by"]
                .as_array()
                .cloned()
                .unwrap_or_default()
        })
        .collect();
    assert_eq!(rules[0]["rule"], "0x8007232B@redacted");
    // What is selected is selected of both.
    let report = compared(&["--computer", "LOST-*", "--computer", "PC-0003"]).json();
    assert_eq!(report["comparison"]["silent"].as_array().unwrap().len(), 1);
    assert_eq!(report["machines"].as_array().unwrap().len(), 1);
}
