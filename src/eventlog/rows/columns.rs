//! What a column of rows is, and the columns of the table of inputs: one table that the writers of
//! every format, the readers, and the documentation share.
//!
//! Names, types and meanings are fixed for ever, and the order too; a new column goes to the end.
//! How a column is filled is the business of `report::rows`; the columns of events stand in
//! `event_columns`.

/// The key under which a Parquet file of events alone holds the rows of its inputs, as NDJSON.
pub const INPUTS_KEY: &str = "spptriage.inputs";

/// The version of the rows. A reader that meets a higher one says so and stops.
pub const ROW_SCHEMA: u32 = 1;

/// One column of event rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, which is that of the JSON key.
    pub name: &'static str,
    /// What stands in it.
    pub kind: ColumnType,
    /// Whether it stands in every row.
    pub is_required: bool,
    /// What it means.
    pub meaning: &'static str,
    /// Which events fill it.
    pub events: &'static str,
}

impl Column {
    /// Whether it is a list that only some events have.
    pub fn is_list_of_some(&self) -> bool {
        self.kind == ColumnType::Texts && self.events != ALL
    }
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// A list of texts, none of them null.
    Texts,
    /// A signed 32-bit number.
    Int32,
    /// A signed 64-bit number.
    Int64,
    /// Yes or no.
    Flag,
    /// Microseconds since 1970, UTC.
    Time,
}

impl ColumnType {
    /// The type's name in the documentation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Texts => "list of text",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Flag => "boolean",
            Self::Time => "timestamp",
        }
    }
}

/// What fills a column of every event.
pub(super) const ALL: &str = "all";

/// A column that stands in every row.
pub(super) const fn always(name: &'static str, kind: ColumnType, meaning: &'static str) -> Column {
    Column {
        name,
        kind,
        is_required: true,
        meaning,
        events: ALL,
    }
}

/// A column that only some rows fill.
pub(super) const fn maybe(
    name: &'static str,
    kind: ColumnType,
    meaning: &'static str,
    events: &'static str,
) -> Column {
    Column {
        name,
        kind,
        is_required: false,
        meaning,
        events,
    }
}

const READ: &str = "row input";
const NOT_READ: &str = "row skipped";

/// Every column of the table of inputs, in order.
pub const INPUT_COLUMNS: &[Column] = &[
    always(
        "row",
        ColumnType::Text,
        "input for a log that was read, skipped for what was not",
    ),
    always("schema", ColumnType::Int32, "version of the rows"),
    maybe("log", ColumnType::Text, "the log", READ),
    maybe("bytes", ColumnType::Int64, "its length in bytes", READ),
    maybe("chunks", ColumnType::Int64, "its chunks in use", READ),
    maybe(
        "chunks_decoded",
        ColumnType::Int64,
        "of these, those that can hold an activation event",
        READ,
    ),
    maybe("records", ColumnType::Int64, "its records", READ),
    maybe(
        "activation_events",
        ColumnType::Int64,
        "its activation events",
        READ,
    ),
    maybe(
        "first",
        ColumnType::Time,
        "the least time of its records",
        READ,
    ),
    maybe(
        "last",
        ColumnType::Time,
        "the greatest time of its records",
        READ,
    ),
    maybe(
        "last_by_id",
        ColumnType::Time,
        "the time of its last record by number",
        READ,
    ),
    always(
        "computers",
        ColumnType::Texts,
        "the computers of its activation events; without any, that of its last record",
    ),
    maybe(
        "rendering_info",
        ColumnType::Flag,
        "whether events carry RenderingInfo, as forwarded ones do",
        READ,
    ),
    maybe(
        "damage",
        ColumnType::Text,
        "what could not be read of it, as JSON",
        READ,
    ),
    maybe(
        "notes",
        ColumnType::Text,
        "what is odd about it and loses nothing, as JSON",
        READ,
    ),
    maybe(
        "path",
        ColumnType::Text,
        "the path as given or found",
        NOT_READ,
    ),
    maybe("reason", ColumnType::Text, "why it was not read", NOT_READ),
    maybe(
        "first_id",
        ColumnType::Int64,
        "the least number of its record headers",
        READ,
    ),
    maybe(
        "last_id",
        ColumnType::Int64,
        "the greatest number of its record headers",
        READ,
    ),
    maybe(
        "lacks_records",
        ColumnType::Flag,
        "whether records of it are lost or missing, so that what it does not hold proves nothing",
        READ,
    ),
    maybe(
        "filters",
        ColumnType::Text,
        "the options that chose its rows of events, as JSON; none where all were written",
        READ,
    ),
    maybe(
        "redacted",
        ColumnType::Flag,
        "whether pseudonyms stand for names in it and in its rows of events",
        READ,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eventlog::rows::COLUMNS;

    #[test]
    fn no_name_stands_twice() {
        for columns in [COLUMNS, INPUT_COLUMNS] {
            let mut names: Vec<_> = columns.iter().map(|column| column.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), columns.len());
        }
    }
}
