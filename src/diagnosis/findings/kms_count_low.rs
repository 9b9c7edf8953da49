//! kms-count-low: a KMS host counts fewer clients than a product needs, by the counts that its answers
//! tell (12289).
//!
//! A count is compared with the need of the product that asked: a host caps what it tells at twice
//! the need, and counts Office by itself. The newest answer for the same need decides. Where a machine
//! has the code 0xC004F038, that finding gets the counts; this one stands alone for machines without
//! it. Cannot know how many clients the host has seen since.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::worst;
use crate::catalog::{Catalog, FindingId};
use crate::diagnosis::Policy;
use crate::diagnosis::attempt::{Attempt, Try};
use crate::diagnosis::facts;
use crate::diagnosis::finding::{
    Finding, FindingKey, FindingStatus, HostCount, Member, blank, by_time, fill,
};
use crate::diagnosis::fleet_view::{Fleet, Machine};
use crate::hresult::Hresult;
use crate::spp::KmsHost;

const COUNT_TOO_LOW: Hresult = Hresult::new(0xC004_F038);

/// What counts are compared by: the host, whether it is Office that asked, and its need.
type Pool = (KmsHost, bool, u32);

/// A count that an answer tells.
struct Told<'a> {
    pool: Pool,
    count: u32,
    time: DateTime<Utc>,
    response: usize,
    attempt: &'a Attempt,
}

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    codes: &mut [Finding],
) -> Vec<Finding> {
    let newest = newest_counts(fleet, catalog);
    if newest.is_empty() {
        return Vec::new();
    }
    let mut alone: BTreeMap<FindingStatus, Vec<(Pool, Member<'_>)>> = BTreeMap::new();
    for (number, machine) in fleet.machines.iter().enumerate() {
        let low = low_answers(machine, catalog);
        if low.is_empty() {
            continue;
        }
        if let Some(coded) = of_code(codes, &machine.computer) {
            let pools: BTreeSet<&Pool> = low.iter().map(|(told, _)| &told.pool).collect();
            let counts = pools.into_iter().filter_map(|pool| count_of(pool, &newest));
            coded.details.counts.extend(counts);
            continue;
        }
        for (told, is_carried) in low {
            let count = newest
                .get(&told.pool)
                .map_or(told.count, |(_, count)| *count);
            let is_cured = count >= told.pool.2;
            let member = Member {
                machine: number,
                product: machine.diagnosis.product(told.attempt.activation_id),
                attempt: Some(told.attempt),
                event: Some(told.response),
                is_cured,
                is_carried,
            };
            let status = match is_cured {
                true => FindingStatus::Cured,
                false => FindingStatus::Active,
            };
            alone.entry(status).or_default().push((told.pool, member));
        }
    }
    for coded in codes.iter_mut() {
        coded.details.counts.sort();
        coded.details.counts.dedup();
    }
    alone
        .into_iter()
        .map(|(status, members)| finding(fleet, policy, catalog, &newest, status, &members))
        .collect()
}

fn finding(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    newest: &BTreeMap<Pool, (DateTime<Utc>, u32)>,
    status: FindingStatus,
    told: &[(Pool, Member<'_>)],
) -> Finding {
    let id = FindingId::KmsCountLow;
    let mut finding = blank(FindingKey::Derived(id), status == FindingStatus::Cured);
    let members: Vec<Member<'_>> = told.iter().map(|(_, member)| *member).collect();
    fill(&mut finding, fleet, &members, None);
    // The answers that tell the count are what proves it.
    let evidence = members.iter().filter_map(|member| {
        Some(crate::diagnosis::Evidence {
            machine: member.machine,
            event: member.event?,
        })
    });
    finding.evidence = by_time(fleet, evidence.collect());
    finding.outcomes.clear();
    finding.also_seen.clear();
    finding.gaps.clear();
    let pools: BTreeSet<&Pool> = told.iter().map(|(pool, _)| pool).collect();
    finding.kms_hosts = pools.iter().map(|(host, _, _)| host.clone()).collect();
    finding.details.counts = pools
        .iter()
        .filter_map(|pool| count_of(pool, newest))
        .collect();
    finding.details.counts.dedup();
    finding.severity = worst(fleet, policy, catalog, id, &members);
    facts::prove(&mut finding, fleet, catalog, &members);
    finding
}

fn count_of(pool: &Pool, newest: &BTreeMap<Pool, (DateTime<Utc>, u32)>) -> Option<HostCount> {
    let (_, count) = newest.get(pool)?;
    Some(HostCount {
        host: pool.0.clone(),
        count: *count,
        needed: pool.2,
    })
}

/// The finding of the code that a machine has: the active one first.
fn of_code<'f>(codes: &'f mut [Finding], machine: &str) -> Option<&'f mut Finding> {
    let has = |f: &Finding| {
        let is_named = || {
            f.machines
                .binary_search_by(|name| name.as_str().cmp(machine))
        };
        f.key == FindingKey::Code(COUNT_TOO_LOW) && is_named().is_ok()
    };
    let active = |f: &Finding| f.status == FindingStatus::Active && has(f);
    let at = codes.iter().position(active);
    let at = at.or_else(|| codes.iter().position(has))?;
    codes.get_mut(at)
}

/// The newest count of every pool in which any answer was too low.
fn newest_counts(fleet: &Fleet, catalog: &Catalog) -> BTreeMap<Pool, (DateTime<Utc>, u32)> {
    let mut low: BTreeSet<Pool> = BTreeSet::new();
    let mut newest: BTreeMap<Pool, (DateTime<Utc>, u32)> = BTreeMap::new();
    for machine in &fleet.machines {
        for attempt in machine.diagnosis.known_attempts() {
            for told in attempt
                .tries
                .iter()
                .filter_map(|t| told(machine, attempt, t, catalog))
            {
                if told.count < told.pool.2 {
                    low.insert(told.pool.clone());
                }
                // Of two answers of one moment the lower count.
                let this = (told.time, told.count);
                let is_newer = newest.get(&told.pool).is_none_or(|(time, count)| {
                    *time < this.0 || (*time == this.0 && this.1 < *count)
                });
                if is_newer {
                    newest.insert(told.pool, this);
                }
            }
        }
    }
    newest.retain(|pool, _| low.contains(pool));
    newest
}

/// A machine's answers that tell too low a count, and whether they are told only because the failure
/// goes on.
fn low_answers<'a>(machine: &'a Machine, catalog: &Catalog) -> Vec<(Told<'a>, bool)> {
    let carried = machine
        .diagnosis
        .carried_attempts()
        .map(|attempt| (attempt, true));
    let own = machine
        .diagnosis
        .attempts
        .iter()
        .map(|attempt| (attempt, false));
    let mut low = Vec::new();
    for (attempt, is_carried) in carried.chain(own).filter(|(a, _)| !a.has_borrowed_tries) {
        let told = attempt
            .tries
            .iter()
            .filter_map(|t| told(machine, attempt, t, catalog));
        let told = told.filter(|told| told.count < told.pool.2);
        low.extend(told.map(|told| (told, is_carried)));
    }
    low
}

