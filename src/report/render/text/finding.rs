//! A finding on a terminal: what, where, how sure, why, what to do, how to see it.

use crate::report::model::{CheckPart, EvidencePart, FindingPart, ReferencePart};
use crate::report::render::evidence::{marked, newest};
use crate::report::render::facts;
use crate::report::render::words::Words;

use super::paper::{Paper, Role, Span, prose, span, spans};

/// Columns before the body of a finding.
pub(super) const BODY: usize = 2;

/// Columns before the items of its lists.
pub(super) const ITEM: usize = 4;

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

/// A finding in one line of the list at the top.
pub(super) fn overview(paper: &mut Paper, words: &Words, finding: &FindingPart) {
    let lead = heading_spans(words, finding);
    let machines = words.count(|l| &l.machines, finding.machine_count);
    let text = words.fill(
        |l| &l.overview,
        &[("title", &finding.title), ("machines", &machines)],
    );
    let mut line = lead;
    line.push(span("  ", Role::Plain));
    line.extend(prose(&text, Role::Plain));
    paper.paragraph(BODY, &[], BODY + 2, &line);
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
    let mut line = heading_spans(words, finding);
    if let Some(symbol) = &finding.symbol {
        line.push(span("  ", Role::Plain));
        line.push(span(symbol, Role::Dim));
    }
    paper.paragraph(0, &[], BODY, &line);
    paper.paragraph(BODY, &[], BODY, &prose(&finding.title, Role::Head));
}

/// How bad it is, and what it is about.
fn heading_spans(words: &Words, finding: &FindingPart) -> Vec<Span> {
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
    vec![
        span(&word.to_uppercase(), role),
        span("  ", Role::Plain),
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
        let (sign, sign_role, role) = match cause.state {
            "confirmed" => ("[+] ", Role::Bad, Role::Plain),
            "ruled-out" => ("[-] ", Role::Dim, Role::Struck),
            _ => ("[?] ", Role::Plain, Role::Plain),
        };
        let mut line = prose(&cause.text, role);
        if cause.state != "possible" {
            let state = words.cause_state(cause.state);
            let state = match &cause.why {
                Some(why) => words.labelled(&state, why),
                None => state,
            };
            line.extend(prose(&words.aside(&state), Role::Plain));
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
