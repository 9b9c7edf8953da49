//! Attempts in a small text notation, for tests: a test reads like the log that it is about.
//!
//! One event a line: day (optional, `d2`), time, id, then `key=value` or plain strings. Products
//! are single letters. What a line leaves out has a plain default: host `kms:1688`, state
//! notification, need 25, count 50.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    ActivationStatus, Attempt, LogReach, MachineDiagnosis, Outcome, Standing, Window,
    diagnose_machine,
};
use crate::catalog::Catalog;
use crate::eventlog::{ChunkIndex, Event, RecordId};
use crate::input::LogName;
use crate::spp::{
    ActivationId, EventPlace, EventStore, KeptEvents, MachineEvents, SppEvent, parse,
};

const WIN: &str = "55c92734-d682-4d71-983e-d6ec3f16059f";

fn sku(letter: &str) -> String {
    format!(
        "00000000-0000-0000-0000-0000000000{:02x}",
        letter.bytes().next().unwrap()
    )
}

fn letter(id: Option<ActivationId>) -> String {
    match id {
        None => "-".to_owned(),
        Some(id) => {
            let text = id.to_string();
            char::from(u8::from_str_radix(&text[34..], 16).unwrap()).to_string()
        }
    }
}

fn base() -> DateTime<Utc> {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

/// Reads the events of a text.
pub(crate) fn events(text: &str) -> Vec<SppEvent> {
    records(text).into_iter().map(parse).collect()
}

/// The events of a text as they are kept; all of them have to be of a kind that diagnosis reads.
pub(crate) fn kept(text: &str) -> MachineEvents {
    let mut events = KeptEvents::default();
    records(text)
        .into_iter()
        .for_each(|event| events.keep(event));
    let places = (0..).take(events.len());
    let places = places.map(|event| EventPlace { part: 0, event }).collect();
    let mut store = EventStore::default();
    store.add(LogName::new("test.evtx"), events);
    MachineEvents::new(Arc::new(store), places)
}

fn records(text: &str) -> Vec<Event> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .enumerate()
        .map(|(at, line)| event(at, line))
        .collect()
}

fn event(at: usize, line: &str) -> Event {
    let mut words = line
        .split([' ', '\n'])
        .filter(|word| !word.is_empty())
        .peekable();
    let day = words
        .next_if(|w| w.starts_with('d'))
        .map_or(1, |w| w[1..].parse::<i64>().unwrap());
    let clock = words.next().unwrap();
    let mut parts = clock.split(':').map(|p| p.parse::<f64>().unwrap());
    let seconds =
        parts.next().unwrap() * 3600.0 + parts.next().unwrap() * 60.0 + parts.next().unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of one day")]
    let time = base()
        + TimeDelta::days(day - 1)
        + TimeDelta::milliseconds((seconds * 1000.0).round() as i64);
    let id: u16 = words.next().unwrap().parse().unwrap();
    let rest: Vec<&str> = words.collect();
    let get = |key: &str| {
        rest.iter()
            .find_map(|w| w.strip_prefix(key)?.strip_prefix('='))
    };
    let or = |key: &str, default: &str| get(key).unwrap_or(default).to_owned();
    let minute = time.format("%Y/%m/%d %H:%M").to_string();
    let id_of = |default: &str| sku(&or("sku", default));
    let rule = || {
        let action = or("action", "AutoActivate");
        format!(
            "RuleId=eeba1977-569e-4571-b639-7623d8bfecc0;Action={action};AppId={WIN};SkuId={};Trigger={}",
            id_of("a"),
            or("trigger", "TimerEvent")
        )
    };
    let data: Vec<String> = match id {
        12288 => vec![format!(
            "{}, 0x00000000, {}, {}, {minute}, 0, {}, {}, {}, {}",
            or("hr", "0x00000000"),
            or("host", "kms:1688"),
            or("cmid", "169721ce-2886-4832-a037-e9459281751a"),
            or("state", "5"),
            or("left", "0"),
            id_of("a"),
            or("need", "25")
        )],
        12289 => {
            let sent = match get("for") {
                None => minute,
                Some("?") => "?".to_owned(),
                Some(clock) => format!("{} {clock}", time.format("%Y/%m/%d")),
            };
            vec![format!(
                "{}, {}, {}, 0, {}, 120, {}, {sent}",
                or("hr", "0x00000000"),
                or("flags", "0x0"),
                or("bound", "1"),
                or("count", "50"),
                or("renewal", "10080")
            )]
        }
        8198 => match get("action") {
            Some("none") => vec![or("hr", "hr=0xC004F074").replace("0x", "hr=0x")],
            _ => vec![format!("hr={}", or("hr", "0xC004F074")), rule()],
        },
        8233 => vec![
            or("hr", "0xC004F074"),
            WIN.to_owned(),
            id_of("a"),
            or("trigger", "TimerEvent"),
        ],
        1014 => vec![format!("hr={}", or("hr", "0x80072EE7")), id_of("a")],
        1013 | 12308 | 12320 | 1072 | 1016 | 1018 => {
            vec![get("id").map_or_else(|| id_of("a"), |id| (*id).to_owned())]
        }
        8215 => vec![or("hr", "0x80070005"), id_of("a")],
        8230 => {
            let end = get("end").map(|day| {
                (base() + TimeDelta::days(day.parse().unwrap()))
                    .format("GraceEndDate=%Y/%m/%d:%H:%M:%S;")
                    .to_string()
            });
            vec![format!(
                "Security-SPP-Action-StateData (REG_SZ) =AppId={WIN};{}LastConsumptionReason={};LicenseState=SL_LICENSING_STATUS_{};PartialProductKey=AAAAA;ProductKeyType={};SkuId={}",
                end.unwrap_or_default(),
                or("reason", "0x00000000"),
                or("state", "LICENSED"),
                or("channel", "Volume:GVLK"),
                id_of("a")
            )]
        }
        1003 => {
            let line = if let Some(minutes) = get("licensed") {
                format!(
                    "(0 [0x00000000, 1, 0], [( 2 0x00000000 0 0 msft:rm/algorithm/volume/1.0 0x00000000 {minutes})])(1 )"
                )
            } else if let Some(minutes) = get("grace") {
                format!("(0 [0x00000000, 0, 1], [( 5 0x00000000 30 {minutes})])(1 )")
            } else {
                format!(
                    "(3 [0x00000000, 0, 0], [( 11 0x00000000 {})])",
                    or("notification", "0xC004F056")
                )
            };
            vec![
                WIN.to_owned(),
                format!(
                    "\n1: {}, 1, 1 [{line}]\n2: {}, 1, 0 [(0 [0xC004F014, 0, 0], [])]\n{}",
                    id_of("a"),
                    sku("z"),
                    get("cut")
                        .map(|_| "3: 00000000-0000-0000-")
                        .unwrap_or_default()
                ),
            ]
        }
        // A figure space stands for a space inside one string.
        _ => rest.iter().map(|w| w.replace('\u{2007}', " ")).collect(),
    };
    Event {
        log: LogName::new("test.evtx"),
        chunk: ChunkIndex(0),
        record_id: RecordId(at as u64 + 1),
        file_record_id: RecordId(at as u64 + 1),
        time,
        computer: "PC".into(),
        channel: "Application".into(),
        provider: "Microsoft-Windows-Security-SPP".into(),
        event_id: id,
        qualifiers: None,
        level: Some(4),
        has_rendering_info: false,
        data: data.into(),
        data_names: Vec::new(),
    }
}

