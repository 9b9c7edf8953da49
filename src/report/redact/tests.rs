//! What is replaced by what, and what stays.

use chrono::DateTime;
use proptest::prelude::*;

use super::names::{Pseudonyms, Role};
use crate::eventlog::{ChunkIndex, Event, RecordId};
use crate::input::LogName;
use crate::spp::{Activity, SppEvent, parse};

const CMID: &str = "0c8d6a51-4f0b-4f5e-b0ea-0f1b6f0f8d21";
const SKU: &str = "73111121-5638-40f6-bc11-f1d7b0d64300";

/// Two machines, of which one has a second name, and a KMS host.
fn known() -> Pseudonyms {
    let mut names = Pseudonyms::new();
    names.computer("PC1.contoso.com", Role::Machine);
    names.computer("PC2.contoso.com", Role::Machine);
    names.machine("PC1.contoso.com", &["WIN-OLD".to_owned(), "pc1".to_owned()]);
    names.computer("kms01.corp.contoso.com", Role::Host);
    names.cmid(CMID.parse().unwrap());
    names.key("6VM33");
    names
}

fn check(text: &str, expect: &str) {
    assert_eq!(known().text(text), expect, "{text}");
}

#[test]
fn every_spelling_of_a_name_has_one_pseudonym() {
    let mut names = known();
    for (name, expect) in [
        ("PC1.contoso.com", "machine-0001.domain-01.example"),
        ("pc1.CONTOSO.com.", "machine-0001.domain-01.example"),
        ("PC1", "machine-0001"),
        ("WIN-OLD", "machine-0001-2"),
        ("pc2", "machine-0002"),
        ("PC1.corp.contoso.com", "machine-0001.domain-02.example"),
        ("KMS01", "host-01"),
        ("PC3", "machine-0003"),
        ("会计-03", "machine-0004"),
        ("a b|c", "machine-0005"),
    ] {
        assert_eq!(names.computer(name, Role::Machine), expect, "{name}");
    }
}

#[test]
fn what_is_nobodys_stays() {
    let mut names = known();
    for name in [
        "127.0.0.2",
        "::1",
        "0.0.0.0",
        "localhost",
        "169.254.169.250",
        "azkms.core.windows.net",
        "KMS.core.windows.net",
        "",
        "?",
        "(null)",
    ] {
        assert_eq!(names.computer(name, Role::Host), name);
    }
    assert_eq!(names.sid("S-1-5-18"), "S-1-5-18");
    assert_eq!(names.user("NetworkService"), "NetworkService");
}

#[test]
fn no_pseudonym_is_a_name_of_the_input() {
    let mut names = Pseudonyms::new();
    names.take("machine-0001.domain-01.example");
    names.take("192.0.2.1");
    assert_eq!(
        names.computer("machine-0001.domain-01.example", Role::Machine),
        "machine-0002.domain-02.example"
    );
    assert_eq!(names.computer("10.0.0.5", Role::Host), "192.0.2.2");
}

#[test]
fn addresses_are_those_of_documents_however_many() {
    let mut names = Pseudonyms::new();
    let mut given = std::collections::BTreeSet::new();
    for number in 0..1_000_u32 {
        let address = std::net::Ipv4Addr::from(0x0A00_0000 + number);
        given.insert(names.address(address.into()));
    }
    assert_eq!(given.len(), 1_000);
    for address in ["192.0.2.1", "198.51.100.254", "203.0.113.254", "198.18.0.1"] {
        assert!(given.contains(address), "{address}");
    }
    assert_eq!(names.computer("fd00::7", Role::Host), "2001:db8::1");
}

#[test]
fn known_names_are_found_as_words_in_any_case() {
    check(
        "pc1 asked KMS01.corp.contoso.com.",
        "machine-0001 asked host-01.domain-02.example.",
    );
    check(
        "on WIN-OLD, PC10 and XPC1",
        "on machine-0001-2, PC10 and XPC1",
    );
    check(
        "kms01.corp.contoso.com:1688",
        "host-01.domain-02.example:1688",
    );
    check("key 6VM33 of contoso.com", "key KEY01 of domain-01.example");
    check("XXXXX-XXXXX-6vm33", "XXXXX-XXXXX-KEY01");
    check("6VM33 CONTOSO", "KEY01 domain-01");
    check(CMID, "00000000-0000-4000-8000-000000000001");
    check(&CMID.to_uppercase(), "00000000-0000-4000-8000-000000000001");
}

