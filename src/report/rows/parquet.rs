//! Rows as Parquet: typed columns in row groups, compressed with Snappy.
//!
//! Rows are held column by column until a row group is full, by number of rows or by bytes. A file of
//! events alone holds the rows of its inputs as a text beside the table, so that nothing is lost
//! where only this file travels.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, Encoding};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use super::value::{self, Value};
use super::{EventRow, RowWriter, ToldRow, ndjson};
use crate::eventlog::rows::{COLUMNS, Column, ColumnType, INPUT_COLUMNS, INPUTS_KEY};

/// Rows of a group: what engines divide work by (DuckDB's default).
const GROUP_ROWS: usize = 122_880;
/// Bytes of a group's texts and lists before they are encoded: lists of a thousand products
/// are long.
const GROUP_BYTES: usize = 96 << 20;

/// Writes a table of events.
pub(super) struct Parquet<W: Write + Send> {
    table: Table<W>,
    told: Vec<u8>,
}

impl<W: Write + Send> Parquet<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        Ok(Self {
            table: Table::new(out, COLUMNS)?,
            told: Vec::new(),
        })
    }
}

impl<W: Write + Send> RowWriter for Parquet<W> {
    fn event(&mut self, row: &EventRow) -> io::Result<()> {
        self.table.push(|column| value::of_event(row, column))
    }

    fn told(&mut self, row: &ToldRow) -> io::Result<()> {
        ndjson::line(&mut self.told, row)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if !self.told.is_empty() {
            let told = String::from_utf8(self.told).map_err(io::Error::other)?;
            let pair = KeyValue::new(INPUTS_KEY.to_owned(), told);
            self.table.writer.append_key_value_metadata(pair);
        }
        self.table.finish()
    }
}

/// The table of inputs.
pub(super) fn write_inputs(rows: &[ToldRow], out: impl Write + Send) -> io::Result<()> {
    let mut table = Table::new(out, INPUT_COLUMNS)?;
    for row in rows {
        table.push(|column| value::of_told(row, column))?;
    }
    table.finish()
}

/// Any table, and what of it is not written yet.
struct Table<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Buffer>,
    rows: usize,
    bytes: usize,
}

impl<W: Write + Send> Table<W> {
    fn new(out: W, columns: &'static [Column]) -> io::Result<Self> {
        let schema = parse_message_type(&schema(columns)).map_err(to_io)?;
        let writer =
            SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties(columns)))
                .map_err(to_io)?;
        Ok(Self {
            writer,
            columns: columns.iter().map(Buffer::new).collect(),
            rows: 0,
            bytes: 0,
        })
    }

    fn push<'a>(&mut self, value: impl Fn(&str) -> Value<'a>) -> io::Result<()> {
        for buffer in &mut self.columns {
            self.bytes = self
                .bytes
                .saturating_add(buffer.push(value(buffer.column.name)));
        }
        self.rows = self.rows.saturating_add(1);
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    fn write_group(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group().map_err(to_io)?;
        for buffer in &mut self.columns {
            if let Some(mut writer) = group.next_column().map_err(to_io)? {
                buffer.write(&mut writer).map_err(to_io)?;
                writer.close().map_err(to_io)?;
            }
        }
        group.close().map_err(to_io)?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.write_group()?;
        self.writer.finish().map_err(to_io)?;
        self.writer.inner_mut().flush()
    }
}

/// The schema in Parquet's own notation.
fn schema(columns: &[Column]) -> String {
    let field = |column: &Column| {
        let name = column.name;
        let needed = if column.is_required {
            "required"
        } else {
            "optional"
        };
        match column.kind {
            ColumnType::Text => format!("{needed} binary {name} (STRING);\n"),
            ColumnType::Texts => format!(
                "{needed} group {name} (LIST) {{ repeated group list {{ required binary element (STRING); }} }}\n"
            ),
            ColumnType::Int32 => format!("{needed} int32 {name};\n"),
            ColumnType::Int64 => format!("{needed} int64 {name};\n"),
            ColumnType::Flag => format!("{needed} boolean {name};\n"),
            ColumnType::Time => format!("{needed} int64 {name} (TIMESTAMP(MICROS,true));\n"),
        }
    };
    let fields: String = columns.iter().map(field).collect();
    format!("message spptriage {{\n{fields}}}")
}

fn properties(columns: &[Column]) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by(env!("CARGO_PKG_NAME").to_owned())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for column in columns {
        let path = ColumnPath::new(path(column));
        properties = match column.kind {
            // Nobody looks for the least of all lists.
            ColumnType::Texts => {
                properties.set_column_statistics_enabled(path, EnabledStatistics::None)
            }
            // Numbers and times that rise from row to row.
            ColumnType::Time | ColumnType::Int64 => properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
            _ => properties,
        };
    }
    properties.build()
}

