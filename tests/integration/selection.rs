//! Selection and view: what a report is about, and what of it is listed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::Value;
use spptriage::catalog::{Catalog, Language, Severity};
use spptriage::fleet::{
    ConcludeOptions, ScanOptions, Selection, Summary, TimeBound, Triage, conclude, scan,
};
use spptriage::input::{DiscoverOptions, discover};
use spptriage::report::{ReportOptions, View, build};

use crate::support::program::{Run, fixtures, log, run};

fn logs() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(fixtures().join("logs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

fn scanned(paths: &[PathBuf]) -> Summary {
    let sources = discover(paths, &DiscoverOptions::default()).sources;
    scan(sources, &ScanOptions::default())
}

fn selected(summary: &Summary, selection: &Selection) -> Triage {
    let options = ConcludeOptions {
        selection: selection.clone(),
        ..ConcludeOptions::default()
    };
    conclude(summary.clone(), &Catalog::builtin(), &options)
}

fn report(triage: &Triage, view: &View) -> Value {
    let options = ReportOptions {
        view: view.clone(),
        ..ReportOptions::new(Language::En, DateTime::UNIX_EPOCH)
    };
    serde_json::to_value(build(triage, &Catalog::builtin(), &options)).unwrap()
}

/// Every sound fixture, read once.
fn all() -> &'static Summary {
    static ALL: OnceLock<Summary> = OnceLock::new();
    ALL.get_or_init(|| scanned(&logs()))
}

/// Every sound fixture, concluded once without a selection.
fn whole() -> &'static (Triage, Value) {
    static WHOLE: OnceLock<(Triage, Value)> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let triage = selected(all(), &Selection::default());
        let report = report(&triage, &View::default());
        (triage, report)
    })
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn since(text: &str) -> Selection {
    Selection {
        since: Some(TimeBound::At(time(text))),
        ..Selection::default()
    }
}

fn until(text: &str) -> Selection {
    Selection {
        until: Some(TimeBound::At(time(text))),
        ..Selection::default()
    }
}

fn computers(patterns: &[&str]) -> Selection {
    Selection {
        computers: patterns.iter().map(|p| p.parse().unwrap()).collect(),
        ..Selection::default()
    }
}

/// A program's run over a fixture.
fn of(command: &str, name: &str, options: &[&str]) -> Run {
    let path = log(name);
    let path = path.to_str().unwrap();
    let fixed: &[&str] = match command {
        "report" => &["report", "--generated-at", "2026-01-01", path],
        other => &[other, path],
    };
    run(fixed.iter().chain(options))
}

fn json(name: &str, options: &[&str]) -> Value {
    let options: Vec<&str> = ["-f", "json"].iter().chain(options).copied().collect();
    of("report", name, &options).json()
}

fn rows(name: &str, options: &[&str]) -> Vec<Value> {
    let options: Vec<&str> = ["-f", "ndjson"].iter().chain(options).copied().collect();
    let run = of("events", name, &options);
    run.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|row: &Value| row["row"] == "event")
        .collect()
}

fn texts(list: &Value, key: &str) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|item| item[key].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_selection_of_everything_is_no_selection() {
    let (_, expect) = whole();
    for selection in [
        computers(&["*"]),
        computers(&["nobody", "*"]),
        since("1601-01-01T00:00:00Z"),
        until("9999-12-31T23:59:59Z"),
        Selection {
            since: Some(TimeBound::Before(TimeDelta::days(36_500))),
            until: Some(TimeBound::Before(TimeDelta::zero())),
            ..Selection::default()
        },
    ] {
        let told = report(&selected(all(), &selection), &View::default());
        assert!(told == *expect, "{selection:?}");
    }
}

#[test]
fn computers_are_selected_by_any_of_their_names() {
    for (pattern, expect) in [
        ("pc-1001", vec!["PC-1001.contoso.com"]),
        (
            "PC-100?.contoso.com",
            vec!["PC-1002.contoso.com", "PC-1001.contoso.com"],
        ),
        ("srv*", vec!["SRV-1003.contoso.com"]),
        ("nobody", vec![]),
    ] {
        let told = json("forwarded", &["--computer", pattern]);
        assert_eq!(texts(&told["machines"], "computer"), expect, "{pattern}");
        assert_eq!(told["inputs"]["activation_events"], 33, "{pattern}");
        assert_eq!(told["as_of"], "2026-03-16T08:00:40.500Z", "{pattern}");
    }
    // Its first name is a name of it as well, and every event of it goes along.
    let told = json("renamed-machine", &["--computer", "win-*"]);
    assert_eq!(
        texts(&told["machines"], "computer"),
        ["PC-0815.contoso.com"]
    );
    let all = rows("renamed-machine", &[]).len();
    assert_eq!(rows("renamed-machine", &["--computer", "win-*"]).len(), all);
    let of_one = rows(
        "forwarded",
        &["--computer", "pc-1001", "--computer", "srv*"],
    );
    let names: BTreeSet<&str> = of_one
        .iter()
        .map(|row| row["computer"].as_str().unwrap())
        .collect();
    assert_eq!(
        names.into_iter().collect::<Vec<_>>(),
        ["PC-1001.contoso.com", "SRV-1003.contoso.com"]
    );
}

