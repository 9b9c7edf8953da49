//! One activation event as an annotated row (report-v1, Rows): flat names for its own fields, its
//! codes with their roles, the attempt that it belongs to.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::build::attempt_id;
use super::code_texts;
use super::model::{Code, DamagePart, NotePart, Time};
use crate::catalog::{Catalog, Language};
use crate::diagnosis::ProductLicense;
use crate::eventlog::{ChunkIndex, RecordId};
use crate::fleet::Triage;
use crate::input::LogName;
use crate::spp::{Activity, KmsHost, LicenseState, PolicyState, RuleArguments, SppEvent};

/// The version of the rows.
pub const ROW_SCHEMA: u32 = 1;

/// A line of `events -f ndjson`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "row", rename_all = "lowercase")]
pub enum Row {
    /// An event.
    Event(Box<EventRow>),
    /// A log that was read.
    Input(InputRow),
    /// An input that was not.
    Skipped(SkippedRow),
}

/// One event.
#[derive(Clone, Debug, Serialize)]
pub struct EventRow {
    /// Always [`ROW_SCHEMA`].
    pub schema: u32,
    /// System/TimeCreated.
    pub time: Time,
    /// The computer as logged.
    pub computer: String,
    /// The log channel as logged.
    pub channel: String,
    /// The log.
    pub log: String,
    /// The chunk, from 0.
    pub chunk: u32,
    /// System/EventRecordID.
    pub record_id: u64,
    /// The record header's number.
    pub file_record_id: u64,
    /// The provider as logged.
    pub provider: String,
    /// The event id.
    pub event_id: u16,
    /// The high 16 bits of the event identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qualifiers: Option<u16>,
    /// The record's level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// What the event is.
    pub kind: &'static str,
    /// The default severity of the worst code in it.
    pub severity: Option<&'static str>,
    /// Its codes.
    pub hresults: Vec<CodeCell>,
    /// Its own fields by name.
    pub fields: BTreeMap<&'static str, Cell>,
    /// Fields that are not what they should be, as logged.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unparsed: BTreeMap<&'static str, String>,
    /// The strings as logged, but for what is never shown.
    pub data: Vec<String>,
    /// The attempt that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<String>,
}

/// A code in a row.
#[derive(Clone, Debug, Serialize)]
pub struct CodeCell {
    /// The code.
    pub code: Code,
    /// What it stands for.
    pub role: &'static str,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<&'static str>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A field's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
}

/// A log that was read.
#[derive(Clone, Debug, Serialize)]
pub struct InputRow {
    /// Always [`ROW_SCHEMA`].
    pub schema: u32,
    /// The log.
    pub log: String,
    /// Its bytes.
    pub bytes: u64,
    /// Its chunks in use.
    pub chunks: u64,
    /// Of these, those that were decoded.
    pub chunks_decoded: u64,
    /// Its live records.
    pub records: u64,
    /// Its activation events.
    pub activation_events: u64,
    /// The least time of its records.
    pub first: Option<Time>,
    /// The greatest time of its records.
    pub last: Option<Time>,
    /// The time of its last record by number.
    pub last_by_id: Option<Time>,
    /// Its computers.
    pub computers: Vec<String>,
    /// Whether events carry RenderingInfo.
    pub rendering_info: bool,
    /// What could not be read of it.
    pub damage: Vec<DamagePart>,
    /// What is odd about it.
    pub notes: Vec<NotePart>,
}

/// An input that was not read.
#[derive(Clone, Debug, Serialize)]
pub struct SkippedRow {
    /// Always [`ROW_SCHEMA`].
    pub schema: u32,
    /// The path.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// Which attempt each record belongs to.
#[derive(Debug, Default)]
pub struct AttemptIndex {
    by_record: HashMap<(LogName, ChunkIndex, RecordId), String>,
}

impl AttemptIndex {
    /// Of everything that was concluded.
    pub fn of(triage: &Triage) -> Self {
        let mut by_record = HashMap::new();
        for machine in &triage.fleet.machines {
            for attempt in &machine.diagnosis.attempts {
                let id = attempt_id(machine, attempt);
                for event in attempt
                    .events
                    .iter()
                    .filter_map(|at| machine.events.kept(*at))
                {
                    let (kept, _, log) = event;
                    by_record.insert((log.clone(), kept.chunk, kept.file_record_id), id.clone());
                }
            }
        }
        Self { by_record }
    }

