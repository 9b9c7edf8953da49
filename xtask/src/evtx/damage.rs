//! Breaks a finished log in one place.
//!
//! Each damage renews the checksums around it, so that a reader meets just what was meant; those
//! that break a checksum do so by writing a wrong one. Records are named by their number in the
//! file, chunks from 0.

use std::ops::Range;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

use super::chunk::{read_u32, read_u64, renew_checksums};
use super::file::{FLAG_DIRTY, renew_header_checksum};
use super::{CHUNK_BYTES, FILE_HEADER_BYTES};

const FIRST_RECORD: usize = 512;
/// Where no record, name or definition can be.
const OUTSIDE: u32 = 0x0001_2345;

/// One thing that can be wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Damage {
    /// The file ends after so many bytes.
    Cut {
        /// Length that is left.
        bytes: usize,
    },
    /// The file ends inside a chunk.
    CutChunk {
        /// The chunk.
        chunk: usize,
        /// Bytes of it that are left.
        bytes: usize,
    },
    /// Zeros stand behind the last chunk.
    AppendZeros {
        /// How many.
        bytes: usize,
    },
    /// A chunk holds only zeros.
    ZeroChunk {
        /// The chunk.
        chunk: usize,
    },
    /// A chunk does not begin as one.
    ChunkMagic {
        /// The chunk.
        chunk: usize,
    },
    /// The checksum stored in the file header is wrong.
    FileChecksum,
    /// The checksum stored for a chunk's header is wrong.
    HeaderChecksum {
        /// The chunk.
        chunk: usize,
    },
    /// The checksum stored for a chunk's records is wrong.
    DataChecksum {
        /// The chunk.
        chunk: usize,
    },
    /// Bytes of a record are inverted.
    FlipRecord {
        /// The record.
        record: u64,
        /// First byte, from the record's begin (its header has 24).
        at: usize,
        /// How many bytes.
        bytes: usize,
        /// Whether the chunk's checksums are renewed; otherwise they tell of it.
        renew: bool,
    },
    /// A record's size field is wrong; its copy at the record's end is not.
    RecordSize {
        /// The record.
        record: u64,
        /// What it says.
        size: u32,
    },
    /// A record does not begin as one.
    RecordMagic {
        /// The record.
        record: u64,
    },
    /// Every list of the string table begins outside the chunk.
    StringTable {
        /// The chunk.
        chunk: usize,
    },
    /// Every list of the template table begins outside the chunk.
    TemplateTable {
        /// The chunk.
        chunk: usize,
    },
    /// A chunk's free-space offset is wrong.
    FreeSpace {
        /// The chunk.
        chunk: usize,
        /// What it says.
        offset: u32,
    },
    /// A chunk's last record number is wrong.
    LastRecord {
        /// The chunk.
        chunk: usize,
        /// What it says.
        number: u64,
    },
    /// The file header's chunk count and its last chunk are of an earlier time.
    StaleHeader {
        /// How many chunks it tells of.
        chunks: u16,
    },
    /// The file header says that the log was not closed cleanly.
    Dirty,
    /// The file header names a minor version.
    MinorVersion {
        /// The version.
        minor: u16,
    },
}

