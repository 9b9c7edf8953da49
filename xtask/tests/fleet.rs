//! Made corpora against a reader that we did not write: the `evtx` crate.

#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use evtx::{EvtxParser, ParserSettings};
use serde_json::Value;
use xtask::fleet::{Collector, Fleet};

/// The `System` of every record, checksums verified.
fn systems(log: Vec<u8>) -> Vec<Value> {
    let settings = ParserSettings::new().validate_checksums(true);
    let mut parser = EvtxParser::from_buffer(log)
        .unwrap()
        .with_configuration(settings);
    parser
        .records_json_value()
        .map(|record| record.unwrap().data["Event"]["System"].clone())
        .collect()
}

fn activation_events(systems: &[Value]) -> u64 {
    let names = systems
        .iter()
        .map(|system| &system["Provider"]["#attributes"]["Name"]);
    names
        .filter(|name| *name == "Microsoft-Windows-Security-SPP")
        .count() as u64
}

#[test]
fn a_fleets_logs_are_read_as_they_were_made() {
    let fleet = Fleet {
        machines: 10,
        bytes: 2 << 20,
        seed: 1,
    };
    let mut computers = BTreeSet::new();
    for plan in fleet.logs() {
        let made = plan.make().unwrap();
        let systems = systems(made.bytes);
        assert_eq!(systems.len() as u64, made.records, "{plan:?}");
        assert_eq!(activation_events(&systems), made.activation_events);
        let names: BTreeSet<&str> = systems
            .iter()
            .map(|system| system["Computer"].as_str().unwrap())
            .collect();
        assert_eq!(names.len(), 1, "{plan:?}");
        computers.extend(names.into_iter().map(str::to_owned));
        if made.activation_events > 0 {
            let percent = made.activation_events * 100 / made.records;
            assert!((30..46).contains(&percent), "{percent}");
        }
    }
    assert_eq!(computers.len(), 10);
}

#[test]
fn a_collectors_log_is_read_as_it_was_made() {
    for (percent, expect) in [(10, 5..16), (100, 100..101)] {
        let collector = Collector {
            computers: 5,
            bytes: 1 << 20,
            percent,
            seed: 1,
        };
        let mut log = Cursor::new(Vec::new());
        let written = collector.write(&mut log).unwrap();
        let log = log.into_inner();
        assert_eq!(log.len() as u64, written.bytes);
        let systems = systems(log);
        assert_eq!(systems.len() as u64, written.records);
        let events = activation_events(&systems);
        assert_eq!(events, written.activation_events);
        assert!(
            expect.contains(&(events * 100 / written.records)),
            "{written:?}"
        );
        let mut ids: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for system in &systems {
            let id = system["EventRecordID"].as_str().unwrap().parse().unwrap();
            ids.entry(system["Computer"].as_str().unwrap())
                .or_default()
                .push(id);
        }
        assert_eq!(ids.len(), 5);
        for ids in ids.values() {
            assert!(ids.windows(2).all(|pair| pair[1] == pair[0] + 1), "{ids:?}");
        }
    }
}
