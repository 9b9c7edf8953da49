//! The table of machines: a row each, its products and what else is known of it beneath.

use crate::report::model::{MachinePart, ProductPart};
use crate::report::phrases::grouped;
use crate::report::render::bit::{Bit, Bits, Row, Section, Tone, joined};
use crate::report::render::states;
use crate::report::render::words::Words;

use super::{FEW, ROWS, labelled, limit, number_column, text_column};

/// Other names and KMS hosts that a machine shows.
const NAMES: usize = 5;

/// Changes of license states that a machine shows.
const CHANGES: usize = 3;

/// The table of machines.
pub(super) fn table(words: &Words, machines: &[MachinePart], verbose: bool) -> Option<Section> {
    let columns = vec![
        text_column(words.say(|l| &l.computer)),
        text_column(words.say(|l| &l.status)),
        number_column(words.say(|l| &l.failed_of)),
        text_column(words.say(|l| &l.cause)),
        text_column(words.say(|l| &l.last_record)),
    ];
    // Of many machines, only what is needed to find one.
    let is_full = verbose || machines.len() <= FEW;
    let row = |machine: &MachinePart| {
        let failed = format!(
            "{}/{}",
            grouped(machine.attempts_failed),
            grouped(machine.attempts)
        );
        let cause = match machine.root_cause {
            Some(code) => Bit::finding(code.to_string()),
            None => Bit::words("-"),
        };
        let mut notes: Vec<Bits> = machine
            .products
            .iter()
            .map(|product| product_line(words, machine, product))
            .collect();
        notes.extend(identity(words, machine, is_full));
        if is_full {
            let changes = machine.changes.iter().rev();
            let shown = if verbose { usize::MAX } else { CHANGES };
            notes.extend(changes.take(shown).map(|c| states::change(words, c)));
        }
        Row {
            cells: vec![
                vec![Bit::machine(machine.computer.as_str())],
                vec![words.status(machine.status)],
                vec![Bit::words(failed)],
                vec![cause],
                vec![Bit::words(words.clock(machine.last_seen))],
            ],
            notes,
        }
    };
    super::table(
        words,
        ("machines", words.say(|l| &l.machine_table)),
        columns,
        machines,
        limit(ROWS, verbose),
        row,
    )
}

/// A product's name, key, state and times. What the machine's row says already is not said again of
/// its only product.
pub(in crate::report::render) fn product_line(
    words: &Words,
    machine: &MachinePart,
    product: &ProductPart,
) -> Bits {
    let is_only = machine.products.len() == 1;
    let name = match (product.name, &product.activation_id) {
        (Some(name), _) => Bit::words(name),
        (None, Some(id)) => Bit::name(id.as_str()),
        (None, None) => Bit::words(words.say(|l| &l.unnamed_product)),
    };
    let mut key = Vec::new();
    key.extend(product.channel.clone());
    if let Some(ends) = &product.partial_key {
        key.push(words.fill(|l| &l.key_ends, &[("key", ends)]));
    }
    let mut line = vec![name];
    if !key.is_empty() {
        line.push(Bit::words(words.aside(&key.join(&words.comma()))));
    }
    let mut said = Vec::new();
    if !is_only || product.status != machine.status {
        said.push(vec![words.status(product.status)]);
    }
    if let Some(state) = product.license_state {
        said.push(vec![Bit::words(words.license(state))]);
    }
    let cause = product
        .root_cause
        .filter(|_| !is_only || product.root_cause != machine.root_cause);
    if let Some(code) = cause {
        let because = words.fill(|l| &l.because, &[("code", &code.to_string())]);
        said.push(vec![Bit::words(because).toned(Tone::Bad)]);
    }
    if let Some(time) = product.expires_at {
        let text = words.fill(|l| &l.expires, &[("time", &words.brief(time))]);
        said.push(vec![Bit::words(text)]);
    }
    if let Some(way) = product.activated_by {
        said.push(vec![Bit::words(states::way(words, way))]);
    }
    if let Some(time) = product.last_success {
        let text = words.fill(|l| &l.last_success, &[("time", &words.brief(time))]);
        said.push(vec![Bit::words(text)]);
    }
    // A renewal that no success in the log tells.
    if let Some(time) = product.last_renewal.filter(|renewal| {
        product
            .last_success
            .is_none_or(|success| success < *renewal)
    }) {
        let text = states::fill(words, |s| &s.last_renewal, &[("time", &words.brief(time))]);
        said.push(vec![Bit::words(text)]);
    }
    if let Some(time) = product.last_failure {
        let text = words.fill(|l| &l.last_failure, &[("time", &words.brief(time))]);
        said.push(vec![Bit::words(text)]);
    }
    if !said.is_empty() {
        line.push(Bit::words(words.say(|l| &l.colon)));
        line.extend(joined(said, &words.comma()));
    }
    line
}

/// Other names of a machine; where it is told in full, also its build, ids and KMS hosts.
pub(in crate::report::render) fn identity(
    words: &Words,
    machine: &MachinePart,
    is_full: bool,
) -> Option<Bits> {
    let mut parts = Vec::new();
    if let Some(build) = machine.build.as_ref().filter(|_| is_full) {
        let build = vec![Bit::name(build.as_str())];
        parts.push(labelled(words, words.say(|l| &l.build), build));
    }
    if let Some(is_vm) = machine.is_vm.filter(|_| is_full) {
        let answer = if is_vm {
            words.say(|l| &l.yes)
        } else {
            words.say(|l| &l.no)
        };
        let head = words.say(|l| &l.virtual_machine);
        parts.push(labelled(words, head, vec![Bit::words(answer)]));
    }
    if let Some(cmid) = machine.cmid.as_ref().filter(|_| is_full) {
        let cmid = vec![Bit::name(cmid.as_str())];
        parts.push(labelled(words, words.say(|l| &l.cmid), cmid));
    }
    if !machine.aliases.is_empty() {
        let names = words.names(&machine.aliases, NAMES);
        parts.push(labelled(words, words.say(|l| &l.aliases), names));
    }
    if is_full && !machine.kms_hosts.is_empty() {
        let names = words.names(&machine.kms_hosts, NAMES);
        parts.push(labelled(words, words.say(|l| &l.hosts_asked), names));
    }
    let separator = words.say(|l| &l.part);
    (!parts.is_empty()).then(|| joined(parts, &separator))
}
