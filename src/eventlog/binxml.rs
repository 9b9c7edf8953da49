//! The little BinXML that we read ourselves: enough to tell which records are wanted.
//!
//! Two things: the head of a record that is a template instance, and where the fields of
//! `System` come from, in a template definition or in a record written without one. What the
//! other records' texts are is `plain`'s, which uses the reader of tokens here. The names
//! stand in a definition as text, or come as values of each record, so both must be known before a
//! record may be left undecoded. Decoding itself is the evtx crate's; whatever is not
//! understood here is `None`, and then the record is decoded.

use super::bytes::{index_at, u16_at, u32_at};
use super::chunk::Span;

const FRAGMENT_HEADER: u8 = 0x0F;
const TEMPLATE_INSTANCE: u8 = 0x0C;
const TYPE_STRING: u8 = 0x01;

/// The head of a template instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instance {
    /// Where its definition lies in the chunk.
    pub(super) definition: usize,
    /// Where its number of values stands.
    values_at: usize,
}

/// One value of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'a> {
    /// The type's number.
    pub(super) kind: u8,
    /// Where it begins in the chunk.
    pub(super) start: usize,
    pub(super) bytes: &'a [u8],
}

impl Instance {
    /// The instance at the beginning of a BinXML stream in the chunk, with or without a fragment
    /// header in front; `None` where the stream begins otherwise.
    pub(super) fn parse(chunk: &[u8], start: usize, end: usize) -> Option<Self> {
        let stream = chunk.get(start..end)?;
        let head: usize = match stream {
            [FRAGMENT_HEADER, _, _, _, TEMPLATE_INSTANCE, ..] => 5,
            [TEMPLATE_INSTANCE, ..] => 1,
            _ => return None,
        };
        // A byte and the template's id, then the definition's offset.
        let definition = index_at(stream, head.checked_add(5)?)?;
        let behind = start.checked_add(head)?.checked_add(9)?;
        let values_at = if definition == behind {
            let size = index_at(chunk, behind.checked_add(20)?)?;
            behind.checked_add(24)?.checked_add(size)?
        } else {
            behind
        };
        Some(Self {
            definition,
            values_at,
        })
    }

    /// The instance that a record is.
    pub(super) fn of_record(chunk: &[u8], span: &Span) -> Option<Self> {
        Self::parse(chunk, span.content_start(), span.content_end())
    }

    /// One of its values.
    pub(super) fn value<'a>(&self, chunk: &'a [u8], index: u16) -> Option<Value<'a>> {
        let index = usize::from(index);
        let (table, values) = self.table(chunk)?;
        let (before, rest) = table.split_at_checked(index)?;
        value_at(chunk, end_of(values, before)?, rest.first()?)
    }

    /// Two of its values, in one go over the table; the second's index must not be the smaller.
    pub(super) fn two_values<'a>(
        &self,
        chunk: &'a [u8],
        first: u16,
        second: u16,
    ) -> Option<(Value<'a>, Value<'a>)> {
        let first = usize::from(first);
        let (table, values) = self.table(chunk)?;
        let (before, rest) = table.split_at_checked(first)?;
        let start = end_of(values, before)?;
        let step = usize::from(second).checked_sub(first)?;
        let (between, rest_of_second) = rest.split_at_checked(step)?;
        let second_start = end_of(start, between)?;
        Some((
            value_at(chunk, start, rest.first()?)?,
            value_at(chunk, second_start, rest_of_second.first()?)?,
        ))
    }

    /// All of its values in order.
    pub(super) fn values<'a>(
        &self,
        chunk: &'a [u8],
    ) -> Option<impl Iterator<Item = Option<Value<'a>>>> {
        let (table, values) = self.table(chunk)?;
        Some(table.iter().scan(values, move |at, descriptor| {
            let value = value_at(chunk, *at, descriptor);
            *at = at.saturating_add(value.map_or(0, |value| value.bytes.len()));
            Some(value)
        }))
    }

    /// The last of its values.
    pub(super) fn last<'a>(&self, chunk: &'a [u8]) -> Option<Value<'a>> {
        let (table, values) = self.table(chunk)?;
        let (last, before) = table.split_last()?;
        value_at(chunk, end_of(values, before)?, last)
    }

    /// Where its last value ends.
    pub(super) fn end(&self, chunk: &[u8]) -> Option<usize> {
        let (table, values) = self.table(chunk)?;
        end_of(values, table)
    }

    /// The descriptors of its values (size, type, a zero), and where the values begin.
    fn table<'a>(&self, chunk: &'a [u8]) -> Option<(&'a [[u8; 4]], usize)> {
        let count = index_at(chunk, self.values_at)?;
        let start = self.values_at.checked_add(4)?;
        let end = start.checked_add(count.checked_mul(4)?)?;
        Some((chunk.get(start..end)?.as_chunks().0, end))
    }
}

