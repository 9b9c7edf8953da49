//! duplicate-cmid: several computers use one client machine id, so that a KMS host counts them as
//! one.
//!
//! Who shares an id is told by `diagnosis::cmids`, from clients' own logs and from those of KMS hosts.
//! Cured where all but one have begun to use another id. Its `machines` may name clients of a KMS
//! host that are no machine of the input. Two names that follow each other are a note: a computer was
//! likely renamed. Cannot tell a clone from a computer that has two names at once.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, FindingId, Severity};
use crate::diagnosis::Policy;
use crate::diagnosis::cmids::{CmidUser, SharedCmid, name_of};
use crate::diagnosis::facts;
use crate::diagnosis::finding::{
    CmidNames, Evidence, Finding, FindingKey, Member, blank, by_time, severity,
};
use crate::diagnosis::fleet_view::{Fleet, Machine};
use crate::spp::KmsHost;

pub(super) fn find(
    fleet: &Fleet,
    policy: &Policy,
    catalog: &Catalog,
    _: &mut [Finding],
) -> Vec<Finding> {
    let id = FindingId::DuplicateCmid;
    let default = catalog.finding(id).severity;
    let mut found = Vec::new();
    for is_cured in [false, true] {
        let mut finding = blank(FindingKey::Derived(id), is_cured);
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut evidence: BTreeSet<Evidence> = BTreeSet::new();
        let mut numbers: BTreeSet<usize> = BTreeSet::new();
        let mut has_strangers = false;
        for shared in &fleet.shared_cmids {
            let users = users(shared, is_cured);
            if users.is_empty() {
                continue;
            }
            let of_id: BTreeSet<String> = users
                .iter()
                .filter_map(|user| name_of(&fleet.machines, &user.who))
                .collect();
            for user in users {
                numbers.extend(user.who.machine());
                has_strangers |= user.who.machine().is_none();
                for (machine, event) in [user.first, user.last] {
                    let is_told = fleet
                        .machines
                        .get(machine)
                        .is_some_and(|m| is_told(m, event));
                    evidence.extend(is_told.then_some(Evidence { machine, event }));
                }
                finding.kms_hosts.extend(hosts(fleet, shared, user));
            }
            names.extend(of_id.iter().cloned());
            finding.details.cmids.push(CmidNames {
                cmid: shared.cmid,
                names: of_id.into_iter().collect(),
            });
        }
        if names.is_empty() {
            continue;
        }
        let members: Vec<Member<'_>> = numbers
            .iter()
            .map(|machine| Member {
                machine: *machine,
                product: None,
                attempt: None,
                event: None,
                is_cured,
                is_carried: false,
            })
            .collect();
        let severities = members
            .iter()
            .map(|m| severity(fleet, policy, m, None, default));
        let least = if is_cured { Severity::Info } else { default };
        finding.severity = severities.max().unwrap_or(least);
        finding.machines = names.into_iter().collect();
        finding.evidence = by_time(fleet, evidence);
        // Of a client that is no machine of the input nothing else is known.
        if !has_strangers {
            facts::prove(&mut finding, fleet, catalog, &members);
        }
        found.push(finding);
    }
    found
}

/// Who still shares an id; where nobody does, all who did.
fn users(shared: &SharedCmid, is_cured: bool) -> Vec<&CmidUser> {
    let still: Vec<&CmidUser> = shared.still_sharing().collect();
    match (still.is_empty(), is_cured) {
        (false, false) => still,
        (true, true) => shared.users.iter().collect(),
        _ => Vec::new(),
    }
}

fn is_told(machine: &Machine, event: usize) -> bool {
    let time = machine.events.time(event);
    time.is_some_and(|time| machine.diagnosis.window.contains(time))
}

