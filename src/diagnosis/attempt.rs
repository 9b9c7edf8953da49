//! What one machine did for one product at one time, and how it ended.
//!
//! Building attempts out of events is `grouping`'s business; what an attempt's failure means for
//! the product's state is `machine`'s.

use chrono::{DateTime, Utc};

use super::cause::{self, Cause, Reach};
use crate::catalog::{Catalog, CodeKind};
use crate::hresult::Hresult;
use crate::spp::{ActivationId, Activity, KmsHost, LicenseState, SppEvent};

/// A right is missing.
pub(crate) const ACCESS_DENIED: Hresult = Hresult::new(0x8007_0005);

/// One attempt at activation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The product; none where no event of it names one.
    pub activation_id: Option<ActivationId>,
    /// Time of its first event.
    pub start: DateTime<Utc>,
    /// Time of its last event.
    pub end: DateTime<Utc>,
    /// What fired it, where its outcome tells.
    pub trigger: Option<String>,
    /// Its events, as places in the machine's list of events.
    pub events: Vec<usize>,
    /// The events that are its outcome, among these.
    pub outcome_events: Vec<usize>,
    /// The KMS hosts tried, in order.
    pub tries: Vec<Try>,
    /// Whether its tries are those of an attempt just before, which this one's outcome repeats.
    pub has_borrowed_tries: bool,
    pub(crate) outcome: Outcome,
    pub(crate) causes: Vec<Cause>,
    /// How sure the cause is.
    pub confidence: Confidence,
    /// Where only a wrapper is known: why.
    pub gap: Option<Gap>,
    /// The license state that its first request tells.
    pub state_before: Option<LicenseState>,
    /// Whether the product was licensed before it (RULES.md 5).
    pub was_licensed: bool,
    /// Whether the log tells so, and it is not merely assumed.
    pub is_license_known: bool,
    /// What its records say that findings ask for.
    pub notes: AttemptNotes,
}

/// What an attempt's records say that findings ask for later, when the records are packed away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttemptNotes {
    /// The places of the events that hold the attempt's best cause.
    pub(crate) holding_cause: Vec<usize>,
    /// Whether it was an activation over the Internet.
    pub(crate) is_online: bool,
    /// Whether a code of the activation server is in it.
    pub(crate) has_server_code: bool,
    /// Whether Active Directory-based activation failed in it.
    pub(crate) is_ad: bool,
    /// Whether it failed for want of a right.
    pub(crate) is_ad_denied: bool,
}

/// One KMS host tried: a 12288, with its answer where one came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// The 12288, as a place in the machine's events; none for a lone answer.
    pub request: Option<usize>,
    /// The 12289.
    pub response: Option<usize>,
    /// The host asked.
    pub host: Option<KmsHost>,
    /// What the request returned.
    pub sent: Option<Hresult>,
    /// What processing the answer returned; 0xC004F038 where we conclude it.
    pub answer: Option<Hresult>,
    /// The count that the product needs.
    pub min_count: Option<u32>,
    /// The count that the answer told.
    pub current_count: Option<u32>,
    /// Whether the answer activated the product.
    pub is_bound: Option<bool>,
    /// Whether `answer` is concluded from the count and not logged.
    pub is_concluded: bool,
}

impl Try {
    /// Whether a KMS host answered: by a 12289, or by a code that only a host returns.
    pub fn is_answered(&self) -> bool {
        self.response.is_some() || self.sent.is_some_and(super::cause::is_host_code)
    }

    /// Whether the request failed or its answer did.
    pub fn is_failed(&self) -> bool {
        let failing = |code: Option<Hresult>| code.is_some_and(Hresult::is_failure);
        failing(self.sent)
            || failing(self.answer)
            || (self.response.is_some() && self.is_bound == Some(false))
    }

    /// What came of it: what its answer failed with, else what the request returned.
    pub fn code(&self) -> Option<Hresult> {
        let failing = |code: Option<Hresult>| code.filter(|code| code.is_failure());
        let returned = if self.response.is_some() {
            self.answer
        } else {
            self.sent
        };
        failing(self.answer)
            .or_else(|| failing(self.sent))
            .or(returned)
    }

