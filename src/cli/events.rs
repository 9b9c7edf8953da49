//! `spptriage events`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use spptriage::catalog::{Catalog, Language};
use spptriage::eventlog::{Damage, DamageKind};
use spptriage::fleet::{ConcludeOptions, ScanOptions, Seen, Triage, each_event};
use spptriage::input::{Discovered, LogName, SkipReason, Skipped};
use spptriage::report::render::{
    RenderOptions, event_table, lines, redaction_caution, row_cautions,
};
use spptriage::report::rows::{
    EventRow, PartitionBy, RecordIndex, RowFormat, RowOptions, ToldRow, event_row, input_row,
    input_rows, skipped_row,
};
use spptriage::report::{Redactor, ReportOptions, RowFilter, build};
use spptriage::spp::SppEvent;

use super::args::{Arguments, EventsArguments, EventsFormat, PartitionColumn};
use super::catalog;
use super::exit::{self, RunResult};
use super::folder::{self, Contents, FolderRows};
use super::output;
use super::progress::Progress;
use super::report::{find, now, read, result};
use super::select::filters;
use super::words::say;

/// What takes rows.
type See<'a> = &'a mut dyn FnMut(EventRow) -> io::Result<()>;

pub(crate) fn run(
    arguments: &Arguments,
    events: &EventsArguments,
    given: Vec<String>,
) -> anyhow::Result<u8> {
    let to = to(events);
    let into_folder = to.filter(|path| is_folder(path, events));
    if into_folder.is_none() {
        if events.overwrite {
            anyhow::bail!(say(|t| &t.message.overwrite_file, &[]));
        }
        output::check_target(to)?;
        output::check_ending(
            to,
            events.format.is_some(),
            &["txt", "text", "ndjson", "jsonl", "csv", "parquet"],
        )?;
    }
    let format = match events.format {
        Some(asked) => row_format(asked),
        None if into_folder.is_some() => {
            anyhow::bail!(say(|t| &t.message.folder_format, &[]))
        }
        None => match to.and_then(Path::extension) {
            Some(ending) if ending.eq_ignore_ascii_case("parquet") && !HAS_PARQUET => {
                anyhow::bail!(say(|t| &t.message.no_parquet, &[]))
            }
            _ => to.and_then(RowFormat::of_path),
        },
    };
    let catalog = catalog::load(arguments)?;
    let is_for_people = format.is_none() && to.is_none() && output::is_terminal();
    let language = output::language(arguments.lang, is_for_people);
    let Some(format) = format else {
        if into_folder.is_some() {
            anyhow::bail!(say(|t| &t.message.table_folder, &[]));
        }
        if events.csv_bom {
            anyhow::bail!(say(|t| &t.message.bom_without_csv, &[]));
        }
        return table(arguments, events, given, &catalog, language);
    };
    if !format.is_text() && to.is_none() {
        anyhow::bail!(say(|t| &t.message.not_text, &[]));
    }
    let options = RowOptions {
        catalog: &catalog,
        language,
    };
    if events.csv_bom && format != RowFormat::Csv {
        anyhow::bail!(say(|t| &t.message.bom_without_csv, &[]));
    }
    // What reads a pipe of text stumbles over the mark; who double-clicks a file needs it.
    let has_bom = format == RowFormat::Csv
        && (events.csv_bom || (to.is_some() && language == Language::ZhCn));
    let mut reading = Reading::of(arguments, events, &catalog, language)?;
    let mut read = Read::default();
    match into_folder {
        Some(path) => {
            let by = events.partition_by.map(|by| match by {
                PartitionColumn::Computer => PartitionBy::Computer,
                PartitionColumn::Day => PartitionBy::Day,
            });
            folder::write(path, events.overwrite, Contents::Rows, |folder| {
                let mut rows = FolderRows::new(folder, format, has_bom, by, options)?;
                read = reading.each(&mut |row| rows.event(row))?;
                rows.finish(&read.told)?;
                Ok(())
            })?;
        }
        None => {
            // A terminal is shielded from what strings of logs would do to it; a pipe gets them whole.
            let is_raw = to.is_some() || !output::is_terminal();
            output::write(to, is_raw, |out| {
                if has_bom {
                    out.write_all(output::UTF8_BOM)?;
                }
                let mut writer = format.writer(out, options)?;
                read = reading.each(&mut |row| writer.event(&row))?;
                read.told.iter().try_for_each(|row| writer.told(row))?;
                writer.finish()
            })?;
        }
    }
    if !arguments.quiet {
        tell_problems(&read.told);
    }
    Ok(exit::code(read.result(events)))
}

