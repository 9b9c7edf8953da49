//! What is said of a code wherever it is said: in findings, in `explain`, in event rows.

use super::model::{CheckPart, ReferencePart};
use super::phrases::Phrases;
use crate::catalog::{Catalog, CodeKind, Entry, Language};
use crate::hresult::Hresult;

/// Set in an HRESULT that stands for an NTSTATUS (winerror.h: FACILITY_NT_BIT).
const N_BIT: u32 = 0x1000_0000;

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
        None => Some(title_and_rest(catalog.outline(code)?.meaning(language), language).0),
    }
}

/// A line of the outline as a title and what it says besides. A title holds no colon, since sentences
/// put it behind one.
fn title_and_rest(line: &str, language: Language) -> (String, Option<String>) {
    let line = line.trim_end_matches(['.', '。']);
    let (colon, comma) = match language {
        Language::En => (": ", ", "),
        Language::ZhCn => ("：", "，"),
    };
    // One word before the colon, such as `RPC`, says only where the code is from.
    let is_said = |head: &str| match language {
        Language::En => head.contains(' '),
        Language::ZhCn => head.chars().count() > 5,
    };
    match line.split_once(colon) {
        Some((head, rest)) if is_said(head) => {
            let mut letters = rest.chars();
            let first: String = letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .collect();
            let stop = match language {
                Language::En => '.',
                Language::ZhCn => '。',
            };
            let rest = format!("{first}{}{stop}", letters.as_str());
            (head.replace(colon, comma), Some(rest))
        }
        _ => (line.replace(colon, comma), None),
    }
}

/// What a code without an entry means besides its title, and how its number is made.
pub(super) fn meaning_without_entry(
    catalog: &Catalog,
    phrases: &Phrases,
    code: Hresult,
    language: Language,
) -> String {
    let unknown = &phrases.unknown_code;
    let line = catalog.outline(code);
    let rest = line.and_then(|line| title_and_rest(line.meaning(language), language).1);
    if let Some(rest) = rest {
        return rest;
    }
    let phrase = match line {
        Some(_) => &unknown.no_more,
        None => &unknown.meaning,
    };
    let structure = structure(phrases, code, language);
    phrase.fill(language, &[("structure", &structure)])
}

/// How a code's number is made.
pub(super) fn structure(phrases: &Phrases, code: Hresult, language: Language) -> String {
    let phrases = &phrases.explain;
    if let Some(number) = code.win32() {
        let number = number.to_string();
        return phrases
            .structure_win32
            .fill(language, &[("number", &number)]);
    }
    if code.is_ntstatus() {
        // In the form of an HRESULT the N bit is set, and facility and number are the NTSTATUS's own.
        let status = Hresult::new(code.bits() & !N_BIT);
        let phrase = match status == code {
            true => &phrases.structure_ntstatus,
            false => &phrases.structure_ntstatus_hresult,
        };
        return phrase.fill(language, &[("status", &status.to_string())]);
    }
    let number = format!("0x{:04X}", code.code());
    let facility = code.facility().to_string();
    let values = [("facility", facility.as_str()), ("number", number.as_str())];
    phrases.structure.fill(language, &values)
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

/// All of an entry's steps, their placeholders filled in.
pub(super) fn steps(
    entry: &Entry,
    language: Language,
    filled: impl Fn(&str) -> String,
) -> Vec<String> {
    let steps = entry.guidance(language).steps.iter();
    steps.map(|step| filled(&step.text)).collect()
}

/// All of an entry's checks, their placeholders filled in.
pub(super) fn checks(
    entry: &Entry,
    language: Language,
    filled: impl Fn(&str) -> String,
) -> Vec<CheckPart> {
    let checks = entry.checks.iter();
    checks
        .map(|check| CheckPart {
            command: filled(&check.command),
            expect: filled(check.expect.get(language)),
        })
        .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_holds_no_colon_and_is_not_the_meaning_again() {
        let catalog = Catalog::builtin();
        let phrases = Phrases::load();
        for code in catalog.known_codes() {
            for language in Language::ALL {
                let title = title(&catalog, code, *language).unwrap();
                assert!(!title.contains([':', '：']), "{code} {title}");
                let meaning = meaning_without_entry(&catalog, phrases, code, *language);
                assert_ne!(title, meaning.trim_end_matches(['.', '。']), "{code}");
            }
        }
    }

    #[test]
    fn a_line_of_the_outline_is_a_title_and_what_it_says_besides() {
        let told = |line| title_and_rest(line, Language::En);
        assert_eq!(
            told("The host is off: nothing answers."),
            (
                "The host is off".to_owned(),
                Some("Nothing answers.".to_owned())
            )
        );
        assert_eq!(
            told("RPC: no endpoint."),
            ("RPC, no endpoint".to_owned(), None)
        );
        assert_eq!(
            title_and_rest("主机没有响应：可能已关机。", Language::ZhCn),
            ("主机没有响应".to_owned(), Some("可能已关机。".to_owned()))
        );
    }
}
