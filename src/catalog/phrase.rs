//! One phrase in every language, with what is filled into it.

use std::collections::BTreeMap;

use super::Language;

/// One phrase in every language. `{names}` in it are filled in; `one|many` is chosen by a number where
/// the language tells them apart.
#[derive(Clone, Copy, Debug)]
pub struct Phrase {
    en: &'static str,
    zh_cn: &'static str,
}

impl Phrase {
    /// A phrase.
    pub const fn new(en: &'static str, zh_cn: &'static str) -> Self {
        Self { en, zh_cn }
    }

    /// Takes a phrase out of a section; one that is missing is a problem, and empty.
    pub fn take(section: &mut Section, name: &str, problems: &mut Vec<String>) -> Self {
        section.remove(name).unwrap_or_else(|| {
            problems.push(format!("{name} is missing"));
            Self::new("", "")
        })
    }

    /// The phrase as it stands.
    pub fn get(&self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::ZhCn => self.zh_cn,
        }
    }

    /// The phrase with its `{names}` filled in.
    pub fn fill(&self, language: Language, values: &[(&str, &str)]) -> String {
        fill(self.get(language), values)
    }

    /// The phrase for a number: `one|many` where the language tells them apart; `{n}` is the
    /// number, grouped by thousands.
    pub fn count(&self, language: Language, n: u64, values: &[(&str, &str)]) -> String {
        let text = self.get(language);
        let text = match text.split_once('|') {
            Some((one, many)) => {
                if n == 1 {
                    one
                } else {
                    many
                }
            }
            None => text,
        };
        let number = grouped(n);
        let mut all = vec![("n", number.as_str())];
        all.extend_from_slice(values);
        fill(text, &all)
    }
}

fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('{') {
        filled.push_str(before);
        match tail
            .split_once('}')
            .and_then(|(name, after)| Some((values.iter().find(|(key, _)| *key == name)?.1, after)))
        {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = tail;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// A file of texts as the build makes it: its sections, each with names and texts in both languages.
pub type TextTable = &'static [(
    &'static str,
    &'static [(&'static str, &'static str, &'static str)],
)];

/// Phrases by name.
pub type Section = BTreeMap<&'static str, Phrase>;

/// The sections of a file of texts.
pub fn sections(table: TextTable) -> BTreeMap<&'static str, Section> {
    let phrase = |(name, en, zh_cn): &(&'static str, &'static str, &'static str)| {
        (*name, Phrase::new(en, zh_cn))
    };
    table
        .iter()
        .map(|(section, texts)| (*section, texts.iter().map(phrase).collect()))
        .collect()
}

/// Takes a section out of a file of texts; one that is missing is a problem, and empty.
pub fn take_section(
    file: &mut BTreeMap<&'static str, Section>,
    name: &str,
    problems: &mut Vec<String>,
) -> Section {
    file.remove(name).unwrap_or_else(|| {
        problems.push(format!("there is no section {name}"));
        Section::new()
    })
}

/// A number with a comma between thousands, as both languages write it.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_stays_open() {
        assert_eq!(fill("{a} {b} {", &[("a", "{b}")]), "{b} {b} {");
    }
}
