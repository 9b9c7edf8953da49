//! What is right here: a policy file, and the options that say the same.
//!
//! An option of the command line wins over the file; accepted findings of both count.

use std::ops::Range;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use clap::Args;
use serde::Deserialize;
use spptriage::catalog::Severity;
use spptriage::diagnosis::{Acceptance, ParseAcceptanceError, Policy};
use spptriage::input::read_text;
use spptriage::spp::KmsHost;
use toml::Spanned;
use toml::value::Datetime;

use super::args::{parse_duration, parse_kms_host, parse_severity, parse_time};
use super::output;
use super::words::say;

#[derive(Debug, Args)]
#[command(next_help_heading = "policy")]
pub(crate) struct PolicyArguments {
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    #[arg(long, value_name = "HOST[:PORT]", value_parser = parse_kms_host)]
    kms_host: Vec<KmsHost>,

    #[arg(long, value_name = "ID[@GLOB]", value_parser = parse_acceptance)]
    ignore: Vec<Acceptance>,

    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    now: Option<DateTime<Utc>>,

    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    expiring_within: Option<TimeDelta>,

    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity)]
    fail_on: Option<Severity>,
}

/// What was found to be asked for.
pub(crate) struct Asked {
    pub(crate) policy: Policy,
    pub(crate) fail_on: Option<Severity>,
}

impl PolicyArguments {
    /// The file and the options together.
    ///
    /// # Errors
    /// Where the file cannot be read, or says something that is not known.
    pub(crate) fn asked(&self) -> anyhow::Result<Asked> {
        let file = match &self.policy {
            Some(path) => read(path)?,
            None => FilePolicy::default(),
        };
        let kms_hosts = match self.kms_host.is_empty() {
            true => file.kms_hosts,
            false => self.kms_host.clone(),
        };
        let mut accepted = file.accepted;
        accepted.extend(self.ignore.iter().cloned());
        let within = self.expiring_within.or(file.expiring_within);
        Ok(Asked {
            policy: Policy {
                kms_hosts,
                expiring_within: within.unwrap_or(Policy::default().expiring_within),
                now: self.now,
                accepted,
            },
            fail_on: self.fail_on.or(file.fail_on),
        })
    }
}

