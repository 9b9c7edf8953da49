//! Help: the definitions of the arguments with their texts in a language, and the page that shows them.
//!
//! clap's own page is not used: its words are English in the code, and it breaks lines at spaces alone,
//! where Chinese has none.

use std::fmt::Write as _;

use anstyle::Style;
use clap::{Arg, ArgAction, Command, CommandFactory};
use spptriage::catalog::{Language, Phrase};
use spptriage::report::render::{columns, lines};

use super::args::Arguments;
use super::words::{Texts, texts};

/// Columns before the texts of a long page.
const INDENT: usize = 10;
/// What stands before a text on a short page takes at most so many columns; what is longer has a line
/// of its own.
const LEAD: usize = 30;

const HEADING: Style = Style::new().bold().underline();
const LITERAL: Style = Style::new().bold();

/// The exit codes that help tells.
fn exit_codes(texts: &Texts, language: Language) -> String {
    let layout = &texts.layout;
    let mut told = layout.exit_codes.get(language).to_owned();
    for (code, phrase) in [
        ("0", &layout.exit_0),
        ("1", &layout.exit_1),
        ("2", &layout.exit_2),
        ("3", &layout.exit_3),
        ("4", &layout.exit_4),
        ("130", &layout.exit_130),
    ] {
        let _ = write!(told, "\n  {code:<4} {}", phrase.get(language));
    }
    told
}

/// What is typed, without texts: all that reading a command line needs.
pub(crate) fn definition() -> Command {
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .global(true)
        .action(ArgAction::Help);
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version);
    Arguments::command().arg(help).arg(version)
}

/// What is typed, with its texts in a language.
pub(crate) fn command(language: Language) -> Command {
    let texts = texts();
    let exit_codes = exit_codes(texts, language);
    described(definition(), texts, language).after_long_help(exit_codes)
}

fn described(command: Command, texts: &Texts, language: Language) -> Command {
    let name = command.get_name().to_owned();
    let command = match texts.command.get(name.as_str()) {
        Some(about) => {
            let about = about.get(language).trim();
            command.about(short(about)).long_about(about.to_owned())
        }
        None => command,
    };
    command
        .mut_args(|arg| described_arg(&name, arg, texts, language))
        .mut_subcommands(|sub| described(sub, texts, language))
}

/// The text of an option: of this command, else of all.
fn text_of<'a>(texts: &'a Texts, command: &str, id: &str) -> Option<&'a Phrase> {
    let own = texts.option.get(format!("{command}.{id}").as_str());
    own.or_else(|| texts.option.get(id))
}

fn described_arg(command: &str, arg: Arg, texts: &Texts, language: Language) -> Arg {
    let mut arg = arg;
    if let Some(text) = text_of(texts, command, arg.get_id().as_str()) {
        let text = text.get(language).trim();
        arg = arg.help(short(text));
        if short(text) != text {
            arg = arg.long_help(text.to_owned());
        }
    }
    let name = arg
        .get_value_names()
        .and_then(|names| texts.value_name.get(names.first()?.as_str()));
    if let Some(name) = name {
        arg = arg.value_name(name.get(language));
    }
    let heading = arg
        .get_help_heading()
        .and_then(|heading| texts.heading.get(heading));
    if let Some(heading) = heading {
        arg = arg.help_heading(heading.get(language));
    }
    arg
}

/// What stands before the first empty line.
fn short(text: &str) -> String {
    text.split("\n\n").next().unwrap_or_default().to_owned()
}

/// A command that help is asked for, ready to be shown; the program where no name is given.
pub(crate) fn topic(name: Option<&str>, language: Language) -> Command {
    let mut command = command(language);
    command.build();
    let sub = name.and_then(|name| command.find_subcommand(name)).cloned();
    sub.unwrap_or(command)
}

/// A page of help.
pub(crate) struct Page {
    out: String,
    width: usize,
    language: Language,
    is_long: bool,
}

/// The page of a command, from [`topic`].
pub(crate) fn page(command: &Command, is_long: bool, width: usize, language: Language) -> String {
    let mut page = Page {
        out: String::new(),
        width,
        language,
        is_long,
    };
    page.command(command);
    page.out
}

