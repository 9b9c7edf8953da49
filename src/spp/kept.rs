//! Activation events as they are kept between reading and concluding: small, and given back whole.
//!
//! A fleet has millions of them, so of each only its place, time and origin stand here, with its
//! strings packed; what it tells is read again when it is asked for. Events that diagnosis reads
//! nothing from are kept without strings, to be counted once each.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use foldhash::fast::RandomState;

use super::pack::{Texts, pack, put_number, take_number, unpack_into};
use super::{Activity, Family, SppEvent, Told, license, online, parse, table};
use crate::eventlog::{ChunkIndex, Event, RecordId, Strings};
use crate::input::LogName;

/// Characters of a string that are shown as evidence.
const SHOWN_CHARS: usize = 300;
/// Bytes of a string that are kept; no honest one is longer once its list is cut down.
const KEPT_BYTES: usize = 16 * 1024;
/// Strings that are kept of a record beside activation events.
const ASIDE_STRINGS: usize = 16;

/// Activation events of one log, or of a part of it, as they stand there; and what stands beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptEvents {
    kept: Vec<KeptEvent>,
    strings: Vec<u8>,
    texts: Texts,
    /// Where strings begin that may be met again, by event id and their place, as long as events are
    /// kept; they are held, so that no others come to lie there.
    shared: HashMap<(u16, usize), (Strings, u32), RandomState>,
    origins: Vec<Origin>,
    asides: Vec<SppEvent>,
    digital: BTreeMap<(Arc<str>, u16), u64>,
}

/// What is kept of an event beside its strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptEvent {
    /// System/EventRecordID.
    pub record_id: RecordId,
    /// The record header's number.
    pub file_record_id: RecordId,
    /// System/TimeCreated.
    pub time: DateTime<Utc>,
    /// The chunk that it stands in.
    pub chunk: ChunkIndex,
    /// Where its strings begin; [`NO_STRINGS`] where they are not kept.
    strings: u32,
    origin: u32,
    /// The event id.
    pub event_id: u16,
    qualifiers: u16,
    level: u8,
    flags: u8,
}

/// What an event is read from, beside its place, time and origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Content {
    strings: u32,
    event_id: u16,
    qualifiers: Option<u16>,
    family: Family,
}

const NO_STRINGS: u32 = u32::MAX;
const HAS_QUALIFIERS: u8 = 1;
const HAS_LEVEL: u8 = 2;
const HAS_RENDERING_INFO: u8 = 4;

/// Where events come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// System/Computer as logged.
    pub computer: Arc<str>,
    /// System/Channel as logged.
    pub channel: Arc<str>,
    /// The provider as logged.
    pub provider: Arc<str>,
    family: Family,
}

impl Origin {
    /// Which generation of the service wrote it.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Whether it is a licensing provider's, so that events of it are kept.
    pub fn is_of_activation(&self) -> bool {
        self.family != Family::Foreign
    }
}

impl KeptEvent {
    /// Whether diagnosis reads it; else it is only counted.
    pub fn is_read(&self) -> bool {
        self.strings != NO_STRINGS
    }

    /// What makes it say what it says, among those of its list: two that have the same say the same.
    pub(super) fn content(&self, origin: &Origin) -> Content {
        Content {
            strings: self.strings,
            event_id: self.event_id,
            qualifiers: self.qualifiers(),
            family: origin.family,
        }
    }

    fn qualifiers(&self) -> Option<u16> {
        (self.flags & HAS_QUALIFIERS != 0).then_some(self.qualifiers)
    }

    /// The place of its origin among those of its list.
    pub fn origin(&self) -> u32 {
        self.origin
    }

    /// The record's level.
    pub fn level(&self) -> Option<u8> {
        (self.flags & HAS_LEVEL != 0).then_some(self.level)
    }
}

