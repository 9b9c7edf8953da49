//! Every damaged fixture tells the damage that its recipe names, and nothing besides; what stands
//! beside the damage is still read.

use std::collections::BTreeSet;

use serde_json::Value;
use xtask::recipe::fixtures;

use crate::support::program::{self, report};
use spptriage::catalog::Catalog;
use spptriage::fleet::{ConcludeOptions, ScanOptions, conclude, scan};
use spptriage::input::{DiscoverOptions, Discovered, discover};

/// `DataChecksum { .. }` to `data-checksum`, as recipes write it.
fn kebab(debug: &str) -> String {
    let name: String = debug
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric())
        .collect();
    let mut told = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !told.is_empty() {
            told.push('-');
        }
        told.push(c.to_ascii_lowercase());
    }
    told
}

#[test]
fn each_damaged_fixture_tells_just_what_its_recipe_breaks() {
    let mut count = 0;
    for fixture in fixtures(&program::fixtures()).unwrap() {
        let path = program::fixtures().join(&fixture.path);
        let Discovered {
            sources, skipped, ..
        } = discover(&[path], &DiscoverOptions::default());
        let mut summary = scan(sources, &ScanOptions::default());
        skipped
            .iter()
            .for_each(|skipped| summary.add_skipped(skipped.clone()));
        let triage = conclude(summary, &Catalog::builtin(), &ConcludeOptions::default());
        let kinds: BTreeSet<String> = triage
            .damage
            .iter()
            .map(|damage| kebab(&format!("{:?}", damage.kind)))
            .collect();
        let notes: BTreeSet<String> = triage
            .notes
            .iter()
            .map(|note| kebab(&format!("{:?}", note.kind)))
            .collect();
        assert_eq!(
            kinds, fixture.recipe.expect,
            "{}: damage {:?}",
            fixture.name, triage.damage
        );
        assert!(
            notes.is_superset(&fixture.recipe.expect_notes),
            "{}: notes {notes:?}",
            fixture.name
        );
        let reasons: Vec<String> = skipped
            .iter()
            .map(|skipped| kebab(&format!("{:?}", skipped.reason)))
            .collect();
        assert_eq!(
            reasons.first(),
            fixture.recipe.expect_skipped.as_ref(),
            "{}",
            fixture.name
        );
        count += usize::from(fixture.recipe.is_damaged());
    }
    assert!(count > 20, "{count} damaged fixtures");
}

#[test]
fn damage_costs_only_what_it_touches() {
    // Three chunks of one machine's failures, of which the middle one is lost.
    let (whole, code) = report(&[&program::log("three-chunks")]);
    assert_eq!(code, 0);
    let (broken, code) = report(&[&program::damaged("zeroed-chunk")]);
    assert_eq!(code, 3);
    let events =
        |report: &serde_json::Value| report["inputs"]["activation_events"].as_u64().unwrap();
    assert!(events(&broken) > 0 && events(&broken) < events(&whole));
    assert_eq!(broken["inputs"]["damage"][0]["chunk"], 1);
    assert_eq!(
        broken["machines"][0]["root_cause"],
        whole["machines"][0]["root_cause"]
    );
}

#[test]
fn damage_is_allowed_where_the_user_says_so() {
    let path = program::damaged("data-checksum");
    let run = program::run([
        "report".as_ref(),
        path.as_os_str(),
        "--allow-damage".as_ref(),
    ]);
    assert_eq!(run.code, 0);
    assert!(
        run.stdout.contains("checksum") || run.stdout.contains("校验和"),
        "{}",
        run.stdout
    );
}

/// `three-chunks`, of whose chunk at this place the first half is written over, header and all.
fn with_a_lost_beginning(chunk: usize) -> Value {
    let mut bytes = std::fs::read(program::log("three-chunks")).unwrap();
    let start = 4096 + chunk * 65_536;
    bytes[start..start + 2048].fill(0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.evtx");
    std::fs::write(&path, bytes).unwrap();
    let run = program::run([
        "report".as_ref(),
        path.as_os_str(),
        "-f".as_ref(),
        "json".as_ref(),
    ]);
    assert_eq!(run.code, 3);
    run.json()
}

#[test]
fn records_that_lie_loose_behind_a_lost_header_are_told_as_lost() {
    let report = with_a_lost_beginning(2);
    let lost = &report["inputs"]["damage"][0];
    let records = lost["lost_records"].as_u64().unwrap();
    assert!(records > 0, "{lost}");
    let told = report["inputs"]["explanation"].to_string();
    assert!(told.contains("could not be read"), "{told}");
    assert!(!told.contains("read all the same"), "{told}");

    // Between chunks that were read the numbers tell more than what lies there.
    let report = with_a_lost_beginning(1);
    let between = report["inputs"]["damage"][0]["lost_records"].as_u64();
    assert!(between.is_some_and(|between| between > 0));
}
