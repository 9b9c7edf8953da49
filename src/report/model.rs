//! The report: everything that is said, chosen, filled in, ordered. Its types are the JSON, schema
//! version 1 (docs: report-v1); renderers only lay them out.

mod attempt;
mod causes;
mod comparison;
mod finding;
mod inputs;
mod kms;
mod machine;
mod state;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use crate::hresult::Hresult;

use super::zone::Zone;

pub use attempt::{AttemptCausePart, AttemptPart, OnlinePart, RecordPart, TryPart};
pub use causes::{MainCausePart, MainCausesPart};
pub use comparison::{BaselinePart, ChangedFindingPart, ComparisonPart};
pub use finding::{
    CauseForSomePart, CausePart, CheckPart, CmidPart, DetailsPart, DigitalLicensePart, EndPart,
    EvidencePart, FailedDomainPart, FindingPart, HostCountPart, IgnoredByPart, ReferencePart,
    SkewPart,
};
pub use inputs::{DamagePart, DigitalCountPart, FilePart, Inputs, NotePart, SkippedPart};
pub use kms::{KmsClientPart, KmsHostPart};
pub use machine::{MachinePart, ProductPart};
pub use state::{ChangePart, KeyPart, RenewalPart, SourcePart};

/// The version of the JSON.
pub const SCHEMA_VERSION: u32 = 1;

/// A time as JSON writes it: RFC 3339, UTC. People are told it in a [`Zone`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub DateTime<Utc>);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl Time {
    /// The UTC day.
    pub fn day(self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A code as JSON writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code(pub Hresult);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The whole report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Always [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What made it.
    pub tool: Tool,
    /// When it was made.
    pub generated_at: Time,
    /// The newest time of the machines' logs.
    pub as_of: Option<Time>,
    /// The language of its texts: `en` or `zh-CN`.
    pub language: &'static str,
    /// The zone of the times in its sentences, in which people's formats tell all times. Fields hold
    /// UTC whatever it is; what programs are to read is built in UTC.
    #[serde(skip)]
    pub zone: Zone,
    /// How it was made.
    pub made_with: MadeWith,
    /// What was read.
    pub inputs: Inputs,
    /// The time that the logs cover.
    pub period: Option<Period>,
    /// The answer in one sentence, and its numbers.
    pub summary: SummaryPart,
    /// What is wrong, ranked.
    pub findings: Vec<FindingPart>,
    /// Every machine: failing, unknown, activated; then by name.
    pub machines: Vec<MachinePart>,
    /// Every KMS host that was asked.
    pub kms_hosts: Vec<KmsHostPart>,
    /// Every client in the logs of KMS hosts.
    pub kms_clients: Vec<KmsClientPart>,
    /// Attempts by UTC day.
    pub timeline: Vec<DayPart>,
    /// Machines by the cause of their newest open failure.
    pub by_root_cause: Vec<GroupPart>,
    /// Machines by DNS domain.
    pub by_domain: Vec<GroupPart>,
    /// Machines by Windows build.
    pub by_build: Vec<GroupPart>,
    /// Machines by KMS host asked; one that asked several stands in several.
    pub by_kms_host: Vec<GroupPart>,
    /// Machines that lapse, by day.
    pub forecast: Vec<ForecastPart>,
    /// What has changed since an earlier report; none where none was given.
    pub comparison: Option<ComparisonPart>,
    /// What is said of each failing code of the recent attempts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub codes: BTreeMap<Code, CodePart>,
}

/// What made the report.
#[derive(Clone, Debug, Serialize)]
pub struct Tool {
    /// The program.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// How the report was made.
#[derive(Clone, Debug, Serialize)]
pub struct MadeWith {
    /// The arguments as given.
    pub arguments: Vec<String>,
    /// The catalog's version.
    pub catalog_version: &'static str,
    /// Overlays over the catalog.
    pub overlays: Vec<OverlayPart>,
    /// The options of selection and view, each as it was typed.
    pub filters: Vec<String>,
    /// What the view leaves out of the lists; none without a view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
    /// Whether pseudonyms stand for the names of machines, hosts, domains, users, addresses, machine
    /// ids, keys and logs.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub redacted: bool,
    /// Whether reading was interrupted.
    pub incomplete: bool,
}

/// An overlay over the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OverlayPart {
    /// Its file.
    pub name: String,
    /// The SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// What of it was left out, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// What the view leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Findings of the selection that are not listed.
    pub findings: u64,
    /// Machines of the selection that are not listed.
    pub machines: u64,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Period {
    /// Its begin.
    pub first: Time,
    /// Its end.
    pub last: Time,
}

/// The answer in one sentence, and its numbers.
#[derive(Clone, Debug, Serialize)]
pub struct SummaryPart {
    /// The sentence.
    pub headline: String,
    /// Machines.
    pub machines: u64,
    /// Machines with an open failure.
    pub machines_failing: u64,
    /// Of these, machines that are still licensed for long.
    pub machines_failing_licensed: u64,
    /// Of the failing ones, machines whose license has not ended, however soon it will.
    pub machines_still_licensed: u64,
    /// Machines that are activated.
    pub machines_activated: u64,
    /// Machines whose state the logs do not tell.
    pub machines_unknown: u64,
    /// Attempts.
    pub attempts: u64,
    /// Attempts that failed.
    pub attempts_failed: u64,
    /// The few causes behind most failing machines, where there are few and many machines fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub main_causes: Option<MainCausesPart>,
}

/// The attempts of one day.
#[derive(Clone, Debug, Serialize)]
pub struct DayPart {
    /// The UTC day.
    pub date: String,
    /// Attempts that began on it.
    pub attempts: u64,
    /// Those that failed.
    pub failed: u64,
    /// Machines with an attempt that failed.
    pub machines_failing: u64,
}

/// What is said of a code.
#[derive(Clone, Debug, Serialize)]
pub struct CodePart {
    /// Its name in the Windows headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// What it means, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Machines that share something.
#[derive(Clone, Debug, Serialize)]
pub struct GroupPart {
    /// What they share.
    pub key: String,
    /// How many.
    pub machines: u64,
    /// Those that fail.
    pub failing: u64,
}

/// Machines that lapse on one day if nothing changes.
#[derive(Clone, Debug, Serialize)]
pub struct ForecastPart {
    /// The UTC day.
    pub date: String,
    /// How many.
    pub machines: u64,
}
