//! Folding: lets the evtx crate skip records that nobody asked for, and walk over damage.
//!
//! The crate walks a chunk by the size field of each record and offers no skip. In a copy of the
//! chunk we stretch each record that is to be decoded over everything behind it up to the next
//! one, and renew the copy of its size at the new end. Offsets stay as they were, so templates and
//! names are still found. The chunk's header, and the headers of the records, are renewed to
//! what our own walk found, so that what lies in them cannot mislead the crate's walk.
//!
//! Which records are wanted is the prefilter's business, and decoding is `decode`'s. The plain
//! twin is a fold in which every record is to be decoded.

use super::bytes::put;
use super::chunk::{
    CHUNK_BYTES, CHUNK_HEADER_BYTES, CHUNK_MAGIC, RECORD_HEADER_BYTES, RECORD_MAGIC, Span,
};

/// The number, in the copy, of the record that stands for what lies before the first record that
/// is to be decoded. Other records are numbered by their place among the chunk's records.
pub(super) const HEAD: u64 = u64::MAX - 1;

/// Beyond this the crate cannot represent a record's time: the end of the year 9999.
const LAST_FILETIME: u64 = 2_650_467_743_990_000_000;

/// Makes `copy` the chunk in which only the records at these places of `spans` can be seen.
///
/// `visible` is in rising order. In the copy each record's number is its place in `spans`.
pub(super) fn fold(chunk: &[u8], spans: &[Span], visible: &[usize], copy: &mut Vec<u8>) {
    copy.clear();
    copy.extend_from_slice(chunk);
    copy.resize(CHUNK_BYTES, 0);

    let mut places = visible
        .iter()
        .filter_map(|place| spans.get(*place).map(|span| (*place, span)))
        .peekable();
    if let Some((_, first)) = places.peek()
        && first.offset != CHUNK_HEADER_BYTES
    {
        let size = first.offset.saturating_sub(CHUNK_HEADER_BYTES);
        stretch(copy, CHUNK_HEADER_BYTES, size, HEAD, 0);
        // An end token: the crate finds the record empty and goes on. The first definition of the
        // chunk may lie in this record, but behind its first byte.
        put(
            copy,
            CHUNK_HEADER_BYTES.saturating_add(RECORD_HEADER_BYTES),
            &[0],
        );
    }
    let mut last_offset = 0;
    let mut end = CHUNK_HEADER_BYTES;
    while let Some((place, span)) = places.next() {
        end = places.peek().map_or(span.end(), |(_, next)| next.offset);
        last_offset = span.offset;
        // Where a record has no end token of its own, its old size copy must not follow it.
        put(copy, span.content_end(), &[0; 4]);
        let filetime = if span.filetime < LAST_FILETIME {
            span.filetime
        } else {
            0
        };
        let size = end.saturating_sub(span.offset);
        stretch(copy, span.offset, size, place as u64, filetime);
    }

    put(copy, 0, CHUNK_MAGIC);
    // First and last number: any; where the last record begins; where free space begins.
    put(copy, 24, &0_u64.to_le_bytes());
    put(copy, 32, &u64::MAX.to_le_bytes());
    put(copy, 44, &to_u32(last_offset).to_le_bytes());
    put(copy, 48, &to_u32(end).to_le_bytes());
}

/// Makes the chunk's copy have no string table: names are then read where they stand.
pub(super) fn drop_string_table(copy: &mut [u8]) {
    put(copy, 128, &[0; 256]);
}

/// Writes a record's header, and the copy of its size at its end.
fn stretch(copy: &mut [u8], offset: usize, size: usize, number: u64, filetime: u64) {
    let stored = to_u32(size).to_le_bytes();
    put(copy, offset, RECORD_MAGIC);
    put(copy, offset.saturating_add(4), &stored);
    put(copy, offset.saturating_add(8), &number.to_le_bytes());
    put(copy, offset.saturating_add(16), &filetime.to_le_bytes());
    let end = offset.saturating_add(size);
    put(copy, end.saturating_sub(4), &stored);
}

/// Offsets within a chunk always fit.
fn to_u32(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "offsets of a made chunk")]
mod tests {
    use super::super::bytes::{index_at, u64_at};
    use super::*;

    /// A chunk with records of these sizes that have no end token.
    fn chunk_of(sizes: &[usize]) -> (Vec<u8>, Vec<Span>) {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut spans = Vec::new();
        let mut offset = CHUNK_HEADER_BYTES;
        for (place, size) in sizes.iter().enumerate() {
            chunk[offset..offset + size].fill(0xEE);
            stretch(&mut chunk, offset, *size, 70 + place as u64, 1);
            spans.push(Span {
                offset,
                size: *size,
                id: 70 + place as u64,
                filetime: 1,
            });
            offset += size;
        }
        (chunk, spans)
    }

    #[test]
    fn records_reach_to_the_next_visible_one() {
        let (chunk, spans) = chunk_of(&[100, 200, 48, 64, 80]);
        let mut copy = Vec::new();
        fold(&chunk, &spans, &[1, 3], &mut copy);

        let mut walked = Vec::new();
        let mut at = CHUNK_HEADER_BYTES;
        let end = index_at(&copy, 48).unwrap();
        while at < end {
            let size = index_at(&copy, at + 4).unwrap();
            assert_eq!(index_at(&copy, at + size - 4), Some(size), "size copy");
            walked.push((at, size, u64_at(&copy, at + 8).unwrap()));
            at += size;
        }
        assert_eq!(walked, [(512, 100, HEAD), (612, 248, 1), (860, 64, 3)]);
        assert_eq!(at, end);
        assert_eq!(index_at(&copy, 44), Some(860), "last record");
        // The first record is empty, and what was a size copy ends a record without an end token.
        assert_eq!(copy[536], 0);
        assert_eq!(copy[612 + 200 - 4..612 + 200], [0; 4]);
        assert_eq!(copy[612 + 24..612 + 196], chunk[612 + 24..612 + 196]);
    }

    #[test]
    fn all_visible_changes_no_record() {
        let (chunk, spans) = chunk_of(&[100, 200]);
        let mut copy = Vec::new();
        fold(&chunk, &spans, &[0, 1], &mut copy);
        for (place, span) in spans.iter().enumerate() {
            assert_eq!(index_at(&copy, span.offset + 4), Some(span.size));
            assert_eq!(index_at(&copy, span.end() - 4), Some(span.size));
            assert_eq!(u64_at(&copy, span.offset + 8), Some(place as u64));
        }
    }
}
