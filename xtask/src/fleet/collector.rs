//! A collector's ForwardedEvents log: records of many computers without templates, each counting
//! for itself, some with their sender's rendering.
//!
//! Made piece by piece into a file, since such logs are larger than one wants to hold.

use std::io::{Seek, SeekFrom, Write};

use super::is_activation;
use super::machine::Machine;
use super::of_day;
use super::others::{APPLICATION, WITHOUT_ACTIVATION};
use super::random::Random;
use crate::evtx::{CHUNK_BYTES, FILE_HEADER_BYTES, Log, LogOptions, Record, Rendering, Shape};

/// Of a hundred computers, so many send their rendering along.
const RENDERED_PERCENT: u64 = 30;

/// A collector's log as it shall be made.
#[derive(Clone, Copy, Debug)]
pub struct Collector {
    /// How many computers send their events.
    pub computers: u64,
    /// How many bytes the log has, more or less.
    pub bytes: u64,
    /// How many in a hundred records are activation events, more or less.
    pub percent: u64,
    /// Another seed gives other computers.
    pub seed: u64,
}

/// What stands in a log that was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Bytes of the file.
    pub bytes: u64,
    /// How many records it has.
    pub records: u64,
    /// How many of them the licensing service wrote.
    pub activation_events: u64,
}

struct Sender {
    machine: Machine,
    random: Random,
    next_id: u64,
    is_rendered: bool,
}

impl Collector {
    /// Makes the log. `out` stands at its begin, and is written to in order but for the header.
    ///
    /// # Errors
    /// Where `out` cannot be written to.
    pub fn write(&self, out: &mut (impl Write + Seek)) -> anyhow::Result<Written> {
        let mut senders: Vec<Sender> = (0..self.computers.max(1))
            .map(|index| {
                let mut random = Random::of(self.seed ^ 3, index);
                Sender {
                    machine: Machine::new(self.seed, index),
                    next_id: random.between(1, 500_000),
                    is_rendered: random.chance(RENDERED_PERCENT),
                    random,
                }
            })
            .collect();
        let chunks =
            (self.bytes.saturating_sub(FILE_HEADER_BYTES as u64) / CHUNK_BYTES as u64).max(1);
        let mut log = Log::new(LogOptions::default());
        let mut written = Written::default();
        out.write_all(&[0; FILE_HEADER_BYTES])?;
        'days: for day in 0.. {
            for record in arriving(&mut senders, day, self.percent)? {
                log.push(&record)?;
                written.records += 1;
                written.activation_events += u64::from(is_activation(&record));
                if log.full_chunks() >= chunks {
                    break 'days;
                }
            }
            for chunk in log.take_chunks() {
                out.write_all(&chunk)?;
            }
        }
        let (header, chunks) = log.finish_rest();
        for chunk in chunks {
            out.write_all(&chunk)?;
        }
        written.bytes = out.stream_position()?;
        out.seek(SeekFrom::Start(0))?;
        out.write_all(&header)?;
        out.flush()?;
        Ok(written)
    }
}

/// All senders' records of a day, in the order of their times.
fn arriving(senders: &mut [Sender], day: u64, percent: u64) -> anyhow::Result<Vec<Record>> {
    let [security, system, powershell] = WITHOUT_ACTIVATION;
    let channels = [&APPLICATION, security, security, system, powershell];
    let mut all = Vec::new();
    for sender in senders {
        let mut records = of_day(&sender.machine, day, percent, &channels, &mut sender.random)?;
        for record in &mut records {
            record.record_id = Some(sender.next_id);
            sender.next_id += 1;
            record.shape = Shape::Collector {
                rendering: sender.is_rendered.then(|| render(record)),
            };
        }
        all.append(&mut records);
    }
    all.sort_by_key(|record| record.time);
    Ok(all)
}

/// A message as a sender would make it, in our own words.
fn render(record: &Record) -> Rendering {
    let strings = record.strings.join("\r\n\t");
    Rendering {
        culture: "en-US".to_owned(),
        message: format!(
            "Event {} on {}.\r\n\t{strings}",
            record.event_id, record.computer
        ),
    }
}