#[test]
fn what_looks_like_somebodys_is_found_though_nobody_named_it() {
    check("from srv9.fabrikam.local", "from host-02.domain-03.example");
    check("10.1.2.3 and 10.1.2.3", "192.0.2.1 and 192.0.2.1");
    check("[fd00::5]:1688", "[2001:db8::1]:1688");
    check("jane.doe@contoso.com", "user-01@domain-01.example");
    check("CONTOSO\\jdoe", "domain-01\\user-01");
    check("CONTOSO\\PC1$", "domain-01\\machine-0001$");
    check(
        "S-1-5-21-1004336348-1177238915-682003330-512",
        "S-1-5-21-0-0-0-1001",
    );
    check(
        "\\\\FS1\\Logs$ of May\\a.evtx",
        "\\\\host-02\\share-01\\a.evtx",
    );
    check("C:\\Users\\jdoe\\a.txt", "C:\\Users\\user-01\\a.txt");
    check("/home/jdoe/a", "/home/user-01/a");
    check(
        "https://kms01/x and http://10.1.2.3:80/",
        "https://host-01/x and http://192.0.2.1:80/",
    );
    check(
        "CN=PC1,OU=Berlin,CN=Computers,DC=contoso,DC=com",
        "CN=machine-0001,OU=object-01,CN=Computers,DC=domain-01,DC=example",
    );
}

#[test]
fn what_an_event_is_read_by_stays() {
    for text in [
        "hr=0xC004F074",
        "RuleId=eeba1977-569e-4571-b639-7623d8bfecc0;Action=AutoActivate;Trigger=TimerEvent",
        "PC1=5",
        "2026/03/02 08:00:11, 1, 43200",
        "10.0.20348.1726",
        "127.0.0.1:1688",
        SKU,
        "https://activation-v2.sls.microsoft.com/SLActivateProduct/SLActivateProduct.asmx",
        "C:\\Windows\\system32\\sppobjs.dll, msft:rm/algorithm/inherited/1.0, 0x00000000",
        "\\Microsoft\\Windows\\SoftwareProtectionPlatform",
        "HKLM\\SOFTWARE\\Microsoft\\Windows NT",
        "%windir%\\system32\\slui.exe",
        "NT AUTHORITY\\SYSTEM",
        "Windows Server 2019 Volume:CSVLK",
    ] {
        check(text, text);
    }
}

fn event(computer: &str, event_id: u16, data: &[&str]) -> SppEvent {
    parse(Event {
        log: LogName::new("a.evtx"),
        chunk: ChunkIndex(0),
        record_id: RecordId(1),
        file_record_id: RecordId(1),
        time: DateTime::UNIX_EPOCH,
        computer: computer.into(),
        channel: "Application".into(),
        provider: "Microsoft-Windows-Security-SPP".into(),
        event_id,
        qualifiers: None,
        level: Some(4),
        has_rendering_info: false,
        data: data.iter().map(|s| (*s).to_owned()).collect(),
        data_names: Vec::new(),
    })
}

fn redacted(computer: &str, event_id: u16, data: &[&str]) -> SppEvent {
    let mut event = event(computer, event_id, data);
    known().event(&mut event);
    event
}

#[test]
fn a_kms_list_is_replaced_by_field_whatever_computers_are_called() {
    let list =
        format!("0x8007232B, 0x00000000, 25:1688, {CMID}, 2026/03/02 08:00, 0, 5, 0, {SKU}, 25");
    let event = redacted("25", 12288, &[&list]);
    assert_eq!(
        event.data,
        [format!(
            "0x8007232B, 0x00000000, machine-0003:1688, 00000000-0000-4000-8000-000000000001, \
             2026/03/02 08:00, 0, 5, 0, {SKU}, 25"
        )]
    );
    let Activity::KmsRequest(request) = &event.activity else {
        panic!()
    };
    assert_eq!(request.host.as_ref().unwrap().name(), "machine-0003");
    assert_eq!(request.min_count, Some(25));
}

#[test]
fn both_shapes_of_12290_are_replaced() {
    let list = format!("0x0,25,PC9,{CMID},2026/3/16 8:00,0,1,249120,{SKU}");
    let told = list
        .replace("PC9", "machine-0003")
        .replace(CMID, "00000000-0000-4000-8000-000000000001");
    assert_eq!(redacted("PC1", 12290, &[&list]).data.concat(), told);
    let apart: Vec<&str> = list.split(',').collect();
    assert_eq!(redacted("PC1", 12290, &apart).data.join(","), told);
    let mut both = vec![list.as_str()];
    both.extend(&apart);
    assert_eq!(
        redacted("PC1", 12290, &both).data.join(","),
        format!("{told},{told}")
    );
}

#[test]
fn what_stands_in_the_place_of_an_id_is_replaced_too() {
    let list =
        format!("0x0, 0x0, kms01:1688, ....-b604-{SKU}, 2026/03/02 08:00, 0, 5, 0, {SKU}, 5");
    let event = redacted("PC1", 12288, &[&list]);
    assert!(
        event.data[0].contains("host-01:1688, odd-01, 2026"),
        "{:?}",
        event.data
    );
    assert_eq!(event.odd_fields[0].text, "odd-01");
}

