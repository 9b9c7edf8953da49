//! From what was named to readable things: which of it is a log, and which is not, and why.
//!
//! A log is known by its first bytes, never by its name, wherever it is: in a file, a folder, a
//! zip, a tar, a `.gz`, on standard input. What cannot be read at all is a [`Skipped`] value;
//! nothing here stops because one path is bad. What is inside a log is the business of `eventlog`,
//! and who reads what when is `fleet`'s.

mod content;
mod discover;
mod limits;
mod member;
mod path_list;
mod pattern;
mod sequence;
mod source;
mod stream;
mod tar_directory;
mod tar_forward;
mod text_file;
mod unpack;
mod unread;
mod zip_directory;
mod zip_forward;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

pub use content::ContentKind;
pub use limits::{LimitExceeded, Limits};
pub use path_list::read_path_list;
pub use pattern::{NamePattern, PatternError};
pub use sequence::{Member, SequenceSource};
pub use source::{InputError, LogReader, LogSource, RowSource, Source};
pub use stream::StreamSource;
pub use text_file::{read_file, read_text};
pub use unpack::MemberError;

/// The name of a log as it is told to the reader: its path as given or found, with `/` and `\`
/// as the system writes them; bytes that are no text are replaced. What lies in an archive has
/// the archive's name before its own: `collection.zip!path/Application.evtx`.
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

impl From<&Path> for LogName {
    fn from(path: &Path) -> Self {
        Self::of_path(path)
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
    /// Event rows in a format that people and other programs read: CSV, or lines for Timesketch.
    RowsForOthers,
    /// A report that was made before.
    Report,
    /// A folder in which no log was found.
    NoLogs,
    /// An archive in which no log was found.
    NoLogsInArchive,
    /// A pattern of paths that nothing matches.
    NoMatch,
    /// A pattern of paths that makes no sense.
    BadPattern {
        /// What is wrong with it.
        message: String,
    },
    /// A folder or archive whose logs the include and exclude patterns leave out, or a file that
    /// they leave out with all else that was named.
    NoneSelected,
    /// Members of an archive that are protected by a password.
    Encrypted {
        /// How many.
        members: u64,
        /// The name of the first within the archive.
        first: String,
    },
    /// Members of an archive that are packed in a way that is not known here.
    Packing {
        /// Its name.
        method: String,
        /// How many.
        members: u64,
        /// The name of the first within the archive.
        first: String,
    },
    /// A zip that is walked from its beginning, and a member of it of which only the directory at
    /// the zip's end says how long it is. What follows is not read; what comes before counts.
    LengthUnknown {
        /// The name of the member within the archive.
        first: String,
    },
    /// A zip of which the directory is not there or makes no sense, as where it is cut short. What
    /// could be read of it without counts.
    NoDirectory,
    /// An archive, or a member of one, that is damaged: it cannot be unpacked, or not to its end.
    /// What was read of it before counts.
    NotUnpacked {
        /// What is wrong with it.
        message: String,
    },
    /// A limit for archives; what was read before it was met counts.
    Limit(LimitExceeded),
    /// A file of event rows that cannot be read, or not to its end: of a newer program, or damaged.
    NotRows {
        /// What is wrong with it.
        message: String,
    },
    /// Rows of a file of event rows that cannot be read, while the others were.
    BadRows {
        /// How many.
        rows: u64,
        /// The first of them, from 1.
        at: u64,
        /// What is wrong with it.
        message: String,
    },
    /// Event rows as Parquet inside of an archive, where they cannot be read.
    RowsPacked,
    /// Event rows as Parquet, which this program was built without.
    NoParquet,
    /// Neither a file nor a folder.
    NotAFile,
    /// Reading was ended before its turn came.
    NotReached,
    /// Reading was ended in the middle of it; what was read of it before counts.
    NotToTheEnd,
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

/// What a reader gives once reading is to end, whatever there is left to read.
#[derive(Clone, Copy, Debug, Default, thiserror::Error)]
#[error("reading was ended")]
pub struct ReadingEnded;

impl SkipReason {
    /// Why something could not be read to its end, by the error of its reader.
    pub fn of_read_error(error: &std::io::Error) -> Self {
        if error
            .get_ref()
            .is_some_and(|inner| inner.is::<ReadingEnded>())
        {
            return Self::NotToTheEnd;
        }
        if let Some(limit) = LimitExceeded::of(error) {
            return Self::Limit(limit);
        }
        let is_of_archive = error
            .get_ref()
            .is_some_and(|inner| inner.is::<MemberError>());
        let message = error.to_string();
        if is_of_archive {
            Self::NotUnpacked { message }
        } else {
            Self::Unreadable { message }
        }
    }

    /// Why something could not be opened.
    pub fn of_open_error(error: &InputError) -> Self {
        match error {
            InputError::Read { source, .. } => Self::of_read_error(source),
            other => Self::Unreadable {
                message: other.to_string(),
            },
        }
    }
}

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct DiscoverOptions {
    /// Only logs and files of rows that one of these means are read; all where there is none.
    pub include: Vec<NamePattern>,
    /// Logs, files of rows and archives that one of these means are left out.
    pub exclude: Vec<NamePattern>,
    /// What is read of an archive at most.
    pub limits: Limits,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Discovered {
    /// What can be read, in the order of the paths, and by name within a folder.
    pub sources: Vec<Source>,
    /// What is not read. Walking a [`SequenceSource`] can give more.
    pub skipped: Vec<Skipped>,
    /// Files that were named or found again, and are read once.
    pub repeated: Vec<LogName>,
    /// The files that all of it lies in, by their canonical paths: what is written must not be one
    /// of them.
    pub files: BTreeSet<PathBuf>,
}

/// How the names of files and folders begin that are being written, or that a program which was
/// killed left behind. In a folder that is searched they are passed over, as they hold half of
/// something; named themselves they are read.
pub const UNFINISHED_PREFIX: &str = ".spptriage-";

/// Whether a file is a log, or an archive that may hold logs, by its first bytes. False where it
/// cannot be read.
pub fn is_log_or_archive(path: &Path) -> bool {
    discover::is_log_or_archive(path)
}

/// Finds what can be read among the given paths.
///
/// - A file is taken as what its first bytes say: a log, event rows that the program wrote, a
///   zip, a tar, a `.gz` of one of them. What it is instead, if nothing, is told.
/// - A folder is searched with all folders below it. Only what can be read counts; other files
///   are passed over without a word, but for what cannot be opened or is damaged, and for what
///   has the name of a log (`*.evtx`) and is none. The same holds for archives.
/// - What the patterns leave out is told where they leave nothing of what was named.
/// - A path that is not there and holds `*`, `?`, `[` or `{` is a glob; what it means is taken as
///   if it had been named.
/// - `-` is standard input, which is opened and looked at here, and read once.
///
/// The same file under two paths is read once. Two files with the same content are two files.
pub fn discover(paths: &[PathBuf], options: &DiscoverOptions) -> Discovered {
    discover::discover(paths, options, &mut || Box::new(std::io::stdin()))
}
