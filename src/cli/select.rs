//! The options that say what a report is about (selection) and what of it is listed (view); the same
//! for `report` and `events`.
//!
//! What they mean is the library's business; here they are read, and remembered as they were typed.

use anyhow::bail;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::Args;
use spptriage::catalog::{Catalog, Severity};
use spptriage::diagnosis::{ComputerPattern, ParsePatternError};
use spptriage::fleet::{Selection, TimeBound};
use spptriage::hresult::Hresult;
use spptriage::report::View;
use spptriage::report::explain::codes;

use super::args::{parse_duration, parse_severity};
use super::words::{self, say};

/// A value, and how it was typed.
#[derive(Clone, Debug)]
pub(crate) struct Typed<T> {
    value: T,
    text: String,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "selection")]
pub(crate) struct SelectionArguments {
    #[arg(long, value_name = "GLOB", value_parser = typed(parse_pattern))]
    computer: Vec<Typed<ComputerPattern>>,

    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = typed(parse_since))]
    since: Option<Typed<TimeBound>>,

    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = typed(parse_until))]
    until: Option<Typed<TimeBound>>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "view")]
pub(crate) struct ViewArguments {
    #[arg(long, value_name = "HRESULT", allow_negative_numbers = true, value_parser = typed(parse_codes))]
    code: Vec<Typed<Vec<Hresult>>>,

    #[arg(long, value_name = "ID", value_parser = typed(parse_event_ids))]
    event: Vec<Typed<Vec<u16>>>,

    #[arg(long)]
    only_failing: bool,

    #[arg(long, value_name = "LEVEL", value_parser = typed(parse_severity))]
    severity: Option<Typed<Severity>>,
}

impl SelectionArguments {
    /// What was asked for.
    ///
    /// # Errors
    /// Where --since lies behind --until, so that nothing can be selected.
    pub(crate) fn selection(&self) -> anyhow::Result<Selection> {
        let selection = Selection {
            computers: self.computer.iter().map(|c| c.value.clone()).collect(),
            since: self.since.as_ref().map(|since| since.value),
            until: self.until.as_ref().map(|until| until.value),
        };
        let is_empty = match (selection.since, selection.until) {
            (Some(TimeBound::At(since)), Some(TimeBound::At(until))) => since > until,
            (Some(TimeBound::Before(since)), Some(TimeBound::Before(until))) => since < until,
            // Which is the later one, only the logs tell.
            _ => false,
        };
        if is_empty {
            bail!(say(|t| &t.message.since_later, &[]));
        }
        Ok(selection)
    }

    /// Each option as it was typed.
    fn typed(&self) -> Vec<String> {
        let computers = self.computer.iter().map(|c| option("computer", &c.text));
        let since = self.since.iter().map(|since| option("since", &since.text));
        let until = self.until.iter().map(|until| option("until", &until.text));
        computers.chain(since).chain(until).collect()
    }
}

impl ViewArguments {
    /// What was asked for.
    pub(crate) fn view(&self) -> View {
        let codes = self.code.iter().flat_map(|codes| &codes.value);
        let ids = self.event.iter().flat_map(|ids| &ids.value);
        View {
            codes: codes.copied().collect(),
            event_ids: ids.copied().collect(),
            only_failing: self.only_failing,
            least_severity: self.severity.as_ref().map(|severity| severity.value),
        }
    }

    /// Each option as it was typed.
    fn typed(&self) -> Vec<String> {
        let codes = self.code.iter().map(|code| option("code", &code.text));
        let ids = self.event.iter().map(|id| option("event", &id.text));
        let failing = self.only_failing.then(|| "--only-failing".to_owned());
        let severity = self.severity.iter().map(|s| option("severity", &s.text));
        codes.chain(ids).chain(failing).chain(severity).collect()
    }
}

/// Every option of both, each as it was typed.
pub(crate) fn filters(selection: &SelectionArguments, view: &ViewArguments) -> Vec<String> {
    let mut filters = selection.typed();
    filters.extend(view.typed());
    filters
}

fn option(name: &str, text: &str) -> String {
    format!("--{name} {text}")
}

fn typed<T: Clone>(
    parse: fn(&str) -> Result<T, String>,
) -> impl Fn(&str) -> Result<Typed<T>, String> + Clone {
    move |text| {
        Ok(Typed {
            value: parse(text)?,
            text: text.to_owned(),
        })
    }
}