/// What a file says.
#[derive(Debug, Default)]
struct FilePolicy {
    kms_hosts: Vec<KmsHost>,
    expiring_within: Option<TimeDelta>,
    fail_on: Option<Severity>,
    accepted: Vec<Acceptance>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WirePolicy {
    #[serde(default)]
    kms_hosts: Vec<Spanned<String>>,
    expiring_within: Option<Spanned<String>>,
    fail_on: Option<Spanned<String>>,
    #[serde(default)]
    accept: Vec<WireAcceptance>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireAcceptance {
    finding: Spanned<String>,
    computer: Option<String>,
    reason: Option<String>,
    until: Option<Spanned<Datetime>>,
}

/// A thing in a file that is not as it should be, and where.
struct Problem {
    line: Option<usize>,
    text: String,
}

impl Problem {
    fn at(file: &str, span: Option<Range<usize>>, text: String) -> Self {
        let before = span.and_then(|span| file.get(..span.start));
        Self {
            line: before.map(|before| before.matches('\n').count() + 1),
            text,
        }
    }
}

fn read(path: &Path) -> anyhow::Result<FilePolicy> {
    let text = read_text(path).map_err(output::input_error)?;
    parse(&text).map_err(|problem| {
        let name = path.display().to_string();
        let line = problem.line.map(|line| line.to_string());
        anyhow::Error::msg(match &line {
            Some(line) => say(
                |t| &t.message.in_line,
                &[("name", &name), ("line", line), ("text", &problem.text)],
            ),
            None => say(
                |t| &t.message.about,
                &[("name", &name), ("text", &problem.text)],
            ),
        })
    })
}

fn parse(file: &str) -> Result<FilePolicy, Problem> {
    let wire: WirePolicy = toml::from_str(file)
        .map_err(|error| Problem::at(file, error.span(), not_known(error.message())))?;
    let kms_hosts = wire.kms_hosts.iter();
    let kms_hosts = kms_hosts.map(|host| at(file, host, parse_kms_host));
    let accepted = wire.accept.into_iter().map(|rule| acceptance(file, rule));
    Ok(FilePolicy {
        kms_hosts: kms_hosts.collect::<Result<_, _>>()?,
        expiring_within: match &wire.expiring_within {
            Some(within) => Some(at(file, within, parse_duration)?),
            None => None,
        },
        fail_on: match &wire.fail_on {
            Some(severity) => Some(at(file, severity, parse_severity)?),
            None => None,
        },
        accepted: accepted.collect::<Result<_, _>>()?,
    })
}

/// What the parser of TOML complains of; of a key that is not known, in our own words.
fn not_known(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    match (message.starts_with("unknown field"), quoted.next()) {
        (true, Some(key)) => {
            let known: Vec<&str> = quoted.collect();
            let known = known.join(&say(|t| &t.layout.list, &[]));
            say(|t| &t.accepted.key, &[("key", key), ("known", &known)])
        }
        _ => message.trim().to_owned(),
    }
}

fn acceptance(file: &str, rule: WireAcceptance) -> Result<Acceptance, Problem> {
    let finding = rule.finding.get_ref();
    let whole = match &rule.computer {
        Some(computer) => format!("{finding}@{computer}"),
        None => finding.clone(),
    };
    let until = match &rule.until {
        Some(until) => match day(until.get_ref()) {
            Some(day) => Some(day),
            None => {
                let text = say(|t| &t.accepted.until, &[]);
                return Err(Problem::at(file, Some(until.span()), text));
            }
        },
        None => None,
    };
    let acceptance = parse_acceptance(&whole)
        .map_err(|text| Problem::at(file, Some(rule.finding.span()), text))?;
    Ok(Acceptance {
        reason: rule.reason,
        until,
        is_option: false,
        ..acceptance
    })
}

fn day(time: &Datetime) -> Option<NaiveDate> {
    let date = time.date.filter(|_| time.time.is_none())?;
    NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
}

fn at<T>(
    file: &str,
    value: &Spanned<String>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, Problem> {
    parse(value.get_ref()).map_err(|reason| {
        let values = [("name", value.get_ref().as_str()), ("text", &reason)];
        let text = say(|t| &t.message.about, &values);
        Problem::at(file, Some(value.span()), text)
    })
}

fn parse_acceptance(text: &str) -> Result<Acceptance, String> {
    text.parse()
        .map_err(|error: ParseAcceptanceError| match error {
            ParseAcceptanceError::NoFinding { id, known } => {
                say(|t| &t.accepted.finding, &[("id", &id), ("known", &known)])
            }
            _ => say(|t| &t.accepted.no_computer, &[]),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let Err(problem) = parse(text) else {
            panic!("{text} is no policy");
        };
        let line = problem
            .line
            .map_or_else(String::new, |line| format!("line {line}: "));
        format!("{line}{}", problem.text)
    }

    #[test]
    fn a_file_says_hosts_limits_and_what_is_accepted() {
        let policy = parse(
            "kms-hosts = [\"kms01.contoso.com:1688\"]\nexpiring-within = \"30d\"\nfail-on = \"error\"\n\
             [[accept]]\nfinding = \"clock-skew\"\ncomputer = \"LAB-*\"\nreason = \"no domain\"\n\
             until = 2026-12-31\n",
        )
        .ok()
        .unwrap();
        assert_eq!(policy.kms_hosts[0].to_string(), "kms01.contoso.com:1688");
        assert_eq!(policy.expiring_within, Some(TimeDelta::days(30)));
        assert_eq!(policy.fail_on, Some(Severity::Error));
        let rule = &policy.accepted[0];
        assert_eq!(rule.rule, "clock-skew@LAB-*");
        assert_eq!(rule.until, NaiveDate::from_ymd_opt(2026, 12, 31));
        assert!(parse("").ok().unwrap().accepted.is_empty());
    }

    #[test]
    fn what_is_not_known_is_told_with_its_line() {
        assert!(
            refused("\nkms-host = []")
                .starts_with("line 2: there is no key kms-host; use kms-hosts, ")
        );
        assert!(refused("kms-hosts = [\"a:b\"]").starts_with("line 1: a:b: b is no port"));
        let rule = "[[accept]]\nfinding = \"no-such\"";
        assert!(refused(rule).starts_with("line 2: no-such is no finding"));
        let rule = "[[accept]]\nfinding = \"clock-skew\"\nwhy = \"x\"";
        assert!(
            refused(rule).starts_with("line 3: there is no key why; use finding, "),
            "{}",
            refused(rule)
        );
        let rule = "[[accept]]\nfinding = \"clock-skew\"\nuntil = 09:00:00";
        assert!(refused(rule).starts_with("line 3: use a date"));
        assert!(refused("fail-on = \"bad\"").contains("use critical"));
        assert!(refused("expiring-within = 14").starts_with("line 1: "));
        assert!(refused("x").starts_with("line 1: "));
    }
}
