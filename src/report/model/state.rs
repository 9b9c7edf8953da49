//! States of machines and products: where each of them stands in the logs, how it changed, and the
//! keys and renewals that findings tell.

use serde::Serialize;

use super::{Code, Time};

/// The record that something stands in.
#[derive(Clone, Debug, Serialize)]
pub struct SourcePart {
    /// The log.
    pub log: String,
    /// System/EventRecordID.
    pub record_id: u64,
    /// The event id.
    pub event_id: u16,
    /// The event's time.
    pub time: Time,
}

/// A product's license state that is another than it was at the check before.
#[derive(Clone, Debug, Serialize)]
pub struct ChangePart {
    /// The product.
    pub activation_id: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
    /// The license state before.
    pub from: &'static str,
    /// The license state since.
    pub to: &'static str,
    /// The time of the newest event that tells the state before.
    pub after: Time,
    /// The time of the first event that tells the new one.
    pub before: Time,
    /// How far the two lie apart; none where the clock went back in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u64>,
    /// The record that tells the new state.
    pub record: SourcePart,
}

/// When a product was renewed last.
#[derive(Clone, Debug, Serialize)]
pub struct RenewalPart {
    /// The machine.
    pub machine: String,
    /// The product.
    pub activation_id: Option<String>,
    /// The renewal.
    pub last_renewal: Time,
    /// When the license ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
}

/// A product key on a machine.
#[derive(Clone, Debug, Serialize)]
pub struct KeyPart {
    /// The machine.
    pub machine: String,
    /// The product that it names.
    pub activation_id: Option<String>,
    /// Its channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Its last five characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_key: Option<String>,
    /// Why it was not installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hresult: Option<Code>,
    /// A further code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Code>,
}
