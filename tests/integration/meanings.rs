//! What is said of events in the catalog and in the columns of rows, held to what the program reads
//! of them.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use spptriage::catalog::{Catalog, EventMeaning};
use spptriage::eventlog::rows::{COLUMNS, Column};
use spptriage::spp;

use serde_json::Value;

use crate::support::program::{fixtures, run};

/// Fields that are codes: they stand among a row's codes and have no column of their own.
fn is_code(event_id: u16, field: &str) -> bool {
    let codes = [
        "hresult",
        "original",
        "last_consumption_reason",
        "last_activation",
    ];
    codes.contains(&field) || (event_id, field) == (1017, "detail")
}

/// The fields of a meaning that rows may hold: the fourth of 12289 is always 0 and in no row.
fn fields(meaning: &EventMeaning) -> Vec<&str> {
    let names = meaning.fields.iter().map(|field| field.name.as_str());
    names.filter(|name| *name != "unused").collect()
}

#[test]
fn every_meaning_that_is_read_stands_in_the_catalog_with_its_fields() {
    let catalog = Catalog::builtin();
    let mut problems = Vec::new();
    for meaning in spp::meanings() {
        // A record that does not tell which of two meanings it has is explained by both.
        for kind in meaning.kind.split("-or-") {
            let entry = catalog.event(meaning.event_id);
            let told = entry.and_then(|entry| entry.meanings.iter().find(|m| m.kind == kind));
            match told {
                None => problems.push(format!("{} {kind} is not told", meaning.event_id)),
                Some(told) if fields(told) != meaning.fields => problems.push(format!(
                    "{} {kind} has {:?}, the catalog says {:?}",
                    meaning.event_id,
                    meaning.fields,
                    fields(told)
                )),
                Some(_) => {}
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_events_of_every_fixture_stand_in_the_log_that_the_catalog_names() {
    let catalog = Catalog::builtin();
    let rows = run([
        OsStr::new("events"),
        fixtures().join("logs").as_os_str(),
        OsStr::new("-f"),
        OsStr::new("ndjson"),
    ]);
    let mut told = BTreeSet::new();
    let mut problems = BTreeSet::new();
    for row in rows.stdout.lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        if row["row"] != "event" {
            continue;
        }
        let id = u16::try_from(row["event_id"].as_u64().unwrap()).unwrap();
        let Some(entry) = catalog.event(id) else {
            continue;
        };
        told.insert(id);
        if row["channel"] != entry.channel.as_str() {
            let (log, channel) = (&row["log"], &row["channel"]);
            problems.insert(format!("{log}: {id} in {channel}, not {}", entry.channel));
        }
    }
    assert!(told.contains(&12290) && told.contains(&12293), "{told:?}");
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn every_meaning_in_the_catalog_is_one_that_is_read() {
    let catalog = Catalog::builtin();
    for id in catalog.event_ids() {
        let entry = catalog.event(id).unwrap();
        let has_several = entry.meanings.len() > 1;
        for told in &entry.meanings {
            let is_read = spp::meanings().any(|meaning| {
                meaning.event_id == id && meaning.kind.split("-or-").any(|kind| kind == told.kind)
            });
            assert!(is_read, "{id} {}", told.kind);
            assert_eq!(
                told.when.is_some(),
                has_several,
                "{id} {}: when is said where there are several meanings",
                told.kind
            );
        }
    }
}

#[test]
fn columns_tell_which_events_fill_them() {
    let has_fields = |column: &&Column| column.events.starts_with(|c: char| c.is_ascii_digit());
    for column in COLUMNS.iter().filter(has_fields) {
        let mut told = BTreeSet::new();
        for part in column.events.split(", ") {
            let part = part.trim_end_matches(" of one product");
            let (first, last) = part.split_once(" to ").unwrap_or((part, part));
            let (first, last): (u16, u16) = (first.parse().unwrap(), last.parse().unwrap());
            let all = spp::meanings().map(|meaning| meaning.event_id);
            told.extend(all.filter(|id| (first..=last).contains(id)));
        }
        let filled: BTreeSet<u16> = spp::meanings()
            .filter(|meaning| meaning.fields.contains(&column.name))
            .map(|meaning| meaning.event_id)
            .filter(|id| !is_code(*id, column.name))
            .collect();
        assert_eq!(told, filled, "{}", column.name);
    }
}

#[test]
fn every_field_is_a_code_or_has_a_column() {
    for meaning in spp::meanings() {
        for field in &meaning.fields {
            let has_column = COLUMNS.iter().any(|column| column.name == *field);
            assert!(
                has_column || is_code(meaning.event_id, field),
                "{} {field}",
                meaning.event_id
            );
        }
    }
}
