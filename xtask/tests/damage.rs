//! Damage: what is meant is broken, and nothing beside it.

#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]

use evtx::{EvtxParser, ParserSettings};
use xtask::evtx::{CHUNK_BYTES, Damage, FILE_HEADER_BYTES, Log, LogOptions, Record};

/// Three chunks with three records each.
fn log() -> Vec<u8> {
    let mut log = Log::new(LogOptions::default());
    for _ in 0..3 {
        for id in [900, 902, 903] {
            let record = Record {
                event_id: id,
                strings: vec!["10.0.19041.1266".to_owned()],
                ..Record::default()
            };
            log.push(&record).unwrap();
        }
        log.end_chunk();
    }
    log.finish()
}

fn damaged(damage: &Damage) -> Vec<u8> {
    let mut log = log();
    damage.apply(&mut log).unwrap();
    log
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// Which stored checksums do not fit: `file`, `header N`, `data N`. Calculated here once more,
/// apart from the writer.
fn wrong_checksums(log: &[u8]) -> Vec<String> {
    let mut wrong = Vec::new();
    if crc32fast::hash(&log[..120]) != u32_at(log, 124) {
        wrong.push("file".to_owned());
    }
    for (index, chunk) in log[FILE_HEADER_BYTES..].chunks(CHUNK_BYTES).enumerate() {
        let mut header = chunk[..120].to_vec();
        header.extend_from_slice(&chunk[128..512]);
        if crc32fast::hash(&header) != u32_at(chunk, 124) {
            wrong.push(format!("header {index}"));
        }
        let end = (u32_at(chunk, 48) as usize).clamp(512, chunk.len());
        if crc32fast::hash(&chunk[512..end]) != u32_at(chunk, 52) {
            wrong.push(format!("data {index}"));
        }
    }
    wrong
}

/// Numbers of the records that the crate reads; `?` for each that it does not.
fn read(log: Vec<u8>) -> String {
    let settings = ParserSettings::new().validate_checksums(false);
    let Ok(parser) = EvtxParser::from_buffer(log) else {
        return "no log".to_owned();
    };
    let mut parser = parser.with_configuration(settings);
    let read: Vec<String> = parser
        .records_json_value()
        .map(|record| record.map_or("?".to_owned(), |record| record.event_record_id.to_string()))
        .collect();
    read.join(" ")
}

#[track_caller]
fn check(damage: &Damage, checksums: &[&str], records: &str) {
    let log = damaged(damage);
    assert_eq!(wrong_checksums(&log), checksums);
    assert_eq!(read(log), records);
}

const ALL: &str = "1 2 3 4 5 6 7 8 9";

#[test]
fn a_sound_log_has_right_checksums() {
    assert!(wrong_checksums(&log()).is_empty());
    assert_eq!(read(log()), ALL);
}

#[test]
fn only_the_meant_checksum_is_wrong() {
    check(&Damage::FileChecksum, &["file"], ALL);
    check(&Damage::HeaderChecksum { chunk: 1 }, &["header 1"], ALL);
    check(&Damage::DataChecksum { chunk: 1 }, &["data 1"], ALL);
}

#[test]
fn a_broken_record_is_broken_alone() {
    let flip = |renew| Damage::FlipRecord {
        record: 5,
        at: 28,
        bytes: 1,
        renew,
    };
    check(&flip(true), &[], "1 2 3 4 ? 6 7 8 9");
    check(&flip(false), &["data 1"], "1 2 3 4 ? 6 7 8 9");
}

#[test]
fn whole_chunks_go() {
    let zeroed = damaged(&Damage::ZeroChunk { chunk: 1 });
    assert_eq!(read(zeroed), "1 2 3 7 8 9");
    let magic = damaged(&Damage::ChunkMagic { chunk: 1 });
    assert_eq!(wrong_checksums(&magic), [""; 0]);
    assert_eq!(read(magic), "1 2 3 ? 7 8 9");
}

#[test]
fn header_fields_lie_with_right_checksums() {
    let fields = [
        Damage::LastRecord {
            chunk: 1,
            number: 100,
        },
        Damage::FreeSpace {
            chunk: 1,
            offset: 40_000,
        },
        Damage::FreeSpace {
            chunk: 1,
            offset: 200_000,
        },
        Damage::StringTable { chunk: 1 },
        Damage::TemplateTable { chunk: 1 },
        Damage::StaleHeader { chunks: 1 },
        Damage::Dirty,
        Damage::MinorVersion { minor: 7 },
        Damage::RecordSize {
            record: 5,
            size: 70_000,
        },
        Damage::RecordMagic { record: 5 },
    ];
    for damage in fields {
        let log = damaged(&damage);
        assert!(wrong_checksums(&log).is_empty(), "{damage:?}");
        assert_ne!(log, self::log(), "{damage:?}");
    }
}

#[test]
fn lengths_change_and_nothing_else() {
    let whole = log();
    assert_eq!(damaged(&Damage::Cut { bytes: 1000 }), whole[..1000]);
    let cut = Damage::CutChunk {
        chunk: 2,
        bytes: 600,
    };
    let length = FILE_HEADER_BYTES + 2 * CHUNK_BYTES + 600;
    assert_eq!(damaged(&cut), whole[..length]);
    let longer = damaged(&Damage::AppendZeros { bytes: 10 });
    assert_eq!(longer[..whole.len()], whole);
    assert_eq!(longer[whole.len()..], [0; 10]);
}

#[test]
fn what_is_not_there_cannot_be_broken() {
    for damage in [
        Damage::ZeroChunk { chunk: 3 },
        Damage::RecordMagic { record: 10 },
        Damage::Cut { bytes: 1_000_000 },
    ] {
        assert!(damage.apply(&mut log()).is_err(), "{damage:?}");
    }
}
