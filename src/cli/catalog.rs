//! `spptriage catalog`, and the overlays that --catalog lays over the catalog.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use spptriage::catalog::{Catalog, CatalogFile, FindingId, Overlay, builtin_files, lint, schema};
use spptriage::hresult::Hresult;
use spptriage::input::read_file;
use spptriage::report::render::columns;
use spptriage::report::{ListedEntry, Listing, catalog_list, overlay_problem};

use super::args::Arguments;
use super::exit;
use super::folder::{self, Contents};
use super::output;
use super::words::{self, count, say};

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct CatalogArguments {
    #[command(subcommand)]
    command: CatalogCommand,
}

#[derive(Debug, Subcommand)]
enum CatalogCommand {
    List(ListArguments),
    Show(ShowArguments),
    Check {
        #[arg(required = true, value_name = "PATH")]
        overlay_paths: Vec<PathBuf>,
    },
    Export {
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    Schema,
}

#[derive(Debug, Args)]
struct ListArguments {
    #[arg(long, conflicts_with_all = ["findings", "all"])]
    events: bool,

    #[arg(long, conflicts_with = "all")]
    findings: bool,

    #[arg(long)]
    all: bool,

    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    format: ListFormat,
}

#[derive(Debug, Args)]
struct ShowArguments {
    #[arg(required = true, value_name = "CODE", allow_negative_numbers = true)]
    entries: Vec<String>,

