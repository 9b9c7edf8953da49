//! An activation event as a typed value. How it is read from an event's strings is the business of
//! the parent module and of the files of its subjects.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    AcquisitionFailed, ActivationId, AdActivationFailed, ApplicationId, KeyInstallFailed,
    KmsRequest, KmsResponse, KmsServed, NamedField, PolicyState, RuleArguments, SchedulerFailed,
    SluiFailed, StatusList, TimeRemaining, UseLicenseFailed, VolumeAttemptFailed,
};
use crate::eventlog::{ChunkIndex, RecordId};
use crate::hresult::Hresult;
use crate::input::LogName;

/// An event of a licensing provider, and what it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SppEvent {
    /// The log it was read from.
    pub log: LogName,
    /// The chunk it stands in.
    pub chunk: ChunkIndex,
    /// System/EventRecordID.
    pub record_id: RecordId,
    /// The record header's number.
    pub file_record_id: RecordId,
    /// System/TimeCreated.
    pub time: DateTime<Utc>,
    /// The computer's name as logged.
    pub computer: Arc<str>,
    /// The log channel as logged.
    pub channel: Arc<str>,
    /// The provider as logged.
    pub provider: Arc<str>,
    /// Which generation of the service wrote it.
    pub family: Family,
    /// The event id.
    pub event_id: u16,
    /// The high 16 bits of the event identifier.
    pub qualifiers: Option<u16>,
    /// The record's level; tells nothing of failure.
    pub level: Option<u8>,
    /// Whether the record carries RenderingInfo.
    pub has_rendering_info: bool,
    /// The name of its meaning, such as `kms-request`; `other` where it has none of its own.
    pub kind: &'static str,
    /// What it tells.
    pub activity: Activity,
    /// Fields that its activity does not hold, in order.
    pub fields: Vec<NamedField>,
    /// Every result code in it, in order, each under its role.
    pub codes: Vec<LoggedCode>,
    /// Fields that are not what they should be.
    pub odd_fields: Vec<OddField>,
    /// The strings as logged, but for what is never shown (RULES.md 11).
    pub data: Vec<String>,
}

/// Which service wrote an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Windows 7 and later.
    Windows,
    /// Vista and Server 2008, and KMS hosts on Server 2003.
    Vista,
    /// Office's own service.
    Office,
    /// The service behind digital licenses (ClipSVC). Its events are no activation events.
    DigitalLicense,
    /// None of them: a record of another provider in the Key Management Service channel.
    Foreign,
}

impl Family {
    /// Whether its events are activation events.
    pub fn is_of_activation(self) -> bool {
        !matches!(self, Self::DigitalLicense | Self::Foreign)
    }
}

/// A result code in an event, and what it stands for there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoggedCode {
    /// The code.
    pub code: Hresult,
    /// What it stands for.
    pub role: Role,
}

/// What a code stands for in its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The event's own result.
    Result,
    /// The code that the result was made from.
    Original,
    /// A further code.
    Detail,
    /// A product's status in a 1003.
    Status,
    /// A step of a 8200 trace.
    Step,
    /// Why a state is what it is.
    Reason,
    /// A code found in a text whose form is not known.
    Text,
}

impl Role {
    /// The role's name in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Original => "original",
            Self::Detail => "detail",
            Self::Status => "status",
            Self::Step => "step",
            Self::Reason => "reason",
            Self::Text => "text",
        }
    }
}

/// A field whose text is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddField {
    /// Which field, from 1.
    pub position: usize,
    /// What it should be.
    pub name: &'static str,
    /// What stands there, cut.
    pub text: String,
}

/// License states as 12288 numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LicenseState {
    /// 0.
    Unlicensed,
    /// 1.
    Licensed,
    /// 2, the initial grace.
    OobGrace,
    /// 3, out of tolerance: changed hardware, or a lapsed KMS license.
    OotGrace,
    /// 4.
    NonGenuineGrace,
    /// 5.
    Notification,
    /// 6.
    ExtendedGrace,
}

impl LicenseState {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "0" => Self::Unlicensed,
            "1" => Self::Licensed,
            "2" => Self::OobGrace,
            "3" => Self::OotGrace,
            "4" => Self::NonGenuineGrace,
            "5" => Self::Notification,
            "6" => Self::ExtendedGrace,
            _ => return None,
        })
    }

    /// The number in 12288.
    pub fn number(self) -> u8 {
        match self {
            Self::Unlicensed => 0,
            Self::Licensed => 1,
            Self::OobGrace => 2,
            Self::OotGrace => 3,
            Self::NonGenuineGrace => 4,
            Self::Notification => 5,
            Self::ExtendedGrace => 6,
        }
    }

    /// Whether it is a grace period.
    pub fn is_grace(self) -> bool {
        matches!(
            self,
            Self::OobGrace | Self::OotGrace | Self::NonGenuineGrace | Self::ExtendedGrace
        )
    }
}