impl Damage {
    /// Does it.
    ///
    /// # Errors
    /// Where the log has no such chunk or record.
    pub fn apply(&self, log: &mut Vec<u8>) -> anyhow::Result<()> {
        match *self {
            Self::Cut { bytes } => {
                ensure!(bytes < log.len(), "the log has only {} bytes", log.len());
                log.truncate(bytes);
            }
            Self::CutChunk { chunk, bytes } => {
                let range = chunk_range(log, chunk)?;
                ensure!(bytes < CHUNK_BYTES, "a chunk has only {CHUNK_BYTES} bytes");
                log.truncate(range.start + bytes);
            }
            Self::AppendZeros { bytes } => log.resize(log.len() + bytes, 0),
            Self::ZeroChunk { chunk } => {
                let range = chunk_range(log, chunk)?;
                log[range].fill(0);
            }
            Self::ChunkMagic { chunk } => in_chunk(log, chunk, |bytes| bytes[..3].fill(b'X'))?,
            Self::FileChecksum => log[124] ^= 0xff,
            Self::HeaderChecksum { chunk } => {
                let range = chunk_range(log, chunk)?;
                log[range.start + 124] ^= 0xff;
            }
            Self::DataChecksum { chunk } => {
                // The stored sum lies in what the header's checksum covers.
                let range = chunk_range(log, chunk)?;
                let chunk = &mut log[range];
                chunk[52] ^= 0xff;
                let mut header = crc32fast::Hasher::new();
                header.update(&chunk[..120]);
                header.update(&chunk[128..FIRST_RECORD]);
                chunk[124..128].copy_from_slice(&header.finalize().to_le_bytes());
            }
            Self::FlipRecord {
                record,
                at,
                bytes,
                renew,
            } => {
                let place = find_record(log, record)?;
                ensure!(
                    at + bytes <= place.size,
                    "record {record} has only {} bytes",
                    place.size
                );
                for byte in &mut log[place.start + at..place.start + at + bytes] {
                    *byte = !*byte;
                }
                if renew {
                    in_chunk(log, place.chunk, |_| ())?;
                }
            }
            Self::RecordSize { record, size } => {
                let place = find_record(log, record)?;
                put(log, place.start + 4, &size.to_le_bytes());
                in_chunk(log, place.chunk, |_| ())?;
            }
            Self::RecordMagic { record } => {
                let place = find_record(log, record)?;
                put(log, place.start, b"XX");
                in_chunk(log, place.chunk, |_| ())?;
            }
            Self::StringTable { chunk } => {
                in_chunk(log, chunk, |bytes| break_table(&mut bytes[128..384]))?;
            }
            Self::TemplateTable { chunk } => {
                in_chunk(log, chunk, |bytes| break_table(&mut bytes[384..512]))?;
            }
            Self::FreeSpace { chunk, offset } => {
                in_chunk(log, chunk, |bytes| put(bytes, 48, &offset.to_le_bytes()))?;
            }
            Self::LastRecord { chunk, number } => in_chunk(log, chunk, |bytes| {
                put(bytes, 16, &number.to_le_bytes());
                put(bytes, 32, &number.to_le_bytes());
            })?,
            Self::StaleHeader { chunks } => in_header(log, |header| {
                let last = u64::from(chunks.saturating_sub(1));
                put(header, 16, &last.to_le_bytes());
                put(header, 42, &chunks.to_le_bytes());
            })?,
            Self::Dirty => in_header(log, |header| {
                let flags = read_u32(header, 120) | FLAG_DIRTY;
                put(header, 120, &flags.to_le_bytes());
            })?,
            Self::MinorVersion { minor } => {
                in_header(log, |header| put(header, 36, &minor.to_le_bytes()))?;
            }
        }
        Ok(())
    }
}

/// Where a record lies in the file.
struct Place {
    chunk: usize,
    start: usize,
    size: usize,
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

fn break_table(table: &mut [u8]) {
    for head in table.chunks_exact_mut(4) {
        if head != [0; 4] {
            head.copy_from_slice(&OUTSIDE.to_le_bytes());
        }
    }
}

fn chunk_range(log: &[u8], chunk: usize) -> anyhow::Result<Range<usize>> {
    let start = FILE_HEADER_BYTES + chunk * CHUNK_BYTES;
    let end = start + CHUNK_BYTES;
    ensure!(end <= log.len(), "the log has no whole chunk {chunk}");
    Ok(start..end)
}

fn in_chunk(log: &mut [u8], chunk: usize, change: impl FnOnce(&mut [u8])) -> anyhow::Result<()> {
    let range = chunk_range(log, chunk)?;
    let bytes = &mut log[range];
    change(bytes);
    renew_checksums(bytes);
    Ok(())
}

fn in_header(log: &mut [u8], change: impl FnOnce(&mut [u8])) -> anyhow::Result<()> {
    let header = log.get_mut(..128).context("the log has no header")?;
    change(header);
    renew_header_checksum(header);
    Ok(())
}

fn find_record(log: &[u8], number: u64) -> anyhow::Result<Place> {
    let chunks = log.len().saturating_sub(FILE_HEADER_BYTES) / CHUNK_BYTES;
    for chunk in 0..chunks {
        let range = chunk_range(log, chunk)?;
        let mut at = range.start + FIRST_RECORD;
        while log[at..range.end].starts_with(b"**\0\0") && at + 24 <= range.end {
            let size = read_u32(log, at + 4) as usize;
            if read_u64(log, at + 8) == number {
                return Ok(Place {
                    chunk,
                    start: at,
                    size,
                });
            }
            if size < 28 {
                break;
            }
            at = (at + size).min(range.end);
        }
    }
    bail!("the log has no record {number}")
}

/// Writes other text of the same length over every place where a text stands, and renews the
/// checksums: for texts that no string can hold, such as half a surrogate pair.
pub fn replace_units(log: &mut [u8], from: &[u16], to: &[u16]) {
    let bytes = |units: &[u16]| -> Vec<u8> { units.iter().flat_map(|u| u.to_le_bytes()).collect() };
    let (from, to) = (bytes(from), bytes(to));
    assert_eq!(from.len(), to.len(), "the text must keep its length");
    let places: Vec<usize> = memchr::memmem::find_iter(log, &from).collect();
    for at in &places {
        put(log, *at, &to);
    }
    for chunk in log[FILE_HEADER_BYTES..].chunks_exact_mut(CHUNK_BYTES) {
        renew_checksums(chunk);
    }
}
