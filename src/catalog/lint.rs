//! Everything that can be wrong with the catalog's files. The parser accepts what it can; here
//! all of it is complained about. The shipped catalog is held to it by a test.

use std::collections::BTreeMap;
use std::fmt;

use super::entry::{self, Condition, Entry, EventEntry};
use super::text::{Piece, pieces};
use super::{CODES, Catalog, EVENTS, FINDINGS, FindingId, Language};
use crate::hresult::Hresult;

/// One file of a catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogFile {
    /// Its folder and name without the ending, such as `codes/0x8007232B`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A complaint about one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CatalogProblem {
    /// The file.
    pub file: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for CatalogProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.problem)
    }
}

/// The embedded catalog's files.
pub fn builtin_files() -> Vec<CatalogFile> {
    [("codes", CODES), ("findings", FINDINGS), ("events", EVENTS)]
        .into_iter()
        .flat_map(|(folder, files)| {
            files.iter().map(move |(name, text)| CatalogFile {
                name: format!("{folder}/{name}"),
                text: (*text).to_owned(),
            })
        })
        .collect()
}

/// Ways of activation that an entry may name.
const ACTIVATION_TYPES: &[&str] = &[
    "mak",
    "retail",
    "oem",
    "kms-client",
    "kms-host",
    "adba",
    "avma",
    "token",
    "digital-license",
    "subscription",
    "office",
    "any",
];
/// Lengths in characters, so that tables and cards hold their titles.
const TITLE: [(Language, usize); 2] = [(Language::En, 60), (Language::ZhCn, 30)];
const SENTENCE: [(Language, usize); 2] = [(Language::En, 420), (Language::ZhCn, 220)];

/// Steps that a reader can be told at once, and steps of an entry, of which facts choose.
const STEPS: usize = 7;
const ALL_STEPS: usize = 12;

/// Checks files against each other and against what the program knows.
pub fn lint(files: &[CatalogFile]) -> Vec<CatalogProblem> {
    let mut linter = Linter {
        catalog: Catalog::builtin(),
        problems: Vec::new(),
        file: String::new(),
    };
    let mut see_also: BTreeMap<Hresult, Vec<Hresult>> = BTreeMap::new();
    for file in files {
        linter.file.clone_from(&file.name);
        match file.name.split_once('/') {
            Some(("codes", name)) => {
                if let Some(entry) = linter.entry(&file.text) {
                    linter.code(name, &entry);
                    if let Some(code) = entry.code {
                        see_also.insert(code, entry.see_also);
                    }
                }
            }
            Some(("findings", name)) => linter.finding(name, &file.text),
            Some(("events", name)) => linter.event(name, &file.text),
            _ => linter.complain("is in no folder of the catalog"),
        }
    }
    for (code, others) in &see_also {
        linter.file = format!("codes/{code}");
        for other in others {
            match see_also.get(other) {
                None => linter.complain(format!("see_also names {other}, which has no entry")),
                Some(back) if !back.contains(code) => linter.complain(format!(
                    "see_also names {other}, which does not name it back"
                )),
                Some(_) => {}
            }
        }
    }
    linter.problems.sort();
    linter.problems
}

struct Linter {
    catalog: Catalog,
    problems: Vec<CatalogProblem>,
    file: String,
}

impl Linter {
    fn complain(&mut self, problem: impl Into<String>) {
        self.problems.push(CatalogProblem {
            file: self.file.clone(),
            problem: problem.into(),
        });
    }

    fn want(&mut self, holds: bool, problem: impl FnOnce() -> String) {
        if !holds {
            self.complain(problem());
        }
    }

    fn entry(&mut self, text: &str) -> Option<Entry> {
        match entry::parse(text) {
            Ok(parsed) => {
                let has_code = parsed.entry.code.is_some();
                self.want(has_code != parsed.id.is_some(), || {
                    "needs either a code or an id".to_owned()
                });
                self.want(has_code != (parsed.kind == "derived"), || {
                    format!("kind {} does not fit", parsed.kind)
                });
                self.common(&parsed.entry);
                Some(parsed.entry)
            }
            Err(error) => {
                self.complain(error);
                None
            }
        }
    }

