//! Findings that no code says, one file each: when it fires, when not, and what it cannot know.

mod clock_skew;
mod evaluation_ended;
mod expiring_soon;
mod foreign_record;
mod implausible_validity;
mod key_install_failed;
mod loopback_kms_host;
mod not_activated;
mod renewal_overdue;
#[cfg(test)]
pub(super) mod support;
mod tampering;
mod wrong_channel;

use super::Policy;
use super::facts;
use super::finding::{Finding, FindingKey, Member, blank, fill, severity};
use super::fleet_view::Fleet;
use crate::catalog::{Catalog, FindingId};

pub(crate) use renewal_overdue::is_overdue;

/// Finds one kind of finding over all machines.
pub struct Finder {
    /// What it finds.
    pub id: FindingId,
    /// Finds it. The findings of codes are handed in, so that it can add its details to the one
    /// that it explains: one fact, one card.
    pub find: fn(&Fleet, &Policy, &Catalog, &mut [Finding]) -> Vec<Finding>,
}

/// The finder of a finding.
pub fn finder(id: FindingId) -> Finder {
    let find = match id {
        FindingId::NotActivated => not_activated::find,
        FindingId::EvaluationEnded => evaluation_ended::find,
        FindingId::ClockSkew => clock_skew::find,
        FindingId::LoopbackKmsHost => loopback_kms_host::find,
        FindingId::ExpiringSoon => expiring_soon::find,
        FindingId::RenewalOverdue => renewal_overdue::find,
        FindingId::WrongChannel => wrong_channel::find,
        FindingId::ImplausibleValidity => implausible_validity::find,
        FindingId::KeyInstallFailed => key_install_failed::find,
        FindingId::Tampering => tampering::find,
        FindingId::ForeignRecord => foreign_record::find,
    };
    Finder { id, find }
}

/// A finding of these members: what they tell, the highest of their severities, the facts.
fn derived(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    id: FindingId,
    is_cured: bool,
    members: &[Member<'_>],
) -> Finding {
    let mut finding = blank(FindingKey::Derived(id), is_cured);
    fill(&mut finding, fleet, members, None);
    let default = catalog.finding(id).severity;
    finding.severity = members
        .iter()
        .map(|member| severity(fleet, policy, member, None, default))
        .max()
        .unwrap_or(default);
    finding.facts = facts::of(fleet, catalog, members, finding.machines.len());
    finding
}
