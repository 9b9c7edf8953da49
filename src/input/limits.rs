//! What an archive may cost, and the error of one that costs more.
//!
//! An archive is somebody else's file: a few kilobytes can claim to be terabytes. Everything
//! that grows with it has a limit here, which is held against what really comes out, never
//! against what a header says. Who counts is `unpack` and `sequence`.

use std::io;

/// What is read of one archive at most. Each limit is far above what collections of logs need,
/// and is an option of the program for whoever needs more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Members of one archive, folders among them. Those behind it are not looked at.
    /// 100,000 by default: a collection of one machine has about 400 logs.
    pub entries: u64,
    /// Bytes that may come out for each byte that goes in, held once more than 10 MiB came out
    /// of a member. 1,000 by default: of 893 public logs the emptiest packs to a 132nd, and deflate ends at
    /// 1,032, so that this is met by zeros and by archives made to be big.
    pub ratio: u64,
    /// Bytes that may come out of one archive; an archive inside another counts for itself.
    /// 1 TiB by default.
    pub bytes: u64,
    /// How deep archives may lie in archives: 0 reads none inside another, 1 (the default) a zip
    /// in a zip. A `.tar.gz` is one archive.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 100_000,
            ratio: 1_000,
            bytes: 1 << 40,
            depth: 1,
        }
    }
}

/// A limit of [`Limits`] that an archive does not keep.
///
/// A reader of a member that hits one gives an [`io::Error`] with this inside
/// ([`LimitExceeded::of`]); what was read before is sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum LimitExceeded {
    /// It has more members.
    #[error("more than {limit} members")]
    Entries {
        /// The limit.
        limit: u64,
    },
    /// More bytes come out for each byte that goes in.
    #[error("more than {limit} bytes come out for each byte")]
    Ratio {
        /// The limit.
        limit: u64,
    },
    /// More bytes come out.
    #[error("more than {limit} bytes come out")]
    Bytes {
        /// The limit.
        limit: u64,
    },
    /// Archives lie deeper in archives.
    #[error("archives lie more than {limit} deep in archives")]
    Depth {
        /// The limit.
        limit: u32,
    },
    /// One member's name and attributes take more.
    #[error("the description of one member takes more than {limit} bytes")]
    Header {
        /// The limit.
        limit: u64,
    },
}

impl LimitExceeded {
    /// The limit that an error of a reader is about, if it is about one.
    pub fn of(error: &io::Error) -> Option<Self> {
        error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Self>())
            .copied()
    }
}

impl From<LimitExceeded> for io::Error {
    fn from(limit: LimitExceeded) -> Self {
        Self::other(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_found_again_in_an_error() {
        let limit = LimitExceeded::Ratio { limit: 7 };
        assert_eq!(LimitExceeded::of(&io::Error::from(limit)), Some(limit));
        assert_eq!(LimitExceeded::of(&io::Error::other("7")), None);
    }
}
