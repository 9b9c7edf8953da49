//! One chunk's header, checksums and chain of records, without a look into the records.
//!
//! The walk goes by the records' own headers and ends where the chunk header says that free
//! space begins: what lies behind is an older use of the chunk and must not count. Where the
//! header lies, or the chain breaks, everything that is certainly live is still found.
//! Which records are wanted is the prefilter's business.

use super::bytes::{is_zero, u32_at, u64_at};
use super::{DamageKind, RecordId};

/// Length of a chunk.
pub const CHUNK_BYTES: usize = 65_536;
/// Length of a chunk's header; the first record begins behind it.
pub(super) const CHUNK_HEADER_BYTES: usize = 512;
/// What a chunk begins with.
pub(super) const CHUNK_MAGIC: &[u8; 8] = b"ElfChnk\0";
/// What a record begins with.
pub(super) const RECORD_MAGIC: &[u8; 4] = b"\x2a\x2a\0\0";
/// Length of a record's header.
pub(super) const RECORD_HEADER_BYTES: usize = 24;
/// Header and the copy of the size: no record is shorter.
pub(super) const RECORD_MIN_BYTES: usize = 28;

/// The flag of a chunk that was written without checksums.
const FLAG_NO_CHECKSUMS: u32 = 4;
/// More records than this do not fit a chunk, so no two of its numbers are further apart.
const MAX_RECORDS: u64 = 2_400;

/// Where a live record lies, and what its header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) offset: usize,
    /// With header and size copy; as found, where the header's own size is wrong.
    pub(super) size: usize,
    pub(super) id: u64,
    pub(super) filetime: u64,
}

impl Span {
    pub(super) fn end(&self) -> usize {
        self.offset.saturating_add(self.size)
    }

    /// Where the record's BinXML begins.
    pub(super) fn content_start(&self) -> usize {
        self.offset.saturating_add(RECORD_HEADER_BYTES)
    }

    /// Where the record's BinXML ends and the copy of its size begins.
    pub(super) fn content_end(&self) -> usize {
        self.end().saturating_sub(4)
    }
}

/// What a chunk is, as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChunkState {
    /// Nothing but zeros: unused, or lost, which only the whole log can tell.
    Zeros,
    /// No chunk can be made out, but there are records.
    Unreadable,
    /// Neither a chunk nor anything like a record.
    Foreign,
    /// Its records were walked (there may be none).
    InUse,
    /// The rest of a file whose last chunk is cut short, without a record in it.
    ShortRest,
}

/// Something wrong within a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) kind: DamageKind,
    pub(super) record_id: Option<RecordId>,
    pub(super) lost_records: Option<u64>,
}

impl Problem {
    pub(super) fn of(kind: DamageKind) -> Self {
        Self {
            kind,
            record_id: None,
            lost_records: None,
        }
    }
}

/// What the look at a chunk gave, beside its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Survey {
    pub(super) state: ChunkState,
    /// The chunk says that it has no checksums.
    pub(super) no_checksums: bool,
    /// The last record's number by a header that can be believed.
    pub(super) declared_last: Option<u64>,
    /// Where no chunk can be made out, the whole records that lie there all the same.
    pub(super) loose: u32,
    pub(super) problems: Vec<Problem>,
}

/// The fields of a chunk's header that are used.
struct Header {
    first_id: u64,
    last_id: u64,
    last_offset: u32,
    free_space: u32,
    data_checksum: u32,
    flags: u32,
    header_checksum: u32,
}

impl Header {
    fn parse(chunk: &[u8]) -> Option<Self> {
        Some(Self {
            first_id: u64_at(chunk, 24)?,
            last_id: u64_at(chunk, 32)?,
            last_offset: u32_at(chunk, 44)?,
            free_space: u32_at(chunk, 48)?,
            data_checksum: u32_at(chunk, 52)?,
            flags: u32_at(chunk, 120)?,
            header_checksum: u32_at(chunk, 124)?,
        })
    }
}

