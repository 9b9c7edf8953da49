//! Names of logs, paths and arguments. Folders and files are called after people, sites and machines,
//! so that nothing of them stays but the usual name of a log and the ending.

use super::names::{Kind, Pseudonyms};
use crate::input::LogName;
use crate::spp::KmsHost;

/// Logs as Windows itself calls them.
const USUAL_LOGS: &[&str] = &[
    "Application",
    "ForwardedEvents",
    "Key Management Service",
    "Security",
    "Setup",
    "System",
];

/// Endings that tell what a file is.
const ENDINGS: &[&str] = &[
    "csv", "evt", "evtx", "gz", "json", "jsonl", "ndjson", "parquet", "tar", "tgz", "toml", "txt",
    "xml", "zip",
];

/// Arguments that tell nothing of anybody, beside options, numbers, codes and times.
const COMMON_WORDS: &[&str] = &[
    "active",
    "always",
    "auto",
    "computer",
    "critical",
    "csv",
    "day",
    "en",
    "error",
    "events",
    "html",
    "info",
    "json",
    "local",
    "markdown",
    "ndjson",
    "never",
    "parquet",
    "report",
    "table",
    "text",
    "timesketch",
    "utc",
    "warning",
    "zh",
    "zh-cn",
];

/// Stands for a value that was typed.
const REDACTED: &str = "redacted";

impl Pseudonyms {
    /// The name of a log, or of another input: `log-0001/Application.evtx`, or `log-0001.evtx`.
    pub(super) fn log(&mut self, log: &LogName) -> LogName {
        let path = log.as_str();
        // Standard input.
        if path == "-" {
            return log.clone();
        }
        let last = path.rsplit(['/', '\\', '!']).next().unwrap_or_default();
        let (stem, ending) = last.rsplit_once('.').unwrap_or((last, ""));
        let usual = USUAL_LOGS
            .iter()
            .find(|name| name.eq_ignore_ascii_case(stem));
        let known = ENDINGS
            .iter()
            .find(|known| known.eq_ignore_ascii_case(ending));
        let ending = known.map(|ending| format!(".{ending}")).unwrap_or_default();
        LogName::new(self.path(path, |n| match usual {
            Some(usual) if !ending.is_empty() => format!("log-{n:04}/{usual}{ending}"),
            _ => format!("log-{n:04}{ending}"),
        }))
    }

    /// The arguments of the program: options stay, of their values what tells nothing of anybody.
    pub(super) fn arguments(&mut self, arguments: &[String]) -> Vec<String> {
        arguments.iter().map(|word| self.argument(word)).collect()
    }

    fn argument(&mut self, word: &str) -> String {
        let is_option = |word: &str| {
            let name = word.trim_start_matches('-');
            let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
            word.starts_with("--") && !name.is_empty() && name.chars().all(is_name)
        };
        match word.split_once('=') {
            Some((option, value)) if is_option(option) => {
                format!("{option}={}", self.value(value))
            }
            _ if is_option(word) || is_short(word) => word.to_owned(),
            _ => self.value(word),
        }
    }

    /// An option of the selection or the view, as it was typed.
    pub(super) fn filter(&mut self, filter: &str) -> String {
        match filter.split_once(' ') {
            Some((option, value)) => format!("{} {}", self.argument(option), self.value(value)),
            None => self.argument(filter),
        }
    }

    /// `ID`, or `ID@COMPUTER-GLOB`.
    pub(super) fn rule_of_policy(&mut self, rule: &str) -> String {
        match rule.split_once('@') {
            Some((id, glob)) => format!("{id}@{}", self.value(glob)),
            None => rule.to_owned(),
        }
    }

    fn value(&mut self, value: &str) -> String {
        let lower = value.to_lowercase();
        if COMMON_WORDS.contains(&lower.as_str()) || is_number_or_time(&lower) {
            return value.to_owned();
        }
        if let Some(path) = self.known(Kind::Log, value) {
            return path.clone();
        }
        let host = KmsHost::parse(value);
        let is_known = |host: &KmsHost| {
            let label = host.name().split('.').next().unwrap_or_default();
            self.known_label(label).is_some() || self.stays(host.name())
        };
        match host.filter(is_known) {
            Some(host) => self.host(&host).to_string(),
            None => REDACTED.to_owned(),
        }
    }
}

/// `-f`, `-`, `-vv`.
fn is_short(word: &str) -> bool {
    let letters = word.strip_prefix('-').unwrap_or("no option");
    letters.len() <= 1 || (!letters.is_empty() && letters.bytes().all(|byte| byte == b'v'))
}

/// A number, perhaps with a unit, a code, an event id, a day or a time; several with commas between.
fn is_number_or_time(text: &str) -> bool {
    let is_time = |text: &str| {
        let is_of_day = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | '+');
        text.len() >= 10
            && text.get(4..5) == Some("-")
            && text.get(7..8) == Some("-")
            && text
                .trim_end_matches('z')
                .replacen('t', "-", 1)
                .chars()
                .all(is_of_day)
    };
    let is_number = |text: &str| {
        let digits = text.trim_start_matches('-');
        let digits = digits.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = text.len()
            - text
                .trim_end_matches(|c: char| c.is_ascii_alphabetic())
                .len();
        !digits.is_empty() && unit <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_code = |text: &str| {
        let digits = text.trim_start_matches("0x");
        digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    text.split(',')
        .map(str::trim)
        .all(|part| is_time(part) || is_number(part) || is_code(part))
}
