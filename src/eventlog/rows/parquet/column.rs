//! One column of a row group, read some rows at a time and then walked row by row.

use chrono::{DateTime, Utc};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, Int32Type, Int64Type, Int96Type,
};
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor};

/// A column with at most one value a row.
pub(super) struct Flat<T: DataType> {
    reader: ColumnReaderImpl<T>,
    /// The level of a value that is there; 0 where every row has one.
    full: i16,
    levels: Vec<i16>,
    values: Vec<T::T>,
    level_at: usize,
    value_at: usize,
}

impl<T: DataType> Flat<T> {
    fn new(reader: ColumnReaderImpl<T>, descriptor: &ColumnDescriptor) -> Self {
        Self {
            reader,
            full: descriptor.max_def_level(),
            levels: Vec::new(),
            values: Vec::new(),
            level_at: 0,
            value_at: 0,
        }
    }

    fn fill(&mut self, rows: usize) -> Result<()> {
        self.levels.clear();
        self.values.clear();
        (self.level_at, self.value_at) = (0, 0);
        let (records, _, _) =
            self.reader
                .read_records(rows, Some(&mut self.levels), None, &mut self.values)?;
        check(records, rows)
    }

    fn next(&mut self) -> Option<&T::T> {
        if self.full > 0 {
            let level = self.levels.get(self.level_at);
            self.level_at = self.level_at.saturating_add(1);
            if level != Some(&self.full) {
                return None;
            }
        }
        let value = self.values.get(self.value_at);
        self.value_at = self.value_at.saturating_add(1);
        value
    }
}

fn check(records: usize, rows: usize) -> Result<()> {
    if records == rows {
        return Ok(());
    }
    Err(ParquetError::General(format!(
        "a column has {records} rows where {rows} should be"
    )))
}

/// Texts.
pub(super) type Text = Flat<ByteArrayType>;

/// Any of the columns, so that all can be filled alike.
pub(super) trait Fill {
    /// Reads the next rows.
    fn fill(&mut self, rows: usize) -> Result<()>;
}

impl<T: DataType> Fill for Flat<T> {
    fn fill(&mut self, rows: usize) -> Result<()> {
        Flat::fill(self, rows)
    }
}

impl Text {
    pub(super) fn next_bytes(&mut self) -> Option<&[u8]> {
        self.next().map(ByteArray::data)
    }
}

/// Lists of texts.
pub(super) struct Lists {
    reader: ColumnReaderImpl<ByteArrayType>,
    full: i16,
    levels: Vec<i16>,
    /// 0 where a row begins.
    repeats: Vec<i16>,
    values: Vec<ByteArray>,
    level_at: usize,
    value_at: usize,
}

impl Fill for Lists {
    fn fill(&mut self, rows: usize) -> Result<()> {
        self.levels.clear();
        self.repeats.clear();
        self.values.clear();
        (self.level_at, self.value_at) = (0, 0);
        let (records, _, _) = self.reader.read_records(
            rows,
            Some(&mut self.levels),
            Some(&mut self.repeats),
            &mut self.values,
        )?;
        check(records, rows)
    }
}

impl Lists {
    /// The next row's texts.
    pub(super) fn next(&mut self, mut each: impl FnMut(&[u8])) {
        let mut is_first = true;
        while let (Some(repeat), Some(level)) = (
            self.repeats.get(self.level_at),
            self.levels.get(self.level_at),
        ) {
            if *repeat == 0 && !is_first {
                break;
            }
            is_first = false;
            self.level_at = self.level_at.saturating_add(1);
            if *level == self.full {
                if let Some(value) = self.values.get(self.value_at) {
                    each(value.data());
                }
                self.value_at = self.value_at.saturating_add(1);
            }
        }
    }
}

/// Numbers of either width.
pub(super) enum Numbers {
    Narrow(Flat<Int32Type>),
    Wide(Flat<Int64Type>),
}

impl Fill for Numbers {
    fn fill(&mut self, rows: usize) -> Result<()> {
        match self {
            Self::Narrow(column) => column.fill(rows),
            Self::Wide(column) => column.fill(rows),
        }
    }
}

impl Numbers {
    pub(super) fn next(&mut self) -> Option<i64> {
        match self {
            Self::Narrow(column) => column.next().map(|number| i64::from(*number)),
            Self::Wide(column) => column.next().copied(),
        }
    }

    /// The next number, if it is one of these.
    pub(super) fn next_as<T: TryFrom<i64>>(&mut self) -> Option<T> {
        self.next().and_then(|number| T::try_from(number).ok())
    }

