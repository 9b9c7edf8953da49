//! The tables and lists after the machines, with their charts.

use askama::Template;

use crate::report::model::GroupPart;
use crate::report::render::bit::{Bits, Column, Row, Section};
use crate::report::render::sections::{Extent, besides_machines, first};

use super::chart::{Bar, Columns, Day};
use super::context::Context;
use super::labels::{self, Head};
use super::line::Line;

/// Rows up to which a table needs no search.
const FEW: usize = 12;

/// Rows up to which a browser may measure all of a table before it shows any of it.
const SHORT: usize = 200;

/// A table or list.
#[derive(Template)]
#[template(path = "section.html")]
pub(super) struct Part<'a> {
    c: &'a Context<'a>,
    /// The begin of the ids in it.
    pub(super) id: &'static str,
    title: String,
    chart: Option<Columns>,
    table: Option<Table>,
    items: Vec<Line>,
    more: Option<String>,
}

/// A table.
struct Table {
    columns: Vec<Column>,
    has_notes: bool,
    rows: Vec<TableRow>,
    /// What its rows are measured by.
    bars: Vec<Bar>,
}

/// A row of a table.
struct TableRow {
    cells: Vec<Line>,
    notes: Vec<Line>,
}

impl TableRow {
    fn new(c: &Context, row: &Row) -> Self {
        let line = |bits: &Bits| Line::of(bits, &c.anchors);
        Self {
            cells: row.cells.iter().map(line).collect(),
            notes: row.notes.iter().map(line).collect(),
        }
    }
}

impl Table {
    /// Cells with the column that they stand in.
    fn cells<'t>(&'t self, row: &'t TableRow) -> impl Iterator<Item = (&'t Column, &'t Line)> {
        self.columns.iter().zip(&row.cells)
    }

    fn bar(&self, row: &usize) -> Option<&Bar> {
        self.bars.get(*row)
    }
}

impl<'a> Part<'a> {
    /// What stands before the findings: the few causes, and what has changed.
    pub(super) fn first(c: &'a Context<'a>) -> Vec<Self> {
        first(&c.words, c.report, c.verbose)
            .into_iter()
            .map(|section| Self::new(c, section))
            .collect()
    }

    /// All tables and lists behind the machines, in order.
    pub(super) fn all(c: &'a Context<'a>) -> Vec<Self> {
        let extent = if c.verbose {
            Extent::Everything
        } else {
            Extent::EveryRow
        };
        besides_machines(&c.words, c.report, extent)
            .into_iter()
            .map(|section| Self::new(c, section))
            .collect()
    }

    fn new(c: &'a Context<'a>, section: Section) -> Self {
        match section {
            Section::Table {
                id,
                title,
                columns,
                rows,
                more,
            } => Self {
                c,
                id,
                chart: chart(c, id, &title),
                title,
                table: Some(Table {
                    has_notes: rows.iter().any(|row| !row.notes.is_empty()),
                    rows: rows.iter().map(|row| TableRow::new(c, row)).collect(),
                    columns,
                    bars: bars(c, id),
                }),
                items: Vec::new(),
                more,
            },
            Section::List {
                id,
                title,
                items,
                more,
            } => Self {
                c,
                id,
                title,
                chart: None,
                table: None,
                items: items
                    .iter()
                    .map(|item| Line::of(item, &c.anchors))
                    .collect(),
                more,
            },
        }
    }

    /// What stands before the findings has a heading of its own there.
    fn heading(&self) -> &'static str {
        match self.id {
            "main-causes" | "since" | "changes" => "h2",
            _ => "h3",
        }
    }

    /// Whether there are so many rows that a search helps.
    fn is_long(&self) -> bool {
        self.table
            .as_ref()
            .is_some_and(|table| table.rows.len() > FEW)
    }

    /// Whether there are so many rows that each is laid out by itself, when it comes near.
    fn is_tall(&self) -> bool {
        self.rows() > SHORT
    }

    /// The style of its columns.
    pub(super) fn labels(&self) -> String {
        let Some(table) = &self.table else {
            return String::new();
        };
        let mut heads: Vec<Head> = table
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| Head {
                text: column.head.clone(),
                share: match (at, column.is_number) {
                    (0, _) => 20,
                    (_, false) => 14,
                    (_, true) => 10,
                },
            })
            .collect();
        let mut push = |text, share| heads.push(Head { text, share });
        if table.has_notes {
            push(self.c.say(&self.c.l.details), 30);
        }
        if !table.bars.is_empty() {
            push(String::new(), 20);
        }
        labels::of_table(&format!("{}-table", self.id), &heads)
    }

    /// Whether it opens only when asked to: what a chart says already, and what few will read.
    fn is_folded(&self) -> bool {
        self.chart.is_some()
            || matches!(self.id, "inputs" | "nothing" | "notes" | "skipped") && self.rows() > FEW
    }

    fn rows(&self) -> usize {
        self.table
            .as_ref()
            .map_or(self.items.len(), |table| table.rows.len())
    }
}

/// Columns by day, for the tables that have days.
fn chart(c: &Context, id: &'static str, title: &str) -> Option<Columns> {
    let words = &c.words;
    let label = |date: &str, said: String| words.labelled(date, &said);
    match id {
        "days" => {
            let days: Vec<Day> = c
                .report
                .timeline
                .iter()
                .map(|day| Day {
                    date: &day.date,
                    all: day.attempts,
                    part: day.failed,
                    label: label(
                        &day.date,
                        words.count(|l| &l.attempts, day.attempts)
                            + &words.comma()
                            + &words.count(|l| &l.failed, day.failed),
                    ),
                })
                .collect();
            Some(Columns::new(id, title.to_owned(), most(c, &days), &days))
        }
        "forecast" => {
            let days: Vec<Day> = c
                .report
                .forecast
                .iter()
                .map(|day| Day {
                    date: &day.date,
                    all: day.machines,
                    part: day.machines,
                    label: label(&day.date, words.count(|l| &l.machines, day.machines)),
                })
                .collect();
            // A single day is no picture.
            (days.len() > 1).then(|| Columns::new(id, title.to_owned(), most(c, &days), &days))
        }
        _ => None,
    }
}

/// What a chart shows, in a sentence.
fn most(c: &Context, days: &[Day]) -> String {
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return String::new();
    };
    let Some(most) = days.iter().rev().max_by_key(|day| day.all) else {
        return String::new();
    };
    c.words.page_with(
        |p| &p.chart,
        &[
            ("first", first.date),
            ("last", last.date),
            ("most", &most.label),
        ],
    )
}

/// A bar for each row of the tables that count machines.
fn bars(c: &Context, id: &str) -> Vec<Bar> {
    let groups: &[GroupPart] = match id {
        "causes" => &c.report.by_root_cause,
        "hosts-asked" => &c.report.by_kms_host,
        "domains" => &c.report.by_domain,
        "builds" => &c.report.by_build,
        _ => &[],
    };
    let most = groups.iter().map(|group| group.machines).max().unwrap_or(0);
    groups
        .iter()
        .map(|group| Bar::new(group.machines, group.failing, most))
        .collect()
}
