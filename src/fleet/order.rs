//! The order of one machine's events: by number within an epoch of each log channel, channels
//! merged by time (RULES.md 1).
//!
//! Never one comparator for both: times step back while numbers run on, and an order by both has
//! cycles.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::eventlog::RecordId;
use crate::input::LogName;
use crate::spp::SppEvent;

/// What copies of one record share, within one machine. Channels, computers and providers are
/// numbered without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity {
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

/// Makes identities that can be held against each other.
#[derive(Debug, Default)]
pub(super) struct Identifier {
    channels: Numbers,
    computers: Numbers,
    providers: Numbers,
}

impl Identifier {
    pub(super) fn identity(
        &mut self,
        channel: &Arc<str>,
        computer: &Arc<str>,
        provider: &Arc<str>,
        record_id: RecordId,
        event_id: u16,
        seconds: i64,
    ) -> Identity {
        Identity {
            channel: self.channels.of(channel),
            record_id,
            computer: self.computers.of(computer),
            provider: self.providers.of(provider),
            event_id,
            seconds,
        }
    }

    fn of(&mut self, event: &SppEvent) -> Identity {
        self.identity(
            &event.channel,
            &event.computer,
            &event.provider,
            event.record_id,
            event.event_id,
            event.time.timestamp(),
        )
    }
}

/// Drops copies of one machine's records and puts the rest in order. Returns how many were dropped.
///
/// `head` tells the log that stands for all that are read as one with a log, if there are any.
pub(super) fn arrange<'a>(
    events: Vec<SppEvent>,
    head: impl Fn(&LogName) -> Option<&'a LogName>,
) -> (Vec<SppEvent>, u64) {
    let mut identifier = Identifier::default();
    let mut places: Vec<(Identity, usize)> = events
        .iter()
        .enumerate()
        .map(|(at, event)| (identifier.of(event), at))
        .collect();
    // Of copies the one with the least time stays, then the least log name and place.
    let place_of = |at: usize| {
        events
            .get(at)
            .map(|e| (e.time, &e.log, e.chunk, e.file_record_id))
    };
    places.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then_with(|| place_of(a.1).cmp(&place_of(b.1)))
    });
    places.dedup_by_key(|place| place.0);
    let duplicates = (events.len() - places.len()) as u64;
    // Channels by name, as ties between them go.
    let mut channels: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut numbered: Vec<(u32, Vec<usize>)> = Vec::new();
    for (identity, at) in places {
        match numbered
            .iter_mut()
            .find(|(channel, _)| *channel == identity.channel)
        {
            Some((_, list)) => list.push(at),
            None => numbered.push((identity.channel, vec![at])),
        }
    }
    for (_, list) in numbered {
        let name = list
            .first()
            .and_then(|at| events.get(*at))
            .map(|event| event.channel.to_lowercase());
        channels.insert(name.unwrap_or_default(), list);
    }
    let sequences: Vec<Vec<usize>> = channels
        .into_values()
        .map(|list| sequence(&events, list, &head))
        .collect();
    let order = merge(&events, sequences);
    let mut events: Vec<Option<SppEvent>> = events.into_iter().map(Some).collect();
    let ordered = order
        .into_iter()
        .filter_map(|at| events.get_mut(at)?.take())
        .collect();
    (ordered, duplicates)
}

/// One channel's events: epoch after epoch, each by number.
fn sequence<'a>(
    events: &[SppEvent],
    list: Vec<usize>,
    head: impl Fn(&LogName) -> Option<&'a LogName>,
) -> Vec<usize> {
    let event = |at: &usize| events.get(*at);
    let mut by_log: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for at in list {
        by_log
            .entry(event(&at).map(|event| head(&event.log).unwrap_or(&event.log)))
            .or_default()
            .push(at);
    }
    let mut pieces: Vec<Vec<usize>> = Vec::new();
    for (_, mut log) in by_log {
        let name = |at: &usize| event(at).map(|event| &event.log);
        let is_one = log.iter().all(|at| name(at) == log.first().and_then(name));
        // Logs that are read as one have numbers of one sender, each in places of its own.
        log.sort_by_key(|at| {
            event(at).map(|event| (is_one.then_some(event.file_record_id), event.record_id))
        });
        pieces.extend(split_into_epochs(events, log));
    }
    pieces.sort_by_key(|piece| {
        (
            least_time(events, piece),
            piece.first().and_then(&event).map(|event| &event.log),
        )
    });
    let mut epochs: Vec<Vec<usize>> = Vec::new();
    for piece in pieces {
        match epochs.last_mut() {
            Some(epoch) if !begins_anew(events, epoch, &piece) => epoch.extend(piece),
            _ => epochs.push(piece),
        }
    }
    for epoch in &mut epochs {
        epoch.sort_by_key(|at| event(at).map(|e| (e.record_id, e.time, &e.log, e.chunk)));
    }
    epochs.into_iter().flatten().collect()
}

