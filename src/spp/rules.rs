//! What the service's scheduler and rules engine tell: slui's start and failure (8197, 8198), a
//! failed background try (8233), the older scheduler (8193 to 8196), and the license's state as
//! the rules engine sees it (8230).

use chrono::{DateTime, Utc};

use super::fields::{self, Fields};
use super::product::{ActivationId, ApplicationId, Channel, RuleId};
use super::{Activity, FieldValue, Role, named};
use crate::hresult::Hresult;

/// The argument list of 8197 and 8198, `RuleId=...;Action=...;...`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleArguments {
    /// The rule that fired.
    pub rule_id: Option<RuleId>,
    /// What it wanted done.
    pub action: Option<Action>,
    /// The application of the product.
    pub application_id: Option<ApplicationId>,
    /// The product.
    pub activation_id: Option<ActivationId>,
    /// What fired the rule: `TimerEvent`, `NetworkAvailable`, `UserLogon`, ... as logged.
    pub trigger: Option<String>,
}

/// The verb of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// First activation.
    AutoActivate,
    /// Renewal: the product is licensed.
    AutoActivateSilent,
    /// A reminder is to be shown; no activation.
    NotifyUser,
    /// All is well.
    CleanupState,
    /// Anything else, as logged.
    Other(String),
}

impl Action {
    fn parse(text: &str) -> Self {
        match text {
            "AutoActivate" => Self::AutoActivate,
            "AutoActivateSilent" => Self::AutoActivateSilent,
            "NotifyUser" => Self::NotifyUser,
            "CleanupState" => Self::CleanupState,
            other => Self::Other(other.to_owned()),
        }
    }

    /// As logged.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AutoActivate => "AutoActivate",
            Self::AutoActivateSilent => "AutoActivateSilent",
            Self::NotifyUser => "NotifyUser",
            Self::CleanupState => "CleanupState",
            Self::Other(text) => text,
        }
    }

    /// Whether slui was to activate, so that a 8198 with it is an attempt's outcome.
    pub fn is_activation(&self) -> bool {
        matches!(self, Self::AutoActivate | Self::AutoActivateSilent)
    }
}

/// 8198: slui's activation failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SluiFailed {
    /// Why, often only a wrapper.
    pub hresult: Option<Hresult>,
    /// The arguments; none on Windows 7.
    pub arguments: Option<RuleArguments>,
}

impl SluiFailed {
    /// Whether it is the outcome of an activation (RULES.md 3), and no failed reminder.
    pub fn is_activation(&self) -> bool {
        match &self.arguments {
            None => true,
            Some(arguments) => arguments.action.as_ref().is_some_and(Action::is_activation),
        }
    }
}

/// 8233: the rules engine reports a failed try of volume activation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeAttemptFailed {
    /// Why.
    pub hresult: Option<Hresult>,
    /// The application of the product.
    pub application_id: Option<ApplicationId>,
    /// The product.
    pub activation_id: Option<ActivationId>,
    /// What fired it, as logged; a session number may stand in parentheses.
    pub trigger: Option<String>,
}

/// 8193 to 8196 where they mean the scheduler of Windows 7 and older, or may mean it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchedulerFailed {
    /// Why the activation failed.
    pub hresult: Option<Hresult>,
    /// Whether the record itself tells that it is the scheduler; else a 902 must (RULES.md 3).
    pub is_certain: bool,
}

/// One policy of 8230: how the rules engine sees one product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyState {
    /// The application.
    pub application_id: Option<ApplicationId>,
    /// The product.
    pub activation_id: Option<ActivationId>,
    /// The coarse state.
    pub license_state: Option<PolicyLicenseState>,
    /// End of the grace or of a KMS license; none where there is no end.
    pub grace_end: Option<DateTime<Utc>>,
    /// Whether an end is there that cannot be read: then no end must not be taken for none.
    pub has_odd_end: bool,
    /// End of a time-based license.
    pub license_expiration: Option<DateTime<Utc>>,
    /// End of a preview build.
    pub kernel_timebomb: Option<DateTime<Utc>>,
    /// Why the state is what it is.
    pub last_consumption_reason: Option<Hresult>,
    /// The last activation error, where the policy holds one.
    pub last_activation: Option<Hresult>,
    /// Which notification rule matched last: `Cleanup`, `VolumeUnlicensed`, ...
    pub last_notification_id: Option<String>,
    /// The key's last five characters, as Windows shows them.
    pub partial_key: Option<String>,
    /// The key's channel.
    pub channel: Option<Channel>,
    /// The rule that matched.
    pub rule_id: Option<RuleId>,
}

