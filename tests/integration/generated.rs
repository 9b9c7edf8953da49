//! What is generated and checked in is what its sources give.

use std::fs;

use xtask::recipe::fixtures;

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
