//! Records to activation events: what an event of a licensing provider tells, as a typed value.
//!
//! [`parse`] is total: an unknown id is [`Activity::Other`], a field that does not parse is kept
//! as an [`OddField`]. What the events mean together is `diagnosis`' business.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod event;
mod fields;
mod genuine;
mod kept;
mod key;
mod kms;
mod kms_host;
mod license;
mod online;
mod other_ways;
mod pack;
mod product;
mod rules;
mod service;
mod table;

use chrono::{DateTime, TimeDelta, Utc};

pub use event::{Activity, Family, LicenseState, LoggedCode, OddField, Role, SppEvent};
pub(crate) use fields::cut;
pub use kept::{EventPlace, EventStore, KeptEvent, KeptEvents, MachineEvents, Origin};
pub use key::KeyInstallFailed;
pub use kms::{FLAG_NOT_ENOUGH_COUNT, KmsRequest, KmsResponse, KmsServed};
pub use kms_host::KmsHost;
pub use license::{LineStatus, StatusLine, StatusList, TimeRemaining};
pub use online::{AcquisitionFailed, TraceStep, UseLicenseFailed};
pub use other_ways::AdActivationFailed;
pub use product::{
    ActivationId, Application, ApplicationId, Channel, Cmid, ParseGuidError, RuleId,
};
pub use rules::{
    Action, PolicyLicenseState, PolicyState, RuleArguments, SchedulerFailed, SluiFailed,
    VolumeAttemptFailed,
};

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

/// Events that have a reading and of which diagnosis reads nothing: the service's start (900), a
/// detailed code (1015), slui's start (8197).
const UNREAD_BY_DIAGNOSIS: &[u16] = &[900, 1015, 8197];

/// As [`wanted`], but with the strings of only those events that diagnosis reads.
pub fn wanted_for_diagnosis() -> Wanted {
    let mut ids: Vec<u16> = table::EVENTS.iter().map(|row| row.id).collect();
    ids.dedup();
    ids.retain(|id| !UNREAD_BY_DIAGNOSIS.contains(id));
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
    // Before anything is read: a key typed where a host belongs would else stand in a field.
    hide_keys(&mut event.data);
    let family = family(&event.provider);
    parse_hidden(event, family)
}

/// As [`parse`], of an event in which keys are hidden already.
fn parse_hidden(event: Event, family: Family) -> SppEvent {
    let row = match family {
        Family::Foreign => None,
        _ => table::find(event.event_id, family, event.qualifiers, &event.data),
    };
    let (kind, activity, codes, odd_fields) = match row {
        Some(row) => {
            let mut reader = if row.list > 0 {
                fields::Fields::of_list(&event.data, row.list)
            } else {
                fields::Fields::of_strings(&event.data)
            };
            let activity = (row.parse)(&mut reader);
            let (codes, odd) = reader.finish();
            (row.kind, activity, codes, odd)
        }
        None => {
            let codes = event
                .data
                .iter()
                .flat_map(|text| fields::codes_in_text(text));
            let mut found: Vec<LoggedCode> = Vec::new();
            for code in codes.map(|code| LoggedCode {
                code,
                role: Role::Text,
            }) {
                if !found.contains(&code) {
                    found.push(code);
                }
            }
            ("other", Activity::Other, found, Vec::new())
        }
    };
    let mut data = event.data;
    hide_request(&activity, &mut data);
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
        kind,
        activity,
        codes,
        odd_fields,
        data,
    }
}

/// Takes product keys out of the strings (RULES.md 11).
fn hide_keys(data: &mut [String]) {
    for text in data.iter_mut() {
        // What was masked can make a key's form with what stands beside it, and a second look at the
        // same text must find nothing new.
        while let Some(masked) = fields::mask_keys(text).filter(|masked| masked != text) {
            *text = masked;
        }
    }
}

/// Takes out of a trace anything but its steps (RULES.md 11).
fn hide_request(activity: &Activity, data: &mut [String]) {
    if let Activity::AcquisitionFailed(failed) = activity
        && let Some(trace) = data.get_mut(1)
    {
        *trace = online::shown_trace(&failed.steps);
    }
}