/// `SL_LICENSING_STATUS_*` (slpublic.h), coarser than the state in 12288.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyLicenseState {
    /// Not licensed and not in grace.
    Unlicensed,
    /// Licensed.
    Licensed,
    /// In a grace period; which one is not said.
    InGrace,
    /// Notification: the grace has ended, or there was none.
    Notification,
}

impl PolicyLicenseState {
    fn parse(text: &str) -> Option<Self> {
        let name = text.strip_prefix("SL_LICENSING_STATUS_").unwrap_or(text);
        match name {
            "UNLICENSED" | "0" => Some(Self::Unlicensed),
            "LICENSED" | "1" => Some(Self::Licensed),
            "IN_GRACE" | "IN_GRACE_PERIOD" | "2" => Some(Self::InGrace),
            "NOTIFICATION" | "3" => Some(Self::Notification),
            _ => None,
        }
    }
}

/// Names of the fields of 8197 in rows.
pub(super) const ARGUMENT_FIELDS: &[&str] = &[
    "rule_id",
    "action",
    "application_id",
    "activation_id",
    "notification_interval",
    "trigger",
    "session_id",
];

/// Names of the fields of 8198 in rows.
pub(super) const SLUI_FAILED_FIELDS: &[&str] = &[
    "hresult",
    "rule_id",
    "action",
    "application_id",
    "activation_id",
    "notification_interval",
    "trigger",
    "session_id",
];

fn arguments(f: &mut Fields<'_>, position: usize, text: &str) -> RuleArguments {
    let mut arguments = RuleArguments::default();
    for (key, value) in fields::pairs(text) {
        match key {
            "RuleId" => arguments.rule_id = parsed(f, position, "rule_id", value),
            "AppId" => arguments.application_id = parsed(f, position, "application_id", value),
            "SkuId" => arguments.activation_id = parsed(f, position, "activation_id", value),
            "Action" => arguments.action = Some(Action::parse(value)),
            "Trigger" => arguments.trigger = Some(value.to_owned()),
            "NotificationInterval" => tell_number(f, position, "notification_interval", value),
            "SessionId" => tell_number(f, position, "session_id", value),
            _ => {}
        }
    }
    arguments
}

fn tell_number(f: &mut Fields<'_>, position: usize, name: &'static str, text: &str) {
    let number = fields::number(text);
    if number.is_none() && !text.is_empty() {
        f.note_odd(position, name, text);
    }
    f.name(name, number.map(FieldValue::Number));
}

fn parsed<T: std::str::FromStr>(
    f: &mut Fields<'_>,
    position: usize,
    name: &'static str,
    text: &str,
) -> Option<T> {
    let value = fields::guid(text);
    if value.is_none() && !text.is_empty() {
        f.note_odd(position, name, text);
    }
    value
}

/// The text that holds an argument list, and the string it stands in.
fn argument_text<'a>(f: &Fields<'a>) -> Option<(usize, &'a str)> {
    (1..=f.len()).find_map(|position| {
        let text = f.text(position)?;
        text.find("RuleId=")
            .map(|at| (position, text.get(at..).unwrap_or_default()))
    })
}

pub(super) fn slui_started(f: &mut Fields<'_>) -> Activity {
    match argument_text(f) {
        Some((position, text)) => Activity::SluiStarted(arguments(f, position, text)),
        None => Activity::Other,
    }
}

pub(super) fn slui_failed(f: &mut Fields<'_>) -> Activity {
    let arguments_at = argument_text(f);
    // A collector may have joined both strings: the code then stands in front of the comma.
    let hresult = match f.text(1) {
        Some(text) if text.contains("RuleId=") => {
            let code = text
                .split_once(',')
                .and_then(|(head, _)| Hresult::parse_logged(head));
            if let Some(code) = code {
                f.take_code(code, Role::Result);
            }
            code
        }
        _ => f.code(1, "hresult", Role::Result),
    };
    let arguments = arguments_at.map(|(position, text)| arguments(f, position, text));
    Activity::SluiFailed(SluiFailed { hresult, arguments })
}

/// Names of the fields of 8233 in rows.
pub(super) const VOLUME_FIELDS: &[&str] =
    &["hresult", "application_id", "activation_id", "trigger"];

pub(super) fn volume_attempt_failed(f: &mut Fields<'_>) -> Activity {
    let mut failed = VolumeAttemptFailed {
        hresult: f.code(1, "hresult", Role::Result),
        ..Default::default()
    };
    for position in 2..=f.len() {
        let Some(text) = f.text(position) else {
            continue;
        };
        match fields::guid::<ApplicationId>(text) {
            Some(id) if id.application() != super::Application::Unknown => {
                failed.application_id = Some(id)
            }
            Some(_) => failed.activation_id = fields::guid(text),
            None if text.contains('-') && text.len() > 30 => {
                f.note_odd(position, "activation_id", text)
            }
            None => failed.trigger = failed.trigger.or_else(|| Some(text.to_owned())),
        }
    }
    Activity::VolumeAttemptFailed(failed)
}

