//! VOCABULARY: what is known about codes, findings, events and KMS endpoints.
//!
//! Data, not code: one TOML file per code under `catalog/`, embedded, parsed when first asked
//! for. What a log says is not known here.

mod entry;
mod facts;
mod lint;
mod overlay;
mod phrase;
pub mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

pub use entry::{
    Bilingual, CauseText, CheckText, Entry, EventEntry, EventExample, EventField, EventMeaning,
    EventText, Guidance,
};
pub use facts::Fact;
#[cfg(test)]
pub(crate) use lint::chinese_problem;
pub use lint::{CatalogFile, CatalogProblem, builtin_files, lint};
pub use overlay::{
    KnownHostKind, KnownKmsHost, Overlay, OverlayInfo, OverlayProblem, OverlayProblemKind,
};
pub use phrase::{Phrase, grouped};

use crate::hresult::Hresult;

include!(concat!(env!("OUT_DIR"), "/catalog_files.rs"));

/// One line per code that is known at all, sorted by code.
static OUTLINE: &str = include_str!("../../catalog/outline.tsv");
/// One line per page that entries refer to.
static REFERENCES: &str = include_str!("../../catalog/references.tsv");
/// KMS endpoints of cloud providers.
static ENDPOINTS: &str = include_str!("../../catalog/endpoints.tsv");

/// One line per product, sorted by activation id.
static PRODUCTS: &str = include_str!("../../catalog/products.tsv");

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

/// The findings that are no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FindingId {
    /// A product is not activated and no code says why.
    NotActivated,
    /// An evaluation has ended.
    EvaluationEnded,
    /// The clocks of a client and its KMS host differ too much.
    ClockSkew,
    /// A KMS client asks itself.
    LoopbackKmsHost,
    /// A license or a grace ends soon.
    ExpiringSoon,
    /// A KMS client's license was not renewed when it was due.
    RenewalOverdue,
    /// KMS is asked for a product whose key is none that KMS activates.
    WrongChannel,
    /// A KMS client's license ends later than an honest one can.
    ImplausibleValidity,
    /// A product key could not be installed.
    KeyInstallFailed,
    /// The licensing service found its files or its data changed.
    Tampering,
    /// Something else has written to the Key Management Service channel.
    ForeignRecord,
    /// Several computers share one machine id.
    DuplicateCmid,
    /// A KMS host counts fewer clients than a product needs.
    KmsCountLow,
    /// A KMS host activates nobody, or fails for many.
    KmsHostFailing,
    /// A KMS host was asked that is not on the administrator's list.
    UnlistedKmsHost,
    /// A KMS host was asked that may be somebody else's.
    UnknownKmsHost,
    /// A KMS host cannot publish its DNS record.
    DnsPublishFailed,
}

impl FindingId {
    /// Every finding.
    pub const ALL: &'static [Self] = &[
        Self::NotActivated,
        Self::EvaluationEnded,
        Self::ClockSkew,
        Self::LoopbackKmsHost,
        Self::ExpiringSoon,
        Self::RenewalOverdue,
        Self::WrongChannel,
        Self::ImplausibleValidity,
        Self::KeyInstallFailed,
        Self::Tampering,
        Self::ForeignRecord,
        Self::DuplicateCmid,
        Self::KmsCountLow,
        Self::KmsHostFailing,
        Self::UnlistedKmsHost,
        Self::UnknownKmsHost,
        Self::DnsPublishFailed,
    ];

    /// Its id in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotActivated => "not-activated",
            Self::EvaluationEnded => "evaluation-ended",
            Self::ClockSkew => "clock-skew",
            Self::LoopbackKmsHost => "loopback-kms-host",
            Self::ExpiringSoon => "expiring-soon",
            Self::RenewalOverdue => "renewal-overdue",
            Self::WrongChannel => "wrong-channel",
            Self::ImplausibleValidity => "implausible-validity",
            Self::KeyInstallFailed => "key-install-failed",
            Self::Tampering => "tampering",
            Self::ForeignRecord => "foreign-record",
            Self::DuplicateCmid => "duplicate-cmid",
            Self::KmsCountLow => "kms-count-low",
            Self::KmsHostFailing => "kms-host-failing",
            Self::UnlistedKmsHost => "unlisted-kms-host",
            Self::UnknownKmsHost => "unknown-kms-host",
            Self::DnsPublishFailed => "dns-publish-failed",
        }
    }

    /// Whether it can be why a machine fails to activate; all others stand beside what is.
    pub fn explains_failures(self) -> bool {
        match self {
            Self::NotActivated | Self::EvaluationEnded | Self::ClockSkew => true,
            Self::LoopbackKmsHost | Self::ExpiringSoon => false,
            Self::RenewalOverdue
            | Self::WrongChannel
            | Self::ImplausibleValidity
            | Self::KeyInstallFailed
            | Self::Tampering
            | Self::ForeignRecord => false,
            Self::KmsHostFailing => true,
            Self::DuplicateCmid
            | Self::KmsCountLow
            | Self::UnlistedKmsHost
            | Self::UnknownKmsHost
            | Self::DnsPublishFailed => false,
        }
    }
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

