//! Records of the classic shape, read by the place of their values.
//!
//! Nearly all activation events have one shape: a template instance whose definition holds the
//! names as text, and in it EventData as another instance with its strings in one array.
//! Such a record takes a fraction of the time that the evtx crate needs for it. But a place is only
//! believed once it is proven: for each pair of definitions, one record at least was read both
//! ways, here and through the crate's JSON, with the same result. Definitions are compared by
//! what they say, but for the computer's name, so a proof holds in all chunks and logs that use the
//! same ones.
//!
//! Whatever is not exactly as expected is `None` here, and goes through the crate.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Wanted;
use super::binxml::{Field, Instance, Places, SystemOutline, Value};
use super::bytes::{u16_at, u64_at};
use super::chunk::Span;
use super::interner::Interner;
use super::json::{Fields, trim_data, trim_nuls};
use super::prefilter::Prefilter;
use super::strings::{SharedStrings, Strings};
use super::utf16::{find_nul, text};

/// More pairs than this are not kept: then they are made up.
const MAX_PROOFS: usize = 1024;

const TYPE_NULL: u8 = 0x00;
const TYPE_STRING: u8 = 0x01;
const TYPE_U8: u8 = 0x04;
const TYPE_U16: u8 = 0x06;
const TYPE_U32: u8 = 0x08;
const TYPE_U64: u8 = 0x0A;
const TYPE_BINARY: u8 = 0x0E;
const TYPE_FILETIME: u8 = 0x11;
const TYPE_BINXML: u8 = 0x21;
const TYPE_STRINGS: u8 = 0x81;

/// The names that the records of a definition share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) provider: Arc<str>,
    pub(super) source: Arc<str>,
    pub(super) channel: Arc<str>,
    pub(super) computer: Arc<str>,
    pub(super) has_rendering_info: bool,
}

/// A pair of definitions of the chunk at hand.
#[derive(Debug)]
struct Pair {
    outer: usize,
    inner: usize,
    /// What can be read by place of its records; `None` where nothing can.
    reading: Option<Reading>,
    /// Whether that was proven right, or wrong.
    is_proven: Option<bool>,
}

/// How records of a pair are read by place.
#[derive(Debug)]
struct Reading {
    /// What both definitions say, but for the computer's name.
    key: Arc<[u8]>,
    outline: SystemOutline,
    origin: Origin,
    /// Whether all records of this origin are wanted, so that the event id need not be looked at.
    is_all_wanted: bool,
}

/// A record that was read by place.
pub(super) struct ByPlace<'a> {
    /// Its fields, but for names and strings.
    pub(super) fields: Fields,
    /// Its strings, where they are wanted.
    pub(super) strings: Strings,
    pub(super) origin: &'a Origin,
    /// Whether it is known to be wanted.
    pub(super) is_wanted: bool,
}

/// What is proven, and the pairs of the chunk at hand.
#[derive(Debug, Default)]
pub(super) struct Classic {
    /// By what a pair says.
    proofs: HashMap<Arc<[u8]>, bool>,
    pairs: Vec<Pair>,
    /// What a pair says, while it is looked for.
    key: Vec<u8>,
    /// The outer definition whose words the key begins with, and how long these are.
    outer_of_key: Option<(usize, usize)>,
    strings: SharedStrings,
}

/// A record that may be read by place, if its pair is proven.
#[derive(Clone, Copy)]
struct Head<'a> {
    /// Where the definition of the outer instance lies.
    outer: usize,
    values: Places<'a>,
    inner: Instance,
}

impl Classic {
    /// Forgets the chunk before.
    pub(super) fn begin_chunk(&mut self) {
        self.pairs.clear();
        self.outer_of_key = None;
        if self.proofs.len() > MAX_PROOFS {
            self.proofs.clear();
        }
    }

