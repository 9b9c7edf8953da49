//! A whole log: file header, chunks, and which record goes where.

use std::fmt;

use super::chunk::Chunk;
use super::{FILE_HEADER_BYTES, Record};

/// The header says: not closed cleanly.
pub(super) const FLAG_DIRTY: u32 = 1;
/// The header says: no checksums.
pub(super) const FLAG_NO_CHECKSUMS: u32 = 4;

/// What holds for a log as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// The format's minor version: 1, or 2 on newer Windows 10 and later.
    pub minor_version: u16,
    /// The number of the first record in this file. A log that has wrapped around, or was
    /// exported in part, begins anywhere.
    pub first_number: u64,
    /// Leaves the checksums out and says so by flag 4, as some preview builds do.
    pub no_checksums: bool,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            minor_version: 1,
            first_number: 1,
            no_checksums: false,
        }
    }
}

/// A record that would not even fit into an empty chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordTooLarge {
    /// The number it would have had.
    pub number: u64,
}

impl fmt::Display for RecordTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {} does not fit into a chunk", self.number)
    }
}

impl std::error::Error for RecordTooLarge {}

/// A log under construction.
///
/// ```
/// use xtask::evtx::{Log, LogOptions, Record};
///
/// let mut log = Log::new(LogOptions::default());
/// log.push(&Record {
///     event_id: 900,
///     strings: vec!["TriggerStarted:6".to_owned()],
///     ..Record::default()
/// })
/// .unwrap();
/// assert_eq!(log.finish().len(), 4096 + 65536);
/// ```
pub struct Log {
    options: LogOptions,
    full: Vec<Vec<u8>>,
    /// How many full chunks were taken away.
    taken: usize,
    current: Chunk,
    next_number: u64,
}

impl Log {
    /// Begins a log.
    pub fn new(options: LogOptions) -> Self {
        let next_number = options.first_number;
        Self {
            options,
            full: Vec::new(),
            taken: 0,
            current: Chunk::new(),
            next_number,
        }
    }

    /// Appends a record and returns its number in this file. A record without an EventRecordID
    /// of its own gets the same number.
    ///
    /// # Errors
    /// Where it does not fit into a chunk even alone; the log is as it was.
    pub fn push(&mut self, record: &Record) -> Result<u64, RecordTooLarge> {
        let number = self.next_number;
        if !record.write(&mut self.current, number) {
            let mut fresh = Chunk::new();
            if !record.write(&mut fresh, number) {
                return Err(RecordTooLarge { number });
            }
            let full = std::mem::replace(&mut self.current, fresh);
            self.full.push(full.finish(self.options.no_checksums));
        }
        self.next_number += 1;
        Ok(number)
    }

    /// The number that the next record will have.
    pub fn next_number(&self) -> u64 {
        self.next_number
    }

    /// Leaves numbers out, as where records were overwritten or not exported.
    pub fn skip_numbers(&mut self, count: u64) {
        self.next_number += count;
    }

    /// Lets the next record begin a new chunk, where the current one holds any.
    pub fn end_chunk(&mut self) {
        if !self.current.is_empty() {
            let full = std::mem::replace(&mut self.current, Chunk::new());
            self.full.push(full.finish(self.options.no_checksums));
        }
    }

    /// How many chunks are full, those that were taken among them.
    pub fn full_chunks(&self) -> u64 {
        (self.taken + self.full.len()) as u64
    }

    /// Takes the full chunks away, for a log that is too long to be held. They follow those that
    /// were taken before.
    pub fn take_chunks(&mut self) -> Vec<Vec<u8>> {
        self.taken += self.full.len();
        std::mem::take(&mut self.full)
    }

    /// The whole log. One without records has one empty chunk, as a cleared log has.
    pub fn finish(self) -> Vec<u8> {
        let (mut bytes, chunks) = self.finish_rest();
        for chunk in chunks {
            bytes.extend_from_slice(&chunk);
        }
        bytes
    }

    /// The file header's block, and the chunks that were not taken away.
    pub fn finish_rest(mut self) -> (Vec<u8>, Vec<Vec<u8>>) {
        self.end_chunk();
        if self.full_chunks() == 0 {
            self.full
                .push(self.current.finish(self.options.no_checksums));
        }
        let chunks = self.taken + self.full.len();
        let header = self.options.header(chunks, self.next_number);
        (header, self.full)
    }
}

impl LogOptions {
    fn header(&self, chunks: usize, next_number: u64) -> Vec<u8> {
        let mut header = vec![0; FILE_HEADER_BYTES];
        header[..8].copy_from_slice(b"ElfFile\0");
        let last_chunk = chunks.saturating_sub(1) as u64;
        header[16..24].copy_from_slice(&last_chunk.to_le_bytes());
        header[24..32].copy_from_slice(&next_number.to_le_bytes());
        header[32..36].copy_from_slice(&128_u32.to_le_bytes());
        header[36..38].copy_from_slice(&self.minor_version.to_le_bytes());
        header[38..40].copy_from_slice(&3_u16.to_le_bytes());
        header[40..42].copy_from_slice(&4096_u16.to_le_bytes());
        let count = u16::try_from(chunks).unwrap_or(u16::MAX);
        header[42..44].copy_from_slice(&count.to_le_bytes());
        if self.no_checksums {
            header[120..124].copy_from_slice(&FLAG_NO_CHECKSUMS.to_le_bytes());
        } else {
            renew_header_checksum(&mut header);
        }
        header
    }
}

/// Writes the file header's checksum anew.
pub(super) fn renew_header_checksum(file: &mut [u8]) {
    let checksum = crc32fast::hash(&file[..120]);
    file[124..128].copy_from_slice(&checksum.to_le_bytes());
}
