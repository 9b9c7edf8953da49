//! What the administrator says is right here.

use chrono::{DateTime, TimeDelta, Utc};

use super::accept::Acceptance;
use crate::spp::KmsHost;

/// What the administrator says is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The legitimate KMS hosts; none where nothing was said. A host without a port stands for
    /// every port.
    pub kms_hosts: Vec<KmsHost>,
    /// How long before its end a license is told.
    pub expiring_within: TimeDelta,
    /// The time that states are judged at; where none is given, each machine at its own last record.
    pub now: Option<DateTime<Utc>>,
    /// The findings that are accepted.
    pub accepted: Vec<Acceptance>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            kms_hosts: Vec::new(),
            expiring_within: TimeDelta::days(14),
            now: None,
            accepted: Vec::new(),
        }
    }
}