    fn code(&mut self, name: &str, entry: &Entry) {
        let Some(code) = entry.code else { return };
        self.want(name == code.to_string(), || {
            format!("is named {name} and holds {code}")
        });
        self.want(entry.symbol.as_deref() == code.symbol(), || {
            format!(
                "symbol is {:?}, should be {:?}",
                entry.symbol,
                code.symbol()
            )
        });
        if let Some(outline) = self.catalog.outline(code) {
            self.want(entry.category == outline.category, || {
                format!(
                    "category is {}, the outline says {}",
                    entry.category, outline.category
                )
            });
            self.want(entry.kind == Some(outline.kind), || {
                format!(
                    "kind is {:?}, the outline says {:?}",
                    entry.kind, outline.kind
                )
            });
        }
        self.want(!entry.activation_types.is_empty(), || {
            "names no activation type".to_owned()
        });
        for kind in &entry.activation_types {
            self.want(ACTIVATION_TYPES.contains(&kind.as_str()), || {
                format!("activation type {kind} is unknown")
            });
        }
        self.want(entry.see_also.len() <= 10, || {
            "see_also names more than ten codes".to_owned()
        });
    }

    fn finding(&mut self, name: &str, text: &str) {
        self.want(FindingId::ALL.iter().any(|id| id.as_str() == name), || {
            "is no finding of the program".to_owned()
        });
        if let Ok(parsed) = entry::parse(text) {
            self.want(parsed.id.as_deref() == Some(name), || {
                format!("is named {name} and has id {:?}", parsed.id)
            });
        }
        self.entry(text);
    }

    fn common(&mut self, entry: &Entry) {
        for language in Language::ALL {
            let guidance = entry.guidance(*language);
            self.title(*language, &guidance.title);
            self.sentence(*language, "meaning", &guidance.meaning);
            let always = guidance.steps.iter().filter(|step| step.when.is_always());
            let (always, all) = (always.count(), guidance.steps.len());
            self.want((1..=STEPS).contains(&always) && all <= ALL_STEPS, || {
                format!(
                    "{} has {always} steps of {all} for every log",
                    language.tag()
                )
            });
            for step in &guidance.steps {
                self.sentence(*language, "step", &step.text);
                self.contradiction("step", &step.when);
            }
        }
        let conditions = |language| {
            let steps = &entry.guidance(language).steps;
            steps.iter().map(|step| &step.when).collect::<Vec<_>>()
        };
        self.want(
            conditions(Language::En) == conditions(Language::ZhCn),
            || "the steps of the languages depend on different facts".to_owned(),
        );
        self.want((1..=8).contains(&entry.causes.len()), || {
            format!("has {} causes", entry.causes.len())
        });
        for cause in &entry.causes {
            for language in Language::ALL {
                self.sentence(*language, "cause", cause.text.get(*language));
            }
            let both = cause
                .confirmed_by
                .iter()
                .find(|fact| cause.ruled_out_by.contains(fact));
            self.want(both.is_none(), || {
                format!("{both:?} both confirms and rules out one cause")
            });
        }
        self.want(entry.checks.len() <= 6, || {
            format!("has {} checks", entry.checks.len())
        });
        for check in &entry.checks {
            self.placeholders("check", &check.command);
            self.want(!check.command.trim().is_empty(), || {
                "a check has no command".to_owned()
            });
            self.contradiction("check", &check.when());
            for language in Language::ALL {
                self.sentence(*language, "check", check.expect.get(*language));
            }
        }
        self.want(!entry.references.is_empty(), || {
            "names no reference".to_owned()
        });
        for id in &entry.references {
            match self.catalog.reference(id) {
                None => self.complain(format!("reference {id} stands not in references.tsv")),
                Some(page) => {
                    for language in Language::ALL {
                        let url = page.url(*language);
                        self.want(
                            url.starts_with("https://") || url.starts_with("http://"),
                            || format!("{id}: {url:?} is no address"),
                        );
                        self.want(!page.title(*language).is_empty(), || {
                            format!("{id} has no title in {}", language.tag())
                        });
                    }
                }
            }
        }
    }

    fn contradiction(&mut self, what: &str, when: &Condition) {
        let mut both = when
            .only_if
            .iter()
            .filter(|fact| when.unless.contains(fact));
        if let Some(fact) = both.next() {
            self.complain(format!("{fact:?} both asks for a {what} and forbids it"));
        }
    }

