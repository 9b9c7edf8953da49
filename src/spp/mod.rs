//! Records to activation events: what an event of a licensing provider tells, as a typed value.
//!
//! [`parse`] is total: an unknown id is [`Activity::Other`], a field that does not parse is kept
//! as an [`OddField`]. What the events mean together is `diagnosis`' business.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod fields;
mod genuine;
mod kept;
mod key;
mod kms;
mod kms_host;
mod license;
mod online;
mod other_ways;
mod pack;
mod product;
mod rules;
mod service;
mod table;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

pub(crate) use fields::cut;
pub use kept::{EventPlace, EventStore, KeptEvent, KeptEvents, MachineEvents, Origin};
pub use key::KeyInstallFailed;
pub use kms::{FLAG_NOT_ENOUGH_COUNT, KmsRequest, KmsResponse, KmsServed};
pub use kms_host::KmsHost;
pub use license::{LineStatus, StatusLine, StatusList, TimeRemaining};
pub use online::{AcquisitionFailed, TraceStep, UseLicenseFailed};
pub use other_ways::AdActivationFailed;
pub use product::{
    ActivationId, Application, ApplicationId, Channel, Cmid, ParseGuidError, RuleId,
};
pub use rules::{
    Action, PolicyLicenseState, PolicyState, RuleArguments, SchedulerFailed, SluiFailed,
    VolumeAttemptFailed,
};

use crate::eventlog::{ChunkIndex, Event, RecordId, Wanted, WantedIds, WantedProvider};
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
    /// None of them: a record of another provider in the Key Management Service channel.
    Foreign,
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
    /// A code found in the text of an event without a reading of its own.
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
    fn parse(text: &str) -> Option<Self> {
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
    /// Anything else.
    Other,
}

/// The channel of a KMS host's own events. Any provider may write to it, so its records are
/// wanted whoever wrote them (RULES.md 1).
const KMS_CHANNEL: &str = "Key Management Service";

/// The licensing providers by name and, where older records carry one, by source.
const PROVIDERS: &[(&str, Option<&str>, Family)] = &[
    (
        "Microsoft-Windows-Security-SPP",
        Some("Software Protection Platform Service"),
        Family::Windows,
    ),
    (
        "Microsoft-Windows-Security-Licensing-SLC",
        Some("Software Licensing Service"),
        Family::Vista,
    ),
    (
        "Office Software Protection Platform Service",
        None,
        Family::Office,
    ),
    ("KmsRequests", None, Family::Windows),
];

/// What `eventlog` should look for.
pub fn wanted() -> Wanted {
    let provider =
        |(name, source, _): &(&'static str, Option<&'static str>, Family)| WantedProvider {
            name,
            source: *source,
            ids: WantedIds::All,
        };
    Wanted {
        providers: PROVIDERS.iter().map(provider).collect(),
        channels: vec![KMS_CHANNEL],
        strings: None,
    }
}

/// Events that have a reading and of which diagnosis reads nothing: the service's start (900), a
/// detailed code (1015), slui's start (8197).
const UNREAD_BY_DIAGNOSIS: &[u16] = &[900, 1015, 8197];

/// As [`wanted`], but with the strings of only those events that diagnosis reads.
pub fn wanted_for_diagnosis() -> Wanted {
    let mut ids: Vec<u16> = table::EVENTS.iter().map(|row| row.id).collect();
    ids.dedup();
    ids.retain(|id| !UNREAD_BY_DIAGNOSIS.contains(id));
    Wanted {
        strings: Some(ids),
        ..wanted()
    }
}

fn family(provider: &str) -> Family {
    PROVIDERS
        .iter()
        .find(|(name, source, _)| {
            provider.eq_ignore_ascii_case(name)
                || source.is_some_and(|s| provider.eq_ignore_ascii_case(s))
        })
        .map_or(Family::Foreign, |(_, _, family)| *family)
}

/// Reads what an event tells. Never fails: what is not known is [`Activity::Other`] with its
/// strings, and what does not parse stands in `odd_fields`.
pub fn parse(mut event: Event) -> SppEvent {
    // Before anything is read: a key typed where a host belongs would else stand in a field.
    hide_keys(&mut event.data);
    let family = family(&event.provider);
    parse_hidden(event, family)
}

