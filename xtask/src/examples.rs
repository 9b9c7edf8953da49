//! The example reports under `docs/examples`: which there are, and how they are made.
//!
//! The program is run in the repository's root over the fixtures, so that the names of logs in the
//! examples are what a reader of them would type.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

/// Where the examples stand in the repository.
pub const FOLDER: &str = "docs/examples";

/// What all are made with: one time of making, so that they are the same bytes every time.
const COMMON: &[&str] = &["report", "fixtures/logs", "--generated-at", "2026-10-01"];

/// Each example's file with the arguments that it is made with.
pub const EXAMPLES: &[(&str, &[&str])] = &[
    ("report.txt", &["--lang", "en", "-f", "text"]),
    ("report.md", &["--lang", "en", "-f", "markdown"]),
    ("report.html", &["--lang", "en", "-f", "html"]),
    ("report.json", &["--lang", "en", "-f", "json"]),
    ("report.zh-CN.txt", &["--lang", "zh-CN", "-f", "text"]),
    ("report.zh-CN.md", &["--lang", "zh-CN", "-f", "markdown"]),
];

/// The folder of the tables.
pub const TABLES: &str = "tables";

/// Makes every example in a folder. `program` runs the program that is to write them.
///
/// # Errors
/// Where the program fails, or a file cannot be written.
pub fn make(root: &Path, folder: &Path, program: impl Fn() -> Command) -> anyhow::Result<()> {
    let run = |arguments: &[&str]| {
        let output = program()
            .current_dir(root)
            .args(COMMON)
            .args(arguments)
            .output()
            .context("the program cannot be run")?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{arguments:?}: {told}");
        anyhow::Ok(output.stdout)
    };
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for (name, arguments) in EXAMPLES {
        let path = folder.join(name);
        #[expect(
            clippy::disallowed_methods,
            reason = "this is there to write the examples"
        )]
        fs::write(&path, run(arguments)?).with_context(|| path.display().to_string())?;
    }
    let tables = folder.join(TABLES);
    let to = tables.to_str().context("the folder's name is no text")?;
    run(&["--lang", "en", "-f", "csv", "-o", to, "--overwrite"])?;
    Ok(())
}