pub(super) fn scheduler_failed(f: &mut Fields<'_>) -> Activity {
    scheduler(f, true)
}

/// 8194 also tells where it failed.
pub(super) fn scheduler_failed_somewhere(f: &mut Fields<'_>) -> Activity {
    named::tell(f, 2, named::LOCATION);
    named::tell(f, 3, named::DETAIL);
    scheduler(f, true)
}

pub(super) fn scheduler_perhaps(f: &mut Fields<'_>) -> Activity {
    scheduler(f, false)
}

fn scheduler(f: &mut Fields<'_>, is_certain: bool) -> Activity {
    Activity::SchedulerFailed(SchedulerFailed {
        hresult: f.code(1, "hresult", Role::Result),
        is_certain,
    })
}

/// Names of the fields of 8230 in rows.
pub(super) const POLICY_FIELDS: &[&str] = &[
    "application_id",
    "activation_id",
    "policy_license_state",
    "grace_end",
    "license_expiration",
    "kernel_timebomb",
    "last_consumption_reason",
    "last_activation",
    "last_notification_id",
    "partial_key",
    "channel_of_key",
    "rule_id",
];

pub(super) fn rules_evaluated(f: &mut Fields<'_>) -> Activity {
    let mut policies = Vec::new();
    for position in 1..=f.len() {
        let Some(text) = f.text(position) else {
            continue;
        };
        for line in text.lines() {
            // `Security-SPP-Action-StateData (REG_SZ) =AppId=...;...`: the policy's name, then its value.
            let Some((name, value)) = line.split_once(") =").or_else(|| line.split_once(")="))
            else {
                if line.contains("SkuId=") {
                    policies.push(policy(f, position, line));
                }
                continue;
            };
            if name.contains("LastWindowsActivationHResult") {
                if let Some(code) = Hresult::parse_logged(value) {
                    f.take_code(code, Role::Detail);
                    policies.push(PolicyState {
                        last_activation: Some(code),
                        ..Default::default()
                    });
                }
            } else if value.contains('=') {
                policies.push(policy(f, position, value));
            }
        }
    }
    Activity::RulesEvaluated(policies)
}

fn policy(f: &mut Fields<'_>, position: usize, text: &str) -> PolicyState {
    let mut state = PolicyState::default();
    let mut has_odd_end = false;
    for (key, value) in fields::pairs(text) {
        let mut date = |name: &'static str| {
            let time = fields::utc_time(value);
            if time.is_none() && !value.is_empty() {
                f.note_odd(position, name, value);
                has_odd_end = true;
            }
            time
        };
        match key {
            "GraceEndDate" => state.grace_end = date("grace_end"),
            "LicenseExpirationDate" => state.license_expiration = date("license_expiration"),
            "KernelTimebombDate" => state.kernel_timebomb = date("kernel_timebomb"),
            "AppId" => state.application_id = parsed(f, position, "application_id", value),
            "SkuId" => state.activation_id = parsed(f, position, "activation_id", value),
            "ruleId" => state.rule_id = parsed(f, position, "rule_id", value),
            "LicenseState" => {
                state.license_state = PolicyLicenseState::parse(value);
                if state.license_state.is_none() {
                    f.note_odd(position, "license_state", value);
                }
            }
            "LastConsumptionReason" => {
                state.last_consumption_reason =
                    policy_code(f, position, "last_consumption_reason", value, Role::Reason)
            }
            "LastActivationHResult" => {
                state.last_activation =
                    policy_code(f, position, "last_activation", value, Role::Detail)
            }
            "LastNotificationId" => state.last_notification_id = Some(value.to_owned()),
            "PartialProductKey" => state.partial_key = Some(value.to_owned()),
            "ProductKeyType" => state.channel = Some(Channel::parse(value)),
            _ => {}
        }
    }
    state.has_odd_end = has_odd_end;
    state
}

