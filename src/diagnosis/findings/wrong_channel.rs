//! wrong-channel: KMS is asked for a product whose key is none that KMS activates.
//!
//! Fires for a product that an 8230 gives a retail, OEM, MAK or KMS host key, where an attempt at
//! that same product asked a KMS host (12288), or failed with a code that only the way to a KMS
//! host has. Both name the product by its activation id, so that a machine with two products is
//! not mixed up. A channel that only the catalog tells does not count.
//!
//! A KMS host key alone proves nothing: a KMS host has one, and its own events stand in another
//! log. It is told without an attempt where more machines of the input have the same one than it
//! can be activated on, and nothing shows that they are KMS hosts.
//!
//! Cured where the attempts are, or where the machine has since been activated by a KMS client key
//! of the same application. Cannot know which key was meant.

use std::collections::BTreeMap;

use super::derived;
use crate::catalog::{Catalog, FindingId};
use crate::diagnosis::Policy;
use crate::diagnosis::attempt::Attempt;
use crate::diagnosis::finding::{Finding, KeyDetail, Member, members};
use crate::diagnosis::fleet_view::{Fleet, Machine};
use crate::diagnosis::machine::{ActivationStatus, ProductState};
use crate::hresult::Hresult;
use crate::spp::Channel;

/// A KMS host key activates six computers at most (Microsoft's volume activation guide).
const HOST_KEY_MACHINES: usize = 6;
/// Codes that only the way to a KMS host and its answers have, besides those of DNS servers.
const OF_KMS: &[u32] = &[
    0xC004_F074,
    0x8007_007B,
    0xC004_F038,
    0xC004_F039,
    0xC004_F041,
    0xC004_F042,
    0xC004_F06C,
];

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    _: &mut [Finding],
) -> Vec<Finding> {
    let all: Vec<Member<'_>> = fleet
        .machines
        .iter()
        .enumerate()
        .flat_map(|(number, machine)| asking(number, machine))
        .chain(host_keys(fleet))
        .collect();
    let mut found = Vec::new();
    for is_cured in [false, true] {
        let members: Vec<Member<'_>> = all
            .iter()
            .filter(|member| member.is_cured == is_cured)
            .copied()
            .collect();
        if members.is_empty() {
            continue;
        }
        let id = FindingId::WrongChannel;
        let mut finding = derived(fleet, policy, catalog, id, is_cured, &members);
        finding.details.keys = keys(fleet, &members);
        // What the attempts ended with is told by the findings of codes.
        finding.outcomes.clear();
        finding.also_seen.clear();
        finding.gaps.clear();
        found.push(finding);
    }
    found
}

/// Whether KMS activates no product with this key.
fn is_wrong(channel: &Channel) -> bool {
    match channel {
        Channel::Retail(_) | Channel::Oem(_) | Channel::Mak | Channel::KmsHost => true,
        Channel::KmsClient | Channel::Evaluation(_) | Channel::Other(_) => false,
    }
}

/// The failed attempts at KMS of products that an event gives another key.
fn asking(number: usize, machine: &Machine) -> Vec<Member<'_>> {
    let has_other_key = |product: &ProductState| {
        product.sources.channel.is_some() && product.channel.as_ref().is_some_and(is_wrong)
    };
    if !machine.diagnosis.products.iter().any(has_other_key) {
        return Vec::new();
    }
    let mut asking: Vec<Member<'_>> = members(number, machine)
        .into_iter()
        .filter(|member| {
            member.product.is_some_and(has_other_key) && member.attempt.is_some_and(asks_kms)
        })
        .collect();
    for member in &mut asking {
        member.is_cured |= member
            .product
            .is_some_and(|product| is_replaced(machine, product));
        member.event = member.product.and_then(|product| product.sources.channel);
    }
    asking
}

fn asks_kms(attempt: &Attempt) -> bool {
    let is_of_kms = |code: Hresult| {
        let bits = code.bits();
        OF_KMS.contains(&bits)
            // What a DNS server answers, or what keeps one from being asked: the activation server on
            // the Internet is looked for in another way, with codes of its own.
            || (0x8007_2328..=0x8007_270F).contains(&bits)
    };
    attempt.tries.iter().any(|tried| tried.request.is_some())
        || attempt.causes().iter().any(|cause| is_of_kms(cause.code))
}

/// Whether a KMS client key of the same application has activated the machine.
fn is_replaced(machine: &Machine, product: &ProductState) -> bool {
    machine.diagnosis.products.iter().any(|other| {
        other.application == product.application
            && other.channel == Some(Channel::KmsClient)
            && other.status == ActivationStatus::Activated
    })
}

/// Machines with one KMS host key that are more than it may have, and no KMS hosts.
fn host_keys(fleet: &Fleet) -> Vec<Member<'_>> {
    let mut by_key: BTreeMap<&str, BTreeMap<usize, &ProductState>> = BTreeMap::new();
    for (number, machine) in fleet.machines.iter().enumerate() {
        if machine.diagnosis.marks.has_host_events {
            continue;
        }
        for product in &machine.diagnosis.products {
            if let (Some(Channel::KmsHost), Some(_), Some(key)) = (
                &product.channel,
                product.sources.channel,
                &product.partial_key,
            ) {
                by_key.entry(key).or_default().insert(number, product);
            }
        }
    }
    by_key
        .into_values()
        .filter(|machines| machines.len() > HOST_KEY_MACHINES)
        .flatten()
        .map(|(machine, product)| Member {
            machine,
            product: Some(product),
            attempt: None,
            event: product.sources.channel,
            is_cured: false,
            is_carried: false,
        })
        .collect()
}

