//! The JSON Schemas of what the program writes, made from the source of its types: names, types, what
//! may be missing, and the doc comments as descriptions.
//!
//! The types' source is read (`source`), because Rust has nothing to ask them at run time, and because
//! this way nothing has to be said twice: a field that is added stands in the schema as soon as it is
//! made again. A form that is not known is an error, never a guess. Whether real reports keep to the
//! schema is a test's business.

mod json;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, bail};

use json::Json;
use source::{Field, Item, Shape, read_items};

/// Where the report's schema stands in the repository.
pub const REPORT: &str = "docs/report-v1.schema.json";

/// Where the rows' schema stands.
pub const ROWS: &str = "docs/rows-v1.schema.json";

/// The JSON Schema of a report, made from the repository's source.
///
/// # Errors
/// Where the source cannot be read, or holds a form that is not known.
pub fn report(root: &Path) -> anyhow::Result<String> {
    let types = Types::read(root, &["src/report/model.rs", "src/report/model"])?;
    types.document(
        "spptriage report, version 1",
        "What `spptriage report -f json` writes. Fields may be added within version 1, and are never renamed, removed or changed.",
        Json::reference("Report"),
        &["Report"],
    )
}

/// The JSON Schema of one line of NDJSON rows.
///
/// # Errors
/// As for [`report`].
pub fn rows(root: &Path) -> anyhow::Result<String> {
    let mut types = Types::read(
        root,
        &[
            "src/report/model.rs",
            "src/report/model",
            "src/report/rows/mod.rs",
            "src/report/rows/inputs.rs",
            "src/eventlog/rows/columns.rs",
        ],
    )?;
    let lines = [
        ("EventRow", "event"),
        ("InputRow", "input"),
        ("SkippedRow", "skipped"),
    ];
    for (name, tag) in lines {
        types.tag(name, tag)?;
    }
    types.document(
        "spptriage event rows, version 1",
        "One line of what `spptriage events -f ndjson` writes.",
        Json::one_of(lines.map(|(name, _)| Json::reference(name))),
        &lines.map(|(name, _)| name),
    )
}

/// The types of some files, by name.
struct Types {
    items: BTreeMap<String, Item>,
    numbers: BTreeMap<String, u64>,
}

