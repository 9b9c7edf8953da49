//! Where results go: stdout, or a file that appears whole or not at all.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anstream::AutoStream;
use anyhow::Context;
use spptriage::catalog::{Language, Phrase};
use spptriage::input::{InputError, UNFINISHED_PREFIX};
use spptriage::report::below;

use super::args::ColorChoice;
use super::words::{self, Texts, say};

/// The byte order mark of UTF-8, by which Excel knows it.
pub(crate) const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// Bytes that are written at once.
const OUT_BYTES: usize = 64 * 1024;

/// Characters of one message on stderr; what is longer was typed or logged by somebody careless.
const MESSAGE_CHARS: usize = 2000;

/// Writes a message to stderr, after the program's name. A closed stderr is nobody's concern.
/// Names in it come from logs and command lines: what would act on a terminal is shown instead.
pub(crate) fn complain(message: &str) {
    let shown: String = spptriage::report::render::shown(message)
        .chars()
        .take(MESSAGE_CHARS)
        .collect();
    let _ = writeln!(io::stderr().lock(), "spptriage: {shown}");
}

/// Complains of damage in a log.
pub(crate) fn complain_of_damage(damage: &spptriage::report::model::DamagePart) {
    let problem = match damage.chunk {
        Some(chunk) => {
            let number = chunk.to_string();
            let values = [("number", number.as_str()), ("text", &damage.problem)];
            say(|t| &t.message.chunk, &values)
        }
        None => damage.problem.clone(),
    };
    complain_of(&damage.log, &problem);
}

/// Complains of something that has a name.
pub(crate) fn complain_of(name: &str, problem: &str) {
    complain(&about(name, problem));
}

/// What is said of something that has a name.
fn about(name: &str, text: &str) -> String {
    say(|t| &t.message.about, &[("name", name), ("text", text)])
}

/// A message that says a path's name first.
pub(crate) fn of_path(path: &Path, phrase: impl Fn(&Texts) -> &Phrase) -> String {
    say(phrase, &[("name", &path.display().to_string())])
}

/// What a lower layer says, in the language of messages as far as it is known.
pub(crate) fn told_below(message: &str) -> String {
    below(message, words::language()).into_owned()
}

/// An error with all that led to it.
pub(crate) fn told(error: &anyhow::Error) -> String {
    let mut causes = error
        .chain()
        .rev()
        .map(|cause| told_below(&cause.to_string()));
    let last = causes.next().unwrap_or_default();
    causes.fold(last, |reason, text| {
        let values = [("text", text.as_str()), ("reason", reason.as_str())];
        say(|t| &t.message.because, &values)
    })
}

/// Why a list of paths cannot be read.
pub(crate) fn input_error(error: InputError) -> anyhow::Error {
    match error {
        InputError::Read { name, source } => {
            let text = say(|t| &t.message.list_unreadable, &[("name", name.as_str())]);
            anyhow::Error::new(source).context(text)
        }
        InputError::ListNotText { name, line } => {
            let line = line.to_string();
            let values = [("name", name.as_str()), ("line", &line)];
            anyhow::Error::msg(say(|t| &t.message.list_not_text, &values))
        }
        other => anyhow::Error::new(other),
    }
}

/// Whether results may be written to a path: never over an event log or an archive of them, which may
/// be the evidence.
///
/// # Errors
/// Where something stands there that is a log, an archive or a folder.
pub(crate) fn check_target(to: Option<&Path>) -> anyhow::Result<()> {
    let Some(path) = to else { return Ok(()) };
    if path.is_dir() {
        anyhow::bail!(of_path(path, |t| &t.message.is_folder));
    }
    check_parent(path)?;
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    if is_file && spptriage::input::is_log_or_archive(path) {
        anyhow::bail!(of_path(path, |t| &t.message.is_log));
    }
    Ok(())
}

/// Whether the folder is there that something is to be written into.
///
/// # Errors
/// Where it is not.
pub(crate) fn check_parent(path: &Path) -> anyhow::Result<()> {
    let folder = folder_of(path);
    if path.exists() || folder.is_dir() {
        return Ok(());
    }
    let (name, folder) = (path.display().to_string(), folder.display().to_string());
    let values = [("name", name.as_str()), ("folder", &folder)];
    anyhow::bail!(say(|t| &t.message.no_folder, &values))
}

/// The folder that a file or folder lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Whether a path means a folder: one that is there, or a name that ends as folders' do.
pub(crate) fn is_folder(path: &Path) -> bool {
    let ends_with_separator = path
        .to_string_lossy()
        .chars()
        .next_back()
        .is_some_and(std::path::is_separator);
    ends_with_separator || path.is_dir()
}