/// What was read, without the sentences that also tell what is left out.
fn inputs(report: &Value) -> Value {
    let mut inputs = report["inputs"].clone();
    inputs["explanation"] = Value::Null;
    inputs
}

#[test]
fn every_part_of_a_report_is_of_the_selected_time() {
    // Two failures, then a success; the first request of the second stands 20 s before its outcome.
    let name = "blocked-port-cured";
    let then = json(name, &["--until", "2026-03-10T07:55:30Z"]);
    let machine = &then["machines"][0];
    assert_eq!(then["as_of"], "2026-03-10T07:55:30Z");
    assert_eq!(then["period"]["last"], "2026-03-10T07:55:30Z");
    assert_eq!(machine["last_seen"], "2026-03-10T07:55:30Z");
    assert_eq!(machine["status"], "failing");
    assert_eq!(machine["root_cause"], "0x800706BA");
    assert_eq!(then["summary"]["attempts"], 2);
    assert_eq!(then["summary"]["attempts_failed"], 2);
    assert_eq!(then["timeline"].as_array().unwrap().len(), 2);
    assert_eq!(then["kms_hosts"][0]["answers"], 0);
    assert_eq!(then["findings"][0]["status"], "active");
    assert_eq!(
        machine["recent_attempts"][1]["records"][2]["time"], "2026-03-10T07:55:43.900Z",
        "an attempt that began in time is told with its end"
    );
    let whole = json(name, &[]);
    assert_eq!(
        machine["recent_attempts"][1],
        whole["machines"][0]["recent_attempts"][1]
    );
    assert_eq!(inputs(&then), inputs(&whole));

    let later = json(name, &["--since", "2026-03-10T07:55:30Z"]);
    let machine = &later["machines"][0];
    assert_eq!(later["as_of"], whole["as_of"]);
    assert_eq!(later["period"]["first"], "2026-03-10T07:55:30Z");
    assert_eq!(machine["status"], "activated");
    assert_eq!(machine["products"], whole["machines"][0]["products"]);
    assert_eq!(machine["first_seen"], whole["machines"][0]["first_seen"]);
    assert_eq!(later["summary"]["attempts"], 1);
    assert_eq!(later["summary"]["attempts_failed"], 0);
    assert_eq!(later["timeline"].as_array().unwrap().len(), 1);
    assert_eq!(later["kms_hosts"][0]["requests"], 1);
    assert!(later["findings"].as_array().unwrap().is_empty());
    assert_eq!(inputs(&later), inputs(&whole));

    // A time before everything, and one behind everything.
    let none = json(name, &["--until", "2026-03-01"]);
    assert_eq!(none["period"], Value::Null);
    assert_eq!(none["summary"]["machines"], 0);
    assert_eq!(
        none["summary"]["headline"],
        "The only machine is not in the selection"
    );
    let none = json(name, &["--since", "2026-04-01"]);
    assert_eq!(none["period"], Value::Null);
    assert_eq!(none["machines"][0]["status"], "activated");
    assert_eq!(none["machines"][0]["attempts"], 0);
}

#[test]
fn machines_that_only_come_later_are_told_apart_from_those_that_are_not_meant() {
    let selection = Selection {
        computers: vec!["PC-*".parse().unwrap()],
        ..until("2026-03-20T00:00:00Z")
    };
    let triage = selected(all(), &selection);
    let (told, everything) = (&triage.selected, &whole().0.fleet.machines);
    let is_meant = |machine: &&spptriage::diagnosis::Machine| {
        let names = std::iter::once(&machine.computer).chain(&machine.aliases);
        selection.has_computer(names.map(String::as_str))
    };
    let meant = everything.iter().filter(is_meant).count() as u64;
    let here = triage.fleet.machines.len() as u64;
    assert!(told.later_machines > 0 && told.machines_left_out > 0);
    assert_eq!(here + told.later_machines, meant);
    assert_eq!(meant + told.machines_left_out, everything.len() as u64);
    let report = report(&triage, &View::default());
    let explanation = report["inputs"]["explanation"].to_string();
    let words = format!(
        "{} machines have no activation event from before that",
        told.later_machines
    );
    assert!(explanation.contains(&words), "{explanation}");
    assert!(!explanation.contains("0 attempts"), "{explanation}");
}

