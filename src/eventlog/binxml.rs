//! The little BinXML that we read ourselves: enough to tell which records are wanted.
//!
//! Two things: the head of a record that is a template instance, and where the fields of
//! `System` come from, in a template definition or in a record written without one. What the
//! other records' texts are is `plain`'s, which uses the reader of tokens here. The names
//! stand in a definition as text, or come as values of each record, so both must be known before a
//! record may be left undecoded. Decoding itself is the evtx crate's; whatever is not
//! understood here is `None`, and then the record is decoded.

mod instance;
mod names;

use super::bytes::{index_at, u16_at, u32_at};
use super::chunk::Span;

pub(super) use instance::{Instance, Places, Value};
pub(super) use names::{KnownName, KnownNames, Name};

const FRAGMENT_HEADER: u8 = 0x0F;
const TYPE_STRING: u8 = 0x01;
/// Stands for a text that does not count.
const LEFT_OUT: u8 = 0xFF;

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

    /// Appends what a definition says, without regard to where in the chunk it and its names lie, and
    /// but for one text, which lies in this range: two definitions that append the same are the same
    /// for every reader, but for that text.
    pub(super) fn canonical(
        chunk: &[u8],
        definition: usize,
        but: Option<(usize, usize)>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let size = index_at(chunk, definition.checked_add(20)?)?;
        let start = definition.checked_add(24)?;
        Reader::new(chunk, start, start.checked_add(size)?, true)?.canonical(but, out)
    }

    /// The outline of a record that is no template instance.
    pub(super) fn of_record(chunk: &[u8], span: &Span, names: &mut KnownNames) -> Option<Self> {
        Reader::of_record(chunk, span)?.system(names)
    }

    /// Adds a piece of a field.
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

    fn canonical(mut self, but: Option<(usize, usize)>, out: &mut Vec<u8>) -> Option<()> {
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
                    let bytes = chars.checked_mul(2)?.checked_add(3)?;
                    let start = self.at.checked_add(3)?;
                    if but == Some((start, self.at.checked_add(bytes)?)) {
                        // No type of a value, so that nothing else is taken for it.
                        out.push(LEFT_OUT);
                        self.skip(bytes)?;
                    } else {
                        self.copy(bytes, out)?;
                    }
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