/// Looks at a chunk: fills `spans` with its live records in order, and tells what is wrong.
///
/// `chunk` is at most [`CHUNK_BYTES`] long, less where the file ends inside it.
pub(super) fn survey(chunk: &[u8], spans: &mut Vec<Span>) -> Survey {
    spans.clear();
    let short = chunk.len() < CHUNK_BYTES;
    let mut survey = Survey {
        state: ChunkState::InUse,
        no_checksums: false,
        declared_last: None,
        loose: 0,
        problems: Vec::new(),
    };
    let magic_stands = chunk.starts_with(CHUNK_MAGIC);
    if !magic_stands && is_zero(chunk) {
        survey.state = if short {
            ChunkState::ShortRest
        } else {
            ChunkState::Zeros
        };
        return survey;
    }
    let (Some(header), true) = (Header::parse(chunk), chunk.len() >= CHUNK_HEADER_BYTES) else {
        survey.state = ChunkState::ShortRest;
        return survey;
    };
    let computed = header_checksum(chunk);
    survey.no_checksums = magic_stands && header.flags & FLAG_NO_CHECKSUMS != 0;
    let header_holds = survey.no_checksums || computed == header.header_checksum;
    survey.declared_last = header_holds.then_some(header.last_id);
    if !magic_stands {
        if !header_holds && record_at(chunk, CHUNK_HEADER_BYTES).is_none() {
            survey.state = match find_magic(chunk) {
                Some(first) => {
                    survey.loose = loose_records(chunk, first);
                    ChunkState::Unreadable
                }
                None => ChunkState::Foreign,
            };
            return survey;
        }
        survey.problems.push(Problem {
            kind: DamageKind::BadMagic,
            record_id: None,
            // Only these bytes are lost: its records are walked, and a break is told by itself.
            lost_records: Some(0),
        });
    } else if !header_holds {
        survey
            .problems
            .push(Problem::of(DamageKind::HeaderChecksum {
                stored: header.header_checksum,
                computed,
            }));
    }

    let mut walk = Walk {
        chunk,
        header: &header,
        header_holds,
        spans,
        problems: &mut survey.problems,
        tail_is_lost: false,
    };
    let end = walk.run();
    let tail_is_lost = walk.tail_is_lost;

    if short && spans.is_empty() && free_space(&header) == Some(CHUNK_HEADER_BYTES) {
        survey.state = ChunkState::ShortRest;
        return survey;
    }
    if short {
        survey.problems.push(Problem {
            kind: DamageKind::ChunkCutShort {
                bytes: u32::try_from(chunk.len()).unwrap_or(u32::MAX),
            },
            record_id: None,
            lost_records: lost_at_the_end(&header, spans, end, tail_is_lost),
        });
    }
    if !survey.no_checksums {
        survey.problems.extend(data_problem(chunk, &header, end));
    }
    if !is_chain(chunk, 128, 64, 8) {
        survey.problems.push(Problem::of(DamageKind::StringTable));
    }
    if !is_chain(chunk, 384, 32, 24) {
        survey.problems.push(Problem::of(DamageKind::TemplateTable));
    }
    survey
}

/// Where free space begins by the header, if that is a place in a chunk.
fn free_space(header: &Header) -> Option<usize> {
    usize::try_from(header.free_space)
        .ok()
        .filter(|offset| (CHUNK_HEADER_BYTES..=CHUNK_BYTES).contains(offset))
}

/// How many records a cut chunk has lost.
fn lost_at_the_end(header: &Header, spans: &[Span], end: usize, lost: bool) -> Option<u64> {
    if !lost && free_space(header).is_some_and(|free| free <= end) {
        return Some(0);
    }
    let before = match spans.last() {
        Some(span) => span.id,
        None => header.first_id.checked_sub(1)?,
    };
    header
        .last_id
        .checked_sub(before)
        .filter(|lost| *lost <= MAX_RECORDS)
}

/// The checksum over a chunk's header, as it would be with the right magic.
fn header_checksum(chunk: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(CHUNK_MAGIC);
    hasher.update(chunk.get(8..120).unwrap_or_default());
    hasher.update(chunk.get(128..512).unwrap_or_default());
    hasher.finalize()
}

/// Verifies the checksum over the records.
fn data_problem(chunk: &[u8], header: &Header, end: usize) -> Option<Problem> {
    let free = free_space(header)?;
    let computed = crc32fast::hash(chunk.get(CHUNK_HEADER_BYTES..free)?);
    if computed == header.data_checksum {
        return None;
    }
    // Where only the offset is wrong, the sum over what was walked is right, and the offset is
    // told already.
    if end != free
        && chunk.get(CHUNK_HEADER_BYTES..end).map(crc32fast::hash) == Some(header.data_checksum)
    {
        return None;
    }
    Some(Problem::of(DamageKind::DataChecksum {
        stored: header.data_checksum,
        computed,
    }))
}