const HAS_PARQUET: bool = cfg!(feature = "parquet");

/// Where results go; none for standard output.
fn to(events: &EventsArguments) -> Option<&Path> {
    events
        .output
        .as_deref()
        .filter(|path| *path != Path::new("-"))
}

/// Whether results go into a folder.
fn is_folder(path: &Path, events: &EventsArguments) -> bool {
    events.partition_by.is_some() || output::is_folder(path)
}

/// The format of rows; none for the table, which is for people.
fn row_format(asked: EventsFormat) -> Option<RowFormat> {
    match asked {
        EventsFormat::Table => None,
        EventsFormat::Ndjson => Some(RowFormat::Ndjson),
        EventsFormat::Csv => Some(RowFormat::Csv),
        #[cfg(feature = "parquet")]
        EventsFormat::Parquet => Some(RowFormat::Parquet),
        EventsFormat::Timesketch => Some(RowFormat::Timesketch),
    }
}

/// Writes a table for people.
fn table(
    arguments: &Arguments,
    events: &EventsArguments,
    given: Vec<String>,
    catalog: &Catalog,
    language: Language,
) -> anyhow::Result<u8> {
    let to = to(events);
    let color = output::has_color(arguments.color, to.is_some());
    let mut reading = Reading::of(arguments, events, catalog, language)?;
    let mut read = Read::default();
    let filters = filters(&events.selection, &events.view);
    let told = match &reading.redactor {
        Some(redactor) => redactor.filters(&filters),
        None => filters.clone(),
    };
    output::write(to, color, |out| {
        let mut rows = Vec::new();
        read = reading.each(&mut |row| {
            rows.push(row);
            Ok(())
        })?;
        let mut cautions = row_cautions(&told, rows.len() as u64, read.left_out, language);
        if reading.redactor.is_some() {
            cautions.push(redaction_caution(language));
        }
        let layout = RenderOptions {
            width: output::width(arguments.width, to.is_some()),
            color,
            verbose: arguments.verbose > 0,
        };
        let mut say = |text: &str| {
            let lines = lines(text, layout.width, language);
            lines.iter().try_for_each(|line| writeln!(out, "{line}"))
        };
        for caution in &cautions {
            say(caution)?;
        }
        if let (true, Some(triage)) = (rows.is_empty(), &reading.triage) {
            // A table without rows would not say why. What a machine's state is, is no answer to a
            // question for rows.
            let options = ReportOptions {
                arguments: given,
                view: events.view.view(),
                filters,
                zone: events.input.zone(),
                redactor: reading.redactor.clone(),
                ..ReportOptions::new(language, now())
            };
            let made = build(triage, catalog, &options);
            let headline = Some(&made.summary.headline).filter(|_| read.left_out == 0);
            for line in headline.into_iter().chain(&made.inputs.explanation) {
                say(line)?;
            }
            return Ok(());
        }
        if !cautions.is_empty() {
            writeln!(out)?;
        }
        event_table(&rows, catalog, language, &events.input.zone(), &layout, out)
    })?;
    if !arguments.quiet {
        tell_problems(&read.told);
    }
    Ok(exit::code(read.result(events)))
}

/// How rows come about: in a second pass over what was concluded from, or as they are read.
struct Reading<'a> {
    events: &'a EventsArguments,
    catalog: &'a Catalog,
    language: Language,
    found: Discovered,
    /// What the first pass came to; none where there is one pass only.
    triage: Option<Triage>,
    /// Replaces what tells of somebody; none where names are told.
    redactor: Option<Arc<Redactor>>,
    /// Ends both passes.
    progress: Progress,
}

/// What reading came to beside events.
#[derive(Default)]
struct Read {
    told: Vec<ToldRow>,
    /// Events that the selection or the view leaves out.
    left_out: u64,
    result: Option<RunResult>,
}

