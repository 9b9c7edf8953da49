//! What has changed since an earlier report.
//!
//! A machine stands under a finding's `new`, `still`, `cured` or `replaced` only where both reports
//! tell of it; one that only this report tells of has `appeared`, and its findings are new.

use serde::Serialize;

use super::Time;

/// What has changed since an earlier report.
#[derive(Clone, Debug, Serialize)]
pub struct ComparisonPart {
    /// The earlier report.
    pub baseline: BaselinePart,
    /// The changes in a sentence.
    pub text: String,
    /// What makes the two reports hard to compare, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cautions: Vec<String>,
    /// Machines that fail and did not, or were not told of.
    pub newly_failing: Vec<String>,
    /// How many machines failed and still do.
    pub still_failing: u64,
    /// Machines that failed and no longer do.
    pub no_longer_failing: Vec<String>,
    /// Active findings, with the machines that have them now and had them not.
    pub new: Vec<ChangedFindingPart>,
    /// Active findings, with the machines that had them already.
    pub still: Vec<ChangedFindingPart>,
    /// Findings that were active, with the machines that no longer have them.
    pub cured: Vec<ChangedFindingPart>,
    /// Findings that were active, with the machines that no longer have them, but have another one
    /// that is new.
    pub replaced: Vec<ChangedFindingPart>,
    /// Machines that the earlier report does not tell of.
    pub appeared: Vec<String>,
    /// Machines that only the earlier report tells of, by the name that they have there.
    pub silent: Vec<String>,
}

/// The earlier report.
#[derive(Clone, Debug, Serialize)]
pub struct BaselinePart {
    /// The file's name, without its folder.
    pub name: String,
    /// When it was made.
    pub generated_at: Option<Time>,
    /// The newest time of its machines' logs.
    pub as_of: Option<Time>,
    /// Machines that it tells of.
    pub machines: u64,
    /// Of these, machines that failed.
    pub machines_failing: u64,
}

/// A finding, with the machines of which a change is told.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedFindingPart {
    /// The finding's id.
    pub id: String,
    /// What is wrong; of a finding that is gone, in the earlier report's words.
    pub title: String,
    /// `critical`, `error`, `warning` or `info`; of a finding that is gone, as it was.
    pub severity: &'static str,
    /// The machines.
    pub machines: Vec<String>,
    /// How many.
    pub machine_count: u64,
}
