//! The outputs of a report: where each goes, in which format, and how it is said.
//!
//! They are settled before anything is read, so that a mistake costs no scan; afterwards each is
//! written on its own, and one that fails takes no other with it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use spptriage::catalog::Language;
use spptriage::report::Zone;
use spptriage::report::model::Report;
use spptriage::report::render::{Format, RenderOptions, render};
use spptriage::report::tables::{ReportTable, TableFormat};

use super::args::{Arguments, ReportArguments};
use super::folder::{self, Contents};
use super::output;
use super::words::say;

/// What stands for standard output.
const STDOUT: &str = "-";

/// What an output of a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportFormat {
    /// One text.
    Page(Format),
    /// A folder of tables.
    Tables(TableFormat),
}

impl ReportFormat {
    /// Every format.
    pub(crate) fn all() -> impl Iterator<Item = Self> + Clone {
        let pages = Format::ALL.iter().copied().map(Self::Page);
        pages.chain(TableFormat::ALL.iter().copied().map(Self::Tables))
    }

    /// Its name on the command line.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Page(format) => format.as_str(),
            Self::Tables(format) => format.as_str(),
        }
    }
}

/// In what the reports of several outputs differ: each way of saying is built once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Saying {
    pub(crate) language: Language,
    pub(crate) zone: Zone,
}

/// One output.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Where it goes; none for standard output.
    to: Option<PathBuf>,
    format: ReportFormat,
    pub(crate) saying: Saying,
}

/// How outputs are laid out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    overwrite: bool,
    csv_bom: bool,
    color: super::args::ColorChoice,
    width: Option<usize>,
    verbose: bool,
}

impl Layout {
    pub(crate) fn of(arguments: &Arguments, report: &ReportArguments) -> Self {
        Self {
            overwrite: report.overwrite,
            csv_bom: report.csv_bom,
            color: arguments.color,
            width: arguments.width,
            verbose: arguments.verbose > 0,
        }
    }
}

/// The outputs that were asked for.
///
/// # Errors
/// Where one of them cannot be made as it was asked for, or two of them are one.
pub(crate) fn targets(
    arguments: &Arguments,
    report: &ReportArguments,
) -> anyhow::Result<Vec<Target>> {
    let named = named(&report.output, report.format)?;
    let mut targets = Vec::new();
    for (to, format) in named {
        match (&to, format) {
            (Some(path), ReportFormat::Tables(_)) => {
                folder::check_free(path, report.overwrite, Contents::Tables)?;
            }
            (to, _) => output::check_target(to.as_deref())?,
        }
        let is_read_at_once = to.is_none() && output::is_terminal();
        // Whether people read it, and whether its language may be their system's.
        let (is_for_people, has_locale) = match format {
            ReportFormat::Page(Format::Text) => (true, is_read_at_once),
            ReportFormat::Page(Format::Markdown | Format::Html) => (true, true),
            ReportFormat::Page(Format::Json) | ReportFormat::Tables(_) => (false, false),
        };
        let saying = Saying {
            language: output::language(arguments.lang, has_locale),
            zone: if is_for_people {
                report.input.zone()
            } else {
                // What programs read is UTC.
                Zone::UTC
            },
        };
        targets.push(Target { to, format, saying });
    }
    check_apart(&targets)?;
    let has_tables = targets
        .iter()
        .any(|target| matches!(target.format, ReportFormat::Tables(_)));
    if report.overwrite && !has_tables {
        bail!(say(|t| &t.message.overwrite_file, &[]));
    }
    let has_csv = targets
        .iter()
        .any(|target| target.format == ReportFormat::Tables(TableFormat::Csv));
    if report.csv_bom && !has_csv {
        bail!(say(|t| &t.message.bom_without_csv, &[]));
    }
    Ok(targets)
}

