//! A finding: what is wrong, how sure that is, what to do, and the records that show it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Code, KeyPart, RenewalPart, Time};

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
    /// What holds for some of the finding's machines or KMS hosts only, or for each by something else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub for_some: Vec<CauseForSomePart>,
}

/// What a cause is to some of a finding's machines, or KMS hosts where it is about these.
#[derive(Clone, Debug, Serialize)]
pub struct CauseForSomePart {
    /// `confirmed` or `ruled-out`.
    pub state: &'static str,
    /// What the log shows that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// These machines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<String>,
    /// These KMS hosts, as `host:port`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kms_hosts: Vec<String>,
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
    /// The provider, where it is none of activation events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The event's time.
    pub time: Time,
    /// The code in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hresult: Option<Code>,
    /// Its strings, cut; around `decisive` where that stands further behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// The decisive field, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<u32>,
    /// The part of `raw` that decides, where it is less than the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decisive: Option<String>,
}
