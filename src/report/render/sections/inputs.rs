//! What was read and how: logs with their counts, damage, notes, what was not looked at, and how
//! the report was made.

use crate::report::model::{DamagePart, DigitalCountPart, FilePart, NotePart, Report, SkippedPart};
use crate::report::phrases::grouped;
use crate::report::render::bit::{Bit, Bits, Row, Section, joined};
use crate::report::render::words::Words;

use super::{FEW, ROWS, labelled, limit, list, number, number_column, table, text_column};

/// Computers that a log shows.
const NAMES: usize = 5;

/// The sections on the input.
pub(super) fn all(words: &Words, report: &Report, verbose: bool) -> Vec<Section> {
    let inputs = &report.inputs;
    let limit = limit(ROWS, verbose);
    let mut sections = Vec::new();
    sections.extend(files(words, &inputs.files, limit));
    sections.extend(list(
        words,
        ("nothing", words.phrase(|p| &p.nothing.title)),
        &inputs.computers_without_events,
        limit,
        |computer| vec![Bit::name(computer.as_str())],
    ));
    sections.extend(list(
        words,
        ("digital-licenses", words.digital(|d| &d.counts, &[])),
        &inputs.digital_licenses,
        limit,
        |part: &DigitalCountPart| {
            let values = [
                ("id", &*part.event_id.to_string()),
                ("text", part.text.as_str()),
                ("n", &*grouped(part.count)),
            ];
            vec![Bit::words(words.digital(|d| &d.count_line, &values))]
        },
    ));
    sections.extend(list(
        words,
        ("damage", words.say(|l| &l.damage_list)),
        &inputs.damage,
        limit,
        |damage| damage_line(words, damage),
    ));
    sections.extend(list(
        words,
        ("notes", words.say(|l| &l.note_list)),
        &inputs.notes,
        limit,
        |note| note_line(words, note),
    ));
    sections.extend(list(
        words,
        ("skipped", words.say(|l| &l.skipped_list)),
        &inputs.skipped,
        limit,
        |skipped: &SkippedPart| {
            labelled_name(
                words,
                &skipped.path,
                vec![Bit::words(skipped.reason.as_str())],
            )
        },
    ));
    sections.push(Section::List {
        id: "made",
        title: words.say(|l| &l.made_list),
        items: made(words, report),
        more: None,
    });
    sections
}

fn files(words: &Words, files: &[FilePart], limit: usize) -> Option<Section> {
    let is_full = files.len() <= FEW || limit > ROWS;
    let columns = vec![
        text_column(words.say(|l| &l.log)),
        number_column(words.say(|l| &l.records_head)),
        number_column(words.say(|l| &l.events_head)),
    ];
    table(
        words,
        ("inputs", words.say(|l| &l.input_table)),
        columns,
        files,
        limit,
        |file: &FilePart| {
            let span = match (file.first, file.last) {
                (Some(first), Some(last)) => vec![Bit::words(words.span(first, last))],
                (Some(time), None) | (None, Some(time)) => vec![Bit::words(words.moment(time))],
                (None, None) => Bits::new(),
            };
            let bytes = if is_full {
                vec![Bit::whole(words.count(|l| &l.read_bytes, file.bytes))]
            } else {
                Bits::new()
            };
            let computers = words.names(&file.computers, NAMES);
            Row {
                cells: vec![
                    vec![Bit::path(file.log.as_str())],
                    number(file.records),
                    number(file.activation_events),
                ],
                notes: vec![joined([computers, span, bytes], &words.say(|l| &l.part))],
            }
        },
    )
}

fn damage_line(words: &Words, damage: &DamagePart) -> Bits {
    let mut place = String::new();
    if let Some(chunk) = damage.chunk {
        place.push_str(&words.comma());
        place.push_str(&words.fill(|l| &l.chunk, &[("number", &chunk.to_string())]));
    }
    if let Some(record) = damage.record_id {
        place.push_str(&words.comma());
        place.push_str(&words.fill(|l| &l.record, &[("number", &record.to_string())]));
    }
    let mut line = vec![
        Bit::path(damage.log.as_str()),
        Bit::words(place),
        Bit::words(words.say(|l| &l.colon)),
        Bit::words(damage.problem.as_str()),
    ];
    if let Some(lost) = damage.lost_records {
        let lost = words.count(|l| &l.lost_records, lost);
        line.push(Bit::words(words.aside(&lost)));
    }
    line
}

fn note_line(words: &Words, note: &NotePart) -> Bits {
    let mut place = String::new();
    if let Some(chunk) = note.chunk {
        place.push_str(&words.comma());
        place.push_str(&words.fill(|l| &l.chunk, &[("number", &chunk.to_string())]));
    }
    let line = vec![
        Bit::path(note.log.as_str()),
        Bit::words(place),
        Bit::words(words.say(|l| &l.colon)),
        Bit::words(note.note.as_str()),
    ];
    line
}

fn labelled_name(words: &Words, name: &str, value: Bits) -> Bits {
    let mut line = vec![Bit::name(name), Bit::words(words.say(|l| &l.colon))];
    line.extend(value);
    line
}

/// Counts of all input, then program, times and arguments.
fn made(words: &Words, report: &Report) -> Vec<Bits> {
    let inputs = &report.inputs;
    let decoded = words.count(|l| &l.read_decoded, inputs.chunks_decoded);
    let chunks = words.count(|l| &l.read_chunks, inputs.chunks) + &words.aside(&decoded);
    let mut counts = vec![
        words.count(|l| &l.read_logs, inputs.logs),
        words.count(|l| &l.read_bytes, inputs.bytes),
        chunks,
        words.count(|l| &l.records, inputs.records),
        words.count(|l| &l.read_events, inputs.activation_events),
    ];
    if inputs.duplicates > 0 {
        counts.push(words.count(|l| &l.read_duplicates, inputs.duplicates));
    }
    let mut items = vec![vec![Bit::words(counts.join(&words.comma()))]];
    if let Some(period) = report.period {
        let span = vec![Bit::words(words.span(period.first, period.last))];
        items.push(labelled(words, words.say(|l| &l.period), span));
    }
    if let Some(as_of) = report.as_of {
        let moment = vec![Bit::words(words.moment(as_of))];
        items.push(labelled(words, words.say(|l| &l.as_of), moment));
    }
    items.push(vec![Bit::words(words.fill(
        |l| &l.tool,
        &[
            ("name", report.tool.name),
            ("version", report.tool.version),
            ("catalog", report.made_with.catalog_version),
        ],
    ))]);
    let moment = vec![Bit::words(words.moment(report.generated_at))];
    items.push(labelled(words, words.say(|l| &l.made_at), moment));
    if !report.made_with.arguments.is_empty() {
        let arguments = report
            .made_with
            .arguments
            .iter()
            .map(|argument| vec![Bit::name(argument.as_str())]);
        let arguments = joined(arguments, " ");
        items.push(labelled(words, words.say(|l| &l.arguments), arguments));
    }
    for overlay in &report.made_with.overlays {
        let name = [("name", overlay.name.as_str())];
        let values = [name[0], ("sha256", overlay.sha256.as_str())];
        items.push(vec![Bit::words(words.overlay(|o| &o.line, &values))]);
        for problem in &overlay.problems {
            let values = [name[0], ("problem", problem.as_str())];
            items.push(vec![Bit::words(words.overlay(|o| &o.left_out, &values))]);
        }
    }
    items
}
