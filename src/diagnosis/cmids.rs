//! Machine ids (CMIDs) that several computers use: the KMS host counts them as one (RULES.md 2).
//!
//! A name counts with its first and its last request that carry the id, in its own log (12288) or in
//! a KMS host's (12290). Two names whose times overlap, or three names, share it. Of two names where
//! the first never comes back, the computer was likely renamed. Clients of known cloud hosts do not
//! count: images of a marketplace share one id, and the cloud's hosts do not mind.

use std::collections::{BTreeMap, BTreeSet};

use super::fleet_view::Machine;
use super::host_log::HostLog;
use super::marks::Use;
use super::names::{Names, Strangers, Who};
use crate::catalog::Catalog;
use crate::spp::{Cmid, KmsHost};

/// A machine id that several computers use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedCmid {
    /// The id.
    pub cmid: Cmid,
    /// Who used it.
    pub users: Vec<CmidUser>,
}

impl SharedCmid {
    /// Those who have not begun to use another id; none where fewer than two are left.
    pub fn still_sharing(&self) -> impl Iterator<Item = &CmidUser> {
        let stay = || self.users.iter().filter(|user| !user.has_moved_on);
        let is_shared = stay().nth(1).is_some();
        stay().filter(move |_| is_shared)
    }
}

/// One user of a shared machine id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CmidUser {
    /// Who it is.
    pub who: Who,
    /// The machine whose event shows the first use, and the event.
    pub first: (usize, usize),
    /// The machine whose event shows the last use, and the event.
    pub last: (usize, usize),
    /// Whether it has since begun to use another id.
    pub has_moved_on: bool,
}

/// A machine id that went from one name to another for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LikelyRename {
    /// The name before.
    pub from: String,
    /// The name since.
    pub to: String,
    /// The machine whose event shows the first use under the new name, and the event.
    pub event: (usize, usize),
}

/// What machine ids tell.
#[derive(Clone, Debug, Default)]
pub(super) struct CmidView {
    pub(super) shared: Vec<SharedCmid>,
    pub(super) renames: Vec<LikelyRename>,
}

/// When somebody used an id, and the machines whose events show it.
#[derive(Clone, Copy)]
struct Seen {
    used: Use,
    /// The machines of the first and of the last event.
    shown_by: (usize, usize),
}

impl Seen {
    fn join(&mut self, other: &Self) {
        let before = self.used;
        self.used.join(&other.used);
        let moved = |a: (_, usize), b: (_, usize)| a != b;
        if moved(
            (before.first, before.first_event),
            (self.used.first, self.used.first_event),
        ) {
            self.shown_by.0 = other.shown_by.0;
        }
        if moved(
            (before.last, before.last_event),
            (self.used.last, self.used.last_event),
        ) {
            self.shown_by.1 = other.shown_by.1;
        }
    }
}

type Uses = BTreeMap<Cmid, BTreeMap<Who, Seen>>;

/// Who shares an id, and who was likely renamed.
pub(super) fn view(machines: &[Machine], names: &Names, catalog: &Catalog) -> CmidView {
    let uses = uses(machines, names, catalog);
    // Of each user the newest id that it began with, to tell who has moved on.
    let mut begun: BTreeMap<&Who, Use> = BTreeMap::new();
    for (who, seen) in uses.values().flatten() {
        let newest = begun.entry(who).or_insert(seen.used);
        if newest.first < seen.used.first {
            *newest = seen.used;
        }
    }
    let mut view = CmidView::default();
    for (cmid, users) in &uses {
        let told: Vec<(&Who, &Seen)> = users
            .iter()
            .filter(|(_, seen)| is_told(machines, seen))
            .collect();
        if told.len() < 2 {
            continue;
        }
        if told.len() > 2 || overlap(&told) {
            let user = |(who, seen): &(&Who, &Seen)| CmidUser {
                who: (*who).clone(),
                first: (seen.shown_by.0, seen.used.first_event),
                last: (seen.shown_by.1, seen.used.last_event),
                has_moved_on: begun
                    .get(*who)
                    .is_some_and(|new| new.first > seen.used.last),
            };
            view.shared.push(SharedCmid {
                cmid: *cmid,
                users: told.iter().map(user).collect(),
            });
        } else if let Some(rename) = rename(machines, &told) {
            view.renames.push(rename);
        }
    }
    view
}

/// Whether the window has not ended before it was last used; what comes later is not here at all.
fn is_told(machines: &[Machine], seen: &Seen) -> bool {
    let window = machines
        .get(seen.shown_by.1)
        .map(|machine| machine.diagnosis.window);
    window.is_none_or(|window| window.contains(seen.used.last))
}

