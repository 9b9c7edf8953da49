//! `spptriage report`.

use chrono::{DateTime, Utc};
use spptriage::catalog::{Catalog, Severity};
use spptriage::diagnosis::{FindingStatus, Policy};
use spptriage::fleet::{ConcludeOptions, ScanOptions, Triage, conclude, scan};
use spptriage::input::{Discovered, discover};
use spptriage::report::model::Report;
use spptriage::report::render::{Format, RenderOptions, render};
use spptriage::report::{ReportOptions, View, Zone, build};

use super::args::{Arguments, InputArguments, ReportArguments};
use super::exit::{self, RunResult};
use super::output;
use super::progress::Progress;
use super::select::filters;

pub(crate) fn run(
    arguments: &Arguments,
    report: &ReportArguments,
    given: Vec<String>,
) -> anyhow::Result<u8> {
    let to = report.input.output.as_deref();
    output::check_target(to)?;
    output::check_ending(
        to,
        report.format.is_some(),
        &["txt", "text", "md", "markdown", "json"],
    )?;
    let format = report
        .format
        .or_else(|| to.and_then(Format::of_path))
        .unwrap_or(Format::Text);
    let is_for_people = match format {
        Format::Text => to.is_none() && output::is_terminal(),
        Format::Markdown => true,
        Format::Json => false,
    };
    let catalog = Catalog::builtin();
    let how = ConcludeOptions {
        policy: Policy {
            kms_hosts: report.kms_host.clone(),
            expiring_within: report.expiring_within,
            now: report.now,
        },
        selection: report.selection.selection()?,
        ..ConcludeOptions::default()
    };
    let found = find(&report.input)?;
    let mut progress = Progress::start(arguments, &report.input);
    let triage = read(&mut progress, &report.input, found, &catalog, how);
    let options = ReportOptions {
        language: output::language(arguments.lang, is_for_people),
        zone: match format {
            Format::Text | Format::Markdown => report.input.zone(),
            // What programs read is UTC.
            Format::Json => Zone::UTC,
        },
        generated_at: report.generated_at.unwrap_or_else(now),
        arguments: given,
        view: report.view.view(),
        filters: filters(&report.selection, &report.view),
    };
    let made = build(&triage, &catalog, &options);
    let color = output::has_color(arguments.color, to.is_some());
    let layout = RenderOptions {
        width: output::width(),
        color,
        verbose: arguments.verbose > 0,
    };
    output::write(to, color, |out| render(&made, format, &layout, out))?;
    if !arguments.quiet && (to.is_some() || format != Format::Text) {
        tell_problems(&made);
    }
    let is_found = report
        .fail_on
        .is_some_and(|least| is_found(&triage, &options.view, least));
    Ok(exit::code(result(&triage, &report.input, is_found)))
}

/// Finds what was named.
///
/// # Errors
/// Where a list of paths cannot be read, or results were to be written over what is read.
pub(super) fn find(input: &InputArguments) -> anyhow::Result<Discovered> {
    let mut paths = input.all_paths()?;
    let found = discover(&paths, &input.discover_options());
    if let Some(to) = input.output.as_deref() {
        paths.extend(input.paths_from.clone());
        output::check_not_read(to, &paths, &found.files)?;
    }
    Ok(found)
}

/// Reads what was found and concludes.
pub(super) fn read(
    progress: &mut Progress,
    input: &InputArguments,
    found: Discovered,
    catalog: &Catalog,
    how: ConcludeOptions,
) -> Triage {
    let options = ScanOptions {
        threads: input.threads,
        watch: Some(progress.watch()),
        ..ScanOptions::default()
    };
    let mut summary = scan(found.sources, &options);
    progress.hide();
    for skipped in found.skipped {
        summary.add_skipped(skipped);
    }
    for name in found.repeated {
        summary.add_repeated(name);
    }
    let how = ConcludeOptions {
        threads: input.threads,
        ..how
    };
    conclude(summary, catalog, &how)
}

/// Whether an active finding that is listed is this severe or more.
fn is_found(triage: &Triage, view: &View, least: Severity) -> bool {
    view.findings(triage)
        .any(|finding| finding.status == FindingStatus::Active && finding.severity >= least)
}

pub(super) fn result(triage: &Triage, input: &InputArguments, is_found: bool) -> RunResult {
    RunResult {
        logs: triage.files.len(),
        is_damaged: !triage.damage.is_empty() || !triage.skipped.is_empty(),
        is_found,
        allow_damage: input.allow_damage,
        is_interrupted: triage.is_incomplete,
    }
}

/// Says on stderr what could not be read, where the report itself is not before the reader's eyes.
fn tell_problems(made: &Report) {
    for skipped in &made.inputs.skipped {
        output::complain(&format!("{}: {}", skipped.path, skipped.reason));
    }
    made.inputs
        .damage
        .iter()
        .for_each(output::complain_of_damage);
}

#[expect(
    clippy::disallowed_methods,
    reason = "the binary's edge reads the clock, once"
)]
pub(super) fn now() -> DateTime<Utc> {
    DateTime::from(std::time::SystemTime::now())
}
