//! The rules of attempts, causes and states, each over a log that reads like one.

use super::LogReach;
use super::notation::{attempts, diagnosis_of_log, products, told};
use insta::assert_snapshot;

#[test]
fn a_request_and_its_answer_are_one_attempt() {
    assert_snapshot!(attempts("
        09:00:01 12288
        09:00:02 12289"), @"01 09:00:01 a succeeded");
}

#[test]
fn hosts_tried_one_after_the_other_are_one_attempt_and_the_answer_decides() {
    assert_snapshot!(attempts("
        09:00:00 12288 hr=0x8007274C host=kms1:1688
        09:00:21 12288 host=kms2:1688
        09:00:22 12289"), @"01 09:00:00 a succeeded");
}

#[test]
fn the_try_that_came_farthest_is_the_cause() {
    assert_snapshot!(attempts("
        09:00:00 12288 hr=0x800706BA host=kms1:1688
        09:00:21 12288 hr=0x8007232B host=
        09:00:22 8198 hr=0xC004F074"), @"01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0x8007232B 0xC004F074 seen");
}

#[test]
fn requests_farther_apart_than_two_minutes_are_two_attempts() {
    assert_snapshot!(attempts("
        09:00:00 12288 hr=0x8007232B host=
        09:01:59 12288 hr=0x8007232B host=
        09:04:00 12288 hr=0x8007232B host="), @"
    01 09:00:00 a failed 0x8007232B <- 0x8007232B seen
    01 09:04:00 a failed 0x8007232B <- 0x8007232B seen
    ");
}

#[test]
fn a_step_back_in_time_counts_as_no_time() {
    assert_snapshot!(attempts("
        d2 09:00:00 12288 hr=0x8007232B host=
        d1 09:00:00 12288 hr=0x8007232B host="), @"02 09:00:00 a failed 0x8007232B <- 0x8007232B seen");
}

#[test]
fn an_outcome_or_a_success_ends_the_attempt_of_its_product_only() {
    assert_snapshot!(attempts("
        09:00:00 12288 sku=a
        09:00:01 12288 sku=b hr=0x800706BA
        09:00:02 12289 for=09:00
        09:00:03 8198 sku=b
        09:00:10 12288 sku=a
        09:00:11 12288 sku=b hr=0x800706BA"), @"
    01 09:00:00 a succeeded
    01 09:00:01 b failed 0xC004F074 <- 0x800706BA 0xC004F074 seen
    01 09:00:10 a unknown
    01 09:00:11 b failed 0x800706BA <- 0x800706BA seen
    ");
}

#[test]
fn an_answer_belongs_to_the_newest_request_of_its_client_time() {
    assert_snapshot!(attempts("
        09:00:00 12288 sku=a
        09:01:00 12288 sku=b
        09:01:30 12289 for=09:00"), @"
    01 09:00:00 a succeeded
    01 09:01:00 b unknown
    ");
}

#[test]
fn a_lone_answer_is_an_attempt_without_a_product() {
    assert_snapshot!(attempts("09:00:00 12289"), @"01 09:00:00 - succeeded");
    assert_snapshot!(attempts("09:00:00 12289 bound=0 count=50"), @"01 09:00:00 - failed seen");
}

#[test]
fn a_count_below_the_need_is_concluded() {
    assert_snapshot!(attempts("
        09:00:00 12288
        09:00:01 12289 bound=0 count=12"), @"01 09:00:00 a failed 0xC004F038 <- 0xC004F038 inferred");
    assert_snapshot!(attempts("
        09:00:00 12288
        09:00:01 12289 bound=0 count=50 flags=0x04000000"), @"01 09:00:00 a failed 0xC004F038 <- 0xC004F038 inferred");
    assert_snapshot!(attempts("
        09:00:00 12288
        09:00:01 12289 hr=0xC004F038 bound=0 count=12
        09:00:02 8198 hr=0xC004F038"), @"01 09:00:00 a failed 0xC004F038 <- 0xC004F038 seen");
    assert_snapshot!(attempts("
        09:00:00 12288
        09:00:01 12289 bound=0 count=50"), @"01 09:00:00 a failed seen");
}

#[test]
fn a_wrapper_without_its_requests_says_why() {
    assert_snapshot!(attempts("09:00 8198 hr=0xC004F074"), @"01 09:00:00 a failed 0xC004F074 <- 0xC004F074 inferred (NoRequests)");
    assert_snapshot!(attempts("
        09:00:00 12288
        09:00:40 8198 hr=0xC004F074"), @"01 09:00:00 a failed 0xC004F074 <- 0xC004F074 inferred (NoAnswer)");
    assert_snapshot!(attempts("
        08:00 8230 channel=Retail state=NOTIFICATION
        09:00 8198 hr=0x80004005"), @"01 09:00:00 a failed 0x80004005 <- 0x80004005 inferred (NotKms)");
}

#[test]
fn a_log_that_cannot_hold_the_requests_makes_the_cause_missing() {
    let text = "09:00 8198 hr=0xC004F074";
    let start = "2026-03-01T08:59:00Z".parse().unwrap();
    let late = LogReach {
        first: Some(start),
        has_information: true,
        is_filtered: false,
        ..LogReach::default()
    };
    assert_snapshot!(told(&diagnosis_of_log(text, late).1), @"01 09:00:00 a failed 0xC004F074 <- 0xC004F074 missing (LogStartsLate)");
    let filtered = LogReach {
        has_information: false,
        is_filtered: false,
        ..LogReach::default()
    };
    assert_snapshot!(told(&diagnosis_of_log(text, filtered).1), @"01 09:00:00 a failed 0xC004F074 <- 0xC004F074 missing (LevelFilter)");
    let damaged = LogReach {
        damaged_chunks: [1].into(),
        has_information: true,
        is_filtered: false,
        ..LogReach::default()
    };
    assert_snapshot!(told(&diagnosis_of_log(text, damaged).1), @"01 09:00:00 a failed 0xC004F074 <- 0xC004F074 missing (DamageNearby)");
}

#[test]
fn a_reminder_that_could_not_be_shown_is_no_attempt() {
    assert_snapshot!(attempts("
        09:00:00 8198 hr=0x8007139F action=NotifyUser
        09:00:01 8198 hr=0x8007139F action=CleanupState"), @"");
}

#[test]
fn two_triggers_side_by_side_are_two_attempts_of_one_cause() {
    assert_snapshot!(attempts("
        09:00:00 12288 hr=0x800706BA
        09:00:05 8198 trigger=UserLogon
        09:00:05.3 8198 trigger=TimerEvent
        09:00:06 8198 trigger=TimerEvent
        09:00:30 8198 trigger=TimerEvent"), @"
    01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen
    01 09:00:05 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen
    01 09:00:30 a failed 0xC004F074 <- 0xC004F074 inferred (NoRequests)
    ");
}

#[test]
fn online_failures_told_three_times_are_one() {
    assert_snapshot!(attempts("
        09:00:00 8200 hr=0xC004C020
        09:00:00 1014 hr=0xC004C020
        09:00:00.2 8198 hr=0xC004C020"), @"01 09:00:00 a failed 0xC004C020 <- 0xC004C020 seen");
    assert_snapshot!(attempts("
        09:00:00 8200 hr=0x80072EE7
        09:00:00 1014 hr=0x80072EE7
        09:00:00.2 8198 hr=0x8007139F action=NotifyUser"), @"01 09:00:00 a failed 0x80072EE7 <- 0x80072EE7 seen");
}

#[test]
fn the_trace_of_a_genuine_check_is_no_attempt() {
    assert_snapshot!(attempts("
        09:00:00 8200 hr=0x80072EE7
        09:00:01 8208 hr=0x80072EE7"), @"");
}

#[test]
fn of_a_burst_only_the_last_code_counts() {
    assert_snapshot!(attempts("
        09:00:00 8233 hr=0x8007267C
        09:00:10 8233 hr=0x8007007B
        09:00:24 8233 hr=0x8007007B
        09:00:40 8233 hr=0x8007007B"), @"
    01 09:00:00 a failed 0x8007007B <- 0x8007007B seen
    01 09:00:40 a failed 0x8007007B <- 0x8007007B seen
    ");
    assert_snapshot!(attempts("
        09:00:00 12288 hr=0x8007232B host=
        09:00:01 8233 hr=0xC004F074
        09:00:02 8198 hr=0xC004F074"), @"01 09:00:00 a failed 0xC004F074 <- 0x8007232B 0xC004F074 seen");
}

#[test]
fn windows_7_outcomes_without_a_product_end_the_open_attempt() {
    assert_snapshot!(attempts("
        08:00:00 902 6.1.7601.17514
        09:00:00 12288 hr=0x8007232B host=
        09:00:01 8198 action=none hr=0x8007232B
        10:00:00 8196 0xC004F200:"), @"
    01 09:00:00 a failed 0x8007232B <- 0x8007232B seen
    01 10:00:00 - failed 0xC004F200 <- 0xC004F200 inferred (NoRequests)
    ");
}

#[test]
fn on_windows_8_and_newer_8195_is_no_outcome() {
    assert_snapshot!(attempts("
        09:00:00 8195 0x80070005
        09:01:00 902 10.0.19041.1266"), @"");
}

#[test]
fn active_directory_first_then_kms_is_one_attempt() {
    assert_snapshot!(attempts("
        09:00:00 8213 0x80070005 x
        09:00:01 12288
        09:00:02 12289
        10:00:00 8215 hr=0x80070005"), @"
    01 09:00:00 a succeeded
    01 10:00:00 a failed 0x80070005 <- 0x80070005 seen
    ");
}

#[test]
fn a_failure_is_cured_by_a_later_success() {
    assert_snapshot!(attempts("
        09:00 12288 hr=0x800706BA
        09:01 8198
        11:00 12288
        11:00:01 12289"), @"
    01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen cured
    01 11:00:00 a succeeded
    ");
}

#[test]
fn a_licensed_status_cures_a_first_activation_and_no_renewal() {
    assert_snapshot!(attempts("
        09:00 12288 hr=0x800706BA state=5
        09:01 8198
        11:00 1003 licensed=259000"), @"01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen cured");
    assert_snapshot!(attempts("
        09:00 12288 hr=0x800706BA state=1 left=249120
        09:01 8198 action=AutoActivateSilent
        11:00 1003 licensed=249000"), @"01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen");
    assert_snapshot!(attempts("
        09:00 12288 hr=0x800706BA state=1 left=249120
        09:01 8198 action=AutoActivateSilent
        d2 11:00 1003 licensed=259199"), @"01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen cured");
}

#[test]
fn states_follow_the_newest_evidence() {
    assert_snapshot!(products("
        09:00 12288
        09:00:01 12289"), @"a activated licensed 180 days");
    assert_snapshot!(products("09:00 1003 notification=0xC004F056"), @"a failing by state notification no end");
    assert_snapshot!(products("09:00 1003 notification=0xC004F034"), @"a failing by state notification no end 0xC004F034");
    assert_snapshot!(products("09:00 1003 grace=43200"), @"a unknown in-grace 30 days");
    assert_snapshot!(products("
        09:00 8230 end=10
        d20 09:00 900"), @"a failing by state licensed -9 days");
}

#[test]
fn a_notification_before_a_first_activation_leaves_nothing_behind() {
    assert_snapshot!(products("
        09:00 8230 state=NOTIFICATION reason=0xc004f056
        09:01 12288
        09:01:01 12289"), @"a activated licensed 180 days");
}

#[test]
fn a_failed_attempt_keeps_its_cause_when_the_state_lapses() {
    assert_snapshot!(products("
        09:00 12288 hr=0x800706BA
        09:01 8198
        10:00 1003 notification=0xC004F034"), @"a failing notification no end 0x800706BA");
}

#[test]
fn a_leftover_trial_beside_a_licensed_product_is_no_failure() {
    assert_snapshot!(products("
        09:00 8230 sku=a state=LICENSED
        09:01 8230 sku=b state=NOTIFICATION reason=0xc004f009"), @"
    a activated licensed no end
    b unknown notification no end
    ");
}

#[test]
fn a_product_whose_key_is_gone_is_left_out_and_its_failures_are_cured() {
    let text = "
        09:00 12288 sku=a hr=0x800706BA
        09:01 8198 sku=a
        10:00 1018 sku=a
        10:01 1003 sku=b licensed=259200";
    assert_snapshot!(products(text), @"b activated licensed 180 days");
    assert_snapshot!(attempts(text), @"01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen cured");
    assert_snapshot!(products("
        09:00 8230 sku=a state=NOTIFICATION reason=0xc004f056
        10:01 1003 sku=b licensed=259200"), @"b activated licensed 180 days");
}

#[test]
fn what_was_long_before_a_step_back_is_not_near() {
    assert_snapshot!(attempts("
        d2 09:00:00 8233 hr=0x8007007B
        d2 10:00:00 8233 hr=0x8007007B
        d2 11:00:00 8233 hr=0x8007007B
        d1 08:00:00 900
        d1 08:30:00 8198 hr=0x80070005"), @"
    02 09:00:00 a failed 0x8007007B <- 0x8007007B seen
    02 10:00:00 a failed 0x8007007B <- 0x8007007B seen
    02 11:00:00 a failed 0x8007007B <- 0x8007007B seen
    01 08:30:00 a failed 0x80070005 <- 0x80070005 seen
    ");
}

#[test]
fn a_report_once_more_is_known_behind_one_with_another_trigger() {
    assert_snapshot!(attempts("
        09:00:00 12288 hr=0x800706BA
        09:00:01 8198 trigger=UserLogon
        09:00:02 8198 trigger=TimerEvent
        09:00:03 8198 trigger=UserLogon"), @"
    01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen
    01 09:00:02 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen
    ");
    assert_snapshot!(attempts("
        08:00:00 902 6.1.7601.17514
        09:00:00 12288 hr=0x8007232B host=
        09:00:01 8198 action=none hr=0x8007232B
        09:00:02 8198 action=none hr=0x8007232B"), @"01 09:00:00 a failed 0x8007232B <- 0x8007232B seen");
}

#[test]
fn an_outcome_without_tries_takes_over_those_of_the_one_it_repeats() {
    assert_snapshot!(attempts("
        09:00:00 12288 hr=0x800706BA
        09:00:01 8233
        09:00:01.2 8198 trigger=UserLogon
        09:00:02 8233
        09:00:02.2 8198 trigger=TimerEvent"), @"
    01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen
    01 09:00:02 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen
    ");
    // Records of its own that tell more are kept.
    assert_snapshot!(attempts("
        09:00:00 12288 hr=0x800706BA
        09:00:01 8198 trigger=UserLogon
        09:00:02 8200 hr=0x80072EE7
        09:00:02.2 8198 trigger=TimerEvent"), @"
    01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen
    01 09:00:02 a failed 0xC004F074 <- 0x80072EE7 0xC004F074 seen
    ");
}

#[test]
fn an_8200_joins_the_next_8198_whatever_is_open() {
    assert_snapshot!(attempts("
        09:00:00 12288 hr=0x800706BA
        09:00:01 8200 hr=0x80072EE7
        09:00:02 8198"), @"01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0x80072EE7 0xC004F074 seen");
    assert_snapshot!(attempts("
        09:00:00 8200 hr=0x80072EE7
        09:00:01 8200 hr=0x80072EE7
        09:00:02 1014
        09:00:02.1 8198 hr=0x80072EE7"), @"01 09:00:00 a failed 0x80072EE7 <- 0x80072EE7 seen");
}

#[test]
fn hosts_tried_within_a_burst_are_tries_of_its_attempt() {
    assert_snapshot!(attempts("
        09:00:00 12288 hr=0x8007232B host=
        09:00:01 8233
        09:00:05 12288 hr=0x800706BA
        09:00:06 8233"), @"01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0x8007232B 0xC004F074 seen");
    assert_snapshot!(attempts("
        09:00:00 12288 hr=0x8007232B host=
        09:00:01 8198
        09:00:05 12288 hr=0x800706BA
        09:00:06 8198"), @"01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0x8007232B 0xC004F074 seen");
}

#[test]
fn an_answer_that_does_not_say_whether_it_activated_is_no_success() {
    assert_snapshot!(attempts("
        09:00:00 12288
        09:00:01 12289 bound=x"), @"01 09:00:00 a unknown");
    assert_snapshot!(attempts("09:00:00 12309 x"), @"01 09:00:00 - unknown");
}

#[test]
fn the_first_request_tells_the_state_before_also_behind_a_lone_answer() {
    assert_snapshot!(attempts("
        08:00:00 8230 end=200
        09:00:00 12289 bound=0 for=08:00
        09:00:01 12288 hr=0x800706BA state=5
        09:00:02 8198
        09:00:30 1003 licensed=200000"), @"01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen cured");
}

#[test]
fn a_license_of_a_key_that_was_removed_is_none_before_an_attempt() {
    assert_snapshot!(attempts("
        08:00 8230 end=200
        08:30 1018
        09:00 8198 hr=0x80070005
        10:00 1003 licensed=100000"), @"01 09:00:00 a failed 0x80070005 <- 0x80070005 seen cured");
}

#[test]
fn requests_and_answers_of_several_products_in_one_minute_pair_from_the_newest() {
    assert_snapshot!(attempts("
        09:00:00 12288 sku=a
        09:00:01 12288 sku=b
        09:00:02 12289 bound=0 count=3
        09:00:03 12289"), @"
    01 09:00:00 a succeeded
    01 09:00:01 b failed 0xC004F038 <- 0xC004F038 inferred
    ");
    // Without a client time to go by, too; and not after two minutes.
    assert_snapshot!(attempts("
        09:00:00 12288 sku=a
        09:00:01 12288 sku=b
        09:00:02 12289 for=?
        09:01:59 12289 for=?
        09:10:00 12288 sku=a
        09:12:01 12289 for=?"), @"
    01 09:00:00 a succeeded
    01 09:00:01 b succeeded
    01 09:10:00 a unknown
    01 09:12:01 - succeeded
    ");
}

#[test]
fn a_success_is_judged_at_its_own_record_whatever_is_reported_behind_it() {
    let text = "
        09:00:00 12288
        09:00:30 8198
        09:00:31 12289 for=09:00
        09:00:32 8198";
    assert_snapshot!(attempts(text), @"01 09:00:00 a succeeded");
    assert_snapshot!(products(text), @"a activated licensed 179 days");
}

#[test]
fn a_list_with_a_line_that_cannot_be_read_takes_no_product_away() {
    assert_snapshot!(products("
        09:00 8230 sku=a state=LICENSED
        10:00 1003 sku=b licensed=259200 cut=yes"), @"
    a activated licensed no end
    b activated licensed 180 days
    ");
}

#[test]
fn an_end_that_cannot_be_read_is_not_no_end() {
    let text = |end: &str| {
        format!(
            "09:00 12288 hr=0x800706BA state=1 left=249120
             09:01 8198 action=AutoActivateSilent
             10:00 8230 state=LICENSED;{end}"
        )
    };
    assert_snapshot!(attempts(&text("x=1")), @"01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen cured");
    assert_snapshot!(attempts(&text("GraceEndDate=soon")), @"01 09:00:00 a failed 0xC004F074 <- 0x800706BA 0xC004F074 seen");
}
