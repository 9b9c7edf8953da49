//! The catalog as a list: each entry in one line.

use std::collections::BTreeSet;

use serde::Serialize;

use super::code_texts;
use super::model::Code;
use crate::catalog::{Catalog, Entry, EventEntry, FindingId, Language};
use crate::hresult::Hresult;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// The codes that have an entry.
    Codes,
    /// Every code that is known at all.
    AllCodes,
    /// The findings that are no code.
    Findings,
    /// The event ids.
    Events,
}

/// One entry of the catalog.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum ListedEntry {
    /// A code.
    Code {
        /// The code.
        code: Code,
        /// Its name in the Windows headers.
        symbol: Option<String>,
        /// `root`, `wrapper`, `benign` or `unknown`.
        kind: &'static str,
        /// The default severity.
        severity: &'static str,
        /// What it belongs to.
        category: String,
        /// Ways of activation that it occurs with.
        activation_types: Vec<String>,
        /// What is wrong.
        title: String,
    },
    /// A finding that is no code.
    Finding {
        /// Its id.
        id: &'static str,
        /// The default severity.
        severity: &'static str,
        /// What it belongs to.
        category: String,
        /// What is wrong.
        title: String,
    },
    /// An event id.
    Event {
        /// The id.
        event_id: u16,
        /// The log channel that it stands in.
        channel: String,
        /// The names of its meanings.
        kinds: Vec<String>,
        /// The meanings, in a few words each.
        titles: Vec<String>,
    },
}

/// The entries of the catalog, overlays laid over it: codes and event ids by number.
pub fn catalog_list(catalog: &Catalog, what: Listing, language: Language) -> Vec<ListedEntry> {
    let mut codes: BTreeSet<Hresult> = catalog.codes().collect();
    match what {
        Listing::Events => {
            let entries = catalog.event_ids().filter_map(|id| catalog.event(id));
            return entries.map(|entry| event(entry, language)).collect();
        }
        Listing::Findings => {
            let ids = FindingId::ALL.iter();
            return ids.map(|id| finding(catalog, *id, language)).collect();
        }
        Listing::AllCodes => codes.extend(catalog.known_codes()),
        Listing::Codes => {}
    }
    codes
        .into_iter()
        .map(|of| code(catalog, of, language))
        .collect()
}

fn code(catalog: &Catalog, code: Hresult, language: Language) -> ListedEntry {
    let facts = catalog.facts(code);
    let entry = catalog.code(code);
    let types = |entry: &Entry| entry.activation_types.clone();
    let types_of_outline = || {
        let listed = catalog
            .outline(code)
            .map_or("", |line| line.activation_types);
        let listed = listed.split(',').filter(|kind| !kind.is_empty());
        listed.map(str::to_owned).collect()
    };
    ListedEntry::Code {
        code: Code(code),
        symbol: entry
            .and_then(|entry| entry.symbol.clone())
            .or_else(|| code.symbol().map(str::to_owned)),
        kind: code_texts::kind(facts.kind),
        severity: facts.severity.as_str(),
        category: facts.category.to_owned(),
        activation_types: entry.map_or_else(types_of_outline, types),
        title: code_texts::title(catalog, code, language).unwrap_or_default(),
    }
}

fn finding(catalog: &Catalog, id: FindingId, language: Language) -> ListedEntry {
    let entry = catalog.finding(id);
    ListedEntry::Finding {
        id: id.as_str(),
        severity: entry.severity.as_str(),
        category: entry.category.clone(),
        title: entry.guidance(language).title.clone(),
    }
}

fn event(entry: &EventEntry, language: Language) -> ListedEntry {
    let meanings = || entry.meanings.iter();
    ListedEntry::Event {
        event_id: entry.event_id,
        channel: entry.channel.clone(),
        kinds: meanings().map(|meaning| meaning.kind.clone()).collect(),
        titles: meanings()
            .map(|meaning| meaning.text(language).title.clone())
            .collect(),
    }
}
