//! implausible-validity: a KMS client's license ends later than any honest one can.
//!
//! A KMS host or Active Directory gives 180 days. An end more than 181 days after the record that
//! tells it is the mark of a forged ticket (the method known as KMS38 ends in 2038), or of a clock
//! that was set back in between. Cured where a newer event tells another end. Cannot know who set
//! it, nor whether the clock was wrong at the activation.

use super::derived;
use crate::catalog::{Catalog, FindingId};
use crate::diagnosis::Policy;
use crate::diagnosis::finding::{Finding, LicenseEnd, Member};
use crate::diagnosis::fleet_view::Fleet;
use crate::spp::Channel;

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    _: &mut [Finding],
) -> Vec<Finding> {
    let mut found = Vec::new();
    for is_cured in [false, true] {
        let mut members: Vec<Member<'_>> = Vec::new();
        let mut ends = Vec::new();
        for (number, machine) in fleet.machines.iter().enumerate() {
            for product in &machine.diagnosis.products {
                let Some(told) = product.implausible_end else {
                    continue;
                };
                let is_client = product.channel == Some(Channel::KmsClient);
                if !is_client || told.is_current == is_cured {
                    continue;
                }
                // What was over before the window is not told.
                let time = machine.events.time(told.event);
                let is_in = time.is_some_and(|time| machine.diagnosis.window.contains(time));
                if is_cured && !is_in {
                    continue;
                }
                members.push(Member {
                    machine: number,
                    product: Some(product),
                    attempt: None,
                    event: Some(told.event),
                    is_cured,
                    is_carried: false,
                });
                ends.push(LicenseEnd {
                    machine: machine.computer.clone(),
                    activation_id: product.activation_id,
                    expires_at: told.end,
                });
            }
        }
        if members.is_empty() {
            continue;
        }
        ends.sort();
        let id = FindingId::ImplausibleValidity;
        let mut finding = derived(fleet, policy, catalog, id, is_cured, &members);
        finding.details.ends = ends;
        found.push(finding);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::support::told;

    #[test]
    fn an_end_in_2038_is_told() {
        assert_eq!(
            told("pc", "09:00 8230 end=4300"),
            ["implausible-validity active warning pc"]
        );
        assert_eq!(
            told("pc", "09:00 8230\n 09:00:01 1003 licensed=6100000"),
            ["implausible-validity active warning pc"]
        );
    }

    #[test]
    fn a_day_more_than_180_is_allowed() {
        assert!(told("pc", "09:00 8230 end=181").is_empty());
        assert_eq!(
            told("pc", "09:00 8230 end=182"),
            ["implausible-validity active warning pc"]
        );
    }

    #[test]
    fn it_stands_beside_renewals_that_fail() {
        let text = "09:00 8230 end=4300\n d9 09:00 12288 state=1 left=6100000 hr=0x8007232B\n d9 09:00:01 8198 action=AutoActivateSilent";
        assert_eq!(
            told("pc", text),
            [
                "0x8007232B active warning pc",
                "implausible-validity active warning pc"
            ]
        );
    }

    #[test]
    fn other_channels_may_end_when_they_like() {
        assert!(told("pc", "09:00 8230 channel=Retail:TB:Eval end=360").is_empty());
    }

    #[test]
    fn an_honest_activation_cures_it() {
        let text = "09:00 8230 end=4300\n d2 09:00 12288 state=1 left=6100000\n d2 09:00:01 12289";
        assert_eq!(told("pc", text), ["implausible-validity cured info pc"]);
    }

    #[test]
    fn a_key_that_is_removed_takes_it_away() {
        assert!(told("pc", "09:00 8230 end=4300\n d2 09:00 1018").is_empty());
    }
}
