//! Findings that no code says, one file each: when it fires, when not, and what it cannot know.

mod asking;
mod clock_skew;
mod dns_publish_failed;
mod duplicate_cmid;
mod evaluation_ended;
mod expiring_soon;
mod foreign_record;
mod implausible_validity;
mod key_install_failed;
mod kms_count_low;
mod kms_host_failing;
mod loopback_kms_host;
mod not_activated;
mod renewal_overdue;
#[cfg(test)]
pub(crate) mod support;
mod tampering;
mod unknown_kms_host;
mod unlisted_kms_host;
mod wrong_channel;

use super::Policy;
use super::facts;
use super::finding::{Finding, FindingKey, Member, blank, fill, severity};
use super::fleet_view::Fleet;
use crate::catalog::{Catalog, FindingId, Severity};

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
        FindingId::DuplicateCmid => duplicate_cmid::find,
        FindingId::KmsCountLow => kms_count_low::find,
        FindingId::KmsHostFailing => kms_host_failing::find,
        FindingId::UnlistedKmsHost => unlisted_kms_host::find,
        FindingId::UnknownKmsHost => unknown_kms_host::find,
        FindingId::DnsPublishFailed => dns_publish_failed::find,
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
    finding.severity = worst(fleet, policy, catalog, id, members);
    facts::prove(&mut finding, fleet, catalog, members);
    finding
}

/// The highest severity of a finding's members (RULES.md 7).
fn worst(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    id: FindingId,
    members: &[Member<'_>],
) -> Severity {
    let default = catalog.finding(id).severity;
    let of_member = |member| severity(fleet, policy, member, None, default);
    members.iter().map(of_member).max().unwrap_or(default)
}