/// The value that a descriptor describes.
fn value_at<'a>(chunk: &'a [u8], start: usize, descriptor: &[u8; 4]) -> Option<Value<'a>> {
    let [low, high, kind, _] = descriptor;
    let end = start.checked_add(usize::from(u16::from_le_bytes([*low, *high])))?;
    Some(Value {
        kind: *kind,
        start,
        bytes: chunk.get(start..end)?,
    })
}

/// Where values end that begin at `start`.
fn end_of(start: usize, descriptors: &[[u8; 4]]) -> Option<usize> {
    // As 32-bit numbers, of which the lower half is the size: so the compiler adds several at once.
    // As many as fit a chunk do not overflow.
    let sizes = descriptors
        .iter()
        .map(|descriptor| u32::from_le_bytes(*descriptor) & 0xFFFF);
    start.checked_add(usize::try_from(sizes.sum::<u32>()).ok()?)
}

/// Where a field comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Field {
    /// There is no such field.
    #[default]
    Absent,
    /// Text that stands here, as a range of the chunk (UTF-16LE).
    Text(usize, usize),
    /// A value of each record.
    Value(u16),
    /// More than one piece.
    Pieces,
}

impl Field {
    /// The text, where it is text.
    pub(super) fn text(self, chunk: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Text(start, end) => chunk.get(start..end),
            _ => None,
        }
    }

    /// The value's index, where it is a value.
    pub(super) fn value(self) -> Option<u16> {
        match self {
            Self::Value(index) => Some(index),
            _ => None,
        }
    }

    fn is_fixed(self) -> bool {
        matches!(self, Self::Absent | Self::Text(..))
    }

    fn set(&mut self, piece: Self) {
        *self = match (*self, piece) {
            (Self::Absent, piece) => piece,
            (field, Self::Absent) => field,
            _ => Self::Pieces,
        };
    }
}

/// Where the fields of `System` come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SystemOutline {
    pub(super) provider: Field,
    pub(super) source: Field,
    pub(super) event_id: Field,
    pub(super) qualifiers: Field,
    pub(super) level: Field,
    pub(super) time: Field,
    pub(super) record_id: Field,
    pub(super) channel: Field,
    pub(super) computer: Field,
}

impl SystemOutline {
    /// Whether provider, source, channel and computer are the same in all records of a definition.
    pub(super) fn has_fixed_names(&self) -> bool {
        self.provider.is_fixed()
            && self.source.is_fixed()
            && self.channel.is_fixed()
            && self.computer.is_fixed()
    }

    /// The outline of a template definition at an offset of the chunk.
    pub(super) fn of_definition(
        chunk: &[u8],
        definition: usize,
        names: &mut KnownNames,
    ) -> Option<Self> {
        let size = index_at(chunk, definition.checked_add(20)?)?;
        let start = definition.checked_add(24)?;
        Reader::new(chunk, start, start.checked_add(size)?, true)?.system(names)
    }

    /// Appends what a definition says, without regard to where in the chunk it and its names lie: two
    /// definitions that append the same are the same for every reader.
    pub(super) fn canonical(chunk: &[u8], definition: usize, out: &mut Vec<u8>) -> Option<()> {
        let size = index_at(chunk, definition.checked_add(20)?)?;
        let start = definition.checked_add(24)?;
        Reader::new(chunk, start, start.checked_add(size)?, true)?.canonical(out)
    }

    /// The outline of a record that is no template instance.
    pub(super) fn of_record(chunk: &[u8], span: &Span, names: &mut KnownNames) -> Option<Self> {
        Reader::of_record(chunk, span)?.system(names)
    }
}

/// Which names stand where in the chunk at hand: the same few are met again and again.
#[derive(Clone, Debug)]
pub(super) struct KnownNames {
    /// Counts chunks, so that what was known of the one before need not be wiped out.
    chunk: u32,
    known: [KnownName; KNOWN_NAMES],
    /// Whether it is also told which texts are no usual names, and which are the same.
    looks_closer: bool,
}