/// As [`parse`], of an event in which keys are hidden already.
fn parse_hidden(event: Event, family: Family) -> SppEvent {
    let row = match family {
        Family::Foreign => None,
        _ => table::find(event.event_id, family, event.qualifiers, &event.data),
    };
    let (kind, activity, codes, odd_fields) = match row {
        Some(row) => {
            let mut reader = if row.list > 0 {
                fields::Fields::of_list(&event.data, row.list)
            } else {
                fields::Fields::of_strings(&event.data)
            };
            let activity = (row.parse)(&mut reader);
            let (codes, odd) = reader.finish();
            (row.kind, activity, codes, odd)
        }
        None => {
            let codes = event
                .data
                .iter()
                .flat_map(|text| fields::codes_in_text(text));
            let mut found: Vec<LoggedCode> = Vec::new();
            for code in codes.map(|code| LoggedCode {
                code,
                role: Role::Text,
            }) {
                if !found.contains(&code) {
                    found.push(code);
                }
            }
            ("other", Activity::Other, found, Vec::new())
        }
    };
    let mut data = event.data;
    hide_request(&activity, &mut data);
    SppEvent {
        log: event.log,
        chunk: event.chunk,
        record_id: event.record_id,
        file_record_id: event.file_record_id,
        time: event.time,
        computer: event.computer,
        channel: event.channel,
        provider: event.provider,
        family,
        event_id: event.event_id,
        qualifiers: event.qualifiers,
        level: event.level,
        has_rendering_info: event.has_rendering_info,
        kind,
        activity,
        codes,
        odd_fields,
        data,
    }
}

/// Takes product keys out of the strings (RULES.md 11).
fn hide_keys(data: &mut [String]) {
    for text in data.iter_mut() {
        // What was masked can make a key's form with what stands beside it, and a second look at the
        // same text must find nothing new.
        while let Some(masked) = fields::mask_keys(text).filter(|masked| masked != text) {
            *text = masked;
        }
    }
}

/// Takes out of a trace anything but its steps (RULES.md 11).
fn hide_request(activity: &Activity, data: &mut [String]) {
    if let Activity::AcquisitionFailed(failed) = activity
        && let Some(trace) = data.get_mut(1)
    {
        *trace = online::shown_trace(&failed.steps);
    }
}

/// A time so many minutes later; nothing where that leaves the calendar.
pub(crate) fn after_minutes(time: DateTime<Utc>, minutes: u32) -> Option<DateTime<Utc>> {
    time.checked_add_signed(TimeDelta::try_minutes(i64::from(minutes))?)
}

impl SppEvent {
    /// The code that decides what the event says: its own result, else the first that fails, else
    /// the first.
    pub fn decisive_code(&self) -> Option<Hresult> {
        let own = self.codes.iter().find(|c| c.role == Role::Result);
        let failing = self.codes.iter().find(|c| c.code.is_failure());
        own.or(failing).or(self.codes.first()).map(|c| c.code)
    }

    /// Whether the event belongs to a licensing provider. A foreign record in the Key Management
    /// Service channel does not.
    pub fn is_activation_event(&self) -> bool {
        self.family != Family::Foreign
    }

    /// The Windows version that a 902 tells, major and minor.
    pub fn windows_version(&self) -> Option<(u32, u32)> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(provider: &str, event_id: u16, data: &[&str]) -> Event {
        Event {
            log: LogName::new("a.evtx"),
            chunk: ChunkIndex(0),
            record_id: RecordId(1),
            file_record_id: RecordId(1),
            time: DateTime::UNIX_EPOCH,
            computer: "PC".into(),
            channel: "Application".into(),
            provider: provider.into(),
            event_id,
            qualifiers: None,
            level: Some(4),
            has_rendering_info: false,
            data: data.iter().map(|s| (*s).to_owned()).collect(),
            data_names: Vec::new(),
        }
    }

    const SPP: &str = "Microsoft-Windows-Security-SPP";

    #[test]
    fn the_provider_decides_what_12288_is() {
        let sam = parse(event(
            "Microsoft-Windows-Directory-Services-SAM",
            12288,
            &["0x8007232B, 0x0, kms:1688"],
        ));
        assert_eq!((sam.kind, sam.is_activation_event()), ("other", false));
        for ours in [
            SPP,
            "software protection platform service",
            "Office Software Protection Platform Service",
            "Microsoft-Windows-Security-Licensing-SLC",
        ] {
            assert_eq!(
                parse(event(ours, 12288, &["0x0, 0x0, kms:1688"])).kind,
                "kms-request",
                "{ours}"
            );
        }
    }

