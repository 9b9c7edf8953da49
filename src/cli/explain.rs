//! `spptriage explain`.

use spptriage::report::explain::explain;
use spptriage::report::render::{RenderOptions, explanations};

use super::args::{Arguments, ExplainArguments, ExplainFormat};
use super::catalog;
use super::{exit, output, words};

pub(crate) fn run(arguments: &Arguments, asked: &ExplainArguments) -> anyhow::Result<u8> {
    let catalog = catalog::load(arguments)?;
    let is_for_people = asked.format == ExplainFormat::Text && output::is_terminal();
    let language = output::language(arguments.lang, is_for_people);
    let mut found = Vec::new();
    let mut is_wrong = false;
    for text in &asked.codes {
        match explain(text, &catalog, language) {
            Ok(explained) => found.extend(explained),
            Err(error) if language == words::language() => {
                is_wrong = true;
                output::complain(&error.to_string());
            }
            Err(_) => {
                is_wrong = true;
                if let Err(error) = explain(text, &catalog, words::language()) {
                    output::complain(&error.to_string());
                }
            }
        }
    }
    let color = output::has_color(arguments.color, false);
    if !found.is_empty() || asked.format == ExplainFormat::Json {
        output::write(None, color, |out| match asked.format {
            ExplainFormat::Json => {
                serde_json::to_writer_pretty(&mut *out, &found)?;
                out.write_all(b"\n")
            }
            ExplainFormat::Text => {
                let layout = RenderOptions {
                    width: output::width(arguments.width, false),
                    color,
                    verbose: arguments.verbose > 0,
                };
                explanations(&found, language, &layout, out)
            }
        })?;
    }
    Ok(if is_wrong { exit::USAGE } else { exit::DONE })
}
