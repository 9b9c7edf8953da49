//! What is generated and checked in is what its sources give.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use xtask::recipe::fixtures;
use xtask::{examples, schema};

use crate::support::program;

#[test]
fn every_fixture_is_what_its_recipe_gives() {
    let folder = program::fixtures();
    let made = fixtures(&folder).unwrap();
    assert!(made.len() > 50);
    let mut known = std::collections::BTreeSet::new();
    for fixture in made {
        let path = folder.join(&fixture.path);
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            bytes == fixture.bytes,
            "{} is not what its recipe gives: run `cargo xtask fixtures`",
            path.display()
        );
        known.insert(path);
    }
    for kind in ["logs", "damaged"] {
        for entry in fs::read_dir(folder.join(kind)).unwrap() {
            let path = entry.unwrap().path();
            assert!(known.contains(&path), "{} has no recipe", path.display());
        }
    }
}

#[test]
fn the_schemas_are_what_the_types_give() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, made) in [
        (schema::REPORT, schema::report(root).unwrap()),
        (schema::ROWS, schema::rows(root).unwrap()),
    ] {
        let kept = fs::read_to_string(root.join(path)).unwrap();
        assert!(
            kept.replace("\r\n", "\n") == made,
            "{path} is not what the types give: run `cargo xtask schemas`"
        );
    }
}

#[test]
fn the_examples_are_what_the_program_writes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    examples::make(root, folder.path(), || {
        std::process::Command::new(assert_cmd::cargo::cargo_bin("spptriage"))
    })
    .unwrap();
    let files = |folder: &Path| -> BTreeMap<PathBuf, Vec<u8>> {
        walkdir::WalkDir::new(folder)
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file() && entry.file_name() != "README.md")
            .map(|entry| {
                let name = entry.path().strip_prefix(folder).unwrap().to_owned();
                (name, fs::read(entry.path()).unwrap())
            })
            .collect()
    };
    let (made, kept) = (files(folder.path()), files(&root.join(examples::FOLDER)));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&made), names(&kept));
    for (name, bytes) in made {
        assert!(
            kept[&name] == bytes,
            "{} is not what the program writes: run `cargo xtask examples`",
            name.display()
        );
        assert!(bytes.len() < 1_000_000, "{} is too long", name.display());
    }
}
