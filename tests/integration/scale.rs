//! One fleet, packed and shared out in every way: the report says the same.
//!
//! What differs is where the records were found and how the report was made: `inputs`, `made_with`,
//! and the name of the log beside each record.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::archives::{gz, tar, zip};
use crate::support::fixtures;
use crate::support::program::{run_in, said};

/// Processes that share a fleet out among them.
const SHARES: usize = 3;

/// Every fixture that is a log, sound or damaged or cut short, in a folder `fleet`.
struct Fleet {
    folder: TempDir,
    members: Vec<(String, Vec<u8>)>,
    /// What is said of the fleet by one process that reads the folder.
    whole: Value,
}

impl Fleet {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let members: Vec<(String, Vec<u8>)> = fixtures()
            .into_iter()
            .filter(|fixture| fixture.bytes.starts_with(b"ElfFile\0"))
            .enumerate()
            .map(|(number, fixture)| {
                let name = format!("fleet/{}/{}.evtx", number % 4, fixture.name);
                (name, fixture.bytes)
            })
            .collect();
        for (name, bytes) in &members {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let mut fleet = Self {
            folder,
            members,
            whole: Value::Null,
        };
        let whole = fleet.report(&["fleet"]);
        let machines = whole["machines"].as_array().unwrap().len();
        assert!(machines > 30, "{machines}");
        fleet.whole = said(whole);
        fleet
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn report(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["report", "-f", "json", "--generated-at", "2026-12-01", "-q"];
        all.extend(arguments);
        let run = run_in(self.folder.path(), all);
        // Some of the logs are damaged, and that is told wherever they were read.
        assert_eq!(run.code, 3, "{arguments:?}: {}", run.stderr);
        run.json()
    }

    /// Holds what is said of these paths to what is said of the folder.
    fn check(&self, what: &str, paths: &[&str]) {
        same(what, &said(self.report(paths)), &self.whole);
    }

    /// Has each of some processes, all at one time, write the rows of its share of the logs.
    fn share_out(&self, rows: &str, more: impl Fn(usize) -> Vec<String> + Sync) {
        fs::create_dir(self.path(rows)).unwrap();
        std::thread::scope(|scope| {
            for share in 0..SHARES {
                let logs = self.members.iter().skip(share).step_by(SHARES);
                let list: String = logs.map(|(name, _)| format!("{name}\n")).collect();
                let more = more(share);
                scope.spawn(move || {
                    let run = assert_cmd::Command::cargo_bin("spptriage")
                        .unwrap()
                        .current_dir(self.folder.path())
                        .args(["events", "--paths-from", "-", "-q"])
                        .args(more)
                        .write_stdin(list)
                        .output()
                        .unwrap();
                    assert_eq!(run.status.code(), Some(3), "{run:?}");
                });
            }
        });
    }
}

fn same(what: &str, told: &Value, expect: &Value) {
    for (part, expect) in expect.as_object().unwrap() {
        assert_eq!(&told[part], expect, "{what}: {part}");
    }
    assert!(told == expect, "{what}: parts that are not expected");
}

fn formats() -> &'static [&'static str] {
    match cfg!(feature = "parquet") {
        true => &["ndjson", "parquet"],
        false => &["ndjson"],
    }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_fleet_is_diagnosed_alike_in_every_packing() {
    let fleet = Fleet::new();
    write(&fleet.path("fleet.zip"), &zip(&fleet.members));
    write(&fleet.path("fleet.tar.gz"), &gz(&tar(&fleet.members)));
    fleet.check("a zip", &["fleet.zip"]);
    fleet.check("a tar.gz", &["fleet.tar.gz"]);
    fleet.check("twice over", &["fleet", "fleet.zip"]);
    fleet.check(
        "three times over",
        &["fleet.zip", "fleet/../fleet", "fleet.tar.gz"],
    );
}

#[test]
fn threads_and_the_order_of_paths_change_nothing_at_all() {
    let fleet = Fleet::new();
    write(&fleet.path("fleet.zip"), &zip(&fleet.members));
    let made = |arguments: &[&str]| {
        let mut report = fleet.report(arguments);
        // The command line is told as it was typed.
        report["made_with"]["arguments"] = Value::Null;
        report.to_string()
    };
    for paths in [["fleet/0", "fleet/1"], ["fleet", "fleet.zip"]] {
        let [a, b] = paths;
        let one = made(&[a, b, "--threads", "1"]);
        assert!(one == made(&[a, b, "--threads", "2"]), "{paths:?}, threads");
        assert!(one == made(&[b, a, "--threads", "3"]), "{paths:?}, order");
    }
}

#[test]
fn rows_that_three_processes_wrote_are_diagnosed_as_the_logs_are() {
    let fleet = Fleet::new();
    for format in formats() {
        // One file for each process.
        let rows = format!("{format}-files");
        fleet.share_out(&rows, |share| {
            let to = format!("{rows}/part-{share}.{format}");
            vec!["-o".to_owned(), to]
        });
        fleet.check(&rows, &[&rows]);
        fleet.check(&format!("{rows} and the logs"), &["fleet", &rows]);
        // One file for each process, written as the logs are read.
        let rows = format!("{format}-stream");
        fleet.share_out(&rows, |share| {
            let to = format!("{rows}/part-{share}.{format}");
            vec!["--stream".to_owned(), "-o".to_owned(), to]
        });
        fleet.check(&rows, &[&rows]);
        // A folder for each process, with partitions of its own.
        for by in ["computer", "day"] {
            let rows = format!("{format}-by-{by}");
            fleet.share_out(&rows, |share| {
                let to = format!("{rows}/share={share}");
                ["-o", &to, "-f", format, "--partition-by", by]
                    .map(str::to_owned)
                    .into()
            });
            fleet.check(&rows, &[&rows]);
        }
    }
    let all: Vec<String> = formats().iter().map(|f| format!("{f}-by-day")).collect();
    let mut all: Vec<&str> = all.iter().map(String::as_str).collect();
    all.push("ndjson-files");
    fleet.check("all of these together", &all);
}

#[test]
fn rows_of_rows_are_rows_of_the_logs() {
    let fleet = Fleet::new();
    fleet.share_out("rows", |share| {
        vec!["-o".to_owned(), format!("rows/part-{share}.ndjson")]
    });
    let run = run_in(
        fleet.folder.path(),
        ["events", "rows", "-q", "-o", "again.ndjson"],
    );
    assert_eq!(run.code, 3, "{}", run.stderr);
    fleet.check("rows of rows", &["again.ndjson"]);
    let run = run_in(
        fleet.folder.path(),
        ["events", "fleet", "-q", "-o", "once.ndjson"],
    );
    assert_eq!(run.code, 3, "{}", run.stderr);
    let lines = |name: &str| -> Vec<String> {
        let text = fs::read_to_string(fleet.path(name)).unwrap();
        let mut lines: Vec<String> = text
            .lines()
            .filter(|line| line.starts_with("{\"row\":\"event\""))
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    };
    assert!(lines("again.ndjson") == lines("once.ndjson"));
}

/// Each machine reads a log of its own, which has the same name everywhere.
#[test]
fn logs_of_one_name_from_several_machines_stay_apart() {
    let folder = TempDir::new().unwrap();
    let logs = |events: [&str; 2]| {
        let mut recipe = xtask::recipe::Recipe::of_events(events[0], events[1]);
        recipe.first_number = 7;
        recipe.own_bytes().unwrap()
    };
    // One record under the same number, of the same id, at the same time, with something else in it.
    let request = |seconds: u32, code: &str| {
        format!(
            "2026-05-11 08:10:00.000 12288 {code}, 0x00000000, kms01.contoso.com:1688, \
             0c8d6a51-4f0b-4f5e-b0ea-0f1b6f0f8d21, $now, 0, 5, 0, $W10ENT, 25\n\
             2026-05-11 08:10:0{seconds}.000 8198 hr=0xC004F074 | $first{{$W10ENT,TimerEvent}}"
        )
    };
    fs::create_dir(folder.path().join("rows")).unwrap();
    let mut joined = String::new();
    let machines = [
        ("PC1", "0x800706BA"),
        ("PC2", "0x8007232B"),
        ("PC3", "0x8007274C"),
    ];
    for ((machine, code), seconds) in machines.into_iter().zip(1..) {
        let own = folder.path().join(format!("logs/{machine}"));
        fs::create_dir_all(&own).unwrap();
        write(
            &own.join("Application.evtx"),
            &logs([machine, &request(seconds, code)]),
        );
        let to = format!("../../rows/{machine}.ndjson");
        let run = run_in(&own, ["events", "Application.evtx", "--stream", "-o", &to]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        joined += &fs::read_to_string(own.join(to)).unwrap();
    }
    write(&folder.path().join("joined.ndjson"), joined.as_bytes());
    // As an engine may deal them out again: no file has all events of a log, and another one tells of
    // the logs.
    let (events, inputs): (Vec<&str>, Vec<&str>) = joined
        .lines()
        .partition(|line| line.starts_with("{\"row\":\"event\""));
    fs::create_dir(folder.path().join("dealt")).unwrap();
    let deal = |name: &str, lines: &mut dyn Iterator<Item = &&str>| {
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        write(&folder.path().join("dealt").join(name), text.as_bytes());
    };
    deal("inputs.ndjson", &mut inputs.iter());
    for file in 0..2 {
        let mut own = events.iter().skip(file).step_by(2);
        deal(&format!("events-{file}.ndjson"), &mut own);
    }

    let report = |path: &str| {
        let arguments = ["report", path, "-f", "json", "--generated-at", "2026-12-01"];
        run_in(folder.path(), arguments).json()
    };
    let expect = said(report("logs"));
    assert_eq!(expect["summary"]["machines_failing"], 3);
    for path in ["rows", "joined.ndjson", "dealt"] {
        same(path, &said(report(path)), &expect);
    }
}
