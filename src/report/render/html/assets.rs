//! The page's style and script, and the policy that lets the browser take these and nothing else.

use sha2::{Digest, Sha256};

/// The style, as it stands in the page.
pub(super) const STYLE: &str = include_str!("templates/page.css");

/// The script, as it stands in the page.
pub(super) const SCRIPT: &str = include_str!("templates/page.js");

/// The Content-Security-Policy: the page loads nothing, and no style or script but its own counts,
/// whatever a text in it might try. `labels` is the style that this page has beside the one of all.
pub(super) fn policy(labels: &str) -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}' 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(labels),
        hash(SCRIPT)
    )
}

/// The SHA-256 of a text in Base64, as the policy wants it.
fn hash(text: &str) -> String {
    base64(&Sha256::digest(text.as_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = usize::try_from(bits >> (18 - 6 * at) & 63).unwrap_or(0);
            match DIGITS.get(digit) {
                Some(digit) if at <= three.len() => text.push(char::from(*digit)),
                _ => text.push('='),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_as_the_standard_has_it() {
        let check = |bytes: &str, expect| assert_eq!(base64(bytes.as_bytes()), expect);
        check("", "");
        check("f", "Zg==");
        check("fo", "Zm8=");
        check("foo", "Zm9v");
        check("foobar", "Zm9vYmFy");
    }

    #[test]
    fn the_hash_is_that_of_the_standard() {
        assert_eq!(hash("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn style_and_script_can_stand_in_a_page_and_load_nothing() {
        for text in [STYLE, SCRIPT] {
            let text = text.to_ascii_lowercase();
            for word in [
                "</",
                "<!--",
                "http:",
                "https:",
                "url(",
                "@import",
                "eval",
                "fetch",
                "innerhtml",
            ] {
                assert!(!text.contains(word), "{word}");
            }
        }
    }
}
