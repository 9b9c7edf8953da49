//! The order of one machine's events: by number within an epoch of each log channel, channels
//! merged by time (RULES.md 1).
//!
//! Never one comparator for both: times step back while numbers run on, and an order by both has
//! cycles.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::eventlog::{ChunkIndex, RecordId};
use crate::spp::{EventPlace, EventStore};

/// An event as far as its order among those of its machine goes.
#[derive(Clone, Copy, Debug)]
struct Record {
    identity: Identity,
    time: DateTime<Utc>,
    /// Its log, numbered by name.
    log: u32,
    /// The log that stands for all that are read as one with it; itself where it stands alone.
    unit: u32,
    chunk: ChunkIndex,
    file_record_id: RecordId,
    place: EventPlace,
    /// Whether diagnosis reads it; all others are only counted.
    is_read: bool,
}

/// What copies of one record share, within one machine. Channels, computers and providers are
/// numbered without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    channel: u32,
    record_id: RecordId,
    computer: u32,
    provider: u32,
    event_id: u16,
    seconds: i64,
}

/// Numbers for names, the same whatever their case.
#[derive(Debug, Default)]
struct Numbers {
    by_name: BTreeMap<String, u32>,
    last: Option<(Arc<str>, u32)>,
}

impl Numbers {
    fn of(&mut self, name: &Arc<str>) -> u32 {
        match &self.last {
            Some((last, number)) if Arc::ptr_eq(last, name) => *number,
            _ => {
                let next = u32::try_from(self.by_name.len()).unwrap_or(u32::MAX);
                let number = *self.by_name.entry(name.to_lowercase()).or_insert(next);
                self.last = Some((Arc::clone(name), number));
                number
            }
        }
    }
}

/// One machine's events, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Arranged {
    /// Those that diagnosis reads, in order.
    pub(super) read: Vec<EventPlace>,
    /// How many there are, those that are only counted included.
    pub(super) events: u64,
    /// How many copies were dropped.
    pub(super) duplicates: u64,
}

/// Drops copies of one machine's records and puts the rest in order. `log_of` numbers the parts of
/// the store by the names of their logs, and tells the log that stands for all that are read as one
/// with it.
pub(super) fn arrange(
    store: &EventStore,
    places: &[EventPlace],
    log_of: &dyn Fn(u32) -> (u32, u32),
) -> Arranged {
    let (mut channels, mut computers, mut providers) =
        (Numbers::default(), Numbers::default(), Numbers::default());
    let mut records: Vec<Record> = places
        .iter()
        .filter_map(|place| {
            let (kept, origin, _) = store.kept(*place)?;
            let (log, unit) = log_of(place.part);
            Some(Record {
                identity: Identity {
                    channel: channels.of(&origin.channel),
                    record_id: kept.record_id,
                    computer: computers.of(&origin.computer),
                    provider: providers.of(&origin.provider),
                    event_id: kept.event_id,
                    seconds: kept.time.timestamp(),
                },
                time: kept.time,
                log,
                unit,
                chunk: kept.chunk,
                file_record_id: kept.file_record_id,
                place: *place,
                is_read: kept.is_read(),
            })
        })
        .collect();
    let all = records.len();
    // Of copies the one with the least time stays, then the least log name and place; of two that
    // differ in whether they are read, as where one has lost its strings, the one that is.
    records.sort_unstable_by(|a, b| {
        let order = |r: &Record| {
            (
                !r.is_read,
                r.time,
                r.log,
                r.chunk,
                r.file_record_id,
                r.place,
            )
        };
        a.identity
            .cmp(&b.identity)
            .then_with(|| order(a).cmp(&order(b)))
    });
    records.dedup_by_key(|record| record.identity);
    let events = records.len() as u64;
    let duplicates = all as u64 - events;
    records.retain(|record| record.is_read);
    // Channels by name, as ties between them go.
    let mut by_channel: BTreeMap<u32, Vec<Record>> = BTreeMap::new();
    for record in records {
        by_channel
            .entry(record.identity.channel)
            .or_default()
            .push(record);
    }
    let names: BTreeMap<&String, u32> = channels
        .by_name
        .iter()
        .map(|(name, number)| (name, *number))
        .collect();
    let sequences: Vec<Vec<Record>> = names
        .into_values()
        .filter_map(|number| by_channel.remove(&number))
        .map(sequence)
        .collect();
    Arranged {
        read: merge(sequences),
        events,
        duplicates,
    }
}

/// One channel's events: epoch after epoch, each by number.
fn sequence(records: Vec<Record>) -> Vec<Record> {
    let mut by_log: BTreeMap<u32, Vec<Record>> = BTreeMap::new();
    for record in records {
        by_log.entry(record.unit).or_default().push(record);
    }
    let mut pieces: Vec<Vec<Record>> = Vec::new();
    for (_, mut log) in by_log {
        let is_one = log
            .iter()
            .all(|record| Some(record.log) == log.first().map(|r| r.log));
        // Logs that are read as one have numbers of one sender, each in places of its own.
        log.sort_by_key(|record| {
            let place = is_one.then_some(record.file_record_id);
            (place, record.identity.record_id)
        });
        pieces.extend(split_into_epochs(log));
    }
    pieces.sort_by_key(|piece| (least_time(piece), piece.first().map(|record| record.log)));
    let mut epochs: Vec<Vec<Record>> = Vec::new();
    for piece in pieces {
        match epochs.last_mut() {
            Some(epoch) if !begins_anew(epoch, &piece) => epoch.extend(piece),
            _ => epochs.push(piece),
        }
    }
    for epoch in &mut epochs {
        epoch.sort_by_key(|r| (r.identity.record_id, r.time, r.log, r.chunk));
    }
    epochs.into_iter().flatten().collect()
}

