//! Phrases of the people's formats in the report's language.

use crate::catalog::Language;
use crate::report::model::{LeftOut, Report, SummaryPart, Time};
use crate::report::phrases::{
    CausesPhrases, ComparisonPhrases, DepthPhrases, DigitalLicensePhrases, ExplainPhrases,
    IgnoredPhrases, KmsPhrases, Layout, LeadPhrases, OverlayPhrases, PagePhrases, Phrase, Phrases,
};
use crate::report::times::Times;
use crate::report::zone::Zone;

use super::bit::{Bit, Bits, Tone};

/// The phrases, with the language and the zone chosen.
pub(super) struct Words {
    phrases: &'static Phrases,
    language: Language,
    times: Times,
}

impl Words {
    /// The words for a report; a language that is not known reads English.
    pub(super) fn new(report: &Report) -> Self {
        let language = Language::ALL
            .iter()
            .copied()
            .find(|language| language.tag() == report.language)
            .unwrap_or(Language::En);
        Self::of(language, report.zone.clone())
    }

    /// The words of a language, for times of a zone.
    pub(super) fn of(language: Language, zone: Zone) -> Self {
        Self {
            phrases: Phrases::load(),
            language,
            times: Times::new(zone, language),
        }
    }

    /// A phrase of `explain`.
    pub(super) fn explain(&self, phrase: impl Fn(&ExplainPhrases) -> &Phrase) -> String {
        phrase(&self.phrases.explain).get(self.language).to_owned()
    }

    /// A phrase of what tables, evidence and attempts say besides, with its values.
    pub(super) fn lead(
        &self,
        phrase: impl Fn(&LeadPhrases) -> &Phrase,
        values: &[(&str, &str)],
    ) -> String {
        phrase(&self.phrases.lead).fill(self.language, values)
    }

    /// A phrase of the page with its values.
    pub(super) fn page_with(
        &self,
        phrase: impl Fn(&PagePhrases) -> &Phrase,
        values: &[(&str, &str)],
    ) -> String {
        phrase(&self.phrases.page).fill(self.language, values)
    }

    /// A phrase of the page for a number.
    pub(super) fn count_page(&self, phrase: impl Fn(&PagePhrases) -> &Phrase, n: u64) -> String {
        phrase(&self.phrases.page).count(self.language, n, &[])
    }

