//! What each format holds, and which one is written.

use serde_json::Value;
use spptriage::eventlog::rows::COLUMNS;
use spptriage::report::rows::RowFormat;
use spptriage::spp::wanted;

use super::{events, logs, rows, written};
use crate::support::program::{log, run};

#[test]
fn csv_has_every_row_with_every_column() {
    let mut count = 0;
    for path in logs() {
        let rows = rows(&events(&path, &wanted()));
        let bytes = written(&rows, RowFormat::Csv);
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        assert_eq!(reader.headers().unwrap(), names);
        let at = |name: &str| names.iter().position(|n| *n == name).unwrap();
        let (data, hresult) = (at("data"), at("hresult"));
        let records: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), rows.len(), "{}", path.display());
        for (record, row) in records.iter().zip(&rows) {
            let strings: Vec<String> = serde_json::from_str(&record[data]).unwrap();
            assert_eq!(strings, row.data);
            let code = row.hresult.map(|code| code.to_string()).unwrap_or_default();
            assert_eq!(record[hresult], code);
            for cell in record {
                assert!(
                    !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                    "{cell}"
                );
            }
        }
        count += records.len();
    }
    assert!(count > 800);
}

#[test]
fn the_header_of_csv_is_fixed() {
    let bytes = written(&[], RowFormat::Csv);
    insta::assert_snapshot!(String::from_utf8(bytes).unwrap().replace("\r\n", "<CR LF>"));
}

#[test]
fn timesketch_has_what_it_asks_for() {
    let run = run([
        "events",
        "-f",
        "timesketch",
        "fixtures/logs/blocked-port-cured.evtx",
    ]);
    let lines: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        lines.len(),
        events(&log("blocked-port-cured"), &wanted()).len()
    );
    for line in &lines {
        let time = line["datetime"].as_str().unwrap();
        assert!(time.ends_with("+00:00") && time.len() == 32, "{time}");
        assert!(!line["message"].as_str().unwrap().is_empty());
        assert_eq!(line["timestamp_desc"], "Event Logged");
    }
    let request = lines.iter().find(|l| l["event_id"] == 12288).unwrap();
    let message = request["message"].as_str().unwrap();
    assert!(message.contains("0x800706BA"), "{message}");
    assert!(message.contains("kms01.contoso.com:1688"), "{message}");
}

#[test]
fn one_pass_gives_the_same_rows_without_attempts() {
    let rows = |more: &[&str]| -> Vec<Value> {
        let mut arguments = vec!["events", "-f", "ndjson", "fixtures", "-q"];
        arguments.extend(more);
        let run = run(arguments);
        assert_eq!(run.code, 3);
        let mut rows: Vec<Value> = run
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        rows.sort_by_key(|row| row["log"].as_str().map(str::to_owned));
        rows
    };
    let mut twice = rows(&[]);
    let mut once = rows(&["--stream"]);
    assert!(twice.iter().any(|row| row.get("attempt").is_some()));
    for row in &mut twice {
        row.as_object_mut().unwrap().remove("attempt");
    }
    assert_eq!(twice.len(), once.len());
    for (two, one) in twice.iter_mut().zip(&mut once) {
        // Which of two meanings a record has may stand in a later one, which one pass has not seen.
        if one["kind"]
            .as_str()
            .is_some_and(|kind| kind.contains("-or-"))
        {
            one["kind"] = two["kind"].clone();
        }
        assert_eq!(two, one);
    }
}

#[test]
fn an_ending_that_says_nothing_and_a_folder_without_a_format_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let log = "fixtures/logs/healthy-client.evtx";
    let file = folder.path().join("rows.xlsx");
    let file = file.to_str().unwrap();
    let own = folder.path().to_str().unwrap();
    for (arguments, told) in [
        (&["-o", file][..], "name the format"),
        (&["-o", own][..], "-f"),
        (&["-o", own, "-f", "table"][..], "another format"),
        (&["--partition-by", "day", "-f", "csv"][..], "--output"),
        (&["-o", file, "-f", "csv", "--overwrite"][..], "folders"),
        #[cfg(feature = "parquet")]
        (&["-f", "parquet"][..], "-o"),
    ] {
        let run = run(["events", log].iter().chain(arguments));
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
