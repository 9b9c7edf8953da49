//! The few causes behind most failing machines.

use serde::Serialize;

/// The few causes behind most failing machines.
#[derive(Clone, Debug, Serialize)]
pub struct MainCausesPart {
    /// The sentence.
    pub text: String,
    /// Machines that fail.
    pub machines: u64,
    /// Of these, machines that the listed causes explain.
    pub explained: u64,
    /// The same in percent, rounded; 100 only where it is all of them.
    pub percent: u64,
    /// The causes, that of most machines first.
    pub causes: Vec<MainCausePart>,
}

/// A cause that many machines share.
#[derive(Clone, Debug, Serialize)]
pub struct MainCausePart {
    /// The finding's id.
    pub id: String,
    /// The finding's title.
    pub title: String,
    /// Failing machines whose root cause it is.
    pub machines: u64,
    /// The same in percent of all failing machines, rounded; 100 only where it is all of them.
    pub percent: u64,
    /// The KMS hosts that these machines asked, that of most machines first; the first five.
    pub kms_hosts: Vec<String>,
    /// What to do first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_step: Option<String>,
}