    /// The phrases that the people's formats share, for templates.
    pub(super) fn layout(&self) -> &'static Layout {
        &self.phrases.layout
    }

    /// The phrases of the page, for templates.
    pub(super) fn page_phrases(&self) -> &'static PagePhrases {
        &self.phrases.page
    }

    /// A phrase that is at hand, as [`Self::say`] says it.
    pub(super) fn get(&self, phrase: &Phrase) -> String {
        let zone = self.times.zone().name();
        phrase.fill(self.language, &[("zone", zone)])
    }

    /// A phrase about overlays with its values.
    pub(super) fn overlay(
        &self,
        phrase: impl Fn(&OverlayPhrases) -> &Phrase,
        values: &[(&str, &str)],
    ) -> String {
        phrase(&self.phrases.overlay).fill(self.language, values)
    }

    /// A phrase about digital licenses with its values.
    pub(super) fn digital(
        &self,
        phrase: impl Fn(&DigitalLicensePhrases) -> &Phrase,
        values: &[(&str, &str)],
    ) -> String {
        phrase(&self.phrases.digital_license).fill(self.language, values)
    }

    /// A phrase of `explain` with its values.
    pub(super) fn explain_with(
        &self,
        phrase: impl Fn(&ExplainPhrases) -> &Phrase,
        values: &[(&str, &str)],
    ) -> String {
        phrase(&self.phrases.explain).fill(self.language, values)
    }

    /// All phrases.
    pub(super) fn phrases(&self) -> &'static Phrases {
        self.phrases
    }

    /// The language.
    pub(super) fn language(&self) -> Language {
        self.language
    }

    /// A phrase of any section as it stands.
    pub(super) fn phrase(&self, phrase: impl Fn(&Phrases) -> &Phrase) -> String {
        phrase(self.phrases).get(self.language).to_owned()
    }

    /// A phrase on the attempts of one machine.
    pub(super) fn depth(&self, phrase: impl Fn(&DepthPhrases) -> &Phrase) -> String {
        self.phrase(|all| phrase(&all.depth))
    }

    /// A phrase on the few causes.
    pub(super) fn causes(&self, phrase: impl Fn(&CausesPhrases) -> &Phrase) -> String {
        self.phrase(|all| phrase(&all.causes))
    }

    /// A phrase on the changes since an earlier report.
    pub(super) fn comparison(&self, phrase: impl Fn(&ComparisonPhrases) -> &Phrase) -> String {
        self.phrase(|all| phrase(&all.comparison))
    }

    /// A phrase on what is accepted.
    pub(super) fn ignored(&self, phrase: impl Fn(&IgnoredPhrases) -> &Phrase) -> String {
        self.phrase(|all| phrase(&all.ignored))
    }

    /// The word of a way to activate.
    pub(super) fn activation_type(&self, id: &str) -> String {
        let ways = &self.phrases.activation;
        let phrase = match id {
            "mak" => &ways.mak,
            "retail" => &ways.retail,
            "oem" => &ways.oem,
            "kms-client" => &ways.kms_client,
            "kms-host" => &ways.kms_host,
            "adba" => &ways.adba,
            "avma" => &ways.avma,
            "token" => &ways.token,
            "digital-license" => &ways.digital_license,
            "subscription" => &ways.subscription,
            "office" => &ways.office,
            "any" => &ways.any,
            other => return other.to_owned(),
        };
        phrase.get(self.language).to_owned()
    }

    /// A phrase about KMS hosts and their clients.
    pub(super) fn kms(&self, phrase: impl Fn(&KmsPhrases) -> &Phrase) -> String {
        let zone = self.times.zone().name();
        phrase(&self.phrases.kms).fill(self.language, &[("zone", zone)])
    }

    /// A phrase about KMS hosts and their clients for a number.
    pub(super) fn kms_count(
        &self,
        phrase: impl Fn(&KmsPhrases) -> Phrase,
        n: u64,
        values: &[(&str, &str)],
    ) -> String {
        phrase(&self.phrases.kms).count(self.language, n, values)
    }

    /// Whether the language is written with Han characters.
    pub(super) fn is_chinese(&self) -> bool {
        self.language == Language::ZhCn
    }

    /// A phrase as it stands. A head of times says `{zone}`, and gets the name of theirs.
    pub(super) fn say(&self, phrase: impl Fn(&Layout) -> &Phrase) -> String {
        let zone = self.times.zone().name();
        phrase(&self.phrases.layout).fill(self.language, &[("zone", zone)])
    }

    /// A phrase with its values.
    pub(super) fn fill(
        &self,
        phrase: impl Fn(&Layout) -> &Phrase,
        values: &[(&str, &str)],
    ) -> String {
        phrase(&self.phrases.layout).fill(self.language, values)
    }

    /// A phrase for a number.
    pub(super) fn count(&self, phrase: impl Fn(&Layout) -> &Phrase, n: u64) -> String {
        phrase(&self.phrases.layout).count(self.language, n, &[])
    }

    /// A phrase for a number with further values.
    pub(super) fn count_with(
        &self,
        phrase: impl Fn(&Layout) -> &Phrase,
        n: u64,
        values: &[(&str, &str)],
    ) -> String {
        phrase(&self.phrases.layout).count(self.language, n, values)
    }

    /// What separates the items of a list.
    pub(super) fn list(&self) -> String {
        self.say(|l| &l.list)
    }

    /// What separates sentences that stand in one.
    pub(super) fn part(&self) -> String {
        self.say(|l| &l.part)
    }

    /// What separates clauses.
    pub(super) fn comma(&self) -> String {
        self.say(|l| &l.comma)
    }

    /// Text in parentheses, with the space that belongs before it.
    pub(super) fn aside(&self, text: &str) -> String {
        self.fill(|l| &l.aside, &[("text", text)])
    }

    /// `label: value`.
    pub(super) fn labelled(&self, label: &str, value: &str) -> String {
        format!("{label}{}{value}", self.say(|l| &l.colon))
    }

    /// Names in a list, at most `limit` of them, then how many more there are.
    pub(super) fn names(&self, names: &[String], limit: usize) -> Bits {
        self.some_of(names, names.len() as u64, limit, Bit::name, |l| &l.more)
    }

    /// Ids of findings, at most `limit` of them, then how many more there are.
    pub(super) fn findings(&self, ids: &[String], limit: usize) -> Bits {
        self.some_of(ids, ids.len() as u64, limit, Bit::finding, |l| &l.more)
    }

    /// Names of machines, at most `limit` of them, then how many more of `total` there are.
    pub(super) fn machines(&self, names: &[String], total: u64, limit: usize) -> Bits {
        self.some_of(names, total, limit, Bit::machine, |l| &l.more_machines)
    }

    fn some_of(
        &self,
        names: &[String],
        total: u64,
        limit: usize,
        bit: fn(String) -> Bit,
        more: fn(&Layout) -> &Phrase,
    ) -> Bits {
        let mut bits = Bits::new();
        let some = names.get(..limit).unwrap_or(names);
        for name in some {
            if !bits.is_empty() {
                bits.push(Bit::words(self.list()));
            }
            bits.push(bit(name.clone()));
        }
        let hidden = total.saturating_sub(some.len() as u64);
        if hidden > 0 && !bits.is_empty() {
            bits.push(Bit::words(self.count(more, hidden)));
        }
        bits
    }

    /// From when to when, with the zone.
    pub(super) fn span(&self, first: Time, last: Time) -> String {
        self.times.span(first, last)
    }

    /// A time with its zone.
    pub(super) fn moment(&self, time: Time) -> String {
        self.times.moment(time)
    }

    /// A time with its offset from UTC, where a line holds several and the zone is named nearby.
    pub(super) fn brief(&self, time: Time) -> String {
        self.times.brief(time)
    }

    /// A time without its zone, where a head names that.
    pub(super) fn clock(&self, time: Time) -> String {
        self.times.clock(time)
    }

    /// The word of a severity.
    pub(super) fn severity(&self, severity: &str) -> String {
        match severity {
            "critical" => self.say(|l| &l.severity_critical),
            "error" => self.say(|l| &l.severity_error),
            "warning" => self.say(|l| &l.severity_warning),
            "info" => self.say(|l| &l.severity_info),
            other => other.to_owned(),
        }
    }

    /// The word of a machine's or product's status.
    pub(super) fn status(&self, status: &str) -> Bit {
        match status {
            "failing" => Bit::words(self.say(|l| &l.status_failing)).toned(Tone::Bad),
            "activated" => Bit::words(self.say(|l| &l.status_activated)).toned(Tone::Good),
            "unknown" => Bit::words(self.say(|l| &l.status_unknown)),
            other => Bit::words(other),
        }
    }

    /// The word of an attempt's outcome.
    pub(super) fn outcome(&self, outcome: &str) -> Bit {
        match outcome {
            "failed" => Bit::words(self.say(|l| &l.outcome_failed)).toned(Tone::Bad),
            "succeeded" => Bit::words(self.say(|l| &l.outcome_succeeded)).toned(Tone::Good),
            "unknown" => Bit::words(self.say(|l| &l.outcome_unknown)),
            other => Bit::words(other),
        }
    }

    /// How sure a cause is, where no line says why.
    pub(super) fn confidence(&self, confidence: &str) -> String {
        match confidence {
            "seen" => self.say(|l| &l.confidence_seen),
            "inferred" => self.say(|l| &l.confidence_inferred),
            "missing" => self.say(|l| &l.confidence_missing),
            other => other.to_owned(),
        }
    }

    /// The word of a license state.
    pub(super) fn license(&self, state: &str) -> String {
        match state {
            "unlicensed" => self.say(|l| &l.license_unlicensed),
            "licensed" => self.say(|l| &l.license_licensed),
            "oob-grace" => self.say(|l| &l.license_oob_grace),
            "oot-grace" => self.say(|l| &l.license_oot_grace),
            "non-genuine-grace" => self.say(|l| &l.license_non_genuine_grace),
            "notification" => self.say(|l| &l.license_notification),
            "extended-grace" => self.say(|l| &l.license_extended_grace),
            "in-grace" => self.say(|l| &l.license_in_grace),
            other => other.to_owned(),
        }
    }

    /// The word of a KMS host's kind.
    pub(super) fn host_kind(&self, kind: &str) -> Bit {
        match kind {
            "allowed" => Bit::words(self.say(|l| &l.host_allowed)),
            "known-cloud" => Bit::words(self.say(|l| &l.host_known_cloud)),
            "loopback" => Bit::words(self.say(|l| &l.host_loopback)).toned(Tone::Bad),
            "unlisted" => Bit::words(self.say(|l| &l.host_unlisted)).toned(Tone::Bad),
            "unknown" => Bit::words(self.say(|l| &l.host_unknown)),
            other => Bit::words(other),
        }
    }

    /// That a KMS client does not ask as it should.
    pub(super) fn activity(&self, activity: &str) -> Bit {
        match activity {
            "stopped" => Bit::words(self.kms(|k| &k.stopped)).toned(Tone::Bad),
            "too-often" => Bit::words(self.kms(|k| &k.too_often)).toned(Tone::Bad),
            other => Bit::words(other),
        }
    }

    /// The state of a cause.
    pub(super) fn cause_state(&self, state: &str) -> String {
        match state {
            "confirmed" => self.say(|l| &l.confirmed),
            "ruled-out" => self.say(|l| &l.ruled_out),
            "possible" => self.say(|l| &l.possible),
            other => other.to_owned(),
        }
    }

    /// All counts of the summary in one line.
    pub(super) fn verdict(&self, summary: &SummaryPart) -> String {
        let mut failing = self.count(|l| &l.failing, summary.machines_failing);
        if summary.machines_still_licensed > 0 {
            let licensed = self.count(|l| &l.still_licensed, summary.machines_still_licensed);
            failing.push_str(&self.aside(&licensed));
        }
        self.fill(
            |l| &l.verdict,
            &[
                ("machines", &self.count(|l| &l.machines, summary.machines)),
                ("failing", &failing),
                (
                    "activated",
                    &self.count(|l| &l.activated, summary.machines_activated),
                ),
                (
                    "unknown",
                    &self.count(|l| &l.unknown, summary.machines_unknown),
                ),
                ("attempts", &self.count(|l| &l.attempts, summary.attempts)),
                (
                    "failed",
                    &self.count(|l| &l.failed, summary.attempts_failed),
                ),
            ],
        )
    }

    /// What a reader must know before anything else: that reading was interrupted, what is
    /// filtered out.
    pub(super) fn cautions(&self, report: &Report) -> Vec<String> {
        let mut cautions = Vec::new();
        if report.made_with.incomplete {
            cautions.push(self.say(|l| &l.incomplete));
        }
        if !report.made_with.filters.is_empty() {
            let mut caution = self.filters(&report.made_with.filters);
            if let Some(left_out) = report
                .made_with
                .left_out
                .filter(|left_out| left_out.findings + left_out.machines > 0)
            {
                let lost_all = report.findings.is_empty() && left_out.findings > 0;
                if report.findings.is_empty() && report.machines.is_empty() {
                    caution = self.then(&caution, &self.say(|l| &l.none_listed));
                } else if lost_all {
                    caution = self.then(&caution, &self.say(|l| &l.no_findings));
                }
                caution = self.then(&caution, &self.left_out(left_out));
            }
            cautions.push(caution);
        }
        cautions
    }

    /// That pseudonyms stand for names.
    pub(super) fn redaction_caution(&self) -> String {
        let phrase = &self.phrases().redacted.report;
        phrase.get(self.language()).to_owned()
    }

    /// That rows are left out, by which options, and how many; nothing where none was given.
    pub(super) fn row_cautions(&self, filters: &[String], rows: u64, left_out: u64) -> Vec<String> {
        if filters.is_empty() {
            return Vec::new();
        }
        let mut caution = self.filters(filters);
        if rows == 0 {
            caution = self.then(&caution, &self.say(|l| &l.no_rows));
        }
        vec![self.then(&caution, &self.count(|l| &l.rows_left_out, left_out))]
    }

    fn filters(&self, filters: &[String]) -> String {
        self.fill(|l| &l.filters, &[("filters", &filters.join(&self.list()))])
    }

    fn left_out(&self, left_out: LeftOut) -> String {
        let findings = self.count(|l| &l.left_findings, left_out.findings);
        let machines = self.count(|l| &l.machines, left_out.machines);
        self.fill(
            |l| &l.left_out,
            &[("findings", &findings), ("machines", &machines)],
        )
    }

    /// One sentence after another.
    fn then(&self, first: &str, second: &str) -> String {
        format!("{first}{}{second}", self.say(|l| &l.sentence))
    }
}
