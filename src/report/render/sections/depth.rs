//! One machine's attempts, one by one: what was tried, how far each try came, which code decides and
//! which ones are crossed out.

use crate::report::model::{
    AttemptCausePart, AttemptPart, Code, MachinePart, OnlinePart, RecordPart, Report, TryPart,
};
use crate::report::phrases::{DepthPhrases, LeadPhrases, Phrase};
use crate::report::render::bit::{Bit, Bits, Row, Section, Tone, joined};
use crate::report::render::words::Words;

use super::{labelled, limit, text_column};

/// Attempts that are told where the whole model was not asked for.
const ATTEMPTS: usize = 10;

/// The attempts of the only machine; of every machine where the whole model is asked for.
pub(super) fn all(words: &Words, report: &Report, verbose: bool) -> Vec<Section> {
    if report.machines.len() != 1 && !verbose {
        return Vec::new();
    }
    let of_machine = |machine: &MachinePart| attempts(words, report, machine, verbose);
    report.machines.iter().filter_map(of_machine).collect()
}

fn attempts(
    words: &Words,
    report: &Report,
    machine: &MachinePart,
    verbose: bool,
) -> Option<Section> {
    let newest: Vec<&AttemptPart> = machine.recent_attempts.iter().rev().collect();
    let columns = vec![
        text_column(words.say(|l| &l.time_head)),
        text_column(words.depth(|d| &d.outcome_head)),
        text_column(words.depth(|d| &d.code_head)),
        text_column(words.say(|l| &l.cause)),
    ];
    let computer = [("computer", machine.computer.as_str())];
    let title = words
        .phrases()
        .depth
        .title
        .fill(words.language(), &computer);
    super::table(
        words,
        ("attempts", title),
        columns,
        &newest,
        limit(ATTEMPTS, verbose),
        |attempt| Row {
            cells: vec![
                vec![Bit::words(words.clock(attempt.start))],
                vec![words.outcome(attempt.outcome)],
                code_or_dash(attempt.code),
                code_or_dash(attempt.root_cause),
            ],
            notes: notes(words, report, machine, attempt),
        },
    )
}

fn code_or_dash(code: Option<Code>) -> Bits {
    vec![match code {
        Some(code) => Bit::finding(code.to_string()),
        None => Bit::words("-"),
    }]
}

fn notes(
    words: &Words,
    report: &Report,
    machine: &MachinePart,
    attempt: &AttemptPart,
) -> Vec<Bits> {
    let mut notes = told(words, report, machine, attempt);
    let records = attempt
        .records
        .iter()
        .map(|record| at_record(words, record));
    let records = joined(records, &words.comma());
    notes.push(labelled(words, words.depth(|d| &d.records), records));
    notes
}

/// What an attempt was about, each of its tries, and which code decides.
pub(in crate::report::render) fn told(
    words: &Words,
    report: &Report,
    machine: &MachinePart,
    attempt: &AttemptPart,
) -> Vec<Bits> {
    let mut notes = vec![what(words, machine, attempt)];
    if attempt.borrowed_tries {
        notes.push(vec![Bit::words(words.depth(|d| &d.borrowed))]);
    }
    notes.extend(attempt.tries.iter().map(|t| tried(words, report, t)));
    notes.extend(attempt.online.as_ref().map(|asked| online(words, asked)));
    for (at, cause) in attempt.causes.iter().enumerate() {
        let label = match at {
            0 => words.depth(|d| &d.decided),
            _ => words.depth(|d| &d.passed_over),
        };
        let mut value = coded(report, cause.code);
        value.push(Bit::words(words.aside(&why(words, cause))));
        notes.push(labelled(words, label, value));
    }
    notes
}

/// The product, and what fired the attempt.
fn what(words: &Words, machine: &MachinePart, attempt: &AttemptPart) -> Bits {
    let id = attempt.activation_id.as_ref();
    let product = machine
        .products
        .iter()
        .find(|product| product.activation_id.as_ref() == id)
        .and_then(|product| product.name);
    let name = match (product, id) {
        (Some(name), _) => vec![Bit::words(name)],
        (None, Some(id)) => vec![Bit::name(id.as_str())],
        (None, None) => Bits::new(),
    };
    let trigger = attempt.trigger.iter();
    joined(
        [name, trigger.map(|text| Bit::name(text.as_str())).collect()],
        &words.comma(),
    )
}

