//! `spptriage completions` and `spptriage man`: made from the definitions of the arguments.

use std::io::Write;

use clap::CommandFactory;

use super::args::Arguments;
use super::{exit, output};

/// Writes the completions for a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> anyhow::Result<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "spptriage", &mut text);
    output::write(None, false, |out| out.write_all(&text))?;
    Ok(exit::DONE)
}

/// Writes the manual page: the program's, and behind it one section for each command.
pub(crate) fn man() -> anyhow::Result<u8> {
    let mut text = Vec::new();
    let command = Arguments::command();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let name = format!("spptriage {}", sub.get_name());
        writeln!(text, ".SH \"{}\"", name.to_uppercase())?;
        let page = clap_mangen::Man::new(sub.clone().bin_name(name));
        page.render_synopsis_section(&mut text)?;
        page.render_description_section(&mut text)?;
        page.render_options_section(&mut text)?;
    }
    output::write(None, false, |out| out.write_all(&text))?;
    Ok(exit::DONE)
}
