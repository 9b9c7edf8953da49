//! The causes of the sample: settled for all machines, or for some of them.

use super::{HOSTILE, texts};
use crate::report::model::*;

pub(super) fn cause(text: &str, state: &'static str, why: Option<&str>) -> CausePart {
    CausePart {
        text: text.to_owned(),
        state,
        why: why.map(str::to_owned),
        for_some: Vec::new(),
    }
}

fn for_some(state: &'static str, why: &str, machines: &[&str]) -> CauseForSomePart {
    CauseForSomePart {
        state,
        why: Some(why.to_owned()),
        machines: texts(machines),
        kms_hosts: Vec::new(),
    }
}

/// One that is confirmed for a machine and ruled out for others.
pub(super) fn of_some(text: &str, why: &str) -> CausePart {
    CausePart {
        for_some: vec![
            for_some("confirmed", why, &["PC-0042.corp.example"]),
            for_some("ruled-out", why, &["PC-0043", HOSTILE]),
        ],
        ..cause(text, "possible", None)
    }
}