    fn get(&self, event: &SppEvent) -> Option<&String> {
        self.by_record
            .get(&(event.log.clone(), event.chunk, event.file_record_id))
    }
}

/// The row of an event.
pub fn event_row(
    event: &SppEvent,
    attempts: &AttemptIndex,
    catalog: &Catalog,
    language: Language,
) -> EventRow {
    let hresults = event.codes.iter().map(|logged| CodeCell {
        code: Code(logged.code),
        role: logged.role.as_str(),
        symbol: logged.code.symbol(),
        title: code_texts::title(catalog, logged.code, language),
    });
    EventRow {
        schema: ROW_SCHEMA,
        time: Time(event.time),
        computer: event.computer.to_string(),
        channel: event.channel.to_string(),
        log: event.log.to_string(),
        chunk: event.chunk.0,
        record_id: event.record_id.0,
        file_record_id: event.file_record_id.0,
        provider: event.provider.to_string(),
        event_id: event.event_id,
        qualifiers: event.qualifiers,
        level: event.level,
        kind: event.kind,
        severity: event
            .codes
            .iter()
            .map(|logged| catalog.facts(logged.code).severity)
            .max()
            .map(|severity| severity.as_str()),
        hresults: hresults.collect(),
        fields: fields(event),
        unparsed: event
            .odd_fields
            .iter()
            .map(|odd| (odd.name, odd.text.clone()))
            .collect(),
        data: event.data.clone(),
        attempt: attempts.get(event).cloned(),
    }
}

/// The fields of one event while they are collected.
#[derive(Default)]
struct Cells(BTreeMap<&'static str, Cell>);

impl Cells {
    fn text(&mut self, name: &'static str, value: Option<impl ToString>) {
        self.0
            .extend(value.map(|value| (name, Cell::Text(value.to_string()))));
    }

    fn number(&mut self, name: &'static str, value: Option<impl Into<u64>>) {
        self.0
            .extend(value.map(|value| (name, Cell::Number(value.into()))));
    }

    fn flag(&mut self, name: &'static str, value: Option<bool>) {
        self.0.extend(value.map(|value| (name, Cell::Flag(value))));
    }

    fn host(&mut self, host: Option<&KmsHost>) {
        self.text("kms_host", host.map(KmsHost::name));
        self.number("kms_port", host.and_then(KmsHost::port));
    }

    fn state(&mut self, state: Option<LicenseState>) {
        self.text(
            "license_state",
            state.map(|state| ProductLicense::Exactly(state).as_str()),
        );
    }

    fn bits(&mut self, name: &'static str, value: Option<u32>) {
        self.text(name, value.map(|bits| format!("0x{bits:08X}")));
    }

    fn arguments(&mut self, arguments: &RuleArguments) {
        self.text("rule_id", arguments.rule_id);
        self.text(
            "action",
            arguments.action.as_ref().map(|action| action.as_str()),
        );
        self.text("application_id", arguments.application_id);
        self.text("activation_id", arguments.activation_id);
        self.text("trigger", arguments.trigger.as_ref());
    }

    fn policy(&mut self, policy: &PolicyState) {
        self.text("application_id", policy.application_id);
        self.text("activation_id", policy.activation_id);
        self.text(
            "policy_license_state",
            policy.license_state.map(policy_license_state),
        );
        self.text("grace_end", policy.grace_end.map(Time));
        self.text("license_expiration", policy.license_expiration.map(Time));
        self.text("kernel_timebomb", policy.kernel_timebomb.map(Time));
        self.text("last_notification_id", policy.last_notification_id.as_ref());
        self.text("partial_key", policy.partial_key.as_ref());
        self.text("channel_of_key", policy.channel.as_ref());
        self.text("rule_id", policy.rule_id);
    }
}

fn policy_license_state(state: crate::spp::PolicyLicenseState) -> &'static str {
    use crate::spp::PolicyLicenseState as State;
    match state {
        State::Unlicensed => "unlicensed",
        State::Licensed => "licensed",
        State::InGrace => "in-grace",
        State::Notification => "notification",
    }
}

fn fields(event: &SppEvent) -> BTreeMap<&'static str, Cell> {
    let mut cells = Cells::default();
    match &event.activity {
        Activity::ServiceStarting { parameters } => cells.text("parameters", parameters.as_ref()),
        Activity::ServiceStarted { version } => cells.text("version", version.as_ref()),
        Activity::Status(list) => {
            cells.text("application_id", list.application_id);
            cells.number("line_count", Some(list.line_count));
            if let [line] = list.lines.as_slice() {
                cells.text("activation_id", Some(line.activation_id));
                cells.text(
                    "license_state",
                    line.status
                        .license_state()
                        .map(|state| ProductLicense::Exactly(state).as_str()),
                );
                cells.text("expires_at", line.status.ends_at(event.time).map(Time));
            }
        }
        Activity::UseLicenseAcquired { activation_id }
        | Activity::KeyInstalled { activation_id }
        | Activity::KeyRemoved { activation_id }
        | Activity::PhoneActivated { activation_id }
        | Activity::AdActivated { activation_id }
        | Activity::TokenActivated { activation_id } => cells.text("activation_id", *activation_id),
        Activity::UseLicenseFailed(failed) => cells.text("activation_id", failed.activation_id),
        Activity::KeyInstallFailed(failed) => {
            cells.text("partial_key", failed.partial_key.as_ref());
            cells.text("activation_id", failed.activation_id);
        }
        Activity::TimeRemaining(remaining) => {
            cells.text(
                "remaining_of",
                Some(if remaining.is_grace {
                    "grace"
                } else {
                    "validity"
                }),
            );
            cells.number("minutes_to_expiry", remaining.minutes);
        }
        Activity::SluiStarted(arguments) => cells.arguments(arguments),
        Activity::SluiFailed(failed) => {
            if let Some(arguments) = &failed.arguments {
                cells.arguments(arguments);
            }
        }
        Activity::AcquisitionFailed(failed) => {
            cells.text("server", failed.server.as_ref());
            cells.number("steps", Some(failed.steps.len() as u64));
        }
        Activity::SetNonGenuine { application_id } | Activity::SetGenuine { application_id } => {
            cells.text("application_id", *application_id);
        }
        Activity::AdActivationFailed(failed) => cells.text("activation_id", failed.activation_id),
        Activity::RulesEvaluated(policies) => {
            policies.iter().for_each(|policy| cells.policy(policy))
        }
        Activity::VolumeAttemptFailed(failed) => {
            cells.text("application_id", failed.application_id);
            cells.text("activation_id", failed.activation_id);
            cells.text("trigger", failed.trigger.as_ref());
        }
        Activity::KmsRequest(request) => {
            cells.bits("status_flags", request.status_flags);
            cells.host(request.host.as_ref());
            cells.text("cmid", request.cmid);
            cells.text("client_time", request.client_time.map(Time));
            cells.flag("is_vm", request.is_vm);
            cells.state(request.license_state);
            cells.number("minutes_to_expiry", request.minutes_to_expiry);
            cells.text("activation_id", request.activation_id);
            cells.number("min_count", request.min_count);
        }
        Activity::KmsResponse(response) => {
            cells.bits("status_flags", response.status_flags);
            cells.flag("is_bound", response.is_bound);
            cells.number("current_count", response.current_count);
            cells.number("activation_interval", response.activation_interval);
            cells.number("renewal_interval", response.renewal_interval);
            cells.text("client_time", response.client_time.map(Time));
        }
        Activity::KmsServed(served) => {
            cells.number("min_count", served.min_count);
            cells.text("client", served.client.as_ref());
            cells.text("cmid", served.cmid);
            cells.text("client_time", served.client_time.map(Time));
            cells.flag("is_vm", served.is_vm);
            cells.state(served.license_state);
            cells.number("minutes_to_expiry", served.minutes_to_expiry);
            cells.text("activation_id", served.activation_id);
        }
        Activity::DnsPublishFailed { domain, .. } | Activity::DnsPublished { domain } => {
            cells.text("domain", domain.as_ref())
        }
        Activity::DetailedCode { .. }
        | Activity::HardwareChanged
        | Activity::SchedulerFailed(_)
        | Activity::GenuineTicketFailed { .. }
        | Activity::KmsHostFailed { .. }
        | Activity::AvmaResponse { .. }
        | Activity::Other => {}
    }
    cells.0
}

