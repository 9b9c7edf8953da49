//! What the user types: names, types and rules. Their texts stand in `catalog/cli.toml`, in every
//! language, by the names of the fields; a comment here that clap takes for help fails a test.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::bail;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use spptriage::catalog::{Language, Severity};
use spptriage::input::{DiscoverOptions, Limits, NamePattern, read_path_list};
use spptriage::report::{Zone, ZoneError};
use spptriage::spp::KmsHost;

use super::catalog::CatalogArguments;
use super::output;
use super::outputs::ReportFormat;
use super::policy::PolicyArguments;
use super::select::{SelectionArguments, ViewArguments};
use super::words::say;

#[derive(Debug, Parser)]
#[command(
    name = "spptriage",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_flag = true,
    disable_help_subcommand = true,
    disable_version_flag = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[arg(long, global = true, value_name = "LANG", value_parser = parse_language)]
    pub(crate) lang: Option<Language>,

    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,

    #[arg(long, global = true, value_name = "COLUMNS", value_parser = parse_width)]
    pub(crate) width: Option<usize>,

    #[arg(long = "catalog", global = true, value_name = "OVERLAY")]
    pub(crate) overlays: Vec<PathBuf>,

    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Report(ReportArguments),
    Events(EventsArguments),
    Explain(ExplainArguments),
    Catalog(CatalogArguments),
    Completions {
        #[arg(value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    Man,
    Help {
        #[arg(value_name = "COMMAND", value_parser = COMMANDS)]
        topic: Option<String>,
    },
}

/// The commands, by name.
const COMMANDS: [&str; 7] = [
    "report",
    "events",
    "explain",
    "catalog",
    "completions",
    "man",
    "help",
];

#[derive(Debug, Args)]
pub(crate) struct InputArguments {
    #[arg(required_unless_present = "paths_from", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[arg(long, value_name = "FILE")]
    pub(crate) paths_from: Option<PathBuf>,

    #[arg(long, value_name = "GLOB", value_parser = parse_pattern)]
    pub(crate) include: Vec<NamePattern>,

    #[arg(long, value_name = "GLOB", value_parser = parse_pattern)]
    pub(crate) exclude: Vec<NamePattern>,

    #[command(flatten)]
    pub(crate) archives: ArchiveArguments,

    #[arg(long, value_name = "ZONE", value_parser = parse_zone)]
    pub(crate) tz: Option<Zone>,

    #[arg(long)]
    pub(crate) redact: bool,

    #[arg(long)]
    pub(crate) allow_damage: bool,

    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) threads: usize,

    #[arg(long)]
    pub(crate) no_progress: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ArchiveArguments {
    #[arg(long, help_heading = "archives", value_name = "NUMBER", default_value_t = Limits::default().entries)]
    pub(crate) max_archive_entries: u64,

    #[arg(long, help_heading = "archives", value_name = "BYTES", default_value = "1T", value_parser = parse_bytes)]
    pub(crate) max_archive_bytes: u64,

    #[arg(long, help_heading = "archives", value_name = "NUMBER", default_value_t = Limits::default().ratio)]
    pub(crate) max_archive_ratio: u64,

    #[arg(long, help_heading = "archives", value_name = "NUMBER", default_value_t = Limits::default().depth)]
    pub(crate) max_archive_depth: u32,
}

impl InputArguments {
    /// What is read, from the command line and from a list of paths.
    ///
    /// # Errors
    /// Where the list cannot be read or is empty, or standard input should be two things at once.
    pub(crate) fn all_paths(&self) -> anyhow::Result<Vec<PathBuf>> {
        let stdin = Path::new("-");
        let mut paths = self.paths.clone();
        if let Some(list) = &self.paths_from {
            if list == stdin && paths.iter().any(|path| path == stdin) {
                bail!(say(|t| &t.message.stdin_twice, &[]));
            }
            let listed = read_path_list(list).map_err(output::input_error)?;
            if listed.is_empty() {
                let name = list.display().to_string();
                bail!(say(|t| &t.message.empty_list, &[("name", &name)]));
            }
            paths.extend(listed);
            if list == stdin && paths.iter().any(|path| path == stdin) {
                bail!(say(|t| &t.message.stdin_in_list, &[]));
            }
        }
        Ok(paths)
    }

