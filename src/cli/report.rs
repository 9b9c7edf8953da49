//! `spptriage report`.

use chrono::{DateTime, Utc};
use spptriage::catalog::{Catalog, Severity};
use spptriage::diagnosis::{FindingStatus, Policy};
use spptriage::fleet::{ConcludeOptions, ScanOptions, Triage, conclude, scan};
use spptriage::input::discover;
use spptriage::report::model::Report;
use spptriage::report::render::{Format, RenderOptions, render};
use spptriage::report::{ReportOptions, build};

use super::args::{Arguments, InputArguments, ReportArguments};
use super::exit::{self, RunResult};
use super::output;
use super::progress::Progress;

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
    let policy = Policy {
        kms_hosts: report.kms_host.clone(),
        expiring_within: report.expiring_within,
        now: report.now,
    };
    let triage = read(arguments, &report.input, &catalog, &policy)?;
    let options = ReportOptions {
        language: output::language(arguments.lang, is_for_people),
        generated_at: report.generated_at.unwrap_or_else(now),
        arguments: given,
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
    Ok(exit::code(result(&triage, &report.input, report.fail_on)))
}

/// Reads what was named and concludes.
pub(super) fn read(
    arguments: &Arguments,
    input: &InputArguments,
    catalog: &Catalog,
    policy: &Policy,
) -> anyhow::Result<Triage> {
    let found = discover(&input.all_paths()?, &input.discover_options());
    let progress = Progress::start(arguments, input);
    let options = ScanOptions {
        threads: input.threads,
        watch: Some(progress.watch()),
        ..ScanOptions::default()
    };
    let mut summary = scan(found.sources, &options);
    drop(progress);
    for skipped in found.skipped {
        summary.add_skipped(skipped);
    }
    let options = ConcludeOptions {
        policy: policy.clone(),
        threads: input.threads,
    };
    Ok(conclude(summary, catalog, &options))
}

pub(super) fn result(
    triage: &Triage,
    input: &InputArguments,
    fail_on: Option<Severity>,
) -> RunResult {
    let is_found = fail_on.is_some_and(|least| {
        triage
            .findings
            .iter()
            .any(|finding| finding.status == FindingStatus::Active && finding.severity >= least)
    });
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
    for damage in &made.inputs.damage {
        let chunk = damage
            .chunk
            .map(|chunk| format!("chunk {chunk}: "))
            .unwrap_or_default();
        output::complain(&format!("{}: {chunk}{}", damage.log, damage.problem));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the binary's edge reads the clock, once"
)]
pub(super) fn now() -> DateTime<Utc> {
    DateTime::from(std::time::SystemTime::now())
}
