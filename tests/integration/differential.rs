//! Every shortcut of reading against its plain twin, on sound logs and on broken ones.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use spptriage::eventlog::{
    Damage, DamageKind, Event, NoteKind, ReadOptions, RunCounts, Scratch, finish, read_log,
    read_run, runs,
};
use spptriage::input::LogSource;
use xtask::evtx::{Log, LogOptions, Record};

use crate::support::{
    ALL_OPTIONS, BUSY_KINDS, busy_kind, busy_log, busy_record, fixture_logs, is_wanted, read,
    wanted,
};

const CHUNK: usize = 65_536;
const FILE_HEADER: usize = 4096;
const PER_CHUNK: u64 = 27;

/// Reads in every way, holds all of them equal, and gives what they found.
fn read_all_ways(bytes: &[u8], what: &str) -> (Vec<Event>, spptriage::eventlog::LogCounts) {
    let wanted = wanted();
    let (events, counts) = read(bytes, &wanted, &ALL_OPTIONS[0]);
    for options in &ALL_OPTIONS[1..] {
        let (plain_events, plain) = read(bytes, &wanted, options);
        assert_eq!(events, plain_events, "{what}: {options:?}");
        assert_eq!(counts.damage, plain.damage, "{what}: {options:?}");
        assert_eq!(counts.notes, plain.notes, "{what}: {options:?}");
        assert_eq!(counts.records, plain.records, "{what}: {options:?}");
        assert_eq!(
            counts.computer_of_last, plain.computer_of_last,
            "{what}: {options:?}"
        );
    }
    (events, counts)
}

#[test]
fn shortcuts_change_nothing() {
    for fixture in fixture_logs() {
        read_all_ways(&fixture.bytes, &fixture.name);
    }
    read_all_ways(&busy_log(3, PER_CHUNK), "busy log");
}

/// Found by chance: behind a record that breaks here an unwanted one is folded, and the crate read on
/// into it and told another reason.
#[test]
fn a_broken_record_is_told_alike_with_and_without_what_is_folded_behind_it() {
    let (sound, records) = &*COLLECTED;
    let mut bytes = sound.clone();
    let (at, size) = records[12];
    let place = (12_825_633_218_630_675_373_u128 * (size as u128 - 28)) >> 64;
    bytes[at + 24 + usize::try_from(place).unwrap()] = 143;
    renew_checksums(&mut bytes);
    let (_, counts) = read_all_ways(&bytes, "broken");
    assert_eq!(counts.damage.len(), 1);
}

#[test]
fn events_are_as_written() {
    let (events, counts) = read_all_ways(&busy_log(2, PER_CHUNK), "busy log");
    assert_eq!(counts.damage, []);
    assert_eq!((counts.chunks, counts.records), (2, 2 * PER_CHUNK));
    let mut found = events.iter();
    for place in 0..2 * PER_CHUNK {
        let kind = busy_kind(place % PER_CHUNK);
        if !is_wanted(kind) {
            continue;
        }
        let number = 1_000 + place;
        let written = busy_record(kind, number);
        let event = found.next().unwrap();
        assert_eq!(event.file_record_id.0, number);
        assert_eq!(event.record_id.0, written.record_id.unwrap_or(number));
        assert_eq!(&*event.provider, written.provider.name);
        assert_eq!(&*event.channel, written.channel);
        assert_eq!(&*event.computer, written.computer);
        assert_eq!(event.event_id, written.event_id);
        assert_eq!(event.level, Some(written.level));
        assert_eq!(*event.data, written.strings, "sort {kind}");
        assert_eq!(event.data_names, written.names, "sort {kind}");
        assert_eq!(
            event.has_rendering_info,
            kind == 4 && number.is_multiple_of(2)
        );
    }
    assert_eq!(found.next(), None);
}

