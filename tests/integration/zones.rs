//! `--tz`, end to end: people are told times in a zone, programs in UTC.

use crate::support::program::{log, run};

fn told(format: &str, zone: &[&str], paths: &[&str]) -> String {
    let mut arguments = vec![
        "report",
        "-f",
        format,
        "--generated-at",
        "2026-01-01",
        "--lang",
        "en",
    ];
    arguments.extend_from_slice(zone);
    let paths: Vec<_> = paths.iter().map(|name| log(name)).collect();
    arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
    run(arguments).stdout
}

#[test]
fn people_are_told_times_in_the_zone_and_its_name() {
    for format in ["text", "markdown", "html"] {
        let text = told(format, &["--tz", "asia/shanghai"], &["healthy-client"]);
        assert!(text.contains("Last record (Asia/Shanghai)"), "{text}");
        assert!(text.contains("(Asia/Shanghai, UTC+08:00)"), "{text}");
        // Days stay UTC days, and say so.
        assert!(!text.replace("Day (UTC)", "").contains("(UTC)"), "{text}");
        assert!(
            text.contains("2026-01-01 08:00:00"),
            "the time of making: {text}"
        );
    }
}

#[test]
fn what_programs_read_is_utc_in_any_zone() {
    let zone = ["--tz", "America/New_York"];
    let plain = told("json", &[], &["dns-no-record"]);
    let zoned = told("json", &zone, &["dns-no-record"]);
    // They differ in the arguments, which are told.
    let said = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| !line.contains("\"--tz\"") && !line.contains("America/New_York"))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(said(&plain), said(&zoned));
    assert!(zoned.contains("America/New_York"));
    let rows = |zone: &[&str]| {
        let path = log("dns-no-record");
        let mut arguments = vec!["events", "-f", "csv", path.to_str().unwrap()];
        arguments.extend_from_slice(zone);
        run(arguments).stdout
    };
    assert_eq!(rows(&[]), rows(&zone));
}

#[test]
fn the_table_of_events_names_its_zone() {
    let path = log("dns-no-record");
    let path = path.to_str().unwrap();
    let table = |zone: &[&str]| {
        let mut arguments = vec!["events", "--lang", "en", path];
        arguments.extend_from_slice(zone);
        run(arguments).stdout
    };
    assert!(table(&[]).contains("Time (UTC)"));
    let text = table(&["--tz=-03:30"]);
    assert!(text.contains("Time (UTC-03:30)"), "{text}");
    assert!(!text.contains("(UTC)"), "{text}");
}

#[test]
fn a_zone_that_is_none_is_a_wrong_command_line() {
    let path = log("healthy-client");
    let run = run(["report", "--tz", "Berlin", path.to_str().unwrap()]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("Europe/Berlin"), "{}", run.stderr);
    assert!(run.stdout.is_empty());
}
