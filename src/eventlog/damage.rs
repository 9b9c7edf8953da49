//! What is wrong with a log, as values.

use super::{ChunkIndex, RecordId};
use crate::input::LogName;

/// Bytes or records of a log that could not be read as they should (RULES.md 8).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// The log.
    pub log: LogName,
    /// The chunk, where it lies in one.
    pub chunk: Option<ChunkIndex>,
    /// The record, by its header's number, where it is one.
    pub record_id: Option<RecordId>,
    /// What is wrong.
    pub kind: DamageKind,
    /// How many records are lost by it, where that can be told.
    pub lost_records: Option<u64>,
}

impl Damage {
    /// Whether records or bytes are lost by it; else what it concerns was read all the same.
    pub fn loses_something(&self) -> bool {
        match (self.lost_records, &self.kind) {
            (Some(lost), _) => lost > 0,
            (
                None,
                DamageKind::Told {
                    loses_something, ..
                },
            ) => *loses_something,
            (
                None,
                DamageKind::ChunkCutShort { .. }
                | DamageKind::ZeroedChunk
                // Where its records could be walked, the number that is lost is known.
                | DamageKind::BadMagic
                | DamageKind::RecordChain
                | DamageKind::Record { .. }
                | DamageKind::Chunk { .. }
                | DamageKind::Io { .. }
                | DamageKind::BecameShorter,
            ) => true,
            (None, _) => false,
        }
    }
}

/// The kinds of damage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DamageKind {
    /// The file header's checksum, magic or version is wrong; chunks are read all the same.
    FileHeader {
        /// What the header says.
        stored: u32,
        /// What its bytes give.
        computed: u32,
    },
    /// The file ends inside a chunk that holds records.
    ChunkCutShort {
        /// Bytes of the chunk that are there.
        bytes: u32,
    },
    /// A chunk does not begin with `ElfChnk`.
    BadMagic,
    /// A chunk before the last used one holds only zeros.
    ZeroedChunk,
    /// The chunk header's checksum is wrong.
    HeaderChecksum {
        /// What the header says.
        stored: u32,
        /// What its bytes give.
        computed: u32,
    },
    /// The checksum over the chunk's records is wrong.
    DataChecksum {
        /// What the header says.
        stored: u32,
        /// What its bytes give.
        computed: u32,
    },
    /// The chunk's string table cannot be walked; names were read where they stand.
    StringTable,
    /// The chunk's template table cannot be walked.
    TemplateTable,
    /// The chunk header's free-space offset lies outside the chunk or behind the last record.
    FreeSpaceOffset {
        /// What the header says.
        stored: u32,
        /// Where the last record ends.
        walked: u32,
    },
    /// The chunk header's range of record numbers is not that of its records.
    RecordRange {
        /// The last number that the header says.
        stored: u64,
        /// The last number found.
        walked: u64,
    },
    /// The walk over the chunk's records breaks here: bad magic or size.
    RecordChain,
    /// A wanted record does not parse.
    Record {
        /// What the decoder said.
        message: String,
    },
    /// The decoder failed on a whole chunk.
    Chunk {
        /// What the decoder said.
        message: String,
    },
    /// The system failed to read the file here.
    Io {
        /// What the system said.
        message: String,
    },
    /// The file ends here, before the end that it had when it was found.
    BecameShorter,
    /// What was found when event rows were made, in the words of that time.
    Told {
        /// What is wrong.
        problem: String,
        /// Whether records or bytes are lost by it, where their number is not known.
        loses_something: bool,
    },
}

/// Something odd that loses nothing (RULES.md 8).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The log.
    pub log: LogName,
    /// The chunk, where it lies in one.
    pub chunk: Option<ChunkIndex>,
    /// What is odd.
    pub kind: NoteKind,
}

/// The kinds of notes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NoteKind {
    /// The file header's chunk count is not that of the file, as in a live copy where it is lower.
    StaleHeader {
        /// What the header says.
        stored: u32,
        /// The place of the last chunk in use, from 1.
        found: u32,
    },
    /// The log was not closed cleanly.
    DirtyFlag,
    /// A minor format version that is not 1 or 2.
    MinorVersion {
        /// The version.
        minor: u16,
    },
    /// The last chunk is cut short but holds no record.
    ShortLastChunk {
        /// Bytes that are there.
        bytes: u32,
    },
    /// Record numbers are missing between records (deleted, overwritten or not exported).
    Gaps {
        /// How many gaps.
        gaps: u64,
        /// How many numbers are missing in all.
        missing: u64,
    },
    /// Behind the last chunk in use and the header's count lie bytes that are neither zeros nor
    /// records: space that was given to the file and never written.
    ForeignBytes {
        /// How many chunks long.
        chunks: u32,
    },
    /// Chunks are flagged as written without checksums.
    NoChecksums {
        /// How many chunks.
        chunks: u32,
    },
    /// What was found when event rows were made, in the words of that time.
    Told {
        /// What is odd.
        note: String,
        /// How often.
        count: Option<u64>,
    },
    /// Its event rows were chosen when they were made, so that what is not there proves nothing.
    RowsFiltered {
        /// The options as they were typed.
        filters: Vec<String>,
    },
    /// Its event rows were redacted when they were made: pseudonyms stand for names.
    RowsRedacted,
    /// Event rows of it were given, but no row that tells of the log itself.
    EventsWithoutInput,
    /// A row tells of activation events of it, but none of them was given.
    InputWithoutEvents {
        /// How many there are to be.
        events: u64,
    },
    /// The log was named or found once more, under this name, and was read once.
    NamedAgain,
    /// The log has records of a machine under numbers that stand for other records of it in
    /// another log.
    NumbersReused {
        /// The other log.
        other: LogName,
    },
    /// A machine id goes from one name over to another for good, and the record of the change
    /// stands in this log.
    LikelyRename {
        /// The name before.
        from: String,
        /// The name since.
        to: String,
    },
}
