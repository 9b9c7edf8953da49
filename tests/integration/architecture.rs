//! Who may import whom, and what stands nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each module with what it may use. A new edge is a change of this table, with its reason.
///
/// `input` is in nearly every row for `LogName` alone, the name that an event carries from the
/// place it was read to the evidence that points back at it.
const MAY_USE: &[(&str, &[&str])] = &[
    ("hresult", &[]),
    ("catalog", &["hresult"]),
    ("input", &[]),
    ("eventlog", &["input"]),
    ("spp", &["hresult", "eventlog", "input"]),
    ("diagnosis", &["hresult", "catalog", "spp", "input"]),
    (
        "fleet",
        &["input", "eventlog", "spp", "diagnosis", "catalog"],
    ),
    (
        "report",
        &[
            "hresult",
            "catalog",
            "diagnosis",
            "fleet",
            "input",
            "eventlog",
            "spp",
        ],
    ),
    ("cli", &[]),
];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    found
}

/// A file's module: the first folder or file under src/.
fn module(path: &Path) -> String {
    let relative = path
        .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .unwrap();
    relative
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap()
        .trim_end_matches(".rs")
        .to_owned()
}

/// A file without its tests, comments and test support.
fn code(path: &Path, text: &str) -> String {
    let is_test = ["tests.rs", "notation.rs", "support.rs", "sample.rs"]
        .iter()
        .any(|name| path.ends_with(name));
    if is_test || path.components().any(|part| part.as_os_str() == "tests") {
        return String::new();
    }
    let body = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    body.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The modules that a file names as `crate::module`, in a `use` or in a path.
fn uses(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let list = list.split('}').next().unwrap_or_default();
            found.extend(list.split(',').map(|part| {
                part.trim()
                    .split("::")
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            }));
        } else {
            found.insert(
                rest.chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect(),
            );
        }
    }
    found.remove("");
    found
}

#[test]
fn data_goes_one_way() {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut problems = Vec::new();
    for (path, text) in sources() {
        let module = module(&path);
        let Some(allowed) = table.get(module.as_str()) else {
            assert!(
                ["lib", "main"].contains(&module.as_str()),
                "{module} stands not in the table"
            );
            continue;
        };
        for used in uses(&code(&path, &text)) {
            let is_module = table.contains_key(used.as_str());
            if is_module && used != module && !allowed.contains(&used.as_str()) {
                problems.push(format!("{} uses {used}", path.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_table_has_no_edge_that_is_not_used() {
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in sources() {
        used.entry(module(&path))
            .or_default()
            .extend(uses(&code(&path, &text)));
    }
    for (module, allowed) in MAY_USE {
        for other in *allowed {
            assert!(
                used[*module].contains(*other),
                "{module} may use {other} and does not"
            );
        }
    }
}

/// Texts that may stand only in some modules, and why.
const ONLY_IN: &[(&str, &[&str], &str)] = &[
    (
        "evtx::",
        &["eventlog"],
        "the decoder is wrapped by one module",
    ),
    (
        "SystemTime::now",
        &["cli"],
        "output is a function of its input",
    ),
    ("Utc::now", &["cli"], "output is a function of its input"),
    (
        "std::env::args",
        &["cli"],
        "only the binary reads its arguments",
    ),
    (
        "std::env::var",
        &["cli"],
        "only the binary reads the environment",
    ),
    ("File::open", &["input"], "only input opens files"),
    ("fs::read", &["input"], "only input opens files"),
    ("println!", &[], "results go through a writer"),
    (
        "bail!(\"",
        &[],
        "texts for people stand in catalog/cli.toml",
    ),
    (
        "process::exit",
        &["cli"],
        "main returns its code; only a second Ctrl-C cannot wait for it",
    ),
    // As derived; the parquet crate has names that only begin like this.
    ("Serialize)", &["report"], "wire types stand at the edge"),
    ("Serialize,", &["report"], "wire types stand at the edge"),
    (
        "parquet::",
        &["eventlog", "report"],
        "the parquet crate is wrapped by the reader and the writer of rows",
    ),
];

#[test]
fn what_belongs_to_one_place_stands_nowhere_else() {
    for (path, text) in sources() {
        let module = module(&path);
        let code = code(&path, &text);
        for (word, allowed, why) in ONLY_IN {
            assert!(
                !code.contains(word) || allowed.contains(&module.as_str()),
                "{}: {word}: {why}",
                path.display()
            );
        }
    }
}

/// Found by chance: a part of a page stood on it twice, in two versions.
#[test]
fn no_page_has_a_part_twice() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let in_docs = fs::read_dir(root.join("docs")).unwrap();
    let in_docs = in_docs.map(|entry| entry.unwrap().path());
    let at_root = ["README.md", "CONTRIBUTING.md"].map(|name| root.join(name));
    let pages = in_docs.chain(at_root);
    for page in pages.filter(|path| path.extension().is_some_and(|ending| ending == "md")) {
        let text = fs::read_to_string(&page).unwrap();
        let mut seen = BTreeSet::new();
        for heading in text.lines().filter(|line| line.starts_with("##")) {
            let words = heading.trim_start_matches('#').trim();
            assert!(seen.insert(words), "{}: {words}", page.display());
        }
    }
}
