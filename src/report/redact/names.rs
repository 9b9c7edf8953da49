//! Which pseudonym stands for which name: given once, and the same wherever the name stands.
//!
//! A name is taken apart before it is looked up, so that what belonged together still does: `PC1` and
//! `pc1.contoso.com` become `machine-0001` and `machine-0001.domain-01.example`. Numbers are given in
//! the order in which names come; who brings them in which order is the business of `triage`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use crate::catalog::Catalog;
use crate::spp::{ActivationId, Cmid, KmsHost};

/// What a computer is to whoever brings its name: its pseudonym says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A machine, or a client of a KMS host.
    Machine,
    /// A KMS host, or another server.
    Host,
}

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Machine,
    Host,
    Domain,
    User,
    Sid,
    V4,
    V6,
    Cmid,
    Key,
    /// A number that Microsoft or a KMS host gave to a key or an installation.
    Id,
    /// An object in the directory.
    Object,
    /// A share or folder of a server.
    Share,
    /// What stands where an id belongs and is none.
    Odd,
    /// A log, or another path.
    Log,
}

/// Knows the hosts that say nothing of their clients.
static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

/// Pseudonyms, as far as they are given.
pub(super) struct Pseudonyms {
    given: BTreeMap<(Kind, String), String>,
    counts: BTreeMap<Kind, u32>,
    /// How many other names a machine has.
    others: BTreeMap<String, u32>,
    /// Names of the input, in lower case: no pseudonym may be one of them.
    taken: BTreeSet<String>,
    /// What single words in free text stand for, in lower case.
    words: BTreeMap<String, String>,
    /// What stands in free text and is no single word, as it was logged; the longest is looked for
    /// first.
    phrases: Vec<(String, String)>,
}

/// The first labels of domains that are everybody's.
const COMMON_LABELS: &[&str] = &[
    "ad", "corp", "dom", "domain", "home", "int", "internal", "intra", "lan", "local", "net", "www",
];

/// Accounts and their folders that are the same everywhere.
const COMMON_USERS: &[&str] = &[
    "",
    "administrator",
    "all users",
    "default",
    "default user",
    "guest",
    "local service",
    "localservice",
    "localsystem",
    "network service",
    "networkservice",
    "public",
    "system",
];

/// A name that is no single word and shorter than this is not looked for in free text.
const LEAST_PHRASE: usize = 3;

/// The networks of RFC 5737, then that of RFC 2544: none of them is anybody's.
const V4_NETWORKS: [([u8; 2], u32); 3] = [([192, 0], 254), ([198, 51], 254), ([203, 0], 254)];

impl Pseudonyms {
    pub(super) fn new() -> Self {
        Self {
            given: BTreeMap::new(),
            counts: BTreeMap::new(),
            others: BTreeMap::new(),
            taken: BTreeSet::new(),
            words: BTreeMap::new(),
            phrases: Vec::new(),
        }
    }

    /// Takes note of a name of the input, so that no pseudonym becomes the same.
    pub(super) fn take(&mut self, name: &str) {
        let name = name.trim().to_lowercase();
        if let Some((label, domain)) = name.split_once('.') {
            self.taken.insert(label.to_owned());
            self.taken.insert(domain.to_owned());
        }
        self.taken.insert(name);
    }

    /// The next of its kind that is no name of the input.
    fn next(&mut self, kind: Kind, spell: impl Fn(u32) -> String) -> String {
        loop {
            let count = self.counts.entry(kind).or_default();
            *count = count.saturating_add(1);
            let spelled = spell(*count);
            if *count == u32::MAX || !self.taken.contains(&spelled.to_lowercase()) {
                return spelled;
            }
        }
    }

    pub(super) fn known(&self, kind: Kind, name: &str) -> Option<&String> {
        self.given.get(&(kind, name.to_owned()))
    }

    fn give(&mut self, kind: Kind, name: &str, spell: impl Fn(u32) -> String) -> String {
        if let Some(known) = self.known(kind, name) {
            return known.clone();
        }
        let spelled = self.next(kind, spell);
        self.given.insert((kind, name.to_owned()), spelled.clone());
        spelled
    }

    /// What a word of free text stands for, in lower case.
    pub(super) fn word(&self, word: &str) -> Option<&String> {
        self.words.get(word)
    }

    /// What stands in free text and is no single word, the longest first.
    pub(super) fn phrases(&self) -> &[(String, String)] {
        &self.phrases
    }

