//! Activation events as a table: a row each, what its codes mean beneath.

use crate::catalog::{Catalog, Language};
use crate::report::render::RenderOptions;
use crate::report::render::bit::{Bit, Bits, Column, Row, Tone, joined};
use crate::report::render::sections::labelled;
use crate::report::render::words::Words;
use crate::report::rows::{EventRow, said};
use crate::report::zone::Zone;

use super::paper::Paper;
use super::table;

/// Event rows as text.
pub(in crate::report::render) fn event_table(
    rows: &[EventRow],
    catalog: &Catalog,
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
    ];
    let rows: Vec<Row> = rows
        .iter()
        .map(|row| event(&words, row, catalog, options.verbose))
        .collect();
    if !rows.is_empty() {
        table::write(&mut paper, &words, &columns, &rows);
    }
    paper.finish()
}

fn event(words: &Words, row: &EventRow, catalog: &Catalog, verbose: bool) -> Row {
    let mut notes = vec![about(words, row, catalog)];
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
        let kind = vec![Bit::words(row.kind)];
        notes.push(labelled(words, words.say(|l| &l.kind), kind));
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
        ],
        notes,
    }
}

/// What the event is, and which KMS host, client and product it is about.
fn about(words: &Words, row: &EventRow, catalog: &Catalog) -> Bits {
    let title = said::title(row, catalog, words.language());
    let host = said::kms_host(row).map(|host| {
        let label = words.lead(|p| &p.kms_host, &[]);
        labelled(words, label, vec![Bit::name(host)])
    });
    let client = said::client(row).map(|client| {
        let label = words.say(|l| &l.client);
        labelled(words, label, vec![Bit::name(client)])
    });
    let product = said::product(row, catalog).map(|product| vec![Bit::name(product)]);
    let told = [host, client, product].into_iter().flatten();
    let all = std::iter::once(vec![Bit::words(title)]).chain(told);
    joined(all, &words.say(|l| &l.part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hresult::Hresult;
    use crate::report::model::Code;
    use crate::report::render::sample;
    use crate::report::rows::{Cell, CodeCell, ROW_SCHEMA};

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
            fields: [
                ("kms_host", Cell::Text("kms01".to_owned())),
                ("kms_port", Cell::Number(1688)),
            ]
            .into(),
            unparsed: Default::default(),
            data: vec!["0x8007232B,,".to_owned()],
            attempt: None,
        };
        let catalog = Catalog::builtin();
        let options = RenderOptions::default();
        let text = event_table(&[row], &catalog, Language::En, &Zone::UTC, &options);
        insta::assert_snapshot!(text, @r"
          Computer     Time (UTC)           Record  Event
          PC\u{1b}[2J  2026-10-01 08:00:00      77  12288
            The KMS client sent a request, or failed to; KMS host: kms01:1688
            0x8007232B  DNS_ERROR_RCODE_NAME_ERROR  DNS has no name
        ");
    }
}
