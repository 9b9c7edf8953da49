//! A finding on a terminal: what, where, how sure, why, what to do, how to see it.

use crate::report::model::{CheckPart, EvidencePart, FindingPart, ReferencePart};
use crate::report::render::bit::Bit;
use crate::report::render::cause::told;
use crate::report::render::evidence::{marked, newest};
use crate::report::render::facts;
use crate::report::render::words::Words;

use super::paper::{Paper, Role, Span, prose, span, spans};

/// Columns before the body of a finding.
pub(super) const BODY: usize = 2;

/// Columns before the items of its lists.
pub(super) const ITEM: usize = 4;

/// Columns of a code.
const CODE: usize = 10;

/// Everything about a finding.
pub(super) fn full(paper: &mut Paper, words: &Words, finding: &FindingPart, verbose: bool) {
    title(paper, words, finding);
    paper.gap();
    paper.paragraph(BODY, &[], BODY, &prose(&finding.meaning, Role::Plain));
    paper.gap();
    labelled(paper, words, finding, verbose);
    causes(paper, words, finding);
    steps(paper, &words.say(|l| &l.steps), &finding.steps);
    checks(paper, words, &words.say(|l| &l.checks), &finding.checks);
    references(paper, &words.say(|l| &l.references), &finding.references);
    evidence(paper, words, finding, verbose);
}

/// The list at the top, a line for each finding.
pub(super) fn overview(paper: &mut Paper, words: &Words, findings: &[&FindingPart]) {
    let heads: Vec<[Span; 2]> = findings.iter().map(|f| heading_spans(words, f)).collect();
    let widest = |at: usize| {
        let columns = heads.iter().filter_map(|head| head.get(at));
        columns
            .map(|span| paper.columns(std::slice::from_ref(span)))
            .max()
    };
    // Codes stand in a column; the longer names of other findings would leave too little beside it.
    let widths = [widest(0).unwrap_or(0), widest(1).unwrap_or(0).min(CODE)];
    let column = BODY + widths.iter().map(|width| width + 2).sum::<usize>();
    // Where the titles would have no room beside them, they hang below.
    let hang = if column * 2 <= paper.width() {
        column
    } else {
        BODY + 2
    };
    for (finding, head) in findings.iter().zip(heads) {
        let mut lead = Vec::new();
        for (span, width) in head.into_iter().zip(widths) {
            let own = paper.columns(std::slice::from_ref(&span));
            let free = width.saturating_sub(own) + 2;
            lead.push(span);
            lead.push(spaces(if hang == column { free } else { 2 }));
        }
        let mut text = prose(&finding.title, Role::Plain);
        let machines = words.aside(&words.count(|l| &l.machines, finding.machine_count));
        // The space before it is where the line may break.
        if machines.starts_with(' ') {
            text.push(spaces(1));
        }
        text.extend(spans(&[Bit::whole(machines.trim_start())]));
        if hang == column {
            paper.paragraph(BODY, &lead, hang, &text);
        } else {
            lead.extend(text);
            paper.paragraph(BODY, &[], hang, &lead);
        }
    }
}

fn spaces(n: usize) -> Span {
    span(&" ".repeat(n), Role::Plain)
}

/// A finding that is over, in a few lines.
pub(super) fn cured(paper: &mut Paper, words: &Words, finding: &FindingPart) {
    title(paper, words, finding);
    paper.paragraph(BODY, &[], BODY, &spans(&facts::of_cured(words, finding)));
}

/// A finding that is accepted, in a few lines.
pub(super) fn ignored(paper: &mut Paper, words: &Words, finding: &FindingPart) {
    cured(paper, words, finding);
    for by in &finding.ignored_by {
        let line = facts::of_rule(words, by);
        paper.paragraph(BODY, &[], BODY + 2, &spans(&line));
    }
}

fn title(paper: &mut Paper, words: &Words, finding: &FindingPart) {
    let [severity, id] = heading_spans(words, finding);
    let mut line = vec![severity, spaces(2), id];
    if let Some(symbol) = &finding.symbol {
        line.push(span("  ", Role::Plain));
        line.push(span(symbol, Role::Dim));
    }
    paper.paragraph(0, &[], BODY, &line);
    paper.paragraph(BODY, &[], BODY, &prose(&finding.title, Role::Head));
}

/// How bad it is, and what it is about.
fn heading_spans(words: &Words, finding: &FindingPart) -> [Span; 2] {
    let (word, role) = if finding.ignored {
        (words.ignored(|i| &i.title), Role::Dim)
    } else if finding.status == "cured" {
        (words.say(|l| &l.cured), Role::Good)
    } else {
        let role = match finding.severity {
            "critical" => Role::Critical,
            "error" => Role::Bad,
            "warning" => Role::Warning,
            _ => Role::Info,
        };
        (words.severity(finding.severity), role)
    };
    [
        span(&word.to_uppercase(), role),
        span(&finding.id, Role::Head),
    ]
}

