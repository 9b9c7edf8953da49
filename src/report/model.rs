//! The report: everything that is said, chosen, filled in, ordered. Its types are the JSON, schema
//! version 1 (docs: report-v1); renderers only lay them out.

mod attempt;
mod causes;
mod comparison;
mod inputs;
mod state;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use crate::hresult::Hresult;

use super::zone::Zone;

pub use attempt::{AttemptCausePart, AttemptPart, RecordPart, TryPart};
pub use causes::{MainCausePart, MainCausesPart};
pub use comparison::{BaselinePart, ChangedFindingPart, ComparisonPart};
pub use inputs::{DamagePart, DigitalCountPart, FilePart, Inputs, NotePart, SkippedPart};
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

/// One finding.
#[derive(Clone, Debug, Serialize)]
pub struct FindingPart {
    /// The code, or the finding's name.
    pub id: String,
    /// The code.
    pub hresult: Option<Code>,
    /// Its name in the Windows headers.
    pub symbol: Option<String>,
    /// `root`, `wrapper`, `benign`, `derived` or `unknown`.
    pub kind: &'static str,
    /// `critical`, `error`, `warning` or `info`.
    pub severity: &'static str,
    /// What it belongs to.
    pub category: String,
    /// `active`, `cured` or `info`.
    pub status: &'static str,
    /// `seen`, `inferred` or `missing`.
    pub confidence: &'static str,
    /// How sure that is and why, in words.
    pub certainty: Vec<String>,
    /// Whether the administrator accepts it on every one of its machines: told last, and not counted
    /// by --fail-on. What is true of the machines does not change.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ignored: bool,
    /// Its machines on which it is accepted; all of them where it is ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored_machines: Vec<String>,
    /// What accepts it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored_by: Vec<IgnoredByPart>,
    /// Names of its machines.
    pub machines: Vec<String>,
    /// How many.
    pub machine_count: u64,
    /// Attempts that have it as their cause.
    pub attempts: u64,
    /// Records that prove it.
    pub events: u64,
    /// Time of the first of them.
    pub first_seen: Option<Time>,
    /// Time of the last of them.
    pub last_seen: Option<Time>,
    /// What the attempts ended with, where that differs.
    pub outcomes: BTreeMap<String, u64>,
    /// Further causes of the same attempts.
    pub also_seen: BTreeMap<String, u64>,
    /// Findings that concern the same machines.
    pub related: Vec<String>,
    /// KMS hosts asked, as `host:port`.
    pub kms_hosts: Vec<String>,
    /// What is wrong.
    pub title: String,
    /// What it means.
    pub meaning: String,
    /// What to do.
    pub steps: Vec<String>,
    /// What can be behind it.
    pub causes: Vec<CausePart>,
    /// How to look.
    pub checks: Vec<CheckPart>,
    /// Pages to read.
    pub references: Vec<ReferencePart>,
    /// What its kind tells besides.
    pub details: DetailsPart,
    /// The records that prove it: the first and the last ten.
    pub evidence: Vec<EvidencePart>,
}