/// What an event tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activity {
    /// 900: the service is starting.
    ServiceStarting {
        /// What started it: `TriggerStarted:6`, `caller=wlms.exe`, ...
        parameters: Option<String>,
    },
    /// 902: the service has started.
    ServiceStarted {
        /// The service's file version, which tells the Windows build.
        version: Option<String>,
    },
    /// 1003: the state of every installed license.
    Status(StatusList),
    /// 1013: online activation succeeded.
    UseLicenseAcquired {
        /// The product.
        activation_id: Option<ActivationId>,
    },
    /// 1014: online activation failed.
    UseLicenseFailed(UseLicenseFailed),
    /// 1015: a result and the code that it was made from.
    DetailedCode {
        /// What was returned.
        result: Option<Hresult>,
        /// What it was made from.
        original: Option<Hresult>,
    },
    /// 1016: a product key was installed.
    KeyInstalled {
        /// The product that it names.
        activation_id: Option<ActivationId>,
    },
    /// 1017: a product key could not be installed.
    KeyInstallFailed(KeyInstallFailed),
    /// 1018: a product key was removed.
    KeyRemoved {
        /// The product that it named.
        activation_id: Option<ActivationId>,
    },
    /// 1022, 20483: the licensing files or their data were tampered with.
    TamperingDetected,
    /// 20482: the service found its own files in order.
    HealthCheckPassed,
    /// 1024, 1040: the hardware has changed.
    HardwareChanged,
    /// 1037: a time-based license runs out.
    TimeRemaining(TimeRemaining),
    /// 1072: activated by phone.
    PhoneActivated {
        /// The product.
        activation_id: Option<ActivationId>,
    },
    /// 8193 to 8196 of Windows 7 and older: the scheduler could not activate.
    SchedulerFailed(SchedulerFailed),
    /// 8197: slui was started.
    SluiStarted(RuleArguments),
    /// 8198: slui failed.
    SluiFailed(SluiFailed),
    /// 8200: a license could not be acquired.
    AcquisitionFailed(AcquisitionFailed),
    /// 8208: a genuine ticket could not be acquired.
    GenuineTicketFailed {
        /// Why.
        hresult: Option<Hresult>,
    },
    /// 8209: the state was set to non-genuine.
    SetNonGenuine {
        /// The application.
        application_id: Option<ApplicationId>,
    },
    /// 8213 to 8215: Active Directory-based activation failed.
    AdActivationFailed(AdActivationFailed),
    /// 8230: the rules engine's view of the licenses.
    RulesEvaluated(Vec<PolicyState>),
    /// 8233: a background try of volume activation failed.
    VolumeAttemptFailed(VolumeAttemptFailed),
    /// 12288: a KMS request.
    KmsRequest(KmsRequest),
    /// 12289: a KMS host's answer.
    KmsResponse(KmsResponse),
    /// 12290: a KMS host's own record of a request.
    KmsServed(KmsServed),
    /// 12291: the KMS service could not start on this host.
    KmsHostFailed {
        /// Why.
        hresult: Option<Hresult>,
    },
    /// 12293: a KMS host could not publish its DNS record.
    DnsPublishFailed {
        /// Why.
        hresult: Option<Hresult>,
        /// The DNS domain.
        domain: Option<String>,
    },
    /// 12294: a KMS host published its DNS record.
    DnsPublished {
        /// The DNS domain.
        domain: Option<String>,
    },
    /// 12305: the state was set to genuine.
    SetGenuine {
        /// The application.
        application_id: Option<ApplicationId>,
    },
    /// 12308: activated by an Active Directory object.
    AdActivated {
        /// The product.
        activation_id: Option<ActivationId>,
    },
    /// 12309: a virtual machine's host answered.
    AvmaResponse {
        /// 0 where it activated.
        hresult: Option<Hresult>,
    },
    /// 12320: activated by token.
    TokenActivated {
        /// The product.
        activation_id: Option<ActivationId>,
    },
    /// Anything else: what it tells stands in its fields and codes.
    Other,
}

impl SppEvent {
    /// The code that decides what the event says: its own result, else the first that fails, else
    /// the first.
    pub fn decisive_code(&self) -> Option<Hresult> {
        let own = self.codes.iter().find(|c| c.role == Role::Result);
        let failing = self.codes.iter().find(|c| c.code.is_failure());
        own.or(failing).or(self.codes.first()).map(|c| c.code)
    }

    /// Whether the event is one of a licensing provider. A foreign record in the Key Management Service
    /// channel is none, nor are those of the service behind digital licenses.
    pub fn is_activation_event(&self) -> bool {
        self.family.is_of_activation()
    }

    /// Whether it is no activation event, and is told beside them all the same.
    pub fn is_told_aside(&self) -> bool {
        match self.family {
            Family::Foreign => true,
            Family::DigitalLicense => super::digital::is_told(self.event_id),
            Family::Windows | Family::Vista | Family::Office => false,
        }
    }

    /// The Windows version that a 902 tells, major and minor.
    pub fn windows_version(&self) -> Option<(u32, u32)> {
        // Office's own service tells its own version.
        if self.family == Family::Office {
            return None;
        }
        let Activity::ServiceStarted {
            version: Some(version),
        } = &self.activity
        else {
            return None;
        };
        let mut parts = version.split('.').map(|part| part.parse().ok());
        Some((parts.next()??, parts.next()??))
    }
}
