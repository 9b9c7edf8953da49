//! Readers that bytes go through on their way out of a file: a part of it, unpacking, counting.
//!
//! The unpackers hold what really comes out against the limits and against what the archive
//! declares, and are the only place that does. Which readers are put on each other is `stream`'s
//! and `sequence`'s business.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};

use super::limits::{LimitExceeded, Limits};
use super::source::{open, read_file_at};

/// What may come out of a member before its ratio is looked at.
const RATIO_FREE_BYTES: u64 = 10 << 20;
/// What comes out at once at most: between two reads the limits are looked at.
const STEP_BYTES: u64 = 1 << 20;

/// Why the bytes of a member are not what its archive says. It stands inside an [`io::Error`];
/// what was read before is what the archive holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemberError {
    /// The bytes give another checksum.
    #[error(
        "the archive says that the checksum is 0x{stored:08x}, the bytes give 0x{computed:08x}"
    )]
    Checksum {
        /// What the archive says.
        stored: u32,
        /// What the bytes give.
        computed: u32,
    },
    /// The archive ends, or the packed bytes do, before the member does.
    #[error("it is cut short after {bytes} bytes")]
    CutShort {
        /// What came out.
        bytes: u64,
    },
    /// More comes out than the archive says.
    #[error("more than the declared {declared} bytes come out")]
    Longer {
        /// What the archive says.
        declared: u64,
    },
    /// The packed bytes make no sense.
    #[error("the packed bytes are damaged after {bytes} bytes")]
    Damaged {
        /// What came out.
        bytes: u64,
    },
}

impl From<MemberError> for io::Error {
    fn from(error: MemberError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// A part of a file, as a reader of its own with a place of its own.
#[derive(Debug)]
pub(super) struct Window {
    file: File,
    start: u64,
    len: u64,
    at: u64,
}

impl Window {
    pub(super) fn open(path: &Path, start: u64, len: u64) -> io::Result<Self> {
        Ok(Self {
            file: open(path)?,
            start,
            len,
            at: 0,
        })
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let n = read_file_at(
            &self.file,
            &mut buffer[..wanted],
            self.start.saturating_add(self.at),
        )?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// Adds what goes through to a number that others look at, for progress.
#[derive(Debug)]
pub(super) struct Tally<R> {
    inner: R,
    taken: Arc<AtomicU64>,
}

impl<R> Tally<R> {
    pub(super) fn new(inner: R, taken: Arc<AtomicU64>) -> Self {
        Self { inner, taken }
    }
}

impl<R: Read> Read for Tally<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.taken.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// What may come out of one unpacker, and what must.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) limits: Limits,
    /// What is left of [`Limits::bytes`] for this member.
    pub(super) left: u64,
    /// The length that the archive says.
    pub(super) declared: Option<u64>,
    /// The checksum that the archive says.
    pub(super) crc32: Option<u32>,
}

impl Bound {
    /// Limits alone, where the archive says nothing.
    pub(super) fn of(limits: Limits) -> Self {
        Self {
            limits,
            left: limits.bytes,
            declared: None,
            crc32: None,
        }
    }
}

/// Something that bytes come out of, and that knows how many went in.
pub(super) trait Unpack: Read {
    fn bytes_in(&self) -> u64;
}

/// An unpacker within its bounds.
#[derive(Debug)]
pub(super) struct Bounded<U> {
    inner: U,
    bound: Bound,
    bytes_out: u64,
    crc32: crc32fast::Hasher,
}

impl<U: Unpack> Bounded<U> {
    pub(super) fn new(inner: U, bound: Bound) -> Self {
        Self {
            inner,
            bound,
            bytes_out: 0,
            crc32: crc32fast::Hasher::new(),
        }
    }

    pub(super) fn inner(&self) -> &U {
        &self.inner
    }

    pub(super) fn bytes_out(&self) -> u64 {
        self.bytes_out
    }

    fn end(&self) -> io::Result<usize> {
        if self.bound.declared.is_some_and(|n| n > self.bytes_out) {
            return Err(MemberError::CutShort {
                bytes: self.bytes_out,
            }
            .into());
        }
        let computed = self.crc32.clone().finalize();
        match self.bound.crc32 {
            Some(stored) if stored != computed => {
                Err(MemberError::Checksum { stored, computed }.into())
            }
            _ => Ok(0),
        }
    }

    /// Where nothing more may come: whether nothing more comes.
    fn end_or(&mut self, error: impl Into<io::Error>) -> io::Result<usize> {
        match self.inner.read(&mut [0])? {
            0 => self.end(),
            _ => Err(error.into()),
        }
    }
}

impl<U: Unpack> Read for Bounded<U> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        // Looked at before the next read, so that nothing is lost that came out.
        let limit = self.bound.limits.ratio;
        if self.bytes_out > RATIO_FREE_BYTES
            && self.bytes_out > self.inner.bytes_in().saturating_mul(limit)
        {
            return Err(LimitExceeded::Ratio { limit }.into());
        }
        if let Some(declared) = self.bound.declared.filter(|n| *n <= self.bytes_out) {
            return self.end_or(MemberError::Longer { declared });
        }
        if self.bound.left <= self.bytes_out {
            let limit = self.bound.limits.bytes;
            return self.end_or(LimitExceeded::Bytes { limit });
        }
        let most = self.bound.left.min(self.bound.declared.unwrap_or(u64::MAX)) - self.bytes_out;
        let most = most.min(STEP_BYTES);
        let most = usize::try_from(most)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let n = self.inner.read(&mut buffer[..most])?;
        if n == 0 {
            return self.end();
        }
        if self.bound.crc32.is_some() {
            self.crc32.update(&buffer[..n]);
        }
        self.bytes_out += n as u64;
        Ok(n)
    }
}

/// Deflate without a frame, as in zips. It ends exactly where the packed bytes do, and knows an
/// end from a cut.
#[derive(Debug)]
pub(super) struct Inflate<R> {
    inner: R,
    state: Decompress,
    is_ended: bool,
}

impl<R: BufRead> Inflate<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            state: Decompress::new(false),
            is_ended: false,
        }
    }
}

