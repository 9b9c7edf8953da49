//! What the tests of the search share: small archives made in memory, and all that comes out.

mod broken;
mod packed;
mod paths;

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

use super::*;

/// Something with the first bytes of a log, and further ones that depend on the number and do not
/// pack well.
fn log(number: u32) -> Vec<u8> {
    let mut bytes = b"ElfFile\0".to_vec();
    let mut state = number.wrapping_add(1);
    while bytes.len() < 8192 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes.extend(state.to_be_bytes());
    }
    bytes
}

/// How members of a zip are written.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default_for_write())
}

/// A zip with these members.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(options(), members)
}

fn zip_with(options: SimpleFileOptions, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A zip whose lengths stand behind its members, as Go writes them.
fn streamed_zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new_stream(Vec::new());
    for (name, bytes) in members {
        zip.start_file(*name, options()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A tar with these members.
fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = ::tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::File::create(path)
            .unwrap()
            .write_all(bytes)
            .unwrap();
    }
    folder
}

/// All that a search gives.
#[derive(Debug, Default)]
struct All {
    /// What was read under each name, and the error that it ended with.
    read: BTreeMap<String, (Vec<u8>, Option<String>)>,
    /// What was skipped: name and reason, in order.
    skipped: Vec<(String, SkipReason)>,
    repeated: Vec<String>,
    /// The limits that readers met.
    limits: Vec<LimitExceeded>,
}

impl All {
    /// The names of what was read to its end.
    fn whole(&self) -> Vec<&str> {
        self.read
            .iter()
            .filter(|(_, (_, error))| error.is_none())
            .map(|(name, _)| name.as_str())
            .collect()
    }

    fn add(&mut self, name: &LogName, reader: &mut dyn Read) {
        let mut bytes = Vec::new();
        let error = reader.read_to_end(&mut bytes).err();
        self.limits
            .extend(error.as_ref().and_then(LimitExceeded::of));
        let error = error.map(|error| error.to_string());
        let before = self.read.insert(name.to_string(), (bytes, error));
        assert!(before.is_none(), "{name} is given twice");
    }
}

/// Searches paths below a folder, and reads all that is found. Names are told without the folder.
fn all(folder: &Path, paths: &[&str], options: &DiscoverOptions) -> All {
    let paths: Vec<PathBuf> = paths.iter().map(|path| folder.join(path)).collect();
    read_all(folder, discover(&paths, options))
}

fn read_all(folder: &Path, found: Discovered) -> All {
    let mut all = All::default();
    let short = |name: &LogName| -> LogName {
        let name = name.as_str().replace('\\', "/");
        let folder = folder.display().to_string().replace('\\', "/");
        LogName::new(name.strip_prefix(&format!("{folder}/")).unwrap_or(&name))
    };
    let mut skipped = found.skipped;
    for source in found.sources {
        match source {
            Source::Log(log) => {
                let mut reader = log.reader().unwrap();
                let mut bytes = vec![0; usize::try_from(log.len()).unwrap() + 1];
                let n = reader.read_at(0, &mut bytes).unwrap();
                all.add(&short(log.name()), &mut &bytes[..n]);
            }
            Source::Rows(rows) => {
                let mut reader = rows.bytes().reader().unwrap();
                let mut bytes = vec![0; usize::try_from(rows.len()).unwrap()];
                let n = reader.read_at(0, &mut bytes).unwrap();
                all.add(&short(rows.name()), &mut &bytes[..n]);
            }
            Source::Stream(stream) => {
                all.add(&short(stream.name()), &mut stream.open(None).unwrap());
            }
            Source::Sequence(sequence) => {
                let more = sequence.walk(None, &mut |member| {
                    all.add(&short(&member.name), member.reader);
                    ControlFlow::Continue(())
                });
                skipped.extend(more.unwrap());
            }
        }
    }
    all.skipped = skipped
        .into_iter()
        .map(|skipped| (short(&skipped.path).to_string(), skipped.reason))
        .collect();
    all.repeated = found
        .repeated
        .iter()
        .map(|name| short(name).to_string())
        .collect();
    all
}

/// Searches one file with these bytes, named itself.
fn one(name: &str, bytes: &[u8], options: &DiscoverOptions) -> All {
    let folder = folder(&[(name, bytes)]);
    all(folder.path(), &[name], options)
}

fn limits(change: impl FnOnce(&mut Limits)) -> DiscoverOptions {
    let mut options = DiscoverOptions::default();
    change(&mut options.limits);
    options
}

/// Searches standard input that gives these bytes.
fn find_on_stdin(bytes: Vec<u8>, options: &DiscoverOptions) -> Discovered {
    let mut bytes = Some(bytes);
    super::discover::discover(&[PathBuf::from("-")], options, &mut || {
        Box::new(Cursor::new(bytes.take().unwrap()))
    })
}

/// Searches standard input, and reads all that is found.
fn read_stdin(bytes: Vec<u8>, options: &DiscoverOptions) -> All {
    read_all(Path::new("/nowhere"), find_on_stdin(bytes, options))
}
