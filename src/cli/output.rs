//! Where results go: stdout, or a file that appears whole or not at all.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anstream::AutoStream;
use anyhow::Context;
use spptriage::catalog::Language;

use super::args::ColorChoice;

/// Writes a message to stderr, after the program's name. A closed stderr is nobody's concern.
pub(crate) fn complain(message: &str) {
    let _ = writeln!(io::stderr().lock(), "spptriage: {message}");
}

/// Whether an error is that nobody reads stdout any more.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// Whether results go to a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Columns of the terminal; 80 where there is none.
pub(crate) fn width() -> usize {
    let size = if is_terminal() {
        terminal_size::terminal_size()
    } else {
        None
    };
    size.map_or(80, |(terminal_size::Width(columns), _)| {
        usize::from(columns).clamp(40, 160)
    })
}

/// Whether colors are written.
pub(crate) fn has_color(choice: ColorChoice, to_file: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        // Looks at NO_COLOR and the like, and at whether stdout is a terminal.
        ColorChoice::Auto => {
            !to_file && AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
        }
    }
}

/// The language of people's formats: as asked, else the locale's for whoever reads at once.
pub(crate) fn language(asked: Option<Language>, is_for_people: bool) -> Language {
    let is_simplified_chinese = |locale: &str| {
        let locale = locale.to_lowercase().replace('_', "-");
        locale == "zh"
            || ["zh-cn", "zh-sg", "zh-hans"]
                .iter()
                .any(|tag| locale.starts_with(tag))
    };
    match asked {
        Some(language) => language,
        None if is_for_people
            && sys_locale::get_locale().is_some_and(|l| is_simplified_chinese(&l)) =>
        {
            Language::ZhCn
        }
        None => Language::En,
    }
}

/// Writes a result to stdout, or to a file that is there whole or not at all.
pub(crate) fn write(
    to: Option<&Path>,
    color: bool,
    render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    let Some(path) = to else {
        let choice = if color {
            anstream::ColorChoice::Always
        } else {
            anstream::ColorChoice::Never
        };
        let mut out = BufWriter::new(AutoStream::new(io::stdout(), choice));
        render(&mut out)?;
        out.flush()?;
        return Ok(());
    };
    let told = || format!("{}: cannot be written", path.display());
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let file = tempfile::Builder::new()
        .prefix(".spptriage-")
        .tempfile_in(folder)
        .with_context(told)?;
    let mut out = BufWriter::new(file);
    render(&mut out)
        .and_then(|()| out.flush())
        .with_context(told)?;
    let file = out
        .into_inner()
        .map_err(io::IntoInnerError::into_error)
        .with_context(told)?;
    share(file.path());
    file.persist(path)
        .map_err(|error| error.error)
        .with_context(told)?;
    Ok(())
}

/// A temporary file is for its owner alone; a report is for whom the folder is.
#[cfg(unix)]
fn share(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn share(_: &Path) {}
