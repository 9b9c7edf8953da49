//! Logs of one machine whose numbers overlap with other content: the log was cleared with its
//! numbers, Windows was set up again, or two machines have one name. They stay one machine, with a
//! note (RULES.md 2).

use std::collections::BTreeMap;

use super::reading::Reading;
use crate::eventlog::{Note, NoteKind};
use crate::input::LogName;

/// A record of a machine, as it stands in a log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// Machine and channel.
    group: (usize, u32),
    record_id: u64,
    content: (i64, u32, u16),
    reading: usize,
}

/// What a log has of one machine's channel.
#[derive(Clone, Copy)]
struct Range {
    first: u64,
    last: u64,
    reading: usize,
}

/// A note for each log that has numbers in common with another one but not the records.
///
/// `machine` tells the number of a record's machine by the reading's and the origin's number,
/// `set` the number of the set of logs that a reading is read with.
pub(super) fn notes(
    readings: &[Reading<'_>],
    machine: impl Fn(usize, u32) -> Option<usize>,
    set: impl Fn(usize) -> Option<usize>,
) -> Vec<Note> {
    let mut ranges: BTreeMap<(usize, u32), Vec<Range>> = BTreeMap::new();
    for (number, reading) in readings.iter().enumerate() {
        for ((machine, channel), (first, last)) in ranges_of(reading, |at| machine(number, at)) {
            ranges.entry((machine, channel)).or_default().push(Range {
                first,
                last,
                reading: number,
            });
        }
    }
    ranges.retain(|_, ranges| overlap(ranges, &set));
    if ranges.is_empty() {
        return Vec::new();
    }
    let mut entries: Vec<Entry> = Vec::new();
    for (number, reading) in readings.iter().enumerate() {
        let groups: Vec<Option<(usize, u32)>> = (0..)
            .zip(&reading.sources)
            .map(|(at, source)| {
                let group = (machine(number, at)?, source.channel);
                ranges.contains_key(&group).then_some(group)
            })
            .collect();
        if groups.iter().all(Option::is_none) {
            continue;
        }
        for seen in &reading.view.records {
            let place = usize::try_from(seen.origin).unwrap_or(usize::MAX);
            let (Some(Some(group)), Some(content)) = (groups.get(place), reading.content(seen))
            else {
                continue;
            };
            entries.push(Entry {
                group: *group,
                record_id: content.record_id,
                content: (content.seconds, content.provider, content.event_id),
                reading: number,
            });
        }
    }
    entries.sort_unstable();
    entries.dedup();
    let mut others: BTreeMap<usize, usize> = BTreeMap::new();
    for same_number in entries.chunk_by(|a, b| (a.group, a.record_id) == (b.group, b.record_id)) {
        tell_apart(same_number, &mut others);
    }
    let name =
        |reading: usize| -> Option<&LogName> { readings.get(reading)?.logs.first().copied() };
    let note = |(reading, other): (usize, usize)| {
        Some(Note {
            log: name(reading)?.clone(),
            chunk: None,
            kind: NoteKind::NumbersReused {
                other: name(other)?.clone(),
            },
        })
    };
    others.into_iter().filter_map(note).collect()
}

/// The least and the greatest number of each machine and channel of a log.
fn ranges_of(
    reading: &Reading<'_>,
    machine: impl Fn(u32) -> Option<usize>,
) -> BTreeMap<(usize, u32), (u64, u64)> {
    let mut of_source: Vec<Option<(u64, u64)>> = vec![None; reading.sources.len()];
    for seen in &reading.view.records {
        let place = usize::try_from(seen.origin).unwrap_or(usize::MAX);
        if let Some(range) = of_source.get_mut(place) {
            let id = seen.record_id.0;
            *range = Some(range.map_or((id, id), |(first, last)| (first.min(id), last.max(id))));
        }
    }
    let mut ranges: BTreeMap<(usize, u32), (u64, u64)> = BTreeMap::new();
    for ((at, source), range) in (0..).zip(&reading.sources).zip(of_source) {
        let (Some(machine), Some((first, last))) = (machine(at), range) else {
            continue;
        };
        let range = ranges
            .entry((machine, source.channel))
            .or_insert((first, last));
        *range = (range.0.min(first), range.1.max(last));
    }
    ranges
}

/// Whether any two logs overlap that are not read as one anyway.
fn overlap(ranges: &mut [Range], set: impl Fn(usize) -> Option<usize>) -> bool {
    ranges.sort_unstable_by_key(|range| (range.first, range.reading));
    let mut reaches_to: Option<Range> = None;
    for range in ranges {
        if let Some(before) = reaches_to
            && range.first <= before.last
            && set(range.reading) != set(before.reading)
        {
            return true;
        }
        if reaches_to.is_none_or(|before| range.last > before.last) {
            reaches_to = Some(*range);
        }
    }
    false
}

/// Of records under one number: which logs have another one there, by the least such log.
fn tell_apart(same_number: &[Entry], others: &mut BTreeMap<usize, usize>) {
    let mut is_one = true;
    if let Some(first) = same_number.first() {
        is_one = same_number
            .iter()
            .all(|entry| entry.content == first.content);
    }
    if is_one {
        return;
    }
    // A collector's log may have both; it is no contradiction to either.
    let mut of_reading: BTreeMap<usize, Option<(i64, u32, u16)>> = BTreeMap::new();
    for entry in same_number {
        of_reading
            .entry(entry.reading)
            .and_modify(|content| *content = None)
            .or_insert(Some(entry.content));
    }
    let single: Vec<(usize, (i64, u32, u16))> = of_reading
        .into_iter()
        .filter_map(|(reading, content)| Some((reading, content?)))
        .collect();
    let Some((first, of_first)) = single.first().copied() else {
        return;
    };
    let Some((second, _)) = single.iter().find(|(_, content)| *content != of_first) else {
        return;
    };
    for (reading, content) in &single {
        let other = if *content == of_first { *second } else { first };
        let least = others.entry(*reading).or_insert(other);
        *least = (*least).min(other);
    }
}
