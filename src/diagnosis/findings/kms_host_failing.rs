//! kms-host-failing: a KMS host fails for many machines: one cause, to be looked for at the host.
//!
//! Fires where the newest requests of at least three machines to the host failed in one way (it was
//! not reached, or it refused them with the same code), within the days in which an activated client
//! asks once, and either no machine's newest request was activated there, or another host activated
//! one of the failing ones. So a machine that is refused for something of its own, as for its clock,
//! makes no failing host. Cured where that was so at some time and is no longer. Not for a loopback
//! address, which is another machine each time. Cannot know of clients whose logs are not in the input.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::worst;
use crate::catalog::{Catalog, FindingId};
use crate::diagnosis::Policy;
use crate::diagnosis::attempt::{Attempt, Try};
use crate::diagnosis::cause::is_host_code;
use crate::diagnosis::facts;
use crate::diagnosis::finding::{Finding, FindingKey, Member, blank, fill};
use crate::diagnosis::fleet_view::{Fleet, Machine};
use crate::hresult::Hresult;
use crate::spp::KmsHost;

/// So many machines are no coincidence.
const MACHINES: usize = 3;
/// So long a machine's newest request tells of the host: an activated client asks again after seven
/// days, and a day is for the time that it is switched off.
const TELLS: TimeDelta = TimeDelta::days(8);
/// Of requests that go well in a row one a day is enough, so that between two of them is less time
/// than each tells.
const SPACING: TimeDelta = TimeDelta::days(1);

