//! What the style must know of each table: the heads of its columns and how wide these are.
//!
//! In a narrow window a row is a card, and every cell says which column it is of. Written beside each
//! cell the heads would make megabytes of a page of thousands, so they stand here once for a table, as
//! a style of the page's own. No text of a log gets in: heads are phrases.

use std::fmt::Write;

/// A table's column.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// What it says, empty where it says nothing.
    pub(super) text: String,
    /// Its share of a row's width, in tenths, where the rows are laid out one by one.
    pub(super) share: u8,
}

/// The rules for a table with these columns.
pub(super) fn of_table(id: &str, heads: &[Head]) -> String {
    let mut rules = String::new();
    let mut shares = String::new();
    for (at, head) in heads.iter().enumerate() {
        push_label(&mut rules, id, "tr", at + 1, &head.text);
        // Writing to a string does not fail.
        let _ = write!(shares, " {}fr", head.share);
    }
    let _ = writeln!(rules, "#{id}{{--columns:{}}}", shares.trim_start());
    rules
}

/// The rules for cells of a table's further rows, which begin at a later column: these heads are
/// theirs, from their first cell on.
pub(super) fn of_further_rows(id: &str, heads: &[Head]) -> String {
    let mut rules = String::new();
    for (at, head) in heads.iter().enumerate() {
        push_label(&mut rules, id, "tr+tr", at + 1, &head.text);
    }
    rules
}

/// The rule for the word before the heads where these stand in a line of their own.
pub(super) fn of_all(sort: &str) -> String {
    format!("table{{--sort:\"{}\"}}\n", quoted(sort))
}

fn push_label(rules: &mut String, id: &str, row: &str, at: usize, text: &str) {
    let text = quoted(text);
    let _ = writeln!(rules, "#{id} {row}>:nth-child({at}){{--label:\"{text}\"}}");
}

/// A text as it may stand in a style's quotes, and in a page.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() || c == ' ' {
            quoted.push(c);
        } else {
            let _ = write!(quoted, "\\{:x} ", u32::from(c));
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Head {
        Head {
            text: text.to_owned(),
            share: 10,
        }
    }

    #[test]
    fn every_column_has_its_head_and_its_width() {
        assert_eq!(
            of_table("days-table", &[head("Day"), head("次数")]),
            "#days-table tr>:nth-child(1){--label:\"Day\"}\n\
             #days-table tr>:nth-child(2){--label:\"次数\"}\n\
             #days-table{--columns:10fr 10fr}\n"
        );
    }

    #[test]
    fn no_head_can_end_the_style_or_its_quotes() {
        assert_eq!(
            quoted("a\"}</style>\\\n(UTC)"),
            "a\\22 \\7d \\3c \\2f style\\3e \\5c \\a \\28 UTC\\29 "
        );
    }
}
