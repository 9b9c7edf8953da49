//! Parquet back to events and inputs.

use std::sync::LazyLock;

use proptest::prelude::*;
use spptriage::eventlog::Wanted;
use spptriage::eventlog::rows::{ParquetRows, RowItem, RowsError, read_parquet};
use spptriage::input::LogSource;
use spptriage::report::rows::RowFormat;
use spptriage::spp::{wanted, wanted_for_diagnosis};

use super::{bad_rows_of, events, events_of, logs, read_back, rows, written};
use crate::support::program::{log, run};

fn read(bytes: Vec<u8>, wanted: &Wanted) -> Result<Vec<RowItem>, RowsError> {
    let mut items = Vec::new();
    let source = LogSource::in_memory("rows.parquet", bytes);
    read_parquet(&source, wanted, &mut |item| items.push(item))?;
    Ok(items)
}

#[test]
fn events_come_back_from_parquet_as_they_are_in_the_log() {
    for path in logs() {
        let bytes = written(&rows(&events(&path, &wanted())), RowFormat::Parquet);
        for wanted in [wanted(), wanted_for_diagnosis()] {
            let items = read(bytes.clone(), &wanted).unwrap();
            assert!(bad_rows_of(&items).is_empty(), "{}", path.display());
            assert_eq!(
                events_of(items),
                events(&path, &wanted),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn one_file_and_a_folder_give_the_same_as_ndjson() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = ["fixtures", "no-such.evtx", "-q"];
    let to = |name: &str| folder.path().join(name);
    for (name, format) in [("all.parquet", None), ("rows", Some("parquet"))] {
        let path = to(name);
        let mut arguments = vec!["events", "-o", path.to_str().unwrap()];
        arguments.extend(inputs);
        if let Some(format) = format {
            std::fs::create_dir(&path).unwrap();
            arguments.extend(["-f", format]);
        }
        let run = run(arguments);
        assert_eq!(run.code, 3, "{}", run.stderr);
    }
    let ndjson = run(["events", "-f", "ndjson"].into_iter().chain(inputs)).stdout;
    let sorted = |mut items: Vec<RowItem>| {
        items.sort_by_key(|item| matches!(item, RowItem::Event(_)));
        items
    };
    let expect = sorted(read_back(ndjson.as_bytes(), &wanted()).unwrap());
    assert!(expect.len() > 1500, "{}", expect.len());
    let file = |name: &str| read(std::fs::read(to(name)).unwrap(), &wanted()).unwrap();
    assert!(sorted(file("all.parquet")) == expect, "one file");
    let mut parts = file("rows/inputs.parquet");
    parts.extend(file("rows/events.parquet"));
    assert!(sorted(parts) == expect, "a folder");
}

#[test]
fn row_groups_are_read_each_by_itself() {
    let one = rows(&events(&log("blocked-port-cured"), &wanted()));
    let many: Vec<_> = one.iter().cycle().take(123_000).cloned().collect();
    let source = LogSource::in_memory("rows", written(&many, RowFormat::Parquet));
    let table = ParquetRows::open(&source).unwrap();
    assert_eq!(table.groups(), 2);
    let count = |group| {
        let mut count = 0;
        table
            .read_group(group, &wanted_for_diagnosis(), &mut |_| count += 1)
            .unwrap();
        count
    };
    assert_eq!((count(1), count(0), count(2)), (120, 122_880, 0));
}

#[test]
fn rows_of_a_newer_program_are_refused() {
    let mut newer = rows(&events(&log("healthy-client"), &wanted()));
    newer.iter_mut().for_each(|row| row.schema = 2);
    let error = read(written(&newer, RowFormat::Parquet), &wanted()).unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
}

#[test]
fn what_is_no_table_of_ours_is_refused() {
    for bytes in [
        b"PAR1".to_vec(),
        b"PAR1 and nothing PAR1".to_vec(),
        Vec::new(),
    ] {
        let error = read(bytes, &wanted()).unwrap_err();
        assert!(matches!(error, RowsError::NotRows { .. }), "{error}");
    }
}

static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    written(
        &rows(&events(&log("healthy-client"), &wanted())),
        RowFormat::Parquet,
    )
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_broken_file_never_makes_reading_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = SOUND.clone();
        for (at, flip) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
        }
        if let Some(cut) = cut {
            let from = cut.index(bytes.len());
            bytes.remove(from);
        }
        let _ = read(bytes, &wanted());
    }
}