/// A request to an activation server: which one, by which record, at which step it failed.
fn online(words: &Words, asked: &OnlinePart) -> Bits {
    let record = asked.record_id.to_string();
    let record = words.fill(|l| &l.record, &[("number", &record)]);
    let mut server = match &asked.server {
        // A name of a log is shown, and never split.
        Some(name) => around(words, |p| &p.server, "server", name),
        None => vec![Bit::words(words.lead(|p| &p.server_alone, &[]))],
    };
    server.push(Bit::words(words.aside(&record)));
    let step = asked.failing_step.as_ref();
    let step = step.map(|step| around(words, |p| &p.failing_step, "step", step));
    joined(std::iter::once(server).chain(step), &words.say(|l| &l.part))
}

/// A phrase around one value that comes from a log.
fn around(words: &Words, phrase: fn(&LeadPhrases) -> &Phrase, name: &str, value: &str) -> Bits {
    const MARK: &str = "\u{0}";
    let text = words.lead(phrase, &[(name, MARK)]);
    match text.split_once(MARK) {
        Some((before, after)) => vec![Bit::words(before), Bit::name(value), Bit::words(after)],
        None => vec![Bit::words(text)],
    }
}

/// A try: which host, by which record, what came of it, how far it came.
fn tried(words: &Words, report: &Report, tried: &TryPart) -> Bits {
    let mut line = match &tried.host {
        Some(host) => vec![Bit::name(host.as_str())],
        None => vec![Bit::words(words.depth(|d| &d.no_host))],
    };
    let records: Vec<String> = [tried.request, tried.answer]
        .into_iter()
        .flatten()
        .map(|id| words.fill(|l| &l.record, &[("number", &id.to_string())]))
        .collect();
    if !records.is_empty() {
        line.push(Bit::words(words.aside(&records.join(&words.list()))));
    }
    let mut said = Vec::new();
    if tried.activated {
        said.push(vec![
            Bit::words(words.depth(|d| &d.activated)).toned(Tone::Good),
        ]);
    } else if let Some(code) = tried.code {
        said.push(coded(report, code));
    }
    said.push(vec![Bit::words(reached(words, tried.reached))]);
    said.extend(count(words, tried));
    line.push(Bit::words(words.say(|l| &l.colon)));
    line.extend(joined(said, &words.say(|l| &l.part)));
    line
}

fn count(words: &Words, tried: &TryPart) -> Option<Bits> {
    let count = tried.count?.to_string();
    let (phrase, needed): (fn(&DepthPhrases) -> &Phrase, _) = match tried.needed {
        Some(needed) => (|d| &d.count_of, needed.to_string()),
        None => (|d| &d.count, String::new()),
    };
    let values = [("count", count.as_str()), ("needed", needed.as_str())];
    let text = phrase(&words.phrases().depth).fill(words.language(), &values);
    Some(vec![Bit::words(text)])
}

/// A code, and in a few words what it means.
fn coded(report: &Report, code: Code) -> Bits {
    let mut bits = vec![Bit::finding(code.to_string())];
    let said = report.codes.get(&code);
    if let Some(title) = said.and_then(|said| said.title.as_ref().or(said.symbol.as_ref())) {
        bits.push(Bit::words(" "));
        bits.push(Bit::words(title.as_str()));
    }
    bits
}

fn reached(words: &Words, reached: &str) -> String {
    match reached {
        "nothing" => words.depth(|d| &d.reached_nothing),
        "resolved" => words.depth(|d| &d.reached_resolved),
        "connected" => words.depth(|d| &d.reached_connected),
        "answered" => words.depth(|d| &d.reached_answered),
        "sent" => words.depth(|d| &d.reached_sent),
        "unknown" => words.depth(|d| &d.reached_unknown),
        other => other.to_owned(),
    }
}

/// Why a code decides, or is crossed out.
fn why(words: &Words, cause: &AttemptCausePart) -> String {
    match (cause.why, cause.kind) {
        ("only", _) => words.depth(|d| &d.why_only),
        ("furthest", _) => words.depth(|d| &d.why_furthest),
        ("kind", "wrapper") => words.depth(|d| &d.why_wrapper),
        ("kind", "root") => words.depth(|d| &d.why_kind),
        ("kind", _) => words.depth(|d| &d.why_unknown),
        ("latest", _) => words.depth(|d| &d.why_latest),
        ("less-far", "wrapper") => words.depth(|d| &d.why_wrapper),
        ("less-far", _) => words.depth(|d| &d.why_less_far),
        ("earlier", _) => words.depth(|d| &d.why_earlier),
        (other, _) => other.to_owned(),
    }
}

fn at_record(words: &Words, record: &RecordPart) -> Bits {
    let text = words.fill(
        |l| &l.record_and_event,
        &[
            ("record", &record.record_id.to_string()),
            ("event", &record.event_id.to_string()),
        ],
    );
    vec![Bit::whole(text)]
}
