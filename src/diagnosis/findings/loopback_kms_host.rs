//! loopback-kms-host: a KMS client asks itself, by a loopback address or by its own name.
//!
//! A sign of an unofficial KMS emulator, or of a setting left behind. Not on a machine whose own
//! events show that it is a KMS host. Cured where its newest try went elsewhere.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, FindingId, Severity};
use crate::diagnosis::Policy;
use crate::diagnosis::facts;
use crate::diagnosis::finding::{Finding, FindingKey, Member, blank, fill};
use crate::diagnosis::fleet_view::{Fleet, Machine};

pub(super) fn find(
    fleet: &Fleet,
    _: &Policy,
    catalog: &Catalog,
    _: &mut [Finding],
) -> Vec<Finding> {
    let mut found = Vec::new();
    for is_cured in [false, true] {
        let members: Vec<Member<'_>> = fleet
            .machines
            .iter()
            .enumerate()
            .filter(|(_, machine)| !machine.is_kms_host())
            .flat_map(|(number, machine)| members(number, machine))
            .filter(|member| member.is_cured == is_cured)
            .collect();
        if members.is_empty() {
            continue;
        }
        let mut finding = blank(FindingKey::Derived(FindingId::LoopbackKmsHost), is_cured);
        fill(&mut finding, fleet, &members, None);
        let numbers: BTreeSet<usize> = members.iter().map(|member| member.machine).collect();
        let selves: Vec<&Machine> = numbers
            .into_iter()
            .filter_map(|number| fleet.machines.get(number))
            .collect();
        finding
            .kms_hosts
            .retain(|host| selves.iter().any(|machine| machine.is_self(host)));
        // What the attempts ended with is told by the findings of codes.
        finding.outcomes.clear();
        finding.also_seen.clear();
        finding.gaps.clear();
        finding.severity = if is_cured {
            Severity::Info
        } else {
            Severity::Critical
        };
        finding.facts = facts::of(fleet, catalog, &members, finding.machines.len());
        found.push(finding);
    }
    found
}

/// The attempts that asked the machine itself, with the requests that did.
fn members(number: usize, machine: &Machine) -> Vec<Member<'_>> {
    let carried = machine.diagnosis.carried_attempts();
    let told = machine.diagnosis.attempts.iter();
    let attempts = carried
        .map(|attempt| (true, attempt))
        .chain(told.map(|attempt| (false, attempt)))
        .filter(|(_, attempt)| !attempt.has_borrowed_tries);
    let newest = attempts
        .clone()
        .flat_map(|(_, attempt)| &attempt.tries)
        .filter(|t| t.host.is_some())
        .max_by_key(|t| t.request);
    let is_cured = newest
        .and_then(|t| t.host.as_ref())
        .is_some_and(|host| !machine.is_self(host));
    let product_of = |id| {
        machine
            .diagnosis
            .products
            .iter()
            .find(|product| product.activation_id == id)
    };
    attempts
        .filter_map(|(is_carried, attempt)| {
            let own = attempt
                .tries
                .iter()
                .find(|t| t.host.as_ref().is_some_and(|host| machine.is_self(host)))?;
            Some(Member {
                machine: number,
                product: product_of(attempt.activation_id),
                attempt: Some(attempt),
                event: own.request,
                is_cured,
                is_carried,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::support::told;

    #[test]
    fn a_loopback_host_is_critical_even_where_it_activates() {
        let text = "09:00 12288 host=127.0.0.2:1688\n 09:00:01 12289";
        assert_eq!(told("pc", text), ["loopback-kms-host active critical pc"]);
    }

    #[test]
    fn the_machines_own_name_counts_as_well() {
        let text = "09:00 12288 host=PC.example:1688\n 09:00:01 12289";
        assert_eq!(
            told("pc.example", text),
            ["loopback-kms-host active critical pc.example"]
        );
    }

    #[test]
    fn another_host_does_not() {
        assert!(told("pc", "09:00 12288 host=127.example:1688\n 09:00:01 12289").is_empty());
    }

    #[test]
    fn a_kms_host_that_activates_itself_does_not() {
        let text = "08:00 12294 example\n 09:00 12288 host=127.0.0.1:1688\n 09:00:01 12289";
        assert!(told("pc", text).is_empty());
    }

    #[test]
    fn a_newer_try_elsewhere_cures_it() {
        let text = "09:00 12288 host=127.0.0.2:1688\n 09:00:01 12289\n d8 09:00 12288 state=1 left=249000\n d8 09:00:01 12289";
        assert_eq!(told("pc", text), ["loopback-kms-host cured info pc"]);
    }
}
