//! Text on a terminal: nothing acts, nothing forges a line, nothing is wider than it may be.

use super::logs::{FORGED, folders};
use super::{MADE, acts, over, report};

/// A text without the program's own colours.
fn without_colors(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let (codes, after) = after.split_once('m').unwrap();
        assert!(
            codes.chars().all(|c| c.is_ascii_digit() || c == ';'),
            "{codes:?}"
        );
        rest = after;
    }
    plain.push_str(rest);
    plain
}

fn hold(text: &str, what: &str) {
    let acting: Vec<_> = text.chars().filter(|c| acts(*c)).collect();
    assert!(acting.is_empty(), "{what}: {acting:?}");
    for line in text.lines() {
        assert_ne!(line.trim(), FORGED, "{what}");
        assert_ne!(line.trim(), "All is well.", "{what}");
    }
}

#[test]
fn no_payload_acts_on_a_terminal() {
    let (hostile, _) = folders();
    for (number, (language, more)) in MADE.into_iter().enumerate() {
        let width = ["40", "80", "97", "120"][number];
        let more = &[more, &["--width", width]].concat()[..];
        let text = report(&hostile, "text", language, more);
        hold(&text, &format!("{language} {more:?}"));
        let colored = report(
            &hostile,
            "text",
            language,
            &[more, &["--color", "always"]].concat(),
        );
        assert!(colored.contains("\u{1b}["));
        // The arguments differ, and stand at the end.
        let until = |text: &str| -> Vec<String> {
            let lines = text
                .lines()
                .take_while(|line| !line.contains("--generated-at"));
            lines.map(|line| line.trim_end().to_owned()).collect()
        };
        let plain = without_colors(&colored);
        assert!(until(&plain).len() > 500);
        assert!(until(&plain) == until(&text), "{language} {more:?}");
    }
}

#[test]
fn no_payload_acts_in_the_table_of_events() {
    let (hostile, _) = folders();
    for (language, more) in MADE {
        let always = ["events", ".", "-f", "table", "--lang", language];
        let run = over(&hostile, &[&always[..], more].concat());
        hold(&run.stdout, &format!("{language} {more:?}"));
    }
}

#[test]
fn every_payload_is_shown() {
    let (hostile, _) = folders();
    let text = report(&hostile, "text", "en", &["--width", "120", "-v"]);
    for shown in [
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "\\u{1b}[31mred\\u{1b}[0m",
        "PC\\n== Findings (0) ==\\nAll is well.",
        "\\u{202e}cod.exe",
        "\\u{9b}31m",
        "{machine}{code}{time}{n}{kms_host}{domain}{title}",
        "a\\u{200b}b\\u{feff}c\\u{ad}d\\u{2060}e",
        "PC-\u{fffd}LONE\u{fffd}-1",
    ] {
        let is_shown = text.lines().any(|line| line.contains(shown));
        assert!(is_shown, "{shown}");
    }
}
