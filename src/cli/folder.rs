//! Results that are a folder of files: the tables of a report, event rows with their inputs beside
//! them, and partitioned rows.
//!
//! Everything is written into a folder beside the one that was named, which then takes its name: what
//! was asked for is there whole or not at all.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use spptriage::catalog::Phrase;
use spptriage::input::UNFINISHED_PREFIX;
use spptriage::report::rows::{EventRow, PartitionBy, RowFormat, RowOptions, RowWriter, ToldRow};
use spptriage::report::tables::{ReportTable, TableFormat};

use super::output;
use super::words::Texts;

/// How much waits in memory before it is written.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Rows that one part holds at most, so that it is one row group.
    rows: usize,
    /// Bytes of the rows that wait, of all partitions together.
    bytes: usize,
}

const LIMITS: Limits = Limits {
    rows: 122_880,
    bytes: 128 << 20,
};

/// About what a row takes beside its strings.
const ROW_BYTES: usize = 1024;

/// What a folder of ours holds, and so what --overwrite may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    /// Event rows.
    Rows,
    /// The tables of a report.
    Tables,
    /// The files of the catalog, which are never replaced: somebody may have changed them.
    Catalog,
}

impl Contents {
    /// Whether these are the names in a folder of ours.
    fn is_ours(self, names: &[String]) -> bool {
        match self {
            Self::Rows => {
                names.iter().any(|name| name.starts_with("inputs."))
                    && names.iter().all(|name| {
                        ["inputs.", "events.", "computer=", "day="]
                            .iter()
                            .any(|start| name.starts_with(start))
                    })
            }
            Self::Tables => names.iter().all(|name| {
                ReportTable::ALL.iter().any(|table| {
                    let mut formats = TableFormat::ALL.iter();
                    formats.any(|format| format.file_name(*table) == *name)
                })
            }),
            Self::Catalog => false,
        }
    }

    /// That the same stands there already.
    fn are_there(self, texts: &Texts) -> &Phrase {
        match self {
            Self::Rows => &texts.message.rows_are_there,
            Self::Tables => &texts.message.tables_are_there,
            Self::Catalog => &texts.message.catalog_is_there,
        }
    }

    /// That something else stands there too.
    fn are_not_all(self, texts: &Texts) -> &Phrase {
        match self {
            Self::Rows => &texts.message.more_than_rows,
            Self::Tables => &texts.message.more_than_tables,
            Self::Catalog => &texts.message.catalog_is_there,
        }
    }
}

/// Makes a folder whole or not at all: `fill` writes into a folder beside it.
///
/// # Errors
/// Where something stands there that is not to be replaced, or something cannot be written.
pub(crate) fn write<T>(
    asked: &Path,
    overwrite: bool,
    contents: Contents,
    fill: impl FnOnce(&Path) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    // What a link leads to is replaced, not the link.
    let path = fs::canonicalize(asked).unwrap_or_else(|_| asked.to_owned());
    let told = || output::of_path(asked, |t| &t.message.unwritable);
    check_free(asked, overwrite, contents)?;
    let parent = output::folder_of(&path);
    let beside = |prefix: &str| tempfile::Builder::new().prefix(prefix).tempdir_in(parent);
    let made = beside(UNFINISHED_PREFIX).with_context(told)?;
    let result = fill(made.path()).with_context(told)?;
    output::share(made.path());
    // Not cleaned up by itself from here on: it is about to be the result.
    let made = made.keep();
    take_place(&made, &path, &beside)
        .inspect_err(|_| {
            let _ = fs::remove_dir_all(&made);
        })
        .with_context(told)?;
    Ok(result)
}

/// Gives a folder the name that was asked for; what stood there goes only once this has worked.
fn take_place(
    made: &Path,
    path: &Path,
    beside: &dyn Fn(&str) -> io::Result<tempfile::TempDir>,
) -> io::Result<()> {
    if !path.exists() {
        return fs::rename(made, path);
    }
    let old = beside(&format!("{UNFINISHED_PREFIX}old-"))?;
    let kept = old.path().join("folder");
    fs::rename(path, &kept)?;
    let result = fs::rename(made, path);
    if result.is_err() && fs::rename(&kept, path).is_err() {
        // Better left under another name than lost.
        let _ = old.keep();
    }
    result
}

/// Whether a folder may be made there: nothing is there, or an empty folder, or one of ours to be
/// replaced.
///
/// # Errors
/// Where it may not.
pub(crate) fn check_free(asked: &Path, overwrite: bool, contents: Contents) -> anyhow::Result<()> {
    output::check_parent(asked)?;
    if asked.is_file() {
        anyhow::bail!(output::of_path(asked, |t| &t.message.is_file));
    }
    let entries = match asked.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(error).with_context(|| output::of_path(asked, |t| &t.message.unwritable));
        }
    };
    let names: Vec<String> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    match (contents.is_ours(&names), overwrite) {
        (true, true) => Ok(()),
        (true, false) => anyhow::bail!(output::of_path(asked, |t| contents.are_there(t))),
        (false, _) => anyhow::bail!(output::of_path(asked, |t| contents.are_not_all(t))),
    }
}

