//! Tables of a terminal: columns where they fit, else a block for each row.

use crate::report::render::bit::{Bit, Bits, Column, Row};
use crate::report::render::words::Words;

use super::paper::{Paper, Role, Span, span, spans};

/// Columns before the first column.
const INDENT: usize = 2;

/// Columns between two columns; one where that makes the table fit.
const BETWEEN: [usize; 2] = [2, 1];

/// The narrowest first column that is worth a table.
const FIRST: usize = 14;

/// Writes a table.
pub(super) fn write(paper: &mut Paper, words: &Words, columns: &[Column], rows: &[Row]) {
    match fitting(paper, columns, rows) {
        Some(fit) => aligned(paper, columns, rows, &fit),
        None => blocks(paper, words, columns, rows),
    }
}

/// How a table is laid out in columns.
struct Fit {
    widths: Vec<usize>,
    between: usize,
}

/// The width of every column: what it holds, but for the first, which takes what is left. None
/// where too little is left, or where most rows would not fit into it.
fn fitting(paper: &Paper, columns: &[Column], rows: &[Row]) -> Option<Fit> {
    let of_cell = |row: &Row, at: usize| {
        let cell = row.cells.get(at);
        cell.map_or(0, |cell| paper.columns(&spans(cell)))
    };
    let mut widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let head = paper.columns(&[span(&column.head, Role::Head)]);
            let cells = rows.iter().map(|row| of_cell(row, at));
            cells.max().unwrap_or(0).max(head)
        })
        .collect();
    let (first, others) = widths.split_first_mut()?;
    let left = |between: usize| {
        let taken = INDENT + others.iter().map(|width| width + between).sum::<usize>();
        paper.width().checked_sub(taken)
    };
    let [wide, narrow] = BETWEEN;
    for between in BETWEEN {
        if left(between).is_some_and(|left| *first <= left) {
            return Some(Fit { widths, between });
        }
    }
    let (left, between) = match left(wide).filter(|left| *left >= FIRST) {
        Some(left) => (left, wide),
        None => (left(narrow).filter(|left| *left >= FIRST)?, narrow),
    };
    let too_long = rows.iter().filter(|row| of_cell(row, 0) > left).count();
    if too_long * 2 > rows.len() {
        return None;
    }
    *first = left;
    Some(Fit { widths, between })
}

fn aligned(paper: &mut Paper, columns: &[Column], rows: &[Row], fit: &Fit) {
    let head: Vec<Vec<Span>> = columns
        .iter()
        .map(|column| vec![span(&column.head, Role::Head)])
        .collect();
    aligned_line(paper, columns, &head, fit);
    for row in rows {
        let mut cells: Vec<Vec<Span>> = row.cells.iter().map(|cell| spans(cell)).collect();
        // A name that is too long stands on a line of its own.
        if let (Some(first), Some(width)) = (cells.first_mut(), fit.widths.first())
            && paper.columns(first) > *width
        {
            paper.paragraph(INDENT, &[], INDENT + 2, first);
            first.clear();
        }
        aligned_line(paper, columns, &cells, fit);
        notes(paper, row);
    }
}

fn aligned_line(paper: &mut Paper, columns: &[Column], cells: &[Vec<Span>], fit: &Fit) {
    let mut line = Vec::new();
    for (at, ((cell, width), column)) in cells.iter().zip(&fit.widths).zip(columns).enumerate() {
        let between = if at > 0 { fit.between } else { 0 };
        let free = width.saturating_sub(paper.columns(cell));
        let (before, after) = if column.is_number {
            (free, 0)
        } else {
            (0, free)
        };
        line.push(span(&" ".repeat(between + before), Role::Plain));
        line.extend(cell.iter().cloned());
        line.push(span(&" ".repeat(after), Role::Plain));
    }
    paper.line(INDENT, &line);
}

fn blocks(paper: &mut Paper, words: &Words, columns: &[Column], rows: &[Row]) {
    let colon = words.say(|l| &l.colon);
    for row in rows {
        let mut cells = row.cells.iter();
        if let Some(first) = cells.next() {
            paper.paragraph(INDENT, &[], INDENT + 2, &spans(first));
        }
        let others: Vec<Bits> = cells
            .zip(columns.iter().skip(1))
            .map(|(cell, column)| {
                let mut bits = vec![Bit::whole(&*column.head), Bit::words(&*colon)];
                bits.extend(cell.iter().cloned());
                bits
            })
            .collect();
        let line = crate::report::render::bit::joined(others, &words.comma());
        paper.paragraph(INDENT + 2, &[], INDENT + 4, &spans(&line));
        notes(paper, row);
    }
}

fn notes(paper: &mut Paper, row: &Row) {
    for note in row.notes.iter().filter(|note| !note.is_empty()) {
        paper.paragraph(INDENT + 2, &[], INDENT + 4, &spans(note));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Language;
    use crate::report::Zone;
    use crate::report::render::RenderOptions;

    fn written(names: &[&str], width: usize) -> String {
        let column = |head: &str, is_number| Column {
            head: head.to_owned(),
            is_number,
        };
        let columns = [column("Name", false), column("Records", true)];
        let row = |name: &&str| Row {
            cells: vec![vec![Bit::path(*name)], vec![Bit::words("60")]],
            notes: Vec::new(),
        };
        let rows: Vec<Row> = names.iter().map(row).collect();
        let options = RenderOptions {
            width,
            ..RenderOptions::default()
        };
        let mut paper = Paper::new(&options, false);
        let words = Words::of(Language::En, Zone::UTC);
        write(&mut paper, &words, &columns, &rows);
        paper.finish()
    }

    const LONG: &str = "Collected logs/PC-0107/C/Windows/winevt/Logs/Application.evtx";

    #[test]
    fn a_column_too_many_is_taken_from_between() {
        let name = "n".repeat(40 - 2 - 7 - 1);
        let expect = format!("  Name{}Records\n  {name}      60\n", " ".repeat(27));
        assert_eq!(written(&[&name], 40), expect);
    }

    #[test]
    fn one_long_name_stands_on_a_line_of_its_own_and_many_make_blocks() {
        assert_eq!(
            written(&["a.evtx", "b.evtx", LONG], 40),
            format!(
                "  Name                           Records\n  a.evtx{0}60\n  b.evtx{0}60\n  {LONG}\n{1}60\n",
                " ".repeat(30),
                " ".repeat(38)
            )
        );
        assert_eq!(
            written(&["a.evtx", LONG, LONG], 40),
            format!(
                "  a.evtx\n    Records: 60\n  {LONG}\n    Records: 60\n  {LONG}\n    Records: 60\n"
            )
        );
    }
}
