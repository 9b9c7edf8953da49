//! Symbolic names of result codes, one sorted table per family: the search in them. The tables stand in
//! the files of their subjects.
//!
//! Names are the constants of the Windows headers that each table's comment names. What a code
//! means for activation stands in the catalog.

mod licensing;
mod network;
mod system;

use licensing::{SL, STORE};
use network::{DNS, HTTP, INTERNET, RPC, SOCKET};
use system::{COM, NT, SECURITY, WIN32};

/// All tables, the families that activation meets most often first.
static TABLES: &[&[(u32, &str)]] = &[
    SL, DNS, SOCKET, INTERNET, RPC, WIN32, STORE, SECURITY, COM, HTTP, NT,
];

/// The symbolic name of a code.
pub(super) fn symbol(code: u32) -> Option<&'static str> {
    TABLES.iter().find_map(|table| {
        let at = table.binary_search_by_key(&code, |row| row.0).ok()?;
        table.get(at).map(|row| row.1)
    })
}

/// All codes whose name holds the text, without regard to case, whole matches first, then by code.
pub(super) fn find(text: &str) -> Vec<(u32, &'static str)> {
    let wanted = text.to_ascii_uppercase();
    let mut found: Vec<(u32, &'static str)> = TABLES
        .iter()
        .flat_map(|table| table.iter().copied())
        .filter(|(_, name)| name.to_ascii_uppercase().contains(&wanted))
        .collect();
    found.sort_by_key(|(code, name)| (!name.eq_ignore_ascii_case(&wanted), *code));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_sorted_without_repeats() {
        for table in TABLES {
            for pair in table.windows(2) {
                assert!(
                    pair[0].0 < pair[1].0,
                    "{:08X} stands before {:08X}",
                    pair[0].0,
                    pair[1].0
                );
            }
        }
    }

    #[test]
    fn no_code_stands_in_two_tables() {
        let mut all: Vec<u32> = TABLES.iter().flat_map(|t| t.iter().map(|r| r.0)).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn a_whole_name_is_found_before_parts_of_longer_ones() {
        assert_eq!(find("error_access_denied")[0].0, 0x8007_0005);
        assert!(find("KEY_MANAGEMENT_SERVICE").len() > 1);
    }
}