    /// Has free text searched for a name as it was logged.
    fn look_for(&mut self, logged: &str, pseudonym: &str) {
        let logged = logged.trim();
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        if logged.is_empty() || logged.chars().all(|c| c.is_ascii_digit()) {
            return;
        }
        if logged.chars().all(is_word) {
            let word = logged.to_lowercase();
            self.words.entry(word).or_insert(pseudonym.to_owned());
        } else if logged.len() >= LEAST_PHRASE
            && self.phrases.iter().all(|(known, _)| known != logged)
        {
            let at = self
                .phrases
                .partition_point(|(known, _)| known.len() >= logged.len());
            let phrase = (logged.to_owned(), pseudonym.to_owned());
            self.phrases.insert(at, phrase);
        }
    }

    /// Whether a host's name tells nothing of anybody: the machine itself, or a cloud provider's.
    pub(super) fn stays(&self, name: &str) -> bool {
        let host = KmsHost::new(name, None);
        let is_absent = matches!(name, "?" | "*" | "-") || name.eq_ignore_ascii_case("(null)");
        is_absent || host.is_loopback() || CATALOG.cloud_endpoint(host.name(), None).is_some()
    }

    /// The name of a computer, bare or with its domain, or its address.
    pub(super) fn computer(&mut self, name: &str, role: Role) -> String {
        let trimmed = name.trim().trim_end_matches('.');
        if trimmed.is_empty() || self.stays(trimmed) {
            return name.to_owned();
        }
        if let Ok(address) = trimmed.parse() {
            return self.address(address);
        }
        match trimmed.split_once('.') {
            Some((label, domain)) if !label.is_empty() && is_plain(trimmed) => {
                let label = self.label(label, role);
                format!("{label}.{}", self.domain(domain))
            }
            _ => self.label(trimmed, role),
        }
    }

    /// A computer's name without its domain. What is known as a machine stays one.
    fn label(&mut self, label: &str, role: Role) -> String {
        let lower = label.to_lowercase();
        if let Some(known) = self.known_label(&lower) {
            return known.clone();
        }
        let given = match role {
            Role::Machine => self.give(Kind::Machine, &lower, |n| format!("machine-{n:04}")),
            Role::Host => self.give(Kind::Host, &lower, |n| format!("host-{n:02}")),
        };
        self.look_for(label, &given);
        given
    }

    pub(super) fn known_label(&self, label: &str) -> Option<&String> {
        let machine = self.known(Kind::Machine, label);
        machine.or_else(|| self.known(Kind::Host, label))
    }

    /// Names a machine by all of its names: the others are told by its own with a number.
    pub(super) fn machine(&mut self, computer: &str, others: &[String]) {
        let own = self.computer(computer, Role::Machine);
        let base = own.split('.').next().unwrap_or_default().to_owned();
        for other in others {
            let label = match other.trim().split_once('.') {
                Some((label, _)) if !label.is_empty() && is_plain(other.trim()) => label,
                _ => other.trim(),
            };
            let lower = label.to_lowercase();
            if self.stays(&lower) || self.known_label(&lower).is_some() || lower.is_empty() {
                continue;
            }
            let given = loop {
                let count = self.others.entry(base.clone()).or_insert(1);
                *count = count.saturating_add(1);
                let given = format!("{base}-{count}");
                if *count == u32::MAX || !self.taken.contains(&given) {
                    break given;
                }
            };
            self.given.insert((Kind::Machine, lower), given.clone());
            self.look_for(label, &given);
        }
    }

    /// A DNS domain, or that of a directory.
    pub(super) fn domain(&mut self, domain: &str) -> String {
        let logged = domain.trim().trim_end_matches('.');
        let lower = logged.to_lowercase();
        if lower.is_empty() {
            return domain.to_owned();
        }
        // The name of a service stands before some, as DNS has it.
        if let Some(rest) = lower.strip_prefix("_vlmcs._tcp.") {
            return format!("_vlmcs._tcp.{}", self.domain(rest));
        }
        if self.known(Kind::Domain, &lower).is_none() {
            let given = self.give(Kind::Domain, &lower, |n| format!("domain-{n:02}.example"));
            self.look_for(logged, &given);
            let first = lower.split('.').next().unwrap_or_default();
            let bare = given.trim_end_matches(".example").to_owned();
            if first.len() > 2 && !COMMON_LABELS.contains(&first) {
                self.look_for(first, &bare);
            }
            return given;
        }
        self.known(Kind::Domain, &lower)
            .cloned()
            .unwrap_or_default()
    }

    /// A host with its port.
    pub(super) fn host(&mut self, host: &KmsHost) -> KmsHost {
        KmsHost::new(&self.computer(host.name(), Role::Host), host.port())
    }

