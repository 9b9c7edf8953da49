//! HTML as a browser reads it: a payload makes no element, no attribute, no address.

use std::collections::BTreeMap;

use super::logs::FORGED;
use super::{MADE, acts, reports};

/// A tag as it stands in the page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Tag {
    name: String,
    is_end: bool,
    attributes: Vec<(String, String)>,
}

/// Elements that have no end.
const VOID: [&str; 9] = [
    "meta", "link", "br", "hr", "img", "input", "path", "rect", "base",
];

/// The tags of a page and its text, read after the states of the standard's tokenizer that such a
/// page can reach. What stands in `style` and `script` is text until their end.
fn tokens(page: &str) -> (Vec<Tag>, String) {
    let mut tags: Vec<Tag> = Vec::new();
    let mut text = String::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("<!DOCTYPE html>") {
            rest = after;
            continue;
        }
        let begins = rest[1..].trim_start_matches('/');
        assert!(
            begins.starts_with(|c: char| c.is_ascii_alphabetic()),
            "no tag, or a comment: {:?}",
            rest.chars().take(60).collect::<String>()
        );
        let (tag, after) = tag(rest);
        rest = after;
        if !tag.is_end && ["script", "style"].contains(&&*tag.name) {
            let end = rest.find(&format!("</{}", tag.name)).unwrap();
            rest = &rest[end..];
        }
        tags.push(tag);
    }
    text.push_str(rest);
    (tags, text)
}

/// The tag that a text begins with, and what follows it.
fn tag(text: &str) -> (Tag, &str) {
    let is_end = text.starts_with("</");
    let text = text[1..].trim_start_matches('/');
    let end = text.find([' ', '\n', '/', '>']).unwrap();
    let name = text[..end].to_ascii_lowercase();
    let mut rest = &text[end..];
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\n', '/']);
        if let Some(after) = rest.strip_prefix('>') {
            let tag = Tag {
                name,
                is_end,
                attributes,
            };
            return (tag, after);
        }
        let end = rest.find(['=', ' ', '>', '/']).unwrap();
        let attribute = rest[..end].to_ascii_lowercase();
        rest = &rest[end..];
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let quoted = after.strip_prefix('"');
            (value, rest) = quoted
                .and_then(|after| after.split_once('"'))
                .unwrap_or_else(|| panic!("an attribute without quotes: {attribute}"));
        }
        attributes.push((attribute, value.to_owned()));
    }
}

/// Fails where an element is not closed by what closes it.
fn hold_nested(tags: &[Tag]) {
    let mut open = Vec::new();
    for tag in tags {
        if tag.is_end {
            assert_eq!(open.pop(), Some(&tag.name));
        } else if !VOID.contains(&&*tag.name) {
            open.push(&tag.name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// How many there are of each sort of element: its name and attributes, with those of their values
/// that are the page's own.
fn shape(tags: &[Tag]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for tag in tags.iter().filter(|tag| !tag.is_end) {
        let attribute = |(name, value): &(String, String)| match &**name {
            "class" | "scope" | "role" | "lang" | "type" => format!("{name}={value}"),
            _ => name.clone(),
        };
        let attributes: Vec<String> = tag.attributes.iter().map(attribute).collect();
        *counts
            .entry(format!("{} {}", tag.name, attributes.join(" ")))
            .or_default() += 1;
    }
    counts
}

#[test]
fn a_page_of_payloads_has_no_other_elements_than_its_twin() {
    for (made, (language, more)) in MADE.into_iter().enumerate() {
        let page = &reports(made, false).html;
        let (tags, text) = tokens(page);
        hold_nested(&tags);
        let (twin, _) = tokens(&reports(made, true).html);
        // A parser of logs reads some payloads otherwise than their twins, so that there may be
        // a product or an attempt more; but not another sort of element.
        let (found, known) = (shape(&tags), shape(&twin));
        for (sort, count) in found {
            assert!(known.contains_key(&sort), "{language} {more:?}: {sort}");
            let is_single = ["script ", "style ", "meta ", "main ", "title ", "table "]
                .iter()
                .any(|name| sort.starts_with(name));
            if is_single {
                assert_eq!(count, known[&sort], "{language} {more:?}: {sort}");
            }
        }
        hold_harmless(&tags, &twin);
        assert!(!page.contains(acts), "{language} {more:?}");
        assert!(!text.lines().any(|line| line.trim() == FORGED));
    }
}

/// Fails where an attribute acts, or leads out of the page to where the twin does not.
fn hold_harmless(tags: &[Tag], twin: &[Tag]) {
    let addresses = |tags: &[Tag]| -> Vec<String> {
        let all = tags.iter().flat_map(|tag| &tag.attributes);
        let mut found: Vec<String> = all
            .filter(|(name, value)| name != "id" && value.contains("://"))
            .map(|(_, value)| value.clone())
            .collect();
        found.sort();
        found.dedup();
        found
    };
    assert_eq!(addresses(tags), addresses(twin));
    let mut ids = std::collections::BTreeSet::new();
    for tag in tags {
        for (name, value) in &tag.attributes {
            assert!(!name.starts_with("on") && name != "style", "{tag:?}");
            if ["href", "src", "action", "data"].contains(&&**name) {
                let is_page = value.starts_with('#') || value.starts_with("https://");
                assert!(is_page, "{tag:?}");
            }
            if name == "id" {
                assert!(ids.insert(value), "{value} twice");
                assert!(!value.contains(char::is_whitespace), "{value}");
            }
        }
    }
    for tag in tags {
        for (name, value) in &tag.attributes {
            if let (true, Some(id)) = (name == "href", value.strip_prefix('#')) {
                assert!(ids.contains(&id.to_owned()), "nothing has the id {id}");
            }
        }
    }
}

#[test]
fn the_tokenizer_sees_what_a_browser_would() {
    let (tags, text) =
        tokens("a<p class=\"x\" hidden>&lt;b&gt;</p><br/><script>if (a<b) {}</script>");
    assert_eq!(text, "a&lt;b&gt;");
    let names: Vec<_> = tags.iter().map(|tag| (&*tag.name, tag.is_end)).collect();
    assert_eq!(
        names,
        [
            ("p", false),
            ("p", true),
            ("br", false),
            ("script", false),
            ("script", true)
        ]
    );
    assert_eq!(tags[0].attributes.len(), 2);
}
