//! The clients of KMS hosts as the hosts' own logs tell them (12290): who asks for what, how often,
//! who has stopped, and whose clock differs.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::fleet_view::Machine;
use super::host_log::Served;
use super::names::{Names, Strangers};
use crate::hresult::Hresult;
use crate::spp::{ActivationId, Cmid, LicenseState};

/// A client as a KMS host's own log tells it, for one product and machine id.
#[derive(Clone, Debug)]
pub struct KmsClient {
    /// The KMS host's computer.
    pub host: String,
    /// The client's name in its fullest form.
    pub client: String,
    /// The machine of the input that it is, as a place in the list of machines.
    pub machine: Option<usize>,
    /// Its machine id.
    pub cmid: Option<Cmid>,
    /// Its product.
    pub activation_id: Option<ActivationId>,
    /// How many requests it made.
    pub requests: u64,
    /// How many of them the host refused.
    pub refused: u64,
    /// With which codes.
    pub refused_by_code: BTreeMap<Hresult, u64>,
    /// The first request.
    pub first: DateTime<Utc>,
    /// The newest request.
    pub last: DateTime<Utc>,
    /// The client's license state before the newest request.
    pub license_state: Option<LicenseState>,
    /// Whether it goes on asking.
    pub activity: ClientActivity,
}

/// Whether a client goes on asking, as its KMS host's log shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientActivity {
    /// It asks as it should, or the log is too short to tell.
    Active,
    /// No request came for more than two renewal intervals before the host's newest one.
    Stopped,
    /// More requests came within a day than twice what the activation interval leads to.
    TooOften,
}

impl ClientActivity {
    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Stopped => "stopped",
            Self::TooOften => "too-often",
        }
    }
}

/// Clocks that differ, as a KMS host's log shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockSkew {
    /// The client's name as the host's log gives it.
    pub client: String,
    /// The machine of the input that it is, as a place in the list of machines.
    pub machine: Option<usize>,
    /// The KMS host's machine, as a place in the list of machines.
    pub host: usize,
    /// The client's clock less the host's, in minutes: positive where the client is ahead.
    pub skew_minutes: i64,
    /// The host's 12290 that show it, as places in its events.
    pub events: Vec<usize>,
    /// The product of the newest of them.
    pub activation_id: Option<ActivationId>,
    /// Whether a later request of the client had the right time.
    pub is_cured: bool,
}

/// A KMS host refuses a client whose clock differs by more.
pub(crate) const CLOCK_TOLERANCE: TimeDelta = TimeDelta::hours(4);
/// A client that is activated asks again after so long (12289's renewal interval where nobody set
/// another; a host's log does not tell it).
const RENEWAL_INTERVAL: TimeDelta = TimeDelta::days(7);
/// So many requests of one client for one product within `FLOOD_TIME` are no flood: twice what the
/// activation interval of two hours leads to, for starts and logons that ask at once.
const FLOOD_REQUESTS: usize = 24;
const FLOOD_TIME: TimeDelta = TimeDelta::days(1);

/// The clients of all KMS hosts, by host, client, machine id and product.
pub(super) fn kms_clients(machines: &[Machine], names: &Names) -> Vec<KmsClient> {
    let mut clients: Vec<KmsClient> = machines
        .iter()
        .flat_map(|machine| of_host(machine, names))
        .collect();
    clients.sort_by(|a, b| {
        let key = |c: &KmsClient| (c.cmid, c.activation_id);
        (&a.host, &a.client, key(a)).cmp(&(&b.host, &b.client, key(b)))
    });
    clients
}

/// The fullest name of each asker of a host.
fn fullest(machine: &Machine) -> Vec<Option<String>> {
    let askers = &machine.diagnosis.marks.host_log.askers;
    let names = || askers.iter().map(|asker| asker.client.as_deref());
    let full = Strangers::of(names().flatten());
    let fullest = |name: &str| {
        let name = full.fullest(name).or_else(|| full.spelled(name));
        name.map(str::to_owned)
    };
    names().map(|name| fullest(name?)).collect()
}

/// One client's requests, before it is known how far the host's log goes.
struct Asking {
    client: KmsClient,
    /// Times of the newest requests.
    newest: VecDeque<DateTime<Utc>>,
    is_flood: bool,
}

