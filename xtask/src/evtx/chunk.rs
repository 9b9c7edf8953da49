//! One chunk under construction: records, and the two tables that records point into.
//!
//! Names and template definitions stand inline where they are first used, and both tables are
//! hash buckets of singly linked lists through them, newest first, as in real logs. What a
//! record holds is `record`'s business, the tokens are `binxml`'s.

use super::CHUNK_BYTES;

/// Length of the header with both tables; the first record follows.
const HEADER_BYTES: usize = 512;
const STRING_TABLE: usize = 128;
const TEMPLATE_TABLE: usize = 384;
/// Real chunks carry this flag whether or not the log was closed cleanly.
const FLAG_ALWAYS: u32 = 1;
/// Checksums were not written.
pub(super) const FLAG_NO_CHECKSUMS: u32 = 4;

/// A chunk being filled.
#[derive(Clone)]
pub(super) struct Chunk {
    /// From the chunk's begin: the header's place is kept free.
    pub(super) bytes: Vec<u8>,
    names: Vec<(String, u32)>,
    templates: Vec<(String, u32)>,
    string_buckets: [u32; 64],
    template_buckets: [u32; 32],
    numbers: Option<(u64, u64)>,
    last_record: u32,
}

/// How far a chunk was filled before a record that did not fit.
struct Mark {
    bytes: usize,
    names: usize,
    templates: usize,
    string_buckets: [u32; 64],
    template_buckets: [u32; 32],
}

