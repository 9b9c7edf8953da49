//! What kinds of findings tell besides: the details behind a sentence.

use chrono::{DateTime, Utc};

use crate::hresult::Hresult;
use crate::spp::{ActivationId, Channel, Cmid, KmsHost};

/// What a kind of finding tells besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Licenses that end, or have ended.
    pub ends: Vec<LicenseEnd>,
    /// Clocks that differ.
    pub skews: Vec<MachineSkew>,
    /// Renewals that are overdue.
    pub renewals: Vec<LastRenewal>,
    /// Product keys.
    pub keys: Vec<KeyDetail>,
    /// What the service behind digital licenses logged in the same minutes, by machine and time.
    pub digital: Vec<DigitalResult>,
    /// Machine ids that several computers use.
    pub cmids: Vec<CmidNames>,
    /// What KMS hosts count, and what is needed.
    pub counts: Vec<HostCount>,
    /// Domains in which a KMS host cannot publish its record.
    pub domains: Vec<FailedDomain>,
}

/// When one product's license was renewed last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LastRenewal {
    /// The machine's name.
    pub machine: String,
    /// The product.
    pub activation_id: Option<ActivationId>,
    /// The renewal.
    pub last_renewal: DateTime<Utc>,
    /// When the license ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A product key on a machine, as far as the log tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyDetail {
    /// The machine's name.
    pub machine: String,
    /// The product that it names.
    pub activation_id: Option<ActivationId>,
    /// Its channel.
    pub channel: Option<Channel>,
    /// Its last five characters, as Windows shows them.
    pub partial_key: Option<String>,
    /// Why it was not installed.
    pub code: Option<Hresult>,
    /// A further code.
    pub detail: Option<Hresult>,
}

/// An event of the service behind digital licenses beside a failure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DigitalResult {
    /// The machine's name.
    pub machine: String,
    /// The event's time.
    pub time: DateTime<Utc>,
    /// Its place in [`Fleet::asides`](crate::diagnosis::Fleet::asides).
    pub aside: usize,
    /// Its result code.
    pub code: Option<Hresult>,
}

/// A machine id that several computers use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CmidNames {
    /// The id.
    pub cmid: Cmid,
    /// Who uses it, sorted.
    pub names: Vec<String>,
}

/// What a KMS host counts, and what a product needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostCount {
    /// The host.
    pub host: KmsHost,
    /// The newest count that it told for products of this need.
    pub count: u32,
    /// The need.
    pub needed: u32,
}

/// A domain in which a KMS host cannot publish its record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailedDomain {
    /// The KMS host's computer.
    pub machine: String,
    /// The domain in lower case.
    pub domain: String,
    /// The newest code.
    pub hresult: Option<Hresult>,
}

/// The end of one product's license.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LicenseEnd {
    /// The machine's name.
    pub machine: String,
    /// The product.
    pub activation_id: Option<ActivationId>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// By how much a machine's clock differs from its KMS host's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MachineSkew {
    /// The client's name.
    pub machine: String,
    /// The client's clock less the host's, in minutes.
    pub skew_minutes: i64,
}
