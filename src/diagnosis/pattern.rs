//! Patterns for computer names, as selections and policies give them.

use std::str::FromStr;

/// A pattern for computer names: `*` stands for any characters, `?` for one; case does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComputerPattern {
    pattern: Vec<char>,
}

/// A text that fits no computer name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use a computer's name, in which * stands for any characters and ? for one, such as SRV-*")]
pub struct ParsePatternError;

impl FromStr for ComputerPattern {
    type Err = ParsePatternError;

    fn from_str(text: &str) -> Result<Self, ParsePatternError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ParsePatternError);
        }
        Ok(Self {
            pattern: text.to_lowercase().chars().collect(),
        })
    }
}

impl ComputerPattern {
    /// Whether a name fits as a whole, or its first label does.
    pub fn fits(&self, name: &str) -> bool {
        let name: Vec<char> = name.to_lowercase().chars().collect();
        let label = name.split(|c| *c == '.').next().unwrap_or_default();
        fits(&self.pattern, &name) || fits(&self.pattern, label)
    }
}

/// Goes back to the last `*` alone, so that no pattern costs more than its length times the name's.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = name.get(place) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == c => {
                at += 1;
                place += 1;
            }
            _ => match &mut star {
                Some((star, taken)) => {
                    *taken += 1;
                    at = *star + 1;
                    place = *taken;
                }
                None => return false,
            },
        }
    }
    pattern
        .get(at..)
        .is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(pattern: &str, name: &str) -> bool {
        pattern.parse::<ComputerPattern>().unwrap().fits(name)
    }

    #[test]
    fn a_pattern_fits_a_whole_name_or_its_first_label_in_any_case() {
        for (pattern, name, expect) in [
            ("srv-1", "SRV-1", true),
            ("srv-1", "SRV-1.contoso.com", true),
            ("srv-1", "SRV-10", false),
            ("srv-?", "SRV-1.contoso.com", true),
            ("srv-?", "SRV-10.contoso.com", false),
            ("srv*", "SRV-10.contoso.com", true),
            ("*.contoso.com", "srv.contoso.com", true),
            ("*.contoso.com", "srv.contoso.com.evil", false),
            ("*contoso*", "a.contoso.com", true),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXbcd", false),
            ("contoso", "srv.contoso.com", false),
            ("*", "", true),
            ("??", "电脑", true),
            ("STRASSE*", "straße", false),
        ] {
            assert_eq!(check(pattern, name), expect, "{pattern} {name}");
        }
        assert_eq!("  ".parse::<ComputerPattern>(), Err(ParsePatternError));
    }

    proptest! {
        #[test]
        fn a_star_fits_all_and_a_name_fits_itself(name in "[a-z.-]{1,20}", at in 0_usize..20) {
            prop_assert!(check("*", &name));
            prop_assert!(check(&name, &name));
            let mut starred: String = name.clone();
            starred.insert(at.min(name.len()), '*');
            prop_assert!(check(&starred, &name), "{}", starred);
        }

        #[test]
        fn no_pattern_panics(pattern in ".{1,20}", name in ".{0,20}") {
            if let Ok(pattern) = pattern.parse::<ComputerPattern>() {
                pattern.fits(&name);
            }
        }
    }
}
