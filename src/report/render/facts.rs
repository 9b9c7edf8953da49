//! What is told of a finding in labelled lines: where, when, how often, how sure.

use crate::report::model::{Code, EvidencePart, FindingPart, IgnoredByPart};
use crate::report::phrases::{KmsPhrases, Layout, Phrase, grouped};

use super::bit::{Bit, Bits, Fact, joined};
use super::evidence::decisive;
use super::states;
use super::words::Words;

/// Names of machines that a finding shows.
const NAMES: usize = 5;

/// The labelled lines of a finding, empty ones left out.
pub(super) fn of_finding(words: &Words, finding: &FindingPart, verbose: bool) -> Vec<Fact> {
    let list = words.list();
    let limit = if verbose { usize::MAX } else { NAMES };
    let codes = |codes: &std::collections::BTreeMap<String, u64>| {
        joined(
            codes.iter().map(|(code, n)| {
                let n = grouped(*n);
                words
                    .fill(|l| &l.times, &[("code", code), ("n", &n)])
                    .into_bits()
            }),
            &list,
        )
    };
    let facts = [
        (
            words.say(|l| &l.where_seen),
            words.machines(&finding.machines, finding.machine_count, limit),
        ),
        (words.say(|l| &l.when_seen), when(words, finding)),
        (words.say(|l| &l.how_often), how_often(words, finding)),
        (
            words.say(|l| &l.hosts_asked),
            words.names(&finding.kms_hosts, limit),
        ),
        (words.say(|l| &l.ended_with), codes(&finding.outcomes)),
        (words.say(|l| &l.also_seen), codes(&finding.also_seen)),
        (words.say(|l| &l.ends), ends(words, finding, limit)),
        (words.say(|l| &l.clocks), clocks(words, finding, limit)),
        (
            states::say(words, |s| &s.last_renewals),
            renewals(words, finding, limit),
        ),
        (states::say(words, |s| &s.keys), keys(words, finding, limit)),
        (
            words.digital(|d| &d.beside, &[]),
            digital(words, finding, limit),
        ),
        (
            words.kms(|k| &k.shared_ids),
            shared_ids(words, finding, limit),
        ),
        (words.kms(|k| &k.counts), counts(words, finding, limit)),
        (words.kms(|k| &k.domains), domains(words, finding, limit)),
        (
            words.say(|l| &l.related),
            words.findings(&finding.related, limit),
        ),
        (words.say(|l| &l.certainty), certainty(words, finding)),
        (words.ignored(|i| &i.title), accepted(words, finding, limit)),
    ];
    facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| Fact { label, value })
        .collect()
}

/// What is told of a finding that is over.
pub(super) fn of_cured(words: &Words, finding: &FindingPart) -> Bits {
    joined(
        [
            words.machines(&finding.machines, finding.machine_count, NAMES),
            when(words, finding),
            how_often(words, finding),
        ],
        &words.comma(),
    )
}

/// The machines on which it is accepted, where it is not on all; what accepts it.
fn accepted(words: &Words, finding: &FindingPart, limit: usize) -> Bits {
    let on = if finding.ignored {
        Bits::new()
    } else {
        let total = finding.ignored_machines.len() as u64;
        words.machines(&finding.ignored_machines, total, limit)
    };
    let rules = finding.ignored_by.iter().map(|by| rule(words, by));
    joined(std::iter::once(on).chain(rules), &words.say(|l| &l.part))
}

/// What accepts a finding, in a line of its own.
pub(super) fn of_rule(words: &Words, by: &IgnoredByPart) -> Bits {
    let mut line = vec![
        Bit::words(words.ignored(|i| &i.by)),
        Bit::words(words.say(|l| &l.colon)),
    ];
    line.extend(rule(words, by));
    line
}

fn rule(words: &Words, by: &IgnoredByPart) -> Bits {
    let mut said = vec![vec![Bit::name(by.rule.as_str())]];
    said.extend(
        by.reason
            .as_ref()
            .map(|text| vec![Bit::words(text.as_str())]),
    );
    if let Some(day) = &by.until {
        let until = &words.phrases().ignored.until;
        let until = until.fill(words.language(), &[("day", day)]);
        said.push(vec![Bit::words(until)]);
    }
    joined(said, &words.comma())
}