impl Read {
    fn result(&self, events: &EventsArguments) -> RunResult {
        self.result.unwrap_or(RunResult {
            logs: 0,
            is_damaged: false,
            is_found: false,
            allow_damage: events.input.allow_damage,
            is_interrupted: false,
        })
    }
}

impl<'a> Reading<'a> {
    fn of(
        arguments: &Arguments,
        events: &'a EventsArguments,
        catalog: &'a Catalog,
        language: Language,
    ) -> anyhow::Result<Self> {
        let found = find(&events.input, to(events))?;
        let mut progress = Progress::start(arguments, &events.input);
        if events.stream {
            // How far it is shows in the rows.
            progress.hide();
        }
        let triage = if events.stream {
            if !filters(&events.selection, &events.view).is_empty() {
                anyhow::bail!(say(|t| &t.message.stream_filters, &[]));
            }
            None
        } else {
            let how = ConcludeOptions {
                selection: events.selection.selection()?,
                ..ConcludeOptions::default()
            };
            if let Some(once) = found.sources.iter().find(|source| !source.is_repeatable()) {
                let values = [("name", once.name().as_str())];
                anyhow::bail!(say(|t| &t.message.only_once, &values));
            }
            let found = found.clone();
            Some(read(&mut progress, &events.input, found, catalog, how))
        };
        let redactor = events.input.redact.then(|| match &triage {
            Some(triage) => Redactor::of(triage),
            None => Redactor::unprepared(),
        });
        Ok(Self {
            events,
            catalog,
            language,
            found,
            triage,
            redactor,
            progress,
        })
    }

    fn options(&self) -> ScanOptions {
        ScanOptions {
            watch: Some(self.progress.watch()),
            ..ScanOptions::default()
        }
    }

    /// Hands out each activation event as a row.
    fn each(&mut self, see: See<'_>) -> io::Result<Read> {
        let Some(mut triage) = self.triage.take() else {
            return self.stream(see);
        };
        let read = self.again(&mut triage, see);
        self.triage = Some(triage);
        read
    }

    /// Reads the inputs once more, sorted by log name. What has changed since the first pass is told
    /// with what that one came to.
    fn again(&self, triage: &mut Triage, see: See<'_>) -> io::Result<Read> {
        let mut change = Change::default();
        let index = RecordIndex::of(&self.told(triage));
        let view = self.events.view.view();
        let filter = RowFilter::new(triage, self.catalog, &view);
        let mut left_out = 0;
        each_event(
            self.found.sources.clone(),
            &self.options(),
            &mut |seen| match seen {
                Seen::Event(event) if filter.has(event) => see(self.row(event, &index)),
                Seen::Event(_) => {
                    left_out += 1;
                    Ok(())
                }
                other => {
                    change.see(triage, other);
                    Ok(())
                }
            },
        )?;
        change.tell(triage);
        let mut told = input_rows(&self.told(triage), self.language);
        let mut chosen = filters(&self.events.selection, &self.events.view);
        if let Some(redactor) = &self.redactor {
            chosen = redactor.filters(&chosen);
        }
        for row in &mut told {
            if let ToldRow::Input(input) = row {
                input.filters.extend(chosen.iter().cloned());
                input.redacted |= self.redactor.is_some();
            }
        }
        Ok(Read {
            told,
            left_out,
            result: Some(result(triage, &self.events.input, false)),
        })
    }