/// Whether a table of chains in the header can be walked: every entry lies within the chunk with
/// `entry_bytes` of it, and no chain goes round.
fn is_chain(chunk: &[u8], table: usize, buckets: usize, entry_bytes: usize) -> bool {
    // No table has more entries than fit the chunk.
    let mut left = CHUNK_BYTES.checked_div(entry_bytes).unwrap_or(0);
    for bucket in 0..buckets {
        let mut entry = u32_at(chunk, table.saturating_add(bucket.saturating_mul(4)));
        while let Some(offset) = entry
            && offset != 0
        {
            let at = usize::try_from(offset).unwrap_or(usize::MAX);
            let length = match entry_bytes {
                // A name: link, hash, length in characters, the characters, a NUL.
                8 => super::bytes::u16_at(chunk, at.saturating_add(6))
                    .map(|chars| usize::from(chars).saturating_mul(2).saturating_add(10)),
                // A definition: link, GUID, size, the definition.
                _ => u32_at(chunk, at.saturating_add(20))
                    .and_then(|size| usize::try_from(size).ok())
                    .map(|size| size.saturating_add(24)),
            };
            let inside = length
                .and_then(|length| at.checked_add(length))
                .is_some_and(|end| end <= chunk.len());
            if !inside || left == 0 {
                return false;
            }
            left = left.saturating_sub(1);
            entry = u32_at(chunk, at);
        }
    }
    true
}

/// A record that its header describes and that lies within the chunk.
fn record_at(chunk: &[u8], at: usize) -> Option<Span> {
    let header = chunk.get(at..)?.first_chunk::<RECORD_HEADER_BYTES>()?;
    if !header.starts_with(RECORD_MAGIC) {
        return None;
    }
    let size = usize::try_from(u32_at(header, 4)?).ok()?;
    let span = Span {
        offset: at,
        size,
        id: u64_at(header, 8)?,
        filetime: u64_at(header, 16)?,
    };
    (size >= RECORD_MIN_BYTES && span.end() <= chunk.len()).then_some(span)
}

/// Whether the copy of the size at a record's end agrees.
fn is_closed(chunk: &[u8], span: &Span) -> bool {
    u32_at(chunk, span.content_end()).and_then(|size| usize::try_from(size).ok()) == Some(span.size)
}

/// The walk over a chunk's records.
struct Walk<'a> {
    chunk: &'a [u8],
    header: &'a Header,
    header_holds: bool,
    spans: &'a mut Vec<Span>,
    problems: &'a mut Vec<Problem>,
    /// The chain broke and nothing was found behind.
    tail_is_lost: bool,
}

