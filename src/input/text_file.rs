//! Text files beside the logs: a policy, an earlier report.

use std::io::Read;
use std::path::Path;

use super::LogName;
use super::content::plain_text;
use super::source::{InputError, open};

/// Reads a text file whole. A byte order mark and UTF-16 are understood, which is what PowerShell
/// writes; bytes that are no text are replaced.
///
/// # Errors
/// Where the file cannot be read.
pub fn read_text(path: &Path) -> Result<String, InputError> {
    Ok(plain_text(&read_file(path)?))
}

/// Reads a small file whole.
///
/// # Errors
/// Where the file cannot be read.
pub fn read_file(path: &Path) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    open(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(|source| InputError::Read {
            name: LogName::of_path(path),
            source,
        })?;
    Ok(bytes)
}
