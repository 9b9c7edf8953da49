//! Activation through the activation server on the Internet: a use license that was acquired
//! (1013) or not (1014), and the trace of the failing call (8200).

use std::sync::LazyLock;

use regex::Regex;

use super::fields::{self, Fields};
use super::product::ActivationId;
use super::{Activity, Role};
use crate::hresult::Hresult;

/// 1014: the use license could not be acquired, so online activation failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UseLicenseFailed {
    /// Why.
    pub hresult: Option<Hresult>,
    /// The product.
    pub activation_id: Option<ActivationId>,
}

/// 8200: details of a failed acquisition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcquisitionFailed {
    /// The code that the message shows.
    pub hresult: Option<Hresult>,
    /// The host name of the server that was called.
    pub server: Option<String>,
    /// The steps of the call in order; their texts end before the first `<`, since what follows
    /// is the request's body (RULES.md 11).
    pub steps: Vec<TraceStep>,
}

impl AcquisitionFailed {
    /// The step at which the call failed: the last one with the code that the message shows, else the
    /// last that failed. Failing steps before it, such as a proxy that was not detected, did no harm.
    pub fn failing_step(&self) -> Option<&TraceStep> {
        let is_last = |step: &&TraceStep| Some(step.code) == self.hresult;
        let mut failed = self.steps.iter().filter(|step| step.code.is_failure());
        failed.clone().rfind(is_last).or_else(|| failed.next_back())
    }
}

/// One step of a 8200 trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// Which step, as logged.
    pub number: u32,
    /// What it returned.
    pub code: Hresult,
    /// Its text, cut.
    pub text: String,
}

/// How many steps of a trace are kept; real ones have about a dozen.
const MAX_STEPS: usize = 64;

pub(super) fn use_license_acquired(f: &mut Fields<'_>) -> Activity {
    Activity::UseLicenseAcquired {
        activation_id: f.read(1, "activation_id", fields::guid),
    }
}

pub(super) fn use_license_failed(f: &mut Fields<'_>) -> Activity {
    let hresult = f.code(1, "hresult", Role::Result);
    Activity::UseLicenseFailed(UseLicenseFailed {
        hresult,
        activation_id: f.read(2, "activation_id", fields::guid),
    })
}

/// Names of the fields of 8200 in rows.
pub(super) const ACQUISITION_FIELDS: &[&str] =
    &["hresult", "server", "steps", "failing_step", "trace"];

pub(super) fn acquisition_failed(f: &mut Fields<'_>) -> Activity {
    // Older builds print a text that ends with the code (OSPP.VBS takes its last ten characters).
    let hresult = f.text(1).and_then(|text| {
        let tail = text.len().checked_sub(10).and_then(|at| text.get(at..));
        Hresult::parse_logged(text).or_else(|| tail.and_then(Hresult::parse_logged))
    });
    if let Some(code) = hresult {
        f.take_code(code, Role::Result);
    }
    let steps = f.text(2).map(steps).unwrap_or_default();
    for step in steps.iter().filter(|step| step.code.is_failure()) {
        f.take_code(step.code, Role::Step);
    }
    let server = steps.iter().find_map(|step| server(&step.text));
    Activity::AcquisitionFailed(AcquisitionFailed {
        hresult,
        server,
        steps,
    })
}

fn steps(trace: &str) -> Vec<TraceStep> {
    // As logged, a step tells its time of day; as `shown_trace` writes it into rows, it does not.
    #[expect(clippy::expect_used, reason = "the pattern is constant and tested")]
    static STEP: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?m)^\s*([0-9A-Fa-f]{8})\((0x[0-9A-Fa-f]{1,8})(?:, [0-9:]+(?: - ([^\r\n<]*))?| - ([^\r\n<]*)|\))",
        )
        .expect("the pattern is valid")
    });
    STEP.captures_iter(trace)
        .take(MAX_STEPS)
        .filter_map(|found| {
            let number = u32::from_str_radix(found.get(1)?.as_str(), 16).ok()?;
            let code = Hresult::parse_logged(found.get(2)?.as_str())?;
            let text = found
                .get(3)
                .or_else(|| found.get(4))
                .map_or("", |m| m.as_str())
                .trim()
                .trim_end_matches(')');
            Some(TraceStep {
                number,
                code,
                text: fields::cut(text, 160),
            })
        })
        .collect()
}

fn server(text: &str) -> Option<String> {
    let rest = text
        .split_once("https://")
        .or_else(|| text.split_once("http://"))?
        .1;
    let host = rest
        .split(['/', ':', '?', ' ', ','])
        .next()
        .unwrap_or_default();
    (!host.is_empty()).then(|| host.to_lowercase())
}

impl TraceStep {
    /// The step as it may be shown: number, code and text.
    pub fn shown(&self) -> String {
        let text = if self.text.is_empty() {
            String::new()
        } else {
            format!(" - {}", self.text)
        };
        format!("{:08X}({}{text})", self.number, self.code)
    }
}

/// A trace as it may be shown; read again, it gives the same steps.
pub(super) fn shown(trace: &str) -> String {
    shown_trace(&steps(trace))
}

/// The trace as it may be shown: the steps alone, one a line.
pub(super) fn shown_trace(steps: &[TraceStep]) -> String {
    let lines: Vec<String> = steps.iter().map(TraceStep::shown).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// real-failures.md 3.2, shortened there.
    const TRACE: &str = "00010001(0x00000000, 01:21:03:094 - https://activation-v2.sls.microsoft.com/SLActivateProduct/SLActivateProduct.asmx?configextension=Retail)\r\n\
        00020001(0x00000000, 01:21:03:111)\r\n\
        00050002(0x80072F94, 01:21:03:111 - 0, 1)\r\n\
        00020008(0x80072EE7, 01:21:03:126 - SOAPAction: x <soap:Envelope secret>)\r\n";

    fn read(data: &[&str]) -> AcquisitionFailed {
        let data: Vec<String> = data.iter().map(|s| (*s).to_owned()).collect();
        let mut f = Fields::of_strings(&data);
        match acquisition_failed(&mut f) {
            Activity::AcquisitionFailed(failed) => failed,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_trace_gives_its_steps_and_server_and_no_request_body() {
        let failed = read(&["hr=0x80072EE7", TRACE]);
        assert_eq!(
            failed.server.as_deref(),
            Some("activation-v2.sls.microsoft.com")
        );
        assert_eq!(failed.steps.len(), 4);
        assert_eq!(failed.steps[2].code, Hresult::new(0x8007_2F94));
        assert_eq!(failed.failing_step().unwrap().number, 0x0002_0008);
        let shown = shown_trace(&failed.steps);
        assert!(
            shown.contains("00020008(0x80072EE7 - SOAPAction: x"),
            "{shown}"
        );
        assert!(!shown.contains("secret") && !shown.contains('<'));
    }

    #[test]
    fn a_shown_trace_is_read_as_the_logged_one() {
        let failed = read(&["hr=0x80072EE7", TRACE]);
        let again = read(&["hr=0x80072EE7", &shown_trace(&failed.steps)]);
        assert_eq!(again, failed);
    }

    #[test]
    fn an_old_text_that_ends_with_the_code_is_read() {
        let failed = read(&["License acquisition failure details. 0xC004C003"]);
        assert_eq!(failed.hresult, Some(Hresult::new(0xC004_C003)));
    }
}
