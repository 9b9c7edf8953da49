//! What is read of an event, written as Windows would write it and read again, is the same: nothing is
//! lost or changed on the way. The writers are made for these tests, by the layouts of the reference.

use chrono::{DateTime, Utc};
use proptest::option::of;
use proptest::prelude::*;

use super::*;
use crate::hresult::Hresult;
use crate::spp::pack::{Texts, pack, unpack};

fn id<T>() -> impl Strategy<Value = T>
where
    T: std::str::FromStr<Err = ParseGuidError> + std::fmt::Debug,
{
    "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}".prop_map(|text| text.parse().unwrap())
}

fn code() -> impl Strategy<Value = Hresult> {
    any::<u32>().prop_map(Hresult::new)
}

/// Times to the second, of which Windows writes as many places as an event has.
fn time() -> impl Strategy<Value = DateTime<Utc>> {
    (946_684_800_i64..4_102_444_800).prop_map(|s| DateTime::from_timestamp(s, 0).unwrap())
}

fn minute() -> impl Strategy<Value = DateTime<Utc>> {
    let time = |minutes: i64| DateTime::from_timestamp(minutes.saturating_mul(60), 0).unwrap();
    (15_778_080_i64..68_374_080).prop_map(time)
}

fn state() -> impl Strategy<Value = LicenseState> {
    (0_u8..7).prop_map(|n| LicenseState::parse(&n.to_string()).unwrap())
}

fn host() -> impl Strategy<Value = KmsHost> {
    (
        "[a-z][a-z0-9-]{0,12}(\\.[a-z][a-z0-9]{0,9}){0,3}",
        any::<u16>(),
    )
        .prop_map(|(name, port)| KmsHost::new(&name, Some(port)))
}

/// A text of a `key=value` list.
fn word() -> impl Strategy<Value = String> {
    "[A-Za-z][A-Za-z0-9()]{0,20}"
}

fn shown<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn minutes_text(time: Option<DateTime<Utc>>) -> String {
    time.map_or_else(String::new, |t| t.format("%Y/%m/%d %H:%M").to_string())
}

fn seconds_text(time: DateTime<Utc>) -> String {
    time.format("%Y/%m/%d:%H:%M:%S").to_string()
}

fn yes(flag: Option<bool>) -> String {
    shown(flag.map(u8::from))
}

fn bits_text(bits: Option<u32>) -> String {
    shown(bits.map(|bits| format!("0x{bits:08X}")))
}

fn state_text(state: Option<LicenseState>) -> String {
    shown(state.map(LicenseState::number))
}

/// What is read of these strings, which have no odd field, also after they were packed.
fn read(event_id: u16, strings: &[String]) -> Activity {
    let (mut texts, mut bytes) = (Texts::default(), Vec::new());
    for text in strings {
        pack(text, &mut texts, &mut bytes);
    }
    let mut rest: &[u8] = &bytes;
    for text in strings {
        let (found, behind) = unpack(rest, &texts);
        assert_eq!(found, *text);
        rest = behind;
    }
    let strings: Vec<&str> = strings.iter().map(String::as_str).collect();
    let event = parse(event(SPP, event_id, &strings));
    assert_eq!(event.odd_fields, [], "{strings:?}");
    event.activity
}

prop_compose! {
    fn request()(
        hresult in of(code()), status_flags in of(any::<u32>()), host in of(host()),
        cmid in of(id::<Cmid>()), client_time in of(minute()), is_vm in of(any::<bool>()),
        license_state in of(state()), minutes_to_expiry in of(any::<u32>()),
        activation_id in of(id::<ActivationId>()), min_count in of(any::<u32>()),
    ) -> KmsRequest {
        KmsRequest {
            hresult, status_flags, host, cmid, client_time, is_vm, license_state,
            minutes_to_expiry, activation_id, min_count,
        }
    }
}

