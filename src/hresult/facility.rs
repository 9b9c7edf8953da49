//! Facilities: the part of Windows that a result code comes from.

use std::fmt;

/// The facility number of a result code (bits 16 to 26, winerror.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Facility(pub u16);

/// Facilities that activation codes come from, by number.
static NAMES: &[(u16, &str)] = &[
    (0, "NULL"),
    (1, "RPC"),
    (2, "DISPATCH"),
    (3, "STORAGE"),
    (4, "ITF"),
    (7, "WIN32"),
    (8, "WINDOWS"),
    (9, "SECURITY"),
    (10, "CONTROL"),
    (11, "CERT"),
    (12, "INTERNET"),
    (15, "SETUPAPI"),
    (16, "SCARD"),
    (25, "HTTP"),
    (63, "WINDOWS_STORE"),
    (234, "USERMODE_LICENSING"),
];

impl Facility {
    /// The name as in winerror.h without its prefix, where it is one that activation meets.
    pub fn name(self) -> Option<&'static str> {
        let at = NAMES.binary_search_by_key(&self.0, |row| row.0).ok()?;
        NAMES.get(at).map(|row| row.1)
    }
}

impl fmt::Display for Facility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_by_number() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn an_unnamed_facility_prints_its_number() {
        assert_eq!(Facility(7).to_string(), "WIN32 (7)");
        assert_eq!(Facility(2017).to_string(), "2017");
    }
}
