//! `--redact`: of everything that tells of somebody nothing is left, and everything else is.

mod hidden;
mod same;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::program::{Run, fixtures, run_in};

/// What a reader of logs is handed: every fixture under the names that such collections have.
fn collection() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        for kind in ["logs", "damaged"] {
            for entry in std::fs::read_dir(fixtures().join(kind)).unwrap() {
                let path = entry.unwrap().path();
                let site = format!("fabrikam-{}", path.file_stem().unwrap().to_str().unwrap());
                let to = folder.path().join("Site Northwind").join(site);
                std::fs::create_dir_all(&to).unwrap();
                std::fs::copy(&path, to.join("Application.evtx")).unwrap();
            }
        }
        folder
    });
    folder.path()
}

fn program(arguments: &[&str]) -> Run {
    let run = run_in(collection(), arguments);
    assert!([0, 3].contains(&run.code), "{arguments:?}: {}", run.stderr);
    run
}

fn report(more: &[&str]) -> Run {
    let always = ["report", "Site Northwind", "--generated-at", "2026-01-01"];
    program(&[&always[..], more].concat())
}

/// The report as it is.
fn plain() -> &'static Value {
    static PLAIN: OnceLock<Value> = OnceLock::new();
    PLAIN.get_or_init(|| report(&["-f", "json"]).json())
}

/// The same report, redacted.
fn redacted() -> &'static Value {
    static REDACTED: OnceLock<Value> = OnceLock::new();
    REDACTED.get_or_init(|| report(&["-f", "json", "--redact"]).json())
}

/// Every text of a JSON value, with the key that it stands under.
fn each_text<'a>(value: &'a Value, key: &'a str, see: &mut dyn FnMut(&'a str, &'a str)) {
    match value {
        Value::String(text) => see(key, text),
        Value::Array(list) => list.iter().for_each(|value| each_text(value, key, see)),
        Value::Object(object) => object
            .iter()
            .for_each(|(key, value)| each_text(value, key, see)),
        _ => {}
    }
}

/// Keys of reports and rows under which names of somebody stand.
const PRIVATE: &[&str] = &[
    "aliases",
    "appeared",
    "client",
    "cmid",
    "computer",
    "computers",
    "computers_without_events",
    "domain",
    "host",
    "kms_host",
    "kms_hosts",
    "machine",
    "machines",
    "object_dn",
    "object_name",
    "partial_key",
    "silent",
];

/// What stands there and is nobody's.
const NOBODYS: &[&str] = &["127.0.0.2", "fd00:ec2::250", "169.254.169.250", "?"];

/// Every name that the plain report and the plain rows hold, as it stands and in its parts.
fn originals() -> &'static BTreeSet<String> {
    static ORIGINALS: OnceLock<BTreeSet<String>> = OnceLock::new();
    ORIGINALS.get_or_init(|| {
        let mut found = BTreeSet::new();
        let mut see = |key: &str, text: &str| {
            if !PRIVATE.contains(&key) {
                return;
            }
            let name = text.strip_suffix(":1688").unwrap_or(text);
            let name = name.trim_matches(['[', ']']).to_lowercase();
            if let Some((label, domain)) = name.split_once('.')
                && key != "object_dn"
                && name.parse::<std::net::IpAddr>().is_err()
            {
                // A host may be called KMS: that is a word like any other.
                found.extend([label, domain].map(str::to_owned));
                found.retain(|name| name.len() > 3);
            }
            found.insert(name);
        };
        each_text(plain(), "", &mut see);
        let rows = program(&["events", "Site Northwind", "-f", "ndjson"]);
        let rows: Vec<Value> = rows
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        rows.iter().for_each(|row| each_text(row, "", &mut see));
        found.retain(|name| !name.is_empty() && !NOBODYS.contains(&name.as_str()));
        for known in [
            "contoso.com",
            "pc-1001.contoso.com",
            "kms01",
            "0050bb1d-aa0e-4c11-9d2e-3f4a5b6c7d8e",
        ] {
            assert!(found.contains(known), "{known}");
        }
        // Folders, and what stands in names of the directory.
        found.extend(["northwind", "fabrikam", "contoso"].map(str::to_owned));
        found
    })
}

/// The originals that stand in a text as words.
fn left(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    let is_word = |c: char| c.is_alphanumeric();
    let stands = |name: &str| {
        text.match_indices(name).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + name.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    };
    let names = originals().iter().map(String::as_str);
    names.filter(|name| stands(name)).collect()
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