/// Diagnoses the machine of a text, whose log reaches back a month.
pub(crate) fn diagnosis(text: &str) -> (Vec<SppEvent>, MachineDiagnosis) {
    diagnosis_within(text, &Window::default())
}

/// Diagnoses the machine of a text as far as a window reaches.
pub(crate) fn diagnosis_within(text: &str, window: &Window) -> (Vec<SppEvent>, MachineDiagnosis) {
    let reach = LogReach {
        first: Some(base() - TimeDelta::days(30)),
        has_information: true,
        is_filtered: false,
        ..LogReach::default()
    };
    diagnosed(text, reach, window)
}

pub(crate) fn diagnosis_of_log(text: &str, reach: LogReach) -> (Vec<SppEvent>, MachineDiagnosis) {
    diagnosed(text, reach, &Window::default())
}

fn diagnosed(text: &str, reach: LogReach, window: &Window) -> (Vec<SppEvent>, MachineDiagnosis) {
    let events = events(text);
    let last = events.last().map_or(base(), |event| event.time);
    let now = window.until.map_or(last, |until| until.min(last));
    let logs = BTreeMap::from([(LogName::new("test.evtx"), reach)]);
    let diagnosis = diagnose_machine(&events, &logs, &Catalog::builtin(), now, window);
    (events, diagnosis)
}

/// The attempts of a text, a line each: start, product, outcome, causes, confidence, what became of it.
pub(crate) fn attempts(text: &str) -> String {
    told(&diagnosis(text).1)
}

pub(crate) fn told(diagnosis: &MachineDiagnosis) -> String {
    let line = |(attempt, standing): (&Attempt, &Standing)| {
        let outcome = match attempt.outcome() {
            Outcome::Succeeded => "succeeded".to_owned(),
            Outcome::Unknown => "unknown".to_owned(),
            Outcome::Failed { code: Some(code) } => format!("failed {code}"),
            Outcome::Failed { code: None } => "failed".to_owned(),
        };
        let causes: Vec<String> = attempt
            .causes()
            .iter()
            .map(|cause| cause.code.to_string())
            .collect();
        let causes = if causes.is_empty() || attempt.outcome() == Outcome::Succeeded {
            String::new()
        } else {
            format!(" <- {}", causes.join(" "))
        };
        let sure = if attempt.is_failed() {
            format!(" {}", attempt.confidence.as_str())
        } else {
            String::new()
        };
        let gap = attempt
            .gap
            .map(|gap| format!(" ({gap:?})"))
            .unwrap_or_default();
        let cured = if *standing == Standing::Cured {
            " cured"
        } else {
            ""
        };
        format!(
            "{} {} {outcome}{causes}{sure}{gap}{cured}",
            attempt.start.format("%d %H:%M:%S"),
            letter(attempt.activation_id)
        )
    };
    diagnosis
        .attempts
        .iter()
        .zip(&diagnosis.standings)
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The products of a text, a line each: product, status, license state, days to its end, cause.
pub(crate) fn products(text: &str) -> String {
    let (events, diagnosis) = diagnosis(text);
    let now = events.last().map_or(base(), |event| event.time);
    let line = |product: &super::ProductState| {
        let license = product.license.map_or("-", super::ProductLicense::as_str);
        let days = product.expires_at.map_or("no end".to_owned(), |end| {
            format!("{} days", (end - now).num_days())
        });
        let cause = product
            .root_cause
            .map(|code| format!(" {code}"))
            .unwrap_or_default();
        let lapsed = match product.status_failure {
            Some(_) if product.status == ActivationStatus::Failing => " by state",
            _ => "",
        };
        format!(
            "{} {}{lapsed} {license} {days}{cause}",
            letter(product.activation_id),
            product.status.as_str()
        )
    };
    diagnosis
        .products
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}