fn parse_pattern(text: &str) -> Result<ComputerPattern, String> {
    text.parse()
        .map_err(|_: ParsePatternError| say(|t| &t.accepted.computer, &[]))
}

fn parse_since(text: &str) -> Result<TimeBound, String> {
    parse_bound(text, |date| date.and_time(NaiveTime::MIN).and_utc())
}

fn parse_until(text: &str) -> Result<TimeBound, String> {
    parse_bound(text, |date| {
        let last = NaiveTime::from_hms_nano_opt(23, 59, 59, 999_999_999);
        date.and_time(last.unwrap_or_default()).and_utc()
    })
}

fn parse_bound(text: &str, of_date: fn(NaiveDate) -> DateTime<Utc>) -> Result<TimeBound, String> {
    if let Ok(delta) = parse_duration(text) {
        return Ok(TimeBound::Before(delta));
    }
    if let Some(bare) = text.strip_prefix('-')
        && parse_duration(bare).is_ok()
    {
        return Err(say(|t| &t.accepted.without_minus, &[("bare", bare)]));
    }
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Ok(TimeBound::At(of_date(date)));
    }
    DateTime::parse_from_rfc3339(text)
        .map(|time| TimeBound::At(time.to_utc()))
        .map_err(|_| say(|t| &t.accepted.bound, &[]))
}

fn parse_codes(text: &str) -> Result<Vec<Hresult>, String> {
    let catalog = Catalog::builtin();
    let mut found = Vec::new();
    for part in text.split(',') {
        let of_part =
            codes(part, &catalog, words::language()).map_err(|error| error.to_string())?;
        if of_part.is_empty() {
            let text = [("text", part.trim())];
            return Err(say(|t| &t.accepted.is_event_id, &text));
        }
        found.extend(of_part);
    }
    Ok(found)
}

fn parse_event_ids(text: &str) -> Result<Vec<u16>, String> {
    let parts = text.split(',').map(|part| part.trim().parse());
    parts
        .collect::<Result<_, _>>()
        .map_err(|_| say(|t| &t.accepted.event_id, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_begins_with_its_first_moment_and_ends_with_its_last() {
        let told = |bound: Result<TimeBound, String>| match bound {
            Ok(TimeBound::At(time)) => time.to_rfc3339(),
            Ok(TimeBound::Before(delta)) => format!("{} h before", delta.num_hours()),
            Err(error) => error,
        };
        assert_eq!(told(parse_since("2026-03-01")), "2026-03-01T00:00:00+00:00");
        assert_eq!(
            told(parse_until("2026-03-01")),
            "2026-03-01T23:59:59.999999999+00:00"
        );
        assert_eq!(
            told(parse_until("2026-03-01T09:00:00+08:00")),
            "2026-03-01T01:00:00+00:00"
        );
        assert_eq!(told(parse_since("7d")), "168 h before");
        assert!(told(parse_since("yesterday")).starts_with("use a date"));
        assert!(told(parse_since("7")).starts_with("use a date"));
        assert!(told(parse_since("-3d")).contains("3d is so long before"));
        assert!(told(parse_since("-x")).starts_with("use a date"));
    }

    #[test]
    fn codes_are_read_as_explain_reads_them() {
        let told = |text: &str| match parse_codes(text) {
            Ok(codes) => codes
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error,
        };
        assert_eq!(
            told("0xC004F074,8007232B, -1073418124"),
            "0xC004F074 0x8007232B 0xC004F074"
        );
        assert_eq!(told("DNS_ERROR_RCODE_NAME_ERROR"), "0x8007232B");
        assert_eq!(told("12288"), "12288 is an event ID; use --event");
        assert!(told("0xC004F074,nothing-like-it").contains("nothing-like-it is no code"));
        assert!(!told("").is_empty());
        let all = Hresult::find_by_symbol("RPC_S").len();
        assert!(all > 20, "more than explain shows");
        assert_eq!(parse_codes("RPC_S").unwrap().len(), all);
    }

    #[test]
    fn event_ids_are_numbers() {
        assert_eq!(parse_event_ids("12288, 12289"), Ok(vec![12288, 12289]));
        for odd in ["", "x", "70000", "1,,2", "-1"] {
            assert!(parse_event_ids(odd).is_err(), "{odd}");
        }
    }
}
