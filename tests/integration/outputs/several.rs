//! Several outputs of one reading: each is what it would be alone.

use std::fs;
use std::path::Path;

use super::{folder, names};
use crate::support::program::{Run, run_in};

const AT: [&str; 2] = ["--generated-at", "2026-01-01"];

fn report(folder: &Path, more: &[&str]) -> Run {
    run_in(folder, [&["report", "logs"][..], &AT, more].concat())
}

/// A text without the line that tells the command line, in which the outputs differ.
fn without_arguments(text: &str) -> String {
    text.lines()
        .filter(|line| !line.contains("--generated-at") && !line.contains("-o "))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn each_output_is_what_it_would_be_alone() {
    let folder = folder();
    let run = report(
        folder.path(),
        &["-o", "a.json", "-o", "a.md", "-o", "a.txt", "-o", "tables/"],
    );
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (0, "", ""));
    assert_eq!(
        names(folder.path()),
        ["a.json", "a.md", "a.txt", "logs", "tables"]
    );
    assert_eq!(
        names(&folder.path().join("tables")),
        [
            "findings.csv",
            "kms_clients.csv",
            "kms_hosts.csv",
            "machines.csv"
        ]
    );
    for name in ["a.json", "a.md", "a.txt"] {
        let alone = format!("alone-{name}");
        assert_eq!(report(folder.path(), &["-o", &alone]).code, 0);
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let (together, alone) = (read(name), read(&alone));
        if name == "a.json" {
            let told = |text: &str| {
                let mut report: serde_json::Value = serde_json::from_str(text).unwrap();
                report["made_with"]["arguments"] = serde_json::Value::Null;
                report
            };
            assert_eq!(told(&together), told(&alone));
        } else {
            assert_eq!(without_arguments(&together), without_arguments(&alone));
            assert!(together.len() > 2000, "{name}");
        }
    }
}

#[test]
fn standard_output_can_be_one_of_them() {
    let folder = folder();
    let run = report(folder.path(), &["-o", "-", "-o", "a.json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("of 2 machines"), "{}", run.stdout);
    assert_eq!(names(folder.path()), ["a.json", "logs"]);
    let run = report(folder.path(), &["-o", "-", "-f", "json"]);
    assert_eq!(run.json()["schema_version"], 1);
    let events = run_in(folder.path(), ["events", "logs", "-f", "csv", "-o", "-"]);
    assert!(events.stdout.starts_with("schema,time,"));
    assert_eq!(names(folder.path()), ["a.json", "logs"]);
}

#[test]
fn each_output_has_its_own_language() {
    let folder = folder();
    let more = ["--lang", "zh-CN", "-o", "a.json", "-o", "a.md"];
    assert_eq!(report(folder.path(), &more).code, 0);
    for name in ["a.json", "a.md"] {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(text.contains("激活"), "{name}");
    }
}

#[track_caller]
fn check_refused(folder: &Path, more: &[&str], words: &str) {
    let run = report(folder, more);
    assert_eq!(run.code, 2, "{more:?}: {}", run.stdout);
    assert!(run.stderr.contains(words), "{more:?}: {}", run.stderr);
    assert_eq!(run.stdout, "", "{more:?}");
}

#[test]
fn a_mistake_in_one_output_is_told_before_anything_is_written() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir(path.join("full")).unwrap();
    fs::write(path.join("full/mine.txt"), "mine").unwrap();
    fs::write(path.join("file"), "mine").unwrap();
    let before = names(path);
    for (more, words) in [
        (
            &["-o", "a.json", "-o", "a.json"][..],
            "two outputs cannot be one file",
        ),
        (
            &["-o", "a.json", "-o", "./a.json"],
            "two outputs cannot be one file",
        ),
        (
            &["-o", "a.json", "-o", "logs/../a.json"],
            "two outputs cannot be one file",
        ),
        (
            &["-o", "-", "-o", "-"],
            "standard output can take one output only",
        ),
        (
            &["-o", "a.json", "-o", "a.html5"],
            "no output format has the ending",
        ),
        (&["-o", "a.json", "-o", "gone/a.md"], "make it first"),
        (&["-o", "a.json", "-o", "gone/tables/"], "make it first"),
        (&["-o", "a.json", "-o", "a.csv"], "name a folder"),
        (&["-o", "a.json", "-o", "full/"], "holds more than tables"),
        (
            &["-o", "a.json", "-o", "full", "--overwrite"],
            "holds more than tables",
        ),
        (
            &["-o", "a.json", "-o", "file", "-f", "csv"],
            "this is a file",
        ),
        (&["-o", "a.json", "-o", "file/", "-f", "csv"], "file"),
        (&["-o", "new/", "-o", "new/a.json"], "make it first"),
        (
            &["-o", "a.json", "-o", "a.md", "-f", "text"],
            "leave -f out",
        ),
        (
            &["-o", "a.json", "-o", "a.md", "--overwrite"],
            "--overwrite is for folders",
        ),
        (
            &["-o", "a.json", "-o", "a.md", "--csv-bom"],
            "--csv-bom is for CSV",
        ),
        (
            &[
                "-o",
                "a.json",
                "-o",
                "logs/healthy-client.evtx",
                "-f",
                "text",
            ],
            "not written over",
        ),
        (&["-f", "csv"], "name a folder"),
        (&["-f", "json", "-o", "full"], "this is a folder"),
        (&["-f", "nonsense"], "use text, markdown"),
    ] {
        check_refused(path, more, words);
        assert_eq!(names(path), before, "{more:?}");
    }
    fs::create_dir(path.join("empty")).unwrap();
    let words = "an output cannot lie in the folder of another";
    check_refused(path, &["-o", "empty", "-o", "empty/a.json"], words);
    assert!(names(&path.join("empty")).is_empty());
}

#[test]
fn nothing_is_written_over_what_is_read() {
    let folder = folder();
    let made = run_in(folder.path(), ["events", "logs", "-o", "rows.ndjson"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let run = run_in(
        folder.path(),
        [
            "report",
            "rows.ndjson",
            "-f",
            "json",
            "-o",
            "a.md",
            "-o",
            "rows.ndjson",
        ],
    );
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("not written over"), "{}", run.stderr);
    assert!(!folder.path().join("a.md").exists());
}

/// One output that cannot be written takes no other with it.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_told_and_the_others_are_written() {
    let folder = folder();
    let run = report(
        folder.path(),
        &[
            "-o",
            "a.md",
            "-o",
            "/dev/full",
            "-o",
            "a.json",
            "-f",
            "text",
        ],
    );
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .contains("/dev/full: cannot be written: No space left"),
        "{}",
        run.stderr
    );
    assert_eq!(names(folder.path()), ["a.json", "a.md", "logs"]);
    let json = fs::read_to_string(folder.path().join("a.json")).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
}