/// In one log, numbers that fall while the time rises by more than a day begin a new epoch.
fn split_into_epochs(events: &[SppEvent], log: Vec<usize>) -> Vec<Vec<usize>> {
    let mut pieces: Vec<Vec<usize>> = Vec::new();
    for at in log {
        let before = pieces
            .last()
            .and_then(|piece| piece.last())
            .and_then(|before| events.get(*before));
        let is_new = match (before, events.get(at)) {
            (Some(before), Some(event)) => {
                event.record_id < before.record_id && event.time - before.time > TimeDelta::days(1)
            }
            _ => true,
        };
        match pieces.last_mut() {
            Some(piece) if !is_new => piece.push(at),
            _ => pieces.push(vec![at]),
        }
    }
    pieces
}

fn least_time(events: &[SppEvent], piece: &[usize]) -> Option<DateTime<Utc>> {
    piece
        .iter()
        .filter_map(|at| events.get(*at))
        .map(|event| event.time)
        .min()
}

/// All of it later than all of the epoch, and its least number below the epoch's greatest: Windows
/// was set up again, or the file was replaced.
fn begins_anew(events: &[SppEvent], epoch: &[usize], piece: &[usize]) -> bool {
    let of = |list: &[usize]| -> Vec<&SppEvent> {
        list.iter().filter_map(|at| events.get(*at)).collect()
    };
    let last_of_epoch = of(epoch).iter().map(|event| event.time).max();
    let least_id = of(piece).iter().map(|event| event.record_id).min();
    let greatest_id = of(epoch).iter().map(|event| event.record_id).max();
    least_time(events, piece) > last_of_epoch && least_id < greatest_id
}

/// Always takes the sequence whose next event has the least time, ties by channel.
fn merge(events: &[SppEvent], sequences: Vec<Vec<usize>>) -> Vec<usize> {
    let time = |at: &usize| events.get(*at).map(|event| event.time);
    let mut sequences: Vec<_> = sequences
        .into_iter()
        .map(|sequence| sequence.into_iter().peekable())
        .collect();
    if sequences.len() == 1 {
        return sequences.pop().into_iter().flatten().collect();
    }
    let mut heads: BinaryHeap<Reverse<(Option<DateTime<Utc>>, usize)>> = BinaryHeap::new();
    for (number, sequence) in sequences.iter_mut().enumerate() {
        heads.extend(sequence.peek().map(|at| Reverse((time(at), number))));
    }
    let mut merged = Vec::new();
    while let Some(Reverse((_, number))) = heads.pop() {
        let Some(sequence) = sequences.get_mut(number) else {
            continue;
        };
        merged.extend(sequence.next());
        heads.extend(sequence.peek().map(|at| Reverse((time(at), number))));
    }
    merged
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
            event_id: 902,
            qualifiers: None,
            level: None,
            has_rendering_info: false,
            data: Vec::new(),
            data_names: Vec::new(),
        })
    }

    #[test]
    fn a_copy_is_the_same_computer_whatever_its_case() {
        let (events, dropped) = arrange(vec![event("b", "PC1", 7), event("a", "pc1", 7)], |_| None);
        assert_eq!((events.len(), dropped), (1, 1));
        assert_eq!(events[0].log, LogName::new("a"));
    }

    #[test]
    fn records_under_two_names_of_a_machine_are_no_copies() {
        let (events, dropped) = arrange(vec![event("a", "OLD", 7), event("b", "NEW", 7)], |_| None);
        assert_eq!((events.len(), dropped), (2, 0));
    }
}