type Requests<'a> = BTreeMap<&'a KmsHost, Vec<Request<'a>>>;

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
    let mut requests = Requests::new();
    for (number, machine) in fleet.machines.iter().enumerate() {
        collect(number, machine, catalog, &suspects, &mut requests);
    }
    let mut of_status: BTreeMap<bool, Requests<'_>> = BTreeMap::new();
    for (host, requests) in requests {
        if let Some((is_cured, failing)) = outage(requests) {
            of_status.entry(is_cured).or_default().insert(host, failing);
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
    requests: &Requests<'_>,
) -> Option<Finding> {
    let id = FindingId::KmsHostFailing;
    let mut of_host: BTreeMap<&KmsHost, Vec<Member<'_>>> = BTreeMap::new();
    for (host, requests) in requests {
        let members: Vec<Member<'_>> = requests
            .iter()
            .filter_map(|request| member(fleet, is_cured, request))
            .collect();
        if !members.is_empty() {
            of_host.insert(*host, members);
        }
    }
    let members: Vec<Member<'_>> = of_host.values().flatten().copied().collect();
    if members.is_empty() {
        return None;
    }
    let mut finding = blank(FindingKey::Derived(id), is_cured);
    fill(&mut finding, fleet, &members, None);
    finding.kms_hosts = of_host.keys().map(|host| (*host).clone()).collect();
    finding.gaps.clear();
    finding.severity = worst(fleet, policy, catalog, id, &members);
    facts::prove_of_hosts(&mut finding, fleet, catalog, &of_host);
    Some(finding)
}

fn member<'a>(fleet: &'a Fleet, is_cured: bool, request: &Request<'a>) -> Option<Member<'a>> {
    let machine = fleet.machines.get(request.machine)?;
    // An outage of before the window is told only where it goes on.
    let is_told = !(is_cured && request.is_earlier);
    is_told.then(|| Member {
        machine: request.machine,
        product: machine.diagnosis.product(request.attempt.activation_id),
        attempt: Some(request.attempt),
        event: None,
        is_cured,
        is_carried: request.is_earlier,
    })
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

impl Request<'_> {
    fn failure(&self) -> Option<Failure> {
        match self.result {
            RequestResult::Failed(failure) => Some(failure),
            RequestResult::Activated | RequestResult::Other => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RequestResult {
    Activated,
    Failed(Failure),
    Other,
}

/// The ways in which a host can fail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Failure {
    /// With a code of the network.
    NotReached,
    /// With a code that only a host returns.
    Refused(Hresult),
}

fn result(tried: &Try, catalog: &Catalog) -> RequestResult {
    if tried.is_success() {
        return RequestResult::Activated;
    }
    let codes = || {
        let codes = [tried.sent, tried.answer].into_iter().flatten();
        codes.filter(|code| code.is_failure())
    };
    let is_of_network = |code: Hresult| {
        let category = catalog.facts(code).category;
        category == "network" || category == "kms-host"
    };
    if let Some(code) = codes().find(|code| is_host_code(*code)) {
        RequestResult::Failed(Failure::Refused(code))
    } else if codes().any(is_of_network) {
        RequestResult::Failed(Failure::NotReached)
    } else {
        RequestResult::Other
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
            if matches!(result(tried, catalog), RequestResult::Failed(_)) {
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

/// Takes a machine's requests to the suspects; of those that go well in a row, one a day.
fn collect<'a>(
    number: usize,
    machine: &'a Machine,
    catalog: &Catalog,
    suspects: &BTreeSet<&'a KmsHost>,
    requests: &mut Requests<'a>,
) {
    let mut activated: BTreeMap<&KmsHost, DateTime<Utc>> = BTreeMap::new();
    for tried in attempts(machine).flat_map(|(attempt, _)| &attempt.tries) {
        let time = tried.response.and_then(|at| machine.events.time(at));
        if let (Some(host), Some(time), true) = (&tried.host, time, tried.is_success()) {
            let newest = activated.entry(host).or_insert(time);
            *newest = time.max(*newest);
        }
    }
    let mut before: BTreeMap<&KmsHost, (RequestResult, DateTime<Utc>)> = BTreeMap::new();
    for (attempt, is_earlier) in attempts(machine) {
        for tried in &attempt.tries {
            let host = tried.host.as_ref().and_then(|host| suspects.get(host));
            let at = tried.request.or(tried.response);
            let (Some(host), Some(time)) = (host, at.and_then(|at| machine.events.time(at))) else {
                continue;
            };
            let result = result(tried, catalog);
            let is_known = before
                .get(host)
                .is_some_and(|(before, at)| *before == result && (time - *at).abs() < SPACING);
            if is_known && !matches!(result, RequestResult::Failed(_)) {
                continue;
            }
            before.insert(host, (result, time));
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
    let mut course = Course::default();
    for request in requests {
        course.forget(request.time);
        course.take(request);
    }
    let failing: Vec<Request<'_>> = course.outage.into_values().collect();
    (!failing.is_empty()).then_some((!course.is_out && !course.has_faded, failing))
}

/// What has come of the requests to a host up to one of them.
#[derive(Default)]
struct Course<'a> {
    /// The newest request of each machine, as long as it tells.
    newest: BTreeMap<usize, Request<'a>>,
    /// When each of them was made, by time.
    ages: VecDeque<(DateTime<Utc>, usize)>,
    activated: usize,
    /// Of each way to fail: the machines that do, and those of them that another host activated.
    failing: BTreeMap<Failure, (usize, usize)>,
    /// Of the newest outage: the newest failed request of each machine in its course.
    outage: BTreeMap<usize, Request<'a>>,
    is_out: bool,
    /// Whether the newest outage ended by nobody asking any more, so that nothing says that it is over.
    has_faded: bool,
}

impl<'a> Course<'a> {
    fn count(&mut self, request: &Request<'_>, change: impl Fn(&mut usize)) {
        if let Some(failure) = request.failure() {
            let (machines, with_other) = self.failing.entry(failure).or_default();
            change(machines);
            if request.has_other {
                change(with_other);
            }
        } else if request.result == RequestResult::Activated {
            change(&mut self.activated);
        }
    }

    /// Whether the host fails in this way.
    fn fails_by(&self, failure: Failure) -> bool {
        let counts = self.failing.get(&failure);
        counts.is_some_and(|(machines, with_other)| {
            *machines >= MACHINES && (self.activated == 0 || *with_other > 0)
        })
    }

    fn is_failing(&self) -> bool {
        self.failing.keys().any(|failure| self.fails_by(*failure))
    }

    /// Leaves out what tells nothing any more.
    fn forget(&mut self, now: DateTime<Utc>) {
        while let Some((time, machine)) = self.ages.front().copied() {
            if now - time <= TELLS {
                break;
            }
            self.ages.pop_front();
            let is_newest = self.newest.get(&machine).is_some_and(|r| r.time == time);
            if is_newest && let Some(request) = self.newest.remove(&machine) {
                self.count(&request, |n| *n -= 1);
            }
        }
        if self.is_out && !self.is_failing() {
            self.is_out = false;
            self.has_faded = true;
        }
    }

    fn take(&mut self, request: Request<'a>) {
        self.ages.push_back((request.time, request.machine));
        if let Some(before) = self.newest.insert(request.machine, request) {
            self.count(&before, |n| *n -= 1);
        }
        self.count(&request, |n| *n += 1);
        let was_out = self.is_out;
        self.is_out = self.is_failing();
        let is_part = |request: &Request<'_>| {
            let failure = request.failure();
            failure.is_some_and(|failure| self.fails_by(failure))
        };
        if self.is_out && !was_out {
            let begun = self.newest.iter().filter(|(_, request)| is_part(request));
            self.outage = begun
                .map(|(machine, request)| (*machine, *request))
                .collect();
            self.has_faded = false;
        } else if self.is_out && is_part(&request) {
            self.outage.insert(request.machine, request);
        } else if self.is_out {
            self.outage.remove(&request.machine);
        } else if request.result == RequestResult::Activated {
            self.has_faded = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{found, told_of};
    use crate::catalog::{Fact, FindingId};
    use crate::diagnosis::FindingShare;
    use crate::diagnosis::finding::FindingKey;

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
    fn machines_that_fail_in_different_ways_make_no_failing_host() {
        let clock = "09:00 12288 hr=0xC004F06C\n 09:00:01 8198";
        assert!(told(&[FAILS, FAILS, clock]).is_empty());
        assert_eq!(
            told(&[FAILS, clock, FAILS, FAILS]),
            ["kms-host-failing active error pc-1 pc-3 pc-4"]
        );
        assert_eq!(
            told(&[clock, clock, clock]),
            ["kms-host-failing active error pc-1 pc-2 pc-3"]
        );
    }

    #[test]
    fn failures_count_together_within_the_days_in_which_a_client_asks() {
        let at = |day: usize| format!("d{day} 09:00 12288 hr=0x800706BA\n d{day} 09:00:01 8198");
        assert!(told(&[&at(1), &at(2), &at(10)]).is_empty());
        assert_eq!(told(&[&at(1), &at(2), &at(9)]).len(), 1);
    }

    #[test]
    fn an_activation_of_long_ago_does_not_speak_for_the_host() {
        let fails = "d20 09:00 12288 hr=0x800706BA\n d20 09:00:01 8198";
        assert_eq!(
            told(&[ACTIVATES, fails, fails, fails]),
            ["kms-host-failing active error pc-2 pc-3 pc-4"]
        );
    }

    #[test]
    fn an_outage_after_which_nobody_asks_is_not_over() {
        let other = "d20 09:00 12288 hr=0x800706BA\n d20 09:00:01 8198";
        assert_eq!(
            told(&[FAILS, FAILS, FAILS, other]),
            ["kms-host-failing active error pc-1 pc-2 pc-3"]
        );
        let activated = "d20 09:00 12288\n d20 09:00:01 12289";
        assert_eq!(
            told(&[FAILS, FAILS, FAILS, activated]),
            ["kms-host-failing cured info pc-1 pc-2 pc-3"]
        );
    }

    /// What is proved of each host.
    fn proved(texts: &[&str]) -> Vec<String> {
        let texts: Vec<String> = (1..).zip(texts).map(|(n, text)| of(n, text)).collect();
        let names: Vec<String> = (1..=texts.len()).map(|n| format!("pc-{n}")).collect();
        let machines = names.iter().zip(&texts);
        let machines: Vec<(&str, &str)> = machines.map(|(n, t)| (n.as_str(), t.as_str())).collect();
        let found = found(&machines);
        let of_hosts = found
            .iter()
            .filter(|f| f.key == FindingKey::Derived(FindingId::KmsHostFailing));
        let proven = of_hosts.flat_map(|finding| &finding.proven);
        let told = [
            Fact::HostAnswersNobody,
            Fact::HostAnswersOthers,
            Fact::HostRefused,
        ];
        proven
            .map(|proven| {
                let FindingShare::KmsHost(host) = &proven.part else {
                    panic!("{:?}", proven.part)
                };
                let facts = told.iter().filter(|fact| proven.facts.contains(fact));
                let facts: Vec<&str> = facts.map(|fact| fact.as_str()).collect();
                format!("{host} {}", facts.join(" "))
            })
            .collect()
    }

    #[test]
    fn what_is_proved_is_told_of_each_host() {
        let helped = "09:00 12288 hr=0x800706BA\n 09:00:05 12288 host=kms-2:1688\n 09:00:06 12289";
        assert_eq!(
            proved(&[FAILS, FAILS, helped]),
            ["kms:1688 host-answers-nobody"]
        );
        let activates = "09:01 12288\n 09:01:01 12289";
        assert_eq!(
            proved(&[activates, FAILS, FAILS, helped]),
            ["kms:1688 host-answers-others"]
        );
        let refused = "09:00 12288 host=kms-3:1688 hr=0xC004F042\n 09:00:01 8198";
        assert_eq!(
            proved(&[FAILS, FAILS, FAILS, refused, refused, refused]),
            ["kms:1688 host-answers-nobody", "kms-3:1688 host-refused"]
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
