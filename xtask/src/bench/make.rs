//! Writes corpora to disk.
//!
//! A fleet's folder also gets `fleet.tsv`, which tells what stands in each log; it lies beside
//! the parts, so it is no input of a run over them.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Context as _, anyhow, ensure};
use xtask::fleet::{Collector, Fleet, Plan};

use crate::say;

/// What a fleet's folder tells of its logs.
pub(super) const LIST: &str = "fleet.tsv";

pub(super) fn fleet(fleet: &Fleet, folder: &Path) -> anyhow::Result<()> {
    let is_empty = std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    ensure!(is_empty, "{}: is not empty", folder.display());
    let start = Instant::now();
    let plans = Mutex::new(fleet.logs());
    let lines = Mutex::new(Vec::new());
    let work = || -> anyhow::Result<()> {
        loop {
            let plan = plans
                .lock()
                .map_err(|_| anyhow!("another worker failed"))?
                .next();
            let Some(plan) = plan else { return Ok(()) };
            let line = write(&plan, folder)?;
            lines
                .lock()
                .map_err(|_| anyhow!("another worker failed"))?
                .push(line);
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a worker panicked")))
        })
    })?;
    let mut lines = lines.into_inner().map_err(|_| anyhow!("a worker failed"))?;
    lines.sort();
    let mut list = "path\tbytes\trecords\tactivation_events\n".to_owned();
    let mut sums = [0; 3];
    for (path, numbers) in &lines {
        let [bytes, records, events] = numbers;
        list.push_str(&format!("{path}\t{bytes}\t{records}\t{events}\n"));
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += number;
        }
    }
    File::create(folder.join(LIST))?.write_all(list.as_bytes())?;
    let [bytes, records, events] = sums;
    say(&format!(
        "{} logs, {bytes} bytes, {records} records, {events} activation events, in {:.1} s\n",
        lines.len(),
        start.elapsed().as_secs_f64()
    ))
}

/// Makes and writes a log; tells its path, bytes, records and activation events.
fn write(plan: &Plan, folder: &Path) -> anyhow::Result<(String, [u64; 3])> {
    let path = folder.join(&plan.path);
    let told = || format!("{}: cannot be written", path.display());
    let made = plan.make()?;
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(told)?;
    }
    let mut file = File::create(&path).with_context(told)?;
    file.write_all(&made.bytes).with_context(told)?;
    let numbers = [
        made.bytes.len() as u64,
        made.records,
        made.activation_events,
    ];
    let parts: Vec<_> = plan
        .path
        .iter()
        .map(|part| part.to_string_lossy())
        .collect();
    Ok((parts.join("/"), numbers))
}

pub(super) fn collector(collector: &Collector, path: &Path) -> anyhow::Result<()> {
    let start = Instant::now();
    let told = || format!("{}: cannot be written", path.display());
    let file = File::create_new(path).with_context(told)?;
    let written = collector
        .write(&mut BufWriter::new(file))
        .with_context(told)?;
    say(&format!(
        "{} bytes, {} records, {} activation events, in {:.1} s\n",
        written.bytes,
        written.records,
        written.activation_events,
        start.elapsed().as_secs_f64()
    ))
}
