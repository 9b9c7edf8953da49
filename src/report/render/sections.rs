//! The parts of a report after its findings, as tables and lists: machines, KMS hosts and their
//! clients, days, groups, forecast. What was read stands in `inputs`.

mod changes;
pub(super) mod depth;
mod inputs;
mod kms;
pub(super) mod machines;

use crate::report::model::{GroupPart, Report};
use crate::report::phrases::grouped;

use super::bit::{Bit, Bits, Column, Row, Section, Tone};
use super::words::Words;

/// Rows of a table that are shown where the whole model was not asked for.
const ROWS: usize = 40;

/// Days and groups that are shown then.
const FEW_ROWS: usize = 14;

/// Machines and logs of which everything is told.
const FEW: usize = 5;

/// How much the sections tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The first rows of what has something to say.
    Brief,
    /// Every row of what has something to say.
    EveryRow,
    /// Everything.
    Everything,
}

/// The sections before the findings.
pub(super) fn first(words: &Words, report: &Report, verbose: bool) -> Vec<Section> {
    changes::all(words, report, verbose)
}

/// The sections behind the findings that have something to say.
pub(super) fn all(words: &Words, report: &Report, verbose: bool) -> Vec<Section> {
    let mut sections = Vec::new();
    sections.extend(machines::table(words, &report.machines, verbose));
    sections.extend(depth::all(words, report, verbose));
    let extent = if verbose {
        Extent::Everything
    } else {
        Extent::Brief
    };
    sections.extend(besides_machines(words, report, extent));
    sections
}

/// All of them but those on single machines.
pub(super) fn besides_machines(words: &Words, report: &Report, extent: Extent) -> Vec<Section> {
    let verbose = extent == Extent::Everything;
    let every_row = extent != Extent::Brief;
    let mut sections = Vec::new();
    sections.extend(kms::hosts(words, &report.kms_hosts, every_row));
    sections.extend(kms::clients(words, &report.kms_clients, every_row));
    // Days and groups say nothing new of one day or one machine.
    let days = report
        .timeline
        .iter()
        .filter(|day| day.attempts > 0)
        .count();
    if days > 1 || verbose {
        sections.extend(timeline(words, report, every_row));
    }
    if report.machines.len() > 1 || verbose {
        let cause = words.say(|l| &l.cause);
        let domain = words.say(|l| &l.domain);
        let build = words.say(|l| &l.build);
        let host = words.say(|l| &l.host);
        let kinds: [(_, _, _, &[GroupPart]); 4] = [
            (
                "causes",
                words.say(|l| &l.cause_table),
                cause,
                &report.by_root_cause,
            ),
            (
                "hosts-asked",
                words.say(|l| &l.kms_host_table),
                host,
                &report.by_kms_host,
            ),
            (
                "domains",
                words.say(|l| &l.domain_table),
                domain,
                &report.by_domain,
            ),
            (
                "builds",
                words.say(|l| &l.build_table),
                build,
                &report.by_build,
            ),
        ];
        for (id, title, head, parts) in kinds {
            sections.extend(groups(words, (id, title), head, parts, every_row));
        }
    }
    sections.extend(forecast(words, report, every_row));
    sections.extend(inputs::all(words, report, every_row));
    sections
}

/// The newest days; those without an attempt are left out.
fn timeline(words: &Words, report: &Report, verbose: bool) -> Option<Section> {
    let mut days: Vec<_> = report
        .timeline
        .iter()
        .filter(|day| day.attempts > 0)
        .collect();
    days.reverse();
    let columns = vec![
        text_column(words.say(|l| &l.day)),
        number_column(words.say(|l| &l.attempts_head)),
        number_column(words.say(|l| &l.failures)),
        number_column(words.say(|l| &l.failing_machines_head)),
    ];
    table(
        words,
        ("days", words.say(|l| &l.day_table)),
        columns,
        &days,
        limit(FEW_ROWS, verbose),
        |day| Row {
            cells: vec![
                vec![Bit::words(day.date.as_str())],
                number(day.attempts),
                failures(day.failed),
                failures(day.machines_failing),
            ],
            notes: Vec::new(),
        },
    )
}