/// How a command is used, without its heading.
pub(crate) fn usage(rendered: &str, language: Language) -> String {
    let layout = &texts().layout;
    rendered
        .trim_start_matches("Usage:")
        .trim()
        .replace("[OPTIONS]", layout.options_stand_here.get(language))
        .replace("<COMMAND>", layout.command_stands_here.get(language))
}

impl Page {
    fn say(&self, phrase: &Phrase) -> &'static str {
        phrase.get(self.language)
    }

    fn command(&mut self, command: &Command) {
        let layout = &texts().layout;
        let about = if self.is_long {
            command.get_long_about().or(command.get_about())
        } else {
            command.get_about()
        };
        if let Some(about) = about {
            self.prose(&about.to_string(), 0);
            self.out.push('\n');
        }
        let rendered = command.clone().render_usage().to_string();
        let head = self.say(&layout.usage);
        let usage = usage(&rendered, self.language);
        let _ = writeln!(
            self.out,
            "{HEADING}{}{HEADING:#}{}{LITERAL}{usage}{LITERAL:#}",
            head.trim_end(),
            gap_after(head)
        );
        self.commands(command);
        let all: Vec<&Arg> = command
            .get_arguments()
            .filter(|a| !a.is_hide_set())
            .collect();
        let (positional, options): (Vec<&Arg>, Vec<&Arg>) =
            all.into_iter().partition(|arg| arg.is_positional());
        self.group(command, self.say(&layout.arguments), &positional);
        let mut headings: Vec<Option<&str>> = vec![None];
        for arg in &options {
            if !headings.contains(&arg.get_help_heading()) {
                headings.push(arg.get_help_heading());
            }
        }
        for heading in headings {
            let of_group: Vec<&Arg> = options
                .iter()
                .copied()
                .filter(|arg| arg.get_help_heading() == heading)
                .collect();
            let head = match heading {
                None => self.say(&layout.options).to_owned(),
                Some(name) => layout.group.fill(self.language, &[("name", name)]),
            };
            self.group(command, &head, &of_group);
        }
        if let Some(after) = command.get_after_long_help().filter(|_| self.is_long) {
            let _ = writeln!(self.out, "\n{after}");
        }
    }

    fn commands(&mut self, command: &Command) {
        let subs: Vec<&Command> = command
            .get_subcommands()
            .filter(|sub| !sub.is_hide_set())
            .collect();
        let Some(longest) = subs.iter().map(|sub| sub.get_name().len()).max() else {
            return;
        };
        self.heading(self.say(&texts().layout.commands));
        for sub in subs {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            self.entry(sub.get_name(), &[about], longest + 4);
        }
    }

    fn heading(&mut self, head: &str) {
        let _ = writeln!(self.out, "\n{HEADING}{head}{HEADING:#}");
    }

    fn group(&mut self, command: &Command, head: &str, args: &[&Arg]) {
        let leads: Vec<String> = args.iter().map(|arg| lead(arg)).collect();
        let Some(longest) = leads.iter().map(|lead| columns(lead, self.language)).max() else {
            return;
        };
        self.heading(head);
        let column = (longest + 4).min(LEAD);
        for (at, (arg, lead)) in args.iter().zip(&leads).enumerate() {
            let texts = self.texts(command, arg);
            if self.is_long {
                if at > 0 {
                    self.out.push('\n');
                }
                let _ = writeln!(self.out, "  {LITERAL}{lead}{LITERAL:#}");
                for text in &texts {
                    self.prose(text, INDENT);
                }
            } else {
                self.entry(lead, &texts, column);
            }
        }
    }

    /// What is said of an option: its help, its default, its values.
    fn texts(&self, command: &Command, arg: &Arg) -> Vec<String> {
        let help = if self.is_long {
            arg.get_long_help().or(arg.get_help())
        } else {
            arg.get_help()
        };
        let mut said: Vec<String> = help.map(ToString::to_string).into_iter().collect();
        let spec = self.spec(command, arg);
        if self.is_long {
            said.extend(spec);
        } else if !spec.is_empty() {
            let spec = spec.join(" ");
            match said.last_mut() {
                Some(help) => {
                    help.push(' ');
                    help.push_str(&spec);
                }
                None => said.push(spec),
            }
        }
        said
    }

    fn spec(&self, command: &Command, arg: &Arg) -> Vec<String> {
        let (texts, language) = (texts(), self.language);
        let layout = &texts.layout;
        let mut said = Vec::new();
        let takes_value = arg.get_action().takes_values();
        let defaults = arg.get_default_values();
        if takes_value && !arg.is_hide_default_value_set() && !defaults.is_empty() {
            let value: Vec<_> = defaults
                .iter()
                .map(|value| value.to_string_lossy())
                .collect();
            let value = value.join(" ");
            said.push(layout.default.fill(language, &[("value", &value)]));
        }
        let values = arg.get_possible_values();
        let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
        if !takes_value || names.is_empty() {
            return said;
        }
        let meaning = |name: &str| {
            let key = format!("{}.{}.{name}", command.get_name(), arg.get_id());
            texts.value.get(key.as_str()).map(|text| text.get(language))
        };
        if self.is_long && names.iter().any(|name| meaning(name).is_some()) {
            said.push(layout.values_head.get(language).to_owned());
            said.extend(names.iter().map(|name| match meaning(name) {
                Some(text) => {
                    let values = [("value", *name), ("text", text)];
                    layout.value.fill(language, &values)
                }
                None => format!("- {name}"),
            }));
        } else {
            let names = names.join(layout.list.get(language));
            said.push(layout.values.fill(language, &[("values", &names)]));
        }
        said
    }

    /// A line with a text in a column behind it.
    fn entry(&mut self, lead: &str, texts: &[String], column: usize) {
        let taken = 2 + columns(lead, self.language);
        let _ = write!(self.out, "  {LITERAL}{lead}{LITERAL:#}");
        let mut is_first = true;
        let room = self.width.saturating_sub(column);
        for line in texts
            .iter()
            .flat_map(|text| lines(text, room, self.language))
        {
            let pad = if is_first && taken + 2 <= column {
                column - taken
            } else {
                self.out.push('\n');
                column
            };
            let _ = write!(self.out, "{:pad$}{line}", "");
            is_first = false;
        }
        self.out.push('\n');
    }

    fn prose(&mut self, text: &str, indent: usize) {
        for paragraph in text.lines() {
            if paragraph.is_empty() {
                self.out.push('\n');
                continue;
            }
            for line in lines(paragraph, self.width.saturating_sub(indent), self.language) {
                let _ = writeln!(self.out, "{:indent$}{line}", "");
            }
        }
    }
}

