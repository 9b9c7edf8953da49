//! What programs read: JSON and rows hold the truth, tables are safe in a spreadsheet.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::logs::{LENGTH, folders, payloads};
use super::{MADE, acts, over, reports};

/// A payload as a decoder gives it: half a surrogate pair is none, and what ends a string ends it.
fn decoded(text: &str) -> String {
    let text = text.replace(['\u{f8f0}', '\u{f8f1}'], "\u{fffd}");
    text.split('\0').next().unwrap_or_default().to_owned()
}

#[test]
fn json_holds_names_as_they_were_logged() {
    for made in [0, 1] {
        let text = &reports(made, false).json;
        assert!(!text.contains(acts));
        let json: Value = serde_json::from_str(text).unwrap();
        let machines: BTreeSet<String> = json["machines"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|machine| {
                [&machine["computer"]]
                    .into_iter()
                    .chain(machine["aliases"].as_array().unwrap())
            })
            .map(|name| name.as_str().unwrap().to_owned())
            .collect();
        for payload in payloads() {
            let name: String = decoded(&payload.text).chars().take(LENGTH).collect();
            assert!(machines.contains(&name), "{}: {name:?}", payload.name);
        }
    }
}

#[test]
fn json_is_one_line_a_row_and_escapes_what_acts() {
    let (hostile, _) = folders();
    for format in ["ndjson", "timesketch"] {
        for more in [&[][..], &["--redact"]] {
            let run = over(
                &hostile,
                &[&["events", ".", "-f", format, "-q"], more].concat(),
            );
            let mut rows = 0;
            for line in run.stdout.lines() {
                let row: Value = serde_json::from_str(line).unwrap();
                rows += usize::from(row["event_id"].is_u64());
                assert!(!line.contains(acts), "{line}");
            }
            assert!(rows > 30 * payloads().len(), "{rows}");
        }
    }
}

/// Reads a table: every row with as many cells as the head, no cell a formula.
fn hold_table(table: &[u8]) -> usize {
    let mut reader = csv::Reader::from_reader(table);
    let head = reader.headers().unwrap().clone();
    let mut rows = 0;
    for record in reader.records() {
        let record = record.unwrap();
        rows += 1;
        assert_eq!(record.len(), head.len());
        for (name, cell) in head.iter().zip(&record) {
            let is_number = cell.parse::<i64>().is_ok() && NUMBERS.contains(&name);
            let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋']);
            assert!(is_number || !is_formula, "{name}: {cell:?}");
            assert!(
                !cell.contains(acts) && !cell.contains('\n'),
                "{name}: {cell:?}"
            );
        }
    }
    rows
}

/// Columns in which a number may be negative.
const NUMBERS: [&str; 2] = ["minutes_to_expiry", "skew_minutes"];

#[test]
fn no_cell_of_a_table_is_a_formula() {
    for made in 0..MADE.len() {
        for (name, table) in &reports(made, false).tables {
            let rows = hold_table(table);
            assert!(rows > 3, "{name}: {rows}");
        }
    }
    let (hostile, _) = folders();
    for more in [&[][..], &["--redact"]] {
        // On standard output, where escape sequences would be taken out.
        let always = ["events", ".", "-f", "csv", "-q"];
        let run = over(&hostile, &[&always[..], more].concat());
        assert!(hold_table(run.stdout.as_bytes()) > 30 * payloads().len());
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_gives_back_what_json_gives_back() {
    use spptriage::eventlog::rows::{RowItem, read_ndjson, read_parquet};
    use spptriage::input::{LogName, LogSource};
    use spptriage::spp::wanted;

    let (hostile, _) = folders();
    let to = tempfile::tempdir().unwrap();
    let path = |name: &str| to.path().join(name).to_str().unwrap().to_owned();
    for name in ["rows.ndjson", "rows.parquet"] {
        over(&hostile, &["events", ".", "-q", "-o", &path(name)]);
    }
    let mut lines = Vec::new();
    let text = std::fs::read(path("rows.ndjson")).unwrap();
    read_ndjson(&LogName::new("rows"), &mut &*text, &wanted(), &mut |item| {
        lines.push(item)
    })
    .unwrap();
    let mut table = Vec::new();
    let source = LogSource::open(Path::new(&path("rows.parquet"))).unwrap();
    read_parquet(&source, &wanted(), &mut |item| table.push(item)).unwrap();
    let events = |items: Vec<RowItem>| -> Vec<RowItem> {
        items
            .into_iter()
            .filter(|item| matches!(item, RowItem::Event(_)))
            .collect()
    };
    let (lines, table) = (events(lines), events(table));
    assert!(lines.len() > 30 * payloads().len(), "{}", lines.len());
    assert!(lines == table);
}

#[test]
fn a_report_of_rows_is_that_of_the_logs() {
    let (hostile, _) = folders();
    let to = tempfile::tempdir().unwrap();
    let rows = to.path().join("rows.ndjson");
    over(
        &hostile,
        &["events", ".", "-q", "-o", rows.to_str().unwrap()],
    );
    let again = over(to.path(), &["report", ".", "-f", "json", "--no-progress"]).json();
    let mut first: Value = serde_json::from_str(&reports(0, false).json).unwrap();
    first["generated_at"] = again["generated_at"].clone();
    let said = crate::support::program::said;
    assert!(said(first) == said(again));
}
