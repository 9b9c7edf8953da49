//! What was found and can be read: the types that the next stage is handed.
//!
//! A log or a file of rows that lies somewhere as it is (as a file, in a plain tar, stored in a
//! zip) is read by position, in any order and by several threads at once. What must be unpacked
//! first is a stream or a sequence, in files of their own.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::LogName;
use super::content::{ContentKind, LOG_MAGIC};
use super::sequence::SequenceSource;
use super::stream::StreamSource;

/// A thing that events can be read from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// An `.evtx` log that is read by position.
    Log(LogSource),
    /// One log, or one file of event rows, that can only be read forward.
    Stream(StreamSource),
    /// Logs and rows that can only be walked in order, one after the other.
    Sequence(SequenceSource),
    /// Event rows that the program wrote, read by position.
    Rows(RowSource),
}

impl Source {
    /// Its name in every output; of a sequence the archive's name, which its members begin with.
    pub fn name(&self) -> &LogName {
        match self {
            Self::Log(log) => log.name(),
            Self::Stream(stream) => stream.name(),
            Self::Sequence(sequence) => sequence.name(),
            Self::Rows(rows) => rows.name(),
        }
    }

    /// Bytes that reading it takes from the disk, for progress: packed ones where it is packed;
    /// 0 where that is not known.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Log(log) => log.len(),
            Self::Stream(stream) => stream.bytes(),
            Self::Sequence(sequence) => sequence.bytes(),
            Self::Rows(rows) => rows.len(),
        }
    }

    /// Whether it can be read more than once: standard input cannot.
    pub fn is_repeatable(&self) -> bool {
        match self {
            Self::Log(_) | Self::Rows(_) => true,
            Self::Stream(stream) => stream.is_repeatable(),
            Self::Sequence(sequence) => sequence.is_repeatable(),
        }
    }
}

/// One `.evtx` log, wherever its bytes are.
#[derive(Clone, Debug)]
pub struct LogSource {
    name: LogName,
    bytes: Bytes,
    len: u64,
}

/// Event rows that the program wrote, as a file.
#[derive(Clone, Debug)]
pub struct RowSource {
    inner: LogSource,
    kind: ContentKind,
}

#[derive(Clone, Debug)]
enum Bytes {
    File {
        path: Arc<Path>,
        start: u64,
    },
    Memory(Arc<[u8]>),
    /// Bytes of which some cannot be read, as on a disk that fails.
    #[cfg(test)]
    Failing(Arc<[u8]>, std::ops::Range<u64>),
}

/// Why an input that was found cannot be opened now, or a list of inputs not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The system refused to open or read the file.
    #[error("{name}: cannot be read")]
    Read {
        /// The log.
        name: LogName,
        /// What the system said.
        source: io::Error,
    },
    /// It was read before, and comes once only.
    #[error("{name}: standard input cannot be read twice")]
    OnlyOnce {
        /// The stream.
        name: LogName,
    },
    /// A line of a list of paths is no text.
    #[error("{name}: line {line} is not UTF-8")]
    ListNotText {
        /// The list.
        name: LogName,
        /// The line, counted from 1.
        line: usize,
    },
}

impl LogSource {
    /// A log at a path; its length is taken now.
    ///
    /// # Errors
    /// Where the file's length cannot be had.
    pub fn open(path: &Path) -> Result<Self, InputError> {
        let name = LogName::of_path(path);
        let metadata = std::fs::metadata(path).map_err(|source| InputError::Read {
            name: name.clone(),
            source,
        })?;
        Ok(Self::part(name, path.into(), 0, metadata.len()))
    }

    /// A log that lies in a file as it is, from a byte on.
    pub(super) fn part(name: LogName, path: Arc<Path>, start: u64, len: u64) -> Self {
        Self {
            name,
            bytes: Bytes::File { path, start },
            len,
        }
    }

    /// A log whose bytes are in memory, for tests and callers that have them anyway.
    pub fn in_memory(name: &str, bytes: Vec<u8>) -> Self {
        let len = bytes.len() as u64;
        Self {
            name: LogName::new(name),
            bytes: Bytes::Memory(bytes.into()),
            len,
        }
    }

    /// A log in memory of which some bytes cannot be read.
    #[cfg(test)]
    pub(crate) fn failing(name: &str, bytes: Vec<u8>, bad: std::ops::Range<u64>) -> Self {
        let mut source = Self::in_memory(name, Vec::new());
        source.len = bytes.len() as u64;
        source.bytes = Bytes::Failing(bytes.into(), bad);
        source
    }

    /// The log's name in every output.
    pub fn name(&self) -> &LogName {
        &self.name
    }