impl<R: BufRead> Read for Inflate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_ended && !buffer.is_empty() {
            let input = self.inner.fill_buf()?;
            let is_over = input.is_empty();
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress(input, buffer, FlushDecompress::None)
                .map_err(|_| MemberError::Damaged { bytes: before_out })?;
            let used = self.state.total_in() - before_in;
            let made = self.state.total_out() - before_out;
            // Neither can be more than the buffers it was done in.
            self.inner
                .consume(usize::try_from(used).unwrap_or_default());
            self.is_ended = status == Status::StreamEnd;
            if made > 0 {
                return Ok(usize::try_from(made).unwrap_or_default());
            }
            if is_over && !self.is_ended {
                return Err(MemberError::CutShort { bytes: before_out }.into());
            }
            if used == 0 && !self.is_ended {
                return Err(MemberError::Damaged { bytes: before_out }.into());
            }
        }
        Ok(0)
    }
}

impl<R: BufRead> Unpack for Inflate<R> {
    fn bytes_in(&self) -> u64 {
        self.state.total_in()
    }
}

/// A member that is stored as it is.
#[derive(Debug)]
pub(super) struct Stored<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Stored<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, bytes: 0 }
    }
}

impl<R: Read> Read for Stored<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.bytes += n as u64;
        Ok(n)
    }
}

impl<R: Read> Unpack for Stored<R> {
    fn bytes_in(&self) -> u64 {
        self.bytes
    }
}

/// A `.gz`, of one part or several.
#[derive(Debug)]
pub(super) struct Gunzip<R> {
    inner: MultiGzDecoder<Counted<R>>,
    bytes_out: u64,
}

impl<R: BufRead> Gunzip<R> {
    pub(super) fn new(inner: R) -> Self {
        let counted = Counted {
            inner,
            bytes: 0,
            is_over: false,
            has_failed: false,
        };
        Self {
            inner: MultiGzDecoder::new(counted),
            bytes_out: 0,
        }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.get_mut().has_failed = false;
        let result = self.inner.read(buffer);
        let (bytes, packed) = (self.bytes_out, self.inner.get_ref());
        let n = match result {
            // What the decoder says is in words of its own.
            Err(_) if !packed.has_failed && packed.is_over => {
                return Err(MemberError::CutShort { bytes }.into());
            }
            Err(_) if !packed.has_failed => return Err(MemberError::Damaged { bytes }.into()),
            other => other?,
        };
        self.bytes_out += n as u64;
        Ok(n)
    }
}

impl<R: BufRead> Unpack for Gunzip<R> {
    fn bytes_in(&self) -> u64 {
        self.inner.get_ref().bytes
    }
}

/// A reader that knows how much was taken from it, and whose fault an error is.
#[derive(Debug)]
struct Counted<R> {
    inner: R,
    bytes: u64,
    /// Whether it came to its end.
    is_over: bool,
    has_failed: bool,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        self.has_failed |= result.is_err();
        let n = result?;
        self.is_over |= n == 0 && !buffer.is_empty();
        self.bytes += n as u64;
        Ok(n)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let result = self.inner.fill_buf();
        self.has_failed |= result.is_err();
        self.is_over |= result.as_ref().is_ok_and(|bytes| bytes.is_empty());
        result
    }

    fn consume(&mut self, n: usize) {
        self.inner.consume(n);
        self.bytes += n as u64;
    }
}
