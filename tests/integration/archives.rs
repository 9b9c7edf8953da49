//! The inputs beside plain logs: lists, globs, archives and standard input, from the outside.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;

use spptriage::input::{DiscoverOptions, Source, discover};
use tempfile::TempDir;

use crate::support::fixture_logs;
use crate::support::program::{Run, run_in};

/// Every fixture that is a log, in folders of two levels.
fn fleet() -> Vec<(String, Vec<u8>)> {
    fixture_logs()
        .into_iter()
        .enumerate()
        .map(|(number, fixture)| (format!("pc{}/{}.evtx", number % 3, number), fixture.bytes))
        .collect()
}

pub(crate) fn zip(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in members {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub(crate) fn tar(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, bytes.as_slice())
            .unwrap();
    }
    tar.into_inner().unwrap()
}

pub(crate) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// All logs that are found at a path, by their name below it.
fn contents(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let found = discover(&[path.to_owned()], &DiscoverOptions::default());
    assert_eq!(found.skipped, []);
    let prefix = path.display().to_string();
    let short = |name: &str| {
        name.strip_prefix(&prefix)
            .unwrap()
            .replace('\\', "/")
            .trim_start_matches(['/', '!'])
            .to_owned()
    };
    let mut logs = BTreeMap::new();
    for source in found.sources {
        let mut bytes = Vec::new();
        match &source {
            Source::Log(log) => {
                bytes.resize(usize::try_from(log.len()).unwrap(), 0);
                log.reader().unwrap().read_at(0, &mut bytes).unwrap();
            }
            Source::Stream(stream) => {
                stream.open(None).unwrap().read_to_end(&mut bytes).unwrap();
            }
            Source::Sequence(sequence) => {
                let skipped = sequence.walk(None, &mut |member| {
                    let mut bytes = Vec::new();
                    member.reader.read_to_end(&mut bytes).unwrap();
                    logs.insert(short(member.name.as_str()), bytes);
                    ControlFlow::Continue(())
                });
                assert_eq!(skipped.unwrap(), []);
                continue;
            }
            other => panic!("{other:?}"),
        }
        logs.insert(short(source.name().as_str()), bytes);
    }
    logs
}

#[test]
fn a_fleet_is_the_same_in_every_packing() {
    let fleet = fleet();
    let folder = TempDir::new().unwrap();
    for (name, bytes) in &fleet {
        write(folder.path(), &format!("folder/{name}"), bytes);
    }
    let expect: BTreeMap<String, Vec<u8>> = fleet.iter().cloned().collect();
    assert_eq!(expect.len(), fleet.len());
    assert!(contents(&folder.path().join("folder")) == expect);
    for (name, bytes) in [
        ("fleet.zip", zip(&fleet)),
        ("fleet.tar", tar(&fleet)),
        ("fleet.tar.gz", gz(&tar(&fleet))),
    ] {
        write(folder.path(), name, &bytes);
        assert!(contents(&folder.path().join(name)) == expect, "{name}");
    }
    // A folder of collections, one for each machine.
    for machine in ["pc0", "pc1", "pc2"] {
        let logs: Vec<_> = fleet
            .iter()
            .filter_map(|(name, bytes)| {
                let name = name.strip_prefix(&format!("{machine}/"))?;
                Some((name.to_owned(), bytes.clone()))
            })
            .collect();
        write(folder.path(), &format!("zips/{machine}"), &zip(&logs));
    }
    let found: BTreeMap<String, Vec<u8>> = contents(&folder.path().join("zips"))
        .into_iter()
        .map(|(name, bytes)| (name.replace('!', "/"), bytes))
        .collect();
    assert!(found == expect);
}

/// The report on what these arguments name, in a folder with two logs.
fn report(folder: &Path, more: &[&str]) -> Run {
    let mut arguments = vec!["report", "-f", "json", "--lang", "en"];
    arguments.extend(more);
    run_in(folder, arguments)
}

