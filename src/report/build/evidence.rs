//! The records that prove a finding: where they stand, what of their strings is shown, and which part
//! of it decides.

use chrono::{DateTime, Utc};

use super::Context;
use crate::catalog::FindingId;
use crate::diagnosis::{Evidence, Finding, FindingKey, Machine};
use crate::hresult::Hresult;
use crate::report::model::{Code, EvidencePart, Time};
use crate::spp::{Activity, SppEvent};

/// So many of the first and of the last records are told.
const EVIDENCE_ENDS: usize = 10;
/// Characters of a record's strings that are shown.
const RAW_CHARS: usize = 300;
/// Stands for what was cut away in front.
const CUT: char = '…';
/// Stands in the line of a product that is in notification.
const NOTIFICATION: &str = "0xC004F009";

/// Where a record that proves a finding stands.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Event(Evidence),
    Aside(usize),
}

/// The records that prove a finding, by time.
pub(super) fn places(context: &Context<'_>, finding: &Finding) -> Vec<(DateTime<Utc>, Place)> {
    let fleet = &context.triage.fleet;
    let events = finding.evidence.iter().filter_map(|evidence| {
        let time = fleet
            .machines
            .get(evidence.machine)?
            .events
            .time(evidence.event)?;
        Some((time, Place::Event(*evidence)))
    });
    let asides = finding.asides.iter().filter_map(|place| {
        let time = fleet.asides.get(*place)?.event.time;
        Some((time, Place::Aside(*place)))
    });
    let mut places: Vec<(DateTime<Utc>, Place)> = events.chain(asides).collect();
    places.sort_by_key(|(time, _)| *time);
    places
}

fn event_at(context: &Context<'_>, place: Place) -> Option<SppEvent> {
    let fleet = &context.triage.fleet;
    match place {
        Place::Event(evidence) => {
            let machine: &Machine = fleet.machines.get(evidence.machine)?;
            machine.events.get(evidence.event)
        }
        Place::Aside(place) => Some(fleet.asides.get(place)?.event.clone()),
    }
}

pub(super) fn parts(
    context: &Context<'_>,
    finding: &Finding,
    all: &[(DateTime<Utc>, Place)],
    code: Option<Hresult>,
) -> Vec<EvidencePart> {
    let last = all
        .len()
        .saturating_sub(EVIDENCE_ENDS)
        .max(EVIDENCE_ENDS.min(all.len()));
    let told = all
        .iter()
        .take(EVIDENCE_ENDS)
        .chain(all.get(last..).unwrap_or_default());
    told.filter_map(|(_, place)| event_at(context, *place))
        .map(|event| part(&event, code, finding))
        .collect()
}

fn part(event: &SppEvent, code: Option<Hresult>, finding: &Finding) -> EvidencePart {
    let holds = code.filter(|code| event.codes.iter().any(|logged| logged.code == *code));
    // Of a 12290 with separate strings, the joined text in front says the same.
    let strings = match &event.activity {
        Activity::KmsServed(_) if event.data.first().is_some_and(|text| text.contains(',')) => {
            event.data.get(..1).unwrap_or_default()
        }
        _ => event.data.as_slice(),
    };
    let raw = strings
        .iter()
        .map(|text| text.trim())
        .collect::<Vec<_>>()
        .join(" | ");
    let (field, decisive) = match decisive_part(event, holds, finding) {
        Some((field, part)) => (Some(field), Some(part)),
        None => (decisive_field(event, holds, &finding.key), None),
    };
    let is_of_activation = event.family.is_of_activation();
    EvidencePart {
        log: event.log.to_string(),
        computer: event.computer.to_string(),
        record_id: event.record_id.0,
        event_id: event.event_id,
        provider: (!is_of_activation).then(|| event.provider.to_string()),
        time: Time(event.time),
        hresult: holds
            .or_else(|| event.decisive_code().filter(|code| code.is_failure()))
            .map(Code),
        raw: (!raw.is_empty()).then(|| excerpt(&raw, decisive)),
        field,
        decisive: decisive.map(str::to_owned),
    }
}

/// A record's strings, cut; around what decides where that stands further behind.
fn excerpt(raw: &str, decisive: Option<&str>) -> String {
    let place = decisive.and_then(|part| Some((raw.find(part)?, part.len())));
    let Some((start, length)) = place.filter(|(start, length)| start + length >= RAW_CHARS) else {
        return crate::spp::cut(raw, RAW_CHARS);
    };
    let room = RAW_CHARS.saturating_sub(length) / 2;
    let wanted = start.saturating_sub(room);
    let from = (wanted..=start)
        .find(|at| raw.is_char_boundary(*at))
        .unwrap_or(start);
    let tail = raw.get(from..).unwrap_or_default();
    format!("{CUT}{}", crate::spp::cut(tail, RAW_CHARS - 1))
}