fn keys(fleet: &Fleet, members: &[Member<'_>]) -> Vec<KeyDetail> {
    let mut keys: Vec<KeyDetail> = members
        .iter()
        .filter_map(|member| {
            let product = member.product?;
            Some(KeyDetail {
                machine: fleet.machines.get(member.machine)?.computer.clone(),
                activation_id: product.activation_id,
                channel: product.channel.clone(),
                partial_key: product.partial_key.clone(),
                code: None,
                detail: None,
            })
        })
        .collect();
    keys.sort();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::super::support::{found, told, told_of};

    const RETAIL: &str = "09:00 8230 channel=Retail state=NOTIFICATION reason=0xC004F034";

    #[test]
    fn a_retail_key_where_a_kms_host_is_asked_is_told() {
        let text = format!("{RETAIL}\n 09:00:01 12288 hr=0x800706BA\n 09:00:02 8198");
        assert_eq!(
            told("pc", &text),
            [
                "0x800706BA active error pc",
                "wrong-channel active error pc"
            ]
        );
    }

    #[test]
    fn an_outcome_that_only_kms_has_is_enough() {
        for code in ["0x8007007B", "0x8007232B", "0xC004F074"] {
            let text = format!("{RETAIL}\n 09:00:02 8198 hr={code}");
            let told = told("pc", &text);
            assert!(
                told.contains(&"wrong-channel active error pc".to_owned()),
                "{told:?}"
            );
        }
    }

    #[test]
    fn an_online_activation_that_fails_is_not() {
        for code in ["0x80072EE7", "0xC004C003", "0x800704CF", "0x803F7001"] {
            let text = format!("{RETAIL}\n 09:00:02 8198 hr={code}");
            assert_eq!(told("pc", &text), [format!("{code} active error pc")]);
        }
    }

    #[test]
    fn another_product_that_asks_kms_is_not() {
        let text = format!(
            "{RETAIL}\n 09:00:01 8230 sku=b state=NOTIFICATION\n 09:00:02 12288 sku=b hr=0x800706BA\n 09:00:03 8198 sku=b"
        );
        assert!(!told("pc", &text).join("\n").contains("wrong-channel"));
    }

    #[test]
    fn a_kms_client_key_is_the_right_one() {
        let text = "09:00 8230 state=NOTIFICATION\n 09:00:01 12288 hr=0x800706BA\n 09:00:02 8198";
        assert_eq!(told("pc", text), ["0x800706BA active error pc"]);
    }

    #[test]
    fn a_kms_host_key_that_asks_kms_is_told_and_one_that_does_not_is_not() {
        let key = "09:00 8230 channel=Volume:CSVLK state=NOTIFICATION reason=0xC004F034";
        let text = format!("{key}\n 09:00:01 12288 hr=0x800706BA\n 09:00:02 8198");
        assert!(told("pc", &text).contains(&"wrong-channel active error pc".to_owned()));
        assert_eq!(told("pc", key), ["0xC004F034 active error pc"]);
    }

    #[test]
    fn one_kms_host_key_on_more_than_six_machines_is_told() {
        let names = ["p1", "p2", "p3", "p4", "p5", "p6", "p7"];
        let key = "09:00 8230 channel=Volume:CSVLK";
        let mut machines = names.map(|name| (name, key)).to_vec();
        let told = told_of(&machines);
        assert_eq!(told, ["wrong-channel active warning p1 p2 p3 p4 p5 p6 p7"]);
        machines[0].1 = "09:00 8230 channel=Volume:CSVLK\n 10:00 12294 example";
        assert!(told_of(&machines).is_empty(), "one of them is a KMS host");
    }

    #[test]
    fn the_right_key_in_its_place_cures_it() {
        let text = format!(
            "{RETAIL}\n 09:00:02 8198 hr=0x8007007B\n d2 09:00 8230 sku=b\n d2 09:00:01 12288 sku=b\n d2 09:00:02 12289"
        );
        let told = told("pc", &text);
        assert!(
            told.contains(&"wrong-channel cured info pc".to_owned()),
            "{told:?}"
        );
    }

    #[test]
    fn the_key_is_told_with_its_last_characters() {
        let text = format!("{RETAIL}\n 09:00:02 8198 hr=0x8007007B\n 12:00 8198 hr=0x8007007B");
        let found = found(&[("pc", &text)]);
        let finding = found.iter().find(|f| !f.details.keys.is_empty()).unwrap();
        let [key] = finding.details.keys.as_slice() else {
            panic!("{:?}", finding.details.keys)
        };
        assert_eq!(key.partial_key.as_deref(), Some("AAAAA"));
        assert_eq!(finding.attempts, 2);
    }
}