    /// How far it came (RULES.md 4); none where the records do not tell: a request went out and no
    /// answer is there, or its result cannot be read.
    pub fn reach(&self, catalog: &Catalog) -> Option<Reach> {
        let failing = |code: Option<Hresult>| code.filter(|code| code.is_failure());
        match (failing(self.answer), failing(self.sent)) {
            (Some(code), _) => Some(cause::reach_of_answer(code, catalog)),
            (None, Some(code)) => Some(cause::reach(code, self.host.is_some(), catalog)),
            (None, None) => self.response.map(|_| Reach::Answered),
        }
    }

    /// Whether the answer activated the product.
    pub fn is_success(&self) -> bool {
        self.response.is_some() && self.answer == Some(Hresult::OK) && self.is_bound == Some(true)
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Activated, whatever failed before.
    Succeeded,
    /// Not activated.
    Failed {
        /// The code that it ended with; none where no record holds one that can be read.
        code: Option<Hresult>,
    },
    /// A request went out and nothing followed.
    Unknown,
}

/// How sure a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The log does not hold the records that would tell.
    Missing,
    /// Concluded; no record says it.
    Inferred,
    /// A record holds it.
    Seen,
}

impl Confidence {
    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Inferred => "inferred",
            Self::Seen => "seen",
        }
    }
}

/// Why an attempt has nothing better than a wrapper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gap {
    /// The log begins less than two minutes before the attempt.
    LogStartsLate,
    /// A chunk next to the attempt's is damaged.
    DamageNearby,
    /// The log holds no event below warning: it was exported with a level filter.
    LevelFilter,
    /// A request went out and no answer came.
    NoAnswer,
    /// The log reaches back and holds no request.
    NoRequests,
    /// The log came as event rows that were chosen, so that others may have been left out.
    RowsFiltered,
    /// The product is not activated by KMS.
    NotKms,
}

impl Attempt {
    /// Notes down what its records say, once its causes are known.
    pub(super) fn note(&mut self, events: &[SppEvent]) {
        let mut notes = AttemptNotes::default();
        let cause = self.root_cause();
        for at in &self.events {
            let Some(event) = events.get(*at) else {
                continue;
            };
            if event.codes.iter().any(|logged| Some(logged.code) == cause) {
                notes.holding_cause.push(*at);
            }
            notes.has_server_code |= event
                .codes
                .iter()
                .any(|logged| matches!(logged.code.bits() >> 12, 0xC004B | 0xC004C));
            match event.activity {
                Activity::AcquisitionFailed(_) | Activity::UseLicenseFailed(_) => {
                    notes.is_online = true;
                }
                Activity::AdActivationFailed(_) => {
                    notes.is_ad = true;
                    let mut codes = event.codes.iter();
                    notes.is_ad_denied |= codes.any(|logged| logged.code == ACCESS_DENIED);
                }
                _ => {}
            }
        }
        self.notes = notes;
    }

    /// How it ended.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The codes that may explain it, best first.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The best of them; a wrapper where there is nothing better.
    pub fn root_cause(&self) -> Option<Hresult> {
        self.causes.first().map(|cause| cause.code)
    }

    /// Whether it failed.
    pub fn is_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed { .. })
    }

    /// Whether its best cause explains something.
    pub fn has_real_cause(&self) -> bool {
        self.causes
            .first()
            .is_some_and(|cause| cause.kind != Some(CodeKind::Wrapper))
    }

    /// The code that it ended with.
    pub fn outcome_code(&self) -> Option<Hresult> {
        match self.outcome {
            Outcome::Failed { code } => code,
            Outcome::Succeeded | Outcome::Unknown => None,
        }
    }
}

/// What a code is to an attempt that it is the best cause of.
pub(crate) fn is_wrapper(code: Hresult, catalog: &Catalog) -> bool {
    catalog.facts(code).kind == Some(CodeKind::Wrapper)
}
