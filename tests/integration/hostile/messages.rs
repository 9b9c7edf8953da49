//! What is typed and what files are called stands in messages, and acts in none.

use std::path::Path;

use super::logs::{FORGED, may_name_a_file, payloads};
use super::{LANGUAGES, acts};
use crate::support::program::run_in;

/// Fails where a message acts on the terminal or forges a line.
fn hold(text: &str, what: &str) {
    let acting: Vec<_> = text.chars().filter(|c| acts(*c)).collect();
    assert!(acting.is_empty(), "{what}: {acting:?}");
    assert!(
        !text.lines().any(|line| line.trim() == FORGED),
        "{what}: {text}"
    );
}

#[test]
fn no_argument_acts_on_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let typed = payloads().into_iter().filter(|payload| {
        // What cannot be typed is left out, and markup says nothing to a terminal.
        let text = &payload.text;
        !text.contains('\0') && text.len() < 200 && (text.contains(acts) || text.contains('\n'))
    });
    for (number, payload) in typed.enumerate() {
        let language = LANGUAGES[number % 2];
        let text = payload.text.as_str();
        let joined = |name: &str| format!("{name}={text}");
        for arguments in [
            vec!["explain".to_owned(), "--".to_owned(), text.to_owned()],
            vec![
                "explain".to_owned(),
                joined("--catalog"),
                "0xC004F074".to_owned(),
            ],
            vec!["report".to_owned(), "--".to_owned(), text.to_owned()],
            vec!["events".to_owned(), joined("--code"), ".".to_owned()],
            vec!["report".to_owned(), joined("--policy"), ".".to_owned()],
            vec!["report".to_owned(), joined("--tz"), ".".to_owned()],
            vec!["report".to_owned(), joined("--computer"), ".".to_owned()],
            vec!["report".to_owned(), joined("--ignore"), ".".to_owned()],
            vec!["report".to_owned(), joined("--baseline"), ".".to_owned()],
            vec!["report".to_owned(), joined("--kms-host"), ".".to_owned()],
            vec!["report".to_owned(), joined("--paths-from"), ".".to_owned()],
            vec!["report".to_owned(), joined("--no-such")],
            vec![text.to_owned(), "x".to_owned()],
        ] {
            let mut all = arguments.clone();
            all.insert(1, format!("--lang={language}"));
            let run = run_in(folder.path(), &all);
            hold(&run.stderr, &format!("{arguments:?}"));
            hold(&run.stdout, &format!("{arguments:?}"));
        }
    }
}

#[test]
fn no_name_of_a_file_acts_on_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    for (number, payload) in payloads().iter().enumerate() {
        let name: String = payload
            .text
            .chars()
            .filter(may_name_a_file)
            .take(60)
            .collect();
        std::fs::write(folder.path().join(format!("{name}{number}.evtx")), "no log").unwrap();
    }
    odd_name(folder.path());
    for arguments in [
        &["report", "."][..],
        &["report", ".", "-f", "json", "-v"],
        &["events", ".", "-vv"],
        &["report", ".", "--redact"],
    ] {
        for language in LANGUAGES {
            let run = run_in(folder.path(), [arguments, &["--lang", language]].concat());
            assert_eq!(run.code, 4, "{}", run.stderr);
            hold(&run.stderr, &format!("{arguments:?}"));
            if !arguments.contains(&"json") {
                hold(&run.stdout, &format!("{arguments:?}"));
            }
        }
    }
}

/// A name that is no text.
#[cfg(unix)]
fn odd_name(folder: &Path) {
    use std::os::unix::ffi::OsStrExt;

    let name = std::ffi::OsStr::from_bytes(b"\xff\x1b[31m\xc3.evtx");
    std::fs::write(folder.join(name), "no log").unwrap();
}

#[cfg(not(unix))]
fn odd_name(_: &Path) {}
