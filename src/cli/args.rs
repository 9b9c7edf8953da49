//! What the user types.

use std::ffi::OsString;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use spptriage::catalog::{Language, Severity};
use spptriage::spp::KmsHost;

use super::select::{SelectionArguments, ViewArguments};

/// Finds Windows and Office activation failures in exported event logs (.evtx), and says what is
/// wrong, why, how sure that is, and what to do.
///
/// `spptriage Application.evtx` alone is `spptriage report Application.evtx`.
#[derive(Debug, Parser)]
#[command(
    name = "spptriage",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Language of the texts; else English, or on a terminal the system's.
    #[arg(long, global = true, value_name = "LANG", value_parser = parse_language)]
    pub(crate) lang: Option<Language>,

    /// Colors on the terminal.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,

    /// No messages on stderr.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Tell on stderr what is read; twice for more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell what is wrong, why, and what to do.
    Report(ReportArguments),
    /// List every activation event, one row each.
    Events(EventsArguments),
    /// Tell what a code or an event id means, and what to do.
    Explain(ExplainArguments),
}

/// What is read, and how states are judged.
#[derive(Debug, Args)]
pub(crate) struct InputArguments {
    /// Logs (.evtx), and folders with logs in them.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Write to this file, which appears whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Exit with 0 where parts of the input could not be read.
    #[arg(long)]
    pub(crate) allow_damage: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,

    /// Format; else by the ending of -o, else text.
    #[arg(short, long, value_name = "FORMAT", value_parser = parse_format)]
    pub(crate) format: Option<spptriage::report::render::Format>,

    /// A KMS host that is legitimate here; all others are then told as not on the list. May be
    /// given several times; without a port it stands for every port.
    #[arg(long, value_name = "HOST[:PORT]", value_parser = parse_kms_host)]
    pub(crate) kms_host: Vec<KmsHost>,

    /// The time that states are judged at; else each machine's last record.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) now: Option<DateTime<Utc>>,

    /// How long before its end a license is told, such as 14d or 36h.
    #[arg(long, value_name = "TIME", default_value = "14d", value_parser = parse_duration)]
    pub(crate) expiring_within: TimeDelta,

    /// Exit with 1 where an active finding is this severe or more.
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity)]
    pub(crate) fail_on: Option<Severity>,

    /// The time of making that the report tells; else now.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) generated_at: Option<DateTime<Utc>>,

    #[command(flatten)]
    pub(crate) selection: SelectionArguments,

    #[command(flatten)]
    pub(crate) view: ViewArguments,
}

#[derive(Debug, Args)]
pub(crate) struct EventsArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,

    /// Format; else by the ending of -o, else table.
    #[arg(short, long, value_name = "FORMAT")]
    pub(crate) format: Option<EventsFormat>,

    #[command(flatten)]
    pub(crate) selection: SelectionArguments,

    #[command(flatten)]
    pub(crate) view: ViewArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// Codes (0xC004F074, C004F074, -1073418124, 3221549172), symbols (SL_E_VL_NOT_ENOUGH_COUNT)
    /// or parts of them, Win32 numbers (9003), event ids (12288).
    #[arg(required = true, value_name = "CODE", allow_negative_numbers = true)]
    pub(crate) codes: Vec<String>,

    /// Format.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ExplainFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EventsFormat {
    /// Columns for people.
    Table,
    /// One JSON object a line.
    Ndjson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// For people.
    Text,
    /// An array with one object per code.
    Json,
}

/// Puts `report` in where a path stands in the place of a command.
pub(crate) fn with_default_command(mut given: Vec<OsString>) -> Vec<OsString> {
    const KNOWN: &[&str] = &[
        "report",
        "events",
        "explain",
        "help",
        "-h",
        "--help",
        "-V",
        "--version",
    ];
    let is_known = given
        .iter()
        .skip(1)
        .any(|word| word.to_str().is_some_and(|word| KNOWN.contains(&word)));
    let is_first = given
        .get(1)
        .and_then(|word| word.to_str())
        .is_some_and(|word| KNOWN.contains(&word));
    let begins_with_option = given
        .get(1)
        .is_some_and(|word| word.to_string_lossy().starts_with('-'));
    if given.len() > 1 && !is_first && !(begins_with_option && is_known) {
        given.insert(1, OsString::from("report"));
    }
    given
}

