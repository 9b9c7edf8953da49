//! A record's fields from the evtx crate's JSON: the way for every shape there is.
//!
//! EventID comes as a number, as text, or as an object with its qualifiers; `Data` as one text,
//! several, or named elements. Slower than reading values by their place, but it follows the
//! record's own structure, so `decode` also uses it to prove that a place is right.

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value;

/// What a record says, as far as it says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) provider: String,
    pub(super) source: String,
    pub(super) channel: String,
    pub(super) computer: String,
    pub(super) event_id: Option<u16>,
    pub(super) qualifiers: Option<u16>,
    pub(super) level: Option<u8>,
    pub(super) record_id: Option<u64>,
    pub(super) time: Option<DateTime<Utc>>,
    pub(super) has_rendering_info: bool,
    pub(super) data: Vec<String>,
    pub(super) data_names: Vec<String>,
}

impl Fields {
    /// Reads a record's JSON; what is not there, or is something else, stays empty.
    pub(super) fn of(record: &Value) -> Self {
        let event = record.get("Event").unwrap_or(&Value::Null);
        let system = event.get("System").unwrap_or(&Value::Null);
        let id = system.get("EventID");
        let (event_id, qualifiers) = identifier(
            id.and_then(number),
            attribute_value(id, "Qualifiers").and_then(number),
        );
        let (data, data_names) = data(event);
        Self {
            provider: attribute(system.get("Provider"), "Name"),
            source: attribute(system.get("Provider"), "EventSourceName"),
            channel: system.get("Channel").map(text).unwrap_or_default(),
            computer: system.get("Computer").map(text).unwrap_or_default(),
            event_id,
            qualifiers,
            level: system
                .get("Level")
                .and_then(number)
                .and_then(|level| u8::try_from(level).ok()),
            record_id: system.get("EventRecordID").and_then(number),
            time: attribute_value(system.get("TimeCreated"), "SystemTime")
                .map(text)
                .and_then(|time| time_in(&time)),
            has_rendering_info: event.get("RenderingInfo").is_some(),
            data,
            data_names,
        }
    }
}

/// Cuts NULs off the end of a string.
pub(super) fn trim_nuls(mut text: String) -> String {
    text.truncate(text.trim_end_matches('\0').len());
    text
}

/// Leaves trailing empty strings out, as they carry nothing; names go with them.
pub(super) fn trim_data(data: &mut Vec<String>, names: &mut Vec<String>) {
    let length = data
        .iter()
        .rposition(|text| !text.is_empty())
        .map_or(0, |last| last.saturating_add(1));
    data.truncate(length);
    names.truncate(length);
}

fn attribute_value<'a>(element: Option<&'a Value>, name: &str) -> Option<&'a Value> {
    element?.get("#attributes")?.get(name)
}

fn attribute(element: Option<&Value>, name: &str) -> String {
    attribute_value(element, name).map(text).unwrap_or_default()
}

/// An element's text, whether it has attributes beside it or not.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => trim_nuls(text.clone()),
        Value::Number(number) => number.to_string(),
        Value::Bool(bool) => bool.to_string(),
        Value::Null => String::new(),
        Value::Object(object) => object.get("#text").map(text).unwrap_or_default(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().concat(),
    }
}

/// A number, plain or in hexadecimal, as a number or as text.
fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => number_in(text),
        Value::Object(object) => number(object.get("#text")?),
        Value::Null | Value::Bool(_) | Value::Array(_) => None,
    }
}

