//! expiring-soon: a license or a grace ends within the asked time.
//!
//! Fires for every product whose newest known end lies between the machine's now and that time
//! after it. Not for an end that is past (that is a failure of its own), nor for a product in
//! notification. Cannot know of a renewal after the log ends.

use crate::catalog::{Catalog, FindingId, Severity};
use crate::diagnosis::Policy;
use crate::diagnosis::facts;
use crate::diagnosis::finding::{Finding, FindingKey, LicenseEnd, Member, blank, fill};
use crate::diagnosis::fleet_view::Fleet;

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    _: &mut [Finding],
) -> Vec<Finding> {
    let id = FindingId::ExpiringSoon;
    let mut members: Vec<Member<'_>> = Vec::new();
    let mut ends = Vec::new();
    for (number, machine) in fleet.machines.iter().enumerate() {
        for product in &machine.diagnosis.products {
            let Some(end) = product.expires_at else {
                continue;
            };
            if product.is_lapsed || end < machine.now || end > machine.now + policy.expiring_within
            {
                continue;
            }
            members.push(Member {
                machine: number,
                product: Some(product),
                attempt: None,
                event: product.state_event,
                is_cured: false,
                is_carried: false,
            });
            ends.push(LicenseEnd {
                machine: machine.computer.clone(),
                activation_id: product.activation_id,
                expires_at: end,
            });
        }
    }
    if members.is_empty() {
        return Vec::new();
    }
    ends.sort();
    let mut finding = blank(FindingKey::Derived(id), false);
    fill(&mut finding, fleet, &members, None);
    finding.severity = catalog.finding(id).severity.max(Severity::Warning);
    finding.details.ends = ends;
    facts::prove(&mut finding, fleet, catalog, &members);
    vec![finding]
}

#[cfg(test)]
mod tests {
    use super::super::support::told;

    #[test]
    fn an_end_within_two_weeks_is_told() {
        assert_eq!(
            told("pc", "09:00 8230 end=13\n 10:00 900")[0],
            "expiring-soon active warning pc"
        );
        assert_eq!(
            told("pc", "09:00 1003 grace=7200"),
            ["expiring-soon active warning pc"]
        );
    }

    #[test]
    fn a_later_end_is_not() {
        let told = told("pc", "09:00 8230 end=15\n 10:00 900").join("\n");
        assert!(!told.contains("expiring-soon"), "{told}");
    }

    #[test]
    fn a_renewal_takes_it_away() {
        assert!(
            told(
                "pc",
                "09:00 8230 end=5\n 10:00 12288 state=1 left=7000\n 10:00:01 12289"
            )
            .is_empty()
        );
    }
}
