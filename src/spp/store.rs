//! The kept events of many logs together, and those of one machine among them in their order.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use foldhash::fast::RandomState;

use super::SppEvent;
use super::kept::{Content, KeptEvent, KeptEvents, Origin};
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

    /// All of them in their order, at once: those that say the same are read once.
    pub fn read(&self) -> Vec<SppEvent> {
        let mut read: Vec<SppEvent> = Vec::with_capacity(self.places.len());
        let mut known: HashMap<(u32, Content), usize, RandomState> = HashMap::default();
        for place in &self.places {
            let Some((log, events)) = self.store.part(place.part) else {
                continue;
            };
            let Some((at, (kept, origin))) = usize::try_from(place.event)
                .ok()
                .and_then(|at| Some((at, events.kept(at)?)))
            else {
                continue;
            };
            let same = known.entry((place.part, kept.content(origin)));
            let event = match &same {
                Entry::Occupied(same) => read.get(*same.get()).and_then(|e| events.like(at, e)),
                Entry::Vacant(_) => events.get(at, log),
            };
            let Some(event) = event else { continue };
            same.or_insert(read.len());
            read.push(event);
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
