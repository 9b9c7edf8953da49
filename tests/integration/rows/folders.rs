//! Rows in folders: every row in one place once, and nothing half.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::program::{run, run_in};

/// The files below a folder, by their path from it.
fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let inside = entry.path().strip_prefix(folder).unwrap();
            let parts: Vec<_> = inside
                .components()
                .map(|part| part.as_os_str().to_str().unwrap())
                .collect();
            (parts.join("/"), entry.path().to_owned())
        })
        .collect()
}

fn lines(text: &str, kind: &str) -> Vec<String> {
    let start = format!("{{\"row\":\"{kind}\"");
    let mut lines: Vec<String> = text
        .lines()
        .filter(|line| line.starts_with(&start))
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

#[test]
fn every_row_stands_in_the_folder_of_its_partition_once() {
    let all = run(["events", "-f", "ndjson", "fixtures/logs"]).stdout;
    for (by, key) in [("computer", "computer"), ("day", "time")] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let to = out.to_str().unwrap();
        let run = run([
            "events",
            "-f",
            "ndjson",
            "fixtures/logs",
            "--partition-by",
            by,
            "-o",
            to,
        ]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let mut found = Vec::new();
        let mut folders = 0;
        for (name, path) in files(&out) {
            let text = std::fs::read_to_string(path).unwrap();
            if name == "inputs.ndjson" {
                assert_eq!(lines(&text, "input"), lines(&all, "input"));
                continue;
            }
            folders += 1;
            let value = name
                .strip_prefix(&format!("{by}="))
                .and_then(|rest| rest.strip_suffix("/part-0.ndjson"))
                .unwrap_or_else(|| panic!("{name}"));
            for line in text.lines() {
                let row: serde_json::Value = serde_json::from_str(line).unwrap();
                let of = row[key].as_str().unwrap();
                assert!(of.starts_with(value), "{of} in {name}");
            }
            found.extend(lines(&text, "event"));
        }
        found.sort();
        assert_eq!(found, lines(&all, "event"), "{by}");
        assert!(folders > 20, "{by}: {folders}");
    }
}

#[test]
fn a_folder_with_anything_else_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let log = std::fs::canonicalize("fixtures/logs/healthy-client.evtx").unwrap();
    let events = |more: &[&str]| {
        let mut arguments = vec!["events", log.to_str().unwrap(), "-o", "out", "-f", "csv"];
        arguments.extend(more);
        run_in(folder.path(), arguments)
    };
    let by_day = ["--partition-by", "day"];
    let again = ["--partition-by", "day", "--overwrite"];
    let out = folder.path().join("out");

    assert_eq!(events(&by_day).code, 0);
    let first = files(&out);
    assert!(first.contains_key("inputs.csv"));

    let refused = events(&by_day);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("--overwrite"), "{}", refused.stderr);
    assert_eq!(events(&["--overwrite"]).code, 0, "replaced by one file");
    assert_eq!(
        files(&out).keys().collect::<Vec<_>>(),
        ["events.csv", "inputs.csv"]
    );
    assert_eq!(events(&again).code, 0);
    assert_eq!(
        files(&out).keys().collect::<Vec<_>>(),
        first.keys().collect::<Vec<_>>()
    );

    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    let refused = events(&again);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("not empty"), "{}", refused.stderr);
    assert!(out.join("notes.txt").exists());
    // Nothing is left beside it.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
