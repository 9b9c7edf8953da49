//! Globs: patterns of names that the user gives, as paths or to choose among what was found.
//!
//! The program expands globs itself, since Windows shells do not. Case does not matter, on any
//! system: the names come from Windows. Walking folders is `discover`'s business.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};

/// A pattern that names are chosen by: `*`, `?`, `[a-z]`, `{a,b}` within a part of a name, `**`
/// over parts. Without a separator it is held against the last part alone; else against the whole
/// name, and against all that follows a separator. The `!` behind an archive's name ends a part.
#[derive(Clone, Debug)]
pub struct NamePattern {
    text: String,
    /// The pattern itself, and the same below any folder.
    matchers: Vec<GlobMatcher>,
    has_separator: bool,
}

/// A pattern that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    message: String,
}

impl FromStr for NamePattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let pattern = in_parts(&with_slashes(text));
        let has_separator = pattern.contains('/');
        let mut matchers = vec![compile(&pattern)?];
        if has_separator {
            matchers.push(compile(&format!("**/{pattern}"))?);
        }
        Ok(Self {
            text: text.to_owned(),
            matchers,
            has_separator,
        })
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl NamePattern {
    /// Whether the pattern means this name: of a file, or of a member with its archive's name
    /// before it.
    pub fn is_match(&self, name: &str) -> bool {
        let name = in_parts(&name.replace('\\', "/"));
        let name = if self.has_separator {
            name.trim_start_matches("./")
        } else {
            name.rsplit('/').next().unwrap_or_default()
        };
        self.matchers.iter().any(|matcher| matcher.is_match(name))
    }
}

/// Sets a separator behind each `!`, but for one that negates a class.
fn in_parts(text: &str) -> String {
    let mut parts = String::with_capacity(text.len());
    for c in text.chars() {
        let negates = parts.ends_with('[');
        parts.push(c);
        if c == '!' && !negates {
            parts.push('/');
        }
    }
    parts
}

/// Which of the names found are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    pub(super) include: Vec<NamePattern>,
    pub(super) exclude: Vec<NamePattern>,
}

impl Filter {
    /// Whether what is read is wanted. What was packed is known by its name without `.gz` too.
    pub(super) fn is_wanted(&self, name: &str) -> bool {
        let is_match = |pattern: &NamePattern| {
            pattern.is_match(name)
                || strip_gz(name).is_some_and(|unpacked| pattern.is_match(unpacked))
        };
        (self.include.is_empty() || self.include.iter().any(is_match))
            && !self.exclude.iter().any(is_match)
    }

    /// Whether an archive is looked into: what is included is said of the logs in it.
    pub(super) fn is_looked_into(&self, name: &str) -> bool {
        !self.exclude.iter().any(|pattern| pattern.is_match(name))
    }
}

fn strip_gz(name: &str) -> Option<&str> {
    let at = name.len().checked_sub(3)?;
    name.get(at..)
        .filter(|ending| ending.eq_ignore_ascii_case(".gz"))
        .and_then(|_| name.get(..at))
}

/// A path that is a pattern of paths.
#[derive(Clone, Debug)]
pub(super) struct PathPattern {
    /// The folder that is searched.
    pub(super) folder: PathBuf,
    /// How deep below it, where the pattern says so.
    pub(super) depth: Option<usize>,
    rest: GlobMatcher,
}

impl PathPattern {
    /// The pattern that a path is, if it is one. It must not be asked of a path that is there.
    pub(super) fn of(path: &Path) -> Option<Result<Self, PatternError>> {
        let text = path.to_str()?;
        // In the names of Windows devices a question mark is no pattern.
        let plain = if text.starts_with(r"\\?\") { 4 } else { 0 };
        let at = plain + text.get(plain..)?.find(['*', '?', '[', '{'])?;
        let is_separator = |c: char| std::path::is_separator(c);
        let split = text
            .get(..at)?
            .rfind(is_separator)
            .map_or(0, |separator| separator + 1);
        let (folder, rest) = text.split_at_checked(split)?;
        let rest = with_slashes(rest);
        let depth = (!rest.contains("**")).then(|| rest.matches('/').count() + 1);
        Some(compile(&rest).map(|rest| Self {
            folder: PathBuf::from(folder),
            depth,
            rest,
        }))
    }

    /// Whether a path below the folder is meant.
    pub(super) fn is_match(&self, below: &Path) -> bool {
        self.rest.is_match(below)
    }
}

/// On Windows both separators are one; elsewhere a backslash takes the meaning from what follows.
fn with_slashes(text: &str) -> String {
    if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text.to_owned()
    }
}