    /// The zone that people are told times in.
    pub(crate) fn zone(&self) -> Zone {
        self.tz.clone().unwrap_or_default()
    }

    /// How it is looked for.
    pub(crate) fn discover_options(&self) -> DiscoverOptions {
        DiscoverOptions {
            include: self.include.clone(),
            exclude: self.exclude.clone(),
            limits: Limits {
                entries: self.archives.max_archive_entries,
                ratio: self.archives.max_archive_ratio,
                bytes: self.archives.max_archive_bytes,
                depth: self.archives.max_archive_depth,
            },
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,

    #[arg(short, long, value_name = "FORMAT", value_parser = parse_format)]
    pub(crate) format: Option<ReportFormat>,

    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,

    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,

    #[arg(long, requires = "output")]
    pub(crate) csv_bom: bool,

    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) generated_at: Option<DateTime<Utc>>,

    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) policy: PolicyArguments,

    #[command(flatten)]
    pub(crate) selection: SelectionArguments,

    #[command(flatten)]
    pub(crate) view: ViewArguments,
}

#[derive(Debug, Args)]
pub(crate) struct EventsArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,

    #[arg(short, long, value_name = "FORMAT")]
    pub(crate) format: Option<EventsFormat>,

    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    #[arg(long)]
    pub(crate) csv_bom: bool,

    #[arg(long)]
    pub(crate) stream: bool,

    #[arg(long, value_name = "COLUMN", requires = "output")]
    pub(crate) partition_by: Option<PartitionColumn>,

    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,

    #[command(flatten)]
    pub(crate) selection: SelectionArguments,

    #[command(flatten)]
    pub(crate) view: ViewArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    #[arg(required = true, value_name = "CODE", allow_negative_numbers = true)]
    pub(crate) codes: Vec<String>,

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
    Table,
    Ndjson,
    Csv,
    #[cfg(feature = "parquet")]
    Parquet,
    Timesketch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartitionColumn {
    Computer,
    Day,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    Text,
    Json,
}

/// Puts `report` in where a path stands in the place of a command.
pub(crate) fn with_default_command(mut given: Vec<OsString>) -> Vec<OsString> {
    const FLAGS: [&str; 4] = ["-h", "--help", "-V", "--version"];
    let is_known = |word: &OsString| {
        let word = word.to_str();
        word.is_some_and(|word| COMMANDS.contains(&word) || FLAGS.contains(&word))
    };
    let is_any_known = given.iter().skip(1).any(is_known);
    let is_first = given.get(1).is_some_and(is_known);
    let begins_with_option = given
        .get(1)
        .is_some_and(|word| word.to_string_lossy().starts_with('-'));
    if given.len() > 1 && !is_first && !(begins_with_option && is_any_known) {
        given.insert(1, OsString::from("report"));
    }
    given
}

/// The command among words that could not be parsed.
pub(crate) fn command_in(words: &[OsString]) -> Option<&str> {
    let mut words = words.iter().skip(1).filter_map(|word| word.to_str());
    words.find(|word| COMMANDS.contains(word))
}

/// The language that is asked for, also where the rest of the command line is wrong.
pub(crate) fn asked_language(words: &[OsString]) -> Option<Language> {
    let mut words = words.iter().skip(1).filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        let asked = match word {
            "--" => return None,
            "--lang" => words.next()?,
            _ => match word.strip_prefix("--lang=") {
                Some(asked) => asked,
                None => continue,
            },
        };
        return parse_language(asked).ok();
    }
    None
}

fn parse_language(text: &str) -> Result<Language, String> {
    Language::ALL
        .iter()
        .copied()
        .find(|language| language.tag().eq_ignore_ascii_case(text))
        // As for the system's locale: there is one Chinese, for all who write it.
        .or_else(|| {
            let tag = text.split(['-', '_']).next().unwrap_or_default();
            tag.eq_ignore_ascii_case("zh").then_some(Language::ZhCn)
        })
        .ok_or_else(|| say(|t| &t.accepted.language, &[]))
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
    .ok_or_else(|| say(|t| &t.accepted.severity, &[]))
}

