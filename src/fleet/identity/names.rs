//! Computer names and their forms: bare and full, as spelled and in lower case, and those that say
//! nothing of a machine.
//!
//! All names of all logs are numbered here once, in bytewise order, so that what is decided over
//! numbers does not depend on the order of logs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Characters of a NetBIOS name.
const NETBIOS_CHARS: usize = 15;

/// A name in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NameId(u32);

/// A name as spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SpellingId(u32);

/// All names of all logs.
#[derive(Debug)]
pub(super) struct Names {
    spellings: Vec<(Arc<str>, NameId)>,
    by_spelling: HashMap<Arc<str>, SpellingId>,
    names: Vec<Name>,
}

#[derive(Debug)]
struct Name {
    lower: Arc<str>,
    is_setup: bool,
}

impl Names {
    pub(super) fn of<'a>(computers: impl Iterator<Item = &'a Arc<str>>) -> Self {
        let spelled: BTreeSet<&Arc<str>> = computers.collect();
        let lower: BTreeSet<String> = spelled.iter().map(|name| name.to_lowercase()).collect();
        let numbers: BTreeMap<&str, NameId> = lower
            .iter()
            .zip(0..)
            .map(|(name, number)| (name.as_str(), NameId(number)))
            .collect();
        let spellings: Vec<(Arc<str>, NameId)> = spelled
            .into_iter()
            .filter_map(|name| {
                let number = numbers.get(name.to_lowercase().as_str())?;
                Some((Arc::clone(name), *number))
            })
            .collect();
        let by_spelling = spellings
            .iter()
            .zip(0..)
            .map(|((name, _), number)| (Arc::clone(name), SpellingId(number)))
            .collect();
        let names = lower
            .iter()
            .map(|name| Name {
                lower: name.as_str().into(),
                is_setup: is_setup_name(name),
            })
            .collect();
        Self {
            spellings,
            by_spelling,
            names,
        }
    }

    /// Every name, in bytewise order.
    pub(super) fn all(&self) -> impl Iterator<Item = NameId> {
        (0..).take(self.names.len()).map(NameId)
    }

    pub(super) fn spelling(&self, computer: &str) -> Option<(SpellingId, NameId)> {
        let spelling = *self.by_spelling.get(computer)?;
        Some((spelling, self.entry(spelling)?.1))
    }

    pub(super) fn spelled(&self, spelling: SpellingId) -> Option<&Arc<str>> {
        self.entry(spelling).map(|(name, _)| name)
    }

    pub(super) fn lower(&self, name: NameId) -> &str {
        self.name(name).map_or("", |name| &name.lower)
    }

    /// Whether it is a name of Windows Setup or of an image.
    pub(super) fn is_setup(&self, name: NameId) -> bool {
        self.name(name).is_some_and(|name| name.is_setup)
    }

    pub(super) fn is_full(&self, name: NameId) -> bool {
        self.lower(name).contains('.')
    }

    /// Whether two names can be one machine's: the same, or a full one and its bare form.
    pub(super) fn are_forms(&self, a: NameId, b: NameId) -> bool {
        a == b
            || is_bare_form(self.lower(a), self.lower(b))
            || is_bare_form(self.lower(b), self.lower(a))
    }

    fn entry(&self, spelling: SpellingId) -> Option<&(Arc<str>, NameId)> {
        self.spellings.get(usize::try_from(spelling.0).ok()?)
    }

    fn name(&self, name: NameId) -> Option<&Name> {
        self.names.get(usize::try_from(name.0).ok()?)
    }
}

/// The full names among some, by what their bare forms would be.
#[derive(Debug, Default)]
pub(super) struct FullNames<'a> {
    by_bare_form: HashMap<&'a str, Vec<NameId>>,
}

impl<'a> FullNames<'a> {
    pub(super) fn of(names: &'a Names, some: impl IntoIterator<Item = NameId>) -> Self {
        let mut by_bare_form: HashMap<&str, Vec<NameId>> = HashMap::new();
        for name in some {
            let Some((label, _)) = names.lower(name).split_once('.') else {
                continue;
            };
            by_bare_form.entry(label).or_default().push(name);
            if let Some((end, _)) = label.char_indices().nth(NETBIOS_CHARS)
                && let Some(netbios) = label.get(..end)
            {
                by_bare_form.entry(netbios).or_default().push(name);
            }
        }
        Self { by_bare_form }
    }

    /// The full names that a bare name can stand for.
    pub(super) fn of_bare(&self, bare: &str) -> &[NameId] {
        self.by_bare_form.get(bare).map_or(&[], Vec::as_slice)
    }
}

/// Names of Windows Setup, of Microsoft's build lab in the images of Windows 7, and of cloud
/// images, which say nothing of the machine (all seen in real records). In lower case.
pub(super) fn is_setup_name(name: &str) -> bool {
    // What was joined to a domain is nobody else.
    !name.contains('.')
        && (name == "minwinpc"
            || name.starts_with("minint-")
            || name.starts_with("ec2amaz-")
            || name.starts_with("37l4247"))
}

/// Whether `bare` is the first label of `full`, or its NetBIOS form of 15 characters.
fn is_bare_form(bare: &str, full: &str) -> bool {
    let Some((label, _)) = full.split_once('.') else {
        return false;
    };
    if bare.contains('.') {
        return false;
    }
    label == bare || (bare.chars().count() == NETBIOS_CHARS && label.starts_with(bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_form_is_the_first_label_or_fifteen_characters_of_it() {
        let check = |bare: &str, full: &str, expect: bool| {
            assert_eq!(is_bare_form(bare, full), expect, "{bare} {full}");
        };
        check("pc1", "pc1.contoso.com", true);
        check("pc1", "pc10.contoso.com", false);
        check("pc1", "pc1", false);
        check("pc1.a", "pc1.a.com", false);
        check("a-very-long-com", "a-very-long-computer.contoso.com", true);
        check("a-very-long-co", "a-very-long-computer.contoso.com", false);
        check("a-very-long-com", "a-very-long-com.contoso.com", true);
    }

    #[test]
    fn names_of_setup_and_images_are_known() {
        let check = |name: &str, expect: bool| assert_eq!(is_setup_name(name), expect, "{name}");
        check("minwinpc", true);
        check("minint-4u8q7l2", true);
        check("ec2amaz-gq0hekd", true);
        check("37l4247d28-05", true);
        check("37l4247f27-25", true);
        check("ec2amaz-gq0hekd.corp.example", false);
        check("win-7qk3n2m1abc", false);
        check("minwinpc2", false);
    }

    #[test]
    fn full_names_are_found_by_either_bare_form() {
        let computers: Vec<Arc<str>> =
            ["A-Very-Long-Computer.contoso.com", "pc1.a.com", "PC1.b.com"]
                .map(Arc::from)
                .to_vec();
        let names = Names::of(computers.iter());
        let fulls = FullNames::of(&names, names.all());
        let check = |bare: &str, expect: &[&str]| {
            let found: Vec<&str> = fulls
                .of_bare(bare)
                .iter()
                .map(|id| names.lower(*id))
                .collect();
            assert_eq!(found, expect, "{bare}");
        };
        check("pc1", &["pc1.a.com", "pc1.b.com"]);
        check("a-very-long-com", &["a-very-long-computer.contoso.com"]);
        check(
            "a-very-long-computer",
            &["a-very-long-computer.contoso.com"],
        );
        check("pc", &[]);
    }
}