/// Names of one log are shared, so that nearly always the address tells.
fn same(a: &Arc<str>, b: &Arc<str>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

impl KeptEvents {
    /// Keeps an event, as far as diagnosis and evidence need it. What is no activation event - a record
    /// of a foreign provider in the Key Management Service channel, or of the service behind digital
    /// licenses - is kept aside.
    pub fn keep(&mut self, event: Event) {
        let Some(origin) = self.origin(&event) else {
            self.keep_aside(event);
            return;
        };
        let Some(family) = self.origins.get(origin).map(|origin| origin.family) else {
            return;
        };
        let mut flags = 0;
        if event.qualifiers.is_some() {
            flags |= HAS_QUALIFIERS;
        }
        if event.level.is_some() {
            flags |= HAS_LEVEL;
        }
        if event.has_rendering_info {
            flags |= HAS_RENDERING_INFO;
        }
        let strings = if is_read(&event, family) {
            self.keep_strings(event.event_id, &event.data)
        } else {
            NO_STRINGS
        };
        self.kept.push(KeptEvent {
            record_id: event.record_id,
            file_record_id: event.file_record_id,
            time: event.time,
            chunk: event.chunk,
            strings,
            origin: u32::try_from(origin).unwrap_or(u32::MAX),
            event_id: event.event_id,
            qualifiers: event.qualifiers.unwrap_or_default(),
            level: event.level.unwrap_or_default(),
            flags,
        });
    }

    fn keep_aside(&mut self, mut event: Event) {
        if super::family(&event.provider) == Family::DigitalLicense {
            let key = (Arc::clone(&event.computer), event.event_id);
            let count = self.digital.entry(key).or_default();
            *count = count.saturating_add(1);
        }
        if event.data.len() > ASIDE_STRINGS {
            let mut data = std::mem::take(&mut event.data).into_vec();
            data.truncate(ASIDE_STRINGS);
            event.data = data.into();
        }
        let mut event = parse(event);
        if !event.is_told_aside() {
            return;
        }
        show(&mut event);
        self.asides.push(event);
    }

    /// Where an event comes from; nothing where that is no licensing provider.
    fn origin(&mut self, event: &Event) -> Option<usize> {
        // The newest origins are the likeliest: a log's events come in runs.
        let is_of = |origin: &Origin| {
            same(&origin.computer, &event.computer)
                && same(&origin.channel, &event.channel)
                && same(&origin.provider, &event.provider)
        };
        let known = self.origins.iter().rposition(is_of);
        if known.is_some() {
            return known;
        }
        let family = super::family(&event.provider);
        if !family.is_of_activation() {
            return None;
        }
        self.origins.push(Origin {
            computer: Arc::clone(&event.computer),
            channel: Arc::clone(&event.channel),
            provider: Arc::clone(&event.provider),
            family,
        });
        self.origins.len().checked_sub(1)
    }

    /// Keeps an event's strings; where they begin.
    fn keep_strings(&mut self, event_id: u16, data: &Strings) -> u32 {
        let same = data.place().map(|place| (event_id, place));
        if let Some((_, place)) = same.and_then(|same| self.shared.get(&same)) {
            return *place;
        }
        let Some(place) = u32::try_from(self.strings.len())
            .ok()
            .filter(|place| *place != NO_STRINGS)
        else {
            return NO_STRINGS;
        };
        put_number(&mut self.strings, data.len() as u64);
        for (position, text) in data.iter().enumerate() {
            // Keys are hidden before anything is kept (RULES.md 11).
            let mut text = super::without_keys(text).map_or(Cow::Borrowed(&**text), Cow::Owned);
            let shorter = match event_id {
                1003 => license::without_silent_lines(&text),
                8200 if position == 1 => Some(online::shown(&text)),
                _ => None,
            };
            if let Some(shorter) = shorter {
                text = Cow::Owned(shorter);
            }
            let mut end = text.len().min(KEPT_BYTES);
            while !text.is_char_boundary(end) {
                end = end.saturating_sub(1);
            }
            let kept = text.get(..end).unwrap_or_default();
            pack(kept, &mut self.texts, &mut self.strings);
        }
        if data.are_shared()
            && let Some(same) = same
        {
            self.shared.insert(same, (data.clone(), place));
        }
        place
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there is neither one nor anything beside them.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.asides.is_empty() && self.digital.is_empty()
    }

    /// Records beside activation events that are told: of foreign providers in the Key Management
    /// Service channel, and of the service behind digital licenses. Their strings are cut.
    pub fn asides(&self) -> &[SppEvent] {
        &self.asides
    }

    /// How many events of the service behind digital licenses were read, by computer as logged and
    /// event id.
    pub fn digital(&self) -> &BTreeMap<(Arc<str>, u16), u64> {
        &self.digital
    }

    /// What is kept of each, in the order in which they were read.
    pub fn iter(&self) -> impl Iterator<Item = (&KeptEvent, &Origin)> {
        self.kept
            .iter()
            .filter_map(|kept| Some((kept, self.origin_of(kept)?)))
    }

    /// What is kept of one, and where it comes from.
    pub fn kept(&self, at: usize) -> Option<(&KeptEvent, &Origin)> {
        let kept = self.kept.get(at)?;
        Some((kept, self.origin_of(kept)?))
    }

    /// Every origin of an event among these.
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    fn origin_of(&self, kept: &KeptEvent) -> Option<&Origin> {
        self.origins.get(usize::try_from(kept.origin).ok()?)
    }

    /// Drops the events at these places, which are sorted. Their strings stay.
    pub(crate) fn drop_places(&mut self, places: &[usize]) {
        if places.is_empty() {
            return;
        }
        let mut at = 0_usize;
        self.kept.retain(|_| {
            let is_dropped = places.binary_search(&at).is_ok();
            at = at.saturating_add(1);
            !is_dropped
        });
    }

    /// Keeps only the events that `is_kept` says, and the origins that these have. The strings of the
    /// others stay.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&KeptEvent, &Origin) -> bool) {
        let origins = std::mem::take(&mut self.origins);
        let mut places: Vec<Option<u32>> = vec![None; origins.len()];
        let left = &mut self.origins;
        self.kept.retain_mut(|kept| {
            let at = usize::try_from(kept.origin).unwrap_or(usize::MAX);
            let (Some(origin), Some(place)) = (origins.get(at), places.get_mut(at)) else {
                return false;
            };
            if !is_kept(kept, origin) {
                return false;
            }
            kept.origin = *place.get_or_insert_with(|| {
                left.push(origin.clone());
                u32::try_from(left.len().saturating_sub(1)).unwrap_or(u32::MAX)
            });
            true
        });
    }

    /// Gives back what only keeping more events needs.
    pub fn close(&mut self) {
        self.texts.close();
        self.shared = HashMap::default();
        self.kept.shrink_to_fit();
        self.strings.shrink_to_fit();
        self.origins.shrink_to_fit();
        self.asides.shrink_to_fit();
    }

    /// Bytes that are held on the heap, names that are shared with others left out.
    pub fn heap_bytes(&self) -> usize {
        let kept = self.kept.capacity().saturating_mul(size_of::<KeptEvent>());
        let origins = self.origins.capacity().saturating_mul(size_of::<Origin>());
        kept.saturating_add(self.strings.capacity())
            .saturating_add(origins)
            .saturating_add(self.texts.heap_bytes())
    }

    /// An event with everything that it tells.
    pub fn get(&self, at: usize, log: &LogName) -> Option<SppEvent> {
        let mut strings = Vec::new();
        let told = self.told(at, &mut strings)?;
        let mut event = super::with_strings(self.by(at, log, told)?, strings);
        show(&mut event);
        Some(event)
    }

    /// What an event tells; the strings that tell it are left in `strings`.
    pub(super) fn told(&self, at: usize, strings: &mut Vec<String>) -> Option<Told> {
        let (kept, origin) = self.kept(at)?;
        self.unpack_strings(kept, strings);
        let Content {
            event_id,
            qualifiers,
            family,
            ..
        } = kept.content(origin);
        Some(Told::read(event_id, qualifiers, family, strings))
    }

    /// The event that tells this, without its strings.
    pub(super) fn by(&self, at: usize, log: &LogName, told: Told) -> Option<SppEvent> {
        let (kept, origin) = self.kept(at)?;
        let event = Event {
            log: log.clone(),
            chunk: kept.chunk,
            record_id: kept.record_id,
            file_record_id: kept.file_record_id,
            time: kept.time,
            computer: Arc::clone(&origin.computer),
            channel: Arc::clone(&origin.channel),
            provider: Arc::clone(&origin.provider),
            event_id: kept.event_id,
            qualifiers: kept.qualifiers(),
            level: kept.level(),
            has_rendering_info: kept.flags & HAS_RENDERING_INFO != 0,
            data: Strings::default(),
            data_names: Vec::new(),
        };
        Some(told.by(event, origin.family))
    }

    /// Reads an event's strings into those of another, whose space is used again.
    fn unpack_strings(&self, kept: &KeptEvent, strings: &mut Vec<String>) {
        let packed = usize::try_from(kept.strings)
            .ok()
            .and_then(|at| self.strings.get(at..))
            .and_then(take_number);
        let (count, mut rest) = packed.unwrap_or_default();
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        strings.truncate(count);
        for at in 0..count {
            if at >= strings.len() {
                strings.push(String::new());
            }
            let Some(text) = strings.get_mut(at) else {
                break;
            };
            text.clear();
            rest = unpack_into(rest, &self.texts, text);
        }
    }
}

