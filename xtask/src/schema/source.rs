//! Reads the types out of Rust source that rustfmt has been over: structs with named fields, and enums
//! that are one of several values. Attributes of serde that would change what is written are followed,
//! and one that is not known is an error.

use std::collections::BTreeMap;

use anyhow::{Context, bail};

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) items: Vec<Item>,
    /// Public constants that are plain numbers.
    pub(super) numbers: BTreeMap<String, u64>,
}

/// A type.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) shape: Shape,
}

/// How a type is written as JSON.
#[derive(Debug)]
pub(super) enum Shape {
    /// An object with these fields.
    Struct(Vec<Field>),
    /// A value of one of these types.
    AnyOf(Vec<String>),
}

/// A field of a struct.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) doc: String,
    /// Its type as it is written in the source.
    pub(super) kind: String,
    /// Whether it is left out where there is none.
    pub(super) may_be_missing: bool,
    /// Whether its own fields stand in its place.
    pub(super) is_flat: bool,
}

/// What stands before an item or field.
#[derive(Debug, Default)]
struct Before {
    doc: Vec<String>,
    attributes: Vec<String>,
}

impl Before {
    /// Takes a line, if it is a doc comment or an attribute.
    fn take<'l>(&mut self, line: &str, rest: &mut impl Iterator<Item = &'l str>) -> bool {
        let line = line.trim();
        if let Some(doc) = line.strip_prefix("///") {
            self.doc.push(doc.trim().to_owned());
            return true;
        }
        if !line.starts_with("#[") {
            return false;
        }
        let mut attribute = line.to_owned();
        while !attribute.ends_with(']') {
            let Some(next) = rest.next() else { break };
            attribute.push_str(next.trim());
        }
        self.attributes.push(attribute);
        true
    }

    fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|line| line == attribute)
    }

    /// Whether serde writes it.
    fn is_written(&self) -> bool {
        self.attributes.iter().any(|attribute| {
            attribute.starts_with("#[derive(")
                && attribute
                    .trim_start_matches("#[derive(")
                    .trim_end_matches(")]")
                    .split(',')
                    .any(|name| name.trim() == "Serialize")
        })
    }
}

/// Reads every type that serde writes.
///
/// # Errors
/// Where a form is not known.
pub(super) fn read_items(text: &str) -> anyhow::Result<Read> {
    let text = text.split("#[cfg(test)]\nmod tests {").next();
    let text = text.unwrap_or_default();
    let mut found = Read::default();
    let mut lines = text.lines();
    let mut before = Before::default();
    while let Some(line) = lines.next() {
        // Items stand at the margin; what is indented belongs to something else.
        if line.starts_with(' ') || line.is_empty() || line.starts_with("//!") {
            continue;
        }
        if before.take(line, &mut lines) {
            continue;
        }
        let held = std::mem::take(&mut before);
        if let Some((name, number)) = constant(line) {
            found.numbers.insert(name, number);
        }
        let opened = |word: &str| {
            let rest = line.strip_prefix("pub ").unwrap_or(line);
            let name = rest.strip_prefix(word)?.strip_suffix(" {")?;
            Some(name.to_owned())
        };
        let (name, is_struct) = match (opened("struct "), opened("enum ")) {
            (Some(name), _) => (name, true),
            (None, Some(name)) => (name, false),
            (None, None) => continue,
        };
        if !held.is_written() {
            continue;
        }
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "}").collect();
        let tag = held.attributes.iter().find(|a| a.starts_with("#[serde("));
        let shape = match (is_struct, tag.map(String::as_str)) {
            (true, None) => Shape::Struct(fields(&body).with_context(|| name.clone())?),
            (false, Some("#[serde(untagged)]")) => {
                Shape::AnyOf(variants(&body).with_context(|| name.clone())?)
            }
            // Tagged enums are said by hand, where they are needed.
            (false, Some(_)) => continue,
            _ => bail!("{name}: this form is not known"),
        };
        found.items.push(Item {
            name,
            doc: held.doc.join(" "),
            shape,
        });
    }
    Ok(found)
}