fn parse_format(text: &str) -> Result<ReportFormat, String> {
    let mut all = ReportFormat::all();
    let found = all
        .clone()
        .find(|format| format.as_str().eq_ignore_ascii_case(text));
    found.ok_or_else(|| {
        let names: Vec<&str> = all.by_ref().map(ReportFormat::as_str).collect();
        one_of(&names)
    })
}

fn parse_width(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|columns| (40..=1000).contains(columns))
        .ok_or_else(|| say(|t| &t.accepted.width, &[]))
}

/// What is accepted, where it has names.
fn one_of(names: &[&str]) -> String {
    let names = names.join(&say(|t| &t.layout.list, &[]));
    say(|t| &t.accepted.one_of, &[("names", &names)])
}

pub(super) fn parse_kms_host(text: &str) -> Result<KmsHost, String> {
    let host = KmsHost::parse(text).ok_or_else(|| say(|t| &t.accepted.kms_host, &[]))?;
    // A port that is none must not turn into "every port".
    match text.rsplit_once(':') {
        Some((name, port)) if host.port().is_none() && !name.contains(':') => {
            Err(say(|t| &t.accepted.no_port, &[("port", port)]))
        }
        _ => Ok(host),
    }
}

fn parse_zone(text: &str) -> Result<Zone, String> {
    if text.eq_ignore_ascii_case("local") {
        Zone::local()
    } else {
        text.parse()
    }
    .map_err(|error| match error {
        ZoneError::Unknown { nearest } if !nearest.is_empty() => {
            let names = nearest.join(&say(|t| &t.layout.list, &[]));
            say(|t| &t.accepted.zone_near, &[("names", &names)])
        }
        ZoneError::Offset => say(|t| &t.accepted.zone_offset, &[]),
        ZoneError::Local => say(|t| &t.accepted.zone_local, &[]),
        _ => say(|t| &t.accepted.zone, &[]),
    })
}

fn parse_pattern(text: &str) -> Result<NamePattern, String> {
    text.parse()
        .map_err(|error: spptriage::input::PatternError| output::told_below(&error.to_string()))
}

/// `4096`, `500M`, `20G`, `1T`: binary units.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let problem = || say(|t| &t.accepted.bytes, &[]);
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let shift = match unit.to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return Err(problem()),
    };
    let number: u64 = digits.parse().map_err(|_| problem())?;
    number.checked_mul(1 << shift).ok_or_else(problem)
}

/// `2026-03-01`, or RFC 3339 such as `2026-03-01T09:00:00Z`.
pub(super) fn parse_time(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return date
            .and_hms_opt(0, 0, 0)
            .map(|time| time.and_utc())
            .ok_or_else(|| say(|t| &t.accepted.no_day, &[]));
    }
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| say(|t| &t.accepted.time, &[]))
}

/// `14d`, `36h`, `2w`.
pub(super) fn parse_duration(text: &str) -> Result<TimeDelta, String> {
    let problem = || say(|t| &t.accepted.duration, &[]);
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
    fn sizes_are_read_or_refused() {
        assert_eq!(parse_bytes("4096"), Ok(4096));
        assert_eq!(parse_bytes("20g"), Ok(20 << 30));
        assert_eq!(parse_bytes("1TiB"), Ok(1 << 40));
        for odd in ["", "G", "-1", "1X", "1.5G", "99999999999T"] {
            assert!(parse_bytes(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn the_limits_are_those_of_the_library_by_default() {
        let given = ["spptriage", "report", "a.evtx"];
        let Command::Report(report) = Arguments::parse_from(given).command else {
            panic!("this is a report");
        };
        assert_eq!(report.input.discover_options().limits, Limits::default());
    }

    #[test]
    fn paths_are_needed_unless_a_list_gives_them() {
        assert!(Arguments::try_parse_from(["spptriage", "report"]).is_err());
        assert!(Arguments::try_parse_from(["spptriage", "report", "--paths-from", "list"]).is_ok());
        assert!(
            Arguments::try_parse_from(["spptriage", "report", "a", "--exclude", "[a"]).is_err()
        );
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
