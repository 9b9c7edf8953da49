//! How every value gets into the page: shown, then escaped.
//!
//! `askama.toml` names this escaper for all templates, so that a name from a log cannot be markup,
//! and cannot turn the direction of a line around, wherever a template puts it.

use std::fmt;

use askama::filters::{Escaper, Html};

use crate::report::render::shown::shown;

/// Shows what acts or hides, and escapes what is markup, for text and for attributes in quotes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown;

impl Escaper for Shown {
    fn write_escaped_str<W: fmt::Write>(&self, to: W, text: &str) -> fmt::Result {
        Html.write_escaped_str(to, &shown(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let mut out = String::new();
        Shown.write_escaped_str(&mut out, text).unwrap();
        assert_eq!(out, expect);
    }

    #[test]
    fn markup_and_quotes_mean_themselves() {
        check("<b>\"&'", "&#60;b&#62;&#34;&#38;&#39;");
    }

    #[test]
    fn what_acts_or_hides_is_written_out() {
        check("a\u{202e}b\u{1b}[2J\n", "a\\u{202e}b\\u{1b}[2J\\n");
        check("会计-03", "会计-03");
    }
}