fn labelled(paper: &mut Paper, words: &Words, finding: &FindingPart, verbose: bool) {
    let facts = facts::of_finding(words, finding, verbose);
    let label = |text: &str| span(text, Role::Head);
    let widest = facts
        .iter()
        .map(|fact| paper.columns(&[label(&fact.label)]))
        .max()
        .unwrap_or(0);
    let hang = BODY + widest + 2;
    for fact in &facts {
        let label = label(&fact.label);
        let free = widest - paper.columns(std::slice::from_ref(&label)) + 2;
        let lead = [label, span(&" ".repeat(free), Role::Plain)];
        paper.paragraph(BODY, &lead, hang, &spans(&fact.value));
    }
}

/// The label of a list.
pub(super) fn heading(paper: &mut Paper, title: &str) {
    paper.gap();
    paper.paragraph(BODY, &[], BODY, &[span(title, Role::Head)]);
}

/// `[+]` is confirmed, `[-]` ruled out, `[?]` possible; the words say it again.
fn causes(paper: &mut Paper, words: &Words, finding: &FindingPart) {
    if finding.causes.is_empty() {
        return;
    }
    heading(paper, &words.say(|l| &l.causes));
    for cause in &finding.causes {
        let told = told(words, cause);
        let (sign, sign_role, role) = match told.state {
            "confirmed" => ("[+] ", Role::Bad, Role::Plain),
            "ruled-out" => ("[-] ", Role::Dim, Role::Struck),
            _ => ("[?] ", Role::Plain, Role::Plain),
        };
        let mut line = prose(&told.text, role);
        if let Some(why) = &told.why {
            line.extend(prose(&words.aside(why), Role::Plain));
        }
        paper.paragraph(ITEM, &[span(sign, sign_role)], ITEM + 4, &line);
    }
}

/// A numbered list.
pub(super) fn steps(paper: &mut Paper, title: &str, steps: &[String]) {
    if steps.is_empty() {
        return;
    }
    heading(paper, title);
    for (at, step) in steps.iter().enumerate() {
        let number = format!("{}. ", at + 1);
        let hang = ITEM + number.len();
        let lead = [span(&number, Role::Plain)];
        paper.paragraph(ITEM, &lead, hang, &prose(step, Role::Plain));
    }
}

/// A command stands on its own line, whole, so that it can be copied.
pub(super) fn checks(paper: &mut Paper, words: &Words, title: &str, checks: &[CheckPart]) {
    if checks.is_empty() {
        return;
    }
    heading(paper, title);
    for check in checks {
        paper.line(ITEM, &[span(&check.command, Role::Command)]);
        let expect = words.labelled(&words.say(|l| &l.expect), &check.expect);
        paper.paragraph(ITEM + 2, &[], ITEM + 2, &prose(&expect, Role::Plain));
    }
}

/// Pages with their addresses, whole.
pub(super) fn references(paper: &mut Paper, title: &str, references: &[ReferencePart]) {
    if references.is_empty() {
        return;
    }
    heading(paper, title);
    for reference in references {
        paper.paragraph(ITEM, &[], ITEM, &[span(&reference.title, Role::Plain)]);
        paper.line(ITEM + 2, &[span(&reference.url, Role::Dim)]);
    }
}

fn evidence(paper: &mut Paper, words: &Words, finding: &FindingPart, verbose: bool) {
    if finding.evidence.is_empty() {
        return;
    }
    heading(paper, &words.say(|l| &l.evidence));
    let (records, hidden) = newest(finding, verbose);
    for record in records {
        let line = facts::of_record(words, record);
        paper.paragraph(ITEM, &[], ITEM + 2, &spans(&line));
        raw_lines(paper, words, finding, record);
    }
    if hidden > 0 {
        let more = words.count(|l| &l.more_records, hidden);
        paper.paragraph(ITEM, &[], ITEM, &[span(&more, Role::Dim)]);
    }
}

/// The raw string, and under its decisive field a caret line with a label.
fn raw_lines(paper: &mut Paper, words: &Words, finding: &FindingPart, record: &EvidencePart) {
    let indent = ITEM + 2;
    let room = paper.width().saturating_sub(indent);
    let Some(marked) = marked(record, room, paper.ruler()) else {
        return;
    };
    paper.line(indent, &[span(&marked.line, Role::Dim)]);
    let Some((at, length)) = marked.mark else {
        return;
    };
    let carets = span(&"^".repeat(length), Role::Bad);
    let label = span(&facts::field_label(words, finding, record), Role::Plain);
    let blank = |columns: usize| span(&" ".repeat(columns), Role::Plain);
    let columns = |span: &Span| paper.columns(std::slice::from_ref(span));
    if at + length + 1 + columns(&label) <= room {
        paper.line(indent + at, &[carets, blank(1), label]);
    } else {
        let under = at.min(room.saturating_sub(columns(&label)));
        paper.line(indent + at, &[carets]);
        paper.paragraph(indent + under, &[], indent + under + 2, &[label]);
    }
}