/// More than the names of a collector's records, with room so that few share a place.
const KNOWN_NAMES: usize = 256;

/// A name by where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownName {
    /// The chunk's number above, the offset below.
    place: u64,
    /// Of its text, where names are looked at closer: the same in every chunk.
    pub(super) hash: u32,
    pub(super) name: Name,
}

impl Default for KnownNames {
    fn default() -> Self {
        let unknown = KnownName {
            place: u64::MAX,
            hash: 0,
            name: Name::Other,
        };
        Self {
            chunk: 0,
            known: [unknown; KNOWN_NAMES],
            looks_closer: false,
        }
    }
}

impl KnownNames {
    /// Such that odd names are told, and names have a hash.
    pub(super) fn looking_closer() -> Self {
        Self {
            looks_closer: true,
            ..Self::default()
        }
    }

    /// Forgets the chunk before.
    pub(super) fn begin_chunk(&mut self) {
        self.chunk = self.chunk.wrapping_add(1);
        if self.chunk == u32::MAX {
            *self = Self {
                looks_closer: self.looks_closer,
                ..Self::default()
            };
        }
    }

    /// The name at an offset, which is read where it is not the one known for its place here.
    #[inline]
    fn at(&mut self, chunk: &[u8], offset: u32) -> Option<KnownName> {
        // Names lie some 30 bytes apart.
        let slot = (offset >> 3) ^ (offset >> 10);
        let slot = usize::try_from(slot).ok()? & KNOWN_NAMES.wrapping_sub(1);
        let place = (u64::from(self.chunk) << 32) | u64::from(offset);
        let known = self.known.get_mut(slot)?;
        if known.place != place {
            *known = KnownName::read(chunk, offset, place, self.looks_closer)?;
        }
        Some(*known)
    }
}

impl KnownName {
    #[cold]
    fn read(chunk: &[u8], offset: u32, place: u64, closer: bool) -> Option<Self> {
        let offset = usize::try_from(offset).ok()?;
        let chars = usize::from(u16_at(chunk, offset.checked_add(6)?)?);
        let start = offset.checked_add(8)?;
        let text = chunk.get(start..start.checked_add(chars.checked_mul(2)?)?)?;
        let mut known = Self {
            place,
            hash: 0,
            name: Name::of(text),
        };
        if closer {
            let (words, rest) = text.as_chunks::<4>();
            let rest = u16_at(rest, 0).map_or(0, u32::from);
            known.hash = words
                .iter()
                .map(|word| u32::from_le_bytes(*word))
                .chain([rest])
                .fold(0x811C_9DC5, |hash, word| {
                    (hash ^ word).wrapping_mul(0x0100_0193).rotate_left(7)
                });
            if known.name == Name::Other && !Name::is_usual(text) {
                known.name = Name::Odd;
            }
        }
        Some(known)
    }
}

/// The names that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Other,
    /// With a character that no name of Windows has; told only where names are looked at closer.
    Odd,
    Event,
    System,
    Provider,
    Named,
    Source,
    EventId,
    Qualifiers,
    Level,
    TimeCreated,
    SystemTime,
    EventRecordId,
    Channel,
    Computer,
    EventData,
    Data,
    Binary,
    RenderingInfo,
}

/// Reads tokens.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    chunk: &'a [u8],
    /// The chunk up to the end of what is read; names may stand behind it.
    stream: &'a [u8],
    at: usize,
    /// Elements in a definition have a dependency id.
    is_definition: bool,
}

impl<'a> Reader<'a> {
    fn new(chunk: &'a [u8], at: usize, end: usize, is_definition: bool) -> Option<Self> {
        Some(Self {
            chunk,
            stream: chunk.get(..end).filter(|stream| at <= stream.len())?,
            at,
            is_definition,
        })
    }

    /// Of a record's content, as a record without template is written.
    pub(super) fn of_record(chunk: &'a [u8], span: &Span) -> Option<Self> {
        Self::new(chunk, span.content_start(), span.content_end(), false)
    }