    #[test]
    fn meanings_of_one_id_are_told_apart() {
        let kind = |qualifiers, data: &[&str], id| {
            let mut event = event(SPP, id, data);
            event.qualifiers = qualifiers;
            parse(event).kind
        };
        assert_eq!(
            kind(Some(0x4000), &["0xC004F200:"], 8196),
            "scheduler-failed"
        );
        assert_eq!(
            kind(Some(0xC000), &["0x800705B4"], 8196),
            "dialog-load-failed"
        );
        assert_eq!(
            kind(Some(0xC000), &["RuleId=x;Action=CleanupState"], 8197),
            "slui-started"
        );
        assert_eq!(
            kind(Some(0x4000), &["a", "b"], 8197),
            "scheduler-information"
        );
    }

    #[test]
    fn codes_in_events_without_a_reading_are_taken_out_of_their_text() {
        let other = parse(event(SPP, 8211, &["0x80070005", "0x00000000 0x8007000d"]));
        let codes: Vec<String> = other
            .codes
            .iter()
            .map(|c| format!("{}:{}", c.role.as_str(), c.code))
            .collect();
        assert_eq!(codes, ["text:0x80070005", "text:0x8007000D"]);
    }

    #[test]
    fn what_is_never_shown_is_taken_out_of_the_strings() {
        let trace = "00010001(0x00000000, 01:21:03:094 - https://a.example/x)\r\n00020008(0x80072EE7, 01:21:03:126 - <soap:Envelope>SECRET";
        let failed = parse(event(SPP, 8200, &["hr=0x80072EE7", trace]));
        assert_eq!(
            failed.data[1],
            "00010001(0x00000000 - https://a.example/x\n00020008(0x80072EE7)"
                .replace("x\n", "x)\n")
        );
        let key = parse(event(SPP, 1192, &["0x1", "ABCDE-12345-FGHIJ-67890-VWXYZ"]));
        assert_eq!(key.data[1], "XXXXX-XXXXX-XXXXX-XXXXX-VWXYZ");
    }

    /// Texts of the shapes that events have, and of none.
    fn logged_string() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ -~\u{4e00}-\u{4e20}]{0,120}",
            "(hr=)?0x[0-9A-F]{8}",
            "0x[0-9A-F]{8}, ?[0-9]{1,3}, ?[a-z.:0-9]{0,20},[ 0-9a-f/:,-]{0,60}",
            "([0-9A-F]{8}\\(0x[0-9A-F]{8}, [0-9:]{5,12}( - [ -~]{0,200})?\\)?\r?\n){0,6}",
            "[A-Z0-9]{5}(-[A-Z0-9]{5}){3,9}",
            "([B-D2-4]{25}[ -]?){1,3}",
            "RuleId=[0-9a-f-]{36};Action=[A-Za-z]{4,12};AppId=[0-9a-f-]{36};NotificationInterval=[0-9]{1,4};Trigger=[A-Za-z]{4,9}",
        ]
    }

    proptest! {
        #[test]
        fn any_strings_in_any_event_are_read_without_a_panic(
            row in 0..table::EVENTS.len(),
            data in prop::collection::vec("[ -~\u{4e00}-\u{4e20}]{0,120}", 0..12),
        ) {
            let data: Vec<&str> = data.iter().map(String::as_str).collect();
            let _ = parse(event(SPP, table::EVENTS[row].id, &data));
        }

        #[test]
        fn what_was_shown_of_an_event_is_read_like_the_event(
            row in 0..table::EVENTS.len(),
            strings in prop::collection::vec(logged_string(), 0..12),
        ) {
            let strings: Vec<&str> = strings.iter().map(String::as_str).collect();
            let first = parse(event(SPP, table::EVENTS[row].id, &strings));
            let shown: Vec<&str> = first.data.iter().map(String::as_str).collect();
            prop_assert_eq!(parse(event(SPP, table::EVENTS[row].id, &shown)), first);
        }
    }
}
