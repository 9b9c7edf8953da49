//! The words of the command line: `catalog/cli.toml` in typed fields and maps, and the language that
//! this run speaks. No text for people stands in Rust.
//!
//! Help of options is found by their names (`help` asks for it), everything else is a field. An
//! untranslated text does not build, a missing and a superfluous one fail a test, an unused field is a
//! warning of the compiler.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use spptriage::catalog::{Language, Phrase, Section, TextTable, sections, take_section};

static TEXT_TABLE: TextTable = include!(concat!(env!("OUT_DIR"), "/cli.rs"));

/// What messages are told in. One for the whole run: parsers of single values and the handler of Ctrl-C
/// have nobody to ask.
static LANGUAGE: OnceLock<Language> = OnceLock::new();

macro_rules! sections {
    ($($(#[$doc:meta])* $section:ident: $name:ident { $($field:ident),* $(,)? })*) => {
        $($(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name {
            $(pub(crate) $field: Phrase,)*
        })*

        /// All texts.
        #[derive(Debug)]
        pub(crate) struct Texts {
            /// What a command does, by its name.
            pub(crate) command: Section,
            /// The help of an option, by its name, or by its command and its name.
            pub(crate) option: Section,
            /// What a value means, by its command, its option and itself.
            pub(crate) value: Section,
            /// What stands for values.
            pub(crate) value_name: Section,
            /// Headings of groups of options.
            pub(crate) heading: Section,
            $(pub(crate) $section: $name,)*
        }

        /// Takes every text out of the file; what is missing or left over is a problem.
        fn read(mut file: BTreeMap<&'static str, Section>, problems: &mut Vec<String>) -> Texts {
            $(
                let mut table = take_section(&mut file, stringify!($section), problems);
                let $section = $name {
                    $($field: Phrase::take(&mut table, stringify!($field), problems),)*
                };
                problems.extend(table.keys().map(|name| format!("{}.{name} is no text of the program", stringify!($section))));
            )*
            let texts = Texts {
                command: take_section(&mut file, "command", problems),
                option: take_section(&mut file, "option", problems),
                value: take_section(&mut file, "value", problems),
                value_name: take_section(&mut file, "value_name", problems),
                heading: take_section(&mut file, "heading", problems),
                $($section,)*
            };
            problems.extend(file.keys().map(|name| format!("{name} is no section")));
            texts
        }
    };
}

sections! {
    /// Headings and words of help.
    layout: Layout {
        usage, options_stand_here, command_stands_here, commands, arguments, options, group, default, values,
        values_head, value, list, exit_codes, exit_0, exit_1, exit_2, exit_3, exit_4, exit_130,
    }
    /// Headings of the manual page.
    man: Man { name, synopsis, description, options, subcommands, version, extra }
    /// What is wrong with the command line.
    usage: Usage {
        error, tip, used_twice, conflict, needs_equals, no_value, bad_value, bad_value_because, unknown_command,
        missing, too_many, wrong_number, unexpected, not_text, wrong, quoted, similar_command, similar_argument,
        similar_value, as_value, more,
    }
    /// What an option takes instead of what was typed.
    accepted: Accepted {
        language, severity, one_of, kms_host, no_port, width, bytes, no_day, time, bound, duration, without_minus, finding, no_computer, key, until, computer, event_id,
        is_event_id, zone, zone_near, zone_offset, zone_local,
    }
    /// What is said on standard error.
    message: Message {
        about, because, chunk, stdin_twice, stdin_in_list, empty_list, list_unreadable, list_not_text, is_folder,
        is_log, is_read, bad_ending, stdout_unwritable, unwritable, no_folder, rows_are_there, more_than_rows, tables_are_there, more_than_tables, is_file, bom_without_csv, format_unused, tables_to_stdout, tables_to_file, page_to_folder, stdout_twice, same_file, one_in_another,
        overwrite_file, folder_format, no_parquet, table_folder, not_text, stream_filters, only_once, in_line, no_json, no_report, other_report, since_later,
        no_overlays, no_entry, checked, exported, catalog_is_there, interrupted,
    }
    /// How far reading is, and what came of it.
    progress: Progress { line, plan, read, machines, findings }
}

/// All texts, read once.
pub(crate) fn texts() -> &'static Texts {
    static TEXTS: OnceLock<Texts> = OnceLock::new();
    TEXTS.get_or_init(|| read(sections(TEXT_TABLE), &mut Vec::new()))
}

/// Chooses the language of messages, once.
pub(crate) fn choose(language: Language) {
    LANGUAGE.get_or_init(|| language);
}

/// The language of messages.
pub(crate) fn language() -> Language {
    LANGUAGE.get().copied().unwrap_or(Language::En)
}

/// A text in the language of messages, with its values.
pub(crate) fn say(phrase: impl Fn(&Texts) -> &Phrase, values: &[(&str, &str)]) -> String {
    phrase(texts()).fill(language(), values)
}

/// A text for a number in the language of messages, with its values.
pub(crate) fn count(phrase: impl Fn(&Texts) -> &Phrase, n: u64, values: &[(&str, &str)]) -> String {
    phrase(texts()).count(language(), n, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_and_none_besides() {
        let mut problems = Vec::new();
        read(sections(TEXT_TABLE), &mut problems);
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    #[test]
    fn what_is_missing_or_superfluous_is_told() {
        let mut file = sections(TEXT_TABLE);
        let message = file.get_mut("message").unwrap();
        let phrase = message.remove("interrupted").unwrap();
        message.insert("interupted", phrase);
        let mut problems = Vec::new();
        read(file, &mut problems);
        let told = problems.join("\n");
        for problem in ["message.interupted is no text", "interrupted is missing"] {
            assert!(told.contains(problem), "{told}");
        }
    }
}
