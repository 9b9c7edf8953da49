//! The decisive field of a record: where it stands in the raw string, and how the string is cut so
//! that it can be seen.

use unicode_segmentation::UnicodeSegmentation;

use crate::report::model::{EvidencePart, FindingPart};

use super::shown::shown;
use super::width::Ruler;

/// Stands for what was cut away.
const CUT: &str = "...";

/// Stands between the strings of an event.
const STRINGS: &str = " | ";

/// Events whose first string is a list: request, response, request served by a host.
const KMS_EVENTS: [u16; 3] = [12288, 12289, 12290];

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

/// The text of a record's decisive field.
pub(super) fn decisive(record: &EvidencePart) -> &str {
    let raw = record.raw.as_deref().unwrap_or_default();
    place(record)
        .and_then(|(start, end)| raw.get(start..end))
        .unwrap_or_default()
}

/// A record's raw string: what stands before the decisive field, the field, what stands behind it.
pub(super) fn split(record: &EvidencePart) -> Option<(&str, &str, &str)> {
    let raw = record.raw.as_deref()?;
    let (start, end) = place(record).unwrap_or((raw.len(), raw.len()));
    Some((raw.get(..start)?, raw.get(start..end)?, raw.get(end..)?))
}

/// Marks a record's decisive field in its raw string and cuts the string around it to `width`
/// columns; none without a raw string.
pub(super) fn marked(record: &EvidencePart, width: usize, ruler: Ruler) -> Option<Marked> {
    let raw = record.raw.as_deref()?;
    Some(cut_around(
        raw,
        place(record).unwrap_or((0, 0)),
        width,
        ruler,
    ))
}

fn cut_around(raw: &str, (start, end): (usize, usize), width: usize, ruler: Ruler) -> Marked {
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

/// The bytes of the decisive field, without the spaces around it.
///
/// The strings of an event are joined by ` | `. The first string of a KMS event is a list with
/// commas, and there the field counts its items; everywhere else it counts strings. (Some 12290
/// have each item in a string of its own.)
fn place(record: &EvidencePart) -> Option<(usize, usize)> {
    let raw = record.raw.as_deref()?;
    if let Some(part) = &record.decisive {
        let start = raw.find(part.as_str())?;
        return Some((start, start + part.len()));
    }
    let nth = usize::try_from(record.field?).ok()?.checked_sub(1)?;
    let first = raw.split(STRINGS).next().unwrap_or_default();
    let is_list = KMS_EVENTS.contains(&record.event_id) && first.contains(',');
    let (raw, separator) = if is_list {
        (first, ",")
    } else {
        (raw, STRINGS)
    };
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
    use crate::report::render::sample;

    fn record(event_id: u16, raw: &str, field: u32) -> EvidencePart {
        EvidencePart {
            log: String::new(),
            computer: String::new(),
            record_id: 1,
            event_id,
            time: sample::at(1, "00:00:00"),
            hresult: None,
            provider: None,
            raw: Some(raw.to_owned()),
            field: Some(field),
            decisive: None,
        }
    }

    fn check(record: &EvidencePart, width: usize, expect: &str) {
        let marked = marked(record, width, Ruler { wide: false }).unwrap();
        let (at, length) = marked.mark.unwrap_or((0, 0));
        let picture = format!("{}\n{}{}", marked.line, " ".repeat(at), "^".repeat(length));
        assert_eq!(picture, expect);
        assert!(Ruler { wide: false }.columns(&marked.line) <= width);
    }

    fn check_list(raw: &str, field: u32, width: usize, expect: &str) {
        check(&record(12288, raw, field), width, expect);
    }

    #[test]
    fn the_caret_stands_under_the_item_of_a_list() {
        check_list("0x8007232B,0x0,,x", 1, 40, "0x8007232B,0x0,,x\n^^^^^^^^^^");
        check_list("a, 0xC004F074, b", 2, 40, "a, 0xC004F074, b\n   ^^^^^^^^^^");
        check_list("财务,0x1,b", 2, 40, "财务,0x1,b\n     ^^^");
        check_list("a,0x1 | b,c", 2, 40, "a,0x1 | b,c\n  ^^^");
    }

    #[test]
    fn outside_of_kms_lists_the_field_counts_strings() {
        let raw = "hr=0xC004F074 | a,b | c";
        let expect = "hr=0xC004F074 | a,b | c\n                ^^^";
        check(&record(8198, raw, 2), 40, expect);
        check(
            &record(12290, "0x0 | 25 | pc", 2),
            40,
            "0x0 | 25 | pc\n      ^^",
        );
        check(&record(8200, "a, hr=0x1", 1), 40, "a, hr=0x1\n^^^^^^^^^");
    }

    #[test]
    fn an_empty_or_missing_field_has_no_caret() {
        check_list("a,,b", 2, 40, "a,,b\n");
        check_list("a,b", 7, 40, "a,b\n");
        check_list("a,b", 0, 40, "a,b\n");
    }

    #[test]
    fn a_long_string_is_cut_around_the_field() {
        check_list(
            "aaaaaaaaaaaaaaaaaaaaaaaa,0x1,bbbbbbbbbbbbbbbbbbbbbbbbbbbb",
            2,
            24,
            "...aaa,0x1,bbbbbbbbbb...\n       ^^^",
        );
        check_list(
            "财务财务财务财务财务财务,0x1",
            2,
            16,
            "...财务财务,0x1\n            ^^^",
        );
    }

    #[test]
    fn a_part_of_a_field_is_marked_where_it_is_told() {
        let raw = "State =AppId=55c92734;Reason=0xc004f034;ProductKeyType=Retail";
        let mut record = record(8230, raw, 1);
        record.decisive = Some("ProductKeyType=Retail".to_owned());
        check(
            &record,
            40,
            "...ason=0xc004f034;ProductKeyType=Retail\n                   ^^^^^^^^^^^^^^^^^^^^^",
        );
    }

    #[test]
    fn hostile_characters_count_as_they_are_shown() {
        check_list("\u{1b}[2J,0x1", 2, 40, "\\u{1b}[2J,0x1\n          ^^^");
    }

    proptest::proptest! {
        #[test]
        fn any_string_fits_its_width(raw in ".{0,80}", field in 0u32..9, width in 12usize..90) {
            let ruler = Ruler { wide: true };
            let marked = marked(&record(12288, &raw, field), width, ruler).unwrap();
            proptest::prop_assert!(ruler.columns(&marked.line) <= width);
        }
    }
}
