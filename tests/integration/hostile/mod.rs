//! Text from logs, names of files and what is typed are shown, never obeyed: every format, parsed as
//! its reader parses it.
//!
//! `logs` makes logs in which every text is a payload, and their harmless twins, in which letters
//! stand for what could act. What a parser sees of both reports must have the same shape.

mod commands;
mod data;
mod html;
mod logs;
mod markdown;
mod messages;
mod text;

use std::path::Path;

use crate::support::program::{Run, run_in};

/// Both languages of reports.
const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

/// What reports are made with: each language, each length, and pseudonyms.
const MADE: [(&str, &[&str]); 4] = [
    ("en", &[]),
    ("zh-CN", &["-v"]),
    ("en", &["--redact", "-v"]),
    ("zh-CN", &["--redact"]),
];

/// Runs the program over logs of payloads, or over their twins; they may be damaged, so it may say so.
fn over(folder: &Path, arguments: &[&str]) -> Run {
    let run = run_in(folder, arguments);
    assert!([0, 3].contains(&run.code), "{arguments:?}: {}", run.stderr);
    run
}

/// A report in a format, of everything that is in a folder.
fn report(folder: &Path, format: &str, language: &str, more: &[&str]) -> String {
    let always = ["report", ".", "-f", format, "--lang", language];
    let made = ["--generated-at", "2026-05-01", "--no-progress"];
    over(folder, &[&always[..], &made, more].concat()).stdout
}

/// What acts on a terminal or on the direction of text, or is not seen at all.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}')
        || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..)
}
