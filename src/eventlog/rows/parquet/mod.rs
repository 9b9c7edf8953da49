//! Rows from Parquet: events, and the table of inputs that stands beside them.
//!
//! Only the columns that an event needs are read, some thousand rows at a time. Row groups can be
//! read by several threads. What other engines made of the rows is read too, as long as the
//! columns keep their names and meanings.

mod column;
mod events;
mod inputs;
mod source;

use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

use self::column::{Fill, Opened};
use self::source::Positional;
use super::{BadRows, INPUTS_KEY, ROW_SCHEMA, RowItem, RowsError, read_ndjson};
use crate::eventlog::Wanted;
use crate::input::{LogName, LogSource};

/// Rows that are decoded at once: few calls, and yet they stay in the processor's cache.
const BATCH_ROWS: usize = 4096;

/// A table of event rows or of inputs.
pub struct ParquetRows {
    name: LogName,
    reader: SerializedFileReader<Positional>,
    is_events: bool,
}

impl std::fmt::Debug for ParquetRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetRows")
            .field("name", &self.name)
            .field("groups", &self.groups())
            .finish_non_exhaustive()
    }
}

impl ParquetRows {
    /// Opens a table and reads what it says of itself.
    ///
    /// # Errors
    /// Where it cannot be read, or is no Parquet file, or none of our tables.
    pub fn open(source: &LogSource) -> std::result::Result<Self, RowsError> {
        let name = source.name().clone();
        let positional = Positional::open(source).map_err(|error| {
            let cause = std::error::Error::source(&error)
                .map_or_else(|| error.to_string(), ToString::to_string);
            RowsError::Read {
                name: name.clone(),
                source: std::io::Error::other(cause),
            }
        })?;
        let reader = guarded(|| SerializedFileReader::new(positional))
            .map_err(|error| not_rows(&name, &error))?;
        let mut rows = Self {
            name,
            reader,
            is_events: true,
        };
        if rows.leaf("event_id").is_none() {
            rows.is_events = false;
            if rows.leaf("row").is_none() {
                return Err(RowsError::NotRows {
                    name: rows.name,
                    message: "it has no column event_id".to_owned(),
                });
            }
        }
        Ok(rows)
    }

    /// How many row groups there are, to be read in any order.
    pub fn groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    /// Reads the rows of inputs that travel beside the rows of events in the same file.
    ///
    /// # Errors
    /// Where a newer program wrote them.
    pub fn read_told(&self, sink: &mut dyn FnMut(RowItem)) -> std::result::Result<(), RowsError> {
        let pairs = self.reader.metadata().file_metadata().key_value_metadata();
        let told = pairs
            .into_iter()
            .flatten()
            .find(|pair| pair.key == INPUTS_KEY)
            .and_then(|pair| pair.value.as_deref());
        match told {
            Some(told) => read_ndjson(&self.name, &mut told.as_bytes(), &Wanted::default(), sink),
            None => Ok(()),
        }
    }

    /// Reads one row group and hands what its rows give to `sink`. Events whose strings are not
    /// wanted come without them, as from a log.
    ///
    /// # Errors
    /// Where it lacks a column, or a newer program wrote it. What breaks off later is damage.
    pub fn read_group(
        &self,
        group: usize,
        wanted: &Wanted,
        sink: &mut dyn FnMut(RowItem),
    ) -> std::result::Result<(), RowsError> {
        if group >= self.groups() {
            return Ok(());
        }
        let reader = guarded(|| self.reader.get_row_group(group))
            .map_err(|error| not_rows(&self.name, &error))?;
        let rows = usize::try_from(reader.metadata().num_rows()).unwrap_or_default();
        let open = Columns {
            rows: self,
            group: &*reader,
        };
        if self.is_events {
            let mut columns =
                guarded(|| events::Events::open(&open)).map_err(|e| not_rows(&self.name, &e))?;
            self.read(group, rows, &mut columns, &mut |columns, bad, at| {
                match columns.next(wanted)? {
                    Ok(event) => sink(RowItem::Event(event)),
                    Err(message) => bad.add(at, 1, || message.to_owned()),
                }
                Ok(())
            })
        } else {
            let mut columns =
                guarded(|| inputs::Inputs::open(&open)).map_err(|e| not_rows(&self.name, &e))?;
            self.read(group, rows, &mut columns, &mut |columns, bad, at| {
                match columns.next()? {
                    Ok(item) => sink(item),
                    Err(message) => bad.add(at, 1, || message),
                }
                Ok(())
            })
        }
        .map(|bad| bad.tell(&self.name, sink))
    }