/// A time so many minutes later; nothing where that leaves the calendar.
pub(crate) fn after_minutes(time: DateTime<Utc>, minutes: u32) -> Option<DateTime<Utc>> {
    time.checked_add_signed(TimeDelta::try_minutes(i64::from(minutes))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eventlog::{ChunkIndex, RecordId};
    use crate::input::LogName;
    use proptest::prelude::*;

    fn event(provider: &str, event_id: u16, data: &[&str]) -> Event {
        Event {
            log: LogName::new("a.evtx"),
            chunk: ChunkIndex(0),
            record_id: RecordId(1),
            file_record_id: RecordId(1),
            time: DateTime::UNIX_EPOCH,
            computer: "PC".into(),
            channel: "Application".into(),
            provider: provider.into(),
            event_id,
            qualifiers: None,
            level: Some(4),
            has_rendering_info: false,
            data: data.iter().map(|s| (*s).to_owned()).collect(),
            data_names: Vec::new(),
        }
    }

    const SPP: &str = "Microsoft-Windows-Security-SPP";

    #[test]
    fn the_provider_decides_what_12288_is() {
        let sam = parse(event(
            "Microsoft-Windows-Directory-Services-SAM",
            12288,
            &["0x8007232B, 0x0, kms:1688"],
        ));
        assert_eq!((sam.kind, sam.is_activation_event()), ("other", false));
        for ours in [
            SPP,
            "software protection platform service",
            "Office Software Protection Platform Service",
            "Microsoft-Windows-Security-Licensing-SLC",
        ] {
            assert_eq!(
                parse(event(ours, 12288, &["0x0, 0x0, kms:1688"])).kind,
                "kms-request",
                "{ours}"
            );
        }
    }

    #[test]
    fn meanings_of_one_id_are_told_apart() {
        let kind = |qualifiers, data: &[&str], id| {
            let mut event = event(SPP, id, data);
            event.qualifiers = qualifiers;
            parse(event).kind
        };
        assert_eq!(
            kind(Some(0x4000), &["0xC004F200:"], 8196),
            "scheduler-failed"
        );
        assert_eq!(
            kind(Some(0xC000), &["0x800705B4"], 8196),
            "dialog-load-failed"
        );
        assert_eq!(
            kind(Some(0xC000), &["RuleId=x;Action=CleanupState"], 8197),
            "slui-started"
        );
        assert_eq!(
            kind(Some(0x4000), &["a", "b"], 8197),
            "scheduler-information"
        );
    }

    #[test]
    fn codes_in_events_without_a_reading_are_taken_out_of_their_text() {
        let other = parse(event(SPP, 8211, &["0x80070005", "0x00000000 0x8007000d"]));
        let codes: Vec<String> = other
            .codes
            .iter()
            .map(|c| format!("{}:{}", c.role.as_str(), c.code))
            .collect();
        assert_eq!(codes, ["text:0x80070005", "text:0x8007000D"]);
    }

    #[test]
    fn what_is_never_shown_is_taken_out_of_the_strings() {
        let trace = "00010001(0x00000000, 01:21:03:094 - https://a.example/x)\r\n00020008(0x80072EE7, 01:21:03:126 - <soap:Envelope>SECRET";
        let failed = parse(event(SPP, 8200, &["hr=0x80072EE7", trace]));
        assert_eq!(
            failed.data[1],
            "00010001(0x00000000 - https://a.example/x\n00020008(0x80072EE7)"
                .replace("x\n", "x)\n")
        );
        let key = parse(event(SPP, 1192, &["0x1", "ABCDE-12345-FGHIJ-67890-VWXYZ"]));
        assert_eq!(key.data[1], "XXXXX-XXXXX-XXXXX-XXXXX-VWXYZ");
    }

    /// Texts of the shapes that events have, and of none.
    fn logged_string() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ -~\u{4e00}-\u{4e20}]{0,120}",
            "(hr=)?0x[0-9A-F]{8}",
            "0x[0-9A-F]{8}, ?[0-9]{1,3}, ?[a-z.:0-9]{0,20},[ 0-9a-f/:,-]{0,60}",
            "([0-9A-F]{8}\\(0x[0-9A-F]{8}, [0-9:]{5,12}( - [ -~]{0,200})?\\)?\r?\n){0,6}",
            "[A-Z0-9]{5}(-[A-Z0-9]{5}){3,9}",
            "([B-D2-4]{25}[ -]?){1,3}",
            "RuleId=[0-9a-f-]{36};Action=[A-Za-z]{4,12};AppId=[0-9a-f-]{36};NotificationInterval=[0-9]{1,4};Trigger=[A-Za-z]{4,9}",
        ]
    }

    proptest! {
        #[test]
        fn any_strings_in_any_event_are_read_without_a_panic(
            row in 0..table::EVENTS.len(),
            data in prop::collection::vec("[ -~\u{4e00}-\u{4e20}]{0,120}", 0..12),
        ) {
            let data: Vec<&str> = data.iter().map(String::as_str).collect();
            let _ = parse(event(SPP, table::EVENTS[row].id, &data));
        }

        #[test]
        fn what_was_shown_of_an_event_is_read_like_the_event(
            row in 0..table::EVENTS.len(),
            strings in prop::collection::vec(logged_string(), 0..12),
        ) {
            let strings: Vec<&str> = strings.iter().map(String::as_str).collect();
            let first = parse(event(SPP, table::EVENTS[row].id, &strings));
            let shown: Vec<&str> = first.data.iter().map(String::as_str).collect();
            prop_assert_eq!(parse(event(SPP, table::EVENTS[row].id, &shown)), first);
        }
    }
}
