//! A row group of inputs: what was read when the rows were made, and what was not.

use parquet::errors::Result;

use super::column::{Fill, Flags, Lists, Numbers, Opened, Text, Times};
use super::{Columns, check_schema};
use crate::eventlog::rows::RowItem;
use crate::eventlog::rows::told::{self, ToldInput};

/// The columns of the table of inputs.
pub(super) struct Inputs {
    schema: Numbers,
    texts: [Text; 6],
    numbers: [Numbers; 5],
    times: [Times; 3],
    computers: Lists,
    rendering_info: Flags,
    /// Of tables from before there were these columns: none.
    ids: [Option<Numbers>; 2],
    lacks_records: Option<Flags>,
    filters: Option<Text>,
    redacted: Option<Flags>,
}

const TEXTS: [&str; 6] = ["row", "log", "path", "reason", "damage", "notes"];
const NUMBERS: [&str; 5] = [
    "bytes",
    "chunks",
    "chunks_decoded",
    "records",
    "activation_events",
];
const TIMES: [&str; 3] = ["first", "last", "last_by_id"];

impl Inputs {
    pub(super) fn open(columns: &Columns<'_>) -> Result<Self> {
        let [row, log, path, reason, damage, notes] = TEXTS;
        let [bytes, chunks, decoded, records, events] = NUMBERS;
        let [first, last, by_id] = TIMES;
        let text = |name| columns.need(name, Opened::text);
        let number = |name| columns.need(name, Opened::numbers);
        let time = |name| columns.need(name, Opened::times);
        Ok(Self {
            schema: number("schema")?,
            texts: [
                text(row)?,
                text(log)?,
                text(path)?,
                text(reason)?,
                text(damage)?,
                text(notes)?,
            ],
            numbers: [
                number(bytes)?,
                number(chunks)?,
                number(decoded)?,
                number(records)?,
                number(events)?,
            ],
            times: [time(first)?, time(last)?, time(by_id)?],
            computers: columns.need("computers", Opened::lists)?,
            rendering_info: columns.need("rendering_info", Opened::flags)?,
            ids: [
                columns.open("first_id", Opened::numbers)?,
                columns.open("last_id", Opened::numbers)?,
            ],
            lacks_records: columns.open("lacks_records", Opened::flags)?,
            filters: columns.open("filters", Opened::text)?,
            redacted: columns.open("redacted", Opened::flags)?,
        })
    }

    /// What the next row gives, or what is wrong with it; where its version is too high, that.
    pub(super) fn next(
        &mut self,
    ) -> std::result::Result<std::result::Result<RowItem, String>, u64> {
        let schema = self.schema.next();
        let [row, log, path, reason, damage, notes] = self.texts.each_mut().map(|column| {
            column
                .next_bytes()
                .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        });
        let [bytes, chunks, chunks_decoded, records, activation_events] = self
            .numbers
            .each_mut()
            .map(|column| column.next_u64().unwrap_or_default());
        let [first, last, last_by_id] = self.times.each_mut().map(Times::next);
        let mut computers = Vec::new();
        self.computers
            .next(|bytes| computers.push(String::from_utf8_lossy(bytes).into_owned()));
        let rendering_info = self.rendering_info.next_flag().unwrap_or_default();
        let [first_id, last_id] = self
            .ids
            .each_mut()
            .map(|column| column.as_mut().and_then(Numbers::next_u64));
        let lacks_records = self.lacks_records.as_mut().and_then(Flags::next_flag);
        let filters = self.filters.as_mut().and_then(|column| {
            column
                .next_bytes()
                .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        });
        let redacted = self.redacted.as_mut().and_then(Flags::next_flag);
        check_schema(schema)?;
        let item = || match row.as_deref() {
            Some("input") => {
                let log = log.ok_or("it names no log")?;
                Ok(ToldInput {
                    log: &log,
                    bytes,
                    chunks,
                    chunks_decoded,
                    records,
                    activation_events,
                    first,
                    last,
                    last_by_id,
                    computers,
                    rendering_info,
                    damage: list(damage.as_deref())?,
                    notes: list(notes.as_deref())?,
                    first_id,
                    last_id,
                    lacks_records,
                    filters: list(filters.as_deref())?,
                    redacted: redacted.unwrap_or_default(),
                }
                .item())
            }
            Some("skipped") => {
                let path = path.ok_or("it names no path")?;
                Ok(told::skipped(&path, &reason.unwrap_or_default()))
            }
            _ => Err("it is a row of no kind that is known".to_owned()),
        };
        Ok(item())
    }
}

/// A list that stands as JSON in one cell.
fn list<T: serde::de::DeserializeOwned>(text: Option<&str>) -> std::result::Result<Vec<T>, String> {
    match text {
        None | Some("") => Ok(Vec::new()),
        Some(text) => serde_json::from_str(text).map_err(|error| error.to_string()),
    }
}

impl Fill for Inputs {
    fn fill(&mut self, rows: usize) -> Result<()> {
        self.schema.fill(rows)?;
        self.texts.iter_mut().try_for_each(|c| c.fill(rows))?;
        self.numbers.iter_mut().try_for_each(|c| c.fill(rows))?;
        self.times.iter_mut().try_for_each(|c| c.fill(rows))?;
        self.computers.fill(rows)?;
        self.rendering_info.fill(rows)?;
        self.ids
            .iter_mut()
            .flatten()
            .try_for_each(|c| c.fill(rows))?;
        self.lacks_records
            .iter_mut()
            .try_for_each(|c| c.fill(rows))?;
        self.filters.iter_mut().try_for_each(|c| c.fill(rows))?;
        self.redacted.iter_mut().try_for_each(|c| c.fill(rows))
    }
}
