//! The program around the library: arguments, the terminal, exit codes. Uses the public library
//! only, as a stranger would.

mod args;
mod catalog;
mod events;
mod exit;
mod explain;
mod folder;
mod help;
mod logger;
mod output;
mod outputs;
mod policy;
mod progress;
mod report;
mod select;
mod shell;
mod usage;
mod words;

use std::io::IsTerminal;
use std::process::ExitCode;

use args::Command;
use clap::FromArgMatches;
use spptriage::catalog::Language;

/// Runs the program; the one place that turns results and errors into exit codes.
pub(crate) fn run() -> ExitCode {
    #[expect(
        clippy::disallowed_methods,
        reason = "the binary's edge reads its arguments"
    )]
    let given: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let words = args::with_default_command(given.clone());
    let asked = args::asked_language(&words);
    words::choose(output::language(asked, std::io::stderr().is_terminal()));
    let parse = |definition: clap::Command| {
        let matches = definition.try_get_matches_from(&words)?;
        args::Arguments::from_arg_matches(&matches)
    };
    // Only what is wrong is told in words, so that a run that is right need not read them.
    let parsed = parse(help::definition()).or_else(|_| parse(help::command(words::language())));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return ExitCode::from(usage::end(&error, &words)),
    };
    let language = arguments.lang.unwrap_or(Language::En);
    logger::start(arguments.verbose, arguments.quiet);
    let given: Vec<String> = given
        .iter()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let result = match &arguments.command {
        Command::Report(report) => report::run(&arguments, report, given),
        Command::Events(events) => events::run(&arguments, events, given),
        Command::Explain(explain) => explain::run(&arguments, explain),
        Command::Catalog(asked) => catalog::run(&arguments, asked),
        Command::Completions { shell } => shell::completions(*shell, language),
        Command::Man => shell::man(language),
        Command::Help { topic } => {
            let language = output::language(arguments.lang, output::is_terminal());
            Ok(shell::help(topic.as_deref(), language))
        }
    };
    match result {
        Ok(code) => ExitCode::from(code),
        // Whoever read our output has had enough of it.
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&output::told(&error));
            ExitCode::from(exit::USAGE)
        }
    }
}
