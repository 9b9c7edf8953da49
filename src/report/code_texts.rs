//! What is said of a code wherever it is said: in findings, in `explain`, in event rows.

use super::model::{CheckPart, ReferencePart};
use super::phrases::Phrases;
use crate::catalog::{Catalog, CodeKind, Entry, Language};
use crate::hresult::Hresult;

/// What a code says about an attempt, as JSON names it.
pub(super) fn kind(kind: Option<CodeKind>) -> &'static str {
    match kind {
        Some(CodeKind::Root) => "root",
        Some(CodeKind::Wrapper) => "wrapper",
        Some(CodeKind::Benign) => "benign",
        None => "unknown",
    }
}

/// What is wrong, in a few words: the entry's title, else the code's line in the outline.
pub(super) fn title(catalog: &Catalog, code: Hresult, language: Language) -> Option<String> {
    match catalog.code(code) {
        Some(entry) => Some(entry.guidance(language).title.clone()),
        None => {
            let meaning = catalog.outline(code)?.meaning(language);
            Some(meaning.trim_end_matches(['.', '。']).to_owned())
        }
    }
}

/// What a code without an entry means: its line in the outline, else how its number is made.
pub(super) fn meaning_without_entry(
    catalog: &Catalog,
    phrases: &Phrases,
    code: Hresult,
    language: Language,
) -> String {
    let unknown = &phrases.unknown_code;
    match (catalog.outline(code), code.win32()) {
        (Some(line), _) => line.meaning(language).to_owned(),
        (None, Some(number)) => unknown
            .meaning_win32
            .fill(language, &[("number", &number.to_string())]),
        (None, None) => unknown.meaning.fill(
            language,
            &[
                ("facility", &code.facility().to_string()),
                ("number", &format!("0x{:04X}", code.code())),
            ],
        ),
    }
}

/// What can be done about a code without an entry.
pub(super) fn steps_without_entry(phrases: &Phrases, language: Language) -> Vec<String> {
    let unknown = &phrases.unknown_code;
    [
        &unknown.step_event,
        &unknown.step_search,
        &unknown.step_again,
    ]
    .map(|phrase| phrase.get(language).to_owned())
    .into()
}

/// An entry's checks, their placeholders filled in.
pub(super) fn checks(
    entry: &Entry,
    language: Language,
    filled: impl Fn(&str) -> String,
) -> Vec<CheckPart> {
    let part = |check: &crate::catalog::CheckText| CheckPart {
        command: filled(&check.command),
        expect: filled(check.expect.get(language)),
    };
    entry.checks.iter().map(part).collect()
}

/// An entry's pages.
pub(super) fn references(
    catalog: &Catalog,
    entry: &Entry,
    language: Language,
) -> Vec<ReferencePart> {
    let pages = entry
        .references
        .iter()
        .filter_map(|id| catalog.reference(id));
    pages
        .map(|page| ReferencePart {
            title: page.title(language).to_owned(),
            url: page.url(language).to_owned(),
        })
        .collect()
}
