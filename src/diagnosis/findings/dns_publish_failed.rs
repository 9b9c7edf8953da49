//! dns-publish-failed: a KMS host cannot publish its record (_vlmcs._tcp) in a DNS domain.
//!
//! Fires on a 12293, by domain; cured by a later 12294 of the domain. It and the DNS codes of clients
//! in that domain, or below it, name each other. Cannot know whether somebody made the record by hand.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, FindingId};
use crate::diagnosis::Policy;
use crate::diagnosis::finding::{
    Evidence, FailedDomain, Finding, FindingKey, FindingStatus, Member, blank, by_time, severity,
};
use crate::diagnosis::fleet_view::{Fleet, Machine};

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    codes: &mut [Finding],
) -> Vec<Finding> {
    let id = FindingId::DnsPublishFailed;
    let default = catalog.finding(id).severity;
    let mut found = Vec::new();
    for is_cured in [false, true] {
        let mut finding = blank(FindingKey::Derived(id), is_cured);
        let mut machines: BTreeSet<&str> = BTreeSet::new();
        let mut evidence: BTreeSet<Evidence> = BTreeSet::new();
        for (number, machine) in fleet.machines.iter().enumerate() {
            let member = Member {
                machine: number,
                product: None,
                attempt: None,
                event: None,
                is_cured,
                is_carried: false,
            };
            for (domain, publishing) in &machine.diagnosis.marks.host_log.publishing {
                let events = told(machine, &publishing.failures, is_cured);
                if publishing.is_cleared != is_cured || events.is_empty() {
                    continue;
                }
                machines.insert(&machine.computer);
                evidence.extend(events.into_iter().map(|event| Evidence {
                    machine: number,
                    event,
                }));
                finding.details.domains.push(FailedDomain {
                    machine: machine.computer.clone(),
                    domain: domain.clone(),
                    hresult: publishing.hresult,
                });
                let severity = severity(fleet, policy, &member, None, default);
                finding.severity = finding.severity.max(severity);
            }
        }
        if machines.is_empty() {
            continue;
        }
        finding.machines = machines.into_iter().map(str::to_owned).collect();
        finding.evidence = by_time(fleet, evidence);
        let domains = finding.details.domains.iter();
        let domains: BTreeSet<String> = domains.map(|told| told.domain.clone()).collect();
        finding.related = clients_without_record(fleet, catalog, codes, finding.status, &domains);
        found.push(finding);
    }
    found
}

/// The failures in the window; one of before it that goes on is told by its newest record.
fn told(machine: &Machine, failures: &[usize], is_cured: bool) -> Vec<usize> {
    let is_told = |at: &usize| {
        let time = machine.events.time(*at);
        time.is_some_and(|time| machine.diagnosis.window.contains(time))
    };
    let mut told: Vec<usize> = failures.iter().copied().filter(is_told).collect();
    if told.is_empty() && !is_cured {
        told.extend(failures.last());
    }
    told
}

/// The findings of DNS codes that a machine of the domains has.
fn clients_without_record(
    fleet: &Fleet,
    catalog: &Catalog,
    codes: &[Finding],
    status: FindingStatus,
    domains: &BTreeSet<String>,
) -> Vec<FindingKey> {
    let clients: BTreeSet<&str> = fleet
        .machines
        .iter()
        .filter(|machine| machine.is_in_domain_of(domains))
        .map(|machine| machine.computer.as_str())
        .collect();
    let is_concerned = |finding: &&Finding| match finding.key {
        FindingKey::Code(code) => {
            finding.status == status
                && catalog.facts(code).category == "dns"
                && finding
                    .machines
                    .iter()
                    .any(|name| clients.contains(name.as_str()))
        }
        FindingKey::Derived(_) => false,
    };
    codes
        .iter()
        .filter(is_concerned)
        .map(|finding| finding.key)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::support::{found, told, told_of};

    const FAILS: &str = "09:00 12293 0x80072338 A.example";

    #[test]
    fn a_record_that_cannot_be_published_is_told() {
        assert_eq!(
            told("kms.a.example", FAILS),
            ["dns-publish-failed active warning kms.a.example"]
        );
        let details = &found(&[("kms.a.example", FAILS)])[0].details.domains;
        assert_eq!(details[0].domain, "a.example");
        assert_eq!(details[0].hresult.unwrap().bits(), 0x8007_2338);
    }

    #[test]
    fn a_record_that_was_published_from_the_start_is_not() {
        assert!(told("kms.a.example", "09:00 12294 a.example").is_empty());
    }

    #[test]
    fn a_later_success_in_the_domain_cures_it_and_one_elsewhere_does_not() {
        let text = format!("{FAILS}\n d2 09:00 12294 a.example.");
        assert_eq!(told("kms", &text), ["dns-publish-failed cured info kms"]);
        let text = format!("{FAILS}\n d2 09:00 12294 b.example");
        assert_eq!(
            told("kms", &text),
            ["dns-publish-failed active warning kms"]
        );
    }

    #[test]
    fn a_failure_after_a_success_is_new() {
        let text =
            format!("{FAILS}\n d2 09:00 12294 a.example\n d3 09:00 12293 0x8007232D a.example");
        let found = found(&[("kms", &text)]);
        assert_eq!((found.len(), found[0].evidence.len()), (1, 1));
    }

    #[test]
    fn clients_of_the_domain_that_find_no_record_are_related() {
        let client = "10:00 12288 host= hr=0x8007232B\n 10:00:01 8198";
        let related = |client_name: &str| {
            let found = found(&[("kms.a.example", FAILS), (client_name, client)]);
            let related = found
                .iter()
                .map(|f| format!("{}: {:?}", f.key, f.related.len()));
            related.collect::<Vec<_>>()
        };
        assert_eq!(
            related("pc.sub.A.example"),
            ["0x8007232B: 1", "dns-publish-failed: 1"]
        );
        assert_eq!(
            related("pc.b.example"),
            ["0x8007232B: 0", "dns-publish-failed: 0"]
        );
        let order = told_of(&[("kms.a.example", FAILS), ("pc.a.example", client)]);
        assert_eq!(order.len(), 2);
    }
}
