//! Digital licenses: what the service behind them (ClipSVC) logs beside an activation that failed for
//! want of one. The Application log holds no more than 0x803F7001; the inner code stands in the other
//! log, in the same minute.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::facts::FindingShare;
use super::finding::{DigitalResult, Finding, FindingKey};
use super::fleet_view::{Aside, Fleet};
use crate::catalog::Fact;
use crate::hresult::Hresult;
use crate::spp::Family;

/// No digital license was found for the device.
const NO_DIGITAL_LICENSE: Hresult = Hresult::new(0x803F_7001);
/// Events of one failure stand this close together; the logs' clocks are the same.
const SAME_MINUTE: TimeDelta = TimeDelta::seconds(60);
/// The hardware ID in the device license is out of tolerance.
const OUT_OF_TOLERANCE: u16 = 152;

/// Puts the records of digital licenses beside the findings that they explain.
pub(super) fn join(fleet: &Fleet, found: &mut [Finding]) {
    let key = FindingKey::Code(NO_DIGITAL_LICENSE);
    for finding in found.iter_mut().filter(|finding| finding.key == key) {
        let mut results: BTreeSet<DigitalResult> = BTreeSet::new();
        let mut out_of_tolerance: BTreeSet<usize> = BTreeSet::new();
        let mut machines: BTreeSet<usize> = BTreeSet::new();
        for evidence in &finding.evidence {
            machines.insert(evidence.machine);
            let Some(machine) = fleet.machines.get(evidence.machine) else {
                continue;
            };
            let Some(time) = machine.events.time(evidence.event) else {
                continue;
            };
            let of_the_minute = fleet.asides_within(time - SAME_MINUTE, time + SAME_MINUTE);
            let own = of_the_minute.filter(|(_, aside)| {
                aside.machine == Some(evidence.machine)
                    && aside.event.family == Family::DigitalLicense
            });
            for (place, aside) in own {
                if aside.event.event_id == OUT_OF_TOLERANCE {
                    out_of_tolerance.insert(evidence.machine);
                }
                results.insert(result(&machine.computer, place, aside));
            }
        }
        for proven in &mut finding.proven {
            if matches!(proven.part, FindingShare::Machine(machine) if out_of_tolerance.contains(&machine))
            {
                proven.facts.insert(Fact::HardwareOutOfTolerance);
            }
        }
        if !machines.is_empty() && out_of_tolerance == machines {
            finding.facts.insert(Fact::HardwareOutOfTolerance);
        }
        finding.details.digital = results.into_iter().collect();
    }
}

fn result(machine: &str, place: usize, aside: &Aside) -> DigitalResult {
    DigitalResult {
        machine: machine.to_owned(),
        time: aside.event.time,
        aside: place,
        code: aside.event.decisive_code(),
    }
}
