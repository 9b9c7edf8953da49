//! VOCABULARY: what is known about codes, findings, events and KMS endpoints.
//!
//! Data, not code: one TOML file per code under `catalog/`, embedded, parsed when first asked
//! for. What a log says is not known here.

mod entry;
mod facts;
mod finding_id;
mod lint;
mod overlay;
mod phrase;
mod tables;
pub mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

pub use entry::{
    Bilingual, CauseText, CheckText, Condition, Entry, EventEntry, EventExample, EventField,
    EventMeaning, EventText, Guidance, Step,
};
pub use facts::Fact;
pub use finding_id::FindingId;
#[cfg(test)]
pub(crate) use lint::chinese_problem;
pub use lint::{CatalogFile, CatalogProblem, builtin_files, lint};
pub use overlay::{
    KnownHostKind, KnownKmsHost, Overlay, OverlayInfo, OverlayProblem, OverlayProblemKind,
};
pub use phrase::{Phrase, Section, TextTable, grouped, sections, take_section};
pub use tables::{Outline, Product, Reference};

use crate::hresult::Hresult;

include!(concat!(env!("OUT_DIR"), "/catalog_files.rs"));

/// The JSON Schema of the catalog's files and of overlays.
pub fn schema() -> &'static str {
    include_str!("../../catalog/schema.json")
}

/// The languages that every text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English.
    En,
    /// Simplified Chinese.
    ZhCn,
}

impl Language {
    /// Every language.
    pub const ALL: &'static [Self] = &[Self::En, Self::ZhCn];

    /// Its tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }
}

/// How bad a situation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing to do.
    Info,
    /// Will become an error if nothing is done.
    Warning,
    /// Something does not work.
    Error,
    /// Needs a look now.
    Critical,
}

impl Severity {
    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// What a code says about an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeKind {
    /// It explains a failure.
    Root,
    /// It hides the cause, which stands elsewhere.
    Wrapper,
    /// It is no failure.
    Benign,
}

/// What is known of a code without a language: from its entry, else from the outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeFacts<'a> {
    /// What it says about an attempt; none where the code is not known.
    pub kind: Option<CodeKind>,
    /// The severity where nothing raises or lowers it.
    pub severity: Severity,
    /// Its category; `other` where the code is not known.
    pub category: &'a str,
}

/// The catalog: entries by code and finding, parsed when first asked for.
pub struct Catalog {
    codes: BTreeMap<Hresult, Slot<Entry>>,
    findings: BTreeMap<&'static str, Slot<Entry>>,
    events: BTreeMap<u16, Slot<EventEntry>>,
    kms_hosts: Vec<KnownKmsHost>,
    overlays: Vec<OverlayInfo>,
}

struct Slot<T> {
    text: Cow<'static, str>,
    parsed: OnceLock<Option<T>>,
}

impl<T> Slot<T> {
    fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            text: text.into(),
            parsed: OnceLock::new(),
        }
    }

    fn get(&self, parse: impl FnOnce(&str) -> Option<T>) -> Option<&T> {
        self.parsed.get_or_init(|| parse(&self.text)).as_ref()
    }
}

impl Catalog {
    /// The embedded catalog. Nothing is parsed yet.
    pub fn builtin() -> Self {
        Self {
            codes: CODES
                .iter()
                .filter_map(|(name, text)| Some((name.parse().ok()?, Slot::new(*text))))
                .collect(),
            findings: FINDINGS
                .iter()
                .map(|(name, text)| (*name, Slot::new(*text)))
                .collect(),
            events: EVENTS
                .iter()
                .filter_map(|(name, text)| Some((name.parse().ok()?, Slot::new(*text))))
                .collect(),
            kms_hosts: Vec::new(),
            overlays: Vec::new(),
        }
    }

    /// A code's entry as it stands, overlays laid over it: TOML.
    pub fn code_text(&self, code: Hresult) -> Option<&str> {
        self.codes.get(&code).map(|slot| &*slot.text)
    }