/// Where a record that proves a finding stands.
pub(super) fn of_record(words: &Words, record: &EvidencePart) -> Bits {
    let number = |n: String, phrase: fn(&Layout) -> &Phrase| {
        vec![Bit::whole(words.fill(phrase, &[("number", &n)]))]
    };
    let provider = record.provider.as_ref().map(|name| {
        let label = words.lead(|p| &p.provider, &[]);
        vec![
            Bit::whole(label),
            Bit::words(words.say(|l| &l.colon)),
            Bit::name(name.as_str()),
        ]
    });
    joined(
        [
            vec![Bit::words(words.clock(record.time))],
            vec![Bit::name(record.computer.as_str())],
            vec![Bit::path(record.log.as_str())],
            provider.into_iter().flatten().collect(),
            number(record.record_id.to_string(), |l| &l.record),
            number(record.event_id.to_string(), |l| &l.event),
        ],
        "  ",
    )
}

/// What the caret under a decisive field says: its number, and the name of its code.
pub(super) fn field_label(words: &Words, finding: &FindingPart, record: &EvidencePart) -> String {
    let number = record.field.unwrap_or(0).to_string();
    let label = words.fill(|l| &l.field, &[("number", &number)]);
    // The field may be another than the code's, such as the time of a clock that differs.
    let Some(code) = record.hresult.filter(|code| holds(decisive(record), *code)) else {
        return label;
    };
    let own = finding.symbol.as_deref();
    let symbol = if finding.hresult == Some(code) {
        own
    } else {
        None
    };
    match symbol.or_else(|| code.0.symbol()) {
        Some(symbol) => words.labelled(&label, symbol),
        None => label,
    }
}

/// Whether a text shows a code in hexadecimal digits.
fn holds(text: &str, code: Code) -> bool {
    let digits = format!("{:X}", code.0.bits());
    text.to_ascii_uppercase().contains(&digits)
}

fn when(words: &Words, finding: &FindingPart) -> Bits {
    match (finding.first_seen, finding.last_seen) {
        (Some(first), Some(last)) => words.span(first, last).into_bits(),
        (Some(time), None) | (None, Some(time)) => words.moment(time).into_bits(),
        (None, None) => Bits::new(),
    }
}

fn how_often(words: &Words, finding: &FindingPart) -> Bits {
    let attempts =
        (finding.attempts > 0).then(|| words.count(|l| &l.attempts, finding.attempts).into_bits());
    let records =
        (finding.events > 0).then(|| words.count(|l| &l.records, finding.events).into_bits());
    joined(attempts.into_iter().chain(records), &words.comma())
}

fn ends(words: &Words, finding: &FindingPart, limit: usize) -> Bits {
    let ends = &finding.details.ends;
    let mut all = joined(
        ends.iter().take(limit).map(|end| {
            vec![
                Bit::machine(end.machine.as_str()),
                Bit::words(words.say(|l| &l.colon)),
                Bit::words(words.moment(end.expires_at)),
            ]
        }),
        &words.list(),
    );
    more(words, &mut all, ends.len(), limit);
    all
}

fn clocks(words: &Words, finding: &FindingPart, limit: usize) -> Bits {
    let skews = &finding.details.skews;
    let mut all = joined(
        skews.iter().take(limit).map(|skew| {
            let minutes = skew.skew_minutes.unsigned_abs();
            let machine = [("machine", skew.machine.as_str())];
            if skew.skew_minutes < 0 {
                words.count_with(|l| &l.clock_behind, minutes, &machine)
            } else {
                words.count_with(|l| &l.clock_ahead, minutes, &machine)
            }
            .into_bits()
        }),
        &words.list(),
    );
    more(words, &mut all, skews.len(), limit);
    all
}

fn renewals(words: &Words, finding: &FindingPart, limit: usize) -> Bits {
    let renewals = &finding.details.renewals;
    let mut all = joined(
        renewals.iter().take(limit).map(|renewal| {
            vec![
                Bit::name(renewal.machine.as_str()),
                Bit::words(words.say(|l| &l.colon)),
                Bit::words(words.moment(renewal.last_renewal)),
            ]
        }),
        &words.list(),
    );
    more(words, &mut all, renewals.len(), limit);
    all
}