/// Where each output goes, and in which format.
fn named(
    outputs: &[PathBuf],
    asked: Option<ReportFormat>,
) -> anyhow::Result<Vec<(Option<PathBuf>, ReportFormat)>> {
    let (one, several) = match outputs {
        [] => (Some(None), &[][..]),
        [one] => (Some(Some(one)), &[][..]),
        several => (None, several),
    };
    // Of one output -f says the format, whatever its name ends with.
    if let Some(to) = one {
        let to = to.filter(|path| path.as_os_str() != STDOUT);
        let format = match (asked, to) {
            (Some(asked), _) => asked,
            (None, Some(path)) => told(path, None)?,
            (None, None) => ReportFormat::Page(Format::Text),
        };
        check_kind(to.map(PathBuf::as_path), format)?;
        return Ok(vec![(to.cloned(), format)]);
    }
    let mut is_used = asked.is_none();
    let mut found = Vec::new();
    for path in several {
        let (to, format) = if path.as_os_str() == STDOUT {
            (None, asked.unwrap_or(ReportFormat::Page(Format::Text)))
        } else {
            (Some(path), told(path, asked)?)
        };
        is_used |= to.is_none_or(|path| of_ending(path).is_none());
        check_kind(to.map(PathBuf::as_path), format)?;
        found.push((to.cloned(), format));
    }
    if !is_used {
        bail!(say(|t| &t.message.format_unused, &[]));
    }
    Ok(found)
}

/// The format of one output: by its ending, else as asked, else tables for a folder and text for a
/// file.
fn told(path: &Path, asked: Option<ReportFormat>) -> anyhow::Result<ReportFormat> {
    if let Some(format) = of_ending(path) {
        return Ok(format);
    }
    if let Some(asked) = asked {
        return Ok(asked);
    }
    if output::is_folder(path) {
        return Ok(ReportFormat::Tables(TableFormat::Csv));
    }
    output::check_target(Some(path))?;
    if let Some(format) = tables_of_ending(path) {
        // Says what to name instead.
        check_kind(Some(path), ReportFormat::Tables(format))?;
    }
    output::check_ending(
        Some(path),
        false,
        &["txt", "text", "md", "markdown", "html", "htm", "json"],
    )?;
    Ok(ReportFormat::Page(Format::Text))
}

/// The format that a name tells. A folder's name tells none.
fn of_ending(path: &Path) -> Option<ReportFormat> {
    if output::is_folder(path) {
        return None;
    }
    Format::of_path(path).map(ReportFormat::Page)
}

/// The tables that a name would be the file of, if they were one file.
fn tables_of_ending(path: &Path) -> Option<TableFormat> {
    let ending = path.extension()?;
    let mut all = TableFormat::ALL.iter().copied();
    all.find(|format| ending.eq_ignore_ascii_case(format.as_str()))
}

/// Whether a format can go there: tables are several files and need a folder, a text is one file.
fn check_kind(to: Option<&Path>, format: ReportFormat) -> anyhow::Result<()> {
    let name = to
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    let values = [("name", name.as_str()), ("format", format.as_str())];
    match (to, format) {
        (None, ReportFormat::Tables(_)) => bail!(say(|t| &t.message.tables_to_stdout, &values)),
        (Some(path), ReportFormat::Tables(_))
            if !output::is_folder(path)
                && (of_ending(path).is_some() || tables_of_ending(path).is_some()) =>
        {
            bail!(say(|t| &t.message.tables_to_file, &values))
        }
        (Some(path), ReportFormat::Page(_)) if output::is_folder(path) => {
            bail!(say(|t| &t.message.page_to_folder, &values))
        }
        _ => Ok(()),
    }
}

/// Whether no output is, or lies in, another one.
fn check_apart(targets: &[Target]) -> anyhow::Result<()> {
    let mut places: Vec<(Option<PathBuf>, &Target)> = Vec::new();
    for target in targets {
        let place = target.to.as_deref().map(place);
        for (other, earlier) in &places {
            let (here, there) = match (&place, other) {
                (None, None) => bail!(say(|t| &t.message.stdout_twice, &[])),
                (Some(here), Some(there)) => (here, there),
                _ => continue,
            };
            let shown = |target: &Target| {
                let to = target.to.as_deref().unwrap_or(Path::new(STDOUT));
                to.display().to_string()
            };
            if here == there {
                bail!(say(|t| &t.message.same_file, &[("name", &shown(target))]));
            }
            if here.starts_with(there) || there.starts_with(here) {
                let (one, other) = (shown(earlier), shown(target));
                let values = [("one", one.as_str()), ("other", &other)];
                bail!(say(|t| &t.message.one_in_another, &values));
            }
        }
        places.push((place, target));
    }
    Ok(())
}

