//! Records beside activation events: which are the same, and whose they are.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::selection::Selection;
use super::summary::LogSummary;
use crate::diagnosis::{Aside, Machine, Window};
use crate::eventlog::RecordId;
use crate::input::LogName;
use crate::spp::SppEvent;

/// What makes two records one (RULES.md 1); names in lower case.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    second: i64,
    computer: String,
    channel: String,
    provider: String,
    record_id: RecordId,
    event_id: u16,
}

/// All records beside activation events, each once, by time. Of copies the one with the least log name
/// and chunk is taken.
pub(super) fn collect<'a>(
    logs: impl Iterator<Item = (&'a LogName, &'a LogSummary)>,
) -> Vec<SppEvent> {
    let mut found: BTreeMap<Identity, SppEvent> = BTreeMap::new();
    for (name, log) in logs {
        for event in log.asides() {
            let mut event = event.clone();
            event.log = name.clone();
            let identity = Identity {
                second: event.time.timestamp(),
                computer: event.computer.to_lowercase(),
                channel: event.channel.to_lowercase(),
                provider: event.provider.to_lowercase(),
                record_id: event.record_id,
                event_id: event.event_id,
            };
            match found.entry(identity) {
                Entry::Vacant(entry) => {
                    entry.insert(event);
                }
                Entry::Occupied(mut entry) => {
                    let place = |event: &SppEvent| (event.log.clone(), event.chunk);
                    let time = event.time.min(entry.get().time);
                    if place(&event) < place(entry.get()) {
                        entry.insert(event);
                    }
                    entry.get_mut().time = time;
                }
            }
        }
    }
    found.into_values().collect()
}

/// Those of the selected machines and time. A record belongs to the one machine that has its computer's
/// name, or that the bare name can mean; a name that several have, or none, belongs to none.
pub(super) fn selected(
    events: Vec<SppEvent>,
    machines: &[Machine],
    selection: &Selection,
    window: &Window,
) -> Vec<Aside> {
    type Owners = BTreeMap<String, Option<usize>>;
    fn put(owners: &mut Owners, name: &str, number: usize) {
        let owner = owners.entry(name.to_lowercase()).or_insert(Some(number));
        if *owner != Some(number) {
            *owner = None;
        }
    }
    let (mut whole, mut labels) = (Owners::new(), Owners::new());
    for (number, machine) in machines.iter().enumerate() {
        for name in std::iter::once(&machine.computer).chain(&machine.aliases) {
            put(&mut whole, name, number);
            put(
                &mut labels,
                name.split('.').next().unwrap_or_default(),
                number,
            );
        }
    }
    let owner = |computer: &str| {
        let name = computer.to_lowercase();
        let owner = whole.get(&name).or_else(|| labels.get(&name));
        owner.copied().flatten()
    };
    let asides = events.into_iter().filter_map(|event| {
        let machine = owner(&event.computer);
        let is_selected = machine.is_some() || selection.has_computer([&*event.computer]);
        (is_selected && window.contains(event.time)).then_some(Aside { machine, event })
    });
    let mut asides: Vec<Aside> = asides.collect();
    asides.sort_by(|a, b| {
        let key = |aside: &Aside| (aside.event.time, aside.event.record_id);
        key(a).cmp(&key(b))
    });
    asides
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::DateTime;

    use super::*;
    use crate::eventlog::{ChunkIndex, Event, LogCounts};
    use crate::spp::KeptEvents;

    fn log(records: &[(u64, i64, &str)]) -> LogSummary {
        let mut events = KeptEvents::default();
        for (record_id, second, computer) in records {
            events.keep(Event {
                log: LogName::new("x"),
                chunk: ChunkIndex(0),
                record_id: RecordId(*record_id),
                file_record_id: RecordId(*record_id),
                time: DateTime::from_timestamp(*second, 500).unwrap(),
                computer: Arc::from(*computer),
                channel: "Microsoft-Client-Licensing-Platform/Admin".into(),
                provider: "Microsoft-Client-Licensing-Platform".into(),
                event_id: 110,
                qualifiers: None,
                level: Some(2),
                has_rendering_info: false,
                data: vec!["1".to_owned(), "3225380353".to_owned()].into(),
                data_names: vec!["Type".to_owned(), "HRESULT".to_owned()],
            });
        }
        LogSummary::new(LogCounts::default(), vec![events])
    }

    #[test]
    fn a_record_in_two_logs_is_one_and_the_least_log_is_named() {
        let (a, b) = (LogName::new("a.evtx"), LogName::new("b.evtx"));
        let one = log(&[(1, 100, "PC1"), (2, 90, "PC1")]);
        let two = log(&[(1, 100, "pc1"), (1, 100, "PC2"), (3, 95, "PC1")]);
        let found = collect([(&b, &one), (&a, &two)].into_iter());
        let told: Vec<_> = found
            .iter()
            .map(|event| (event.record_id.0, &*event.computer, event.log.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (2, "PC1", "b.evtx"),
                (3, "PC1", "a.evtx"),
                (1, "pc1", "a.evtx"),
                (1, "PC2", "a.evtx"),
            ]
        );
        let other_way = collect([(&a, &two), (&b, &one)].into_iter());
        assert_eq!(found, other_way);
    }
}
