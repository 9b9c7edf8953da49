//! An event's own fields by name: what each activity tells, as cells of a row.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Cell;
use crate::diagnosis::ProductLicense;
use crate::eventlog::rows::{COLUMNS, ColumnType};
use crate::report::model::Time;
use crate::spp::{
    Activity, FieldValue, KmsHost, LicenseState, LineStatus, NamedField, PolicyState,
    RuleArguments, SppEvent, StatusLine, StatusList, TraceStep,
};

/// The fields of one event while they are collected.
#[derive(Default)]
struct Cells(BTreeMap<&'static str, Cell>);

/// Whether there is a column for a field, of this type.
fn has_column(name: &str, kind: ColumnType) -> bool {
    COLUMNS
        .iter()
        .any(|column| column.name == name && column.kind == kind)
}

impl Cells {
    fn put(&mut self, name: &'static str, kind: ColumnType, value: Option<Cell>) {
        debug_assert!(has_column(name, kind), "{name} has no column of its type");
        self.0.extend(value.map(|value| (name, value)));
    }

    fn text(&mut self, name: &'static str, value: Option<impl ToString>) {
        let cell = value.map(|value| Cell::Text(value.to_string()));
        self.put(name, ColumnType::Text, cell);
    }

    fn time(&mut self, name: &'static str, value: Option<DateTime<Utc>>) {
        self.put(
            name,
            ColumnType::Time,
            value.map(|time| Cell::Time(Time(time))),
        );
    }

    fn number(&mut self, name: &'static str, value: Option<impl Into<u64>>) {
        let cell = value.map(|value| Cell::Number(value.into()));
        self.put(name, ColumnType::Int64, cell);
    }

    fn flag(&mut self, name: &'static str, value: Option<bool>) {
        self.put(name, ColumnType::Flag, value.map(Cell::Flag));
    }

    fn texts(&mut self, name: &'static str, list: Vec<String>) {
        let cell = (!list.is_empty()).then_some(Cell::Texts(list));
        self.put(name, ColumnType::Texts, cell);
    }

    fn named(&mut self, field: &NamedField) {
        match &field.value {
            FieldValue::Text(text) => self.text(field.name, Some(text)),
            FieldValue::Number(number) => self.number(field.name, Some(*number)),
            FieldValue::Time(time) => self.time(field.name, Some(*time)),
        }
    }

    fn status(&mut self, list: &StatusList, time: DateTime<Utc>) {
        self.text("application_id", list.application_id);
        self.number("line_count", Some(list.line_count));
        if let [line] = list.lines.as_slice() {
            self.text("activation_id", Some(line.activation_id));
            self.text("license_state", line_state(line.status));
            self.number("minutes_to_expiry", line.status.minutes());
            self.time("expires_at", line.status.ends_at(time));
            self.time("renewed_at", line.renewed_at(time));
        }
        self.texts("products", list.lines.iter().map(product).collect());
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
        self.time("grace_end", policy.grace_end);
        self.time("license_expiration", policy.license_expiration);
        self.time("kernel_timebomb", policy.kernel_timebomb);
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

/// The state that a line of 1003 tells; which grace period is not told.
fn line_state(status: LineStatus) -> Option<&'static str> {
    let state = status.license_state();
    state.map(|state| ProductLicense::Exactly(state).as_str())
}

/// A product of a 1003: its activation id, its state, and the minutes left or the reason.
fn product(line: &StatusLine) -> String {
    let state = line_state(line.status).unwrap_or(ProductLicense::InGrace.as_str());
    let mut told = format!("{}:{state}", line.activation_id);
    let code = match line.status {
        LineStatus::Notification { reason: code } | LineStatus::Unlicensed { code } => code,
        LineStatus::Licensed { .. } | LineStatus::Grace { .. } => None,
    };
    let minutes = line.status.minutes().map(|minutes| minutes.to_string());
    if let Some(more) = minutes.or(code.map(|code| code.to_string())) {
        told.push(':');
        told.push_str(&more);
    }
    told
}

/// The fields of an event by name.
pub(super) fn of(event: &SppEvent) -> BTreeMap<&'static str, Cell> {
    let mut cells = Cells::default();
    match &event.activity {
        Activity::ServiceStarting { parameters } => cells.text("parameters", parameters.as_ref()),
        Activity::ServiceStarted { version } => cells.text("version", version.as_ref()),
        Activity::Status(list) => cells.status(list, event.time),
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
            cells.text("failing_step", failed.failing_step().map(TraceStep::shown));
            cells.texts("trace", failed.steps.iter().map(TraceStep::shown).collect());
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
            cells.time("client_time", request.client_time);
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
            cells.time("client_time", response.client_time);
        }
        Activity::KmsServed(served) => {
            cells.number("min_count", served.min_count);
            cells.text("client", served.client.as_ref());
            cells.text("cmid", served.cmid);
            cells.time("client_time", served.client_time);
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
        | Activity::TamperingDetected
        | Activity::HealthCheckPassed
        | Activity::SchedulerFailed(_)
        | Activity::GenuineTicketFailed { .. }
        | Activity::KmsHostFailed { .. }
        | Activity::AvmaResponse { .. }
        | Activity::Other => {}
    }
    for field in &event.fields {
        cells.named(field);
    }
    cells.0
}
