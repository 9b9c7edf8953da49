//! `spptriage report`.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use spptriage::catalog::{Catalog, Severity, grouped};
use spptriage::diagnosis::FindingStatus;
use spptriage::fleet::{ConcludeOptions, LogFile, ScanOptions, Triage, conclude, scan};
use spptriage::input::{Discovered, discover, read_text};
use spptriage::report::model::Report;
use spptriage::report::{Baseline, BaselineError, Redactor, ReportOptions, View, build};

use super::args::{Arguments, InputArguments, ReportArguments};
use super::catalog;
use super::exit::{self, RunResult};
use super::output;
use super::outputs::{self, Layout, Saying, Target};
use super::progress::Progress;
use super::select::filters;
use super::words::{count, say};

pub(crate) fn run(
    arguments: &Arguments,
    report: &ReportArguments,
    given: Vec<String>,
) -> anyhow::Result<u8> {
    let targets = outputs::targets(arguments, report)?;
    let asked = report.policy.asked()?;
    let baseline = match &report.baseline {
        Some(path) => Some(Arc::new(read_baseline(path)?)),
        None => None,
    };
    let catalog = catalog::load(arguments)?;
    let how = ConcludeOptions {
        policy: asked.policy,
        selection: report.selection.selection()?,
        ..ConcludeOptions::default()
    };
    let found = find(&report.input, targets.iter().filter_map(Target::path))?;
    let mut progress = Progress::start(arguments, &report.input);
    let triage = read(&mut progress, &report.input, found, &catalog, how);
    let redactor = report.input.redact.then(|| Redactor::of(&triage));
    let generated_at = report.generated_at.unwrap_or_else(now);
    let made = |saying: &Saying| {
        let options = ReportOptions {
            language: saying.language,
            zone: saying.zone.clone(),
            generated_at,
            arguments: given.clone(),
            view: report.view.view(),
            filters: filters(&report.selection, &report.view),
            baseline: baseline.clone(),
            redactor: redactor.clone(),
        };
        build(&triage, &catalog, &options)
    };
    let is_written = write(&targets, Layout::of(arguments, report), made, |first| {
        if !arguments.quiet && !targets.iter().any(Target::is_read_at_once) {
            tell_problems(first);
        }
    })?;
    if !is_written {
        return Ok(exit::USAGE);
    }
    let is_found = asked
        .fail_on
        .is_some_and(|least| is_found(&triage, &report.view.view(), least));
    let code = exit::code(result(&triage, &report.input, is_found));
    // The process ends here, and then the system takes everything back at once: of a fleet, piece by
    // piece takes a tenth of the time.
    std::mem::forget(triage);
    Ok(code)
}

/// Writes every output, and hands the first report out once all are written. Each way of saying is
/// built once.
///
/// Returns whether all could be written; why one could not is told.
///
/// # Errors
/// Where there is one output and it cannot be written.
fn write(
    targets: &[Target],
    layout: Layout,
    build: impl Fn(&Saying) -> Report,
    see: impl FnOnce(&Report),
) -> anyhow::Result<bool> {
    let mut made: Vec<(&Saying, Report)> = Vec::new();
    let mut is_written = true;
    for target in targets {
        let at = match made
            .iter()
            .position(|(saying, _)| **saying == target.saying)
        {
            Some(at) => at,
            None => {
                made.push((&target.saying, build(&target.saying)));
                made.len() - 1
            }
        };
        let Some((_, report)) = made.get(at) else {
            continue;
        };
        match target.write(report, layout) {
            Ok(()) => {}
            Err(error) if targets.len() == 1 => return Err(error),
            // Whoever read our output has had enough of it.
            Err(error) if output::is_closed_pipe(&error) => {}
            Err(error) => {
                output::complain(&output::told(&error));
                is_written = false;
            }
        }
    }
    if let Some((_, first)) = made.first() {
        see(first);
    }
    // As with all that it was made from.
    std::mem::forget(made);
    Ok(is_written)
}

/// Reads an earlier report.
///
/// # Errors
/// Where it cannot be read, or is no report that can be compared with.
fn read_baseline(path: &Path) -> anyhow::Result<Baseline> {
    let text = read_text(path).map_err(output::input_error)?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    Baseline::read(&name.to_string_lossy(), &text).map_err(|error| {
        let reason = match error {
            BaselineError::NotAReport { missing } => {
                say(|t| &t.message.no_report, &[("missing", missing)])
            }
            BaselineError::OtherVersion { found } => {
                let values = [("found", &*found.to_string())];
                say(|t| &t.message.other_report, &values)
            }
            _ => say(|t| &t.message.no_json, &[]),
        };
        let path = path.display().to_string();
        let values = [("name", path.as_str()), ("text", &reason)];
        anyhow::Error::msg(say(|t| &t.message.about, &values))
    })
}

/// Finds what was named.
///
/// # Errors
/// Where a list of paths cannot be read, or results were to be written over what is read.
pub(super) fn find<'a>(
    input: &InputArguments,
    outputs: impl IntoIterator<Item = &'a Path>,
) -> anyhow::Result<Discovered> {
    let mut paths = input.all_paths()?;
    let found = discover(&paths, &input.discover_options());
    paths.extend(input.paths_from.clone());
    for to in outputs {
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
    log::info!(
        "{}",
        count(|t| &t.progress.plan, found.sources.len() as u64, &[])
    );
    let begin = Instant::now();
    let mut summary = scan(found.sources, &options);
    let reading = begin.elapsed();
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
    let triage = conclude(summary, catalog, &how);
    tell_result(&triage, reading, begin.elapsed().saturating_sub(reading));
    triage
}

/// Says, where -v asks for it, what was read and how long it took.
fn tell_result(triage: &Triage, reading: Duration, diagnosis: Duration) {
    let sum = |of: fn(&LogFile) -> u64| triage.files.iter().map(of).sum::<u64>();
    let seconds = |time: Duration| format!("{:.1}", time.as_secs_f64());
    log::info!(
        "{}",
        count(
            |t| &t.progress.read,
            triage.files.len() as u64,
            &[
                ("megabytes", &grouped(sum(|file| file.bytes) / 1_000_000)),
                ("seconds", &seconds(reading)),
                ("decoded", &grouped(sum(|file| file.chunks_decoded))),
                ("chunks", &grouped(sum(|file| file.chunks))),
            ],
        )
    );
    let machines = triage.fleet.machines.len() as u64;
    let findings = triage.findings.len() as u64;
    let took = seconds(diagnosis);
    log::info!("{}", count(|t| &t.progress.machines, machines, &[]));
    log::info!(
        "{}",
        count(|t| &t.progress.findings, findings, &[("seconds", &took)])
    );
}

/// Whether an active finding that is listed is this severe or more.
fn is_found(triage: &Triage, view: &View, least: Severity) -> bool {
    view.findings(triage).any(|finding| {
        finding.status == FindingStatus::Active
            && !finding.is_accepted()
            && finding.severity >= least
    })
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
        output::complain_of(&skipped.path, &skipped.reason);
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
