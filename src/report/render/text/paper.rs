//! Lines of a terminal: styled spans wrapped to its width.
//!
//! Every text goes through `shown` on its way in, and ANSI codes are written only here, so nothing
//! from a log can act on the terminal.

use std::ops::Range;

use anstyle::{AnsiColor, Style};
use unicode_segmentation::UnicodeSegmentation;

use crate::report::render::RenderOptions;
use crate::report::render::bit::{Bit, Tone};
use crate::report::render::shown::shown;
use crate::report::render::width::{Ruler, may_break};

/// The fewest columns that are laid out for.
const NARROWEST: usize = 40;

/// What a stretch of text is, for its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    /// As it is.
    #[default]
    Plain,
    /// A heading or label.
    Head,
    /// A critical finding.
    Critical,
    /// An error, or something that fails.
    Bad,
    /// A warning.
    Warning,
    /// Information.
    Info,
    /// Something that works.
    Good,
    /// Of less weight.
    Dim,
    /// Crossed out.
    Struck,
    /// A command.
    Command,
}

impl Role {
    fn style(self) -> Style {
        let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Head => Style::new().bold(),
            Self::Critical => color(AnsiColor::Magenta).bold(),
            Self::Bad => color(AnsiColor::Red).bold(),
            Self::Warning => color(AnsiColor::Yellow).bold(),
            Self::Info | Self::Command => color(AnsiColor::Cyan),
            Self::Good => color(AnsiColor::Green),
            Self::Dim => Style::new().dimmed(),
            Self::Struck => Style::new().dimmed().strikethrough(),
        }
    }
}

/// A stretch of text with one role.
#[derive(Clone, Debug)]
pub(super) struct Span {
    text: String,
    role: Role,
    /// Whether it stays on one line where a line can hold it.
    is_whole: bool,
    /// Whether it stays so even where none can.
    is_path: bool,
}

/// A span of a text.
pub(super) fn span(text: &str, role: Role) -> Span {
    Span {
        text: shown(text).into_owned(),
        role,
        is_whole: false,
        is_path: false,
    }
}

/// The spans of bits.
pub(super) fn spans(bits: &[Bit]) -> Vec<Span> {
    bits.iter()
        .flat_map(|bit| {
            let role = match bit.tone {
                Tone::Plain => Role::Plain,
                Tone::Bad => Role::Bad,
                Tone::Good => Role::Good,
            };
            if bit.is_whole {
                let mut whole = span(&bit.text, role);
                whole.is_whole = true;
                whole.is_path = bit.is_path;
                vec![whole]
            } else {
                prose(&bit.text, role)
            }
        })
        .collect()
}

/// The spans of a sentence: commands between backticks stay whole and keep their backticks.
pub(super) fn prose(text: &str, role: Role) -> Vec<Span> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('`')
        && let Some((command, after)) = tail.split_once('`')
    {
        found.push(span(before, role));
        let role = if role == Role::Plain {
            Role::Command
        } else {
            role
        };
        let mut command = span(&format!("`{command}`"), role);
        command.is_whole = true;
        found.push(command);
        rest = after;
    }
    found.push(span(rest, role));
    found
}

/// One grapheme.
struct Cell<'a> {
    text: &'a str,
    columns: usize,
    role: Role,
    /// The number of the span that keeps it on one line with its neighbours.
    whole: Option<usize>,
}

/// Cells between which a line does not break.
struct Piece {
    cells: Range<usize>,
    /// Spaces before it; at a line's begin they are dropped.
    spaces: Range<usize>,
    columns: usize,
}

/// The page that is being written.
pub(super) struct Paper {
    out: String,
    width: usize,
    color: bool,
    ruler: Ruler,
}

impl Paper {
    /// An empty page.
    pub(super) fn new(options: &RenderOptions, is_chinese: bool) -> Self {
        Self {
            out: String::new(),
            width: options.width.max(NARROWEST),
            color: options.color,
            ruler: Ruler { wide: is_chinese },
        }
    }

    /// What was written.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// The columns of a line.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// How columns are measured.
    pub(super) fn ruler(&self) -> Ruler {
        self.ruler
    }

    /// The columns of a text as it will be shown.
    pub(super) fn columns(&self, spans: &[Span]) -> usize {
        spans
            .iter()
            .map(|span| self.ruler.columns(&span.text))
            .sum()
    }

