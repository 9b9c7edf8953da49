//! What became of requests that a client's log leaves unanswered, where the log of the KMS host is
//! there too: whether they reached it, and what it answered (RULES.md 6).
//!
//! A request is known again by what both logs hold of it: the client's clock to the minute, the
//! product, the client and its machine id. That it never arrived is said only where no record of the
//! host's log is missing for hours around it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::attempt::Try;
use super::clients::CLOCK_TOLERANCE;
use super::fleet_view::Machine;
use super::host_log::Served;
use super::names::Names;
use crate::hresult::Hresult;
use crate::spp::{ActivationId, Activity, Cmid, KmsHost, KmsRequest};

/// What a KMS host's log tells of a request that has no answer in its client's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is not in the host's log.
    Never {
        /// Whether requests of other clients are, shortly before and shortly after.
        others_arrived: bool,
    },
    /// The host granted it, and the answer did not come.
    AnswerLost,
    /// The host refused it, and the answer did not come.
    Refused(Hresult),
}

/// Around a request, a client's clock may differ by so much from its host's.
const CLOCKS: TimeDelta = CLOCK_TOLERANCE;
/// A host that took requests so long before and after took them in between.
const BUSY: TimeDelta = TimeDelta::hours(1);
/// A request and its answer stand in one minute or in the next.
const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// What hosts' logs tell of unanswered requests.
#[derive(Clone, Debug, Default)]
pub struct Arrivals {
    /// By the client and its 12288, as places in the list of machines and in its events.
    of_requests: BTreeMap<(usize, usize), Arrival>,
    /// The machine whose log is a KMS host's, by the host as clients name it.
    hosts: BTreeMap<KmsHost, usize>,
}

impl Arrivals {
    /// What became of a try.
    pub fn of(&self, machine: usize, tried: &Try) -> Option<Arrival> {
        self.of_requests.get(&(machine, tried.request?)).copied()
    }

    /// The machine that a KMS host is, where its log as a host is there.
    pub fn host(&self, host: &KmsHost) -> Option<usize> {
        self.hosts.get(host).copied()
    }

    pub(super) fn find(machines: &[Machine], names: &Names) -> Self {
        let has_log = |machine: &Machine| !machine.diagnosis.marks.host_log.served.is_empty();
        let mut arrivals = Self::default();
        if !machines.iter().any(has_log) {
            return arrivals;
        }
        let host_names = Names::of(machines, has_log);
        let mut logs: BTreeMap<usize, HostIndex<'_>> = BTreeMap::new();
        let mut known: BTreeMap<&KmsHost, Option<usize>> = BTreeMap::new();
        for (number, machine) in machines.iter().enumerate() {
            let attempts = || machine.diagnosis.known_attempts();
            let mut answered = None;
            for tried in attempts()
                .filter(|a| !a.has_borrowed_tries)
                .flat_map(|a| &a.tries)
            {
                let Some(host) = &tried.host else { continue };
                let of_host = known
                    .entry(host)
                    .or_insert_with(|| host_names.machine(host.name()));
                let Some(of_host) = *of_host else { continue };
                let Some((at, request)) = unanswered(machine, tried) else {
                    continue;
                };
                let Some(host_machine) = machines.get(of_host) else {
                    continue;
                };
                let log = logs
                    .entry(of_host)
                    .or_insert_with(|| HostIndex::of(host_machine, names));
                let answered = answered.get_or_insert_with(|| answers(machine));
                let arrival = log.look_up(number, &request, host, answered);
                if let Some(arrival) = arrival {
                    arrivals.of_requests.insert((number, at), arrival);
                }
            }
        }
        let hosts = known.into_iter();
        arrivals.hosts = hosts
            .filter_map(|(host, machine)| Some((host.clone(), machine?)))
            .collect();
        arrivals
    }
}

/// The request of a try that no host answered, as its client's log tells.
fn unanswered(machine: &Machine, tried: &Try) -> Option<(usize, KmsRequest)> {
    let at = tried.request.filter(|_| !tried.is_answered())?;
    match machine.events.get(at)?.activity {
        Activity::KmsRequest(request) => Some((at, request)),
        _ => None,
    }
}

