//! Findings that no code says, one file each: when it fires, when not, and what it cannot know.

mod clock_skew;
mod evaluation_ended;
mod expiring_soon;
mod loopback_kms_host;
mod not_activated;
#[cfg(test)]
mod support;

use super::Policy;
use super::finding::Finding;
use super::fleet_view::Fleet;
use crate::catalog::{Catalog, FindingId};

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
    };
    Finder { id, find }
}