prop_compose! {
    fn response()(
        hresult in of(code()), status_flags in of(any::<u32>()), is_bound in of(any::<bool>()),
        current_count in of(any::<u32>()), activation_interval in of(any::<u32>()),
        renewal_interval in of(any::<u32>()), client_time in of(minute()),
    ) -> KmsResponse {
        KmsResponse {
            hresult, status_flags, is_bound, current_count, activation_interval,
            renewal_interval, client_time,
        }
    }
}

prop_compose! {
    fn arguments()(
        rule_id in of(id::<RuleId>()),
        action in of(prop_oneof![
            Just(Action::AutoActivate), Just(Action::AutoActivateSilent),
            Just(Action::NotifyUser), Just(Action::CleanupState),
        ]),
        application_id in of(id::<ApplicationId>()), activation_id in of(id::<ActivationId>()),
        trigger in of(word()),
    ) -> RuleArguments {
        RuleArguments { rule_id, action, application_id, activation_id, trigger }
    }
}

prop_compose! {
    fn policy()(
        application_id in of(id::<ApplicationId>()), activation_id in of(id::<ActivationId>()),
        license_state in of(prop_oneof![
            Just(PolicyLicenseState::Unlicensed), Just(PolicyLicenseState::Licensed),
            Just(PolicyLicenseState::InGrace), Just(PolicyLicenseState::Notification),
        ]),
        grace_end in of(time()), license_expiration in of(time()), kernel_timebomb in of(time()),
        last_consumption_reason in of(code()), last_notification_id in of(word()),
        partial_key in of("[B-D2-9]{5}"), rule_id in of(id::<RuleId>()),
        channel in of(prop_oneof![
            Just(Channel::KmsClient), Just(Channel::Mak), Just(Channel::KmsHost),
            Just(Channel::Retail("Retail".to_owned())),
            Just(Channel::Evaluation("Retail:TB:Eval".to_owned())),
            Just(Channel::Oem("OEM:DM".to_owned())),
        ]),
    ) -> PolicyState {
        PolicyState {
            application_id, activation_id, license_state, grace_end, has_odd_end: false,
            license_expiration, kernel_timebomb, last_consumption_reason, last_activation: None,
            last_notification_id, partial_key, channel, rule_id,
        }
    }
}

/// `key=value` for each value that is there.
fn list(pairs: &[(&str, String)]) -> String {
    let told: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    told.join(";")
}

fn arguments_text(arguments: &RuleArguments) -> String {
    let action = arguments.action.as_ref().map(Action::as_str);
    let rest = list(&[
        ("Action", shown(action)),
        ("AppId", shown(arguments.application_id)),
        ("SkuId", shown(arguments.activation_id)),
        ("Trigger", shown(arguments.trigger.as_ref())),
    ]);
    // A list without any rule still begins with the key by which it is known.
    format!("RuleId={};{rest}", shown(arguments.rule_id))
}

fn policy_text(policy: &PolicyState) -> String {
    let state = policy.license_state.map(|state| match state {
        PolicyLicenseState::Unlicensed => "SL_LICENSING_STATUS_UNLICENSED",
        PolicyLicenseState::Licensed => "SL_LICENSING_STATUS_LICENSED",
        PolicyLicenseState::InGrace => "SL_LICENSING_STATUS_IN_GRACE_PERIOD",
        PolicyLicenseState::Notification => "SL_LICENSING_STATUS_NOTIFICATION",
    });
    let reason = policy.last_consumption_reason;
    list(&[
        ("AppId", shown(policy.application_id)),
        ("GraceEndDate", shown(policy.grace_end.map(seconds_text))),
        (
            "KernelTimebombDate",
            shown(policy.kernel_timebomb.map(seconds_text)),
        ),
        (
            "LastConsumptionReason",
            shown(reason.map(|code| code.to_string().to_lowercase())),
        ),
        (
            "LastNotificationId",
            shown(policy.last_notification_id.as_ref()),
        ),
        (
            "LicenseExpirationDate",
            shown(policy.license_expiration.map(seconds_text)),
        ),
        ("LicenseState", shown(state)),
        ("PartialProductKey", shown(policy.partial_key.as_ref())),
        ("ProductKeyType", shown(policy.channel.as_ref())),
        ("SkuId", shown(policy.activation_id)),
        ("ruleId", shown(policy.rule_id)),
    ])
}