/// The KMS hosts that see the id: those that the user asked with it, and those whose log shows it.
fn hosts(fleet: &Fleet, shared: &SharedCmid, user: &CmidUser) -> Vec<KmsHost> {
    let own = user
        .who
        .machine()
        .and_then(|number| fleet.machines.get(number));
    let uses = own.and_then(|machine| machine.diagnosis.marks.cmids.get(&shared.cmid));
    let asked = uses
        .into_iter()
        .flat_map(|uses| uses.keys().flatten().cloned());
    let shown_by = [user.first.0, user.last.0];
    let logs = shown_by
        .into_iter()
        .filter(|machine| Some(*machine) != user.who.machine())
        .filter_map(|machine| fleet.machines.get(machine))
        .map(|machine| KmsHost::new(&machine.computer, None));
    let mut hosts: Vec<KmsHost> = asked.collect();
    if hosts.is_empty() {
        hosts.extend(logs);
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::super::support::{found, told_of};

    const SHARED: &str = "36f27b39-2fd5-440b-be67-a09996d27a38";
    const OTHER: &str = "11111111-2fd5-440b-be67-a09996d27a38";

    /// A 12290: day, client, machine id.
    fn served(day: u32, client: &str, cmid: &str) -> String {
        format!(
            "d{day} 09:00 12290 0x0,25,{client},{cmid},2026/3/{day}\u{2007}09:00,0,1,41520,68531fb9-5511-4989-97be-d11a0f55633f\n"
        )
    }

    fn told(lines: &[String]) -> Vec<String> {
        told_of(&[("kms", &lines.concat())])
    }

    #[test]
    fn two_names_whose_times_overlap_share_an_id() {
        let log = [
            served(1, "pc-1", SHARED),
            served(2, "pc-2", SHARED),
            served(8, "pc-1", SHARED),
        ];
        assert_eq!(told(&log), ["duplicate-cmid active warning pc-1 pc-2"]);
        let text = log.concat();
        let found = found(&[("kms", &text)]);
        assert_eq!(found[0].details.cmids[0].names, ["pc-1", "pc-2"]);
        assert_eq!(found[0].evidence.len(), 3);
    }

    #[test]
    fn a_name_that_never_comes_back_was_likely_renamed() {
        let log = [served(1, "pc-1", SHARED), served(2, "pc-2", SHARED)];
        assert!(told(&log).is_empty());
    }

    #[test]
    fn three_names_share_an_id_also_one_after_the_other() {
        let log = [
            served(1, "pc-1", SHARED),
            served(2, "pc-2", SHARED),
            served(3, "pc-3", SHARED),
        ];
        assert_eq!(told(&log), ["duplicate-cmid active warning pc-1 pc-2 pc-3"]);
    }

    #[test]
    fn an_id_of_zeros_and_one_that_cannot_be_read_are_none() {
        for cmid in ["00000000-0000-0000-0000-000000000000", "?"] {
            let log: Vec<String> = [1, 2, 3, 8]
                .map(|day| served(day, &format!("pc-{}", day % 2), cmid))
                .to_vec();
            assert!(told(&log).is_empty(), "{cmid}");
        }
    }

    #[test]
    fn a_bare_name_and_its_full_one_are_one_computer() {
        let log = [
            served(1, "PC-1", SHARED),
            served(2, "pc-1.a.example", SHARED),
            served(3, "pc-1", SHARED),
        ];
        assert!(told(&log).is_empty());
    }

    #[test]
    fn an_id_of_its_own_cures_it() {
        let log = [
            served(1, "pc-1", SHARED),
            served(2, "pc-2", SHARED),
            served(8, "pc-1", SHARED),
            served(9, "pc-2", OTHER),
        ];
        assert_eq!(told(&log), ["duplicate-cmid cured info pc-1 pc-2"]);
    }

    #[test]
    fn clients_own_logs_tell_it_too_but_not_those_of_a_cloud() {
        // The notation gives every client the same machine id.
        let text =
            |host: &str| format!("09:00 12288 host={host}:1688\n 09:00:01 12289\n d8 09:00 902");
        let own = text("kms");
        let clones = [("pc-1", own.as_str()), ("pc-2", own.as_str())];
        assert_eq!(
            told_of(&clones),
            ["duplicate-cmid active warning pc-1 pc-2"]
        );
        let cloud = text("kms.core.windows.net");
        assert!(told_of(&[("pc-1", &cloud), ("pc-2", &cloud)]).is_empty());
    }
}
