//! KMS hosts, their clients, and what is told where both sides' logs are there.

use serde_json::Value;

use crate::support::program::run;

fn told(arguments: &[&str]) -> Value {
    let mut all = vec!["report", "-f", "json", "--generated-at", "2026-01-01"];
    all.extend(arguments);
    run(all).json()
}

fn log(name: &str) -> String {
    format!("fixtures/logs/{name}.evtx")
}

fn finding<'a>(report: &'a Value, id: &str) -> &'a Value {
    let mut findings = report["findings"].as_array().unwrap().iter();
    findings
        .find(|finding| finding["id"] == id)
        .unwrap_or_else(|| panic!("no {id}"))
}

fn ids(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|f| {
            format!(
                "{} {}",
                f["id"].as_str().unwrap(),
                f["status"].as_str().unwrap()
            )
        })
        .collect()
}

/// A client's row of a host's log by its name.
fn client<'a>(report: &'a Value, name: &str) -> &'a Value {
    let mut clients = report["kms_clients"].as_array().unwrap().iter();
    clients.find(|client| client["client"] == name).unwrap()
}

/// How many causes of a finding have a state.
fn causes(finding: &Value, state: &str) -> usize {
    let causes = finding["causes"].as_array().unwrap().iter();
    causes.filter(|cause| cause["state"] == state).count()
}

#[test]
fn a_healthy_fleet_has_no_finding_and_its_host_side_stands_in_every_format() {
    let log = log("healthy-fleet");
    let report = told(&[&log]);
    assert_eq!(ids(&report), [] as [String; 0]);
    for client in report["kms_clients"].as_array().unwrap() {
        assert_eq!(client["activity"], "active");
        assert_eq!(client["requests"], 4);
        assert!(client["machine"].is_string() && client["product"].is_string());
        assert!(client["refused_by_code"].is_null());
    }
    // A bare name is the machine with the full one.
    assert_eq!(client(&report, "PC-0962")["machine"], "PC-0962.contoso.com");
    assert_eq!(report["kms_hosts"][0]["machine"], "KMS07.contoso.com");
    assert_eq!(report["kms_hosts"][0]["never_arrived"], 0);
    for format in ["text", "markdown"] {
        let text = run(["report", "-f", format, "--lang", "en", &log]).stdout;
        for value in [
            "Clients in the logs of KMS hosts",
            "SRV-0963",
            "2026-03-02 08:40:12",
        ] {
            assert!(text.contains(value), "{format} lacks {value}");
        }
    }
}

#[test]
fn a_hosts_log_tells_who_stopped_who_asks_too_often_and_who_is_refused() {
    let report = told(&[&log("kms-host-clients")]);
    let activity = |name: &str| client(&report, name)["activity"].clone();
    assert_eq!(activity("PC-0924.contoso.com"), "stopped");
    assert_eq!(activity("PC-0925.contoso.com"), "too-often");
    assert_eq!(activity("PC-0921.contoso.com"), "active");
    let refused = client(&report, "PC-0927.contoso.com");
    assert_eq!(refused["refused_by_code"]["0xC004F042"], 5);
    assert_eq!(refused["refused"], 5);
    let shared = finding(&report, "duplicate-cmid");
    assert_eq!(
        shared["details"]["cmid"],
        "09210000-55f6-4d8e-94b4-07d2f5f0c921"
    );
    assert_eq!(shared["machine_count"], 3);
    let notes = report["inputs"]["notes"].as_array().unwrap();
    let is_rename = |note: &&Value| note["note"].as_str().unwrap().contains("PC-0926-OLD");
    assert_eq!(notes.iter().filter(is_rename).count(), 1);
}

#[test]
fn a_request_that_its_hosts_log_lacks_never_arrived() {
    let (client_log, host_log) = (log("request-never-arrived"), log("kms-host-clients"));
    let alone = told(&[&client_log]);
    assert_eq!(causes(finding(&alone, "0xC004F074"), "confirmed"), 0);
    let both = told(&[&client_log, &host_log]);
    let finding = finding(&both, "0xC004F074");
    assert_eq!(causes(finding, "confirmed"), 1);
    assert!(causes(finding, "ruled-out") > causes(&alone["findings"][0], "ruled-out"));
    let host = &both["kms_hosts"][0];
    assert_eq!(
        (&host["never_arrived"], &host["answers_lost"]),
        (&2.into(), &0.into())
    );
    assert_eq!(host["machine"], "KMS05.contoso.com");
}

