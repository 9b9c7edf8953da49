//! One entry of the catalog: facts without a language, and guidance in each.
//!
//! The parser is lenient: what it can read it reads, unknown fields are refused because they are
//! typing errors. Everything else that is wrong is `lint`'s business.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{CodeKind, Fact, Language, Severity};
use crate::hresult::Hresult;

/// What the catalog knows of one code or finding.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The code; none for a derived finding.
    pub code: Option<Hresult>,
    /// The name in the Windows headers.
    pub symbol: Option<String>,
    /// What the code says about an attempt; none for a derived finding.
    pub kind: Option<CodeKind>,
    /// The severity where nothing raises or lowers it.
    pub severity: Severity,
    /// As in the category column of the outline.
    pub category: String,
    /// Ways of activation that it occurs with.
    pub activation_types: Vec<String>,
    /// Codes that belong to it or are easily confused with it.
    pub see_also: Vec<Hresult>,
    /// Pages to read, by their id in references.tsv.
    pub references: Vec<String>,
    /// What can be behind it, likeliest first.
    pub causes: Vec<CauseText>,
    /// How to look.
    pub checks: Vec<CheckText>,
    guidance: BTreeMap<Language, Guidance>,
}

/// One language's text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guidance {
    /// What is wrong, in a few words.
    pub title: String,
    /// What it means; no advice.
    pub meaning: String,
    /// What to do, one action each, safest first.
    pub steps: Vec<Step>,
}

/// One thing to do, and the facts by which it makes sense. In a file it is a text, or a table where it
/// depends on facts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "StepInFile")]
pub struct Step {
    /// The sentence.
    pub text: String,
    /// When it is told.
    pub when: Condition,
}

/// On which facts a step or a check depends. Without a log everything is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// It is told only where one of these holds; always where none is named.
    pub only_if: Vec<Fact>,
    /// It is not told where one of these holds.
    pub unless: Vec<Fact>,
}

impl Condition {
    /// Whether the facts ask for it.
    pub fn fits(&self, facts: &BTreeSet<Fact>) -> bool {
        let holds = |fact: &Fact| facts.contains(fact);
        (self.only_if.is_empty() || self.only_if.iter().any(holds))
            && !self.unless.iter().any(holds)
    }

    /// Whether it is told whatever the log proves.
    pub fn is_always(&self) -> bool {
        self.only_if.is_empty() && self.unless.is_empty()
    }
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a step is a text, or a table of text, only_if and unless with names of facts"
)]
enum StepInFile {
    Text(String),
    Conditional(ConditionalStep),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionalStep {
    text: String,
    #[serde(default)]
    only_if: Vec<Fact>,
    #[serde(default)]
    unless: Vec<Fact>,
}

impl From<StepInFile> for Step {
    fn from(step: StepInFile) -> Self {
        match step {
            StepInFile::Text(text) => Self {
                text,
                when: Condition::default(),
            },
            StepInFile::Conditional(step) => Self {
                text: step.text,
                when: Condition {
                    only_if: step.only_if,
                    unless: step.unless,
                },
            },
        }
    }
}

/// A possible cause, and the facts that prove or disprove it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CauseText {
    /// The sentence.
    #[serde(flatten)]
    pub text: Bilingual,
    /// Any of these facts proves it.
    #[serde(default)]
    pub confirmed_by: Vec<Fact>,
    /// Any of these facts disproves it.
    #[serde(default)]
    pub ruled_out_by: Vec<Fact>,
}

/// A command to run, and what a good answer looks like.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckText {
    /// The command, with placeholders.
    pub command: String,
    /// The good answer.
    #[serde(flatten)]
    pub expect: Bilingual,
    #[serde(default)]
    only_if: Vec<Fact>,
    #[serde(default)]
    unless: Vec<Fact>,
}

impl CheckText {
    /// When it is told.
    pub fn when(&self) -> Condition {
        Condition {
            only_if: self.only_if.clone(),
            unless: self.unless.clone(),
        }
    }
}

/// A text in every language.
#[derive(Clone, Debug, Deserialize)]
pub struct Bilingual {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
}

