//! One log, or one file of rows, that can only be read forward, and how to get at it.
//!
//! An [`Opening`] says where the packed bytes are and which unpackers to put on them. Members of a
//! zip can be opened by several threads at once, each with a file handle of its own. What is
//! inside archives that must be walked is `sequence`'s business.

use std::fmt;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use super::LogName;
use super::content::ContentKind;
use super::source::InputError;
use super::unpack::{Bound, Bounded, Gunzip, Inflate, Stored, Tally, Window};

/// Bytes that are taken from a file at once.
pub(super) const BUFFER_BYTES: usize = 64 * 1024;

/// One log, or one file of event rows, that can only be read forward: a packed member of a zip,
/// a `.gz`, standard input.
#[derive(Clone, Debug)]
pub struct StreamSource {
    name: LogName,
    kind: ContentKind,
    opening: Opening,
}

impl StreamSource {
    pub(super) fn new(name: LogName, kind: ContentKind, opening: Opening) -> Self {
        Self {
            name,
            kind,
            opening,
        }
    }

    /// Its name in every output.
    pub fn name(&self) -> &LogName {
        &self.name
    }

    /// What it is.
    pub fn kind(&self) -> ContentKind {
        self.kind
    }

    /// Packed bytes that reading it takes from the disk; 0 for standard input.
    pub fn bytes(&self) -> u64 {
        self.opening.bytes()
    }

    /// Whether it can be opened more than once.
    pub fn is_repeatable(&self) -> bool {
        self.opening.is_repeatable()
    }

    /// Opens it from its beginning. What is taken from the disk is added to `taken` as it is read.
    ///
    /// The reader's errors are the system's, or hold a [`super::MemberError`] (the member is not
    /// what its archive says) or a [`super::LimitExceeded`]; what was read before is sound.
    ///
    /// # Errors
    /// Where the system refuses; [`InputError::OnlyOnce`] for standard input, the second time.
    pub fn open(&self, taken: Option<&Arc<AtomicU64>>) -> Result<Box<dyn Read + Send>, InputError> {
        self.opening.open(&self.name, taken)
    }
}

/// Where bytes are, and what they must go through.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    base: Base,
    layers: Vec<Layer>,
}

#[derive(Clone, Debug)]
enum Base {
    File {
        path: Arc<Path>,
        start: u64,
        len: u64,
    },
    Once(Arc<Once>),
}

/// An unpacker.
#[derive(Clone, Debug)]
pub(super) enum Layer {
    Stored(Bound),
    Deflate(Bound),
    Gzip(Bound),
}

/// A reader that there is one of.
struct Once(Mutex<Option<Box<dyn Read + Send>>>);

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Once")
    }
}

impl Opening {
    /// A part of a file.
    pub(super) fn file(path: Arc<Path>, start: u64, len: u64) -> Self {
        Self {
            base: Base::File { path, start, len },
            layers: Vec::new(),
        }
    }

    /// What comes once.
    pub(super) fn once(reader: Box<dyn Read + Send>) -> Self {
        Self {
            base: Base::Once(Arc::new(Once(Mutex::new(Some(reader))))),
            layers: Vec::new(),
        }
    }

    /// The same through one more unpacker.
    pub(super) fn through(mut self, layer: Layer) -> Self {
        // There can be a hundred thousand of these, nearly all with one layer.
        self.layers.reserve_exact(1);
        self.layers.push(layer);
        self
    }

    pub(super) fn bytes(&self) -> u64 {
        match &self.base {
            Base::File { len, .. } => *len,
            Base::Once(_) => 0,
        }
    }

    pub(super) fn is_repeatable(&self) -> bool {
        matches!(self.base, Base::File { .. })
    }

    pub(super) fn open(
        &self,
        name: &LogName,
        taken: Option<&Arc<AtomicU64>>,
    ) -> Result<Box<dyn Read + Send>, InputError> {
        let mut reader: Box<dyn Read + Send> = match &self.base {
            Base::File { path, start, len } => {
                let window =
                    Window::open(path, *start, *len).map_err(|source| InputError::Read {
                        name: name.clone(),
                        source,
                    })?;
                Box::new(window)
            }
            Base::Once(once) => once
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take()
                .ok_or_else(|| InputError::OnlyOnce { name: name.clone() })?,
        };
        if let Some(taken) = taken {
            reader = Box::new(Tally::new(reader, Arc::clone(taken)));
        }
        for layer in &self.layers {
            reader = layer.on(reader);
        }
        Ok(reader)
    }
}

impl Layer {
    /// Puts the unpacker on a reader.
    pub(super) fn on(&self, reader: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        let reader = BufReader::with_capacity(BUFFER_BYTES, reader);
        match self {
            Self::Stored(bound) => Box::new(Bounded::new(Stored::new(reader), bound.clone())),
            Self::Deflate(bound) => Box::new(Bounded::new(Inflate::new(reader), bound.clone())),
            Self::Gzip(bound) => Box::new(Bounded::new(Gunzip::new(reader), bound.clone())),
        }
    }
}

/// Puts what was read of a stream before the rest again.
pub(super) fn again(head: Vec<u8>, rest: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    Box::new(io::Cursor::new(head).chain(rest))
}
