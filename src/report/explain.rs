//! `explain`: what a code or an event id means, without any log.
//!
//! What was typed is read by RULES.md 10: exactly 8 hex digits or `0x` are hex, a leading minus or
//! more than 8 digits decimal, up to 5 digits an event id that we know, else a Win32 number;
//! everything else a symbol or a part of one.

mod finding;
mod spelling;

use serde::Serialize;

pub use finding::FindingExplanation;
use spelling::{is_one_slip, looks_hex, mended};

use super::build::DEFAULT_PORT;
use super::code_texts;
use super::model::{CheckPart, Code, ReferencePart};
use super::phrases::Phrases;
use crate::catalog::text::{Placeholder, fill};
use crate::catalog::{Catalog, CodeKind, EventEntry, Language, Severity};
use crate::hresult::Hresult;
use crate::spp;

/// What one thing that was asked for means.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Explanation {
    /// A code.
    Code(Box<CodeExplanation>),
    /// An event id.
    Event(Box<EventExplanation>),
    /// A finding that is no code.
    Finding(Box<FindingExplanation>),
}

/// A code in words.
#[derive(Clone, Debug, Serialize)]
pub struct CodeExplanation {
    /// The code.
    pub code: Code,
    /// Its name in the Windows headers.
    pub symbol: Option<&'static str>,
    /// `root`, `wrapper`, `benign` or `unknown`.
    pub kind: &'static str,
    /// The default severity.
    pub severity: &'static str,
    /// What it belongs to.
    pub category: String,
    /// What is wrong.
    pub title: String,
    /// What it means.
    pub meaning: String,
    /// How the number is made.
    pub structure: String,
    /// Ways of activation that it occurs with.
    pub activation_types: Vec<String>,
    /// What can be behind it.
    pub causes: Vec<String>,
    /// What to do.
    pub steps: Vec<String>,
    /// How to look.
    pub checks: Vec<CheckPart>,
    /// Pages to read.
    pub references: Vec<ReferencePart>,
    /// Codes that belong to it.
    pub see_also: Vec<SeeAlso>,
    /// What a reader should know of what was typed.
    pub notes: Vec<String>,
}

/// A code that belongs to another.
#[derive(Clone, Debug, Serialize)]
pub struct SeeAlso {
    /// The code.
    pub code: Code,
    /// What is wrong.
    pub title: String,
}

/// An event id in words.
#[derive(Clone, Debug, Serialize)]
pub struct EventExplanation {
    /// The event id.
    pub event_id: u16,
    /// The log channel that it stands in.
    pub channel: String,
    /// What it means; several where Windows versions differ.
    pub meanings: Vec<EventMeaningPart>,
    /// What a reader should know of the meanings.
    pub notes: Vec<String>,
    /// Event ids that belong to it.
    pub see_also: Vec<u16>,
}

/// One meaning of an event id.
#[derive(Clone, Debug, Serialize)]
pub struct EventMeaningPart {
    /// Its name in event rows.
    pub kind: String,
    /// For which Windows versions.
    pub when: Option<String>,
    /// In a few words.
    pub title: String,
    /// What Windows tells with it.
    pub meaning: String,
    /// Its fields in order.
    pub fields: Vec<FieldPart>,
    /// What its strings look like.
    pub example: Vec<String>,
}

/// A field of an event.
#[derive(Clone, Debug, Serialize)]
pub struct FieldPart {
    /// Its name in event rows.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// Something that is no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotACode {
    /// What was typed, and what may be meant, in the language asked for.
    pub message: String,
}

/// At so many matches of a part of a symbol, more are not told.
const MAX_MATCHES: usize = 20;
/// So many known codes that look like a misprint are named.
const MAX_NEAREST: usize = 3;

/// Explains what was typed: one thing or several, the likeliest for activation first.
///
/// # Errors
/// Where it is no code, symbol, event id or finding; the message names what is nearest.
pub fn explain(
    text: &str,
    catalog: &Catalog,
    language: Language,
) -> Result<Vec<Explanation>, NotACode> {
    Asked::new(text, catalog, language).explain()
}

