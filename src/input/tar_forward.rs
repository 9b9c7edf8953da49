//! A tar, walked from its beginning: each member as a reader.
//!
//! The tar crate finds the members and their long names. What it does not do is bound how much it
//! reads for a name, nor say that a member is cut short; both are done here.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::limits::LimitExceeded;
use super::member::Names;
use super::sequence::{Stop, Walk};
use super::unpack::MemberError;
use super::unread::Unread;

/// What the descriptions of one member may take: long names and attributes are kilobytes.
pub(super) const HEADER_BYTES: u64 = 4 << 20;

pub(super) fn walk(
    walk: &mut Walk<'_>,
    archive: &str,
    depth: u32,
    reader: &mut dyn Read,
    unread: &mut Unread,
) -> Result<(), Stop> {
    let allowance = Allowance::default();
    let mut tar = tar::Archive::new(Guarded::new(reader, &allowance));
    let mut names = Names::default();
    let mut entries = 0;
    let limit = walk.rules.limits.entries;
    allowance.0.set(HEADER_BYTES);
    for entry in tar.entries()? {
        let mut entry = entry?;
        entries += 1;
        if entries > limit {
            return Err(LimitExceeded::Entries { limit }.into());
        }
        // The crate passes over what is left of a member on its way to the next.
        allowance.0.set(u64::MAX);
        if is_sparse(&entry) {
            let name = walk.name(archive, &mut names, &entry.path_bytes());
            unread.packing(SPARSE.to_owned(), archive, &name);
        } else if entry.header().entry_type().is_file() {
            let name = walk.name(archive, &mut names, &entry.path_bytes());
            let mut whole = Whole {
                left: entry.size(),
                bytes: 0,
                inner: &mut entry,
            };
            walk.member(&name, depth, &mut whole)?;
        }
        // What is left of this member, and its padding, is no description.
        let stored = entry.header().entry_size().unwrap_or_default();
        let stored = stored.max(entry.size());
        allowance.0.set(stored.saturating_add(HEADER_BYTES));
    }
    Ok(())
}

/// Whether a member has holes that the tar leaves out. Few bytes can claim terabytes so.
pub(super) fn is_sparse<R: Read>(entry: &tar::Entry<'_, R>) -> bool {
    entry.header().entry_type().is_gnu_sparse()
}

/// How a member with holes is packed.
pub(super) const SPARSE: &str = "GNU sparse";

/// How much may be read until it is set anew.
#[derive(Clone, Debug)]
pub(super) struct Allowance(pub(super) Rc<Cell<u64>>);

impl Default for Allowance {
    fn default() -> Self {
        Self(Rc::new(Cell::new(HEADER_BYTES)))
    }
}

/// A reader that reads as much as it may.
#[derive(Debug)]
pub(super) struct Guarded<R> {
    inner: R,
    allowance: Allowance,
}

impl<R> Guarded<R> {
    pub(super) fn new(inner: R, allowance: &Allowance) -> Self {
        Self {
            inner,
            allowance: allowance.clone(),
        }
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.allowance.0.get();
        if left == 0 && !buffer.is_empty() {
            let limit = HEADER_BYTES;
            return Err(LimitExceeded::Header { limit }.into());
        }
        let most = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let n = self.inner.read(&mut buffer[..most])?;
        self.allowance.0.set(left - n as u64);
        Ok(n)
    }
}

impl<R: io::Seek> io::Seek for Guarded<R> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// A member that must come whole.
struct Whole<R> {
    inner: R,
    left: u64,
    bytes: u64,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if n == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(MemberError::CutShort { bytes: self.bytes }.into());
        }
        self.bytes += n as u64;
        self.left = self.left.saturating_sub(n as u64);
        Ok(n)
    }
}