    /// Reads a record of a proven pair.
    pub(super) fn read(
        &mut self,
        chunk: &[u8],
        span: &Span,
        prefilter: &Prefilter,
        wanted: &Wanted,
        names: &mut Interner,
    ) -> Option<ByPlace<'_>> {
        let head = Head::of(chunk, span)?;
        let place = self.pair(chunk, &head, prefilter, wanted, names);
        let pair = self.pairs.get(place)?;
        if pair.is_proven != Some(true) {
            return None;
        }
        let reading = pair.reading.as_ref()?;
        let fields = fields(&head, &reading.outline)?;
        let strings = match wanted.has_strings(fields.event_id?) {
            true => {
                let list = List::of(chunk, &head.inner)?;
                match list.kind {
                    TYPE_STRINGS => self.strings.of(list.bytes, || list.strings())?,
                    _ => list.strings()?.into(),
                }
            }
            false => Strings::default(),
        };
        Some(ByPlace {
            fields,
            strings,
            origin: &reading.origin,
            is_wanted: reading.is_all_wanted,
        })
    }

    /// Takes note of how the crate read a record, as proof for or against reading its like by place.
    pub(super) fn learn(
        &mut self,
        chunk: &[u8],
        span: &Span,
        prefilter: &Prefilter,
        by_crate: &Fields,
        wanted: &Wanted,
        names: &mut Interner,
    ) {
        // Records without strings prove nothing.
        if by_crate.data.iter().all(String::is_empty) {
            return;
        }
        let Some(head) = Head::of(chunk, span) else {
            return;
        };
        let place = self.pair(chunk, &head, prefilter, wanted, names);
        let Some(Pair {
            reading: Some(reading),
            is_proven: None,
            ..
        }) = self.pairs.get(place)
        else {
            return;
        };
        let Some(by_place) = whole(chunk, &head, reading) else {
            return;
        };
        let is_right = by_place == *by_crate;
        let key = Arc::clone(&reading.key);
        for pair in &mut self.pairs {
            if pair.reading.as_ref().is_some_and(|other| other.key == key) {
                pair.is_proven = Some(is_right);
            }
        }
        self.proofs.insert(key, is_right);
    }

    /// The place of a record's pair among those of the chunk.
    fn pair(
        &mut self,
        chunk: &[u8],
        head: &Head<'_>,
        prefilter: &Prefilter,
        wanted: &Wanted,
        names: &mut Interner,
    ) -> usize {
        let (outer, inner) = (head.outer, head.inner.definition);
        let known = self
            .pairs
            .iter()
            .position(|pair| pair.outer == outer && pair.inner == inner);
        known.unwrap_or_else(|| {
            let reading = prefilter
                .outline(outer)
                .and_then(|outline| self.reading(chunk, (outer, inner), outline, wanted, names));
            let is_proven = reading
                .as_ref()
                .and_then(|reading| self.proofs.get(&reading.key).copied());
            self.pairs.push(Pair {
                outer,
                inner,
                reading,
                is_proven,
            });
            self.pairs.len().saturating_sub(1)
        })
    }

    /// How records of these definitions are read by place, if they can be.
    fn reading(
        &mut self,
        chunk: &[u8],
        (outer, inner): (usize, usize),
        outline: SystemOutline,
        wanted: &Wanted,
        names: &mut Interner,
    ) -> Option<Reading> {
        if !outline.has_fixed_names() {
            return None;
        }
        // Machines differ in nothing but their names, and a name of usual characters is read by the
        // crate as it stands: so a proof holds for all of them.
        let computer = match outline.computer {
            Field::Text(start, end) if is_usual_name(chunk.get(start..end)?) => Some((start, end)),
            _ => None,
        };
        // Nearly all pairs of a chunk have the same outer one.
        if self.outer_of_key.map(|(outer, _)| outer) != Some(outer) {
            self.outer_of_key = None;
            self.key.clear();
            SystemOutline::canonical(chunk, outer, computer, &mut self.key)?;
            self.outer_of_key = Some((outer, self.key.len()));
        }
        let (_, length) = self.outer_of_key?;
        self.key.truncate(length);
        // Which end token is which is clear: a stream has just one.
        SystemOutline::canonical(chunk, inner, None, &mut self.key)?;
        let known = self.proofs.get_key_value(self.key.as_slice());
        let origin = Origin::of_text(chunk, &outline, names)?;
        Some(Reading {
            key: known.map_or_else(|| self.key.as_slice().into(), |(key, _)| Arc::clone(key)),
            outline,
            is_all_wanted: wanted.has_all_of(&origin.provider, &origin.source, &origin.channel),
            origin,
        })
    }
}

/// Whether UTF-16LE text is a name as nearly all computers have one: ASCII letters, digits, hyphens,
/// dots and underscores.
fn is_usual_name(text: &[u8]) -> bool {
    let is_usual = |low: &u8| low.is_ascii_alphanumeric() || matches!(low, b'-' | b'.' | b'_');
    let (units, rest) = text.as_chunks::<2>();
    rest.is_empty() && units.iter().all(|[low, high]| *high == 0 && is_usual(low))
}

impl Origin {
    /// The names that stand in a definition as text.
    fn of_text(chunk: &[u8], outline: &SystemOutline, names: &mut Interner) -> Option<Self> {
        let mut name = |field: Field| match field {
            Field::Absent => Some(names.of("")),
            field => {
                let name = trim_nuls(text(field.text(chunk)?.as_chunks().0)?);
                Some(names.of(&name))
            }
        };
        Some(Self {
            provider: name(outline.provider)?,
            source: name(outline.source)?,
            channel: name(outline.channel)?,
            computer: name(outline.computer)?,
            has_rendering_info: false,
        })
    }
}

