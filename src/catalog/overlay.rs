//! Overlays: what somebody else knows, laid over the embedded catalog by code, finding or event id and by
//! field.
//!
//! A file is one entry as the catalog's own are, whole or with just the fields that change, or a
//! collection of them under `[[entries]]`; `[[kms_hosts]]` names KMS hosts that are known for what they
//! are. A table is merged field by field, everything else replaces what was there. What cannot be taken
//! is told and left out; the embedded catalog always works.

use std::fmt;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::{Catalog, CodeKind, EventEntry, FindingId, Language, entry};
use crate::hresult::Hresult;

/// A file that is laid over the catalog, as far as it can be understood by itself.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Its name, as it is told.
    pub name: String,
    /// The SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    entries: Vec<Table>,
    kms_hosts: Vec<KnownKmsHost>,
    problems: Vec<OverlayProblem>,
}

/// What a reader is told of an overlay that was laid over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverlayInfo {
    /// Its name.
    pub name: String,
    /// The SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// How many entries were taken from it.
    pub entries: usize,
    /// How many KMS hosts it names.
    pub kms_hosts: usize,
    /// What was left out of it.
    pub problems: Vec<OverlayProblem>,
}

/// Why a part of an overlay was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverlayProblem {
    /// The line and the column, from 1, where they are known.
    pub place: Option<(usize, usize)>,
    /// The code, finding or event id that it is about.
    pub entry: Option<String>,
    /// What is wrong.
    pub kind: OverlayProblemKind,
}

/// What is wrong with a part of an overlay.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OverlayProblemKind {
    /// It is no TOML.
    Syntax {
        /// What the parser says, in English.
        message: String,
    },
    /// It names neither a code nor a finding nor an event id.
    NotAnEntry,
    /// The field is none of a collection.
    UnknownField {
        /// The field.
        name: String,
    },
    /// The program has no such finding.
    UnknownFinding,
    /// The entry would not be whole, or a field is not what it should be.
    BadEntry {
        /// What the parser says, in English.
        message: String,
    },
    /// A KMS host is not told as it should be.
    BadHost {
        /// What the parser says, in English.
        message: String,
    },
}

/// `file:3:1: 0xC004F074: ...`, in English.
impl fmt::Display for OverlayProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "{line}:{column}: ")?;
        }
        if let Some(entry) = &self.entry {
            write!(f, "{entry}: ")?;
        }
        match &self.kind {
            OverlayProblemKind::Syntax { message }
            | OverlayProblemKind::BadEntry { message }
            | OverlayProblemKind::BadHost { message } => f.write_str(message),
            OverlayProblemKind::NotAnEntry => {
                f.write_str("names neither a code nor a finding (id) nor an event_id")
            }
            OverlayProblemKind::UnknownField { name } => {
                write!(f, "{name} is no field of an overlay")
            }
            OverlayProblemKind::UnknownFinding => f.write_str("is no finding of the program"),
        }
    }
}

/// A KMS host that somebody knows for what it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownKmsHost {
    /// Its name or address in lower case; `*.example.org` stands for every name below it.
    pub host: String,
    /// Its port; every port where none is given.
    pub port: Option<u16>,
    /// What it is.
    pub kind: KnownHostKind,
    /// Where that is known from, or how sure it is.
    pub note: Option<String>,
}

/// What a known KMS host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownHostKind {
    /// It activates without a license, as a rule on the Internet.
    Emulator,
}

impl KnownKmsHost {
    fn fits(&self, host: &str, port: Option<u16>) -> bool {
        let is_port = match (self.port, port) {
            (Some(own), Some(port)) => own == port,
            _ => true,
        };
        let is_host = match self.host.strip_prefix('*') {
            Some(suffix) => suffix.starts_with('.') && host.ends_with(suffix),
            None => self.host == host,
        };
        is_port && is_host
    }
}

