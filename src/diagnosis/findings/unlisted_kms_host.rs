//! unlisted-kms-host: a machine asks a KMS host that is not on the administrator's list.
//!
//! Only where a list was given (`--kms-host`). A loopback address has its own finding, and so has a
//! machine that asks itself; a KMS host may ask itself. Cured where the machine's newest request went
//! to a host that is on the list. Cannot know that two names are one host: list every name that is
//! used.

use super::{asking, worst};
use crate::catalog::{Catalog, FindingId};
use crate::diagnosis::Policy;
use crate::diagnosis::finding::{Finding, Member};
use crate::diagnosis::fleet_view::{Fleet, HostKind, Machine};
use crate::spp::KmsHost;

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    _: &mut [Finding],
) -> Vec<Finding> {
    let is_kind = |machine: &Machine, host: &KmsHost| {
        let state = fleet.kms_host(host);
        state.is_some_and(|state| state.kind == HostKind::Unlisted) && !machine.is_self(host)
    };
    let mut found = Vec::new();
    if policy.kms_hosts.is_empty() {
        return found;
    }
    for is_cured in [false, true] {
        let members: Vec<Member<'_>> = fleet
            .machines
            .iter()
            .enumerate()
            .flat_map(|(number, machine)| {
                asking::members(number, machine, |host| is_kind(machine, host))
            })
            .filter(|member| member.is_cured == is_cured)
            .collect();
        if members.is_empty() {
            continue;
        }
        let id = FindingId::UnlistedKmsHost;
        let mut finding = asking::finding(id, is_cured, fleet, catalog, &members, is_kind);
        finding.severity = worst(fleet, policy, catalog, id, &members);
        found.push(finding);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::support::told_with;
    use crate::diagnosis::Policy;
    use crate::spp::KmsHost;

    fn told(machine: &str, text: &str) -> Vec<String> {
        let policy = Policy {
            kms_hosts: vec![KmsHost::new("kms01.a.example", Some(1688))],
            ..Policy::default()
        };
        told_with(&policy, &[(machine, text)])
    }

    const ELSEWHERE: &str = "09:00 12288 host=kms02.a.example:1688\n 09:00:01 12289";

    #[test]
    fn a_host_that_is_not_on_the_list_is_a_warning() {
        assert_eq!(
            told("pc", ELSEWHERE),
            ["unlisted-kms-host active warning pc"]
        );
        let port = "09:00 12288 host=kms01.a.example:1700\n 09:00:01 12289";
        assert_eq!(told("pc", port), ["unlisted-kms-host active warning pc"]);
    }

    #[test]
    fn a_listed_host_is_none_and_without_a_list_neither_is_any() {
        let text = "09:00 12288 host=KMS01.A.example:1688\n 09:00:01 12289";
        assert!(told("pc", text).is_empty());
        let none = told_with(&Policy::default(), &[("pc.a.example", ELSEWHERE)]);
        assert!(none.is_empty());
    }

    #[test]
    fn a_loopback_host_has_its_own_finding() {
        let text = "09:00 12288 host=127.0.0.2:1688\n 09:00:01 12289";
        assert_eq!(told("pc", text), ["loopback-kms-host active critical pc"]);
    }

    #[test]
    fn a_newer_request_to_a_listed_host_cures_it() {
        let text = format!(
            "{ELSEWHERE}\n d8 09:00 12288 host=kms01.a.example:1688 state=1 left=249000\n d8 09:00:01 12289"
        );
        assert_eq!(told("pc", &text), ["unlisted-kms-host cured info pc"]);
    }
}
