//! What the user types.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use spptriage::catalog::{Language, Severity};
use spptriage::input::{DiscoverOptions, Limits, NamePattern, read_path_list};
use spptriage::report::Zone;
use spptriage::spp::KmsHost;

use super::outputs::ReportFormat;
use super::select::{SelectionArguments, ViewArguments};

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    done, and --fail-on was reached
  2    the command line is wrong, or an output cannot be written
  3    done, but something could not be read; --allow-damage makes it 0
  4    nothing could be read
  130  ended by Ctrl-C";

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
    arg_required_else_help = true,
    after_long_help = EXIT_CODES
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Language of the texts: en or zh-CN; else English, or on a terminal the system's.
    #[arg(long, global = true, value_name = "LANG", value_parser = parse_language)]
    pub(crate) lang: Option<Language>,

    /// Colors on the terminal.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,

    /// Columns of texts and tables; else those of the terminal, and 80 where there is none.
    #[arg(long, global = true, value_name = "COLUMNS", value_parser = parse_width)]
    pub(crate) width: Option<usize>,

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
    /// Write the completions for a shell to stdout.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual page to stdout.
    Man,
}

/// What is read, and how states are judged.
#[derive(Debug, Args)]
pub(crate) struct InputArguments {
    /// Logs (.evtx), archives with logs in them (.zip, .tar, .tar.gz, .gz), event rows that
    /// `events` wrote, folders with any of these, globs of them, or - for standard input.
    #[arg(required_unless_present = "paths_from", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Read further paths from this file, or - for standard input, one a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) paths_from: Option<PathBuf>,

    /// Read only logs that this glob means. May be given several times. Without a separator it is
    /// held against the file name, else against the path; a member of an archive has a path such
    /// as `collection.zip!logs/Application.evtx`. Case does not matter.
    #[arg(long, value_name = "GLOB", value_parser = parse_pattern)]
    pub(crate) include: Vec<NamePattern>,

    /// Leave out logs and archives that this glob means. May be given several times.
    #[arg(long, value_name = "GLOB", value_parser = parse_pattern)]
    pub(crate) exclude: Vec<NamePattern>,

    #[command(flatten)]
    pub(crate) archives: ArchiveArguments,

    /// The time zone that people are told times in: a name such as Europe/Berlin, local for this
    /// computer's, or an offset such as +08:00; else UTC. JSON, CSV and rows are always in UTC, and
    /// days are UTC days.
    #[arg(long, value_name = "ZONE", value_parser = parse_zone)]
    pub(crate) tz: Option<Zone>,

    /// Exit with 0 where parts of the input could not be read.
    #[arg(long)]
    pub(crate) allow_damage: bool,

    /// Threads that read and diagnose; else as many as there are processors.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) threads: usize,

    /// Do not show on the terminal how far reading is.
    #[arg(long)]
    pub(crate) no_progress: bool,
}

/// What is read of an archive at most.
#[derive(Debug, Args)]
pub(crate) struct ArchiveArguments {
    /// Members of one archive that are looked at.
    #[arg(long, help_heading = "Archives", value_name = "NUMBER", default_value_t = Limits::default().entries)]
    pub(crate) max_archive_entries: u64,

    /// Bytes that may come out of one archive, such as 500M, 20G or 1T.
    #[arg(long, help_heading = "Archives", value_name = "BYTES", default_value = "1T", value_parser = parse_bytes)]
    pub(crate) max_archive_bytes: u64,

    /// Bytes that may come out for each packed byte, once more than 10 MiB came out.
    #[arg(long, help_heading = "Archives", value_name = "NUMBER", default_value_t = Limits::default().ratio)]
    pub(crate) max_archive_ratio: u64,

    /// How deep archives may lie in archives.
    #[arg(long, help_heading = "Archives", value_name = "NUMBER", default_value_t = Limits::default().depth)]
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
                anyhow::bail!("standard input cannot be a log and the list of paths at once");
            }
            let listed = read_path_list(list)?;
            if listed.is_empty() {
                anyhow::bail!("{}: the list names no path", list.display());
            }
            paths.extend(listed);
            if list == stdin && paths.iter().any(|path| path == stdin) {
                anyhow::bail!("standard input is the list of paths, and so cannot be in it");
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

    /// Format: text, markdown, json, csv or parquet; else by the ending of -o, else text. Of several
    /// outputs it is that of those whose ending tells none.
    #[arg(short, long, value_name = "FORMAT", value_parser = parse_format)]
    pub(crate) format: Option<ReportFormat>,

    /// Write to this file, or for csv and parquet into this folder; it appears whole or not at all. May
    /// be given several times, all of one reading: each has the format of its ending, a folder csv, and
    /// - is standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,

    /// Replace a folder that -o names, if it holds tables of a report and nothing else.
    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,

    /// Begin CSV files with a byte order mark, as Excel needs it to read UTF-8; with --lang zh-CN they
    /// have one in any case.
    #[arg(long, requires = "output")]
    pub(crate) csv_bom: bool,

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

    /// Exit with 1 where an active finding is this severe or more: critical, error, warning, info.
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

    /// Write to this file or folder, which appears whole or not at all; - is standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Begin CSV with a byte order mark, as Excel needs it to read UTF-8; with --lang zh-CN files have
    /// one in any case.
    #[arg(long)]
    pub(crate) csv_bom: bool,

    /// Write rows as they are read, in one pass, without the attempts that they belong to.
    #[arg(long)]
    pub(crate) stream: bool,

    /// Write into folders below -o, one for each computer or UTC day, as engines read them.
    #[arg(long, value_name = "COLUMN", requires = "output")]
    pub(crate) partition_by: Option<PartitionColumn>,

    /// Replace the folder that -o names, if it holds rows and nothing else.
    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,

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
    /// One JSON object a line; can be read back.
    Ndjson,
    /// A table for spreadsheets.
    Csv,
    /// Typed columns for engines; can be read back.
    #[cfg(feature = "parquet")]
    Parquet,
    /// JSON lines for a timeline in Timesketch.
    Timesketch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartitionColumn {
    /// computer=NAME
    Computer,
    /// day=2026-10-01
    Day,
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
        "completions",
        "man",
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

fn parse_format(text: &str) -> Result<ReportFormat, String> {
    let mut all = ReportFormat::all();
    let found = all
        .clone()
        .find(|format| format.as_str().eq_ignore_ascii_case(text));
    found.ok_or_else(|| {
        let names: Vec<&str> = all.by_ref().map(ReportFormat::as_str).collect();
        format!("use {}", names.join(", "))
    })
}

fn parse_width(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|columns| (40..=1000).contains(columns))
        .ok_or_else(|| "use a number of columns from 40 to 1000".to_owned())
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

fn parse_zone(text: &str) -> Result<Zone, String> {
    if text.eq_ignore_ascii_case("local") {
        Zone::local()
    } else {
        text.parse()
    }
    .map_err(|error| error.to_string())
}

fn parse_pattern(text: &str) -> Result<NamePattern, String> {
    text.parse()
        .map_err(|error: spptriage::input::PatternError| error.to_string())
}

/// `4096`, `500M`, `20G`, `1T`: binary units.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let problem = || "use a number of bytes, such as 4096, 500M, 20G or 1T".to_owned();
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