/// What a try's answer tells of the count; none where it failed for something else, as such an answer
/// may not hold the count.
fn told<'a>(
    machine: &Machine,
    attempt: &'a Attempt,
    tried: &Try,
    catalog: &Catalog,
) -> Option<Told<'a>> {
    let response = tried.response?;
    let count = tried.current_count?;
    let is_sound =
        matches!(tried.answer, Some(code) if !code.is_failure() || code == COUNT_TOO_LOW);
    if !is_sound {
        return None;
    }
    // Most answers tell enough for every product, and then the product need not be known.
    let product = || catalog.product(&attempt.activation_id?.to_string());
    let needed = tried.min_count.or_else(|| product()?.kms_min_count)?;
    let is_office = product().is_some_and(|product| product.application == "office");
    Some(Told {
        pool: (tried.host.clone()?, is_office, needed),
        count,
        time: machine.events.time(response)?,
        response,
        attempt,
    })
}

#[cfg(test)]
mod tests {
    use super::super::support::{found, told, told_of};

    /// The counts of every finding: host, count, need.
    fn counts(machines: &[(&str, &str)]) -> Vec<String> {
        let found = found(machines);
        let told = found.iter().flat_map(|f| {
            let counts = f.details.counts.iter();
            counts.map(|told| format!("{} {} {}/{}", f.key, told.host, told.count, told.needed))
        });
        told.collect()
    }

    #[test]
    fn the_codes_finding_gets_the_count() {
        let text =
            "09:00 12288 state=5\n 09:00:01 12289 bound=0 count=12\n 09:00:02 8198 hr=0xC004F038";
        assert_eq!(told("pc", text), ["0xC004F038 active error pc"]);
        assert_eq!(counts(&[("pc", text)]), ["0xC004F038 kms:1688 12/25"]);
    }

    #[test]
    fn an_answer_that_activated_with_too_low_a_count_stands_alone() {
        let text = "09:00 12288\n 09:00:01 12289 count=24";
        assert_eq!(told("pc", text), ["kms-count-low active warning pc"]);
        assert_eq!(counts(&[("pc", text)]), ["kms-count-low kms:1688 24/25"]);
    }

    #[test]
    fn a_count_that_is_just_enough_is_none() {
        assert!(told("pc", "09:00 12288\n 09:00:01 12289 count=25").is_empty());
        assert!(told("pc", "09:00 12288 need=5\n 09:00:01 12289 count=5").is_empty());
    }

    #[test]
    fn an_answer_that_failed_for_something_else_tells_no_count() {
        let text = "09:00 12288\n 09:00:01 12289 bound=0 hr=0xC004F042 count=0";
        assert_eq!(told("pc", text), ["0xC004F042 active error pc"]);
    }

    #[test]
    fn a_newer_answer_to_another_machine_cures_it() {
        let low = "09:00 12288\n 09:00:01 12289 count=24";
        let enough =
            "10:00 12288 cmid=11111111-2fd5-440b-be67-a09996d27a38\n 10:00:01 12289 count=25";
        let found = told_of(&[("pc-1", low), ("pc-2", enough)]);
        assert_eq!(found, ["kms-count-low cured info pc-1"]);
    }

    #[test]
    fn a_lower_need_at_the_same_host_cures_nothing() {
        let low = "09:00 12288\n 09:00:01 12289 count=7";
        let server =
            "10:00 12288 need=5 cmid=11111111-2fd5-440b-be67-a09996d27a38\n 10:00:01 12289 count=8";
        let found = told_of(&[("pc-1", low), ("pc-2", server)]);
        assert_eq!(found, ["kms-count-low active warning pc-1"]);
    }
}
