//! A zip in a file, read by the directory at its end: each member a source of its own.
//!
//! The zip crate reads the directory, entry by entry, so that none of it is kept. What is stored
//! is handed out as a part of the file, what is packed as a stream; both can be opened by several
//! threads at once. Unpacking is `unpack`'s business, and a zip without a sound directory is
//! walked by `zip_forward`.

use std::collections::BTreeMap;
use std::io::{self, BufReader};
use std::path::Path;
use std::sync::Arc;

use zip::result::ZipError;
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

use super::SkipReason;
use super::content::{Content, PROBE_BYTES, read_head, recognize};
use super::limits::LimitExceeded;
use super::member::{Names, full, is_told, percent_decoded, plain};
use super::sequence::{Rules, not_unpacked};
use super::stream::{Layer, Opening};
use super::unpack::{Bound, Window};
use super::unread::Unread;
use super::zip_forward::method_name;

/// A member that can be read, or must be looked into.
pub(super) struct ZipMember {
    pub(super) name: String,
    pub(super) content: Content,
    pub(super) place: Place,
}

/// Where a member is.
pub(super) enum Place {
    /// As it is, from a byte on.
    Stored { start: u64, len: u64 },
    /// Packed.
    Packed(Opening),
}

/// Why the members of a zip were not all handed out.
pub(super) enum Broken {
    /// The directory makes no sense, is not there, or is of a kind that is not read.
    Directory(SkipReason),
    /// The system refused.
    Io(io::Error),
}

impl From<ZipError> for Broken {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => Self::Io(error),
            ZipError::UnsupportedArchive(message) => Self::Directory(SkipReason::NotUnpacked {
                message: message.to_owned(),
            }),
            _ => Self::Directory(SkipReason::NoDirectory),
        }
    }
}

/// Hands out each member of a zip that is a log, rows or packed itself, and tells what is skipped.
/// Gives how many members the exclude patterns left out.
///
/// # Errors
/// Where the directory is broken; what was handed out before must then be taken back.
pub(super) fn members(
    path: &Arc<Path>,
    len: u64,
    archive: &str,
    rules: &Rules,
    see: &mut dyn FnMut(ZipMember),
    skip: &mut dyn FnMut(&str, SkipReason),
) -> Result<u64, Broken> {
    let window = Window::open(path, 0, len).map_err(Broken::Io)?;
    let mut zip = ZipIterable::try_new(BufReader::new(window), zip::read::Config::default())?;
    let limit = rules.limits.entries;
    let entries = usize::try_from(limit).unwrap_or(usize::MAX);
    let shown = shown_names(zip.files()?.take(entries))?;
    let mut names = Names::default();
    let mut unread = Unread::default();
    let mut declared = 0_u64;
    let mut left_out = 0;
    let is_too_many = zip.len() > entries;
    let files = zip.files()?;
    for _ in 0..entries {
        let Some(entry) = files.next() else { break };
        let entry = entry?;
        let raw = plain(entry.name_raw());
        let name = match percent_decoded(&raw) {
            Some(decoded) if shown.get(&decoded).is_none_or(|n| *n < 2) => {
                names.give(&[&decoded, &raw])
            }
            _ => names.give(&[&raw]),
        };
        let name = full(archive, &name);
        if raw.ends_with('/') {
            continue;
        }
        if !rules.filter.is_looked_into(&name) {
            left_out += 1;
            continue;
        }
        let method = method_number(entry.compression());
        if entry.encrypted() {
            unread.encrypted(archive, &name);
            continue;
        }
        if !matches!(method, 0 | 8) {
            unread.packing(method_name(method), archive, &name);
            continue;
        }
        let (packed, size, crc32) = (entry.compressed_size(), entry.size(), entry.crc32());
        let head = entry
            .with_reader(files.reader_mut(), ZipReadOptions::new())
            .map_err(io::Error::from)
            .and_then(|mut file| {
                let head = read_head(&mut file, PROBE_BYTES)?;
                Ok((head, file.data_start().unwrap_or_default()))
            });
        let (head, start) = match head {
            Ok(head) => head,
            Err(error) => {
                skip(&name, not_unpacked(&error));
                continue;
            }
        };
        let content = recognize(&head, Some(size));
        if let Content::Other(reason) = &content {
            if is_told(&name, reason, &rules.filter) {
                skip(&name, reason.clone());
            }
            continue;
        }
        let left = rules.limits.bytes.saturating_sub(declared);
        if left == 0 {
            let limit = rules.limits.bytes;
            skip(archive, SkipReason::Limit(LimitExceeded::Bytes { limit }));
            break;
        }
        let bound = Bound {
            limits: rules.limits,
            left,
            declared: Some(size),
            crc32: Some(crc32),
        };
        let opening = Opening::file(Arc::clone(path), start, packed);
        let place = match method {
            // What is read by position has no end to check at; a log has checksums of its own.
            0 if packed == size && matches!(content, Content::Readable(_)) => {
                Place::Stored { start, len: size }
            }
            0 => Place::Packed(opening.through(Layer::Stored(bound))),
            _ => {
                declared = declared.saturating_add(size);
                Place::Packed(opening.through(Layer::Deflate(bound)))
            }
        };
        see(ZipMember {
            name,
            content,
            place,
        });
    }
    if is_too_many {
        skip(archive, SkipReason::Limit(LimitExceeded::Entries { limit }));
    }
    for reason in unread.reasons() {
        skip(archive, reason);
    }
    Ok(left_out)
}

/// How many members would be shown under each name that some member is decoded to.
fn shown_names<'e>(
    entries: impl Iterator<Item = zip::result::ZipResult<zip::read::ZipFileEntry<'e>>>,
) -> Result<BTreeMap<String, u32>, Broken> {
    let mut decoded = BTreeMap::new();
    let mut raws = Vec::new();
    for entry in entries {
        let raw = plain(entry?.name_raw());
        match percent_decoded(&raw) {
            Some(name) => *decoded.entry(name).or_insert(0) += 1,
            None => raws.push(raw),
        }
    }
    for raw in raws {
        if let Some(n) = decoded.get_mut(&raw) {
            *n += 1;
        }
    }
    Ok(decoded)
}

fn method_number(method: CompressionMethod) -> u16 {
    match method {
        CompressionMethod::Stored => 0,
        CompressionMethod::Deflated => 8,
        #[expect(deprecated, reason = "the crate has no other way to its number")]
        other => other.to_u16(),
    }
}
