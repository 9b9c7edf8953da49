//! Machines and attempts by what they share: a day, a cause, a domain, a build, a KMS host.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::is_failing;
use crate::diagnosis::{Fleet, Machine};
use crate::report::model::{DayPart, GroupPart};
use crate::spp::KmsHost;

/// Days without attempts that still get a line between days with some.
const TIMELINE_GAP_DAYS: i64 = 31;

/// Stands for what a machine does not tell.
const NOTHING: &str = "-";

/// The KMS hosts that a machine asked in attempts of its own.
pub(super) fn hosts(machine: &Machine) -> BTreeSet<&KmsHost> {
    let attempts = machine.diagnosis.attempts.iter();
    attempts
        .filter(|attempt| !attempt.has_borrowed_tries)
        .flat_map(|attempt| &attempt.tries)
        .filter_map(|tried| tried.host.as_ref())
        .collect()
}

#[derive(Default)]
struct Day {
    attempts: u64,
    failed: u64,
    machines_failing: u64,
}

/// Attempts by day, and days without any between them.
pub(super) fn timeline(fleet: &Fleet) -> Vec<DayPart> {
    let mut days: BTreeMap<NaiveDate, Day> = BTreeMap::new();
    for machine in &fleet.machines {
        let mut failed_on: BTreeSet<NaiveDate> = BTreeSet::new();
        for attempt in &machine.diagnosis.attempts {
            let date = attempt.start.date_naive();
            let day = days.entry(date).or_default();
            day.attempts += 1;
            if attempt.is_failed() {
                day.failed += 1;
                day.machines_failing += u64::from(failed_on.insert(date));
            }
        }
    }
    let known: Vec<NaiveDate> = days.keys().copied().collect();
    for pair in known.windows(2) {
        let &[before, after] = pair else { continue };
        if (after - before).num_days() > TIMELINE_GAP_DAYS {
            continue;
        }
        let mut day = before;
        while let Some(next) = day
            .checked_add_days(Days::new(1))
            .filter(|next| *next < after)
        {
            days.entry(next).or_default();
            day = next;
        }
    }
    let part = |(date, day): (NaiveDate, Day)| DayPart {
        date: date.to_string(),
        attempts: day.attempts,
        failed: day.failed,
        machines_failing: day.machines_failing,
    };
    days.into_iter().map(part).collect()
}

pub(super) fn by_domain(fleet: &Fleet) -> Vec<GroupPart> {
    groups(&fleet.machines, |machine| {
        let domain = machine.domain().unwrap_or(NOTHING);
        [domain.to_lowercase()]
    })
}

pub(super) fn by_build(fleet: &Fleet) -> Vec<GroupPart> {
    groups(&fleet.machines, |machine| {
        let build = machine.diagnosis.build.as_deref();
        [build.unwrap_or(NOTHING).to_owned()]
    })
}

/// Of machines that fail alone.
pub(super) fn by_root_cause(fleet: &Fleet) -> Vec<GroupPart> {
    let failing = fleet.machines.iter().filter(|machine| is_failing(machine));
    groups(failing, |machine| {
        let code = machine.diagnosis.root_cause;
        [code.map_or_else(|| NOTHING.to_owned(), |code| code.to_string())]
    })
}

/// Of machines that asked any host.
pub(super) fn by_kms_host(fleet: &Fleet) -> Vec<GroupPart> {
    groups(&fleet.machines, |machine| {
        let hosts = hosts(machine).into_iter();
        hosts.map(ToString::to_string).collect::<Vec<_>>()
    })
}

/// Machines by what they share, the largest group first.
fn groups<'a, Keys: IntoIterator<Item = String>>(
    machines: impl IntoIterator<Item = &'a Machine>,
    keys: impl Fn(&Machine) -> Keys,
) -> Vec<GroupPart> {
    let mut groups: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for machine in machines {
        for key in keys(machine) {
            let group = groups.entry(key).or_default();
            group.0 += 1;
            group.1 += u64::from(is_failing(machine));
        }
    }
    let mut parts: Vec<GroupPart> = groups
        .into_iter()
        .map(|(key, (machines, failing))| GroupPart {
            key,
            machines,
            failing,
        })
        .collect();
    parts.sort_by(|a, b| b.machines.cmp(&a.machines).then_with(|| a.key.cmp(&b.key)));
    parts
}
