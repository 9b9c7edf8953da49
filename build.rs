//! Makes the catalog part of the program: lists its files, so that each is embedded and a change of one
//! is noticed, and makes tables of the texts that every run needs, so that no run has to parse them.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a build script is told by the environment and answers on stdout"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

use toml::{Table, Value};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let (catalog, out) = (Path::new(&root).join("catalog"), Path::new(&out));
    println!("cargo::rerun-if-changed=catalog");
    fs::write(out.join("catalog_files.rs"), files(&catalog)?)?;
    for name in ["phrases", "cli"] {
        let path = catalog.join(name).with_extension("toml");
        let texts = texts(&fs::read_to_string(&path)?)
            .map_err(|problem| io::Error::other(format!("{}: {problem}", path.display())))?;
        fs::write(out.join(name).with_extension("rs"), texts)?;
    }
    Ok(())
}

/// Lists of the files of codes, findings and events.
fn files(catalog: &Path) -> io::Result<String> {
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
    Ok(code)
}

/// The table of a file of texts: its sections, each with its texts by name in both languages.
fn texts(file: &str) -> Result<String, String> {
    let file: Table = file.parse().map_err(|error| format!("{error}"))?;
    let mut code = String::from("&[\n");
    for (section, texts) in &file {
        let Value::Table(texts) = texts else {
            return Err(format!("{section} is no section"));
        };
        let _ = writeln!(code, "    ({section:?}, &[");
        for (name, text) in texts {
            let in_language = |tag: &str| match text.get(tag) {
                Some(Value::String(text)) => Ok(text),
                _ => Err(format!("{section}.{name} is missing in {tag}")),
            };
            let (en, zh_cn) = (in_language("en")?, in_language("zh-CN")?);
            let _ = writeln!(code, "        ({name:?}, {en:?}, {zh_cn:?}),");
        }
        let _ = writeln!(code, "    ]),");
    }
    code.push_str("]\n");
    Ok(code)
}
