//! Records to activation events: what an event of a licensing provider tells, as a typed value.
//!
//! [`parse`] is total: an unknown id is [`Activity::Other`], a field that does not parse is kept
//! as an [`OddField`]. What the events mean together is `diagnosis`' business.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod digital;
mod event;
mod fields;
mod genuine;
mod kept;
mod key;
mod kms;
mod kms_host;
mod license;
mod named;
mod online;
mod other_ways;
mod pack;
mod product;
mod rules;
mod service;
mod store;
mod table;

use chrono::{DateTime, TimeDelta, Utc};

pub use event::{Activity, Family, LicenseState, LoggedCode, OddField, Role, SppEvent};
pub(crate) use fields::cut;
pub use kept::{KeptEvent, KeptEvents, Origin};
pub use key::{KeyInstallFailed, is_partial_key};
pub use kms::{FLAG_NOT_ENOUGH_COUNT, KmsRequest, KmsResponse, KmsServed};
pub use kms_host::KmsHost;
pub use license::{LineStatus, StatusLine, StatusList, TimeRemaining};
pub use named::{FieldValue, NamedField};
pub use online::{AcquisitionFailed, TraceStep, UseLicenseFailed};
pub use other_ways::AdActivationFailed;
pub use product::{
    ActivationId, Application, ApplicationId, Channel, Cmid, ParseGuidError, RuleId,
};
pub use rules::{
    Action, PolicyLicenseState, PolicyState, RuleArguments, SchedulerFailed, SluiFailed,
    VolumeAttemptFailed,
};
pub use store::{EventPlace, EventStore, Lens, MachineEvents};
pub use table::{is_settled_by_version, settled_kind};

use crate::eventlog::{Event, Wanted, WantedIds, WantedProvider};

/// The channel of a KMS host's own events. Any provider may write to it, so its records are
/// wanted whoever wrote them (RULES.md 1).
const KMS_CHANNEL: &str = "Key Management Service";

/// The licensing providers by name and, where older records carry one, by source.
const PROVIDERS: &[(&str, Option<&str>, Family)] = &[
    (
        "Microsoft-Windows-Security-SPP",
        Some("Software Protection Platform Service"),
        Family::Windows,
    ),
    (
        "Microsoft-Windows-Security-Licensing-SLC",
        Some("Software Licensing Service"),
        Family::Vista,
    ),
    (
        "Office Software Protection Platform Service",
        None,
        Family::Office,
    ),
    ("KmsRequests", None, Family::Windows),
    (digital::PROVIDER, None, Family::DigitalLicense),
];

/// What `eventlog` should look for.
pub fn wanted() -> Wanted {
    let provider =
        |(name, source, _): &(&'static str, Option<&'static str>, Family)| WantedProvider {
            name,
            source: *source,
            ids: WantedIds::All,
        };
    Wanted {
        providers: PROVIDERS.iter().map(provider).collect(),
        channels: vec![KMS_CHANNEL],
        strings: None,
    }
}

/// As [`wanted`], but with the strings of only those events that diagnosis reads.
pub fn wanted_for_diagnosis() -> Wanted {
    let read = table::EVENTS.iter().filter(|row| row.is_read);
    let mut ids: Vec<u16> = read.map(|row| row.id).collect();
    ids.extend(digital::TOLD);
    ids.sort_unstable();
    ids.dedup();
    Wanted {
        strings: Some(ids),
        ..wanted()
    }
}

fn family(provider: &str) -> Family {
    PROVIDERS
        .iter()
        .find(|(name, source, _)| {
            provider.eq_ignore_ascii_case(name)
                || source.is_some_and(|s| provider.eq_ignore_ascii_case(s))
        })
        .map_or(Family::Foreign, |(_, _, family)| *family)
}

/// Reads what an event tells. Never fails: what is not known is [`Activity::Other`] with its
/// strings, and what does not parse stands in `odd_fields`.
pub fn parse(mut event: Event) -> SppEvent {
    let mut data = std::mem::take(&mut event.data).into_vec();
    // Before anything is read: a key typed where a host belongs would else stand in a field.
    hide_keys(&mut data);
    let family = family(&event.provider);
    let told = Told::read(event.event_id, event.qualifiers, family, &data);
    with_strings(told.by(event, family), data)
}

/// What an event tells, wherever and whenever it stands.
struct Told {
    kind: &'static str,
    activity: Activity,
    found: fields::Found,
}

