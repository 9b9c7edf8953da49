//! Text on a terminal: nothing acts, nothing forges a line, nothing is wider than it may be.

use super::logs::{FORGED, folders};
use super::{MADE, acts, over, reports};

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
    for (made, (language, more)) in MADE.into_iter().enumerate() {
        hold(&reports(made, false).text, &format!("{language} {more:?}"));
    }
}

#[test]
fn colors_are_all_that_acts() {
    let (hostile, _) = folders();
    let (language, more) = MADE[0];
    let always = ["report", ".", "--lang", language, "--color", "always"];
    let colored = over(&hostile, &[&always[..], more].concat()).stdout;
    assert!(colored.contains("\u{1b}["));
    let plain = without_colors(&colored);
    hold(&plain, "colored");
    // The arguments differ, and stand at the end.
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().map(|line| line.trim_end().to_owned());
        lines.take(1_000).collect()
    };
    assert_eq!(lines(&plain), lines(&reports(0, false).text));
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

/// A text without the blanks and breaks that lay it out.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn every_payload_is_shown() {
    let text = &reports(1, false).text;
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
        assert!(squeezed(text).contains(&squeezed(shown)), "{shown}");
    }
}
