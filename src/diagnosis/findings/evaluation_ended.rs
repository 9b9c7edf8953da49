//! evaluation-ended: a time-based license has ended.
//!
//! The code 0xC004FC07 says so itself: its finding then gets the details, and this one stands
//! alone only for machines without that code, where an evaluation key's end lies before the
//! machine's now. Cannot know of a key that was installed after the log ends.

use super::worst;
use crate::catalog::{Catalog, FindingId};
use crate::diagnosis::Policy;
use crate::diagnosis::facts;
use crate::diagnosis::finding::{
    Finding, FindingKey, FindingStatus, LicenseEnd, Member, blank, fill,
};
use crate::diagnosis::fleet_view::Fleet;
use crate::diagnosis::machine::ProductState;
use crate::hresult::Hresult;
use crate::spp::Channel;

const VALIDITY_OVER: Hresult = Hresult::new(0xC004_FC07);

/// Whether a product is an evaluation whose end is past, and no code of its own says so.
pub(super) fn is_ended_evaluation(product: &ProductState) -> bool {
    matches!(product.channel, Some(Channel::Evaluation(_)))
        && product.is_expired
        && product
            .status_failure
            .is_some_and(|failure| failure.code.is_none())
}

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    codes: &mut [Finding],
) -> Vec<Finding> {
    let id = FindingId::EvaluationEnded;
    let coded = codes
        .iter_mut()
        .find(|f| f.key == FindingKey::Code(VALIDITY_OVER) && f.status == FindingStatus::Active);
    let mut alone: Vec<Member<'_>> = Vec::new();
    let mut ends_of_code = Vec::new();
    let mut ends_alone = Vec::new();
    for (number, machine) in fleet.machines.iter().enumerate() {
        for product in &machine.diagnosis.products {
            let Some(failure) = product.status_failure else {
                continue;
            };
            let end = product.expires_at.map(|expires_at| LicenseEnd {
                machine: machine.computer.clone(),
                activation_id: product.activation_id,
                expires_at,
            });
            if failure.code == Some(VALIDITY_OVER) {
                ends_of_code.extend(end);
            } else if is_ended_evaluation(product) {
                ends_alone.extend(end);
                alone.push(Member {
                    machine: number,
                    product: Some(product),
                    attempt: None,
                    event: Some(failure.event),
                    is_cured: false,
                    is_carried: false,
                });
            }
        }
    }
    if let Some(coded) = coded {
        coded.details.ends = ends_of_code;
    }
    if alone.is_empty() {
        return Vec::new();
    }
    let mut finding = blank(FindingKey::Derived(id), false);
    fill(&mut finding, fleet, &alone, None);
    finding.details.ends = ends_alone;
    finding.severity = worst(fleet, policy, catalog, id, &alone);
    facts::prove(&mut finding, fleet, catalog, &alone);
    vec![finding]
}

#[cfg(test)]
mod tests {
    use super::super::support::told;

    #[test]
    fn an_evaluation_past_its_end_is_told() {
        let text = "09:00 8230 channel=Retail:TB:Eval end=10\n d20 09:00 900";
        assert_eq!(told("pc", text), ["evaluation-ended active error pc"]);
    }

    #[test]
    fn one_inside_its_time_is_not() {
        assert!(
            told(
                "pc",
                "09:00 8230 channel=Retail:TB:Eval end=100\n d20 09:00 900"
            )
            .is_empty()
        );
    }

    #[test]
    fn the_code_of_an_ended_validity_stands_alone() {
        let text =
            "09:00 8230 channel=Retail:TB:Eval end=10\n d20 09:00 1003 notification=0xC004FC07";
        assert_eq!(told("pc", text), ["0xC004FC07 active error pc"]);
    }

    #[test]
    fn a_key_that_took_its_place_leaves_nothing() {
        let text =
            "09:00 8230 channel=Retail:TB:Eval end=10\n d20 09:00 1018\n d20 09:01 8230 sku=b";
        assert!(told("pc", text).is_empty());
    }
}