    /// Up to the end of `System`.
    fn system(mut self, names: &mut KnownNames) -> Option<SystemOutline> {
        let mut outline = SystemOutline::default();
        let mut depth = 0_usize;
        // The element of `System` that is open, and the attribute, if one is.
        let mut element = Name::Other;
        let mut attribute = None;
        let mut in_system = false;
        loop {
            let token = self.byte()?;
            match token {
                FRAGMENT_HEADER => self.skip(3)?,
                0x01 | 0x41 => {
                    depth = depth.checked_add(1)?;
                    attribute = None;
                    let name = self.element(token == 0x41, names)?.name;
                    match depth {
                        1 if name != Name::Event => return None,
                        2 => in_system = name == Name::System,
                        3 => element = name,
                        _ => {}
                    }
                }
                0x02 => attribute = None,
                0x03 | 0x04 => {
                    attribute = None;
                    if depth == 2 && in_system {
                        return Some(outline);
                    }
                    depth = depth.checked_sub(1)?;
                }
                0x06 | 0x46 => attribute = Some(self.name(names)?.name),
                0x05 | 0x45 => {
                    if self.byte()? != TYPE_STRING {
                        return None;
                    }
                    let bytes = usize::from(self.u16()?).checked_mul(2)?;
                    let start = self.at;
                    self.skip(bytes)?;
                    if in_system && depth == 3 {
                        outline.set(element, attribute, Field::Text(start, self.at));
                    }
                }
                0x0D | 0x0E => {
                    let index = self.u16()?;
                    self.byte()?;
                    if in_system && depth == 3 {
                        outline.set(element, attribute, Field::Value(index));
                    }
                }
                // References, CDATA, instructions and nested instances do not occur in `System`
                // as Windows writes it.
                _ => return None,
            }
        }
    }

    fn canonical(mut self, out: &mut Vec<u8>) -> Option<()> {
        loop {
            let token = self.byte()?;
            out.push(token);
            match token {
                0x00 => return Some(()),
                FRAGMENT_HEADER => self.copy(3, out)?,
                0x01 | 0x41 => {
                    // The dependency counts; sizes do not, as they depend on where names stand.
                    self.copy(2, out)?;
                    self.skip(4)?;
                    self.copy_name(out)?;
                    if token == 0x41 {
                        self.skip(4)?;
                    }
                }
                0x02..=0x04 => {}
                0x05 | 0x45 => {
                    if self.chunk.get(self.at) != Some(&TYPE_STRING) {
                        return None;
                    }
                    let chars = usize::from(u16_at(self.chunk, self.at.checked_add(1)?)?);
                    self.copy(chars.checked_mul(2)?.checked_add(3)?, out)?;
                }
                0x06 | 0x46 => self.copy_name(out)?,
                0x0D | 0x0E => self.copy(3, out)?,
                _ => return None,
            }
        }
    }

    fn copy(&mut self, bytes: usize, out: &mut Vec<u8>) -> Option<()> {
        let start = self.at;
        self.skip(bytes)?;
        out.extend_from_slice(self.chunk.get(start..self.at)?);
        Some(())
    }

    fn copy_name(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let text = self.name_text()?;
        out.extend_from_slice(&u32::try_from(text.len()).ok()?.to_le_bytes());
        out.extend_from_slice(text);
        Some(())
    }

    /// Continuing at an offset of the chunk.
    pub(super) fn from(self, at: usize) -> Self {
        Self { at, ..self }
    }