#[test]
fn a_failure_that_began_before_and_goes_on_is_told_and_not_counted() {
    let name = "renewal-fails-licensed";
    let whole = json(name, &[]);
    let told = json(name, &["--since", "2026-06-02"]);
    assert_eq!(told["summary"]["machines_failing"], 1);
    assert_eq!(told["summary"]["machines_failing_licensed"], 1);
    assert_eq!(told["summary"]["attempts"], 0);
    assert_eq!(told["summary"]["headline"], whole["summary"]["headline"]);
    let (finding, of_whole) = (&told["findings"][0], &whole["findings"][0]);
    assert_eq!(finding["attempts"], 0);
    assert_eq!(finding["outcomes"], serde_json::json!({}));
    assert_eq!(finding["last_seen"], of_whole["last_seen"]);
    for same in [
        "id",
        "status",
        "severity",
        "confidence",
        "causes",
        "steps",
        "kms_hosts",
    ] {
        assert_eq!(finding[same], of_whole[same], "{same}");
    }
    let lines: Vec<&str> = told["inputs"]["explanation"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("3 attempts that began before 2026-06-02 00:00:00")),
        "{lines:?}"
    );
}

#[test]
fn relative_times_count_back_from_the_newest_record_of_the_input() {
    // The newest record is of 2026-03-16T08:00:40.5; the others' last ones lie before.
    let told = json("forwarded", &["--since", "7d"]);
    assert_eq!(told["summary"]["attempts"], 3);
    let told = json("forwarded", &["--since", "169h", "--until", "1d"]);
    assert_eq!(told["as_of"], "2026-03-15T08:00:40Z");
    assert_eq!(told["summary"]["attempts"], 3);
    assert_eq!(told["timeline"][0]["date"], "2026-03-09");
    let told = json("forwarded", &["--since", "1d", "--now", "2026-03-10"]);
    assert_eq!(told["period"]["first"], "2026-03-09T00:00:00Z");
}

#[test]
fn what_a_kms_host_served_is_counted_in_the_selected_time() {
    let whole = json("kms-host", &[]);
    let told = json(
        "kms-host",
        &["--since", "2026-03-16T08:00:00Z", "--until", "2026-03-17"],
    );
    let requests = |report: &Value| -> u64 {
        let clients = report["kms_clients"].as_array().unwrap().iter();
        clients.map(|c| c["requests"].as_u64().unwrap()).sum()
    };
    assert!(requests(&told) < requests(&whole));
    for client in told["kms_clients"].as_array().unwrap() {
        assert!(client["first"].as_str().unwrap() >= "2026-03-16T08");
        assert!(client["last"].as_str().unwrap() <= "2026-03-18");
    }
    // A clock that is still wrong is told by its newest record.
    let told = json("kms-host", &["--since", "2026-03-17"]);
    assert_eq!(told["findings"][0]["id"], "clock-skew");
    assert_eq!(told["findings"][0]["events"], 1);
}

#[test]
fn rows_go_with_their_attempt_and_else_by_their_time() {
    let name = "blocked-port-cured";
    let all = rows(name, &[]);
    let cut = "2026-03-10T07:55:30Z";
    let (before, behind) = (rows(name, &["--until", cut]), rows(name, &["--since", cut]));
    assert_eq!(before.len() + behind.len(), all.len());
    for (part, is_before) in [(&before, true), (&behind, false)] {
        for row in part {
            assert!(all.contains(row));
            if row["attempt"].is_null() {
                assert_eq!(row["time"].as_str().unwrap() <= cut, is_before, "{row}");
            }
        }
    }
    let outcome = before.last().unwrap();
    assert_eq!(outcome["time"], "2026-03-10T07:55:43.900Z");
    let of = |rows: &[Value]| -> BTreeSet<String> {
        let attempts = rows.iter().filter_map(|row| row["attempt"].as_str());
        attempts.map(str::to_owned).collect()
    };
    assert!(of(&before).is_disjoint(&of(&behind)));
    assert_eq!(of(&before).len() + of(&behind).len(), 3);
}