/// A proof by one computer's record holds for others, so what comes of it must be each one's own.
#[test]
fn computers_are_told_apart_whoever_was_read_before() {
    let names = [
        "PC1",
        "PC2.contoso.com",
        "pc-3_x",
        "主机-01",
        "A B",
        "x&y",
        "<pc>",
        "PC1",
        "\"q\"",
        "'",
        "pc\u{0}",
        "Ä",
        "",
        " ",
        "1",
        "PC2.contoso.com",
    ];
    let wanted = wanted();
    let read = |options: &ReadOptions, scratch: &mut Scratch, computer: &str| {
        let mut log = Log::new(LogOptions::default());
        for number in 1..4 {
            let record = Record {
                computer: computer.to_owned(),
                event_id: 8198,
                strings: vec![
                    "hr=0x8007232B".to_owned(),
                    format!("{computer} {}", number / 2),
                ],
                ..Record::default()
            };
            log.push(&record).unwrap();
        }
        let source = LogSource::in_memory("log", log.finish());
        let mut events = Vec::new();
        let each = &mut |event| events.push(event);
        let counts = read_log(&source, &wanted, options, scratch, each).unwrap();
        (events, counts)
    };
    let mut scratches: Vec<Scratch> = ALL_OPTIONS.iter().map(|_| Scratch::new()).collect();
    for name in names {
        let told = read(&ALL_OPTIONS[0], &mut scratches[0], name);
        assert_eq!(told.0.len(), 3, "{name:?}");
        let computer = name.trim_end_matches('\0');
        assert!(
            told.0.iter().all(|event| &*event.computer == computer),
            "{told:?}"
        );
        for (options, scratch) in ALL_OPTIONS.iter().zip(&mut scratches).skip(1) {
            assert_eq!(told, read(options, scratch, name), "{name:?} {options:?}");
        }
    }
}

#[test]
fn only_some_ids_of_a_provider() {
    let mut some = wanted();
    some.channels.clear();
    for provider in &mut some.providers {
        provider.ids = spptriage::eventlog::WantedIds::Only(vec![1003, 8198]);
    }
    let bytes = busy_log(2, PER_CHUNK);
    let (events, _) = read(&bytes, &some, &ALL_OPTIONS[0]);
    let (all, _) = read(&bytes, &wanted(), &ALL_OPTIONS[0]);
    let expect: Vec<_> = all
        .into_iter()
        .filter(|event| matches!(event.event_id, 1003 | 8198))
        .collect();
    assert!(!expect.is_empty());
    assert_eq!(events, expect);
    for options in &ALL_OPTIONS[1..] {
        assert_eq!(read(&bytes, &some, options).0, expect, "{options:?}");
    }
}

#[test]
fn runs_come_to_the_same_in_any_size_and_order() {
    let wanted = wanted();
    let options = ReadOptions::default();
    for (name, bytes) in fixture_logs()
        .into_iter()
        .map(|fixture| (fixture.name, fixture.bytes))
        .chain([("busy log".to_owned(), busy_log(7, 12))])
    {
        let whole = read(&bytes, &wanted, &options);
        for chunks_per_run in 1..=8 {
            let source = LogSource::in_memory("log", bytes.clone());
            let mut scratch = Scratch::new();
            let mut all = RunCounts::default();
            let mut events = Vec::new();
            for run in runs(&source, chunks_per_run).into_iter().rev() {
                let counts = read_run(
                    &source,
                    run,
                    &wanted,
                    &options,
                    &mut scratch,
                    &mut |event| {
                        events.push(event);
                    },
                )
                .unwrap();
                all.merge(counts);
            }
            events.sort_by_key(|event| event.chunk);
            let counts = finish(&source, all, &mut scratch).unwrap();
            assert_eq!(whole, (events, counts), "{name} by {chunks_per_run}");
        }
    }
}

#[test]
fn damaged_fixtures_tell_what_they_hold() {
    for fixture in fixture_logs() {
        let (_, counts) = read_all_ways(&fixture.bytes, &fixture.name);
        let told: BTreeSet<_> = counts.damage.iter().map(damage_name).collect();
        let expect: BTreeSet<_> = fixture.recipe.expect.iter().map(String::as_str).collect();
        assert_eq!(told, expect, "{}: {:?}", fixture.name, counts.damage);
        let told: BTreeSet<_> = counts
            .notes
            .iter()
            .map(|note| note_name(&note.kind))
            .collect();
        for note in &fixture.recipe.expect_notes {
            assert!(
                told.contains(note.as_str()),
                "{}: {:?}",
                fixture.name,
                counts.notes
            );
        }
    }
}

fn damage_name(damage: &Damage) -> &'static str {
    match damage.kind {
        DamageKind::FileHeader { .. } => "file-header",
        DamageKind::ChunkCutShort { .. } => "chunk-cut-short",
        DamageKind::BadMagic => "bad-magic",
        DamageKind::ZeroedChunk => "zeroed-chunk",
        DamageKind::HeaderChecksum { .. } => "header-checksum",
        DamageKind::DataChecksum { .. } => "data-checksum",
        DamageKind::StringTable => "string-table",
        DamageKind::TemplateTable => "template-table",
        DamageKind::FreeSpaceOffset { .. } => "free-space-offset",
        DamageKind::RecordRange { .. } => "record-range",
        DamageKind::RecordChain => "record-chain",
        DamageKind::Record { .. } => "record",
        DamageKind::Chunk { .. } => "chunk",
        _ => "other",
    }
}

