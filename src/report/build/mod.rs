//! From what is true to what is said: every text chosen and filled in, every list in its order.

mod causes;
mod comparison;
mod evidence;
mod finding;
mod groups;
mod inputs;
mod machine;
mod summary;
mod texts;
mod view;
mod weigh;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::baseline::Baseline;
use super::model::{
    ForecastPart, KmsClientPart, KmsHostPart, LeftOut, MadeWith, OverlayPart, Period, Report,
    SCHEMA_VERSION, Time, Tool,
};
use super::phrases::Phrases;
use super::redact::Redactor;
use super::times::Times;
use super::zone::Zone;
use crate::catalog::{Catalog, Language, OverlayProblem, OverlayProblemKind};
use crate::diagnosis::{ActivationStatus, Fleet, ProductLicense, Window, is_overdue};
use crate::fleet::Triage;
use crate::spp::Channel;

pub(crate) use inputs::{damage_part, note_part, skipped_part};
pub(crate) use machine::attempt_id;
pub(super) use texts::DEFAULT_PORT;
pub use view::View;
pub(crate) use view::is_failing;

/// Taste: how the report is said, never what.
#[derive(Clone, Debug)]
pub struct ReportOptions {
    /// The language of its texts.
    pub language: Language,
    /// The zone that its sentences tell times in.
    pub zone: Zone,
    /// When it is made.
    pub generated_at: DateTime<Utc>,
    /// The arguments as given, to be told in the report.
    pub arguments: Vec<String>,
    /// What is listed.
    pub view: View,
    /// The options of selection and view, each as it was typed, to be told in the report.
    pub filters: Vec<String>,
    /// The earlier report that this one is compared with.
    pub baseline: Option<Arc<Baseline>>,
    /// Replaces what tells of somebody; none where names are told.
    pub redactor: Option<Arc<Redactor>>,
}

impl ReportOptions {
    /// A report in a language and in UTC, made at a time, without arguments to tell.
    pub fn new(language: Language, generated_at: DateTime<Utc>) -> Self {
        Self {
            language,
            zone: Zone::UTC,
            generated_at,
            arguments: Vec::new(),
            view: View::default(),
            filters: Vec::new(),
            baseline: None,
            redactor: None,
        }
    }
}

/// What every part of the report is made from.
pub(super) struct Context<'a> {
    pub(super) triage: &'a Triage,
    pub(super) catalog: &'a Catalog,
    pub(super) phrases: &'static Phrases,
    pub(super) language: Language,
    pub(super) times: Times,
}

/// Builds the report. Where it is to be redacted, names are replaced before anything is said.
pub fn build(triage: &Triage, catalog: &Catalog, options: &ReportOptions) -> Report {
    match &options.redactor {
        None => said(triage, catalog, options),
        Some(redactor) => {
            let mut told = redactor.triage(triage);
            let old = options.baseline.as_deref();
            let options = ReportOptions {
                arguments: redactor.arguments(&options.arguments),
                filters: redactor.filters(&options.filters),
                baseline: old.map(|old| Arc::new(redactor.baseline(old, triage, &mut told))),
                ..options.clone()
            };
            said(&told, catalog, &options)
        }
    }
}

fn said(triage: &Triage, catalog: &Catalog, options: &ReportOptions) -> Report {
    let context = Context {
        triage,
        catalog,
        phrases: Phrases::load(),
        language: options.language,
        times: Times::new(options.zone.clone(), options.language),
    };
    let fleet = &triage.fleet;
    let mut findings: Vec<_> = triage
        .findings
        .iter()
        .map(|finding| finding::part(&context, finding))
        .collect();
    let mut inputs = inputs::part(&context);
    // Of all findings, whatever is listed.
    let mut summary = summary::part(&context, &inputs, &findings);
    summary.main_causes = causes::main_causes(&context, &findings);
    inputs.explanation = summary::explanation(&context, &summary, &inputs);
    let comparison = options.baseline.as_deref();
    let comparison = comparison.map(|old| comparison::part(&context, old, &findings));
    let redacted = options.redactor.is_some() || triage.is_of_redacted_rows();
    if redacted {
        let names = &context.phrases.redacted;
        let phrase = match options.redactor {
            Some(_) => &names.report,
            None => &names.rows,
        };
        let line = phrase.get(options.language).to_owned();
        inputs.explanation.insert(0, line);
    }
    let view = &options.view;
    let machines = machine::parts(&context, view);
    let codes = machine::codes(&context);
    let all = findings.len();
    let mut is_listed = triage
        .findings
        .iter()
        .map(|finding| view.has_finding(triage, finding));
    findings.retain(|_| is_listed.next().unwrap_or(true));
    let left_out = (!view.is_all()).then(|| LeftOut {
        findings: (all - findings.len()) as u64,
        machines: (fleet.machines.len() - machines.len()) as u64,
    });
    Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        },
        generated_at: Time(options.generated_at),
        as_of: fleet.as_of.map(Time),
        language: options.language.tag(),
        zone: options.zone.clone(),
        made_with: MadeWith {
            arguments: options.arguments.clone(),
            catalog_version: catalog.version(),
            overlays: match &options.redactor {
                Some(redactor) => redactor.overlays(overlays(&context)),
                None => overlays(&context),
            },
            filters: options.filters.clone(),
            left_out,
            redacted,
            incomplete: triage.is_incomplete,
        },
        period: period(triage),
        summary,
        findings,
        machines,
        kms_hosts: kms_hosts(fleet),
        kms_clients: kms_clients(fleet, catalog),
        timeline: groups::timeline(fleet),
        by_root_cause: groups::by_root_cause(fleet),
        by_domain: groups::by_domain(fleet),
        by_build: groups::by_build(fleet),
        by_kms_host: groups::by_kms_host(fleet),
        forecast: forecast(fleet),
        comparison,
        codes,
        inputs,
    }
}

