//! kms-host-failing: a KMS host fails for many machines: one cause, to be looked for at the host.
//!
//! Fires where the newest request of at least three machines to the host failed with a code of the
//! network or of a KMS host, and either no machine's newest request was activated there, or another
//! host activated one of the failing ones. Cured where that was so at some time and is no longer. Not
//! for a loopback address, which is another machine each time. Cannot know of clients whose logs are
//! not in the input.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::catalog::{Catalog, FindingId, Severity};
use crate::diagnosis::Policy;
use crate::diagnosis::attempt::{Attempt, Try};
use crate::diagnosis::cause::is_host_code;
use crate::diagnosis::facts;
use crate::diagnosis::finding::{Finding, FindingKey, Member, blank, fill, severity};
use crate::diagnosis::fleet_view::{Fleet, Machine};
use crate::hresult::Hresult;
use crate::spp::KmsHost;

/// So many machines are no coincidence.
const MACHINES: usize = 3;

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    _: &mut [Finding],
) -> Vec<Finding> {
    let suspects = suspects(fleet, catalog);
    if suspects.is_empty() {
        return Vec::new();
    }
    let mut requests: BTreeMap<&KmsHost, Vec<Request<'_>>> = BTreeMap::new();
    for (number, machine) in fleet.machines.iter().enumerate() {
        collect(number, machine, catalog, &suspects, &mut requests);
    }
    let mut of_status: BTreeMap<bool, Vec<(&KmsHost, Request<'_>)>> = BTreeMap::new();
    for (host, requests) in requests {
        if let Some((is_cured, failing)) = outage(requests) {
            let told = of_status.entry(is_cured).or_default();
            told.extend(failing.into_iter().map(|request| (host, request)));
        }
    }
    let told = of_status.into_iter();
    told.filter_map(|(is_cured, requests)| finding(fleet, policy, catalog, is_cured, &requests))
        .collect()
}

fn finding(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    is_cured: bool,
    requests: &[(&KmsHost, Request<'_>)],
) -> Option<Finding> {
    let id = FindingId::KmsHostFailing;
    let default = catalog.finding(id).severity;
    let members: Vec<Member<'_>> = requests
        .iter()
        // An outage of before the window is told only where it goes on.
        .filter(|(_, request)| !(is_cured && request.is_earlier))
        .map(|(_, request)| Member {
            machine: request.machine,
            product: fleet
                .machines
                .get(request.machine)
                .and_then(|machine| machine.diagnosis.product(request.attempt.activation_id)),
            attempt: Some(request.attempt),
            event: None,
            is_cured,
            is_carried: request.is_earlier,
        })
        .collect();
    if members.is_empty() {
        return None;
    }
    let mut finding = blank(FindingKey::Derived(id), is_cured);
    fill(&mut finding, fleet, &members, None);
    finding.kms_hosts = requests.iter().map(|(host, _)| (*host).clone()).collect();
    finding.gaps.clear();
    finding.severity = members
        .iter()
        .map(|member| severity(fleet, policy, member, None, default))
        .max()
        .unwrap_or(Severity::Info);
    finding.facts = facts::of(fleet, catalog, &members, finding.machines.len());
    Some(finding)
}

/// A request to a host.
#[derive(Clone, Copy)]
struct Request<'a> {
    time: DateTime<Utc>,
    machine: usize,
    result: RequestResult,
    /// Whether another host activated the machine in the same attempt or later.
    has_other: bool,
    attempt: &'a Attempt,
    /// Whether its attempt began before the window.
    is_earlier: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RequestResult {
    Activated,
    /// With a code of the network or of a KMS host.
    Failed,
    Other,
}

fn result(tried: &Try, catalog: &Catalog) -> RequestResult {
    if tried.is_success() {
        return RequestResult::Activated;
    }
    let codes = [tried.sent, tried.answer].into_iter().flatten();
    let is_of_host = |code: Hresult| {
        let category = catalog.facts(code).category;
        is_host_code(code) || category == "network" || category == "kms-host"
    };
    match codes.filter(|code| code.is_failure()).any(is_of_host) {
        true => RequestResult::Failed,
        false => RequestResult::Other,
    }
}

/// The attempts of a machine with their own tries, and whether each began before the window.
fn attempts(machine: &Machine) -> impl Iterator<Item = (&Attempt, bool)> {
    let earlier = machine.diagnosis.earlier.iter();
    let earlier = earlier.map(|earlier| (&earlier.attempt, true));
    let own = machine
        .diagnosis
        .attempts
        .iter()
        .map(|attempt| (attempt, false));
    earlier
        .chain(own)
        .filter(|(attempt, _)| !attempt.has_borrowed_tries)
}

/// Hosts at which requests of enough machines failed at any time.
fn suspects<'a>(fleet: &'a Fleet, catalog: &Catalog) -> BTreeSet<&'a KmsHost> {
    let mut failing: BTreeMap<&KmsHost, (usize, usize)> = BTreeMap::new();
    for (number, machine) in fleet.machines.iter().enumerate() {
        for tried in attempts(machine).flat_map(|(attempt, _)| &attempt.tries) {
            let Some(host) = tried.host.as_ref().filter(|host| !host.is_loopback()) else {
                continue;
            };
            if result(tried, catalog) == RequestResult::Failed {
                // Machines come one after the other.
                let (machines, last) = failing.entry(host).or_insert((0, usize::MAX));
                *machines += usize::from(*last != number);
                *last = number;
            }
        }
    }
    let enough = failing
        .into_iter()
        .filter(|(_, (machines, _))| *machines >= MACHINES);
    enough.map(|(host, _)| host).collect()
}

/// Takes a machine's requests to the suspects; of those that go well in a row, the first.
fn collect<'a>(
    number: usize,
    machine: &'a Machine,
    catalog: &Catalog,
    suspects: &BTreeSet<&'a KmsHost>,
    requests: &mut BTreeMap<&'a KmsHost, Vec<Request<'a>>>,
) {
    let mut activated: BTreeMap<&KmsHost, DateTime<Utc>> = BTreeMap::new();
    for tried in attempts(machine).flat_map(|(attempt, _)| &attempt.tries) {
        let time = tried.response.and_then(|at| machine.events.time(at));
        if let (Some(host), Some(time), true) = (&tried.host, time, tried.is_success()) {
            let newest = activated.entry(host).or_insert(time);
            *newest = time.max(*newest);
        }
    }
    let mut before: BTreeMap<&KmsHost, RequestResult> = BTreeMap::new();
    for (attempt, is_earlier) in attempts(machine) {
        for tried in &attempt.tries {
            let host = tried.host.as_ref().and_then(|host| suspects.get(host));
            let at = tried.request.or(tried.response);
            let (Some(host), Some(time)) = (host, at.and_then(|at| machine.events.time(at))) else {
                continue;
            };
            let result = result(tried, catalog);
            let is_new = before.insert(host, result) != Some(result);
            if !is_new && result != RequestResult::Failed {
                continue;
            }
            let mut others = activated.iter().filter(|(other, _)| *other != host);
            requests.entry(host).or_default().push(Request {
                time,
                machine: number,
                result,
                has_other: others.any(|(_, newest)| *newest >= attempt.start),
                attempt,
                is_earlier,
            });
        }
    }
}

