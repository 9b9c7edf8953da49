//! clock-skew: the clocks of a client and its KMS host differ by more than four hours.
//!
//! Only a KMS host's own log tells by how much (12290 holds both times; 12289 repeats the client's
//! own). Where the client's log is there too, its 0xC004F06C gets the size as details; this one
//! stands alone for clients without that code. Cured where a later request had the right time.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, FindingId, Severity};
use crate::diagnosis::Policy;
use crate::diagnosis::finding::{
    Evidence, Finding, FindingKey, FindingStatus, MachineSkew, blank, by_time,
};
use crate::diagnosis::fleet_view::{Fleet, Machine};
use crate::hresult::Hresult;
use crate::spp::KmsHost;

const TIME_REFUSED: Hresult = Hresult::new(0xC004_F06C);

pub(super) fn find(
    fleet: &Fleet,
    _: &Policy,
    catalog: &Catalog,
    codes: &mut [Finding],
) -> Vec<Finding> {
    let mut found = Vec::new();
    for status in [FindingStatus::Active, FindingStatus::Cured] {
        let is_cured = status == FindingStatus::Cured;
        let mut coded = codes
            .iter_mut()
            .find(|f| f.key == FindingKey::Code(TIME_REFUSED) && f.status == status);
        let mut finding = blank(FindingKey::Derived(FindingId::ClockSkew), is_cured);
        let mut machines: BTreeSet<String> = BTreeSet::new();
        let mut evidence: BTreeSet<Evidence> = BTreeSet::new();
        for skew in fleet
            .clock_skews
            .iter()
            .filter(|skew| skew.is_cured == is_cured)
        {
            let machine = machine_of(fleet, &skew.client)
                .map_or(skew.client.clone(), |machine| machine.computer.clone());
            let told = MachineSkew {
                machine: machine.clone(),
                skew_minutes: skew.skew_minutes,
            };
            match &mut coded {
                Some(coded) if coded.machines.contains(&machine) => coded.details.skews.push(told),
                _ => {
                    machines.insert(machine);
                    let host = fleet
                        .machines
                        .get(skew.host)
                        .map(|host| KmsHost::new(&host.computer, None));
                    finding.kms_hosts.extend(host);
                    finding.details.skews.push(told);
                    evidence.extend(skew.events.iter().map(|event| Evidence {
                        machine: skew.host,
                        event: *event,
                    }));
                }
            }
        }
        if !machines.is_empty() {
            finding.machines = machines.into_iter().collect();
            finding.evidence = by_time(fleet, evidence);
            finding.severity = if is_cured {
                Severity::Info
            } else {
                catalog.finding(FindingId::ClockSkew).severity
            };
            found.push(finding);
        }
    }
    found
}

/// The machine of the input that a client's name means: by its full name, else by its first label
/// where just one machine has it.
fn machine_of<'a>(fleet: &'a Fleet, client: &str) -> Option<&'a Machine> {
    let whole = fleet
        .machines
        .iter()
        .find(|machine| machine.computer.eq_ignore_ascii_case(client));
    let label = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
    let domain = |name: &str| {
        name.split_once('.')
            .map(|(_, domain)| domain.to_lowercase())
    };
    let mut same = fleet.machines.iter().filter(|machine| {
        let is_domain_apart =
            matches!((domain(&machine.computer), domain(client)), (Some(a), Some(b)) if a != b);
        label(&machine.computer) == label(client) && !is_domain_apart
    });
    whole.or_else(|| same.next().filter(|_| same.next().is_none()))
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
    fn the_clients_own_code_takes_the_size() {
        let client = "09:00 12288 hr=0xC004F06C state=5\n 09:00:01 8198";
        let found = told_of(&[("kms", &served("09:00", "14:30")), ("pc-01", client)]);
        assert_eq!(found, ["0xC004F06C active error pc-01"]);
    }
}
