//! `spptriage events`.

use std::io::Write;

use spptriage::catalog::Catalog;
use spptriage::fleet::{ConcludeOptions, ScanOptions, Triage, each_event};
use spptriage::input::discover;
use spptriage::report::events::{AttemptIndex, Row, event_row, input_rows};
use spptriage::report::render::{RenderOptions, event_table, row_cautions};
use spptriage::report::{ReportOptions, RowFilter, build};

use super::args::{Arguments, EventsArguments, EventsFormat};
use super::report::{has_ending, now, read, result, tell_problems};
use super::select::filters;
use super::{exit, output};

pub(crate) fn run(
    arguments: &Arguments,
    events: &EventsArguments,
    given: Vec<String>,
) -> anyhow::Result<u8> {
    let to = events.input.output.as_deref();
    output::check_target(to)?;
    output::check_ending(
        to,
        events.format.is_some(),
        &["txt", "text", "ndjson", "jsonl"],
    )?;
    let by_ending = to
        .filter(|path| has_ending(path, &["ndjson", "jsonl"]))
        .map(|_| EventsFormat::Ndjson);
    let format = events.format.or(by_ending).unwrap_or(EventsFormat::Table);
    let catalog = Catalog::builtin();
    let how = ConcludeOptions {
        selection: events.selection.selection()?,
        ..ConcludeOptions::default()
    };
    let triage = read(&events.input, &catalog, &how);
    let is_for_people = format == EventsFormat::Table && to.is_none() && output::is_terminal();
    let language = output::language(arguments.lang, is_for_people);
    let options = ReportOptions {
        language,
        generated_at: now(),
        arguments: given,
        view: events.view.view(),
        filters: filters(&events.selection, &events.view),
    };
    let filter = RowFilter::new(&triage, &catalog, &options.view);
    let made = build(&triage, &catalog, &options);
    let attempts = AttemptIndex::of(&triage);
    let color = output::has_color(arguments.color, to.is_some());
    output::write(to, color, |out| match format {
        EventsFormat::Ndjson => {
            let row = |out: &mut dyn Write, row: &Row| -> std::io::Result<()> {
                serde_json::to_writer(&mut *out, row)?;
                out.write_all(b"\n")
            };
            each(events, &triage, &mut |event| {
                if !filter.has(event) {
                    return Ok(());
                }
                row(
                    out,
                    &Row::Event(Box::new(event_row(event, &attempts, &catalog, language))),
                )
            })?;
            for input in input_rows(&made, &triage) {
                row(out, &input)?;
            }
            Ok(())
        }
        EventsFormat::Table => {
            let mut rows = Vec::new();
            let mut left_out = 0;
            each(events, &triage, &mut |event| {
                if filter.has(event) {
                    rows.push(event_row(event, &attempts, &catalog, language));
                } else {
                    left_out += 1;
                }
                Ok(())
            })?;
            let cautions = row_cautions(&options.filters, rows.len() as u64, left_out, language);
            for line in &cautions {
                writeln!(out, "{line}")?;
            }
            if rows.is_empty() {
                // A table without rows would not say why. What a machine's state is, is no answer to
                // a question for rows.
                let headline = Some(&made.summary.headline).filter(|_| left_out == 0);
                for line in headline.into_iter().chain(&made.summary.explanation) {
                    writeln!(out, "{line}")?;
                }
                return Ok(());
            }
            if !cautions.is_empty() {
                writeln!(out)?;
            }
            let layout = RenderOptions {
                width: output::width(),
                color,
                verbose: arguments.verbose > 0,
            };
            event_table(&rows, language, &layout, out)
        }
    })?;
    if !arguments.quiet {
        tell_problems(&made);
    }
    Ok(exit::code(result(&triage, &events.input, false)))
}

/// Reads the inputs once more, sorted by log name, and hands out each activation event.
fn each(
    events: &EventsArguments,
    triage: &Triage,
    see: &mut dyn FnMut(&spptriage::spp::SppEvent) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let (sources, _) = discover(&events.input.paths);
    debug_assert!(
        sources.len() >= triage.files.len(),
        "what was read once can be found again"
    );
    each_event(sources, &ScanOptions::default(), see)
}