fn overlap(users: &[(&Who, &Seen)]) -> bool {
    users.iter().enumerate().any(|(at, (_, a))| {
        let mut others = users.iter().skip(at + 1);
        others.any(|(_, b)| a.used.first <= b.used.last && b.used.first <= a.used.last)
    })
}

fn rename(machines: &[Machine], users: &[(&Who, &Seen)]) -> Option<LikelyRename> {
    let mut in_time: Vec<&(&Who, &Seen)> = users.iter().collect();
    in_time.sort_by_key(|(_, seen)| seen.used.first);
    let [(from, _), (to, seen)] = in_time.as_slice() else {
        return None;
    };
    Some(LikelyRename {
        from: name_of(machines, from)?,
        to: name_of(machines, to)?,
        event: (seen.shown_by.0, seen.used.first_event),
    })
}

/// A user's name: a machine's newest, else as logged.
pub(crate) fn name_of(machines: &[Machine], who: &Who) -> Option<String> {
    match who {
        Who::Machine(number) => Some(machines.get(*number)?.computer.clone()),
        Who::Name(name) => Some(name.clone()),
    }
}

fn uses(machines: &[Machine], names: &Names, catalog: &Catalog) -> Uses {
    let mut uses = Uses::new();
    let mut add = |cmid: Cmid, who: Who, seen: Seen| {
        let users = uses.entry(cmid).or_default();
        match users.get_mut(&who) {
            Some(before) => before.join(&seen),
            None => {
                users.insert(who, seen);
            }
        }
    };
    let strangers = Strangers::of(
        machines
            .iter()
            .flat_map(|machine| &machine.diagnosis.marks.host_log.askers)
            .filter_map(|asker| asker.client.as_deref()),
    );
    for (number, machine) in machines.iter().enumerate() {
        for (cmid, used) in own_uses(machine, catalog) {
            let shown_by = (number, number);
            add(cmid, Who::Machine(number), Seen { used, shown_by });
        }
        let log = &machine.diagnosis.marks.host_log;
        let of_askers = uses_of_askers(log);
        for (asker, used) in log.askers.iter().zip(of_askers) {
            let (Some(cmid), Some(name), Some(used)) = (asker.cmid, &asker.client, used) else {
                continue;
            };
            let who = match names.machine(name) {
                Some(machine) => Some(Who::Machine(machine)),
                None => strangers
                    .fullest(name)
                    .map(|name| Who::Name(name.to_owned())),
            };
            // A bare name that may be several computers' is no further one.
            let Some(who) = who else { continue };
            let shown_by = (number, number);
            add(cmid, who, Seen { used, shown_by });
        }
    }
    uses
}

/// The ids of a machine's own requests; of one that asks only hosts of a cloud, none.
fn own_uses(machine: &Machine, catalog: &Catalog) -> Vec<(Cmid, Use)> {
    let cmids = &machine.diagnosis.marks.cmids;
    let is_cloud = |host: &KmsHost| catalog.cloud_endpoint(host.name(), host.port()).is_some();
    let hosts: BTreeSet<&KmsHost> = cmids
        .values()
        .flat_map(|uses| uses.keys().flatten())
        .collect();
    let clouds: BTreeSet<&KmsHost> = hosts
        .iter()
        .copied()
        .filter(|host| is_cloud(host))
        .collect();
    if !clouds.is_empty() && clouds.len() == hosts.len() {
        return Vec::new();
    }
    let mut all = Vec::new();
    for (cmid, uses) in cmids {
        let counts =
            |host: &Option<KmsHost>| host.as_ref().is_none_or(|host| !clouds.contains(host));
        let mut counted = uses
            .iter()
            .filter(|(host, _)| counts(host))
            .map(|(_, used)| *used);
        let Some(mut whole) = counted.next() else {
            continue;
        };
        counted.for_each(|used| whole.join(&used));
        all.push((*cmid, whole));
    }
    all
}

/// When each asker of a host asked.
fn uses_of_askers(log: &HostLog) -> Vec<Option<Use>> {
    let mut uses: Vec<Option<Use>> = vec![None; log.askers.len()];
    for served in &log.served {
        if let Some(used) = uses.get_mut(served.asker) {
            match used {
                Some(used) => used.again(served.event, served.time),
                None => *used = Some(Use::once(served.event, served.time)),
            }
        }
    }
    uses
}
