//! The report as one page that needs nothing else: no network, no other file, and no script to be
//! read.
//!
//! Templates, style and script lie in `templates/`; askama checks the templates when the program is
//! built. `escape` is how every value gets in, `assets` what the browser may run, `anchor` where
//! links lead. The script adds sorting, filtering and copying, and changes no word and no time.
//!
//! Rows of machines are made when it is their turn, so that a page of thousands is never held whole.

mod anchor;
mod assets;
mod chart;
mod context;
mod escape;
mod finding;
mod labels;
mod line;
mod machine;
mod section;
mod ticket;

#[cfg(test)]
pub(super) mod tests;

use std::io;

use askama::Template;

use crate::report::model::{FindingPart, Report};
use crate::report::phrases::grouped;

use super::RenderOptions;
use assets::{SCRIPT, STYLE};
use context::Context;
use finding::Card;
use line::Line;
use section::Part;

/// Findings in the list of what to do first.
const FIRST: usize = 5;

/// Writes the page.
pub(super) fn render(
    report: &Report,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let context = Context::new(report, options.verbose);
    Page::new(&context).write_into(out)
}

/// The page.
#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    c: &'a Context<'a>,
    report: &'a Report,
    policy: String,
    /// The style of its tables' columns.
    labels: String,
    headline: Line,
    cautions: Vec<Line>,
    explanation: Vec<Line>,
    /// As of when, and what the logs cover.
    times: Vec<String>,
    figures: Vec<Figure>,
    first: Vec<First<'a>>,
    active: Vec<&'a FindingPart>,
    info: Vec<&'a FindingPart>,
    cured: Vec<&'a FindingPart>,
    ignored: Vec<&'a FindingPart>,
    /// The few causes, and what has changed.
    leading: Vec<Part<'a>>,
    parts: Vec<Part<'a>>,
}

/// A number that sums up.
struct Figure {
    label: String,
    number: String,
    class: &'static str,
    note: Option<String>,
}

/// A finding in the list of what to do first.
struct First<'a> {
    finding: &'a FindingPart,
    id: String,
    word: String,
    title: Line,
    machines: String,
    step: Option<Line>,
}

impl<'a> Page<'a> {
    fn new(c: &'a Context<'a>) -> Self {
        let report = c.report;
        let words = &c.words;
        let of_status = |status: &str| -> Vec<&'a FindingPart> {
            let findings = report.findings.iter();
            findings
                .filter(|f| f.status == status && !f.ignored)
                .collect()
        };
        let active = of_status("active");
        let leading = Part::first(c);
        let parts = Part::all(c);
        let mut labels = labels::of_all(&c.say(&c.p.sort_by));
        labels.push_str(&machine::labels(c));
        labels.extend(leading.iter().chain(&parts).map(Part::labels));
        let mut times = Vec::new();
        if let Some(as_of) = report.as_of {
            times.push(words.labelled(&words.say(|l| &l.as_of), &words.moment(as_of)));
        }
        if let Some(period) = report.period {
            let span = words.span(period.first, period.last);
            times.push(words.labelled(&words.say(|l| &l.period), &span));
        }
        Self {
            c,
            report,
            policy: assets::policy(&labels),
            labels,
            headline: Line::prose(&report.summary.headline),
            cautions: words
                .cautions(report)
                .iter()
                .map(|caution| Line::prose(caution))
                .collect(),
            explanation: report
                .inputs
                .explanation
                .iter()
                .map(|line| Line::prose(line))
                .collect(),
            times,
            figures: figures(c),
            first: active
                .iter()
                .take(FIRST)
                .map(|finding| First::new(c, finding))
                .collect(),
            active,
            info: of_status("info"),
            cured: of_status("cured"),
            ignored: report.findings.iter().filter(|f| f.ignored).collect(),
            leading,
            parts,
        }
    }

    /// The sections on KMS hosts, days and groups, or those on what was read.
    fn parts(&self, is_input: bool) -> impl Iterator<Item = &Part<'a>> {
        self.parts.iter().filter(move |part| {
            matches!(
                part.id,
                "inputs" | "nothing" | "digital-licenses" | "damage" | "notes" | "skipped" | "made"
            ) == is_input
        })
    }

    fn machine_count(&self) -> String {
        grouped(self.report.machines.len() as u64)
    }

    /// How many findings below are not among the first.
    fn further(&self) -> Option<String> {
        let below = self.active.len() + self.info.len();
        let more = below.saturating_sub(self.first.len()) as u64;
        (more > 0).then(|| self.c.words.count_page(|p| &p.further, more))
    }

    /// The few causes, or what has changed since an earlier report.
    fn leading(&self, is_causes: bool) -> impl Iterator<Item = &Part<'a>> {
        self.leading
            .iter()
            .filter(move |part| (part.id == "main-causes") == is_causes)
    }

    fn has_fleet_parts(&self) -> bool {
        self.parts(false).next().is_some()
    }

    /// Failing, activated and unknown machines in thousandths of all: where each begins, and how
    /// long it is.
    fn shares(&self) -> Vec<(&'static str, u64, u64)> {
        let summary = &self.report.summary;
        let all = summary.machines.max(1);
        let mut before = 0;
        [
            ("failing", summary.machines_failing),
            ("unknown", summary.machines_unknown),
            ("activated", summary.machines_activated),
        ]
        .map(|(class, n)| {
            let at = before * 1000 / all;
            before += n;
            // Ends are rounded, not lengths, so that nothing is left at the end.
            (class, at, before * 1000 / all - at)
        })
        .to_vec()
    }
}

impl<'a> First<'a> {
    fn new(c: &Context, finding: &'a FindingPart) -> Self {
        Self {
            finding,
            id: anchor::of_finding(finding),
            word: c.words.severity(finding.severity),
            title: Line::prose(&finding.title),
            machines: c.words.count(|l| &l.machines, finding.machine_count),
            step: finding.steps.first().map(|step| Line::prose(step)),
        }
    }
}

fn figures(c: &Context) -> Vec<Figure> {
    let words = &c.words;
    let summary = &c.report.summary;
    let licensed = (summary.machines_still_licensed > 0)
        .then(|| words.count(|l| &l.still_licensed, summary.machines_still_licensed));
    // None of them is nothing to be marked.
    let figure = |label, n, class, note| Figure {
        label,
        number: grouped(n),
        class: if n > 0 { class } else { "" },
        note,
    };
    vec![
        figure(words.say(|l| &l.machines_head), summary.machines, "", None),
        figure(
            words.say(|l| &l.failing_head),
            summary.machines_failing,
            "failing",
            licensed,
        ),
        figure(
            words.say(|l| &l.activated_head),
            summary.machines_activated,
            "activated",
            None,
        ),
        figure(
            words.say(|l| &l.unknown_head),
            summary.machines_unknown,
            "unknown",
            None,
        ),
        figure(words.say(|l| &l.attempts_head), summary.attempts, "", None),
        figure(
            words.say(|l| &l.failed_attempts),
            summary.attempts_failed,
            "",
            None,
        ),
    ]
}
