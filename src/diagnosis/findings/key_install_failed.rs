//! key-install-failed: a product key was given and not taken (1017).
//!
//! Cured where a key was installed later (1016) that may stand for it: of the same application, or
//! of any where one of the two records names no product that is known. The last five characters are
//! told only where they can be a key's. Cannot know whether the key is still wanted.

use super::derived;
use crate::catalog::{Catalog, FindingId};
use crate::diagnosis::Policy;
use crate::diagnosis::finding::{Finding, KeyDetail, Member};
use crate::diagnosis::fleet_view::{Fleet, Machine};
use crate::diagnosis::machine::ProductState;
use crate::diagnosis::marks::KeyFailure;

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    _: &mut [Finding],
) -> Vec<Finding> {
    let mut found = Vec::new();
    for is_cured in [false, true] {
        let told: Vec<(usize, &Machine, &KeyFailure)> = fleet
            .machines
            .iter()
            .enumerate()
            .flat_map(|(number, machine)| {
                let failures = failures(machine, is_cured).into_iter();
                failures.map(move |failure| (number, machine, failure))
            })
            .collect();
        if told.is_empty() {
            continue;
        }
        let members: Vec<Member<'_>> = told
            .iter()
            .map(|(number, machine, failure)| Member {
                machine: *number,
                product: product(machine, failure),
                attempt: None,
                event: Some(failure.event),
                is_cured,
                is_carried: false,
            })
            .collect();
        let id = FindingId::KeyInstallFailed;
        let mut finding = derived(fleet, policy, catalog, id, is_cured, &members);
        for code in told.iter().filter_map(|(_, _, failure)| failure.code) {
            *finding.outcomes.entry(code).or_default() += 1;
        }
        finding
            .products
            .extend(told.iter().filter_map(|(_, _, f)| f.activation_id));
        finding.details.keys = told
            .iter()
            .map(|(_, machine, failure)| KeyDetail {
                machine: machine.computer.clone(),
                activation_id: failure.activation_id,
                channel: None,
                partial_key: failure.partial_key.clone(),
                code: failure.code,
                detail: failure.detail,
            })
            .collect();
        finding.details.keys.sort();
        finding.details.keys.dedup();
        found.push(finding);
    }
    found
}

/// The product that the key names; where it names none, the machine's only one.
fn product<'a>(machine: &'a Machine, failure: &KeyFailure) -> Option<&'a ProductState> {
    let products = &machine.diagnosis.products;
    match (failure.activation_id, products.as_slice()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (id, _) => products.iter().find(|product| product.activation_id == id),
    }
}

/// Those in the window; where one of before it goes on, the newest.
fn failures(machine: &Machine, is_cured: bool) -> Vec<&KeyFailure> {
    let window = &machine.diagnosis.window;
    let all = machine.diagnosis.marks.key_failures.iter();
    let all = all.filter(|failure| failure.is_cured == is_cured);
    let newest = all.clone().next_back();
    let mut told: Vec<&KeyFailure> = all
        .filter(|failure| window.contains(failure.time))
        .collect();
    if told.is_empty() && !is_cured {
        told.extend(newest);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::super::support::{found, told};

    #[test]
    fn a_key_that_is_not_taken_is_a_warning_and_an_error_on_a_lapsed_machine() {
        assert_eq!(
            told("pc", "09:00 1017 0xC004F069 YPXCF ? ?"),
            ["key-install-failed active warning pc"]
        );
        let text = "08:00 1003 notification=0xC004F034\n 09:00 1017 0xC004F069 YPXCF ? ?";
        assert!(told("pc", text).contains(&"key-install-failed active error pc".to_owned()));
    }

    #[test]
    fn a_key_that_is_installed_later_cures_it() {
        assert_eq!(
            told("pc", "09:00 1017 0xC004F069 YPXCF ? ?\n 09:05 1016"),
            ["key-install-failed cured info pc"]
        );
    }

    #[test]
    fn a_key_that_was_installed_before_does_not() {
        assert_eq!(
            told("pc", "09:00 1016\n 09:05 1017 0xC004F069 YPXCF ? ?"),
            ["key-install-failed active warning pc"]
        );
    }

    #[test]
    fn a_key_of_another_application_does_not() {
        // Office 2019, then Windows 10 Enterprise, then Office 2019 again.
        let office = "85dd8b5f-eaa4-4af3-a628-cce9e77c9a03";
        let failed = format!("09:00 1017 0xC004F050 YPXCF {office} ?");
        let windows = " 09:05 1016 id=73111121-5638-40f6-bc11-f1d7b0d64300";
        assert_eq!(
            told("pc", &format!("{failed}\n{windows}")),
            ["key-install-failed active warning pc"]
        );
        assert_eq!(
            told(
                "pc",
                &format!("{failed}\n{windows}\n 09:06 1016 id={office}")
            ),
            ["key-install-failed cured info pc"]
        );
    }

    #[test]
    fn the_end_of_something_else_is_not_told_as_a_key() {
        let told = |text: &str| {
            let found = found(&[("pc", text)]);
            let keys = found[0].details.keys.iter();
            keys.map(|key| key.partial_key.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            told("09:00 1017 0xC004F050 YPXCF ? ?"),
            [Some("YPXCF".to_owned())]
        );
        assert_eq!(told("09:00 1017 0xC004F050 r.vbs ? ?"), [None]);
    }

    #[test]
    fn the_code_stands_among_the_outcomes() {
        let found = found(&[("pc", "09:00 1017 0xC004F069 YPXCF ? ?")]);
        let codes: Vec<String> = found[0].outcomes.keys().map(ToString::to_string).collect();
        assert_eq!(codes, ["0xC004F069"]);
    }
}
