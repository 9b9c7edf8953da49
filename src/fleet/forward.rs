//! Logs that can only be read forward, cut into blocks of chunks that any thread may take.

use std::io::{self, Read};

use crate::eventlog::{CHUNK_BYTES, ChunkIndex, FILE_HEADER_BYTES, RecordId, RunCounts};

/// Bytes of one block: 1 MiB, of which each thread holds two or three.
const BLOCK_BYTES: usize = 16 * CHUNK_BYTES;

/// Some chunks of a log that lie side by side.
pub(super) struct Block {
    /// The first of them.
    pub(super) first: ChunkIndex,
    /// Their bytes.
    pub(super) bytes: Vec<u8>,
}

impl Block {
    /// The newest record of what was seen of these chunks, and the chunk that it stands in. Who reads
    /// a log forward keeps it until an event is found: it tells whose log it is.
    pub(super) fn newest(&self, counts: &RunCounts) -> Option<(RecordId, &[u8])> {
        let (record, chunk) = counts.newest().filter(|_| !counts.has_events())?;
        let at = usize::try_from(chunk.0.checked_sub(self.first.0)?).ok()?;
        Some((record, self.bytes.chunks(CHUNK_BYTES).nth(at)?))
    }
}

/// What came out beside blocks.
pub(super) struct End {
    /// The log's header, as far as it goes.
    pub(super) head: Vec<u8>,
    /// Bytes of the log, header and all.
    pub(super) len: u64,
    /// Why it broke off.
    pub(super) error: Option<io::Error>,
}

/// Reads a log to its end, or until `take` wants no more, and hands out its blocks. `space` gives
/// buffers to fill.
pub(super) fn blocks(
    reader: &mut dyn Read,
    space: &mut dyn FnMut() -> Vec<u8>,
    take: &mut dyn FnMut(Block) -> bool,
) -> End {
    let mut head = Vec::new();
    let mut error = fill(reader, &mut head, FILE_HEADER_BYTES).err();
    let mut len = head.len() as u64;
    let mut first = ChunkIndex(0);
    while error.is_none() && len >= FILE_HEADER_BYTES {
        let mut bytes = space();
        bytes.clear();
        error = fill(reader, &mut bytes, BLOCK_BYTES as u64).err();
        let is_last = bytes.len() < BLOCK_BYTES;
        len = len.saturating_add(bytes.len() as u64);
        if error.is_some() {
            // What is left of a chunk that broke off is no end of a log: the error tells of it.
            bytes.truncate(bytes.len() - bytes.len() % CHUNK_BYTES);
        }
        let next = u32::try_from(bytes.len() / CHUNK_BYTES).unwrap_or(u32::MAX);
        if !bytes.is_empty() && !take(Block { first, bytes }) {
            break;
        }
        first = ChunkIndex(first.0.saturating_add(next));
        if is_last {
            break;
        }
    }
    End { head, len, error }
}

/// Reads up to so many bytes; fewer only at the end.
fn fill(reader: &mut dyn Read, into: &mut Vec<u8>, bytes: u64) -> io::Result<()> {
    reader.take(bytes).read_to_end(into).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The blocks of so many bytes, as first chunk and length; a reader gives few bytes at a time.
    fn blocks_of(len: usize, breaks_off: bool) -> (Vec<(u32, usize)>, u64, bool) {
        struct Slow(usize, bool);
        impl Read for Slow {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let n = self.0.min(buffer.len()).min(40_000);
                if n == 0 && self.1 {
                    return Err(io::Error::other("broken"));
                }
                self.0 -= n;
                Ok(n)
            }
        }
        let mut found = Vec::new();
        let end = blocks(&mut Slow(len, breaks_off), &mut Vec::new, &mut |block| {
            found.push((block.first.0, block.bytes.len()));
            true
        });
        (found, end.len, end.error.is_some())
    }

    #[test]
    fn blocks_cover_a_log_once() {
        const MIB: usize = 1 << 20;
        assert_eq!(blocks_of(100, false), (vec![], 100, false));
        assert_eq!(blocks_of(4096, false), (vec![], 4096, false));
        assert_eq!(
            blocks_of(4096 + MIB, false),
            (vec![(0, MIB)], (4096 + MIB) as u64, false)
        );
        assert_eq!(
            blocks_of(4096 + MIB + 7, false),
            (vec![(0, MIB), (16, 7)], (4096 + MIB + 7) as u64, false)
        );
        assert_eq!(
            blocks_of(4096 + MIB + 65_536 + 7, true),
            (
                vec![(0, MIB), (16, 65_536)],
                (4096 + MIB + 65_536 + 7) as u64,
                true
            ),
            "a chunk that broke off is no chunk"
        );
    }
}