/// Whether and for which machines a host fails, or did: the newest failed request of each, and
/// whether that is over.
fn outage(mut requests: Vec<Request<'_>>) -> Option<(bool, Vec<Request<'_>>)> {
    // A machine's own requests keep their order.
    requests.sort_by_key(|request| (request.time, request.machine));
    let mut newest: BTreeMap<usize, Request<'_>> = BTreeMap::new();
    let (mut failing, mut activated, mut with_other) = (0_usize, 0_usize, 0_usize);
    // Of the newest outage: the newest failed request of each machine in its course.
    let mut outage: BTreeMap<usize, Request<'_>> = BTreeMap::new();
    let mut is_out = false;
    for request in requests {
        let before = newest.insert(request.machine, request);
        if let Some(before) = before {
            activated -= usize::from(before.result == RequestResult::Activated);
            failing -= usize::from(before.result == RequestResult::Failed);
            with_other -= usize::from(before.result == RequestResult::Failed && before.has_other);
        }
        activated += usize::from(request.result == RequestResult::Activated);
        let is_failed = request.result == RequestResult::Failed;
        failing += usize::from(is_failed);
        with_other += usize::from(is_failed && request.has_other);
        let was_out = is_out;
        is_out = failing >= MACHINES && (activated == 0 || with_other > 0);
        if is_out && !was_out {
            let begun = newest
                .iter()
                .filter(|(_, r)| r.result == RequestResult::Failed);
            outage = begun
                .map(|(machine, request)| (*machine, *request))
                .collect();
        } else if is_out && is_failed {
            outage.insert(request.machine, request);
        }
    }
    if is_out {
        newest.retain(|_, request| request.result == RequestResult::Failed);
        return Some((false, newest.into_values().collect()));
    }
    (!outage.is_empty()).then(|| (true, outage.into_values().collect()))
}

