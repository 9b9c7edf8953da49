//! Lines of a terminal: styled spans wrapped to its width.
//!
//! Every text goes through `shown` on its way in, and ANSI codes are written only here, so nothing
//! from a log can act on the terminal.
//!
//! No line is wider than the terminal but for what is to be copied whole: the commands of checks and
//! the addresses of pages, each on a line of its own ([`Paper::line`]); commands within sentences, of
//! which only spaces break ([`Hold::Command`]); and the names of logs, which are paths
//! ([`Hold::Path`]). Anything else that no line holds is cut between two characters.

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
    hold: Hold,
}

/// How a stretch of text holds together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Hold {
    /// It breaks as prose does.
    #[default]
    Prose,
    /// It stays on one line where a line can hold it, and breaks as prose does where none can.
    Whole,
    /// Likewise, but is never cut where it has no space.
    Command,
    /// It stays on one line even where none can hold it.
    Path,
}

/// A span of a text.
pub(super) fn span(text: &str, role: Role) -> Span {
    Span {
        text: shown(text).into_owned(),
        role,
        hold: Hold::Prose,
    }
}

/// A span that stays on one line where a line can hold it.
pub(super) fn whole(text: &str, role: Role) -> Span {
    Span {
        hold: Hold::Whole,
        ..span(text, role)
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
                whole.hold = if bit.is_path { Hold::Path } else { Hold::Whole };
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
        command.hold = Hold::Command;
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
    /// The number of its span.
    span: usize,
    /// Whether it is never parted from its neighbours of the same span but at a space.
    is_kept: bool,
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
        let room = self.width.saturating_sub(hang);
        let cells = self.cells(spans, room);
        let pieces = cut(pieces(&cells), &cells, room);
        self.indent(indent);
        for span in lead {
            self.styled(&span.text, span.role);
        }
        let mut column = indent + self.columns(lead);
        // The cells of the line that is being filled; pieces and the spaces between them adjoin.
        let mut line: Option<Range<usize>> = None;
        for piece in &pieces {
            let fits = column + piece.spaces.len() + piece.columns <= self.width;
            match &mut line {
                Some(line) if fits => {
                    line.end = piece.cells.end;
                    column += piece.spaces.len() + piece.columns;
                }
                _ => {
                    // Beside a long lead there may be less room than on the next line.
                    let is_next = line.is_some() || (!fits && column > hang);
                    self.cell_run(&cells, line.take().unwrap_or_default());
                    if is_next {
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
                let fits = span.hold == Hold::Path || self.ruler.columns(&span.text) <= room;
                let is_whole = span.hold != Hold::Prose && fits;
                let is_kept = matches!(span.hold, Hold::Command | Hold::Path);
                span.text.graphemes(true).map(move |text| Cell {
                    text,
                    columns: self.ruler.grapheme(text),
                    role: span.role,
                    whole: is_whole.then_some(number),
                    span: number,
                    is_kept,
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

/// Cuts what no line of so many columns holds: at a space, as a time with a long zone has, else between
/// two spans, so that a name keeps whole, else between two graphemes. What is to be kept is not cut.
fn cut(pieces: Vec<Piece>, cells: &[Cell<'_>], room: usize) -> Vec<Piece> {
    let mut parts = Vec::with_capacity(pieces.len());
    for piece in pieces {
        if piece.columns <= room {
            parts.push(piece);
            continue;
        }
        let (mut spaces, mut start, mut columns) = (piece.spaces, piece.cells.start, 0);
        for at in piece.cells.clone() {
            let cell = &cells[at];
            let cut = if columns == 0 || cell.text == " " && cell.is_kept {
                None
            } else if cell.text == " " {
                Some(at..at + 1)
            } else if columns + cell.columns > room {
                let edge = |at: &usize| cells[*at - 1].span != cells[*at].span;
                let to = (start + 1..=at).rev().find(edge);
                let to = to.or_else(|| (!cell.is_kept).then_some(at));
                to.map(|to| to..to)
            } else {
                None
            };
            if let Some(between) = cut {
                let after: usize = cells[between.start..at].iter().map(|c| c.columns).sum();
                parts.push(Piece {
                    cells: start..between.start,
                    spaces,
                    columns: columns - after,
                });
                start = between.end;
                columns = after;
                spaces = between;
            }
            if start <= at {
                columns += cell.columns;
            }
        }
        parts.push(Piece {
            cells: start..piece.cells.end,
            spaces,
            columns,
        });
    }
    parts
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
            "a-very-long-wo\n  rd-of-a-log b\n",
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
    fn what_no_line_holds_is_cut_between_characters_and_a_command_is_not() {
        check(
            "x aaaaaaaaaaaaae\u{301}bbb",
            false,
            "x aaaaaaaaaaaaae\u{301}\n  bbb\n",
        );
        check(
            "`aaaaaaaaaaaaaaaaaaaa b`",
            false,
            "`aaaaaaaaaaaaaaaaaaaa\n  b`\n",
        );
        let options = RenderOptions::default();
        let mut paper = Paper::new(&options, false);
        paper.width = 16;
        let lead = [span("a long lead ", Role::Head)];
        paper.paragraph(0, &lead, 2, &prose("twelve-chars", Role::Plain));
        assert_eq!(paper.finish(), "a long lead\n  twelve-chars\n");
    }

    #[test]
    fn a_time_stays_on_one_line() {
        let options = RenderOptions::default();
        let mut paper = Paper::new(&options, false);
        paper.width = 25;
        paper.paragraph(
            0,
            &[],
            0,
            &prose("until 2026-10-20 00:00:00 (UTC)", Role::Plain),
        );
        assert_eq!(paper.finish(), "until\n2026-10-20 00:00:00 (UTC)\n");
        let mut paper = Paper::new(&options, false);
        paper.width = 20;
        paper.paragraph(0, &[], 0, &prose("2026-10-20 00:00:00 (UTC)", Role::Plain));
        assert_eq!(paper.finish(), "2026-10-20 00:00:00\n(UTC)\n");
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
