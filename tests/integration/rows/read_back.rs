//! NDJSON back to events and inputs.

use std::path::Path;

use spptriage::eventlog::rows::RowItem;
use spptriage::eventlog::{Damage, ReadOptions, Scratch, read_log};
use spptriage::input::LogSource;
use spptriage::report::rows::RowFormat;
use spptriage::spp::{wanted, wanted_for_diagnosis};

use super::{bad_rows_of, events, events_of, logs, read_back, rows, written};
use crate::support::program::{log, run};

#[test]
fn events_come_back_from_ndjson_as_they_are_in_the_log() {
    let mut count = 0;
    for path in logs() {
        let all = events(&path, &wanted());
        let text = written(&rows(&all), RowFormat::Ndjson);
        count += all.len();
        for wanted in [wanted(), wanted_for_diagnosis()] {
            let items = read_back(&text, &wanted).unwrap();
            assert!(bad_rows_of(&items).is_empty(), "{}", path.display());
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
    let mut lacking = 0;
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
                assert_eq!(
                    (told.ids, told.lacks_records),
                    (counts.ids, counts.lacks_records),
                    "{name}"
                );
                lacking += usize::from(told.lacks_records);
                // Where only records beside activation events were found, their computer is told.
                if input.activation_events > 0 || counts.events == 0 {
                    assert_eq!(told.computer_of_last, counts.computer_of_last, "{name}");
                }
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
        }
    }
    assert!(inputs > 50, "{inputs}");
    assert!(lacking > 2 && lacking < inputs, "{lacking}");
    assert!(skipped.contains(&"no-such.evtx"), "{skipped:?}");
}

#[test]
fn lines_that_are_no_rows_are_told_as_one_and_the_rest_is_read() {
    let all = events(&log("blocked-port-cured"), &wanted());
    assert!(all.len() > 2);
    let text = written(&rows(&all), RowFormat::Ndjson);
    let text = String::from_utf8(text).unwrap();
    let (head, tail) = text.split_at(text.len() / 2);
    let broken = format!("\u{feff}{head}\n\r\n{{\"row\":\"event\"}}\nnothing\n{tail}");
    let items = read_back(broken.as_bytes(), &wanted()).unwrap();
    let whole_lines = head.lines().count() as u64;
    // The line that was cut, its rest, and the two that are none.
    assert_eq!(bad_rows_of(&items), [(whole_lines, 4)]);
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
