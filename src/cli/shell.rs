//! `spptriage completions`, `spptriage man` and `spptriage help`: made from the definitions of the
//! arguments, and like all that is no message English where no language is asked for.

use std::io::Write;

use spptriage::catalog::Language;

use super::words::texts;
use super::{exit, help, output};

/// Writes the completions for a shell.
pub(crate) fn completions(shell: clap_complete::Shell, language: Language) -> anyhow::Result<u8> {
    let mut text = Vec::new();
    let mut command = help::command(language);
    clap_complete::generate(shell, &mut command, "spptriage", &mut text);
    output::write(None, false, |out| out.write_all(&text))?;
    Ok(exit::DONE)
}

/// Writes the manual page: the program's, and behind it one section for each command.
pub(crate) fn man(language: Language) -> anyhow::Result<u8> {
    let mut text = Vec::new();
    let command = help::command_for_man(language);
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let name = format!("spptriage {}", sub.get_name());
        writeln!(text, ".SH \"{}\"", name.to_uppercase())?;
        let page = clap_mangen::Man::new(sub.clone().bin_name(name));
        page.render_synopsis_section(&mut text)?;
        page.render_description_section(&mut text)?;
        page.render_options_section(&mut text)?;
    }
    let text = with_headings(&String::from_utf8_lossy(&text), language);
    output::write(None, false, |out| out.write_all(text.as_bytes()))?;
    Ok(exit::DONE)
}

/// The page with its headings in a language; they are English where it is made.
fn with_headings(page: &str, language: Language) -> String {
    let man = &texts().man;
    let headings = [
        &man.name,
        &man.synopsis,
        &man.description,
        &man.options,
        &man.subcommands,
        &man.version,
        &man.extra,
    ];
    let mut told = String::with_capacity(page.len());
    for line in page.lines() {
        let heading = line.strip_prefix(".SH ").and_then(|name| {
            let mut all = headings.iter();
            all.find(|heading| heading.get(Language::En) == name.trim_matches('"'))
        });
        match heading {
            Some(heading) => {
                told.push_str(".SH ");
                told.push_str(heading.get(language));
            }
            None => told.push_str(line),
        }
        told.push('\n');
    }
    told
}

/// Tells how the program or a command is used.
pub(crate) fn help(topic: Option<&str>, language: Language) -> u8 {
    let command = help::topic(topic, language);
    let page = help::page(&command, true, output::help_width(), language);
    super::usage::to_stdout(&page);
    exit::DONE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_page_is_whole_in_its_language() {
        for language in Language::ALL {
            let mut text = Vec::new();
            let command = help::command_for_man(*language);
            clap_mangen::Man::new(command).render(&mut text).unwrap();
            let page = with_headings(&String::from_utf8(text).unwrap(), *language);
            let is_chinese = *language == Language::ZhCn;
            assert_eq!(page.contains(".SH OPTIONS"), !is_chinese, "{page}");
            assert_eq!(page.contains("[default: auto]"), !is_chinese, "{page}");
            assert_eq!(page.contains("[默认值：auto]"), is_chinese, "{page}");
            assert!(!page.contains("Possible values"), "{page}");
        }
    }
}