#[test]
fn objects_of_the_directory_have_no_name_left() {
    let dn = "CN=00001-00206-00000-000000-03-1033-17763.0000-0752026,CN=Activation Objects,\
              CN=Microsoft SPP,CN=Services,CN=Configuration,DC=contoso,DC=com";
    let event = redacted("PC1", 12308, &[SKU, "Berlin servers", dn]);
    assert_eq!(
        event.data,
        [
            SKU,
            "object-01",
            "CN=object-02,CN=Activation Objects,CN=Microsoft SPP,CN=Services,CN=Configuration,\
             DC=domain-01,DC=example"
        ]
    );
    let event = redacted("PC1", 8213, &["0x80070005", "55041-00206-234"]);
    assert_eq!(event.data, ["0x80070005", "id-01"]);
}

#[test]
fn keys_and_domains_are_replaced_where_an_event_names_them() {
    let event = redacted("PC1", 1017, &["0xC004F069", "YPXCF", "?", "?"]);
    assert_eq!(event.data, ["0xC004F069", "KEY02", "?", "?"]);
    let event = redacted("KMS01", 12293, &["0x80072EE2", "fabrikam"]);
    assert_eq!(event.data, ["0x80072EE2", "domain-03.example"]);
    let Activity::DnsPublishFailed { domain, .. } = event.activity else {
        panic!()
    };
    assert_eq!(domain.as_deref(), Some("domain-03.example"));
}

#[test]
fn of_a_path_only_the_usual_name_and_the_ending_stay() {
    let mut names = known();
    for (path, expect) in [
        (
            "D:\\cases\\PC1\\Application.evtx",
            "log-0001/Application.evtx",
        ),
        ("c.zip!pc1/application.EVTX", "log-0002/Application.evtx"),
        ("PC1.contoso.com.evtx", "log-0003.evtx"),
        (
            "Key Management Service.evtx",
            "log-0004/Key Management Service.evtx",
        ),
        ("contoso", "log-0005"),
        ("a.contoso", "log-0006"),
        ("c.zip!pc1/application.EVTX", "log-0002/Application.evtx"),
        ("-", "-"),
    ] {
        assert_eq!(names.log(&LogName::new(path)).as_str(), expect);
    }
    let told = names.message("D:\\cases\\PC1\\Application.evtx: cannot be read");
    assert_eq!(told, "log-0001/Application.evtx: cannot be read");
}

#[test]
fn of_arguments_options_and_what_says_nothing_stay() {
    let mut names = known();
    names.log(&LogName::new("PC1.evtx"));
    let mut told = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        names.arguments(&words).join(" ")
    };
    assert_eq!(
        told(&[
            "report",
            "PC1.evtx",
            "D:\\cases",
            "-f",
            "json",
            "--lang=zh-CN",
            "-vv"
        ]),
        "report log-0001.evtx redacted -f json --lang=zh-CN -vv"
    );
    assert_eq!(
        told(&[
            "--computer",
            "PC*",
            "--since",
            "2026-03-01",
            "--kms-host=kms01:1688",
            "--tz=Europe/Berlin"
        ]),
        "--computer redacted --since 2026-03-01 --kms-host=host-01:1688 --tz=redacted"
    );
    assert_eq!(
        told(&[
            "--code",
            "0xC004F074,-1073418124",
            "--until",
            "7d",
            "-oPC1.json",
            "10.0.0.5",
            "--",
            "-"
        ]),
        "--code 0xC004F074,-1073418124 --until 7d redacted redacted -- -"
    );
    assert_eq!(names.filter("--computer PC*"), "--computer redacted");
    assert_eq!(names.filter("--only-failing"), "--only-failing");
    assert_eq!(
        names.filter("--until 2026-03-01T09:00:00Z"),
        "--until 2026-03-01T09:00:00Z"
    );
}

proptest! {
    #[test]
    fn any_text_is_taken(text in ".{0,60}|[\\\\:=.,@/a-fS0-9%-]{0,40}") {
        known().text(&text);
    }

    #[test]
    fn any_name_is_gone_from_any_place(
        // What is no word and shorter than three characters is not looked for in free text.
        name in "[a-z][a-z0-9_-]{5,12}(\\.[a-z]{3,8}){0,2}|[a-z|=<>'][a-z|=<>' ]{2,19}[|<>']",
        before in "[ ,;(]{0,3}",
        after in "[ ,;)]{0,3}",
    ) {
        let mut names = Pseudonyms::new();
        let given = names.computer(&name, Role::Machine);
        let told = names.text(&format!("{before}{name}{after}"));
        prop_assert!(!told.contains(name.trim()), "{} {} {}", name, given, told);
    }

    #[test]
    fn an_event_of_any_strings_is_taken(
        id in prop::sample::select(vec![1017_u16, 8198, 8200, 8230, 12288, 12289, 12290, 12293, 12308]),
        data in prop::collection::vec("[ -~]{0,20}(,[ -~]{0,9}){0,12}|.{0,9}", 0..12),
    ) {
        let data: Vec<&str> = data.iter().map(String::as_str).collect();
        let count = data.len();
        prop_assert_eq!(redacted("PC1", id, &data).data.len(), count);
    }
}
