//! The report for a terminal: the answer first, then findings, then what they rest on.
//!
//! Plain ASCII signs only, since a console with a Chinese code page shows no others for sure; a
//! colour never says what the words do not.

mod events;
mod explain;
mod finding;
mod paper;
mod table;

use crate::report::model::Report;

use super::bit::{Bits, Section};
use super::words::Words;
use super::{RenderOptions, sections};
use paper::{Paper, Role, prose, span, spans};

pub(super) use events::event_table;
pub(super) use explain::explanations;
pub(super) use paper::lines;

/// The report as text.
pub(super) fn render(report: &Report, options: &RenderOptions) -> String {
    let words = Words::new(report);
    let mut paper = Paper::new(options, words.is_chinese());
    top(&mut paper, &words, report);
    for section in sections::first(&words, report, options.verbose) {
        write_section(&mut paper, &words, section);
    }
    let (ignored, told): (Vec<_>, Vec<_>) =
        report.findings.iter().partition(|finding| finding.ignored);
    let (cured, open): (Vec<_>, Vec<_>) = told
        .into_iter()
        .partition(|finding| finding.status == "cured");
    // With several, the list alone fits one look.
    if open.len() > 1 {
        paper.gap();
        finding::overview(&mut paper, &words, &open);
    }
    if !open.is_empty() {
        heading(&mut paper, &words.say(|l| &l.findings), Some(open.len()));
        for finding in open {
            paper.gap();
            finding::full(&mut paper, &words, finding, options.verbose);
        }
    }
    if !cured.is_empty() {
        heading(
            &mut paper,
            &words.say(|l| &l.cured_findings),
            Some(cured.len()),
        );
        for finding in cured {
            paper.gap();
            if options.verbose {
                finding::full(&mut paper, &words, finding, true);
            } else {
                finding::cured(&mut paper, &words, finding);
            }
        }
    }
    if !ignored.is_empty() {
        let title = words.ignored(|i| &i.list);
        heading(&mut paper, &title, Some(ignored.len()));
        for finding in ignored {
            paper.gap();
            if options.verbose {
                finding::full(&mut paper, &words, finding, true);
            } else {
                finding::ignored(&mut paper, &words, finding);
            }
        }
    }
    for section in sections::all(&words, report, options.verbose) {
        write_section(&mut paper, &words, section);
    }
    paper.finish()
}

/// The sentence, what else must be known, the counts.
fn top(paper: &mut Paper, words: &Words, report: &Report) {
    paper.paragraph(0, &[], 0, &prose(&report.summary.headline, Role::Head));
    paper.gap();
    for caution in words.cautions(report) {
        paper.paragraph(0, &[], 0, &prose(&caution, Role::Warning));
    }
    for line in &report.inputs.explanation {
        paper.paragraph(0, &[], 0, &prose(line, Role::Plain));
    }
    if report.summary.machines > 0 {
        paper.paragraph(
            0,
            &[],
            0,
            &prose(&words.verdict(&report.summary), Role::Plain),
        );
    }
}

fn heading(paper: &mut Paper, title: &str, count: Option<usize>) {
    let title = match count {
        Some(n) => format!("== {title} ({n}) =="),
        None => format!("== {title} =="),
    };
    paper.gap();
    paper.paragraph(0, &[], 3, &heading_spans(&title));
}

/// A heading whose sign at the end stays with the words before it.
fn heading_spans(title: &str) -> Vec<paper::Span> {
    // Two words before the sign: the last one may be a mere number.
    let spaces = title.rmatch_indices(' ').map(|(at, _)| at);
    let at = spaces.take(3).last().filter(|at| *at > 2);
    let (head, tail) = title.split_at(at.map_or(0, |at| at + 1));
    vec![span(head, Role::Head), paper::whole(tail, Role::Head)]
}

fn write_section(paper: &mut Paper, words: &Words, section: Section) {
    let more = match section {
        Section::Table {
            title,
            columns,
            rows,
            more,
            ..
        } => {
            heading(paper, &title, None);
            table::write(paper, words, &columns, &rows);
            more
        }
        Section::List {
            title, items, more, ..
        } => {
            heading(paper, &title, None);
            items.iter().for_each(|item| bullet(paper, item));
            more
        }
    };
    if let Some(more) = more {
        paper.paragraph(2, &[], 2, &[span(&more, Role::Dim)]);
    }
}

fn bullet(paper: &mut Paper, item: &Bits) {
    paper.paragraph(2, &[span("- ", Role::Plain)], 4, &spans(item));
}
