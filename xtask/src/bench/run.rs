//! Measures whole programs over a corpus, one after the other, round by round.
//!
//! Asserts nothing and keeps nothing: what is printed is for a person to read. The files are read
//! once before, so that they stand in the page cache if it is large enough for them.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use xtask::fleet::{ACTIVATION, OTHERS, PARTS};

use super::machine;
use super::make::LIST;
use super::table::{self, Measured};
use crate::say;

/// What stands in records of the licensing service and in few others.
const SEARCHED: &[u8] = b"Microsoft-Windows-Security-SPP";
/// So many files are given to one command: a command line has its limits.
const FILES_AT_ONCE: usize = 1000;

/// How to measure.
pub(super) struct Settings {
    pub(super) rounds: usize,
    /// The program that is measured.
    pub(super) program: PathBuf,
    /// The program that it is compared with, where there is one.
    pub(super) evtx_dump: Option<PathBuf>,
}

/// Logs that are measured together.
struct Set {
    name: String,
    /// What the program is given.
    paths: Vec<PathBuf>,
}

/// One way of reading a set.
enum Way {
    /// The bytes alone, by this program or in a loop of our own.
    Bytes(Option<PathBuf>),
    Report(Option<u32>),
    /// To text, and that searched.
    Dump(PathBuf),
}

pub(super) fn run(path: &Path, settings: &Settings) -> anyhow::Result<()> {
    ensure!(settings.rounds > 0, "--rounds is at least 1");
    ensure!(
        settings.program.is_file(),
        "{}: is not there; `cargo build --release` makes it",
        settings.program.display()
    );
    let cat = machine::on_path("cat").filter(|_| cfg!(unix));
    let mut ways = vec![Way::Bytes(cat), Way::Report(None)];
    if has_threads(&settings.program)? {
        ways.extend([Way::Report(Some(1)), Way::Report(Some(2))]);
    }
    if let Some(dump) = &settings.evtx_dump {
        ways.push(Way::Dump(dump.clone()));
    }
    say(&format!(
        "{}; {} rounds in turn, files in the page cache.\n\n{}",
        machine::name(),
        settings.rounds,
        table::HEAD
    ))?;
    for set in sets(path)? {
        let (files, bytes) = files(&set.paths)?;
        read_all(&files)?;
        let mut measured: Vec<Measured> = ways.iter().map(Measured::of).collect();
        for _ in 0..settings.rounds {
            for (way, measured) in ways.iter().zip(&mut measured) {
                let start = Instant::now();
                way.go(&settings.program, &set, &files)?;
                measured.seconds.push(start.elapsed().as_secs_f64());
            }
        }
        for (way, measured) in ways.iter().zip(&mut measured) {
            if let Way::Report(threads) = way {
                let mut command = report(&settings.program, &set, *threads);
                measured.peak = machine::peak_memory(&mut command)?;
            }
        }
        let name = format!(
            "{}: {} files, {:.2} GB",
            set.name,
            files.len(),
            bytes as f64 / 1e9
        );
        say(&table::lines(&name, bytes, &measured, 1))?;
    }
    if settings.evtx_dump.is_none() {
        say("\nevtx_dump was not found; --evtx-dump names it.\n")?;
    }
    Ok(())
}

impl Measured {
    fn of(way: &Way) -> Self {
        let way = match way {
            Way::Bytes(Some(_)) => "`cat FILES > /dev/null`".to_owned(),
            Way::Bytes(None) => "reading all bytes in a loop (no `cat` here)".to_owned(),
            Way::Report(None) => "`report`".to_owned(),
            Way::Report(Some(threads)) => format!("`report --threads {threads}`"),
            Way::Dump(_) => "`evtx_dump -o jsonl`, text searched".to_owned(),
        };
        Self {
            way,
            seconds: Vec::new(),
            peak: None,
        }
    }
}

impl Way {
    fn go(&self, program: &Path, set: &Set, files: &[PathBuf]) -> anyhow::Result<()> {
        match self {
            Self::Bytes(Some(cat)) => {
                for some in files.chunks(FILES_AT_ONCE) {
                    finish(Command::new(cat).args(some))?;
                }
                Ok(())
            }
            Self::Bytes(None) => read_all(files),
            Self::Report(threads) => finish(&mut report(program, set, *threads)),
            // It takes one file at a time.
            Self::Dump(dump) => files.iter().try_for_each(|file| {
                search(Command::new(dump).args(["-o", "jsonl"]).arg(file)).map(|_| ())
            }),
        }
    }
}

