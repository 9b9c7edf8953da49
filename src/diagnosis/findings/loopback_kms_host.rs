//! loopback-kms-host: a KMS client asks itself, by a loopback address or by its own name.
//!
//! A sign of an unofficial KMS emulator, or of a setting left behind. Not on a machine whose own
//! events show that it is a KMS host. Cured where its newest try went elsewhere.

use super::asking;
use crate::catalog::{Catalog, FindingId, Severity};
use crate::diagnosis::Policy;
use crate::diagnosis::finding::{Finding, Member};
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
            .flat_map(|(number, machine)| {
                asking::members(number, machine, |host| machine.is_self(host))
            })
            .filter(|member| member.is_cured == is_cured)
            .collect();
        if members.is_empty() {
            continue;
        }
        let id = FindingId::LoopbackKmsHost;
        let mut finding = asking::finding(id, is_cured, fleet, catalog, &members, Machine::is_self);
        finding.severity = if is_cured {
            Severity::Info
        } else {
            Severity::Critical
        };
        found.push(finding);
    }
    found
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
        assert!(
            told(
                "pc.127.example",
                "09:00 12288 host=127.example:1688\n 09:00:01 12289"
            )
            .is_empty()
        );
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
