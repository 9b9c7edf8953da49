//! What holds for every page: nothing in it acts, every link leads somewhere, thousands fit.

use std::collections::BTreeSet;

use crate::report::model::{MachinePart, ReferencePart, Report};
use crate::report::render::sample;

use super::*;

/// A page, or any text, without style, script and their hashes.
pub(in crate::report::render) fn without_assets(page: &str) -> String {
    let mut text = page.replace(STYLE, "").replace(SCRIPT, "");
    if let (Some(at), Some(end)) = (text.rfind("<style>"), text.rfind("</style>")) {
        text.replace_range(at..end, "<style>");
    }
    while let Some(at) = text.find("sha256-") {
        let end = text[at..].find("&#39;").map_or(text.len(), |end| at + end);
        text.replace_range(at..end, "HASH");
    }
    text
}

/// What a page says to who reads it: its text without markup, with single spaces.
pub(in crate::report::render) fn read(page: &str) -> String {
    let page = without_assets(page);
    let mut text = String::new();
    let mut rest = page.as_str();
    while let Some((before, tail)) = rest.split_once('<') {
        text.push_str(before);
        let (tag, after) = tail.split_once('>').unwrap();
        let name = tag.split(' ').next().unwrap().trim_start_matches('/');
        if !["a", "code", "mark", "s", "span", "time"].contains(&name) {
            text.push(' ');
        }
        // An address is told, if only to a pointer.
        if let Some((_, address)) = tag.split_once("href=\"https") {
            text.push_str(address);
        }
        rest = after;
    }
    text.push_str(rest);
    for (entity, c) in [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ] {
        text = text.replace(entity, c);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn page(report: &Report) -> String {
    let mut out = Vec::new();
    render(report, &RenderOptions::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The values of an attribute, in order.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    page.split(&format!(" {attribute}=\""))
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect()
}

#[test]
fn every_id_stands_once_and_every_link_leads_somewhere() {
    for language in ["en", "zh-CN"] {
        let page = without_assets(&page(&sample::report(language)));
        let ids = values(&page, "id");
        let unique: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{ids:?}");
        let mut inner = 0;
        for address in values(&page, "href") {
            match address.strip_prefix('#') {
                Some(id) => {
                    assert!(unique.contains(id), "{address}");
                    inner += 1;
                }
                None => assert!(address.starts_with("https://"), "{address}"),
            }
        }
        assert!(inner > 10);
        for attribute in ["aria-labelledby", "data-for"] {
            for ids in values(&page, attribute) {
                assert!(ids.split(' ').all(|id| unique.contains(id)), "{ids}");
            }
        }
    }
}

#[test]
fn the_language_is_named() {
    assert!(page(&sample::report("en")).contains("<html lang=\"en\">"));
    assert!(page(&sample::report("zh-CN")).contains("<html lang=\"zh-CN\">"));
}

#[test]
fn texts_of_a_log_cannot_act_wherever_they_stand() {
    let hostile = "\"><img src=x onerror=alert(1)>\u{202e}' javascript:alert(1) {{ 1 }} &lt;";
    let mut report = sample::report("en");
    let name = || hostile.to_owned();
    report.summary.headline = name();
    report.machines[0].computer = name();
    report.machines[0].aliases = vec![name()];
    report.machines[0].kms_hosts = vec![name()];
    report.machines[0].products[0].channel = Some(name());
    report.machines[0].recent_attempts[0].trigger = Some(name());
    report.machines[0].recent_attempts[0].records[0].log = name();
    report.findings[0].machines = vec![name(); 7];
    report.findings[0].kms_hosts = vec![name()];
    report.findings[0].evidence[0].raw = Some(name());
    report.findings[0].evidence[0].log = name();
    report.kms_hosts[0].host = name();
    report.kms_clients[0].client = name();
    report.by_domain[0].key = name();
    report.inputs.files[0].log = name();
    report.inputs.skipped[0].path = name();
    report.made_with.arguments = vec![name()];
    let page = without_assets(&page(&report));
    assert!(!page.contains("<img") && !page.contains('\u{202e}') && !page.contains(" onerror=\""));
    assert!(
        page.matches("&#60;img src=x onerror=alert(1)&#62;\\u{202e}")
            .count()
            > 15
    );
    for address in values(&page, "href") {
        assert!(address.starts_with(['#', 'h']), "{address}");
    }
    for id in values(&page, "id") {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        assert!(id.chars().all(is_plain), "{id}");
    }
}

#[test]
fn only_addresses_of_the_web_are_followed() {
    let mut report = sample::report("en");
    report.findings[0].references = [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://learn.microsoft.com/x",
    ]
    .map(|url| ReferencePart {
        title: "page".to_owned(),
        url: url.to_owned(),
    })
    .to_vec();
    let page = without_assets(&page(&report));
    let outside: Vec<_> = values(&page, "href")
        .into_iter()
        .filter(|address| !address.starts_with('#'))
        .collect();
    assert_eq!(outside, ["https://learn.microsoft.com/x"]);
}

#[test]
fn the_policy_lets_the_page_run_as_it_is() {
    let page = page(&sample::report("en"));
    assert_eq!(page.matches("<script>").count(), 1);
    assert_eq!(page.matches("<style>").count(), 2);
    // What a policy by hashes would refuse.
    let rest = without_assets(&page);
    for refused in [
        " style=\"",
        " onclick=",
        "<link",
        "<iframe",
        "<img",
        "<form",
        " src=",
    ] {
        assert!(!rest.contains(refused), "{refused}");
    }
}

#[test]
fn nothing_but_our_own_markup_goes_unescaped() {
    let templates = [
        include_str!("templates/columns.html"),
        include_str!("templates/finding.html"),
        include_str!("templates/line.html"),
        include_str!("templates/machine.html"),
        include_str!("templates/page.html"),
        include_str!("templates/section.html"),
    ];
    // Lines, times, and parts that are templates themselves.
    let known = [
        "STYLE",
        "labels",
        "SCRIPT",
        "row",
        "part",
        "chart",
        "line",
        "headline",
        "caution",
        "title",
        "brief",
        "meaning",
        "cell",
        "note",
        "item",
        "step",
        "first.title",
        "fact.value",
        "machines.names",
        "cause.text",
        "why",
        "check.expect",
        "record.time",
        "record.place",
        "record.text",
        "attempt.time",
        "attempt.ending",
        "self.aliases()",
        "self.code(code)",
        "self.last_seen()",
        "self.time(time)",
        "Card::new(c, finding)",
    ];
    let mut found = 0;
    for text in templates {
        for (before, _) in text.split("|safe").zip(text.split("|safe").skip(1)) {
            let name = before.rsplit("{{ ").next().unwrap();
            assert!(known.contains(&name), "{name}");
            found += 1;
        }
    }
    assert!(found > 30);
}

#[test]
fn every_table_says_its_columns_to_the_style_and_has_no_white_space_between_rows() {
    let page = page(&sample::report("en"));
    let tables = values(&page, "id")
        .into_iter()
        .filter(|id| id.ends_with("-table"));
    for id in tables {
        assert!(page.contains(&format!("#{id}{{--columns:")), "{id}");
        assert!(
            page.contains(&format!("#{id} tr>:nth-child(1){{--label:")),
            "{id}"
        );
    }
    // A browser searches through all of it for each row that is moved: thousands took it seconds.
    let bodies = page.matches("<tbody").count();
    let next = page.matches("</tbody><tbody").count() + page.matches("</thead><tbody").count();
    assert!(bodies > 20);
    assert_eq!(bodies, next);
}

#[test]
fn shares_leave_nothing_at_the_end() {
    let mut report = sample::report("en");
    let summary = &mut report.summary;
    (summary.machines, summary.machines_failing) = (3, 1);
    (summary.machines_unknown, summary.machines_activated) = (1, 1);
    let context = Context::new(&report, false);
    assert_eq!(
        Page::new(&context).shares(),
        [
            ("failing", 0, 333),
            ("unknown", 333, 333),
            ("activated", 666, 334)
        ]
    );
}

#[test]
fn a_page_of_thousands_stays_small() {
    let mut report = sample::report("en");
    let failing = MachinePart {
        recent_attempts: vec![report.machines[0].recent_attempts[0].clone(); 20],
        ..report.machines[0].clone()
    };
    let activated = report.machines[3].clone();
    report.machines = (0..5000)
        .map(|n| MachinePart {
            computer: format!("PC-{n:04}.corp.example"),
            ..if n < 2000 {
                failing.clone()
            } else {
                activated.clone()
            }
        })
        .collect();
    let page = page(&report);
    assert!(page.len() < 7_000_000, "{}", page.len());
    assert_eq!(page.matches("class=\"attempt\"").count(), 2000);
    assert!(page.contains("19 earlier attempts are in the JSON report"));
    assert!(page.contains("PC-4999.corp.example"));
}