/// What accepts a finding.
#[derive(Clone, Debug, Serialize)]
pub struct IgnoredByPart {
    /// The rule, as `ID` or `ID@COMPUTER-GLOB`.
    pub rule: String,
    /// Why, as the policy says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The last day on which it is accepted (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// A possible cause.
#[derive(Clone, Debug, Serialize)]
pub struct CausePart {
    /// The sentence.
    pub text: String,
    /// `possible`, `confirmed` or `ruled-out`.
    pub state: &'static str,
    /// What the log shows that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A command, and what a good answer looks like.
#[derive(Clone, Debug, Serialize)]
pub struct CheckPart {
    /// The command.
    pub command: String,
    /// The good answer.
    pub expect: String,
}

/// A page.
#[derive(Clone, Debug, Serialize)]
pub struct ReferencePart {
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: String,
}

/// What a kind of finding tells besides.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DetailsPart {
    /// Licenses that end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<EndPart>,
    /// Clocks that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skews: Vec<SkewPart>,
    /// Renewals that are overdue.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renewals: Vec<RenewalPart>,
    /// Product keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyPart>,
    /// What the service behind digital licenses logged in the same minutes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub digital_licenses: Vec<DigitalLicensePart>,
    /// Of the shared machine ids the one that most computers use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmid: Option<String>,
    /// All shared machine ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cmids: Vec<CmidPart>,
    /// What KMS hosts count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostCountPart>,
    /// The first of the domains in which publishing fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hresult: Option<Code>,
    /// All such domains.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<FailedDomainPart>,
}

/// An event of the service behind digital licenses beside a failure.
#[derive(Clone, Debug, Serialize)]
pub struct DigitalLicensePart {
    /// The machine.
    pub machine: String,
    /// Its result code.
    pub hresult: Option<Code>,
    /// The log.
    pub log: String,
    /// System/EventRecordID.
    pub record_id: u64,
    /// The event id.
    pub event_id: u16,
    /// The event's time.
    pub time: Time,
    /// What it says, in words.
    pub text: String,
}

/// A machine id that several computers use.
#[derive(Clone, Debug, Serialize)]
pub struct CmidPart {
    /// The id.
    pub cmid: String,
    /// Who uses it.
    pub machines: Vec<String>,
}

/// What a KMS host counts.
#[derive(Clone, Debug, Serialize)]
pub struct HostCountPart {
    /// The host, as `host:port`.
    pub host: String,
    /// The newest count that it told for this need.
    pub count: u32,
    /// The need of the products that asked.
    pub needed: u32,
    /// How many are missing.
    pub missing: u32,
}

/// A domain in which a KMS host cannot publish its record.
#[derive(Clone, Debug, Serialize)]
pub struct FailedDomainPart {
    /// The KMS host's computer.
    pub machine: String,
    /// The domain.
    pub domain: String,
    /// The newest code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hresult: Option<Code>,
}

/// The end of a license.
#[derive(Clone, Debug, Serialize)]
pub struct EndPart {
    /// The machine.
    pub machine: String,
    /// The product.
    pub activation_id: Option<String>,
    /// The end.
    pub expires_at: Time,
}

/// A clock that differs.
#[derive(Clone, Debug, Serialize)]
pub struct SkewPart {
    /// The client.
    pub machine: String,
    /// The client's clock less its KMS host's, in minutes.
    pub skew_minutes: i64,
}

/// A record that proves a finding.
#[derive(Clone, Debug, Serialize)]
pub struct EvidencePart {
    /// The log.
    pub log: String,
    /// The computer as logged.
    pub computer: String,
    /// System/EventRecordID.
    pub record_id: u64,
    /// The event id.
    pub event_id: u16,
    /// The event's time.
    pub time: Time,
    /// The code in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hresult: Option<Code>,
    /// Its strings, cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// The decisive field, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<u32>,
}

/// One machine.
#[derive(Clone, Debug, Serialize)]
pub struct MachinePart {
    /// Its newest name in its fullest form.
    pub computer: String,
    /// Every other name seen for it.
    pub aliases: Vec<String>,
    /// The service's file version.
    pub build: Option<String>,
    /// Its KMS client machine id.
    pub cmid: Option<String>,
    /// Whether it is a virtual machine.
    pub is_vm: Option<bool>,
    /// `failing`, `activated` or `unknown`.
    pub status: &'static str,
    /// Attempts.
    pub attempts: u64,
    /// Attempts that failed.
    pub attempts_failed: u64,
    /// The cause of its newest open failure.
    pub root_cause: Option<Code>,
    /// Time of the first record of its logs.
    pub first_seen: Time,
    /// Time of the last record of its logs.
    pub last_seen: Time,
    /// Its products.
    pub products: Vec<ProductPart>,
    /// The newest 20 changes of their license states, newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangePart>,
    /// The records that tell `build`, `cmid` and `is_vm`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<&'static str, SourcePart>,
    /// The KMS hosts that it asked.
    pub kms_hosts: Vec<String>,
    /// Its newest 20 attempts, newest last.
    pub recent_attempts: Vec<AttemptPart>,
}

/// One product of a machine.
#[derive(Clone, Debug, Serialize)]
pub struct ProductPart {
    /// The product.
    pub activation_id: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
    /// `windows`, `office` or `unknown`.
    pub application: &'static str,
    /// The channel of its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Its key's last five characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_key: Option<String>,
    /// `failing`, `activated` or `unknown`.
    pub status: &'static str,
    /// Its license state: `unlicensed`, `licensed`, `oob-grace`, `oot-grace`,
    /// `non-genuine-grace`, `notification`, `extended-grace` or `in-grace`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_state: Option<&'static str>,
    /// When its license or grace ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// Its newest success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Time>,
    /// Its newest failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Time>,
    /// The cause of its open failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_cause: Option<Code>,
    /// Why its license state is what it is, where the newest event says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Code>,
    /// When a KMS client's license was renewed last, by a success or by the time that is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_renewal: Option<Time>,
    /// The way by which it was activated last: `kms`, `active-directory`, `avma`, `token`, `phone`,
    /// `online` or `digital-license`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activated_by: Option<&'static str>,
    /// The records that tell these fields, by their names; a channel without one is the catalog's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<&'static str, SourcePart>,
}

/// A KMS host that was asked.
#[derive(Clone, Debug, Serialize)]
pub struct KmsHostPart {
    /// Its name or address in lower case.
    pub host: String,
    /// Its port.
    pub port: Option<u16>,
    /// `allowed`, `known-cloud`, `loopback`, `unknown` or `unlisted`.
    pub kind: &'static str,
    /// Machines that asked it.
    pub clients: u64,
    /// Requests that name it.
    pub requests: u64,
    /// Requests that it answered.
    pub answers: u64,
    /// Requests that failed, or whose answer did.
    pub failures: u64,
    /// The newest count that it told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_count: Option<u32>,
    /// The count that was needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<u32>,
    /// The machine whose log as this KMS host was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// Requests that are not in that log though nothing of it is missing around them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never_arrived: Option<u64>,
    /// Requests that it granted by that log, and whose answers did not arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers_lost: Option<u64>,
}

/// A client in a KMS host's own log.
#[derive(Clone, Debug, Serialize)]
pub struct KmsClientPart {
    /// The KMS host's computer.
    pub host: String,
    /// The client's name.
    pub client: String,
    /// Its machine id.
    pub cmid: Option<String>,
    /// Its product.
    pub activation_id: Option<String>,
    /// Its requests.
    pub requests: u64,
    /// Those that the host refused.
    pub refused: u64,
    /// The first.
    pub first: Time,
    /// The newest.
    pub last: Time,
    /// Its license state before the newest: `unlicensed`, `licensed`, `oob-grace`, `oot-grace`,
    /// `non-genuine-grace`, `notification`, `extended-grace` or `in-grace`.
    pub license_state: Option<&'static str>,
    /// The machine of the input that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// What its product is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<&'static str>,
    /// How many requests the host refused, by code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub refused_by_code: BTreeMap<String, u64>,
    /// `active`, `stopped` (no request for more than two renewal intervals before the host's newest
    /// one) or `too-often` (more than twice as many requests within a day as the activation interval
    /// leads to).
    pub activity: &'static str,
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
