//! Which records of a chunk can be wanted, and so which chunks need decoding at all.
//!
//! Most chunks hold nothing for us, and the records' heads tell it: a record names its template
//! definition, and the definition either holds provider, source and channel as text, or says
//! which values of the record they are. Both are read where they stand, so nothing is decoded
//! to know that it is not wanted. Whatever cannot be read so is *doubtful*: decoded, if the
//! chunk's bytes hold one of the names anywhere.
//!
//! The plain twin is [`ReadOptions::prefilter`](super::ReadOptions) switched off: every chunk is
//! decoded. Why it is done this way, with numbers: notes.md.

use std::cell::OnceCell;

use regex::bytes::{Regex, RegexBuilder};

use super::binxml::{Field, Instance, KnownNames, SystemOutline, Value};
use super::bytes::u16_at;
use super::chunk::Span;
use super::plain::{self, Head};
use super::utf16;
use super::{Wanted, WantedIds, WantedProvider};

/// Numbers of the value types that occur as names and event ids.
const TYPE_STRING: u8 = 0x01;
const TYPE_U16: u8 = 0x06;
const TYPE_NULL: u8 = 0x00;

/// What is wanted, ready for comparing with a chunk's bytes.
#[derive(Debug)]
pub(super) struct Search {
    wanted: Wanted,
    /// How long names of providers and sources are: bit by number of characters, those from 127 on in
    /// the last.
    provider_lengths: u128,
    /// Likewise of channels.
    channel_lengths: u128,
    /// Finds any of the names in bytes; made when it is first needed, as few logs need it. `None`
    /// where no names are wanted, or too many.
    anywhere: OnceCell<Option<Regex>>,
}

impl Search {
    pub(super) fn new(wanted: &Wanted) -> Self {
        let channels = wanted.channels.iter().copied();
        Self {
            provider_lengths: lengths(provider_names(wanted)),
            channel_lengths: lengths(channels),
            wanted: wanted.clone(),
            anywhere: OnceCell::new(),
        }
    }

    pub(super) fn is_for(&self, wanted: &Wanted) -> bool {
        self.wanted == *wanted
    }

    /// Whether the bytes hold any of the names.
    fn may_hold(&self, bytes: &[u8]) -> bool {
        self.anywhere
            .get_or_init(|| anywhere(&self.wanted))
            .as_ref()
            .is_none_or(|regex| regex.is_match(bytes))
    }

    /// Whether any of the names can be one of ours, by how long they are; NULs at their ends do not
    /// count. Of nearly all records of others this looks at no more than where a name ends.
    fn has_length(&self, [provider, source, channel]: [&[u8]; 3]) -> bool {
        let has = |lengths: u128, name: &[u8]| lengths & length_bit(trim_nuls(name).len() / 2) != 0;
        has(self.provider_lengths, provider)
            || has(self.provider_lengths, source)
            || has(self.channel_lengths, channel)
    }

    /// Whose events are meant by a provider's name or source; of several the union.
    fn ids_of<'a>(&'a self, name: Option<&[u8]>, source: Option<&[u8]>) -> Ids<'a> {
        let mut found = Ids::None;
        for provider in &self.wanted.providers {
            let is_named = [name, source]
                .into_iter()
                .flatten()
                .filter(|text| !text.is_empty())
                .any(|text| {
                    is_utf16(text, provider.name)
                        || provider.source.is_some_and(|source| is_utf16(text, source))
                });
            if is_named {
                found = match (&found, &provider.ids) {
                    (Ids::None, WantedIds::Only(ids)) => Ids::Only(ids),
                    _ => Ids::All,
                };
            }
        }
        found
    }

    /// Whose events are meant by provider, source and channel. Names that were seen not to be ours are
    /// remembered.
    fn ids<'a>(&self, names: [&'a [u8]; 3], unwanted: &mut Unwanted<'a>) -> Ids<'_> {
        let [provider, source, channel] = names;
        if !self.has_length(names) || *unwanted == Some(names) {
            return Ids::None;
        }
        if self.has_channel(channel) {
            return Ids::All;
        }
        let ids = self.ids_of(Some(provider), Some(source));
        if ids == Ids::None {
            *unwanted = Some(names);
        }
        ids
    }

    fn has_channel(&self, channel: &[u8]) -> bool {
        !channel.is_empty()
            && self
                .wanted
                .channels
                .iter()
                .any(|wanted| is_utf16(channel, wanted))
    }
}