/// The codes that a text means, as [`explain`] reads it; none where it is an event id and no code.
///
/// # Errors
/// Where it is no code, symbol or event id, told in a language.
pub fn codes(text: &str, catalog: &Catalog, language: Language) -> Result<Vec<Hresult>, NotACode> {
    let asked = Asked::new(text, catalog, language);
    let explained = asked.explain()?;
    if let [Explanation::Finding(_)] = explained.as_slice() {
        return Err(asked.not_a_code());
    }
    if explained.len() == MAX_MATCHES {
        // A part of many symbols, of which no more are explained.
        let found = Hresult::find_by_symbol(text.trim().trim_start_matches('='));
        return Ok(found.into_iter().map(|(code, _)| code).collect());
    }
    let code = |explanation: &Explanation| match explanation {
        Explanation::Code(code) => Some(code.code.0),
        Explanation::Event(_) | Explanation::Finding(_) => None,
    };
    Ok(explained.iter().filter_map(code).collect())
}

struct Asked<'a> {
    catalog: &'a Catalog,
    language: Language,
    phrases: &'static Phrases,
    text: &'a str,
}

impl<'a> Asked<'a> {
    fn new(text: &'a str, catalog: &'a Catalog, language: Language) -> Self {
        Self {
            catalog,
            language,
            phrases: Phrases::load(),
            text: text.trim(),
        }
    }

    fn explain(&self) -> Result<Vec<Explanation>, NotACode> {
        if let Some(found) = self.finding() {
            return Ok(vec![found]);
        }
        let digits = self.text.strip_prefix('=').unwrap_or(self.text);
        if let Ok(code) = digits.parse::<Hresult>() {
            let mut found = vec![self.code(code, Vec::new())];
            // 0x5 may be meant as the Win32 number.
            if let Ok(number @ 1..) = u16::try_from(code.bits())
                && self.catalog.outline(code).is_none()
            {
                found.insert(
                    0,
                    self.code(Hresult::from_win32(number), vec![self.win32_note()]),
                );
            }
            return Ok(found);
        }
        if let Some(code) = mended(digits) {
            let note = self.phrases.explain.read_as.fill(
                self.language,
                &[("text", self.text), ("code", &code.to_string())],
            );
            return Ok(vec![self.code(code, vec![note])]);
        }
        if (1..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            return self.short_number(digits);
        }
        let is_word = digits.len() >= 3
            && digits
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if is_word
            && digits.bytes().any(|b| b == b'_' || b.is_ascii_alphabetic())
            && !looks_hex(digits)
        {
            let mut found = Hresult::find_by_symbol(digits);
            let is_whole = found
                .first()
                .is_some_and(|(_, name)| name.eq_ignore_ascii_case(digits));
            if is_whole {
                found.truncate(1);
            }
            // Codes with an entry of their own are those that activation meets.
            found.sort_by_key(|(code, _)| self.catalog.code(*code).is_none());
            let all = found.len();
            found.truncate(MAX_MATCHES);
            let more = (all > found.len()).then(|| {
                let shown = found.len().to_string();
                self.phrases
                    .explain
                    .more
                    .count(self.language, all as u64, &[("shown", &shown)])
            });
            if !found.is_empty() {
                let explained = found.into_iter().enumerate().map(|(at, (code, _))| {
                    // What is left out is said once, at the top.
                    let notes = more.clone().filter(|_| at == 0);
                    self.code(code, notes.into_iter().collect())
                });
                return Ok(explained.collect());
            }
        }
        Err(self.not_a_code())
    }

    /// Up to five digits: an event id that we know, else a Win32 number.
    fn short_number(&self, digits: &str) -> Result<Vec<Explanation>, NotACode> {
        let number: u16 = digits.parse().map_err(|_| self.not_a_code())?;
        if let Some(event) = self.catalog.event(number) {
            let mut found = vec![self.event(event)];
            let code = Hresult::from_win32(number);
            if code.symbol().is_some() {
                found.push(self.code(code, vec![self.win32_note()]));
            }
            return Ok(found);
        }
        Ok(vec![self.code(
            Hresult::from_win32(number),
            vec![self.win32_note()],
        )])
    }

    fn win32_note(&self) -> String {
        self.phrases
            .explain
            .win32
            .fill(self.language, &[("text", self.text)])
    }

