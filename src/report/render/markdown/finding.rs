//! A finding in a ticket.

use crate::report::model::FindingPart;
use crate::report::render::cause::told;
use crate::report::render::evidence::{marked, newest};
use crate::report::render::facts;
use crate::report::render::width::Ruler;
use crate::report::render::words::Words;

use super::escape::{address, block, code, plain, prose};
use super::{bits, push_line};

/// Everything about a finding.
pub(super) fn full(out: &mut String, words: &Words, finding: &FindingPart, verbose: bool) {
    title(out, words, finding);
    out.push('\n');
    push_line(out, &prose(&finding.meaning));
    out.push('\n');
    for fact in facts::of_finding(words, finding, verbose) {
        let label = words.labelled(&plain(&fact.label), "");
        push_line(
            out,
            &format!("- **{}** {}", label.trim_end(), bits(&fact.value)),
        );
    }
    causes(out, words, finding);
    if !finding.steps.is_empty() {
        label(out, &words.say(|l| &l.steps));
        for (at, step) in finding.steps.iter().enumerate() {
            push_line(out, &format!("{}. {}", at + 1, prose(step)));
        }
    }
    if !finding.checks.is_empty() {
        label(out, &words.say(|l| &l.checks));
        for check in &finding.checks {
            let command = block(&[&check.command], "  ");
            push_line(out, &format!("- {}", command.trim()));
            out.push('\n');
            let expect = words.labelled(&words.say(|l| &l.expect), &check.expect);
            push_line(out, &format!("  {}", prose(&expect)));
        }
    }
    if !finding.references.is_empty() {
        label(out, &words.say(|l| &l.references));
        for reference in &finding.references {
            let link = format!(
                "- [{}]({})",
                plain(&reference.title),
                address(&reference.url)
            );
            push_line(out, &link);
        }
    }
    evidence(out, words, finding, verbose);
}

/// A finding in one line of the list at the top.
pub(super) fn overview(out: &mut String, words: &Words, finding: &FindingPart) {
    let machines = words.count(|l| &l.machines, finding.machine_count);
    let text = words.fill(
        |l| &l.overview,
        &[("title", &finding.title), ("machines", &machines)],
    );
    let severity = words.severity(finding.severity).to_uppercase();
    let line = format!(
        "- **{}** {} {}",
        plain(&severity),
        code(&finding.id),
        prose(&text)
    );
    push_line(out, &line);
}

/// A finding that is over, in a few lines.
pub(super) fn cured(out: &mut String, words: &Words, finding: &FindingPart) {
    title(out, words, finding);
    out.push('\n');
    push_line(out, &bits(&facts::of_cured(words, finding)));
}

/// A finding that is accepted, in a few lines.
pub(super) fn ignored(out: &mut String, words: &Words, finding: &FindingPart) {
    cured(out, words, finding);
    for by in &finding.ignored_by {
        out.push('\n');
        push_line(out, &bits(&facts::of_rule(words, by)));
    }
}

fn title(out: &mut String, words: &Words, finding: &FindingPart) {
    let word = if finding.ignored {
        words.ignored(|i| &i.title)
    } else if finding.status == "cured" {
        words.say(|l| &l.cured)
    } else {
        words.severity(finding.severity)
    };
    out.push('\n');
    let id = plain(&finding.id);
    push_line(out, &format!("### {id} {}", prose(&finding.title)));
    let mut line = format!("**{}**", plain(&word));
    if let Some(symbol) = &finding.symbol {
        line.push(' ');
        line.push_str(&code(symbol));
    }
    out.push('\n');
    push_line(out, &line);
}

fn label(out: &mut String, text: &str) {
    out.push('\n');
    push_line(out, &format!("**{}**", plain(text)));
    out.push('\n');
}

/// What the log rules out is crossed out, with the reason behind it.
fn causes(out: &mut String, words: &Words, finding: &FindingPart) {
    if finding.causes.is_empty() {
        return;
    }
    label(out, &words.say(|l| &l.causes));
    for cause in &finding.causes {
        let told = told(words, cause);
        // Markers next to a space mark nothing.
        let text = prose(told.text.trim());
        let why = told.why.map(|why| words.aside(&prose(&why)));
        let why = why.unwrap_or_default();
        let line = match told.state {
            "confirmed" => format!("- **{text}**{why}"),
            "ruled-out" => format!("- ~~{text}~~{why}"),
            _ => format!("- {text}{why}"),
        };
        push_line(out, &line);
    }
}

fn evidence(out: &mut String, words: &Words, finding: &FindingPart, verbose: bool) {
    if finding.evidence.is_empty() {
        return;
    }
    let summary = plain(&words.say(|l| &l.evidence));
    out.push_str(&format!("\n<details><summary>{summary}</summary>\n\n"));
    let (records, hidden) = newest(finding, verbose);
    for record in records {
        push_line(
            out,
            &format!("- {}", bits(&facts::of_record(words, record))),
        );
        out.push('\n');
        let ruler = Ruler {
            wide: words.is_chinese(),
        };
        let Some(marked) = marked(record, usize::MAX, ruler) else {
            continue;
        };
        let carets = marked.mark.map(|(at, length)| {
            let label = facts::field_label(words, finding, record);
            format!("{}{} {label}", " ".repeat(at), "^".repeat(length))
        });
        let mut lines = vec![marked.line.as_str()];
        lines.extend(carets.as_deref());
        out.push_str(&block(&lines, "  "));
        out.push('\n');
    }
    if hidden > 0 {
        push_line(out, &words.count(|l| &l.more_records, hidden));
        out.push('\n');
    }
    out.push_str("</details>\n");
}