/// Writes rows into a folder: all into one file, or each into the folder of its partition.
pub(crate) struct FolderRows<'a> {
    root: PathBuf,
    format: RowFormat,
    has_bom: bool,
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
    limits: Limits,
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
        has_bom: bool,
        by: Option<PartitionBy>,
        options: RowOptions<'a>,
    ) -> io::Result<Self> {
        let target = match by {
            Some(by) => Target::Partitions(Partitions {
                by,
                all: BTreeMap::new(),
                bytes: 0,
                limits: LIMITS,
            }),
            None => {
                let name = format!("events.{}", format.ending());
                Target::One(format.writer(create(&root.join(name), has_bom)?, options)?)
            }
        };
        Ok(Self {
            root: root.to_owned(),
            format,
            has_bom,
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
        let (root, format, has_bom) = (&self.root, self.format, self.has_bom);
        let write =
            |partition: &mut Partition| partition.write(root, format, has_bom, self.options);
        if partition.rows.len() >= partitions.limits.rows {
            partitions.bytes -= write(partition)?;
        }
        if partitions.bytes >= partitions.limits.bytes {
            // The largest ones first, so that parts are few and large.
            let mut largest: Vec<&mut Partition> = partitions.all.values_mut().collect();
            largest.sort_by_key(|partition| std::cmp::Reverse(partition.bytes));
            for partition in largest {
                if partitions.bytes < partitions.limits.bytes / 2 {
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
                    partition.write(&self.root, self.format, self.has_bom, self.options)?;
                }
            }
        }
        let name = format!("inputs.{}", self.format.ending());
        self.format
            .write_inputs(told, create(&self.root.join(name), self.has_bom)?)
    }
}

impl Partition {
    /// Writes the rows that wait as one more part, and returns how many bytes waited.
    fn write(
        &mut self,
        root: &Path,
        format: RowFormat,
        has_bom: bool,
        options: RowOptions<'_>,
    ) -> io::Result<usize> {
        if self.rows.is_empty() {
            return Ok(0);
        }
        let folder = root.join(&self.folder);
        fs::create_dir_all(&folder)?;
        let name = format!("part-{}.{}", self.parts, format.ending());
        let mut writer = format.writer(create(&folder.join(name), has_bom)?, options)?;
        for row in std::mem::take(&mut self.rows) {
            writer.event(&row)?;
        }
        writer.finish()?;
        self.parts += 1;
        Ok(std::mem::take(&mut self.bytes))
    }
}

/// A new file; one that is there already would be a mistake of ours.
pub(crate) fn create(path: &Path, has_bom: bool) -> io::Result<BufWriter<fs::File>> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let mut out = BufWriter::new(file);
    if has_bom {
        out.write_all(output::UTF8_BOM)?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use spptriage::catalog::{Catalog, Language};
    use spptriage::input::LogSource;
    use spptriage::report::rows::{RecordIndex, event_row};

    fn rows(catalog: &Catalog) -> Vec<EventRow> {
        let source = LogSource::open(Path::new("fixtures/logs/healthy-client.evtx")).unwrap();
        let mut rows = Vec::new();
        let index = RecordIndex::default();
        spptriage::eventlog::read_log(
            &source,
            &spptriage::spp::wanted(),
            &Default::default(),
            &mut Default::default(),
            &mut |event| {
                let event = spptriage::spp::parse(event);
                rows.push(event_row(&event, &index, catalog, Language::En));
            },
        )
        .unwrap();
        rows
    }

    #[test]
    fn a_failure_leaves_nothing_and_keeps_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let fails = |folder: &Path| -> anyhow::Result<()> {
            fs::create_dir(folder.join("day=2026-10-01"))?;
            anyhow::bail!("the disk is full")
        };
        let names = || -> Vec<_> {
            let entries = fs::read_dir(folder.path()).unwrap();
            entries.map(|entry| entry.unwrap().file_name()).collect()
        };
        assert!(write(&path, false, Contents::Rows, fails).is_err());
        assert!(names().is_empty(), "{:?}", names());

        fs::create_dir(&path).unwrap();
        fs::File::create(path.join("inputs.csv")).unwrap();
        assert!(write(&path, true, Contents::Rows, fails).is_err());
        assert_eq!(names(), ["out"]);
        assert!(path.join("inputs.csv").exists());
    }

    #[test]
    fn spellings_of_one_computer_share_a_folder_and_parts_are_bounded() {
        let catalog = Catalog::builtin();
        let options = RowOptions {
            catalog: &catalog,
            language: Language::En,
        };
        let folder = tempfile::tempdir().unwrap();
        let by = Some(PartitionBy::Computer);
        let mut out =
            FolderRows::new(folder.path(), RowFormat::Ndjson, false, by, options).unwrap();
        let Target::Partitions(partitions) = &mut out.target else {
            panic!("no partitions");
        };
        partitions.limits = Limits {
            rows: 3,
            bytes: 5 * ROW_BYTES,
        };
        let rows = rows(&catalog);
        let names = ["PC1", "pc1", "PC2", "PC3", "PC4"];
        for (row, name) in rows.iter().zip(names.iter().cycle()) {
            let mut row = row.clone();
            row.computer = (*name).to_owned();
            out.event(row).unwrap();
        }
        out.finish(&[]).unwrap();
        let mut found = 0;
        let mut folders = Vec::new();
        for entry in fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if !path.is_dir() {
                continue;
            }
            folders.push(path.file_name().unwrap().to_str().unwrap().to_owned());
            for part in fs::read_dir(&path).unwrap() {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "a test looks at what was written"
                )]
                let lines = fs::read_to_string(part.unwrap().path()).unwrap();
                assert!(lines.lines().count() <= 3);
                found += lines.lines().count();
            }
        }
        folders.sort();
        assert_eq!(
            folders,
            [
                "computer=PC1",
                "computer=PC2",
                "computer=PC3",
                "computer=PC4"
            ]
        );
        assert_eq!(found, rows.len());
        assert!(found > 20, "{found}");
    }
}