    fn title(&self, code: Hresult) -> Option<String> {
        code_texts::title(self.catalog, code, self.language)
    }

    fn code(&self, code: Hresult, mut notes: Vec<String>) -> Explanation {
        let phrases = &self.phrases;
        let language = self.language;
        let entry = self.catalog.code(code);
        let outline = self.catalog.outline(code);
        let facts = self.catalog.facts(code);
        notes.extend(self.notes(code));
        let filled = |text: &str| fill(text, |placeholder| self.open(placeholder));
        let guidance = entry.map(|entry| entry.guidance(language));
        let structure = code_texts::structure(phrases, code, language);
        let unknown = &phrases.unknown_code;
        let title = self
            .title(code)
            .unwrap_or_else(|| unknown.title.get(language).to_owned());
        let meaning = match guidance {
            Some(guidance) => filled(&guidance.meaning),
            None => code_texts::meaning_without_entry(self.catalog, phrases, code, language),
        };
        let steps = match entry {
            Some(entry) => code_texts::steps(entry, language, filled),
            None if facts.severity == Severity::Info => Vec::new(),
            None => code_texts::steps_without_entry(phrases, language),
        };
        let activation_types = match (entry, outline) {
            (Some(entry), _) => entry.activation_types.clone(),
            (None, Some(line)) => line
                .activation_types
                .split(',')
                .map(str::to_owned)
                .collect(),
            (None, None) => Vec::new(),
        };
        Explanation::Code(Box::new(CodeExplanation {
            code: Code(code),
            symbol: code.symbol(),
            kind: code_texts::kind(facts.kind),
            severity: facts.severity.as_str(),
            category: facts.category.to_owned(),
            title,
            meaning,
            structure,
            activation_types,
            causes: entry
                .map(|entry| {
                    entry
                        .causes
                        .iter()
                        .map(|cause| filled(cause.text.get(language)))
                        .collect()
                })
                .unwrap_or_default(),
            steps,
            checks: entry
                .map(|entry| code_texts::checks(entry, language, filled))
                .unwrap_or_default(),
            references: entry
                .map(|entry| code_texts::references(self.catalog, entry, language))
                .unwrap_or_default(),
            see_also: entry
                .into_iter()
                .flat_map(|entry| &entry.see_also)
                .filter_map(|other| {
                    Some(SeeAlso {
                        code: Code(*other),
                        title: self.title(*other)?,
                    })
                })
                .collect(),
            notes,
        }))
    }

    /// What a reader should know: a code that hides others, a first digit that makes another code,
    /// a code that nobody knows beside ones that look like it.
    fn notes(&self, code: Hresult) -> Vec<String> {
        let phrases = &self.phrases.explain;
        let language = self.language;
        let comma = phrases.comma.get(language);
        let mut notes = Vec::new();
        let is_known = self.catalog.outline(code).is_some();
        if is_known && code != Hresult::OK && !code.is_failure() {
            notes.push(phrases.not_failure.get(language).to_owned());
        }
        // 0x4004, 0x8004 and 0xC004 with the same number are three codes.
        for first in [0xC000_0000_u32, 0x8000_0000, 0x4000_0000] {
            let other = Hresult::new((code.bits() & 0x0FFF_FFFF) | first);
            if other != code
                && code.bits() & 0x0FFF_0000 == 0x0004_0000
                && let Some(title) = self.title(other)
            {
                notes.push(phrases.severity_digit.fill(
                    language,
                    &[("other", &other.to_string()), ("title", &title)],
                ));
            }
        }
        if let Some(entry) = self
            .catalog
            .code(code)
            .filter(|entry| entry.kind == Some(CodeKind::Wrapper))
        {
            let roots: Vec<String> = entry
                .see_also
                .iter()
                .filter(|other| self.catalog.facts(**other).kind == Some(CodeKind::Root))
                .map(ToString::to_string)
                .collect();
            if !roots.is_empty() {
                notes.push(
                    phrases
                        .hides
                        .fill(language, &[("codes", &roots.join(comma))]),
                );
            }
        }
        if !is_known && notes.is_empty() {
            let canonical = code.to_string();
            let typed = self.digits();
            notes.extend(self.nearest_note(if looks_hex(typed) {
                typed
            } else {
                &canonical[2..]
            }));
        }
        notes
    }

