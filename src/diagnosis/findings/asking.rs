//! The attempts of machines that asked a kind of KMS host: what the findings about hosts have in
//! common.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, FindingId};
use crate::diagnosis::facts;
use crate::diagnosis::finding::{Finding, FindingKey, Member, blank, fill};
use crate::diagnosis::fleet_view::{Fleet, Machine};
use crate::spp::KmsHost;

/// The attempts of a machine that asked a host of the kind, each with the request that did. It is
/// cured where the machine's newest request to any host went elsewhere.
pub(super) fn members(
    number: usize,
    machine: &Machine,
    is_kind: impl Fn(&KmsHost) -> bool,
) -> Vec<Member<'_>> {
    let carried = machine.diagnosis.carried_attempts();
    let told = machine.diagnosis.attempts.iter();
    let attempts = carried
        .map(|attempt| (true, attempt))
        .chain(told.map(|attempt| (false, attempt)))
        .filter(|(_, attempt)| !attempt.has_borrowed_tries);
    let newest = attempts
        .clone()
        .flat_map(|(_, attempt)| &attempt.tries)
        .filter(|t| t.host.is_some())
        .max_by_key(|t| t.request);
    let is_cured = newest
        .and_then(|t| t.host.as_ref())
        .is_some_and(|host| !is_kind(host));
    attempts
        .filter_map(|(is_carried, attempt)| {
            let mut tries = attempt.tries.iter();
            let own = tries.find(|t| t.host.as_ref().is_some_and(&is_kind))?;
            Some(Member {
                machine: number,
                product: machine.diagnosis.product(attempt.activation_id),
                attempt: Some(attempt),
                event: own.request,
                is_cured,
                is_carried,
            })
        })
        .collect()
}

/// A finding of such attempts, about the hosts that `is_kind` for one of its machines; the severity
/// is left to be told.
pub(super) fn finding(
    id: FindingId,
    is_cured: bool,
    fleet: &Fleet,
    catalog: &Catalog,
    members: &[Member<'_>],
    is_kind: impl Fn(&Machine, &KmsHost) -> bool,
) -> Finding {
    let mut finding = blank(FindingKey::Derived(id), is_cured);
    fill(&mut finding, fleet, members, None);
    let numbers: BTreeSet<usize> = members.iter().map(|member| member.machine).collect();
    let machines: Vec<&Machine> = numbers
        .into_iter()
        .filter_map(|number| fleet.machines.get(number))
        .collect();
    let concerns = |host: &KmsHost| machines.iter().any(|machine| is_kind(machine, host));
    finding.kms_hosts.retain(concerns);
    // What the attempts ended with is told by the findings of codes.
    finding.outcomes.clear();
    finding.also_seen.clear();
    finding.gaps.clear();
    facts::prove(&mut finding, fleet, catalog, members);
    finding
}
