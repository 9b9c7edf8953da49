//! An earlier JSON report, as far as it is needed to be compared with: machines and active findings.
//!
//! Reads any report of this schema version, also one that a later program wrote: fields that are not
//! known, and entries that are not as they should be, are passed over. What the comparison comes to is
//! `build::comparison`'s business.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::model::SCHEMA_VERSION;

/// An earlier report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    pub(super) name: String,
    pub(super) generated_at: Option<DateTime<Utc>>,
    pub(super) as_of: Option<DateTime<Utc>>,
    pub(super) filters: Vec<String>,
    pub(super) is_incomplete: bool,
    pub(super) is_redacted: bool,
    pub(super) machines: Vec<BaselineMachine>,
    pub(super) findings: Vec<BaselineFinding>,
}

/// A machine of an earlier report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct BaselineMachine {
    pub(super) computer: String,
    pub(super) aliases: Vec<String>,
    pub(super) is_failing: bool,
    pub(super) last_seen: Option<DateTime<Utc>>,
}

/// An active finding of an earlier report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BaselineFinding {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) severity: &'static str,
    pub(super) machines: BTreeSet<String>,
}

/// Why a text is no report that can be compared with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// It is no JSON.
    #[error("this is no JSON, and so no report that `-f json` wrote")]
    NotJson(#[source] serde_json::Error),
    /// It is JSON, but no report.
    #[error("this is no report: it has no {missing}; write one with `report -f json -o FILE`")]
    NotAReport {
        /// What a report has.
        missing: &'static str,
    },
    /// It is a report of another schema version.
    #[error(
        "this report has schema version {found}, and only version {SCHEMA_VERSION} can be compared with"
    )]
    OtherVersion {
        /// Its version.
        found: u64,
    },
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireMadeWith {
    arguments: Vec<String>,
    filters: Vec<String>,
    incomplete: bool,
    redacted: bool,
}

#[derive(Deserialize)]
struct WireMachine {
    computer: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    last_seen: Value,
}

#[derive(Deserialize)]
struct WireFinding {
    id: String,
    status: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    machines: Vec<String>,
}

impl Baseline {
    /// Reads a report; `name` is what it is called in the new one.
    ///
    /// # Errors
    /// Where the text is no report of this schema version.
    pub fn read(name: &str, text: &str) -> Result<Self, BaselineError> {
        let report: Value = serde_json::from_str(text).map_err(BaselineError::NotJson)?;
        let missing = |missing| BaselineError::NotAReport { missing };
        let version = report.get("schema_version").and_then(Value::as_u64);
        let found = version.ok_or(missing("schema_version"))?;
        if found != u64::from(SCHEMA_VERSION) {
            return Err(BaselineError::OtherVersion { found });
        }
        let list = |key: &'static str| {
            let list = report.get(key).and_then(Value::as_array);
            list.ok_or(missing(key))
        };
        let machines = list("machines")?.iter().filter_map(machine).collect();
        let findings = list("findings")?.iter().filter_map(finding).collect();
        let made_with = report.get("made_with").map(WireMadeWith::deserialize);
        let made_with = made_with.and_then(Result::ok).unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            generated_at: report.get("generated_at").and_then(time),
            as_of: report.get("as_of").and_then(time),
            is_redacted: made_with.redacted || made_with.arguments.iter().any(|a| a == "--redact"),
            filters: made_with.filters,
            is_incomplete: made_with.incomplete,
            machines,
            findings,
        })
    }
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
    Some(time.to_utc())
}

fn machine(value: &Value) -> Option<BaselineMachine> {
    let machine = WireMachine::deserialize(value).ok()?;
    Some(BaselineMachine {
        computer: machine.computer,
        aliases: machine.aliases,
        is_failing: machine.status == "failing",
        last_seen: time(&machine.last_seen),
    })
}

fn finding(value: &Value) -> Option<BaselineFinding> {
    let finding = WireFinding::deserialize(value).ok()?;
    (finding.status == "active").then(|| BaselineFinding {
        id: finding.id,
        title: finding.title,
        severity: ["critical", "error", "warning"]
            .into_iter()
            .find(|severity| *severity == finding.severity)
            .unwrap_or("info"),
        machines: finding.machines.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Baseline::read("old.json", text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_report_of_this_version_is_refused() {
        assert!(refused("").contains("no JSON"));
        assert!(refused("{\"a\":").contains("no JSON"));
        assert!(refused("[1]").contains("no schema_version"));
        assert!(refused("{\"schema_version\":\"1\"}").contains("no schema_version"));
        assert!(refused("{\"schema_version\":2}").contains("schema version 2"));
        assert!(refused("{\"schema_version\":1,\"machines\":[]}").contains("no findings"));
        // So deep that a parser without a limit would run out of stack.
        assert!(refused(&"[".repeat(100_000)).contains("no JSON"));
    }

    #[test]
    fn only_what_is_needed_has_to_be_there() {
        let text = r#"{"schema_version":1,"later":[{}],"as_of":"yesterday","made_with":{"filters":3},
            "machines":[{"computer":"PC","status":"failing"},{"computer":7},null],
            "findings":[{"id":"clock-skew","status":"active","machines":["PC"]},
                        {"id":"x","status":"cured"},{"id":1}]}"#;
        let read = Baseline::read("old.json", text).unwrap();
        assert_eq!(read.machines.len(), 1);
        assert_eq!(read.findings.len(), 1);
        assert_eq!(read.findings[0].severity, "info");
        assert_eq!((read.as_of, read.filters.len()), (None, 0));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".{0,200}") {
            let _ = Baseline::read("x", &text);
        }
    }
}
