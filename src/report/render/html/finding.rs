//! A finding as a card: what, since when, how sure, why, what to do, how to see it, the records.

use askama::Template;

use crate::report::model::{EvidencePart, FindingPart};
use crate::report::render::bit::{Bit, joined};
use crate::report::render::cause;
use crate::report::render::evidence;
use crate::report::render::facts;

use super::anchor;
use super::context::Context;
use super::line::{Line, Moment};
use super::ticket;

/// Machines that a finding names where not everything was asked for; all are in the table.
const NAMES: usize = 300;

/// Machines that stand in its facts, before there is a list of them.
const FEW_NAMES: usize = 5;

/// A finding.
#[derive(Template)]
#[template(path = "finding.html")]
pub(super) struct Card<'a> {
    c: &'a Context<'a>,
    finding: &'a FindingPart,
    /// Its id in the page.
    id: String,
    /// The class of its sign, and the word beside it.
    sign: &'static str,
    word: String,
    /// Whether it opens only when asked to.
    is_folded: bool,
    /// Of one that is over: where, when and how often, in a line.
    brief: Option<Line>,
    title: Line,
    meaning: Line,
    facts: Vec<Labelled>,
    machines: Option<Machines>,
    causes: Vec<Cause>,
    steps: Vec<Line>,
    checks: Vec<Check<'a>>,
    references: Vec<Reference<'a>>,
    evidence: Vec<Record>,
    hidden: Option<String>,
    ticket: Vec<String>,
}

/// A label and what it stands for.
struct Labelled {
    label: String,
    value: Line,
}

/// The machines of a finding, where they are more than its facts name.
struct Machines {
    title: String,
    names: Line,
}

/// A possible cause.
struct Cause {
    state: &'static str,
    word: String,
    text: Line,
    why: Option<Line>,
}

/// A command and its good answer.
struct Check<'a> {
    command: &'a str,
    expect: Line,
}

/// A page to read.
struct Reference<'a> {
    title: &'a str,
    /// Its address, if it is one that may be followed.
    url: Option<&'a str>,
}

/// A record that proves the finding.
struct Record {
    time: Moment,
    place: Line,
    raw: Option<Raw>,
}

/// A record's strings, with the decisive field set apart.
struct Raw {
    before: String,
    field: String,
    after: String,
    label: String,
}

impl<'a> Card<'a> {
    /// The card of a finding.
    pub(super) fn new(c: &'a Context<'a>, finding: &'a FindingPart) -> Self {
        let words = &c.words;
        let sign = match finding.status {
            _ if finding.ignored => "ignored",
            "cured" => "cured",
            _ => finding.severity,
        };
        let is_folded = finding.ignored || finding.status != "active";
        let (records, hidden) = evidence::newest(finding, true);
        Self {
            c,
            finding,
            id: anchor::of_finding(finding),
            sign,
            word: match sign {
                "ignored" => words.ignored(|i| &i.title),
                "cured" => words.say(|l| &l.cured),
                severity => words.severity(severity),
            },
            is_folded,
            brief: is_folded.then(|| Line::unlinked(&facts::of_cured(words, finding))),
            title: Line::prose(&finding.title),
            meaning: Line::prose(&finding.meaning),
            facts: facts::of_finding(words, finding, c.verbose)
                .into_iter()
                .map(|fact| Labelled {
                    label: fact.label,
                    value: Line::of(&fact.value, &c.anchors),
                })
                .collect(),
            machines: machines(c, finding),
            causes: finding
                .causes
                .iter()
                .map(|cause| {
                    let told = cause::told(words, cause);
                    // The word says the state already, where it is that of all.
                    let why = match cause.for_some.is_empty() {
                        true => cause.why.as_ref(),
                        false => told.why.as_ref(),
                    };
                    Cause {
                        state: told.state,
                        word: words.cause_state(told.state),
                        text: Line::prose(&told.text),
                        why: why.map(|why| Line::prose(why)),
                    }
                })
                .collect(),
            steps: finding.steps.iter().map(|step| Line::prose(step)).collect(),
            checks: finding
                .checks
                .iter()
                .map(|check| Check {
                    command: &check.command,
                    expect: Line::prose(&words.labelled(&words.say(|l| &l.expect), &check.expect)),
                })
                .collect(),
            references: finding
                .references
                .iter()
                .map(|reference| Reference {
                    title: &reference.title,
                    // An overlay's address may be anything.
                    url: Some(reference.url.as_str()).filter(|url| url.starts_with("https://")),
                })
                .collect(),
            evidence: records
                .into_iter()
                .map(|evidence| record(c, finding, evidence))
                .collect(),
            hidden: (hidden > 0).then(|| words.count(|l| &l.more_records, hidden)),
            ticket: ticket::lines(words, finding),
        }
    }

    /// Whether some machines of the table, and not the only one, have this code as their root cause,
    /// so that it can be filtered by it.
    fn is_in_table(&self) -> bool {
        let machines = &self.c.report.machines;
        self.finding.hresult.is_some_and(|code| {
            machines.len() > 1
                && machines
                    .iter()
                    .any(|machine| machine.root_cause == Some(code))
        })
    }
}

fn machines(c: &Context, finding: &FindingPart) -> Option<Machines> {
    if finding.machines.len() <= FEW_NAMES || c.verbose {
        return None;
    }
    let words = &c.words;
    let names = words.machines(&finding.machines, finding.machine_count, NAMES);
    Some(Machines {
        title: words.count_page(|p| &p.machine_list, finding.machine_count),
        names: Line::of(&names, &c.anchors),
    })
}

fn record(c: &Context, finding: &FindingPart, record: &EvidencePart) -> Record {
    let words = &c.words;
    let place = joined(
        [
            vec![Bit::machine(record.computer.as_str())],
            vec![Bit::name(record.log.as_str())],
            vec![Bit::words(words.fill(
                |l| &l.record,
                &[("number", &record.record_id.to_string())],
            ))],
            vec![Bit::words(words.fill(
                |l| &l.event,
                &[("number", &record.event_id.to_string())],
            ))],
        ],
        &words.comma(),
    );
    Record {
        time: Moment::of(words, record.time),
        place: Line::of(&place, &c.anchors),
        raw: evidence::split(record).map(|(before, field, after)| Raw {
            before: before.to_owned(),
            field: field.to_owned(),
            after: after.to_owned(),
            label: facts::field_label(words, finding, record),
        }),
    }
}