/// Whether results go elsewhere than to what is read: not to a file that was named or found, nor to a
/// folder that one lies in.
///
/// # Errors
/// Where they do not.
pub(crate) fn check_not_read(
    to: &Path,
    named: &[PathBuf],
    found: &BTreeSet<PathBuf>,
) -> anyhow::Result<()> {
    // What is not there yet is not read; a device may be both.
    let Ok(real) = std::fs::canonicalize(to) else {
        return Ok(());
    };
    let is_read = if real.is_dir() {
        // A folder that is replaced takes with it what is in it.
        found.iter().any(|file| file.starts_with(&real))
    } else {
        let is_same = |path: &PathBuf| std::fs::canonicalize(path).is_ok_and(|path| path == real);
        real.is_file() && (found.contains(&real) || named.iter().any(is_same))
    };
    if is_read {
        anyhow::bail!(of_path(to, |t| &t.message.is_read));
    }
    Ok(())
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

/// Columns of a text: as asked, else those of the terminal that it goes to, else 80.
pub(crate) fn width(asked: Option<usize>, to_file: bool) -> usize {
    if let Some(asked) = asked {
        return asked;
    }
    let size = if !to_file && is_terminal() {
        terminal_size::terminal_size()
    } else {
        None
    };
    size.map_or(80, |(terminal_size::Width(columns), _)| {
        usize::from(columns).clamp(40, 160)
    })
}

/// Columns that help takes: no more than can be read well.
pub(crate) fn help_width() -> usize {
    width(None, false).min(100)
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
    match asked {
        Some(language) => language,
        None if is_for_people => {
            sys_locale::get_locale().map_or(Language::En, |locale| of_locale(&locale))
        }
        None => Language::En,
    }
}

/// The language for a system's locale, such as `zh_CN.UTF-8` or `zh-Hant-TW`. All who write Chinese
/// are told in Chinese: who reads traditional characters reads simplified ones better than English.
fn of_locale(locale: &str) -> Language {
    let tag = locale
        .split(['-', '_', '.', '@'])
        .next()
        .unwrap_or_default();
    if tag.eq_ignore_ascii_case("zh") {
        Language::ZhCn
    } else {
        Language::En
    }
}

/// Whether a file's ending tells the format, where none was asked for.
///
/// # Errors
/// Where it is an ending that says something else: the file would hold what its name denies.
pub(crate) fn check_ending(
    to: Option<&Path>,
    is_asked: bool,
    known: &[&str],
) -> anyhow::Result<()> {
    let Some(ending) = to.filter(|_| !is_asked).and_then(Path::extension) else {
        return Ok(());
    };
    if known.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    let endings = known.join(&say(|t| &t.layout.list, &[]));
    let values = [
        ("ending", &*ending.to_string_lossy()),
        ("endings", &endings),
    ];
    anyhow::bail!(say(|t| &t.message.bad_ending, &values))
}

/// Writes a result to stdout, or to a file that is there whole or not at all.
pub(crate) fn write(
    to: Option<&Path>,
    color: bool,
    render: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> anyhow::Result<()> {
    let Some(path) = to else {
        // Renderers write no colors where none are asked for, so only a terminal is shielded from
        // whatever there may be all the same: that look at every byte takes as long as writing it.
        let stdout: Box<dyn Write + Send> = match color {
            true => Box::new(AutoStream::new(io::stdout(), anstream::ColorChoice::Always)),
            false if is_terminal() => {
                Box::new(AutoStream::new(io::stdout(), anstream::ColorChoice::Never))
            }
            false => Box::new(io::stdout()),
        };
        let mut out = BufWriter::with_capacity(OUT_BYTES, stdout);
        return render(&mut out)
            .and_then(|()| out.flush())
            .with_context(|| say(|t| &t.message.stdout_unwritable, &[]));
    };
    let asked = path;
    let told = || of_path(asked, |t| &t.message.unwritable);
    // A device or a pipe is written to as it is; a link stays, and what it leads to is replaced.
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let path = real.as_path();
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .with_context(told)?;
        let mut out = BufWriter::with_capacity(OUT_BYTES, file);
        return render(&mut out)
            .and_then(|()| out.flush())
            .with_context(told);
    }
    check_parent(path)?;
    let file = tempfile::Builder::new()
        .prefix(UNFINISHED_PREFIX)
        .tempfile_in(folder_of(path))
        .with_context(told)?;
    let mut out = BufWriter::with_capacity(OUT_BYTES, file);
    render(&mut out)
        .and_then(|()| out.flush())
        .with_context(told)?;
    let file = out
        .into_inner()
        .map_err(io::IntoInnerError::into_error)
        .with_context(told)?;
    // Some file systems tell only now that they are full.
    file.as_file().sync_all().with_context(told)?;
    share(file.path());
    file.persist(path)
        .map_err(|error| error.error)
        .with_context(told)?;
    Ok(())
}

/// A temporary file is for its owner alone; a report is for whom the folder is.
#[cfg(unix)]
pub(crate) fn share(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = if path.is_dir() { 0o755 } else { 0o644 };
    let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
}

#[cfg(not(unix))]
pub(crate) fn share(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chinese_locale_reads_chinese() {
        for locale in [
            "zh",
            "zh_CN.UTF-8",
            "zh-Hans-CN",
            "zh_SG",
            "zh-TW",
            "zh-Hant-HK",
            "ZH-CN",
        ] {
            assert_eq!(of_locale(locale), Language::ZhCn, "{locale}");
        }
        for locale in ["", "C", "POSIX", "en_US.UTF-8", "de-DE", "zha", "za-CN"] {
            assert_eq!(of_locale(locale), Language::En, "{locale}");
        }
    }

    #[test]
    fn a_full_disk_leaves_nothing_half_and_is_told_with_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let fails = |out: &mut (dyn Write + Send)| {
            out.write_all(&[b'x'; 100_000])?;
            Err(io::ErrorKind::StorageFull.into())
        };
        let names = || -> Vec<_> {
            let entries = std::fs::read_dir(folder.path()).unwrap();
            entries.map(|entry| entry.unwrap().file_name()).collect()
        };
        let error = write(Some(&path), false, fails).unwrap_err();
        let told = format!("{error:#}");
        assert!(told.contains("report.json: cannot be written: "), "{told}");
        assert!(told.contains("no storage space"), "{told}");
        assert!(names().is_empty(), "{:?}", names());

        // What an earlier run left.
        write(Some(&path), false, |out| out.write_all(b"before")).unwrap();
        assert!(write(Some(&path), false, fails).is_err());
        assert_eq!(names(), ["report.json"]);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 6);
    }
}
