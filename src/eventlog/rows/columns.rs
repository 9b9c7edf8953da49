//! The columns of event rows: one table that the writers of every format, the readers, and the
//! documentation share.
//!
//! Names, types and meanings are fixed for ever, and the order too; a new column goes to the end.
//! How a column is filled is the business of `report::rows`.

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

const ALL: &str = "all";

const fn always(name: &'static str, kind: ColumnType, meaning: &'static str) -> Column {
    Column {
        name,
        kind,
        is_required: true,
        meaning,
        events: ALL,
    }
}

const fn maybe(
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

/// Every column, in order.
pub const COLUMNS: &[Column] = &[
    always("schema", ColumnType::Int32, "version of the rows"),
    always(
        "time",
        ColumnType::Time,
        "when the event was written (System/TimeCreated), cut to microseconds",
    ),
    always(
        "computer",
        ColumnType::Text,
        "the computer's name as logged",
    ),
    always("channel", ColumnType::Text, "the log channel as logged"),
    always("log", ColumnType::Text, "the log that it was read from"),
    always("chunk", ColumnType::Int64, "the chunk of the log, from 0"),
    always(
        "record_id",
        ColumnType::Int64,
        "System/EventRecordID, the sender's number in a forwarded log",
    ),
    always(
        "file_record_id",
        ColumnType::Int64,
        "the record header's number, its place in this log",
    ),
    always("provider", ColumnType::Text, "the provider as logged"),
    always("event_id", ColumnType::Int32, "the event id"),
    maybe(
        "qualifiers",
        ColumnType::Int32,
        "the high 16 bits of the event identifier",
        ALL,
    ),
    maybe(
        "level",
        ColumnType::Int32,
        "System/Level: 0 success, 2 error, 3 warning, 4 information",
        ALL,
    ),
    always(
        "kind",
        ColumnType::Text,
        "the name of the event's meaning, such as kms-request; other where it has none",
    ),
    maybe(
        "severity",
        ColumnType::Text,
        "severity of the worst code in it: critical, error, warning or info",
        "those with a code",
    ),
    maybe(
        "hresult",
        ColumnType::Text,
        "the code that decides what the event says, such as 0xC004F074",
        "those with a code",
    ),
    always(
        "hresults",
        ColumnType::Texts,
        "every code with what it stands for, such as result:0xC004F074",
    ),
    maybe(
        "action",
        ColumnType::Text,
        "what the licensing rule asked for",
        "8197, 8198",
    ),
    maybe(
        "activation_id",
        ColumnType::Text,
        "the product, by its activation ID (SKU ID)",
        "1003 of one product, 1013, 1014, 1016, 1017, 1018, 1072, 8197, 8198, 8213 to 8215, 8230, 8233, 12288, 12290, 12308, 12320",
    ),
    maybe(
        "activation_interval",
        ColumnType::Int64,
        "minutes between tries of a client that is not activated",
        "12289",
    ),
    maybe(
        "application_id",
        ColumnType::Text,
        "Windows or Office, by its application ID",
        "1003, 8197, 8198, 8209, 8230, 8233, 12305",
    ),
    maybe(
        "channel_of_key",
        ColumnType::Text,
        "the channel of the product key, such as Volume:GVLK",
        "8230",
    ),
    maybe(
        "client",
        ColumnType::Text,
        "the client's name, as the KMS host knows it",
        "12290",
    ),
    maybe(
        "client_time",
        ColumnType::Time,
        "the client's own time in the request",
        "12288, 12289, 12290",
    ),
    maybe(
        "cmid",
        ColumnType::Text,
        "the client machine ID",
        "12288, 12290",
    ),
    maybe(
        "current_count",
        ColumnType::Int64,
        "how many clients the KMS host counts",
        "12289",
    ),
    maybe(
        "domain",
        ColumnType::Text,
        "the DNS domain that a KMS host publishes in",
        "12293, 12294",
    ),
    maybe(
        "expires_at",
        ColumnType::Time,
        "when the license or its grace period ends",
        "1003 of one product",
    ),
    maybe(
        "grace_end",
        ColumnType::Time,
        "when the grace period ends",
        "8230",
    ),
    maybe(
        "is_bound",
        ColumnType::Flag,
        "whether the license is bound to the machine",
        "12289",
    ),
    maybe(
        "is_vm",
        ColumnType::Flag,
        "whether the client says that it is a virtual machine",
        "12288, 12290",
    ),
    maybe(
        "kernel_timebomb",
        ColumnType::Time,
        "when this build of Windows stops working",
        "8230",
    ),
    maybe(
        "kms_host",
        ColumnType::Text,
        "the KMS host that was asked, in lower case",
        "12288",
    ),
    maybe(
        "kms_port",
        ColumnType::Int64,
        "the port that was asked",
        "12288",
    ),
    maybe(
        "last_notification_id",
        ColumnType::Text,
        "the notification that was shown last",
        "8230",
    ),
    maybe(
        "license_expiration",
        ColumnType::Time,
        "when the license ends",
        "8230",
    ),
    maybe(
        "license_state",
        ColumnType::Text,
        "the state of the license, such as licensed or notification",
        "1003 of one product, 12288, 12290",
    ),
    maybe(
        "line_count",
        ColumnType::Int64,
        "how many products the list has",
        "1003",
    ),
    maybe(
        "min_count",
        ColumnType::Int64,
        "how many clients a KMS host must count before it activates this product",
        "12288, 12290",
    ),
    maybe(
        "minutes_to_expiry",
        ColumnType::Int64,
        "minutes until the license or its grace period ends",
        "1037, 12288, 12290",
    ),
    maybe(
        "parameters",
        ColumnType::Text,
        "what started the service",
        "900",
    ),
    maybe(
        "partial_key",
        ColumnType::Text,
        "the last five characters of the product key",
        "1017, 8230",
    ),
    maybe(
        "policy_license_state",
        ColumnType::Text,
        "the state of the license as the rules see it: unlicensed, licensed, in-grace or notification",
        "8230",
    ),
    maybe(
        "remaining_of",
        ColumnType::Text,
        "whose minutes remain: grace or validity",
        "1037",
    ),
    maybe(
        "renewal_interval",
        ColumnType::Int64,
        "minutes between renewals of a client that is activated",
        "12289",
    ),
    maybe(
        "rule_id",
        ColumnType::Text,
        "the licensing rule",
        "8197, 8198, 8230",
    ),
    maybe(
        "server",
        ColumnType::Text,
        "the activation server that was called",
        "8200",
    ),
    maybe(
        "status_flags",
        ColumnType::Text,
        "the flags of the request or its answer, as 0x and 8 digits",
        "12288, 12289",
    ),
    maybe(
        "steps",
        ColumnType::Int64,
        "how many steps the trace has",
        "8200",
    ),
    maybe(
        "trigger",
        ColumnType::Text,
        "what started the attempt, such as NetworkAvailable or TimerEvent",
        "8197, 8198, 8233",
    ),
    maybe(
        "version",
        ColumnType::Text,
        "the service's file version, which tells the Windows build",
        "902",
    ),
    always(
        "unparsed",
        ColumnType::Texts,
        "fields that are not what they should be, as name:text",
    ),
    always(
        "data",
        ColumnType::Texts,
        "the event's strings as logged; product keys are masked, request bodies left out",
    ),
    maybe(
        "attempt",
        ColumnType::Text,
        "the activation attempt that it belongs to, the same for all its events and in the report",
        "those of an attempt; none with --stream",
    ),
];

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
];

#[cfg(test)]
mod tests {
    use super::*;

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