fn report(program: &Path, set: &Set, threads: Option<u32>) -> Command {
    let mut command = Command::new(program);
    command.args(["report", "--quiet", "--format", "json"]);
    if let Some(threads) = threads {
        command.arg("--threads").arg(threads.to_string());
    }
    command.args(&set.paths);
    command
}

fn finish(command: &mut Command) -> anyhow::Result<()> {
    let status = command
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("{command:?}"))?;
    // With damage or a failure the time would be that of something else.
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

/// Runs a command and counts in how many pieces of its output the text stands.
fn search(command: &mut Command) -> anyhow::Result<u64> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{command:?}"))?;
    let mut found = 0;
    if let Some(mut output) = child.stdout.take() {
        found = count(&mut output)?;
    }
    child.wait()?;
    Ok(found)
}

fn count(input: &mut impl Read) -> anyhow::Result<u64> {
    let finder = memchr::memmem::Finder::new(SEARCHED);
    let mut buffer = vec![0; 1 << 18];
    let mut kept = 0;
    let mut found = 0;
    loop {
        let read = input.read(buffer.get_mut(kept..).unwrap_or_default())?;
        if read == 0 {
            return Ok(found);
        }
        let filled = kept + read;
        let text = buffer.get(..filled).unwrap_or_default();
        found += finder.find_iter(text).count() as u64;
        // What may be the begin of the text is kept, but never a whole one.
        kept = filled.min(SEARCHED.len() - 1);
        buffer.copy_within(filled - kept..filled, 0);
    }
}

/// The sets of a fleet, or the one set of anything else.
fn sets(path: &Path) -> anyhow::Result<Vec<Set>> {
    if !path.join(LIST).is_file() {
        return Ok(vec![Set {
            name: "all".to_owned(),
            paths: vec![path.to_owned()],
        }]);
    }
    let parts: Vec<PathBuf> = (0..PARTS)
        .map(|part| path.join(format!("part-{part}")))
        .filter(|part| part.is_dir())
        .collect();
    let of_kind = |kind: &str| parts.iter().map(|part| part.join(kind)).collect();
    let some = |count: usize| parts.iter().take(count).cloned().collect();
    let sets = [
        ("without activation events", of_kind(OTHERS)),
        ("with many activation events", of_kind(ACTIVATION)),
        ("a tenth of all", some(1)),
        ("half of all", some(parts.len().div_ceil(2))),
        ("all", parts.clone()),
    ];
    Ok(sets
        .map(|(name, paths): (&str, Vec<PathBuf>)| Set {
            name: name.to_owned(),
            paths,
        })
        .into())
}

/// All files at and below these paths, in order, and their bytes.
fn files(paths: &[PathBuf]) -> anyhow::Result<(Vec<PathBuf>, u64)> {
    let mut found = Vec::new();
    let mut bytes = 0;
    let mut left = paths.to_vec();
    while let Some(path) = left.pop() {
        let told = || format!("{}: cannot be read", path.display());
        let metadata = std::fs::metadata(&path).with_context(told)?;
        if metadata.is_dir() {
            for entry in std::fs::read_dir(&path).with_context(told)? {
                left.push(entry?.path());
            }
        } else {
            bytes += metadata.len();
            found.push(path);
        }
    }
    found.sort();
    ensure!(!found.is_empty(), "there are no files");
    Ok((found, bytes))
}

#[expect(clippy::disallowed_methods, reason = "to measure reading, one reads")]
fn read_all(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut buffer = vec![0; 1 << 17];
    for path in files {
        let mut file = std::fs::File::open(path)?;
        while file.read(&mut buffer)? > 0 {}
    }
    Ok(())
}

fn has_threads(program: &Path) -> anyhow::Result<bool> {
    let output = Command::new(program).args(["report", "--help"]).output()?;
    let help = String::from_utf8_lossy(&output.stdout);
    Ok(help.contains("--threads"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives some bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = self.1.min(buffer.len()).min(self.0.len());
            let (now, later) = self.0.split_at(length);
            buffer[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    #[test]
    fn a_text_is_found_once_wherever_reads_are_cut() {
        let text = [
            b"x".repeat(50),
            SEARCHED.to_vec(),
            SEARCHED.to_vec(),
            b"y".to_vec(),
        ]
        .concat();
        for step in 1..text.len() {
            assert_eq!(count(&mut Slow(&text, step)).unwrap(), 2, "{step}");
        }
    }
}