/// The hosts that answered a machine, and the minutes of its answered requests.
type Answers = BTreeSet<(KmsHost, DateTime<Utc>)>;

fn answers(machine: &Machine) -> Answers {
    let tries = machine.diagnosis.known_attempts().flat_map(|a| &a.tries);
    let answered = tries.filter(|tried| tried.is_answered());
    answered
        .filter_map(|tried| {
            let time = machine.events.time(tried.request?)?;
            Some((tried.host.clone()?, to_minute(time)))
        })
        .collect()
}

fn to_minute(time: DateTime<Utc>) -> DateTime<Utc> {
    time - TimeDelta::milliseconds(time.timestamp_millis().rem_euclid(60_000))
}

/// A host's requests, to be found by what a client's log holds of one.
struct HostIndex<'a> {
    machine: &'a Machine,
    requests: HashMap<(DateTime<Utc>, Option<ActivationId>), Vec<&'a Served>>,
    /// Of each asker: the machine that it is, and its machine id.
    askers: Vec<(Option<usize>, Option<Cmid>)>,
}

impl<'a> HostIndex<'a> {
    fn of(machine: &'a Machine, names: &Names) -> Self {
        let log = &machine.diagnosis.marks.host_log;
        let asker = |asker: &super::host_log::Asker| {
            let client = asker.client.as_deref();
            (client.and_then(|name| names.machine(name)), asker.cmid)
        };
        let mut requests: HashMap<_, Vec<&Served>> = HashMap::new();
        for served in &log.served {
            let product = log.asker(served).and_then(|asker| asker.activation_id);
            if let Some(time) = served.client_time {
                requests.entry((time, product)).or_default().push(served);
            }
        }
        Self {
            machine,
            requests,
            askers: log.askers.iter().map(asker).collect(),
        }
    }