fn parse_language(text: &str) -> Result<Language, String> {
    Language::ALL
        .iter()
        .copied()
        .find(|language| language.tag().eq_ignore_ascii_case(text))
        .or_else(|| text.eq_ignore_ascii_case("zh").then_some(Language::ZhCn))
        .ok_or_else(|| "use en or zh-CN".to_owned())
}

pub(super) fn parse_severity(text: &str) -> Result<Severity, String> {
    [
        Severity::Info,
        Severity::Warning,
        Severity::Error,
        Severity::Critical,
    ]
    .into_iter()
    .find(|severity| severity.as_str().eq_ignore_ascii_case(text))
    .ok_or_else(|| "use critical, error, warning or info".to_owned())
}

fn parse_format(text: &str) -> Result<spptriage::report::render::Format, String> {
    use spptriage::report::render::Format;
    Format::ALL
        .iter()
        .copied()
        .find(|format| format.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| {
            format!(
                "use {}",
                Format::ALL
                    .iter()
                    .map(|format| format.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        })
}

fn parse_kms_host(text: &str) -> Result<KmsHost, String> {
    let host = KmsHost::parse(text)
        .ok_or_else(|| "use a host's name or address, such as kms01.contoso.com:1688".to_owned())?;
    // A port that is none must not turn into "every port".
    match text.rsplit_once(':') {
        Some((name, port)) if host.port().is_none() && !name.contains(':') => {
            Err(format!("{port} is no port"))
        }
        _ => Ok(host),
    }
}

/// `2026-03-01`, or RFC 3339 such as `2026-03-01T09:00:00Z`.
fn parse_time(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return date
            .and_hms_opt(0, 0, 0)
            .map(|time| time.and_utc())
            .ok_or_else(|| "no such day".to_owned());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| {
            "use a date such as 2026-03-01, or a time such as 2026-03-01T09:00:00Z".to_owned()
        })
}

/// `14d`, `36h`, `2w`.
pub(super) fn parse_duration(text: &str) -> Result<TimeDelta, String> {
    let problem = || "use a number of days, hours or weeks, such as 14d, 36h or 2w".to_owned();
    let (number, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or_else(problem)?;
    let number: i64 = number.parse().map_err(|_| problem())?;
    let delta = match unit {
        "h" => TimeDelta::try_hours(number),
        "d" => TimeDelta::try_days(number),
        "w" => TimeDelta::try_weeks(number),
        _ => None,
    };
    // A century is more than any license lasts; longer only overflows the calendar.
    delta
        .filter(|delta| (TimeDelta::zero()..=TimeDelta::days(36_500)).contains(delta))
        .ok_or_else(problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn with(words: &[&str]) -> Vec<String> {
        let given = std::iter::once("spptriage")
            .chain(words.iter().copied())
            .map(OsString::from)
            .collect();
        with_default_command(given)
            .into_iter()
            .skip(1)
            .map(|word| word.into_string().unwrap())
            .collect()
    }

    #[test]
    fn the_definitions_hold_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_path_alone_is_a_report() {
        assert_eq!(with(&["a.evtx"]), ["report", "a.evtx"]);
        assert_eq!(
            with(&["--lang", "zh-CN", "a.evtx"]),
            ["report", "--lang", "zh-CN", "a.evtx"]
        );
        assert_eq!(
            with(&["--lang", "zh-CN", "explain", "5"]),
            ["--lang", "zh-CN", "explain", "5"]
        );
        assert_eq!(with(&["explain", "5"]), ["explain", "5"]);
        assert_eq!(with(&["-q", "--help"]), ["-q", "--help"]);
        assert!(with(&[]).is_empty());
    }

    #[test]
    fn times_and_durations_are_read_or_refused() {
        assert_eq!(
            parse_time("2026-03-01").unwrap().to_string(),
            "2026-03-01 00:00:00 UTC"
        );
        assert_eq!(
            parse_time("2026-03-01T09:00:00+08:00").unwrap().to_string(),
            "2026-03-01 01:00:00 UTC"
        );
        assert!(parse_time("yesterday").is_err());
        assert_eq!(parse_duration("36h"), Ok(TimeDelta::hours(36)));
        for odd in ["", "d", "14", "-1d", "9999999999d", "14天"] {
            assert!(parse_duration(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_kms_host_with_a_bad_port_is_refused() {
        assert_eq!(
            parse_kms_host("KMS01:1688").unwrap().to_string(),
            "kms01:1688"
        );
        assert_eq!(parse_kms_host("fd00::5").unwrap().name(), "fd00::5");
        assert!(parse_kms_host("kms01:abc").is_err());
        assert!(parse_kms_host(":1688").is_err());
    }
}