    /// An address: one of those that documents use.
    pub(super) fn address(&mut self, address: IpAddr) -> String {
        let text = address.to_string();
        let (kind, spell): (Kind, fn(u32) -> String) = match address {
            IpAddr::V4(_) => (Kind::V4, v4),
            IpAddr::V6(_) => (Kind::V6, v6),
        };
        if self.stays(&text) {
            return text;
        }
        self.give(kind, &text, spell)
    }

    /// A client machine id.
    pub(super) fn cmid(&mut self, cmid: Cmid) -> Cmid {
        let text = cmid.to_string();
        if text.bytes().all(|byte| matches!(byte, b'0' | b'-')) {
            return cmid;
        }
        let given = self.give(Kind::Cmid, &text, |n| {
            format!("00000000-0000-4000-8000-{n:012}")
        });
        given.parse().unwrap_or(cmid)
    }

    /// The last characters of a product key, or whatever was typed as one.
    pub(super) fn key(&mut self, key: &str) -> String {
        let logged = key.trim();
        if logged.is_empty() || self.stays(logged) {
            return key.to_owned();
        }
        let given = self.give(Kind::Key, &logged.to_uppercase(), |n| match n {
            0..100 => format!("KEY{n:02}"),
            100..1000 => format!("KE{n:03}"),
            _ => format!("K{n:04}"),
        });
        self.look_for(logged, &given);
        given
    }

    /// An account's name. Those of Windows itself stay.
    pub(super) fn user(&mut self, user: &str) -> String {
        if COMMON_USERS.contains(&user.trim().to_lowercase().as_str()) {
            return user.to_owned();
        }
        let given = self.give(Kind::User, &user.to_lowercase(), |n| format!("user-{n:02}"));
        self.look_for(user, &given);
        given
    }

    /// A number of a key or an installation.
    pub(super) fn id(&mut self, id: &str) -> String {
        // A GUID names a product and no key.
        if id.trim().parse::<ActivationId>().is_ok() {
            return id.to_owned();
        }
        self.other(Kind::Id, id, "id")
    }

    /// An object in the directory.
    pub(super) fn object(&mut self, name: &str) -> String {
        self.other(Kind::Object, name, "object")
    }

    /// A share or folder of a server.
    pub(super) fn share(&mut self, name: &str) -> String {
        let lower = name.to_lowercase();
        self.give(Kind::Share, &lower, |n| format!("share-{n:02}"))
    }

    /// What stands where an id belongs and is none.
    pub(super) fn odd(&mut self, text: &str) -> String {
        let lower = text.trim().to_lowercase();
        self.give(Kind::Odd, &lower, |n| format!("odd-{n:02}"))
    }

    fn other(&mut self, kind: Kind, name: &str, prefix: &str) -> String {
        let logged = name.trim();
        if logged.is_empty() || self.stays(logged) {
            return name.to_owned();
        }
        let given = self.give(kind, &logged.to_lowercase(), |n| format!("{prefix}-{n:02}"));
        self.look_for(logged, &given);
        given
    }

    /// A security identifier. Those of Windows itself are the same everywhere and stay.
    pub(super) fn sid(&mut self, sid: &str) -> String {
        let upper = sid.to_uppercase();
        if !["S-1-5-21-", "S-1-12-", "S-1-5-80-"]
            .iter()
            .any(|prefix| upper.starts_with(prefix))
        {
            return sid.to_owned();
        }
        self.give(Kind::Sid, &upper, |n| {
            format!("S-1-5-21-0-0-0-{}", n.saturating_add(1000))
        })
    }

    /// The path of a log, or any other: `shape` makes it of its number.
    pub(super) fn path(&mut self, path: &str, shape: impl Fn(u32) -> String) -> String {
        self.give(Kind::Log, path, shape)
    }

    /// Every path that has a pseudonym, the longer one before what it begins with.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.given.iter().rev();
        all.filter(|((kind, _), _)| *kind == Kind::Log)
            .map(|((_, path), given)| (path.as_str(), given.as_str()))
    }
}

/// Whether a text can be a DNS name.
fn is_plain(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

fn v4(n: u32) -> String {
    let mut rest = n;
    for (begin, hosts) in V4_NETWORKS {
        if rest <= hosts {
            let third = match begin {
                [192, _] => 2,
                [198, _] => 100,
                _ => 113,
            };
            let last = u8::try_from(rest).unwrap_or(u8::MAX);
            return Ipv4Addr::new(begin[0], begin[1], third, last).to_string();
        }
        rest = rest.saturating_sub(hosts);
    }
    let begin = u32::from(Ipv4Addr::new(198, 18, 0, 0));
    Ipv4Addr::from(begin.saturating_add(rest)).to_string()
}

fn v6(n: u32) -> String {
    let begin = u128::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0));
    Ipv6Addr::from(begin.saturating_add(u128::from(n))).to_string()
}
