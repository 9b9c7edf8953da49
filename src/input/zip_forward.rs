//! A zip, walked from its beginning by the headers before its members.
//!
//! The zip crate reads zips by the directory at their end, which a stream does not have yet and a
//! zip cut short never gets. Its own forward reader refuses members whose length stands behind
//! them, and that is how Velociraptor (Go) writes all of them; deflate ends by itself, so they
//! can be read. Specification: APPNOTE 6.3.10, sections 4.3.7 (header) and 4.3.9 (descriptor).

use std::io::{self, BufRead, Read};

use super::SkipReason;
use super::limits::LimitExceeded;
use super::member::{Names, within};
use super::sequence::{Stop, Walk};
use super::unpack::{Bounded, Inflate, MemberError, Stored, Unpack};
use super::unread::Unread;

const MEMBER: &[u8; 4] = b"PK\x03\x04";
const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";
/// What stands behind the last member: data to decrypt the directory, or one of its own headers.
const BEHIND: [&[u8; 4]; 4] = [b"PK\x06\x08", b"PK\x01\x02", b"PK\x06\x06", b"PK\x05\x06"];

const ENCRYPTED: u16 = 1;
const HAS_DESCRIPTOR: u16 = 1 << 3;

/// What stands before a member.
struct Header {
    flags: u16,
    method: u16,
    crc32: u32,
    packed: u64,
    unpacked: u64,
    is_zip64: bool,
    name: Vec<u8>,
}

impl Header {
    fn is_folder(&self) -> bool {
        self.name.ends_with(b"/") || self.name.ends_with(b"\\")
    }

    /// Whether the lengths stand behind the member only.
    fn is_length_unknown(&self) -> bool {
        self.flags & HAS_DESCRIPTOR != 0 && self.packed == 0
    }
}

/// The name of a way of packing: APPNOTE 6.3.10, section 4.4.5.
pub(super) fn method_name(method: u16) -> String {
    match method {
        9 => "Deflate64".to_owned(),
        12 => "bzip2".to_owned(),
        14 => "LZMA".to_owned(),
        93 => "Zstandard".to_owned(),
        95 => "xz".to_owned(),
        98 => "PPMd".to_owned(),
        other => format!("method {other}"),
    }
}

pub(super) fn walk(
    walk: &mut Walk<'_>,
    archive: &str,
    depth: u32,
    reader: &mut dyn BufRead,
    unread: &mut Unread,
) -> Result<(), Stop> {
    let mut names = Names::default();
    let mut entries = 0;
    let limit = walk.rules.limits.entries;
    // The magic number of the next header, where it was read already.
    let mut next = None;
    loop {
        let mut magic: [u8; 4] = match next.take() {
            Some(magic) => magic,
            None => read_array(reader)?,
        };
        if entries == 0 && magic == *DESCRIPTOR {
            // The mark of an archive that was to be cut in parts, and was not.
            magic = read_array(reader)?;
        }
        if BEHIND.contains(&&magic) {
            return Ok(());
        }
        if magic != *MEMBER {
            let message = "no member begins where the one before it ends".to_owned();
            return Err(Stop::Because(SkipReason::NotUnpacked { message }));
        }
        entries += 1;
        if entries > limit {
            return Err(LimitExceeded::Entries { limit }.into());
        }
        let header = read_header(reader)?;
        let name = walk.name(archive, &mut names, &header.name);
        let is_encrypted = header.flags & ENCRYPTED != 0;
        let is_known = matches!(header.method, 0 | 8);
        if header.is_folder() && header.method == 0 && header.is_length_unknown() {
            next = pass_over_descriptor_of_nothing(reader, header.is_zip64)?;
            continue;
        }
        if is_encrypted || !is_known || (header.method == 0 && header.is_length_unknown()) {
            if is_encrypted {
                unread.encrypted(archive, &name);
            }
            if header.is_length_unknown() {
                // Where the next member begins cannot be told.
                let first = within(archive, &name);
                return Err(Stop::Because(SkipReason::LengthUnknown { first }));
            }
            if !is_encrypted {
                unread.packing(method_name(header.method), archive, &name);
            }
            pass_over(&mut reader.take(header.packed))?;
        } else if header.is_length_unknown() {
            let bound = walk.bound(None, None);
            let mut unpacked = Bounded::new(Inflate::new(&mut *reader), bound);
            // Java packs folders too: two bytes that nothing comes out of.
            if !header.is_folder() {
                walk.member(&name, depth, &mut unpacked)?;
            }
            // Only its end tells where the next one begins.
            pass_over(&mut unpacked)?;
            let (packed, out) = (unpacked.inner().bytes_in(), unpacked.bytes_out());
            walk.came_out(out);
            pass_over_descriptor(reader, header.is_zip64 || packed.max(out) > 0xFFFF_FFFF)?;
            continue;
        } else if !header.is_folder() {
            let bound = walk.bound(Some(header.unpacked), Some(header.crc32));
            let mut part = reader.take(header.packed);
            let out = if header.method == 0 {
                let mut stored = Bounded::new(Stored::new(&mut part), bound);
                walk.member(&name, depth, &mut stored)?;
                stored.bytes_out()
            } else {
                let mut unpacked = Bounded::new(Inflate::new(&mut part), bound);
                walk.member(&name, depth, &mut unpacked)?;
                unpacked.bytes_out()
            };
            walk.came_out(out);
            pass_over(&mut part)?;
            if part.limit() > 0 {
                return Err(io::Error::from(MemberError::CutShort { bytes: out }).into());
            }
        } else {
            pass_over(&mut reader.take(header.packed))?;
        }
        if header.flags & HAS_DESCRIPTOR != 0 && header.packed > 0 {
            pass_over_descriptor(reader, header.is_zip64)?;
        }
    }
}