/// The space that a language sets behind a word before what follows; it has no style.
pub(crate) fn gap_after(word: &str) -> &str {
    word.get(word.trim_end().len()..).unwrap_or_default()
}

/// An option as it is typed: `-o, --output <FILE>`.
fn lead(arg: &Arg) -> String {
    match arg.get_short() {
        Some(short) if arg.get_long().is_some() => format!("-{short}, {arg}"),
        _ if arg.is_positional() => arg.to_string(),
        _ => format!("    {arg}"),
    }
}

/// What is typed, as the manual page takes it: what it would say in English stands in the texts.
pub(crate) fn command_for_man(language: Language) -> Command {
    let mut command = command(language);
    command.build();
    let page = Page {
        out: String::new(),
        width: 0,
        language,
        is_long: true,
    };
    page.with_all_in_texts(command)
}

impl Page {
    fn with_all_in_texts(&self, command: Command) -> Command {
        let shown = command.clone();
        command
            .mut_args(|arg| {
                let text = self.texts(&shown, &arg).join("\n");
                arg.help(text.clone())
                    .long_help(text)
                    .hide_default_value(true)
                    .hide_possible_values(true)
            })
            .mut_subcommands(|sub| self.with_all_in_texts(sub))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Each command with its options, as they stand in Rust.
    fn each(command: &Command, see: &mut dyn FnMut(&Command)) {
        see(command);
        command.get_subcommands().for_each(|sub| each(sub, see));
    }

    #[test]
    fn no_text_stands_in_rust() {
        let mut problems = Vec::new();
        each(&Arguments::command(), &mut |command| {
            let name = command.get_name();
            if command.get_about().or(command.get_long_about()).is_some() {
                problems.push(format!("{name}: what it does stands in Rust"));
            }
            for arg in command.get_arguments() {
                if arg.get_help().or(arg.get_long_help()).is_some() {
                    problems.push(format!("{name} {}: its help stands in Rust", arg.get_id()));
                }
                for value in arg.get_possible_values() {
                    if value.get_help().is_some() {
                        problems.push(format!("{name} {}: {} ...", arg.get_id(), value.get_name()));
                    }
                }
            }
        });
        assert!(
            problems.is_empty(),
            "write // and not ///, and give it a line in catalog/cli.toml:\n{}",
            problems.join("\n")
        );
    }

    #[test]
    fn everything_has_its_text_and_no_text_is_left_over() {
        let texts = texts();
        let mut problems = Vec::new();
        // What only a language adds.
        let mut used = BTreeSet::from(["option help".to_owned(), "option version".to_owned()]);
        for name in ["help", "version"] {
            assert!(texts.option.contains_key(name));
        }
        each(&Arguments::command(), &mut |command| {
            let name = command.get_name();
            used.insert(format!("command {name}"));
            if !texts.command.contains_key(name) {
                problems.push(format!("[command] lacks {name}"));
            }
            for arg in command.get_arguments() {
                let id = arg.get_id().as_str();
                let own = format!("{name}.{id}");
                let key = if texts.option.contains_key(own.as_str()) {
                    own
                } else {
                    id.to_owned()
                };
                if !texts.option.contains_key(key.as_str()) {
                    problems.push(format!("[option] lacks {id}, of {name}"));
                }
                used.insert(format!("option {key}"));
                for value in arg.get_value_names().into_iter().flatten() {
                    if !texts.value_name.contains_key(value.as_str())
                        && arg.get_action().takes_values()
                    {
                        problems.push(format!("[value_name] lacks {value}, of {name} {id}"));
                    }
                    used.insert(format!("value_name {value}"));
                }
                if let Some(heading) = arg.get_help_heading() {
                    if !texts.heading.contains_key(heading) {
                        problems.push(format!("[heading] lacks {heading}, of {name} {id}"));
                    }
                    used.insert(format!("heading {heading}"));
                }
                for value in arg.get_possible_values() {
                    used.insert(format!("value {name}.{id}.{}", value.get_name()));
                }
            }
        });
        for (section, names) in [
            ("command", &texts.command),
            ("option", &texts.option),
            ("value", &texts.value),
            ("value_name", &texts.value_name),
            ("heading", &texts.heading),
        ] {
            for name in names.keys() {
                let is_left_out = !cfg!(feature = "parquet") && *name == "events.format.parquet";
                if !used.contains(&format!("{section} {name}")) && !is_left_out {
                    problems.push(format!("[{section}] {name} is used by nothing"));
                }
            }
        }
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    #[test]
    fn the_definitions_hold_together_in_every_language() {
        for language in Language::ALL {
            super::command(*language).debug_assert();
        }
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn help_is_told_in_every_language_within_the_terminal() {
        for language in Language::ALL {
            for name in [None, Some("report"), Some("events"), Some("explain")] {
                let command = topic(name, *language);
                for (kind, is_long) in [("short", false), ("long", true)] {
                    let text = plain(&page(&command, is_long, 80, *language));
                    for line in text.lines() {
                        assert!(columns(line, *language) <= 80, "{line}");
                    }
                    let name = name.unwrap_or("program");
                    insta::assert_snapshot!(format!("{name}_{kind}_{}", language.tag()), text);
                }
            }
        }
    }

    #[test]
    fn chinese_help_has_no_english_sentence() {
        for name in [
            None,
            Some("report"),
            Some("events"),
            Some("explain"),
            Some("man"),
        ] {
            let text = plain(&page(
                &topic(name, Language::ZhCn),
                true,
                80,
                Language::ZhCn,
            ));
            for word in [
                "Usage", "Options", "default", "possible", "Print", " the ", "OPTIONS",
            ] {
                assert!(!text.contains(word), "{word}: {text}");
            }
        }
    }

    #[test]
    fn a_narrow_terminal_gets_narrow_help() {
        for language in Language::ALL {
            let text = plain(&page(
                &topic(Some("report"), *language),
                true,
                40,
                *language,
            ));
            let wide = text
                .lines()
                .filter(|line| columns(line, *language) > 40)
                // An option, a usage, a command are one word; exit codes have no columns.
                .take_while(|line| !line.contains("Exit") && !line.contains("退出代码："))
                .filter(|line| !line.contains("--") && !line.contains("spptriage"))
                .filter(|line| !line.contains('`'));
            assert_eq!(wide.collect::<Vec<_>>(), Vec::<&str>::new());
        }
    }
}
