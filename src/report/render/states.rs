//! What is said of states: how a product was activated, and how its license state changed.

use crate::report::model::ChangePart;
use crate::report::phrases::{Phrase, StatePhrases};

use super::bit::{Bit, Bits, joined};
use super::words::Words;

/// A phrase as it stands.
pub(super) fn say(words: &Words, phrase: fn(&StatePhrases) -> &Phrase) -> String {
    words.phrase(|all| phrase(&all.state))
}

/// A phrase with its values.
pub(super) fn fill(
    words: &Words,
    phrase: fn(&StatePhrases) -> &Phrase,
    values: &[(&str, &str)],
) -> String {
    phrase(&words.phrases().state).fill(words.language(), values)
}

/// So many minutes in days and hours, in hours and minutes, or in minutes.
fn duration(words: &Words, minutes: u64) -> String {
    let of = |phrase: fn(&StatePhrases) -> &Phrase, n: u64| {
        phrase(&words.phrases().state).count(words.language(), n, &[])
    };
    let (days, hours) = (minutes / 1440, minutes / 60 % 24);
    let (greater, lesser) = match (days, hours) {
        (0, 0) => return of(|s| &s.minutes, minutes),
        (0, _) => (
            of(|s| &s.hours, hours),
            (minutes % 60, of(|s| &s.minutes, minutes % 60)),
        ),
        _ => (of(|s| &s.days, days), (hours, of(|s| &s.hours, hours))),
    };
    match lesser {
        (0, _) => greater,
        (_, lesser) => format!("{greater} {lesser}"),
    }
}

/// The word of a way to activate.
pub(super) fn way(words: &Words, way: &str) -> String {
    match way {
        "kms" => say(words, |s| &s.by_kms),
        "active-directory" => say(words, |s| &s.by_active_directory),
        "avma" => say(words, |s| &s.by_avma),
        "token" => say(words, |s| &s.by_token),
        "phone" => say(words, |s| &s.by_phone),
        "online" => say(words, |s| &s.by_online),
        "digital-license" => say(words, |s| &s.by_digital_license),
        other => other.to_owned(),
    }
}

/// A change of a license state in one line: what became what, and when.
pub(super) fn change(words: &Words, change: &ChangePart) -> Bits {
    let name = match (change.name, &change.activation_id) {
        (Some(name), _) => Bit::words(name),
        (None, Some(id)) => Bit::name(id.as_str()),
        (None, None) => Bit::words(words.say(|l| &l.unnamed_product)),
    };
    let went = fill(
        words,
        |s| &s.went,
        &[
            ("from", &words.license(change.from)),
            ("to", &words.license(change.to)),
        ],
    );
    let (after, before) = (words.brief(change.after), words.brief(change.before));
    let times = [("after", after.as_str()), ("before", before.as_str())];
    let mut when = if after == before {
        fill(words, |s| &s.at, &times)
    } else {
        fill(words, |s| &s.between, &times)
    };
    if let Some(minutes) = change.minutes.filter(|minutes| *minutes > 0) {
        when.push_str(&words.aside(&duration(words, minutes)));
    }
    let record = words.fill(
        |l| &l.record_and_event,
        &[
            ("record", &change.record.record_id.to_string()),
            ("event", &change.record.event_id.to_string()),
        ],
    );
    let said = [went, when, record].map(|text| vec![Bit::words(text)]);
    let mut line = vec![name, Bit::words(words.say(|l| &l.colon))];
    line.extend(joined(said, &words.comma()));
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Language;
    use crate::report::model::SourcePart;
    use crate::report::render::sample;

    fn words(language: Language) -> Words {
        Words::of(language, crate::report::zone::Zone::default())
    }

    #[test]
    fn a_duration_has_its_two_greatest_parts() {
        let told = |minutes| duration(&words(Language::En), minutes);
        assert_eq!(told(1), "1 minute");
        assert_eq!(told(60), "1 hour");
        assert_eq!(told(125), "2 hours 5 minutes");
        assert_eq!(told(1440), "1 day");
        assert_eq!(told(11_640), "8 days 2 hours");
        assert_eq!(duration(&words(Language::ZhCn), 11_640), "8 天 2 小时");
    }

    #[test]
    fn a_change_is_told_with_both_times_and_how_far_they_lie_apart() {
        let part = ChangePart {
            activation_id: Some("ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03".to_owned()),
            name: Some("Windows Server 2022 Datacenter"),
            from: "licensed",
            to: "notification",
            after: sample::at(1, "08:00:00"),
            before: sample::at(9, "10:30:00"),
            minutes: Some(11_670),
            record: SourcePart {
                log: "a.evtx".to_owned(),
                record_id: 7,
                event_id: 1003,
                time: sample::at(9, "10:30:00"),
            },
        };
        let told = |language| {
            let bits = change(&words(language), &part);
            bits.iter().map(|bit| bit.text.as_str()).collect::<String>()
        };
        assert_eq!(
            told(Language::En),
            "Windows Server 2022 Datacenter: went from licensed to notification, between 2026-10-01 08:00:00 (UTC) and 2026-10-09 10:30:00 (UTC) (8 days 2 hours), record 7 (event 1003)"
        );
        assert_eq!(
            told(Language::ZhCn),
            "Windows Server 2022 Datacenter：由“已授权”变为“通知状态”，时间在 2026-10-01 08:00:00 (UTC) 与 2026-10-09 10:30:00 (UTC) 之间（8 天 2 小时），记录 7（事件 1003）"
        );
    }
}
