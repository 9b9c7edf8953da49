//! `--policy` and `--ignore`.

use serde_json::{Value, json};

use crate::support::program::{log, run, run_in};

fn report(arguments: &[&str]) -> Value {
    let mut all = vec!["report", "-f", "json"];
    all.extend(arguments);
    run(all).json()
}

#[test]
fn an_accepted_finding_is_told_last_and_not_counted_and_nothing_is_called_well() {
    let log = log("dns-no-record").display().to_string();
    let told = |ignore: &[&str]| {
        let mut arguments = vec!["report", &log, "--lang", "en", "--fail-on", "info"];
        arguments.extend(ignore);
        run(arguments)
    };
    assert_eq!(told(&[]).code, 1);
    let run = told(&["--ignore", "0x8007232b"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout
            .starts_with("PC-0107.contoso.com fails to activate"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("== Accepted findings (1) =="),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("== Findings"), "{}", run.stdout);
    assert_eq!(told(&["--ignore", "0x8007232B@OTHER-*"]).code, 1);
    assert_eq!(told(&["--ignore", "0x8007232B@pc-01*"]).code, 0);
}

#[test]
fn states_and_counts_stay_what_they_are() {
    let log = log("dns-no-record").display().to_string();
    let (plain, accepted) = (report(&[&log]), report(&[&log, "--ignore", "0x8007232B"]));
    for key in ["summary", "machines", "by_root_cause", "timeline"] {
        assert_eq!(plain[key], accepted[key], "{key}");
    }
    let finding = &accepted["findings"][0];
    assert_eq!(finding["ignored"], true);
    assert_eq!(finding["status"], "active");
    assert_eq!(finding["ignored_by"], json!([{ "rule": "0x8007232B" }]));
    assert!(plain["findings"][0].get("ignored").is_none());
}

#[test]
fn a_rule_that_stands_for_nothing_is_told() {
    let log = log("healthy-client").display().to_string();
    let run = run(["report", &log, "--lang", "en", "--ignore", "clock-skew@X"]);
    assert!(
        run.stdout
            .contains("--ignore clock-skew@X stands for nothing here"),
        "{}",
        run.stdout
    );
}

#[test]
fn rules_that_name_nothing_are_usage_errors() {
    for (rule, expect) in [
        ("no-such", "is no finding"),
        ("clock-skew@", "no computer behind the @"),
    ] {
        let run = run(["report", "x.evtx", "--ignore", rule]);
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains(expect), "{}", run.stderr);
    }
}

/// The example of docs/policy.md.
fn example() -> String {
    let page = std::fs::read_to_string("docs/policy.md").unwrap();
    let (_, rest) = page.split_once("```toml\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_example_of_the_documentation_is_a_policy() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policy.toml"), example()).unwrap();
    let log = log("one-host-down").display().to_string();
    let arguments = ["report", &log, "--policy", "policy.toml", "-f", "json"];
    let kinds = |report: &Value| -> Vec<String> {
        let hosts = report["kms_hosts"].as_array().unwrap().iter();
        hosts
            .map(|host| format!("{} {}", host["host"], host["kind"]))
            .collect()
    };
    let report = run_in(folder.path(), arguments).json();
    assert_eq!(
        kinds(&report),
        [
            "\"kms-old.contoso.com\" \"unlisted\"",
            "\"kms01.contoso.com\" \"allowed\""
        ]
    );
    // The command line wins.
    let more = ["--kms-host", "kms-old.contoso.com"];
    let report = run_in(folder.path(), arguments.iter().chain(&more)).json();
    assert_eq!(
        kinds(&report),
        [
            "\"kms-old.contoso.com\" \"allowed\"",
            "\"kms01.contoso.com\" \"unlisted\""
        ]
    );
}

#[test]
fn a_policy_that_says_something_unknown_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("p.toml"),
        "expiring-within = \"3d\"\nhosts = []\n",
    )
    .unwrap();
    let log = log("dns-no-record").display().to_string();
    let run = run_in(folder.path(), ["report", &log, "--policy", "p.toml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .contains("p.toml: line 2: there is no key hosts; use kms-hosts"),
        "{}",
        run.stderr
    );
    let run = run_in(folder.path(), ["report", &log, "--policy", "none.toml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("none.toml: cannot be read"),
        "{}",
        run.stderr
    );
}
