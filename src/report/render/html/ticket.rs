//! A finding as plain text, for the body of a ticket: what, where, since when, why, what to do.

use crate::report::model::FindingPart;
use crate::report::render::bit::{Bit, Bits};
use crate::report::render::cause::told;
use crate::report::render::words::Words;

/// Machines and KMS hosts that a ticket names.
const NAMES: usize = 20;

/// The lines of the text.
pub(super) fn lines(words: &Words, finding: &FindingPart) -> Vec<String> {
    let mut lines = Vec::new();
    let mut title = finding.id.clone();
    if let Some(symbol) = &finding.symbol {
        title.push_str(&words.aside(symbol));
    }
    lines.push(words.labelled(&title, &plain(&finding.title)));
    let mut fact = |label: String, value: &Bits| {
        let value: String = value.iter().map(|bit| bit.text.as_str()).collect();
        if !value.is_empty() {
            lines.push(words.labelled(&label, &value));
        }
    };
    fact(
        words.say(|l| &l.where_seen),
        &words.machines(&finding.machines, finding.machine_count, NAMES),
    );
    if let (Some(first), Some(last)) = (finding.first_seen, finding.last_seen) {
        let span = vec![Bit::words(words.span(first, last))];
        fact(words.say(|l| &l.when_seen), &span);
    }
    fact(
        words.say(|l| &l.hosts_asked),
        &words.names(&finding.kms_hosts, NAMES),
    );
    let open: Vec<_> = finding
        .causes
        .iter()
        .filter(|cause| cause.state != "ruled-out")
        .collect();
    if !open.is_empty() {
        lines.push(String::new());
        lines.push(words.labelled(&words.say(|l| &l.causes), ""));
        for cause in open {
            let told = told(words, cause);
            let why = told.why.map(|why| words.aside(&plain(&why)));
            lines.push(format!(
                "- {}{}",
                plain(&told.text),
                why.unwrap_or_default()
            ));
        }
    }
    if !finding.steps.is_empty() {
        lines.push(String::new());
        lines.push(words.labelled(&words.say(|l| &l.steps), ""));
        for (at, step) in finding.steps.iter().enumerate() {
            lines.push(format!("{}. {}", at + 1, plain(step)));
        }
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// A sentence without the backticks around its commands.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::render::sample;

    #[test]
    fn a_ticket_says_what_where_why_and_what_to_do() {
        let report = sample::report("en");
        let lines = lines(&Words::new(&report), &report.findings[0]);
        insta::assert_snapshot!("ticket_en", lines.join("\n"));
    }
}