fn overlays(context: &Context<'_>) -> Vec<OverlayPart> {
    let part = |info: &crate::catalog::OverlayInfo| OverlayPart {
        name: info.name.clone(),
        sha256: info.sha256.clone(),
        problems: info
            .problems
            .iter()
            .map(|problem| overlay_problem(problem, context.language))
            .collect(),
    };
    context.catalog.overlays().iter().map(part).collect()
}

/// Why a part of an overlay was left out, with its place; what the parser of TOML says is English.
pub fn overlay_problem(problem: &OverlayProblem, language: Language) -> String {
    let phrases = &Phrases::load().overlay;
    let text = match &problem.kind {
        OverlayProblemKind::Syntax { message }
        | OverlayProblemKind::BadEntry { message }
        | OverlayProblemKind::BadHost { message } => message.clone(),
        OverlayProblemKind::NotAnEntry => phrases.not_an_entry.get(language).to_owned(),
        OverlayProblemKind::UnknownField { name } => {
            phrases.unknown_field.fill(language, &[("name", name)])
        }
        OverlayProblemKind::UnknownFinding => phrases.unknown_finding.get(language).to_owned(),
    };
    let place = problem
        .place
        .map(|(line, column)| format!("{line}:{column}: "));
    let entry = problem.entry.as_ref().map(|entry| format!("{entry}: "));
    place.into_iter().chain(entry).chain([text]).collect()
}

/// The time that logs cover, as far as it is selected.
fn period(triage: &Triage) -> Option<Period> {
    let first = triage.files.iter().filter_map(|file| file.first).min()?;
    let last = triage.files.iter().filter_map(|file| file.last).max()?;
    let Window { since, until } = triage.selected.window;
    let first = since.map_or(first, |since| since.max(first));
    let last = until.map_or(last, |until| until.min(last));
    // A time that no log covers has none.
    (first <= last).then_some(Period {
        first: Time(first),
        last: Time(last),
    })
}

fn kms_hosts(fleet: &Fleet) -> Vec<KmsHostPart> {
    let part = |state: &crate::diagnosis::KmsHostState| KmsHostPart {
        host: state.host.name().to_owned(),
        port: state.host.port(),
        kind: state.kind.as_str(),
        clients: state.clients.len() as u64,
        requests: state.requests,
        answers: state.answers,
        failures: state.failures,
        unanswered: Some(state.unanswered).filter(|n| *n > 0),
        last_count: state.last_count,
        needed: state.needed,
        machine: name_of(fleet, state.machine),
        never_arrived: state.machine.map(|_| state.never_arrived),
        answers_lost: state.machine.map(|_| state.answers_lost),
    };
    fleet.kms_hosts.iter().map(part).collect()
}

/// The name of a machine by its place in the list.
fn name_of(fleet: &Fleet, machine: Option<usize>) -> Option<String> {
    Some(fleet.machines.get(machine?)?.computer.clone())
}

fn kms_clients(fleet: &Fleet, catalog: &Catalog) -> Vec<KmsClientPart> {
    let part = |client: &crate::diagnosis::KmsClient| KmsClientPart {
        host: client.host.clone(),
        client: client.client.clone(),
        cmid: client.cmid.map(|id| id.to_string()),
        activation_id: client.activation_id.map(|id| id.to_string()),
        requests: client.requests,
        refused: client.refused,
        first: Time(client.first),
        last: Time(client.last),
        license_state: client
            .license_state
            .map(|state| ProductLicense::Exactly(state).as_str()),
        machine: name_of(fleet, client.machine),
        product: client
            .activation_id
            .and_then(|id| Some(catalog.product(&id.to_string())?.name)),
        refused_by_code: finding::counts(&client.refused_by_code),
        activity: client.activity.as_str(),
    };
    fleet.kms_clients.iter().map(part).collect()
}

/// Machines with an open failure or an overdue renewal, in grace or on an evaluation, by the day on
/// which they lapse.
fn forecast(fleet: &Fleet) -> Vec<ForecastPart> {
    let Some(as_of) = fleet.as_of else {
        return Vec::new();
    };
    let mut days: BTreeMap<NaiveDate, u64> = BTreeMap::new();
    for machine in &fleet.machines {
        let lapses = machine.diagnosis.products.iter().filter(|product| {
            let is_open = product.status == ActivationStatus::Failing;
            let is_grace = product.license.is_some_and(ProductLicense::is_grace);
            let is_evaluation = matches!(product.channel, Some(Channel::Evaluation(_)));
            let is_told = is_open || is_grace || is_evaluation || is_overdue(machine, product);
            !product.is_lapsed && is_told
        });
        if let Some(end) = lapses.filter_map(|product| product.expires_at).min() {
            *days.entry(end.max(as_of).date_naive()).or_default() += 1;
        }
    }
    days.into_iter()
        .map(|(date, machines)| ForecastPart {
            date: date.to_string(),
            machines,
        })
        .collect()
}
