//! What was read, what of it could not be, and what was not looked at.

use serde::Serialize;

use super::Time;

/// What was read.
#[derive(Clone, Debug, Serialize)]
pub struct Inputs {
    /// Logs.
    pub logs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Chunks in use.
    pub chunks: u64,
    /// Chunks that were decoded.
    pub chunks_decoded: u64,
    /// Live records.
    pub records: u64,
    /// Activation events, each counted once.
    pub activation_events: u64,
    /// Copies of records that were dropped.
    pub duplicates: u64,
    /// What a reader must know of it in words: what was looked at, why there is no finding, what is
    /// left out.
    pub explanation: Vec<String>,
    /// Computers of logs that were looked at and hold no activation event, where no other log makes
    /// a machine of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub computers_without_events: Vec<String>,
    /// Every log that was looked at.
    pub files: Vec<FilePart>,
    /// Events of the service behind digital licenses, which are no activation events, by event id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub digital_licenses: Vec<DigitalCountPart>,
    /// What could not be read.
    pub damage: Vec<DamagePart>,
    /// What is odd and loses nothing.
    pub notes: Vec<NotePart>,
    /// What was not looked at.
    pub skipped: Vec<SkippedPart>,
}

/// How often an event of the service behind digital licenses was read.
#[derive(Clone, Debug, Serialize)]
pub struct DigitalCountPart {
    /// The event id.
    pub event_id: u16,
    /// What it says, in words.
    pub text: String,
    /// How many there are, copies included.
    pub count: u64,
}

/// A log that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct FilePart {
    /// Its name.
    pub log: String,
    /// Its bytes.
    pub bytes: u64,
    /// Its live records.
    pub records: u64,
    /// Its activation events.
    pub activation_events: u64,
    /// The time of its first record.
    pub first: Option<Time>,
    /// The time of its last record.
    pub last: Option<Time>,
    /// The computers of its activation events; without any, that of its last record.
    pub computers: Vec<String>,
}

/// Something that could not be read.
#[derive(Clone, Debug, Serialize)]
pub struct DamagePart {
    /// The log.
    pub log: String,
    /// The chunk, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk: Option<u32>,
    /// The record, by its header's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_id: Option<u64>,
    /// What is wrong, in words.
    pub problem: String,
    /// How many records are lost by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_records: Option<u64>,
}

/// Something odd that loses nothing.
#[derive(Clone, Debug, Serialize)]
pub struct NotePart {
    /// The log.
    pub log: String,
    /// The chunk, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk: Option<u32>,
    /// What is odd, in words.
    pub note: String,
    /// How often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// An input that was not looked at.
#[derive(Clone, Debug, Serialize)]
pub struct SkippedPart {
    /// The path as given or found.
    pub path: String,
    /// Why, in words.
    pub reason: String,
}
