//! KMS hosts as clients see them, and a host's clients as its own log does.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Time;

/// A KMS host that was asked.
#[derive(Clone, Debug, Serialize)]
pub struct KmsHostPart {
    /// Its name or address in lower case.
    pub host: String,
    /// Its port.
    pub port: Option<u16>,
    /// `allowed`, `known-cloud`, `loopback`, `unknown` or `unlisted`.
    pub kind: &'static str,
    /// Machines that asked it.
    pub clients: u64,
    /// Requests that name it.
    pub requests: u64,
    /// Requests that it answered.
    pub answers: u64,
    /// Requests that failed, or whose answer did.
    pub failures: u64,
    /// Requests that did not fail, and whose answer is not in the log; none where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<u64>,
    /// The newest count that it told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_count: Option<u32>,
    /// The count that was needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<u32>,
    /// The machine whose log as this KMS host was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// Requests that are not in that log though nothing of it is missing around them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never_arrived: Option<u64>,
    /// Requests that it granted by that log, and whose answers did not arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers_lost: Option<u64>,
}

/// A client in a KMS host's own log.
#[derive(Clone, Debug, Serialize)]
pub struct KmsClientPart {
    /// The KMS host's computer.
    pub host: String,
    /// The client's name.
    pub client: String,
    /// Its machine id.
    pub cmid: Option<String>,
    /// Its product.
    pub activation_id: Option<String>,
    /// Its requests.
    pub requests: u64,
    /// Those that the host refused.
    pub refused: u64,
    /// The first.
    pub first: Time,
    /// The newest.
    pub last: Time,
    /// Its license state before the newest: `unlicensed`, `licensed`, `oob-grace`, `oot-grace`,
    /// `non-genuine-grace`, `notification`, `extended-grace` or `in-grace`.
    pub license_state: Option<&'static str>,
    /// The machine of the input that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// What its product is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<&'static str>,
    /// How many requests the host refused, by code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub refused_by_code: BTreeMap<String, u64>,
    /// `active`, `stopped` (no request for more than two renewal intervals before the host's newest
    /// one) or `too-often` (more than twice as many requests within a day as the activation interval
    /// leads to).
    pub activity: &'static str,
}
