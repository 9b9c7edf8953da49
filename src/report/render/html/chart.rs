//! Charts as SVG: columns by day, and bars beside the rows of a table. Each stands next to a table
//! that says the same, so that nothing is told by a picture alone.
//!
//! Lengths are in CSS pixels. What is drawn has a class, and the style gives it its colour.

use askama::Template;
use chrono::NaiveDate;

use crate::report::phrases::grouped;

/// Height of the columns, and what stands around them.
const HEIGHT: u64 = 120;
const TOP: u64 = 10;
const LEFT: u64 = 48;
const RIGHT: u64 = 40;

/// Width that the columns take where there are many of them, and the least and most of one.
const WIDTH: u64 = 880;
const NARROW: u64 = 3;
const WIDE: u64 = 28;

/// Days without a column that are drawn as such; a longer gap is cut.
const GAP: u64 = 31;

/// Columns' widths that a cut gap takes.
const CUT: u64 = 4;

/// The least distance of two dates below the columns.
const LABEL: u64 = 84;

/// A day's numbers.
#[derive(Clone, Debug)]
pub(super) struct Day<'a> {
    /// The day, as `2026-10-01`.
    pub(super) date: &'a str,
    /// All of it.
    pub(super) all: u64,
    /// The part that stands out.
    pub(super) part: u64,
    /// What the column says when asked.
    pub(super) label: String,
}

/// Columns by day.
#[derive(Debug, Template)]
#[template(path = "columns.html")]
pub(super) struct Columns {
    /// The begin of the ids in it.
    id: &'static str,
    title: String,
    text: String,
    width: u64,
    columns: Vec<Column>,
    lines: Vec<Mark>,
    dates: Vec<Mark>,
    cuts: Vec<u64>,
}

/// One column.
#[derive(Debug, PartialEq, Eq)]
struct Column {
    x: u64,
    width: u64,
    /// The rest, above the part that stands out.
    rest: (u64, u64),
    part: (u64, u64),
    label: String,
}

/// A place on an axis with what stands there.
#[derive(Debug, PartialEq, Eq)]
struct Mark {
    at: u64,
    text: String,
}

impl Columns {
    /// Draws days, in order; `title` and `text` tell what a reader who does not see it must know.
    pub(super) fn new(id: &'static str, title: String, text: String, days: &[Day]) -> Self {
        let most = days.iter().map(|day| day.all).max().unwrap_or(0).max(1);
        let tick = tick(most);
        let top = most.div_ceil(tick).saturating_mul(tick);
        let steps = steps(days);
        let last = steps.last().copied().unwrap_or(0);
        let step = (WIDTH / (last + 1)).clamp(NARROW, WIDE);
        let width = (step * 4 / 5).max(2);
        let scaled = |n: u64| match n.saturating_mul(HEIGHT) / top {
            // What is there is seen.
            0 if n > 0 => 1,
            length => length,
        };
        let at = |step_at: u64| LEFT + 4 + step_at * step;
        let columns = days
            .iter()
            .zip(&steps)
            .map(|(day, &step_at)| {
                let part = scaled(day.part);
                let all = scaled(day.all).max(part);
                Column {
                    x: at(step_at),
                    width,
                    rest: (TOP + HEIGHT - all, all - part),
                    part: (TOP + HEIGHT - part, part),
                    label: day.label.clone(),
                }
            })
            .collect();
        let mut dates: Vec<Mark> = Vec::new();
        for (day, &step_at) in days.iter().zip(&steps) {
            let x = at(step_at) + width / 2;
            if dates.last().is_none_or(|last| x >= last.at + LABEL) {
                dates.push(Mark {
                    at: x,
                    text: day.date.to_owned(),
                });
            }
        }
        let cuts = steps
            .windows(2)
            .zip(days.windows(2))
            .filter(|(_, days)| is_cut(days))
            .map(|(steps, _)| at(steps.first().copied().unwrap_or(0)) + step * CUT / 2 + width / 2)
            .collect();
        Self {
            id,
            title,
            text,
            width: at(last) + width + RIGHT,
            columns,
            lines: (0..=top / tick)
                .map(|n| Mark {
                    at: TOP + HEIGHT - (n * tick).saturating_mul(HEIGHT) / top,
                    text: grouped(n * tick),
                })
                .collect(),
            dates,
            cuts,
        }
    }

