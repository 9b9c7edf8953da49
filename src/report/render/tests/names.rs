//! Any names at any width: no line is wider than the terminal, no character is torn, no name is lost.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser};
use unicode_segmentation::UnicodeSegmentation;

use super::{rendered, wide};
use crate::report::model::Report;
use crate::report::render::shown::shown;
use crate::report::render::width::Ruler;
use crate::report::render::{Format, RenderOptions, sample};

/// The narrowest page.
const NARROWEST: usize = 40;

/// A name of pieces that are hard to measure or to part: wide, combining, joined, hidden, long.
fn name() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9.-]{1,12}",
        "[a-z]{30,130}",
        "[激活计算机财务部，。“”]{1,40}",
        "[aeo]\u{301}\u{327}{1,4}",
        Just("👨\u{200d}👩\u{200d}👧".to_owned()),
        Just("🇩🇪🏳️".to_owned()),
        "[\u{5d0}-\u{5ea}\u{e01}-\u{e30}\u{ac00}-\u{ac20}]{1,9}",
        "[\u{1b}\u{202e}\u{2028}\n\t|`*<>&_@#\\\\=]{1,4}",
        Just(" b".to_owned()),
    ];
    prop::collection::vec(piece, 1..5)
        .prop_map(|pieces| pieces.concat())
        .prop_filter("a name is not blank", |name| !name.trim().is_empty())
}

/// The sample with other names, each in every list of names.
fn named(language: &'static str, names: &[String]) -> Report {
    let mut report = sample::report(language);
    let mut machine = report.machines[0].clone();
    machine.aliases = names.to_vec();
    machine.kms_hosts = names.to_vec();
    for (at, name) in names.iter().enumerate() {
        machine.computer.clone_from(name);
        report.machines.push(machine.clone());
        let mut host = report.kms_hosts[0].clone();
        host.host.clone_from(name);
        host.machine = Some(name.clone());
        report.kms_hosts.push(host);
        let mut client = report.kms_clients[0].clone();
        client.client.clone_from(name);
        client.host.clone_from(&names[0]);
        report.kms_clients.push(client);
        let mut group = report.by_domain[0].clone();
        group.key.clone_from(name);
        report.by_domain.push(group);
        if let Some(evidence) = report.findings[0].evidence.get_mut(at) {
            evidence.computer.clone_from(name);
            evidence.raw = Some(format!("0x8007232B, 0x00000000, {name}:1688, {name}"));
        }
    }
    for finding in &mut report.findings {
        finding.machines = names.to_vec();
        finding.kms_hosts = names.to_vec();
    }
    report.inputs.computers_without_events = names.to_vec();
    report
}

/// The text without what lays it out.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// What stays on one line however narrow that is, so that it can be copied: commands, the addresses of
/// pages, and the names of logs.
fn exempt(report: &Report) -> Vec<String> {
    let findings = || report.findings.iter();
    let inputs = &report.inputs;
    let mut logs: Vec<String> = inputs.files.iter().map(|file| file.log.clone()).collect();
    logs.extend(inputs.damage.iter().map(|damage| damage.log.clone()));
    logs.extend(inputs.notes.iter().map(|note| note.log.clone()));
    logs.extend(inputs.skipped.iter().map(|skipped| skipped.path.clone()));
    let checks = findings().flat_map(|finding| finding.checks.iter().map(|c| c.command.clone()));
    let pages = findings().flat_map(|finding| finding.references.iter().map(|r| r.url.clone()));
    checks.chain(pages).chain(logs).collect()
}

fn hold(report: &Report, names: &[String], options: &RenderOptions) -> Result<(), TestCaseError> {
    let text = rendered(report, Format::Text, options);
    let ruler = Ruler {
        wide: report.language == "zh-CN",
    };
    let exempt = exempt(report);
    let width = options.width.max(NARROWEST);
    for line in text.lines() {
        let content = line.trim_start();
        // A sign of punctuation stays with what it follows.
        let is_exempt = exempt.iter().any(|text| {
            let rest = content.strip_prefix("- ").unwrap_or(content);
            let rest = rest.strip_prefix(text.as_str());
            rest.is_some_and(|rest| ruler.columns(rest) <= 2)
        });
        prop_assert!(
            is_exempt || ruler.columns(line) <= width,
            "{} columns of {width}: {line:?}",
            ruler.columns(line)
        );
        // A mark, a joiner or a half of a flag at the begin of a line would be a torn character.
        if let Some(first) = content.chars().next() {
            let beside_a_letter = format!("x{first}");
            prop_assert_eq!(beside_a_letter.graphemes(true).count(), 2, "{:?}", line);
        }
    }
    let all = squeezed(&text);
    for name in names {
        prop_assert!(all.contains(&squeezed(&shown(name))), "{name:?} is lost");
    }
    Ok(())
}

/// The texts of Markdown as its reader sees them.
fn read(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut text = String::new();
    for event in Parser::new_ext(markdown, options) {
        if let Event::Text(part) | Event::Code(part) = event {
            text.push_str(&part);
        }
    }
    squeezed(&text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_name_breaks_a_page(
        names in prop::collection::vec(name(), 1..4),
        width in 20_usize..=120,
        is_chinese: bool,
        verbose: bool,
    ) {
        let language = if is_chinese { "zh-CN" } else { "en" };
        let report = named(language, &names);
        hold(&report, &names, &RenderOptions { verbose, ..wide(width) })?;
    }

    #[test]
    fn no_name_breaks_a_table_of_markdown(names in prop::collection::vec(name(), 1..4)) {
        let markdown = rendered(&named("en", &names), Format::Markdown, &wide(80));
        let mut cells = None;
        for line in markdown.lines() {
            if line.starts_with('|') {
                let n = line.matches('|').count();
                prop_assert_eq!(*cells.get_or_insert(n), n, "{}", line);
            } else {
                cells = None;
            }
        }
        let all = read(&markdown);
        for name in &names {
            prop_assert!(all.contains(&squeezed(&shown(name))), "{name:?} is lost");
        }
    }
}
