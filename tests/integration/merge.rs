//! Order, grouping and repetition of inputs change nothing.

use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::Value;
use spptriage::catalog::{Catalog, Language};
use spptriage::fleet::{ConcludeOptions, ScanOptions, Summary, Watch, conclude, scan};
use spptriage::input::{DiscoverOptions, discover};
use spptriage::report::{ReportOptions, build};

use crate::support::program::{fixtures, log, run_in};

fn report(summary: &Summary) -> String {
    let catalog = Catalog::builtin();
    let triage = conclude(summary.clone(), &catalog, &ConcludeOptions::default());
    let options = ReportOptions::new(Language::En, chrono::DateTime::UNIX_EPOCH);
    serde_json::to_string_pretty(&build(&triage, &catalog, &options)).unwrap()
}

fn scanned(paths: &[PathBuf]) -> Summary {
    let sources = discover(paths, &DiscoverOptions::default()).sources;
    scan(sources, &ScanOptions::default())
}

fn logs() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(fixtures().join("logs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_grouping_gives_the_same_bytes(order in Just(logs()).prop_shuffle(), cut in 1_usize..30) {
        let whole = report(&scanned(&logs()));
        let (left, right) = order.split_at(cut);
        let mut merged = scanned(right);
        merged.merge(scanned(left));
        merged.merge(scanned(&order[..3]));
        prop_assert!(report(&merged) == whole);
    }
}

#[test]
fn a_copy_of_a_log_under_another_name_counts_each_event_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(log("blocked-port-cured"), folder.path().join("a.evtx")).unwrap();
    let told = |paths: &[&str]| -> Value {
        let mut arguments = vec!["report", "-f", "json", "--generated-at", "2026-01-01"];
        arguments.extend(paths);
        run_in(folder.path(), arguments).json()
    };
    let one = told(&["a.evtx"]);
    std::fs::copy(log("blocked-port-cured"), folder.path().join("b.evtx")).unwrap();
    let two = told(&["a.evtx", "b.evtx"]);
    for part in [
        "as_of",
        "period",
        "findings",
        "machines",
        "kms_hosts",
        "timeline",
    ] {
        assert_eq!(one[part], two[part], "{part}");
    }
    assert_eq!(
        two["inputs"]["duplicates"],
        one["inputs"]["activation_events"]
    );
    assert_eq!(one["inputs"]["duplicates"], 0);
}

/// The fixtures' logs joined into one file of many chunks, each chunk as it stands in its log: what a
/// reader sees of it is a log with several runs of chunks.
fn long_log(folder: &std::path::Path) -> PathBuf {
    let mut bytes: Vec<u8> = Vec::new();
    for path in logs() {
        let log = std::fs::read(path).unwrap();
        let (header, chunks) = log.split_at(4096);
        if bytes.is_empty() {
            bytes.extend(header);
        }
        bytes.extend(chunks);
    }
    let chunks = bytes[4096..].to_vec();
    while bytes.len() < 20 << 20 {
        bytes.extend(&chunks);
    }
    let path = folder.join("long.evtx");
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn threads_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = logs();
    paths.push(long_log(folder.path()));
    let catalog = Catalog::builtin();
    let told = |threads| {
        let sources = discover(&paths, &DiscoverOptions::default()).sources;
        let scanning = ScanOptions {
            threads,
            ..ScanOptions::default()
        };
        let concluding = ConcludeOptions {
            threads,
            ..ConcludeOptions::default()
        };
        let triage = conclude(scan(sources, &scanning), &catalog, &concluding);
        let options = ReportOptions::new(Language::En, chrono::DateTime::UNIX_EPOCH);
        serde_json::to_string(&build(&triage, &catalog, &options)).unwrap()
    };
    let one = told(1);
    for threads in [2, 3, 8] {
        assert!(told(threads) == one, "{threads} threads");
    }
}

#[test]
fn a_scan_that_is_stopped_says_so_and_tells_what_it_did_not_reach() {
    let watch = std::sync::Arc::new(Watch::default());
    watch.stop();
    let sources = discover(&logs(), &DiscoverOptions::default()).sources;
    let count = sources.len();
    let options = ScanOptions {
        watch: Some(watch.clone()),
        ..ScanOptions::default()
    };
    let summary = scan(sources, &options);
    assert_eq!(summary.logs().count(), 0);
    let made: Value = serde_json::from_str(&report(&summary)).unwrap();
    assert_eq!(made["made_with"]["incomplete"], true);
    assert_eq!(made["inputs"]["skipped"].as_array().unwrap().len(), count);
    assert_eq!(
        made["inputs"]["skipped"][0]["reason"],
        "reading was ended before this was reached"
    );
}

#[test]
fn a_watch_ends_at_the_whole() {
    let watch = std::sync::Arc::new(Watch::of_machines());
    let sources = discover(&logs(), &DiscoverOptions::default()).sources;
    let options = ScanOptions {
        watch: Some(watch.clone()),
        ..ScanOptions::default()
    };
    let before = watch.progress();
    assert_eq!((before.bytes, before.logs), (0, 0));
    let summary = scan(sources, &options);
    let after = watch.progress();
    assert_eq!(after.bytes, after.bytes_total);
    assert_eq!(after.logs, summary.logs().count() as u64);
    assert!(after.machines_failing > 0 && after.machines_failing < after.machines);
}