/// The part of a long string that proves the finding, and the string's number from 1: an item of the
/// state in a 8230, a group of a license's line in a 1003.
fn decisive_part<'a>(
    event: &'a SppEvent,
    code: Option<Hresult>,
    finding: &Finding,
) -> Option<(u32, &'a str)> {
    let is_of_product = |text: &str| {
        let text = text.to_ascii_lowercase();
        let mut products = finding.products.iter();
        finding.products.is_empty() || products.any(|id| text.contains(&id.to_string()))
    };
    let digits = code
        .or_else(|| event.decisive_code())
        .map(|code| format!("{:X}", code.bits()));
    let has_code = |text: &str| {
        let digits = digits.as_deref();
        digits.is_some_and(|digits| text.to_ascii_uppercase().contains(digits))
    };
    let key = match finding.key {
        FindingKey::Derived(id) => Some(id),
        FindingKey::Code(_) => None,
    };
    let is_of_time = matches!(
        key,
        Some(FindingId::ExpiringSoon | FindingId::RenewalOverdue | FindingId::ImplausibleValidity)
    );
    let part_of = |text: &'a str| match &event.activity {
        Activity::RulesEvaluated(_) => {
            let mut items = text.split(';').map(str::trim);
            items.find(|item| match key {
                Some(FindingId::WrongChannel) => item.starts_with("ProductKeyType="),
                Some(FindingId::NotActivated) => item.starts_with("LicenseState="),
                _ if is_of_time => {
                    item.starts_with("GraceEndDate=") || item.starts_with("LicenseExpirationDate=")
                }
                _ => has_code(item),
            })
        }
        Activity::Status(_) => {
            let lines = text.lines().filter(|line| is_of_product(line));
            let mut groups = lines.flat_map(innermost_groups);
            groups.find(|group| match key {
                // The minutes left of a KMS activation, and of a time-based license.
                _ if is_of_time => group.contains("volume/1.0") || group.contains("timebased/1.0"),
                Some(FindingId::NotActivated) => group.contains(NOTIFICATION),
                _ => has_code(group),
            })
        }
        _ => None,
    };
    let strings = event.data.iter().enumerate();
    let mut found = strings.filter_map(|(at, text)| {
        let part = part_of(text)?;
        let is_own = is_of_product(text);
        Some((is_own, u32::try_from(at.checked_add(1)?).ok()?, part))
    });
    let first = found.next()?;
    let (_, field, part) = match first.0 {
        true => first,
        false => found.find(|(is_own, ..)| *is_own).unwrap_or(first),
    };
    Some((field, part))
}

/// The groups in parentheses that hold no others.
fn innermost_groups(line: &str) -> impl Iterator<Item = &str> {
    let mut open = None;
    line.char_indices().filter_map(move |(at, c)| match c {
        '(' => {
            open = Some(at);
            None
        }
        ')' => line.get(open.take()?..=at),
        _ => None,
    })
}

/// The field that proves the finding: of a comma list the field, else the string; from 1.
fn decisive_field(event: &SppEvent, code: Option<Hresult>, key: &FindingKey) -> Option<u32> {
    let is_list = matches!(
        event.activity,
        Activity::KmsRequest(_) | Activity::KmsResponse(_) | Activity::KmsServed(_)
    );
    let by_key = match (key, &event.activity) {
        (FindingKey::Derived(FindingId::LoopbackKmsHost), Activity::KmsRequest(_)) => Some(3),
        (FindingKey::Derived(FindingId::ClockSkew), Activity::KmsServed(_)) => Some(5),
        (
            FindingKey::Derived(
                FindingId::ExpiringSoon
                | FindingId::RenewalOverdue
                | FindingId::ImplausibleValidity,
            ),
            Activity::KmsRequest(_),
        ) => Some(8),
        (
            FindingKey::Derived(FindingId::UnlistedKmsHost | FindingId::UnknownKmsHost),
            Activity::KmsRequest(_),
        ) => Some(3),
        (
            FindingKey::Derived(FindingId::DuplicateCmid),
            Activity::KmsRequest(_) | Activity::KmsServed(_),
        ) => Some(4),
        (FindingKey::Derived(FindingId::KmsCountLow), Activity::KmsResponse(_)) => Some(5),
        (_, Activity::KmsResponse(response))
            if code.is_none() && response.is_bound == Some(false) =>
        {
            Some(5)
        }
        _ => None,
    };
    if by_key.is_some() {
        return by_key;
    }
    let text = code.or_else(|| event.decisive_code())?.to_string();
    let holds = |part: &str| part.to_ascii_uppercase().contains(&text[2..]);
    let at = if is_list {
        event.data.first()?.split(',').position(holds)
    } else {
        event.data.iter().position(|part| holds(part))
    };
    u32::try_from(at?.checked_add(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_groups_of_a_line_are_those_without_others_inside() {
        let line = "1: a, 1, 1 [(0 [0x0], [(?)( 2 0x0 volume/1.0 9)])(1 )]";
        let groups: Vec<&str> = innermost_groups(line).collect();
        assert_eq!(groups, ["(?)", "( 2 0x0 volume/1.0 9)", "(1 )"]);
        assert_eq!(innermost_groups("(a").count(), 0);
        assert_eq!(innermost_groups("a)（财务)").count(), 0);
    }

    #[test]
    fn a_long_text_is_cut_around_what_decides() {
        let raw = format!("{} reason=0x1; {}", "财".repeat(400), "x".repeat(400));
        let cut = excerpt(&raw, Some("reason=0x1"));
        assert!(cut.contains("reason=0x1") && cut.starts_with(CUT), "{cut}");
        assert!(cut.chars().count() <= RAW_CHARS);
        assert_eq!(excerpt("short", Some("short")), "short");
        assert!(excerpt(&raw, None).starts_with('财'));
    }
}
