use super::*;
use crate::diagnosis::Policy;
use crate::diagnosis::finding::FindingKey;
use crate::diagnosis::findings::support::found_with;

/// What of some facts is proved of each machine of a code's finding, a line each.
fn proved(code: u32, facts: &[Fact], machines: &[(&str, &str)]) -> Vec<String> {
    let mut names: Vec<&str> = machines.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    let found = found_with(machines, &Policy::default());
    let key = FindingKey::Code(Hresult::new(code));
    let finding = found.iter().find(|finding| finding.key == key);
    let line = |proven: &Proven| {
        let FindingShare::Machine(at) = proven.part else {
            panic!("{:?}", proven.part)
        };
        let holding = facts.iter().filter(|fact| proven.facts.contains(fact));
        let holding = holding.map(|fact| format!(" {}", fact.as_str()));
        format!("{}{}", names[at], holding.collect::<String>())
    };
    finding.unwrap().proven.iter().map(line).collect()
}

/// A machine that does not reach the host, with a machine id of its own.
fn fails(name: &str, day: &str, clock: &str) -> (String, String) {
    let id = name.chars().next_back().unwrap();
    let cmid = format!("0000000{id}-2fd5-440b-be67-a09996d27a38");
    let text =
        format!("{day} {clock} 12288 hr=0x800706BA cmid={cmid}\n {day} {clock}:01 8198 sku=a");
    (name.to_owned(), text)
}

fn nobody(machines: &[(String, String)]) -> Vec<String> {
    let machines: Vec<(&str, &str)> = machines
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    proved(0x8007_06BA, &[Fact::HostAnswersNobody], &machines)
}

#[test]
fn a_host_answers_nobody_where_two_machines_asked_it_within_a_day() {
    let first = fails("pc-1", "d1", "09:00");
    assert_eq!(nobody(std::slice::from_ref(&first)), ["pc-1"]);
    assert_eq!(
        nobody(&[first.clone(), fails("pc-2", "d2", "09:00")]),
        ["pc-1 host-answers-nobody", "pc-2 host-answers-nobody"]
    );
    assert_eq!(
        nobody(&[first.clone(), fails("pc-2", "d2", "09:01")]),
        ["pc-1", "pc-2"]
    );
    assert_eq!(
        nobody(&[first, fails("pc-2", "d90", "09:00")]),
        ["pc-1", "pc-2"]
    );
}

#[test]
fn a_host_that_took_a_connection_does_not_answer_nobody() {
    let (first, second) = (fails("pc-1", "d1", "09:00"), fails("pc-2", "d1", "09:00"));
    let other = |text: &str| ("pc-3".to_owned(), text.to_owned());
    for taken in ["0x80070005", "0xC004F042", "0x800706BE"] {
        let text = format!("10:00 12288 hr={taken} cmid=1\n 10:00:01 8198");
        let told = nobody(&[first.clone(), second.clone(), other(&text)]);
        assert_eq!(told, ["pc-1", "pc-2"], "{taken}");
    }
    // A name that is not found asks nobody.
    let text = "10:00 12288 hr=0x8007232B cmid=1\n 10:00:01 8198";
    assert_eq!(nobody(&[first.clone(), other(text)]), ["pc-1"]);
    assert_eq!(
        nobody(&[first, second, other(text)]),
        ["pc-1 host-answers-nobody", "pc-2 host-answers-nobody"]
    );
}

#[test]
fn the_hosts_own_log_speaks_for_it() {
    let served = |clock: &str, code: &str| {
        let text = format!(
            "{clock} 12290 {code},25,pc-9,11111111-2886-4832-a037-e9459281751a,2026/3/1\u{2007}{clock},0,5,0,00000000-0000-0000-0000-000000000061"
        );
        ("kms".to_owned(), text)
    };
    let told = |host: (String, String)| {
        let (first, second) = (fails("pc-1", "d1", "09:00"), fails("pc-2", "d1", "09:00"));
        let machines = [host, first, second];
        let machines: Vec<(&str, &str)> = machines
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        let facts = [Fact::HostAnswersNobody, Fact::HostGrantsRequests];
        proved(0x8007_06BA, &facts, &machines)
    };
    assert_eq!(
        told(served("09:40", "0x0")),
        ["pc-1 host-grants-requests", "pc-2 host-grants-requests"]
    );
    assert_eq!(told(served("09:40", "0xC004F042")), ["pc-1", "pc-2"]);
    assert_eq!(told(served("10:30", "0x0")), ["pc-1", "pc-2"]);
}

#[test]
fn a_denied_call_and_a_denied_object_are_told_apart() {
    let facts = [Fact::CallDenied, Fact::AdDenied];
    let told = |text: &str| proved(0x8007_0005, &facts, &[("pc", text)]);
    let call = "09:00:01 12288 hr=0x80070005\n 09:00:02 8198 hr=0x80070005";
    assert_eq!(told(call), ["pc call-denied"]);
    assert_eq!(
        told("09:00 8215 hr=0x80070005\n 09:00:02 8198 hr=0x80070005"),
        ["pc ad-denied"]
    );
    assert_eq!(
        told(&format!("09:00 8215 hr=0x80070005\n {call}")),
        ["pc call-denied ad-denied"]
    );
    assert_eq!(
        told(&format!("09:00 8215 hr=0x8007054B\n {call}")),
        ["pc call-denied"]
    );
}

#[test]
fn what_is_proved_of_one_machine_is_not_lost_beside_another() {
    let text = |hr: &str| format!("09:00 12288 hr={hr}\n 09:00:01 8198");
    let own = "09:00 12288 host=127.0.0.1:1688 hr=0x800706BA\n 09:00:01 8198";
    let facts = [Fact::LoopbackHost, Fact::RemoteHost];
    assert_eq!(
        proved(
            0x8007_06BA,
            &facts,
            &[("pc-1", own), ("pc-2", &text("0x800706BA"))]
        ),
        ["pc-1 loopback-host", "pc-2 remote-host"]
    );
}