impl Types {
    fn read(root: &Path, paths: &[&str]) -> anyhow::Result<Self> {
        let mut types = Self {
            items: BTreeMap::new(),
            numbers: BTreeMap::new(),
        };
        for path in paths {
            let path = root.join(path);
            let mut files = vec![path.clone()];
            if path.is_dir() {
                files.clear();
                for entry in std::fs::read_dir(&path)? {
                    files.push(entry?.path());
                }
                files.sort();
            }
            for file in files {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "this is there to read the source"
                )]
                let text = std::fs::read_to_string(&file);
                let text = text.with_context(|| file.display().to_string())?;
                let read = read_items(&text).with_context(|| file.display().to_string())?;
                types
                    .items
                    .extend(read.items.into_iter().map(|item| (item.name.clone(), item)));
                types.numbers.extend(read.numbers);
            }
        }
        Ok(types)
    }

    /// Puts the key that tells kinds of lines apart before a type's fields.
    fn tag(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        match self.items.get_mut(name).map(|item| &mut item.shape) {
            Some(Shape::Struct(fields)) => {
                fields.insert(
                    0,
                    Field {
                        name: "row".to_owned(),
                        doc: format!("`{value}`."),
                        kind: "String".to_owned(),
                        may_be_missing: false,
                        is_flat: false,
                    },
                );
                Ok(())
            }
            _ => bail!("there is no type {name}"),
        }
    }

    fn document(
        &self,
        title: &str,
        description: &str,
        top: Json,
        roots: &[&str],
    ) -> anyhow::Result<String> {
        let mut definitions = BTreeMap::new();
        let mut open: Vec<String> = roots.iter().map(|name| (*name).to_owned()).collect();
        while let Some(name) = open.pop() {
            if definitions.contains_key(&name) {
                continue;
            }
            let mut used = BTreeSet::new();
            let schema = self
                .definition(&name, &mut used)
                .with_context(|| name.clone())?;
            definitions.insert(name, schema);
            open.extend(used);
        }
        let mut schema = vec![
            (
                "$schema".to_owned(),
                Json::text("https://json-schema.org/draft/2020-12/schema"),
            ),
            ("title".to_owned(), Json::text(title)),
            ("description".to_owned(), Json::text(description)),
        ];
        if let Json::Object(top) = top {
            schema.extend(top);
        }
        schema.push((
            "$defs".to_owned(),
            Json::Object(definitions.into_iter().collect()),
        ));
        Ok(Json::Object(schema).pretty())
    }

    /// The schema of one type; the types that it names go to `used`.
    fn definition(&self, name: &str, used: &mut BTreeSet<String>) -> anyhow::Result<Json> {
        match name {
            "Time" => return Ok(time()),
            "Code" => return Ok(code()),
            _ => {}
        }
        let item = self.items.get(name).context("no such type is known")?;
        let mut schema = Vec::new();
        let description = described(&item.doc);
        if !description.is_empty() {
            schema.push(("description".to_owned(), Json::text(&description)));
        }
        match &item.shape {
            Shape::Struct(_) => {
                let mut properties = Vec::new();
                let mut required = Vec::new();
                self.properties(item, &mut properties, &mut required, used)?;
                schema.push(("type".to_owned(), Json::text("object")));
                if !required.is_empty() {
                    schema.push(("required".to_owned(), Json::List(required)));
                }
                schema.push(("properties".to_owned(), Json::Object(properties)));
            }
            Shape::AnyOf(kinds) => {
                let kinds: anyhow::Result<Vec<Json>> =
                    kinds.iter().map(|kind| self.of(kind, used)).collect();
                schema.push(("anyOf".to_owned(), Json::List(kinds?)));
            }
        }
        Ok(Json::Object(schema))
    }

    fn properties(
        &self,
        item: &Item,
        properties: &mut Vec<(String, Json)>,
        required: &mut Vec<Json>,
        used: &mut BTreeSet<String>,
    ) -> anyhow::Result<()> {
        let Shape::Struct(fields) = &item.shape else {
            bail!("{} is no struct", item.name);
        };
        for field in fields {
            if field.is_flat {
                let inner = self
                    .items
                    .get(&field.kind)
                    .context("no such type is known")?;
                self.properties(inner, properties, required, used)?;
                continue;
            }
            let schema = self
                .field(field, used)
                .with_context(|| format!("{}: {}", field.name, field.kind))?;
            if !field.may_be_missing {
                required.push(Json::text(&field.name));
            }
            properties.push((field.name.clone(), schema));
        }
        Ok(())
    }

    fn field(&self, field: &Field, used: &mut BTreeSet<String>) -> anyhow::Result<Json> {
        let inner = inner(&field.kind, "Option");
        let is_text = |kind: &str| matches!(kind, "String" | "&'static str");
        let constant = self.constant(&field.doc)?;
        let mut schema = match (inner, words(&field.doc), constant) {
            (None, _, Some(number)) => Json::object([("const", Json::Number(number))]),
            (None, Some(words), _) if is_text(&field.kind) => Json::words(&words, false),
            (Some(kind), Some(words), _) if is_text(kind) => {
                Json::words(&words, !field.may_be_missing)
            }
            // What is left out where there is none is never null.
            (Some(kind), ..) if field.may_be_missing => self.of(kind, used)?,
            (Some("()"), ..) => Json::object([("type", Json::text("null"))]),
            (Some(kind), ..) => self.of(kind, used)?.or_null(),
            (None, ..) => self.of(&field.kind, used)?,
        };
        let description = described(&field.doc);
        if let (Json::Object(pairs), false) = (&mut schema, description.is_empty()) {
            pairs.insert(0, ("description".to_owned(), Json::text(&description)));
        }
        Ok(schema)
    }

    /// The number that a doc comment such as ``Always [`SCHEMA_VERSION`].`` names.
    fn constant(&self, doc: &str) -> anyhow::Result<Option<u64>> {
        let Some(name) = doc
            .strip_prefix("Always [`")
            .and_then(|rest| rest.strip_suffix("`]."))
        else {
            return Ok(None);
        };
        let number = self.numbers.get(name).copied();
        Ok(Some(
            number.with_context(|| format!("there is no constant {name}"))?,
        ))
    }

    /// The schema of a type as it is written.
    fn of(&self, kind: &str, used: &mut BTreeSet<String>) -> anyhow::Result<Json> {
        let number = |least: Option<u64>, most: Option<u64>| {
            let least = least.map(|least| ("minimum", Json::Number(least)));
            let most = most.map(|most| ("maximum", Json::Number(most)));
            let kind = ("type", Json::text("integer"));
            Json::object(std::iter::once(kind).chain(least).chain(most))
        };
        Ok(match kind {
            "String" | "&'static str" => Json::object([("type", Json::text("string"))]),
            "bool" => Json::object([("type", Json::text("boolean"))]),
            "u64" => number(Some(0), None),
            "u32" => number(Some(0), Some(u32::MAX.into())),
            "u16" => number(Some(0), Some(u16::MAX.into())),
            "u8" => number(Some(0), Some(u8::MAX.into())),
            "i64" => number(None, None),
            _ => {
                if let Some(of) = inner(kind, "Vec") {
                    if of == "()" {
                        return Ok(Json::object([
                            ("type", Json::text("array")),
                            ("maxItems", Json::Number(0)),
                        ]));
                    }
                    return Ok(Json::object([
                        ("type", Json::text("array")),
                        ("items", self.of(of, used)?),
                    ]));
                }
                if let Some((key, of)) = inner(kind, "BTreeMap").and_then(|of| of.split_once(", "))
                {
                    let mut pairs = vec![
                        ("type", Json::text("object")),
                        ("additionalProperties", self.of(of, used)?),
                    ];
                    if key == "Code" {
                        pairs.push(("propertyNames", self.of(key, used)?));
                    }
                    return Ok(Json::object(pairs));
                }
                let is_name = kind.chars().all(|c| c.is_ascii_alphanumeric());
                if !is_name {
                    bail!("no such form is known");
                }
                used.insert(kind.to_owned());
                Json::reference(kind)
            }
        })
    }
}

