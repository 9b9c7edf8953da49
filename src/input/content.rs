//! What a file is, told by its first bytes.
//!
//! The one place that knows magic numbers, for files, members of archives and standard input
//! alike. Names tell nothing: a log may be called anything.

use std::io::{self, Read};

use super::SkipReason;

/// Length of the header of a log; the first chunk begins behind it.
pub(super) const LOG_HEADER_BYTES: u64 = 4096;
/// How many first bytes are looked at: a tar's first block is that long.
pub(super) const PROBE_BYTES: usize = 512;
/// The first bytes of a log.
pub(super) const LOG_MAGIC: &[u8; 8] = b"ElfFile\0";

/// What a log or a file of event rows is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ContentKind {
    /// An `.evtx` log.
    Log,
    /// Event rows, one JSON object a line.
    NdjsonRows,
    /// Event rows as parquet, which is read from its end: as a stream it must be held.
    ParquetRows,
}

/// What has members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Archive {
    Zip,
    Tar,
}

/// What something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Readable(ContentKind),
    Archive(Archive),
    Gzip,
    Other(SkipReason),
}

/// Tells what something is by its first [`PROBE_BYTES`] (fewer only where it ends before) and
/// its length; a length that is not known is taken for long enough.
pub(super) fn recognize(head: &[u8], len: Option<u64>) -> Content {
    if head.is_empty() {
        return Content::Other(SkipReason::Empty);
    }
    if head.starts_with(LOG_MAGIC) {
        return match len {
            Some(bytes) if bytes < LOG_HEADER_BYTES => {
                Content::Other(SkipReason::HeaderCutShort { bytes })
            }
            _ => Content::Readable(ContentKind::Log),
        };
    }
    if head.starts_with(b"{\"row\":") {
        return Content::Readable(ContentKind::NdjsonRows);
    }
    if head.starts_with(b"PAR1") {
        return Content::Readable(ContentKind::ParquetRows);
    }
    // A member, the end of an empty archive, and the mark of one that was cut in parts.
    if [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"]
        .iter()
        .any(|magic| head.starts_with(*magic))
    {
        return Content::Archive(Archive::Zip);
    }
    if head.starts_with(&[0x1F, 0x8B, 0x08]) {
        return Content::Gzip;
    }
    if is_tar(head) {
        return Content::Archive(Archive::Tar);
    }
    Content::Other(other(head))
}

/// The first bytes of something that is read forward; what was read is put before the rest again
/// by chaining it.
///
/// # Errors
/// What the reader says.
pub(super) fn read_head<R: Read + ?Sized>(reader: &mut R, bytes: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(bytes);
    reader.take(bytes as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Whether a block is a tar's header: only its checksum tells, since old ones have no magic.
fn is_tar(block: &[u8]) -> bool {
    let (Some(block), Some(field)) = (block.get(..512), block.get(148..156)) else {
        return false;
    };
    let digits: String = field
        .iter()
        .map(|byte| char::from(*byte))
        .skip_while(|digit| *digit == ' ')
        .take_while(|digit| digit.is_digit(8))
        .collect();
    let Ok(stored) = u32::from_str_radix(&digits, 8) else {
        return false;
    };
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    // The checksum is made with spaces in its own place.
    sum(block) - sum(field) + 8 * u32::from(b' ') == stored
}

/// Why something that is no log and holds none is not read.
fn other(head: &[u8]) -> SkipReason {
    if head.get(4..8) == Some(b"LfLe") {
        return SkipReason::OldEventLog;
    }
    let text = plain_text(head);
    let text = text.trim_start();
    if text.starts_with("<?xml") || text.starts_with("<Events") || text.starts_with("<Event ") {
        return SkipReason::XmlExport;
    }
    if text.starts_with("schema,time,computer,") || text.starts_with("{\"message\":") {
        return SkipReason::RowsForOthers;
    }
    if text.starts_with("{\n  \"schema_version\":") {
        return SkipReason::Report;
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
        return SkipReason::TextExport;
    }
    SkipReason::NotALog
}

/// The beginning of a file as text, whether it is UTF-8 or UTF-16.
pub(super) fn plain_text(bytes: &[u8]) -> String {
    let decode = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, _) = rest.as_chunks::<2>();
        char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
            .map(|unit| unit.unwrap_or('\u{FFFD}'))
            .collect()
    };
    if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        return decode(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        return decode(rest, u16::from_be_bytes);
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &[u8], len: u64, expect: Content) {
        assert_eq!(recognize(head, Some(len)), expect);
    }

    #[test]
    fn content_is_told_by_its_first_bytes() {
        use Content::{Archive as In, Gzip, Other, Readable};
        check(b"", 0, Other(SkipReason::Empty));
        check(b"ElfFile\0rest", 69_632, Readable(ContentKind::Log));
        check(
            b"ElfFile\0rest",
            4095,
            Other(SkipReason::HeaderCutShort { bytes: 4095 }),
        );
        check(b"{\"row\":\"event\"", 99, Readable(ContentKind::NdjsonRows));
        check(b"PAR1\x15\x04", 99, Readable(ContentKind::ParquetRows));
        check(b"PK\x03\x04", 99, In(Archive::Zip));
        check(b"PK\x05\x06", 22, In(Archive::Zip));
        check(b"\x1F\x8B\x08\0", 99, Gzip);
        check(b"\x1F\x8B", 2, Other(SkipReason::NotALog));
        check(b"0\0\0\0LfLe", 99, Other(SkipReason::OldEventLog));
        check(b"<?xml version", 99, Other(SkipReason::XmlExport));
        check(b"readme", 6, Other(SkipReason::NotALog));
    }

    #[test]
    fn a_tar_is_told_by_its_checksum() {
        let mut header = tar::Header::new_old();
        header.set_path("a.evtx").unwrap();
        header.set_size(3);
        header.set_cksum();
        check(header.as_bytes(), 1024, Content::Archive(Archive::Tar));
        let mut other = *header.as_bytes();
        other[0] ^= 1;
        check(&other, 1024, Content::Other(SkipReason::NotALog));
        check(&[0; 512], 1024, Content::Other(SkipReason::NotALog));
        check(&[b' '; 512], 1024, Content::Other(SkipReason::NotALog));
    }

    #[test]
    fn what_this_program_wrote_for_others_is_known() {
        for rows in ["schema,time,computer,channel\r\n1,", "{\"message\":\"The\""] {
            check(
                rows.as_bytes(),
                99,
                Content::Other(SkipReason::RowsForOthers),
            );
        }
        let report = b"{\n  \"schema_version\": 1,";
        check(report, 99, Content::Other(SkipReason::Report));
    }

    #[test]
    fn text_in_utf_16_is_read() {
        check(
            b"\xFF\xFE<\0?\0x\0m\0l\0",
            10,
            Content::Other(SkipReason::XmlExport),
        );
        assert_eq!(plain_text(b"\xFE\xFF\0a\0b"), "ab");
    }
}