#[test]
fn an_answer_that_its_host_sent_was_lost() {
    let report = told(&[&log("answer-lost"), &log("kms-host-clients")]);
    let host = &report["kms_hosts"][0];
    assert_eq!(
        (&host["never_arrived"], &host["answers_lost"]),
        (&0.into(), &2.into())
    );
    assert_eq!(causes(finding(&report, "0xC004F074"), "confirmed"), 1);
    assert_eq!(
        client(&report, "PC-0931.contoso.com")["machine"],
        "PC-0931.contoso.com"
    );
}

#[test]
fn a_low_count_stands_with_its_code_and_else_alone() {
    let report = told(&[&log("count-too-low"), &log("count-low-renewed")]);
    let coded = &finding(&report, "0xC004F038")["details"]["hosts"][0];
    assert_eq!(
        (&coded["count"], &coded["needed"], &coded["missing"]),
        (&12.into(), &25.into(), &13.into())
    );
    let alone = finding(&report, "kms-count-low");
    assert_eq!(
        alone["machines"],
        serde_json::json!(["SRV-0061.fabrikam.cn"])
    );
    assert_eq!(alone["details"]["hosts"][0]["missing"], 1);
}

#[test]
fn one_host_that_fails_many_is_one_finding() {
    let report = told(&[&log("host-down-for-all")]);
    let failing = finding(&report, "kms-host-failing");
    assert_eq!(
        failing["kms_hosts"],
        serde_json::json!(["kms09.contoso.com:1688"])
    );
    assert_eq!(failing["machine_count"], 4);
}

#[test]
fn hosts_that_are_not_on_the_list_are_told_only_with_a_list() {
    let healthy = log("healthy-fleet");
    let with = |host: &str| ids(&told(&[&healthy, "--kms-host", host]));
    assert_eq!(with("kms07.contoso.com"), [] as [String; 0]);
    assert_eq!(with("kms08.contoso.com"), ["unlisted-kms-host active"]);
    let foreign = log("foreign-host");
    assert_eq!(ids(&told(&[&foreign])), ["unknown-kms-host info"]);
    let listed = ids(&told(&[&foreign, "--kms-host", "kms.elsewhere.example"]));
    assert_eq!(listed, [] as [String; 0]);
}

#[test]
fn a_record_that_is_not_published_and_clients_that_find_none_name_each_other() {
    let report = told(&[&log("dns-publish-fails")]);
    let host = finding(&report, "dns-publish-failed");
    assert_eq!(host["details"]["domain"], "branch.contoso.com");
    assert_eq!(host["details"]["hresult"], "0x80072338");
    assert_eq!(host["related"], serde_json::json!(["0x8007232B"]));
    let client = finding(&report, "0x8007232B");
    assert_eq!(client["related"], serde_json::json!(["dns-publish-failed"]));
    assert_eq!(causes(client, "confirmed"), 1);
    let cured = told(&[&log("kms-host")]);
    assert!(ids(&cured).contains(&"dns-publish-failed cured".to_owned()));
}

#[test]
fn logs_of_both_sides_tell_the_same_in_any_order_and_twice() {
    let names = [
        "kms-host-clients",
        "request-never-arrived",
        "answer-lost",
        "healthy-fleet",
    ];
    let logs: Vec<String> = names.iter().map(|name| log(name)).collect();
    let forward: Vec<&str> = logs.iter().map(String::as_str).collect();
    let mut backward = forward.clone();
    backward.reverse();
    backward.push(&logs[0]);
    let (one, other) = (told(&forward), told(&backward));
    for part in ["findings", "machines", "kms_hosts", "kms_clients"] {
        assert_eq!(one[part], other[part], "{part}");
    }
}