#[test]
fn a_view_lists_what_holds_a_code_an_event_or_fails() {
    let listed = |options: &[&str]| {
        let told = json("forwarded", options);
        (
            texts(&told["findings"], "id").join(" "),
            texts(&told["machines"], "computer").join(" "),
        )
    };
    let told = |findings: &str, machines: &str| (findings.to_owned(), machines.to_owned());
    let (pc, srv) = ("PC-1002.contoso.com", "SRV-1003.contoso.com");
    assert_eq!(listed(&["--code", "8007232B"]), told("0x8007232B", pc));
    assert_eq!(
        listed(&["--code", "RPC_S_SERVER_UNAVAILABLE"]),
        told("0x800706BA", srv)
    );
    let both = told("0x800706BA 0x8007232B", &format!("{pc} {srv}"));
    assert_eq!(listed(&["--code", "-1073418124"]), both, "as an outcome");
    assert_eq!(listed(&["--code", "0x800706BA,0x8007232B"]), both);
    assert_eq!(listed(&["--only-failing"]), both);
    let failing = format!("{pc} {srv} PC-1001.contoso.com");
    assert_eq!(listed(&["--event", "8198"]), both);
    assert_eq!(
        listed(&["--event", "12289"]).1,
        "PC-1001.contoso.com",
        "only one was answered"
    );
    assert_eq!(listed(&["--severity", "critical"]), told("", &failing));
    assert_eq!(
        listed(&["--code", "8007232B", "--event", "12289"]),
        told("", "")
    );

    for row in rows("forwarded", &["--code", "8007232B"]) {
        assert_eq!(row["hresults"][0]["code"], "0x8007232B");
    }
    let ids: BTreeMap<u64, usize> = rows("forwarded", &["--event", "8198,12289", "--event", "902"])
        .iter()
        .map(|row| row["event_id"].as_u64().unwrap())
        .fold(BTreeMap::new(), |mut ids, id| {
            *ids.entry(id).or_default() += 1;
            ids
        });
    assert!(ids.keys().all(|id| [8198, 12289, 902].contains(id)) && ids.len() >= 2);
    assert!(
        rows("forwarded", &["--only-failing"])
            .iter()
            .all(|row| row["computer"] != "PC-1001.contoso.com")
    );
    assert!(
        rows("forwarded", &["--severity", "error"])
            .iter()
            .all(|row| ["error", "critical"].contains(&row["severity"].as_str().unwrap()))
    );
}

#[test]
fn what_is_filtered_is_told_as_it_was_typed() {
    let options = [
        "--until",
        "2026-03-16",
        "--code",
        "c004f06c, -1",
        "--only-failing",
        "--event",
        "8198",
        "--severity",
        "WARNING",
        "--computer",
        "PC-*",
        "--since",
        "3w",
    ];
    let told = json("forwarded", &options);
    assert_eq!(
        told["made_with"]["filters"],
        serde_json::json!([
            "--computer PC-*",
            "--since 3w",
            "--until 2026-03-16",
            "--code c004f06c, -1",
            "--event 8198",
            "--only-failing",
            "--severity WARNING"
        ])
    );
    assert_eq!(
        told["made_with"]["left_out"],
        serde_json::json!({ "findings": 1, "machines": 2 })
    );
    for (language, filters, empty) in [
        (
            "en",
            "exclude: --code C004F06C.",
            "Nothing is left to list. 2 findings and 3 machines",
        ),
        (
            "zh-CN",
            "未列出：--code C004F06C。",
            "没有符合条件的内容。未列出 2 个问题、3 台计算机",
        ),
    ] {
        let options = ["--code", "C004F06C", "-f", "markdown", "--lang", language];
        let text = of("report", "forwarded", &options).stdout;
        assert!(text.contains(filters) && text.contains(empty), "{text}");
    }
    let text = of("events", "forwarded", &["--code", "C004F06C"]).stdout;
    let text = text.replace('\n', " ");
    assert!(
        text.contains("No event fits. 33 events are not listed."),
        "{text}"
    );
    let text = of("events", "forwarded", &["--event", "8198"]).stdout;
    assert!(text.starts_with("This view leaves out"), "{text}");
    let plain = json("forwarded", &[]);
    assert_eq!(plain["made_with"]["filters"], serde_json::json!([]));
    assert!(plain["made_with"].get("left_out").is_none());
}