/// Which events of a provider can be wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ids<'a> {
    None,
    Only(&'a [u16]),
    All,
}

/// The names in UTF-16LE, and as single bytes, without regard to case. A plain automaton is far slower
/// here: every second byte of UTF-16 is zero and defeats its own search (notes.md).
fn anywhere(wanted: &Wanted) -> Option<Regex> {
    let mut alternatives = Vec::new();
    for name in names(wanted) {
        let escaped: Vec<String> = name
            .chars()
            .map(|char| regex::escape(char.encode_utf8(&mut [0; 4])))
            .collect();
        alternatives.push(escaped.join(r"\x00"));
        alternatives.push(escaped.concat());
    }
    if alternatives.is_empty() {
        return None;
    }
    RegexBuilder::new(&format!("(?i-u){}", alternatives.join("|")))
        .build()
        .ok()
}

/// All names by which a record can be wanted.
fn names(wanted: &Wanted) -> impl Iterator<Item = &'static str> {
    provider_names(wanted)
        .chain(wanted.channels.iter().copied())
        .filter(|name| !name.is_empty())
}

/// Names and sources of providers.
fn provider_names(wanted: &Wanted) -> impl Iterator<Item = &'static str> {
    let names = |provider: &WantedProvider| [Some(provider.name), provider.source];
    wanted.providers.iter().flat_map(names).flatten()
}

fn lengths(names: impl Iterator<Item = &'static str>) -> u128 {
    names
        .filter(|name| !name.is_empty())
        .fold(0, |lengths, name| lengths | length_bit(name.len()))
}

fn length_bit(chars: usize) -> u128 {
    1_u128 << chars.min(127)
}

/// UTF-16LE text without the NULs at its end.
fn trim_nuls(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., 0, 0] = text
        && text.len().is_multiple_of(2)
    {
        text = rest;
    }
    text
}

/// Whether UTF-16LE text is a name, without regard to (ASCII) case and to NULs at its end.
fn is_utf16(text: &[u8], name: &str) -> bool {
    let units = text.as_chunks::<2>().0;
    let (front, end) = match units.split_at_checked(name.len()) {
        Some(parts) => parts,
        None => return false,
    };
    // Nearly all that are not the same differ in how long they are. The others are compared without a
    // way out, so that the compiler can widen the loop.
    end.iter().all(|unit| *unit == [0, 0])
        && front
            .iter()
            .zip(name.as_bytes())
            .fold(0, |differing, ([low, high], byte)| {
                differing | high | (low.to_ascii_lowercase() ^ byte.to_ascii_lowercase())
            })
            == 0
}

/// What is known of a record without decoding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Unwanted,
    Wanted,
    /// Not to be told without decoding it.
    Doubtful,
}

/// What is known of all records of a template definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Same(Class),
    /// By the event id alone: of these of the provider at this place in the wanted list.
    ById,
    /// By each record's values.
    ByValues,
}

/// A definition of the chunk at hand.
#[derive(Clone, Copy, Debug)]
struct Definition {
    offset: usize,
    outline: SystemOutline,
    verdict: Verdict,
}

/// Buffers for one chunk after the other.
#[derive(Debug)]
pub(super) struct Prefilter {
    definitions: Vec<Definition>,
    names: KnownNames,
    classes: Vec<Class>,
    /// Names, and wanted records by their place, of a collector's records.
    plain_names: KnownNames,
    heads: Vec<(usize, Head)>,
}

impl Default for Prefilter {
    fn default() -> Self {
        Self {
            definitions: Vec::new(),
            names: KnownNames::default(),
            classes: Vec::new(),
            plain_names: KnownNames::looking_closer(),
            heads: Vec::new(),
        }
    }
}

impl Prefilter {
    /// The head of a wanted record, if it is one of a collector's.
    pub(super) fn head(&self, place: usize) -> Option<&Head> {
        let at = self.heads.binary_search_by_key(&place, |(place, _)| *place);
        self.heads.get(at.ok()?).map(|(_, head)| head)
    }

    /// The outline of a definition that was met.
    pub(super) fn outline(&self, offset: usize) -> Option<SystemOutline> {
        let known = self
            .definitions
            .iter()
            .find(|known| known.offset == offset)?;
        (known.verdict != Verdict::Same(Class::Doubtful)).then_some(known.outline)
    }