impl Bilingual {
    /// The text in a language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::ZhCn => &self.zh_cn,
        }
    }
}

impl Entry {
    /// The text in a language.
    pub fn guidance(&self, language: Language) -> &Guidance {
        // `parse` refuses an entry that lacks a language.
        #[expect(clippy::expect_used, reason = "parse() puts every language in")]
        self.guidance
            .get(&language)
            .expect("every language is there")
    }
}

/// What an event id means, for `explain`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventEntry {
    /// The event id.
    pub event_id: u16,
    /// The log channel that it stands in.
    pub channel: String,
    /// Events that belong to it.
    pub see_also: Vec<u16>,
    /// What it means; more than one where Windows versions differ.
    pub meanings: Vec<EventMeaning>,
}

/// One meaning of an event id.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventMeaning {
    /// Its name in event rows.
    pub kind: String,
    /// For which versions it holds, where there are several meanings.
    pub when: Option<Bilingual>,
    /// English.
    pub en: EventText,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: EventText,
    /// Its fields in order.
    #[serde(default)]
    pub fields: Vec<EventField>,
    /// What its strings look like.
    pub example: Option<EventExample>,
}

impl EventMeaning {
    /// The text in a language.
    pub fn text(&self, language: Language) -> &EventText {
        match language {
            Language::En => &self.en,
            Language::ZhCn => &self.zh_cn,
        }
    }
}

/// An event's meaning in one language.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventText {
    /// In a few words.
    pub title: String,
    /// What Windows tells with it.
    pub meaning: String,
}

/// One field of an event.
#[derive(Clone, Debug, Deserialize)]
pub struct EventField {
    /// Its name in event rows.
    pub name: String,
    /// What it holds.
    #[serde(flatten)]
    pub text: Bilingual,
}

/// Strings as an event holds them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventExample {
    /// The strings.
    pub data: Vec<String>,
    /// Where they come from: `record`, `article`, `table` or `made`.
    pub provenance: String,
}

/// The file as it stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryFile {
    code: Option<String>,
    id: Option<String>,
    symbol: Option<String>,
    kind: String,
    severity: Severity,
    category: String,
    #[serde(default)]
    activation_types: Vec<String>,
    #[serde(default)]
    see_also: Vec<String>,
    #[serde(default)]
    references: Vec<String>,
    en: Guidance,
    #[serde(rename = "zh-CN")]
    zh_cn: Guidance,
    #[serde(default)]
    causes: Vec<CauseText>,
    #[serde(default)]
    checks: Vec<CheckText>,
}

/// An entry with what only the linter needs.
pub(super) struct ParsedEntry {
    pub(super) entry: Entry,
    pub(super) id: Option<String>,
    pub(super) kind: String,
}

pub(super) fn parse(text: &str) -> Result<ParsedEntry, String> {
    let file: EntryFile = toml::from_str(text).map_err(|error| error.to_string())?;
    let code = file
        .code
        .as_deref()
        .map(|c| c.parse().map_err(|e| format!("{e}")))
        .transpose()?;
    let see_also = file
        .see_also
        .iter()
        .map(|c| c.parse().map_err(|e| format!("{e}")))
        .collect::<Result<_, String>>()?;
    let kind = match file.kind.as_str() {
        "root" => Some(CodeKind::Root),
        "wrapper" => Some(CodeKind::Wrapper),
        "benign" => Some(CodeKind::Benign),
        "derived" => None,
        other => {
            return Err(format!(
                "kind {other:?} is none of root, wrapper, benign, derived"
            ));
        }
    };
    let guidance = BTreeMap::from([(Language::En, file.en), (Language::ZhCn, file.zh_cn)]);
    let entry = Entry {
        code,
        symbol: file.symbol,
        kind,
        severity: file.severity,
        category: file.category,
        activation_types: file.activation_types,
        see_also,
        references: file.references,
        causes: file.causes,
        checks: file.checks,
        guidance,
    };
    Ok(ParsedEntry {
        entry,
        id: file.id,
        kind: file.kind,
    })
}
