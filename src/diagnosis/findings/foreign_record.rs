//! foreign-record: something that is no licensing service has written to the Key Management Service
//! channel. Any program may, and the channel is a known hiding place for code (RULES.md 1).
//!
//! Its records are no activation events and make no machine. They are never cured: what has written
//! once is not gone because it was silent since.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, FindingId};
use crate::diagnosis::Policy;
use crate::diagnosis::finding::{Finding, FindingKey, blank};
use crate::diagnosis::fleet_view::Fleet;
use crate::spp::Family;

pub(super) fn find(
    fleet: &Fleet,
    _: &Policy,
    catalog: &Catalog,
    _: &mut [Finding],
) -> Vec<Finding> {
    let asides = fleet.asides.iter().enumerate();
    let foreign = asides.filter(|(_, aside)| aside.event.family == Family::Foreign);
    let mut finding = blank(FindingKey::Derived(FindingId::ForeignRecord), false);
    let mut machines: BTreeSet<&str> = BTreeSet::new();
    for (place, aside) in foreign {
        finding.asides.push(place);
        let machine = aside.machine.and_then(|number| fleet.machines.get(number));
        machines.extend(machine.map(|machine| machine.computer.as_str()));
    }
    if finding.asides.is_empty() {
        return Vec::new();
    }
    finding.machines = machines.into_iter().map(str::to_owned).collect();
    finding.severity = catalog.finding(FindingId::ForeignRecord).severity;
    vec![finding]
}
