//! `cargo xtask bench ...`: makes corpora and measures over them.
//!
//! Here are the commands and their options; making is `make`'s business, measuring `run`'s.

mod machine;
mod make;
mod rows;
mod run;
mod table;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, bail};

pub(crate) const HELP: &str = "\
    cargo xtask bench fleet DIR [--machines 2000] [--megabytes 2048] [--seed 1]
                            makes the logs of a fleet, a tenth of them with activation events
    cargo xtask bench collector FILE [--computers 500] [--megabytes 1024] [--share 0.1] [--seed 1]
                            makes a collector's log, a share of it activation events
    cargo xtask bench rows FILE [--machines 10000] [--events 5000000]
                            makes event rows (NDJSON) without logs behind them
    cargo xtask bench run PATH [--rounds 5] [--program PATH] [--evtx-dump PATH]
                            measures over what these made, or any logs; prints a table
";

/// Runs a bench command.
///
/// # Errors
/// Where the command is none, or fails.
pub(crate) fn command(arguments: &[&str], root: &Path) -> anyhow::Result<()> {
    match arguments {
        ["fleet", folder, options @ ..] => {
            let mut options = Options::parse(options)?;
            let fleet = xtask::fleet::Fleet {
                machines: options.take("machines", 2000)?,
                bytes: options.take::<u64>("megabytes", 2048)? << 20,
                seed: options.take("seed", 1)?,
            };
            options.finish()?;
            make::fleet(&fleet, Path::new(folder))
        }
        ["collector", file, options @ ..] => {
            let mut options = Options::parse(options)?;
            let share: f64 = options.take("share", 0.1)?;
            let percent = (0_u32..=100)
                .find(|percent| f64::from(*percent) >= share * 100.0 - 1e-6)
                .filter(|_| share >= 0.0)
                .context("--share is a number from 0 to 1")?;
            let collector = xtask::fleet::Collector {
                computers: options.take("computers", 500)?,
                bytes: options.take::<u64>("megabytes", 1024)? << 20,
                percent: u64::from(percent),
                seed: options.take("seed", 1)?,
            };
            options.finish()?;
            make::collector(&collector, Path::new(file))
        }
        ["rows", file, options @ ..] => {
            let mut options = Options::parse(options)?;
            let rows = rows::Rows {
                machines: options.take("machines", 10_000)?,
                events: options.take("events", 5_000_000)?,
            };
            options.finish()?;
            rows.make(Path::new(file))
        }
        ["run", path, options @ ..] => {
            let mut options = Options::parse(options)?;
            let own = root
                .join("target/release")
                .join(format!("spptriage{}", std::env::consts::EXE_SUFFIX));
            let settings = run::Settings {
                rounds: options.take("rounds", 5)?,
                program: options.take("program", own)?,
                evtx_dump: options
                    .find::<PathBuf>("evtx-dump")?
                    .or_else(|| machine::on_path("evtx_dump")),
            };
            options.finish()?;
            run::run(Path::new(path), &settings)
        }
        _ => bail!("there is no such command:\n{HELP}"),
    }
}

/// `--name value` pairs.
struct Options<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Options<'a> {
    fn parse(arguments: &[&'a str]) -> anyhow::Result<Self> {
        let pairs = arguments.chunks(2).map(|pair| match pair {
            [name, value] if name.starts_with("--") => Ok((name.trim_start_matches("--"), *value)),
            _ => bail!("`{}` is no option with a value", pair.join(" ")),
        });
        Ok(Self(pairs.collect::<anyhow::Result<_>>()?))
    }

    fn find<T: FromStr>(&mut self, name: &str) -> anyhow::Result<Option<T>> {
        let Some(at) = self.0.iter().position(|(given, _)| *given == name) else {
            return Ok(None);
        };
        let (_, value) = self.0.remove(at);
        let value = value.parse().ok();
        Ok(Some(value.with_context(|| {
            format!("--{name} cannot be understood")
        })?))
    }

    fn take<T: FromStr>(&mut self, name: &str, default: T) -> anyhow::Result<T> {
        Ok(self.find(name)?.unwrap_or(default))
    }

    fn finish(self) -> anyhow::Result<()> {
        match self.0.first() {
            Some((name, _)) => bail!("there is no option --{name} here"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &[&str], expect: Result<u64, &str>) {
        let seed = Options::parse(arguments).and_then(|mut options| {
            let seed = options.take("seed", 1)?;
            options.finish()?;
            Ok(seed)
        });
        let seed = seed.map_err(|error| error.to_string());
        assert_eq!(seed, expect.map_err(str::to_owned), "{arguments:?}");
    }

    #[test]
    fn options_are_pairs_of_a_name_and_a_value() {
        check(&[], Ok(1));
        check(&["--seed", "7"], Ok(7));
        check(&["--seed"], Err("`--seed` is no option with a value"));
        check(&["seed", "7"], Err("`seed 7` is no option with a value"));
        check(&["--seed", "x"], Err("--seed cannot be understood"));
        check(&["--sed", "7"], Err("there is no option --sed here"));
    }
}