    /// The classes of the records, in order, as [`classify`](Self::classify) found them.
    pub(super) fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The computer of the last record of a classified chunk, where it can be told as records are told
    /// apart: without decoding it.
    pub(super) fn last_computer(&mut self, chunk: &[u8], spans: &[Span]) -> Option<String> {
        let span = spans.last()?;
        let instance = Instance::of_record(chunk, span);
        let outline = match &instance {
            Some(instance) => self.outline(instance.definition)?,
            None => SystemOutline::of_record(chunk, span, &mut self.names)?,
        };
        let name = match outline.computer {
            Field::Value(index) => name_in(instance?.value(chunk, index)?)?,
            field => field.text(chunk)?,
        };
        let name = utf16::text(trim_nuls(name).as_chunks().0)?;
        (!name.is_empty()).then_some(name)
    }

    /// Tells which records of a chunk are wanted; gives whether any can be.
    pub(super) fn classify(&mut self, chunk: &[u8], spans: &[Span], search: &Search) -> bool {
        self.definitions.clear();
        self.names.begin_chunk();
        self.plain_names.begin_chunk();
        self.heads.clear();
        self.classes.clear();
        let mut any_wanted = false;
        let mut any_doubtful = false;
        let mut latest = usize::MAX;
        let mut unwanted = None;
        for (place, span) in spans.iter().enumerate() {
            let class = match Instance::of_record(chunk, span) {
                Some(instance) => {
                    if self.definitions.get(latest).map(|known| known.offset)
                        != Some(instance.definition)
                    {
                        latest = self.definition(chunk, instance.definition, search);
                    }
                    match self.definitions.get(latest) {
                        Some(definition) => {
                            definition.class_of(chunk, &instance, search, &mut unwanted)
                        }
                        None => Class::Doubtful,
                    }
                }
                None => self.plain(chunk, place, span, search, &mut unwanted),
            };
            any_wanted |= class == Class::Wanted;
            any_doubtful |= class == Class::Doubtful;
            self.classes.push(class);
        }
        if any_doubtful && !search.may_hold(chunk) {
            for class in &mut self.classes {
                if *class == Class::Doubtful {
                    *class = Class::Unwanted;
                }
            }
            any_doubtful = false;
        }
        any_wanted || any_doubtful
    }

    /// A record that is no template instance.
    fn plain<'a>(
        &mut self,
        chunk: &'a [u8],
        place: usize,
        span: &Span,
        search: &Search,
        unwanted: &mut Unwanted<'a>,
    ) -> Class {
        let ahead = plain::names_ahead(chunk, span, &mut self.plain_names);
        if let Some(names) = ahead {
            if search.ids(names, unwanted) == Ids::None {
                return Class::Unwanted;
            }
            if let Some(head) = Head::of(chunk, span, &mut self.plain_names) {
                let class = by_values(chunk, &head.outline, None, search, unwanted);
                if class == Class::Wanted {
                    self.heads.push((place, head));
                }
                return class;
            }
        }
        match SystemOutline::of_record(chunk, span, &mut self.names) {
            Some(outline) => by_values(chunk, &outline, None, search, unwanted),
            None => Class::Doubtful,
        }
    }

    /// The place of a definition among those known of the chunk.
    fn definition(&mut self, chunk: &[u8], offset: usize, search: &Search) -> usize {
        let known = self
            .definitions
            .iter()
            .position(|known| known.offset == offset);
        known.unwrap_or_else(|| {
            let outline = SystemOutline::of_definition(chunk, offset, &mut self.names);
            self.definitions.push(Definition {
                offset,
                verdict: outline.map_or(Verdict::Same(Class::Doubtful), |outline| {
                    verdict(chunk, &outline, search)
                }),
                outline: outline.unwrap_or_default(),
            });
            self.definitions.len().saturating_sub(1)
        })
    }
}

impl Definition {
    fn class_of<'a>(
        &self,
        chunk: &'a [u8],
        instance: &Instance,
        search: &Search,
        unwanted: &mut Unwanted<'a>,
    ) -> Class {
        match self.verdict {
            Verdict::Same(class) => class,
            Verdict::ById => by_id(chunk, &self.outline, instance, search),
            Verdict::ByValues => by_values(chunk, &self.outline, Some(instance), search, unwanted),
        }
    }
}

