//! Order, grouping and repetition of inputs change nothing.

use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::Value;
use spptriage::catalog::{Catalog, Language};
use spptriage::fleet::{ConcludeOptions, ScanOptions, Summary, conclude, scan};
use spptriage::input::discover;
use spptriage::report::{ReportOptions, build};

use crate::support::program::{fixtures, log, run_in};

fn report(summary: &Summary) -> String {
    let catalog = Catalog::builtin();
    let triage = conclude(summary.clone(), &catalog, &ConcludeOptions::default());
    let options = ReportOptions::new(Language::En, chrono::DateTime::UNIX_EPOCH);
    serde_json::to_string_pretty(&build(&triage, &catalog, &options)).unwrap()
}

fn scanned(paths: &[PathBuf]) -> Summary {
    let (sources, _) = discover(paths);
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