fn keys(words: &Words, finding: &FindingPart, limit: usize) -> Bits {
    let keys = &finding.details.keys;
    let mut all = joined(
        keys.iter().take(limit).map(|key| {
            let mut said: Vec<Bits> = Vec::new();
            said.extend(
                key.channel
                    .as_ref()
                    .map(|text| vec![Bit::name(text.as_str())]),
            );
            said.extend(key.hresult.map(|code| vec![Bit::name(code.to_string())]));
            said.extend(
                key.partial_key
                    .as_ref()
                    .map(|ends| vec![Bit::words(words.fill(|l| &l.key_ends, &[("key", ends)]))]),
            );
            let mut bits = vec![Bit::name(key.machine.as_str())];
            if !said.is_empty() {
                bits.push(Bit::words(words.say(|l| &l.colon)));
                bits.extend(joined(said, &words.comma()));
            }
            bits
        }),
        &words.say(|l| &l.part),
    );
    more(words, &mut all, keys.len(), limit);
    all
}

/// What the log of digital licenses says in the same minutes.
fn digital(words: &Words, finding: &FindingPart, limit: usize) -> Bits {
    let all = &finding.details.digital_licenses;
    let mut told = joined(
        all.iter().take(limit).map(|part| {
            let code = part.hresult.map(|code| code.to_string());
            let values = [
                ("time", &*words.clock(part.time)),
                ("machine", part.machine.as_str()),
                ("id", &*part.event_id.to_string()),
                ("text", part.text.as_str()),
                ("code", code.as_deref().unwrap_or_default()),
            ];
            match &code {
                Some(_) => words.digital(|d| &d.with_code, &values),
                None => words.digital(|d| &d.without_code, &values),
            }
            .into_bits()
        }),
        &words.say(|l| &l.part),
    );
    more(words, &mut told, all.len(), limit);
    told
}

fn shared_ids(words: &Words, finding: &FindingPart, limit: usize) -> Bits {
    let cmids = &finding.details.cmids;
    let mut all = joined(
        cmids.iter().take(limit).map(|shared| {
            let total = shared.machines.len() as u64;
            let mut names = words.machines(&shared.machines, total, limit);
            names.push(Bit::words(words.say(|l| &l.colon)));
            names.push(Bit::name(shared.cmid.as_str()));
            names
        }),
        &words.say(|l| &l.part),
    );
    more(words, &mut all, cmids.len(), limit);
    all
}

fn counts(words: &Words, finding: &FindingPart, limit: usize) -> Bits {
    let hosts = &finding.details.hosts;
    let mut all = joined(
        hosts.iter().take(limit).map(|host| {
            let (count, needed) = (host.count.to_string(), host.needed.to_string());
            let values = [
                ("host", host.host.as_str()),
                ("count", count.as_str()),
                ("needed", needed.as_str()),
            ];
            let missing = u64::from(host.missing);
            let phrase = |k: &KmsPhrases| match missing {
                0 => k.count_reached,
                _ => k.count_missing,
            };
            words.kms_count(phrase, missing, &values).into_bits()
        }),
        &words.say(|l| &l.part),
    );
    more(words, &mut all, hosts.len(), limit);
    all
}

fn domains(words: &Words, finding: &FindingPart, limit: usize) -> Bits {
    let domains = &finding.details.domains;
    let mut all = joined(
        domains.iter().take(limit).map(|failed| {
            let mut bits = vec![Bit::name(failed.domain.as_str())];
            if let Some(code) = failed.hresult {
                bits.push(Bit::words(words.aside(&code.to_string())));
            }
            bits
        }),
        &words.list(),
    );
    more(words, &mut all, domains.len(), limit);
    all
}

fn more(words: &Words, bits: &mut Bits, total: usize, limit: usize) {
    let hidden = total.saturating_sub(limit) as u64;
    if hidden > 0 {
        bits.push(Bit::words(words.count(|l| &l.more, hidden)));
    }
}

fn certainty(words: &Words, finding: &FindingPart) -> Bits {
    if finding.certainty.is_empty() {
        return words.confidence(finding.confidence).into_bits();
    }
    finding
        .certainty
        .join(&words.say(|l| &l.sentence))
        .into_bits()
}

/// Words as the bits of a line.
trait IntoBits {
    fn into_bits(self) -> Bits;
}

impl IntoBits for String {
    fn into_bits(self) -> Bits {
        vec![Bit::words(self)]
    }
}
