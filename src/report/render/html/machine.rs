//! The table of machines: a body of rows each, which may open to what else is known of it.

use askama::Template;

use crate::report::model::{AttemptPart, Code, MachinePart, ProductPart, RecordPart, Time};
use crate::report::phrases::grouped;
use crate::report::render::bit::{Bit, Bits, Column, joined};
use crate::report::render::sections::depth;
use crate::report::render::sections::machines::{identity, product_line};

use super::context::Context;
use super::labels::{self, Head};
use super::line::{Line, Moment};

/// Attempts that all rows together show where not everything was asked for. With their records they
/// take some four megabytes.
const ATTEMPTS: usize = 2500;

/// Attempts that one machine shows then.
const ATTEMPTS_OF_ONE: usize = 10;

/// Machines up to which also those that do not fail open to more.
const FEW: usize = 300;

/// The machines of a report, each made when it is its turn.
pub(super) fn rows<'a>(c: &'a Context<'a>) -> impl Iterator<Item = Row<'a>> {
    let machines = &c.report.machines;
    let failing = machines
        .iter()
        .filter(|machine| machine.status == "failing")
        .count();
    let has_all = c.verbose || machines.len() <= FEW;
    let opening = if has_all { machines.len() } else { failing };
    let attempts = if c.verbose {
        usize::MAX
    } else {
        (ATTEMPTS / opening.max(1)).clamp(1, ATTEMPTS_OF_ONE)
    };
    machines.iter().enumerate().map(move |(at, machine)| Row {
        c,
        at,
        machine,
        opens: has_all || machine.status == "failing",
        is_alone: machines.len() == 1,
        attempts,
    })
}

/// The columns of the table, and their shares of a row in tenths.
pub(super) fn columns(c: &Context) -> [(Column, u8); 8] {
    let column = |head, is_number, share| (Column { head, is_number }, share);
    [
        column(c.say(&c.l.computer), false, 19),
        column(c.say(&c.l.status), false, 11),
        column(c.say(&c.p.product), false, 19),
        column(c.say(&c.l.license), false, 13),
        column(c.say(&c.p.ends), false, 16),
        column(c.say(&c.l.cause), false, 11),
        column(c.say(&c.l.failed_of), true, 10),
        column(c.say(&c.l.last_record), false, 16),
    ]
}

/// The style of the columns. A machine's further products begin at the third.
pub(super) fn labels(c: &Context) -> String {
    const PRODUCT: std::ops::Range<usize> = 2..6;
    let heads = columns(c).map(|(column, share)| Head {
        text: column.head,
        share,
    });
    labels::of_table("machine-table", &heads)
        + &labels::of_further_rows("machine-table", heads.get(PRODUCT).unwrap_or_default())
}

/// A machine.
#[derive(Template)]
#[template(path = "machine.html")]
pub(super) struct Row<'a> {
    c: &'a Context<'a>,
    /// Its place in the report.
    at: usize,
    machine: &'a MachinePart,
    opens: bool,
    /// Whether it is the only one, so that it is open from the start.
    is_alone: bool,
    /// Attempts that it shows.
    attempts: usize,
}

