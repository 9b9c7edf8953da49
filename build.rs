//! Lists the catalog's files, so that each is embedded and a change of one is noticed.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a build script is told by the environment and answers on stdout"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let catalog = Path::new(&root).join("catalog");
    println!("cargo::rerun-if-changed=catalog");
    let mut code = String::new();
    for folder in ["codes", "findings", "events"] {
        let mut names: Vec<String> = fs::read_dir(catalog.join(folder))?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<_>>()?;
        names.retain(|name| name.ends_with(".toml"));
        names.sort();
        let list = folder.to_uppercase();
        let _ = writeln!(code, "static {list}: &[(&str, &str)] = &[");
        for name in names {
            let path = catalog.join(folder).join(&name);
            let stem = name.trim_end_matches(".toml");
            let _ = writeln!(
                code,
                "    ({stem:?}, include_str!({:?})),",
                path.display().to_string()
            );
        }
        let _ = writeln!(code, "];");
    }
    fs::write(Path::new(&out).join("catalog_files.rs"), code)
}