impl<'a> Head<'a> {
    /// The instances of a record that is a template instance, with EventData as another one in it, and
    /// nothing else embedded.
    fn of(chunk: &'a [u8], span: &Span) -> Option<Self> {
        let outer = Instance::of_record(chunk, span)?;
        let values = outer.places(chunk)?;
        let value = values.last()?;
        if value.kind != TYPE_BINXML {
            return None;
        }
        let end = value.start.checked_add(value.bytes.len())?;
        let inner = Instance::parse(chunk, value.start, end)?;
        let rest = chunk.get(inner.end(chunk)?..end)?;
        // A record that claims more than its own bytes is no business of this file.
        (matches!(rest, [] | [0, ..]) && end <= span.content_end()).then_some(Self {
            outer: outer.definition,
            values,
            inner,
        })
    }
}

/// Everything that a record says, read by place.
fn whole(chunk: &[u8], head: &Head<'_>, reading: &Reading) -> Option<Fields> {
    let origin = &reading.origin;
    let name = |name: &Arc<str>| name.as_ref().to_owned();
    Some(Fields {
        provider: name(&origin.provider),
        source: name(&origin.source),
        channel: name(&origin.channel),
        computer: name(&origin.computer),
        data: List::of(chunk, &head.inner)?.strings()?,
        ..fields(head, &reading.outline)?
    })
}

/// Reads a record's values by their place, names and strings left out.
fn fields(head: &Head<'_>, outline: &SystemOutline) -> Option<Fields> {
    let value = |field: Field| head.values.value(field.value()?);
    let event_id = of_kind(value(outline.event_id)?, TYPE_U16)?;
    let qualifiers = match value(outline.qualifiers) {
        Some(value) if value.kind != TYPE_NULL => Some(u16_at(of_kind(value, TYPE_U16)?, 0)?),
        _ => None,
    };
    let level = of_kind(value(outline.level)?, TYPE_U8)?;
    let record_id = of_kind(value(outline.record_id)?, TYPE_U64)?;
    let time = of_kind(value(outline.time)?, TYPE_FILETIME)?;
    Some(Fields {
        event_id: Some(u16_at(event_id, 0)?),
        qualifiers,
        level: Some(*level.first()?),
        record_id: Some(u64_at(record_id, 0)?),
        time: Some(time_of(u64_at(time, 0)?)?),
        ..Fields::default()
    })
}

/// A value's bytes, if it has this type.
fn of_kind(value: Value<'_>, kind: u8) -> Option<&[u8]> {
    (value.kind == kind).then_some(value.bytes)
}

/// The value that holds the strings of EventData.
#[derive(Clone, Copy)]
struct List<'a> {
    kind: u8,
    bytes: &'a [u8],
}

impl<'a> List<'a> {
    /// The first value; after it only the binary data and its size.
    fn of(chunk: &'a [u8], inner: &Instance) -> Option<Self> {
        let mut values = inner.values(chunk)?;
        let first = values.next()??;
        for value in values {
            if !matches!(value?.kind, TYPE_NULL | TYPE_U32 | TYPE_BINARY) {
                return None;
            }
        }
        Some(Self {
            kind: first.kind,
            bytes: first.bytes,
        })
    }

    fn strings(self) -> Option<Vec<String>> {
        let (units, []) = self.bytes.as_chunks::<2>() else {
            return None;
        };
        let mut data = match self.kind {
            TYPE_NULL => Vec::new(),
            TYPE_STRING => {
                let length = units
                    .iter()
                    .rposition(|unit| *unit != [0, 0])
                    .map_or(0, |last| last.saturating_add(1));
                vec![text(units.get(..length)?)?]
            }
            // Each string ends with a NUL; the last one too, or else it is no such array.
            TYPE_STRINGS => {
                let mut texts = Vec::new();
                let mut rest = units;
                while !rest.is_empty() {
                    let (string, behind) = rest.split_at_checked(find_nul(rest)?)?;
                    texts.push(text(string)?);
                    rest = behind.get(1..)?;
                }
                texts
            }
            _ => return None,
        };
        trim_data(&mut data, &mut Vec::new());
        Some(data)
    }
}

/// The time that a count of 100 ns since 1601 stands for, cut to microseconds: the evtx crate's JSON
/// has no more, nor have the rows that events are written to and read back from.
pub(super) fn time_of(filetime: u64) -> Option<DateTime<Utc>> {
    let seconds = i64::try_from(filetime / 10_000_000)
        .ok()?
        .checked_sub(11_644_473_600)?;
    let micros = u32::try_from(filetime % 10_000_000).ok()? / 10;
    DateTime::from_timestamp(seconds, micros.checked_mul(1000)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_whole_microseconds() {
        for (filetime, expect) in [
            (116_444_736_000_000_000, "1970-01-01T00:00:00Z"),
            (116_444_736_012_345_679, "1970-01-01T00:00:01.234567Z"),
            (0, "1601-01-01T00:00:00Z"),
        ] {
            let time = time_of(filetime).unwrap();
            let text = time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
            assert_eq!(text, expect, "{filetime}");
        }
    }
}