fn note_name(kind: &NoteKind) -> &'static str {
    match kind {
        NoteKind::StaleHeader { .. } => "stale-header",
        NoteKind::DirtyFlag => "dirty-flag",
        NoteKind::MinorVersion { .. } => "minor-version",
        NoteKind::ShortLastChunk { .. } => "short-last-chunk",
        NoteKind::Gaps { .. } => "gaps",
        NoteKind::ForeignBytes { .. } => "foreign-bytes",
        NoteKind::NoChecksums { .. } => "no-checksums",
        _ => "other",
    }
}

/// Where the records of a chunk lie in the file, by their sizes.
fn records(bytes: &[u8], chunk: usize) -> Vec<Place> {
    let start = FILE_HEADER + chunk * CHUNK;
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let end = start + word(start + 48);
    let mut found = Vec::new();
    let mut at = start + 512;
    while at < end {
        let size = word(at + 4);
        found.push((at, size));
        at += size;
    }
    assert_eq!(at, end);
    found
}

#[test]
fn a_broken_record_costs_no_other() {
    let sound = busy_log(2, PER_CHUNK);
    let (all, _) = read_all_ways(&sound, "sound");
    for (place, (at, size)) in records(&sound, 0).into_iter().enumerate() {
        let number = 1_000 + place as u64;
        let mut ways: Vec<(&str, usize, usize)> = vec![
            ("magic", at, 4),
            ("size", at + 4, 4),
            ("one byte of the size", at + 5, 1),
            ("size copy", at + size - 4, 4),
        ];
        // The first record of each sort holds the definitions of the others.
        if place >= BUSY_KINDS {
            ways.extend([
                ("both sizes", at + 4, 4),
                ("whole header", at, 24),
                ("content", at + 24, size - 28),
                ("first bytes of the content", at + 24, 6),
                ("everything", at, size),
            ]);
        }
        for (way, from, length) in ways {
            let mut bytes = sound.clone();
            for byte in &mut bytes[from..from + length] {
                *byte ^= 0xA5;
            }
            if way == "both sizes" {
                for byte in &mut bytes[at + size - 4..at + size] {
                    *byte ^= 0x5A;
                }
            }
            let what = format!("{way} of record {number}");
            let (events, counts) = read_all_ways(&bytes, &what);
            let others = |events: &[Event]| -> Vec<Event> {
                let mut others = events.to_vec();
                others.retain(|event| event.file_record_id.0 != number);
                others
            };
            assert_eq!(others(&events), others(&all), "{what}");
            assert!(!counts.damage.is_empty(), "{what}");
            assert!(
                counts
                    .damage
                    .iter()
                    .all(|damage| damage.chunk.unwrap().0 == 0),
                "{what}: {:?}",
                counts.damage
            );
        }
    }
}

#[test]
fn a_broken_header_costs_no_wanted_record() {
    let sound = busy_log(2, PER_CHUNK);
    let (all, _) = read_all_ways(&sound, "sound");
    // First and last numbers, last record's offset, free space: too low, too high, absurd.
    for (at, length) in [(24, 8), (32, 8), (44, 4), (48, 4)] {
        for change in [-1_000_i64, -8, -1, 1, 8, 1_000, 1 << 30] {
            let mut bytes = sound.clone();
            let place = FILE_HEADER + at;
            let mut field = [0; 8];
            field[..length].copy_from_slice(&bytes[place..place + length]);
            let value = i64::from_le_bytes(field).wrapping_add(change);
            bytes[place..place + length].copy_from_slice(&value.to_le_bytes()[..length]);
            let what = format!("{change} at {at}");
            let (events, counts) = read_all_ways(&bytes, &what);
            assert_eq!(events, all, "{what}");
            assert!(!counts.damage.is_empty(), "{what}");
        }
    }
}

#[test]
fn what_lies_in_free_space_does_not_count() {
    let mut bytes = busy_log(1, PER_CHUNK);
    let (all, before) = read_all_ways(&bytes, "sound");
    let records = records(&bytes, 0);
    let (last, size) = records[records.len() - 1];
    let (first, _) = records[records.len() - 9];
    // An older use of the chunk: whole records right behind the last live one.
    let stale = bytes[first..last + size].to_vec();
    bytes[last + size..last + size + stale.len()].copy_from_slice(&stale);
    let (events, counts) = read_all_ways(&bytes, "slack");
    assert_eq!(events, all);
    assert_eq!(counts, before);
}