impl Walk<'_> {
    /// Walks; gives where the last live record ends.
    fn run(&mut self) -> usize {
        let declared = free_space(self.header);
        let limit = declared.unwrap_or(CHUNK_BYTES).min(self.chunk.len());
        let mut at = CHUNK_HEADER_BYTES;
        while at < limit {
            match record_at(self.chunk, at) {
                Some(span) if self.is_sound(&span, limit) => {
                    self.spans.push(span);
                    at = span.end();
                }
                _ => match self.after_break(at, limit) {
                    Some(next) => at = next,
                    None => break,
                },
            }
        }
        if at >= limit {
            at = self.beyond(at, limit);
        }
        self.check_header(at, declared);
        at
    }

    /// A record whose size can be believed: its copy agrees, or else another record follows.
    fn is_sound(&self, span: &Span, limit: usize) -> bool {
        is_closed(self.chunk, span)
            || span.end() == limit
            || (span.end() < limit && record_at(self.chunk, span.end()).is_some())
    }

    /// The chain breaks at `at`: finds where it goes on, tells what lies between.
    fn after_break(&mut self, at: usize, limit: usize) -> Option<usize> {
        if self.is_last_by_header() {
            return None;
        }
        let is_cut = self.chunk.len() < CHUNK_BYTES;
        let next = self.resync(at, limit);
        let boundary = match &next {
            Some(span) => span.offset,
            None if is_cut => {
                self.tail_is_lost = true;
                return None;
            }
            None => limit,
        };
        let before = match self.spans.last() {
            Some(span) => Some(span.id),
            None => self.header.first_id.checked_sub(1),
        };
        let behind = match &next {
            Some(span) => Some(span.id),
            None => self.header.last_id.checked_add(1),
        };
        let missing = before
            .zip(behind)
            .and_then(|(before, behind)| behind.checked_sub(before)?.checked_sub(1))
            .filter(|missing| *missing <= MAX_RECORDS);
        if next.is_none() && missing == Some(0) {
            // By its number the last record was reached; only the free space begins elsewhere.
            return None;
        }
        let mended = self.mend(at, boundary, before, missing);
        self.problems.push(Problem {
            kind: DamageKind::RecordChain,
            record_id: mended.map(|(span, _)| RecordId(span.id)),
            lost_records: match mended {
                Some((_, lost)) => lost,
                None => missing,
            },
        });
        self.spans.extend(mended.map(|(span, _)| span));
        if next.is_none() {
            self.tail_is_lost = mended.is_none_or(|(span, _)| span.end() < boundary);
            return (!self.tail_is_lost).then_some(boundary);
        }
        Some(boundary)
    }

    /// The one record that can still be read of the broken stretch, and how many others are lost.
    fn mend(
        &self,
        at: usize,
        boundary: usize,
        before: Option<u64>,
        missing: Option<u64>,
    ) -> Option<(Span, Option<u64>)> {
        let size = boundary.checked_sub(at)?;
        let next_id = before.and_then(|before| before.checked_add(1));
        let mut span = Span {
            offset: at,
            size,
            id: u64_at(self.chunk, at.checked_add(8)?)?,
            filetime: u64_at(self.chunk, at.checked_add(16)?)?,
        };
        if missing == Some(1) {
            span.id = next_id?;
        }
        if size >= RECORD_MIN_BYTES && is_closed(self.chunk, &span) {
            // The stretch is one record: only its header is broken.
            return Some((span, Some(0)));
        }
        if missing == Some(1) && size >= RECORD_MIN_BYTES {
            // So it is here, but whether the record is whole can only be told where it is decoded.
            return Some((span, None));
        }
        let begun = record_at(self.chunk, at)?;
        (Some(begun.id) == next_id && begun.end() <= boundary)
            .then(|| (begun, missing.and_then(|missing| missing.checked_sub(1))))
    }

    /// Whether the last record found is the chunk's last by its header.
    fn is_last_by_header(&self) -> bool {
        self.spans.last().is_some_and(|span| {
            usize::try_from(self.header.last_offset) == Ok(span.offset)
                || span.id == self.header.last_id
        })
    }

    /// The next record in front of `limit` that cannot be anything else.
    fn resync(&self, at: usize, limit: usize) -> Option<Span> {
        let mut from = at.checked_add(RECORD_MIN_BYTES)?;
        loop {
            let rest = self.chunk.get(from..limit)?;
            from = from.checked_add(find_magic(rest)?)?;
            if let Some(span) = record_at(self.chunk, from)
                && span.end() <= limit
                && is_closed(self.chunk, &span)
                && self.is_plausible(span.id)
            {
                return Some(span);
            }
            from = from.checked_add(1)?;
        }
    }

    /// Whether a number can come after those found so far. A chunk that was caught while it was
    /// being used again may begin with records of another time, out of its header's range.
    fn is_plausible(&self, id: u64) -> bool {
        let range = self.header.first_id..=self.header.last_id;
        let last = self.spans.last().map(|last| last.id);
        if self.header_holds {
            range.contains(&id) && last.is_none_or(|last| !range.contains(&last) || id > last)
        } else {
            last.is_none_or(|last| {
                id.checked_sub(last)
                    .is_some_and(|step| (1..=MAX_RECORDS).contains(&step))
            })
        }
    }

    /// Goes on where the header's free space begins too early: as long as the numbers run on.
    fn beyond(&mut self, mut at: usize, limit: usize) -> usize {
        let Some(mut last) = self.spans.last().copied() else {
            return at;
        };
        // Behind a limit that is a record's end, only the header's last number can tell that
        // there is more; a record across the limit shows by itself that the limit is wrong.
        let until = if self.header.last_id > last.id {
            self.header.last_id
        } else if at > limit {
            u64::MAX
        } else {
            return at;
        };
        while last.id < until
            && let Some(span) = record_at(self.chunk, at)
            && is_closed(self.chunk, &span)
            && Some(span.id) == last.id.checked_add(1)
        {
            self.spans.push(span);
            at = span.end();
            last = span;
        }
        at
    }

    /// Tells where the header does not agree with what was walked.
    fn check_header(&mut self, end: usize, declared: Option<usize>) {
        if self.tail_is_lost {
            return;
        }
        let is_cut = self.chunk.len() < CHUNK_BYTES && declared.is_some_and(|free| free > end);
        if declared != Some(end) && !is_cut {
            self.problems.push(Problem::of(DamageKind::FreeSpaceOffset {
                stored: self.header.free_space,
                walked: u32::try_from(end).unwrap_or(u32::MAX),
            }));
        }
        if let Some(last) = self.spans.last()
            && last.id != self.header.last_id
            && !is_cut
        {
            self.problems.push(Problem::of(DamageKind::RecordRange {
                stored: self.header.last_id,
                walked: last.id,
            }));
        }
    }
}

/// How many whole records lie in a chunk from a place on, between whatever else.
fn loose_records(chunk: &[u8], mut at: usize) -> u32 {
    let mut count = 0_u32;
    while let Some(next) = chunk.get(at..).and_then(find_magic) {
        at = at.saturating_add(next);
        match record_at(chunk, at).filter(|span| is_closed(chunk, span)) {
            Some(span) => {
                count = count.saturating_add(1);
                at = span.end();
            }
            None => at = at.saturating_add(1),
        }
    }
    count
}

fn find_magic(data: &[u8]) -> Option<usize> {
    data.windows(RECORD_MAGIC.len())
        .position(|window| window == RECORD_MAGIC)
}