/// A state of a line of 1003, as Windows 10 and later write it.
fn line_text(number: usize, id: ActivationId, status: LineStatus) -> String {
    let groups = match status {
        LineStatus::Licensed { minutes } => {
            let minutes = minutes.unwrap_or_default();
            format!(
                "(0 [0x00000000, 1, 0], [(?)( 1 0x00000000)(?)( 2 0x00000000 0 0 msft:rm/algorithm/volume/1.0 0x00000000 {minutes})(?)(?)(?)(?)])(1 )(2 )(3 )"
            )
        }
        LineStatus::Grace { minutes } => {
            let minutes = minutes.unwrap_or_default();
            format!(
                "(0 )(1 )(2 [0x00000000, 0, 1], [(?)( 5 0x00000000 30 {minutes})(?)(?)(?)(?)(?)(?)])(3 )"
            )
        }
        LineStatus::Notification { reason } => {
            let reason = reason.unwrap_or(Hresult::new(0xC004_F009));
            format!(
                "(0 [0xC004E003, 0, 0], [(?)(?)(?)(?)(?)(?)(?)(?)])(1 )(2 )(3 [0x00000000, 0, 0], [( 6 0xC004F009 0 0)(?)(?)(?)(?)(?)(?)( 11 0x00000000 {reason})])"
            )
        }
        LineStatus::Unlicensed { code } => {
            let code = code.unwrap_or(Hresult::new(0xC004_E002));
            return format!("{number}: {id}, 1, 0 [{code}]");
        }
    };
    format!("{number}: {id}, 1, 1 [{groups}]")
}

fn line_status() -> impl Strategy<Value = LineStatus> {
    let failure = || (0x8000_0000_u32..).prop_map(|bits| Some(Hresult::new(bits)));
    prop_oneof![
        (1_u32..).prop_map(|minutes| LineStatus::Licensed {
            minutes: Some(minutes)
        }),
        (1_u32..).prop_map(|minutes| LineStatus::Grace {
            minutes: Some(minutes)
        }),
        failure().prop_map(|reason| LineStatus::Notification { reason }),
        failure()
            .prop_filter("says nothing", |code| {
                *code != Some(Hresult::new(0xC004_F055)) && *code != Some(Hresult::new(0xC004_F014))
            })
            .prop_map(|code| LineStatus::Unlicensed { code }),
    ]
}

