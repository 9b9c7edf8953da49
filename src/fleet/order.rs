//! The order of one machine's events: by number within an epoch of each log channel, channels
//! merged by time (RULES.md 1).
//!
//! Never one comparator for both: times step back while numbers run on, and an order by both has
//! cycles.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::eventlog::RecordId;
use crate::input::LogName;
use crate::spp::SppEvent;

/// What two copies of one record share, within one machine.
type Identity = (Arc<str>, RecordId, Arc<str>, Arc<str>, u16, i64);

/// Makes identities; each name is put into lower case once.
#[derive(Default)]
struct Identities {
    lower: BTreeMap<Arc<str>, Arc<str>>,
}

impl Identities {
    fn lower(&mut self, name: &Arc<str>) -> Arc<str> {
        if let Some(lower) = self.lower.get(name) {
            return Arc::clone(lower);
        }
        let lower: Arc<str> = name.to_lowercase().into();
        self.lower.insert(Arc::clone(name), Arc::clone(&lower));
        lower
    }

    fn of(&mut self, event: &SppEvent) -> Identity {
        (
            self.lower(&event.channel),
            event.record_id,
            self.lower(&event.computer),
            self.lower(&event.provider),
            event.event_id,
            event.time.timestamp(),
        )
    }
}

/// Drops copies of one machine's records and puts the rest in order. Returns how many were dropped.
pub(super) fn arrange(events: Vec<SppEvent>) -> (Vec<SppEvent>, u64) {
    let mut identities = Identities::default();
    let mut events: Vec<(Identity, SppEvent)> = events
        .into_iter()
        .map(|event| (identities.of(&event), event))
        .collect();
    // Of copies the one with the least time stays, then the least log name and place.
    events.sort_by(|(id_a, a), (id_b, b)| {
        id_a.cmp(id_b).then_with(|| {
            (a.time, &a.log, a.chunk, a.file_record_id).cmp(&(
                b.time,
                &b.log,
                b.chunk,
                b.file_record_id,
            ))
        })
    });
    let before = events.len();
    events.dedup_by(|(later, _), (first, _)| later == first);
    let duplicates = (before - events.len()) as u64;
    let mut channels: BTreeMap<Arc<str>, Vec<SppEvent>> = BTreeMap::new();
    for ((channel, ..), event) in events {
        channels.entry(channel).or_default().push(event);
    }
    let sequences: Vec<Vec<SppEvent>> = channels.into_values().map(sequence).collect();
    (merge(sequences), duplicates)
}

/// One channel's events: epoch after epoch, each by number.
fn sequence(events: Vec<SppEvent>) -> Vec<SppEvent> {
    let mut by_log: BTreeMap<LogName, Vec<SppEvent>> = BTreeMap::new();
    for event in events {
        by_log.entry(event.log.clone()).or_default().push(event);
    }
    let mut pieces: Vec<Vec<SppEvent>> = Vec::new();
    for (_, mut log) in by_log {
        log.sort_by_key(|event| event.file_record_id);
        pieces.extend(split_into_epochs(log));
    }
    pieces.sort_by_key(|piece| {
        (
            least_time(piece),
            piece.first().map(|event| event.log.clone()),
        )
    });
    let mut epochs: Vec<Vec<SppEvent>> = Vec::new();
    for piece in pieces {
        match epochs.last_mut() {
            Some(epoch) if !begins_anew(epoch, &piece) => epoch.extend(piece),
            _ => epochs.push(piece),
        }
    }
    for epoch in &mut epochs {
        epoch.sort_by(|a, b| {
            (a.record_id, a.time, &a.log, a.chunk).cmp(&(b.record_id, b.time, &b.log, b.chunk))
        });
    }
    epochs.into_iter().flatten().collect()
}

/// In one log, numbers that fall while the time rises by more than a day begin a new epoch.
fn split_into_epochs(log: Vec<SppEvent>) -> Vec<Vec<SppEvent>> {
    let mut pieces: Vec<Vec<SppEvent>> = Vec::new();
    for event in log {
        let is_new = pieces
            .last()
            .and_then(|piece| piece.last())
            .is_none_or(|before| {
                event.record_id < before.record_id && event.time - before.time > TimeDelta::days(1)
            });
        match pieces.last_mut() {
            Some(piece) if !is_new => piece.push(event),
            _ => pieces.push(vec![event]),
        }
    }
    pieces
}

fn least_time(piece: &[SppEvent]) -> Option<DateTime<Utc>> {
    piece.iter().map(|event| event.time).min()
}

/// All of it later than all of the epoch, and its least number below the epoch's greatest: Windows
/// was set up again, or the file was replaced.
fn begins_anew(epoch: &[SppEvent], piece: &[SppEvent]) -> bool {
    let last_of_epoch = epoch.iter().map(|event| event.time).max();
    let least_id = piece.iter().map(|event| event.record_id).min();
    let greatest_id = epoch.iter().map(|event| event.record_id).max();
    least_time(piece) > last_of_epoch && least_id < greatest_id
}

/// Always takes the sequence whose next event has the least time, ties by channel.
fn merge(sequences: Vec<Vec<SppEvent>>) -> Vec<SppEvent> {
    let mut sequences: Vec<_> = sequences
        .into_iter()
        .map(|sequence| sequence.into_iter().peekable())
        .collect();
    if sequences.len() == 1 {
        return sequences.pop().into_iter().flatten().collect();
    }
    let mut heads: BinaryHeap<Reverse<(DateTime<Utc>, usize)>> = BinaryHeap::new();
    for (at, sequence) in sequences.iter_mut().enumerate() {
        heads.extend(sequence.peek().map(|event| Reverse((event.time, at))));
    }
    let mut merged = Vec::new();
    while let Some(Reverse((_, at))) = heads.pop() {
        let Some(sequence) = sequences.get_mut(at) else {
            continue;
        };
        merged.extend(sequence.next());
        heads.extend(sequence.peek().map(|event| Reverse((event.time, at))));
    }
    merged
}

/// The logs that a machine's events stand in.
pub(super) fn logs_of(events: &[SppEvent]) -> BTreeSet<LogName> {
    events.iter().map(|event| event.log.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eventlog::{ChunkIndex, Event};

    fn event(log: &str, computer: &str, id: u64) -> SppEvent {
        crate::spp::parse(Event {
            log: LogName::new(log),
            chunk: ChunkIndex(0),
            record_id: RecordId(id),
            file_record_id: RecordId(id),
            time: DateTime::UNIX_EPOCH,
            computer: computer.into(),
            channel: "Application".into(),
            provider: "Microsoft-Windows-Security-SPP".into(),
            event_id: 900,
            qualifiers: None,
            level: None,
            has_rendering_info: false,
            data: Vec::new(),
            data_names: Vec::new(),
        })
    }

    #[test]
    fn a_copy_is_the_same_computer_whatever_its_case() {
        let (events, dropped) = arrange(vec![event("b", "PC1", 7), event("a", "pc1", 7)]);
        assert_eq!((events.len(), dropped), (1, 1));
        assert_eq!(events[0].log, LogName::new("a"));
    }

    #[test]
    fn records_under_two_names_of_a_machine_are_no_copies() {
        let (events, dropped) = arrange(vec![event("a", "OLD", 7), event("b", "NEW", 7)]);
        assert_eq!((events.len(), dropped), (2, 0));
    }
}
