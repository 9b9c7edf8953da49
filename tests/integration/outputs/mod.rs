//! Where results go: several outputs of one reading, tables in a folder, and texts as wide as asked.

mod docs;
mod several;
mod tables;
mod text;

use std::fs;
use std::path::Path;

use crate::support::program::log;

/// A folder with a log of a machine that fails, and one of a machine that does not.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["dns-no-record", "healthy-client"] {
        let to = folder.path().join("logs");
        fs::create_dir_all(&to).unwrap();
        fs::copy(log(name), to.join(format!("{name}.evtx"))).unwrap();
    }
    folder
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
