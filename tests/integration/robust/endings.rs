//! Runs that are ended from outside: killed, or asked to end by Ctrl-C.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;

use crate::support::busy_log;
use crate::support::program::{log, run_in};

/// The program in a folder, with a pipe to be fed from as standard input.
fn start(folder: &Path, arguments: &[&str]) -> (Child, ChildStdin) {
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("spptriage"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    (child, stdin)
}

/// A log that never ends: its beginning, and what comes again and again.
struct Endless {
    head: Vec<u8>,
    chunks: Vec<u8>,
}

impl Endless {
    fn new() -> Self {
        let bytes = busy_log(16, 9);
        let (head, chunks) = bytes.split_at(4096);
        Self {
            head: head.to_vec(),
            chunks: chunks.to_vec(),
        }
    }

    /// Feeds so much that, a pipe holding less, the program is in the middle of it.
    fn begin(&self, to: &mut ChildStdin) {
        to.write_all(&self.head).unwrap();
        for _ in 0..3 {
            to.write_all(&self.chunks).unwrap();
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn is_leftover(name: &str) -> bool {
    name.starts_with(".spptriage-")
}

#[test]
fn a_run_that_is_killed_leaves_nothing_under_the_asked_name() {
    let endless = Endless::new();
    for arguments in [
        &["report", "-", "-o", "out.json"][..],
        &["events", "-", "--stream", "-o", "out.ndjson"],
        &["events", "-", "--stream", "-f", "csv", "-o", "out/"],
        &[
            "events",
            "-",
            "--stream",
            "-f",
            "ndjson",
            "-o",
            "out",
            "--partition-by",
            "day",
        ],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (mut child, mut stdin) = start(folder.path(), arguments);
        endless.begin(&mut stdin);
        child.kill().unwrap();
        child.wait().unwrap();
        let names = names(folder.path());
        assert!(
            names.iter().all(|name| is_leftover(name)),
            "{arguments:?}: {names:?}"
        );
        assert_eq!(
            names.is_empty(),
            arguments[0] == "report",
            "rows are written while they are read, or this test shows nothing: {names:?}"
        );
    }
}

#[test]
fn a_report_that_is_killed_while_it_is_written_is_there_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.json");
    let logs = log("healthy-client");
    let logs = logs.parent().unwrap().to_str().unwrap();
    for _ in 0..5 {
        let (mut child, _stdin) = start(folder.path(), &["report", logs, "-q", "-o", "out.json"]);
        // From the moment on at which it begins to write.
        while child.try_wait().unwrap().is_none() && names(folder.path()).is_empty() {}
        let _ = child.kill();
        child.wait().unwrap();
        if let Ok(text) = fs::read_to_string(&out) {
            let report: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(report["schema_version"], 1);
            fs::remove_file(&out).unwrap();
        }
        for name in names(folder.path()) {
            assert!(is_leftover(&name), "{name}");
            fs::remove_file(folder.path().join(name)).unwrap();
        }
    }
}

#[test]
fn what_a_killed_run_left_does_not_disturb_the_next() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(log("dns-no-record"), folder.path().join("a.evtx")).unwrap();
    let report = || {
        let run = run_in(
            folder.path(),
            ["report", ".", "-f", "json", "--generated-at", "2026-01-01"],
        );
        (run.code, run.stdout)
    };
    let alone = report();
    let rows = run_in(folder.path(), ["events", "a.evtx", "-f", "ndjson"]).stdout;
    let half = &rows.as_bytes()[..rows.len() - 40];
    fs::write(folder.path().join(".spptriage-AbCdEf"), half).unwrap();
    let part = folder
        .path()
        .join(".spptriage-GhIjKl")
        .join("day=2026-01-01");
    fs::create_dir_all(&part).unwrap();
    fs::write(part.join("part-0.ndjson"), half).unwrap();
    assert_eq!(report(), alone);
    let globbed = run_in(folder.path(), ["report", "*", "-f", "json"]);
    assert_eq!(globbed.json()["inputs"]["logs"], 1, "{}", globbed.stdout);
    let written = run_in(folder.path(), ["report", ".", "-o", "out.json"]);
    assert_eq!(written.code, 0, "{}", written.stderr);
}

#[cfg(unix)]
mod interrupted {
    use super::*;

    fn interrupt(child: &Child) {
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Interrupts the program while it reads what never ends, which goes on until nobody reads it.
    fn interrupted(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
        let endless = Endless::new();
        let (child, mut stdin) = start(folder, arguments);
        endless.begin(&mut stdin);
        interrupt(&child);
        let feeder = std::thread::spawn(move || while stdin.write_all(&endless.chunks).is_ok() {});
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        (
            output.status.code().unwrap_or(-1),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(log("dns-no-record"), folder.path().join("later.evtx")).unwrap();
        folder
    }

    #[test]
    fn a_report_tells_that_it_is_incomplete_and_what_was_not_reached() {
        let folder = folder();
        let arguments = [
            "report",
            "-",
            "later.evtx",
            "--threads",
            "1",
            "--lang",
            "en",
        ];
        let json = [&arguments[..], &["-f", "json"]].concat();
        let (code, stdout, stderr) = interrupted(folder.path(), &json);
        assert_eq!(code, 130, "{stderr}");
        assert!(stderr.contains("Ctrl-C again"), "{stderr}");
        let report: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(report["made_with"]["incomplete"], true);
        let skipped = &report["inputs"]["skipped"];
        let reason = |at: usize| {
            skipped[at]["reason"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(skipped[0]["path"], "-");
        assert!(reason(0).contains("in the middle of it"), "{skipped}");
        assert_eq!(skipped[1]["path"], "later.evtx");
        assert!(reason(1).contains("before this was reached"), "{skipped}");
        assert_eq!(report["inputs"]["files"][0]["log"], "-");
        assert!(report["inputs"]["records"].as_u64().unwrap() > 0);
        assert_eq!(
            report["inputs"]["damage"],
            serde_json::json!([]),
            "that it was ended damages nothing"
        );
        assert_eq!(report["inputs"]["notes"], serde_json::json!([]));

        let (code, stdout, _) = interrupted(folder.path(), &arguments);
        assert_eq!(code, 130);
        let said = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("Reading was interrupted"), "{said}");
        assert!(said.contains("later.evtx: reading was ended before this was reached"));
    }

    #[test]
    fn a_report_in_a_file_is_written_all_the_same() {
        let folder = folder();
        let arguments = ["report", "-", "-q", "-o", "out.json"];
        let (code, _, stderr) = interrupted(folder.path(), &arguments);
        assert_eq!((code, stderr.as_str()), (130, ""));
        let text = fs::read_to_string(folder.path().join("out.json")).unwrap();
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["made_with"]["incomplete"], true);
    }

    #[test]
    fn rows_tell_what_was_not_read() {
        let folder = folder();
        let arguments = ["events", "-", "later.evtx", "--stream", "-o", "out.ndjson"];
        let (code, _, stderr) = interrupted(folder.path(), &arguments);
        assert_eq!(code, 130, "{stderr}");
        let text = fs::read_to_string(folder.path().join("out.ndjson")).unwrap();
        let rows: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let skipped: Vec<&Value> = rows.iter().filter(|row| row["row"] == "skipped").collect();
        let paths: Vec<&Value> = skipped.iter().map(|row| &row["path"]).collect();
        assert_eq!(paths, ["-", "later.evtx"]);
        assert!(rows.iter().any(|row| row["row"] == "event"));
    }

    #[test]
    fn a_second_ctrl_c_ends_at_once_and_leaves_nothing_half() {
        let folder = folder();
        let endless = Endless::new();
        let (mut child, mut stdin) = start(folder.path(), &["report", "-", "-o", "out.json"]);
        endless.begin(&mut stdin);
        interrupt(&child);
        // Nothing comes any more, so that it goes on waiting for more.
        let mut told = Vec::new();
        let stderr = child.stderr.as_mut().unwrap();
        while !told.ends_with(b"\n") {
            let mut byte = [0];
            stderr.read_exact(&mut byte).unwrap();
            told.push(byte[0]);
        }
        interrupt(&child);
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(names(folder.path()), ["later.evtx"]);
        drop(stdin);
    }
}