    fn event(&mut self, name: &str, text: &str) {
        let entry: EventEntry = match toml::from_str(text) {
            Ok(entry) => entry,
            Err(error) => return self.complain(error.to_string()),
        };
        self.want(name == entry.event_id.to_string(), || {
            format!("is named {name} and holds {}", entry.event_id)
        });
        self.want(!entry.meanings.is_empty(), || "has no meaning".to_owned());
        for meaning in &entry.meanings {
            self.want(meaning.when.is_some() == (entry.meanings.len() > 1), || {
                "`when` stands just where there are several meanings".to_owned()
            });
            for language in Language::ALL {
                self.title(*language, &meaning.text(*language).title);
                self.sentence(*language, "meaning", &meaning.text(*language).meaning);
                for field in &meaning.fields {
                    self.spacing(*language, "field", field.text.get(*language));
                }
            }
            if let Some(example) = &meaning.example {
                self.want(
                    ["record", "article", "table", "made"].contains(&example.provenance.as_str()),
                    || format!("provenance {}", example.provenance),
                );
            }
        }
        for other in &entry.see_also {
            let back = self
                .catalog
                .event(*other)
                .is_some_and(|o| o.see_also.contains(&entry.event_id));
            self.want(back, || {
                format!("see_also names {other}, which does not name it back")
            });
        }
    }

    fn title(&mut self, language: Language, text: &str) {
        let length = text.chars().count();
        self.want(
            !text.is_empty() && length <= limit(&TITLE, language),
            || format!("{} title has {length} characters", language.tag()),
        );
        self.want(!text.ends_with(['.', '。']), || {
            format!("{} title ends with a full stop", language.tag())
        });
        // Sentences put a title behind a colon of their own.
        self.want(!text.contains([':', '：']), || {
            format!("{} title holds a colon: {text}", language.tag())
        });
        self.spacing(language, "title", text);
    }

    fn sentence(&mut self, language: Language, what: &str, text: &str) {
        let length = text.chars().count();
        self.want(length > 3 && length <= limit(&SENTENCE, language), || {
            format!("{} {what} has {length} characters", language.tag())
        });
        let stop = match language {
            Language::En => '.',
            Language::ZhCn => '。',
        };
        self.want(text.ends_with(stop), || {
            format!("{} {what} does not end with {stop}: {text}", language.tag())
        });
        self.placeholders(what, text);
        self.spacing(language, what, text);
    }

    fn placeholders(&mut self, what: &str, text: &str) {
        for piece in pieces(text) {
            if let Piece::Unknown(braces) = piece {
                self.complain(format!("{what} has an unknown placeholder {braces}"));
            }
        }
    }

    fn spacing(&mut self, language: Language, what: &str, text: &str) {
        self.want(!text.contains("  ") && text.trim() == text, || {
            format!("{} {what} has stray spaces: {text}", language.tag())
        });
        self.want(text.matches('`').count().is_multiple_of(2), || {
            format!("{} {what} has an open backtick: {text}", language.tag())
        });
        let problem = match language {
            Language::En => text
                .chars()
                .find(|c| is_han(*c) || is_full_width_punctuation(*c))
                .map(|c| format!("holds {c}")),
            Language::ZhCn => chinese_problem(text),
        };
        if let Some(problem) = problem {
            self.complain(format!("{} {what} {problem}: {text}", language.tag()));
        }
    }
}

fn limit(limits: &[(Language, usize); 2], language: Language) -> usize {
    limits
        .iter()
        .find(|(l, _)| *l == language)
        .map_or(0, |(_, length)| *length)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}')
}

fn is_full_width_punctuation(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FFEF}' | '“' | '”' | '‘' | '’')
}