fn two_logs() -> TempDir {
    let folder = TempDir::new().unwrap();
    let fleet = fleet();
    write(folder.path(), "logs/a.evtx", &fleet[0].1);
    write(folder.path(), "logs/deep/b.evtx", &fleet[1].1);
    folder
}

/// The logs that a report was made of.
fn logs(run: &Run) -> Vec<String> {
    run.json()["inputs"]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["log"].as_str().unwrap().replace('\\', "/"))
        .collect()
}

#[test]
fn the_program_expands_globs_itself() {
    let folder = two_logs();
    let run = report(folder.path(), &["logs/**/*.EVTX"]);
    assert_eq!(logs(&run), ["logs/a.evtx", "logs/deep/b.evtx"]);
    let run = report(folder.path(), &["*.evtx"]);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("*.evtx: nothing matches this pattern"));
}

#[test]
fn paths_can_come_from_a_list() {
    let folder = two_logs();
    write(
        folder.path(),
        "list",
        b"\xEF\xBB\xBFlogs/a.evtx\r\n\r\nlogs/deep/*.evtx\r\n",
    );
    let run = report(folder.path(), &["--paths-from", "list"]);
    assert_eq!(logs(&run), ["logs/a.evtx", "logs/deep/b.evtx"]);
    let run = assert_cmd::Command::cargo_bin("spptriage")
        .unwrap()
        .current_dir(folder.path())
        .args(["report", "-f", "json", "--paths-from", "-"])
        .write_stdin("logs/a.evtx\n")
        .output()
        .unwrap();
    let made: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(made["inputs"]["logs"], 1);
    write(folder.path(), "empty", b"\xEF\xBB\xBF\r\n\r\n");
    let run = report(folder.path(), &["--paths-from", "empty"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("empty: the list names no path"));
    for wrong in [
        &["--paths-from", "no such list"][..],
        &["--paths-from", "-", "-"],
        &[],
        &["logs", "--include", "[a"],
        &["logs", "--max-archive-bytes", "much"],
    ] {
        assert_eq!(report(folder.path(), wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn a_named_log_that_is_left_out_is_told() {
    let folder = two_logs();
    let run = report(folder.path(), &["logs/a.evtx", "--exclude", "a.evtx"]);
    assert_eq!(run.code, 4);
    let told = "logs/a.evtx: --include and --exclude leave out every log in it";
    assert!(run.stderr.contains(told), "{}", run.stderr);
}

#[test]
fn logs_are_chosen_by_glob() {
    let folder = two_logs();
    let run = report(folder.path(), &["logs", "--include", "B.evtx"]);
    assert_eq!(logs(&run), ["logs/deep/b.evtx"]);
    assert_eq!(run.code, 0, "what is left out on purpose is no damage");
    let run = report(folder.path(), &["logs", "--exclude", "deep/*"]);
    assert_eq!(logs(&run), ["logs/a.evtx"]);
}

#[test]
fn what_is_wrong_with_an_archive_is_said() {
    let folder = TempDir::new().unwrap();
    let archive = zip(&fleet()[..2]);
    write(folder.path(), "empty.zip", &zip(&[]));
    write(
        folder.path(),
        "deep.zip",
        &zip(&[("inner.zip".to_owned(), archive.clone())]),
    );
    write(folder.path(), "many.zip", &archive);
    let said = |more: &[&str], expect: &str| {
        let run = report(folder.path(), more);
        assert!(run.stderr.contains(expect), "{}", run.stderr);
    };
    said(
        &["empty.zip"],
        "empty.zip: there is no event log (.evtx) in this archive",
    );
    said(
        &["deep.zip", "--max-archive-depth", "0"],
        "deep.zip!inner.zip: it is an archive that lies too deep",
    );
    said(
        &["many.zip", "--max-archive-entries", "1"],
        "many.zip: the archive has more than 1 members",
    );
    said(
        &["many.zip", "--max-archive-bytes", "1K"],
        "many.zip: more than 1,024 bytes come out",
    );
}