#[test]
fn a_log_without_events_tells_its_computer() {
    let fixtures = fixture_logs();
    let fixture = fixtures
        .iter()
        .find(|fixture| fixture.name == "no-activation-events")
        .unwrap();
    let (events, counts) = read_all_ways(&fixture.bytes, &fixture.name);
    assert_eq!(events, []);
    assert_eq!(counts.chunks_decoded, 0);
    assert!(counts.computer_of_last.is_some_and(|name| !name.is_empty()));
    assert!(counts.first <= counts.last && counts.last_by_id.is_some());
}

/// Where a record begins in the file, and its size.
type Place = (usize, usize);

/// A log of a collector's records alone, and where they lie.
static COLLECTED: LazyLock<(Vec<u8>, Vec<Place>)> = LazyLock::new(|| {
    let mut log = Log::new(LogOptions::default());
    for place in 0..24 {
        let number = log.next_number();
        let mut record = busy_record([4, 5, 4, 4][place % 4], number);
        if place % 8 == 3 {
            record.names = vec!["hr".to_owned(), "Action".to_owned()];
        }
        log.push(&record).unwrap();
    }
    let bytes = log.finish();
    let records = records(&bytes, 0);
    (bytes, records)
});

/// Makes the checksums of the first chunk right for what it holds now.
fn renew_checksums(bytes: &mut [u8]) {
    let chunk = &mut bytes[FILE_HEADER..FILE_HEADER + CHUNK];
    let free = u32::from_le_bytes(chunk[48..52].try_into().unwrap()) as usize;
    let data = crc32fast::hash(&chunk[512..free]);
    chunk[52..56].copy_from_slice(&data.to_le_bytes());
    let mut header = crc32fast::Hasher::new();
    header.update(&chunk[..120]);
    header.update(&chunk[128..512]);
    let header = header.finalize();
    chunk[124..128].copy_from_slice(&header.to_le_bytes());
}

/// A sound log and its events.
static SOUND: LazyLock<(Vec<u8>, Vec<Event>)> = LazyLock::new(|| {
    let bytes = busy_log(3, 24);
    let (events, _) = read(&bytes, &wanted(), &ALL_OPTIONS[0]);
    (bytes, events)
});

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn random_bytes_cost_only_their_chunk(
        flips in prop::collection::vec((0..CHUNK, any::<u8>()), 1..40),
        zeros in 0..CHUNK,
        zeros_length in 0..2_000_usize,
    ) {
        let (sound, all) = &*SOUND;
        let mut bytes = sound.clone();
        let start = FILE_HEADER + CHUNK;
        for (at, byte) in &flips {
            bytes[start + at] = *byte;
        }
        let end = (zeros + zeros_length).min(CHUNK);
        bytes[start + zeros..start + end].fill(0);
        for options in &ALL_OPTIONS {
            let (events, _) = read(&bytes, &wanted(), options);
            let outside = |events: &[Event]| -> Vec<Event> {
                let mut outside = events.to_vec();
                outside.retain(|event| event.chunk.0 != 1);
                outside
            };
            prop_assert_eq!(outside(&events), outside(all));
        }
    }

    #[test]
    fn a_changed_record_without_template_reads_as_through_the_crate(
        changes in prop::collection::vec((4..24_usize, any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..12),
    ) {
        let (sound, records) = &*COLLECTED;
        let mut bytes = sound.clone();
        for (record, place, byte, is_token) in &changes {
            let (at, size) = records[*record];
            let place = at + 24 + place.index(size - 28);
            // Any byte, or one that means something where tokens stand.
            bytes[place] = if *is_token { byte % 0x12 } else { *byte };
        }
        renew_checksums(&mut bytes);
        read_all_ways(&bytes, "changed");
    }

    #[test]
    fn any_bytes_at_all_are_read_without_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..3_000),
        magic in any::<bool>(),
        length in 0..2 * CHUNK,
    ) {
        let mut log = vec![0; FILE_HEADER + length];
        for (place, byte) in log.iter_mut().skip(FILE_HEADER - 100).zip(&bytes) {
            *place = *byte;
        }
        if magic && log.len() >= FILE_HEADER + 8 {
            log[FILE_HEADER..FILE_HEADER + 8].copy_from_slice(b"ElfChnk\0");
        }
        for options in &ALL_OPTIONS {
            read(&log, &wanted(), options);
        }
    }
}
