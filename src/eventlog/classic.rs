//! Records of the classic shape, read by the place of their values.
//!
//! Nearly all activation events have one shape: a template instance whose definition holds the
//! names as text, and in it EventData as another instance with its strings in one array.
//! Such a record takes a fraction of the time that the evtx crate needs for it. But a place is only
//! believed once it is proven: for each pair of definitions, one record at least was read both
//! ways, here and through the crate's JSON, with the same result. Definitions are compared by
//! what they say, so a proof holds in all chunks and logs that use the same ones.
//!
//! Whatever is not exactly as expected is `None` here, and goes through the crate.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Wanted;
use super::binxml::{Field, Instance, SystemOutline, Value};
use super::bytes::{u16_at, u64_at};
use super::chunk::Span;
use super::json::{Fields, trim_data};
use super::prefilter::Prefilter;
use super::utf16::{find_nul, text};

/// More pairs than this are not kept: then a log comes from thousands of machines.
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

/// Whether a pair of definitions may be read by place, and then what its records share.
type Proof = Option<Arc<Origin>>;

/// A pair of definitions of the chunk at hand.
#[derive(Debug)]
struct Pair {
    outer: usize,
    inner: usize,
    /// The place in `keys` of what both say; `None` where they cannot be read by place at all.
    key: Option<Arc<[u8]>>,
    outline: SystemOutline,
    proof: Option<Proof>,
}

/// What is proven, and the pairs of the chunk at hand.
#[derive(Debug, Default)]
pub(super) struct Classic {
    proofs: HashMap<Arc<[u8]>, Proof>,
    pairs: Vec<Pair>,
    key: Vec<u8>,
}

/// A record that may be read by place, if its pair is proven.
#[derive(Clone, Copy)]
struct Head {
    outer: Instance,
    inner: Instance,
}

impl Classic {
    /// Forgets the chunk before.
    pub(super) fn begin_chunk(&mut self) {
        self.pairs.clear();
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
    ) -> Option<(Fields, Arc<Origin>)> {
        let head = Head::of(chunk, span)?;
        let pair = self.pair(chunk, &head, prefilter)?;
        let Some(Some(origin)) = &pair.proof else {
            return None;
        };
        let origin = Arc::clone(origin);
        let has_strings = |event_id| wanted.has_strings(event_id);
        Some((fields(chunk, &head, &pair.outline, has_strings)?, origin))
    }

    /// Takes note of how the crate read a record, as proof for or against reading its like by place.
    pub(super) fn learn(
        &mut self,
        chunk: &[u8],
        span: &Span,
        prefilter: &Prefilter,
        by_crate: &Fields,
        origin: impl FnOnce(&Fields) -> Origin,
    ) {
        // Records without strings prove nothing.
        if by_crate.data.iter().all(String::is_empty) {
            return;
        }
        let Some(head) = Head::of(chunk, span) else {
            return;
        };
        let Some(pair) = self.pair(chunk, &head, prefilter) else {
            return;
        };
        let (Some(key), None) = (&pair.key, &pair.proof) else {
            return;
        };
        let Some(by_place) = fields(chunk, &head, &pair.outline, |_| true) else {
            return;
        };
        let proof = agree(&by_place, by_crate).then(|| Arc::new(origin(by_crate)));
        let key = Arc::clone(key);
        for pair in &mut self.pairs {
            if pair.key.as_ref() == Some(&key) {
                pair.proof = Some(proof.clone());
            }
        }
        self.proofs.insert(key, proof);
    }

    fn pair(&mut self, chunk: &[u8], head: &Head, prefilter: &Prefilter) -> Option<&Pair> {
        let (outer, inner) = (head.outer.definition, head.inner.definition);
        let known = self
            .pairs
            .iter()
            .position(|pair| pair.outer == outer && pair.inner == inner);
        let place = known.unwrap_or_else(|| {
            let mut pair = Pair {
                outer,
                inner,
                key: None,
                outline: SystemOutline::default(),
                proof: None,
            };
            if let Some(outline) = prefilter.outline(outer)
                && outline.has_fixed_names()
                && self.make_key(chunk, outer, inner).is_some()
            {
                pair.outline = outline;
                match self.proofs.get_key_value(self.key.as_slice()) {
                    Some((key, proof)) => {
                        pair.key = Some(Arc::clone(key));
                        pair.proof = Some(proof.clone());
                    }
                    None => pair.key = Some(self.key.as_slice().into()),
                }
            }
            self.pairs.push(pair);
            self.pairs.len().saturating_sub(1)
        });
        self.pairs.get(place)
    }

