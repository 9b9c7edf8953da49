//! Tables of a terminal: columns where they fit, else a block for each row.

use crate::report::render::bit::{Bit, Bits, Column, Row};
use crate::report::render::words::Words;

use super::paper::{Paper, Role, Span, span, spans};

/// Columns before the first column.
const INDENT: usize = 2;

/// Columns between two columns.
const BETWEEN: usize = 2;

/// The narrowest first column that is worth a table.
const FIRST: usize = 14;

/// Writes a table.
pub(super) fn write(paper: &mut Paper, words: &Words, columns: &[Column], rows: &[Row]) {
    match widths(paper, columns, rows) {
        Some(widths) => aligned(paper, columns, rows, &widths),
        None => blocks(paper, words, columns, rows),
    }
}

/// The width of every column: what it holds, but for the first, which takes what is left. None
/// where too little is left.
fn widths(paper: &Paper, columns: &[Column], rows: &[Row]) -> Option<Vec<usize>> {
    let mut widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            rows.iter()
                .filter_map(|row| row.cells.get(at))
                .map(|cell| paper.columns(&spans(cell)))
                .chain([paper.columns(&[span(&column.head, Role::Head)])])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let (first, others) = widths.split_first_mut()?;
    let taken = INDENT + others.iter().map(|width| width + BETWEEN).sum::<usize>();
    let left = paper.width().checked_sub(taken)?;
    if *first > left {
        if left < FIRST {
            return None;
        }
        *first = left;
    }
    Some(widths)
}

fn aligned(paper: &mut Paper, columns: &[Column], rows: &[Row], widths: &[usize]) {
    let head: Vec<Vec<Span>> = columns
        .iter()
        .map(|column| vec![span(&column.head, Role::Head)])
        .collect();
    aligned_line(paper, columns, &head, widths);
    for row in rows {
        let mut cells: Vec<Vec<Span>> = row.cells.iter().map(|cell| spans(cell)).collect();
        // A name that is too long stands on a line of its own, so that it can be copied whole.
        if let (Some(first), Some(width)) = (cells.first_mut(), widths.first())
            && paper.columns(first) > *width
        {
            paper.line(INDENT, first);
            first.clear();
        }
        aligned_line(paper, columns, &cells, widths);
        notes(paper, row);
    }
}

fn aligned_line(paper: &mut Paper, columns: &[Column], cells: &[Vec<Span>], widths: &[usize]) {
    let mut line = Vec::new();
    for (at, ((cell, width), column)) in cells.iter().zip(widths).zip(columns).enumerate() {
        let between = if at > 0 { BETWEEN } else { 0 };
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
                let mut bits = vec![Bit::words(format!("{}{colon}", column.head))];
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
