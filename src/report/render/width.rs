//! How many columns a text takes on a terminal, and where a line may break.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Measures text in columns.
///
/// Chinese consoles with a code page draw characters of ambiguous width, such as quotation marks,
/// two columns wide; there the wider measure keeps every line within the width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ruler {
    /// Whether characters of ambiguous width take two columns.
    pub(super) wide: bool,
}

impl Ruler {
    /// The columns of a text.
    pub(super) fn columns(self, text: &str) -> usize {
        text.graphemes(true).map(|g| self.grapheme(g)).sum()
    }

    /// The columns of one grapheme: never more than two, since a terminal draws it in one cell or
    /// two.
    pub(super) fn grapheme(self, grapheme: &str) -> usize {
        let columns = if self.wide {
            grapheme.width_cjk()
        } else {
            grapheme.width()
        };
        columns.min(2)
    }
}

/// Whether a line may break between two graphemes where there is no space: at a Han character or
/// full-width sign, but not before what closes and not after what opens.
pub(super) fn may_break(before: &str, after: &str) -> bool {
    let last = before.chars().next().unwrap_or(' ');
    let next = after.chars().next().unwrap_or(' ');
    (is_wide(last) || is_wide(next) || last == '”' || next == '“')
        && !may_not_begin(next)
        && !may_not_end(last)
}

fn is_wide(c: char) -> bool {
    c.width() == Some(2)
}

/// Signs that close or separate: they stay with the line before them.
fn may_not_begin(c: char) -> bool {
    matches!(
        c,
        '，' | '。'
            | '；'
            | '：'
            | '、'
            | '！'
            | '？'
            | '）'
            | '》'
            | '〉'
            | '】'
            | '」'
            | '』'
            | '〕'
            | '”'
            | '’'
            | '…'
            | '—'
            | '％'
            | '·'
            | 'ー'
            | '々'
            | ','
            | '.'
            | ';'
            | ':'
            | '!'
            | '?'
            | ')'
            | ']'
            | '}'
            | '%'
    )
}

/// Signs that open: they stay with what follows them.
fn may_not_end(c: char) -> bool {
    matches!(
        c,
        '（' | '《' | '〈' | '【' | '「' | '『' | '〔' | '“' | '‘' | '(' | '[' | '{' | '$' | '#'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn han_characters_take_two_columns_and_clusters_stay_whole() {
        let ruler = Ruler { wide: false };
        assert_eq!(ruler.columns("KMS 主机"), 8);
        assert_eq!(ruler.columns("e\u{301}"), 1);
        assert_eq!(ruler.columns("👨\u{200d}👩\u{200d}👧"), 2);
        assert_eq!(ruler.columns("“a”"), 3);
        assert_eq!(Ruler { wide: true }.columns("“a”"), 5);
    }

    #[test]
    fn chinese_breaks_anywhere_but_at_its_punctuation() {
        let check = |before, after, expect| {
            assert_eq!(may_break(before, after), expect, "{before} {after}");
        };
        check("主", "机", true);
        check("机", "，", false);
        check("，", "该", true);
        check("“", "应", false);
        check("序", "”", false);
        check("（", "见", false);
        check("机", "“", true);
        check("”", "日", true);
        check("a", "b", false);
        check("机", ")", false);
    }
}
