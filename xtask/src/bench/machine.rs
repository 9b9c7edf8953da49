//! What a run asks of the machine: which it is, where a program stands, how much memory a
//! process took. Every answer may be missing.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::ensure;

/// The processor's name and how many threads it runs at once.
pub(super) fn name() -> String {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let model = processor().unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    format!("{model}, {threads} threads, {}", std::env::consts::OS)
}

fn processor() -> Option<String> {
    if cfg!(windows) {
        let name = std::env::var_os("PROCESSOR_IDENTIFIER")?;
        return Some(name.to_string_lossy().into_owned());
    }
    let text = read("/proc/cpuinfo")?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// A program that stands in one of the folders where programs are searched.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// Runs a command and tells the most memory it held at once, in bytes; none where the system
/// does not say.
pub(super) fn peak_memory(command: &mut Command) -> anyhow::Result<Option<u64>> {
    let time = PathBuf::from("/usr/bin/time");
    if cfg!(unix) && time.is_file() {
        let output = Command::new(time)
            .arg("-v")
            .arg(command.get_program())
            .args(command.get_args())
            .stdout(Stdio::null())
            .output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        // Another `time` that knows no -v falls through.
        if let Some(kilobytes) = number_behind(&told, "Maximum resident set size (kbytes):") {
            ensure!(output.status.success(), "{}", told.trim());
            return Ok(Some(kilobytes * 1024));
        }
    }
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        let told = read(&status).and_then(|text| number_behind(&text, "VmHWM:"));
        peak = told.map(|kilobytes| kilobytes * 1024).or(peak);
        if let Some(status) = child.try_wait()? {
            ensure!(status.success(), "the measured program failed: {status}");
            return Ok(peak);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn number_behind(text: &str, label: &str) -> Option<u64> {
    let (_, rest) = text.split_once(label)?;
    rest.split_whitespace().next()?.parse().ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the system tells such things in files"
)]
fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_behind_its_label() {
        let text = "Name:\tx\nVmHWM:\t    2048 kB\n";
        assert_eq!(number_behind(text, "VmHWM:"), Some(2048));
        assert_eq!(number_behind(text, "VmPeak:"), None);
        assert_eq!(number_behind(text, "Name:"), None);
    }
}
