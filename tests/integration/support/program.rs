//! Running the real program in a folder of its own.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

/// The fixtures' folder.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// A sound fixture's path.
pub(crate) fn log(name: &str) -> PathBuf {
    fixtures().join("logs").join(format!("{name}.evtx"))
}

/// A damaged fixture's path.
pub(crate) fn damaged(name: &str) -> PathBuf {
    fixtures().join("damaged").join(format!("{name}.evtx"))
}

/// What a run printed, and how it ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }
}

/// Runs the program with these arguments.
pub(crate) fn run<I, S>(arguments: I) -> Run
where
    I: IntoIterator<Item = S>,
    S: AsRef<std::ffi::OsStr>,
{
    run_in(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
}

/// Runs the program in a folder.
pub(crate) fn run_in<I, S>(folder: &Path, arguments: I) -> Run
where
    I: IntoIterator<Item = S>,
    S: AsRef<std::ffi::OsStr>,
{
    let output = Command::cargo_bin("spptriage")
        .unwrap()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The JSON report over these paths, and the exit code.
pub(crate) fn report(paths: &[&Path]) -> (Value, i32) {
    let mut arguments: Vec<&std::ffi::OsStr> =
        ["report", "-f", "json", "--generated-at", "2026-01-01"]
            .map(AsRef::as_ref)
            .into();
    arguments.extend(paths.iter().map(|path| path.as_os_str()));
    let run = run(arguments);
    (run.json(), run.code)
}

/// A report without what tells how it came about: what was read, how it was made, and the names of
/// logs. The rest is the same from the same fleet, however it was packed.
pub(crate) fn said(mut report: Value) -> Value {
    if let Some(report) = report.as_object_mut() {
        report.remove("inputs");
        report.remove("made_with");
    }
    drop_key(&mut report, "log");
    report
}

fn drop_key(value: &mut Value, key: &str) {
    match value {
        Value::Object(object) => {
            object.remove(key);
            object.values_mut().for_each(|value| drop_key(value, key));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| drop_key(value, key)),
        _ => {}
    }
}