proptest! {
    #[test]
    fn a_request(request in request()) {
        let text = [
            shown(request.hresult), bits_text(request.status_flags), shown(request.host.as_ref()),
            shown(request.cmid), minutes_text(request.client_time), yes(request.is_vm),
            state_text(request.license_state), shown(request.minutes_to_expiry),
            shown(request.activation_id), shown(request.min_count),
        ].join(", ");
        prop_assert_eq!(read(12288, &[text]), Activity::KmsRequest(request));
    }

    #[test]
    fn an_answer(response in response()) {
        let text = [
            shown(response.hresult), bits_text(response.status_flags), yes(response.is_bound),
            "0".to_owned(), shown(response.current_count), shown(response.activation_interval),
            shown(response.renewal_interval), minutes_text(response.client_time),
        ].join(", ");
        prop_assert_eq!(read(12289, &[text]), Activity::KmsResponse(response));
    }

    #[test]
    fn what_a_host_served(request in request(), client in of("[A-Za-z][A-Za-z0-9.-]{0,30}"), has_strings in any::<bool>()) {
        let served = KmsServed {
            hresult: request.hresult, min_count: request.min_count, client, cmid: request.cmid,
            client_time: request.client_time, is_vm: request.is_vm,
            license_state: request.license_state, minutes_to_expiry: request.minutes_to_expiry,
            activation_id: request.activation_id,
        };
        let fields = [
            shown(served.hresult), shown(served.min_count), shown(served.client.as_ref()),
            shown(served.cmid), minutes_text(served.client_time), yes(served.is_vm),
            state_text(served.license_state), shown(served.minutes_to_expiry),
            shown(served.activation_id),
        ];
        // The joined text, and from Windows 7 on each field behind it (events.md 2.3).
        let mut strings = vec![fields.join(",")];
        if has_strings {
            strings.extend(fields);
        }
        prop_assert_eq!(read(12290, &strings), Activity::KmsServed(served));
    }

    #[test]
    fn a_start_and_a_failure_of_slui(hresult in code(), arguments in arguments()) {
        let text = arguments_text(&arguments);
        let failed = SluiFailed { hresult: Some(hresult), arguments: Some(arguments.clone()) };
        prop_assert_eq!(
            read(8198, &[format!("hr={hresult}"), text.clone()]),
            Activity::SluiFailed(failed)
        );
        prop_assert_eq!(read(8197, &[text]), Activity::SluiStarted(arguments));
    }

    #[test]
    fn policies(policies in prop::collection::vec(policy(), 1..4)) {
        let lines: Vec<String> = policies
            .iter()
            .map(|policy| format!("Security-SPP-Action-StateData (REG_SZ) ={}", policy_text(policy)))
            .filter(|line| !line.ends_with(") ="))
            .collect();
        let told: Vec<PolicyState> = policies
            .into_iter()
            .filter(|policy| *policy != PolicyState::default())
            .collect();
        prop_assert_eq!(read(8230, &[lines.join("\n")]), Activity::RulesEvaluated(told));
    }

    #[test]
    fn a_failed_volume_attempt(hresult in code(), is_office in any::<bool>(), activation_id in id::<ActivationId>(), trigger in word()) {
        let application_id = if is_office { ApplicationId::OFFICE } else { ApplicationId::WINDOWS };
        let failed = VolumeAttemptFailed {
            hresult: Some(hresult), application_id: Some(application_id),
            activation_id: Some(activation_id), trigger: Some(trigger.clone()),
        };
        let strings = [hresult.to_string(), application_id.to_string(), activation_id.to_string(), trigger];
        prop_assert_eq!(read(8233, &strings), Activity::VolumeAttemptFailed(failed));
    }

    #[test]
    fn a_status_list(lines in prop::collection::vec((id::<ActivationId>(), line_status()), 0..8)) {
        let text: String = lines
            .iter()
            .enumerate()
            .map(|(at, (id, status))| format!("{}\n", line_text(at, *id, *status)))
            .collect();
        let strings = [ApplicationId::WINDOWS.to_string(), format!("\n{text}")];
        let Activity::Status(list) = read(1003, &strings) else { panic!() };
        let told: Vec<_> = list.lines.iter().map(|line| (line.activation_id, line.status)).collect();
        prop_assert_eq!(told, lines);
        prop_assert_eq!(list.application_id, Some(ApplicationId::WINDOWS));
    }

    #[test]
    fn a_trace(numbers in prop::collection::vec((any::<u32>(), code(), "[a-z]([a-z0-9:/. ]{0,60}[a-z0-9])?"), 1..20), hresult in code()) {
        let lines: Vec<String> = numbers
            .iter()
            .map(|(number, code, text)| format!("{number:08X}({code}, 01:21:03:094 - {text})\r\n"))
            .collect();
        let Activity::AcquisitionFailed(failed) = read(8200, &[format!("hr={hresult}"), lines.concat()]) else { panic!() };
        let told: Vec<_> = failed.steps.into_iter().map(|step| (step.number, step.code, step.text)).collect();
        prop_assert_eq!(told, numbers);
        prop_assert_eq!(failed.hresult, Some(hresult));
    }
}
