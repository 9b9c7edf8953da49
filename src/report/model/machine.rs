//! A machine and the state of its products.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{AttemptPart, ChangePart, Code, SourcePart, Time};

/// One machine.
#[derive(Clone, Debug, Serialize)]
pub struct MachinePart {
    /// Its newest name in its fullest form.
    pub computer: String,
    /// Every other name seen for it.
    pub aliases: Vec<String>,
    /// The service's file version.
    pub build: Option<String>,
    /// Its KMS client machine id.
    pub cmid: Option<String>,
    /// Whether it is a virtual machine.
    pub is_vm: Option<bool>,
    /// `failing`, `activated` or `unknown`.
    pub status: &'static str,
    /// Attempts.
    pub attempts: u64,
    /// Attempts that failed.
    pub attempts_failed: u64,
    /// The cause of its newest open failure.
    pub root_cause: Option<Code>,
    /// Time of the first record of its logs.
    pub first_seen: Time,
    /// Time of the last record of its logs.
    pub last_seen: Time,
    /// Its products.
    pub products: Vec<ProductPart>,
    /// The newest 20 changes of their license states, newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangePart>,
    /// The records that tell `build`, `cmid` and `is_vm`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<&'static str, SourcePart>,
    /// The KMS hosts that it asked.
    pub kms_hosts: Vec<String>,
    /// Its newest 20 attempts, newest last.
    pub recent_attempts: Vec<AttemptPart>,
}

/// One product of a machine.
#[derive(Clone, Debug, Serialize)]
pub struct ProductPart {
    /// The product.
    pub activation_id: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
    /// `windows`, `office` or `unknown`.
    pub application: &'static str,
    /// The channel of its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Its key's last five characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_key: Option<String>,
    /// `failing`, `activated` or `unknown`.
    pub status: &'static str,
    /// Its license state: `unlicensed`, `licensed`, `oob-grace`, `oot-grace`,
    /// `non-genuine-grace`, `notification`, `extended-grace` or `in-grace`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_state: Option<&'static str>,
    /// When its license or grace ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// Its newest success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Time>,
    /// Its newest failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Time>,
    /// The cause of its open failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_cause: Option<Code>,
    /// Why its license state is what it is, where the newest event says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Code>,
    /// When a KMS client's license was renewed last, by a success or by the time that is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_renewal: Option<Time>,
    /// The way by which it was activated last: `kms`, `active-directory`, `avma`, `token`, `phone`,
    /// `online` or `digital-license`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activated_by: Option<&'static str>,
    /// The records that tell these fields, by their names; a channel without one is the catalog's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<&'static str, SourcePart>,
}