    /// Where the next byte stands in the chunk.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next byte, which stays the next.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.stream.get(self.at).copied()
    }

    /// The text behind a value's token, if it is text.
    #[inline]
    pub(super) fn units(&mut self) -> Option<&'a [[u8; 2]]> {
        if self.byte()? != TYPE_STRING {
            return None;
        }
        let start = self.at.checked_add(2)?;
        let bytes = usize::from(self.u16()?).checked_mul(2)?;
        self.skip(bytes)?;
        Some(self.stream.get(start..self.at)?.as_chunks().0)
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Option<u8> {
        let byte = *self.stream.get(self.at)?;
        self.at = self.at.saturating_add(1);
        Some(byte)
    }

    #[inline]
    pub(super) fn u16(&mut self) -> Option<u16> {
        let value = u16_at(self.stream, self.at)?;
        self.at = self.at.saturating_add(2);
        Some(value)
    }

    #[inline]
    pub(super) fn skip(&mut self, bytes: usize) -> Option<()> {
        self.at = self.at.saturating_add(bytes);
        (self.at <= self.stream.len()).then_some(())
    }

    /// An element's start: dependency id, size, name, and the attributes' size where it has any.
    #[inline]
    pub(super) fn element(
        &mut self,
        has_attributes: bool,
        names: &mut KnownNames,
    ) -> Option<KnownName> {
        self.skip(if self.is_definition { 6 } else { 4 })?;
        let name = self.name(names)?;
        if has_attributes {
            self.skip(4)?;
        }
        Some(name)
    }

    /// A name that is known or gets known.
    #[inline]
    pub(super) fn name(&mut self, names: &mut KnownNames) -> Option<KnownName> {
        let offset = u32_at(self.stream, self.at)?;
        self.at = self.at.saturating_add(4);
        if usize::try_from(offset) == Ok(self.at) {
            let chars = usize::from(u16_at(self.chunk, self.at.checked_add(6)?)?);
            self.skip(chars.checked_mul(2)?.checked_add(10)?)?;
        }
        names.at(self.chunk, offset)
    }

    /// A name: its offset in the chunk, and the name itself where it is used first.
    pub(super) fn name_text(&mut self) -> Option<&'a [u8]> {
        let offset = index_at(self.stream, self.at)?;
        self.skip(4)?;
        let chars = usize::from(u16_at(self.chunk, offset.checked_add(6)?)?);
        let start = offset.checked_add(8)?;
        let bytes = chars.checked_mul(2)?;
        let text = self.chunk.get(start..start.checked_add(bytes)?)?;
        if offset == self.at {
            self.skip(bytes.checked_add(10)?)?;
        }
        Some(text)
    }
}

impl Name {
    /// Tells a name by its UTF-16LE text.
    fn of(text: &[u8]) -> Self {
        let (name, ascii): (Self, &[u8]) = match (text.len(), text.first()) {
            (10, Some(b'E')) => (Self::Event, b"Event"),
            (10, Some(b'L')) => (Self::Level, b"Level"),
            (12, Some(b'S')) => (Self::System, b"System"),
            (16, Some(b'P')) => (Self::Provider, b"Provider"),
            (16, Some(b'C')) => (Self::Computer, b"Computer"),
            (8, Some(b'N')) => (Self::Named, b"Name"),
            (30, Some(b'E')) => (Self::Source, b"EventSourceName"),
            (14, Some(b'E')) => (Self::EventId, b"EventID"),
            (14, Some(b'C')) => (Self::Channel, b"Channel"),
            (20, Some(b'Q')) => (Self::Qualifiers, b"Qualifiers"),
            (22, Some(b'T')) => (Self::TimeCreated, b"TimeCreated"),
            (20, Some(b'S')) => (Self::SystemTime, b"SystemTime"),
            (26, Some(b'E')) => (Self::EventRecordId, b"EventRecordID"),
            (18, Some(b'E')) => (Self::EventData, b"EventData"),
            (8, Some(b'D')) => (Self::Data, b"Data"),
            (12, Some(b'B')) => (Self::Binary, b"Binary"),
            (26, Some(b'R')) => (Self::RenderingInfo, b"RenderingInfo"),
            _ => return Self::Other,
        };
        let is_same = text
            .as_chunks::<2>()
            .0
            .iter()
            .zip(ascii)
            .all(|(unit, byte)| *unit == [*byte, 0]);
        if is_same { name } else { Self::Other }
    }

    /// Whether it has no other characters than the names that Windows writes.
    fn is_usual(text: &[u8]) -> bool {
        !text.is_empty()
            && text.as_chunks::<2>().0.iter().all(|[low, high]| {
                *high == 0
                    && (low.is_ascii_alphanumeric() || matches!(low, b'_' | b'-' | b'.' | b':'))
            })
    }
}

impl SystemOutline {
    pub(super) fn set(&mut self, element: Name, attribute: Option<Name>, piece: Field) {
        let field = match (element, attribute) {
            (Name::Provider, Some(Name::Named)) => &mut self.provider,
            (Name::Provider, Some(Name::Source)) => &mut self.source,
            (Name::EventId, Some(Name::Qualifiers)) => &mut self.qualifiers,
            (Name::EventId, None) => &mut self.event_id,
            (Name::Level, None) => &mut self.level,
            (Name::TimeCreated, Some(Name::SystemTime)) => &mut self.time,
            (Name::EventRecordId, None) => &mut self.record_id,
            (Name::Channel, None) => &mut self.channel,
            (Name::Computer, None) => &mut self.computer,
            _ => return,
        };
        field.set(piece);
    }
}