    /// An empty line; never two together.
    pub(super) fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A line as it is, however wide.
    pub(super) fn line(&mut self, indent: usize, spans: &[Span]) {
        self.indent(indent);
        for span in spans {
            self.styled(&span.text, span.role);
        }
        self.end_line();
    }

    /// A paragraph whose first line begins with `lead` and whose other lines are indented by
    /// `hang` columns.
    pub(super) fn paragraph(&mut self, indent: usize, lead: &[Span], hang: usize, spans: &[Span]) {
        let cells = self.cells(spans, self.width.saturating_sub(hang));
        let pieces = pieces(&cells);
        self.indent(indent);
        for span in lead {
            self.styled(&span.text, span.role);
        }
        let mut column = indent + self.columns(lead);
        // The cells of the line that is being filled; pieces and the spaces between them adjoin.
        let mut line: Option<Range<usize>> = None;
        for piece in &pieces {
            match &mut line {
                Some(line) if column + piece.spaces.len() + piece.columns <= self.width => {
                    line.end = piece.cells.end;
                    column += piece.spaces.len() + piece.columns;
                }
                _ => {
                    if let Some(line) = line.take() {
                        self.cell_run(&cells, line);
                        self.end_line();
                        self.indent(hang);
                        column = hang;
                    }
                    line = Some(piece.cells.clone());
                    column += piece.columns;
                }
            }
        }
        self.cell_run(&cells, line.unwrap_or_default());
        self.end_line();
    }

