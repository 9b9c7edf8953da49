//! The tables of a report: every row of the JSON's lists, safe in a spreadsheet.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{folder, names};
use crate::support::program::{Run, run_in};

const BOM: &[u8] = b"\xEF\xBB\xBF";

fn report(folder: &Path, more: &[&str]) -> Run {
    run_in(folder, [&["report", "logs"][..], more].concat())
}

/// A table's rows by the names of their columns.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let head = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let cells = head.iter().zip(record.iter());
            cells
                .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
                .collect()
        })
        .collect()
}

#[test]
fn tables_hold_what_the_lists_of_the_json_hold() {
    let folder = tempfile::tempdir().unwrap();
    let logs = crate::support::program::fixtures().join("logs");
    let run = run_in(
        folder.path(),
        [
            "report",
            logs.to_str().unwrap(),
            "-o",
            "a.json",
            "-o",
            "out",
            "-f",
            "csv",
        ],
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    let json = fs::read_to_string(folder.path().join("a.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    for (table, keys) in [
        ("findings", &["id", "status", "title", "meaning"][..]),
        ("machines", &["computer", "status", "first_seen"]),
        ("kms_hosts", &["host", "kind"]),
        ("kms_clients", &["host", "client", "first"]),
    ] {
        let rows = rows(&folder.path().join(format!("out/{table}.csv")));
        let list = json[table].as_array().unwrap();
        assert!(!list.is_empty());
        assert_eq!(rows.len(), list.len(), "{table}");
        for (row, part) in rows.iter().zip(list) {
            for key in keys {
                assert_eq!(row[*key], part[*key].as_str().unwrap(), "{table} {key}");
            }
        }
    }
    let machines = rows(&folder.path().join("out/machines.csv"));
    let failing = machines
        .iter()
        .find(|row| row["root_cause"] == "0x8007232B")
        .unwrap();
    assert!(failing["root_cause_title"].contains("DNS"), "{failing:?}");
    assert!(failing["findings"].contains("0x8007232B"), "{failing:?}");
}

#[test]
fn chinese_files_have_a_mark_and_others_on_request() {
    let folder = folder();
    let path = folder.path();
    let begins = |name: &str| fs::read(path.join(name)).unwrap().starts_with(BOM);
    for (out, more, expect) in [
        ("en", &[][..], false),
        ("zh", &["--lang", "zh-CN"], true),
        ("asked", &["--csv-bom"], true),
    ] {
        let to = format!("{out}/");
        let run = report(path, &[&["-o", &*to], more].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(begins(&format!("{out}/findings.csv")), expect, "{out}");
        let run = run_in(
            path,
            [&["events", "logs", "-o", &*format!("{out}.csv")], more].concat(),
        );
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(begins(&format!("{out}.csv")), expect, "{out}");
    }
    // Whoever reads a pipe takes the mark for a part of the first name.
    let to_pipe = |more: &[&str]| {
        let run = run_in(path, [&["events", "logs", "-f", "csv"], more].concat());
        run.stdout.into_bytes().starts_with(BOM)
    };
    assert!(!to_pipe(&["--lang", "zh-CN"]));
    assert!(to_pipe(&["--csv-bom"]));
}

#[test]
fn a_folder_of_tables_is_replaced_on_request_and_no_other() {
    let folder = folder();
    let path = folder.path();
    let out = path.join("out");
    assert_eq!(report(path, &["-f", "csv", "-o", "out"]).code, 0);
    let again = report(path, &["-f", "csv", "-o", "out"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("--overwrite"), "{}", again.stderr);
    fs::write(out.join("machines.csv"), "old").unwrap();
    assert_eq!(
        report(path, &["-f", "csv", "-o", "out", "--overwrite"]).code,
        0
    );
    assert_ne!(fs::read_to_string(out.join("machines.csv")).unwrap(), "old");
    let rows = run_in(path, ["events", "logs", "-f", "csv", "-o", "rows/"]);
    assert_eq!(rows.code, 0, "{}", rows.stderr);
    let refused = report(path, &["-f", "csv", "-o", "rows", "--overwrite"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("more than tables"),
        "{}",
        refused.stderr
    );
    assert_eq!(names(path), ["logs", "out", "rows"]);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_has_the_same_tables() {
    use parquet::file::reader::{FileReader, SerializedFileReader};

    let folder = folder();
    let run = report(folder.path(), &["-f", "parquet", "-o", "out", "-o", "csv/"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(
        names(&folder.path().join("out")),
        [
            "findings.parquet",
            "kms_clients.parquet",
            "kms_hosts.parquet",
            "machines.parquet"
        ]
    );
    let file = fs::File::open(folder.path().join("out/machines.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows: Vec<String> = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| row.unwrap().to_string())
        .collect();
    assert_eq!(rows.len(), 2);
    assert!(rows[0].contains("status: \"failing\""), "{}", rows[0]);
    assert!(rows[0].contains("products: [\"Windows"), "{}", rows[0]);
}