#[test]
fn fail_on_looks_at_what_is_listed() {
    let code = |options: &[&str]| of("report", "forwarded", options).code;
    assert_eq!(code(&["--fail-on", "error"]), 1);
    assert_eq!(code(&["--fail-on", "error", "--code", "0x8007232B"]), 1);
    assert_eq!(code(&["--fail-on", "error", "--code", "0xC004F06C"]), 0);
    assert_eq!(code(&["--fail-on", "error", "--computer", "pc-1001"]), 0);
}

#[test]
fn wrong_values_are_refused_with_what_is_accepted() {
    for command in ["report", "events"] {
        for (options, accepted) in [
            (
                ["--code", "nothing-like-it"],
                "is no code, symbol, event ID or finding",
            ),
            (["--code", "12288"], "use --event"),
            (["--code", ""], "is no code"),
            (["--event", "x"], "use event IDs such as 12288"),
            (["--since", "yesterday"], "use a date such as 2026-03-01"),
            (["--until", "2026-02-30"], "use a date such as 2026-03-01"),
            (
                ["--severity", "bad"],
                "use critical, error, warning or info",
            ),
            (["--computer", " "], "use a computer's name"),
        ] {
            let run = of(command, "forwarded", &options);
            assert_eq!(run.code, 2, "{options:?}");
            assert!(run.stderr.contains(accepted), "{options:?}: {}", run.stderr);
            assert!(run.stdout.is_empty());
        }
        for options in [
            ["--since", "2026-03-02", "--until", "2026-03-01"],
            ["--since", "1d", "--until", "1w"],
        ] {
            let run = of(command, "forwarded", &options);
            assert_eq!(run.code, 2);
            assert!(
                run.stderr.contains("--since is later than --until"),
                "{}",
                run.stderr
            );
        }
        let run = of(
            command,
            "forwarded",
            &["--since", "2026-03-01", "--until", "2026-03-01"],
        );
        assert_eq!(run.code, 0, "a day is a time");
    }
}

/// Some codes, ids, levels: those that the fixtures hold, and some that they do not.
fn views() -> impl Strategy<Value = View> {
    let (triage, _) = whole();
    let codes: BTreeSet<_> = triage
        .findings
        .iter()
        .flat_map(|f| f.outcomes.keys().chain(f.also_seen.keys()))
        .copied()
        .chain(["0x8007232B", "0x800706BA", "0x80070001"].map(|code| code.parse().unwrap()))
        .collect();
    let codes: Vec<_> = codes.into_iter().collect();
    let severity = prop::option::of(prop::sample::select(vec![
        Severity::Info,
        Severity::Warning,
        Severity::Error,
        Severity::Critical,
    ]));
    (
        prop::collection::btree_set(prop::sample::select(codes), 0..3),
        prop::collection::btree_set(
            prop::sample::select(vec![8198_u16, 12288, 12289, 12290, 1003, 7]),
            0..3,
        ),
        any::<bool>(),
        severity,
    )
        .prop_map(|(codes, event_ids, only_failing, least_severity)| View {
            codes,
            event_ids,
            only_failing,
            least_severity,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_view_takes_entries_out_and_changes_nothing_else(view in views()) {
        let (triage, expect) = whole();
        let told = report(triage, &view);
        for (key, value) in expect.as_object().unwrap() {
            if ["findings", "machines", "made_with"].contains(&key.as_str()) {
                continue;
            }
            prop_assert!(told[key] == *value, "{key}");
        }
        for list in ["findings", "machines"] {
            let (part, all) = (told[list].as_array().unwrap(), expect[list].as_array().unwrap());
            // In their order, each as it was.
            let mut rest = all.iter();
            prop_assert!(part.iter().all(|entry| rest.any(|other| other == entry)));
            if !view.is_all() {
                let left_out = told["made_with"]["left_out"][list].as_u64().unwrap();
                prop_assert_eq!(part.len() as u64 + left_out, all.len() as u64);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_logs_changes_nothing(
        order in Just(logs()).prop_shuffle(),
        begin in 0_i64..300,
        length in 0_i64..300,
        pattern in prop::sample::select(vec!["*", "pc-*", "*1*", "srv-*"]),
    ) {
        let first = time("2026-01-01T00:00:00Z") + TimeDelta::days(begin);
        let selection = Selection {
            since: Some(TimeBound::At(first)),
            until: Some(TimeBound::At(first + TimeDelta::days(length))),
            ..computers(&[pattern])
        };
        let expect = report(&selected(all(), &selection), &View::default());
        let (left, right) = order.split_at(order.len() / 2);
        let mut merged = scanned(right);
        merged.merge(scanned(left));
        prop_assert!(report(&selected(&merged, &selection), &View::default()) == expect);
    }
}
