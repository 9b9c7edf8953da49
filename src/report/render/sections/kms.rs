//! KMS hosts that were asked, and the clients that hosts' own logs tell of.

use crate::report::model::{KmsClientPart, KmsHostPart};
use crate::report::phrases::grouped;
use crate::report::render::bit::{Bit, Bits, Row, Section, Tone, joined};
use crate::report::render::words::Words;

use super::{ROWS, failures, labelled, limit, number, number_column, table, text_column};

/// KMS hosts that clients asked.
pub(super) fn hosts(words: &Words, hosts: &[KmsHostPart], verbose: bool) -> Option<Section> {
    let columns = vec![
        text_column(words.say(|l| &l.host)),
        text_column(words.say(|l| &l.kind)),
        number_column(words.say(|l| &l.clients)),
        number_column(words.say(|l| &l.requests)),
        number_column(words.say(|l| &l.answers)),
        number_column(words.say(|l| &l.failures)),
        number_column(words.say(|l| &l.count)),
    ];
    let row = |host: &KmsHostPart| {
        let name = match host.port {
            Some(port) if host.host.contains(':') => format!("[{}]:{port}", host.host),
            Some(port) => format!("{}:{port}", host.host),
            None => host.host.clone(),
        };
        let count = match (host.last_count, host.needed) {
            (Some(count), Some(needed)) => format!("{count}/{needed}"),
            (Some(count), None) => count.to_string(),
            (None, _) => "-".to_owned(),
        };
        let too_low = matches!((host.last_count, host.needed), (Some(c), Some(n)) if c < n);
        Row {
            cells: vec![
                vec![Bit::name(name)],
                vec![words.host_kind(host.kind)],
                number(host.clients),
                number(host.requests),
                number(host.answers),
                failures(host.failures),
                vec![Bit::words(count).toned(if too_low { Tone::Bad } else { Tone::Plain })],
            ],
            notes: unanswered(words, host)
                .into_iter()
                .chain(own_log(words, host))
                .collect(),
        }
    };
    table(
        words,
        ("hosts", words.say(|l| &l.host_table)),
        columns,
        hosts,
        limit(ROWS, verbose),
        row,
    )
}

/// Clients in the logs of KMS hosts: a row each, and beneath what else the host's log tells of them.
pub(super) fn clients(words: &Words, clients: &[KmsClientPart], verbose: bool) -> Option<Section> {
    let columns = vec![
        text_column(words.say(|l| &l.client)),
        text_column(words.say(|l| &l.host)),
        number_column(words.say(|l| &l.requests)),
        number_column(words.say(|l| &l.refused)),
        text_column(words.say(|l| &l.last_request)),
    ];
    let row = |client: &KmsClientPart| {
        let notes = vec![joined(about(words, client), &words.say(|l| &l.part))];
        Row {
            cells: vec![
                vec![Bit::name(client.client.as_str())],
                vec![Bit::name(client.host.as_str())],
                number(client.requests),
                failures(client.refused),
                vec![Bit::words(words.clock(client.last))],
            ],
            notes,
        }
    };
    table(
        words,
        ("clients", words.say(|l| &l.client_table)),
        columns,
        clients,
        limit(ROWS, verbose),
        row,
    )
}

/// Requests that neither failed nor were answered: no column of the table counts them.
fn unanswered(words: &Words, host: &KmsHostPart) -> Option<Bits> {
    let text = words.kms_count(|k| k.unanswered, host.unanswered?, &[]);
    Some(vec![Bit::words(text).toned(Tone::Bad)])
}

/// What a host's own log tells of the requests to it.
fn own_log(words: &Words, host: &KmsHostPart) -> Option<Bits> {
    let machine = vec![Bit::name(host.machine.as_deref()?)];
    let mut told = vec![labelled(words, words.kms(|k| &k.own_log), machine)];
    if let Some(n) = host.never_arrived.filter(|n| *n > 0) {
        let text = words.kms_count(|k| k.never_arrived, n, &[]);
        told.push(vec![Bit::words(text).toned(Tone::Bad)]);
    }
    if let Some(n) = host.answers_lost.filter(|n| *n > 0) {
        let text = words.kms_count(|k| k.answers_lost, n, &[]);
        told.push(vec![Bit::words(text).toned(Tone::Bad)]);
    }
    Some(joined(told, &words.say(|l| &l.part)))
}

/// A client's product, state, ids and refusals.
fn about(words: &Words, client: &KmsClientPart) -> Vec<Bits> {
    let mut notes = Vec::new();
    if client.activity != "active" {
        notes.push(vec![words.activity(client.activity)]);
    }
    match (client.product, &client.activation_id) {
        (Some(name), _) => {
            let head = words.kms(|k| &k.product);
            notes.push(labelled(words, head, vec![Bit::words(name)]));
        }
        (None, Some(id)) => {
            let head = words.say(|l| &l.activation_id);
            notes.push(labelled(words, head, vec![Bit::name(id.as_str())]));
        }
        (None, None) => {}
    }
    if let Some(state) = client.license_state {
        let state = vec![Bit::words(words.license(state))];
        notes.push(labelled(words, words.say(|l| &l.license), state));
    }
    if client.first != client.last {
        let head = words.kms(|k| &k.first_request);
        let first = vec![Bit::words(words.clock(client.first))];
        notes.push(labelled(words, head, first));
    }
    if !client.refused_by_code.is_empty() {
        let codes = client.refused_by_code.iter().map(|(code, n)| {
            let n = grouped(*n);
            let values = [("code", code.as_str()), ("n", n.as_str())];
            vec![Bit::words(words.fill(|l| &l.times, &values)).toned(Tone::Bad)]
        });
        let codes = joined(codes, &words.list());
        notes.push(labelled(words, words.say(|l| &l.refused), codes));
    }
    if let Some(cmid) = &client.cmid {
        let cmid = vec![Bit::name(cmid.as_str())];
        notes.push(labelled(words, words.say(|l| &l.cmid), cmid));
    }
    if let Some(machine) = client
        .machine
        .as_ref()
        .filter(|name| **name != client.client)
    {
        let machine = vec![Bit::name(machine.as_str())];
        notes.push(labelled(words, words.kms(|k| &k.is_machine), machine));
    }
    notes
}
