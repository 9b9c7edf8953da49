//! What an event is about, in the words of people: for timelines and for the table of events.

use super::{Cell, EventRow};
use crate::catalog::{Catalog, Language};
use crate::report::phrases::Phrases;

/// What an event is, by the catalog; a record that does not tell which of two meanings it has is told
/// by both.
pub(in crate::report) fn title(row: &EventRow, catalog: &Catalog, language: Language) -> String {
    let phrases = &Phrases::load().row;
    let entry = catalog.event(row.event_id);
    let titles: Vec<&str> = row
        .kind
        .split("-or-")
        .filter_map(|kind| entry?.meanings.iter().find(|m| m.kind == kind))
        .map(|meaning| meaning.text(language).title.as_str())
        .collect();
    match titles.as_slice() {
        [title] => (*title).to_owned(),
        [one, other] => phrases
            .either
            .fill(language, &[("one", one), ("other", other)]),
        _ => phrases
            .unnamed
            .fill(language, &[("event_id", &row.event_id.to_string())]),
    }
}

/// The KMS host that a request names, with its port.
pub(in crate::report) fn kms_host(row: &EventRow) -> Option<String> {
    let host = text(row, "kms_host")?;
    Some(match row.fields.get("kms_port") {
        Some(Cell::Number(port)) => format!("{host}:{port}"),
        _ => host.to_owned(),
    })
}

/// The client of a request, as a KMS host tells it.
pub(in crate::report) fn client(row: &EventRow) -> Option<&str> {
    text(row, "client")
}

/// What the event's product is called; its activation id where it has no name.
pub(in crate::report) fn product<'a>(row: &'a EventRow, catalog: &Catalog) -> Option<&'a str> {
    let id = text(row, "activation_id")?;
    let known = catalog.product(&id.to_ascii_lowercase());
    Some(known.map_or(id, |product| product.name))
}

fn text<'a>(row: &'a EventRow, field: &str) -> Option<&'a str> {
    match row.fields.get(field) {
        Some(Cell::Text(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}
