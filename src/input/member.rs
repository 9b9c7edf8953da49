//! How members of archives are called, and what a name says.
//!
//! A member's name is only a name: `..`, drives and roots mean nothing, since members are never
//! written anywhere. It is made readable here, and distinct within its archive.

use std::collections::BTreeSet;

use super::SkipReason;
use super::pattern::Filter;

/// The name of a member as text, with `/` between its parts: bytes that are no UTF-8 are
/// replaced, and a leading `./` goes.
pub(super) fn plain(raw: &[u8]) -> String {
    let name = String::from_utf8_lossy(raw).replace('\\', "/");
    let mut rest = name.as_str();
    while let Some(shorter) = rest.strip_prefix("./") {
        rest = shorter;
    }
    rest.to_owned()
}

/// The name without percent-encoding, once: Velociraptor writes `C%3A/.../Foo%254Admin.evtx`.
///
/// Windows itself names logs `Foo%4Admin.evtx`, which is not encoded. So a name counts as encoded
/// only where each percent sign begins a sequence that an encoder would write: never one for an
/// ASCII letter or digit, and all together UTF-8.
pub(super) fn percent_decoded(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        if *first == b'%' {
            let digit = |at: usize| {
                behind
                    .get(at)
                    .and_then(|byte| char::from(*byte).to_digit(16))
                    .and_then(|digit| u8::try_from(digit).ok())
            };
            let byte = digit(0)? * 16 + digit(1)?;
            if byte.is_ascii_alphanumeric() {
                return None;
            }
            bytes.push(byte);
            rest = behind.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|decoded| decoded != name)
}

/// The names given out so far within one archive.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Gives out the first of these names that is free; where none is, the last with a number.
    pub(super) fn give(&mut self, candidates: &[&str]) -> String {
        let last = candidates.last().copied().unwrap_or_default();
        let numbered = (2_u64..).map(|number| format!("{last} ({number})"));
        candidates
            .iter()
            .map(|name| (*name).to_owned())
            .chain(numbered)
            .find(|name| self.0.insert(name.clone()))
            .unwrap_or_default()
    }
}

/// The name of a member in every output.
pub(super) fn full(archive: &str, member: &str) -> String {
    format!("{archive}!{member}")
}

/// Whether something is called as logs are: `*.evtx`. What macOS puts beside each file in a zip
/// (`._Application.evtx`) is not.
pub(super) fn is_log_name(name: &str) -> bool {
    let file = name.rsplit(['/', '\\', '!']).next().unwrap_or(name);
    let suffix = file.len().checked_sub(5).and_then(|at| file.get(at..));
    suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case(".evtx")) && !file.starts_with("._")
}

/// Whether it is told that something in a folder or an archive is no log: where it was one, and
/// where its name says so.
pub(super) fn is_told(name: &str, reason: &SkipReason, filter: &Filter) -> bool {
    matches!(reason, SkipReason::HeaderCutShort { .. })
        || (is_log_name(name) && filter.is_wanted(name))
}

/// A member's name without its archive's.
pub(super) fn within(archive: &str, name: &str) -> String {
    name.strip_prefix(archive)
        .and_then(|rest| rest.strip_prefix('!'))
        .unwrap_or(name)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_made_readable() {
        assert_eq!(plain(br"logs\a.evtx"), "logs/a.evtx");
        assert_eq!(plain(b"././logs/a.evtx"), "logs/a.evtx");
        assert_eq!(plain("日志/系统.evtx".as_bytes()), "日志/系统.evtx");
        assert_eq!(plain(b"\xC8\xD5.evtx"), "\u{FFFD}\u{FFFD}.evtx");
        assert_eq!(plain(b"../../etc/a.evtx"), "../../etc/a.evtx");
    }

    #[test]
    fn logs_are_called_evtx() {
        for name in ["a.evtx", "c.zip!x/A.EVTX", r"C:\logs\a.Evtx", "c.zip!.evtx"] {
            assert!(is_log_name(name), "{name}");
        }
        for name in [
            "a.evt",
            "evtx",
            "a.evtx.gz",
            "a.evtx/b",
            "x/._a.evtx",
            "日志",
        ] {
            assert!(!is_log_name(name), "{name}");
        }
    }

    #[track_caller]
    fn check(name: &str, expect: Option<&str>) {
        assert_eq!(percent_decoded(name).as_deref(), expect, "{name}");
    }

    #[test]
    fn encoded_names_are_decoded_once() {
        check(
            "auto/C%3A/Windows/System32/winevt/Logs/Foo%254Operational.evtx",
            Some("auto/C:/Windows/System32/winevt/Logs/Foo%4Operational.evtx"),
        );
        check("C%3A/%E6%97%A5.evtx", Some("C:/日.evtx"));
        check("a%20b.evtx", Some("a b.evtx"));
    }

    #[test]
    fn names_that_only_look_encoded_stay() {
        check("Application.evtx", None);
        check("Foo%4Operational.evtx", None);
        // %4A would be a J, %4D an M, %4C an L.
        check("Foo%4Admin.evtx", None);
        check("Foo%4Debug.evtx", None);
        check("Foo%4Configuration.evtx", None);
        check("a%3Ab%4Admin.evtx", None);
        check("100%", None);
        check("100%2", None);
        check("%FF.evtx", None);
    }

    #[test]
    fn no_two_members_have_one_name() {
        let mut names = Names::default();
        assert_eq!(names.give(&["a b", "a%20b"]), "a b");
        assert_eq!(names.give(&["a b", "a%20b"]), "a%20b");
        assert_eq!(names.give(&["a b", "a%20b"]), "a%20b (2)");
        assert_eq!(names.give(&["a b"]), "a b (2)");
    }

    proptest! {
        #[test]
        fn encoding_all_but_letters_is_undone(name in "\\PC{0,40}") {
            let encoded: String = name
                .bytes()
                .map(|byte| {
                    if byte.is_ascii_alphanumeric() || byte == b'/' {
                        char::from(byte).to_string()
                    } else {
                        format!("%{byte:02X}")
                    }
                })
                .collect();
            prop_assert_eq!(percent_decoded(&encoded).unwrap_or(encoded), name);
        }
    }
}