    fn height(&self) -> u64 {
        TOP + HEIGHT + 24
    }

    fn bottom(&self) -> u64 {
        TOP + HEIGHT
    }
}

/// Where each day stands, in columns from the first.
fn steps(days: &[Day]) -> Vec<u64> {
    let mut at = 0;
    let mut steps = Vec::with_capacity(days.len());
    for (n, day) in days.iter().enumerate() {
        if let Some(before) = n.checked_sub(1).and_then(|n| days.get(n)) {
            let gap = between(before, day);
            at += if gap > GAP { CUT } else { gap };
        }
        steps.push(at);
    }
    steps
}

fn is_cut(days: &[Day]) -> bool {
    matches!(days, [before, day] if between(before, day) > GAP)
}

/// Days from one to the next; at least one, whatever they are.
fn between(before: &Day, day: &Day) -> u64 {
    let date = |day: &Day| NaiveDate::parse_from_str(day.date, "%Y-%m-%d").ok();
    match (date(before), date(day)) {
        (Some(before), Some(day)) => {
            u64::try_from((day - before).num_days()).map_or(1, |days| days.max(1))
        }
        _ => 1,
    }
}

/// The distance of two lines: 1, 2 or 5 of a power of ten, so that there are at most five.
fn tick(most: u64) -> u64 {
    let mut power: u64 = 1;
    loop {
        for n in [1, 2, 5] {
            let tick = power.saturating_mul(n);
            if most.div_ceil(tick) <= 4 {
                return tick;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// A bar beside a row of a table: how long it is, and how much of it stands out, in thousandths of
/// the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// All of it.
    pub(super) all: u64,
    /// The part that stands out.
    pub(super) part: u64,
}

impl Bar {
    /// The bar for `all` with a `part` where the longest is `most`.
    pub(super) fn new(all: u64, part: u64, most: u64) -> Self {
        let scaled = |n: u64| n.saturating_mul(1000) / most.max(1);
        Self {
            all: scaled(all),
            part: scaled(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str, all: u64, part: u64) -> Day<'_> {
        Day {
            date,
            all,
            part,
            label: String::new(),
        }
    }

    fn columns(days: &[Day]) -> Columns {
        Columns::new("x", String::new(), String::new(), days)
    }

    #[test]
    fn a_column_is_as_long_as_its_number_and_its_part_stands_below() {
        let chart = columns(&[day("2026-10-01", 10, 5), day("2026-10-02", 0, 0)]);
        let first = &chart.columns[0];
        // Lines at 0, 5 and 10.
        assert_eq!(chart.lines.len(), 3);
        assert_eq!(first.part, (TOP + HEIGHT / 2, HEIGHT / 2));
        assert_eq!(first.rest, (TOP, HEIGHT / 2));
        assert_eq!(chart.columns[1].rest.1 + chart.columns[1].part.1, 0);
    }

    #[test]
    fn little_is_seen_beside_much() {
        let chart = columns(&[day("2026-10-01", 100_000, 0), day("2026-10-02", 1, 1)]);
        assert_eq!(chart.columns[1].part.1, 1);
    }

    #[test]
    fn gaps_are_kept_up_to_a_month_and_cut_beyond() {
        let days = [
            day("2026-10-01", 1, 0),
            day("2026-10-11", 1, 0),
            day("2027-10-11", 1, 0),
            day("no date", 1, 0),
        ];
        assert_eq!(steps(&days), [0, 10, 14, 15]);
        assert_eq!(columns(&days).cuts.len(), 1);
    }

    #[test]
    fn lines_are_few_and_round() {
        let check = |most, expect| assert_eq!(tick(most), expect);
        check(1, 1);
        check(4, 1);
        check(5, 2);
        check(20, 5);
        check(21, 10);
        check(4_321, 2_000);
    }

    proptest::proptest! {
        #[test]
        fn any_days_can_be_drawn(numbers in proptest::collection::vec((0u64..u64::from(u32::MAX), 0u64..900), 0..40)) {
            let days: Vec<Day> = numbers.iter().map(|(all, part)| day("2026-10-01", *all, *part)).collect();
            let chart = columns(&days);
            for column in &chart.columns {
                proptest::prop_assert!(column.rest.0 >= TOP && column.part.0 + column.part.1 <= TOP + HEIGHT + 1);
            }
        }
    }
}