    /// The graphemes of spans; a whole span stays so where `room` columns hold it.
    fn cells<'a>(&self, spans: &'a [Span], room: usize) -> Vec<Cell<'a>> {
        spans
            .iter()
            .enumerate()
            .flat_map(|(number, span)| {
                let fits = span.is_path || self.ruler.columns(&span.text) <= room;
                let is_whole = span.is_whole && fits;
                span.text.graphemes(true).map(move |text| Cell {
                    text,
                    columns: self.ruler.grapheme(text),
                    role: span.role,
                    whole: is_whole.then_some(number),
                })
            })
            .collect()
    }

    fn cell_run(&mut self, cells: &[Cell<'_>], run: Range<usize>) {
        let mut rest = &cells[run];
        while let Some(first) = rest.first() {
            let same = rest
                .iter()
                .take_while(|cell| cell.role == first.role)
                .count();
            let text: String = rest[..same].iter().map(|cell| cell.text).collect();
            self.styled(&text, first.role);
            rest = &rest[same..];
        }
    }

    fn styled(&mut self, text: &str, role: Role) {
        let style = role.style();
        if self.color && style != Style::new() && !text.is_empty() {
            self.out.push_str(&format!("{style}{text}{style:#}"));
        } else {
            self.out.push_str(text);
        }
    }

    fn indent(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    fn end_line(&mut self) {
        let end = self.out.trim_end_matches(' ').len();
        self.out.truncate(end);
        self.out.push('\n');
    }
}

/// Prose in lines of at most so many columns.
pub(in crate::report::render) fn lines(text: &str, width: usize, is_chinese: bool) -> Vec<String> {
    let mut paper = Paper {
        out: String::new(),
        width,
        color: false,
        ruler: Ruler { wide: is_chinese },
    };
    paper.paragraph(0, &[], 0, &prose(text, Role::Plain));
    paper.out.lines().map(str::to_owned).collect()
}

/// Takes cells apart where a line may break.
fn pieces(cells: &[Cell<'_>]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut spaces, mut start) = (0..0, 0);
    let mut end_piece = |spaces: &Range<usize>, run: Range<usize>| {
        if !run.is_empty() {
            let columns = cells[run.clone()].iter().map(|cell| cell.columns).sum();
            pieces.push(Piece {
                cells: run,
                spaces: spaces.clone(),
                columns,
            });
        }
    };
    for (at, cell) in cells.iter().enumerate() {
        let is_inside = |other: Option<&Cell<'_>>| {
            cell.whole.is_some() && other.is_some_and(|other| other.whole == cell.whole)
        };
        let before = at.checked_sub(1).and_then(|at| cells.get(at));
        let is_space = cell.text == " " && cell.whole.is_none();
        if is_space && !is_in_time(cells, at) && !is_before_unit(cells, at) {
            end_piece(&spaces, start..at);
            if start < at {
                spaces = at..at;
            }
            spaces.end = at + 1;
            start = at + 1;
        } else if at > start
            && !is_inside(before)
            && before.is_some_and(|before| may_break(before.text, cell.text))
        {
            end_piece(&spaces, start..at);
            spaces = at..at;
            start = at;
        }
    }
    end_piece(&spaces, start..cells.len());
    pieces
}

/// Whether a space stands between the date and the clock of a time, or between the clock and the zone
/// in parentheses.
fn is_in_time(cells: &[Cell<'_>], at: usize) -> bool {
    let text = |at: Option<usize>| at.and_then(|at| cells.get(at)).map_or("", |cell| cell.text);
    let are = |sign: &str, places: [Option<usize>; 2]| places.map(text) == [sign, sign];
    let before = [at.checked_sub(6), at.checked_sub(3)];
    let after_date = are("-", before) && are(":", [Some(at + 3), Some(at + 6)]);
    let after_clock = are(":", before) && text(Some(at + 1)) == "(";
    after_date || after_clock
}

/// Whether a space stands between a number and the Han character that counts it, as in `3 次`.
fn is_before_unit(cells: &[Cell<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| cells.get(at));
    let is_digit = before.is_some_and(|cell| cell.text.bytes().all(|b| b.is_ascii_digit()));
    let after = cells.get(at + 1);
    is_digit && after.is_some_and(|cell| cell.columns == 2 && may_break(cell.text, "主"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, is_chinese: bool, expect: &str) {
        let options = RenderOptions::default();
        let mut paper = Paper::new(&options, is_chinese);
        paper.width = 16;
        paper.paragraph(0, &[], 2, &prose(text, Role::Plain));
        assert_eq!(paper.finish(), expect);
    }

    #[test]
    fn lines_break_at_spaces_and_hang() {
        check(
            "one two three four five",
            false,
            "one two three\n  four five\n",
        );
        check(
            "a-very-long-word-of-a-log b",
            false,
            "a-very-long-word-of-a-log\n  b\n",
        );
    }

    #[test]
    fn chinese_breaks_between_characters_and_not_before_punctuation() {
        check(
            "主机在日志里没有，应答",
            true,
            "主机在日志里没\n  有，应答\n",
        );
        check("主机在日志里没有应答", true, "主机在日志里没有\n  应答\n");
        check("请求发往 KMS 主机后", true, "请求发往 KMS 主\n  机后\n");
        check("激活尝试，失败 3 次。", true, "激活尝试，失败\n  3 次。\n");
    }

    #[test]
    fn a_command_stays_whole_where_a_line_holds_it() {
        check(
            "Now run `net help x` twice",
            false,
            "Now run\n  `net help x`\n  twice\n",
        );
        check(
            "`a b c d e f g h i j k`",
            false,
            "`a b c d e f g h\n  i j k`\n",
        );
    }

    #[test]
    fn a_time_stays_on_one_line() {
        let options = RenderOptions::default();
        let mut paper = Paper::new(&options, false);
        paper.width = 24;
        paper.paragraph(
            0,
            &[],
            0,
            &prose("until 2026-10-20 00:00:00 (UTC)", Role::Plain),
        );
        assert_eq!(paper.finish(), "until\n2026-10-20 00:00:00 (UTC)\n");
    }

    #[test]
    fn a_path_stays_whole_even_where_no_line_holds_it() {
        let options = RenderOptions::default();
        let mut paper = Paper::new(&options, false);
        let path = "C:\\Collected logs of the week\\PC-0107\\Application.evtx";
        let mut line = prose("record 5 of ", Role::Plain);
        paper.width = 40;
        line.extend(spans(&[Bit::path(path), Bit::words(" is odd")]));
        paper.paragraph(0, &[], 2, &line);
        assert_eq!(paper.finish(), format!("record 5 of\n  {path}\n  is odd\n"));
    }

    #[test]
    fn escape_sequences_of_a_log_never_reach_the_terminal() {
        check("a\u{1b}[2J", false, "a\\u{1b}[2J\n");
    }
}
