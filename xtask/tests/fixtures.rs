//! The committed fixtures against their recipes, and the sound ones against a reader that we did
//! not write.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test panics, and this one reads files"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use evtx::{EvtxParser, ParserSettings};
use serde_json::Value;
use xtask::evtx::{FileTime, Record};
use xtask::recipe::{Fixture, fixtures};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

fn sound() -> impl Iterator<Item = Fixture> {
    let made = fixtures(&folder()).unwrap().into_iter();
    made.filter(|fixture| !fixture.recipe.is_damaged())
}

#[test]
fn recipes_give_the_committed_bytes() {
    let made = fixtures(&folder()).unwrap();
    for fixture in &made {
        let committed = std::fs::read(folder().join(&fixture.path)).unwrap_or_default();
        assert!(
            committed == fixture.bytes,
            "{}: run `cargo xtask fixtures`",
            fixture.path.display()
        );
    }
    let expected: BTreeSet<PathBuf> = made.into_iter().map(|fixture| fixture.path).collect();
    for kind in ["logs", "damaged"] {
        for entry in std::fs::read_dir(folder().join(kind)).unwrap() {
            let path = Path::new(kind).join(entry.unwrap().file_name());
            assert!(expected.contains(&path), "{}: no recipe", path.display());
        }
    }
}

#[test]
fn every_fixture_is_told_in_the_readme() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for fixture in fixtures(&folder()).unwrap() {
        let name = format!("`{}`", fixture.name);
        assert!(readme.contains(&name), "{name} is missing");
    }
}

#[test]
fn damaged_fixtures_say_what_a_reader_must_tell() {
    for fixture in fixtures(&folder()).unwrap() {
        let recipe = &fixture.recipe;
        let is_told = !recipe.expect.is_empty()
            || !recipe.expect_notes.is_empty()
            || recipe.expect_skipped.is_some();
        let is_harmless = recipe.about.contains("It reads as it should");
        if recipe.is_damaged() {
            assert!(is_told || is_harmless, "{}", fixture.name);
        } else {
            assert!(recipe.expect.is_empty(), "{}", fixture.name);
        }
    }
}

/// What the crate makes of a record, in the recipe's terms.
fn strings(event: &Value, names: &[String]) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let data = &event["Event"]["EventData"];
    if !names.is_empty() {
        return names
            .iter()
            .map(|name| text(&data[name.as_str()]))
            .collect();
    }
    match data
        .get("Data")
        .map(|data| data.get("#text").unwrap_or(data))
    {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(strings)) => strings.iter().map(text).collect(),
        Some(string) => vec![text(string)],
    }
}

fn number(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

fn check(name: &str, expect: &Record, event: &Value) {
    let system = &event["Event"]["System"];
    let attributes = &system["Provider"]["#attributes"];
    let id = system["EventID"].get("#text").unwrap_or(&system["EventID"]);
    assert_eq!(attributes["Name"], *expect.provider.name, "{name}");
    assert_eq!(
        attributes["EventSourceName"].as_str(),
        expect.provider.source.as_deref(),
        "{name}"
    );
    assert_eq!(number(id), Some(u64::from(expect.event_id)), "{name}");
    assert_eq!(number(&system["EventRecordID"]), expect.record_id, "{name}");
    assert_eq!(
        number(&system["Level"]),
        Some(u64::from(expect.level)),
        "{name}"
    );
    assert_eq!(system["Computer"], expect.computer, "{name}");
    assert_eq!(system["Channel"], expect.channel, "{name}");
    let time = text_of_time(&system["TimeCreated"]["#attributes"]["SystemTime"]);
    assert_eq!(time, expect.time, "{name}");
    assert_eq!(strings(event, &expect.names), expect.strings, "{name}");
}

/// `2026-03-02T08:00:11.12Z` with up to nine digits behind the point.
fn text_of_time(value: &Value) -> FileTime {
    let text = value.as_str().unwrap().trim_end_matches('Z');
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let ticks = &fraction[..fraction.len().min(7)];
    format!("{seconds}.{ticks}").parse().unwrap()
}

#[test]
fn the_evtx_crate_reads_every_sound_fixture_as_told() {
    for fixture in sound() {
        let name = &fixture.name;
        let expect = fixture.recipe.records().unwrap();
        assert!(!expect.is_empty(), "{name}: no records");
        let settings = ParserSettings::new().validate_checksums(!fixture.recipe.no_checksums);
        let mut parser = EvtxParser::from_buffer(fixture.bytes)
            .unwrap()
            .with_configuration(settings);
        let mut read = parser.records_json_value();
        for (number, record) in &expect {
            let event = read.next().unwrap().unwrap();
            assert_eq!(event.event_record_id, *number, "{name}");
            check(&format!("{name}: record {number}"), record, &event.data);
        }
        assert!(read.next().is_none(), "{name}: more records than told");
    }
}
