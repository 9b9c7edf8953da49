//! The texts of a finding: the catalog's, with the evidence's values filled in.
//!
//! A finding can be about several KMS hosts. Prose names them together; of a command there is one for
//! the first, and a sentence or a check of its own for each of the others.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, weigh};
use crate::catalog::text::{Piece, Placeholder, fill, pieces};
use crate::catalog::{CheckText, Entry, Fact};
use crate::diagnosis::{Finding, Gap};
use crate::hresult::Hresult;
use crate::report::code_texts;
use crate::report::model::{CausePart, CheckPart, ReferencePart};
use crate::spp::KmsHost;

/// The port that KMS uses where no other is known (Microsoft's default).
pub(crate) const DEFAULT_PORT: u16 = 1688;
/// KMS hosts that texts name; the finding lists them all.
const HOSTS: usize = 3;

/// What is said of a finding.
pub(super) struct Texts {
    pub(super) title: String,
    pub(super) meaning: String,
    pub(super) steps: Vec<String>,
    pub(super) causes: Vec<CausePart>,
    pub(super) checks: Vec<CheckPart>,
    pub(super) references: Vec<ReferencePart>,
}

pub(super) fn of_entry(context: &Context<'_>, finding: &Finding, entry: &Entry) -> Texts {
    let language = context.language;
    let filling = Filling::of(context, finding);
    let guidance = entry.guidance(language);
    let mut causes: Vec<CausePart> = entry
        .causes
        .iter()
        .map(|cause| {
            let text = filling.prose(cause.text.get(language));
            weigh::weigh(context, finding, cause, text)
        })
        .collect();
    // What is proved stands first and what is disproved last; likelihood decides among the rest.
    causes.sort_by_key(weigh::rank);
    let facts = facts(finding);
    let steps = guidance.steps.iter();
    let steps = steps.filter(|step| step.when.fits(&facts));
    let checks = entry.checks.iter();
    let checks = checks.filter(|check| check.when().fits(&facts));
    Texts {
        title: filling.prose(&guidance.title),
        meaning: filling.prose(&guidance.meaning),
        steps: steps.map(|step| filling.step(&step.text)).collect(),
        causes,
        checks: checks.flat_map(|check| filling.checks(check)).collect(),
        references: code_texts::references(context.catalog, entry, language),
    }
}

/// What the log proves of the whole finding, and why the cause is not in it where that is the same for
/// every attempt.
fn facts(finding: &Finding) -> BTreeSet<Fact> {
    let mut facts = finding.facts.clone();
    let mut gaps = finding.gaps.keys();
    if let (Some(gap), None) = (gaps.next(), gaps.next()) {
        facts.insert(match gap {
            Gap::LogStartsLate => Fact::LogStartsLate,
            Gap::DamageNearby => Fact::LogDamaged,
            Gap::LevelFilter => Fact::LevelFilter,
            Gap::NoAnswer => Fact::RequestUnanswered,
            Gap::NoRequests => Fact::NoRequests,
            Gap::RowsFiltered => Fact::RowsFiltered,
            Gap::NotKms => Fact::NotKmsProduct,
        });
    }
    facts
}

/// A code without an entry: its line in the outline, else its structure.
pub(super) fn of_unknown(context: &Context<'_>, code: Hresult) -> Texts {
    let language = context.language;
    let title = code_texts::title(context.catalog, code, language);
    let unknown = || context.phrases.unknown_code.title.get(language).to_owned();
    Texts {
        title: title.unwrap_or_else(unknown),
        meaning: code_texts::meaning_without_entry(
            context.catalog,
            context.phrases,
            code,
            language,
        ),
        steps: code_texts::steps_without_entry(context.phrases, language),
        causes: Vec::new(),
        checks: Vec::new(),
        references: Vec::new(),
    }
}

/// What the placeholders stand for in a finding.
struct Filling<'a> {
    context: &'a Context<'a>,
    /// Those that are not of a KMS host.
    values: BTreeMap<Placeholder, String>,
    /// The KMS hosts that are named.
    hosts: Vec<&'a KmsHost>,
    /// How many others there are.
    others: u64,
}

impl<'a> Filling<'a> {
    fn of(context: &'a Context<'a>, finding: &'a Finding) -> Self {
        // What a log holds must not turn into a command that somebody runs.
        let plain = finding.kms_hosts.iter();
        let plain = plain.filter(|host| is_plain_name(host.name()));
        let mut hosts: Vec<&KmsHost> = plain.collect();
        let others = hosts.len().saturating_sub(HOSTS) as u64;
        hosts.truncate(HOSTS);
        Self {
            context,
            values: values(context, finding),
            hosts,
            others,
        }
    }

    /// A text in which a host is one of several, each of which it is right for.
    fn for_host(&self, text: &str, host: Option<&KmsHost>) -> String {
        let name = |host: &KmsHost| host.name().to_owned();
        self.fill(text, host, host.map(name))
    }

