//! What every part of the page needs: phrases and the ids of what can be linked.

use crate::report::model::Report;
use crate::report::phrases::{Layout, PagePhrases, Phrase};
use crate::report::render::words::Words;

use super::anchor::Anchors;

/// What every part of the page needs. Templates name phrases by `l` and `p`, so that a phrase which
/// is not there does not compile.
pub(super) struct Context<'a> {
    /// The report.
    pub(super) report: &'a Report,
    /// Its words.
    pub(super) words: Words,
    /// The phrases that all formats share.
    pub(super) l: &'static Layout,
    /// The phrases of the page alone.
    pub(super) p: &'static PagePhrases,
    /// Where links lead.
    pub(super) anchors: Anchors,
    /// Whether every row, record and attempt of the model is shown.
    pub(super) verbose: bool,
}

impl<'a> Context<'a> {
    /// What a report's page needs.
    pub(super) fn new(report: &'a Report, verbose: bool) -> Self {
        let words = Words::new(report);
        Self {
            report,
            l: words.layout(),
            p: words.page_phrases(),
            anchors: Anchors::new(report),
            words,
            verbose,
        }
    }

    /// A phrase in the report's language; a head of times with their zone.
    pub(super) fn say(&self, phrase: &Phrase) -> String {
        self.words.get(phrase)
    }
}