/// A path by which two names of one place are the same.
fn place(path: &Path) -> PathBuf {
    let real = fs::canonicalize(path).unwrap_or_else(|_| {
        let folder = fs::canonicalize(output::folder_of(path));
        match (folder, path.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        }
    });
    // What is not there yet only the file system could compare.
    if cfg!(any(windows, target_os = "macos")) {
        return PathBuf::from(real.to_string_lossy().to_lowercase());
    }
    real
}

impl Target {
    /// Where it goes; none for standard output.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.to.as_deref()
    }

    /// Whether the reader has the whole report before the eyes as soon as it is written.
    pub(crate) fn is_read_at_once(&self) -> bool {
        self.to.is_none() && self.format == ReportFormat::Page(Format::Text)
    }

    /// Writes the output, whole or not at all.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn write(&self, report: &Report, layout: Layout) -> anyhow::Result<()> {
        match (self.format, &self.to) {
            (ReportFormat::Page(format), to) => {
                let color = output::has_color(layout.color, to.is_some());
                let options = RenderOptions {
                    width: output::width(layout.width, to.is_some()),
                    color,
                    verbose: layout.verbose,
                };
                output::write(to.as_deref(), color, |out| {
                    render(report, format, &options, out)
                })
            }
            (ReportFormat::Tables(format), Some(path)) => {
                folder::write(path, layout.overwrite, Contents::Tables, |folder| {
                    let has_bom = format == TableFormat::Csv
                        && (layout.csv_bom || self.saying.language == Language::ZhCn);
                    for table in ReportTable::ALL {
                        let name = format.file_name(*table);
                        let out = folder::create(&folder.join(&name), has_bom)
                            .with_context(|| name.clone())?;
                        format.write(report, *table, out).context(name)?;
                    }
                    Ok(())
                })
            }
            (ReportFormat::Tables(_), None) => check_kind(None, self.format),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(outputs: &[&str], asked: Option<ReportFormat>) -> String {
        let outputs: Vec<PathBuf> = outputs.iter().map(PathBuf::from).collect();
        match named(&outputs, asked) {
            Ok(found) => found
                .iter()
                .map(|(to, format)| {
                    let to = to.as_deref().unwrap_or(Path::new(STDOUT));
                    format!("{}={}", to.display(), format.as_str())
                })
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error.to_string(),
        }
    }

    const JSON: Option<ReportFormat> = Some(ReportFormat::Page(Format::Json));
    const CSV: Option<ReportFormat> = Some(ReportFormat::Tables(TableFormat::Csv));

    #[test]
    fn one_output_has_the_format_that_was_asked_for_or_that_of_its_ending() {
        assert_eq!(told(&[], None), "-=text");
        assert_eq!(told(&[], JSON), "-=json");
        assert_eq!(told(&["-"], JSON), "-=json");
        assert_eq!(told(&["a.md"], None), "a.md=markdown");
        assert_eq!(told(&["a.md"], JSON), "a.md=json");
        assert_eq!(told(&["a"], None), "a=text");
        assert_eq!(told(&["new/"], None), "new/=csv");
        assert_eq!(told(&["new"], CSV), "new=csv");
        assert!(told(&["a.html5"], None).contains("no output format has the ending"));
        assert!(told(&[], CSV).contains("name a folder"));
        assert!(told(&["a.csv"], None).contains("name a folder"));
        assert!(told(&["a.csv"], CSV).contains("name a folder"));
        assert!(told(&["a.json"], CSV).contains("name a folder"));
        assert!(told(&["-"], CSV).contains("name a folder"));
        assert!(told(&["new/"], JSON).contains("this is a folder"));
    }

    #[test]
    fn of_several_outputs_each_has_the_format_of_its_ending() {
        assert_eq!(
            told(&["a.json", "a.md", "new/"], None),
            "a.json=json a.md=markdown new/=csv"
        );
        assert_eq!(told(&["a.md", "-"], None), "a.md=markdown -=text");
        assert_eq!(told(&["a.md", "new"], CSV), "a.md=markdown new=csv");
        assert_eq!(told(&["a.md", "a.log"], JSON), "a.md=markdown a.log=json");
        assert!(told(&["a.md", "a.log"], None).contains("no output format has the ending"));
        assert!(told(&["a.md", "a.txt"], JSON).contains("leave -f out"));
    }
}