fn time() -> Json {
    Json::object([
        ("description", Json::text("A time after RFC 3339, in UTC.")),
        ("type", Json::text("string")),
        ("format", Json::text("date-time")),
        (
            "pattern",
            Json::text(
                r"^[+-]?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$",
            ),
        ),
    ])
}

fn code() -> Json {
    Json::object([
        ("description", Json::text("An HRESULT.")),
        ("type", Json::text("string")),
        ("pattern", Json::text("^0x[0-9A-F]{8}$")),
    ])
}

/// `T` of `Outer<T>`.
fn inner<'a>(kind: &'a str, outer: &str) -> Option<&'a str> {
    kind.strip_prefix(outer)?
        .strip_prefix('<')?
        .strip_suffix('>')
}

/// A doc comment as text: the links of rustdoc are no links here.
fn described(doc: &str) -> String {
    doc.replace("[`", "`").replace("`]", "`")
}

/// The values of a field whose doc comment is their list, or ends with it after a colon:
/// `` What it is: `a`, `b` or `c`. ``
fn words(doc: &str) -> Option<Vec<&str>> {
    let list = match doc.split_once(": ") {
        Some((what, list)) if !what.contains('`') => list,
        _ => doc,
    };
    let mut found = Vec::new();
    for part in list
        .strip_suffix('.')?
        .split(", ")
        .flat_map(|part| part.split(" or "))
    {
        let word = part.strip_prefix('`')?.strip_suffix('`')?;
        let is_word = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        found.push(Some(word).filter(|_| is_word)?);
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_words_is_taken_for_the_values() {
        assert_eq!(words("`a`, `b-c` or `d`."), Some(vec!["a", "b-c", "d"]));
        assert_eq!(words("`a`."), Some(vec!["a"]));
        assert_eq!(words("What it is: `a` or `b`."), Some(vec!["a", "b"]));
        assert_eq!(words("Of one: `a` or `b`. Of others: `c`."), None);
        assert_eq!(words("The KMS host, as `host:port`."), None);
        assert_eq!(words("`a` of `b`."), None);
    }

    #[test]
    fn a_form_that_is_not_known_is_an_error() {
        let types = Types {
            items: BTreeMap::new(),
            numbers: BTreeMap::new(),
        };
        let mut used = BTreeSet::new();
        for odd in ["HashMap<String, u64>", "[u8; 4]", "Option<u8>"] {
            assert!(types.of(odd, &mut used).is_err(), "{odd}");
        }
        assert!(types.definition("Missing", &mut used).is_err());
    }
}
