//! What results are never written over, and what is told where they cannot be written.

use std::fs;
use std::path::Path;

use crate::support::program::{Run, log, run_in};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<String> = entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A folder with a log in it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(log("dns-no-record"), folder.path().join("a.evtx")).unwrap();
    folder
}

#[track_caller]
fn check_refused(folder: &Path, arguments: &[&str], kept: &str) {
    let before = fs::read(folder.join(kept)).unwrap();
    let run = run_in(folder, arguments);
    assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
    assert!(run.stderr.contains("not written over"), "{}", run.stderr);
    assert!(fs::read(folder.join(kept)).unwrap() == before);
}

#[test]
fn an_archive_is_never_written_over() {
    let folder = folder();
    for (name, bytes) in [
        ("a.zip", &b"PK\x03\x04rest"[..]),
        ("a.json", b"PK\x05\x06rest"),
        ("a.txt", b"\x1F\x8B\x08\0rest"),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
        let arguments = ["report", "a.evtx", "-f", "json", "-o", name];
        check_refused(folder.path(), &arguments, name);
    }
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = folder();
    let rows = run_in(folder.path(), ["events", "a.evtx", "-o", "rows.ndjson"]);
    assert_eq!(rows.code, 0, "{}", rows.stderr);
    let again = ["events", "rows.ndjson", "-o", "./rows.ndjson"];
    check_refused(folder.path(), &again, "rows.ndjson");
    check_refused(
        folder.path(),
        &["events", ".", "-o", "rows.ndjson"],
        "rows.ndjson",
    );
    // An export that is no log is read by whoever named it all the same.
    fs::write(folder.path().join("export.txt"), "<?xml version").unwrap();
    check_refused(
        folder.path(),
        &["report", "a.evtx", "export.txt", "-o", "export.txt"],
        "export.txt",
    );
    fs::write(folder.path().join("list.txt"), "a.evtx\n").unwrap();
    check_refused(
        folder.path(),
        &["report", "--paths-from", "list.txt", "-o", "list.txt"],
        "list.txt",
    );
    // What was written by an earlier run of the same command is.
    let rows = run_in(folder.path(), ["events", "a.evtx", "-o", "rows.ndjson"]);
    assert_eq!(rows.code, 0, "{}", rows.stderr);
}

#[test]
fn a_folder_of_rows_that_is_read_is_not_replaced() {
    let folder = folder();
    let made = run_in(
        folder.path(),
        ["events", "a.evtx", "-f", "ndjson", "-o", "rows/"],
    );
    assert_eq!(made.code, 0, "{}", made.stderr);
    let again = [
        "events",
        "rows",
        "-f",
        "ndjson",
        "-o",
        "rows/",
        "--overwrite",
    ];
    check_refused(folder.path(), &again, "rows/events.ndjson");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_told() {
    for arguments in [
        &["report", "a.evtx"][..],
        &["report", "a.evtx", "-f", "json"],
        &["events", "a.evtx", "-f", "ndjson"],
        &["events", "a.evtx", "-f", "csv", "--stream"],
        &["explain", "0xC004F074"],
    ] {
        let folder = folder();
        let full = fs::OpenOptions::new().write(true).open("/dev/full");
        let output = assert_cmd::Command::cargo_bin("spptriage").unwrap();
        let output = std::process::Command::new(output.get_program())
            .args(arguments)
            .current_dir(folder.path())
            .stdout(full.unwrap())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(
            told.contains("standard output: cannot be written: No space left"),
            "{arguments:?}: {told}"
        );
    }
}

/// Runs the program where no file may become longer than a few hundred bytes: a disk that is full as
/// soon as something is written.
#[cfg(unix)]
fn run_without_space(folder: &Path, arguments: &[&str]) -> Run {
    let program = assert_cmd::cargo::cargo_bin("spptriage");
    let output = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""])
        .arg(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_leaves_nothing_half_and_keeps_what_was_there() {
    let folder = folder();
    for (arguments, target) in [
        (&["report", "a.evtx", "-o", "out.json"][..], "out.json"),
        (&["report", "a.evtx", "-o", "out.txt"], "out.txt"),
        (&["events", "a.evtx", "-o", "out.csv"], "out.csv"),
        (&["events", "a.evtx", "-f", "ndjson", "-o", "out/"], "out"),
        (
            &[
                "events",
                "a.evtx",
                "-f",
                "csv",
                "-o",
                "out",
                "--partition-by",
                "day",
            ],
            "out",
        ),
    ] {
        let run = run_without_space(folder.path(), arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(
            run.stderr.contains(target) && run.stderr.contains("cannot be written: "),
            "{arguments:?}: {}",
            run.stderr
        );
        assert_eq!(names(folder.path()), ["a.evtx"], "{arguments:?}");
    }
    let kept = folder.path().join("out.json");
    fs::write(&kept, "{}").unwrap();
    let run = run_without_space(folder.path(), &["report", "a.evtx", "-o", "out.json"]);
    assert_eq!(run.code, 2);
    assert_eq!(fs::read_to_string(&kept).unwrap(), "{}");
    assert_eq!(names(folder.path()), ["a.evtx", "out.json"]);
}