    fn fill(&self, text: &str, host: Option<&KmsHost>, name: Option<String>) -> String {
        let unknown = || {
            let phrase = &self.context.phrases.open.kms_host;
            phrase.get(self.context.language).to_owned()
        };
        let port = host.and_then(KmsHost::port).unwrap_or(DEFAULT_PORT);
        fill(text, |placeholder| match placeholder {
            Placeholder::KmsHost => name.clone().unwrap_or_else(unknown),
            Placeholder::Port => port.to_string(),
            other => self.values.get(&other).cloned().unwrap_or_default(),
        })
    }

    /// Prose names all hosts, a command in it the first.
    fn prose(&self, text: &str) -> String {
        let first = self.hosts.first().copied();
        let all = self.hosts.iter().map(|host| host.name().to_owned());
        let all = self.listed(all.collect());
        let parts = text.split('`').enumerate().map(|(at, part)| {
            match at % 2 == 0 && self.hosts.len() > 1 {
                true => self.fill(part, first, all.clone()),
                false => self.for_host(part, first),
            }
        });
        parts.collect::<Vec<_>>().join("`")
    }

    /// A step; where a command in it names a host, with the hosts that it is to be done for as well.
    fn step(&self, text: &str) -> String {
        let mut step = self.prose(text);
        let mut commands = text.split('`').skip(1).step_by(2);
        let others = self.hosts.get(1..).unwrap_or_default();
        if commands.any(names_host)
            && let Some(hosts) = self.listed(others.iter().map(ToString::to_string).collect())
        {
            let phrases = self.context.phrases;
            let language = self.context.language;
            let also = phrases.hosts.also.fill(language, &[("hosts", &hosts)]);
            step.push_str(phrases.layout.sentence.get(language));
            step.push_str(&also);
        }
        step
    }

    /// A check, once for each host that its command names.
    fn checks(&self, check: &CheckText) -> Vec<CheckPart> {
        let expect = check.expect.get(self.context.language);
        if !names_host(&check.command) || self.hosts.len() < 2 {
            let first = self.hosts.first().copied();
            return vec![CheckPart {
                command: self.for_host(&check.command, first),
                expect: self.prose(expect),
            }];
        }
        let hosts = self.hosts.iter().map(|host| CheckPart {
            command: self.for_host(&check.command, Some(host)),
            expect: self.for_host(expect, Some(host)),
        });
        hosts.collect()
    }

    /// Names in prose, and how many are not named.
    fn listed(&self, names: Vec<String>) -> Option<String> {
        let language = self.context.language;
        let phrases = &self.context.phrases;
        let (last, first) = names.split_last()?;
        if first.is_empty() && self.others == 0 {
            return Some(last.clone());
        }
        let list = phrases.layout.list.get(language);
        Some(if self.others > 0 {
            let names = names.join(list);
            phrases
                .hosts
                .more
                .count(language, self.others, &[("hosts", &names)])
        } else {
            let first = first.join(list);
            phrases
                .hosts
                .and
                .fill(language, &[("first", &first), ("last", last)])
        })
    }
}

fn names_host(text: &str) -> bool {
    pieces(text).contains(&Piece::Open(Placeholder::KmsHost))
}

/// What the placeholders stand for that are not of a KMS host.
fn values(context: &Context<'_>, finding: &Finding) -> BTreeMap<Placeholder, String> {
    let open = &context.phrases.open;
    let language = context.language;
    let mut domains: BTreeMap<String, usize> = BTreeMap::new();
    for machine in &context.triage.fleet.machines {
        if let Some(domain) = machine.domain().filter(|domain| {
            finding.machines.binary_search(&machine.computer).is_ok() && is_plain_name(domain)
        }) {
            *domains.entry(domain.to_lowercase()).or_default() += 1;
        }
    }
    let of_machines = domains
        .into_iter()
        .max_by(|a, b| (a.1, &b.0).cmp(&(b.1, &a.0)))
        .map(|(domain, _)| domain);
    let mut told = finding.details.domains.iter().map(|told| &told.domain);
    let domain = told
        .find(|domain| is_plain_name(domain))
        .cloned()
        .or(of_machines);
    let mut products = finding.products.iter();
    let product = products.next().filter(|_| products.next().is_none());
    let or = |value: Option<String>, phrase: &crate::report::phrases::Phrase| {
        value.unwrap_or_else(|| phrase.get(language).to_owned())
    };
    let mut names = finding.machines.iter();
    let computer = names.find(|name| is_plain_name(name)).cloned();
    BTreeMap::from([
        (Placeholder::Domain, or(domain, &open.domain)),
        (
            Placeholder::ActivationId,
            or(product.map(ToString::to_string), &open.activation_id),
        ),
        (Placeholder::Computer, or(computer, &open.computer)),
    ])
}

/// Whether a text can be a host's name or address, and nothing that a shell acts on.
fn is_plain_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    !text.is_empty() && text.len() <= 255 && !text.starts_with('-') && text.chars().all(is_plain)
}
