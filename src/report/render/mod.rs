//! The formats of a report. Each takes the finished model and only lays it out.
//!
//! What the people's formats share stands in `words` (phrases in the report's language), `facts`
//! (what is told of a finding), `sections` (tables and lists), `evidence` (the decisive field of a
//! record) and `shown` (hostile characters). A format is a file, a variant of [`Format`] and an arm
//! of [`render`].

mod bit;
mod cause;
mod evidence;
mod facts;
mod html;
mod json;
mod markdown;
mod sections;
mod shown;
mod states;
mod text;
mod width;
mod words;

#[cfg(test)]
pub(super) mod sample;
#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

pub(super) use shown::is_hidden;

use super::explain::Explanation;
use super::model::Report;
use super::rows::EventRow;
use super::zone::Zone;

/// A text from a log as it may be shown: what would act on a terminal or hide is written out.
pub fn shown(text: &str) -> std::borrow::Cow<'_, str> {
    shown::shown(text)
}
use crate::catalog::{Catalog, Language};

/// Breaks prose into lines of at most so many columns, as reports break theirs: between words and, where
/// there are none, between characters; a command between backticks stays whole where a line holds it.
pub fn lines(text: &str, width: usize, language: Language) -> Vec<String> {
    text::lines(text, width, language == Language::ZhCn)
}

/// How many columns of a terminal a text takes.
pub fn columns(text: &str, language: Language) -> usize {
    let wide = language == Language::ZhCn;
    width::Ruler { wide }.columns(text)
}

/// A format of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Text,
    /// GitHub Flavored Markdown, for tickets.
    Markdown,
    /// One page for a browser, which needs nothing else.
    Html,
    /// The model itself, for programs.
    Json,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] = &[Self::Text, Self::Markdown, Self::Html, Self::Json];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Json => "json",
        }
    }

    /// The format that a file's extension stands for, whatever its case.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "txt" | "text" => Some(Self::Text),
            "md" | "markdown" => Some(Self::Markdown),
            "html" | "htm" => Some(Self::Html),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// How a report is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderOptions {
    /// Columns of the terminal, for [`Format::Text`]; less than 40 count as 40.
    pub width: usize,
    /// Whether [`Format::Text`] may write ANSI colours.
    pub color: bool,
    /// Whether the people's formats show every row, record and attempt of the model.
    pub verbose: bool,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            width: 80,
            color: false,
            verbose: false,
        }
    }
}

/// What a reader of event rows must know: that options leave rows out, and how many; nothing where no
/// such option was given.
pub fn row_cautions(
    filters: &[String],
    rows: u64,
    left_out: u64,
    language: Language,
) -> Vec<String> {
    words::Words::of(language, Zone::UTC).row_cautions(filters, rows, left_out)
}

/// What a reader of redacted rows must know.
pub fn redaction_caution(language: Language) -> String {
    words::Words::of(language, Zone::UTC).redaction_caution()
}

/// Writes what codes and event ids mean, as text.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn explanations(
    explanations: &[Explanation],
    language: Language,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    out.write_all(text::explanations(explanations, language, options).as_bytes())
}

/// Writes events as a table of text, with the times of a zone.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn event_table(
    rows: &[EventRow],
    catalog: &Catalog,
    language: Language,
    zone: &Zone,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    out.write_all(text::event_table(rows, catalog, language, zone, options).as_bytes())
}

/// Writes a report in a format.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn render(
    report: &Report,
    format: Format,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Text => out.write_all(text::render(report, options).as_bytes()),
        Format::Markdown => out.write_all(markdown::render(report, options).as_bytes()),
        Format::Html => html::render(report, options, out),
        Format::Json => json::render(report, out),
    }
}
