//! clock-skew: the clocks of a client and its KMS host differ by more than four hours.
//!
//! Only a KMS host's own log tells by how much (12290 holds both times; 12289 repeats the client's
//! own). Where the client's log is there too, its 0xC004F06C gets the size as details; this one
//! stands alone for clients without that code. Cured where a later request had the right time.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, FindingId, Severity};
use crate::diagnosis::Policy;
use crate::diagnosis::cause::CLOCK_REFUSED;
use crate::diagnosis::clients::ClockSkew;
use crate::diagnosis::finding::{
    Evidence, Finding, FindingKey, FindingStatus, MachineSkew, Member, blank, by_time, severity,
};
use crate::diagnosis::fleet_view::Fleet;
use crate::spp::KmsHost;

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    codes: &mut [Finding],
) -> Vec<Finding> {
    let default = catalog.finding(FindingId::ClockSkew).severity;
    let mut found = Vec::new();
    for status in [FindingStatus::Active, FindingStatus::Cured] {
        let is_cured = status == FindingStatus::Cured;
        let mut finding = blank(FindingKey::Derived(FindingId::ClockSkew), is_cured);
        let mut machines: BTreeSet<String> = BTreeSet::new();
        let mut evidence: BTreeSet<Evidence> = BTreeSet::new();
        for skew in fleet
            .clock_skews
            .iter()
            .filter(|skew| skew.is_cured == is_cured)
        {
            let number = skew.machine;
            let machine = number
                .and_then(|number| fleet.machines.get(number))
                .map_or(&skew.client, |machine| &machine.computer);
            let told = MachineSkew {
                machine: machine.clone(),
                skew_minutes: skew.skew_minutes,
            };
            // The code of the same status first; a machine that has it at all has its card.
            let of_code = |f: &Finding| {
                f.key == FindingKey::Code(CLOCK_REFUSED)
                    && f.machines.binary_search(machine).is_ok()
            };
            let own = codes
                .iter()
                .position(|f| f.status == status && of_code(f))
                .or_else(|| codes.iter().position(of_code));
            if let Some(coded) = own.and_then(|at| codes.get_mut(at)) {
                coded.details.skews.push(told);
                continue;
            }
            machines.insert(machine.clone());
            let host = fleet.machines.get(skew.host);
            finding
                .kms_hosts
                .extend(host.map(|host| KmsHost::new(&host.computer, None)));
            finding.details.skews.push(told);
            evidence.extend(skew.events.iter().map(|event| Evidence {
                machine: skew.host,
                event: *event,
            }));
            finding.severity = finding
                .severity
                .max(severity_of(fleet, policy, skew, number, default));
        }
        if !machines.is_empty() {
            finding.machines = machines.into_iter().collect();
            finding.evidence = by_time(fleet, evidence);
            found.push(finding);
        }
    }
    found
}

/// As its state tells, where the client is a machine of the input.
fn severity_of(
    fleet: &Fleet,
    policy: &Policy,
    skew: &ClockSkew,
    client: Option<usize>,
    default: Severity,
) -> Severity {
    let Some(number) = client else {
        return if skew.is_cured {
            Severity::Info
        } else {
            default
        };
    };
    let product = fleet.machines.get(number).and_then(|machine| {
        let mut products = machine.diagnosis.products.iter();
        products.find(|product| product.activation_id == skew.activation_id)
    });
    let member = Member {
        machine: number,
        product,
        attempt: None,
        event: None,
        is_cured: skew.is_cured,
        is_carried: false,
    };
    severity(fleet, policy, &member, None, default)
}

#[cfg(test)]
mod tests {
    use super::super::support::{details, told, told_of};

    fn served(time: &str, client_time: &str) -> String {
        format!("{time} 12290 0xC004F06C,25,pc-01,36f27b39-2fd5-440b-be67-a09996d27a38,2026/3/1_{client_time},0,2,41520,68531fb9-5511-4989-97be-d11a0f55633f").replace('_', "\u{2007}")
    }

    #[test]
    fn a_hosts_log_tells_the_size_and_the_direction() {
        assert_eq!(
            told("kms", &served("09:00", "14:30")),
            ["clock-skew active error pc-01"]
        );
        assert_eq!(details("kms", &served("09:00", "14:30")), ["pc-01 330"]);
        assert_eq!(details("kms", &served("09:00", "02:00")), ["pc-01 -420"]);
    }

    #[test]
    fn four_hours_are_allowed() {
        assert!(told("kms", &served("09:00", "13:00")).is_empty());
    }

    #[test]
    fn a_later_request_with_the_right_time_cures_it() {
        let text = format!("{}\n{}", served("09:00", "14:30"), served("12:00", "12:00"));
        assert_eq!(told("kms", &text), ["clock-skew cured info pc-01"]);
    }

    #[test]
    fn a_client_of_another_domain_with_the_same_label_cures_nothing() {
        let named = |time: &str, clock: &str, name: &str| {
            served(time, clock).replace("pc-01,", &format!("{name},"))
        };
        let text = format!(
            "{}\n{}",
            named("09:00", "14:30", "pc-01.a.example"),
            named("12:00", "12:00", "pc-01.b.example")
        );
        assert_eq!(
            told("kms", &text),
            ["clock-skew active error pc-01.a.example"]
        );
        let text = format!(
            "{}\n{}",
            named("09:00", "14:30", "pc-01"),
            named("12:00", "12:00", "PC-01.a.example")
        );
        assert_eq!(
            told("kms", &text),
            ["clock-skew cured info PC-01.a.example"]
        );
    }

    #[test]
    fn a_client_that_is_licensed_for_long_is_a_warning() {
        let client = "09:00 1003 licensed=259200";
        let host = served("09:00", "14:30").replace(
            "68531fb9-5511-4989-97be-d11a0f55633f",
            "00000000-0000-0000-0000-000000000061",
        );
        let found = told_of(&[("kms", &host), ("pc-01", client)]);
        assert_eq!(found, ["clock-skew active warning pc-01"]);
    }

    #[test]
    fn a_code_that_is_cured_takes_the_size_as_well() {
        let client =
            "09:00 12288 hr=0xC004F06C state=5\n 09:00:01 8198\n 10:00 12288\n 10:00:01 12289";
        let found = told_of(&[("kms", &served("09:00", "14:30")), ("pc-01", client)]);
        assert_eq!(found, ["0xC004F06C cured info pc-01"]);
    }

    #[test]
    fn the_clients_own_code_takes_the_size() {
        let client = "09:00 12288 hr=0xC004F06C state=5\n 09:00:01 8198";
        let found = told_of(&[("kms", &served("09:00", "14:30")), ("pc-01", client)]);
        assert_eq!(found, ["0xC004F06C active error pc-01"]);
    }
}
