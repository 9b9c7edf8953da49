//! A possible cause as the people's formats say it: for whom it is confirmed or ruled out, and why.

use crate::report::model::{CauseForSomePart, CausePart};

use super::words::Words;

/// Machines or KMS hosts that a cause names; the JSON names all.
const NAMES: usize = 3;

/// A cause in words.
pub(super) struct ToldCause {
    /// `confirmed`, also where that is for some only; `possible` or `ruled-out`.
    pub(super) state: &'static str,
    /// The sentence, with those in front that it is confirmed for, where these are not all.
    pub(super) text: String,
    /// What the logs show for or against it: of a confirmed or disproved one with its state.
    pub(super) why: Option<String>,
}

/// Says a cause.
pub(super) fn told(words: &Words, cause: &CausePart) -> ToldCause {
    if cause.for_some.is_empty() {
        return ToldCause {
            state: cause.state,
            text: cause.text.clone(),
            why: reason(words, cause),
        };
    }
    let mut confirmed: Vec<&CauseForSomePart> = Vec::new();
    if cause.state == "possible" {
        let for_some = cause.for_some.iter();
        confirmed.extend(for_some.filter(|some| some.state == "confirmed"));
    }
    let proved = &words.phrases().proved;
    let language = words.language();
    let text = match confirmed.is_empty() {
        true => cause.text.clone(),
        false => {
            let names = names(words, &confirmed);
            let values = [("names", names.as_str()), ("text", cause.text.as_str())];
            proved.lead.fill(language, &values)
        }
    };
    let said = cause.for_some.iter().map(|some| {
        let state = words.cause_state(some.state);
        // Whom the sentence is confirmed for stands in front of it.
        let is_named = confirmed.len() == 1 && some.state == "confirmed";
        let state = match is_named {
            true => state,
            false => {
                let names = names(words, &[some]);
                let values = [("state", state.as_str()), ("names", names.as_str())];
                proved.state.fill(language, &values)
            }
        };
        match &some.why {
            Some(why) => words.labelled(&state, why),
            None => state,
        }
    });
    let said: Vec<String> = said.collect();
    ToldCause {
        state: match confirmed.is_empty() {
            true => cause.state,
            false => "confirmed",
        },
        text,
        why: Some(said.join(&words.part())),
    }
}

/// That a possible cause is possible, the heading says.
fn reason(words: &Words, cause: &CausePart) -> Option<String> {
    if cause.state == "possible" {
        return None;
    }
    let state = words.cause_state(cause.state);
    Some(match &cause.why {
        Some(why) => words.labelled(&state, why),
        None => state,
    })
}

fn names(words: &Words, some: &[&CauseForSomePart]) -> String {
    let all = |names: fn(&CauseForSomePart) -> &Vec<String>| {
        let mut all: Vec<String> = some.iter().flat_map(|some| names(some)).cloned().collect();
        all.sort();
        all
    };
    let (machines, hosts) = (all(|some| &some.machines), all(|some| &some.kms_hosts));
    let bits = match machines.is_empty() {
        true => words.names(&hosts, NAMES),
        false => words.machines(&machines, machines.len() as u64, NAMES),
    };
    bits.iter().map(|bit| bit.text.as_str()).collect()
}
