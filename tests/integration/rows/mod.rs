//! Event rows in every format, and what is read back from them.

mod chosen;
mod docs;
mod folders;
mod formats;
#[cfg(feature = "parquet")]
mod parquet;
mod read_back;
mod settled;

use std::path::{Path, PathBuf};

use spptriage::catalog::{Catalog, Language};
use spptriage::eventlog::rows::{RowItem, RowsError, read_ndjson};
use spptriage::eventlog::{ReadOptions, Scratch, Wanted, read_log};
use spptriage::input::{LogName, LogSource, SkipReason, Skipped};
use spptriage::report::rows::{EventRow, RecordIndex, RowFormat, RowOptions, event_row};
use spptriage::spp::{SppEvent, parse};

use crate::support::program::fixtures;

/// Every fixture log.
fn logs() -> Vec<PathBuf> {
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
        &mut |event| {
            let mut event = parse(event);
            event.has_rendering_info = false;
            found.push(event);
        },
    )
    .unwrap();
    found.retain(SppEvent::is_activation_event);
    found
}

/// The rows of events.
fn rows(events: &[SppEvent]) -> Vec<EventRow> {
    let catalog = Catalog::builtin();
    let attempts = RecordIndex::default();
    events
        .iter()
        .map(|event| event_row(event, &attempts, &catalog, Language::En))
        .collect()
}

/// Rows as a file of a format.
fn written(rows: &[EventRow], format: RowFormat) -> Vec<u8> {
    let mut out = Vec::new();
    let catalog = Catalog::builtin();
    let options = RowOptions {
        catalog: &catalog,
        language: Language::En,
    };
    let mut writer = format.writer(&mut out, options).unwrap();
    for row in rows {
        writer.event(row).unwrap();
    }
    writer.finish().unwrap();
    out
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

/// Of rows that cannot be read: which is the first, and how many they are.
fn bad_rows_of(items: &[RowItem]) -> Vec<(u64, u64)> {
    items
        .iter()
        .filter_map(|item| match item {
            RowItem::Skipped(Skipped {
                reason: SkipReason::BadRows { rows, at, .. },
                ..
            }) => Some((*at, *rows)),
            _ => None,
        })
        .collect()
}
