//! renewal-overdue: a KMS client is licensed, and its license was not renewed when it was due.
//!
//! Fires where the last renewal (the newest success, or the end less 180 days) lies more than 14
//! days before the machine's last record, and the service wrote an event at least a day after the
//! renewal was due: a machine that is switched off is not overdue, nor is Office's own service that
//! nobody starts. Due is what the KMS host's newest answer says, else seven days. Not of chosen
//! event rows, which may leave the renewals out. Cannot know of a renewal after the log ends.

use chrono::TimeDelta;

use super::derived;
use crate::catalog::{Catalog, FindingId};
use crate::diagnosis::Policy;
use crate::diagnosis::finding::{Finding, LastRenewal, Member};
use crate::diagnosis::fleet_view::{Fleet, Machine};
use crate::diagnosis::machine::ProductState;

/// A renewal that is so old is overdue.
const OVERDUE: TimeDelta = TimeDelta::days(14);
/// A client renews every seven days where its KMS host says nothing else.
const INTERVAL: TimeDelta = TimeDelta::days(7);
/// So long after a renewal was due the service has had the time for it.
const DELAY: TimeDelta = TimeDelta::days(1);

/// Whether a product's license should have been renewed since.
pub(crate) fn is_overdue(machine: &Machine, product: &ProductState) -> bool {
    let Some(renewed) = product.last_renewal else {
        return false;
    };
    let marks = &machine.diagnosis.marks;
    let is_licensed = product.license.is_some_and(|license| license.is_licensed());
    if !is_licensed || product.is_lapsed || marks.is_of_chosen_rows {
        return false;
    }
    let told = marks.renewal_interval.map(i64::from);
    let interval = told.and_then(TimeDelta::try_minutes).unwrap_or(INTERVAL);
    let service = product
        .state_event
        .and_then(|at| machine.events.kept(at))
        .map(|(_, origin, _)| origin.family());
    let was_at_work = service
        .and_then(|family| marks.last_of.get(&family))
        .is_some_and(|last| *last - renewed >= interval + DELAY);
    was_at_work && machine.last_seen - renewed > OVERDUE
}

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    _: &mut [Finding],
) -> Vec<Finding> {
    let mut members: Vec<Member<'_>> = Vec::new();
    let mut renewals = Vec::new();
    for (number, machine) in fleet.machines.iter().enumerate() {
        for product in &machine.diagnosis.products {
            if !is_overdue(machine, product) {
                continue;
            }
            let sources = &product.sources;
            members.push(Member {
                machine: number,
                product: Some(product),
                attempt: None,
                event: sources.expires_at.or(sources.last_success),
                is_cured: false,
                is_carried: false,
            });
            renewals.extend(product.last_renewal.map(|last_renewal| LastRenewal {
                machine: machine.computer.clone(),
                activation_id: product.activation_id,
                last_renewal,
                expires_at: product.expires_at,
            }));
        }
    }
    if members.is_empty() {
        return Vec::new();
    }
    renewals.sort();
    let id = FindingId::RenewalOverdue;
    let mut finding = derived(fleet, policy, catalog, id, false, &members);
    finding.details.renewals = renewals;
    vec![finding]
}

#[cfg(test)]
mod tests {
    use super::super::support::{machine, told};
    use super::*;

    const RENEWED: &str = "09:00 12288 state=1 left=249120\n 09:00:01 12289";

    #[test]
    fn a_renewal_of_more_than_two_weeks_ago_is_told_while_the_service_runs() {
        let text = format!("{RENEWED}\n d16 09:00 902 10.0.1.2");
        assert_eq!(told("pc", &text), ["renewal-overdue active warning pc"]);
    }

    #[test]
    fn a_renewal_is_dated_from_the_minutes_that_are_left() {
        // 259,200 minutes are 180 days: it was renewed 15 days before.
        assert_eq!(
            told("pc", "09:00 1003 licensed=237600"),
            ["renewal-overdue active warning pc"]
        );
        assert!(told("pc", "09:00 1003 licensed=239100").is_empty());
        assert_eq!(
            told("pc", "09:00 8230 end=160"),
            ["renewal-overdue active warning pc"]
        );
    }

    #[test]
    fn two_weeks_are_allowed() {
        let text = format!("{RENEWED}\n d15 09:00:00 902 10.0.1.2");
        assert!(told("pc", &text).is_empty());
    }

    #[test]
    fn a_machine_whose_service_was_not_there_is_not_overdue() {
        let overdue = |text: &str| {
            let mut machine = machine("pc", text);
            // The log goes on with events of others.
            machine.last_seen += TimeDelta::days(60);
            is_overdue(&machine, &machine.diagnosis.products[0])
        };
        assert!(!overdue(&format!("{RENEWED}\n d9 08:59 902 10.0.1.2")));
        assert!(overdue(&format!("{RENEWED}\n d9 09:00:01 902 10.0.1.2")));
    }

    #[test]
    fn rows_that_were_chosen_may_leave_the_renewals_out() {
        let mut machine = machine("pc", &format!("{RENEWED}\n d16 09:00 902 10.0.1.2"));
        machine.diagnosis.marks.is_of_chosen_rows = true;
        assert!(!is_overdue(&machine, &machine.diagnosis.products[0]));
    }

    #[test]
    fn a_service_that_is_there_a_day_after_the_renewal_was_due_should_have_renewed() {
        let text = "09:00 12288 state=1 left=249120\n 09:00:01 12289 renewal=43200\n";
        assert!(told("pc", &format!("{text} d31 09:00 902 10.0.1.2")).is_empty());
        assert_eq!(
            told("pc", &format!("{text} d32 09:00:01 902 10.0.1.2")),
            ["renewal-overdue active warning pc"],
            "its host wants a renewal every 30 days"
        );
    }

    #[test]
    fn a_renewal_takes_it_away() {
        let text = format!(
            "{RENEWED}\n d16 09:00 902 10.0.1.2\n d16 09:00:20 12288 state=1 left=237600\n d16 09:00:21 12289"
        );
        assert!(told("pc", &text).is_empty());
    }

    #[test]
    fn an_end_that_is_near_makes_it_no_worse_by_itself() {
        assert_eq!(
            told("pc", "09:00 1003 licensed=10000"),
            [
                "expiring-soon active warning pc",
                "renewal-overdue active warning pc"
            ]
        );
    }

    #[test]
    fn other_keys_need_no_renewal() {
        assert!(
            told(
                "pc",
                "09:00 8230 channel=Volume:MAK\n d40 09:00 902 10.0.1.2"
            )
            .is_empty()
        );
        assert!(
            told(
                "pc",
                "09:00 8230 channel=Retail:TB:Eval end=60\n d30 09:00 902 10.0.1.2"
            )
            .is_empty()
        );
    }

    #[test]
    fn an_end_that_is_past_is_a_failure_of_its_own() {
        let told = told("pc", "09:00 8230 end=10\n d20 09:00 902 10.0.1.2");
        assert_eq!(told, ["not-activated active warning pc"]);
    }
}
