//! The writer against a reader that we did not write: the `evtx` crate.

#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]

use evtx::{EvtxParser, ParserSettings};
use serde_json::Value;
use xtask::evtx::{CHUNK_BYTES, FileTime, Log, LogOptions, Provider, Record, Rendering, Shape};

/// Every record of a log as the crate's JSON, checksums verified.
fn read(log: Vec<u8>) -> Vec<(u64, Value)> {
    let settings = ParserSettings::new().validate_checksums(true);
    let mut parser = EvtxParser::from_buffer(log)
        .unwrap()
        .with_configuration(settings);
    parser
        .records_json_value()
        .map(|record| record.map(|r| (r.event_record_id, r.data)).unwrap())
        .collect()
}

fn record(id: u16, strings: &[&str]) -> Record {
    Record {
        time: "2026-03-02 08:00:11.1200001".parse().unwrap(),
        event_id: id,
        computer: "PC-0042.contoso.com".to_owned(),
        strings: strings.iter().map(|s| (*s).to_owned()).collect(),
        ..Record::default()
    }
}

fn log_of(records: &[Record]) -> Vec<u8> {
    let mut log = Log::new(LogOptions::default());
    for record in records {
        log.push(record).unwrap();
    }
    log.finish()
}

#[test]
fn a_classic_record_is_read_as_it_was_written() {
    for shape in [Shape::Classic, Shape::ClassicShort] {
        let records = read(log_of(&[Record {
            record_id: Some(8023),
            process_id: 4092,
            shape,
            binary: vec![0, 0, 6, 0],
            ..record(8198, &["hr=0x8007232B", "Action=AutoActivate"])
        }]));
        let (number, event) = &records[0];
        assert_eq!(*number, 1);
        let system = &event["Event"]["System"];
        let provider = &system["Provider"]["#attributes"];
        assert_eq!(provider["Name"], "Microsoft-Windows-Security-SPP");
        assert_eq!(provider["Guid"], "{E23B33B0-C8C9-472C-A5F9-F2BDFEA0F156}");
        assert_eq!(
            provider["EventSourceName"],
            "Software Protection Platform Service"
        );
        assert_eq!(system["EventID"]["#text"], 8198);
        assert_eq!(system["EventID"]["#attributes"]["Qualifiers"], 16384);
        assert_eq!(system["EventRecordID"], 8023);
        assert_eq!(system["Level"], 4);
        assert_eq!(system["Keywords"], "0x80000000000000");
        assert_eq!(
            system["TimeCreated"]["#attributes"]["SystemTime"],
            "2026-03-02T08:00:11.1200001Z"
        );
        assert_eq!(system["Execution"]["#attributes"]["ProcessID"], 4092);
        assert_eq!(system["Channel"], "Application");
        assert_eq!(system["Computer"], "PC-0042.contoso.com");
        let data = &event["Event"]["EventData"];
        assert_eq!(
            data["Data"]["#text"],
            serde_json::json!(["hr=0x8007232B", "Action=AutoActivate"])
        );
        assert_eq!(data["Binary"], "00000600");
    }
}

#[test]
fn office_has_neither_guid_nor_source() {
    let records = read(log_of(&[Record {
        provider: Provider::OFFICE,
        ..record(900, &[])
    }]));
    let provider = &records[0].1["Event"]["System"]["Provider"]["#attributes"];
    assert_eq!(
        provider,
        &serde_json::json!({ "Name": "Office Software Protection Platform Service" })
    );
}

#[test]
fn a_manifest_record_has_named_data() {
    let records = read(log_of(&[Record {
        provider: Provider::manifest(
            "Microsoft-Windows-Directory-Services-SAM",
            "{0D4FDC09-8C27-494A-BDA0-505E4FD8ADAE}",
        ),
        channel: "System".to_owned(),
        names: vec!["ErrorCode".to_owned()],
        shape: Shape::Manifest,
        ..record(12288, &["0xc00002a5"])
    }]));
    let event = &records[0].1["Event"];
    let system = &event["System"];
    assert_eq!(
        system["Provider"]["#attributes"]["Guid"],
        "{0d4fdc09-8c27-494a-bda0-505e4fd8adae}"
    );
    assert_eq!(system["EventID"], 12288);
    assert_eq!(system["Channel"], "System");
    assert_eq!(event["EventData"]["ErrorCode"], "0xc00002a5");
}

#[test]
fn a_collector_writes_texts_and_the_senders_number() {
    let rendering = Some(Rendering {
        culture: "en-US".to_owned(),
        message: "Started.".to_owned(),
    });
    let records = read(log_of(&[Record {
        record_id: Some(3229),
        shape: Shape::Collector { rendering },
        ..record(900, &["TriggerStarted:6", ""])
    }]));
    let (number, event) = &records[0];
    assert_eq!(*number, 1);
    let system = &event["Event"]["System"];
    assert_eq!(system["EventID"]["#text"], "900");
    assert_eq!(system["EventRecordID"], "3229");
    assert_eq!(
        system["TimeCreated"]["#attributes"]["SystemTime"],
        "2026-03-02T08:00:11.120000100Z"
    );
    assert_eq!(event["Event"]["RenderingInfo"]["Message"], "Started.");
}

#[test]
fn full_chunks_are_followed_by_others() {
    let many: Vec<Record> = (0..700)
        .map(|n| {
            let time: FileTime = "2026-03-02 08:00:00".parse().unwrap();
            Record {
                time: time.plus_minutes(n),
                computer: format!("PC-{:04}", n % 7),
                ..record(12288, &[&format!("{n}, 0x00000000")])
            }
        })
        .collect();
    let log = log_of(&many);
    assert!(log.len() > 4096 + 2 * CHUNK_BYTES);
    let records = read(log);
    assert_eq!(records.len(), many.len());
    for (n, (number, event)) in records.iter().enumerate() {
        assert_eq!(*number, n as u64 + 1);
        assert_eq!(
            event["Event"]["EventData"]["Data"]["#text"],
            format!("{n}, 0x00000000")
        );
        assert_eq!(
            event["Event"]["System"]["Computer"],
            format!("PC-{:04}", n % 7)
        );
    }
}

#[test]
fn numbers_begin_anywhere_and_leave_gaps() {
    let mut log = Log::new(LogOptions {
        first_number: 46_728,
        minor_version: 2,
        no_checksums: true,
    });
    log.push(&record(900, &[])).unwrap();
    log.skip_numbers(5);
    log.end_chunk();
    log.push(&record(902, &["10.0.19041.1266"])).unwrap();
    let records = read(log.finish());
    let numbers: Vec<u64> = records.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [46_728, 46_734]);
    assert_eq!(records[1].1["Event"]["System"]["EventRecordID"], 46_734);
}

#[test]
fn a_record_larger_than_a_chunk_is_refused() {
    let mut log = Log::new(LogOptions::default());
    log.push(&record(900, &[])).unwrap();
    let error = log.push(&record(8200, &[&"x".repeat(40_000)])).unwrap_err();
    assert_eq!(error.to_string(), "record 2 does not fit into a chunk");
    assert_eq!(read(log.finish()).len(), 1);
}