fn of_host(machine: &Machine, names: &Names) -> Vec<KmsClient> {
    type Key = (String, Option<Cmid>, Option<ActivationId>);
    let log = &machine.diagnosis.marks.host_log;
    let window = &machine.diagnosis.window;
    let fullest = fullest(machine);
    let mut places: BTreeMap<Key, usize> = BTreeMap::new();
    let mut asking: Vec<Asking> = Vec::new();
    // Of each asker the place of its client, so that names are looked at once.
    let mut of_asker: Vec<Option<usize>> = Vec::with_capacity(log.askers.len());
    for (asker, name) in log.askers.iter().zip(fullest) {
        let Some(name) = name else {
            of_asker.push(None);
            continue;
        };
        let key = (name.to_lowercase(), asker.cmid, asker.activation_id);
        let place = *places.entry(key).or_insert_with(|| {
            asking.push(Asking {
                client: KmsClient {
                    host: machine.computer.clone(),
                    machine: names.machine(&name),
                    client: name,
                    cmid: asker.cmid,
                    activation_id: asker.activation_id,
                    requests: 0,
                    refused: 0,
                    refused_by_code: BTreeMap::new(),
                    first: DateTime::<Utc>::MAX_UTC,
                    last: DateTime::<Utc>::MIN_UTC,
                    license_state: None,
                    activity: ClientActivity::Active,
                },
                newest: VecDeque::new(),
                is_flood: false,
            });
            asking.len() - 1
        });
        of_asker.push(Some(place));
    }
    let mut end: Option<DateTime<Utc>> = None;
    for served in &log.served {
        end = end.max(Some(served.time));
        let place = of_asker.get(served.asker).copied().flatten();
        if let Some(asking) = place.and_then(|place| asking.get_mut(place))
            && window.contains(served.time)
        {
            asking.take(served);
        }
    }
    let asked = asking
        .into_iter()
        .filter(|asking| asking.client.requests > 0);
    asked.map(|asking| asking.judged(end)).collect()
}

impl Asking {
    fn take(&mut self, served: &Served) {
        let client = &mut self.client;
        client.requests += 1;
        if let Some(code) = served.refusal() {
            client.refused += 1;
            *client.refused_by_code.entry(code).or_default() += 1;
        }
        client.first = client.first.min(served.time);
        if served.time >= client.last {
            client.last = served.time;
            client.license_state = served.license_state.or(client.license_state);
        }
        if self.newest.len() == FLOOD_REQUESTS {
            let oldest = self.newest.pop_front();
            let taken = oldest.map(|oldest| (served.time - oldest).abs());
            self.is_flood |= taken.is_some_and(|taken| taken < FLOOD_TIME);
        }
        self.newest.push_back(served.time);
    }

    /// Judged at the host's newest request: with the log's end nobody has stopped asking.
    fn judged(mut self, end: Option<DateTime<Utc>>) -> KmsClient {
        let is_silent = end.is_some_and(|end| end - self.client.last > RENEWAL_INTERVAL * 2);
        self.client.activity = if is_silent {
            ClientActivity::Stopped
        } else if self.is_flood {
            ClientActivity::TooOften
        } else {
            ClientActivity::Active
        };
        self.client
    }
}

