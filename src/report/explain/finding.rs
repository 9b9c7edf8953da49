//! A finding that is no code, by its name.

use serde::Serialize;

use super::{Asked, Explanation};
use crate::catalog::FindingId;
use crate::catalog::text::fill;
use crate::report::code_texts;
use crate::report::model::{CheckPart, ReferencePart};

/// A finding in words.
#[derive(Clone, Debug, Serialize)]
pub struct FindingExplanation {
    /// Its name.
    pub id: &'static str,
    /// The default severity.
    pub severity: &'static str,
    /// What it belongs to.
    pub category: String,
    /// What is wrong.
    pub title: String,
    /// What it means.
    pub meaning: String,
    /// What can be behind it.
    pub causes: Vec<String>,
    /// What to do.
    pub steps: Vec<String>,
    /// How to look.
    pub checks: Vec<CheckPart>,
    /// Pages to read.
    pub references: Vec<ReferencePart>,
}

impl Asked<'_> {
    /// The finding that was typed, where it is the name of one.
    pub(super) fn finding(&self) -> Option<Explanation> {
        let mut ids = FindingId::ALL.iter();
        let id = ids.find(|id| id.as_str().eq_ignore_ascii_case(self.text))?;
        let entry = self.catalog.finding(*id);
        let language = self.language;
        let filled = |text: &str| fill(text, |placeholder| self.open(placeholder));
        let guidance = entry.guidance(language);
        let causes = entry.causes.iter();
        Some(Explanation::Finding(Box::new(FindingExplanation {
            id: id.as_str(),
            severity: entry.severity.as_str(),
            category: entry.category.clone(),
            title: filled(&guidance.title),
            meaning: filled(&guidance.meaning),
            causes: causes
                .map(|cause| filled(cause.text.get(language)))
                .collect(),
            steps: code_texts::steps(entry, language, filled),
            checks: code_texts::checks(entry, language, filled),
            references: code_texts::references(self.catalog, entry, language),
        })))
    }
}