#[cfg(test)]
mod tests {
    use super::super::support::told_of;

    /// A machine's text with a machine id of its own.
    fn of(number: usize, text: &str) -> String {
        let own = format!(" cmid=0000000{number}-2fd5-440b-be67-a09996d27a38");
        text.replace("12288", &format!("12288{own}"))
    }

    /// The finding over machines pc-1, pc-2 and so on.
    fn told(texts: &[&str]) -> Vec<String> {
        let texts: Vec<(String, String)> = (1..)
            .zip(texts)
            .map(|(number, text)| (format!("pc-{number}"), of(number, text)))
            .collect();
        let machines: Vec<(&str, &str)> = texts
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        let mut told = told_of(&machines);
        told.retain(|line| line.starts_with("kms-host-failing"));
        told
    }

    const FAILS: &str = "09:00 12288 hr=0x800706BA\n 09:00:01 8198";
    const ACTIVATES: &str = "08:00 12288\n 08:00:01 12289";
    const FAILS_THEN_ACTIVATES: &str =
        "09:00 12288 hr=0x800706BA\n 09:00:01 8198\n 11:00 12288\n 11:00:01 12289";

    #[test]
    fn three_machines_that_fail_at_a_host_that_activates_nobody_are_told() {
        let three = [FAILS, FAILS, FAILS];
        assert_eq!(
            told(&three),
            ["kms-host-failing active error pc-1 pc-2 pc-3"]
        );
    }

    #[test]
    fn two_are_not() {
        assert!(told(&[FAILS, FAILS]).is_empty());
    }

    #[test]
    fn a_host_that_activates_another_machine_is_at_fault_only_where_another_host_helps() {
        assert!(told(&[ACTIVATES, FAILS, FAILS, FAILS]).is_empty());
        let helped = "09:00 12288 hr=0x800706BA\n 09:00:05 12288 host=kms-2:1688\n 09:00:06 12289";
        assert_eq!(
            told(&[ACTIVATES, FAILS, FAILS, helped]),
            ["kms-host-failing active error pc-2 pc-3 pc-4"]
        );
    }

    #[test]
    fn codes_of_dns_are_not_the_hosts() {
        let dns = "09:00 12288 hr=0x8007232B\n 09:00:01 8198";
        assert!(told(&[dns, dns, dns]).is_empty());
        let refuses = "09:00 12288 hr=0xC004F042\n 09:00:01 8198";
        assert_eq!(told(&[refuses, refuses, refuses]).len(), 1);
    }

    #[test]
    fn a_loopback_address_is_another_machine_each_time() {
        let own = "09:00 12288 host=127.0.0.1:1688 hr=0x800706BA\n 09:00:01 8198";
        assert!(told(&[own, own, own]).is_empty());
    }

    #[test]
    fn an_outage_that_is_over_is_cured() {
        let three = [FAILS_THEN_ACTIVATES; 3];
        assert_eq!(told(&three), ["kms-host-failing cured info pc-1 pc-2 pc-3"]);
    }

    #[test]
    fn single_failures_at_different_times_are_no_outage() {
        let at = |day: usize| {
            format!(
                "08:00 12288\n 08:00:01 12289\n d{day} 09:00 12288 state=1 left=249000 hr=0x800706BA\n d{day} 09:00:01 8198\n d{day} 11:00 12288 state=1 left=249000\n d{day} 11:00:01 12289"
            )
        };
        let (a, b, c) = (at(2), at(3), at(4));
        assert!(told(&[&a, &b, &c]).is_empty());
    }
}