fn compile(text: &str) -> Result<GlobMatcher, PatternError> {
    GlobBuilder::new(text)
        .case_insensitive(true)
        .literal_separator(true)
        .backslash_escape(!cfg!(windows))
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| PatternError {
            message: error.kind().to_string(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, name: &str, expect: bool) {
        let parsed: NamePattern = pattern.parse().unwrap();
        assert_eq!(parsed.is_match(name), expect, "{pattern} of {name}");
    }

    #[test]
    fn a_pattern_without_separator_means_the_last_part() {
        check("*.evtx", "logs/a/Application.EVTX", true);
        check("application.evtx", r"C:\logs\Application.evtx", true);
        check("Application.evtx", "c.zip!Application.evtx", true);
        check("c.zip", "c.zip!Application.evtx", false);
        check("Archive-*", "logs/Archive-Application-2026.evtx", true);
        check("logs", "logs/a.evtx", false);
        check("wow!*.evtx", "logs/wow!a.evtx", true);
        check("[!b]*.evtx", "logs/a.evtx", true);
        check("[!a]*.evtx", "logs/a.evtx", false);
    }

    #[test]
    fn a_pattern_with_separators_means_the_name_or_what_follows_one() {
        check("logs/*.evtx", "logs/a.evtx", true);
        check("logs/*.evtx", "./logs/a.evtx", true);
        check("logs/*.evtx", "/data/logs/a.evtx", true);
        check("logs/*.evtx", "logs/deep/a.evtx", false);
        check("logs/**/*.evtx", "logs/deep/a.evtx", true);
        check("winevt/Logs/*", "c.zip!auto/C:/winevt/Logs/a.evtx", true);
        check("auto/*.evtx", "x/c.zip!auto/a.evtx", true);
        check("c.zip!**", "x/c.zip!auto/a.evtx", true);
        check("日志/*", "x.zip!日志/系统.evtx", true);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for odd in ["[a", "{a,b", "a[z-a]"] {
            assert!(odd.parse::<NamePattern>().is_err(), "{odd}");
        }
    }

    #[test]
    fn a_filter_knows_packed_logs_by_their_unpacked_name() {
        let filter = Filter {
            include: vec!["Application.evtx".parse().unwrap()],
            exclude: vec!["old/**".parse().unwrap()],
        };
        assert!(filter.is_wanted("a/Application.evtx.GZ"));
        assert!(!filter.is_wanted("a/System.evtx"));
        assert!(!filter.is_wanted("old/Application.evtx"));
        assert!(filter.is_looked_into("a/c.zip"));
        assert!(!filter.is_looked_into("old/c.zip"));
    }

    #[test]
    fn a_path_is_split_at_its_first_pattern() {
        let check = |path: &str, folder: &str, depth: Option<usize>| {
            let pattern = PathPattern::of(Path::new(path)).unwrap().unwrap();
            assert_eq!(pattern.folder, Path::new(folder), "{path}");
            assert_eq!(pattern.depth, depth, "{path}");
        };
        check("*.evtx", "", Some(1));
        check("logs/*.evtx", "logs/", Some(1));
        check("logs/pc?/a/*.evtx", "logs/", Some(3));
        check("/data/**/*.evtx", "/data/", None);
        assert!(PathPattern::of(Path::new("logs/a.evtx")).is_none());
        assert!(PathPattern::of(Path::new(r"\\?\C:\logs")).is_none());
    }
}
