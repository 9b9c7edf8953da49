//! The parts of the sample that tell of many machines and of time: the few causes, a comparison with
//! an earlier report, what is accepted, an attempt try by try.

use std::collections::BTreeMap;

use super::{CHINESE, HOSTILE, Said, at, code, texts};
use crate::report::model::*;

/// Sentences of the builder in the report's language.
pub(super) struct WeeklySaid {
    main_causes: &'static str,
    comparison: &'static str,
    caution: &'static str,
}

pub(super) const ENGLISH: WeeklySaid = WeeklySaid {
    main_causes: "2 causes explain 93% of 412 failing machines.",
    comparison: "Since the earlier report: 1 finding is new, 1 is still there, 1 is cured.",
    caution: "The earlier report was made with a view, so that findings and machines may be missing from it.",
};

pub(super) const CHINESE_SAID: WeeklySaid = WeeklySaid {
    main_causes: "412 台激活失败的计算机中，93% 可归结为 2 个原因。",
    comparison: "与上次报告相比：新增 1 个问题，仍存在 1 个，已解决 1 个。",
    caution: "上次报告使用了筛选条件，可能缺少部分问题和计算机。",
};

pub(super) fn main_causes(said: &Said) -> MainCausesPart {
    let cause = |id: &str, title: &str, machines, percent, kms_hosts: &[&str]| MainCausePart {
        id: id.to_owned(),
        title: title.to_owned(),
        machines,
        percent,
        kms_hosts: texts(kms_hosts),
        first_step: Some(said.steps[0].to_owned()),
    };
    MainCausesPart {
        text: said.weekly.main_causes.to_owned(),
        machines: 412,
        explained: 384,
        percent: 93,
        causes: vec![
            cause("0x8007232B", said.title, 301, 73, &[]),
            cause(
                "0x800706BA",
                said.cured,
                83,
                20,
                &["kms.corp.example:1688", HOSTILE],
            ),
        ],
    }
}

pub(super) fn comparison(said: &Said) -> ComparisonPart {
    let changed = |id: &str, title: &str, severity, machines: &[&str]| ChangedFindingPart {
        id: id.to_owned(),
        title: title.to_owned(),
        severity,
        machines: texts(machines),
        machine_count: machines.len() as u64,
    };
    ComparisonPart {
        baseline: BaselinePart {
            name: "2026-09-26.json".to_owned(),
            generated_at: None,
            as_of: Some(Time(at(1, "06:05:04").0 - chrono::TimeDelta::days(7))),
            machines: 5,
            machines_failing: 3,
        },
        text: said.weekly.comparison.to_owned(),
        cautions: texts(&[said.weekly.caution]),
        newly_failing: texts(&[CHINESE]),
        still_failing: 1,
        no_longer_failing: texts(&["SRV-01.corp.example"]),
        new: vec![changed("0x8007232B", said.title, "error", &[CHINESE])],
        still: vec![changed(
            "0x8007232B",
            said.title,
            "error",
            &["PC-0042.corp.example"],
        )],
        cured: vec![changed(
            "0x800706BA",
            said.cured,
            "error",
            &["SRV-01.corp.example"],
        )],
        replaced: vec![changed("clock-skew", said.clock, "warning", &[CHINESE])],
        appeared: texts(&[HOSTILE]),
        silent: texts(&["PC-0077.corp.example"]),
    }
}

pub(super) fn tries() -> Vec<TryPart> {
    let nothing = TryPart {
        host: None,
        code: Some(code(0x8007_232B)),
        reached: "nothing",
        activated: false,
        count: None,
        needed: None,
        request: Some(4_003),
        answer: None,
    };
    let host = Some("kms.corp.example:1688".to_owned());
    vec![
        nothing.clone(),
        TryPart {
            host: host.clone(),
            code: None,
            reached: "sent",
            ..nothing.clone()
        },
        TryPart {
            host,
            code: Some(code(0xC004_F038)),
            reached: "answered",
            count: Some(11),
            needed: Some(25),
            request: Some(4_004),
            answer: Some(4_005),
            ..nothing
        },
    ]
}

pub(super) fn causes() -> Vec<AttemptCausePart> {
    let cause = |bits, kind, reached, why| AttemptCausePart {
        code: code(bits),
        kind,
        reached,
        why,
    };
    vec![
        cause(0x8007_232B, "root", "nothing", "kind"),
        cause(0xC004_F074, "wrapper", "nothing", "kind"),
    ]
}

/// What is said of the codes of attempts.
pub(super) fn codes(said: &Said) -> BTreeMap<Code, CodePart> {
    BTreeMap::from([
        (
            code(0x8007_232B),
            CodePart {
                symbol: Some("DNS_ERROR_RCODE_NAME_ERROR".to_owned()),
                title: Some(said.title.to_owned()),
            },
        ),
        (
            code(0xC004_F074),
            CodePart {
                symbol: None,
                title: None,
            },
        ),
    ])
}

/// A finding that is accepted on all of its machines.
pub(super) fn ignored(finding: FindingPart) -> FindingPart {
    FindingPart {
        ignored: true,
        ignored_machines: finding.machines.clone(),
        ignored_by: vec![IgnoredByPart {
            rule: "clock-skew@*.corp.example".to_owned(),
            reason: Some("lab | <b>clock</b>".to_owned()),
            until: Some("2026-12-31".to_owned()),
        }],
        ..finding
    }
}