/// Where a column's values are in the schema.
fn path(column: &Column) -> Vec<String> {
    let parts: &[&str] = match column.kind {
        ColumnType::Texts => &[column.name, "list", "element"],
        _ => &[column.name],
    };
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// The values of one column that are not written yet.
struct Buffer {
    column: &'static Column,
    /// Whether each row, or each element of a list, is there.
    levels: Vec<i16>,
    /// Of lists: 0 where a row begins.
    repeats: Vec<i16>,
    values: Values,
}

enum Values {
    Texts(Vec<ByteArray>),
    Narrow(Vec<i32>),
    Wide(Vec<i64>),
    Flags(Vec<bool>),
}

impl Buffer {
    fn new(column: &'static Column) -> Self {
        let values = match column.kind {
            ColumnType::Text | ColumnType::Texts => Values::Texts(Vec::new()),
            ColumnType::Int32 => Values::Narrow(Vec::new()),
            ColumnType::Int64 | ColumnType::Time => Values::Wide(Vec::new()),
            ColumnType::Flag => Values::Flags(Vec::new()),
        };
        Self {
            column,
            levels: Vec::new(),
            repeats: Vec::new(),
            values,
        }
    }

    /// Adds a row's value, and returns about how many bytes it takes.
    fn push(&mut self, value: Value<'_>) -> usize {
        if let (Value::Texts(list), Values::Texts(values)) = (&value, &mut self.values) {
            let mut bytes = 0_usize;
            if list.is_empty() {
                self.levels.push(0);
                self.repeats.push(0);
            }
            for (at, text) in list.iter().enumerate() {
                self.levels.push(1);
                self.repeats.push(i16::from(at > 0));
                values.push(ByteArray::from(text.as_bytes().to_vec()));
                bytes = bytes.saturating_add(text.len() + size_of::<ByteArray>());
            }
            return bytes;
        }
        let mut bytes = 0;
        let is_there = match (value, &mut self.values) {
            (Value::Text(text), Values::Texts(values)) => {
                // Names repeat from row to row, and then share their bytes.
                let same = values.last().filter(|last| last.data() == text.as_bytes());
                let value = match same {
                    Some(same) => same.clone(),
                    None => {
                        bytes = text.len();
                        ByteArray::from(text.into_owned().into_bytes())
                    }
                };
                bytes += size_of::<ByteArray>();
                values.push(value);
                true
            }
            (Value::Number(number), Values::Narrow(values)) => {
                values.push(i32::try_from(number).unwrap_or(i32::MAX));
                true
            }
            (Value::Number(number), Values::Wide(values)) => {
                values.push(number.cast_signed());
                true
            }
            (Value::Time(time), Values::Wide(values)) => {
                values.push(time.0.timestamp_micros());
                true
            }
            (Value::Flag(flag), Values::Flags(values)) => {
                values.push(flag);
                true
            }
            (value, _) => {
                debug_assert_eq!(value, Value::Nothing, "{}", self.column.name);
                false
            }
        };
        self.levels.push(i16::from(is_there));
        bytes
    }

    fn write(&mut self, writer: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = std::mem::take(&mut self.levels);
        let repeats = std::mem::take(&mut self.repeats);
        let is_list = self.column.kind == ColumnType::Texts;
        let has_levels = is_list || !self.column.is_required;
        let levels = has_levels.then_some(levels.as_slice());
        let repeats = is_list.then_some(repeats.as_slice());
        match &mut self.values {
            Values::Texts(values) => put::<ByteArrayType>(writer, values, levels, repeats),
            Values::Narrow(values) => put::<Int32Type>(writer, values, levels, repeats),
            Values::Wide(values) => put::<Int64Type>(writer, values, levels, repeats),
            Values::Flags(values) => put::<BoolType>(writer, values, levels, repeats),
        }
    }
}

fn put<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    values: &mut Vec<T::T>,
    levels: Option<&[i16]>,
    repeats: Option<&[i16]>,
) -> Result<(), ParquetError> {
    writer
        .typed::<T>()
        .write_batch(values, levels, repeats)
        .map(|_| values.clear())
}

fn to_io(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(source) => io::Error::other(source),
        },
        error => io::Error::other(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eventlog::rows::{RowItem, read_parquet};
    use crate::eventlog::{RecordId, Wanted};
    use crate::input::LogSource;
    use crate::report::rows::sample;

    /// What stands here is what engines rely on: columns are added at the end, never changed.
    #[test]
    fn the_schema_is_fixed() {
        insta::assert_snapshot!("events_schema", schema(COLUMNS));
        insta::assert_snapshot!("inputs_schema", schema(INPUT_COLUMNS));
        for columns in [COLUMNS, INPUT_COLUMNS] {
            parse_message_type(&schema(columns)).unwrap();
        }
    }

    #[test]
    fn tables_from_before_the_newest_columns_are_read() {
        let at = |name: &str| INPUT_COLUMNS.iter().position(|c| c.name == name).unwrap();
        let read = |columns: &'static [Column]| {
            let mut bytes = Vec::new();
            let mut table = Table::new(&mut bytes, columns).unwrap();
            let row = ToldRow::Input(sample::input());
            table.push(|column| value::of_told(&row, column)).unwrap();
            table.finish().unwrap();
            let mut counts = Vec::new();
            let source = LogSource::in_memory("inputs.parquet", bytes);
            read_parquet(&source, &Wanted::default(), &mut |item| match item {
                RowItem::Input(input) => counts.push(input.counts),
                other => panic!("{other:?}"),
            })
            .unwrap();
            counts.remove(0)
        };
        let new = read(INPUT_COLUMNS);
        assert_eq!(new.ids, Some((RecordId(5), RecordId(90))));
        assert!(new.lacks_records);
        let old = read(INPUT_COLUMNS.split_at(at("first_id")).0);
        assert_eq!((old.ids, old.lacks_records), (None, false));
        assert_eq!((old.bytes, old.records), (new.bytes, new.records));
    }
}
