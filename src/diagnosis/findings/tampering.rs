//! tampering: the licensing service found its files or its data changed (1022, 20483).
//!
//! Critical, whatever the state of the machine: unofficial activation tools and malware do this, and
//! a machine activates all the same. Cured where a later health check of the service passed (20482).
//! Cannot know who changed what: a damaged disk and an update that was broken off look the same.

use super::derived;
use crate::catalog::{Catalog, FindingId, Severity};
use crate::diagnosis::Policy;
use crate::diagnosis::finding::{Finding, Member};
use crate::diagnosis::fleet_view::{Fleet, Machine};

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    _: &mut [Finding],
) -> Vec<Finding> {
    let mut found = Vec::new();
    for is_cured in [false, true] {
        let members: Vec<Member<'_>> = fleet
            .machines
            .iter()
            .enumerate()
            .flat_map(|(number, machine)| {
                let events = events(machine, is_cured).into_iter();
                events.map(move |event| Member {
                    machine: number,
                    product: None,
                    attempt: None,
                    event: Some(event),
                    is_cured,
                    is_carried: false,
                })
            })
            .collect();
        if members.is_empty() {
            continue;
        }
        let id = FindingId::Tampering;
        let mut finding = derived(fleet, policy, catalog, id, is_cured, &members);
        finding.severity = if is_cured {
            Severity::Info
        } else {
            Severity::Critical
        };
        found.push(finding);
    }
    found
}

/// Those in the window; where one of before it goes on, the newest.
fn events(machine: &Machine, is_cured: bool) -> Vec<usize> {
    let window = &machine.diagnosis.window;
    let all = machine.diagnosis.marks.tampering.iter();
    let all = all.filter(|tampering| tampering.is_cured == is_cured);
    let newest = all.clone().next_back();
    let mut told: Vec<usize> = all
        .filter(|tampering| window.contains(tampering.time))
        .map(|tampering| tampering.event)
        .collect();
    if told.is_empty() && !is_cured {
        told.extend(newest.map(|tampering| tampering.event));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::super::support::told;

    #[test]
    fn both_events_are_critical_even_on_a_machine_that_is_licensed() {
        for event in ["1022 0xC004D301", "20483 0x80070570 0x00000000"] {
            let text = format!("09:00 1003 licensed=259200\n 10:00 {event}");
            assert_eq!(told("pc", &text), ["tampering active critical pc"]);
        }
    }

    #[test]
    fn a_health_check_that_could_not_be_made_is_none() {
        assert!(told("pc", "09:00 902 10.0.1.2\n 09:01 20482").is_empty());
    }

    #[test]
    fn a_health_check_that_passed_before_cures_nothing() {
        assert_eq!(
            told("pc", "09:00 20482\n 10:00 20483 0x80070570 0x0"),
            ["tampering active critical pc"]
        );
    }

    #[test]
    fn a_later_health_check_that_passes_cures_it() {
        assert_eq!(
            told("pc", "09:00 20483 0x80070570 0x0\n d2 09:00 20482"),
            ["tampering cured info pc"]
        );
    }

    #[test]
    fn an_activation_does_not() {
        let text = "09:00 1022 0xC004D301\n 10:00 12288\n 10:00:01 12289";
        assert_eq!(told("pc", text), ["tampering active critical pc"]);
    }
}