impl Overlay {
    /// Reads a file's bytes. What cannot be understood is kept as a problem.
    pub fn parse(name: &str, bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut overlay = Self {
            name: name.to_owned(),
            sha256,
            entries: Vec::new(),
            kms_hosts: Vec::new(),
            problems: Vec::new(),
        };
        let Ok(text) = std::str::from_utf8(bytes) else {
            let message = "the file is not UTF-8".to_owned();
            overlay.complain(None, OverlayProblemKind::Syntax { message });
            return overlay;
        };
        // Editors of Windows begin files with it.
        let text = text.trim_start_matches('\u{feff}');
        match text.parse::<Table>() {
            Ok(table) => overlay.take(table),
            Err(error) => overlay.problems.push(OverlayProblem {
                place: error.span().map(|span| place(text, span.start)),
                entry: None,
                kind: OverlayProblemKind::Syntax {
                    message: error.message().to_owned(),
                },
            }),
        }
        overlay
    }

    fn take(&mut self, mut table: Table) {
        if let Some(hosts) = table.remove("kms_hosts") {
            self.hosts(hosts);
        }
        if let Some(entries) = table.remove("entries") {
            match entries {
                Value::Array(entries) => entries.into_iter().for_each(|entry| match entry {
                    Value::Table(entry) => self.entries.push(entry),
                    _ => self.complain(None, OverlayProblemKind::NotAnEntry),
                }),
                _ => self.complain(None, OverlayProblemKind::NotAnEntry),
            }
        }
        if ["code", "id", "event_id"]
            .iter()
            .any(|key| table.contains_key(*key))
        {
            self.entries.push(table);
            return;
        }
        for (name, _) in table.iter().filter(|(name, _)| *name != "about") {
            let kind = OverlayProblemKind::UnknownField { name: name.clone() };
            self.problems.push(OverlayProblem {
                place: None,
                entry: None,
                kind,
            });
        }
    }

    fn hosts(&mut self, hosts: Value) {
        let Value::Array(hosts) = hosts else {
            let message = "kms_hosts is no list of tables".to_owned();
            return self.complain(None, OverlayProblemKind::BadHost { message });
        };
        for host in hosts {
            let named = host.get("host").and_then(Value::as_str).map(str::to_owned);
            match host.try_into::<KnownKmsHost>() {
                Ok(mut host) => {
                    host.host = host.host.trim().to_lowercase();
                    self.kms_hosts.push(host);
                }
                Err(error) => self.complain(
                    named,
                    OverlayProblemKind::BadHost {
                        message: error.message().to_owned(),
                    },
                ),
            }
        }
    }

    fn complain(&mut self, entry: Option<String>, kind: OverlayProblemKind) {
        self.problems.push(OverlayProblem {
            place: None,
            entry,
            kind,
        });
    }
}

/// The line and the column of a byte, from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default();
    (line, column.chars().count() + 1)
}

/// What an entry is about.
enum Subject {
    Code(Hresult),
    Finding(&'static str),
    Event(u16),
}

fn subject(entry: &Table) -> Result<Subject, (Option<String>, OverlayProblemKind)> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    if let Some(code) = text("code") {
        let bad = |message: String| {
            (
                Some(code.to_owned()),
                OverlayProblemKind::BadEntry { message },
            )
        };
        return code
            .parse()
            .map(Subject::Code)
            .map_err(|error| bad(format!("{error}")));
    }
    if let Some(id) = text("id") {
        let known = FindingId::ALL.iter().find(|known| known.as_str() == id);
        return match known {
            Some(known) => Ok(Subject::Finding(known.as_str())),
            None => Err((Some(id.to_owned()), OverlayProblemKind::UnknownFinding)),
        };
    }
    let event = entry.get("event_id").and_then(Value::as_integer);
    match event.and_then(|id| u16::try_from(id).ok()) {
        Some(id) => Ok(Subject::Event(id)),
        None => Err((None, OverlayProblemKind::NotAnEntry)),
    }
}

