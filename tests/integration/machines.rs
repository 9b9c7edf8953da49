//! One machine over several logs, and several machines of one name.

use serde_json::Value;
use xtask::recipe::Recipe;

use crate::support::program::{run_in, said};

const FAILED_REQUEST: &str = "12288 0x800706BA, 0x00000000, kms01.contoso.com:1688, \
     0c8d6a51-4f0b-4f5e-b0ea-0f1b6f0f8d21, $now, 0, 5, 0, $W10ENT, 25";
const WRAPPER: &str = "8198 hr=0xC004F074 | $first{$W10ENT,TimerEvent}";

/// A log that begins with a number.
fn log(computer: &str, first: u64, events: &[&str]) -> Recipe {
    let mut recipe = Recipe::of_events(computer, &events.join("\n"));
    recipe.first_number = first;
    recipe
}

/// The report over logs that are named a.evtx, b.evtx and so on. What is told of machines is the same
/// from the rows of these logs.
fn report(logs: &[Recipe], arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    for (name, log) in ('a'..='z').zip(logs) {
        let path = folder.path().join(format!("logs/{name}.evtx"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, log.own_bytes().unwrap()).unwrap();
    }
    let report = |path: &str| {
        let mut all = vec!["report", path, "-f", "json", "--generated-at", "2026-12-01"];
        all.extend(arguments);
        run_in(folder.path(), all).json()
    };
    let from_logs = report("logs");
    let mut formats = vec!["ndjson"];
    if cfg!(feature = "parquet") {
        formats.push("parquet");
    }
    for format in formats {
        let to = format!("{format}-rows");
        let by = ["--partition-by", "day"];
        let mut all = vec!["events", "logs", "-f", format, "-o", &to];
        all.extend(by.iter().chain(arguments));
        assert_eq!(run_in(folder.path(), all).code, 0);
        assert_eq!(
            said(report(&to)),
            said(from_logs.clone()),
            "from rows as {format}"
        );
    }
    from_logs
}

/// What a report says of its first finding.
fn finding(report: &Value) -> (&str, &str) {
    let finding = &report["findings"][0];
    (
        finding["id"].as_str().unwrap(),
        finding["confidence"].as_str().unwrap(),
    )
}

fn computers(report: &Value) -> Vec<&str> {
    let machines = report["machines"].as_array().unwrap().iter();
    machines
        .map(|machine| machine["computer"].as_str().unwrap())
        .collect()
}

#[test]
fn a_live_log_reaches_back_as_far_as_its_archive() {
    let archive = || {
        log(
            "PC1",
            1,
            &[
                "2026-05-04 08:00:00.000 902 10.0.19041.1266",
                "2026-05-11 08:10:00.000 902 10.0.19041.1266",
            ],
        )
    };
    let live = |first| {
        let outcome = format!("2026-05-11 08:10:09.700 {WRAPPER}");
        log(
            "PC1",
            first,
            &["2026-05-11 08:10:05.900 902 10.0.19041.1266", &outcome],
        )
    };
    let alone = report(&[live(3)], &[]);
    assert_eq!(finding(&alone), ("0xC004F074", "missing"));
    let both = report(&[live(3), archive()], &[]);
    assert_eq!(finding(&both), ("0xC004F074", "inferred"));
    // Between the two there are records that nobody has.
    let apart = report(&[live(4), archive()], &[]);
    assert_eq!(finding(&apart), ("0xC004F074", "missing"));
}

#[test]
fn numbers_of_records_that_are_not_of_activation_join_an_archive_and_its_log() {
    let archive = log(
        "PC1",
        1,
        &[
            "2026-05-04 08:00:00.000 902 10.0.19041.1266",
            "2026-05-11 08:10:00.000 902 10.0.19041.1266",
            "2026-05-11 08:10:03.000 security-center/15 Windows Defender | ON",
        ],
    );
    let outcome = format!("2026-05-11 08:10:09.700 {WRAPPER}");
    let live = log(
        "PC1",
        4,
        &["2026-05-11 08:10:05.900 902 10.0.19041.1266", &outcome],
    );
    let both = report(&[live, archive], &[]);
    assert_eq!(finding(&both), ("0xC004F074", "inferred"));
}

#[test]
fn a_log_with_gaps_is_joined_to_one_that_has_what_it_lacks() {
    let export = |between: &str| {
        log(
            "PC1",
            1,
            &[
                "2026-05-04 08:00:00.000 902 10.0.19041.1266",
                between,
                "2026-05-11 08:10:05.900 902 10.0.19041.1266",
            ],
        )
    };
    let lost = "2026-05-11 08:10:05.000 902 10.0.19041.1266";
    let outcome = format!("2026-05-11 08:10:09.700 {WRAPPER}");
    let live = || {
        let same = "2026-05-11 08:10:05.900 902 10.0.19041.1266";
        log("PC1", 2, &[lost, same, &outcome])
    };
    let with_a_gap = report(&[live(), export("@skip-ids 1")], &[]);
    assert_eq!(finding(&with_a_gap), ("0xC004F074", "inferred"));
    // Where the export holds something else under this number, it is another log's.
    let of_another = export("2026-05-11 08:10:04.000 security-center/15 Windows Defender | ON");
    let apart = report(&[live(), of_another], &[]);
    assert_eq!(finding(&apart), ("0xC004F074", "missing"));
}

#[test]
fn an_attempt_that_the_end_of_a_log_cuts_comes_out_whole() {
    let request = format!("2026-05-11 08:10:00.000 {FAILED_REQUEST}");
    let outcome = format!("2026-05-11 08:10:01.000 {WRAPPER}");
    let whole = report(&[log("PC1", 1, &[&request, &outcome])], &[]);
    let cut = report(
        &[log("PC1", 2, &[&outcome]), log("PC1", 1, &[&request])],
        &[],
    );
    assert_eq!(finding(&cut), ("0x800706BA", "seen"));
    for part in ["kms_hosts", "timeline"] {
        assert_eq!(cut[part], whole[part], "{part}");
    }
    assert_eq!(
        said(cut.clone())["machines"][0]["products"],
        said(whole)["machines"][0]["products"]
    );
}

#[test]
fn a_record_that_stands_locally_and_forwarded_counts_once() {
    let request = format!("2026-05-11 08:10:00.000 {FAILED_REQUEST}");
    let outcome = format!("2026-05-11 08:10:01.000 {WRAPPER}");
    let local = || log("PC1.contoso.com", 500, &[&request, &outcome]);
    let forwarded = log(
        "PC1.contoso.com",
        1,
        &[
            "@writer collector rendered",
            "@record-ids 500",
            &request,
            "@computer PC2.contoso.com",
            "@record-ids 70",
            "2026-05-11 08:10:00.500 902 10.0.19041.1266",
            "@computer PC1.contoso.com",
            &outcome,
        ],
    );
    let both = report(&[local(), forwarded], &[]);
    assert_eq!(computers(&both), ["PC1.contoso.com", "PC2.contoso.com"]);
    assert_eq!(both["inputs"]["duplicates"], 2);
    assert_eq!(both["inputs"]["activation_events"], 3);
    assert_eq!(both["machines"][0], report(&[local()], &[])["machines"][0]);
}

#[test]
fn machines_that_are_known_by_a_setup_name_alone_stay_two() {
    let one = |time: &str| {
        let request = format!("2026-05-11 {time} {FAILED_REQUEST}");
        log("MINWINPC", 1, &[&request])
    };
    let both = report(&[one("08:10:00.000"), one("09:10:00.000")], &[]);
    assert_eq!(computers(&both), ["MINWINPC", "MINWINPC"]);
    assert_eq!(both["summary"]["attempts_failed"], 2);
}

#[test]
fn numbers_that_stand_for_other_events_elsewhere_are_told() {
    let one = |time: &str| {
        let event = format!("2026-05-11 {time} 902 10.0.19041.1266");
        log("PC1", 1, &[&event])
    };
    let logs = || [one("08:10:00.000"), one("09:10:00.000")];
    for (language, part) in [
        ("en", "stand for other events in logs/b.evtx"),
        ("zh-CN", "在 logs/b.evtx 中对应不同的事件"),
    ] {
        let both = report(&logs(), &["--lang", language]);
        assert_eq!(computers(&both), ["PC1"]);
        let notes = both["inputs"]["notes"].as_array().unwrap();
        assert_eq!(notes.len(), 2);
        let text = notes[0]["note"].as_str().unwrap().replace('\\', "/");
        assert!(text.contains(part), "{text}");
    }
}
