//! One finding as it is told: its figures, its texts, its records.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Context, texts};
use crate::diagnosis::{Confidence, Evidence, Finding, FindingKey, Gap, Machine};
use crate::hresult::Hresult;
use crate::report::code_texts;
use crate::report::model::{
    CmidPart, Code, DetailsPart, DigitalLicensePart, EndPart, EvidencePart, FailedDomainPart,
    FindingPart, HostCountPart, IgnoredByPart, KeyPart, RenewalPart, SkewPart, Time,
};
use crate::spp::{Activity, SppEvent};

/// So many of the first and of the last records are told.
const EVIDENCE_ENDS: usize = 10;
/// Characters of a record's strings that are shown.
const RAW_CHARS: usize = 300;

pub(super) fn part(context: &Context<'_>, finding: &Finding) -> FindingPart {
    let code = match finding.key {
        FindingKey::Code(code) => Some(code),
        FindingKey::Derived(_) => None,
    };
    let entry = match finding.key {
        FindingKey::Code(code) => context.catalog.code(code),
        FindingKey::Derived(id) => Some(context.catalog.finding(id)),
    };
    let texts = match (entry, code) {
        (Some(entry), _) => texts::of_entry(context, finding, entry),
        (None, code) => texts::of_unknown(context, code.unwrap_or(Hresult::OK)),
    };
    let places = places(context, finding);
    FindingPart {
        id: finding.key.to_string(),
        hresult: code.map(Code),
        symbol: code.and_then(Hresult::symbol).map(str::to_owned),
        kind: code.map_or("derived", |code| {
            code_texts::kind(context.catalog.facts(code).kind)
        }),
        severity: finding.severity.as_str(),
        category: match (entry, code) {
            (Some(entry), _) => entry.category.clone(),
            (None, Some(code)) => context.catalog.facts(code).category.to_owned(),
            (None, None) => String::new(),
        },
        status: finding.status.as_str(),
        confidence: finding.confidence.as_str(),
        certainty: certainty(context, finding),
        ignored: finding.is_accepted(),
        ignored_machines: finding.accepted.machines.iter().cloned().collect(),
        ignored_by: ignored_by(context, finding),
        machines: finding.machines.clone(),
        machine_count: finding.machines.len() as u64,
        attempts: finding.attempts,
        events: places.len() as u64,
        first_seen: places.first().map(|(time, _)| Time(*time)),
        last_seen: places.last().map(|(time, _)| Time(*time)),
        outcomes: counts(&finding.outcomes),
        also_seen: counts(&finding.also_seen),
        related: finding.related.iter().map(ToString::to_string).collect(),
        kms_hosts: finding.kms_hosts.iter().map(ToString::to_string).collect(),
        title: texts.title,
        meaning: texts.meaning,
        steps: texts.steps,
        causes: texts.causes,
        checks: texts.checks,
        references: texts.references,
        details: details(context, finding),
        evidence: evidence(context, finding, &places, code),
    }
}

/// How sure the cause is, and where it is not, why.
fn certainty(context: &Context<'_>, finding: &Finding) -> Vec<String> {
    let phrases = &context.phrases.certainty;
    let is_code = matches!(finding.key, FindingKey::Code(_));
    let first = match finding.confidence {
        _ if !is_code => &phrases.seen_state,
        Confidence::Seen => &phrases.seen,
        Confidence::Inferred if finding.gaps.is_empty() => &phrases.concluded,
        Confidence::Inferred => &phrases.inferred,
        Confidence::Missing => &phrases.missing,
    };
    let gap = |gap: &Gap| match gap {
        Gap::LogStartsLate => &phrases.log_starts_late,
        Gap::DamageNearby => &phrases.damage_nearby,
        Gap::LevelFilter => &phrases.level_filter,
        Gap::NoAnswer => &phrases.no_answer,
        Gap::NoRequests => &phrases.no_requests,
        Gap::RowsFiltered => &phrases.rows_filtered,
        Gap::NotKms => &phrases.not_kms,
    };
    let language = context.language;
    let is_told = is_code && finding.confidence != Confidence::Seen;
    let why = finding
        .gaps
        .iter()
        .filter(|_| is_told)
        .map(|(reason, attempts)| {
            let reason = gap(reason).get(language);
            // With several reasons, each says how many attempts it is of.
            match finding.gaps.len() {
                1 => reason.to_owned(),
                _ => phrases.times.count(
                    language,
                    *attempts,
                    &[("reason", reason.trim_end_matches(['.', '。']))],
                ),
            }
        });
    std::iter::once(first.get(language).to_owned())
        .chain(why)
        .collect()
}

pub(super) fn counts(codes: &BTreeMap<Hresult, u64>) -> BTreeMap<String, u64> {
    codes
        .iter()
        .map(|(code, count)| (code.to_string(), *count))
        .collect()
}

