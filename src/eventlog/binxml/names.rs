//! Names of elements and attributes, known again by where they stand in a chunk.

use crate::eventlog::bytes::u16_at;

/// Which names stand where in the chunk at hand: the same few are met again and again.
#[derive(Clone, Debug)]
pub(in crate::eventlog) struct KnownNames {
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
pub(in crate::eventlog) struct KnownName {
    /// The chunk's number above, the offset below.
    place: u64,
    /// Of its text, where names are looked at closer: the same in every chunk.
    pub(in crate::eventlog) hash: u32,
    pub(in crate::eventlog) name: Name,
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
    pub(in crate::eventlog) fn looking_closer() -> Self {
        Self {
            looks_closer: true,
            ..Self::default()
        }
    }

    /// Forgets the chunk before.
    pub(in crate::eventlog) fn begin_chunk(&mut self) {
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
    pub(super) fn at(&mut self, chunk: &[u8], offset: u32) -> Option<KnownName> {
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
pub(in crate::eventlog) enum Name {
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
