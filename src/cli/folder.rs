//! Results that are a folder of files: event rows with their inputs beside them, and partitioned rows.
//!
//! Everything is written into a folder beside the one that was named, which then takes its name: what
//! was asked for is there whole or not at all.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use anyhow::Context;
use spptriage::report::rows::{EventRow, PartitionBy, RowFormat, RowOptions, RowWriter, ToldRow};

use super::output;

/// Rows that one part holds at most, so that it is one row group.
const PART_ROWS: usize = 122_880;
/// Bytes of rows that wait in memory for their part, of all partitions together.
const WAITING_BYTES: usize = 128 << 20;
/// About what a row takes beside its strings.
const ROW_BYTES: usize = 1024;

/// Makes a folder whole or not at all: `fill` writes into a folder beside it.
///
/// # Errors
/// Where something stands there that is not to be replaced, or something cannot be written.
pub(crate) fn write<T>(
    asked: &Path,
    overwrite: bool,
    fill: impl FnOnce(&Path) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    // What a link leads to is replaced, not the link.
    let path = fs::canonicalize(asked).unwrap_or_else(|_| asked.to_owned());
    let told = || format!("{}: cannot be written", asked.display());
    check_free(asked, &path, overwrite)?;
    let parent = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let beside = |prefix| {
        tempfile::Builder::new()
            .prefix(prefix)
            .tempdir_in(parent)
            .with_context(told)
    };
    let made = beside(".spptriage-")?;
    let result = fill(made.path())?;
    output::share(made.path());
    if !path.exists() {
        fs::rename(made.keep(), &path).with_context(told)?;
        return Ok(result);
    }
    let old = beside(".spptriage-old-")?;
    let kept = old.path().join("folder");
    fs::rename(&path, &kept).with_context(told)?;
    let made = made.keep();
    if let Err(error) = fs::rename(&made, &path) {
        // What stood there before is put back.
        let _ = fs::rename(&kept, &path);
        let _ = fs::remove_dir_all(&made);
        return Err(error).with_context(told);
    }
    Ok(result)
}

/// Whether a folder may be made there: nothing is there, or an empty folder, or rows to be replaced.
fn check_free(asked: &Path, path: &Path, overwrite: bool) -> anyhow::Result<()> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(error).with_context(|| format!("{}: cannot be written", asked.display()));
        }
    };
    let names: Vec<String> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let is_ours = names.iter().any(|name| name.starts_with("inputs."))
        && names.iter().all(|name| {
            ["inputs.", "events.", "computer=", "day="]
                .iter()
                .any(|start| name.starts_with(start))
        });
    match (is_ours, overwrite) {
        (true, true) => Ok(()),
        (true, false) => anyhow::bail!(
            "{}: rows stand there already; --overwrite replaces them",
            asked.display()
        ),
        (false, _) => anyhow::bail!(
            "{}: the folder is not empty, and holds more than rows; name a new one",
            asked.display()
        ),
    }
}

/// Writes rows into a folder: all into one file, or each into the folder of its partition.
pub(crate) struct FolderRows<'a> {
    root: PathBuf,
    format: RowFormat,
    options: RowOptions<'a>,
    target: Target<'a>,
}

enum Target<'a> {
    One(Box<dyn RowWriter + 'a>),
    Partitions(Partitions),
}

struct Partitions {
    by: PartitionBy,
    /// By the folder's name without regard to case, as many file systems compare it.
    all: BTreeMap<String, Partition>,
    bytes: usize,
}

/// The rows of one folder that wait to be written, and what is written already.
struct Partition {
    folder: String,
    parts: u64,
    rows: Vec<EventRow>,
    bytes: usize,
}

impl<'a> FolderRows<'a> {
    /// Begins to write into an empty folder.
    pub(crate) fn new(
        root: &Path,
        format: RowFormat,
        by: Option<PartitionBy>,
        options: RowOptions<'a>,
    ) -> io::Result<Self> {
        let target = match by {
            Some(by) => Target::Partitions(Partitions {
                by,
                all: BTreeMap::new(),
                bytes: 0,
            }),
            None => {
                let name = format!("events.{}", format.ending());
                Target::One(format.writer(create(&root.join(name))?, options)?)
            }
        };
        Ok(Self {
            root: root.to_owned(),
            format,
            options,
            target,
        })
    }

    /// Takes an event.
    pub(crate) fn event(&mut self, row: EventRow) -> io::Result<()> {
        let partitions = match &mut self.target {
            Target::One(writer) => return writer.event(&row),
            Target::Partitions(partitions) => partitions,
        };
        let folder = partitions.by.folder(&row);
        let partition = partitions
            .all
            .entry(folder.to_lowercase())
            .or_insert_with(|| Partition {
                folder,
                parts: 0,
                rows: Vec::new(),
                bytes: 0,
            });
        let bytes = ROW_BYTES + row.data.iter().map(String::len).sum::<usize>();
        partition.bytes += bytes;
        partition.rows.push(row);
        partitions.bytes += bytes;
        let write =
            |partition: &mut Partition| partition.write(&self.root, self.format, self.options);
        if partition.rows.len() >= PART_ROWS {
            partitions.bytes -= write(partition)?;
        }
        if partitions.bytes >= WAITING_BYTES {
            // The largest ones first, so that parts are few and large.
            let mut largest: Vec<&mut Partition> = partitions.all.values_mut().collect();
            largest.sort_by_key(|partition| std::cmp::Reverse(partition.bytes));
            for partition in largest {
                if partitions.bytes < WAITING_BYTES / 2 {
                    break;
                }
                partitions.bytes -= write(partition)?;
            }
        }
        Ok(())
    }

    /// Writes what still waits, and the inputs beside it.
    pub(crate) fn finish(self, told: &[ToldRow]) -> io::Result<()> {
        match self.target {
            Target::One(writer) => writer.finish()?,
            Target::Partitions(mut partitions) => {
                for partition in partitions.all.values_mut() {
                    partition.write(&self.root, self.format, self.options)?;
                }
            }
        }
        let name = format!("inputs.{}", self.format.ending());
        self.format
            .write_inputs(told, create(&self.root.join(name))?)
    }
}

impl Partition {
    /// Writes the rows that wait as one more part, and returns how many bytes waited.
    fn write(
        &mut self,
        root: &Path,
        format: RowFormat,
        options: RowOptions<'_>,
    ) -> io::Result<usize> {
        if self.rows.is_empty() {
            return Ok(0);
        }
        let folder = root.join(&self.folder);
        fs::create_dir_all(&folder)?;
        let name = format!("part-{}.{}", self.parts, format.ending());
        let mut writer = format.writer(create(&folder.join(name))?, options)?;
        for row in std::mem::take(&mut self.rows) {
            writer.event(&row)?;
        }
        writer.finish()?;
        self.parts += 1;
        Ok(std::mem::take(&mut self.bytes))
    }
}

/// A new file; one that is there already would be a mistake of ours.
fn create(path: &Path) -> io::Result<BufWriter<fs::File>> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    Ok(BufWriter::new(file))
}
