//! Lists of paths in a file or on standard input, one path a line.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::LogName;
use super::content::plain_text;
use super::source::{InputError, open};

/// Reads a list of paths, one a line, from a file or (`-`) from standard input. Blank lines are
/// left out; a byte order mark and the line ends of Windows are understood, UTF-16 too, which is
/// what PowerShell writes. What the paths mean is told by [`discover`](fn@super::discover).
///
/// # Errors
/// Where the list cannot be read; on Windows where it is no text.
pub fn read_path_list(list: &Path) -> Result<Vec<PathBuf>, InputError> {
    let name = LogName::of_path(list);
    let mut bytes = Vec::new();
    let read = if list == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        open(list).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|source| InputError::Read {
        name: name.clone(),
        source,
    })?;
    parse(&bytes).map_err(|line| InputError::ListNotText { name, line })
}

/// The paths, or the number of a line that is no text.
fn parse(bytes: &[u8]) -> Result<Vec<PathBuf>, usize> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let text = plain_text(bytes);
        return Ok(text.lines().filter_map(|line| path(line.into())).collect());
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let mut paths = Vec::new();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        paths.extend(path(os_string(line).ok_or(at + 1)?));
    }
    Ok(paths)
}

fn path(line: OsString) -> Option<PathBuf> {
    let is_blank = line.to_str().is_some_and(|line| line.trim().is_empty());
    (!is_blank).then(|| PathBuf::from(line))
}

/// Paths are bytes there.
#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the same on Windows can be no text"
)]
fn os_string(line: &[u8]) -> Option<OsString> {
    use std::os::unix::ffi::OsStringExt;
    Some(OsString::from_vec(line.to_vec()))
}

#[cfg(not(unix))]
fn os_string(line: &[u8]) -> Option<OsString> {
    std::str::from_utf8(line).ok().map(OsString::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expect: &[&str]) {
        let expect: Vec<PathBuf> = expect.iter().map(PathBuf::from).collect();
        assert_eq!(parse(bytes), Ok(expect));
    }

    #[test]
    fn lists_are_read_as_windows_and_others_write_them() {
        check(b"", &[]);
        check(b"a.evtx\nb c.evtx", &["a.evtx", "b c.evtx"]);
        check(
            b"\xEF\xBB\xBFa.evtx\r\n\r\n  \r\nb.evtx\r\n",
            &["a.evtx", "b.evtx"],
        );
        check("日志/系统.evtx\n".as_bytes(), &["日志/系统.evtx"]);
        check(b"\xFF\xFEa\0\r\0\n\0b\0", &["a", "b"]);
    }

    #[test]
    fn a_list_that_is_not_there_is_an_error() {
        let error = read_path_list(Path::new("no such list")).unwrap_err();
        assert_eq!(error.to_string(), "no such list: cannot be read");
    }
}
