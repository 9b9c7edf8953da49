//! How fast logs are read: `cargo bench --bench read [-- LOG...]`.
//!
//! Without paths it makes logs of full chunks from the records of the fixtures, some hundred megabytes
//! each: *heavy*, with activation events alone, *others* without any, and *forwarded* as a
//! collector writes them. Each is read several times through the page cache, and the best time
//! counts; reading alone, the plain twins, and the evtx crate's own way (every record to JSON, as
//! evtx_dump does) stand beside it. The events are dropped.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring program, which may fail, print and open what it is given"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use spptriage::catalog::Catalog;
use spptriage::eventlog::{ReadOptions, Scratch, read_log};
use spptriage::fleet::{ConcludeOptions, ScanOptions, conclude, scan};
use spptriage::input::{LogSource, Source};
use spptriage::spp::{wanted, wanted_for_diagnosis};
use xtask::evtx::{Log, LogOptions, Record};
use xtask::recipe::Recipe;

const FILE_HEADER: usize = 4096;
const CHUNK: usize = 65_536;
const CORPUS_BYTES: usize = 256 << 20;
/// How many records are written before chunks repeat.
const RECORDS: u64 = 3_000;
const ROUNDS: usize = 3;

fn main() {
    // Cargo passes its own `--bench`.
    let paths: Vec<PathBuf> = std::env::args_os()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .map(PathBuf::from)
        .collect();
    if !paths.is_empty() {
        for path in paths {
            measure(&path.display().to_string(), &path);
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, recipes) in [
        ("heavy", ["healthy-client", "renamed-machine"].as_slice()),
        ("others", ["no-activation-events"].as_slice()),
        ("forwarded", ["forwarded"].as_slice()),
    ] {
        let path = folder.path().join(name);
        write_log(recipes, &path);
        measure(name, &path);
        std::fs::remove_file(&path).unwrap();
    }
}

/// Writes a log that has the records of these recipes over and over.
fn write_log(recipes: &[&str], path: &Path) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recipes");
    let mut log = Log::new(LogOptions::default());
    let records: Vec<Record> = recipes
        .iter()
        .flat_map(|name| {
            let text = std::fs::read_to_string(folder.join(format!("{name}.toml"))).unwrap();
            Recipe::parse(&text).unwrap().records().unwrap()
        })
        .map(|(_, record)| record)
        .collect();
    let mut number = 0;
    while number < RECORDS {
        for record in &records {
            number = log.push(record).unwrap();
        }
    }
    // The last chunk may have room left: it is left out.
    let bytes = log.finish();
    let (header, chunks) = bytes.split_at(FILE_HEADER);
    let chunks = &chunks[..chunks.len() - CHUNK];
    let mut file = std::fs::File::create(path).unwrap();
    file.write_all(header).unwrap();
    for _ in 0..CORPUS_BYTES.div_ceil(chunks.len()) {
        file.write_all(chunks).unwrap();
    }
    file.sync_all().unwrap();
}

fn measure(name: &str, path: &Path) {
    let source = LogSource::open(path).unwrap();
    let bytes = source.len();
    let mut buffer = vec![0; 16 * CHUNK];
    let alone = best(|| {
        let mut reader = source.reader().unwrap();
        let mut at = 0;
        loop {
            match reader.read_at(at, &mut buffer).unwrap() {
                0 => break 0,
                read => at += read as u64,
            }
        }
    });
    report(name, "reading alone", bytes, alone);
    let shortcuts = ReadOptions::default();
    let plain = ReadOptions {
        prefilter: false,
        fold: false,
    };
    for (way, wanted, options) in [
        ("read_log", wanted_for_diagnosis(), shortcuts),
        ("all strings", wanted(), shortcuts),
        ("plain twins", wanted(), plain),
    ] {
        let mut scratch = Scratch::new();
        let time = best(|| {
            let mut events = 0;
            read_log(&source, &wanted, &options, &mut scratch, &mut |_| {
                events += 1
            })
            .unwrap();
            events
        });
        report(name, way, bytes, time);
    }
    // What evtx_dump does: every record to JSON, by the crate that we decode with.
    let settings = || evtx::ParserSettings::default().num_threads(1);
    let time = best(|| {
        let parser = evtx::EvtxParser::from_path(path).unwrap();
        let mut parser = parser.with_configuration(settings());
        parser
            .records_json()
            .filter(|record| record.as_ref().is_ok_and(|r| !r.data.is_empty()))
            .count() as u64
    });
    report(name, "evtx to JSON", bytes, time);
    let scanned = || scan(vec![Source::Log(source.clone())], &ScanOptions::default());
    let time = best(|| {
        scanned()
            .logs()
            .map(|(_, log)| log.activation_events())
            .sum()
    });
    report(name, "scan", bytes, time);
    let catalog = Catalog::builtin();
    let time =
        best(|| conclude(scanned(), &catalog, &ConcludeOptions::default()).activation_events);
    report(name, "diagnosis too", bytes, time);
}

/// The best time in seconds of several rounds, and what the work gave.
fn best(mut work: impl FnMut() -> u64) -> (f64, u64) {
    let mut least = f64::MAX;
    let mut result = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        result = std::hint::black_box(work());
        least = least.min(start.elapsed().as_secs_f64());
    }
    (least, result)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a speed is told with two decimals"
)]
fn report(name: &str, way: &str, bytes: u64, (seconds, events): (f64, u64)) {
    let speed = bytes as f64 / seconds / 1e9;
    println!("{name:>12} {way:<14} {speed:6.2} GB/s {events:>9} events");
}