    /// The next number; those beyond 63 bits are written as negative ones.
    pub(super) fn next_u64(&mut self) -> Option<u64> {
        self.next().map(i64::cast_unsigned)
    }
}

/// Times in any of the forms that engines write.
pub(super) enum Times {
    Counted(Flat<Int64Type>, Unit),
    /// As Spark writes them unless it is told otherwise.
    Old(Flat<Int96Type>),
}

/// What a time counts.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Millis,
    Micros,
    Nanos,
}

impl Fill for Times {
    fn fill(&mut self, rows: usize) -> Result<()> {
        match self {
            Self::Counted(column, _) => column.fill(rows),
            Self::Old(column) => column.fill(rows),
        }
    }
}

impl Times {
    pub(super) fn next(&mut self) -> Option<DateTime<Utc>> {
        let micros = match self {
            Self::Counted(column, unit) => {
                let count = *column.next()?;
                match unit {
                    Unit::Millis => count.checked_mul(1000)?,
                    Unit::Micros => count,
                    Unit::Nanos => count.div_euclid(1000),
                }
            }
            Self::Old(column) => column.next()?.to_micros(),
        };
        DateTime::from_timestamp_micros(micros)
    }
}

/// Yes or no.
pub(super) type Flags = Flat<BoolType>;

impl Flags {
    pub(super) fn next_flag(&mut self) -> Option<bool> {
        self.next().copied()
    }
}

/// A column's reader with what the file says of it.
pub(super) struct Opened {
    pub(super) name: &'static str,
    pub(super) reader: ColumnReader,
    pub(super) descriptor: ColumnDescPtr,
}

impl Opened {
    pub(super) fn text(self) -> Result<Text> {
        match self.reader {
            ColumnReader::ByteArrayColumnReader(reader) if self.descriptor.max_rep_level() == 0 => {
                Ok(Flat::new(reader, &self.descriptor))
            }
            _ => Err(wrong(self.name, "text")),
        }
    }

    pub(super) fn lists(self) -> Result<Lists> {
        match self.reader {
            ColumnReader::ByteArrayColumnReader(reader) if self.descriptor.max_rep_level() == 1 => {
                Ok(Lists {
                    reader,
                    full: self.descriptor.max_def_level(),
                    levels: Vec::new(),
                    repeats: Vec::new(),
                    values: Vec::new(),
                    level_at: 0,
                    value_at: 0,
                })
            }
            _ => Err(wrong(self.name, "a list of text")),
        }
    }

    pub(super) fn numbers(self) -> Result<Numbers> {
        match self.reader {
            _ if self.descriptor.max_rep_level() > 0 => Err(wrong(self.name, "a number")),
            ColumnReader::Int32ColumnReader(reader) => {
                Ok(Numbers::Narrow(Flat::new(reader, &self.descriptor)))
            }
            ColumnReader::Int64ColumnReader(reader) => {
                Ok(Numbers::Wide(Flat::new(reader, &self.descriptor)))
            }
            _ => Err(wrong(self.name, "a number")),
        }
    }

    pub(super) fn times(self) -> Result<Times> {
        let unit = match (
            self.descriptor.logical_type_ref(),
            self.descriptor.converted_type(),
        ) {
            (Some(LogicalType::Timestamp(stamp)), _) => match stamp.unit {
                TimeUnit::MILLIS => Unit::Millis,
                TimeUnit::MICROS => Unit::Micros,
                TimeUnit::NANOS => Unit::Nanos,
            },
            (_, ConvertedType::TIMESTAMP_MILLIS) => Unit::Millis,
            _ => Unit::Micros,
        };
        match self.reader {
            _ if self.descriptor.max_rep_level() > 0 => Err(wrong(self.name, "a time")),
            ColumnReader::Int64ColumnReader(reader) => {
                Ok(Times::Counted(Flat::new(reader, &self.descriptor), unit))
            }
            ColumnReader::Int96ColumnReader(reader) => {
                Ok(Times::Old(Flat::new(reader, &self.descriptor)))
            }
            _ => Err(wrong(self.name, "a time")),
        }
    }

    pub(super) fn flags(self) -> Result<Flags> {
        match self.reader {
            ColumnReader::BoolColumnReader(reader) if self.descriptor.max_rep_level() == 0 => {
                Ok(Flat::new(reader, &self.descriptor))
            }
            _ => Err(wrong(self.name, "yes or no")),
        }
    }
}

fn wrong(name: &str, kind: &str) -> ParquetError {
    ParquetError::General(format!("the column {name} is not {kind}"))
}
