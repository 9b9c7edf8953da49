//! Which machine a name means that another machine's log gives: a client in a KMS host's log, a KMS
//! host in a client's.
//!
//! Machines are told apart in `fleet::identity` by their own logs; here a name is only looked up. It
//! means a machine by its full name, else by its first label where just one machine has it: two
//! domains that share a label stay apart.

use std::collections::{BTreeMap, BTreeSet};

use super::fleet_view::Machine;

/// A NetBIOS name has at most so many characters.
const NETBIOS: usize = 15;

/// The names of some machines.
pub(crate) struct Names {
    /// By the first characters of the first label: the whole name, the machine's place in the list of
    /// machines, and whether it is the name that it has now.
    by_label: BTreeMap<String, Vec<Name>>,
}

struct Name {
    whole: String,
    machine: usize,
    is_newest: bool,
}

/// Who used something: a machine of the input, or a name that is none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// A machine, as a place in the list of machines.
    Machine(usize),
    /// A name in its fullest form, as logged.
    Name(String),
}

impl Who {
    /// The machine that it is.
    pub fn machine(&self) -> Option<usize> {
        match self {
            Self::Machine(number) => Some(*number),
            Self::Name(_) => None,
        }
    }
}

impl Names {
    /// The names of the machines that are wanted, earlier ones too.
    pub(crate) fn of(machines: &[Machine], is_wanted: impl Fn(&Machine) -> bool) -> Self {
        let mut by_label: BTreeMap<String, Vec<Name>> = BTreeMap::new();
        let wanted = machines.iter().enumerate().filter(|(_, m)| is_wanted(m));
        for (number, machine) in wanted {
            let newest = std::iter::once((&machine.computer, true));
            let earlier = machine.aliases.iter().map(|alias| (alias, false));
            for (name, is_newest) in newest.chain(earlier) {
                by_label.entry(key(name)).or_default().push(Name {
                    whole: name.to_lowercase(),
                    machine: number,
                    is_newest,
                });
            }
        }
        Self { by_label }
    }

    /// The machine that a name means; none where it is none's or may be several's.
    pub(crate) fn machine(&self, name: &str) -> Option<usize> {
        let name = name.to_lowercase();
        let same = self.by_label.get(&key(&name))?;
        // A name that a machine has now is not another's that had it once.
        [true, false].into_iter().find_map(|is_newest| {
            let names = || same.iter().filter(|known| known.is_newest == is_newest);
            let whole = only(names().filter(|known| known.whole == name));
            whole.or_else(|| only(names().filter(|known| may_be_one(&known.whole, &name))))
        })
    }
}

/// The machine of all these names, where it is one.
fn only<'a>(names: impl Iterator<Item = &'a Name>) -> Option<usize> {
    let mut machines = names.map(|name| name.machine);
    let first = machines.next()?;
    machines.all(|machine| machine == first).then_some(first)
}

/// Whether two names in lower case may be spellings of one: one is bare, and is the other's first
/// label or its NetBIOS form.
fn may_be_one(a: &str, b: &str) -> bool {
    let is_form = |bare: &str, other: &str| {
        let whole = label(other);
        let short: String = whole.chars().take(NETBIOS).collect();
        !bare.contains('.') && (bare == whole || bare == short)
    };
    a == b || is_form(a, b) || is_form(b, a)
}

/// A name's first label.
pub(crate) fn label(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

fn key(name: &str) -> String {
    label(name)
        .chars()
        .take(NETBIOS)
        .collect::<String>()
        .to_lowercase()
}

/// Names that are no machine's: for a bare one the full one that begins with it, where there is just
/// one.
#[derive(Default)]
pub(crate) struct Strangers {
    /// By label, in lower case: the full names.
    full: BTreeMap<String, BTreeSet<String>>,
    /// By name in lower case: of several spellings the least, whatever came first.
    spelled: BTreeMap<String, String>,
}

impl Strangers {
    pub(crate) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut strangers = Self::default();
        for name in names {
            let whole = name.to_lowercase();
            if whole.contains('.') {
                let full = strangers.full.entry(label(&whole).to_owned()).or_default();
                full.insert(whole.clone());
            }
            let spelling = strangers
                .spelled
                .entry(whole)
                .or_insert_with(|| name.to_owned());
            if name < spelling.as_str() {
                name.clone_into(spelling);
            }
        }
        strangers
    }

    /// The fullest form of a name; none for a bare name that may be several.
    pub(crate) fn fullest(&self, name: &str) -> Option<&str> {
        let whole = name.to_lowercase();
        let full = match self.full.get(&whole) {
            // A name without a dot is its own label.
            Some(full) => only_one(full)?,
            None => &whole,
        };
        self.spelled(full)
    }

    /// A name as it is spelled.
    pub(crate) fn spelled(&self, name: &str) -> Option<&str> {
        self.spelled.get(&name.to_lowercase()).map(String::as_str)
    }
}

