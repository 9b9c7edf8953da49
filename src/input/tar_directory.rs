//! A tar in a file: each member is a part of the file that can be read by position.
//!
//! Only the headers are read, passing over what is between them. A tar that is packed is walked by
//! `tar_forward`.

use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::SkipReason;
use super::content::{Content, PROBE_BYTES, read_head, recognize};
use super::limits::LimitExceeded;
use super::member::{Names, full, is_told, percent_decoded, plain};
use super::sequence::{Rules, not_unpacked};
use super::tar_forward::{Allowance, Guarded, HEADER_BYTES, SPARSE, is_sparse};
use super::unpack::{MemberError, Window};
use super::unread::Unread;

/// A member that can be read, or must be looked into.
pub(super) struct TarMember {
    pub(super) name: String,
    pub(super) content: Content,
    pub(super) start: u64,
    /// Its length, as far as the file reaches.
    pub(super) len: u64,
}

/// Hands out each member of a tar that is a log, rows or packed itself, and tells what is skipped.
/// Gives how many members the exclude patterns left out.
pub(super) fn members(
    path: &Arc<Path>,
    len: u64,
    archive: &str,
    rules: &Rules,
    see: &mut dyn FnMut(TarMember),
    skip: &mut dyn FnMut(&str, SkipReason),
) -> u64 {
    let mut left_out = 0;
    let mut unread = Unread::default();
    let result = each(
        path,
        len,
        archive,
        rules,
        see,
        skip,
        &mut unread,
        &mut left_out,
    );
    for reason in unread.reasons().chain(result.err()) {
        skip(archive, reason);
    }
    left_out
}

#[expect(clippy::too_many_arguments, reason = "two sinks and two counts")]
fn each(
    path: &Arc<Path>,
    len: u64,
    archive: &str,
    rules: &Rules,
    see: &mut dyn FnMut(TarMember),
    skip: &mut dyn FnMut(&str, SkipReason),
    unread: &mut Unread,
    left_out: &mut u64,
) -> Result<(), SkipReason> {
    let refused = |error: std::io::Error| not_unpacked(&error);
    let mut heads = Window::open(path, 0, len).map_err(refused)?;
    let window = Window::open(path, 0, len).map_err(refused)?;
    let allowance = Allowance::default();
    let mut tar = tar::Archive::new(Guarded::new(BufReader::new(window), &allowance));
    let mut names = Names::default();
    let limit = rules.limits.entries;
    let mut entries = 0;
    let mut members = tar.entries_with_seek().map_err(refused)?;
    loop {
        allowance.0.set(HEADER_BYTES);
        let Some(entry) = members.next() else {
            return Ok(());
        };
        let entry = entry.map_err(refused)?;
        entries += 1;
        if entries > limit {
            return Err(SkipReason::Limit(LimitExceeded::Entries { limit }));
        }
        if !entry.header().entry_type().is_file() && !is_sparse(&entry) {
            continue;
        }
        let raw = plain(&entry.path_bytes());
        let name = match percent_decoded(&raw) {
            Some(decoded) => names.give(&[&decoded, &raw]),
            None => names.give(&[&raw]),
        };
        let name = full(archive, &name);
        if !rules.filter.is_looked_into(&name) {
            *left_out += 1;
            continue;
        }
        if is_sparse(&entry) {
            unread.packing(SPARSE.to_owned(), archive, &name);
            continue;
        }
        let (start, size) = (entry.raw_file_position(), entry.size());
        let there = size.min(len.saturating_sub(start));
        let head = heads.seek(SeekFrom::Start(start)).and_then(|_| {
            let probe = usize::try_from(there)
                .unwrap_or(usize::MAX)
                .min(PROBE_BYTES);
            read_head(&mut heads.by_ref().take(there), probe)
        });
        match head.map(|head| recognize(&head, Some(there))) {
            Ok(Content::Other(reason)) => {
                if is_told(&name, &reason, &rules.filter) {
                    skip(&name, reason);
                }
            }
            Ok(content) => see(TarMember {
                name,
                content,
                start,
                len: there,
            }),
            Err(error) => skip(&name, not_unpacked(&error)),
        }
        if there < size {
            let error = MemberError::CutShort { bytes: there };
            return Err(not_unpacked(&error.into()));
        }
    }
}