/// Half-width punctuation next to a Chinese character, and spaces that are missing between
/// Chinese and Latin or stand next to full-width punctuation. Commands in backticks are left out.
pub(crate) fn chinese_problem(text: &str) -> Option<String> {
    let mut plain = String::new();
    for (at, part) in text.split('`').enumerate() {
        // A command counts as one Latin letter for the spaces around it.
        plain.push_str(if at.is_multiple_of(2) { part } else { "x" });
    }
    let chars: Vec<char> = plain.chars().collect();
    for pair in chars.windows(2) {
        let &[a, b] = pair else { continue };
        let is_latin = |c: char| c.is_ascii_alphanumeric() || matches!(c, '{' | '}' | '%');
        if is_han(a) && matches!(b, ',' | ';' | ':' | '!' | '?' | '.') {
            return Some(format!("has half-width {b:?} after {a}"));
        }
        // Brackets around Latin text alone are half-width with a space before them, as Microsoft sets
        // them; around Chinese text they are full-width.
        if (a == '(' && is_han(b)) || (is_han(a) && matches!(b, '(' | ')')) {
            return Some(format!("has a half-width bracket between {a} and {b}"));
        }
        if (is_han(a) && is_latin(b)) || (is_latin(a) && is_han(b)) {
            return Some(format!("lacks a space between {a} and {b}"));
        }
        if (a == ' ' && is_full_width_punctuation(b)) || (is_full_width_punctuation(a) && b == ' ')
        {
            return Some(format!(
                "has a space next to {}",
                if a == ' ' { b } else { a }
            ));
        }
    }
    for triple in chars.windows(3) {
        if let &[a, ' ', b] = triple
            && is_han(a)
            && is_han(b)
        {
            return Some(format!("has a space between {a} and {b}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(name: &str, text: &str) -> Vec<String> {
        let file = CatalogFile {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        lint(&[file]).into_iter().map(|p| p.problem).collect()
    }

    const GOOD: &str = r#"
code = "0xC004B100"
symbol = "SL_E_SRV_GENERAL_ERROR"
kind = "root"
severity = "error"
category = "service"
activation_types = ["mak"]
references = ["D01"]
[en]
title = "The activation server refuses"
meaning = "It refuses."
steps = ["Try again."]
["zh-CN"]
title = "激活服务器拒绝请求"
meaning = "激活服务器拒绝了请求。"
steps = ["稍后重试。"]
[[causes]]
en = "The key is a MAK."
"zh-CN" = "密钥是 MAK。"
"#;

    #[test]
    fn the_shipped_catalog_is_clean() {
        let problems = lint(&builtin_files());
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{}", told.join("\n"));
    }

    #[test]
    fn every_finding_has_an_entry() {
        let catalog = Catalog::builtin();
        for id in FindingId::ALL {
            assert!(
                !catalog
                    .finding(*id)
                    .guidance(Language::ZhCn)
                    .title
                    .is_empty()
            );
        }
    }

    #[test]
    fn a_good_entry_passes() {
        assert_eq!(problems("codes/0xC004B100", GOOD), Vec::<String>::new());
    }

    #[test]
    fn an_entry_that_is_wrong_in_many_ways_is_told_each() {
        let bad = GOOD
            .replace("SL_E_SRV_GENERAL_ERROR", "SL_E_OTHER")
            .replace("\"service\"", "\"dns\"")
            .replace("[\"mak\"]", "[\"magic\"]")
            .replace("\"D01\"", "\"D99\"")
            .replace("refuses\"", "refuses.\"")
            .replace("Try again.", "Try {again}.")
            .replace("密钥是 MAK。", "密钥是MAK,对。");
        let told = problems("codes/0xC004B101", &bad).join("\n");
        for part in [
            "is named 0xC004B101",
            "SL_E_OTHER",
            "category is dns",
            "magic",
            "D99",
            "ends with a full stop",
            "{again}",
            "lacks a space",
        ] {
            assert!(told.contains(part), "{part} in:\n{told}");
        }
    }

    #[test]
    fn a_file_that_does_not_parse_is_one_problem() {
        assert_eq!(problems("codes/0xC004B100", "code = ").len(), 1);
        assert_eq!(problems("elsewhere", "").len(), 1);
    }

    #[test]
    fn chinese_spacing_and_punctuation_are_looked_at() {
        assert_eq!(chinese_problem("运行 `slmgr /dlv`，检查 KMS 主机。"), None);
        assert!(chinese_problem("运行,检查。").is_some());
        assert!(chinese_problem("检查KMS 主机。").is_some());
        assert!(chinese_problem("检查 ，主机。").is_some());
        assert!(chinese_problem("检查 主机。").is_some());
        assert!(chinese_problem("超时 (没有响应)。").is_some());
        assert_eq!(chinese_problem("超时（没有响应）和 KMS (1688)。"), None);
    }
}