/// `pub const NAME: u32 = 1;`
fn constant(line: &str) -> Option<(String, u64)> {
    let (name, value) = line
        .strip_prefix("pub const ")?
        .strip_suffix(';')?
        .split_once(" = ")?;
    let name = name.split(':').next()?;
    Some((name.to_owned(), value.parse().ok()?))
}

fn fields(body: &[&str]) -> anyhow::Result<Vec<Field>> {
    let mut found = Vec::new();
    let mut before = Before::default();
    let mut lines = body.iter().copied();
    while let Some(line) = lines.next() {
        if line.trim().is_empty() || before.take(line, &mut lines) {
            continue;
        }
        let held = std::mem::take(&mut before);
        let field = line.trim().strip_prefix("pub ").unwrap_or(line.trim());
        let (name, kind) = field
            .strip_suffix(',')
            .and_then(|field| field.split_once(": "))
            .with_context(|| format!("{line}: this field is not understood"))?;
        if held.has("#[serde(skip)]") {
            continue;
        }
        let is_flat = held.has("#[serde(flatten)]");
        let may_be_missing = held
            .attributes
            .iter()
            .any(|attribute| attribute.starts_with("#[serde(skip_serializing_if = "));
        let is_known =
            |attribute: &String| !attribute.starts_with("#[serde(") || is_flat || may_be_missing;
        if held.attributes.len() > 1 || !held.attributes.iter().all(is_known) {
            bail!("{name}: {} is not understood", held.attributes.join(" "));
        }
        found.push(Field {
            name: name.to_owned(),
            doc: held.doc.join(" "),
            kind: kind.to_owned(),
            may_be_missing,
            is_flat,
        });
    }
    Ok(found)
}

fn variants(body: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut before = Before::default();
    let mut lines = body.iter().copied();
    while let Some(line) = lines.next() {
        if line.trim().is_empty() || before.take(line, &mut lines) {
            continue;
        }
        before = Before::default();
        let kind = line
            .trim()
            .strip_suffix("),")
            .and_then(|variant| variant.split_once('('))
            .with_context(|| format!("{line}: this variant is not understood"))?;
        found.push(kind.1.to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
//! A file.

use serde::Serialize;

/// The version.
pub const VERSION: u32 = 3;

/// A part
/// of something.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its length.
    #[serde(skip_serializing_if = \"Option::is_none\")]
    pub length: Option<u64>,
    /// Not written.
    #[serde(skip)]
    pub zone: Zone,
    /// Others.
    #[serde(flatten)]
    pub other: Other,
}

/// Not written.
#[derive(Clone, Debug)]
pub struct Hidden {
    pub name: String,
}

/// Some value.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// A text.
    Text(String),
    Number(u64),
}

impl Part {
    pub fn new() {}
}
";

    #[test]
    fn types_are_read_with_what_serde_does_to_them() {
        let read = read_items(SOURCE).unwrap();
        assert_eq!(read.numbers["VERSION"], 3);
        let names: Vec<&str> = read.items.iter().map(|item| &*item.name).collect();
        assert_eq!(names, ["Part", "Cell"]);
        assert_eq!(read.items[0].doc, "A part of something.");
        let Shape::Struct(fields) = &read.items[0].shape else {
            panic!("a struct");
        };
        let told: Vec<String> = fields
            .iter()
            .map(|field| {
                format!(
                    "{}: {} {} {}",
                    field.name, field.kind, field.may_be_missing, field.is_flat
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "name: String false false",
                "length: Option<u64> true false",
                "other: Other false true",
            ]
        );
        let Shape::AnyOf(kinds) = &read.items[1].shape else {
            panic!("an enum");
        };
        assert_eq!(*kinds, ["String", "u64"]);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for (from, to) in [
            ("#[serde(skip)]", "#[serde(rename = \"x\")]"),
            ("    pub name: String,", "    pub name:\n        String,"),
            ("Text(String)", "Text { text: String }"),
            (
                "pub struct Part {",
                "#[serde(rename_all = \"x\")]\npub struct Part {",
            ),
        ] {
            let text = SOURCE.replacen(from, to, 1);
            assert_ne!(text, SOURCE);
            assert!(read_items(&text).is_err(), "{to}");
        }
    }
}
