//! not-activated: a product is in notification, expired or non-genuine, or an attempt failed, and
//! no code says why.
//!
//! Fires where the state's own code is only a state (0xC004F056, 0xC004F009, 0xC004E003) or there
//! is none, and where a KMS host answered with enough count and did not bind the client. Not where
//! an attempt is open (its cause is the finding) and not for an evaluation that has ended.
//! Cannot know whether an attempt was made before the log begins.

use super::evaluation_ended::is_ended_evaluation;
use crate::catalog::{Catalog, FindingId, Severity};
use crate::diagnosis::Policy;
use crate::diagnosis::facts;
use crate::diagnosis::finding::{Finding, FindingKey, Member, blank, fill, members, severity};
use crate::diagnosis::fleet_view::Fleet;

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    _: &mut [Finding],
) -> Vec<Finding> {
    let id = FindingId::NotActivated;
    let mut found = Vec::new();
    for is_cured in [false, true] {
        let members: Vec<Member<'_>> = fleet
            .machines
            .iter()
            .enumerate()
            .flat_map(|(number, machine)| members(number, machine))
            .filter(|member| member.is_cured == is_cured && is_without_a_code(member))
            .collect();
        if members.is_empty() {
            continue;
        }
        let mut finding = blank(FindingKey::Derived(id), is_cured);
        fill(&mut finding, fleet, &members, None);
        let of_member = |member: &Member<'_>| {
            let has_attempts = member.attempt.is_some()
                || member.product.is_some_and(|product| product.has_attempts);
            match (member.is_cured, has_attempts) {
                (false, false) => Severity::Warning,
                _ => severity(fleet, policy, member, None, catalog.finding(id).severity),
            }
        };
        finding.severity = members
            .iter()
            .map(of_member)
            .max()
            .unwrap_or(Severity::Info);
        facts::prove(&mut finding, fleet, catalog, &members);
        found.push(finding);
    }
    found
}

fn is_without_a_code(member: &Member<'_>) -> bool {
    match (member.attempt, member.product) {
        (Some(attempt), _) => attempt.root_cause().is_none(),
        (None, Some(product)) => {
            product.status_failure.is_some_and(|f| f.code.is_none())
                && !is_ended_evaluation(product)
        }
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{found, told};

    #[test]
    fn a_product_that_never_tried_is_a_warning() {
        assert_eq!(
            told("pc", "09:00 1003 notification=0xC004F056"),
            ["not-activated active warning pc"]
        );
    }

    #[test]
    fn one_that_tried_without_an_answer_is_an_error() {
        let text = "09:00 12288 state=5\n d2 09:00 1003 notification=0xC004F056";
        assert_eq!(told("pc", text), ["not-activated active error pc"]);
    }

    #[test]
    fn a_host_with_enough_count_that_does_not_bind_is_told() {
        let text = "09:00 12288 state=5\n 09:00:01 12289 bound=0 count=50";
        assert_eq!(told("pc", text), ["not-activated active error pc"]);
    }

    #[test]
    fn a_failed_attempt_with_a_cause_is_not() {
        assert_eq!(
            told("pc", "09:00 12288 state=5 hr=0x800706BA\n 09:01 8198"),
            ["0x800706BA active error pc"]
        );
    }

    #[test]
    fn a_state_that_ends_in_a_success_leaves_nothing() {
        assert!(
            told(
                "pc",
                "09:00 1003 notification=0xC004F056\n 09:01 12288\n 09:01:01 12289"
            )
            .is_empty()
        );
    }

    #[test]
    fn a_license_that_is_set_to_non_genuine_is_shown_by_the_event_that_says_so() {
        let text = "09:00 8230\n 10:00 8209 0xC004F200 55c92734-d682-4d71-983e-d6ec3f16059f\n 11:00 1003 licensed=259200";
        assert_eq!(told("pc", text), ["not-activated active warning pc"]);
        let evidence = &found(&[("pc", text)])[0].evidence;
        assert_eq!(evidence.iter().map(|e| e.event).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_cured_attempt_without_a_code_stands_as_cured() {
        let text = "09:00 12288 state=5\n 09:00:01 12289 bound=0 count=50\n 11:00 12288 state=5\n 11:00:01 12289";
        assert_eq!(told("pc", text), ["not-activated cured info pc"]);
    }
}
