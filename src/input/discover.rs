//! The search: from what was named to what can be read, and what is skipped.
//!
//! Files, folders, globs, standard input and what archives hold come together here; each kind is
//! read by a file of its own. Nothing here stops because one path is bad.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::content::{
    Archive, Content, ContentKind, LOG_HEADER_BYTES, PROBE_BYTES, read_head, recognize,
};
use super::limits::LimitExceeded;
use super::member::is_told;
use super::pattern::{Filter, PathPattern};
use super::sequence::{Rules, SequenceSource, not_unpacked};
use super::source::{LogSource, RowSource, Source, open};
use super::stream::{Layer, Opening, StreamSource, again};
use super::unpack::Bound;
use super::zip_directory::{self, Broken, Place};
use super::{
    DiscoverOptions, Discovered, LogName, SkipReason, Skipped, UNFINISHED_PREFIX, tar_directory,
};

pub(super) fn discover(
    paths: &[PathBuf],
    options: &DiscoverOptions,
    stdin: &mut dyn FnMut() -> Box<dyn Read + Send>,
) -> Discovered {
    let mut finder = Finder {
        rules: Arc::new(Rules {
            limits: options.limits,
            filter: Filter {
                include: options.include.clone(),
                exclude: options.exclude.clone(),
            },
        }),
        seen: BTreeSet::new(),
        left_out: 0,
        found: Discovered::default(),
    };
    // Files that were named and left out: of no interest while anything else is read.
    let mut left_out = Vec::new();
    for path in paths {
        let before = finder.tally();
        if path == Path::new("-") {
            finder.stream("-", stdin());
        } else {
            finder.path(path);
        }
        let after = finder.tally();
        if after.0 == before.0 && after.1 > before.1 {
            left_out.push(LogName::of_path(path));
        }
    }
    if finder.found.sources.is_empty() {
        for name in left_out {
            finder.skip(name, SkipReason::NoneSelected);
        }
    }
    Discovered {
        files: finder.seen,
        ..finder.found
    }
}

/// Whether a file is a log, or an archive that may hold logs.
pub(super) fn is_log_or_archive(path: &Path) -> bool {
    probe(path).is_ok_and(|(head, len)| {
        matches!(
            recognize(&head, Some(len)),
            Content::Readable(ContentKind::Log) | Content::Archive(_) | Content::Gzip
        )
    })
}

/// Whether something in a folder that is searched is half of what a program was writing.
fn is_unfinished(entry: &walkdir::DirEntry) -> bool {
    let name = entry.file_name().as_encoded_bytes();
    entry.depth() > 0 && name.starts_with(UNFINISHED_PREFIX.as_bytes())
}

struct Finder {
    rules: Arc<Rules>,
    /// Canonical paths, so that a file reached twice is read once.
    seen: BTreeSet<PathBuf>,
    /// How many logs the include and exclude patterns left out.
    left_out: u64,
    found: Discovered,
}

/// How a file came to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// The user named it, or a glob that the user gave did: what it is is told.
    Named,
    /// It lies in a folder, where only logs matter, and what is called as they are.
    InFolder,
}

impl Finder {
    fn skip(&mut self, name: impl Into<LogName>, reason: SkipReason) {
        self.found.skipped.push(Skipped {
            path: name.into(),
            reason,
        });
    }

    fn take(&mut self, source: Source) {
        self.found.sources.push(source);
    }

    /// What was found, told or left out so far, to see whether a search came to nothing.
    fn tally(&self) -> (usize, u64) {
        let found = &self.found;
        (
            found.sources.len() + found.skipped.len() + found.repeated.len(),
            self.left_out,
        )
    }

    /// Tells where a search came to nothing since.
    fn tell_nothing(&mut self, name: &LogName, before: (usize, u64), otherwise: SkipReason) {
        let after = self.tally();
        if after.0 > before.0 {
            return;
        }
        let reason = if after.1 > before.1 {
            SkipReason::NoneSelected
        } else {
            otherwise
        };
        self.skip(name.clone(), reason);
    }

