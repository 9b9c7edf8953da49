//! What is generated and checked in is what its sources give.

use std::fs;
use std::path::Path;

use xtask::recipe::fixtures;
use xtask::schema;

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
