//! Makes corpora to measure with: the logs of a whole fleet, and a collector's big log.
//!
//! Bytes only, the same for the same seed. A fleet is divided into ten parts that are alike, so
//! that a tenth or half of it can be measured; in each part, logs with and without activation
//! events stand apart. Writing them to disk and measuring is the binary's business.

mod activation;
mod collector;
mod machine;
mod others;
mod random;

use std::path::PathBuf;

use self::machine::Machine;
use self::others::{APPLICATION, Channel, WITHOUT_ACTIVATION};
use self::random::Random;
use crate::evtx::{CHUNK_BYTES, FILE_HEADER_BYTES, FileTime, Log, LogOptions, Provider, Record};

pub use self::collector::{Collector, Written};

/// How many parts a fleet has.
pub const PARTS: u64 = 10;
/// The folder, in each part, of logs with activation events.
pub const ACTIVATION: &str = "activation";
/// The folder of logs without any.
pub const OTHERS: &str = "others";
/// Every tenth machine gives its Application log.
const ACTIVATION_EVERY: u64 = 10;
/// Of a hundred records of an Application log, so many are activation events, as in the log of a
/// server that was looked at.
const ACTIVATION_PERCENT: u64 = 38;
/// 2026-03-02, a Monday, in 100 ns since 1601.
const FIRST_DAY: FileTime = FileTime(134_168_832_000_000_000);
const MINUTES_PER_DAY: i64 = 1440;

/// A fleet as it shall be made.
#[derive(Clone, Copy, Debug)]
pub struct Fleet {
    /// How many machines, each with one log.
    pub machines: u64,
    /// How many bytes all logs have together, more or less.
    pub bytes: u64,
    /// Another seed gives other machines.
    pub seed: u64,
}

/// One log of a fleet that is not made yet.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the log stands below the fleet's folder.
    pub path: PathBuf,
    seed: u64,
    index: u64,
    chunks: u64,
    /// The channel; none for an Application log with activation events.
    channel: Option<usize>,
}

/// A log that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// How many records it has.
    pub records: u64,
    /// How many of them the licensing service wrote.
    pub activation_events: u64,
}

impl Fleet {
    /// The logs, machine by machine.
    pub fn logs(&self) -> impl Iterator<Item = Plan> {
        let Self {
            machines,
            bytes,
            seed,
        } = *self;
        let chunk = CHUNK_BYTES as u64;
        let mean = bytes / machines.max(1);
        let mean = mean.saturating_sub(FILE_HEADER_BYTES as u64) / 1024;
        (0..machines).map(move |index| {
            let machine = Machine::new(seed, index);
            let is_activation = index % ACTIVATION_EVERY == ACTIVATION_EVERY / 2;
            let channel = usize::try_from(index % WITHOUT_ACTIVATION.len() as u64).ok();
            let channel = channel.filter(|_| !is_activation);
            let (folder, file) = match channel.and_then(|at| WITHOUT_ACTIVATION.get(at)) {
                Some(channel) => (OTHERS, channel.file),
                None => (ACTIVATION, APPLICATION.file),
            };
            // Tens of machines go to parts in turn, so that every part has of both kinds.
            let part = index / ACTIVATION_EVERY % PARTS;
            let percent = Random::of(seed ^ 1, index).between(75, 126);
            Plan {
                path: [&format!("part-{part}"), folder, &machine.host, file]
                    .iter()
                    .collect(),
                seed,
                index,
                chunks: ((mean * percent * 1024 / 100 + chunk / 2) / chunk).max(1),
                channel,
            }
        })
    }
}

impl Plan {
    /// Makes the log.
    ///
    /// # Errors
    /// Where a text of the tables cannot be filled in: a fault of this program.
    pub fn make(&self) -> anyhow::Result<Made> {
        let machine = Machine::new(self.seed, self.index);
        let random = &mut Random::of(self.seed ^ 2, self.index);
        let mut log = Writing {
            log: Log::new(LogOptions {
                first_number: random.between(1, 500_000),
                minor_version: if random.chance(30) { 2 } else { 1 },
                ..LogOptions::default()
            }),
            chunks: self.chunks,
            // The last chunk is filled in part.
            rest: random.between(1, 60),
            records: 0,
            activation_events: 0,
        };
        match self.channel.and_then(|at| WITHOUT_ACTIVATION.get(at)) {
            Some(channel) => log.fill_with(channel, &machine, random)?,
            None => log.fill_with_activation(&machine, random)?,
        }
        Ok(Made {
            bytes: log.log.finish(),
            records: log.records,
            activation_events: log.activation_events,
        })
    }
}

