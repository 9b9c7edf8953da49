//! Texts: as wide as asked, and coloured only where that is wanted.

use unicode_width::UnicodeWidthStr;

use super::folder;
use crate::support::program::{log, run_in};

/// Standard output of a run with these environment variables.
fn stdout(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = assert_cmd::Command::cargo_bin("spptriage")
        .unwrap()
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .envs(variables.iter().copied())
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn colour_goes_to_who_wants_it() {
    let log = log("dns-no-record");
    let report = ["report", log.to_str().unwrap()];
    let has_color = |more: &[&str], variables: &[(&str, &str)]| {
        stdout(&[&report[..], more].concat(), variables).contains('\u{1b}')
    };
    assert!(!has_color(&[], &[]));
    assert!(has_color(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!has_color(
        &[],
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]
    ));
    assert!(has_color(&["--color", "always"], &[]));
    assert!(!has_color(
        &["--color", "never"],
        &[("CLICOLOR_FORCE", "1")]
    ));
}

#[test]
fn a_file_has_no_colour_but_on_request() {
    let folder = folder();
    for (more, expect) in [(&[][..], false), (&["--color", "always"], true)] {
        let arguments = [&["report", "logs", "-o", "a.txt"], more].concat();
        assert_eq!(run_in(folder.path(), arguments).code, 0);
        let text = std::fs::read_to_string(folder.path().join("a.txt")).unwrap();
        assert_eq!(text.contains('\u{1b}'), expect);
    }
}

fn widest(text: &str) -> usize {
    let is_prose = |line: &&str| line.trim_start().contains(' ');
    text.lines()
        .filter(is_prose)
        .map(UnicodeWidthStr::width)
        .max()
        .unwrap()
}

#[test]
fn texts_are_as_wide_as_asked() {
    let folder = folder();
    let text = |words: &[&str]| run_in(folder.path(), words).stdout;
    for command in [&["report", "logs"][..], &["explain", "0xC004F074"]] {
        let of_width = |width: &str| widest(&text(&[command, &["--width", width]].concat()));
        assert!(of_width("200") > 120, "{command:?}");
        assert!(of_width("120") > of_width("80"), "{command:?}");
    }
    let plain = ["report", "logs", "--generated-at", "2026-01-01"];
    let asked = text(&[&plain[..], &["--width", "80"]].concat());
    assert_eq!(text(&plain), asked.replace(" --width 80", ""));
    let refused = run_in(folder.path(), ["report", "logs", "--width", "39"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("40 to 1000"), "{}", refused.stderr);
}
