//! The formats of rows: which there are, and a writer of each.

use std::io::{self, Write};
use std::path::Path;

use super::csv::Csv;
use super::ndjson::{self, Ndjson};
use super::timesketch::Timesketch;
use super::{EventRow, ToldRow};
use crate::catalog::{Catalog, Language};

/// A format that rows are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowFormat {
    /// One JSON object a line: everything, and can be read back.
    Ndjson,
    /// A table of text.
    Csv,
    /// A table of typed columns, and can be read back.
    #[cfg(feature = "parquet")]
    Parquet,
    /// What Timesketch imports.
    Timesketch,
}

/// What writers need to know.
#[derive(Clone, Copy)]
pub struct RowOptions<'a> {
    /// Where titles of events stand.
    pub catalog: &'a Catalog,
    /// The language of sentences.
    pub language: Language,
}

impl std::fmt::Debug for RowOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowOptions")
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

/// Takes rows one after the other: events, then what is told of inputs, then the end.
pub trait RowWriter {
    /// Writes an event.
    ///
    /// # Errors
    /// Whatever writing returns.
    fn event(&mut self, row: &EventRow) -> io::Result<()>;

    /// Writes what is told of an input; where the format has no place for it beside events, nothing.
    ///
    /// # Errors
    /// Whatever writing returns.
    fn told(&mut self, row: &ToldRow) -> io::Result<()>;

    /// Writes what is still held back. Without it, the output is not whole.
    ///
    /// # Errors
    /// Whatever writing returns.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

impl RowFormat {
    /// The format that a file's ending tells.
    pub fn of_path(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "ndjson" | "jsonl" => Self::Ndjson,
            "csv" => Self::Csv,
            #[cfg(feature = "parquet")]
            "parquet" => Self::Parquet,
            _ => return None,
        })
    }

    /// The ending of its files, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
            Self::Timesketch => "jsonl",
        }
    }

    /// Whether it can be shown on a terminal and sent through pipes of text.
    pub fn is_text(self) -> bool {
        match self {
            Self::Ndjson | Self::Csv | Self::Timesketch => true,
            #[cfg(feature = "parquet")]
            Self::Parquet => false,
        }
    }

    /// A writer of this format.
    ///
    /// # Errors
    /// Where not even the beginning can be written.
    pub fn writer<'a>(
        self,
        out: impl Write + Send + 'a,
        options: RowOptions<'a>,
    ) -> io::Result<Box<dyn RowWriter + 'a>> {
        Ok(match self {
            Self::Ndjson => Box::new(Ndjson(out)),
            Self::Csv => Box::new(Csv::new(out)?),
            #[cfg(feature = "parquet")]
            Self::Parquet => Box::new(super::parquet::Parquet::new(out)?),
            Self::Timesketch => Box::new(Timesketch {
                out,
                catalog: options.catalog,
                language: options.language,
            }),
        })
    }

    /// Writes the table of inputs that stands beside files of events; Timesketch, which has no place
    /// for it, gets it as NDJSON.
    ///
    /// # Errors
    /// Whatever writing returns.
    pub fn write_inputs(self, rows: &[ToldRow], mut out: impl Write + Send) -> io::Result<()> {
        match self {
            Self::Csv => super::csv::write_inputs(rows, out),
            #[cfg(feature = "parquet")]
            Self::Parquet => super::parquet::write_inputs(rows, out),
            Self::Ndjson | Self::Timesketch => {
                rows.iter()
                    .try_for_each(|row| ndjson::line(&mut out, row))?;
                out.flush()
            }
        }
    }
}
