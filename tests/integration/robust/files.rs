//! Files that vanish, shrink or grow between being found and being read.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use spptriage::catalog::Catalog;
use spptriage::eventlog::{ChunkIndex, DamageKind};
use spptriage::fleet::{ConcludeOptions, ScanOptions, Triage, conclude, scan};
use spptriage::input::{DiscoverOptions, Discovered, SkipReason, discover};

use crate::support::busy_log;
use crate::support::program::log;

fn find(paths: &[PathBuf]) -> Discovered {
    discover(paths, &DiscoverOptions::default())
}

fn read(found: Discovered) -> Triage {
    let mut summary = scan(found.sources, &ScanOptions::default());
    for skipped in found.skipped {
        summary.add_skipped(skipped);
    }
    conclude(summary, &Catalog::builtin(), &ConcludeOptions::default())
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_folder_that_vanishes_is_told_log_by_log_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    fs::create_dir(&gone).unwrap();
    for name in ["a.evtx", "b.evtx"] {
        fs::copy(log("dns-no-record"), gone.join(name)).unwrap();
    }
    let found = find(&[gone.clone(), log("dns-no-record")]);
    fs::remove_dir_all(&gone).unwrap();
    let triage = read(found);
    assert_eq!(triage.files.len(), 1);
    assert_eq!(triage.skipped.len(), 2);
    for skipped in &triage.skipped {
        assert!(skipped.path.as_str().contains("gone"));
        let is_told = |message: &str| !message.contains("cannot be read") && !message.is_empty();
        assert!(
            matches!(&skipped.reason, SkipReason::Unreadable { message } if is_told(message)),
            "in the words of the system alone: {skipped:?}"
        );
    }
}

#[test]
fn a_file_that_became_shorter_is_told_once_and_read_to_its_end() {
    // Three runs of chunks, so that two of them lie behind the new end.
    let bytes = busy_log(150, 9);
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.evtx", &bytes);
    let found = find(std::slice::from_ref(&path));
    let end = 4096 + 10 * 65_536;
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(end).unwrap();
    let triage = read(found);
    let told: Vec<_> = triage.damage.iter().map(|d| (d.chunk, &d.kind)).collect();
    assert_eq!(
        told,
        [(Some(ChunkIndex(10)), &DamageKind::BecameShorter)],
        "{told:?}"
    );
    assert_eq!(triage.files[0].records, 10 * 9);
}

#[test]
fn a_file_that_grows_is_read_as_far_as_it_went_without_false_damage() {
    let bytes = busy_log(5, 9);
    let folder = tempfile::tempdir().unwrap();
    // Found in the middle of its third chunk, as where it is being copied.
    let (before, rest) = bytes.split_at(4096 + 2 * 65_536 + 500);
    let path = file(folder.path(), "a.evtx", before);
    let found = find(std::slice::from_ref(&path));
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(rest).unwrap();
    let triage = read(found);
    assert!(triage.damage.is_empty(), "{:?}", triage.damage);
    assert_eq!(triage.files[0].records, 3 * 9);
    assert_eq!(triage.files[0].bytes, before.len() as u64);
}

#[test]
fn a_file_that_does_not_grow_on_is_cut_short_all_the_same() {
    let bytes = busy_log(3, 9);
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.evtx", &bytes[..4096 + 2 * 65_536 + 600]);
    let triage = read(find(&[path]));
    let is_cut = triage.damage.iter().any(|damage| {
        damage.chunk == Some(ChunkIndex(2))
            && damage.kind == DamageKind::ChunkCutShort { bytes: 600 }
    });
    assert!(is_cut, "{:?}", triage.damage);
    let is_shorter = |kind: &DamageKind| *kind == DamageKind::BecameShorter;
    assert!(!triage.damage.iter().any(|damage| is_shorter(&damage.kind)));
}

#[test]
fn rows_that_are_appended_while_a_file_is_read_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let row = |name: &str| {
        format!("{{\"row\":\"skipped\",\"schema\":1,\"path\":\"{name}\",\"reason\":\"gone\"}}\n")
    };
    let path = file(folder.path(), "a.ndjson", row("first").as_bytes());
    let found = find(std::slice::from_ref(&path));
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(row("second").as_bytes()).unwrap();
    let triage = read(found);
    let told: Vec<_> = triage.skipped.iter().map(|s| s.path.as_str()).collect();
    assert_eq!(told, ["first"]);
}

#[test]
fn a_log_that_vanishes_between_the_two_passes_of_events_is_told() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "a.evtx", &busy_log(8, 200));
    let gone = file(folder.path(), "b.evtx", &busy_log(1, 9));
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("spptriage"))
        .args(["events", "a.evtx", "b.evtx", "-f", "ndjson", "--lang", "en"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Rows come in the second pass. Those of the first log are more than a pipe holds, so that the
    // program waits in the middle of them until we read on.
    let mut rows = vec![0; 1];
    let stdout = child.stdout.as_mut().unwrap();
    stdout.read_exact(&mut rows).unwrap();
    fs::remove_file(gone).unwrap();
    stdout.read_to_end(&mut rows).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("b.evtx: "), "{stderr}");
    let rows: Vec<serde_json::Value> = rows
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let told = |kind: &str, name: &str| -> Vec<&str> {
        let rows = rows.iter().filter(|row| row["row"] == kind);
        rows.filter_map(|row| row[name].as_str()).collect()
    };
    assert_eq!(told("input", "log"), ["a.evtx"]);
    assert_eq!(told("skipped", "path"), ["b.evtx"]);
}
