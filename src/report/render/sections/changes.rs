//! What a reader of many machines needs before the findings: the few causes behind most failures, and
//! what has changed since an earlier report.

use crate::report::model::{
    BaselinePart, ChangedFindingPart, ComparisonPart, MainCausePart, MainCausesPart, Report,
};
use crate::report::render::bit::{Bit, Bits, Row, Section, Tone};
use crate::report::render::words::Words;

use super::{FEW, ROWS, labelled, limit, number, number_column, table, text_column};

/// The sections before the findings.
pub(super) fn all(words: &Words, report: &Report, verbose: bool) -> Vec<Section> {
    let mut sections = Vec::new();
    if let Some(causes) = &report.summary.main_causes {
        sections.push(main_causes(words, causes));
    }
    if let Some(comparison) = &report.comparison {
        sections.push(since(words, comparison, verbose));
        sections.extend(changes(words, comparison, verbose));
    }
    sections
}

fn main_causes(words: &Words, causes: &MainCausesPart) -> Section {
    let columns = vec![
        text_column(words.causes(|c| &c.finding_head)),
        number_column(words.say(|l| &l.machines_head)),
        number_column(words.causes(|c| &c.share_head)),
    ];
    let row = |cause: &MainCausePart| {
        let percent = cause.percent.to_string();
        let share = words.phrases().causes.share;
        let share = share.fill(words.language(), &[("percent", &percent)]);
        let mut notes = vec![vec![Bit::words(cause.title.as_str())]];
        if !cause.kms_hosts.is_empty() {
            let hosts = words.names(&cause.kms_hosts, FEW);
            notes.push(labelled(words, words.say(|l| &l.hosts_asked), hosts));
        }
        if let Some(step) = &cause.first_step {
            let step = vec![Bit::words(step.as_str())];
            notes.push(labelled(words, words.causes(|c| &c.first_step), step));
        }
        Row {
            cells: vec![
                vec![Bit::finding(cause.id.as_str())],
                number(cause.machines),
                vec![Bit::words(share)],
            ],
            notes,
        }
    };
    // The sentence is the heading: it says how many there are.
    Section::Table {
        id: "main-causes",
        title: causes.text.trim_end_matches(['.', '。']).to_owned(),
        columns,
        rows: causes.causes.iter().map(row).collect(),
        more: None,
    }
}

/// The earlier report, the changes in a sentence, machines that came and went.
fn since(words: &Words, comparison: &ComparisonPart, verbose: bool) -> Section {
    let mut items = vec![
        vec![Bit::words(comparison.text.as_str())],
        baseline(words, &comparison.baseline),
    ];
    let limit = limit(FEW, verbose);
    for (label, machines) in [
        (words.comparison(|c| &c.appeared), &comparison.appeared),
        (words.comparison(|c| &c.silent), &comparison.silent),
    ] {
        if !machines.is_empty() {
            let names = words.machines(machines, machines.len() as u64, limit);
            items.push(labelled(words, label, names));
        }
    }
    let cautions = comparison.cautions.iter();
    items.extend(cautions.map(|caution| vec![Bit::words(caution.as_str())]));
    Section::List {
        id: "since",
        title: words.comparison(|c| &c.title),
        items,
        more: None,
    }
}

fn baseline(words: &Words, baseline: &BaselinePart) -> Bits {
    let mut value = vec![Bit::name(baseline.name.as_str())];
    let mut said = Vec::new();
    if let Some(as_of) = baseline.as_of {
        let phrase = &words.phrases().comparison.as_of;
        let time = words.moment(as_of);
        said.push(phrase.fill(words.language(), &[("time", &time)]));
    }
    said.push(words.count(|l| &l.machines, baseline.machines));
    said.push(words.count(|l| &l.failing, baseline.machines_failing));
    value.push(Bit::words(words.aside(&said.join(&words.comma()))));
    labelled(words, words.comparison(|c| &c.baseline), value)
}

fn changes(words: &Words, comparison: &ComparisonPart, verbose: bool) -> Option<Section> {
    let kinds = [
        (words.comparison(|c| &c.new), Tone::Bad, &comparison.new),
        (
            words.comparison(|c| &c.still),
            Tone::Plain,
            &comparison.still,
        ),
        (
            words.comparison(|c| &c.replaced),
            Tone::Plain,
            &comparison.replaced,
        ),
        (
            words.comparison(|c| &c.cured),
            Tone::Good,
            &comparison.cured,
        ),
    ];
    let rows: Vec<(&String, Tone, &ChangedFindingPart)> = kinds
        .iter()
        .flat_map(|(word, tone, findings)| findings.iter().map(move |f| (word, *tone, f)))
        .collect();
    let columns = vec![
        text_column(words.comparison(|c| &c.finding_head)),
        text_column(words.comparison(|c| &c.change_head)),
        text_column(words.comparison(|c| &c.severity_head)),
        number_column(words.say(|l| &l.machines_head)),
    ];
    table(
        words,
        ("changes", words.comparison(|c| &c.changes)),
        columns,
        &rows,
        limit(ROWS, verbose),
        |(word, tone, finding)| Row {
            cells: vec![
                vec![Bit::finding(finding.id.as_str())],
                vec![Bit::words(word.as_str()).toned(*tone)],
                vec![Bit::words(words.severity(finding.severity))],
                number(finding.machine_count),
            ],
            notes: vec![
                vec![Bit::words(finding.title.as_str())],
                words.machines(
                    &finding.machines,
                    finding.machine_count,
                    limit(FEW, verbose),
                ),
            ],
        },
    )
}
