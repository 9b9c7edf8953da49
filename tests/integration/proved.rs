//! What a report says is proved: of which machines and hosts, by what, and not of others.

use serde_json::{Value, json};

use crate::support::program::run;

fn told(logs: &[&str]) -> Value {
    let paths = logs.iter().map(|name| format!("fixtures/logs/{name}"));
    let paths: Vec<String> = paths.collect();
    let mut all = vec!["report", "-f", "json", "--generated-at", "2026-01-01"];
    all.extend(paths.iter().map(String::as_str));
    run(all).json()
}

fn finding<'a>(report: &'a Value, id: &str) -> Option<&'a Value> {
    let mut findings = report["findings"].as_array().unwrap().iter();
    findings.find(|finding| finding["id"] == id)
}

/// The cause of a finding that begins so.
fn cause<'a>(report: &'a Value, id: &str, begins: &str) -> &'a Value {
    let finding = finding(report, id).unwrap();
    let mut causes = finding["causes"].as_array().unwrap().iter();
    causes
        .find(|cause| cause["text"].as_str().unwrap().starts_with(begins))
        .unwrap_or_else(|| panic!("no cause begins with {begins}"))
}

/// For whom a cause is what, and why.
fn for_some(cause: &Value) -> Vec<String> {
    let some = cause["for_some"].as_array().cloned().unwrap_or_default();
    some.iter()
        .map(|some| {
            let whom = some.get("machines").or(some.get("kms_hosts")).unwrap();
            let whom: Vec<&str> = whom
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap())
                .collect();
            let (state, why) = (&some["state"], &some["why"]);
            format!(
                "{} for {}: {}",
                state.as_str().unwrap(),
                whom.join(" "),
                why.as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn the_hosts_own_log_settles_each_machine_of_a_finding() {
    let logs = [
        "answer-lost.evtx",
        "request-never-arrived.evtx",
        "kms-host-clients.evtx",
    ];
    let report = told(&logs);
    let nobody = cause(&report, "0xC004F074", "The KMS host answers no machine");
    assert_eq!(nobody["state"], "ruled-out");
    assert_eq!(
        for_some(cause(
            &report,
            "0xC004F074",
            "The KMS host granted the request"
        )),
        [
            "confirmed for PC-0931.contoso.com: the log of the KMS host shows that it granted the request",
            "ruled-out for PC-0930.contoso.com: the log of the KMS host is there, and no request of the machine is in it",
        ]
    );
    assert_eq!(
        for_some(cause(&report, "0xC004F074", "A firewall, a route, a VPN")),
        [
            "confirmed for PC-0930.contoso.com: the log of the KMS host shows requests of other clients at that time and none of the machine",
            "ruled-out for PC-0931.contoso.com: the log of the KMS host shows that it granted the request",
        ]
    );
    let text = run([
        "report",
        "fixtures/logs/answer-lost.evtx",
        "fixtures/logs/request-never-arrived.evtx",
        "fixtures/logs/kms-host-clients.evtx",
    ])
    .stdout;
    assert!(text.contains("[+] for PC-0930.contoso.com: "), "{text}");
    assert!(text.contains("[+] for PC-0931.contoso.com: "), "{text}");
}

#[test]
fn that_no_host_is_known_is_ruled_out_by_the_host_that_was_asked() {
    let report = told(&["answer-lost.evtx"]);
    let unknown = cause(&report, "0xC004F074", "The machine knows no KMS host");
    assert_eq!(unknown["state"], "ruled-out");
    assert_eq!(
        unknown["why"],
        "a KMS host was asked: every request names one"
    );
}

#[test]
fn failures_of_different_months_do_not_show_a_host_that_answers_nobody() {
    let report = told(&["access-denied.evtx", "expiring-soon.evtx"]);
    let nobody = cause(&report, "0x800706BA", "The KMS host lets no machine in");
    assert_eq!(nobody["state"], "possible");
}

#[test]
fn a_denied_call_is_confirmed_beside_a_denied_object() {
    let report = told(&["access-denied.evtx"]);
    let call = cause(&report, "0x80070005", "The KMS host refuses the call");
    assert_eq!(call["state"], "confirmed");
    let object = cause(
        &report,
        "0x80070005",
        "The machine may not read the activation object",
    );
    assert_eq!(object["state"], "confirmed");
    let told = finding(&report, "0x80070005").unwrap();
    let steps = told["steps"].as_array().unwrap().iter();
    let on_ad = steps.filter(|step| step.as_str().unwrap().contains("CN=Activation Objects"));
    assert_eq!(on_ad.count(), 1);
    let checks = told["checks"].as_array().unwrap().iter();
    let on_ad = checks.filter(|check| check["command"].as_str().unwrap().contains("/ao-list"));
    assert_eq!(on_ad.count(), 1);
}

#[test]
fn a_license_that_ends_soon_is_a_license_still() {
    let report = told(&["expiring-soon.evtx"]);
    assert_eq!(
        report["summary"]["headline"],
        "PC-0733.contoso.com is still licensed until 2026-06-15, but its activation cannot be renewed: The KMS host cannot be reached over RPC (0x800706BA)"
    );
    assert_eq!(report["summary"]["machines_still_licensed"], 1);
    assert_eq!(report["summary"]["machines_failing_licensed"], 0);
    assert_eq!(finding(&report, "0x800706BA").unwrap()["severity"], "error");
}

#[test]
fn the_machines_that_are_still_licensed_are_those_of_the_table() {
    let report = told(&[""]);
    let machines = report["machines"].as_array().unwrap().iter();
    let licensed = machines.filter(|machine| {
        let products = machine["products"].as_array().unwrap().iter();
        let mut failing = products.filter(|product| product["status"] == "failing");
        machine["status"] == "failing"
            && failing.all(|product| product["license_state"] == "licensed")
    });
    let licensed: Vec<&Value> = licensed.map(|machine| &machine["computer"]).collect();
    let expected = [
        "DESKTOP-9K2LM",
        "PC-0733.contoso.com",
        "SRV-0031.contoso.com",
    ];
    assert_eq!(licensed, expected);
    assert_eq!(report["summary"]["machines_still_licensed"], 3);
}

#[test]
fn a_machine_refused_for_its_clock_makes_no_failing_host() {
    let report = told(&[
        "clock-error.evtx",
        "healthy-client.evtx",
        "blocked-port-cured.evtx",
        "three-chunks.evtx",
        "wrong-channel.evtx",
    ]);
    assert!(finding(&report, "kms-host-failing").is_none());
}

#[test]
fn a_host_that_answers_none_of_several_is_confirmed_in_every_card() {
    let report = told(&["host-down-for-all.evtx"]);
    let id = "kms-host-failing";
    assert_eq!(
        cause(&report, id, "The KMS host is off")["state"],
        "confirmed"
    );
    assert_eq!(
        cause(&report, id, "The KMS host refuses")["state"],
        "ruled-out"
    );
    let nobody = cause(&report, "0x8007274C", "The KMS host answers no machine");
    assert_eq!(nobody["state"], "confirmed");
}

#[test]
fn a_loopback_address_that_answered_was_not_left_behind() {
    let report = told(&["loopback-host.evtx"]);
    let id = "loopback-kms-host";
    for cause in [
        cause(&report, id, "The setting was left behind"),
        cause(&report, id, "An administrator set the address"),
    ] {
        assert_eq!(cause["state"], "ruled-out");
        assert_eq!(cause["why"], "a KMS service answered on the machine itself");
    }
    assert_eq!(
        report["summary"]["headline"],
        "DESKTOP-4R7TQ is activated; needs attention: A KMS client is pointed at itself"
    );
}

#[test]
fn a_product_that_fails_beside_an_activated_one_is_named() {
    let report = told(&["two-products.evtx"]);
    assert_eq!(
        report["summary"]["headline"],
        "Office Professional Plus 2019 on PC-0642.contoso.com fails to activate: The KMS host cannot activate this product (0xC004F042)"
    );
    let windows_only = cause(&report, "0xC004F042", "An Office product asks a KMS host");
    assert_eq!(windows_only["state"], "confirmed");
}

#[test]
fn what_is_proved_of_one_machine_stands_beside_others() {
    let report = told(&[""]);
    let hardware = cause(&report, "0x803F7001", "The hardware");
    assert_eq!(hardware["state"], "possible");
    let told = for_some(hardware);
    assert!(told[0].starts_with("confirmed for TABLET-4: "), "{told:?}");
    let unpublished = cause(&report, "0x8007232B", "A KMS host tries to publish");
    let told = for_some(unpublished);
    assert!(
        told[0].starts_with("confirmed for PC-0940.branch.contoso.com: "),
        "{told:?}"
    );
}

#[test]
fn steps_and_checks_are_told_for_each_of_several_hosts() {
    let report = told(&["answer-lost.evtx", "request-unanswered.evtx"]);
    let told = finding(&report, "0xC004F074").unwrap();
    let hosts = ["kms01.contoso.com:1688", "kms05.contoso.com:1688"];
    assert_eq!(told["kms_hosts"], json!(hosts));
    let step = &told["steps"][1];
    assert_eq!(
        step,
        "Run `Test-NetConnection kms01.contoso.com -Port 1688` on an affected machine. Do the same for kms05.contoso.com:1688."
    );
    let commands: Vec<&str> = told["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["command"].as_str().unwrap())
        .collect();
    assert_eq!(
        commands[..2],
        [
            "Test-NetConnection kms01.contoso.com -Port 1688",
            "Test-NetConnection kms05.contoso.com -Port 1688"
        ]
    );
}
