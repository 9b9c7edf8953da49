//! Markdown as GitHub reads it: a payload makes no markup, no link, no mention.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::logs::FORGED;
use super::{MADE, acts, reports};

/// What a parser sees in a report.
#[derive(Debug, Default)]
struct Seen {
    /// How many there are of each sort of block or mark, markup of HTML as it stands.
    counts: BTreeMap<String, usize>,
    /// Where links and pictures lead.
    addresses: Vec<String>,
    /// Texts of headings.
    headings: Vec<String>,
    /// Texts outside of code, in which a mention or a bare address would act; `\0` where something
    /// stands between two.
    plain: String,
}

fn seen(markdown: &str) -> Seen {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    let mut seen = Seen::default();
    let mut in_code = false;
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(markdown, options) {
        let counted = match event {
            Event::Start(tag) => {
                in_code |= matches!(tag, Tag::CodeBlock(_));
                if matches!(tag, Tag::Heading { .. }) {
                    heading = Some(String::new());
                }
                match tag {
                    Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                        seen.addresses.push(dest_url.to_string());
                        "link or picture".to_owned()
                    }
                    tag => format!("{tag:?}"),
                }
            }
            Event::End(tag) => {
                in_code &= !matches!(tag, pulldown_cmark::TagEnd::CodeBlock);
                if matches!(tag, pulldown_cmark::TagEnd::Heading(_)) {
                    seen.headings.extend(heading.take());
                }
                seen.plain.push('\0');
                continue;
            }
            Event::Text(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
                if !in_code {
                    seen.plain.push_str(&text);
                }
                continue;
            }
            Event::Code(_) | Event::SoftBreak => {
                seen.plain.push('\0');
                continue;
            }
            // Our own sign between two characters that must not come together.
            Event::InlineHtml(html) if &*html == "<!-- -->" => {
                seen.plain.push('\0');
                continue;
            }
            other => format!("{other:?}"),
        };
        *seen.counts.entry(counted).or_default() += 1;
    }
    seen.addresses.sort();
    seen
}

/// Whether a text would be a mention, or begin an address that becomes a link.
fn hold_plain(text: &str) {
    let follows = |sign: &str, is_bad: fn(char) -> bool| {
        let bad = text
            .match_indices(sign)
            .find(|(at, _)| text[at + sign.len()..].starts_with(is_bad));
        if let Some((at, _)) = bad {
            panic!("{:?}", text[at..].chars().take(60).collect::<String>());
        }
    };
    follows("@", |c| c.is_alphanumeric());
    follows("#", |c| c.is_ascii_digit());
}

/// The lines of a report outside of code blocks, in which a bare address would become a link where
/// it stands without a sign in between.
fn hold_no_bare_address(markdown: &str) {
    let mut is_code = false;
    for line in markdown.lines() {
        let is_fence = line
            .trim_start()
            .trim_start_matches("- ")
            .starts_with("```");
        is_code ^= is_fence;
        if is_code || is_fence {
            continue;
        }
        // Code spans are no links, and links of ours stand between brackets.
        let mut outside = String::new();
        let mut end = 0;
        for (event, range) in Parser::new(line).into_offset_iter() {
            // Signs between two pieces of text, such as a backslash, part them.
            if range.start != end {
                outside.push('\0');
            }
            end = range.end;
            if matches!(event, Event::Text(_)) {
                outside.push_str(&line[range]);
            }
        }
        for address in ["http://", "https://", "ftp://", "www."] {
            assert!(!outside.to_lowercase().contains(address), "{line}");
        }
    }
}

/// Fails where a row of a table has another number of cells than its head: a reader leaves out what is
/// too much.
fn hold_rows(markdown: &str) {
    let mut cells = None;
    for line in markdown.lines() {
        if line.starts_with('|') {
            let n = line.matches('|').count();
            assert_eq!(*cells.get_or_insert(n), n, "{line}");
        } else {
            cells = None;
        }
    }
}

#[test]
fn a_text_of_payloads_has_no_other_markup_than_its_twin() {
    for (made, (language, more)) in MADE.into_iter().enumerate() {
        let markdown = &reports(made, false).markdown;
        let twin = seen(&reports(made, true).markdown);
        let hostile = seen(markdown);
        // A parser of logs reads some payloads otherwise than their twins, so that there may be
        // a record or a product more; but no other sort of mark, nor another block at the top.
        for (sort, count) in &hostile.counts {
            assert!(
                twin.counts.contains_key(sort),
                "{language} {more:?}: {sort}"
            );
            let is_top = [
                "Heading",
                "BlockQuote",
                "List(Some",
                "Table(",
                "Rule",
                "HtmlBlock",
            ]
            .iter()
            .any(|name| sort.starts_with(name));
            if is_top {
                assert_eq!(count, &twin.counts[sort], "{language} {more:?}: {sort}");
            }
        }
        hold_rows(markdown);
        assert_eq!(hostile.addresses, twin.addresses);
        assert!(!hostile.headings.iter().any(|text| text == "heading"));
        assert!(!markdown.contains(acts));
        assert!(!markdown.lines().any(|line| line.trim() == FORGED));
        hold_plain(&hostile.plain);
        hold_no_bare_address(markdown);
    }
}
