//! Free text: strings of events, messages of the system. Known names are replaced wherever they stand
//! as a word; what looks like somebody's name, address or id is replaced though nobody has named it.
//!
//! Numbers, codes and what stands before `=` are never touched: the strings of an event must still
//! be read as they were. Too much is replaced rather than too little, since nothing is concluded from
//! these texts any more.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::names::{Kind, Pseudonyms, Role};
use crate::spp::{Cmid, KmsHost};

/// What is looked at, in the order in which it is tried at each place.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the pattern is constant and tested")]
    Regex::new(
        r#"(?xi)
          (?P<scheme>\b(?:https?|ldaps?)://) (?P<server>\[[0-9a-f:.]+\]|[\w.-]+)
        | \\\\ (?P<unc>[\w.-]+) \\ (?P<share>[^\\/:*?"<>|,;\r\n]+)
        | (?P<path>(?:\b[a-z]:|%\w+%)?(?:\\[\w\ .$()~-]+)+)
        | (?P<home>/(?:home|users)/)(?P<folder>[^\\/:*?"<>|,;\r\n]+)
        | (?P<mailbox>[\w.+-]+)@(?P<mail>[\w-]+(?:\.[\w-]+)+)
        | (?P<sid>\bS-1-\d+(?:-\d+)+)
        | (?P<guid>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)
        | (?P<dn>\b(?:CN|OU|DC|O|C|L)=[^,;|"\r\n]+(?:,\s*(?:CN|OU|DC|O|C|L)=[^,;|"\r\n]+)*)
        | \b(?P<realm>[\w][\w.-]*)\\(?P<account>[\w][\w.$-]*)
        | (?P<v6>[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?:%\w+)?)
        | (?P<word>[\w][\w.-]*)(?P<equals>=?)
        "#,
    )
    .expect("the pattern is valid")
});

/// Containers of the directory that are the same everywhere.
const CONTAINERS: &[&str] = &[
    "activation objects",
    "builtin",
    "computers",
    "configuration",
    "domain controllers",
    "microsoft spp",
    "schema",
    "services",
    "sites",
    "system",
    "users",
];

/// What stands before a backslash and is no domain.
const NO_REALMS: &[&str] = &[
    "hklm",
    "hkcu",
    "hkcr",
    "hku",
    "hkey_local_machine",
    "hkey_current_user",
    "hkey_users",
    "hkey_classes_root",
    "authority",
    "builtin",
    "windows",
    "microsoft",
    "system32",
    "software",
];

/// Domains of services that are the same for everybody.
const PUBLIC: &[&str] = &[
    "aka.ms",
    "azure.com",
    "live.com",
    "microsoft.com",
    "microsoftonline.com",
    "windows.com",
    "windows.net",
    "windowsupdate.com",
];

/// Last labels by which a name with dots is taken for a host's, though nobody has named it.
const TOP_LEVEL: &[&str] = &[
    "arpa",
    "biz",
    "cn",
    "com",
    "corp",
    "de",
    "edu",
    "example",
    "fr",
    "gov",
    "hk",
    "home",
    "info",
    "int",
    "internal",
    "intern",
    "intra",
    "intranet",
    "invalid",
    "io",
    "jp",
    "lan",
    "local",
    "localdomain",
    "mil",
    "net",
    "org",
    "test",
    "tw",
    "uk",
    "us",
    "eu",
    "ch",
    "at",
];

impl Pseudonyms {
    /// A free text.
    pub(super) fn text(&mut self, text: &str) -> String {
        // What is no single word first: words are only looked for in what is left.
        let mut pieces: Vec<(String, bool)> = vec![(text.to_owned(), false)];
        for (logged, given) in self.phrases() {
            if !text.contains(logged.as_str()) {
                continue;
            }
            let mut split = Vec::new();
            for (piece, is_done) in pieces {
                if is_done {
                    split.push((piece, true));
                    continue;
                }
                for (number, part) in piece.split(logged.as_str()).enumerate() {
                    if number > 0 {
                        split.push((given.clone(), true));
                    }
                    split.push((part.to_owned(), false));
                }
            }
            pieces = split;
        }
        let told = pieces.into_iter().map(|(piece, is_done)| match is_done {
            true => piece,
            false => self.words_of(&piece),
        });
        told.collect()
    }

    fn words_of(&mut self, text: &str) -> String {
        let mut told = String::with_capacity(text.len());
        let mut end = 0;
        for token in TOKEN.captures_iter(text) {
            let Some(whole) = token.get(0) else { continue };
            told.push_str(text.get(end..whole.start()).unwrap_or_default());
            told.push_str(&self.token(&token, whole.as_str()));
            end = whole.end();
        }
        told.push_str(text.get(end..).unwrap_or_default());
        told
    }

    fn token(&mut self, token: &Captures<'_>, whole: &str) -> String {
        let part = |name: &str| token.name(name).map(|found| found.as_str());
        if let (Some(scheme), Some(server)) = (part("scheme"), part("server")) {
            return format!("{scheme}{}", self.server(server));
        }
        if let (Some(server), Some(share)) = (part("unc"), part("share")) {
            let server = self.computer(server, Role::Host);
            return format!("\\\\{server}\\{}", self.share(share));
        }
        if let Some(path) = part("path") {
            return self.windows_path(path);
        }
        if let (Some(home), Some(folder)) = (part("home"), part("folder")) {
            return format!("{home}{}", self.user(folder));
        }
        if let (Some(mailbox), Some(domain)) = (part("mailbox"), part("mail")) {
            let mailbox = self.user(mailbox);
            return format!("{mailbox}@{}", self.domain(domain));
        }
        if let Some(sid) = part("sid") {
            return self.sid(sid);
        }
        if let Some(guid) = part("guid") {
            // Activation ids, and all else that is everybody's, are GUIDs as well.
            let known = self.known(Kind::Cmid, &guid.to_lowercase());
            return known.map_or(guid, |known| known).to_owned();
        }
        if let Some(name) = part("dn") {
            return self.distinguished_name(name);
        }
        if let (Some(realm), Some(account)) = (part("realm"), part("account")) {
            return self.account(realm, account);
        }
        if let Some(address) = part("v6") {
            return self.v6_in_text(address);
        }
        if let (Some(word), Some(equals)) = (part("word"), part("equals")) {
            if !equals.is_empty() {
                return whole.to_owned();
            }
            return self.word_in_text(word);
        }
        whole.to_owned()
    }

    /// A path of Windows: the user's folder, and known names in it.
    fn windows_path(&mut self, path: &str) -> String {
        let mut told = Vec::new();
        let mut is_of_user = false;
        for part in path.split('\\') {
            told.push(match is_of_user {
                true => self.user(part),
                false => self.words_of(part),
            });
            let lower = part.to_lowercase();
            is_of_user = matches!(lower.as_str(), "users" | "documents and settings");
        }
        told.join("\\")
    }

    /// A server in an address of the web. Microsoft's are everybody's.
    pub(super) fn server(&mut self, server: &str) -> String {
        if let Some(address) = server.strip_prefix('[').and_then(|s| s.strip_suffix(']')) {
            return format!("[{}]", self.v6_in_text(address));
        }
        if is_public(server) {
            return server.to_owned();
        }
        self.computer(server, Role::Host)
    }

    fn account(&mut self, realm: &str, account: &str) -> String {
        let lower = realm.to_lowercase();
        if NO_REALMS.contains(&lower.as_str()) || account.contains('.') {
            let account = self.word_in_text(account);
            return format!("{}\\{account}", self.word_in_text(realm));
        }
        let realm = match self.word(&lower) {
            Some(known) => known.clone(),
            None => {
                let domain = self.domain(realm);
                domain.trim_end_matches(".example").to_owned()
            }
        };
        // A computer's account is its name with a dollar sign.
        let account = match account.strip_suffix('$') {
            Some(computer) => format!("{}$", self.computer(computer, Role::Machine)),
            None => self.user(account),
        };
        format!("{realm}\\{account}")
    }

    /// An address, perhaps with its zone, perhaps followed by a port; times look alike and stay.
    fn v6_in_text(&mut self, text: &str) -> String {
        let bare = text.split('%').next().unwrap_or_default();
        if let Ok(address) = bare.parse::<IpAddr>() {
            return self.address(address);
        }
        let ported = bare.rsplit_once(':');
        match ported.and_then(|(head, port)| Some((head.parse::<IpAddr>().ok()?, port))) {
            Some((address, port)) => format!("{}:{port}", self.address(address)),
            None => text.to_owned(),
        }
    }

    fn word_in_text(&mut self, word: &str) -> String {
        // A name may end with what ends a clause as well.
        let whole = word.trim_end_matches('.');
        let bare = match self.word(&whole.to_lowercase()) {
            Some(_) => whole,
            None => word.trim_end_matches(['.', '-', '_']),
        };
        let tail = word.get(bare.len()..).unwrap_or_default();
        let lower = bare.to_lowercase();
        let is_number = lower.bytes().all(|byte| byte.is_ascii_digit());
        let digits = lower.strip_prefix("0x").unwrap_or_default();
        let is_code = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        if is_number || is_code {
            return word.to_owned();
        }
        if let Some(known) = self.word(&lower) {
            return format!("{known}{tail}");
        }
        if let Ok(address) = lower.parse::<Ipv4Addr>() {
            return format!("{}{tail}", self.address(address.into()));
        }
        if self.is_name(&lower) {
            return format!("{}{tail}", self.computer(bare, Role::Host));
        }
        // A masked key ends with what is told of it.
        if let Some((head, last)) = bare.rsplit_once('-')
            && let Some(known) = self.known(Kind::Key, &last.to_uppercase())
        {
            return format!("{head}-{known}{tail}");
        }
        word.to_owned()
    }

    /// Whether a word with dots is a host's name: of a known computer or domain, or by its end.
    fn is_name(&self, lower: &str) -> bool {
        let Some((label, domain)) = lower.split_once('.') else {
            return false;
        };
        if label.is_empty() || domain.is_empty() || is_public(lower) || self.stays(lower) {
            return false;
        }
        let mut parents = std::iter::successors(Some(domain), |domain| {
            domain.split_once('.').map(|(_, parent)| parent)
        });
        let top = lower.rsplit('.').next().unwrap_or_default();
        self.known_label(label).is_some()
            || parents.any(|parent| self.known(Kind::Domain, parent).is_some())
            || TOP_LEVEL.contains(&top)
    }

    /// A name in the directory: its domain, and the objects on the way that are somebody's.
    pub(super) fn distinguished_name(&mut self, name: &str) -> String {
        let mut told: Vec<String> = Vec::new();
        let mut domain: Vec<&str> = Vec::new();
        for part in name.split(',') {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            if key.trim().eq_ignore_ascii_case("DC") {
                domain.push(value.trim());
                continue;
            }
            let is_common = CONTAINERS.contains(&value.trim().to_lowercase().as_str());
            let known = self.word(&value.trim().to_lowercase()).cloned();
            told.push(match known {
                _ if value.is_empty() || is_common => part.to_owned(),
                Some(known) => format!("{key}={known}"),
                None => format!("{key}={}", self.object(value)),
            });
        }
        if !domain.is_empty() {
            let domain = self.domain(&domain.join("."));
            told.extend(domain.split('.').map(|label| format!("DC={label}")));
        }
        told.join(",")
    }

    /// A host as 12288 names it: a name or an address, perhaps with a port.
    pub(super) fn host_field(&mut self, text: &str) -> String {
        /// More is no host, and is not read as one.
        const MOST: usize = 300;
        match KmsHost::parse(text) {
            Some(host) => self.host(&host).to_string(),
            None if text.len() > MOST => self.computer(text, Role::Host),
            None => text.to_owned(),
        }
    }

    /// What the system or an unpacker says of an input.
    pub(super) fn message(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (path, given) in self.paths() {
            if text.contains(path) {
                text = text.replace(path, given);
            }
        }
        self.text(&text)
    }

    /// A client machine id, or whatever stands in its place.
    pub(super) fn cmid_field(&mut self, text: &str) -> String {
        match text.parse::<Cmid>() {
            Ok(cmid) => self.cmid(cmid).to_string(),
            Err(_) if text.is_empty() || self.stays(text) => text.to_owned(),
            Err(_) => self.odd(text),
        }
    }
}

fn is_public(server: &str) -> bool {
    let server = server.to_lowercase();
    PUBLIC.iter().any(|domain| {
        let head = server.strip_suffix(domain);
        head.is_some_and(|head| head.is_empty() || head.ends_with('.'))
    })
}
