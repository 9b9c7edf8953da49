//! From paths to readable things: which of what was named is a log, and which is not, and why.
//!
//! A log is known by its first bytes, never by its name. What cannot be read at all is a
//! [`Skipped`] value; nothing here stops because one path is bad. What is inside a log is the
//! business of `eventlog`.

mod source;

use std::fmt;
use std::path::{Path, PathBuf};

pub use source::{InputError, LogReader, LogSource, Source};

/// The name of a log as it is told to the reader: its path as given or found, with `/` and `\`
/// as the system writes them; bytes that are no text are replaced.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogName(std::sync::Arc<str>);

impl LogName {
    /// Names a log.
    pub fn new(name: impl Into<std::sync::Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name of the log at a path.
    pub fn of_path(path: &Path) -> Self {
        Self::new(path.display().to_string())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An input that is not read at all, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The path as given or found.
    pub path: LogName,
    /// Why it is not read.
    pub reason: SkipReason,
}

/// Why an input is not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SkipReason {
    /// Nothing is there under this path.
    Missing,
    /// The file holds no bytes.
    Empty,
    /// The file is no event log and nothing we recognize.
    NotALog,
    /// The file ends inside the 4 KiB header of a log.
    HeaderCutShort {
        /// The file's length in bytes.
        bytes: u64,
    },
    /// An event log of Windows XP or 2003 (`.evt`), a format that cannot hold these events.
    OldEventLog,
    /// An export as XML.
    XmlExport,
    /// An export as CSV or text.
    TextExport,
    /// A folder in which no log was found.
    NoLogs,
    /// Neither a file nor a folder.
    NotAFile,
    /// The system refused to read it.
    Unreadable {
        /// What the system said.
        message: String,
    },
    /// Why it was not read when event rows were made, in the words of that time.
    Told {
        /// The reason.
        reason: String,
    },
}

/// Finds the logs among the given paths: files are taken as they are, folders are searched with
/// all folders below them. The order of the result is that of the paths, and by name within a
/// folder. The same file named twice is found once.
///
/// In a folder only what is a log counts; other files there are passed over without a word,
/// but for what cannot be opened. A path that was named itself and is no log is skipped with its reason.
pub fn discover(paths: &[PathBuf]) -> (Vec<Source>, Vec<Skipped>) {
    source::discover(paths)
}
