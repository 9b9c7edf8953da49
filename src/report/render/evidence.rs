//! The decisive field of a record: where it stands in the raw string, and how the string is cut so
//! that it can be seen.

use unicode_segmentation::UnicodeSegmentation;

use crate::report::model::{EvidencePart, FindingPart};

use super::shown::shown;
use super::width::Ruler;

/// Stands for what was cut away.
const CUT: &str = "...";

/// Records of a finding that are shown.
const RECORDS: usize = 3;

/// A raw string, harmless, with the place of its decisive field in columns.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marked {
    /// The string, perhaps cut.
    pub(super) line: String,
    /// Where the field begins and how wide it is; none where it is empty or not there.
    pub(super) mark: Option<(usize, usize)>,
}

/// The newest records of a finding, the newest first, and how many are left out.
pub(super) fn newest(finding: &FindingPart, verbose: bool) -> (Vec<&EvidencePart>, u64) {
    let limit = if verbose { usize::MAX } else { RECORDS };
    let mut records: Vec<&EvidencePart> = finding.evidence.iter().collect();
    // A stable order: records of one time stay as the model has them, turned around.
    records.reverse();
    records.sort_by_key(|record| std::cmp::Reverse(record.time));
    let hidden = records.len().saturating_sub(limit) as u64;
    records.truncate(limit);
    (records, hidden)
}

/// Marks the field (from 1) of a raw string and cuts the string around it to `width` columns.
///
/// Several strings of an event are joined by ` | `, and then the field counts strings; else it
/// counts the items of a list with commas.
pub(super) fn marked(raw: &str, field: Option<u32>, width: usize, ruler: Ruler) -> Marked {
    let (start, end) = field.and_then(|n| place(raw, n)).unwrap_or((0, 0));
    let before = shown(raw.get(..start).unwrap_or_default());
    let decisive = shown(raw.get(start..end).unwrap_or_default());
    let after = shown(raw.get(end..).unwrap_or_default());
    let (left, middle, right) = (
        ruler.columns(&before),
        ruler.columns(&decisive),
        ruler.columns(&after),
    );
    let mark = |at: usize, length: usize| (length > 0).then_some((at, length));
    if left + middle + right <= width {
        return Marked {
            line: format!("{before}{decisive}{after}"),
            mark: mark(left, middle),
        };
    }
    // A field that is wider than the line keeps its begin; what is left over goes to both sides,
    // what one side does not need to the other.
    let cut = CUT.len();
    let decisive = head(&decisive, width.saturating_sub(2 * cut), ruler);
    let middle = ruler.columns(&decisive);
    let room = width.saturating_sub(middle);
    let share_left = left.min((room / 3).max(room.saturating_sub(right)));
    let before = tail(&before, share_left, ruler);
    let at = ruler.columns(&before);
    let after = head(&after, room.saturating_sub(at), ruler);
    Marked {
        line: format!("{before}{decisive}{after}"),
        mark: mark(at, middle),
    }
}

/// The bytes of the field (from 1), without the spaces around it.
fn place(raw: &str, field: u32) -> Option<(usize, usize)> {
    let separator = if raw.contains(" | ") { " | " } else { "," };
    let nth = usize::try_from(field).ok()?.checked_sub(1)?;
    let mut start = 0;
    for (at, item) in raw.split(separator).enumerate() {
        if at == nth {
            let lead = item.len() - item.trim_start().len();
            let start = start + lead;
            return Some((start, start + item.trim().len()));
        }
        start += item.len() + separator.len();
    }
    None
}

/// The begin of a text in at most `width` columns.
fn head(text: &str, width: usize, ruler: Ruler) -> String {
    if ruler.columns(text) <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(CUT.len());
    let mut kept = String::new();
    let mut columns = 0;
    for grapheme in text.graphemes(true) {
        columns += ruler.grapheme(grapheme);
        if columns > room {
            break;
        }
        kept.push_str(grapheme);
    }
    if width >= CUT.len() {
        kept.push_str(CUT);
    }
    kept
}

/// The end of a text in at most `width` columns.
fn tail(text: &str, width: usize, ruler: Ruler) -> String {
    if ruler.columns(text) <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(CUT.len());
    let mut columns = 0;
    let mut from = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        columns += ruler.grapheme(grapheme);
        if columns > room {
            break;
        }
        from = at;
    }
    let kept = text.get(from..).unwrap_or_default();
    if width >= CUT.len() {
        format!("{CUT}{kept}")
    } else {
        kept.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, field: u32, width: usize, expect: &str) {
        let marked = marked(raw, Some(field), width, Ruler { wide: false });
        let (at, length) = marked.mark.unwrap_or((0, 0));
        let picture = format!("{}\n{}{}", marked.line, " ".repeat(at), "^".repeat(length));
        assert_eq!(picture, expect);
        assert!(Ruler { wide: false }.columns(&marked.line) <= width);
    }

    #[test]
    fn the_caret_stands_under_the_field() {
        check("0x8007232B,0x0,,x", 1, 40, "0x8007232B,0x0,,x\n^^^^^^^^^^");
        check("a, 0xC004F074, b", 2, 40, "a, 0xC004F074, b\n   ^^^^^^^^^^");
        check("财务,0x1,b", 2, 40, "财务,0x1,b\n     ^^^");
        check(
            "hr=0xC004F074 | a,b | c",
            2,
            40,
            "hr=0xC004F074 | a,b | c\n                ^^^",
        );
    }

    #[test]
    fn an_empty_or_missing_field_has_no_caret() {
        check("a,,b", 2, 40, "a,,b\n");
        check("a,b", 7, 40, "a,b\n");
        check("a,b", 0, 40, "a,b\n");
    }

    #[test]
    fn a_long_string_is_cut_around_the_field() {
        check(
            "aaaaaaaaaaaaaaaaaaaaaaaa,0x1,bbbbbbbbbbbbbbbbbbbbbbbbbbbb",
            2,
            24,
            "...aaa,0x1,bbbbbbbbbb...\n       ^^^",
        );
        check(
            "财务财务财务财务财务财务,0x1",
            2,
            16,
            "...财务财务,0x1\n            ^^^",
        );
    }

    #[test]
    fn hostile_characters_count_as_they_are_shown() {
        check("\u{1b}[2J,0x1", 2, 40, "\\u{1b}[2J,0x1\n          ^^^");
    }

    proptest::proptest! {
        #[test]
        fn any_string_fits_its_width(raw in ".{0,80}", field in 0u32..9, width in 12usize..90) {
            let ruler = Ruler { wide: true };
            let marked = marked(&raw, Some(field), width, ruler);
            proptest::prop_assert!(ruler.columns(&marked.line) <= width);
        }
    }
}
