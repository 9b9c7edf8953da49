//! Product keys: installed (1016), not installed (1017), removed (1018).

use super::fields::{self, Fields};
use super::product::ActivationId;
use super::{Activity, Role, named};
use crate::hresult::Hresult;

/// 1017: a product key could not be installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyInstallFailed {
    /// Why.
    pub hresult: Option<Hresult>,
    /// The last five characters of whatever was typed; may be no key at all.
    pub partial_key: Option<String>,
    /// The product that the key would name.
    pub activation_id: Option<ActivationId>,
    /// A further code.
    pub detail: Option<Hresult>,
}

/// The characters of product keys since Windows 8, and with them those of all before.
const KEY_CHARACTERS: &str = "BCDFGHJKMNPQRTVWXY2346789";

/// Whether a text can be the last five characters of a product key. 1017 holds the end of whatever
/// was typed where a key belongs, once the name of a script (real-failures.md 4.2).
pub fn is_partial_key(text: &str) -> bool {
    text.len() == 5 && text.chars().all(|c| KEY_CHARACTERS.contains(c))
}

pub(super) fn installed(f: &mut Fields<'_>) -> Activity {
    named::tell(f, 2, named::KEY_ID);
    Activity::KeyInstalled {
        activation_id: f.read(1, "activation_id", fields::guid),
    }
}

pub(super) fn removed(f: &mut Fields<'_>) -> Activity {
    named::tell(f, 2, named::KEY_ID);
    Activity::KeyRemoved {
        activation_id: f.read(1, "activation_id", fields::guid),
    }
}

/// Names of the fields of 1017 in rows.
pub(super) const INSTALL_FAILED_FIELDS: &[&str] =
    &["hresult", "partial_key", "activation_id", "detail"];

pub(super) fn install_failed(f: &mut Fields<'_>) -> Activity {
    Activity::KeyInstallFailed(KeyInstallFailed {
        hresult: f.code(1, "hresult", Role::Result),
        partial_key: f.text(2).map(str::to_owned),
        activation_id: f.read(3, "activation_id", fields::guid),
        detail: f.code(4, "detail", Role::Detail),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_something_else_is_no_partial_key() {
        for key in ["YPXCF", "6VM33", "8HVX7", "2YT43", "7QDKC"] {
            assert!(is_partial_key(key), "{key}");
        }
        for other in [
            "r.vbs",
            "ypxcf",
            "YPXC",
            "XYPXCF",
            "",
            "AEIOU",
            "YPXC\u{0421}",
        ] {
            assert!(!is_partial_key(other), "{other}");
        }
    }

    #[test]
    fn unknown_fields_of_a_failed_install_are_nothing_odd() {
        // events.md section 5, no. 34.
        let data: Vec<String> = ["0xC004F069", "YPXCF", "?", "?"].map(str::to_owned).into();
        let mut f = Fields::of_strings(&data);
        let Activity::KeyInstallFailed(failed) = install_failed(&mut f) else {
            panic!()
        };
        assert_eq!(failed.hresult, Some(Hresult::new(0xC004_F069)));
        assert_eq!((failed.activation_id, failed.detail), (None, None));
        assert!(f.finish().odd.is_empty());
    }
}
