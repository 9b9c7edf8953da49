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
mod named;
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

/// As [`wanted`], but with the strings of only those events that diagnosis reads.
pub fn wanted_for_diagnosis() -> Wanted {
    let read = table::EVENTS.iter().filter(|row| row.is_read);
    let mut ids: Vec<u16> = read.map(|row| row.id).collect();
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
    let (kind, (activity, reader)) = match row {
        Some(row) => (row.kind, row.read(&event.data)),
        None => {
            let mut reader = fields::Fields::of_strings(&event.data);
            let codes = event
                .data
                .iter()
                .flat_map(|text| fields::codes_in_text(text));
            for code in codes {
                reader.take_code(code, Role::Text);
            }
            ("other", (Activity::Other, reader))
        }
    };
    let found = reader.finish();
    let mut data = event.data;
    hide_request(&activity, &mut data);
    hide_key_field(kind, &mut data);
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
        fields: found.named,
        codes: found.codes,
        odd_fields: found.odd,
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
    /// Its name in rows. `a-or-b` stands for two meanings that a record cannot tell apart; only the
    /// Windows build, which a 902 names, could.
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
        assert_eq!(kind(None, &[], 1059), "os-composition-changed");
        assert_eq!(kind(None, &["", " "], 1059), "os-composition-changed");
        assert_eq!(kind(None, &["0x80070005"], 1059), "addon-policy-refused");
        assert_eq!(kind(Some(0x4000), &[], 1060), "policy-cache-unchanged");
        assert_eq!(kind(Some(0x8000), &[], 1060), "oem-key-changed");
        assert_eq!(kind(None, &["4", "48"], 1061), "edition-changed");
        let times = ["2023-05-24T01:12:22Z", "2023-05-24T01:12:22Z"];
        for qualifiers in [Some(0x4000), None] {
            assert_eq!(kind(qualifiers, &times, 16388), "service-times");
        }
        for qualifiers in [Some(0xC000), None] {
            assert_eq!(kind(qualifiers, &["0"], 16388), "upgrade-authorized");
        }
    }

    #[test]
    fn where_only_the_windows_build_tells_both_meanings_are_named() {
        let kind = |provider, id| parse(event(provider, id, &["0xC004F069"])).kind;
        for (id, older, either) in [
            (
                1058,
                "notify-stop-failed",
                "notify-stop-failed-or-acpi-key-failed",
            ),
            (
                8195,
                "scheduler-failed",
                "scheduler-failed-or-genuine-information-failed",
            ),
            (
                8196,
                "scheduler-failed",
                "scheduler-failed-or-dialog-load-failed",
            ),
            (
                1060,
                "policy-cache-unchanged",
                "policy-cache-unchanged-or-oem-key-changed",
            ),
        ] {
            assert_eq!(kind(SPP, id), either);
            for provider in [
                "Microsoft-Windows-Security-Licensing-SLC",
                "Office Software Protection Platform Service",
            ] {
                assert_eq!(kind(provider, id), older, "{provider}");
            }
        }
    }

    #[test]
    fn codes_in_events_without_a_reading_are_taken_out_of_their_text() {
        let other = parse(event(SPP, 4711, &["0x80070005", "0x00000000 0x8007000d"]));
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
    }

    #[test]
    fn of_a_key_in_an_event_the_last_five_characters_are_told_and_no_more() {
        let key = parse(event(SPP, 1192, &["0x1", "ABCDE-12345-FGHIJ-67890-VWXYZ"]));
        assert_eq!(key.data[1], "XXXXX-XXXXX-XXXXX-XXXXX-VWXYZ");
        let partial_key = |last: &str| NamedField {
            name: "partial_key",
            value: FieldValue::Text(last.to_owned()),
        };
        assert_eq!(key.fields, [partial_key("VWXYZ")]);
        // Whatever stands where a key belongs may be one.
        let odd = parse(event(SPP, 1193, &["0x1", "ABCDE 12345 FGHIJ 67890 VWXYZ"]));
        assert_eq!(odd.data[1], "XXXXX-XXXXX-XXXXX-XXXXX-XXXXX");
        assert_eq!((odd.fields.len(), odd.odd_fields.len()), (0, 0));
        let none = parse(event(SPP, 1193, &["0x1", "(null)"]));
        assert_eq!(none.data[1], "(null)");
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
            "\\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\}?",
            "[0-9]{1,7}",
            "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z",
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