    fn path(&mut self, path: &Path) {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let before = self.tally();
                self.folder(path);
                self.tell_nothing(&LogName::of_path(path), before, SkipReason::NoLogs);
            }
            Ok(metadata) if metadata.is_file() => self.file(path, How::Named),
            Ok(_) => self.skip(path, SkipReason::NotAFile),
            Err(error) => match PathPattern::of(path) {
                Some(Ok(pattern)) => {
                    let before = self.tally();
                    self.glob(&pattern);
                    self.tell_nothing(&LogName::of_path(path), before, SkipReason::NoMatch);
                }
                Some(Err(error)) => {
                    let message = error.to_string();
                    self.skip(path, SkipReason::BadPattern { message });
                }
                None if error.kind() == io::ErrorKind::NotFound => {
                    self.skip(path, SkipReason::Missing);
                }
                None => self.skip(path, unreadable(&error)),
            },
        }
    }

    /// Takes what a pattern means, as if it had been named.
    fn glob(&mut self, pattern: &PathPattern) {
        let folder = if pattern.folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &pattern.folder
        };
        let mut walk = walkdir::WalkDir::new(folder)
            .min_depth(1)
            .follow_links(true)
            .sort_by_file_name();
        if let Some(depth) = pattern.depth {
            walk = walk.max_depth(depth);
        }
        for entry in walk.into_iter().filter_entry(|e| !is_unfinished(e)) {
            match entry {
                Ok(entry) => {
                    let Ok(below) = entry.path().strip_prefix(folder) else {
                        continue;
                    };
                    if !pattern.is_match(below) {
                        continue;
                    }
                    let path = pattern.folder.join(below);
                    if entry.file_type().is_dir() {
                        self.folder(&path);
                    } else if entry.file_type().is_file() {
                        self.file(&path, How::Named);
                    }
                }
                // A folder that is not there matches nothing, like any other pattern.
                Err(error) if error.depth() == 0 => {}
                Err(error) => self.refused(folder, error),
            }
        }
    }

    /// Takes what can be read in a folder, with all folders below it.
    fn folder(&mut self, path: &Path) {
        let walk = walkdir::WalkDir::new(path)
            .follow_links(true)
            .sort_by_file_name();
        let mut folders = CanonicalFolders::default();
        for entry in walk.into_iter().filter_entry(|e| !is_unfinished(e)) {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    let canonical = folders.of(&entry);
                    self.file_at(entry.path(), canonical, How::InFolder);
                }
                Ok(entry) => folders.enter(&entry),
                Err(error) => self.refused(path, error),
            }
        }
    }

    fn refused(&mut self, folder: &Path, error: walkdir::Error) {
        let at = error.path().unwrap_or(folder).to_owned();
        let message = error
            .io_error()
            .map_or_else(|| error.to_string(), ToString::to_string);
        self.skip(at.as_path(), SkipReason::Unreadable { message });
    }

    fn file(&mut self, path: &Path, how: How) {
        self.file_at(path, None, how);
    }

    /// Takes a file of which the canonical path may be known.
    fn file_at(&mut self, path: &Path, canonical: Option<PathBuf>, how: How) {
        let (head, len) = match probe(path) {
            Ok(probed) => probed,
            Err(error) => return self.skip(path, unreadable(&error)),
        };
        let content = recognize(&head, Some(len));
        let name = LogName::of_path(path);
        if let Content::Other(reason) = content {
            if how == How::Named || is_told(name.as_str(), &reason, &self.rules.filter) {
                self.skip(name, reason);
            }
            return;
        }
        let is_wanted = match content {
            Content::Readable(_) => self.rules.filter.is_wanted(name.as_str()),
            _ => self.rules.filter.is_looked_into(name.as_str()),
        };
        if !is_wanted {
            self.left_out += 1;
            return;
        }
        let canonical = canonical.unwrap_or_else(|| canonical_of(path));
        if !self.seen.insert(canonical) {
            self.found.repeated.push(name);
            return;
        }
        let before = self.tally();
        let path: Arc<Path> = path.into();
        match content {
            Content::Readable(kind) => self.part(name, kind, &path, 0, len),
            Content::Gzip => {
                let opening = Opening::file(path, 0, len);
                self.gzip(&name, opening, 0, how);
            }
            Content::Archive(Archive::Zip) => {
                self.zip(&name, &path, len, how);
                if how == How::Named {
                    self.tell_nothing(&name, before, SkipReason::NoLogsInArchive);
                }
            }
            Content::Archive(Archive::Tar) => {
                self.tar(&name, &path, len);
                if how == How::Named {
                    self.tell_nothing(&name, before, SkipReason::NoLogsInArchive);
                }
            }
            Content::Other(_) => {}
        }
    }

    /// Takes a log or rows that lie in a file as they are.
    fn part(&mut self, name: LogName, kind: ContentKind, path: &Arc<Path>, start: u64, len: u64) {
        let log = LogSource::part(name, Arc::clone(path), start, len);
        self.take(match kind {
            ContentKind::Log => Source::Log(log),
            _ => Source::Rows(RowSource::new(log, kind)),
        });
    }

    /// Takes what is in a zip by its directory; without a sound one it is walked.
    fn zip(&mut self, name: &LogName, path: &Arc<Path>, len: u64, how: How) {
        let rules = Arc::clone(&self.rules);
        let mut members = Vec::new();
        let mut skipped = Vec::new();
        let result = zip_directory::members(
            path,
            len,
            name.as_str(),
            &rules,
            &mut |member| members.push(member),
            &mut |name, reason| skipped.push((LogName::new(name), reason)),
        );
        match result {
            Ok(left_out) => self.left_out += left_out,
            Err(Broken::Io(error)) => return self.skip(name.clone(), unreadable(&error)),
            Err(Broken::Directory(reason)) => {
                let opening = Opening::file(Arc::clone(path), 0, len);
                let broken = Some(reason);
                return self.sequence(name, Archive::Zip, opening, 0, how, broken);
            }
        }
        for member in members {
            let name = LogName::new(member.name);
            match (member.content, member.place) {
                (Content::Readable(kind), place) => {
                    if !rules.filter.is_wanted(name.as_str()) {
                        self.left_out += 1;
                        continue;
                    }
                    match place {
                        Place::Stored { start, len } => self.part(name, kind, path, start, len),
                        Place::Packed(opening) => {
                            self.take(Source::Stream(StreamSource::new(name, kind, opening)));
                        }
                    }
                }
                (content, Place::Packed(opening)) => self.inner(&name, content, opening),
                (_, Place::Stored { .. }) => {}
            }
        }
        for (name, reason) in skipped {
            self.skip(name, reason);
        }
    }

    /// Takes what is in a tar.
    fn tar(&mut self, name: &LogName, path: &Arc<Path>, len: u64) {
        let rules = Arc::clone(&self.rules);
        let mut members = Vec::new();
        let mut skipped = Vec::new();
        self.left_out += tar_directory::members(
            path,
            len,
            name.as_str(),
            &rules,
            &mut |member| members.push(member),
            &mut |name, reason| skipped.push((LogName::new(name), reason)),
        );
        for member in members {
            let name = LogName::new(member.name);
            match member.content {
                Content::Readable(kind) if rules.filter.is_wanted(name.as_str()) => {
                    self.part(name, kind, path, member.start, member.len);
                }
                Content::Readable(_) => self.left_out += 1,
                content => {
                    let opening = Opening::file(Arc::clone(path), member.start, member.len);
                    self.inner(&name, content, opening);
                }
            }
        }
        for (name, reason) in skipped {
            self.skip(name, reason);
        }
    }

    /// Takes a member that is packed itself.
    fn inner(&mut self, name: &LogName, content: Content, opening: Opening) {
        match content {
            Content::Gzip => self.gzip(name, opening, 1, How::InFolder),
            Content::Archive(kind) => self.sequence(name, kind, opening, 1, How::InFolder, None),
            Content::Readable(_) | Content::Other(_) => {}
        }
    }

    /// Takes what a `.gz` holds, after a look at its first bytes.
    fn gzip(&mut self, name: &LogName, opening: Opening, depth: u32, how: How) {
        let opening = opening.through(Layer::Gzip(Bound::of(self.rules.limits)));
        let content = match opening.open(name, None) {
            Ok(mut reader) => look(&mut *reader),
            Err(error) => {
                let message = std::error::Error::source(&error)
                    .map_or_else(|| error.to_string(), ToString::to_string);
                return self.skip(name.clone(), SkipReason::Unreadable { message });
            }
        };
        self.unpacked(name, content, opening, depth, how);
    }

    /// Takes what came out of a `.gz`.
    fn unpacked(
        &mut self,
        name: &LogName,
        content: io::Result<Content>,
        opening: Opening,
        depth: u32,
        how: How,
    ) {
        match content {
            Ok(Content::Readable(_)) if !self.rules.filter.is_wanted(name.as_str()) => {
                self.left_out += 1;
            }
            Ok(Content::Readable(kind)) => {
                self.take(Source::Stream(StreamSource::new(
                    name.clone(),
                    kind,
                    opening,
                )));
            }
            Ok(Content::Archive(kind)) => self.sequence(name, kind, opening, depth, how, None),
            // Packed twice over is as good as an archive that goes too deep.
            Ok(Content::Gzip) => {
                let limit = self.rules.limits.depth;
                self.skip(
                    name.clone(),
                    SkipReason::Limit(LimitExceeded::Depth { limit }),
                );
            }
            Ok(Content::Other(reason)) => {
                if how == How::Named || is_told(name.as_str(), &reason, &self.rules.filter) {
                    self.skip(name.clone(), reason);
                }
            }
            Err(error) => self.skip(name.clone(), not_unpacked(&error)),
        }
    }

    /// Takes an archive that must be walked, and lies in `depth` others.
    fn sequence(
        &mut self,
        name: &LogName,
        kind: Archive,
        opening: Opening,
        depth: u32,
        how: How,
        broken: Option<SkipReason>,
    ) {
        let limit = self.rules.limits.depth;
        if depth > limit {
            return self.skip(
                name.clone(),
                SkipReason::Limit(LimitExceeded::Depth { limit }),
            );
        }
        self.take(Source::Sequence(SequenceSource {
            name: name.clone(),
            kind,
            opening,
            depth,
            is_named: how == How::Named,
            broken,
            rules: Arc::clone(&self.rules),
        }));
    }

    /// Takes what comes on a stream, after a look at its first bytes.
    fn stream(&mut self, name: &str, mut reader: Box<dyn Read + Send>) {
        let name = LogName::new(name);
        let head = match read_head(&mut *reader, header_bytes()) {
            Ok(head) => head,
            Err(error) => return self.skip(name, unreadable(&error)),
        };
        let content = recognize(&head, length(&head));
        let reader = again(head, reader);
        if content != Content::Gzip {
            return self.unpacked(&name, Ok(content), Opening::once(reader), 0, How::Named);
        }
        // What comes once is looked at and read through the same unpacker.
        let mut reader = Layer::Gzip(Bound::of(self.rules.limits)).on(reader);
        match read_head(&mut *reader, header_bytes()) {
            Ok(head) => {
                let content = recognize(&head, length(&head));
                let opening = Opening::once(again(head, reader));
                self.unpacked(&name, Ok(content), opening, 0, How::Named);
            }
            Err(error) => self.skip(name, not_unpacked(&error)),
        }
    }
}

