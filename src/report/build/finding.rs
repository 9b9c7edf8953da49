//! One finding as it is told: its figures, its texts, its records.

use std::collections::BTreeMap;

use super::{Context, evidence, texts};
use crate::diagnosis::{Confidence, Finding, FindingKey, Gap};
use crate::hresult::Hresult;
use crate::report::code_texts;
use crate::report::model::{
    CmidPart, Code, DetailsPart, DigitalLicensePart, EndPart, FailedDomainPart, FindingPart,
    HostCountPart, IgnoredByPart, KeyPart, RenewalPart, SkewPart, Time,
};

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
    let places = evidence::places(context, finding);
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
        evidence: evidence::parts(context, finding, &places, code),
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
