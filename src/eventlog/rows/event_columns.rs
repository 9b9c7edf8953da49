//! The columns of events, in order: those that every event has, then the fields of each.

use super::columns::{ALL, Column, ColumnType, always, maybe};

const fn text(name: &'static str, meaning: &'static str, events: &'static str) -> Column {
    maybe(name, ColumnType::Text, meaning, events)
}

const fn number(name: &'static str, meaning: &'static str, events: &'static str) -> Column {
    maybe(name, ColumnType::Int64, meaning, events)
}

const fn flag(name: &'static str, meaning: &'static str, events: &'static str) -> Column {
    maybe(name, ColumnType::Flag, meaning, events)
}

const fn time(name: &'static str, meaning: &'static str, events: &'static str) -> Column {
    maybe(name, ColumnType::Time, meaning, events)
}

/// A list that only some events have; it is empty in all others.
const fn list(name: &'static str, meaning: &'static str, events: &'static str) -> Column {
    Column {
        events,
        ..always(name, ColumnType::Texts, meaning)
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
    text(
        "severity",
        "severity of the worst code in it: critical, error, warning or info",
        "those with a code",
    ),
    text(
        "hresult",
        "the code that decides what the event says, such as 0xC004F074",
        "those with a code",
    ),
    always(
        "hresults",
        ColumnType::Texts,
        "every code with what it stands for, such as result:0xC004F074",
    ),
    text("action", "what the licensing rule asked for", "8197, 8198"),
    text(
        "activation_id",
        "the product, by its activation ID (SKU ID)",
        "1003 of one product, 1007, 1009, 1011 to 1014, 1016 to 1019, 1033, 1040, 1061, 1062, 1072, 1185 to 1188, 8197, 8198, 8212, 8215, 8230, 8233, 12288, 12290, 12306 to 12308, 12320, 12322",
    ),
    number(
        "activation_interval",
        "minutes between tries of a client that is not activated",
        "12289",
    ),
    text(
        "application_id",
        "Windows or Office, by its application ID",
        "1003, 1033, 1040, 8197, 8198, 8209, 8212, 8230, 8233, 12305 to 12307",
    ),
    text(
        "channel_of_key",
        "the channel of the product key, such as Volume:GVLK",
        "8230",
    ),
    text(
        "client",
        "the client's name, as the KMS host knows it",
        "12290",
    ),
    time(
        "client_time",
        "the client's own time in the request",
        "12288 to 12290",
    ),
    text("cmid", "the client machine ID", "12288, 12290"),
    number(
        "current_count",
        "how many clients the KMS host counts",
        "12289",
    ),
    text(
        "domain",
        "the DNS domain that a KMS host publishes in",
        "12293, 12294",
    ),
    time(
        "expires_at",
        "when the license or its grace period ends",
        "1003 of one product",
    ),
    time("grace_end", "when the grace period ends", "8230"),
    flag(
        "is_bound",
        "whether the license is bound to the machine",
        "12289",
    ),
    flag(
        "is_vm",
        "whether the client says that it is a virtual machine",
        "12288, 12290",
    ),
    time(
        "kernel_timebomb",
        "when this build of Windows stops working",
        "8230",
    ),
    text(
        "kms_host",
        "the KMS host that was asked, in lower case",
        "12288",
    ),
    number("kms_port", "the port that was asked", "12288"),
    text(
        "last_notification_id",
        "the notification that was shown last",
        "8230",
    ),
    time("license_expiration", "when the license ends", "8230"),
    text(
        "license_state",
        "the state of the license, such as licensed or notification",
        "1003 of one product, 12288, 12290",
    ),
    number("line_count", "how many products the list has", "1003"),
    number(
        "min_count",
        "how many clients a KMS host must count before it activates this product",
        "12288, 12290",
    ),
    number(
        "minutes_to_expiry",
        "minutes until the license or its grace period ends",
        "1003 of one product, 1036, 1037, 12288, 12290",
    ),
    text("parameters", "what started the service", "900"),
    text(
        "partial_key",
        "the last five characters of the product key",
        "1017, 1192, 1193, 8230",
    ),
    text(
        "policy_license_state",
        "the state of the license as the rules see it: unlicensed, licensed, in-grace or notification",
        "8230",
    ),
    text(
        "remaining_of",
        "whose minutes remain: grace or validity",
        "1037",
    ),
    number(
        "renewal_interval",
        "minutes between renewals of a client that is activated",
        "12289",
    ),
    text("rule_id", "the licensing rule", "8197, 8198, 8230"),
    text("server", "the activation server that was called", "8200"),
    text(
        "status_flags",
        "the flags of the request or its answer, as 0x and 8 digits",
        "12288, 12289",
    ),
    number("steps", "how many steps the trace has", "8200"),
    text(
        "trigger",
        "what started the attempt, such as NetworkAvailable or TimerEvent",
        "8197, 8198, 8233",
    ),
    text(
        "version",
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
    text(
        "attempt",
        "the activation attempt that it belongs to, the same for all its events and in the report",
        "those of an attempt; none with --stream",
    ),
    text(
        "application_name",
        "the program that could not be started",
        "8192",
    ),
    text("arguments", "the arguments of what was to be run", "8229"),
    text(
        "data_name",
        "the piece of information that was missing",
        "1027",
    ),
    text(
        "detail",
        "a further text, at most 300 characters of it",
        "1001, 1006, 1043, 1044, 1046, 1054 to 1056, 1067, 8194, 8197, 8204, 8211, 8228, 8231, 12309, 12310",
    ),
    text("devices_added", "hardware that was added", "1047 to 1053"),
    text(
        "devices_changed",
        "hardware that was changed",
        "1047 to 1053",
    ),
    text(
        "devices_removed",
        "hardware that was removed",
        "1047 to 1053",
    ),
    text(
        "failing_step",
        "the step at which the call failed, with its code and text",
        "8200",
    ),
    time(
        "first_time",
        "the first of two times whose meaning is not documented",
        "16388",
    ),
    number("grace_days", "days that the grace period lasts", "1025"),
    number(
        "grace_type",
        "the kind of the period, as the service numbers them",
        "1025, 1036",
    ),
    number("invalid_licenses", "how many licenses are invalid", "1028"),
    text(
        "key_id",
        "the installed product key, by a GUID that tells nothing of the key",
        "1016, 1018, 1019",
    ),
    text(
        "kms_id",
        "the KMS ID that the activation object was looked for with",
        "8213, 8214",
    ),
    text(
        "license_id",
        "the license, by its GUID",
        "1004, 1026, 1027, 1031",
    ),
    text("license_title", "the title of the license", "1004"),
    text("location", "where it failed", "8194"),
    number(
        "new_edition",
        "the edition of Windows after the change, by its number",
        "1061",
    ),
    number(
        "notification_interval",
        "minutes between two reminders or tries of the rule",
        "8197, 8198",
    ),
    number(
        "object_count",
        "how many service objects were initialized",
        "1066",
    ),
    text(
        "object_dn",
        "the distinguished name of the activation object in the directory",
        "8214, 12308",
    ),
    text(
        "object_name",
        "the name of the activation object in the directory",
        "8214, 12308",
    ),
    number(
        "old_edition",
        "the edition of Windows before the change, by its number",
        "1061",
    ),
    text(
        "operation",
        "what was done to the token store",
        "8202, 8204",
    ),
    text("path", "the program that was to be run", "8229"),
    text(
        "policy",
        "the licensing policies concerned",
        "1020, 1033 to 1035, 16390",
    ),
    number(
        "previous_priority",
        "the priority of the policy that was outranked",
        "1035",
    ),
    number("priority", "the priority of the policy", "1034, 1035"),
    list(
        "products",
        "each product that the list says something of, as ID:state:minutes left or ID:state:code",
        "1003",
    ),
    number("rearms_left", "how many rearms are left", "8212, 12306"),
    text(
        "reason",
        "why, as the service names it",
        "8225 to 8227, 16384",
    ),
    time(
        "renewed_at",
        "when a KMS license was last renewed, counted back from the minutes left",
        "1003 of one product",
    ),
    time(
        "restart_at",
        "when the service is to start again",
        "16384, 16385",
    ),
    text(
        "scan_mui_files",
        "what was found in the language files",
        "20483",
    ),
    text(
        "scan_neutral_files",
        "what was found in the program files",
        "20483",
    ),
    time(
        "second_time",
        "the second of two times whose meaning is not documented",
        "16388",
    ),
    number(
        "session_id",
        "the session of the user whose logon was the trigger",
        "8197, 8198",
    ),
    text("stage", "the stage at which the rules failed", "8228"),
    text("store", "the token store", "8202, 8204"),
    text(
        "task_folder",
        "the folder of the scheduled task",
        "16386, 16387",
    ),
    text("task_name", "the scheduled task", "16386, 16387"),
    text(
        "template_id",
        "the template of the genuine ticket",
        "8208, 12304",
    ),
    list(
        "trace",
        "the steps of the call in order, each with its code and text",
        "8200",
    ),
    text("uri", "the piece of the migration data", "1184, 1190, 1191"),
    text("value", "what was set", "1067, 16390"),
    text("what", "what it is about", "1056, 1067, 8197"),
    text("windows_pid", "the product ID of Windows", "1194, 16388"),
];