fn groups(
    words: &Words,
    title: (&'static str, String),
    head: String,
    groups: &[GroupPart],
    verbose: bool,
) -> Option<Section> {
    // The root causes are findings.
    let bit = if title.0 == "causes" {
        Bit::finding
    } else {
        Bit::name
    };
    let columns = vec![
        text_column(head),
        number_column(words.say(|l| &l.machines_head)),
        number_column(words.say(|l| &l.failing_head)),
    ];
    uncounted(
        words,
        title,
        columns,
        groups,
        limit(FEW_ROWS, verbose),
        |group| Row {
            cells: vec![
                vec![bit(group.key.clone())],
                number(group.machines),
                failures(group.failing),
            ],
            notes: Vec::new(),
        },
    )
}

fn forecast(words: &Words, report: &Report, verbose: bool) -> Option<Section> {
    // The first day stands for every end before it too.
    let as_of = report.as_of.map(|time| time.0.date_naive().to_string());
    let by = |date: &str| match as_of.as_deref() == Some(date) {
        true => words.lead(|p| &p.by_day, &[("day", date)]),
        false => date.to_owned(),
    };
    let columns = vec![
        text_column(words.say(|l| &l.day)),
        number_column(words.say(|l| &l.machines_head)),
    ];
    uncounted(
        words,
        ("forecast", words.say(|l| &l.forecast_table)),
        columns,
        &report.forecast,
        limit(FEW_ROWS, verbose),
        |day| Row {
            cells: vec![vec![Bit::words(by(&day.date))], number(day.machines)],
            notes: Vec::new(),
        },
    )
}

fn table<T>(
    words: &Words,
    (id, title): (&'static str, String),
    columns: Vec<Column>,
    parts: &[T],
    limit: usize,
    row: impl Fn(&T) -> Row,
) -> Option<Section> {
    let title = titled(title, parts.len());
    uncounted(words, (id, title), columns, parts, limit, row)
}

/// A table whose rows are not what its heading names: their number would read as one of machines.
fn uncounted<T>(
    words: &Words,
    (id, title): (&'static str, String),
    columns: Vec<Column>,
    parts: &[T],
    limit: usize,
    row: impl Fn(&T) -> Row,
) -> Option<Section> {
    if parts.is_empty() {
        return None;
    }
    Some(Section::Table {
        id,
        title,
        columns,
        rows: parts.iter().take(limit).map(row).collect(),
        more: more(words, parts.len(), limit),
    })
}

fn list<T>(
    words: &Words,
    (id, title): (&'static str, String),
    parts: &[T],
    limit: usize,
    item: impl Fn(&T) -> Bits,
) -> Option<Section> {
    if parts.is_empty() {
        return None;
    }
    Some(Section::List {
        id,
        title: titled(title, parts.len()),
        items: parts.iter().take(limit).map(item).collect(),
        more: more(words, parts.len(), limit),
    })
}

/// A heading with how many there are.
fn titled(title: String, n: usize) -> String {
    format!("{title} ({})", grouped(n as u64))
}

fn more(words: &Words, total: usize, limit: usize) -> Option<String> {
    let hidden = total.saturating_sub(limit) as u64;
    (hidden > 0).then(|| words.count(|l| &l.more_rows, hidden))
}

fn limit(rows: usize, verbose: bool) -> usize {
    if verbose { usize::MAX } else { rows }
}

fn text_column(head: String) -> Column {
    Column {
        head,
        is_number: false,
    }
}

fn number_column(head: String) -> Column {
    Column {
        head,
        is_number: true,
    }
}

fn number(n: u64) -> Bits {
    vec![Bit::words(grouped(n))]
}

fn failures(n: u64) -> Bits {
    let tone = if n > 0 { Tone::Bad } else { Tone::Plain };
    vec![Bit::words(grouped(n)).toned(tone)]
}

pub(in crate::report::render) fn labelled(words: &Words, label: String, value: Bits) -> Bits {
    let mut bits = vec![Bit::whole(label), Bit::words(words.say(|l| &l.colon))];
    bits.extend(value);
    bits
}
