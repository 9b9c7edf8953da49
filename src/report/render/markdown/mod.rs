//! The report for a ticket, as GitHub Flavored Markdown: the text format's content in the same
//! order.

mod escape;
mod finding;

use crate::report::model::Report;
use crate::report::phrases::grouped;

use super::bit::{Bit, Bits, Column, Row, Section};
use super::words::Words;
use super::{RenderOptions, sections};
use escape::{code, plain, prose};

/// The report as Markdown.
pub(super) fn render(report: &Report, options: &RenderOptions) -> String {
    let words = Words::new(report);
    let mut out = String::new();
    top(&mut out, &words, report);
    for section in sections::first(&words, report, options.verbose) {
        write_section(&mut out, &words, &section);
    }
    let (ignored, told): (Vec<_>, Vec<_>) =
        report.findings.iter().partition(|finding| finding.ignored);
    let (cured, open): (Vec<_>, Vec<_>) = told
        .into_iter()
        .partition(|finding| finding.status == "cured");
    // With several, the list alone fits one look.
    if open.len() > 1 {
        out.push('\n');
        for finding in &open {
            finding::overview(&mut out, &words, finding);
        }
    }
    if !open.is_empty() {
        heading(&mut out, &words.say(|l| &l.findings));
        for finding in open {
            finding::full(&mut out, &words, finding, options.verbose);
        }
    }
    if !cured.is_empty() {
        heading(&mut out, &words.say(|l| &l.cured_findings));
        for finding in cured {
            if options.verbose {
                finding::full(&mut out, &words, finding, true);
            } else {
                finding::cured(&mut out, &words, finding);
            }
        }
    }
    if !ignored.is_empty() {
        heading(&mut out, &words.ignored(|i| &i.list));
        for finding in ignored {
            if options.verbose {
                finding::full(&mut out, &words, finding, true);
            } else {
                finding::ignored(&mut out, &words, finding);
            }
        }
    }
    for section in sections::all(&words, report, options.verbose) {
        write_section(&mut out, &words, &section);
    }
    out
}

/// The sentence, what else must be known, the counts.
fn top(out: &mut String, words: &Words, report: &Report) {
    let summary = &report.summary;
    push_line(out, &format!("# {}", prose(&summary.headline)));
    for caution in words.cautions(report) {
        out.push('\n');
        push_line(out, &format!("> {}", prose(&caution)));
    }
    for line in &report.inputs.explanation {
        out.push('\n');
        push_line(out, &prose(line));
    }
    let cells = [
        (words.say(|l| &l.machines_head), summary.machines),
        (words.say(|l| &l.failing_head), summary.machines_failing),
        (
            words.say(|l| &l.licensed_head),
            summary.machines_still_licensed,
        ),
        (words.say(|l| &l.activated_head), summary.machines_activated),
        (words.say(|l| &l.unknown_head), summary.machines_unknown),
        (words.say(|l| &l.attempts_head), summary.attempts),
        (words.say(|l| &l.failed_attempts), summary.attempts_failed),
    ];
    let columns: Vec<Column> = cells
        .iter()
        .map(|(head, _)| Column {
            head: head.clone(),
            is_number: true,
        })
        .collect();
    let row = Row {
        cells: cells
            .iter()
            .map(|(_, n)| vec![Bit::words(grouped(*n))])
            .collect(),
        notes: Vec::new(),
    };
    out.push('\n');
    table(out, words, &columns, &[row]);
}

fn heading(out: &mut String, title: &str) {
    out.push('\n');
    push_line(out, &format!("## {}", plain(title)));
}

fn write_section(out: &mut String, words: &Words, section: &Section) {
    let more = match section {
        Section::Table {
            title,
            columns,
            rows,
            more,
            ..
        } => {
            heading(out, title);
            out.push('\n');
            table(out, words, columns, rows);
            more
        }
        Section::List {
            title, items, more, ..
        } => {
            heading(out, title);
            out.push('\n');
            for item in items {
                push_line(out, &format!("- {}", bits(item)));
            }
            more
        }
    };
    if let Some(more) = more {
        out.push('\n');
        push_line(out, &plain(more));
    }
}

/// What a row tells besides its cells stands in a last column.
fn table(out: &mut String, words: &Words, columns: &[Column], rows: &[Row]) {
    let has_notes = rows.iter().any(|row| !row.notes.is_empty());
    let mut heads: Vec<String> = columns.iter().map(|column| plain(&column.head)).collect();
    let mut rules: Vec<&str> = columns
        .iter()
        .map(|column| if column.is_number { "---:" } else { "---" })
        .collect();
    if has_notes {
        heads.push(plain(&words.say(|l| &l.details)));
        rules.push("---");
    }
    push_line(out, &format!("| {} |", heads.join(" | ")));
    push_line(out, &format!("| {} |", rules.join(" | ")));
    for row in rows {
        let mut cells: Vec<String> = row.cells.iter().map(bits).collect();
        if has_notes {
            let notes: Vec<String> = row.notes.iter().map(bits).collect();
            cells.push(notes.join("<br>"));
        }
        push_line(out, &format!("| {} |", cells.join(" | ")));
    }
}

/// Bits in one line: names as code, words as sentences.
fn bits(bits: &Bits) -> String {
    let mut text = String::new();
    for bit in bits {
        let next = if bit.is_name {
            code(&bit.text)
        } else {
            prose(&bit.text)
        };
        // Two fences that touch would be one of another length, and what they hold would come out.
        if text.ends_with('`') && next.starts_with('`') {
            text.push(' ');
        }
        text.push_str(&next);
    }
    text
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_side_by_side_stay_in_their_code_spans() {
        let names = vec![Bit::name("a"), Bit::name("x` <img src=x>")];
        assert_eq!(bits(&names), "`a` ``x` <img src=x>``");
        let after_command = vec![Bit::words("see `b`"), Bit::name("c")];
        assert_eq!(bits(&after_command), "see `b` `c`");
    }
}