fn only_one(names: &BTreeSet<String>) -> Option<&String> {
    let mut names = names.iter();
    names.next().filter(|_| names.next().is_none())
}

/// The last two labels of a name in lower case, by which organizations are told apart; none for a
/// bare name.
pub(crate) fn last_labels(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    let mut labels = name.rsplit('.');
    let (last, before) = (labels.next()?, labels.next()?);
    (!last.is_empty() && !before.is_empty()).then(|| format!("{before}.{last}"))
}

/// The last two labels of every name of the machines.
pub(crate) fn organizations(machines: &[Machine]) -> BTreeSet<String> {
    let names = machines
        .iter()
        .flat_map(|machine| std::iter::once(&machine.computer).chain(&machine.aliases));
    names.filter_map(|name| last_labels(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::findings::support::machine;
    use super::*;

    fn means(names: &[&str], name: &str) -> Option<usize> {
        let machines: Vec<Machine> = names
            .iter()
            .map(|name| machine(name, "09:00 902"))
            .collect();
        Names::of(&machines, |_| true).machine(name)
    }

    #[test]
    fn a_name_means_a_machine_by_its_whole_or_by_its_label() {
        let two = ["PC-1.a.example", "pc-2.a.example"];
        assert_eq!(means(&two, "pc-1.A.EXAMPLE"), Some(0));
        assert_eq!(means(&two, "PC-2"), Some(1));
        assert_eq!(means(&["pc-1"], "pc-1.a.example"), Some(0));
        assert_eq!(means(&two, "pc-3"), None);
        assert_eq!(means(&two, ""), None);
    }

    #[test]
    fn two_domains_that_share_a_label_stay_apart() {
        let two = ["pc-1.a.example", "pc-1.b.example"];
        assert_eq!(means(&two, "pc-1.b.example"), Some(1));
        assert_eq!(means(&two, "pc-1"), None);
        assert_eq!(means(&["pc-1.a.example"], "pc-1.b.example"), None);
    }

    #[test]
    fn a_long_name_is_met_in_its_netbios_form() {
        let long = ["accounting-desktop-7.a.example"];
        assert_eq!(means(&long, "ACCOUNTING-DESK"), Some(0));
        assert_eq!(means(&long, "accounting-desktop"), None);
    }

    #[test]
    fn the_name_that_a_machine_has_now_is_not_anothers_of_before() {
        let mut machines = vec![machine("pc-1", "09:00 902"), machine("pc-2", "09:00 902")];
        machines[1].aliases = vec!["PC-1".to_owned(), "pc-0".to_owned()];
        let names = Names::of(&machines, |_| true);
        assert_eq!(names.machine("pc-1"), Some(0));
        assert_eq!(names.machine("pc-0"), Some(1));
    }

    #[test]
    fn a_strangers_bare_name_is_its_only_full_one() {
        let names = [
            "PC-1.a.example",
            "pc-1",
            "pc-2",
            "pc-2.a.example",
            "pc-2.b.example",
            "pc-3",
            "PC-3",
        ];
        let strangers = Strangers::of(names.into_iter());
        assert_eq!(strangers.fullest("pc-1"), Some("PC-1.a.example"));
        assert_eq!(strangers.fullest("pc-2"), None);
        assert_eq!(strangers.fullest("pc-2.B.example"), Some("pc-2.b.example"));
        assert_eq!(strangers.fullest("pc-3"), Some("PC-3"));
    }

    #[test]
    fn an_organization_is_the_last_two_labels() {
        assert_eq!(
            last_labels("KMS.hq.contoso.com").as_deref(),
            Some("contoso.com")
        );
        assert_eq!(last_labels("kms"), None);
        assert_eq!(last_labels(".com"), None);
    }
}
