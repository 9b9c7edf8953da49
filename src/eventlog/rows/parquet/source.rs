//! Any source of bytes, as the parquet crate wants to read it: by position, from several threads.

use std::io::{self, BufReader, Read};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::input::{InputError, LogReader, LogSource};

/// A source that is read by position.
#[derive(Clone, Debug)]
pub(super) struct Positional(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    source: LogSource,
    /// Open ones that nobody is reading with.
    idle: Mutex<Vec<LogReader>>,
}

impl Positional {
    pub(super) fn open(source: &LogSource) -> std::result::Result<Self, InputError> {
        let reader = source.reader()?;
        Ok(Self(Arc::new(Shared {
            source: source.clone(),
            idle: Mutex::new(vec![reader]),
        })))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let idle = || {
            self.0
                .idle
                .lock()
                .map_err(|_| io::Error::other("a reader panicked"))
        };
        // Taken out before anything is read, so that nobody waits for another's read.
        let kept = idle()?.pop();
        let mut reader = match kept {
            Some(reader) => reader,
            None => self.0.source.reader().map_err(io::Error::other)?,
        };
        let result = reader.read_at(offset, buffer);
        idle()?.push(reader);
        result
    }
}

impl Length for Positional {
    fn len(&self) -> u64 {
        self.0.source.len()
    }
}

impl ChunkReader for Positional {
    type T = BufReader<From>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(BufReader::new(From {
            source: self.clone(),
            at: start,
        }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.checked_add(length as u64);
        // Before room is made for them: a broken file may ask for any number of bytes.
        if end.is_none_or(|end| end > self.len()) {
            return Err(ParquetError::General(
                "the file ends before what it says it holds".to_owned(),
            ));
        }
        let mut buffer = vec![0; length];
        if self.read_at(start, &mut buffer)? < length {
            return Err(ParquetError::General(
                "the file became shorter while it was read".to_owned(),
            ));
        }
        Ok(buffer.into())
    }
}

/// Reads on from a place.
#[derive(Debug)]
pub(super) struct From {
    source: Positional,
    at: u64,
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read_at(self.at, buffer)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}
