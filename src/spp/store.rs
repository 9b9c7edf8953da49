//! The kept events of many logs together, and those of one machine among them in their order.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use foldhash::fast::RandomState;

use super::kept::{Content, KeptEvent, KeptEvents, Origin};
use super::{SppEvent, Told};
use crate::input::LogName;

/// Changes what is taken out of a store, such as names that are not to be told.
pub trait Lens: Send + Sync {
    /// The name that a log is told by.
    fn log(&self, log: &LogName) -> LogName;

    /// Changes an event, but for the name of its log.
    fn event(&self, event: &mut SppEvent);
}

/// A lens that stores share.
#[derive(Clone)]
struct SharedLens(Arc<dyn Lens>);

impl std::fmt::Debug for SharedLens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lens")
    }
}

/// The kept events of many logs, each log in one part or in several.
#[derive(Clone, Debug, Default)]
pub struct EventStore {
    parts: Vec<(LogName, Arc<KeptEvents>)>,
    lens: Option<SharedLens>,
}

/// An event's place in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventPlace {
    /// The part, in the order in which parts were added.
    pub part: u32,
    /// The event's place in it.
    pub event: u32,
}

impl EventStore {
    /// Adds events of a log; the number of the part that they are.
    pub fn add(&mut self, log: LogName, events: KeptEvents) -> u32 {
        self.parts.push((log, Arc::new(events)));
        u32::try_from(self.parts.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// The same events, each changed by a lens when it is asked for; places stay.
    pub fn seen_through(&self, lens: Arc<dyn Lens>) -> Self {
        let part = |(log, events): &(LogName, Arc<KeptEvents>)| (lens.log(log), Arc::clone(events));
        Self {
            parts: self.parts.iter().map(part).collect(),
            lens: Some(SharedLens(lens)),
        }
    }

    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The events of a part, and their log.
    pub fn part(&self, number: u32) -> Option<(&LogName, &KeptEvents)> {
        let (log, events) = self.parts.get(usize::try_from(number).ok()?)?;
        Some((log, events))
    }

    /// What is kept of an event, with its origin and its log.
    pub fn kept(&self, place: EventPlace) -> Option<(&KeptEvent, &Origin, &LogName)> {
        let (log, events) = self.part(place.part)?;
        let (kept, origin) = events.kept(usize::try_from(place.event).ok()?)?;
        Some((kept, origin, log))
    }

    /// The event at a place.
    pub fn event(&self, place: EventPlace) -> Option<SppEvent> {
        let (log, events) = self.part(place.part)?;
        let mut event = events.get(usize::try_from(place.event).ok()?, log)?;
        if let Some(SharedLens(lens)) = &self.lens {
            lens.event(&mut event);
        }
        Some(event)
    }
}

/// The events of one machine in their order, read again whenever one is asked for.
#[derive(Clone, Debug, Default)]
pub struct MachineEvents {
    store: Arc<EventStore>,
    places: Vec<EventPlace>,
}

impl MachineEvents {
    /// Of these places in a store.
    pub fn new(store: Arc<EventStore>, mut places: Vec<EventPlace>) -> Self {
        places.shrink_to_fit();
        Self { store, places }
    }

    /// The store that they lie in.
    pub fn store(&self) -> &Arc<EventStore> {
        &self.store
    }

    /// The same places in another store, such as one that is seen through a lens.
    pub fn of_store(&self, store: &Arc<EventStore>) -> Self {
        Self {
            store: Arc::clone(store),
            places: self.places.clone(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// An event with everything that it tells.
    pub fn get(&self, at: usize) -> Option<SppEvent> {
        self.store.event(*self.places.get(at)?)
    }

    /// What is kept of an event, with its origin and its log: no more work than looking it up.
    pub fn kept(&self, at: usize) -> Option<(&KeptEvent, &Origin, &LogName)> {
        self.store.kept(*self.places.get(at)?)
    }

    /// An event's time.
    pub fn time(&self, at: usize) -> Option<DateTime<Utc>> {
        self.kept(at).map(|(kept, ..)| kept.time)
    }

    /// All of them in their order, at once, without their strings: those that say the same are read
    /// once.
    pub fn read(&self) -> Vec<SppEvent> {
        let mut read: Vec<SppEvent> = Vec::with_capacity(self.places.len());
        let mut strings = Vec::new();
        let mut known: HashMap<(u32, Content), usize, RandomState> = HashMap::default();
        for place in &self.places {
            let next = read.len();
            let mut told_there = || {
                let (log, events) = self.store.part(place.part)?;
                let at = usize::try_from(place.event).ok()?;
                let (kept, origin) = events.kept(at)?;
                let told = match known.entry((place.part, kept.content(origin))) {
                    Entry::Occupied(same) => Told::of(read.get(*same.get())?),
                    Entry::Vacant(new) => {
                        new.insert(next);
                        events.told(at, &mut strings)?
                    }
                };
                events.by(at, log, told)
            };
            let event = told_there();
            read.extend(event);
        }
        if let Some(SharedLens(lens)) = &self.store.lens {
            read.iter_mut().for_each(|event| lens.event(event));
        }
        read
    }

    /// All of them in their order.
    pub fn iter(&self) -> impl Iterator<Item = SppEvent> {
        self.places
            .iter()
            .filter_map(|place| self.store.event(*place))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::eventlog::{ChunkIndex, Event, RecordId, Strings};

    const REQUEST: &str = "0x8007232B, 0x00000000, kms.contoso.com:1688, 4de7cb65-cdf1-4de9-8ae8-e3cce27b9f2c, 2026/03/02 08:00, 0, 1, 43200, ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 25";

    /// Changes what every event says.
    struct Longer;

    impl Lens for Longer {
        fn log(&self, _: &LogName) -> LogName {
            LogName::new("z")
        }

        fn event(&self, event: &mut SppEvent) {
            event.level = event.level.map(|level| level.wrapping_add(1));
        }
    }

    proptest! {
        #[test]
        fn events_read_at_once_are_those_read_one_by_one(
            events in prop::collection::vec((0..4_usize, 0..4_usize, 0..3_usize, 0..3_usize, any::<bool>()), 0..60),
            parts in 1..4_usize,
            is_lensed: bool,
        ) {
            // The same strings under several ids, qualifiers and providers: what they say differs.
            let lists: Vec<Strings> = [&["hr=0xC004F074", "x"][..], &[REQUEST], &["0xC004F035", "12"], &[]]
                .iter()
                .map(|list| list.iter().map(|text| (*text).to_owned()).collect())
                .collect();
            let providers = ["Microsoft-Windows-Security-SPP", "Microsoft-Windows-Security-Licensing-SLC", "Office Software Protection Platform Service"];
            let mut store = EventStore::default();
            let mut places = Vec::new();
            let mut kept: Vec<KeptEvents> = vec![KeptEvents::default(); parts];
            for (number, (list, id, provider, qualifiers, is_own)) in (0_u32..).zip(events) {
                let part = (number as usize).checked_rem(parts).unwrap();
                places.push(EventPlace { part: u32::try_from(part).unwrap(), event: u32::try_from(kept[part].len()).unwrap() });
                kept[part].keep(Event {
                    log: LogName::new("a"),
                    chunk: ChunkIndex(number),
                    record_id: RecordId(u64::from(number)),
                    file_record_id: RecordId(7),
                    time: DateTime::from_timestamp(i64::from(number), 0).unwrap(),
                    computer: format!("PC{}", number % 2).into(),
                    channel: "Application".into(),
                    provider: providers[provider].into(),
                    event_id: [8198, 12288, 8196, 1003][id],
                    qualifiers: [None, Some(0x4000), Some(0xC000)][qualifiers],
                    level: Some(u8::from(is_own)),
                    has_rendering_info: is_own,
                    data: if is_own { lists[list].to_vec().into() } else { lists[list].clone() },
                    data_names: Vec::new(),
                });
            }
            for (number, events) in (0..).zip(kept) {
                store.add(LogName::new(format!("{number}")), events);
            }
            if is_lensed {
                store = store.seen_through(Arc::new(Longer));
            }
            let events = MachineEvents::new(Arc::new(store), places);
            let without_strings = |event| SppEvent { data: Vec::new(), ..event };
            let one_by_one: Vec<SppEvent> = events.iter().map(without_strings).collect();
            prop_assert_eq!(events.read(), one_by_one);
        }
    }
}