/// One line of the outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline {
    /// What it says about an attempt.
    pub kind: CodeKind,
    /// Its category.
    pub category: &'static str,
    /// Ways of activation that it occurs with, separated by commas.
    pub activation_types: &'static str,
    meaning_en: &'static str,
    meaning_zh: &'static str,
}

impl Outline {
    /// What it means, in one line.
    pub fn meaning(&self, language: Language) -> &'static str {
        match language {
            Language::En => self.meaning_en,
            Language::ZhCn => self.meaning_zh,
        }
    }
}

/// A page to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    title_en: &'a str,
    title_zh: &'a str,
    url_en: &'a str,
    url_zh: &'a str,
}

impl<'a> Reference<'a> {
    /// Its title.
    pub fn title(&self, language: Language) -> &'a str {
        match language {
            Language::En => self.title_en,
            Language::ZhCn => self.title_zh,
        }
    }

    /// Its address; the English one where there is none in the language.
    pub fn url(&self, language: Language) -> &'a str {
        match language {
            Language::ZhCn if !self.url_zh.is_empty() => self.url_zh,
            _ => self.url_en,
        }
    }
}

/// A product that an activation id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Product {
    /// `windows` or `office`.
    pub application: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// The channel of its keys, as Windows prints it.
    pub channel: &'static str,
    /// The count that it needs on a KMS host, where it is activated by one.
    pub kms_min_count: Option<u32>,
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
        OUTLINE
            .lines()
            .skip(1)
            .filter_map(|line| line.split('\t').next()?.parse().ok())
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
        let line = sorted_line(OUTLINE, &code.to_string())?;
        let mut columns = line.split('\t').skip(1);
        let kind = match columns.next()? {
            "benign" => CodeKind::Benign,
            "wrapper" => CodeKind::Wrapper,
            _ => CodeKind::Root,
        };
        Some(Outline {
            kind,
            category: columns.next()?,
            activation_types: columns.next()?,
            meaning_en: columns.next()?,
            meaning_zh: columns.next()?,
        })
    }

    /// A page by its id; an address is its own title.
    pub fn reference<'a>(&self, id: &'a str) -> Option<Reference<'a>> {
        if id.starts_with("https://") {
            return Some(Reference {
                title_en: id,
                title_zh: id,
                url_en: id,
                url_zh: id,
            });
        }
        let line = REFERENCES
            .lines()
            .find(|line| line.split('\t').next() == Some(id))?;
        let mut columns = line.split('\t').skip(1);
        Some(Reference {
            title_en: columns.next()?,
            title_zh: columns.next()?,
            url_en: columns.next()?,
            url_zh: columns.next().unwrap_or_default(),
        })
    }

    /// The product of an activation id, given in lower case.
    pub fn product(&self, activation_id: &str) -> Option<Product> {
        let line = sorted_line(PRODUCTS, activation_id)?;
        let mut columns = line.split('\t').skip(1);
        Some(Product {
            application: columns.next()?,
            name: columns.next()?,
            channel: columns.next()?,
            kms_min_count: columns.next()?.parse().ok(),
        })
    }

    /// The cloud provider whose KMS endpoint a host is, by name or address in lower case and port.
    pub fn cloud_endpoint(&self, host: &str, port: Option<u16>) -> Option<&'static str> {
        ENDPOINTS.lines().skip(1).find_map(|line| {
            let mut columns = line.split('\t');
            let (name, number, provider) = (columns.next()?, columns.next()?, columns.next()?);
            let port_fits = port.is_none_or(|port| number.parse() == Ok(port));
            (name == host && port_fits).then_some(provider)
        })
    }
}

