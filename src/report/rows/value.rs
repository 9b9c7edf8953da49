//! What stands in each column of a row: the one place that takes rows apart for the flat formats.

use super::{Cell, EventRow, ToldRow};
use crate::report::flat::Value;
use crate::report::json;

/// What an event has in the column of this name.
pub(super) fn of_event<'a>(row: &'a EventRow, column: &str) -> Value<'a> {
    match column {
        "schema" => Value::Number(row.schema.into()),
        "time" => Value::Time(row.time),
        "computer" => Value::text(&*row.computer),
        "channel" => Value::text(&*row.channel),
        "log" => Value::text(&*row.log),
        "chunk" => Value::Number(row.chunk.into()),
        "record_id" => Value::Number(row.record_id),
        "file_record_id" => Value::Number(row.file_record_id),
        "provider" => Value::text(&*row.provider),
        "event_id" => Value::Number(row.event_id.into()),
        "qualifiers" => Value::number(row.qualifiers),
        "level" => Value::number(row.level),
        "kind" => Value::text(row.kind),
        "severity" => Value::maybe(row.severity),
        "hresult" => row
            .hresult
            .map_or(Value::Nothing, |code| Value::text(code.to_string())),
        "hresults" => Value::Texts(
            row.hresults
                .iter()
                .map(|cell| format!("{}:{}", cell.role, cell.code).into())
                .collect(),
        ),
        "unparsed" => Value::Texts(
            row.unparsed
                .iter()
                .map(|(name, text)| format!("{name}:{text}").into())
                .collect(),
        ),
        "data" => Value::texts(&row.data),
        "attempt" => Value::maybe(row.attempt.as_deref()),
        field => match row.fields.get(field) {
            // A list is never null.
            None if matches!(field, "products" | "trace") => Value::Texts(Vec::new()),
            None => Value::Nothing,
            Some(Cell::Text(text)) => Value::text(text),
            Some(Cell::Number(number)) => Value::Number(*number),
            Some(Cell::Flag(flag)) => Value::Flag(*flag),
            Some(Cell::Time(time)) => Value::Time(*time),
            Some(Cell::Texts(texts)) => {
                Value::Texts(texts.iter().map(|text| text.as_str().into()).collect())
            }
        },
    }
}

/// What an input, read or not, has in the column of this name.
pub(super) fn of_told<'a>(row: &'a ToldRow, column: &str) -> Value<'a> {
    let input = match row {
        ToldRow::Input(input) => input,
        ToldRow::Skipped(skipped) => {
            return match column {
                "row" => Value::text("skipped"),
                "schema" => Value::Number(skipped.schema.into()),
                "path" => Value::text(&skipped.path),
                "reason" => Value::text(&skipped.reason),
                "computers" => Value::Texts(Vec::new()),
                _ => Value::Nothing,
            };
        }
    };
    match column {
        "row" => Value::text("input"),
        "schema" => Value::Number(input.schema.into()),
        "log" => Value::text(&input.log),
        "bytes" => Value::Number(input.bytes),
        "chunks" => Value::Number(input.chunks),
        "chunks_decoded" => Value::Number(input.chunks_decoded),
        "records" => Value::Number(input.records),
        "activation_events" => Value::Number(input.activation_events),
        "first" => Value::time(input.first),
        "last" => Value::time(input.last),
        "last_by_id" => Value::time(input.last_by_id),
        "computers" => Value::texts(&input.computers),
        "rendering_info" => Value::Flag(input.rendering_info),
        "damage" => listed(&input.damage),
        "notes" => listed(&input.notes),
        "first_id" => Value::number(input.first_id),
        "last_id" => Value::number(input.last_id),
        "lacks_records" => Value::Flag(input.lacks_records),
        "filters" => listed(&input.filters),
        "redacted" => Value::Flag(input.redacted),
        _ => Value::Nothing,
    }
}

/// A list as one JSON text; nothing where it is empty.
fn listed<T: serde::Serialize>(list: &[T]) -> Value<'static> {
    if list.is_empty() {
        return Value::Nothing;
    }
    Value::text(json::text(list))
}
