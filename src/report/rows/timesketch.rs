//! Rows as Timesketch imports them: JSON lines with `message`, `datetime` and `timestamp_desc`, then
//! the columns flat.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::ndjson::line;
use super::{EventRow, RowWriter, ToldRow};
use super::{said, value};
use crate::catalog::{Catalog, Language};
use crate::eventlog::rows::COLUMNS;
use crate::report::flat::Value;
use crate::report::model::Time;
use crate::report::phrases::Phrases;

/// Timesketch's word for what a time stands for.
const WRITTEN: &str = "Event Logged";

/// Writes events; inputs are no part of a timeline.
pub(super) struct Timesketch<'a, W> {
    pub(super) out: W,
    pub(super) catalog: &'a Catalog,
    pub(super) language: Language,
}

#[derive(Serialize)]
struct Line<'a> {
    message: String,
    datetime: String,
    timestamp_desc: &'static str,
    #[serde(flatten)]
    columns: BTreeMap<&'static str, Field<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Field<'a> {
    Text(Cow<'a, str>),
    Texts(Vec<Cow<'a, str>>),
    Number(u64),
    Flag(bool),
    Time(Time),
}

impl<W: Write> RowWriter for Timesketch<'_, W> {
    fn event(&mut self, row: &EventRow) -> io::Result<()> {
        let field = |value| match value {
            Value::Nothing => None,
            Value::Text(text) => Some(Field::Text(text)),
            Value::Texts(texts) => Some(Field::Texts(texts)),
            Value::Number(number) => Some(Field::Number(number)),
            Value::Flag(flag) => Some(Field::Flag(flag)),
            Value::Time(time) => Some(Field::Time(time)),
        };
        let columns = COLUMNS.iter().filter_map(|column| {
            let value = value::of_event(row, column.name);
            if column.is_list_of_some() && value == Value::Texts(Vec::new()) {
                return None;
            }
            let value = field(value)?;
            Some((column.name, value))
        });
        let written = Line {
            message: message(row, self.catalog, self.language),
            datetime: row.time.0.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string(),
            timestamp_desc: WRITTEN,
            columns: columns.collect(),
        };
        line(&mut self.out, &written)
    }

    fn told(&mut self, _: &ToldRow) -> io::Result<()> {
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}

/// An event in a sentence: what it is, the code that decides, the host that was asked.
fn message(row: &EventRow, catalog: &Catalog, language: Language) -> String {
    let phrases = &Phrases::load().row;
    let mut text = said::title(row, catalog, language);
    if let Some(code) = row.hresult.filter(|code| code.0.is_failure()) {
        let cell = row.hresults.iter().find(|cell| cell.code == code);
        let mut told = code.to_string();
        if let Some(symbol) = cell.and_then(|cell| cell.symbol) {
            told = format!("{told} {symbol}");
        }
        if let Some(title) = cell.and_then(|cell| cell.title.as_deref()) {
            told = phrases
                .titled
                .fill(language, &[("code", &told), ("title", title)]);
        }
        text = phrases
            .coded
            .fill(language, &[("text", &text), ("code", &told)]);
    }
    if let Some(host) = said::kms_host(row) {
        text = phrases
            .asked
            .fill(language, &[("text", &text), ("kms_host", &host)]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::rows::sample;

    #[test]
    fn a_message_says_what_happened_with_its_code_and_host() {
        let catalog = Catalog::builtin();
        let row = sample::request();
        assert_eq!(
            message(&row, &catalog, Language::En),
            "The KMS client sent a request, or failed to: 0x8007232B DNS_ERROR_RCODE_NAME_ERROR (DNS has no name) [KMS host kms01.contoso.com:1688]"
        );
        assert_eq!(
            message(&row, &catalog, Language::ZhCn),
            "KMS 客户端已发出请求，或未能发出：0x8007232B DNS_ERROR_RCODE_NAME_ERROR（DNS has no name），KMS 主机 kms01.contoso.com:1688"
        );
    }

    #[test]
    fn an_event_that_can_mean_two_things_is_told_by_both() {
        let mut row = sample::request();
        (row.event_id, row.kind, row.hresult) =
            (1060, "policy-cache-unchanged-or-oem-key-changed", None);
        row.fields.clear();
        let text = message(&row, &Catalog::builtin(), Language::En);
        let entry = Catalog::builtin().event(1060).unwrap().clone();
        for meaning in &entry.meanings {
            assert!(text.contains(&meaning.en.title), "{text}");
        }
    }

    #[test]
    fn an_event_without_a_reading_is_named_by_its_number() {
        let mut row = sample::request();
        (row.event_id, row.kind, row.hresult) = (4711, "other", None);
        row.fields.clear();
        let text = message(&row, &Catalog::builtin(), Language::En);
        assert_eq!(text, "Activation event 4711");
    }
}