    /// Length in bytes when it was found.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it holds no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether its first bytes are those of an event log.
    pub fn is_event_log(&self) -> bool {
        let mut head = [0; 8];
        let read = self
            .reader()
            .ok()
            .and_then(|mut reader| reader.read_at(0, &mut head).ok());
        read == Some(head.len()) && head == *LOG_MAGIC
    }

    /// Opens it for positional reads.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn reader(&self) -> Result<LogReader, InputError> {
        let inner = match &self.bytes {
            Bytes::File { path, start } => ReaderInner::File {
                file: open(path).map_err(|source| InputError::Read {
                    name: self.name.clone(),
                    source,
                })?,
                start: *start,
                // A file may grow while it is read; a member ends where the next one begins.
                len: if *start == 0 { u64::MAX } else { self.len },
            },
            Bytes::Memory(bytes) => ReaderInner::Memory(bytes.clone()),
            #[cfg(test)]
            Bytes::Failing(bytes, bad) => ReaderInner::Failing(bytes.clone(), bad.clone()),
        };
        Ok(LogReader { inner })
    }
}

impl RowSource {
    pub(super) fn new(inner: LogSource, kind: ContentKind) -> Self {
        Self { inner, kind }
    }

    /// Rows at a path.
    ///
    /// # Errors
    /// Where the file's length cannot be had.
    pub fn open(path: &Path, kind: ContentKind) -> Result<Self, InputError> {
        Ok(Self::new(LogSource::open(path)?, kind))
    }

    /// Rows whose bytes are in memory, for tests and callers that have them anyway.
    pub fn in_memory(name: &str, bytes: Vec<u8>, kind: ContentKind) -> Self {
        Self::new(LogSource::in_memory(name, bytes), kind)
    }

    /// The file's name in every output.
    pub fn name(&self) -> &LogName {
        self.inner.name()
    }

    /// Ndjson or parquet.
    pub fn kind(&self) -> ContentKind {
        self.kind
    }

    /// Length in bytes when it was found.
    pub fn len(&self) -> u64 {
        self.inner.len()
    }

    /// Whether it holds no bytes.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// Its bytes, for positional reads.
    pub fn bytes(&self) -> &LogSource {
        &self.inner
    }

    /// Opens it from its beginning; it ends where it ended when it was found, so that rows that are
    /// appended to it meanwhile, perhaps by ourselves, are not read.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn open_forward(&self) -> Result<impl io::Read + Send + use<>, InputError> {
        Ok(Forward {
            reader: self.inner.reader()?,
            offset: 0,
            len: self.inner.len,
        })
    }
}

/// A log that is read from its beginning on.
struct Forward {
    reader: LogReader,
    offset: u64,
    len: u64,
}

impl io::Read for Forward {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let read = self.reader.read_at(self.offset, &mut buffer[..wanted])?;
        self.offset = self.offset.saturating_add(read as u64);
        Ok(read)
    }
}

/// An open log.
#[derive(Debug)]
pub struct LogReader {
    inner: ReaderInner,
}

#[derive(Debug)]
enum ReaderInner {
    File {
        file: File,
        start: u64,
        len: u64,
    },
    Memory(Arc<[u8]>),
    #[cfg(test)]
    Failing(Arc<[u8]>, std::ops::Range<u64>),
}

impl LogReader {
    /// Reads as much as is there at a position, up to the buffer's length; less only at the end.
    ///
    /// # Errors
    /// What the system said.
    pub fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.inner {
            ReaderInner::Memory(bytes) => Ok(copy_at(bytes, offset, buffer)),
            #[cfg(test)]
            ReaderInner::Failing(bytes, bad) => {
                if offset < bad.end && offset.saturating_add(buffer.len() as u64) > bad.start {
                    return Err(io::Error::other("the disk fails here"));
                }
                Ok(copy_at(bytes, offset, buffer))
            }
            ReaderInner::File { file, start, len } => {
                let left = usize::try_from(len.saturating_sub(offset)).unwrap_or(usize::MAX);
                let wanted = left.min(buffer.len());
                read_full_at(file, &mut buffer[..wanted], start.saturating_add(offset))
            }
        }
    }
}

/// Copies what is there at a position, and returns how much.
fn copy_at(bytes: &[u8], offset: u64, buffer: &mut [u8]) -> usize {
    let start = usize::try_from(offset)
        .unwrap_or(usize::MAX)
        .min(bytes.len());
    let rest = bytes.get(start..).unwrap_or_default();
    let n = rest.len().min(buffer.len());
    buffer[..n].copy_from_slice(&rest[..n]);
    n
}

/// Reads until the buffer is full or the file ends.
fn read_full_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match read_file_at(
            file,
            &mut buffer[done..],
            offset.saturating_add(done as u64),
        ) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

#[cfg(unix)]
pub(super) fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
pub(super) fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// Opens a file to read it.
#[expect(
    clippy::disallowed_methods,
    reason = "input is one of the places that open files"
)]
pub(super) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}