    fn look_up(
        &self,
        client: usize,
        request: &KmsRequest,
        host: &KmsHost,
        answered: &Answers,
    ) -> Option<Arrival> {
        let time = request.client_time?;
        let is_it = |served: &&&Served| {
            let Some((machine, cmid)) = self.askers.get(served.asker) else {
                return false;
            };
            // Clones share an id and a name may be several machines': neither may speak against it,
            // and one has to speak for it.
            let id_fits = cmid.zip(request.cmid).map(|(cmid, asked)| cmid == asked);
            let name_fits = machine.map(|machine| machine == client);
            match (id_fits, name_fits) {
                (Some(false), _) | (_, Some(false)) | (None, None) => false,
                (Some(true), _) | (_, Some(true)) => true,
            }
        };
        let same = self.requests.get(&(time, request.activation_id));
        let mut found = same.into_iter().flatten().filter(is_it);
        let Some(served) = found.next() else {
            let log = &self.machine.diagnosis.marks.host_log;
            return log.is_whole_around(time, CLOCKS).then(|| Arrival::Never {
                others_arrived: log.is_busy_around(time, BUSY),
            });
        };
        // Another request of this minute was answered: which of them the host's record is of cannot
        // be told.
        let around = [time - MINUTE, time, time + MINUTE];
        if around
            .iter()
            .any(|minute| answered.contains(&(host.clone(), *minute)))
        {
            return None;
        }
        Some(match served.refusal() {
            Some(code) => Arrival::Refused(code),
            None => Arrival::AnswerLost,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings::support::machine;
    use super::*;

    const CMID: &str = "169721ce-2886-4832-a037-e9459281751a";
    const CLIENT: &str = "09:00:10 12288 host=kms.a.example:1688 state=5\n 09:00:40 8198";

    fn served(time: &str, code: &str, client: &str, cmid: &str) -> String {
        format!(
            "{time} 12290 {code},25,{client},{cmid},2026/3/1\u{2007}{time},0,5,0,00000000-0000-0000-0000-000000000061\n"
        )
    }

    /// A host's log: a request of another client at each time, and lines between them.
    fn log(before: &str, lines: &str, after: &str) -> String {
        let other =
            |time: &str| served(time, "0x0", "pc-9", "11111111-2886-4832-a037-e9459281751a");
        format!("{}{lines}{}", other(before), other(after))
    }

    /// What becomes of the client's request.
    fn arrival(client: &str, host: &str) -> Option<Arrival> {
        let machines = vec![
            machine("kms.a.example", host),
            machine("pc-1.a.example", client),
        ];
        let names = Names::of(&machines, |_| true);
        let arrivals = Arrivals::find(&machines, &names);
        let tried = &machines[1].diagnosis.attempts[0].tries[0];
        arrivals.of(1, tried)
    }

    #[test]
    fn a_request_that_a_whole_log_lacks_never_arrived() {
        let never = |others_arrived| Some(Arrival::Never { others_arrived });
        assert_eq!(arrival(CLIENT, &log("04:00", "", "13:30")), never(false));
        let busy = served("08:30", "0x0", "pc-8", CMID) + &served("09:30", "0x0", "pc-8", CMID);
        assert_eq!(arrival(CLIENT, &log("04:00", &busy, "13:30")), never(true));
    }

    #[test]
    fn a_log_that_does_not_reach_around_it_or_lacks_records_proves_nothing() {
        assert_eq!(arrival(CLIENT, &log("05:30", "", "13:30")), None);
        assert_eq!(arrival(CLIENT, &log("04:00", "", "12:30")), None);
        // Another event takes a number between the two requests.
        assert_eq!(arrival(CLIENT, &log("04:00", "06:00 902\n", "13:30")), None);
    }

    #[test]
    fn a_request_that_the_host_granted_has_lost_its_answer() {
        let granted = served("09:00", "0x0", "PC-1", CMID);
        assert_eq!(
            arrival(CLIENT, &log("08:00", &granted, "10:00")),
            Some(Arrival::AnswerLost)
        );
        let refused = served("09:00", "0xC004F042", "pc-1.A.example", CMID);
        assert_eq!(
            arrival(CLIENT, &log("08:00", &refused, "10:00")),
            Some(Arrival::Refused(Hresult::new(0xC004_F042)))
        );
    }

    #[test]
    fn a_clones_request_is_not_the_machines() {
        let machines = |clone: &str| {
            vec![
                machine(
                    "kms.a.example",
                    &log("04:00", &served("09:00", "0x0", "pc-2", CMID), "13:30"),
                ),
                machine("pc-1.a.example", CLIENT),
                machine("pc-2.a.example", clone),
            ]
        };
        let machines = machines("08:00 902");
        let names = Names::of(&machines, |_| true);
        let tried = &machines[1].diagnosis.attempts[0].tries[0];
        let arrivals = Arrivals::find(&machines, &names);
        assert!(matches!(arrivals.of(1, tried), Some(Arrival::Never { .. })));
    }

    #[test]
    fn where_another_request_of_that_minute_was_answered_nothing_can_be_told() {
        let answered = "09:00:01 12288 host=kms.a.example:1688 state=5\n 09:00:02 12289\n 09:00:10 12288 host=kms.a.example:1688 state=5\n 09:00:40 8198";
        let granted = served("09:00", "0x0", "PC-1", CMID);
        let machines = vec![
            machine("kms.a.example", &log("08:00", &granted, "10:00")),
            machine("pc-1.a.example", answered),
        ];
        let names = Names::of(&machines, |_| true);
        let arrivals = Arrivals::find(&machines, &names);
        let tries = machines[1].diagnosis.attempts.iter().flat_map(|a| &a.tries);
        assert!(
            tries
                .into_iter()
                .all(|tried| arrivals.of(1, tried).is_none())
        );
    }

    #[test]
    fn a_request_to_a_host_whose_log_is_not_there_is_none() {
        let elsewhere = CLIENT.replace("kms.a.example", "kms-2.a.example");
        assert_eq!(arrival(&elsewhere, &log("04:00", "", "13:30")), None);
    }
}
