//! An attempt as the report tells it: what was tried, how far each try came, and which code decides.

use serde::Serialize;

use super::{Code, Time};

/// One attempt.
#[derive(Clone, Debug, Serialize)]
pub struct AttemptPart {
    /// Made from its content: the same in every run.
    pub id: String,
    /// When it began.
    pub start: Time,
    /// The product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation_id: Option<String>,
    /// What fired it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// `succeeded`, `failed` or `unknown`.
    pub outcome: &'static str,
    /// The code that it ended with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// Its best cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_cause: Option<Code>,
    /// `seen`, `inferred` or `missing`.
    pub confidence: &'static str,
    /// The KMS hosts tried.
    pub kms_hosts: Vec<String>,
    /// Each request to a KMS host, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tries: Vec<TryPart>,
    /// The request to an activation server on the Internet that failed; the newest of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub online: Option<OnlinePart>,
    /// Whether its tries are those of an attempt just before, which this one's outcome repeats.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub borrowed_tries: bool,
    /// Every code that may explain its failure, the best first; none where it did not fail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<AttemptCausePart>,
    /// Its first eight records.
    pub records: Vec<RecordPart>,
}

/// One KMS host tried within an attempt.
#[derive(Clone, Debug, Serialize)]
pub struct TryPart {
    /// The host, as `host:port`; none where the request names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// What came of it: what the answer failed with, else what the request returned; none where a
    /// request went out and no answer is there, and where the answer holds no code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// How far it came: `nothing`, `resolved`, `connected` or `answered`; `sent` where a request went
    /// out and no answer is there, `unknown` where its result cannot be read.
    pub reached: &'static str,
    /// Whether the answer activated the product.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub activated: bool,
    /// The activation count that the answer told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The count that the product needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<u32>,
    /// System/EventRecordID of the request (12288).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<u64>,
    /// System/EventRecordID of the answer (12289).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<u64>,
}

/// A request to an activation server on the Internet that failed (8200).
#[derive(Clone, Debug, Serialize)]
pub struct OnlinePart {
    /// The name of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The step of the call at which it failed, as logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_step: Option<String>,
    /// System/EventRecordID of the event.
    pub record_id: u64,
}

/// A code that may explain why an attempt failed.
#[derive(Clone, Debug, Serialize)]
pub struct AttemptCausePart {
    /// The code.
    pub code: Code,
    /// `root`, `wrapper`, `benign` or `unknown`.
    pub kind: &'static str,
    /// How far the try came that holds it: `nothing`, `resolved`, `connected` or `answered`.
    pub reached: &'static str,
    /// Of the first, what decided for it: `only`, `furthest`, `kind` or `latest`. Of the others, what
    /// decided against them: `less-far`, `kind` or `earlier`.
    pub why: &'static str,
}

/// A record of an attempt.
#[derive(Clone, Debug, Serialize)]
pub struct RecordPart {
    /// The log.
    pub log: String,
    /// System/EventRecordID.
    pub record_id: u64,
    /// The event id.
    pub event_id: u16,
    /// The event's time.
    pub time: Time,
    /// The code in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hresult: Option<Code>,
}
