//! Event rows in every format, and what is read back from them.

use std::path::Path;

use spptriage::catalog::{Catalog, Language};
use spptriage::eventlog::rows::{RowItem, RowsError, read_ndjson};
use spptriage::eventlog::{Damage, DamageKind, ReadOptions, Scratch, Wanted, read_log};
use spptriage::input::{LogName, LogSource};
use spptriage::report::rows::{AttemptIndex, Row, event_row};
use spptriage::spp::{SppEvent, parse, wanted, wanted_for_diagnosis};

use crate::support::program::{fixtures, log, run};

/// Every fixture log.
fn logs() -> Vec<std::path::PathBuf> {
    let mut paths: Vec<_> = ["logs", "damaged"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(fixtures().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| LogSource::open(path).unwrap().is_event_log())
        .collect();
    paths.sort();
    paths
}

/// The activation events of a log, as rows keep them: whether a record carries RenderingInfo is told
/// for the whole log.
fn events(path: &Path, wanted: &Wanted) -> Vec<SppEvent> {
    let source = LogSource::open(path).unwrap();
    let mut found = Vec::new();
    read_log(
        &source,
        wanted,
        &ReadOptions::default(),
        &mut Scratch::new(),
        &mut |event| found.push(as_in_rows(parse(event))),
    )
    .unwrap();
    found.retain(SppEvent::is_activation_event);
    found
}

fn as_in_rows(mut event: SppEvent) -> SppEvent {
    event.has_rendering_info = false;
    event
}

fn read_back(text: &[u8], wanted: &Wanted) -> Result<Vec<RowItem>, RowsError> {
    let mut items = Vec::new();
    read_ndjson(&LogName::new("rows"), &mut &*text, wanted, &mut |item| {
        items.push(item)
    })?;
    Ok(items)
}

fn events_of(items: Vec<RowItem>) -> Vec<SppEvent> {
    items
        .into_iter()
        .filter_map(|item| match item {
            RowItem::Event(event) => Some(parse(event)),
            _ => None,
        })
        .collect()
}

fn damage_of(items: &[RowItem]) -> Vec<&Damage> {
    items
        .iter()
        .filter_map(|item| match item {
            RowItem::Damage(damage) => Some(damage),
            _ => None,
        })
        .collect()
}

fn ndjson(events: &[SppEvent]) -> String {
    let catalog = Catalog::builtin();
    let attempts = AttemptIndex::default();
    events
        .iter()
        .map(|event| {
            let row = event_row(event, &attempts, &catalog, Language::En);
            serde_json::to_string(&Row::Event(Box::new(row))).unwrap() + "\n"
        })
        .collect()
}

#[test]
fn events_come_back_from_ndjson_as_they_are_in_the_log() {
    let mut count = 0;
    for path in logs() {
        let all = events(&path, &wanted());
        let text = ndjson(&all);
        count += all.len();
        for wanted in [wanted(), wanted_for_diagnosis()] {
            let items = read_back(text.as_bytes(), &wanted).unwrap();
            assert!(damage_of(&items).is_empty(), "{}", path.display());
            assert_eq!(
                events_of(items),
                events(&path, &wanted),
                "{}",
                path.display()
            );
        }
    }
    assert!(count > 800, "{count}");
}

#[test]
fn inputs_come_back_with_everything_that_was_told_of_them() {
    let run = run(["events", "-f", "ndjson", "fixtures", "no-such.evtx", "-q"]);
    let items = read_back(run.stdout.as_bytes(), &wanted()).unwrap();
    let mut skipped = Vec::new();
    let mut inputs = 0;
    for item in &items {
        match item {
            RowItem::Input(input) => {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(input.name.as_str());
                let source = LogSource::open(&path).unwrap();
                let counts = read_log(
                    &source,
                    &wanted_for_diagnosis(),
                    &ReadOptions::default(),
                    &mut Scratch::new(),
                    &mut |_| {},
                )
                .unwrap();
                let told = &input.counts;
                let name = &input.name;
                assert_eq!(told.bytes, counts.bytes, "{name}");
                assert_eq!(
                    (told.chunks, told.chunks_decoded, told.records),
                    (counts.chunks, counts.chunks_decoded, counts.records),
                    "{name}"
                );
                assert_eq!(
                    (told.first, told.last, told.last_by_id),
                    (counts.first, counts.last, counts.last_by_id),
                    "{name}"
                );
                assert_eq!(told.has_rendering_info, counts.has_rendering_info, "{name}");
                assert_eq!(told.computer_of_last, counts.computer_of_last, "{name}");
                let of = |damage: &[Damage]| -> Vec<_> {
                    let mut places: Vec<_> = damage
                        .iter()
                        .map(|d| (d.chunk, d.record_id, d.lost_records, d.loses_something()))
                        .collect();
                    places.sort();
                    places
                };
                assert_eq!(of(&told.damage), of(&counts.damage), "{name}");
                assert_eq!(told.notes.len(), counts.notes.len(), "{name}");
                inputs += 1;
            }
            RowItem::Skipped(skip) => skipped.push(skip.path.as_str()),
            RowItem::Event(_) => {}
            RowItem::Damage(damage) => panic!("{damage:?}"),
        }
    }
    assert!(inputs > 50, "{inputs}");
    assert!(skipped.contains(&"no-such.evtx"), "{skipped:?}");
}

#[test]
fn lines_that_are_no_rows_are_told_as_one_and_the_rest_is_read() {
    let all = events(&log("blocked-port-cured"), &wanted());
    assert!(all.len() > 2);
    let text = ndjson(&all);
    let (head, tail) = text.split_at(text.len() / 2);
    let broken = format!("\u{feff}{head}\n\r\n{{\"row\":\"event\"}}\nnothing\n{tail}");
    let items = read_back(broken.as_bytes(), &wanted()).unwrap();
    let [damage] = damage_of(&items)[..] else {
        panic!("{:?}", damage_of(&items));
    };
    let whole_lines = head.lines().count() as u64;
    let DamageKind::Row { at, .. } = &damage.kind else {
        panic!("{damage:?}");
    };
    // The line that was cut, its rest, and the two that are none.
    assert_eq!((*at, damage.lost_records), (whole_lines, Some(4)));
    assert_eq!(events_of(items).len(), all.len() - 1);
}

#[test]
fn rows_of_a_newer_program_are_refused() {
    let newer = b"{\"row\":\"event\",\"schema\":2,\"time\":{\"seconds\":7}}\n";
    let error = read_back(newer, &wanted()).unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
}

#[test]
fn what_powershell_redirected_is_told_with_what_to_do() {
    let utf16: Vec<u8> = "\u{feff}{\"row\":\"event\"}\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let error = read_back(&utf16, &wanted()).unwrap_err();
    assert!(error.to_string().contains("-o"), "{error}");
}
