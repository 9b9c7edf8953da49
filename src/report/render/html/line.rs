//! Text within a line: words, names, commands, links, times.

use askama::Template;

use crate::report::model::Time;
use crate::report::render::bit::{Bit, Tone};
use crate::report::render::words::Words;

use super::anchor::Anchors;

/// Stretches of text in a row.
#[derive(Clone, Debug, Template)]
#[template(path = "line.html")]
pub(super) struct Line {
    spans: Vec<Span>,
}

/// A stretch of text.
#[derive(Clone, Debug)]
struct Span {
    text: String,
    /// Whether it is a name, number, code or command.
    is_code: bool,
    /// The id that a link on it leads to.
    leads_to: Option<String>,
    /// The class of its weight.
    class: Option<&'static str>,
}

impl Line {
    /// Bits with their links; commands between backticks in words are set apart.
    pub(super) fn of(bits: &[Bit], anchors: &Anchors) -> Self {
        let mut spans = Vec::new();
        for bit in bits {
            let class = match bit.tone {
                Tone::Plain => None,
                Tone::Bad => Some("bad"),
                Tone::Good => Some("good"),
            };
            if bit.is_name {
                spans.push(Span {
                    text: bit.text.clone(),
                    is_code: true,
                    leads_to: anchors.of(bit).map(str::to_owned),
                    class,
                });
            } else {
                push_words(&mut spans, &bit.text, class);
            }
        }
        Self { spans }
    }

    /// Bits without links, for what is itself to be pressed.
    pub(super) fn unlinked(bits: &[Bit]) -> Self {
        let mut spans = Vec::new();
        for bit in bits {
            push_words(&mut spans, &bit.text, None);
        }
        Self { spans }
    }

    /// A sentence; commands between backticks are set apart.
    pub(super) fn prose(text: &str) -> Self {
        let mut spans = Vec::new();
        push_words(&mut spans, text, None);
        Self { spans }
    }
}

fn push_words(spans: &mut Vec<Span>, text: &str, class: Option<&'static str>) {
    let mut push = |text: &str, is_code: bool| {
        if !text.is_empty() {
            spans.push(Span {
                text: text.to_owned(),
                is_code,
                leads_to: None,
                class,
            });
        }
    };
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('`')
        && let Some((command, after)) = tail.split_once('`')
        && !command.is_empty()
    {
        push(before, false);
        push(command, true);
        rest = after;
    }
    push(rest, false);
}

/// A time: as it is read, and as programs read it.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<time datetime="{{ exact }}">{{ text }}</time>"#,
    ext = "html"
)]
pub(super) struct Moment {
    exact: String,
    text: String,
}

impl Moment {
    /// A time where a head names the zone.
    pub(super) fn of(words: &Words, time: Time) -> Self {
        Self {
            exact: time.to_string(),
            text: words.clock(time),
        }
    }

    /// A time that says how far it is ahead of UTC.
    pub(super) fn brief(words: &Words, time: Time) -> Self {
        Self {
            exact: time.to_string(),
            text: words.brief(time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::render::sample;

    #[test]
    fn commands_in_sentences_stay_commands() {
        let check = |text: &str, expect: &str| {
            assert_eq!(Line::prose(text).render().unwrap(), expect);
        };
        check("Run `a b` now.", "Run <code>a b</code> now.");
        check("one ` <only>", "one ` &#60;only&#62;");
        check("a ``b`", "a ``b`");
    }

    #[test]
    fn only_what_is_in_the_report_is_linked() {
        let report = sample::report("en");
        let anchors = Anchors::new(&report);
        let bits = [
            Bit::finding("0x8007232B"),
            Bit::words(" "),
            Bit::machine("nobody"),
            Bit::words("!").toned(Tone::Bad),
        ];
        assert_eq!(
            Line::of(&bits, &anchors).render().unwrap(),
            r##"<a href="#f-0x8007232B"><code>0x8007232B</code></a> <code>nobody</code><span class="bad">!</span>"##
        );
    }
}
