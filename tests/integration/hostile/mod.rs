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

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use crate::support::program::{Run, run_in};

/// Both languages of reports.
const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

/// What reports are made with: each language, each length, and pseudonyms.
const MADE: [(&str, &[&str]); 3] = [
    ("en", &["--width", "80"]),
    ("zh-CN", &["-v", "--width", "47"]),
    ("en", &["--redact", "-v", "--width", "120"]),
];

/// Runs the program over logs of payloads, or over their twins; they may be damaged, so it may say so.
fn over(folder: &Path, arguments: &[&str]) -> Run {
    let run = run_in(folder, arguments);
    assert!([0, 3].contains(&run.code), "{arguments:?}: {}", run.stderr);
    run
}

/// A report in every format, of one reading.
struct Reports {
    html: String,
    markdown: String,
    text: String,
    json: String,
    /// Its tables, by the names of their files.
    tables: BTreeMap<String, Vec<u8>>,
}

/// The reports of all payloads, or of their twins, as one of [`MADE`] has it made.
fn reports(made: usize, is_twin: bool) -> &'static Reports {
    static ALL: [OnceLock<Reports>; 2 * MADE.len()] = [const { OnceLock::new() }; 2 * MADE.len()];
    ALL[2 * made + usize::from(is_twin)].get_or_init(|| {
        let (hostile, harmless) = logs::folders();
        let (language, more) = MADE[made];
        let out = tempfile::tempdir().unwrap();
        let path = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
        let names = ["a.html", "a.md", "a.txt", "a.json", "tables/"].map(path);
        let mut arguments = vec!["report", ".", "--lang", language, "--no-progress"];
        arguments.extend(["--generated-at", "2026-05-01"]);
        arguments.extend(names.iter().flat_map(|name| ["-o", name]));
        arguments.extend(more);
        over(if is_twin { &harmless } else { &hostile }, &arguments);
        let read = |name: &str| std::fs::read_to_string(path(name)).unwrap();
        let tables = std::fs::read_dir(path("tables")).unwrap().map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap())
        });
        Reports {
            html: read("a.html"),
            markdown: read("a.md"),
            text: read("a.txt"),
            json: read("a.json"),
            tables: tables.collect(),
        }
    })
}

/// What acts on a terminal or on the direction of text, or is not seen at all.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}')
        || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..)
}