/// Lays one table over another, field by field.
fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(over)) => merge(base, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// A language that is not there says what the other says.
fn fill_languages(table: &mut Table) {
    let [en, zh] = [Language::En, Language::ZhCn].map(Language::tag);
    for (from, to) in [(en, zh), (zh, en)] {
        if let (Some(text), false) = (table.get(from).cloned(), table.contains_key(to)) {
            table.insert(to.to_owned(), text);
        }
    }
}

impl Catalog {
    /// The embedded catalog with overlays over it; of two that say something of one field the later
    /// one counts.
    pub fn with_overlays(overlays: Vec<Overlay>) -> Self {
        let mut catalog = Self::builtin();
        for overlay in overlays {
            catalog.lay_over(overlay);
        }
        catalog
    }

    fn lay_over(&mut self, overlay: Overlay) {
        let mut info = OverlayInfo {
            name: overlay.name,
            sha256: overlay.sha256,
            entries: 0,
            kms_hosts: overlay.kms_hosts.len(),
            problems: overlay.problems,
        };
        for entry in overlay.entries {
            let taken = subject(&entry).and_then(|subject| self.take_entry(&subject, entry));
            match taken {
                Ok(()) => info.entries += 1,
                Err((entry, kind)) => info.problems.push(OverlayProblem {
                    place: None,
                    entry,
                    kind,
                }),
            }
        }
        self.kms_hosts.extend(overlay.kms_hosts);
        self.overlays.push(info);
    }

    fn take_entry(
        &mut self,
        subject: &Subject,
        entry: Table,
    ) -> Result<(), (Option<String>, OverlayProblemKind)> {
        let name = match subject {
            Subject::Code(code) => code.to_string(),
            Subject::Finding(id) => (*id).to_owned(),
            Subject::Event(id) => id.to_string(),
        };
        let bad = |message: String| (Some(name.clone()), OverlayProblemKind::BadEntry { message });
        let base = match subject {
            Subject::Code(code) => self.code_text(*code).map(str::to_owned),
            Subject::Finding(id) => self.finding_text(id).map(str::to_owned),
            Subject::Event(id) => self.event_text(*id).map(str::to_owned),
        };
        let mut merged: Table = match (&base, subject) {
            (Some(text), _) => text.parse().unwrap_or_default(),
            (None, Subject::Code(code)) => self.facts_as_table(*code),
            (None, _) => Table::new(),
        };
        merge(&mut merged, entry);
        if let Subject::Code(code) = subject {
            // However it was written.
            merged.insert("code".to_owned(), Value::String(code.to_string()));
        }
        if base.is_none() && !matches!(subject, Subject::Event(_)) {
            fill_languages(&mut merged);
        }
        let text = toml::to_string(&merged).map_err(|error| bad(error.to_string()))?;
        match subject {
            Subject::Code(code) => {
                entry::parse(&text).map_err(bad)?;
                self.put_code(*code, text);
            }
            Subject::Finding(id) => {
                entry::parse(&text).map_err(bad)?;
                self.put_finding(id, text);
            }
            Subject::Event(id) => {
                toml::from_str::<EventEntry>(&text)
                    .map_err(|error| bad(error.message().to_owned()))?;
                self.put_event(*id, text);
            }
        }
        Ok(())
    }

    /// What is known of a code without an entry, so that an overlay need not say it again.
    fn facts_as_table(&self, code: Hresult) -> Table {
        let facts = self.facts(code);
        let kind = match facts.kind {
            Some(CodeKind::Wrapper) => "wrapper",
            Some(CodeKind::Benign) => "benign",
            Some(CodeKind::Root) | None => "root",
        };
        let mut table = Table::new();
        let mut put = |key: &str, value: &str| {
            table.insert(key.to_owned(), Value::String(value.to_owned()));
        };
        if let Some(symbol) = code.symbol() {
            put("symbol", symbol);
        }
        put("kind", kind);
        put("severity", facts.severity.as_str());
        put("category", facts.category);
        table
    }

    /// The overlays that lie over the embedded catalog, in order.
    pub fn overlays(&self) -> &[OverlayInfo] {
        &self.overlays
    }

    /// What an overlay knows of a KMS host, by its name or address in lower case and its port.
    pub fn known_kms_host(&self, host: &str, port: Option<u16>) -> Option<&KnownKmsHost> {
        self.kms_hosts.iter().find(|known| known.fits(host, port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Severity;
    use proptest::prelude::*;

    fn over(text: &str) -> Catalog {
        Catalog::with_overlays(vec![Overlay::parse("ours.toml", text.as_bytes())])
    }

    fn problems(text: &str) -> Vec<String> {
        let catalog = over(text);
        let problems = &catalog.overlays()[0].problems;
        problems.iter().map(ToString::to_string).collect()
    }

    const NO_NAME: Hresult = Hresult::new(0x8007_232B);

    #[test]
    fn one_field_of_one_language_changes_and_no_other() {
        let plain = Catalog::builtin();
        let catalog = over("code = \"8007232B\"\n[\"zh-CN\"]\ntitle = \"本公司的标题\"\n");
        assert_eq!(catalog.overlays()[0].problems, []);
        let (own, before) = (catalog.code(NO_NAME).unwrap(), plain.code(NO_NAME).unwrap());
        assert_eq!(own.guidance(Language::ZhCn).title, "本公司的标题");
        assert_eq!(
            own.guidance(Language::ZhCn).steps,
            before.guidance(Language::ZhCn).steps
        );
        assert_eq!(
            own.guidance(Language::En).title,
            before.guidance(Language::En).title
        );
        assert_eq!(own.causes.len(), before.causes.len());
    }

    #[test]
    fn lists_are_replaced_and_the_later_overlay_counts() {
        let one = Overlay::parse("1", b"code = \"0x8007232B\"\n[en]\nsteps = [\"Call us.\"]");
        let two = Overlay::parse(
            "2",
            b"code = \"0x8007232B\"\nseverity = \"warning\"\n[en]\nsteps = [\"Call them.\"]",
        );
        let catalog = Catalog::with_overlays(vec![one, two]);
        let entry = catalog.code(NO_NAME).unwrap();
        let steps = &entry.guidance(Language::En).steps;
        assert_eq!(steps.len(), 1);
        assert_eq!(steps[0].text, "Call them.");
        assert_eq!(catalog.facts(NO_NAME).severity, Severity::Warning);
    }

    #[test]
    fn a_new_code_needs_its_texts_alone_in_one_language() {
        let text = "[[entries]]\ncode = \"0xC004F9A1\"\nen = { title = \"Ours\", meaning = \"It is ours.\", steps = [\"Look.\"] }";
        assert!(problems(text).is_empty());
        let catalog = over(text);
        let code = Hresult::new(0xC004_F9A1);
        let entry = catalog.code(code).unwrap();
        assert_eq!(entry.guidance(Language::ZhCn).title, "Ours");
        assert_eq!(catalog.facts(code).severity, Severity::Error);
    }

    #[test]
    fn what_cannot_be_taken_is_told_and_the_rest_is_taken() {
        let text = "\
[[entries]]
code = \"0x8007232B\"
severity = \"awful\"
[[entries]]
id = \"no-such-finding\"
[[entries]]
title = \"nothing\"
[[entries]]
code = \"zzz\"
[[entries]]
event_id = 12288
channel = \"Ours\"
[[kms_hosts]]
host = \"kms.example.org\"
";
        let told = problems(text);
        assert_eq!(told.len(), 5, "{told:#?}");
        assert!(
            told[0].contains("kms.example.org: missing field `kind`"),
            "{}",
            told[0]
        );
        assert!(told[1].starts_with("0x8007232B: "), "{}", told[1]);
        assert!(told[2].contains("no finding"), "{}", told[2]);
        let catalog = over(text);
        assert_eq!(catalog.event(12288).unwrap().channel, "Ours");
        let plain = Catalog::builtin();
        assert_eq!(
            catalog.facts(NO_NAME).severity,
            plain.facts(NO_NAME).severity
        );
        assert_eq!(
            problems("a = 1\nb ="),
            ["2:4: string values must be quoted, expected literal string"]
        );
    }

    #[test]
    fn a_known_kms_host_fits_by_name_suffix_and_port() {
        let catalog = over(
            "about = \"x\"\n[[kms_hosts]]\nhost = \"KMS.example.org\"\nport = 1688\nkind = \"emulator\"\n[[kms_hosts]]\nhost = \"*.example.net\"\nkind = \"emulator\"",
        );
        assert!(catalog.overlays()[0].problems.is_empty());
        for (host, port, expect) in [
            ("kms.example.org", Some(1688), true),
            ("kms.example.org", None, true),
            ("kms.example.org", Some(1689), false),
            ("a.b.example.net", Some(7), true),
            ("example.net", None, false),
            ("badexample.net", None, false),
        ] {
            assert_eq!(
                catalog.known_kms_host(host, port).is_some(),
                expect,
                "{host} {port:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_an_overlay(text in "(code|id|event_id|entries|kms_hosts|en|=|\\[|\\]|\"|0x8007232B|12288|\n|[a-z]| ){0,40}") {
            let catalog = over(&text);
            prop_assert!(catalog.code(NO_NAME).is_some());
        }

        #[test]
        fn any_bytes_are_an_overlay(text in ".{0,60}") {
            over(&text);
        }
    }
}
