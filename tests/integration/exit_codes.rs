//! What each kind of bad input prints, and the exit code.

use std::fs;

use crate::support::program::{Run, damaged, log, run, run_in};

fn report(path: &std::path::Path, more: &[&str]) -> Run {
    let mut arguments: Vec<&std::ffi::OsStr> = vec![
        "report".as_ref(),
        "--lang".as_ref(),
        "en".as_ref(),
        path.as_os_str(),
    ];
    arguments.extend(
        more.iter()
            .map(|word| -> &std::ffi::OsStr { word.as_ref() }),
    );
    run(arguments)
}

/// What is told of an input that is not read at all, flattened for comparison.
fn said(run: &Run) -> String {
    run.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_sound_log_ends_with_0() {
    assert_eq!(report(&log("healthy-client"), &[]).code, 0);
    assert_eq!(
        report(&log("dns-no-record"), &[]).code,
        0,
        "what is wrong with a machine is no error of the program"
    );
    assert_eq!(report(&log("no-activation-events"), &[]).code, 0);
}

#[test]
fn fail_on_looks_at_active_findings() {
    assert_eq!(
        report(&log("dns-no-record"), &["--fail-on", "error"]).code,
        1
    );
    assert_eq!(
        report(&log("renewal-fails-licensed"), &["--fail-on", "error"]).code,
        0
    );
    assert_eq!(
        report(&log("renewal-fails-licensed"), &["--fail-on", "warning"]).code,
        1
    );
    assert_eq!(
        report(&log("blocked-port-cured"), &["--fail-on", "info"]).code,
        0,
        "cured findings ask for nothing"
    );
}

#[test]
fn what_cannot_be_read_at_all_is_named_with_its_reason() {
    for (name, reason) in [
        ("empty", "the file is empty"),
        ("text-file", "this is no event log (.evtx)"),
        ("xml-export", "this is an export as XML"),
        ("header-cut-short", "the log ends inside its header"),
    ] {
        let run = report(&damaged(name), &[]);
        assert_eq!(run.code, 4, "{name}: nothing was read");
        assert!(said(&run).contains(reason), "{name}: {}", run.stdout);
        assert_eq!(
            report(&damaged(name), &["--allow-damage"]).code,
            4,
            "{name}: nothing is nothing"
        );
    }
}

#[test]
fn a_missing_path_is_skipped_and_the_rest_goes_on() {
    let missing = report("no/such/file.evtx".as_ref(), &[]);
    assert_eq!(missing.code, 4);
    assert!(said(&missing).contains("there is no such file or folder"));
    let both = run(["report", "no-such.evtx", "fixtures/logs/dns-no-record.evtx"]);
    assert_eq!(both.code, 3);
    assert!(both.stdout.contains("0x8007232B") && both.stdout.contains("no-such.evtx"));
    assert_eq!(
        run([
            "report",
            "no-such.evtx",
            "fixtures/logs/dns-no-record.evtx",
            "--allow-damage"
        ])
        .code,
        0
    );
    let worst = run([
        "report",
        "no-such.evtx",
        "fixtures/logs/dns-no-record.evtx",
        "--fail-on",
        "error",
    ]);
    assert_eq!(worst.code, 1, "a finding wins over damage");
}

#[test]
fn an_unreadable_path_is_told_with_the_systems_words() {
    // A path below a file cannot be read, whoever asks; a file without rights can, by root.
    let run = report("Cargo.toml/Application.evtx".as_ref(), &[]);
    assert_eq!(run.code, 4);
    let said = said(&run);
    assert!(
        said.contains("the system could not read it") || said.contains("there is no such file"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_without_rights_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("locked.evtx");
    fs::copy(log("healthy-client"), &path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let is_root = fs::File::open(&path).is_ok();
    let run = run_in(folder.path(), ["report", "locked.evtx", "--lang", "en"]);
    assert_eq!(run.code, if is_root { 0 } else { 4 }, "{}", run.stdout);
}

#[test]
fn a_folder_without_logs_is_nothing_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "nothing").unwrap();
    let run = run_in(folder.path(), ["report", ".", "--lang", "en"]);
    assert_eq!(run.code, 4);
    assert!(said(&run).contains("there is no event log (.evtx) in this folder"));
}

#[test]
fn a_log_is_known_by_its_bytes_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("C%3A").join("日志");
    fs::create_dir_all(&deep).unwrap();
    fs::copy(log("dns-no-record"), deep.join("collected.bin")).unwrap();
    let run = run_in(folder.path(), ["report", "."]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("0x8007232B"));
}

#[test]
fn a_log_named_twice_is_read_once_and_told() {
    let again = "fixtures/logs/../logs/dns-no-record.evtx";
    let twice = ["report", "fixtures/logs/dns-no-record.evtx", again];
    let json = run([&twice[..], &["-f", "json"]].concat());
    assert_eq!(json.code, 0, "it is no fault");
    let inputs = &json.json()["inputs"];
    assert_eq!(inputs["logs"], 1);
    assert_eq!(inputs["notes"][0]["log"], again);
    let note = |word: &str| inputs["notes"][0]["note"].as_str().unwrap().contains(word);
    assert!(note("read once"), "{inputs}");
    for (language, words) in [("en", "read once"), ("zh-CN", "只读取了一次")] {
        for format in ["text", "markdown"] {
            let run = run([&twice[..], &["-f", format, "--lang", language]].concat());
            let said: String = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            let said = if language == "en" {
                said
            } else {
                said.replace(' ', "")
            };
            assert!(said.contains(words), "{format} {language}: {}", run.stdout);
        }
    }
}

#[test]
fn wrong_command_lines_end_with_2() {
    for arguments in [
        &["report"][..],
        &["report", "--fail-on", "terrible", "x.evtx"],
        &["report", "--now", "yesterday", "x.evtx"],
        &["report", "--kms-host", "kms:port", "x.evtx"],
        &["report", "-f", "pdf", "x.evtx"],
        &["explain"],
        &[],
    ] {
        let run = run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(
            !run.stderr.is_empty() && run.stdout.is_empty(),
            "{arguments:?}"
        );
    }
    assert_eq!(run(["--help"]).code, 0);
    assert_eq!(run(["--version"]).code, 0);
}

#[test]
fn a_report_that_cannot_be_written_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = log("dns-no-record");
    let run = run_in(
        folder.path(),
        [
            "report".as_ref(),
            path.as_os_str(),
            "-o".as_ref(),
            "no-such-folder/out.json".as_ref(),
        ],
    );
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .contains("the folder no-such-folder is not there"),
        "{}",
        run.stderr
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_report_in_a_file_is_there_whole_and_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = log("dns-no-record");
    let out = folder.path().join("out.json");
    fs::write(&out, "before").unwrap();
    let run = run_in(
        folder.path(),
        [
            "report".as_ref(),
            path.as_os_str(),
            "-o".as_ref(),
            "out.json".as_ref(),
        ],
    );
    assert_eq!(run.code, 0);
    assert!(run.stdout.is_empty());
    let report: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&out).unwrap()).unwrap();
    assert_eq!(report["schema_version"], 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_the_program_wrote_for_others_is_told_as_that() {
    let folder = tempfile::tempdir().unwrap();
    let log = log("healthy-client");
    for (name, arguments, expect) in [
        (
            "rows.csv",
            ["events", "-f", "csv"],
            "event rows for other programs",
        ),
        (
            "lines.jsonl",
            ["events", "-f", "timesketch"],
            "event rows for other programs",
        ),
        (
            "report.json",
            ["report", "-f", "json"],
            "`--baseline` compares",
        ),
    ] {
        let path = folder.path().join(name);
        let made = run(arguments.iter().map(std::ffi::OsStr::new).chain([
            log.as_os_str(),
            "-o".as_ref(),
            path.as_os_str(),
        ]));
        assert_eq!(made.code, 0, "{name}: {}", made.stderr);
        let again = run(["report".as_ref(), path.as_os_str()]);
        assert_eq!(again.code, 4, "{name}");
        let told = format!("{}{}", again.stdout, again.stderr);
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(expect), "{name}: {told}");
    }
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let program = assert_cmd::cargo::cargo_bin("spptriage");
    for format in ["table", "ndjson", "csv", "timesketch"] {
        let line = format!(
            "'{}' events fixtures/logs -f {format} | head -1; exit ${{PIPESTATUS[0]}}",
            program.display()
        );
        let output = std::process::Command::new("bash")
            .args(["-c", &line])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(
            output.stderr.is_empty(),
            "{format}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.status.code(), Some(0), "{format}");
    }
}

#[test]
fn an_event_log_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.evtx");
    fs::copy(log("dns-no-record"), &path).unwrap();
    let before = fs::read(&path).unwrap();
    for command in ["report", "events"] {
        let run = run_in(folder.path(), [command, "a.evtx", "-o", "a.evtx"]);
        assert_eq!(run.code, 2, "{command}");
        assert!(run.stderr.contains("not written over"), "{}", run.stderr);
    }
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn a_file_whose_ending_says_another_format_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = log("dns-no-record");
    let run = run_in(
        folder.path(),
        [
            "report".as_ref(),
            path.as_os_str(),
            "-o".as_ref(),
            "out.docx".as_ref(),
        ],
    );
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains(".docx"), "{}", run.stderr);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn completions_and_the_manual_page_are_made_of_the_arguments() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let made = run(["completions", shell]);
        assert_eq!(made.code, 0, "{shell}");
        for word in ["report", "events", "explain", "expiring-within"] {
            assert!(made.stdout.contains(word), "{shell} lacks {word}");
        }
    }
    let man = run(["man"]);
    assert_eq!(man.code, 0);
    for word in ["SPPTRIAGE REPORT", "SPPTRIAGE EXPLAIN", "expiring\\-within"] {
        assert!(man.stdout.contains(word), "the page lacks {word}");
    }
    assert_eq!(run(["completions", "cmd"]).code, 2);
}