impl Row<'_> {
    fn id(&self) -> &str {
        self.c.anchors.row(self.at)
    }

    fn status(&self) -> String {
        self.c.words.status(self.machine.status).text
    }

    /// Rows that the machine takes beside each other's products; one if it has none.
    fn height(&self) -> usize {
        self.machine.products.len().max(1)
    }

    fn product(&self, product: &ProductPart) -> String {
        match (product.name, &product.activation_id) {
            (Some(name), _) => name.to_owned(),
            (None, Some(id)) => id.clone(),
            (None, None) => self.c.words.say(|l| &l.unnamed_product),
        }
    }

    fn license(&self, product: &ProductPart) -> String {
        product
            .license_state
            .map(|state| self.c.words.license(state))
            .unwrap_or_default()
    }

    fn last_seen(&self) -> Moment {
        Moment::of(&self.c.words, self.machine.last_seen)
    }

    fn time(&self, time: &Time) -> Moment {
        Moment::of(&self.c.words, *time)
    }

    fn code(&self, code: &Code) -> Line {
        Line::of(&[Bit::finding(code.to_string())], &self.c.anchors)
    }

    fn failed(&self) -> String {
        format!(
            "{}/{}",
            grouped(self.machine.attempts_failed),
            grouped(self.machine.attempts)
        )
    }

    fn aliases(&self) -> Line {
        let words = &self.c.words;
        let names = words.names(&self.machine.aliases, usize::MAX);
        Line::of(
            &labelled(self.c, words.say(|l| &l.aliases), names),
            &self.c.anchors,
        )
    }

    /// What is known of its products and of itself, a line each.
    fn lines(&self) -> Vec<Line> {
        let words = &self.c.words;
        let machine = self.machine;
        let span = vec![Bit::words(
            words.span(machine.first_seen, machine.last_seen),
        )];
        machine
            .products
            .iter()
            .map(|product| product_line(words, machine, product))
            .chain(identity(words, machine, true))
            .chain([labelled(self.c, words.say(|l| &l.period), span)])
            .map(|bits| Line::of(&bits, &self.c.anchors))
            .collect()
    }

    /// Its newest attempts, the newest first.
    fn newest(&self) -> Vec<Attempt<'_>> {
        self.machine
            .recent_attempts
            .iter()
            .rev()
            .take(self.attempts)
            .map(|attempt| Attempt::new(self.c, self.machine, attempt))
            .collect()
    }

    fn summary(&self) -> String {
        if self.machine.recent_attempts.is_empty() {
            self.c.say(&self.c.l.details)
        } else {
            self.c.say(&self.c.p.details_and_attempts)
        }
    }

    fn more(&self) -> Option<String> {
        let hidden = self
            .machine
            .recent_attempts
            .len()
            .saturating_sub(self.attempts) as u64;
        (hidden > 0).then(|| self.c.words.count_page(|p| &p.more_attempts, hidden))
    }
}

/// An attempt of a machine.
struct Attempt<'a> {
    time: Moment,
    outcome: &'static str,
    /// How it ended, and why.
    ending: Line,
    /// What it was about, its tries, and which code decides.
    told: Vec<Line>,
    /// The log that its first record stands in.
    log: &'a str,
    records: Vec<Record>,
}

/// A record of an attempt.
struct Record {
    time: Moment,
    text: Line,
}

impl<'a> Attempt<'a> {
    fn new(c: &Context, machine: &MachinePart, attempt: &'a AttemptPart) -> Self {
        let log = attempt
            .records
            .first()
            .map(|record| record.log.as_str())
            .unwrap_or_default();
        Self {
            time: Moment::brief(&c.words, attempt.start),
            outcome: attempt.outcome,
            ending: Line::of(&ending(c, attempt), &c.anchors),
            told: depth::told(&c.words, c.report, machine, attempt)
                .iter()
                .filter(|bits| !bits.is_empty())
                .map(|bits| Line::of(bits, &c.anchors))
                .collect(),
            log,
            records: attempt
                .records
                .iter()
                .map(|record| Record {
                    time: Moment::of(&c.words, record.time),
                    text: Line::of(&of_record(c, record, log), &c.anchors),
                })
                .collect(),
        }
    }
}

fn ending(c: &Context, attempt: &AttemptPart) -> Bits {
    let words = &c.words;
    let mut said = vec![vec![words.outcome(attempt.outcome)]];
    if let Some(code) = attempt.code {
        said.push(vec![Bit::finding(code.to_string())]);
    }
    let cause = attempt
        .root_cause
        .filter(|code| attempt.code != Some(*code));
    if let Some(code) = cause {
        let label = words.say(|l| &l.cause);
        said.push(labelled(c, label, vec![Bit::finding(code.to_string())]));
    }
    if attempt.outcome == "failed" && attempt.confidence != "seen" {
        said.push(vec![Bit::words(words.confidence(attempt.confidence))]);
    }
    // Of attempts with tries, these name the hosts.
    if attempt.tries.is_empty() {
        said.push(words.names(&attempt.kms_hosts, usize::MAX));
    }
    joined(said, &words.comma())
}

/// A record; its log is told where it is not the attempt's.
fn of_record(c: &Context, record: &RecordPart, log: &str) -> Bits {
    let words = &c.words;
    let text = words.fill(
        |l| &l.record_and_event,
        &[
            ("record", &record.record_id.to_string()),
            ("event", &record.event_id.to_string()),
        ],
    );
    let mut said = vec![vec![Bit::words(text)]];
    if let Some(code) = record.hresult {
        said.push(vec![Bit::name(code.to_string())]);
    }
    if record.log != log {
        said.push(vec![Bit::name(record.log.as_str())]);
    }
    joined(said, &words.comma())
}

fn labelled(c: &Context, label: String, value: Bits) -> Bits {
    let mut bits = vec![Bit::words(c.words.labelled(&label, ""))];
    bits.extend(value);
    bits
}