    /// What was concluded, as it may be told.
    fn told<'t>(&self, triage: &'t Triage) -> Cow<'t, Triage> {
        match &self.redactor {
            Some(redactor) => Cow::Owned(redactor.triage(triage)),
            None => Cow::Borrowed(triage),
        }
    }

    /// The row of an event, as it may be told.
    fn row(&self, event: &SppEvent, index: &RecordIndex) -> EventRow {
        match &self.redactor {
            Some(redactor) => event_row(&redactor.event(event), index, self.catalog, self.language),
            None => event_row(event, index, self.catalog, self.language),
        }
    }

    /// The row of an input that was not read, as it may be told.
    fn skipped(&self, skipped: &Skipped) -> ToldRow {
        match &self.redactor {
            Some(redactor) => skipped_row(&redactor.skipped(skipped), self.language),
            None => skipped_row(skipped, self.language),
        }
    }

    /// Reads the inputs as they come, once.
    fn stream(&self, see: See<'_>) -> io::Result<Read> {
        let skipped = self.found.skipped.iter();
        let skipped: Vec<_> = skipped.map(|skipped| self.skipped(skipped)).collect();
        let mut told = Vec::new();
        let mut run = RunResult {
            logs: 0,
            is_damaged: !skipped.is_empty(),
            is_found: false,
            allow_damage: self.events.input.allow_damage,
            is_interrupted: false,
        };
        let index = RecordIndex::default();
        each_event(self.found.sources.clone(), &self.options(), &mut |seen| {
            match seen {
                Seen::Event(event) => return see(self.row(event, &index)),
                Seen::Log {
                    name,
                    counts,
                    activation_events,
                    computers,
                } => {
                    run.logs += 1;
                    run.is_damaged |= !counts.damage.is_empty();
                    let (name, counts, computers) = match &self.redactor {
                        Some(redactor) => (
                            redactor.log(&name),
                            Box::new(redactor.counts(&counts)),
                            redactor.computers(&computers),
                        ),
                        None => (name, counts, computers),
                    };
                    let mut row =
                        input_row(&name, &counts, activation_events, computers, self.language);
                    if let ToldRow::Input(input) = &mut row {
                        input.redacted |= self.redactor.is_some();
                    }
                    told.push(row);
                }
                Seen::Skipped(skipped) => {
                    run.is_damaged = true;
                    run.is_interrupted |= is_of_ending(&skipped);
                    told.push(self.skipped(&skipped));
                }
                _ => {}
            }
            Ok(())
        })?;
        told.extend(skipped);
        Ok(Read {
            told,
            left_out: 0,
            result: Some(run),
        })
    }
}

/// How the second pass differs from the first: files vanish and change meanwhile, and Ctrl-C ends it.
#[derive(Default)]
struct Change {
    skipped: BTreeSet<Skipped>,
    damage: BTreeSet<Damage>,
    handed_out: BTreeSet<LogName>,
}

impl Change {
    /// Takes in what the second pass says beside events.
    fn see(&mut self, first: &Triage, seen: Seen<'_>) {
        match seen {
            Seen::Log { name, counts, .. } => {
                let of_the_system = |damage: &Damage| {
                    matches!(
                        damage.kind,
                        DamageKind::Io { .. } | DamageKind::BecameShorter
                    )
                };
                self.damage.extend(
                    counts
                        .damage
                        .into_iter()
                        .filter(|damage| of_the_system(damage) && !first.damage.contains(damage)),
                );
                self.handed_out.insert(name);
            }
            Seen::Skipped(skipped) if !first.skipped.contains(&skipped) => {
                self.skipped.insert(skipped);
            }
            _ => {}
        }
    }

    /// Corrects what the first pass came to: a log that is gone since was not read.
    fn tell(self, triage: &mut Triage) {
        let gone: BTreeSet<&LogName> = self
            .skipped
            .iter()
            .map(|skipped| &skipped.path)
            .filter(|name| !self.handed_out.contains(*name))
            .collect();
        triage.files.retain(|file| !gone.contains(&file.log));
        triage.is_incomplete |= self.skipped.iter().any(is_of_ending);
        triage.skipped.extend(self.skipped);
        triage.skipped.sort();
        triage.damage.extend(self.damage);
        triage.damage.sort();
    }
}

/// Whether something was not read because reading was to end.
fn is_of_ending(skipped: &Skipped) -> bool {
    matches!(
        skipped.reason,
        SkipReason::NotReached | SkipReason::NotToTheEnd
    )
}

/// Says on stderr what could not be read.
fn tell_problems(told: &[ToldRow]) {
    for row in told {
        match row {
            ToldRow::Skipped(skipped) => {
                output::complain_of(&skipped.path, &skipped.reason);
            }
            ToldRow::Input(input) => {
                for damage in &input.damage {
                    output::complain_of_damage(&damage.part);
                }
            }
        }
    }
}