    /// A finding's entry as it stands.
    pub fn finding_text(&self, id: &str) -> Option<&str> {
        self.findings.get(id).map(|slot| &*slot.text)
    }

    /// An event id's entry as it stands.
    pub fn event_text(&self, event_id: u16) -> Option<&str> {
        self.events.get(&event_id).map(|slot| &*slot.text)
    }

    fn put_code(&mut self, code: Hresult, text: String) {
        self.codes.insert(code, Slot::new(text));
    }

    fn put_finding(&mut self, id: &'static str, text: String) {
        self.findings.insert(id, Slot::new(text));
    }

    fn put_event(&mut self, event_id: u16, text: String) {
        self.events.insert(event_id, Slot::new(text));
    }

    /// The version of the catalog: that of the program it is embedded in.
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// The codes that have an entry, by number.
    pub fn codes(&self) -> impl Iterator<Item = Hresult> + '_ {
        self.codes.keys().copied()
    }

    /// Every code that is known at all, by number.
    pub fn known_codes(&self) -> impl Iterator<Item = Hresult> + '_ {
        tables::known_codes()
    }

    /// The event ids that have an entry.
    pub fn event_ids(&self) -> impl Iterator<Item = u16> + '_ {
        self.events.keys().copied()
    }

    /// A code's entry.
    pub fn code(&self, code: Hresult) -> Option<&Entry> {
        self.codes
            .get(&code)?
            .get(|text| entry::parse(text).ok().map(|parsed| parsed.entry))
    }

    /// A finding's entry.
    pub fn finding(&self, id: FindingId) -> &Entry {
        let slot = self.findings.get(id.as_str());
        #[expect(
            clippy::expect_used,
            reason = "a test holds that every finding has an entry that parses"
        )]
        slot.and_then(|slot| slot.get(|text| entry::parse(text).ok().map(|parsed| parsed.entry)))
            .expect("every finding has an entry")
    }

    /// An event id's entry.
    pub fn event(&self, event_id: u16) -> Option<&EventEntry> {
        self.events
            .get(&event_id)?
            .get(|text| toml::from_str(text).ok())
    }

    /// What is known of a code without a language.
    pub fn facts(&self, code: Hresult) -> CodeFacts<'_> {
        if let Some(entry) = self.code(code) {
            return CodeFacts {
                kind: entry.kind,
                severity: entry.severity,
                category: &entry.category,
            };
        }
        let default = |kind| match kind {
            Some(CodeKind::Benign) => Severity::Info,
            _ if !code.is_failure() => Severity::Info,
            _ => Severity::Error,
        };
        match self.outline(code) {
            Some(line) => CodeFacts {
                kind: Some(line.kind),
                severity: default(Some(line.kind)),
                category: line.category,
            },
            None => CodeFacts {
                kind: None,
                severity: default(None),
                category: "other",
            },
        }
    }

    /// A code's line in the outline of all codes that are known.
    pub fn outline(&self, code: Hresult) -> Option<Outline> {
        tables::outline(code)
    }

    /// A page by its id; an address is its own title.
    pub fn reference<'a>(&self, id: &'a str) -> Option<Reference<'a>> {
        tables::reference(id)
    }

    /// The product of an activation id, given in lower case.
    pub fn product(&self, activation_id: &str) -> Option<Product> {
        tables::product(activation_id)
    }

    /// The cloud provider whose KMS endpoint a host is, by name or address in lower case and port.
    pub fn cloud_endpoint(&self, host: &str, port: Option<u16>) -> Option<&'static str> {
        tables::cloud_endpoint(host, port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_nobody_knows_is_an_error_without_a_kind() {
        let catalog = Catalog::builtin();
        let facts = catalog.facts(Hresult::new(0xC004_F9A1));
        assert_eq!(
            facts,
            CodeFacts {
                kind: None,
                severity: Severity::Error,
                category: "other"
            }
        );
    }
}
