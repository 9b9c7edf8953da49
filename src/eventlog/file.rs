//! A log as a file: its header, and how it is cut into runs of chunks.
//!
//! The header's word is only compared with the file, never believed: in a copy of a live log it
//! is stale. The file's length tells how many chunks there are.

use super::bytes::{u16_at, u32_at};
use super::chunk::CHUNK_BYTES;
use super::{DamageKind, NoteKind};
use crate::input::LogSource;

/// Length of the file's header; the first chunk begins behind it.
pub const FILE_HEADER_BYTES: u64 = 4096;
/// How much of it has fields.
pub(super) const FILE_HEADER_FIELDS: usize = 128;
/// Length of a chunk, for offsets in the file.
const CHUNK_LENGTH: u64 = CHUNK_BYTES as u64;
const FLAG_DIRTY: u32 = 1;
const FLAG_NO_CHECKSUMS: u32 = 4;

/// Some chunks of a log that lie side by side, to be read at one go by one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkRun {
    /// The first chunk's index.
    pub first: u32,
    /// How many chunks.
    pub count: u32,
}

impl ChunkRun {
    /// How many bytes of a log of this length it covers.
    pub fn bytes(self, log_bytes: u64) -> u64 {
        let end = chunk_offset(self.first.saturating_add(self.count)).min(log_bytes);
        let begin = if self.first == 0 {
            0
        } else {
            chunk_offset(self.first)
        };
        end.saturating_sub(begin)
    }
}

/// Cuts a log into runs of at most so many chunks, by the file's length. What is left of a chunk at
/// the end of the file counts as a chunk.
pub fn runs(source: &LogSource, chunks_per_run: u32) -> Vec<ChunkRun> {
    let chunks = chunk_count(source.len());
    let step = chunks_per_run.max(1);
    (0..chunks)
        .step_by(usize::try_from(step).unwrap_or(usize::MAX))
        .map(|first| ChunkRun {
            first,
            count: step.min(chunks.saturating_sub(first)),
        })
        .collect()
}

/// How many chunks there are in a log of so many bytes.
pub(super) fn chunk_count(bytes: u64) -> u32 {
    let chunks = bytes
        .saturating_sub(FILE_HEADER_BYTES)
        .div_ceil(CHUNK_LENGTH);
    u32::try_from(chunks).unwrap_or(u32::MAX)
}

/// Where a chunk begins in the file.
pub(super) fn chunk_offset(index: u32) -> u64 {
    u64::from(index)
        .saturating_mul(CHUNK_LENGTH)
        .saturating_add(FILE_HEADER_BYTES)
}

/// What a log's header says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FileHeader {
    /// How many chunks, in the 16 bits there are for it.
    pub(super) chunks: Option<u16>,
    pub(super) damage: Option<DamageKind>,
    pub(super) notes: Vec<NoteKind>,
}

impl FileHeader {
    /// A header that could not be read, in the words of the system.
    pub(super) fn unreadable(message: String) -> Self {
        Self {
            damage: Some(DamageKind::Io { message }),
            ..Self::default()
        }
    }

    /// Reads the first bytes of a file.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut header = Self::default();
        let (Some(minor), Some(major), Some(chunks), Some(flags), Some(stored)) = (
            u16_at(bytes, 36),
            u16_at(bytes, 38),
            u16_at(bytes, 42),
            u32_at(bytes, 120),
            u32_at(bytes, 124),
        ) else {
            return header;
        };
        let computed = crc32fast::hash(bytes.get(..120).unwrap_or_default());
        let is_log = bytes.starts_with(b"ElfFile\0") && major == 3;
        let is_checked = flags & FLAG_NO_CHECKSUMS == 0;
        if (is_checked && computed != stored) || !is_log {
            // Nothing else that it says is worth telling.
            header.damage = Some(DamageKind::FileHeader { stored, computed });
            return header;
        }
        header.chunks = Some(chunks);
        if !matches!(minor, 1 | 2) {
            header.notes.push(NoteKind::MinorVersion { minor });
        }
        if flags & FLAG_DIRTY != 0 {
            header.notes.push(NoteKind::DirtyFlag);
        }
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_every_chunk_once() {
        for (bytes, per_run, expect) in [
            (4096, 4, vec![]),
            (4096 + 1, 4, vec![(0, 1)]),
            (4096 + 65_536 * 5, 2, vec![(0, 2), (2, 2), (4, 1)]),
            (4096 + 65_536 * 2, 0, vec![(0, 1), (1, 1)]),
            (4096 + 65_536 * 2 + 7, u32::MAX, vec![(0, 3)]),
        ] {
            let source = LogSource::in_memory("x", vec![0; bytes]);
            let runs: Vec<_> = runs(&source, per_run)
                .iter()
                .map(|run| (run.first, run.count))
                .collect();
            assert_eq!(runs, expect, "{bytes} by {per_run}");
        }
    }

    #[test]
    fn header_is_compared_and_not_believed() {
        let mut bytes = vec![0; FILE_HEADER_FIELDS];
        bytes[..8].copy_from_slice(b"ElfFile\0");
        bytes[36] = 7;
        bytes[38] = 3;
        bytes[42] = 9;
        bytes[120] = 1;
        let checksum = crc32fast::hash(&bytes[..120]);
        assert!(FileHeader::parse(&bytes).damage.is_some());
        bytes[124..128].copy_from_slice(&checksum.to_le_bytes());
        let header = FileHeader::parse(&bytes);
        assert_eq!(header.damage, None);
        assert_eq!(header.chunks, Some(9));
        assert_eq!(
            header.notes,
            [NoteKind::MinorVersion { minor: 7 }, NoteKind::DirtyFlag]
        );
    }
}