fn header_bytes() -> usize {
    usize::try_from(LOG_HEADER_BYTES).unwrap_or_default()
}

/// The length of what a head is the beginning of, where the head is all of it.
fn length(head: &[u8]) -> Option<u64> {
    (head.len() < header_bytes()).then_some(head.len() as u64)
}

/// Tells what a stream is.
fn look(reader: &mut dyn Read) -> io::Result<Content> {
    let head = read_head(reader, header_bytes())?;
    Ok(recognize(&head, length(&head)))
}

/// The canonical paths of the folders that a walk is in: the system is asked once for each folder
/// where a link may lead elsewhere, and not for each file.
#[derive(Default)]
struct CanonicalFolders(Vec<PathBuf>);

impl CanonicalFolders {
    fn enter(&mut self, entry: &walkdir::DirEntry) {
        let canonical = self.of(entry).unwrap_or_else(|| canonical_of(entry.path()));
        self.0.truncate(entry.depth());
        self.0.push(canonical);
    }

    /// As its folder's, unless it is a link itself.
    fn of(&self, entry: &walkdir::DirEntry) -> Option<PathBuf> {
        if entry.path_is_symlink() {
            return None;
        }
        let folder = self.0.get(entry.depth().checked_sub(1)?)?;
        Some(folder.join(entry.file_name()))
    }
}

fn canonical_of(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

pub(super) fn unreadable(error: &io::Error) -> SkipReason {
    SkipReason::Unreadable {
        message: error.to_string(),
    }
}

fn probe(path: &Path) -> io::Result<(Vec<u8>, u64)> {
    let mut file = open(path)?;
    let len = file.metadata()?.len();
    Ok((read_head(&mut file, PROBE_BYTES)?, len))
}
