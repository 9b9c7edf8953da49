//! One log's records in numbers that hold between logs, and logs that hold just the same.
//!
//! A copy of a log under another name is read once here, whatever kind of log it is, so that giving
//! a log twice changes nothing. Of copies made at several times the one that reaches farthest counts. What a reading means is decided elsewhere.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::names::{NameId, Names, SpellingId};
use super::view::{LogView, Seen};
use crate::input::LogName;

/// What tells a record from all others, and is the same wherever it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Content {
    pub(super) record_id: u64,
    pub(super) seconds: i64,
    pub(super) channel: u32,
    pub(super) provider: u32,
    pub(super) event_id: u16,
    pub(super) name: NameId,
}

/// An origin in numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    pub(super) spelling: SpellingId,
    pub(super) name: NameId,
    pub(super) channel: u32,
    provider: u32,
}

/// One log, or several that hold just the same.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// By name.
    pub(super) logs: Vec<&'a LogName>,
    pub(super) view: &'a LogView<'a>,
    pub(super) sources: Vec<Source>,
    /// How far it reaches, where it can be an archive of another log.
    pub(super) span: Option<Span>,
}

/// The sender's numbers that a log reaches over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) channel: u32,
    pub(super) first: i128,
    pub(super) last: i128,
}

impl Reading<'_> {
    pub(super) fn source(&self, seen: &Seen) -> Option<&Source> {
        self.sources.get(usize::try_from(seen.origin).ok()?)
    }

    pub(super) fn content(&self, seen: &Seen) -> Option<Content> {
        let source = self.source(seen)?;
        Some(Content {
            record_id: seen.record_id.0,
            seconds: seen.seconds,
            channel: source.channel,
            provider: source.provider,
            event_id: seen.event_id,
            name: source.name,
        })
    }

    /// Its records, by their place in the file.
    pub(super) fn contents(&self) -> impl DoubleEndedIterator<Item = Content> {
        self.view
            .records
            .iter()
            .filter_map(|seen| self.content(seen))
    }
}

/// EventRecordID minus header number.
pub(super) fn offset(seen: &Seen) -> i128 {
    i128::from(seen.record_id.0) - i128::from(seen.file_record_id.0)
}

/// Reads all logs, by name; those that hold the same are read once.
pub(super) fn read<'a>(logs: &'a [LogView<'a>], names: &Names) -> Vec<Reading<'a>> {
    let channels = numbers(logs, |origin| origin.channel);
    let providers = numbers(logs, |origin| origin.provider);
    let mut views: Vec<&LogView<'_>> = logs.iter().collect();
    views.sort_by_key(|view| view.name);
    let mut readings: Vec<Reading<'_>> = Vec::new();
    let mut alike: HashMap<_, Vec<usize>> = HashMap::new();
    for view in views {
        let sources = view.origins.iter().filter_map(|origin| {
            let (spelling, name) = names.spelling(origin.computer)?;
            Some(Source {
                spelling,
                name,
                channel: *channels.get(&**origin.channel)?,
                provider: *providers.get(&**origin.provider)?,
            })
        });
        let mut reading = Reading {
            logs: vec![view.name],
            view,
            sources: sources.collect(),
            span: None,
        };
        reading.span = span(&reading);
        let ends = (reading.contents().next(), reading.contents().next_back());
        let alike = alike.entry((view.records.len(), ends)).or_default();
        let copy = alike.iter().copied().find(|at| {
            readings
                .get(*at)
                .is_some_and(|other| hold_the_same(other, &reading))
        });
        match copy.and_then(|at| readings.get_mut(at)) {
            Some(other) => {
                other.logs.push(view.name);
                if let (Some(span), Some(of_copy)) = (&mut other.span, reading.span) {
                    span.first = span.first.min(of_copy.first);
                    span.last = span.last.max(of_copy.last);
                }
            }
            None => {
                alike.push(readings.len());
                readings.push(reading);
            }
        }
    }
    readings
}

/// Numbers for texts in bytewise order, the same whatever their case.
fn numbers<'a>(
    logs: &'a [LogView<'a>],
    text: impl Fn(&super::view::Origin<'a>) -> &'a Arc<str>,
) -> HashMap<&'a str, u32> {
    let spelled: BTreeSet<&str> = logs
        .iter()
        .flat_map(|log| &log.origins)
        .map(|origin| &**text(origin))
        .collect();
    let lower: BTreeSet<String> = spelled.iter().map(|text| text.to_lowercase()).collect();
    let numbers: HashMap<&str, u32> = lower.iter().map(String::as_str).zip(0..).collect();
    spelled
        .into_iter()
        .filter_map(|text| Some((text, *numbers.get(text.to_lowercase().as_str())?)))
        .collect()
}

fn hold_the_same(a: &Reading<'_>, b: &Reading<'_>) -> bool {
    let place = |seen: &Seen| seen.file_record_id;
    a.view.has_rendering_info == b.view.has_rendering_info
        && a.view.may_lack_records == b.view.may_lack_records
        && a.view.records.len() == b.view.records.len()
        && a.view.records.iter().zip(&b.view.records).all(|(x, y)| {
            // A name that is spelled otherwise must be known as it is spelled there.
            let spelling = |of: &Reading<'_>, seen| of.source(seen).map(|s| s.spelling);
            place(x) == place(y) && a.content(x) == b.content(y) && spelling(a, x) == spelling(b, y)
        })
}

/// A log can be an archive where no collector made it: one channel, one value of EventRecordID
/// minus header number, no RenderingInfo.
fn span(reading: &Reading<'_>) -> Option<Span> {
    let view = reading.view;
    let (first, last) = (view.records.first()?, view.records.last()?);
    let offset_of_all = offset(first);
    let channel = reading.source(first)?.channel;
    let is_one = !view.has_rendering_info
        && view.records.iter().all(|seen| {
            offset(seen) == offset_of_all
                && reading
                    .source(seen)
                    .is_some_and(|source| source.channel == channel)
        });
    if !is_one {
        return None;
    }
    let (mut least, mut greatest) = (first.file_record_id.0, last.file_record_id.0);
    if let Some((first, last)) = view.ids {
        least = least.min(first.0);
        greatest = greatest.max(last.0);
    }
    Some(Span {
        channel,
        first: i128::from(least) + offset_of_all,
        last: i128::from(greatest) + offset_of_all,
    })
}