fn verdict(chunk: &[u8], outline: &SystemOutline, search: &Search) -> Verdict {
    let names = [outline.provider, outline.source, outline.channel];
    if names.iter().any(|field| matches!(field, Field::Pieces)) {
        return Verdict::Same(Class::Doubtful);
    }
    if names.iter().any(|field| matches!(field, Field::Value(_))) {
        return Verdict::ByValues;
    }
    if outline
        .channel
        .text(chunk)
        .is_some_and(|channel| search.has_channel(channel))
    {
        return Verdict::Same(Class::Wanted);
    }
    match search.ids_of(outline.provider.text(chunk), outline.source.text(chunk)) {
        Ids::None => Verdict::Same(Class::Unwanted),
        Ids::Only(_) => Verdict::ById,
        Ids::All => Verdict::Same(Class::Wanted),
    }
}

/// A record whose definition names a provider of which only some events are wanted.
fn by_id(chunk: &[u8], outline: &SystemOutline, instance: &Instance, search: &Search) -> Class {
    let ids = search.ids_of(outline.provider.text(chunk), outline.source.text(chunk));
    of_ids(ids, event_id(chunk, outline, Some(instance)))
}

/// Names that were seen not to be ours: in many a chunk all records have the same.
type Unwanted<'a> = Option<[&'a [u8]; 3]>;

/// A record that brings its names along.
fn by_values<'a>(
    chunk: &'a [u8],
    outline: &SystemOutline,
    instance: Option<&Instance>,
    search: &Search,
    unwanted: &mut Unwanted<'a>,
) -> Class {
    let Some(names) = names_of(chunk, outline, instance) else {
        return Class::Doubtful;
    };
    match search.ids(names, unwanted) {
        Ids::None => Class::Unwanted,
        ids => of_ids(ids, event_id(chunk, outline, instance)),
    }
}

fn of_ids(ids: Ids<'_>, event_id: Option<u16>) -> Class {
    match (ids, event_id) {
        (Ids::None, _) => Class::Unwanted,
        (Ids::All, _) => Class::Wanted,
        (Ids::Only(_), None) => Class::Doubtful,
        (Ids::Only(ids), Some(id)) if ids.contains(&id) => Class::Wanted,
        (Ids::Only(_), Some(_)) => Class::Unwanted,
    }
}

/// Provider, source and channel; empty where there is none, `None` where one is not plain text.
fn names_of<'a>(
    chunk: &'a [u8],
    outline: &SystemOutline,
    instance: Option<&Instance>,
) -> Option<[&'a [u8]; 3]> {
    // As Windows writes it, where the names are values.
    if let (Field::Value(provider), Field::Absent, Field::Value(channel)) =
        (outline.provider, outline.source, outline.channel)
        && provider <= channel
    {
        let (provider, channel) = instance?.two_values(chunk, provider, channel)?;
        return Some([name_in(provider)?, &[], name_in(channel)?]);
    }
    let name = |field: Field| match field {
        Field::Absent => Some([].as_slice()),
        Field::Text(..) => field.text(chunk),
        Field::Value(index) => name_in(instance?.value(chunk, index)?),
        Field::Pieces => None,
    };
    Some([
        name(outline.provider)?,
        name(outline.source)?,
        name(outline.channel)?,
    ])
}

fn name_in(value: Value<'_>) -> Option<&[u8]> {
    match value.kind {
        TYPE_STRING => Some(value.bytes),
        TYPE_NULL => Some(&[]),
        _ => None,
    }
}

/// The event id; `None` where it is no number.
fn event_id(chunk: &[u8], outline: &SystemOutline, instance: Option<&Instance>) -> Option<u16> {
    match outline.event_id {
        Field::Value(index) => match instance?.value(chunk, index)? {
            Value {
                kind: TYPE_U16,
                bytes,
                ..
            } => u16_at(bytes, 0),
            Value { .. } => None,
        },
        Field::Text(..) => {
            let text = outline.event_id.text(chunk)?;
            let mut id = 0_u16;
            for [low, high] in text.as_chunks::<2>().0 {
                if *high != 0 || !low.is_ascii_digit() {
                    return None;
                }
                id = id
                    .checked_mul(10)?
                    .checked_add(u16::from(low.saturating_sub(b'0')))?;
            }
            (!text.is_empty()).then_some(id)
        }
        Field::Absent | Field::Pieces => None,
    }
}
