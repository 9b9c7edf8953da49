//! The program around the library: arguments, the terminal, exit codes. Uses the public library
//! only, as a stranger would.

mod args;
mod events;
mod exit;
mod explain;
mod folder;
mod logger;
mod output;
mod outputs;
mod progress;
mod report;
mod select;
mod shell;

use std::process::ExitCode;

use args::Command;
use clap::Parser;

/// Runs the program; the one place that turns results and errors into exit codes.
pub(crate) fn run() -> ExitCode {
    #[expect(
        clippy::disallowed_methods,
        reason = "the binary's edge reads its arguments"
    )]
    let given: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let arguments = args::Arguments::try_parse_from(args::with_default_command(given.clone()));
    let arguments = match arguments {
        Ok(arguments) => arguments,
        // Help and version are printed by clap; their exit code is 0, that of a usage error 2.
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(exit::USAGE));
        }
    };
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
        Command::Completions { shell } => shell::completions(*shell),
        Command::Man => shell::man(),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        // Whoever read our output has had enough of it.
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&format!("{error:#}"));
            ExitCode::from(exit::USAGE)
        }
    }
}