impl Told {
    /// What these strings tell, in which keys are hidden already.
    fn read(event_id: u16, qualifiers: Option<u16>, family: Family, data: &[String]) -> Self {
        let row = match family {
            Family::DigitalLicense | Family::Foreign => None,
            _ => table::find(event_id, family, qualifiers, data),
        };
        let (kind, (activity, reader)) = match row {
            Some(row) => (row.kind, row.read(data)),
            None if family == Family::DigitalLicense => {
                let mut reader = fields::Fields::of_strings(data);
                if let Some(code) = digital::code(event_id, data) {
                    reader.take_code(code, Role::Result);
                }
                (digital::kind(event_id), (Activity::Other, reader))
            }
            None => {
                let mut reader = fields::Fields::of_strings(data);
                let codes = data.iter().flat_map(|text| fields::codes_in_text(text));
                for code in codes {
                    reader.take_code(code, Role::Text);
                }
                ("other", (Activity::Other, reader))
            }
        };
        Self {
            kind,
            activity,
            found: reader.finish(),
        }
    }

    /// What an event was found to tell.
    fn of(event: &SppEvent) -> Self {
        Self {
            kind: event.kind,
            activity: event.activity.clone(),
            found: fields::Found {
                codes: event.codes.clone(),
                named: event.fields.clone(),
                odd: event.odd_fields.clone(),
            },
        }
    }

    /// The event that tells it, without its strings.
    fn by(self, event: Event, family: Family) -> SppEvent {
        SppEvent {
            log: event.log,
            chunk: event.chunk,
            record_id: event.record_id,
            file_record_id: event.file_record_id,
            time: event.time,
            computer: event.computer,
            channel: event.channel,
            provider: event.provider,
            family,
            event_id: event.event_id,
            qualifiers: event.qualifiers,
            level: event.level,
            has_rendering_info: event.has_rendering_info,
            kind: self.kind,
            activity: self.activity,
            fields: self.found.named,
            codes: self.found.codes,
            odd_fields: self.found.odd,
            data: Vec::new(),
        }
    }
}

/// With the strings that it was read from, but for what is never shown.
fn with_strings(mut event: SppEvent, mut data: Vec<String>) -> SppEvent {
    hide_request(&event.activity, &mut data);
    hide_key_field(event.kind, &mut data);
    event.data = data;
    event
}

/// Takes product keys out of the strings (RULES.md 11).
fn hide_keys(data: &mut [String]) {
    for text in data.iter_mut() {
        if let Some(hidden) = without_keys(text) {
            *text = hidden;
        }
    }
}

/// A text without the product keys in it; nothing where there is none, as nearly always.
fn without_keys(text: &str) -> Option<String> {
    let mut hidden = fields::mask_keys(text)?;
    // What was masked can make a key's form with what stands beside it, and a second look at the same
    // text must find nothing new.
    while let Some(masked) = fields::mask_keys(&hidden).filter(|masked| *masked != hidden) {
        hidden = masked;
    }
    Some(hidden)
}

/// Takes out of a trace anything but its steps (RULES.md 11).
fn hide_request(activity: &Activity, data: &mut [String]) {
    if let Activity::AcquisitionFailed(failed) = activity
        && let Some(trace) = data.get_mut(1)
    {
        *trace = online::shown_trace(&failed.steps);
    }
}

/// Takes out of the events whose second string is a product key (1192, 1193) whatever is none of the
/// form that [`hide_keys`] knows: it may be one all the same.
fn hide_key_field(kind: &str, data: &mut [String]) {
    if matches!(kind, "backup-key-unreadable" | "firmware-key-unreadable")
        && let Some(key) = data.get_mut(1)
        && fields::last_of_masked_key(key).is_none()
        && !fields::is_absent(key)
    {
        *key = format!("{}XXXXX", fields::MASK);
    }
}

/// One meaning of an event id, as it is read here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The event id.
    pub event_id: u16,
    /// Its name in rows. `a-or-b` stands for two meanings that a record does not tell apart; the
    /// Windows build, which a 902 names, says more.
    pub kind: &'static str,
    /// The names of its fields, in the order of the strings; codes stand among a row's codes, all
    /// others among its fields.
    pub fields: Vec<&'static str>,
}

/// Every meaning of every event id that is known here, by id; a meaning that is told in several ways
/// stands once for each.
pub fn meanings() -> impl Iterator<Item = Meaning> {
    table::EVENTS.iter().map(|row| Meaning {
        event_id: row.id,
        kind: row.kind,
        fields: row.fields(),
    })
}

/// A time so many minutes later; nothing where that leaves the calendar.
pub(crate) fn after_minutes(time: DateTime<Utc>, minutes: u32) -> Option<DateTime<Utc>> {
    time.checked_add_signed(TimeDelta::try_minutes(i64::from(minutes))?)
}

/// A time so many minutes earlier; nothing where that leaves the calendar.
pub(crate) fn before_minutes(time: DateTime<Utc>, minutes: u32) -> Option<DateTime<Utc>> {
    time.checked_sub_signed(TimeDelta::try_minutes(i64::from(minutes))?)
}

#[cfg(test)]
mod tests;