struct Writing {
    log: Log,
    chunks: u64,
    /// How many records the last chunk still takes.
    rest: u64,
    records: u64,
    activation_events: u64,
}

impl Writing {
    /// Writes a record; false where the log is as long as it shall be.
    fn push(&mut self, record: &Record) -> anyhow::Result<bool> {
        self.log.push(record)?;
        self.records += 1;
        self.activation_events += u64::from(is_activation(record));
        if self.log.full_chunks() + 1 >= self.chunks {
            self.rest = self.rest.saturating_sub(1);
        }
        Ok(self.rest > 0)
    }

    fn fill_with(
        &mut self,
        channel: &Channel,
        machine: &Machine,
        random: &mut Random,
    ) -> anyhow::Result<()> {
        let mut time = FIRST_DAY;
        loop {
            time = later(time, random.between(1, 60_000), random);
            if !self.push(&channel.event(machine, time, random)?)? {
                return Ok(());
            }
        }
    }

    fn fill_with_activation(
        &mut self,
        machine: &Machine,
        random: &mut Random,
    ) -> anyhow::Result<()> {
        for day in 0.. {
            let share = ACTIVATION_PERCENT;
            for mut record in of_day(machine, day, share, &[&APPLICATION], random)? {
                // The number in the file, as in a machine's own log.
                record.record_id = None;
                if !self.push(&record)? {
                    break;
                }
            }
            if self.rest == 0 {
                break;
            }
        }
        Ok(())
    }
}

/// A machine's records of a day in order, of which so many in a hundred are activation events,
/// and the others of these channels.
fn of_day(
    machine: &Machine,
    day: u64,
    percent: u64,
    channels: &[&Channel],
    random: &mut Random,
) -> anyhow::Result<Vec<Record>> {
    let midnight = FIRST_DAY.plus_minutes(i64::try_from(day)?.saturating_mul(MINUTES_PER_DAY));
    let mut records = activation::day(machine, day, midnight, random)?;
    let others = records.len() as u64 * (100 - percent.min(100)) / percent.max(1);
    if percent == 0 {
        records.clear();
    }
    for _ in 0..others {
        let time = later(midnight, random.between(0, 86_400_000), random);
        let at = usize::try_from(random.between(0, channels.len() as u64))?;
        if let Some(channel) = channels.get(at) {
            records.push(channel.event(machine, time, random)?);
        }
    }
    records.sort_by_key(|record| record.time);
    Ok(records)
}

/// A time so many milliseconds and some ticks later.
fn later(time: FileTime, milliseconds: u64, random: &mut Random) -> FileTime {
    FileTime(time.plus_milliseconds(milliseconds).0 + random.between(0, 10_000))
}

fn is_activation(record: &Record) -> bool {
    record.provider == Provider::SPP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_day_is_what_it_says() {
        assert_eq!(FIRST_DAY, "2026-03-02 00:00:00".parse().unwrap());
    }

    #[test]
    fn every_part_has_logs_of_both_kinds_and_no_two_share_a_path() {
        let fleet = Fleet {
            machines: 200,
            bytes: 200 << 20,
            seed: 1,
        };
        let paths: std::collections::BTreeSet<PathBuf> = fleet.logs().map(|log| log.path).collect();
        assert_eq!(paths.len(), 200);
        for part in 0..PARTS {
            for (folder, expect) in [(ACTIVATION, 2), (OTHERS, 18)] {
                let folder = PathBuf::from(format!("part-{part}")).join(folder);
                let count = paths
                    .iter()
                    .filter(|path| path.starts_with(&folder))
                    .count();
                assert_eq!(count, expect, "{}", folder.display());
            }
        }
        let chunks: u64 = fleet.logs().map(|log| log.chunks).sum();
        assert!(
            (190 << 20..210 << 20).contains(&(chunks * CHUNK_BYTES as u64)),
            "{chunks}"
        );
    }

    #[test]
    fn a_log_is_as_long_as_it_shall_be_and_comes_out_alike() {
        let fleet = Fleet {
            machines: 10,
            bytes: 2 << 20,
            seed: 1,
        };
        for plan in fleet.logs() {
            let made = plan.make().unwrap();
            let chunks = (made.bytes.len() - FILE_HEADER_BYTES) / CHUNK_BYTES;
            assert!((chunks as u64).abs_diff(plan.chunks) <= 1, "{plan:?}");
            assert_eq!(made.bytes, plan.make().unwrap().bytes);
            assert_eq!(made.activation_events > 0, plan.channel.is_none());
        }
    }
}
