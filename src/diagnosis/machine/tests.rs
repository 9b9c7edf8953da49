//! States of products: where each part of them stands in the log, and how they changed.

use crate::diagnosis::machine::{MachineDiagnosis, StateChange};
use crate::diagnosis::notation::{diagnosis, diagnosis_within};
use crate::diagnosis::window::Window;

/// A line for each change: the states, and the places of the events that tell them.
fn changes(text: &str) -> Vec<String> {
    told(&diagnosis(text).1)
}

fn told(diagnosis: &MachineDiagnosis) -> Vec<String> {
    let line = |change: &StateChange| {
        format!(
            "{} {} to {} {}",
            change.after,
            change.from.as_str(),
            change.before,
            change.to.as_str()
        )
    };
    diagnosis.changes.iter().map(line).collect()
}

#[test]
fn a_state_that_differs_between_two_checks_is_a_change_of_its_own() {
    assert_eq!(
        changes(
            "09:00 1003 licensed=9000\n 12:00 902 10.0.1.2\n d2 09:00 1003 licensed=7560\n d9 10:00 1003 notification=0xC004F056"
        ),
        ["2 licensed to 3 notification"]
    );
}

#[test]
fn a_success_is_a_change_where_the_product_was_not_licensed_before() {
    let first = "09:00 1003 notification=0xC004F056\n 09:00:01 12288\n 09:00:02 12289";
    assert_eq!(changes(first), ["1 notification to 2 licensed"]);
    let renewal = "09:00 1003 licensed=249120\n 09:00:01 12288 state=1 left=249120\n 09:00:02 12289\n 09:00:03 1003 licensed=259200";
    assert!(changes(renewal).is_empty());
}

#[test]
fn a_grace_period_that_is_not_said_exactly_is_no_change() {
    let same = "09:00 1003 grace=9000\n 09:00:01 12288 state=2 left=9000 hr=0x8007232B\n 09:01 1003 grace=8999";
    assert!(changes(same).is_empty());
    let other = "09:00 12288 state=2 left=9000 hr=0x8007232B\n d2 09:00 12288 state=3 left=9000 hr=0x8007232B";
    assert_eq!(changes(other), ["0 oob-grace to 1 oot-grace"]);
}

#[test]
fn each_product_changes_by_itself_and_one_whose_key_is_gone_begins_anew() {
    let two =
        "09:00 8230\n 09:01 8230 sku=b state=NOTIFICATION\n d2 09:00 8230\n d2 09:01 8230 sku=b";
    assert_eq!(changes(two), ["1 notification to 3 licensed"]);
    assert!(changes("09:00 8230\n 10:00 1018\n 11:00 8230 state=NOTIFICATION").is_empty());
}

#[test]
fn the_newest_twenty_are_kept() {
    let mut text = String::new();
    for day in 1..=25 {
        let state = if day % 2 == 0 {
            "LICENSED"
        } else {
            "NOTIFICATION"
        };
        text.push_str(&format!("d{day} 09:00 8230 state={state}\n"));
    }
    let changes = changes(&text);
    assert_eq!(changes.len(), 20);
    assert_eq!(changes.last().unwrap(), "23 licensed to 24 notification");
}

#[test]
fn what_lies_behind_the_window_has_not_changed_yet() {
    let window = Window {
        since: None,
        until: Some("2026-03-05T00:00:00Z".parse().unwrap()),
    };
    let text = "09:00 1003 licensed=9000\n d9 10:00 1003 notification=0xC004F056";
    assert!(told(&diagnosis_within(text, &window).1).is_empty());
}

#[test]
fn every_part_of_a_state_names_the_newest_event_that_tells_it() {
    let (_, diagnosis) = diagnosis(
        "09:00 902 10.0.1.2\n 09:01 8230 state=NOTIFICATION reason=0xC004F034\n 09:02 12288 hr=0x8007232B\n 09:02:05 8198\n 10:00 12288\n 10:00:01 12289\n 11:00 1003 licensed=259140",
    );
    let product = &diagnosis.products[0];
    let sources = &product.sources;
    assert_eq!(diagnosis.sources.build, Some(0));
    assert_eq!(diagnosis.sources.cmid, Some(4));
    assert_eq!((sources.channel, sources.partial_key), (Some(1), Some(1)));
    assert_eq!(sources.last_failure, Some(3));
    assert_eq!(sources.last_success, Some(5));
    assert_eq!(
        (sources.expires_at, product.state_event),
        (Some(6), Some(6))
    );
    assert_eq!((product.reason, sources.reason), (None, None));
}

#[test]
fn a_reason_is_kept_with_the_event_that_tells_it_while_the_state_is_the_same() {
    let text = "09:00 8230 state=NOTIFICATION reason=0xC004F034\n 09:01 12288 hr=0x8007232B";
    let (_, diagnosis) = diagnosis(text);
    let product = &diagnosis.products[0];
    assert_eq!(product.reason.unwrap().to_string(), "0xC004F034");
    assert_eq!(
        (product.sources.reason, product.state_event),
        (Some(0), Some(1))
    );
}

#[test]
fn the_last_renewal_is_dated_from_the_time_that_is_left() {
    let renewed = |text: &str| {
        let renewal = diagnosis(text).1.products[0].last_renewal;
        renewal.map(|time| time.format("%m-%d %H:%M").to_string())
    };
    // 259,200 minutes are left at the renewal, 259,100 a hundred minutes later.
    assert_eq!(
        renewed("09:00 1003 licensed=259100").as_deref(),
        Some("03-01 07:20")
    );
    assert_eq!(
        renewed("09:00 12288\n 09:00:01 12289\n 09:05 1003 licensed=259196").as_deref(),
        Some("03-01 09:00"),
        "the success itself tells it better than whole minutes"
    );
    assert_eq!(
        renewed("09:00 12288\n 09:00:01 12289\n d8 09:05 1003 licensed=259000").as_deref(),
        Some("03-08 05:45"),
        "a renewal that is not in the log"
    );
    assert_eq!(renewed("09:00 8230 channel=Volume:MAK"), None);
    assert_eq!(renewed("09:00 1003 licensed=6100000"), None);
}

#[test]
fn the_way_of_the_newest_activation_is_told() {
    let way = |text: &str| {
        let way = diagnosis(text).1.products[0].activated_by;
        way.map(crate::diagnosis::ActivatedBy::as_str)
    };
    for (text, expect) in [
        ("09:00 12288\n 09:00:01 12289", "kms"),
        ("09:00 12308", "active-directory"),
        ("09:00 12320", "token"),
        ("09:00 1072", "phone"),
        ("09:00 1013", "online"),
        (
            "09:00 8230 channel=Retail reason=0x4004F401",
            "digital-license",
        ),
        ("09:00 12308\n d2 09:00 12288\n d2 09:00:01 12289", "kms"),
    ] {
        assert_eq!(way(text), Some(expect), "{text}");
    }
    assert_eq!(way("09:00 1003 licensed=259200"), None);
}
