//! What a code or an event id means, on a terminal: a first sentence that stands alone, then why,
//! then what to do.

use crate::catalog::Language;
use crate::report::explain::{
    CodeExplanation, EventExplanation, EventMeaningPart, Explanation, FindingExplanation,
};
use crate::report::render::RenderOptions;
use crate::report::render::words::Words;
use crate::report::zone::Zone;

use super::finding::{BODY, ITEM, checks, heading, references, steps};
use super::paper::{Paper, Role, prose, span};

/// Explanations as text, one below the other.
pub(in crate::report::render) fn explanations(
    explanations: &[Explanation],
    language: Language,
    options: &RenderOptions,
) -> String {
    let words = Words::of(language, Zone::UTC);
    let mut paper = Paper::new(options, words.is_chinese());
    for explanation in explanations {
        paper.gap();
        match explanation {
            Explanation::Code(code) => of_code(&mut paper, &words, code),
            Explanation::Event(event) => of_event(&mut paper, &words, event),
            Explanation::Finding(finding) => of_finding(&mut paper, &words, finding),
        }
    }
    paper.finish()
}

fn of_code(paper: &mut Paper, words: &Words, code: &CodeExplanation) {
    let mut line = vec![span(&code.code.to_string(), Role::Head)];
    if let Some(symbol) = code.symbol {
        line.push(span("  ", Role::Plain));
        line.push(span(symbol, Role::Dim));
    }
    paper.paragraph(0, &[], BODY, &line);
    paper.paragraph(BODY, &[], BODY, &prose(&code.title, Role::Head));
    paper.gap();
    paper.paragraph(BODY, &[], BODY, &prose(&code.meaning, Role::Plain));
    for note in &code.notes {
        paper.paragraph(BODY, &[], BODY, &prose(note, Role::Plain));
    }
    paper.gap();
    let kind = words.explain(|e| match code.kind {
        "root" => &e.kind_root,
        "wrapper" => &e.kind_wrapper,
        "benign" => &e.kind_benign,
        _ => &e.kind_unknown,
    });
    let facts = [words.severity(code.severity), kind, code.structure.clone()];
    let facts = facts.join(&words.say(|l| &l.part));
    paper.paragraph(BODY, &[], BODY, &prose(&facts, Role::Plain));
    if !code.activation_types.is_empty() {
        let types = code.activation_types.iter();
        let types: Vec<String> = types.map(|id| words.activation_type(id)).collect();
        let types = types.join(&words.explain(|e| &e.comma));
        let types = words.labelled(&words.explain(|e| &e.activation_types), &types);
        paper.paragraph(BODY, &[], BODY, &prose(&types, Role::Plain));
    }
    causes(paper, words, &code.causes);
    steps(paper, &words.explain(|e| &e.steps), &code.steps);
    checks(paper, words, &words.explain(|e| &e.checks), &code.checks);
    references(paper, &words.explain(|e| &e.references), &code.references);
    if !code.see_also.is_empty() {
        heading(paper, &words.explain(|e| &e.see_also));
        for other in &code.see_also {
            let id = format!("{}  ", other.code);
            let lead = [span(&id, Role::Plain)];
            paper.paragraph(
                ITEM,
                &lead,
                ITEM + id.len(),
                &prose(&other.title, Role::Plain),
            );
        }
    }
}

fn causes(paper: &mut Paper, words: &Words, causes: &[String]) {
    if causes.is_empty() {
        return;
    }
    heading(paper, &words.explain(|e| &e.causes));
    for cause in causes {
        let lead = [span("- ", Role::Plain)];
        paper.paragraph(ITEM, &lead, ITEM + 2, &prose(cause, Role::Plain));
    }
}

fn of_finding(paper: &mut Paper, words: &Words, finding: &FindingExplanation) {
    paper.paragraph(0, &[], BODY, &[span(finding.id, Role::Head)]);
    paper.paragraph(BODY, &[], BODY, &prose(&finding.title, Role::Head));
    paper.gap();
    paper.paragraph(BODY, &[], BODY, &prose(&finding.meaning, Role::Plain));
    paper.gap();
    let severity = words.severity(finding.severity);
    paper.paragraph(BODY, &[], BODY, &prose(&severity, Role::Plain));
    causes(paper, words, &finding.causes);
    steps(paper, &words.explain(|e| &e.steps), &finding.steps);
    checks(paper, words, &words.explain(|e| &e.checks), &finding.checks);
    references(
        paper,
        &words.explain(|e| &e.references),
        &finding.references,
    );
}

fn of_event(paper: &mut Paper, words: &Words, event: &EventExplanation) {
    let id = event.event_id.to_string();
    let channel = [("channel", event.channel.as_str())];
    let log = match event.channel.as_str() {
        "Application" => words.lead(|p| &p.log_application, &[]),
        "Key Management Service" => words.lead(|p| &p.log_kms, &[]),
        _ => words.lead(|p| &p.log_other, &channel),
    };
    let title = words.explain_with(|e| &e.event, &[("id", &id), ("log", &log)]);
    paper.paragraph(0, &[], BODY, &[span(&title, Role::Head)]);
    for meaning in &event.meanings {
        of_meaning(paper, words, meaning);
        paper.gap();
    }
    for note in &event.notes {
        paper.paragraph(BODY, &[], BODY, &prose(note, Role::Plain));
        paper.gap();
    }
    if !event.see_also.is_empty() {
        let others: Vec<String> = event.see_also.iter().map(ToString::to_string).collect();
        let others = others.join(&words.explain(|e| &e.comma));
        let line = words.labelled(&words.explain(|e| &e.see_also), &others);
        paper.paragraph(BODY, &[], BODY, &[span(&line, Role::Plain)]);
    }
}

fn of_meaning(paper: &mut Paper, words: &Words, meaning: &EventMeaningPart) {
    let mut title = meaning.title.clone();
    if let Some(when) = &meaning.when {
        title.push_str(&words.aside(when));
    }
    paper.paragraph(BODY, &[], BODY, &prose(&title, Role::Head));
    paper.gap();
    paper.paragraph(BODY, &[], BODY, &prose(&meaning.meaning, Role::Plain));
    if !meaning.fields.is_empty() {
        heading(paper, &words.explain(|e| &e.fields));
        for field in &meaning.fields {
            let lead = [span("- ", Role::Plain)];
            let mut line = vec![span(&field.name, Role::Command)];
            line.extend(prose(&words.labelled("", &field.text), Role::Plain));
            paper.paragraph(ITEM, &lead, ITEM + 2, &line);
        }
    }
    if !meaning.example.is_empty() {
        heading(paper, &words.explain(|e| &e.example));
        for string in &meaning.example {
            paper.line(ITEM, &[span(string, Role::Dim)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::report::explain::explain;

    fn explained(text: &str, language: Language) -> String {
        let found = explain(text, &Catalog::builtin(), language).unwrap();
        explanations(&found, language, &RenderOptions::default())
    }

    #[test]
    fn a_code_is_told_with_what_to_do() {
        let text = explained("0x8007232B", Language::En);
        for value in [
            "DNS_ERROR_RCODE_NAME_ERROR",
            "1. Run ",
            "nslookup",
            "https://",
            "0xC004F074",
        ] {
            assert!(text.contains(value), "{value}");
        }
        assert!(explained("0x8007232B", Language::ZhCn).contains("处理步骤"));
    }

    #[test]
    fn an_event_is_told_with_its_fields() {
        let text = explained("12288", Language::En);
        for value in ["Event 12288", "kms_host", "8198"] {
            assert!(text.contains(value), "{value}");
        }
    }
}
