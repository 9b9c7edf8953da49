//! Little-endian numbers out of untrusted bytes: everything that is not there is `None`.

/// The number at an offset.
pub(super) fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    array_at(data, at).map(u16::from_le_bytes)
}

/// The number at an offset.
pub(super) fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    array_at(data, at).map(u32::from_le_bytes)
}

/// The number at an offset.
pub(super) fn u64_at(data: &[u8], at: usize) -> Option<u64> {
    array_at(data, at).map(u64::from_le_bytes)
}

/// The number at an offset, as an index.
pub(super) fn index_at(data: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32_at(data, at)?).ok()
}

/// Overwrites bytes; what does not fit is left out.
pub(super) fn put(data: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(end) = at.checked_add(bytes.len())
        && let Some(place) = data.get_mut(at..end)
    {
        place.copy_from_slice(bytes);
    }
}

/// Whether all bytes are zero.
pub(super) fn is_zero(data: &[u8]) -> bool {
    // By blocks, so that the compiler can look at many bytes at once.
    data.chunks(1024)
        .all(|block| block.iter().fold(0, |seen, byte| seen | byte) == 0)
}

fn array_at<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
    data.get(at..)?.first_chunk().copied()
}
