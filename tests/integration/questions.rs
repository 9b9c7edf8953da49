//! `docs/questions.md`, held to the program: every command on the page is run over the fixtures, and
//! what the page shows and names has to be in what it writes.

use serde_json::Value;

use crate::support::program::{Run, run};

/// Stands on the page for lines that are not shown.
const CUT: &str = "[...]";

/// One question: its row of the table, and its part below.
struct Question {
    number: String,
    title: String,
    link: String,
    findings: Vec<String>,
    sections: Vec<String>,
    fields: Vec<String>,
    shown: Vec<Shown>,
}

/// A command, and the lines that the page shows of what it writes.
struct Shown {
    arguments: Vec<String>,
    lines: Vec<String>,
}

/// The parts of the page below the table: number, title, commands.
fn parts(page: &str) -> Vec<(String, String, Vec<Shown>)> {
    let mut parts: Vec<(String, String, Vec<Shown>)> = Vec::new();
    let mut is_fenced = false;
    for line in page.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            is_fenced = !is_fenced;
            assert_eq!(fence, if is_fenced { "text" } else { "" }, "{line}");
        } else if !is_fenced {
            if let Some(heading) = line.strip_prefix("## ") {
                let (number, title) = heading.split_once(". ").unwrap();
                parts.push((number.to_owned(), title.to_owned(), Vec::new()));
            }
        } else if let Some(command) = line.strip_prefix("$ ") {
            let mut words = command.split(' ').map(str::to_owned);
            assert_eq!(words.next().as_deref(), Some("spptriage"), "{line}");
            parts.last_mut().unwrap().2.push(Shown {
                arguments: words.collect(),
                lines: Vec::new(),
            });
        } else {
            let shown = parts.last_mut().unwrap().2.last_mut().unwrap();
            shown.lines.push(line.trim_end().to_owned());
        }
    }
    assert!(!is_fenced);
    parts
}

/// What stands in backticks in a cell.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn questions() -> Vec<Question> {
    let page = std::fs::read_to_string("docs/questions.md").unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ["));
    let parts = parts(&page);
    assert_eq!(rows.clone().count(), parts.len());
    rows.zip(parts)
        .map(|(row, (number, title, shown))| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let [_, question, _, findings, sections, fields, _] = cells[..] else {
                panic!("{row}");
            };
            let question = question.strip_prefix('[').unwrap();
            let (text, link) = question.split_once("](#").unwrap();
            assert_eq!(text, format!("{number}. {title}"));
            let sections = match sections {
                "-" => Vec::new(),
                _ => sections.split("; ").map(str::to_owned).collect(),
            };
            Question {
                number,
                title,
                link: link.strip_suffix(')').unwrap().to_owned(),
                findings: quoted(findings),
                sections,
                fields: quoted(fields),
                shown,
            }
        })
        .collect()
}

fn done<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Run {
    let run = run(arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run
}

/// What a command writes as JSON, where it can.
fn as_json(shown: &Shown) -> Option<Value> {
    let command = shown.arguments.first().unwrap();
    if !["report", "explain"].contains(&command.as_str()) {
        return None;
    }
    let mut arguments = shown.arguments.clone();
    arguments.extend(["-f".to_owned(), "json".to_owned()]);
    Some(done(&arguments).json())
}

/// Holds the shown lines to what was written: lines follow each other, but where the page cuts.
fn check(told: &[&str], shown: &[String]) -> Result<(), String> {
    let pieces: Vec<&[String]> = shown.split(|line| line.trim() == CUT).collect();
    let mut place = 0;
    for (number, piece) in pieces.iter().enumerate() {
        let is_first = number == 0;
        let is_last = number + 1 == pieces.len();
        let rest = &told[place..];
        let found = match (is_first, is_last) {
            _ if piece.is_empty() => (!(is_first && is_last)).then_some(0),
            (true, false) => rest.starts_with(&texts(piece)).then_some(0),
            (true, true) => (rest == texts(piece)).then_some(0),
            (false, true) => rest
                .ends_with(&texts(piece))
                .then(|| rest.len() - piece.len()),
            (false, false) => rest
                .windows(piece.len())
                .position(|window| window == texts(piece)),
        };
        let Some(found) = found else {
            return Err(piece.join("\n"));
        };
        place += found + piece.len();
    }
    Ok(())
}

fn texts(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

/// Whether something stands in a field such as `machines[].products[].expires_at`.
fn has_field(value: &Value, path: &str) -> bool {
    let Some((name, rest)) = path.split_once('.') else {
        return holds_something(&value[path.trim_end_matches("[]")]);
    };
    match name.strip_suffix("[]") {
        Some(name) => value[name]
            .as_array()
            .is_some_and(|list| list.iter().any(|entry| has_field(entry, rest))),
        None => has_field(&value[name], rest),
    }
}

fn holds_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

#[test]
fn the_page_has_all_questions() {
    let questions = questions();
    assert_eq!(questions.len(), 20);
    for (question, number) in questions.iter().zip(1..) {
        assert_eq!(question.number, format!("{number}"));
        assert!(!question.shown.is_empty(), "{number}");
        // As GitHub makes a heading's anchor.
        let anchor: String = format!("{number}. {}", question.title)
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        assert_eq!(question.link, anchor);
    }
}

#[test]
fn every_command_writes_what_the_page_shows() {
    let mut wrong = Vec::new();
    for question in questions() {
        let number = &question.number;
        let mut sections = question.sections;
        for shown in &question.shown {
            let run = done(&shown.arguments);
            let told: Vec<&str> = run.stdout.lines().map(str::trim_end).collect();
            if let Err(piece) = check(&told, &shown.lines) {
                let command = shown.arguments.join(" ");
                wrong.push(format!(
                    "question {number}: `{command}` does not write\n{piece}"
                ));
            }
            sections.retain(|section| {
                let is_begin =
                    |line: &&str| line.trim_start_matches([' ', '=']).starts_with(section);
                !told.iter().any(is_begin)
            });
        }
        wrong.extend(
            sections
                .iter()
                .map(|section| format!("question {number}: no section {section}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_json_has_what_the_table_names() {
    let mut wrong = Vec::new();
    for question in questions() {
        let number = &question.number;
        let documents: Vec<Value> = question.shown.iter().filter_map(as_json).collect();
        for field in &question.fields {
            if !documents.iter().any(|document| has_field(document, field)) {
                wrong.push(format!("question {number}: nothing in {field}"));
            }
        }
        for id in &question.findings {
            let is_found = documents
                .iter()
                .filter_map(|document| document["findings"].as_array())
                .flatten()
                .any(|finding| finding["id"] == id.as_str());
            if !is_found {
                wrong.push(format!("question {number}: no finding {id}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_shown_line_that_is_not_written_is_noticed() {
    let told = ["a", "b", "c", "d"];
    let holds = |shown: &[&str]| {
        let shown: Vec<String> = shown.iter().map(|line| (*line).to_owned()).collect();
        check(&told, &shown).is_ok()
    };
    assert!(holds(&["a", "b", "c", "d"]));
    assert!(holds(&[CUT, "b", "c", CUT]));
    assert!(holds(&["a", CUT, "c", "d"]));
    assert!(holds(&[CUT, "b", CUT, "d"]));
    assert!(!holds(&[]));
    assert!(!holds(&["a", "b"]));
    assert!(!holds(&["b", CUT]));
    assert!(!holds(&[CUT, "c"]));
    assert!(!holds(&[CUT, "a", "c", CUT]));
    assert!(!holds(&[CUT, "c", CUT, "b", CUT]));
}
