//! The ordered events of machines to attempts, states and findings.
//!
//! Pure: no input or output, no clock. Rules are numbered as in the project's rules of diagnosis
//! (RULES.md); each is one function. How events came together and in which order is `fleet`'s
//! business, words are `report`'s.

mod accept;
mod arrivals;
mod attempt;
mod cause;
mod clients;
mod cmids;
mod digital;
mod facts;
mod finding;
mod findings;
mod fleet_view;
mod grouping;
mod host_contacts;
mod host_log;
mod machine;
mod marks;
mod names;
#[cfg(test)]
mod notation;
mod pattern;
mod policy;
mod status;
#[cfg(test)]
mod tests;
mod window;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

pub use accept::{Acceptance, Accepted, ParseAcceptanceError};
pub use arrivals::{Arrival, Arrivals};
pub use attempt::{Attempt, Confidence, Gap, Outcome, Try};
pub use cause::{Cause, Preference, Reach};
pub use clients::{ClientActivity, ClockSkew, KmsClient};
pub use cmids::{CmidUser, LikelyRename, SharedCmid};
pub use facts::{FindingShare, Proven};
pub use finding::{
    CmidNames, Details, DigitalResult, Evidence, FailedDomain, Finding, FindingKey, FindingStatus,
    HostCount, KeyDetail, LastRenewal, LicenseEnd, MachineSkew, failing_license_end, find,
    is_failing_but_licensed,
};
pub(crate) use findings::is_overdue;
pub use findings::{Finder, finder};
pub use fleet_view::{Aside, Fleet, HostKind, KmsHostState, Machine};
pub use host_log::{Asker, HostLog, Publishing, Served, WholeStretch};
pub use machine::{
    ActivatedBy, ActivationStatus, ImplausibleEnd, MachineDiagnosis, MachineSources,
    ProductSources, ProductState, Standing, StateChange, StatusFailure,
};
pub use marks::{KeyFailure, Marks, Tampering, Use};
pub use names::Who;
pub use pattern::{ComputerPattern, ParsePatternError};
pub use policy::Policy;
pub use status::ProductLicense;
pub use window::{EarlierAttempt, Window};

use crate::catalog::Catalog;
use crate::input::LogName;
use crate::spp::{ActivationId, Activity, Channel, SppEvent};

/// How far a log tells: what a missing record proves depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogReach {
    /// Time of the log's first record of any kind.
    pub first: Option<DateTime<Utc>>,
    /// Its damaged chunks.
    pub damaged_chunks: BTreeSet<u32>,
    /// Whether it holds an event of the providers that is not a warning or an error.
    pub has_information: bool,
    /// Whether its event rows were chosen when they were made.
    pub is_filtered: bool,
}

/// Diagnoses one machine from its events in order, as far as they lie in the window: what is told of
/// an attempt is the same in every window that it begins in.
pub fn diagnose_machine(
    events: &[SppEvent],
    logs: &BTreeMap<LogName, LogReach>,
    catalog: &Catalog,
    now: DateTime<Utc>,
    window: &Window,
) -> MachineDiagnosis {
    let mut channels: BTreeMap<ActivationId, Channel> = BTreeMap::new();
    for event in events {
        let Activity::RulesEvaluated(policies) = &event.activity else {
            continue;
        };
        for policy in policies {
            if let (Some(id), Some(channel)) = (policy.activation_id, &policy.channel) {
                channels.insert(id, channel.clone());
            }
        }
    }
    let mut attempts = grouping::attempts(events, catalog, logs, &channels);
    attempts.iter_mut().for_each(|attempt| attempt.note(events));
    let crossing = window::crossing(events, &attempts, window);
    let known = window::by_attempt(events, &attempts, |time| window.has_come(time));
    let all = attempts.len();
    attempts.retain(|attempt| window.has_come(attempt.start));
    let later = all - attempts.len();
    let mut diagnosis = machine::states(events, &known, attempts, catalog, now);
    diagnosis.window = *window;
    diagnosis.crossing = crossing;
    diagnosis.marks.is_of_chosen_rows = is_of_chosen_rows(events, logs);
    diagnosis.later_attempts = later as u64;
    diagnosis.put_earlier_aside();
    diagnosis
}

fn is_of_chosen_rows(events: &[SppEvent], logs: &BTreeMap<LogName, LogReach>) -> bool {
    // Events come in runs of one log.
    let runs = events.chunk_by(|a, b| a.log == b.log);
    runs.filter_map(|run| logs.get(&run.first()?.log))
        .any(|reach| reach.is_filtered)
}
