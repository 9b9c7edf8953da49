//! Activation events as a table: a row each, what its codes mean beneath.

use crate::catalog::Language;
use crate::report::render::RenderOptions;
use crate::report::render::bit::{Bit, Bits, Column, Row, Tone, joined};
use crate::report::render::words::Words;
use crate::report::rows::EventRow;
use crate::report::zone::Zone;

use super::paper::Paper;
use super::table;

/// Event rows as text.
pub(in crate::report::render) fn event_table(
    rows: &[EventRow],
    language: Language,
    zone: &Zone,
    options: &RenderOptions,
) -> String {
    let words = Words::of(language, zone.clone());
    let mut paper = Paper::new(options, words.is_chinese());
    let column = |head: String, is_number: bool| Column { head, is_number };
    let columns = [
        column(words.say(|l| &l.computer), false),
        column(words.say(|l| &l.time_head), false),
        column(words.say(|l| &l.record_head), true),
        column(words.say(|l| &l.event_head), true),
        column(words.say(|l| &l.kind), false),
    ];
    let rows: Vec<Row> = rows
        .iter()
        .map(|row| event(&words, row, options.verbose))
        .collect();
    if !rows.is_empty() {
        table::write(&mut paper, &words, &columns, &rows);
    }
    paper.finish()
}

fn event(words: &Words, row: &EventRow, verbose: bool) -> Row {
    let mut notes: Vec<Bits> = Vec::new();
    let mut told = Vec::new();
    for cell in &row.hresults {
        if cell.code.0.bits() == 0 || told.contains(&cell.code) {
            continue;
        }
        told.push(cell.code);
        let tone = if cell.code.0.is_failure() {
            Tone::Bad
        } else {
            Tone::Plain
        };
        let mut note = vec![vec![Bit::name(cell.code.to_string()).toned(tone)]];
        note.extend(cell.symbol.map(|symbol| vec![Bit::name(symbol)]));
        note.extend(cell.title.clone().map(|title| vec![Bit::words(title)]));
        notes.push(joined(note, "  "));
    }
    if verbose {
        notes.push(vec![Bit::name(row.log.as_str())]);
        if !row.data.is_empty() {
            notes.push(vec![Bit::name(row.data.join(" | "))]);
        }
    }
    Row {
        cells: vec![
            vec![Bit::name(row.computer.as_str())],
            vec![Bit::words(words.clock(row.time))],
            vec![Bit::words(row.record_id.to_string())],
            vec![Bit::words(row.event_id.to_string())],
            vec![Bit::words(row.kind)],
        ],
        notes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hresult::Hresult;
    use crate::report::model::Code;
    use crate::report::render::sample;
    use crate::report::rows::{CodeCell, ROW_SCHEMA};

    #[test]
    fn an_event_shows_its_codes_and_hides_what_acts() {
        let code = |bits| CodeCell {
            code: Code(Hresult::new(bits)),
            role: "result",
            symbol: Some("DNS_ERROR_RCODE_NAME_ERROR"),
            title: Some("DNS has no name".to_owned()),
        };
        let row = EventRow {
            schema: ROW_SCHEMA,
            time: sample::at(1, "08:00:00"),
            computer: "PC\u{1b}[2J".to_owned(),
            channel: "Application".to_owned(),
            log: "a.evtx".to_owned(),
            chunk: 0,
            record_id: 77,
            file_record_id: 77,
            provider: "Microsoft-Windows-Security-SPP".to_owned(),
            event_id: 12288,
            qualifiers: None,
            level: None,
            kind: "kms-request",
            severity: None,
            hresult: None,
            hresults: vec![code(0x8007_232B), code(0), code(0x8007_232B)],
            fields: Default::default(),
            unparsed: Default::default(),
            data: vec!["0x8007232B,,".to_owned()],
            attempt: None,
        };
        let text = event_table(&[row], Language::En, &Zone::UTC, &RenderOptions::default());
        insta::assert_snapshot!(text, @r"
          Computer     Time (UTC)           Record  Event  Kind
          PC\u{1b}[2J  2026-10-01 08:00:00      77  12288  kms-request
            0x8007232B  DNS_ERROR_RCODE_NAME_ERROR  DNS has no name
        ");
    }
}