    /// Fills columns batch by batch and has each row taken out of them.
    fn read<C: Fill>(
        &self,
        group: usize,
        rows: usize,
        columns: &mut C,
        take: &mut dyn FnMut(&mut C, &mut BadRows, u64) -> std::result::Result<(), u64>,
    ) -> std::result::Result<BadRows, RowsError> {
        let mut bad = BadRows::default();
        let mut at = self.rows_before(group);
        let mut left = rows;
        while left > 0 {
            let batch = left.min(BATCH_ROWS);
            if let Err(error) = guarded(|| columns.fill(batch)) {
                bad.add(at.saturating_add(1), left as u64, || error.to_string());
                break;
            }
            for _ in 0..batch {
                at = at.saturating_add(1);
                take(columns, &mut bad, at).map_err(|schema| RowsError::Newer {
                    name: self.name.clone(),
                    schema,
                })?;
            }
            left = left.saturating_sub(batch);
        }
        Ok(bad)
    }

    fn rows_before(&self, group: usize) -> u64 {
        let groups = self.reader.metadata().row_groups();
        groups
            .iter()
            .take(group)
            .map(|group| u64::try_from(group.num_rows()).unwrap_or_default())
            .fold(0, u64::saturating_add)
    }

    /// The place of the column with this name among the file's.
    fn leaf(&self, name: &str) -> Option<usize> {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        schema.columns().iter().position(|column| {
            column
                .path()
                .parts()
                .first()
                .is_some_and(|part| part == name)
        })
    }
}

/// Reads a whole table and hands what its rows give to `sink`.
///
/// # Errors
/// Where it cannot be read, is none of our tables, or a newer program wrote it.
pub fn read_parquet(
    source: &LogSource,
    wanted: &Wanted,
    sink: &mut dyn FnMut(RowItem),
) -> std::result::Result<(), RowsError> {
    let rows = ParquetRows::open(source)?;
    rows.read_told(sink)?;
    (0..rows.groups()).try_for_each(|group| rows.read_group(group, wanted, sink))
}

/// The columns of a row group.
struct Columns<'a> {
    rows: &'a ParquetRows,
    group: &'a dyn RowGroupReader,
}

impl Columns<'_> {
    /// Opens a column, if there is one with this name.
    fn open<T>(
        &self,
        name: &'static str,
        open: impl FnOnce(Opened) -> Result<T>,
    ) -> Result<Option<T>> {
        let Some(leaf) = self.rows.leaf(name) else {
            return Ok(None);
        };
        let metadata = self.rows.reader.metadata().file_metadata();
        let descriptor = metadata.schema_descr().column(leaf);
        let reader = self.group.get_column_reader(leaf)?;
        open(Opened {
            name,
            reader,
            descriptor,
        })
        .map(Some)
    }

    /// Opens a column that must be there.
    fn need<T>(&self, name: &'static str, open: impl FnOnce(Opened) -> Result<T>) -> Result<T> {
        self.open(name, open)?
            .ok_or_else(|| ParquetError::General(format!("it has no column {name}")))
    }
}

/// Whether a version is too high.
fn check_schema(schema: Option<i64>) -> std::result::Result<(), u64> {
    match schema.map(u64::try_from) {
        Some(Ok(schema)) if schema > u64::from(ROW_SCHEMA) => Err(schema),
        _ => Ok(()),
    }
}

fn not_rows(name: &LogName, error: &ParquetError) -> RowsError {
    RowsError::NotRows {
        name: name.clone(),
        message: error.to_string(),
    }
}

/// Runs the crate's code; where it panics on a broken file, that is an error like any other.
fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(ParquetError::General("the decoder panicked".to_owned())))
}
