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
        assert_eq!(
            recipe.is_damaged(),
            is_told || recipe.about.contains("reads as it should"),
            "{}",
            fixture.name
        );
    }
}

/// Ids and strings of a recipe's own lines are not looked at here (that would be the writer's
/// code twice); what must hold is that the reader finds no fault and sees every record in order.
#[test]
fn the_evtx_crate_reads_every_sound_fixture() {
    for fixture in sound() {
        let name = &fixture.name;
        let marks = fixture
            .bytes
            .chunks_exact(8)
            .filter(|bytes| bytes.starts_with(b"**\0\0"))
            .count();
        let settings = ParserSettings::new().validate_checksums(!fixture.recipe.no_checksums);
        let mut parser = EvtxParser::from_buffer(fixture.bytes)
            .unwrap()
            .with_configuration(settings);
        let mut last = 0;
        let mut count = 0;
        for record in parser.records_json_value() {
            let record = record.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(record.event_record_id > last, "{name}: numbers fall");
            last = record.event_record_id;
            count += 1;
            let system = &record.data["Event"]["System"];
            for field in ["Computer", "Channel", "EventRecordID"] {
                assert!(!system[field].is_null(), "{name}: {last}: no {field}");
            }
            assert!(
                system["Provider"]["#attributes"]["Name"].is_string(),
                "{name}: {last}: no provider"
            );
        }
        assert_eq!(count, marks, "{name}: records");
        assert!(count > 0, "{name}: no records");
    }
}