fn read_header(reader: &mut dyn BufRead) -> io::Result<Header> {
    let fixed: [u8; 26] = read_array(reader)?;
    let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
    let long =
        |at: usize| u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
    let mut name = vec![0; usize::from(short(22))];
    reader.read_exact(&mut name)?;
    let mut extra = vec![0; usize::from(short(24))];
    reader.read_exact(&mut extra)?;
    let zip64 = extra_field(&extra, 1);
    let (packed, unpacked) = zip64_lengths(long(14), long(18), zip64);
    Ok(Header {
        flags: short(2),
        method: short(4),
        crc32: long(10),
        packed,
        unpacked,
        is_zip64: zip64.is_some(),
        name,
    })
}

/// The lengths, which stand in the extra field where they do not fit: section 4.5.3.
fn zip64_lengths(packed: u32, unpacked: u32, zip64: Option<&[u8]>) -> (u64, u64) {
    let mut values = zip64
        .unwrap_or_default()
        .as_chunks::<8>()
        .0
        .iter()
        .map(|bytes| u64::from_le_bytes(*bytes));
    let mut length = |short: u32| match short {
        u32::MAX => values.next().unwrap_or(u64::from(u32::MAX)),
        fits => u64::from(fits),
    };
    let unpacked = length(unpacked);
    (length(packed), unpacked)
}

fn extra_field(mut extra: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let (head, rest) = extra.split_first_chunk::<4>()?;
        let len = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let (field, rest) = rest.split_at_checked(len)?;
        if u16::from_le_bytes([head[0], head[1]]) == wanted {
            return Some(field);
        }
        extra = rest;
    }
}

/// The checksum and the lengths behind a member, with or without their magic number.
fn pass_over_descriptor(reader: &mut dyn BufRead, is_zip64: bool) -> io::Result<()> {
    let first = read_array(reader)?;
    pass_over_rest_of_descriptor(reader, first, is_zip64)
}

fn pass_over_rest_of_descriptor(
    reader: &mut dyn BufRead,
    first: [u8; 4],
    is_zip64: bool,
) -> io::Result<()> {
    if first == *DESCRIPTOR {
        read_array::<4>(reader)?;
    }
    if is_zip64 {
        read_array::<16>(reader)?;
    } else {
        read_array::<8>(reader)?;
    }
    Ok(())
}

/// The descriptor behind a folder that is stored, which some writers announce and leave out. Gives
/// the magic number of what follows where there was none.
fn pass_over_descriptor_of_nothing(
    reader: &mut dyn BufRead,
    is_zip64: bool,
) -> io::Result<Option<[u8; 4]>> {
    let first: [u8; 4] = read_array(reader)?;
    if first == *MEMBER || BEHIND.contains(&&first) {
        return Ok(Some(first));
    }
    pass_over_rest_of_descriptor(reader, first, is_zip64)?;
    Ok(None)
}

fn read_array<const N: usize>(reader: &mut dyn BufRead) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map_err(|error| {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            io::Error::new(error.kind(), "the archive is cut short")
        } else {
            error
        }
    })?;
    Ok(bytes)
}

fn pass_over<R: Read + ?Sized>(reader: &mut R) -> io::Result<u64> {
    io::copy(reader, &mut io::sink())
}