    fn make_key(&mut self, chunk: &[u8], outer: usize, inner: usize) -> Option<()> {
        self.key.clear();
        SystemOutline::canonical(chunk, outer, &mut self.key)?;
        // Which end token is which is clear: a stream has just one.
        SystemOutline::canonical(chunk, inner, &mut self.key)
    }
}

impl Head {
    /// The instances of a record that is a template instance, with EventData as another one in it, and
    /// nothing else embedded.
    fn of(chunk: &[u8], span: &Span) -> Option<Self> {
        let outer = Instance::of_record(chunk, span)?;
        let value = outer.last(chunk)?;
        if value.kind != TYPE_BINXML {
            return None;
        }
        let end = value.start.checked_add(value.bytes.len())?;
        let inner = Instance::parse(chunk, value.start, end)?;
        let rest = chunk.get(inner.end(chunk)?..end)?;
        // A record that claims more than its own bytes is no business of this file.
        (matches!(rest, [] | [0, ..]) && end <= span.content_end()).then_some(Self { outer, inner })
    }
}

/// Whether both ways read the same. Names are the crate's in any case.
fn agree(by_place: &Fields, by_crate: &Fields) -> bool {
    by_place.event_id == by_crate.event_id
        && by_place.qualifiers == by_crate.qualifiers
        && by_place.level == by_crate.level
        && by_place.record_id == by_crate.record_id
        && by_place.time == by_crate.time
        && by_place.data == by_crate.data
        && by_crate.data_names.is_empty()
}

/// Reads a record's values by their place, names left out, and strings where they are wanted.
fn fields(
    chunk: &[u8],
    head: &Head,
    outline: &SystemOutline,
    has_strings: impl Fn(u16) -> bool,
) -> Option<Fields> {
    let value = |field: Field| head.outer.value(chunk, field.value()?);
    let event_id = of_kind(value(outline.event_id)?, TYPE_U16)?;
    let qualifiers = match value(outline.qualifiers) {
        Some(value) if value.kind != TYPE_NULL => Some(u16_at(of_kind(value, TYPE_U16)?, 0)?),
        _ => None,
    };
    let level = of_kind(value(outline.level)?, TYPE_U8)?;
    let record_id = of_kind(value(outline.record_id)?, TYPE_U64)?;
    let time = of_kind(value(outline.time)?, TYPE_FILETIME)?;
    let event_id = u16_at(event_id, 0)?;
    let data = match has_strings(event_id) {
        true => strings(chunk, &head.inner)?,
        false => Vec::new(),
    };
    Some(Fields {
        event_id: Some(event_id),
        qualifiers,
        level: Some(*level.first()?),
        record_id: Some(u64_at(record_id, 0)?),
        time: Some(time_of(u64_at(time, 0)?)?),
        data,
        ..Fields::default()
    })
}

/// A value's bytes, if it has this type.
fn of_kind(value: Value<'_>, kind: u8) -> Option<&[u8]> {
    (value.kind == kind).then_some(value.bytes)
}

/// The strings of EventData: the first value; after it only the binary data and its size.
fn strings(chunk: &[u8], inner: &Instance) -> Option<Vec<String>> {
    let mut values = inner.values(chunk)?;
    let first = values.next()??;
    for value in values {
        if !matches!(value?.kind, TYPE_NULL | TYPE_U32 | TYPE_BINARY) {
            return None;
        }
    }
    let (units, []) = first.bytes.as_chunks::<2>() else {
        return None;
    };
    let mut data = match first.kind {
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
