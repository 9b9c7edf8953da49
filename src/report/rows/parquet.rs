//! Rows as Parquet. A file of events alone holds the rows of its inputs as a text beside the table, so
//! that nothing is lost where only this file travels.

use std::io::{self, Write};

use super::{EventRow, RowWriter, ToldRow, ndjson, value};
use crate::eventlog::rows::{COLUMNS, Column, INPUT_COLUMNS, INPUTS_KEY};
use crate::report::flat::parquet::{Field, Table};

/// Writes a table of events.
pub(super) struct Parquet<W: Write + Send> {
    table: Table<W>,
    told: Vec<u8>,
}

impl<W: Write + Send> Parquet<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        Ok(Self {
            table: Table::new(out, &fields(COLUMNS))?,
            told: Vec::new(),
        })
    }
}

impl<W: Write + Send> RowWriter for Parquet<W> {
    fn event(&mut self, row: &EventRow) -> io::Result<()> {
        self.table.push(
            COLUMNS
                .iter()
                .map(|column| value::of_event(row, column.name)),
        )
    }

    fn told(&mut self, row: &ToldRow) -> io::Result<()> {
        ndjson::line(&mut self.told, row)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if !self.told.is_empty() {
            let told = String::from_utf8(self.told).map_err(io::Error::other)?;
            self.table.tell(INPUTS_KEY, told);
        }
        self.table.finish()
    }
}

/// The table of inputs.
pub(super) fn write_inputs(rows: &[ToldRow], out: impl Write + Send) -> io::Result<()> {
    write_told(rows, INPUT_COLUMNS, out)
}

fn write_told(rows: &[ToldRow], columns: &[Column], out: impl Write + Send) -> io::Result<()> {
    let mut table = Table::new(out, &fields(columns))?;
    for row in rows {
        table.push(
            columns
                .iter()
                .map(|column| value::of_told(row, column.name)),
        )?;
    }
    table.finish()
}

fn fields(columns: &[Column]) -> Vec<Field> {
    columns.iter().map(Field::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eventlog::rows::{RowItem, read_parquet};
    use crate::eventlog::{RecordId, Wanted};
    use crate::input::LogSource;
    use crate::report::flat::parquet::schema;
    use crate::report::rows::sample;

    /// What stands here is what engines rely on: columns are added at the end, never changed.
    #[test]
    fn the_schema_is_fixed() {
        insta::assert_snapshot!("events_schema", schema(&fields(COLUMNS)));
        insta::assert_snapshot!("inputs_schema", schema(&fields(INPUT_COLUMNS)));
    }

    #[test]
    fn tables_from_before_the_newest_columns_are_read() {
        let at = |name: &str| INPUT_COLUMNS.iter().position(|c| c.name == name).unwrap();
        let read = |columns: &'static [Column]| {
            let mut bytes = Vec::new();
            let rows = [ToldRow::Input(sample::input())];
            write_told(&rows, columns, &mut bytes).unwrap();
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