    fn nearest_note(&self, digits: &str) -> Option<String> {
        let nearest: Vec<String> = self
            .nearest(digits)
            .into_iter()
            .filter_map(|code| {
                let values = [("code", &*code.to_string()), ("title", &*self.title(code)?)];
                Some(self.phrases.row.titled.fill(self.language, &values))
            })
            .collect();
        let comma = self.phrases.explain.comma.get(self.language);
        (!nearest.is_empty()).then(|| {
            self.phrases
                .explain
                .nearest
                .fill(self.language, &[("codes", &nearest.join(comma))])
        })
    }

    /// Known codes that one slip away give what was typed, or that end with it where it is short; those
    /// with an entry first.
    fn nearest(&self, digits: &str) -> Vec<Hresult> {
        let typed = digits.to_ascii_uppercase();
        let is_near = |code: &Hresult| {
            let code = code.to_string();
            match typed.len() < 6 {
                true => code.ends_with(&typed),
                false => is_one_slip(&typed, &code[2..]),
            }
        };
        let mut found: Vec<Hresult> = self.catalog.codes().filter(is_near).collect();
        if found.is_empty() {
            found = self.catalog.known_codes().filter(is_near).collect();
        }
        found.truncate(MAX_NEAREST);
        found
    }

    /// What was typed without `0x`.
    fn digits(&self) -> &str {
        let has_prefix = self
            .text
            .get(..2)
            .is_some_and(|head| head.eq_ignore_ascii_case("0x"));
        if has_prefix {
            &self.text[2..]
        } else {
            self.text
        }
    }

    fn not_a_code(&self) -> NotACode {
        let phrases = &self.phrases.explain;
        let mut message = phrases
            .not_a_code
            .fill(self.language, &[("text", self.text)]);
        let digits = self.digits();
        let is_short = (3..6).contains(&digits.len());
        let is_hex =
            looks_hex(digits) || (is_short && digits.bytes().all(|b| b.is_ascii_hexdigit()));
        if is_hex && let Some(note) = self.nearest_note(digits) {
            message = match self.language {
                Language::En => format!("{message}. {note}"),
                Language::ZhCn => format!("{message}。{note}"),
            };
        }
        NotACode { message }
    }

    fn open(&self, placeholder: Placeholder) -> String {
        let open = &self.phrases.open;
        let phrase = match placeholder {
            Placeholder::KmsHost => &open.kms_host,
            Placeholder::Port => return DEFAULT_PORT.to_string(),
            Placeholder::Domain => &open.domain,
            Placeholder::ActivationId => &open.activation_id,
            Placeholder::Computer => &open.computer,
        };
        phrase.get(self.language).to_owned()
    }

    fn event(&self, event: &EventEntry) -> Explanation {
        let language = self.language;
        let meanings = event.meanings.iter().map(|meaning| EventMeaningPart {
            kind: meaning.kind.clone(),
            when: meaning
                .when
                .as_ref()
                .map(|when| when.get(language).to_owned()),
            title: meaning.text(language).title.clone(),
            meaning: meaning.text(language).meaning.clone(),
            fields: meaning
                .fields
                .iter()
                .map(|field| FieldPart {
                    name: field.name.clone(),
                    text: field.text.get(language).to_owned(),
                })
                .collect(),
            example: meaning
                .example
                .as_ref()
                .map(|example| example.data.clone())
                .unwrap_or_default(),
        });
        let is_settled_by_build = spp::meanings()
            .any(|meaning| meaning.event_id == event.event_id && meaning.kind.contains("-or-"));
        let note = self.phrases.explain.settled_by_build.get(language);
        Explanation::Event(Box::new(EventExplanation {
            event_id: event.event_id,
            channel: event.channel.clone(),
            meanings: meanings.collect(),
            notes: is_settled_by_build
                .then(|| note.to_owned())
                .into_iter()
                .collect(),
            see_also: event.see_also.clone(),
        }))
    }
}

#[cfg(test)]
mod tests;
