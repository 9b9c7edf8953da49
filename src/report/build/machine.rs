//! Machines, their products and attempts, as the report tells them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, View};
use crate::diagnosis::{
    ActivationStatus, Attempt, Cause, Machine, Outcome, Preference, ProductState, StateChange, Try,
};
use crate::fleet::in_parallel;
use crate::hresult::Hresult;
use crate::report::code_texts;
use crate::report::model::{
    AttemptCausePart, AttemptPart, ChangePart, Code, CodePart, MachinePart, OnlinePart,
    ProductPart, RecordPart, SourcePart, Time, TryPart,
};
use crate::spp::{ActivationId, Activity, Application, SppEvent, TraceStep};

/// How many attempts of a machine are told one by one.
pub(super) const RECENT_ATTEMPTS: usize = 20;
/// How many records of an attempt are told.
const RECORDS: usize = 8;

/// Those that the view lists: failing, unknown, activated; then by name.
pub(super) fn parts(context: &Context<'_>, view: &View) -> Vec<MachinePart> {
    let machines = context.triage.fleet.machines.iter();
    let mut machines: Vec<&Machine> = machines.filter(|m| view.has_machine(m)).collect();
    machines.sort_by(|a, b| (rank(a), &a.computer).cmp(&(rank(b), &b.computer)));
    in_parallel(machines, context.triage.threads, |machine| {
        Some(part(context, machine))
    })
}

fn rank(machine: &Machine) -> u8 {
    match machine.diagnosis.status {
        ActivationStatus::Failing => 0,
        ActivationStatus::Unknown => 1,
        ActivationStatus::Activated => 2,
    }
}

fn part(context: &Context<'_>, machine: &Machine) -> MachinePart {
    let diagnosis = &machine.diagnosis;
    let own = diagnosis
        .attempts
        .iter()
        .filter(|attempt| !attempt.has_borrowed_tries);
    let hosts: BTreeSet<_> = own
        .flat_map(|attempt| &attempt.tries)
        .filter_map(|t| t.host.as_ref())
        .collect();
    let skip = diagnosis.attempts.len().saturating_sub(RECENT_ATTEMPTS);
    MachinePart {
        computer: machine.computer.clone(),
        aliases: machine.aliases.clone(),
        build: diagnosis.build.clone(),
        cmid: diagnosis.cmid.map(|id| id.to_string()),
        is_vm: diagnosis.is_vm,
        status: diagnosis.status.as_str(),
        attempts: diagnosis.attempts.len() as u64,
        attempts_failed: diagnosis
            .attempts
            .iter()
            .filter(|attempt| attempt.is_failed())
            .count() as u64,
        root_cause: diagnosis.root_cause.map(Code),
        first_seen: Time(machine.first_seen),
        last_seen: Time(machine.last_seen),
        products: diagnosis
            .products
            .iter()
            .map(|product| product_part(context, machine, product))
            .collect(),
        changes: diagnosis
            .changes
            .iter()
            .filter_map(|change| change_part(context, machine, change))
            .collect(),
        evidence: sources(
            machine,
            &[
                ("build", diagnosis.sources.build),
                ("cmid", diagnosis.sources.cmid),
                ("is_vm", diagnosis.sources.is_vm),
            ],
        ),
        kms_hosts: hosts.into_iter().map(ToString::to_string).collect(),
        recent_attempts: diagnosis
            .attempts
            .iter()
            .skip(skip)
            .map(|attempt| attempt_part(context, machine, attempt))
            .collect(),
    }
}

pub(super) fn product_name(
    context: &Context<'_>,
    id: Option<ActivationId>,
) -> Option<&'static str> {
    let known = context.catalog.product(&id?.to_string())?;
    Some(known.name)
}