/// The rows of the inputs, as far as a report would tell them.
pub fn input_rows(report: &super::model::Report, triage: &Triage) -> Vec<Row> {
    let of = |name: &str| {
        (
            of_log(&report.inputs.damage, |d| &d.log, name),
            of_log(&report.inputs.notes, |n| &n.log, name),
        )
    };
    let input = |file: &crate::fleet::LogFile| {
        let (damage, notes) = of(file.log.as_str());
        Row::Input(InputRow {
            schema: ROW_SCHEMA,
            log: file.log.to_string(),
            bytes: file.bytes,
            chunks: file.chunks,
            chunks_decoded: file.chunks_decoded,
            records: file.records,
            activation_events: file.activation_events,
            first: file.first.map(Time),
            last: file.last.map(Time),
            last_by_id: file.last_by_id.map(Time),
            computers: file.computers.clone(),
            rendering_info: file.has_rendering_info,
            damage,
            notes,
        })
    };
    let skipped = report.inputs.skipped.iter().map(|skipped| {
        Row::Skipped(SkippedRow {
            schema: ROW_SCHEMA,
            path: skipped.path.clone(),
            reason: skipped.reason.clone(),
        })
    });
    triage.files.iter().map(input).chain(skipped).collect()
}

fn of_log<T: Clone>(all: &[T], log: impl Fn(&T) -> &String, name: &str) -> Vec<T> {
    all.iter()
        .filter(|item| log(item) == name)
        .cloned()
        .collect()
}
