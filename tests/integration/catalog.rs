//! `catalog`, and overlays over it.

use std::fs;

use serde_json::Value;

use crate::support::program::{fixtures, run, run_in};

#[test]
fn what_is_listed_can_be_shown() {
    let listed = run(["catalog", "list", "-f", "json"]).json();
    let codes: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["code"].as_str().unwrap())
        .collect();
    assert!(codes.len() >= 50 && codes.contains(&"0xC004F074"));
    let mut all = vec!["catalog", "show", "-f", "json"];
    all.extend(&codes);
    let shown = run(all).json();
    assert_eq!(shown.as_array().unwrap().len(), codes.len());
    let events = run(["catalog", "list", "--events", "-f", "json"]).json();
    let of_1060 = events.as_array().unwrap().iter();
    let mut of_1060 = of_1060.filter(|line| line["event_id"] == 1060);
    assert_eq!(
        of_1060.next().unwrap()["kinds"].as_array().unwrap().len(),
        2
    );
    let findings = run(["catalog", "list", "--findings", "--lang", "zh-CN"]).stdout;
    assert!(
        findings
            .lines()
            .any(|line| line.starts_with("clock-skew ") && line.contains("时间偏差"))
    );
    let unknown = run(["catalog", "show", "0xC004F9A1"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("0xC004F9A1"), "{}", unknown.stderr);
}

#[test]
fn what_is_exported_is_sound_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let exported = run_in(folder.path(), ["catalog", "export", "own"]);
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    assert!(folder.path().join("own/codes/0xC004F074.toml").is_file());
    assert!(folder.path().join("own/events/12288.toml").is_file());
    let checked = run_in(folder.path(), ["catalog", "check", "own"]);
    assert_eq!((checked.code, checked.stderr.as_str()), (0, ""));
    let again = run_in(folder.path(), ["catalog", "export", "own"]);
    assert_eq!(again.code, 2, "a folder with files in it stays");
    let explain = |arguments: &[&str]| {
        let mut all = vec!["explain", "0xC004F074", "12288", "-f", "json"];
        all.extend(arguments);
        run_in(folder.path(), all).stdout
    };
    assert_eq!(explain(&["--catalog", "own"]), explain(&[]));
}

#[test]
fn an_overlay_changes_what_it_names_and_is_named_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("ours.toml"),
        "code = \"0x8007232B\"\nseverity = \"critical\"\n[en]\ntitle = \"Ours\"\n",
    )
    .unwrap();
    let log = fixtures().join("logs/dns-no-record.evtx");
    let report = |arguments: &[&str]| {
        let mut all = vec!["report", log.to_str().unwrap(), "-f", "json"];
        all.extend(arguments);
        run_in(folder.path(), all).json()
    };
    let (own, plain) = (report(&["--catalog", "ours.toml"]), report(&[]));
    assert_eq!(own["findings"][0]["title"], "Ours");
    assert_eq!(own["findings"][0]["steps"], plain["findings"][0]["steps"]);
    let overlay = &own["made_with"]["overlays"][0];
    assert_eq!(overlay["name"], "ours.toml");
    assert_eq!(
        overlay["sha256"],
        "80f057c25edc9414d1c9ff4d59d80991b08cc3603e09c46967c01f36f82ba577"
    );
    assert_eq!(plain["made_with"]["overlays"].as_array().unwrap().len(), 0);
    let chinese = report(&["--catalog", "ours.toml", "--lang", "zh-CN"]);
    assert_ne!(chinese["findings"][0]["title"], "Ours");
}

#[test]
fn a_bad_overlay_is_told_and_the_report_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.toml");
    fs::write(
        &bad,
        "[[entries]]\ncode = \"0x8007232B\"\nseverity = \"awful\"\n[[entries]]\nid = \"nothing\"\n",
    )
    .unwrap();
    let log = fixtures().join("logs/dns-no-record.evtx");
    let made = run_in(
        folder.path(),
        [
            "report",
            log.to_str().unwrap(),
            "-f",
            "json",
            "--catalog",
            "bad.toml",
            "--lang",
            "zh-CN",
        ],
    );
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stderr.contains("bad.toml"), "{}", made.stderr);
    assert!(
        made.stderr.contains("nothing: 没有这个问题"),
        "{}",
        made.stderr
    );
    let told = &made.json()["made_with"]["overlays"][0]["problems"];
    assert_eq!(told.as_array().map(Vec::len), Some(2), "{told}");
    let checked = run_in(folder.path(), ["catalog", "check", "bad.toml"]);
    assert_eq!(checked.code, 1, "{}", checked.stderr);
    fs::write(&bad, "a = ").unwrap();
    let checked = run_in(folder.path(), ["catalog", "check", "bad.toml"]);
    assert!(
        checked.code == 1 && checked.stderr.contains("1:"),
        "{}",
        checked.stderr
    );
    let missing = run_in(
        folder.path(),
        ["explain", "12288", "--catalog", "missing.toml"],
    );
    assert_eq!(missing.code, 2);
}

#[test]
fn the_shipped_overlay_is_sound_and_confirms_an_emulator() {
    let root = env!("CARGO_MANIFEST_DIR");
    let overlay = format!("{root}/overlays/kms-emulators.toml");
    let checked = run(["catalog", "check", &overlay]);
    assert_eq!((checked.code, checked.stderr.as_str()), (0, ""));
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("known.toml"),
        "[[kms_hosts]]\nhost = \"127.0.0.2\"\nkind = \"emulator\"\n",
    )
    .unwrap();
    let log = fixtures().join("logs/loopback-host.evtx");
    let state = |arguments: &[&str]| -> Value {
        let mut all = vec!["report", log.to_str().unwrap(), "-f", "json"];
        all.extend(arguments);
        let report = run_in(folder.path(), all).json();
        let findings = report["findings"].as_array().unwrap().iter();
        let mut loopback = findings.filter(|finding| finding["id"] == "loopback-kms-host");
        loopback.next().unwrap()["causes"][0]["state"].clone()
    };
    assert_eq!(state(&[]), "possible");
    assert_eq!(state(&["--catalog", "known.toml"]), "confirmed");
}

#[test]
fn the_page_on_overlays_is_right() {
    let page =
        fs::read_to_string(format!("{}/docs/catalog.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for (number, block) in page.split("```toml\n").skip(1).enumerate() {
        let text = block.split("```").next().unwrap();
        fs::write(folder.path().join(format!("{number}.toml")), text).unwrap();
        count += 1;
    }
    assert_eq!(count, 3);
    let report = run_in(
        folder.path(),
        [
            "explain",
            "0xC004F9A1",
            "0x8007232B",
            "--lang",
            "zh-CN",
            "--catalog",
            ".",
        ],
    );
    assert_eq!((report.code, report.stderr.as_str()), (0, ""));
    assert!(report.stdout.contains("Our own KMS proxy") && report.stdout.contains("4711"));
}