fn product_part(context: &Context<'_>, machine: &Machine, product: &ProductState) -> ProductPart {
    let told = &product.sources;
    // What a success in the log or the newest end dates is shown by the same record.
    let renewal = match product.last_renewal {
        Some(renewal) if product.last_success == Some(renewal) => told.last_success,
        renewal => told.expires_at.filter(|_| renewal.is_some()),
    };
    ProductPart {
        name: product_name(context, product.activation_id),
        activation_id: product.activation_id.map(|id| id.to_string()),
        application: match product.application {
            Application::Windows => "windows",
            Application::Office => "office",
            Application::Unknown => "unknown",
        },
        channel: product.channel.as_ref().map(ToString::to_string),
        partial_key: product.partial_key.clone(),
        status: product.status.as_str(),
        license_state: product
            .license
            .map(crate::diagnosis::ProductLicense::as_str),
        expires_at: product.expires_at.map(Time),
        last_success: product.last_success.map(Time),
        last_failure: product.last_failure.map(Time),
        root_cause: product.root_cause.map(Code),
        reason: product.reason.map(Code),
        last_renewal: product.last_renewal.map(Time),
        activated_by: product
            .activated_by
            .map(crate::diagnosis::ActivatedBy::as_str),
        evidence: sources(
            machine,
            &[
                ("license_state", product.state_event),
                ("channel", told.channel),
                ("partial_key", told.partial_key),
                ("expires_at", told.expires_at),
                ("reason", told.reason),
                ("last_success", told.last_success),
                ("last_failure", told.last_failure),
                ("last_renewal", renewal),
                ("activated_by", told.activated_by),
            ],
        ),
    }
}

/// The records that tell fields, by their names.
fn sources(
    machine: &Machine,
    fields: &[(&'static str, Option<usize>)],
) -> BTreeMap<&'static str, SourcePart> {
    let told = fields.iter();
    told.filter_map(|(name, at)| Some((*name, source_part(machine, (*at)?)?)))
        .collect()
}

fn source_part(machine: &Machine, at: usize) -> Option<SourcePart> {
    let (kept, _, log) = machine.events.kept(at)?;
    Some(SourcePart {
        log: log.to_string(),
        record_id: kept.record_id.0,
        event_id: kept.event_id,
        time: Time(kept.time),
    })
}

/// A change that lies in the window.
fn change_part(
    context: &Context<'_>,
    machine: &Machine,
    change: &StateChange,
) -> Option<ChangePart> {
    let after = machine.events.time(change.after)?;
    let record = source_part(machine, change.before)?;
    let before = record.time.0;
    if !machine.diagnosis.counts(change.before, before) {
        return None;
    }
    Some(ChangePart {
        activation_id: change.activation_id.map(|id| id.to_string()),
        name: product_name(context, change.activation_id),
        from: change.from.as_str(),
        to: change.to.as_str(),
        after: Time(after),
        before: Time(before),
        minutes: u64::try_from((before - after).num_minutes())
            .ok()
            .filter(|_| after <= before),
        record,
    })
}

fn attempt_part(context: &Context<'_>, machine: &Machine, attempt: &Attempt) -> AttemptPart {
    let events: Vec<SppEvent> = attempt
        .events
        .iter()
        .filter_map(|at| machine.events.get(*at))
        .collect();
    // The last one, which decides, is told in any case.
    let first = events.iter().take(if events.len() > RECORDS {
        RECORDS - 1
    } else {
        RECORDS
    });
    let last = events.last().filter(|_| events.len() > RECORDS);
    let hosts: BTreeSet<_> = attempt
        .tries
        .iter()
        .filter_map(|t| t.host.as_ref())
        .collect();
    AttemptPart {
        id: attempt_id(machine, attempt),
        start: Time(attempt.start),
        activation_id: attempt.activation_id.map(|id| id.to_string()),
        trigger: attempt.trigger.clone(),
        outcome: match attempt.outcome() {
            Outcome::Succeeded => "succeeded",
            Outcome::Failed { .. } => "failed",
            Outcome::Unknown => "unknown",
        },
        code: attempt.outcome_code().map(Code),
        root_cause: attempt
            .is_failed()
            .then(|| attempt.root_cause())
            .flatten()
            .map(Code),
        confidence: attempt.confidence.as_str(),
        kms_hosts: hosts.into_iter().map(ToString::to_string).collect(),
        tries: attempt
            .tries
            .iter()
            .map(|tried| try_part(context, machine, tried))
            .collect(),
        online: events.iter().rev().find_map(online_part),
        borrowed_tries: attempt.has_borrowed_tries,
        causes: if attempt.is_failed() {
            cause_parts(attempt.causes())
        } else {
            Vec::new()
        },
        records: first.chain(last).map(record_part).collect(),
    }
}

fn online_part(event: &SppEvent) -> Option<OnlinePart> {
    let Activity::AcquisitionFailed(failed) = &event.activity else {
        return None;
    };
    Some(OnlinePart {
        server: failed.server.clone(),
        failing_step: failed.failing_step().map(TraceStep::shown),
        record_id: event.record_id.0,
    })
}

fn try_part(context: &Context<'_>, machine: &Machine, tried: &Try) -> TryPart {
    let record = |at: Option<usize>| {
        let (kept, ..) = machine.events.kept(at?)?;
        Some(kept.record_id.0)
    };
    let is_sent = tried.sent == Some(Hresult::OK);
    TryPart {
        host: tried.host.as_ref().map(ToString::to_string),
        // That a request went out is no result.
        code: tried
            .code()
            .filter(|code| code.is_failure() || tried.response.is_some())
            .map(Code),
        reached: match tried.reach(context.catalog) {
            Some(reach) => reach.as_str(),
            None if is_sent => "sent",
            None => "unknown",
        },
        activated: tried.is_success(),
        count: tried.current_count,
        needed: tried.min_count,
        request: record(tried.request),
        answer: record(tried.response),
    }
}

fn cause_parts(causes: &[Cause]) -> Vec<AttemptCausePart> {
    let part = |cause: &Cause, why: &'static str| AttemptCausePart {
        code: Code(cause.code),
        kind: code_texts::kind(cause.kind),
        reached: cause.reach.as_str(),
        why,
    };
    let Some((best, others)) = causes.split_first() else {
        return Vec::new();
    };
    let decided = match others.first().map(|second| best.preference_over(second)) {
        None => "only",
        Some(Preference::Further) => "furthest",
        Some(Preference::Kind) => "kind",
        Some(Preference::Later) => "latest",
    };
    let passed_over = |other: &Cause| match best.preference_over(other) {
        Preference::Further => "less-far",
        Preference::Kind => "kind",
        Preference::Later => "earlier",
    };
    std::iter::once(part(best, decided))
        .chain(others.iter().map(|other| part(other, passed_over(other))))
        .collect()
}

