//! Options on how a run goes: threads, and how much is told on the way.

use std::path::Path;

use crate::support::program::{log, run_in};

/// A folder with a log, and with rows of another, which can only be read forward.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(log("dns-no-record"), folder.path().join("a.evtx")).unwrap();
    let other = log("healthy-client");
    let rows = run_in(
        folder.path(),
        [
            "events".as_ref(),
            other.as_os_str(),
            "-o".as_ref(),
            "rows.ndjson".as_ref(),
        ],
    );
    assert_eq!(rows.code, 0, "{}", rows.stderr);
    folder
}

/// A JSON report without what tells of the command line, and what was said on stderr.
fn report(folder: &Path, more: &[&str]) -> (serde_json::Value, String) {
    let arguments = ["report", ".", "-f", "json", "--generated-at", "2026-01-01"];
    let run = run_in(folder, [&arguments[..], more].concat());
    assert_eq!(run.code, 0, "{more:?}: {}", run.stderr);
    let mut report = run.json();
    report["made_with"] = serde_json::Value::Null;
    (report, run.stderr)
}

#[test]
fn any_number_of_threads_gives_the_same() {
    let folder = folder();
    let (expect, _) = report(folder.path(), &["--threads", "1"]);
    for threads in ["0", "2", "1000", "1000000"] {
        let (found, said) = report(folder.path(), &["--threads", threads]);
        assert_eq!(found, expect, "{threads}");
        assert_eq!(said, "", "{threads}");
    }
}

#[test]
fn nothing_is_told_on_the_way_unless_it_is_asked_for() {
    let folder = folder();
    for more in [&[][..], &["-q"], &["--no-progress"]] {
        assert_eq!(report(folder.path(), more).1, "", "{more:?}");
    }
    let (_, said) = report(folder.path(), &["-v", "--threads", "1"]);
    let chinese = report(folder.path(), &["-v", "--lang", "zh-CN"]).1;
    for (said, words) in [
        (&said, "2 inputs were found"),
        (&said, "2 logs read, 0 MB in "),
        (&said, "chunks decoded"),
        (&said, "machines\n"),
        (&chinese, "找到 2 项输入"),
        (&chinese, "已读取 2 个日志"),
        (&chinese, "台计算机"),
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("threads: "), "{said}");
    let (_, said) = report(folder.path(), &["-vv", "--threads", "1"]);
    for words in [
        "threads: 1; logs read by position: 1; unpacked as streams: 0; archives walked in order: 0; files of rows: 1",
        "logs read: 2, 0.2 MB, in ",
        "bytes each)",
        "machines diagnosed: ",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_bad_input_is_told_without_q_alone() {
    let folder = folder();
    let told = |more: &[&str]| {
        let arguments = ["report", "a.evtx", "no-such.evtx", "-f", "json"];
        let run = run_in(folder.path(), [&arguments[..], more].concat());
        assert_eq!(run.code, 3);
        run.stderr
    };
    assert!(told(&[]).contains("no-such.evtx: "));
    assert_eq!(told(&["-q"]), "");
}
