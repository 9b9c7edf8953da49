//! Tests of reading an event as a whole; those of single parsers stand beside them.

mod written;

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
        "00010001(0x00000000 - https://a.example/x\n00020008(0x80072EE7)".replace("x\n", "x)\n")
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
