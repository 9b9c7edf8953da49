//! The head of a record that is a template instance, and its values.

use super::FRAGMENT_HEADER;
use crate::eventlog::bytes::index_at;
use crate::eventlog::chunk::Span;

const TEMPLATE_INSTANCE: u8 = 0x0C;

/// The head of a template instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::eventlog) struct Instance {
    /// Where its definition lies in the chunk.
    pub(in crate::eventlog) definition: usize,
    /// Where its number of values stands.
    values_at: usize,
}

/// One value of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::eventlog) struct Value<'a> {
    /// The type's number.
    pub(in crate::eventlog) kind: u8,
    /// Where it begins in the chunk.
    pub(in crate::eventlog) start: usize,
    pub(in crate::eventlog) bytes: &'a [u8],
}

impl Instance {
    /// The instance at the beginning of a BinXML stream in the chunk, with or without a fragment
    /// header in front; `None` where the stream begins otherwise.
    pub(in crate::eventlog) fn parse(chunk: &[u8], start: usize, end: usize) -> Option<Self> {
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
    pub(in crate::eventlog) fn of_record(chunk: &[u8], span: &Span) -> Option<Self> {
        Self::parse(chunk, span.content_start(), span.content_end())
    }

    /// One of its values.
    pub(in crate::eventlog) fn value<'a>(&self, chunk: &'a [u8], index: u16) -> Option<Value<'a>> {
        let index = usize::from(index);
        let (table, values) = self.table(chunk)?;
        let (before, rest) = table.split_at_checked(index)?;
        value_at(chunk, end_of(values, before)?, rest.first()?)
    }

    /// Two of its values, in one go over the table; the second's index must not be the smaller.
    pub(in crate::eventlog) fn two_values<'a>(
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
    pub(in crate::eventlog) fn values<'a>(
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

    /// Its values by their places, for whoever asks for many of them; nothing where there are more
    /// than in any record that Windows writes.
    pub(in crate::eventlog) fn places<'a>(&self, chunk: &'a [u8]) -> Option<Places<'a>> {
        let (table, values) = self.table(chunk)?;
        let mut starts = [0; MAX_PLACES];
        let mut at = u32::try_from(values).ok()?;
        for (start, [low, high, ..]) in starts.iter_mut().zip(table) {
            *start = at;
            at = at.checked_add(u32::from(u16::from_le_bytes([*low, *high])))?;
        }
        (table.len() <= MAX_PLACES).then_some(Places {
            chunk,
            table,
            starts,
        })
    }

    /// Where its last value ends.
    pub(in crate::eventlog) fn end(&self, chunk: &[u8]) -> Option<usize> {
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

/// More values than the head of a record has: 18 or 20.
const MAX_PLACES: usize = 32;

/// Where each of an instance's values begins.
#[derive(Clone, Copy)]
pub(in crate::eventlog) struct Places<'a> {
    chunk: &'a [u8],
    table: &'a [[u8; 4]],
    starts: [u32; MAX_PLACES],
}

impl<'a> Places<'a> {
    /// One of the values.
    pub(in crate::eventlog) fn value(&self, index: u16) -> Option<Value<'a>> {
        let index = usize::from(index);
        let start = usize::try_from(*self.starts.get(index)?).ok()?;
        value_at(self.chunk, start, self.table.get(index)?)
    }

    /// The last of the values.
    pub(in crate::eventlog) fn last(&self) -> Option<Value<'a>> {
        self.value(u16::try_from(self.table.len().checked_sub(1)?).ok()?)
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
