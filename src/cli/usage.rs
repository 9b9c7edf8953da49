//! What is wrong with the command line, in words; and how parsing ends where nothing is to be run.
//!
//! clap says what is wrong as values; here they are told in the language of the run.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use spptriage::catalog::{Language, Phrase};
use spptriage::report::render::shown;

use super::words::{self, Texts, texts};
use super::{args, exit, help, output};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const TIP: Style = AnsiColor::Green.on_default();

/// Tells help, the version, or what is wrong with the command line, and returns the exit code.
pub(crate) fn end(error: &clap::Error, words: &[OsString]) -> u8 {
    let asked = args::asked_language(words);
    match error.kind() {
        ErrorKind::DisplayHelp => {
            let language = output::language(asked, io::stdout().is_terminal());
            let is_long = words.iter().any(|word| word == "--help");
            let topic = help::topic(args::command_in(words), language);
            to_stdout(&help::page(&topic, is_long, output::help_width(), language));
            exit::DONE
        }
        ErrorKind::DisplayVersion => {
            to_stdout(&error.render().to_string());
            exit::DONE
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let language = words::language();
            let page = help::page(
                &help::topic(None, language),
                false,
                output::help_width(),
                language,
            );
            to_stderr(&page);
            exit::USAGE
        }
        _ => {
            to_stderr(&told(error, words::language()));
            exit::USAGE
        }
    }
}

/// Writes help that was asked for. Nobody is concerned where nobody reads it.
pub(crate) fn to_stdout(text: &str) {
    let _ = anstream::AutoStream::auto(io::stdout()).write_all(text.as_bytes());
}

fn to_stderr(text: &str) {
    let _ = anstream::AutoStream::auto(io::stderr()).write_all(text.as_bytes());
}

/// Says what is wrong, what may be meant, and how the command is used.
fn told(error: &clap::Error, language: Language) -> String {
    let usage = &texts().usage;
    let styled = |style: Style, word: &str| {
        let gap = help::gap_after(word);
        format!("{style}{}{style:#}{gap}", word.trim_end())
    };
    let head = styled(ERROR, usage.error.get(language));
    let mut told = format!("{head}{}\n", problem(error, language));
    let tips = tips(error, language);
    if !tips.is_empty() {
        told.push('\n');
    }
    for tip in tips {
        let _ = writeln!(told, "  {}{tip}", styled(TIP, usage.tip.get(language)));
    }
    if let Some(ContextValue::StyledStr(rendered)) = error.get(ContextKind::Usage) {
        let head = texts().layout.usage.get(language);
        let text = help::usage(&rendered.to_string(), language);
        let _ = writeln!(told, "\n{head}{text}");
    }
    let more = usage.more.fill(language, &[("help", "--help")]);
    let _ = writeln!(told, "\n{more}");
    told
}

/// A value as text; several with what separates them.
fn value(error: &clap::Error, kind: ContextKind, language: Language) -> Option<String> {
    let list = texts().layout.list.get(language);
    match error.get(kind)? {
        ContextValue::String(text) => Some(shown(text).into_owned()),
        ContextValue::Strings(all) if !all.is_empty() => Some(shown(&all.join(list)).into_owned()),
        ContextValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn problem(error: &clap::Error, language: Language) -> String {
    let texts = texts();
    let usage = &texts.usage;
    let value = |kind| value(error, kind, language).unwrap_or_default();
    let argument = value(ContextKind::InvalidArg);
    let typed = value(ContextKind::InvalidValue);
    let say = |phrase: &Phrase| {
        let values = [("argument", argument.as_str()), ("value", typed.as_str())];
        phrase.fill(language, &values)
    };
    let listed = |head: String, kind, phrase: &dyn Fn(&Texts) -> &Phrase| match value(kind) {
        values if values.is_empty() => head,
        values => {
            let values = phrase(texts).fill(language, &[("values", &values)]);
            format!("{head}\n  {values}")
        }
    };
    match error.kind() {
        ErrorKind::ArgumentConflict => {
            let prior = match error.get(ContextKind::PriorArg) {
                Some(ContextValue::String(one)) => vec![one.clone()],
                Some(ContextValue::Strings(several)) => several.clone(),
                _ => Vec::new(),
            };
            if prior.is_empty() || prior == [argument.clone()] {
                return say(&usage.used_twice);
            }
            let quoted: Vec<String> = prior
                .iter()
                .map(|one| usage.quoted.fill(language, &[("text", &shown(one))]))
                .collect();
            let others = quoted.join(texts.layout.list.get(language));
            let values = [("argument", argument.as_str()), ("others", others.as_str())];
            usage.conflict.fill(language, &values)
        }
        ErrorKind::NoEquals => say(&usage.needs_equals),
        ErrorKind::InvalidValue => {
            let head = if typed.is_empty() {
                say(&usage.no_value)
            } else {
                say(&usage.bad_value)
            };
            listed(head, ContextKind::ValidValue, &|t| &t.layout.values)
        }
        ErrorKind::ValueValidation => match std::error::Error::source(error) {
            Some(reason) => {
                let reason = shown(&reason.to_string()).into_owned();
                let values = [
                    ("argument", argument.as_str()),
                    ("value", typed.as_str()),
                    ("reason", reason.as_str()),
                ];
                usage.bad_value_because.fill(language, &values)
            }
            None => say(&usage.bad_value),
        },
        ErrorKind::InvalidSubcommand => {
            let command = value(ContextKind::InvalidSubcommand);
            usage
                .unknown_command
                .fill(language, &[("command", &command)])
        }
        ErrorKind::MissingRequiredArgument => {
            let mut told = usage.missing.get(language).to_owned();
            if let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) {
                for one in missing {
                    let _ = write!(told, "\n  {TIP}{one}{TIP:#}");
                }
            }
            told
        }
        ErrorKind::TooManyValues => say(&usage.too_many),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            let needed = match value(ContextKind::ExpectedNumValues) {
                needed if needed.is_empty() => value(ContextKind::MinValues),
                needed => needed,
            };
            let given = value(ContextKind::ActualNumValues);
            let values = [
                ("argument", argument.as_str()),
                ("needed", needed.as_str()),
                ("given", given.as_str()),
            ];
            usage.wrong_number.fill(language, &values)
        }
        ErrorKind::UnknownArgument => say(&usage.unexpected),
        ErrorKind::InvalidUtf8 => say(&usage.not_text),
        _ => say(&usage.wrong),
    }
}