/// Finds the line that begins with a key, without parsing the others: lines behind the heading
/// are sorted by their first column, whose entries are all as long as the key.
fn sorted_line(text: &'static str, key: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    let (mut low, mut high) = (text.find('\n')? + 1, text.len());
    while low < high {
        let middle = low + (high - low) / 2;
        // The middle may lie inside a character, so the line's start is looked for in the bytes.
        let before = bytes
            .get(low..middle)?
            .iter()
            .rposition(|byte| *byte == b'\n');
        let start = before.map_or(low, |at| low + at + 1);
        let line = text.get(start..)?.lines().next()?;
        match line.get(..key.len())?.cmp(key) {
            std::cmp::Ordering::Equal => return Some(line),
            std::cmp::Ordering::Less => low = start + line.len() + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_outline_is_found() {
        let catalog = Catalog::builtin();
        let mut before = String::new();
        for line in OUTLINE.lines().skip(1) {
            let code = line.split('\t').next().unwrap();
            assert!(before.as_str() < code, "{code} is out of order");
            before = code.to_owned();
            let outline = catalog
                .outline(code.parse().unwrap())
                .unwrap_or_else(|| panic!("{code}"));
            assert!(line.ends_with(outline.meaning(Language::ZhCn)), "{code}");
        }
        assert_eq!(catalog.outline(Hresult::new(1)), None);
        assert_eq!(catalog.outline(Hresult::new(0xFFFF_FFFF)), None);
        assert_eq!(catalog.outline(Hresult::new(0xC004_F9A1)), None);
    }

    #[test]
    fn every_named_code_stands_in_the_outline() {
        let catalog = Catalog::builtin();
        for (code, name) in Hresult::find_by_symbol("_") {
            assert!(catalog.outline(code).is_some(), "{code} {name}");
        }
    }

    #[test]
    fn every_product_is_found() {
        let catalog = Catalog::builtin();
        let mut before = "";
        for line in PRODUCTS.lines().skip(1) {
            let id = line.split('\t').next().unwrap();
            assert!(before < id, "{id} is out of order");
            before = id;
            assert!(
                catalog
                    .product(id)
                    .is_some_and(|product| line.contains(product.name)),
                "{id}"
            );
        }
        let server = catalog
            .product("ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03")
            .unwrap();
        assert_eq!(
            (server.name, server.kms_min_count),
            ("Windows Server 2022 Datacenter", Some(5))
        );
        assert_eq!(
            catalog.product("00000000-0000-0000-0000-000000000000"),
            None
        );
    }

    #[test]
    fn cloud_endpoints_are_told_by_name_address_and_port() {
        let catalog = Catalog::builtin();
        assert_eq!(
            catalog.cloud_endpoint("azkms.core.windows.net", Some(1688)),
            Some("azure")
        );
        assert_eq!(
            catalog.cloud_endpoint("169.254.169.250", Some(1688)),
            Some("aws")
        );
        assert_eq!(catalog.cloud_endpoint("169.254.169.250", Some(80)), None);
        assert_eq!(
            catalog.cloud_endpoint("kms01.contoso.com", Some(1688)),
            None
        );
    }

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