fn details(context: &Context<'_>, finding: &Finding) -> DetailsPart {
    let details = &finding.details;
    // Of those that equally many use, the first.
    let most = details
        .cmids
        .iter()
        .rev()
        .max_by_key(|shared| shared.names.len());
    let first = details.domains.first();
    DetailsPart {
        ends: details
            .ends
            .iter()
            .map(|end| EndPart {
                machine: end.machine.clone(),
                activation_id: end.activation_id.map(|id| id.to_string()),
                expires_at: Time(end.expires_at),
            })
            .collect(),
        skews: details
            .skews
            .iter()
            .map(|skew| SkewPart {
                machine: skew.machine.clone(),
                skew_minutes: skew.skew_minutes,
            })
            .collect(),
        renewals: details
            .renewals
            .iter()
            .map(|renewal| RenewalPart {
                machine: renewal.machine.clone(),
                activation_id: renewal.activation_id.map(|id| id.to_string()),
                last_renewal: Time(renewal.last_renewal),
                expires_at: renewal.expires_at.map(Time),
            })
            .collect(),
        keys: details
            .keys
            .iter()
            .map(|key| KeyPart {
                machine: key.machine.clone(),
                activation_id: key.activation_id.map(|id| id.to_string()),
                channel: key.channel.as_ref().map(ToString::to_string),
                partial_key: key.partial_key.clone(),
                hresult: key.code.map(Code),
                detail: key.detail.map(Code),
            })
            .collect(),
        digital_licenses: details
            .digital
            .iter()
            .filter_map(|result| digital_license(context, result))
            .collect(),
        cmid: most.map(|shared| shared.cmid.to_string()),
        cmids: details
            .cmids
            .iter()
            .map(|shared| CmidPart {
                cmid: shared.cmid.to_string(),
                machines: shared.names.clone(),
            })
            .collect(),
        hosts: details
            .counts
            .iter()
            .map(|told| HostCountPart {
                host: told.host.to_string(),
                count: told.count,
                needed: told.needed,
                missing: told.needed.saturating_sub(told.count),
            })
            .collect(),
        domain: first.map(|told| told.domain.clone()),
        hresult: first.and_then(|told| told.hresult).map(Code),
        domains: details
            .domains
            .iter()
            .map(|told| FailedDomainPart {
                machine: told.machine.clone(),
                domain: told.domain.clone(),
                hresult: told.hresult.map(Code),
            })
            .collect(),
    }
}

fn digital_license(
    context: &Context<'_>,
    result: &crate::diagnosis::DigitalResult,
) -> Option<DigitalLicensePart> {
    let event = &context.triage.fleet.asides.get(result.aside)?.event;
    Some(DigitalLicensePart {
        machine: result.machine.clone(),
        hresult: result.code.map(Code),
        log: event.log.to_string(),
        record_id: event.record_id.0,
        event_id: event.event_id,
        time: Time(result.time),
        text: super::inputs::digital_license_title(context, event.event_id),
    })
}

fn ignored_by(context: &Context<'_>, finding: &Finding) -> Vec<IgnoredByPart> {
    let rules = finding.accepted.by.iter();
    rules
        .filter_map(|place| context.triage.policy.accepted.get(*place))
        .map(|rule| IgnoredByPart {
            rule: rule.rule.clone(),
            reason: rule.reason.clone(),
            until: rule.until.map(|day| day.to_string()),
        })
        .collect()
}

/// Where a record that proves a finding stands.
#[derive(Clone, Copy)]
enum Place {
    Event(Evidence),
    Aside(usize),
}

/// The records that prove a finding, by time.
fn places(context: &Context<'_>, finding: &Finding) -> Vec<(DateTime<Utc>, Place)> {
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

fn evidence(
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
        .map(|event| evidence_part(&event, code, &finding.key))
        .collect()
}

fn evidence_part(event: &SppEvent, code: Option<Hresult>, key: &FindingKey) -> EvidencePart {
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
    EvidencePart {
        log: event.log.to_string(),
        computer: event.computer.to_string(),
        record_id: event.record_id.0,
        event_id: event.event_id,
        time: Time(event.time),
        hresult: holds
            .or_else(|| event.decisive_code().filter(|code| code.is_failure()))
            .map(Code),
        raw: (!raw.is_empty()).then(|| crate::spp::cut(&raw, RAW_CHARS)),
        field: decisive_field(event, holds, key),
    }
}

/// The field that proves the finding: of a comma list the field, else the string; from 1.
fn decisive_field(event: &SppEvent, code: Option<Hresult>, key: &FindingKey) -> Option<u32> {
    use crate::catalog::FindingId;
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