impl Chunk {
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0; HEADER_BYTES],
            names: Vec::new(),
            templates: Vec::new(),
            string_buckets: [0; 64],
            template_buckets: [0; 32],
            numbers: None,
            last_record: offset(HEADER_BYTES),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.numbers.is_none()
    }

    /// Appends a record whose content `write` makes; leaves the chunk as it was and returns
    /// false where it does not fit.
    pub(super) fn record(&mut self, number: u64, time: u64, write: impl FnOnce(&mut Self)) -> bool {
        let mark = Mark {
            bytes: self.bytes.len(),
            names: self.names.len(),
            templates: self.templates.len(),
            string_buckets: self.string_buckets,
            template_buckets: self.template_buckets,
        };
        let start = self.bytes.len();
        self.put(b"**\0\0");
        self.put_u32(0);
        self.put_u64(number);
        self.put_u64(time);
        write(self);
        while !(self.bytes.len() + 4 - start).is_multiple_of(8) {
            self.put(&[0]);
        }
        let size = offset(self.bytes.len() + 4 - start);
        self.put_u32(size);
        self.patch_u32(start + 4, size);
        if self.bytes.len() > CHUNK_BYTES {
            self.bytes.truncate(mark.bytes);
            self.names.truncate(mark.names);
            self.templates.truncate(mark.templates);
            self.string_buckets = mark.string_buckets;
            self.template_buckets = mark.template_buckets;
            return false;
        }
        self.last_record = offset(start);
        let first = self.numbers.map_or(number, |(first, _)| first);
        self.numbers = Some((first, number));
        true
    }

    /// The whole chunk with header, tables and checksums.
    pub(super) fn finish(mut self, no_checksums: bool) -> Vec<u8> {
        let free_space = offset(self.bytes.len());
        let (first, last) = self.numbers.unwrap_or((1, 0));
        self.bytes.resize(CHUNK_BYTES, 0);
        self.bytes[..8].copy_from_slice(b"ElfChnk\0");
        for (at, value) in [(8, first), (16, last), (24, first), (32, last)] {
            self.bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        self.patch_u32(40, 128);
        self.patch_u32(44, self.last_record);
        self.patch_u32(48, free_space);
        let flags = FLAG_ALWAYS | if no_checksums { FLAG_NO_CHECKSUMS } else { 0 };
        self.patch_u32(120, flags);
        for (index, head) in self.string_buckets.into_iter().enumerate() {
            self.patch_u32(STRING_TABLE + 4 * index, head);
        }
        for (index, head) in self.template_buckets.into_iter().enumerate() {
            self.patch_u32(TEMPLATE_TABLE + 4 * index, head);
        }
        if !no_checksums {
            renew_checksums(&mut self.bytes);
        }
        self.bytes
    }

    /// A reference to a name: its offset, and behind it the name itself where it is new here.
    pub(super) fn put_name(&mut self, name: &str) {
        if let Some((_, at)) = self.names.iter().find(|(known, _)| known == name) {
            let at = *at;
            self.put_u32(at);
            return;
        }
        let units: Vec<u16> = name.encode_utf16().collect();
        let hash = hash(&units);
        let bucket = usize::from(hash) % self.string_buckets.len();
        let at = offset(self.bytes.len() + 4);
        self.put_u32(at);
        self.put_u32(self.string_buckets[bucket]);
        self.put_u16(hash);
        self.put_u16(u16_len(units.len()));
        for unit in units {
            self.put_u16(unit);
        }
        self.put_u16(0);
        self.string_buckets[bucket] = at;
        self.names.push((name.to_owned(), at));
    }

    /// A template instance without its values: token, id, offset, and the definition itself
    /// where it is new in this chunk. `key` tells definitions apart.
    pub(super) fn put_template(&mut self, key: &str, define: impl FnOnce(&mut Self)) {
        let guid = guid_of(key);
        self.put(&[0x0c, 0x01]);
        self.put(&guid[..4]);
        if let Some((_, at)) = self.templates.iter().find(|(known, _)| known == key) {
            let at = *at;
            self.put_u32(at);
            return;
        }
        let at = offset(self.bytes.len() + 4);
        self.put_u32(at);
        let units: Vec<u16> = guid
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        let bucket = usize::from(hash(&units)) % self.template_buckets.len();
        self.put_u32(self.template_buckets[bucket]);
        self.put(&guid);
        let size_at = self.bytes.len();
        self.put_u32(0);
        define(self);
        self.patch_u32(size_at, offset(self.bytes.len() - size_at - 4));
        self.template_buckets[bucket] = at;
        self.templates.push((key.to_owned(), at));
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn put_u16(&mut self, value: u16) {
        self.put(&value.to_le_bytes());
    }

    pub(super) fn put_u32(&mut self, value: u32) {
        self.put(&value.to_le_bytes());
    }

    pub(super) fn put_u64(&mut self, value: u64) {
        self.put(&value.to_le_bytes());
    }

    pub(super) fn patch_u32(&mut self, at: usize, value: u32) {
        self.bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
}

/// Writes both checksums of a whole chunk anew, as they follow from its bytes. The free-space
/// offset is taken from the header, cut to the chunk.
pub(super) fn renew_checksums(chunk: &mut [u8]) {
    let free_space = read_u32(chunk, 48) as usize;
    let free_space = free_space.clamp(HEADER_BYTES, chunk.len());
    let data = crc32fast::hash(&chunk[HEADER_BYTES..free_space]);
    chunk[52..56].copy_from_slice(&data.to_le_bytes());
    let mut header = crc32fast::Hasher::new();
    header.update(&chunk[..120]);
    header.update(&chunk[128..HEADER_BYTES]);
    chunk[124..128].copy_from_slice(&header.finalize().to_le_bytes());
}

pub(super) fn read_u32(bytes: &[u8], at: usize) -> u32 {
    let mut value = [0; 4];
    value.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(value)
}

pub(super) fn read_u64(bytes: &[u8], at: usize) -> u64 {
    let mut value = [0; 8];
    value.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(value)
}

/// A position as the format stores it. Positions beyond a chunk never reach a file: the record
/// that would make one is taken back.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A length as the format stores it; texts are cut to fit before this.
pub(super) fn u16_len(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// The hash of both tables: every name of the real logs looked at has this one, and every
/// definition in logs of minor version 1. Version 2 spreads definitions by another hash that we do
/// not know; a reader follows the lists and never computes it.
fn hash(units: &[u16]) -> u16 {
    let hash = units.iter().fold(0_u32, |hash, unit| {
        hash.wrapping_mul(65_599).wrapping_add(u32::from(*unit))
    });
    (hash & 0xffff) as u16
}

/// An id for a definition, the same whenever the definition is (Windows hashes the definition
/// too; how is not known). FNV-1a, twice.
fn guid_of(key: &str) -> [u8; 16] {
    let fnv = |seed: u64| {
        key.bytes().fold(seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let mut guid = [0; 16];
    guid[..8].copy_from_slice(&fnv(0xcbf2_9ce4_8422_2325).to_le_bytes());
    guid[8..].copy_from_slice(&fnv(0x6c62_272e_07bb_0142).to_le_bytes());
    guid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hash_as_in_real_logs() {
        // From the string table of a real chunk.
        for (name, expect) in [
            ("Event", 0x0cba),
            ("System", 0x546f),
            ("EventData", 0x8244),
            ("Binary", 0xb821),
        ] {
            let units: Vec<u16> = name.encode_utf16().collect();
            assert_eq!(hash(&units), expect, "{name}");
        }
    }
}