/// In one log, numbers that fall while the time rises by more than a day begin a new epoch.
fn split_into_epochs(log: Vec<Record>) -> Vec<Vec<Record>> {
    let mut pieces: Vec<Vec<Record>> = Vec::new();
    for record in log {
        let before = pieces.last().and_then(|piece| piece.last());
        let is_new = before.is_none_or(|before| {
            record.identity.record_id < before.identity.record_id
                && record.time - before.time > TimeDelta::days(1)
        });
        match pieces.last_mut() {
            Some(piece) if !is_new => piece.push(record),
            _ => pieces.push(vec![record]),
        }
    }
    pieces
}

fn least_time(piece: &[Record]) -> Option<DateTime<Utc>> {
    piece.iter().map(|record| record.time).min()
}

/// All of it later than all of the epoch, and its least number below the epoch's greatest: Windows
/// was set up again, or the file was replaced.
fn begins_anew(epoch: &[Record], piece: &[Record]) -> bool {
    let id = |record: &Record| record.identity.record_id;
    let last_of_epoch = epoch.iter().map(|record| record.time).max();
    least_time(piece) > last_of_epoch && piece.iter().map(id).min() < epoch.iter().map(id).max()
}

/// Always takes the sequence whose next event has the least time, ties by channel.
fn merge(mut sequences: Vec<Vec<Record>>) -> Vec<EventPlace> {
    if sequences.len() == 1 {
        let only = sequences.pop().unwrap_or_default();
        return only.into_iter().map(|record| record.place).collect();
    }
    let mut sequences: Vec<_> = sequences
        .into_iter()
        .map(|sequence| sequence.into_iter().peekable())
        .collect();
    let mut heads: BinaryHeap<Reverse<(DateTime<Utc>, usize)>> = BinaryHeap::new();
    for (number, sequence) in sequences.iter_mut().enumerate() {
        heads.extend(sequence.peek().map(|record| Reverse((record.time, number))));
    }
    let mut merged = Vec::new();
    while let Some(Reverse((_, number))) = heads.pop() {
        let Some(sequence) = sequences.get_mut(number) else {
            continue;
        };
        merged.extend(sequence.next().map(|record| record.place));
        heads.extend(sequence.peek().map(|record| Reverse((record.time, number))));
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eventlog::Event;
    use crate::input::LogName;
    use crate::spp::KeptEvents;

    fn event(log: &str, computer: &str, id: u64) -> Event {
        Event {
            log: LogName::new(log),
            chunk: ChunkIndex(0),
            record_id: RecordId(id),
            file_record_id: RecordId(id),
            time: DateTime::UNIX_EPOCH,
            computer: computer.into(),
            channel: "Application".into(),
            provider: "Microsoft-Windows-Security-SPP".into(),
            event_id: 902,
            qualifiers: None,
            level: None,
            has_rendering_info: false,
            data: crate::eventlog::Strings::default(),
            data_names: Vec::new(),
        }
    }

    /// The log of each event that stays, and how many were dropped; logs stand by name.
    fn arranged(events: Vec<Event>) -> (Vec<String>, u64) {
        let mut store = EventStore::default();
        let mut places = Vec::new();
        for event in events {
            let log = event.log.clone();
            let mut kept = KeptEvents::default();
            kept.keep(event);
            let part = store.add(log, kept);
            places.push(EventPlace { part, event: 0 });
        }
        let mut names: Vec<String> = (0..)
            .map_while(|part| store.part(part).map(|(log, _)| log.to_string()))
            .collect();
        let by_part = names.clone();
        names.sort();
        let log_of = |part: u32| {
            let name = &by_part[part as usize];
            let number = names.iter().position(|other| other == name).unwrap();
            let number = u32::try_from(number).unwrap();
            (number, number)
        };
        let arranged = arrange(&store, &places, &log_of);
        let logs = arranged
            .read
            .iter()
            .map(|place| store.part(place.part).unwrap().0.to_string())
            .collect();
        (logs, arranged.duplicates)
    }

    #[test]
    fn a_copy_is_the_same_computer_whatever_its_case() {
        assert_eq!(
            arranged(vec![event("b", "PC1", 7), event("a", "pc1", 7)]),
            (vec!["a".to_owned()], 1)
        );
    }

    #[test]
    fn records_under_two_names_of_a_machine_are_no_copies() {
        let (logs, dropped) = arranged(vec![event("a", "OLD", 7), event("b", "NEW", 7)]);
        assert_eq!((logs.len(), dropped), (2, 0));
    }
}