/// What may be meant instead.
fn tips(error: &clap::Error, language: Language) -> Vec<String> {
    let usage = &texts().usage;
    let mut tips = Vec::new();
    for (kind, phrase) in [
        (ContextKind::SuggestedSubcommand, &usage.similar_command),
        (ContextKind::SuggestedArg, &usage.similar_argument),
        (ContextKind::SuggestedValue, &usage.similar_value),
    ] {
        let names = match error.get(kind) {
            Some(ContextValue::String(one)) => vec![one.clone()],
            Some(ContextValue::Strings(several)) => several.clone(),
            _ => continue,
        };
        if names.is_empty() {
            continue;
        }
        let quoted: Vec<String> = names
            .iter()
            .map(|name| usage.quoted.fill(language, &[("text", name)]))
            .collect();
        let quoted = quoted.join(texts().layout.list.get(language));
        tips.push(phrase.count(language, names.len() as u64, &[("names", &quoted)]));
    }
    let Some(ContextValue::StyledStrs(further)) = error.get(ContextKind::Suggested) else {
        return tips;
    };
    for tip in further {
        let tip = tip.to_string();
        let argument = value(error, ContextKind::InvalidArg, language);
        // The library tells them as sentences alone, which begin in these ways.
        match (argument, tip.strip_suffix(" exists")) {
            (_, Some(name)) => {
                let quoted = usage
                    .quoted
                    .fill(language, &[("text", name.trim_matches('\''))]);
                tips.push(usage.similar_argument.fill(language, &[("names", &quoted)]));
            }
            (Some(argument), None) if tip.starts_with("to pass ") => {
                tips.push(usage.as_value.fill(language, &[("argument", &argument)]));
            }
            _ => {}
        }
    }
    tips
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(words: &[&str], language: Language) -> String {
        let given = std::iter::once("spptriage")
            .chain(words.iter().copied())
            .map(OsString::from)
            .collect();
        let words = args::with_default_command(given);
        let error = help::command(language)
            .try_get_matches_from(words)
            .unwrap_err();
        anstream::adapter::strip_str(&told(&error, language)).to_string()
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn what_is_wrong_is_told_in_every_language() {
        for language in Language::ALL {
            let mut all = String::new();
            for words in [
                &["report"][..],
                &["report", "a.evtx", "--includ", "x"],
                &["report", "a.evtx", "--only-faling"],
                &["report", "a.evtx", "--nothing-like-it"],
                &["explain", "--kms-host", "x"],
                &["report", "a.evtx", "--kms-host"],
                &[
                    "report",
                    "a.evtx",
                    "--now",
                    "2026-01-01",
                    "--now",
                    "2026-01-01",
                ],
                &["report", "a.evtx", "-q", "-v"],
                &["events", "a.evtx", "-f", "tabel"],
                &["events", "a.evtx", "-f", ""],
                &["explain"],
                &["--color", "sometimes", "report", "a.evtx"],
                &["help", "reprot"],
                &["report", "a.evtx", "--quiet=yes"],
                &["completions"],
            ] {
                let _ = writeln!(all, "> {}", words.join(" "));
                all.push_str(&told_of(words, *language));
                all.push('\n');
            }
            insta::assert_snapshot!(format!("wrong_{}", language.tag()), all);
        }
    }

    #[test]
    fn what_was_typed_does_not_act_on_the_terminal() {
        for words in [
            &["report", "a", "--now", "\u{1b}[2J"][..],
            &["report", "a", "--\u{1b}[2J"],
            &["--color", "\u{1b}[2J", "report", "a"],
        ] {
            let told = told_of(words, Language::En);
            assert!(!told.contains('\u{1b}') && told.contains("u{1b}"), "{told}");
        }
    }
}
