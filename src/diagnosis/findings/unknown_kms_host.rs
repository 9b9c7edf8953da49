//! unknown-kms-host: a machine asks a KMS host that may be somebody else's, and nobody said which
//! hosts are right.
//!
//! Only without a list of hosts. Fires for a public address, and for a name whose last two labels are
//! those of no machine in the input; not for a known cloud endpoint, a bare name, a host of one's own
//! domain. A question and no fault: status info. Where a machine's newest request went elsewhere, the
//! question is gone. Cannot know which domains belong to one owner.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::asking;
use crate::catalog::{Catalog, FindingId, Severity};
use crate::diagnosis::Policy;
use crate::diagnosis::finding::{Finding, FindingStatus, Member};
use crate::diagnosis::fleet_view::{Fleet, HostKind, Machine};
use crate::diagnosis::names::{last_labels, organizations};
use crate::spp::KmsHost;

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    _: &mut [Finding],
) -> Vec<Finding> {
    if !policy.kms_hosts.is_empty() {
        return Vec::new();
    }
    let own = organizations(&fleet.machines);
    let foreign: BTreeSet<&KmsHost> = fleet
        .kms_hosts
        .iter()
        .filter(|state| state.kind == HostKind::Unknown && is_foreign(&state.host, &own))
        .map(|state| &state.host)
        .collect();
    if foreign.is_empty() {
        return Vec::new();
    }
    let is_kind =
        |machine: &Machine, host: &KmsHost| foreign.contains(host) && !machine.is_self(host);
    let members: Vec<Member<'_>> = fleet
        .machines
        .iter()
        .enumerate()
        .flat_map(|(number, machine)| {
            asking::members(number, machine, |host| is_kind(machine, host))
        })
        .filter(|member| !member.is_cured)
        .collect();
    if members.is_empty() {
        return Vec::new();
    }
    let id = FindingId::UnknownKmsHost;
    let mut finding = asking::finding(id, false, fleet, catalog, &members, is_kind);
    finding.status = FindingStatus::Info;
    finding.severity = Severity::Info;
    vec![finding]
}

fn is_foreign(host: &KmsHost, own: &BTreeSet<String>) -> bool {
    match host.address() {
        Some(address) => is_public(address),
        None => last_labels(host.name()).is_some_and(|labels| !own.contains(&labels)),
    }
}

/// Whether an address can be reached over the Internet, by IANA's registries of special addresses.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public_v4(v4),
            None => is_public_v6(v6),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_assignment = (a, b, c) == (192, 0, 0);
    let is_benchmark = a == 198 && (b == 18 || b == 19);
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || is_shared
        || is_assignment
        || is_benchmark)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Global unicast is 2000::/3; 2001:db8::/32 in it is for documentation.
    first & 0xE000 == 0x2000 && (first, second) != (0x2001, 0x0DB8)
}

#[cfg(test)]
mod tests {
    use super::super::support::{told, told_with};
    use super::is_public;
    use crate::diagnosis::Policy;
    use crate::spp::KmsHost;

    fn asked(host: &str) -> String {
        format!("09:00 12288 host={host}\n 09:00:01 12289")
    }

    #[test]
    fn a_public_address_and_a_foreign_name_are_asked_about() {
        for host in ["8.8.8.8:1688", "kms.somewhere.test:1688"] {
            let found = told("pc.a.example", &asked(host));
            assert_eq!(found, ["unknown-kms-host info info pc.a.example"], "{host}");
        }
    }

    #[test]
    fn ones_own_domain_a_bare_name_a_private_address_and_a_cloud_are_not() {
        for host in [
            "kms.hq.a.example:1688",
            "kms:1688",
            "10.1.2.3:1688",
            "[fd00::1]:1688",
            "azkms.core.windows.net:1688",
        ] {
            let found = told("pc.a.example", &asked(host));
            assert!(found.is_empty(), "{host}: {found:?}");
        }
    }

    #[test]
    fn a_machine_without_a_domain_has_no_name_of_its_own() {
        let found = told("pc", &asked("kms.somewhere.test:1688"));
        assert_eq!(found, ["unknown-kms-host info info pc"]);
    }

    #[test]
    fn a_newer_request_elsewhere_takes_the_question_away() {
        let text = format!(
            "{}\n d8 09:00 12288 host=kms.a.example:1688 state=1 left=249000\n d8 09:00:01 12289",
            asked("8.8.8.8:1688")
        );
        assert!(told("pc.a.example", &text).is_empty());
    }

    #[test]
    fn with_a_list_the_list_decides() {
        let policy = Policy {
            kms_hosts: vec![KmsHost::new("8.8.8.8", None)],
            ..Policy::default()
        };
        assert!(told_with(&policy, &[("pc", &asked("8.8.8.8:1688"))]).is_empty());
    }

    #[test]
    fn special_addresses_are_not_public() {
        for address in [
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.1.1",
            "192.0.2.7",
            "192.0.0.8",
            "198.18.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "fe80::1",
            "fd12::1",
            "2001:db8::1",
            "ff02::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "100.128.0.1",
            "198.20.0.1",
            "2606:4700::1",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
