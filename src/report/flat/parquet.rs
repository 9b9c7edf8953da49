//! Parquet: typed columns in row groups, compressed with Snappy.
//!
//! Rows are held column by column until a row group is full, by number of rows or by bytes.

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

use super::Value;
use crate::eventlog::rows::{Column, ColumnType};

/// Rows of a group: what engines divide work by (DuckDB's default).
const GROUP_ROWS: usize = 122_880;
/// Bytes of a group's texts and lists before they are encoded: lists of a thousand products
/// are long.
const GROUP_BYTES: usize = 96 << 20;

/// A column as it is written.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Field {
    pub(in crate::report) name: &'static str,
    pub(in crate::report) kind: ColumnType,
    pub(in crate::report) is_required: bool,
}

impl From<&Column> for Field {
    fn from(column: &Column) -> Self {
        Self {
            name: column.name,
            kind: column.kind,
            is_required: column.is_required,
        }
    }
}

/// Any table, and what of it is not written yet.
pub(in crate::report) struct Table<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Buffer>,
    rows: usize,
    bytes: usize,
}

impl<W: Write + Send> Table<W> {
    /// Begins an empty table.
    pub(in crate::report) fn new(out: W, columns: &[Field]) -> io::Result<Self> {
        let schema = parse_message_type(&schema(columns)).map_err(to_io)?;
        let writer =
            SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties(columns)))
                .map_err(to_io)?;
        Ok(Self {
            writer,
            columns: columns.iter().copied().map(Buffer::new).collect(),
            rows: 0,
            bytes: 0,
        })
    }

    /// Adds a row, with a value for every column.
    pub(in crate::report) fn push<'v>(
        &mut self,
        values: impl IntoIterator<Item = Value<'v>>,
    ) -> io::Result<()> {
        for (buffer, value) in self.columns.iter_mut().zip(values) {
            self.bytes = self.bytes.saturating_add(buffer.push(value));
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

    /// Puts a text beside the table.
    pub(in crate::report) fn tell(&mut self, key: &str, text: String) {
        let pair = KeyValue::new(key.to_owned(), text);
        self.writer.append_key_value_metadata(pair);
    }

    /// Writes what is held back, and the end of the file.
    pub(in crate::report) fn finish(mut self) -> io::Result<()> {
        self.write_group()?;
        self.writer.finish().map_err(to_io)?;
        self.writer.inner_mut().flush()
    }
}

/// The schema in Parquet's own notation.
pub(in crate::report) fn schema(columns: &[Field]) -> String {
    let field = |column: &Field| {
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

fn properties(columns: &[Field]) -> WriterProperties {
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
fn path(column: &Field) -> Vec<String> {
    let parts: &[&str] = match column.kind {
        ColumnType::Texts => &[column.name, "list", "element"],
        _ => &[column.name],
    };
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// The values of one column that are not written yet.
struct Buffer {
    column: Field,
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
    fn new(column: Field) -> Self {
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
