//! Text from logs is shown, never obeyed.

use serde_json::Value;
use xtask::recipe::Recipe;

use crate::support::program::{Run, run_in};

/// The report over a log of one machine that asks this KMS host.
fn report(computer: &str, host: &str, arguments: &[&str]) -> Run {
    let events = format!(
        "2026-03-02 08:00:00.000 902 10.0.19041.1266\n\
         2026-03-02 08:10:00.000 12288 0x800706BA, 0x00000000, {host}, 0c8d6a51-4f0b-4f5e-b0ea-0f1b6f0f8d21, \
         2026/03/02 08:10, 0, 5, 0, 73111121-5638-40f6-bc11-f1d7b0d64300, 25\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let bytes = Recipe::of_events(computer, &events).own_bytes().unwrap();
    std::fs::write(folder.path().join("a.evtx"), bytes).unwrap();
    let mut all = vec!["report", "a.evtx", "--lang", "en"];
    all.extend(arguments);
    run_in(folder.path(), all)
}

fn commands(report: &Value) -> String {
    let finding = &report["findings"][0];
    let mut told = finding["checks"].to_string();
    told.push_str(&finding["steps"].to_string());
    told
}

#[test]
fn a_host_name_that_a_shell_would_act_on_is_in_no_command() {
    for host in [
        "kms01 & calc.exe & rem :1688",
        "kms'calc':1688",
        "a`whoami`:1688",
        "-x:1688",
        "a;b:1688",
        "a|b:1688",
    ] {
        let told = commands(&report("PC-01.contoso.com", host, &["-f", "json"]).json());
        assert!(told.contains("<KMS host>"), "{host}: {told}");
        for part in ["calc", "whoami", "-x ", "a;b", "a|b"] {
            assert!(!told.contains(part), "{host}: {told}");
        }
    }
    let told = commands(
        &report(
            "PC-01.contoso.com",
            "kms01.contoso.com:1688",
            &["-f", "json"],
        )
        .json(),
    );
    assert!(told.contains("kms01.contoso.com"), "{told}");
}

#[test]
fn a_domain_that_a_shell_would_act_on_is_in_no_command() {
    let run = report("PC.$(calc)", "kms01:1688", &["-f", "json"]);
    let told = commands(&run.json());
    assert!(
        !told.contains("calc") && told.contains("_tcp.<domain>"),
        "{told}"
    );
}

#[test]
fn a_product_key_in_the_place_of_a_host_is_hidden() {
    let key = "ABCDE-12345-FGHIJ-67890-VWXYZ";
    for format in ["json", "text", "markdown", "html"] {
        let told = report("PC-01", &format!("{key}:1688"), &["-f", format]).stdout;
        assert!(
            !told.to_uppercase().contains("12345-FGHIJ"),
            "{format}: {told}"
        );
    }
}

#[test]
fn what_acts_on_a_terminal_is_written_out() {
    let name = "PC\u{1b}[31m\u{202e}evil";
    for format in ["text", "markdown", "html"] {
        let told = report(name, "kms01:1688", &["-f", format]).stdout;
        assert!(
            !told.contains('\u{1b}') && !told.contains('\u{202e}'),
            "{format}"
        );
        assert!(told.contains("evil"), "{format}");
    }
}
