//! Which logs are archives of one log: overlapping exports, and an archive with the log that goes
//! on after it (RULES.md 2).
//!
//! Positive evidence only: either two logs share records and neither lacks what the other has
//! where both reach, or one begins where the other ends, under one name. Any conflict in such a
//! set, and none of it is joined.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use super::names::{NameId, Names};
use super::reading::{Content, Reading, Span};
use super::view::Seen;

/// All readings, those that are read as one together. By their least reading.
pub(super) fn sets(readings: &[Reading<'_>], names: &Names) -> Vec<Vec<usize>> {
    let mut links = Links::new(readings.len());
    link_shared_records(readings, &mut links);
    link_neighbors(readings, names, &mut links);
    let mut sets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..readings.len() {
        sets.entry(links.root(at)).or_default().push(at);
    }
    let mut units: Vec<Vec<usize>> = Vec::new();
    for (_, set) in sets {
        if set.len() == 1 || is_sound(readings, &set) {
            units.push(set);
        } else {
            units.extend(set.into_iter().map(|at| vec![at]));
        }
    }
    units.sort_unstable();
    units
}

/// Which readings belong together, so far.
struct Links {
    parents: Vec<usize>,
}

impl Links {
    fn new(len: usize) -> Self {
        Self {
            parents: (0..len).collect(),
        }
    }

    fn root(&mut self, of: usize) -> usize {
        let mut at = of;
        while let Some(parent) = self.parents.get(at).copied()
            && parent != at
        {
            // Halves the way for whoever comes next.
            let above = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(entry) = self.parents.get_mut(at) {
                *entry = above;
            }
            at = above;
        }
        at
    }

    fn are_linked(&mut self, a: usize, b: usize) -> bool {
        self.root(a) == self.root(b)
    }

    fn link(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(entry) = self.parents.get_mut(a.max(b)) {
            *entry = a.min(b);
        }
    }
}

/// Links logs that overlap and hold the same records wherever both reach.
fn link_shared_records(readings: &[Reading<'_>], links: &mut Links) {
    // Of two such logs the one that ends first has its last record in the other. (Its first one
    // would be in the logs of all machines of its image.)
    let mut ends: HashMap<Content, Vec<usize>, RandomState> = HashMap::default();
    for (at, reading) in readings.iter().enumerate() {
        let last = reading.contents().next_back();
        if let (Some(_), Some(last)) = (reading.span, last) {
            ends.entry(last).or_default().push(at);
        }
    }
    for (at, reading) in readings.iter().enumerate() {
        if reading.span.is_none() {
            continue;
        }
        for content in reading.contents() {
            for other in ends.get(&content).into_iter().flatten() {
                if *other != at
                    && !links.are_linked(at, *other)
                    && readings
                        .get(*other)
                        .is_some_and(|other| agree(reading, other))
                {
                    links.link(at, *other);
                }
            }
        }
    }
}

/// Whether two logs share records, and each has what the other has where both reach.
fn agree(a: &Reading<'_>, b: &Reading<'_>) -> bool {
    let (Some(of_a), Some(of_b)) = (a.span, b.span) else {
        return false;
    };
    let both = Span {
        channel: of_a.channel,
        first: of_a.first.max(of_b.first),
        last: of_a.last.min(of_b.last),
    };
    let (of_a, of_b) = (within(a, both), within(b, both));
    if !a.view.may_lack_records && !b.view.may_lack_records && of_a.len() != of_b.len() {
        return false;
    }
    let mut in_a = of_a.iter().peekable();
    let mut in_b = of_b.iter().peekable();
    let mut shared = 0_usize;
    loop {
        match (in_a.peek(), in_b.peek()) {
            (None, None) => return shared > 0,
            (Some(x), Some(y)) if x.record_id == y.record_id => {
                if a.content(x) != b.content(y) {
                    return false;
                }
                shared += 1;
                in_a.next();
                in_b.next();
            }
            (Some(x), y) if y.is_none_or(|y| x.record_id < y.record_id) => {
                if !b.view.may_lack_records {
                    return false;
                }
                in_a.next();
            }
            _ => {
                if !a.view.may_lack_records {
                    return false;
                }
                in_b.next();
            }
        }
    }
}

/// The records of a reading that lie within a span.
fn within<'a>(reading: &'a Reading<'_>, span: Span) -> &'a [Seen] {
    let records = &reading.view.records;
    let from = records.partition_point(|seen| i128::from(seen.record_id.0) < span.first);
    let to = records.partition_point(|seen| i128::from(seen.record_id.0) <= span.last);
    records.get(from..to).unwrap_or(&[])
}

/// Links a log with the one that begins right after its end, or before it where neither holds a
/// record in between, under one name that is no setup name.
fn link_neighbors(readings: &[Reading<'_>], names: &Names, links: &mut Links) {
    // By channel and what all forms of a name have in common.
    let key = |channel: u32, name: NameId| {
        let label = names.lower(name).split('.').next().unwrap_or_default();
        (channel, label.chars().take(15).collect::<String>())
    };
    let is_name = |name: &NameId| !names.is_setup(*name);
    let mut enders: HashMap<(u32, String), Vec<Ender>> = HashMap::new();
    for (at, reading) in readings.iter().enumerate() {
        let last = reading.contents().next_back().map(|content| content.name);
        if let (Some(span), Some(last)) = (reading.span, last.filter(is_name)) {
            enders
                .entry(key(span.channel, last))
                .or_default()
                .push(Ender { at, span, last });
        }
    }
    for (at, reading) in readings.iter().enumerate() {
        let first = reading.contents().next().map(|content| content.name);
        let (Some(span), Some(first)) = (reading.span, first.filter(is_name)) else {
            continue;
        };
        for ender in enders.get(&key(span.channel, first)).into_iter().flatten() {
            let goes_on = ender.span.first <= span.first
                && span.first <= ender.span.last + 1
                && ender.span.last <= span.last;
            if goes_on
                && ender.at != at
                && names.are_forms(ender.last, first)
                && !links.are_linked(ender.at, at)
                && readings
                    .get(ender.at)
                    .is_some_and(|before| hold_nothing_where_both_reach(before, reading))
            {
                links.link(ender.at, at);
            }
        }
    }
}

/// A log by its end.
struct Ender {
    at: usize,
    span: Span,
    last: NameId,
}

fn hold_nothing_where_both_reach(before: &Reading<'_>, after: &Reading<'_>) -> bool {
    let (Some(of_before), Some(of_after)) = (before.span, after.span) else {
        return false;
    };
    let both = Span {
        channel: of_before.channel,
        first: of_after.first,
        last: of_before.last,
    };
    within(before, both).is_empty() && within(after, both).is_empty()
}

/// Whether no two of a set conflict: each holds just what the whole set holds where it reaches.
fn is_sound(readings: &[Reading<'_>], set: &[usize]) -> bool {
    let readings = || set.iter().filter_map(|at| readings.get(*at));
    let mut all: Vec<Content> = readings().flat_map(Reading::contents).collect();
    all.sort_unstable();
    all.dedup();
    let is_contested = all
        .iter()
        .zip(all.iter().skip(1))
        .any(|(a, b)| a.record_id == b.record_id);
    !is_contested
        && readings().all(|reading| {
            let Some(span) = reading.span else {
                return false;
            };
            let from = all.partition_point(|content| i128::from(content.record_id) < span.first);
            let to = all.partition_point(|content| i128::from(content.record_id) <= span.last);
            let mut own: Vec<u64> = reading
                .contents()
                .map(|content| content.record_id)
                .collect();
            own.dedup();
            reading.view.may_lack_records || to - from == own.len()
        })
}
