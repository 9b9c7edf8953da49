//! Developer commands: `cargo xtask COMMAND`.
//!
//! A command only makes things; whether they are right is a test's business.

mod bench;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use xtask::{examples, recipe, schema};

const HELP: &str = "\
Developer commands of spptriage.

    cargo xtask fixtures    makes fixtures/logs and fixtures/damaged from fixtures/recipes
    cargo xtask schemas     makes the JSON Schemas under docs from the types of reports and rows
    cargo xtask examples    makes the reports under docs/examples, with the program as it is now
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let help = format!("{HELP}{}", bench::HELP);
    let result = match arguments.as_slice() {
        ["fixtures"] => fixtures(),
        ["schemas"] => schemas(),
        ["examples"] => make_examples(),
        ["bench", arguments @ ..] => bench::command(arguments, &root()),
        ["help" | "-h" | "--help"] => say(&help),
        _ => {
            let _ = write!(std::io::stderr().lock(), "{help}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr().lock(), "xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn say(text: &str) -> anyhow::Result<()> {
    Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
}

/// The repository, wherever the command is started.
fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// Writes every fixture, and takes away logs whose recipe is gone.
fn fixtures() -> anyhow::Result<()> {
    let folder = root().join("fixtures");
    let made = recipe::fixtures(&folder)?;
    for kind in ["logs", "damaged"] {
        let target = folder.join(kind);
        std::fs::create_dir_all(&target)
            .with_context(|| format!("{}: cannot be made", target.display()))?;
        for entry in std::fs::read_dir(&target)? {
            let path = entry?.path();
            let is_made = made
                .iter()
                .any(|fixture| folder.join(&fixture.path) == path);
            if !is_made
                && path
                    .extension()
                    .is_some_and(|extension| extension == "evtx")
            {
                std::fs::remove_file(&path)?;
            }
        }
    }
    for fixture in &made {
        let path = folder.join(&fixture.path);
        #[expect(
            clippy::disallowed_methods,
            reason = "this command is there to write the fixtures"
        )]
        std::fs::write(&path, &fixture.bytes)
            .with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    say(&format!("{} files made\n", made.len()))
}

/// Writes the schemas.
fn schemas() -> anyhow::Result<()> {
    let root = root();
    for (path, text) in [
        (schema::REPORT, schema::report(&root)?),
        (schema::ROWS, schema::rows(&root)?),
    ] {
        let path = root.join(path);
        #[expect(
            clippy::disallowed_methods,
            reason = "this command is there to write the schemas"
        )]
        std::fs::write(&path, text)
            .with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    say("2 schemas made\n")
}

/// Writes the examples.
fn make_examples() -> anyhow::Result<()> {
    let root = root();
    examples::make(&root, &root.join(examples::FOLDER), || {
        let mut cargo = std::process::Command::new(env!("CARGO"));
        cargo.args(["run", "--quiet", "--"]);
        cargo
    })?;
    say(&format!("{} examples made\n", examples::EXAMPLES.len() + 1))
}