/// Whether diagnosis reads anything from an event.
fn is_read(event: &Event, family: Family) -> bool {
    table::may_be_read(event.event_id)
        && table::find(event.event_id, family, event.qualifiers, &event.data)
            .is_some_and(|row| row.is_read)
}

/// Cuts the strings down to what is shown as evidence, once everything is read from them.
fn show(event: &mut SppEvent) {
    if let Activity::Status(list) = &event.activity
        && let Some(text) = event.data.iter_mut().find(|text| text.contains(": "))
    {
        // Of a list of hundreds of products only the lines that say something are evidence.
        let mut shown = String::new();
        for (number, line) in text.lines().enumerate() {
            if list.lines.iter().any(|l| l.line == number) {
                shown.push_str(line.trim());
                shown.push('\n');
            }
        }
        *text = shown;
    }
    for text in &mut event.data {
        if text.len() > SHOWN_CHARS {
            *text = super::cut(text, SHOWN_CHARS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spp::parse;

    fn event(event_id: u16, data: &[&str]) -> Event {
        Event {
            log: LogName::new("a.evtx"),
            chunk: ChunkIndex(7),
            record_id: RecordId(4711),
            file_record_id: RecordId(11),
            time: DateTime::from_timestamp(1_700_000_000, 123_456_000).unwrap(),
            computer: "PC1.contoso.com".into(),
            channel: "Application".into(),
            provider: "Microsoft-Windows-Security-SPP".into(),
            event_id,
            qualifiers: Some(0xC000),
            level: Some(0),
            has_rendering_info: true,
            data: data.iter().map(|text| (*text).to_owned()).collect(),
            data_names: Vec::new(),
        }
    }

    fn kept(event: Event) -> (KeptEvents, Option<SppEvent>) {
        let mut events = KeptEvents::default();
        events.keep(event);
        let back = events.get(0, &LogName::new("a.evtx"));
        (events, back)
    }

    #[test]
    fn an_event_comes_back_as_it_was_read() {
        for (id, data) in [
            (
                12288,
                &[
                    "0x8007232B, 0x00000000, kms.contoso.com:1688, 4de7cb65-cdf1-4de9-8ae8-e3cce27b9f2c, 2026/03/02 08:00, 0, 1, 43200, ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 25",
                ][..],
            ),
            (
                8198,
                &[
                    "hr=0xC004F074",
                    "RuleId=eeba1977-569e-4571-b639-7623d8bfecc0;Action=AutoActivate;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03;Trigger=TimerEvent",
                ],
            ),
            (1014, &["0xC004C003", "?"]),
            (12288, &["", "", "x"]),
        ] {
            assert_eq!(
                kept(event(id, data)).1.unwrap(),
                parse(event(id, data)),
                "{id} {data:?}"
            );
        }
    }

    #[test]
    fn an_event_that_says_nothing_is_counted_and_no_more() {
        for id in [900, 903, 1015, 16384] {
            let (events, _) = kept(event(id, &["0x80070005 some text"]));
            assert_eq!((events.len(), events.strings.len()), (1, 0), "{id}");
        }
        let mut foreign = event(12288, &["x"]);
        foreign.provider = "Microsoft-Windows-Directory-Services-SAM".into();
        let (events, none) = kept(foreign);
        assert_eq!((events.len(), none), (0, None));
        assert_eq!(events.asides().len(), 1);
        assert!(events.origins().is_empty());
    }

    #[test]
    fn events_of_digital_licenses_are_counted_and_kept_aside_where_they_tell_something() {
        let mut events = KeptEvents::default();
        for (id, data) in [
            (100, &["caller=sppsvc.exe"][..]),
            (110, &["1", "3225380353"]),
            (116, &["package", "NULL"]),
            (116, &["package", "NULL"]),
            (152, &[]),
        ] {
            let mut of_clip = event(id, data);
            of_clip.provider = crate::spp::digital::PROVIDER.into();
            of_clip.channel = "Microsoft-Client-Licensing-Platform/Admin".into();
            events.keep(of_clip);
        }
        assert_eq!((events.len(), events.is_empty()), (0, false));
        let counts: Vec<_> = events
            .digital()
            .iter()
            .map(|((_, id), n)| (*id, *n))
            .collect();
        assert_eq!(counts, [(100, 1), (110, 1), (116, 2), (152, 1)]);
        let told: Vec<_> = events.asides().iter().map(|event| event.kind).collect();
        assert_eq!(
            told,
            [
                "digital-license-install-failed",
                "hardware-out-of-tolerance"
            ]
        );
        let code = events.asides()[0].decisive_code();
        assert_eq!(
            code.map(|code| code.to_string()).as_deref(),
            Some("0xC03F6601")
        );
    }

    #[test]
    fn of_a_list_only_lines_that_say_something_are_kept_and_all_are_counted() {
        let silent = "1: ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 1, 0 [(0 [0xC004F014, 0, 0], [( 1 0xC004F014)(?)])(1 )(2 )]\n";
        let telling = "13: ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 1, 1 [(0 [0x00000000, 1, 0], [(?)( 1 0x00000000)(?)( 2 0x00000000 0 0 msft:rm/algorithm/volume/1.0 0x00000000 259200)(?)(?)( 10 0x00000000 msft:rm/algorithm/flags/1.0)(?)])(1 )(2 )(3 )]\n";
        let app = "55c92734-d682-4d71-983e-d6ec3f16059f";
        for text in [
            format!("\n{}{telling}{silent}", silent.repeat(300)),
            silent.repeat(3),
            telling.repeat(2),
        ] {
            let list = |event: &SppEvent| match &event.activity {
                Activity::Status(list) => {
                    let lines: Vec<_> = list
                        .lines
                        .iter()
                        .map(|line| (line.activation_id, line.status))
                        .collect();
                    (list.application_id, list.line_count, lines)
                }
                other => panic!("{other:?}"),
            };
            let (events, back) = kept(event(1003, &[app, &text]));
            let (back, whole) = (back.unwrap(), parse(event(1003, &[app, &text])));
            assert_eq!(list(&back), list(&whole));
            assert_eq!(back.codes, whole.codes);
            assert!(events.strings.len() < 500);
            assert!(!back.data[1].contains("0xC004F014"));
        }
    }
}