/// What is said of every code of the attempts that are told, whatever is listed.
pub(super) fn codes(context: &Context<'_>) -> BTreeMap<Code, CodePart> {
    let machines = context.triage.fleet.machines.iter();
    let attempts = machines.flat_map(|machine| {
        let attempts = machine.diagnosis.attempts.iter().rev();
        attempts.take(RECENT_ATTEMPTS)
    });
    let codes: BTreeSet<Code> = attempts
        .flat_map(|attempt| {
            let of_tries = attempt.tries.iter().filter_map(Try::code);
            let of_causes = attempt.causes().iter().map(|cause| cause.code);
            of_tries.chain(of_causes).chain(attempt.outcome_code())
        })
        .filter(|code| code.is_failure())
        .map(Code)
        .collect();
    let part = |code: Code| CodePart {
        symbol: code.0.symbol().map(str::to_owned),
        title: code_texts::title(context.catalog, code.0, context.language),
    };
    codes.into_iter().map(|code| (code, part(code))).collect()
}

fn record_part(event: &SppEvent) -> RecordPart {
    RecordPart {
        log: event.log.to_string(),
        record_id: event.record_id.0,
        event_id: event.event_id,
        time: Time(event.time),
        hresult: event.decisive_code().map(Code),
    }
}

/// An attempt's id, made from its content: the machine, the product, and the identity of its first
/// record. The same for every event of one attempt, in every run.
pub(crate) fn attempt_id(machine: &Machine, attempt: &Attempt) -> String {
    let mut hash = Fnv::new();
    hash.add(machine.computer.to_lowercase().as_bytes());
    hash.add(
        attempt
            .activation_id
            .map(|id| id.to_string())
            .unwrap_or_default()
            .as_bytes(),
    );
    if let Some(first) = attempt
        .events
        .first()
        .and_then(|at| machine.events.kept(*at))
    {
        let (first, origin, _) = first;
        hash.add(origin.channel.to_lowercase().as_bytes());
        hash.add(&first.record_id.0.to_le_bytes());
        hash.add(&first.time.timestamp().to_le_bytes());
    }
    format!("{:016x}", hash.0)
}

/// FNV-1a over 64 bits: small, and the same everywhere and for ever, which the standard library's
/// hashes do not promise.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds a part; its end counts, so that parts cannot run into each other.
    fn add(&mut self, part: &[u8]) {
        for byte in part.iter().chain(&[0xFF]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