/// Clients whose clock differs from their host's by more than it allows.
pub(super) fn clock_skews(machines: &[Machine], names: &Names) -> Vec<ClockSkew> {
    let mut skews = Vec::new();
    for (number, machine) in machines.iter().enumerate() {
        let log = &machine.diagnosis.marks.host_log;
        // A bare name is the full one; two domains that share a first label stay apart.
        let fullest = fullest(machine);
        let mut by_client: BTreeMap<String, ClockSkew> = BTreeMap::new();
        for served in &log.served {
            let name = fullest.get(served.asker).and_then(Option::as_ref);
            let (Some(name), Some(client_time)) = (name, served.client_time) else {
                continue;
            };
            let skew = client_time - served.time;
            let is_wrong = skew.abs() > CLOCK_TOLERANCE;
            if !is_wrong && by_client.is_empty() {
                continue;
            }
            let key = name.to_lowercase();
            if is_wrong {
                let entry = by_client.entry(key).or_insert_with(|| ClockSkew {
                    client: name.clone(),
                    machine: names.machine(name),
                    host: number,
                    skew_minutes: 0,
                    events: Vec::new(),
                    activation_id: None,
                    is_cured: false,
                });
                entry.skew_minutes = rounded_minutes(skew);
                entry.events.push(served.event);
                entry.activation_id = log.asker(served).and_then(|asker| asker.activation_id);
                entry.is_cured = false;
            } else if let Some(entry) = by_client.get_mut(&key) {
                entry.is_cured = true;
            }
        }
        let is_told = |at: &usize| {
            let time = machine.events.time(*at);
            time.is_some_and(|time| machine.diagnosis.window.contains(time))
        };
        for mut skew in by_client.into_values() {
            // One of before the window that goes on is shown by its newest record.
            let last = skew.events.last().copied();
            skew.events.retain(is_told);
            if skew.events.is_empty() && !skew.is_cured {
                skew.events.extend(last);
            }
            if !skew.events.is_empty() {
                skews.push(skew);
            }
        }
    }
    skews
}

/// A client's time has no seconds, so half a minute more or less is the same.
fn rounded_minutes(skew: TimeDelta) -> i64 {
    let half = if skew < TimeDelta::zero() {
        TimeDelta::seconds(-30)
    } else {
        TimeDelta::seconds(30)
    };
    (skew + half).num_minutes()
}

#[cfg(test)]
mod tests {
    use super::super::findings::support::machine;
    use super::*;

    const CMID: &str = "36f27b39-2fd5-440b-be67-a09996d27a38";
    const SKU: &str = "68531fb9-5511-4989-97be-d11a0f55633f";

    fn served(time: &str, code: &str, name: &str) -> String {
        let (day, clock) = time.split_once(' ').unwrap();
        let date = day.trim_start_matches('d');
        format!(
            "{day} {clock} 12290 {code},25,{name},{CMID},2026/3/{date}\u{2007}{clock},0,1,41520,{SKU}"
        )
    }

    /// The clients of a host, a line each: name, requests, codes, activity.
    fn told(lines: &[String]) -> Vec<String> {
        let machines = vec![machine("kms", &lines.join("\n"))];
        let names = Names::of(&machines, |_| true);
        let line = |client: &KmsClient| {
            let codes: Vec<String> = client
                .refused_by_code
                .iter()
                .map(|(code, n)| format!(" {n} of {code}"))
                .collect();
            let (name, codes) = (&client.client, codes.concat());
            format!(
                "{name} {}{codes} {}",
                client.requests,
                client.activity.as_str()
            )
        };
        kms_clients(&machines, &names).iter().map(line).collect()
    }

    #[test]
    fn a_client_that_is_silent_for_more_than_two_renewals_has_stopped() {
        let log = |end: &str| {
            told(&[
                served("d1 09:00", "0x0", "a.example"),
                served("d8 09:00", "0x0", "a.example"),
                served(end, "0x0", "b.example"),
            ])
        };
        assert_eq!(
            log("d22 09:00"),
            ["a.example 2 active", "b.example 1 active"]
        );
        assert_eq!(
            log("d22 09:01"),
            ["a.example 2 stopped", "b.example 1 active"]
        );
    }

    #[test]
    fn more_than_twice_the_activation_interval_within_a_day_is_too_often() {
        let log = |requests: usize| {
            let minutes = |n: usize| format!("d1 {:02}:{:02}", 1 + n / 2, 30 * (n % 2));
            let lines: Vec<String> = (0..requests)
                .map(|n| served(&minutes(n), "0x0", "a.example"))
                .collect();
            told(&lines)
        };
        assert_eq!(log(24), ["a.example 24 active"]);
        assert_eq!(log(25), ["a.example 25 too-often"]);
    }

    #[test]
    fn refusals_are_counted_by_their_codes() {
        let log = told(&[
            served("d1 09:00", "0xC004F042", "a"),
            served("d1 09:10", "0xC004F06C", "a.example"),
            served("d1 09:20", "0xC004F042", "a.example"),
            served("d1 09:30", "0x0", "A.example"),
        ]);
        assert_eq!(log, ["A.example 4 2 of 0xC004F042 1 of 0xC004F06C active"]);
    }
}
