//! Archives that can only be walked in order: a tar that is packed, a zip within a zip, a zip
//! that is cut short or comes on standard input.
//!
//! The walk goes down into archives within archives as deep as the limits let it, tells logs and
//! rows by their first bytes and hands each out as a reader. It never holds a member, and never
//! writes one. The forward walk over a zip is in `zip_forward`, over a tar in `tar_forward`.

use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::content::{Archive, Content, ContentKind, LOG_HEADER_BYTES, read_head, recognize};
use super::limits::{LimitExceeded, Limits};
use super::member::{Names, full, is_told, percent_decoded, plain};
use super::pattern::Filter;
use super::source::InputError;
use super::stream::{BUFFER_BYTES, Opening};
use super::unpack::{Bound, Bounded, Gunzip};
use super::unread::Unread;
use super::{LogName, SkipReason, Skipped, tar_forward, zip_forward};

/// An archive whose members can only be walked in order.
#[derive(Clone, Debug)]
pub struct SequenceSource {
    pub(super) name: LogName,
    pub(super) kind: Archive,
    pub(super) opening: Opening,
    /// How many archives it lies in.
    pub(super) depth: u32,
    /// Whether it was named itself, so that it is told where it holds no log.
    pub(super) is_named: bool,
    /// Why it has to be walked though its kind has a directory.
    pub(super) broken: Option<SkipReason>,
    pub(super) rules: Arc<Rules>,
}

/// What holds for all that is found.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) limits: Limits,
    pub(super) filter: Filter,
}

/// A log, or a file of rows, in an archive that is walked.
pub struct Member<'a> {
    /// Its name in every output.
    pub name: LogName,
    /// What it is.
    pub kind: ContentKind,
    /// Its bytes, forward. What is not read of them is passed over. Its errors are as those of
    /// [`super::StreamSource::open`].
    pub reader: &'a mut dyn Read,
}

impl SequenceSource {
    /// The archive's name; its members are `name!member`.
    pub fn name(&self) -> &LogName {
        &self.name
    }

    /// Packed bytes that walking it takes from the disk; 0 for standard input.
    pub fn bytes(&self) -> u64 {
        self.opening.bytes()
    }

    /// Whether it can be walked more than once.
    pub fn is_repeatable(&self) -> bool {
        self.opening.is_repeatable()
    }

    /// Walks the archive and hands each log and file of rows to `see`, until it says to stop.
    /// What is taken from the disk is added to `taken` as it is read. Gives what is not read, in
    /// the order in which it was met; where the archive breaks off, that is the last of it.
    ///
    /// # Errors
    /// Where it cannot be opened; [`InputError::OnlyOnce`] for standard input, the second time.
    pub fn walk(
        &self,
        taken: Option<&Arc<AtomicU64>>,
        see: &mut dyn FnMut(Member<'_>) -> ControlFlow<()>,
    ) -> Result<Vec<Skipped>, InputError> {
        let mut reader = self.opening.open(&self.name, taken)?;
        let mut walk = Walk {
            rules: &self.rules,
            see,
            skipped: Vec::new(),
            bytes_out: 0,
            is_log_seen: false,
            is_one_left_out: false,
        };
        let result = walk.archive(self.name.as_str(), self.kind, self.depth, &mut *reader);
        if result.is_ok() {
            if let Some(reason) = &self.broken {
                // The directory's fault is the cause of what the walk met at its end.
                walk.skipped.retain(|skipped| {
                    skipped.path != self.name
                        || !matches!(skipped.reason, SkipReason::NotUnpacked { .. })
                });
                walk.skip(self.name.as_str(), reason.clone());
            }
            if self.is_named && !walk.is_log_seen && walk.skipped.is_empty() {
                let reason = if walk.is_one_left_out {
                    SkipReason::NoneSelected
                } else {
                    SkipReason::NoLogsInArchive
                };
                walk.skip(self.name.as_str(), reason);
            }
        }
        Ok(walk.skipped)
    }
}

/// What a walk is doing.
pub(super) struct Walk<'w> {
    pub(super) rules: &'w Rules,
    see: &'w mut dyn FnMut(Member<'_>) -> ControlFlow<()>,
    skipped: Vec<Skipped>,
    /// Bytes that came out of members that are done with.
    bytes_out: u64,
    is_log_seen: bool,
    is_one_left_out: bool,
}

/// `see` wants no more.
struct Asked;

/// How the walk over one archive ended before its end.
pub(super) enum Stop {
    /// `see` wants no more.
    Asked,
    /// It cannot go on.
    Because(SkipReason),
}

impl From<Asked> for Stop {
    fn from(_: Asked) -> Self {
        Self::Asked
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Because(not_unpacked(&error))
    }
}

impl From<LimitExceeded> for Stop {
    fn from(limit: LimitExceeded) -> Self {
        Self::Because(SkipReason::Limit(limit))
    }
}

