//! The corpora that speed is measured over, read by our own reader: a figure is worth something
//! only where everything in the logs is found.

use std::fs::File;
use std::path::Path;

use spptriage::catalog::Catalog;
use spptriage::fleet::{ConcludeOptions, ScanOptions, Triage, conclude, scan};
use spptriage::input::{LogSource, Source};
use xtask::fleet::{Collector, Fleet};

/// Reads the logs; tells their records, and what is true of them.
fn triage(logs: &[&Path]) -> (u64, Triage) {
    let sources = logs
        .iter()
        .map(|path| Source::Log(LogSource::open(path).unwrap()))
        .collect();
    let summary = scan(sources, &ScanOptions::default());
    let records = summary.logs().map(|(_, log)| log.counts.records).sum();
    let triage = conclude(summary, &Catalog::builtin(), &ConcludeOptions::default());
    assert!(triage.damage.is_empty(), "{:?}", triage.damage);
    assert_eq!(triage.duplicates, 0);
    (records, triage)
}

#[test]
fn every_event_of_a_made_fleet_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = Fleet {
        machines: 20,
        bytes: 3 << 20,
        seed: 1,
    };
    let (mut paths, mut records, mut events) = (Vec::new(), 0, 0);
    for plan in fleet.logs() {
        let made = plan.make().unwrap();
        let path = folder.path().join(&plan.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, made.bytes).unwrap();
        paths.push(path);
        records += made.records;
        events += made.activation_events;
    }
    let paths: Vec<&Path> = paths.iter().map(AsRef::as_ref).collect();
    let (read, triage) = triage(&paths);
    assert_eq!(read, records);
    assert_eq!(triage.activation_events, events);
    assert_eq!(triage.fleet.machines.len(), 2);
}

#[test]
fn every_event_of_a_made_collectors_log_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ForwardedEvents.evtx");
    let collector = Collector {
        computers: 5,
        bytes: 1 << 20,
        percent: 40,
        seed: 1,
    };
    let written = collector.write(&mut File::create(&path).unwrap()).unwrap();
    let (read, triage) = triage(&[&path]);
    assert_eq!(read, written.records);
    assert_eq!(triage.activation_events, written.activation_events);
    assert_eq!(triage.fleet.machines.len(), 5);
}