/// A number as text.
pub(super) fn number_in(text: &str) -> Option<u64> {
    let text = text.trim_end_matches('\0').trim();
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The time in an attribute.
pub(super) fn time_in(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(time.with_timezone(&Utc).trunc_subsecs(6))
}

/// The id and the qualifiers, of the number where the id belongs and that of the attribute.
pub(super) fn identifier(
    whole_id: Option<u64>,
    qualifiers: Option<u64>,
) -> (Option<u16>, Option<u16>) {
    // Some writers put the whole 32-bit identifier where its low half belongs.
    let high = whole_id.map(|id| id >> 16).filter(|high| *high != 0);
    (
        whole_id.and_then(|id| u16::try_from(id & 0xFFFF).ok()),
        qualifiers
            .or(high)
            .and_then(|qualifiers| u16::try_from(qualifiers).ok()),
    )
}

/// The strings of EventData, or else of UserData.
fn data(event: &Value) -> (Vec<String>, Vec<String>) {
    let mut data = Vec::new();
    let mut names = Vec::new();
    if let Some(event_data) = event.get("EventData") {
        collect(event_data, None, &mut data, &mut names);
    } else if let Some(user_data) = event.get("UserData") {
        collect(user_data, None, &mut data, &mut names);
    }
    if names.iter().all(String::is_empty) {
        names.clear();
    }
    trim_data(&mut data, &mut names);
    (data, names)
}

fn collect(value: &Value, name: Option<&str>, data: &mut Vec<String>, names: &mut Vec<String>) {
    let mut push = |text: String, name: &str| {
        data.push(text);
        names.push(name.to_owned());
    };
    match (value, name) {
        (Value::Object(object), name) => {
            for (key, value) in object {
                match (key.as_str(), name) {
                    // Attributes are no strings of the event, and Binary is no text.
                    ("#attributes", _) | ("Binary", None) => {}
                    ("#text", name) => collect(value, Some(name.unwrap_or("")), data, names),
                    ("Data", None) => collect(value, Some(""), data, names),
                    (key, _) => collect(value, Some(key), data, names),
                }
            }
        }
        (Value::Array(values), name) => {
            for value in values {
                collect(value, Some(name.unwrap_or("")), data, names);
            }
        }
        (Value::Null, None) => {}
        (value, name) => push(text(value), name.unwrap_or("")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(event: &str, expect: impl FnOnce(&Fields)) {
        let value = serde_json::from_str(&format!("{{\"Event\":{event}}}")).unwrap();
        expect(&Fields::of(&value));
    }

    #[test]
    fn event_id_has_many_shapes() {
        for (shape, id, qualifiers) in [
            ("8198", Some(8198), None),
            ("\"8198\"", Some(8198), None),
            (
                r##"{"#attributes":{"Qualifiers":49152},"#text":8198}"##,
                Some(8198),
                Some(0xC000),
            ),
            (
                r##"{"#attributes":{"Qualifiers":"16384"},"#text":"1003"}"##,
                Some(1003),
                Some(0x4000),
            ),
            ("1073742827", Some(1003), Some(0x4000)),
            ("null", None, None),
        ] {
            check(
                &format!(r#"{{"System":{{"EventID":{shape}}}}}"#),
                |fields| {
                    assert_eq!(
                        (fields.event_id, fields.qualifiers),
                        (id, qualifiers),
                        "{shape}"
                    );
                },
            );
        }
    }

    #[test]
    fn data_has_many_shapes() {
        let cases: [(&str, &[&str], &[&str]); 9] = [
            ("null", &[], &[]),
            (r#"{"Data":null}"#, &[], &[]),
            (r##"{"Data":{"#text":"a"},"Binary":null}"##, &["a"], &[]),
            (r#"{"Data":"a"}"#, &["a"], &[]),
            (
                r##"{"Data":{"#text":["a","","b","",""]},"Binary":"00"}"##,
                &["a", "", "b"],
                &[],
            ),
            (r#"{"Data":["a\u0000","b"]}"#, &["a", "b"], &[]),
            (
                r#"{"hr":"0x1","state":2,"none":null}"#,
                &["0x1", "2"],
                &["hr", "state"],
            ),
            (
                r##"{"#attributes":{"Name":"x"},"one":{"#text":"1"},"two":true}"##,
                &["1", "true"],
                &["one", "two"],
            ),
            (r#"{"Data":{"Binary":"7"}}"#, &["7"], &["Binary"]),
        ];
        for (shape, data, names) in cases {
            check(&format!(r#"{{"EventData":{shape}}}"#), |fields| {
                assert_eq!(fields.data, data, "{shape}");
                assert_eq!(fields.data_names, names, "{shape}");
            });
        }
    }

    #[test]
    fn user_data_gives_its_leaves() {
        check(
            r##"{"UserData":{"Cleared":{"#attributes":{"xmlns":"u"},"User":"me","Path":null,"Why":"x"}}}"##,
            |fields| {
                assert_eq!(fields.data, ["me", "", "x"]);
                assert_eq!(fields.data_names, ["User", "Path", "Why"]);
            },
        );
    }
}