impl Walk<'_> {
    pub(super) fn skip(&mut self, name: &str, reason: SkipReason) {
        self.skipped.push(Skipped {
            path: LogName::new(name),
            reason,
        });
    }

    /// Walks an archive that lies in `depth` others. Where it cannot go on is told.
    fn archive(
        &mut self,
        name: &str,
        kind: Archive,
        depth: u32,
        reader: &mut dyn Read,
    ) -> Result<(), Asked> {
        let mut unread = Unread::default();
        let result = match kind {
            Archive::Zip => {
                let mut reader = BufReader::with_capacity(BUFFER_BYTES, reader);
                zip_forward::walk(self, name, depth, &mut reader, &mut unread)
            }
            Archive::Tar => tar_forward::walk(self, name, depth, reader, &mut unread),
        };
        for reason in unread.reasons() {
            self.skip(name, reason);
        }
        match result {
            Err(Stop::Because(reason)) => {
                self.skip(name, reason);
                Ok(())
            }
            Err(Stop::Asked) => Err(Asked),
            Ok(()) => Ok(()),
        }
    }

    /// The full name of the next member of an archive.
    pub(super) fn name(&self, archive: &str, names: &mut Names, raw: &[u8]) -> String {
        let raw = plain(raw);
        let name = match percent_decoded(&raw) {
            Some(decoded) => names.give(&[&decoded, &raw]),
            None => names.give(&[&raw]),
        };
        full(archive, &name)
    }

    /// What may come out of the next member, given what the archive says of it.
    pub(super) fn bound(&self, declared: Option<u64>, crc32: Option<u32>) -> Bound {
        Bound {
            limits: self.rules.limits,
            left: self.rules.limits.bytes.saturating_sub(self.bytes_out),
            declared,
            crc32,
        }
    }

    /// Counts what came out of a member.
    pub(super) fn came_out(&mut self, bytes: u64) {
        self.bytes_out = self.bytes_out.saturating_add(bytes);
    }

    /// Looks at a member of an archive that itself lies in `depth` others, and hands it out or
    /// goes down into it. What is wrong with the member is told here; the archive goes on.
    pub(super) fn member(
        &mut self,
        name: &str,
        depth: u32,
        reader: &mut dyn Read,
    ) -> Result<(), Stop> {
        if !self.rules.filter.is_looked_into(name) {
            self.is_one_left_out = true;
            return Ok(());
        }
        self.look(name, depth, false, reader)
    }

    fn look(
        &mut self,
        name: &str,
        depth: u32,
        is_unpacked: bool,
        reader: &mut dyn Read,
    ) -> Result<(), Stop> {
        let header_bytes = usize::try_from(LOG_HEADER_BYTES).unwrap_or_default();
        let head = match read_head(reader, header_bytes) {
            Ok(head) => head,
            Err(error) => match not_unpacked(&error) {
                // It is the archive's limit, and what follows would meet it again.
                reason @ SkipReason::Limit(LimitExceeded::Bytes { .. }) => {
                    return Err(Stop::Because(reason));
                }
                reason => {
                    self.skip(name, reason);
                    return Ok(());
                }
            },
        };
        let len = (head.len() < header_bytes).then_some(head.len() as u64);
        let content = recognize(&head, len);
        let mut reader = head.as_slice().chain(reader);
        let limit = self.rules.limits.depth;
        match content {
            Content::Readable(_) if !self.rules.filter.is_wanted(name) => {
                self.is_one_left_out = true;
            }
            Content::Readable(kind) => {
                self.is_log_seen = true;
                let member = Member {
                    name: LogName::new(name),
                    kind,
                    reader: &mut reader,
                };
                if (self.see)(member).is_break() {
                    return Err(Stop::Asked);
                }
            }
            // Packed twice over is as good as an archive that goes too deep.
            Content::Gzip if is_unpacked => {
                self.skip(name, SkipReason::Limit(LimitExceeded::Depth { limit }));
            }
            Content::Gzip => {
                let packed = BufReader::with_capacity(BUFFER_BYTES, &mut reader as &mut dyn Read);
                let mut unpacked = Bounded::new(Gunzip::new(packed), self.bound(None, None));
                let result = self.look(name, depth, true, &mut unpacked);
                self.came_out(unpacked.bytes_out());
                return result;
            }
            Content::Archive(_) if depth >= limit => {
                self.skip(name, SkipReason::Limit(LimitExceeded::Depth { limit }));
            }
            Content::Archive(kind) => self.archive(name, kind, depth + 1, &mut reader)?,
            Content::Other(reason) => {
                if is_told(name, &reason, &self.rules.filter) {
                    self.skip(name, reason);
                }
            }
        }
        Ok(())
    }
}

/// Why something could not be unpacked, or not to its end.
pub(super) fn not_unpacked(error: &io::Error) -> SkipReason {
    match LimitExceeded::of(error) {
        Some(limit) => SkipReason::Limit(limit),
        None => SkipReason::NotUnpacked {
            message: error.to_string(),
        },
    }
}