    #[arg(short, long, value_name = "FORMAT", default_value = "toml")]
    format: ShowFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    Toml,
    Json,
}

/// The catalog with the overlays that were named; what is wrong with them is told.
///
/// # Errors
/// Where an overlay cannot be read.
pub(crate) fn load(arguments: &Arguments) -> anyhow::Result<Catalog> {
    let mut overlays = Vec::new();
    for path in files(&arguments.overlays)? {
        overlays.push(read(&path)?);
    }
    let catalog = Catalog::with_overlays(overlays);
    if !arguments.quiet {
        tell_problems(&catalog);
    }
    Ok(catalog)
}

/// Tells what was left out of overlays; how much that is.
fn tell_problems(catalog: &Catalog) -> usize {
    let mut told = 0;
    for info in catalog.overlays() {
        for problem in &info.problems {
            output::complain_of(&info.name, &overlay_problem(problem, words::language()));
            told += 1;
        }
    }
    told
}

/// The files that are meant, those of a folder by name.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = found.len();
            in_folder(path, &mut found)?;
            if found.len() == before {
                bail!(output::of_path(path, |t| &t.message.no_overlays));
            }
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn in_folder(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let told = || output::of_path(folder, |t| &t.message.list_unreadable);
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in folder.read_dir().with_context(told)? {
        entries.push(entry.with_context(told)?.path());
    }
    entries.sort();
    for path in entries {
        if path.is_dir() {
            in_folder(&path, found)?;
        } else if path.extension().is_some_and(|ending| ending == "toml") {
            found.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Overlay> {
    let bytes = read_file(path).map_err(output::input_error)?;
    Ok(Overlay::parse(&path.display().to_string(), &bytes))
}

pub(crate) fn run(arguments: &Arguments, asked: &CatalogArguments) -> anyhow::Result<u8> {
    match &asked.command {
        CatalogCommand::List(list) => {
            let catalog = load(arguments)?;
            self::list(arguments, list, &catalog)
        }
        CatalogCommand::Show(show) => {
            let catalog = load(arguments)?;
            self::show(show, &catalog)
        }
        CatalogCommand::Check { overlay_paths } => check(arguments, overlay_paths),
        CatalogCommand::Export { folder } => export(folder),
        CatalogCommand::Schema => print(schema()),
    }
}

/// Writes to standard output.
fn print(text: &str) -> anyhow::Result<u8> {
    output::write(None, false, |out| out.write_all(text.as_bytes()))?;
    Ok(exit::DONE)
}

/// The columns of a line for people.
fn cells(line: ListedEntry) -> Vec<String> {
    match line {
        ListedEntry::Code {
            code,
            symbol,
            kind,
            severity,
            category,
            title,
            ..
        } => vec![
            code.to_string(),
            kind.to_owned(),
            severity.to_owned(),
            category,
            title,
            symbol.unwrap_or_default(),
        ],
        ListedEntry::Finding {
            id,
            severity,
            category,
            title,
        } => vec![id.to_owned(), severity.to_owned(), category, title],
        ListedEntry::Event {
            event_id,
            kinds,
            titles,
            ..
        } => vec![event_id.to_string(), titles.join(" / "), kinds.join(", ")],
    }
}

fn list(arguments: &Arguments, list: &ListArguments, catalog: &Catalog) -> anyhow::Result<u8> {
    let is_for_people = list.format == ListFormat::Text && output::is_terminal();
    let language = output::language(arguments.lang, is_for_people);
    let what = match list {
        ListArguments { events: true, .. } => Listing::Events,
        ListArguments { findings: true, .. } => Listing::Findings,
        ListArguments { all: true, .. } => Listing::AllCodes,
        ListArguments { .. } => Listing::Codes,
    };
    let lines = catalog_list(catalog, what, language);
    if list.format == ListFormat::Json {
        let mut text = serde_json::to_string_pretty(&lines)?;
        text.push('\n');
        return print(&text);
    }
    let rows: Vec<Vec<String>> = lines.into_iter().map(cells).collect();
    let mut text = String::new();
    let last = rows.first().map_or(0, |row| row.len().saturating_sub(1));
    let mut widths = vec![0; last];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = columns(cell, language).max(*width);
        }
    }
    for row in &rows {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            line.push_str(cell);
            if let Some(width) = widths.get(at) {
                let pad = width.saturating_sub(columns(cell, language)) + 2;
                line.extend(std::iter::repeat_n(' ', pad));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    print(&text)
}

/// The entry of what was typed, as it stands.
fn entry_text<'a>(catalog: &'a Catalog, asked: &str) -> Option<&'a str> {
    let asked = asked.trim();
    if let Some(text) = catalog.finding_text(asked) {
        return Some(text);
    }
    let is_event = asked.len() <= 5;
    let event = asked.parse().ok().filter(|_| is_event);
    if let Some(text) = event.and_then(|id| catalog.event_text(id)) {
        return Some(text);
    }
    let by_number = asked.parse::<Hresult>().ok();
    let code = by_number.or_else(|| {
        let named = Hresult::find_by_symbol(asked);
        let mut exact = named.iter();
        let exact = exact.find(|(_, name)| name.eq_ignore_ascii_case(asked));
        exact.map(|(code, _)| *code)
    });
    catalog.code_text(code?)
}

fn show(show: &ShowArguments, catalog: &Catalog) -> anyhow::Result<u8> {
    let mut texts = Vec::new();
    for asked in &show.entries {
        match entry_text(catalog, asked) {
            Some(text) => texts.push(text),
            None => bail!(say(|t| &t.message.no_entry, &[("name", asked)])),
        }
    }
    if show.format == ShowFormat::Toml {
        return print(&texts.join("\n"));
    }
    let values: Vec<toml::Table> = texts
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?;
    let mut text = serde_json::to_string_pretty(&values)?;
    text.push('\n');
    print(&text)
}

/// Holds files to everything that can be wrong with them: each by itself as an overlay, and what the
/// catalog comes to with them.
fn check(arguments: &Arguments, paths: &[PathBuf]) -> anyhow::Result<u8> {
    let files = self::files(paths)?;
    let overlays = files
        .iter()
        .map(|path| read(path))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let catalog = Catalog::with_overlays(overlays);
    let mut problems = tell_problems(&catalog);
    for complaint in lint(&changed_files(&catalog)) {
        output::complain_of(&complaint.file, &complaint.problem);
        problems += 1;
    }
    let overlays = || catalog.overlays().iter();
    let entries: usize = overlays().map(|info| info.entries).sum();
    let hosts: usize = overlays().map(|info| info.kms_hosts).sum();
    if !arguments.quiet {
        let values = [
            ("files", files.len().to_string()),
            ("entries", entries.to_string()),
            ("hosts", hosts.to_string()),
            ("problems", problems.to_string()),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let told = say(|t| &t.message.checked, &values);
        print(&format!("{told}\n"))?;
    }
    Ok(if problems > 0 {
        exit::FOUND
    } else {
        exit::DONE
    })
}

/// The entries that overlays change or add, with the others that lints compare them with.
fn changed_files(catalog: &Catalog) -> Vec<CatalogFile> {
    let plain = Catalog::builtin();
    let mut changed = Vec::new();
    let mut push = |folder: &str, name: String, text: Option<&str>, before: Option<&str>| {
        if let Some(text) = text.filter(|text| Some(*text) != before) {
            changed.push(CatalogFile {
                name: format!("{folder}/{name}"),
                text: text.to_owned(),
            });
        }
    };
    for code in catalog.codes() {
        push(
            "codes",
            code.to_string(),
            catalog.code_text(code),
            plain.code_text(code),
        );
    }
    for id in FindingId::ALL {
        let id = id.as_str();
        push(
            "findings",
            id.to_owned(),
            catalog.finding_text(id),
            plain.finding_text(id),
        );
    }
    for id in catalog.event_ids() {
        push(
            "events",
            id.to_string(),
            catalog.event_text(id),
            plain.event_text(id),
        );
    }
    changed
}

fn export(folder: &Path) -> anyhow::Result<u8> {
    let files = builtin_files();
    folder::write(folder, false, Contents::Catalog, |into| {
        for file in &files {
            let path = into.join(format!("{}.toml", file.name));
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut out = fs::File::create(&path)?;
            out.write_all(file.text.as_bytes())?;
        }
        Ok(())
    })?;
    let name = folder.display().to_string();
    let told = count(
        |t| &t.message.exported,
        files.len() as u64,
        &[("name", &name)],
    );
    print(&format!("{told}\n"))
}
