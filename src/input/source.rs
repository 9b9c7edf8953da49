//! One readable thing, told by its first bytes.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{LogName, SkipReason, Skipped};

/// Length of the header of a log; the first chunk begins behind it.
const FILE_HEADER_BYTES: u64 = 4096;
/// The first bytes of a log.
const LOG_MAGIC: &[u8; 8] = b"ElfFile\0";
/// How much of a file is looked at to tell what it is.
const PROBE_BYTES: usize = 512;

/// A thing that events can be read from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// An `.evtx` log.
    Log(LogSource),
}

/// One `.evtx` log, wherever its bytes are.
#[derive(Clone, Debug)]
pub struct LogSource {
    name: LogName,
    bytes: Bytes,
    len: u64,
}

#[derive(Clone, Debug)]
enum Bytes {
    File(PathBuf),
    Memory(std::sync::Arc<[u8]>),
}

/// Why a log that was found cannot be opened now.
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
        Ok(Self {
            name,
            bytes: Bytes::File(path.to_owned()),
            len: metadata.len(),
        })
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
            #[expect(
                clippy::disallowed_methods,
                reason = "input is one of the places that open files"
            )]
            Bytes::File(path) => {
                ReaderInner::File(File::open(path).map_err(|source| InputError::Read {
                    name: self.name.clone(),
                    source,
                })?)
            }
            Bytes::Memory(bytes) => ReaderInner::Memory(bytes.clone()),
        };
        Ok(LogReader { inner })
    }
}

/// An open log.
#[derive(Debug)]
pub struct LogReader {
    inner: ReaderInner,
}

#[derive(Debug)]
enum ReaderInner {
    File(File),
    Memory(std::sync::Arc<[u8]>),
}

impl LogReader {
    /// Reads as much as is there at a position, up to the buffer's length; less only at the end.
    ///
    /// # Errors
    /// What the system said.
    pub fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.inner {
            ReaderInner::Memory(bytes) => {
                let start = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                let rest = bytes.get(start..).unwrap_or_default();
                let n = rest.len().min(buffer.len());
                buffer[..n].copy_from_slice(&rest[..n]);
                Ok(n)
            }
            ReaderInner::File(file) => {
                let mut done = 0;
                while done < buffer.len() {
                    match read_file_at(file, &mut buffer[done..], offset + done as u64) {
                        Ok(0) => break,
                        Ok(n) => done += n,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(done)
            }
        }
    }
}

#[cfg(unix)]
fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

pub(super) fn discover(paths: &[PathBuf]) -> (Vec<Source>, Vec<Skipped>) {
    let mut found = Found {
        seen: BTreeSet::new(),
        sources: Vec::new(),
        skipped: Vec::new(),
    };
    for path in paths {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => found.folder(path),
            Ok(metadata) if metadata.is_file() => {
                if let Err(reason) = found.file(path) {
                    found.skip(path, reason);
                }
            }
            Ok(_) => found.skip(path, SkipReason::NotAFile),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                found.skip(path, SkipReason::Missing);
            }
            Err(error) => found.skip(path, unreadable(&error)),
        }
    }
    (found.sources, found.skipped)
}

struct Found {
    /// Canonical paths, so that a file reached twice is read once.
    seen: BTreeSet<PathBuf>,
    sources: Vec<Source>,
    skipped: Vec<Skipped>,
}

impl Found {
    fn skip(&mut self, path: &Path, reason: SkipReason) {
        self.skipped.push(Skipped {
            path: LogName::of_path(path),
            reason,
        });
    }

    fn file(&mut self, path: &Path) -> Result<(), SkipReason> {
        let (head, len) = probe(path).map_err(|error| unreadable(&error))?;
        recognize(&head, len)?;
        self.take(path, len);
        Ok(())
    }

    fn take(&mut self, path: &Path, len: u64) {
        let canonical = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if self.seen.insert(canonical) {
            self.sources.push(Source::Log(LogSource {
                name: LogName::of_path(path),
                bytes: Bytes::File(path.to_owned()),
                len,
            }));
        }
    }

    fn folder(&mut self, path: &Path) {
        let mut logs = 0_usize;
        let mut refused = 0_usize;
        let walk = walkdir::WalkDir::new(path)
            .follow_links(true)
            .sort_by_file_name();
        for entry in walk {
            match entry {
                Ok(entry) if entry.file_type().is_file() => match probe(entry.path()) {
                    Ok((head, len)) => match recognize(&head, len) {
                        Ok(()) => {
                            self.take(entry.path(), len);
                            logs += 1;
                        }
                        Err(reason @ SkipReason::HeaderCutShort { .. }) => {
                            self.skip(entry.path(), reason);
                            refused += 1;
                        }
                        Err(_) => {}
                    },
                    Err(error) => {
                        self.skip(entry.path(), unreadable(&error));
                        refused += 1;
                    }
                },
                Ok(_) => {}
                Err(error) => {
                    let at = error.path().unwrap_or(path).to_owned();
                    self.skip(
                        &at,
                        SkipReason::Unreadable {
                            message: error.to_string(),
                        },
                    );
                    refused += 1;
                }
            }
        }
        if logs == 0 && refused == 0 {
            self.skip(path, SkipReason::NoLogs);
        }
    }
}

fn unreadable(error: &io::Error) -> SkipReason {
    SkipReason::Unreadable {
        message: error.to_string(),
    }
}

fn probe(path: &Path) -> io::Result<(Vec<u8>, u64)> {
    #[expect(
        clippy::disallowed_methods,
        reason = "input is one of the places that open files"
    )]
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    let mut head = Vec::with_capacity(PROBE_BYTES);
    file.take(PROBE_BYTES as u64).read_to_end(&mut head)?;
    Ok((head, len))
}

/// Tells a log from everything else by its first bytes.
fn recognize(head: &[u8], len: u64) -> Result<(), SkipReason> {
    if head.is_empty() {
        return Err(SkipReason::Empty);
    }
    if head.starts_with(LOG_MAGIC) {
        return if len < FILE_HEADER_BYTES {
            Err(SkipReason::HeaderCutShort { bytes: len })
        } else {
            Ok(())
        };
    }
    if head.get(4..8) == Some(b"LfLe") {
        return Err(SkipReason::OldEventLog);
    }
    let text = plain_text(head);
    let text = text.trim_start();
    if text.starts_with("<?xml") || text.starts_with("<Events") || text.starts_with("<Event ") {
        return Err(SkipReason::XmlExport);
    }
    // The header line of Event Viewer's CSV and tab-separated exports is translated, but each has
    // these: several short columns in its first line and a date with a time in its second.
    let mut lines = text.lines();
    let columns = |line: &str| line.matches([',', '\t']).count();
    if let (Some(first), Some(second)) = (lines.next(), lines.next())
        && columns(first) >= 4
        && columns(second) >= 4
        && second.contains(':')
    {
        return Err(SkipReason::TextExport);
    }
    Err(SkipReason::NotALog)
}

/// The beginning of a file as text, whether it is UTF-8 or UTF-16LE.
fn plain_text(head: &[u8]) -> String {
    if let Some(utf16) = head.strip_prefix(&[0xFF, 0xFE]) {
        let units = utf16
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        return char::decode_utf16(units)
            .map(|unit| unit.unwrap_or('\u{FFFD}'))
            .collect();
    }
    let head = head.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(head);
    String::from_utf8_lossy(head).into_owned()
}
