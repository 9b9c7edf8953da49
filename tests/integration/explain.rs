//! `explain`, end to end.

use crate::support::program::run;

#[test]
fn several_codes_at_once_are_told_in_their_order() {
    let told = run([
        "explain",
        "-f",
        "json",
        "0xC004F074",
        "-1073425657",
        "12288",
    ])
    .json();
    assert_eq!(told[0]["code"], "0xC004F074");
    assert_eq!(told[1]["code"], "0xC004D307");
    assert_eq!(told[2]["event_id"], 12288);
    for key in [
        "symbol",
        "kind",
        "severity",
        "title",
        "meaning",
        "causes",
        "steps",
        "references",
    ] {
        assert!(!told[0][key].is_null(), "{key}");
    }
}

#[test]
fn text_tells_what_to_do_in_both_languages() {
    let english = run(["explain", "0x8007232B", "--lang", "en"]);
    assert_eq!(english.code, 0);
    assert!(
        english.stdout.contains("DNS_ERROR_RCODE_NAME_ERROR")
            && english.stdout.contains("nslookup")
    );
    let chinese = run(["explain", "0x8007232B", "--lang", "zh-CN"]);
    assert!(chinese.stdout.contains("SRV 记录") && chinese.stdout.contains("nslookup"));
}

#[test]
fn a_misprint_of_microsofts_table_is_told_what_it_means() {
    let told = run(["explain", "0x80092328", "--lang", "en"]);
    assert_eq!(told.code, 0);
    assert!(told.stdout.contains("0x8007232B"), "{}", told.stdout);
    let typo = run(["explain", "0xc004cf042", "--lang", "en"]);
    assert_eq!(typo.code, 2);
    assert!(typo.stderr.contains("0xC004F042"), "{}", typo.stderr);
}

#[test]
fn what_is_no_code_ends_with_2_and_the_others_are_told() {
    let told = run(["explain", "nonsense!", "0xC004F038"]);
    assert_eq!(told.code, 2);
    assert!(told.stdout.contains("0xC004F038") && told.stderr.contains("nonsense!"));
    assert_eq!(
        run(["explain", "-f", "json", "nonsense!"]).stdout.trim(),
        "[]"
    );
}