fn policy_code(
    f: &mut Fields<'_>,
    position: usize,
    name: &'static str,
    text: &str,
    role: Role,
) -> Option<Hresult> {
    let code = Hresult::parse_logged(text);
    match code {
        Some(code) => f.take_code(code, role),
        None => f.note_odd(position, name, text),
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIN: &str = "55c92734-d682-4d71-983e-d6ec3f16059f";

    fn read(
        parse: fn(&mut Fields<'_>) -> Activity,
        data: &[&str],
    ) -> (Activity, Vec<super::super::OddField>) {
        let data: Vec<String> = data.iter().map(|s| (*s).to_owned()).collect();
        let mut f = Fields::of_strings(&data);
        let activity = parse(&mut f);
        (activity, f.finish().odd)
    }

    #[test]
    fn a_real_8198_is_an_activation_and_a_reminder_is_not() {
        // real-failures.md 3.1 and 3.2.
        let arguments = format!(
            "RuleId=31e71c49-8da7-4a2f-ad92-45d98a1c79ba;Action=AutoActivate;AppId={WIN};SkuId=2b1f36bb-c1cd-4306-bf5c-a0367c2d97d8;NotificationInterval=1440;Trigger=UserLogon;SessionId=1"
        );
        let (activity, odd) = read(slui_failed, &["hr=0x80072EE7", &arguments]);
        let Activity::SluiFailed(failed) = activity else {
            panic!()
        };
        assert!(odd.is_empty() && failed.is_activation());
        assert_eq!(failed.hresult, Some(Hresult::new(0x8007_2EE7)));
        assert_eq!(
            failed.arguments.unwrap().trigger.as_deref(),
            Some("UserLogon")
        );

        let reminder = arguments.replace("AutoActivate", "NotifyUser");
        let (Activity::SluiFailed(failed), _) = read(slui_failed, &["hr=0x8007139F", &reminder])
        else {
            panic!()
        };
        assert!(!failed.is_activation());
    }

    #[test]
    fn strings_that_a_collector_joined_are_taken_apart() {
        // events.md section 5, no. 19.
        let joined = format!(
            "hr=0x803F7001, RuleId=31e71c49-8da7-4a2f-ad92-45d98a1c79ba;Action=AutoActivate;AppId={WIN};SkuId=4de7cb65-cdf1-4de9-8ae8-e3cce27b9f2c;Trigger=TimerEvent"
        );
        let (Activity::SluiFailed(failed), odd) = read(slui_failed, &[&joined]) else {
            panic!()
        };
        assert!(odd.is_empty() && failed.is_activation());
        assert_eq!(failed.hresult, Some(Hresult::new(0x803F_7001)));
    }

    #[test]
    fn a_8198_of_windows_7_has_no_arguments_and_is_an_activation() {
        let (Activity::SluiFailed(failed), _) = read(slui_failed, &["hr=0xC004F074"]) else {
            panic!()
        };
        assert!(failed.arguments.is_none() && failed.is_activation());
    }

    #[test]
    fn a_8233_is_read_by_shape_even_with_a_string_lost() {
        // events.md section 5, no. 21.
        let office = "0ff1ce15-a989-479d-af46-f275c6370663";
        let sku = "d450596f-894d-49e0-966a-fd39ed4c4c64";
        for data in [
            &["0x8007007B", office, sku, "UserLogon(11)"][..],
            &["0x8007007B", sku, "UserLogon(11)"],
        ] {
            let (Activity::VolumeAttemptFailed(failed), odd) = read(volume_attempt_failed, data)
            else {
                panic!()
            };
            assert!(odd.is_empty());
            assert_eq!(failed.activation_id.unwrap().to_string(), sku);
            assert_eq!(failed.trigger.as_deref(), Some("UserLogon(11)"));
        }
    }

    #[test]
    fn a_real_8230_is_read_whole() {
        // events.md section 5, no. 23.
        let text = format!(
            "Security-SPP-Action-StateData (REG_SZ) =AppId={WIN};GraceEndDate=2023/11/20:01:12:48;LastConsumptionReason=0x00000000;LastNotificationId=VolumeRenewalRequired;LicenseState=SL_LICENSING_STATUS_LICENSED;PartialProductKey=6VM33;ProductKeyType=Volume:GVLK;SkuId=ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03;ruleId=502ff3ba-669a-4674-bbb1-601f34a3b968;uxDifferentiator=ENVIRONMENT;volumeActivationOrder=normal"
        );
        let (Activity::RulesEvaluated(policies), odd) = read(rules_evaluated, &[&text]) else {
            panic!()
        };
        assert!(odd.is_empty());
        let [policy] = policies.as_slice() else {
            panic!("{policies:?}")
        };
        assert_eq!(policy.license_state, Some(PolicyLicenseState::Licensed));
        assert_eq!(policy.channel, Some(Channel::KmsClient));
        assert_eq!(policy.partial_key.as_deref(), Some("6VM33"));
        assert_eq!(
            policy.grace_end.unwrap().to_string(),
            "2023-11-20 01:12:48 UTC"
        );
    }
}
