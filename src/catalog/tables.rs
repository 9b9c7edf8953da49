//! What is known in one line each: codes, products, pages, endpoints. Text, searched as it stands or
//! when it is first asked for, so that nothing is parsed at the start.

use std::cmp::Ordering;
use std::sync::OnceLock;

use super::{CodeKind, Language};
use crate::hresult::Hresult;

/// One line per code that is known at all, sorted by code.
static OUTLINE: SortedLines = SortedLines::new(include_str!("../../catalog/outline.tsv"));
/// One line per page that entries refer to.
static REFERENCES: &str = include_str!("../../catalog/references.tsv");
/// KMS endpoints of cloud providers.
static ENDPOINTS: &str = include_str!("../../catalog/endpoints.tsv");

/// One line per product, sorted by activation id.
static PRODUCTS: SortedLines = SortedLines::new(include_str!("../../catalog/products.tsv"));

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

/// Every code that is known at all, by number.
pub(super) fn known_codes() -> impl Iterator<Item = Hresult> {
    OUTLINE
        .text
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').next()?.parse().ok())
}

/// A code's line in the outline of all codes that are known.
pub(super) fn outline(code: Hresult) -> Option<Outline> {
    let line = OUTLINE.line(&code.to_string())?;
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
pub(super) fn reference<'a>(id: &'a str) -> Option<Reference<'a>> {
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
pub(super) fn product(activation_id: &str) -> Option<Product> {
    let line = PRODUCTS.line(activation_id)?;
    let mut columns = line.split('\t').skip(1);
    Some(Product {
        application: columns.next()?,
        name: columns.next()?,
        channel: columns.next()?,
        kms_min_count: columns.next()?.parse().ok(),
    })
}

/// The cloud provider whose KMS endpoint a host is, by name or address in lower case and port.
pub(super) fn cloud_endpoint(host: &str, port: Option<u16>) -> Option<&'static str> {
    ENDPOINTS.lines().skip(1).find_map(|line| {
        let mut columns = line.split('\t');
        let (name, number, provider) = (columns.next()?, columns.next()?, columns.next()?);
        let port_fits = port.is_none_or(|port| number.parse() == Ok(port));
        (name == host && port_fits).then_some(provider)
    })
}

/// Lines behind a heading, sorted by their first column, whose entries are all of one length.
struct SortedLines {
    text: &'static str,
    /// Where lines begin: looked up once, as a fleet asks millions of times.
    starts: OnceLock<Vec<usize>>,
}

impl SortedLines {
    const fn new(text: &'static str) -> Self {
        Self {
            text,
            starts: OnceLock::new(),
        }
    }

    /// The line that begins with a key as long as the entries of the first column.
    fn line(&self, key: &str) -> Option<&'static str> {
        let starts = self.starts.get_or_init(|| {
            let ends = memchr::memchr_iter(b'\n', self.text.as_bytes());
            ends.map(|end| end + 1).collect()
        });
        let entry = |start: usize| self.text.get(start..start.checked_add(key.len())?);
        let place = starts.binary_search_by(|start| match entry(*start) {
            Some(entry) => entry.cmp(key),
            // Behind the last line.
            None => Ordering::Greater,
        });
        self.text.get(*starts.get(place.ok()?)?..)?.lines().next()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Catalog;
    use super::*;

    #[test]
    fn every_line_of_the_outline_is_found() {
        let catalog = Catalog::builtin();
        let mut before = String::new();
        for line in OUTLINE.text.lines().skip(1) {
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
        for line in PRODUCTS.text.lines().skip(1) {
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
}
