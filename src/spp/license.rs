//! What the service says of the installed licenses: the status list of 1003, and the time left
//! that 1037 warns of.
//!
//! The grammar of 1003 is inferred from real records (reference: events.md 3.1); a line that does
//! not follow it is told as an odd field and left out.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use memchr::memmem::Finder;

use super::fields::{self, Fields};
use super::product::{ActivationId, ApplicationId};
use super::{Activity, LicenseState, Role};
use crate::hresult::Hresult;

/// 1003: the status of every installed license of one application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusList {
    /// The application.
    pub application_id: Option<ApplicationId>,
    /// How many lines the list has.
    pub line_count: u32,
    /// The lines that say something: all but those of products without a key (0xC004F014) and of
    /// add-ons without their base product (a bare 0xC004F055).
    pub lines: Vec<StatusLine>,
}

/// One product of a 1003.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusLine {
    /// Its place in the text, in lines from 0.
    pub line: usize,
    /// The product.
    pub activation_id: ActivationId,
    /// Whether it is the product in use; says nothing of licensed or not.
    pub is_in_use: bool,
    /// What the evaluation of its license gave.
    pub status: LineStatus,
    /// Whether a KMS binding stands in it (`volume/1.0`).
    pub is_kms: bool,
    /// Every failing code of the line, once each.
    pub codes: Vec<Hresult>,
}

/// The state that a line of 1003 stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineStatus {
    /// Licensed, with the minutes left where the license ends.
    Licensed {
        /// Minutes of validity left.
        minutes: Option<u32>,
    },
    /// In a grace period, with the minutes left.
    Grace {
        /// Minutes of grace left.
        minutes: Option<u32>,
    },
    /// Notification, with the reason.
    Notification {
        /// Why: 0xC004F056, 0xC004F034, 0xC004FC07, ...
        reason: Option<Hresult>,
    },
    /// None of these; the code of the whole line where it has one.
    Unlicensed {
        /// Why.
        code: Option<Hresult>,
    },
}

const NO_KEY: Hresult = Hresult::new(0xC004_F014);
const NO_BASE_PRODUCT: Hresult = Hresult::new(0xC004_F055);

/// Names of the fields of 1003 in rows; `activation_id` to `renewed_at` only where one line says something.
pub(super) const STATUS_FIELDS: &[&str] = &[
    "application_id",
    "line_count",
    "activation_id",
    "license_state",
    "minutes_to_expiry",
    "expires_at",
    "renewed_at",
    "products",
];

pub(super) fn status(f: &mut Fields<'_>) -> Activity {
    // A forwarded copy may have lost an empty string in front, so both are told by shape.
    let application_id = f.find(1, fields::guid::<ApplicationId>).map(|(_, id)| id);
    let list = f
        .find(1, |text| text.contains(": ").then_some(()))
        .and_then(|(position, ())| Some((position, f.text(position)?)));
    let mut status = StatusList {
        application_id,
        ..StatusList::default()
    };
    if let Some((position, text)) = list {
        for (number, line) in text
            .lines()
            .map(str::trim)
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
        {
            if let Some(count) = left_out(line) {
                status.line_count = status.line_count.saturating_add(count);
                continue;
            }
            status.line_count = status.line_count.saturating_add(1);
            if says_nothing(line) {
                continue;
            }
            match parse_line(line) {
                Some(parsed) if parsed.says_something() => status.lines.push(StatusLine {
                    line: number,
                    ..parsed
                }),
                Some(_) => {}
                None => f.note_odd(position, "status", line),
            }
        }
    }
    for code in status.lines.iter().flat_map(|line| &line.codes) {
        f.take_code(*code, Role::Status);
    }
    Activity::Status(status)
}

/// Stands in a list for the lines that were left out of it.
const LEFT_OUT: &str = ": without a key";

/// A list without the lines that say nothing, and with how many there were; nothing where all say
/// something.
pub(super) fn without_silent_lines(text: &str) -> Option<String> {
    let mut count = 0_u32;
    let mut kept = String::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if says_nothing(line) {
            count = count.saturating_add(1);
        } else {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    (count > 0).then(|| {
        kept.push_str(&format!("+{count}{LEFT_OUT}"));
        kept
    })
}

fn left_out(line: &str) -> Option<u32> {
    line.strip_prefix('+')?.strip_suffix(LEFT_OUT)?.parse().ok()
}

/// Whether a line is of a product without a key or an add-on without its base product, told
/// without parsing it: a list has hundreds of these and a handful of others.
fn says_nothing(line: &str) -> bool {
    static NO_KEY_GROUP: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("[0xC004F014, "));
    static GOOD_GROUP: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("[0x0"));
    static INFO_GROUP: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("[0x4"));
    let holds = |finder: &Finder<'_>| finder.find(line.as_bytes()).is_some();
    let is_no_key = holds(&NO_KEY_GROUP) && !holds(&GOOD_GROUP) && !holds(&INFO_GROUP);
    is_no_key || line.ends_with(", 0, 0 [0xC004F055]")
}

impl StatusLine {
    fn says_something(&self) -> bool {
        match self.status {
            LineStatus::Unlicensed { code } => {
                code != Some(NO_BASE_PRODUCT) && !self.codes.contains(&NO_KEY)
            }
            _ => true,
        }
    }
}

/// `N: SKU, a, b [groups]` or `N: SKU, 0, 0 [HRESULT]`.
fn parse_line(line: &str) -> Option<StatusLine> {
    let (_, rest) = line.split_once(": ")?;
    let mut parts = rest.splitn(3, ", ");
    let activation_id = fields::guid(parts.next()?)?;
    let _evaluated = fields::number(parts.next()?)?;
    let (in_use, body) = parts.next()?.split_once(' ')?;
    let is_in_use = fields::flag(in_use)?;
    let body = body.trim().strip_prefix('[')?.strip_suffix(']')?;
    if let Some(code) = Hresult::parse_logged(body) {
        return Some(StatusLine {
            line: 0,
            activation_id,
            is_in_use,
            status: LineStatus::Unlicensed { code: Some(code) },
            is_kms: false,
            codes: vec![code],
        });
    }
    let groups = parse_groups(body)?;
    Some(StatusLine {
        line: 0,
        activation_id,
        is_in_use,
        status: status_of(&groups),
        is_kms: body.contains("algorithm/volume/"),
        codes: fields::codes_in_list(body),
    })
}

#[derive(Debug, Default)]
struct Group<'a> {
    /// `[HR, x, y]`: the result of evaluating the group, the licensed flag, the grace flag.
    result: Option<(Hresult, bool, bool)>,
    /// Its slots, each in parentheses.
    slots: &'a str,
}

impl<'a> Group<'a> {
    fn is_licensed(&self) -> bool {
        matches!(self.result, Some((code, true, _)) if !code.is_failure())
    }

    fn is_grace(&self) -> bool {
        matches!(self.result, Some((code, false, true)) if !code.is_failure())
    }

    fn is_notification(&self) -> bool {
        matches!(self.result, Some((code, false, false)) if !code.is_failure())
    }

    /// The words of each slot.
    fn slots(&self) -> impl Iterator<Item = Vec<&'a str>> {
        Parenthesized::of(self.slots)
            .flatten()
            .map(|slot| slot.split_ascii_whitespace().collect())
    }

    /// The least minutes that a slot without a failure still gives.
    fn minutes(&self) -> Option<u32> {
        self.slots().filter_map(|words| minutes(&words)).min()
    }

    /// `( 11 0x00000000 0xC004F056)`: kind, result, reason.
    fn reason(&self) -> Option<Hresult> {
        self.slots().find_map(|words| match words.as_slice() {
            [_, result, reason] if hex(result).is_some() => hex(reason),
            _ => None,
        })
    }
}

fn minutes(words: &[&str]) -> Option<u32> {
    let left = match words {
        // A timer: kind, result, days, minutes left.
        [_, result, days, minutes]
            if hex(result) == Some(Hresult::OK) && fields::number(days).is_some() =>
        {
            minutes
        }
        // A binding: kind, result, days, 0, algorithm, result, minutes left.
        [_, result, _, _, _, inner, minutes]
            if hex(result) == Some(Hresult::OK) && hex(inner) == Some(Hresult::OK) =>
        {
            minutes
        }
        _ => return None,
    };
    fields::number(left).filter(|minutes| *minutes > 0)
}

fn hex(word: &str) -> Option<Hresult> {
    word.starts_with("0x")
        .then(|| Hresult::parse_logged(word))
        .flatten()
}

fn status_of(groups: &[Group<'_>]) -> LineStatus {
    if let Some(group) = groups.iter().find(|g| g.is_licensed()) {
        return LineStatus::Licensed {
            minutes: group.minutes(),
        };
    }
    if let Some(group) = groups.iter().find(|g| g.is_grace()) {
        return LineStatus::Grace {
            minutes: group.minutes(),
        };
    }
    if let Some(group) = groups.iter().find(|g| g.is_notification()) {
        return LineStatus::Notification {
            reason: group.reason(),
        };
    }
    LineStatus::Unlicensed {
        code: groups.iter().find_map(|g| g.result.map(|r| r.0)),
    }
}

/// `(0 [HR, x, y], [slots])(1 )(2 )`, each group in parentheses.
fn parse_groups(body: &str) -> Option<Vec<Group<'_>>> {
    let mut groups = Vec::with_capacity(4);
    for text in Parenthesized::of(body) {
        let (_, rest) = text?.split_once(' ')?;
        let rest = rest.trim();
        let mut group = Group::default();
        if let Some(rest) = rest.strip_prefix('[') {
            let (head, tail) = rest.split_once(']')?;
            let mut parts = head.split(',').map(str::trim);
            let code = Hresult::parse_logged(parts.next()?)?;
            group.result = Some((
                code,
                fields::flag(parts.next()?)?,
                fields::flag(parts.next()?)?,
            ));
            if let Some(slots) = tail.trim_start_matches([',', ' ']).strip_prefix('[') {
                group.slots = slots.strip_suffix(']')?;
                if Parenthesized::of(group.slots).any(|slot| slot.is_none()) {
                    return None;
                }
            }
        } else if !rest.is_empty() {
            return None;
        }
        groups.push(group);
    }
    Some(groups)
}

/// The contents of the parentheses at the top of a text; `None` last where they do not close.
struct Parenthesized<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parenthesized<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, at: 0 }
    }
}

impl<'a> Iterator for Parenthesized<'a> {
    type Item = Option<&'a str>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let mut depth = 0_usize;
        let mut start = 0_usize;
        for found in memchr::memchr2_iter(b'(', b')', rest) {
            let place = self.at.saturating_add(found);
            if rest.get(found) == Some(&b'(') {
                if depth == 0 {
                    start = place.saturating_add(1);
                }
                depth = depth.saturating_add(1);
            } else {
                let Some(outer) = depth.checked_sub(1) else {
                    self.at = self.text.len();
                    return Some(None);
                };
                depth = outer;
                if depth == 0 {
                    self.at = place.saturating_add(1);
                    return Some(self.text.get(start..place));
                }
            }
        }
        self.at = self.text.len();
        (depth > 0).then_some(None)
    }
}

/// 1037: the time that a license has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRemaining {
    /// Whether it is grace that runs out, and not a validity.
    pub is_grace: bool,
    /// Minutes left.
    pub minutes: Option<u32>,
}

pub(super) fn time_remaining(f: &mut Fields<'_>) -> Activity {
    let is_grace = f
        .text(1)
        .is_some_and(|kind| kind.eq_ignore_ascii_case("grace"));
    Activity::TimeRemaining(TimeRemaining {
        is_grace,
        minutes: f.read(2, "minutes", fields::number),
    })
}

/// Minutes that a KMS license is valid for: 180 days.
const KMS_VALIDITY: u32 = 259_200;

impl StatusLine {
    /// When a KMS license was last renewed, counted back from the minutes that it has left at the
    /// record's time; that gives the last success even where its own events are gone (events.md 3.1).
    pub fn renewed_at(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.status {
            LineStatus::Licensed {
                minutes: Some(minutes),
            } if self.is_kms => super::before_minutes(time, KMS_VALIDITY.checked_sub(minutes)?),
            _ => None,
        }
    }
}

impl LineStatus {
    /// The license state as 12288 would number it, as far as the line tells.
    pub fn license_state(self) -> Option<LicenseState> {
        match self {
            Self::Licensed { .. } => Some(LicenseState::Licensed),
            Self::Notification { .. } => Some(LicenseState::Notification),
            Self::Unlicensed { .. } => Some(LicenseState::Unlicensed),
            Self::Grace { .. } => None,
        }
    }

    /// Minutes until the state ends.
    pub fn minutes(self) -> Option<u32> {
        match self {
            Self::Licensed { minutes } | Self::Grace { minutes } => minutes,
            Self::Notification { .. } | Self::Unlicensed { .. } => None,
        }
    }

    /// When the state ends, counted from the record's time.
    pub fn ends_at(self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        super::after_minutes(time, self.minutes()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(text: &str) -> StatusLine {
        parse_line(text).unwrap_or_else(|| panic!("{text}"))
    }

    // The lines are those of events.md section 5, numbers 37 to 41, from real records.

    #[test]
    fn kms_before_and_after_activation() {
        let before = line(
            "13: ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 1, 1 [(0 [0xC004E003, 0, 0], [( 2 0xC004F056 0 0 msft:rm/algorithm/volume/1.0 0x00000000 0)( 1 0x00000000)(?)( 2 0xC004F056 0 0 msft:rm/algorithm/volume/1.0 0x00000000 0)(?)(?)(?)(?)])(1 )(2 )(3 [0x00000000, 0, 0], [( 6 0xC004F009 0 0)( 1 0x00000000)( 6 0xC004F009 0 0)(?)(?)(?)( 10 0x00000000 msft:rm/algorithm/flags/1.0)( 11 0x00000000 0xC004F056)])]",
        );
        assert_eq!(
            before.status,
            LineStatus::Notification {
                reason: Some(Hresult::new(0xC004_F056))
            }
        );
        assert!(before.is_kms && before.is_in_use);
        let after = line(
            "13: ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 1, 1 [(0 [0x00000000, 1, 0], [(?)( 1 0x00000000)(?)( 2 0x00000000 0 0 msft:rm/algorithm/volume/1.0 0x00000000 259200)(?)(?)( 10 0x00000000 msft:rm/algorithm/flags/1.0)(?)])(1 )(2 )(3 )]",
        );
        assert_eq!(
            after.status,
            LineStatus::Licensed {
                minutes: Some(259_200)
            }
        );
        assert!(after.codes.is_empty());
    }

    #[test]
    fn the_last_renewal_is_dated_from_the_minutes_left() {
        // events.md 3.1: 259196 minutes left at 01:17:18 after a success at 01:12:31.
        let at = |minutes: &str| {
            let text = format!(
                "1: ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 1, 1 [(0 [0x00000000, 1, 0], [(?)( 1 0x00000000)(?)( 2 0x00000000 0 0 msft:rm/algorithm/volume/1.0 0x00000000 {minutes})(?)(?)(?)(?)])(1 )(2 )(3 )]"
            );
            let time = DateTime::from_timestamp(1_684_891_038, 0).unwrap();
            line(&text)
                .renewed_at(time)
                .map(|time| time.format("%F %T").to_string())
        };
        assert_eq!(at("259196").as_deref(), Some("2023-05-24 01:13:18"));
        assert_eq!(at("400000"), None, "more than a KMS license can have left");
        assert_eq!(at("0"), None);
    }

    #[test]
    fn retail_that_was_never_activated() {
        let retail = line(
            "10: 4de7cb65-cdf1-4de9-8ae8-e3cce27b9f2c, 1, 0 [(0 )(1 )(2 [0xC004E003, 0, 0], [( 1 0xC004F034)( 1 0xC004F034)(?)(?)(?)(?)(?)(?)])(3 [0x00000000, 0, 0], [( 6 0xC004F009 0 0)( 1 0x00000000)( 6 0xC004F009 0 0)(?)(?)(?)( 10 0x00000000 msft:rm/algorithm/flags/1.0)( 11 0x00000000 0xC004F034)])]",
        );
        assert_eq!(
            retail.status,
            LineStatus::Notification {
                reason: Some(Hresult::new(0xC004_F034))
            }
        );
        assert!(!retail.is_kms && !retail.is_in_use);
    }

    #[test]
    fn windows_7_in_grace_after_it_and_licensed_for_a_time() {
        let grace = line(
            "2: 8dffd6e4-0497-4c35-b7d7-e47cf464cf30, 1, 1 [(0 )(1 )(2 [0x00000000, 0, 1], [(?)( 5 0x00000000 10 14400)( 1 0x00000000 0 0 msft:rm/algorithm/flags/1.0 0x00000000 0)(?)(?)(?)])]",
        );
        assert_eq!(
            grace.status,
            LineStatus::Grace {
                minutes: Some(14_400)
            }
        );
        let over = line(
            "3: 8dffd6e4-0497-4c35-b7d7-e47cf464cf30, 1, 1 [(0 )(1 )(2 [0x00000000, 0, 0], [( 5 0xC004F009 10 0)( 5 0xC004F009 10 0)( 1 0x00000000 0 0 msft:rm/algorithm/flags/1.0 0x00000000 0)(?)(?)( 9 0x00000000 0xC004F009)])]",
        );
        assert_eq!(
            over.status,
            LineStatus::Notification {
                reason: Some(Hresult::new(0xC004_F009))
            }
        );
        let timed = line(
            "3: 8dffd6e4-0497-4c35-b7d7-e47cf464cf30, 1, 0 [(0 [0x00000000, 1, 0], [(?)(?)( 1 0x00000000 3 0 msft:rm/algorithm/hwid/4.0 0x00000000 0)(?)( 8 0x00000000 90 91260)(?)])(1 )(2 )]",
        );
        assert_eq!(
            timed.status,
            LineStatus::Licensed {
                minutes: Some(91_260)
            }
        );
        let fixed = line(
            "5: bfb30674-7c9a-4624-9309-9914cfd5b05c, 1, 1 [(0 [0x00000000, 1, 0], [(?)(?)( 1 0x00000000 3 0 msft:rm/algorithm/hwid/4.0 0x00000000 0)( 7 0x00000000 2010/06/01)(?)(?)])(1 )(2 )]",
        );
        assert_eq!(fixed.status, LineStatus::Licensed { minutes: None });
    }

    #[test]
    fn lines_without_a_key_and_without_a_base_product_are_counted_and_dropped() {
        let data = vec![
            "55c92734-d682-4d71-983e-d6ec3f16059f".to_owned(),
            "\n1: ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 1, 0 [(0 [0xC004F014, 0, 0], [( 1 0xC004F014)(?)])(1 )(2 )]\n57: 1d9c9529-17be-48f7-bba5-a16ed636cfcb, 0, 0 [0xC004F055]\nnonsense\n".to_owned(),
        ];
        let mut f = Fields::of_strings(&data);
        let Activity::Status(list) = status(&mut f) else {
            panic!()
        };
        assert_eq!((list.line_count, list.lines.len()), (3, 0));
        let found = f.finish();
        assert!(found.codes.is_empty());
        assert_eq!(found.odd.len(), 1);
    }

    proptest! {
        #[test]
        fn what_is_told_without_parsing_is_what_parsing_tells(
            codes in prop::collection::vec(prop::sample::select(vec!["0xC004F014", "0x00000000", "0xC004E003", "0x4004F040"]), 1..4),
            flags in prop::sample::select(vec!["0, 0", "1, 0", "0, 1"]),
        ) {
            let groups: String = codes.iter().map(|code| format!("(0 [{code}, {flags}], [(?)])")).collect();
            let text = format!("7: ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 1, 0 [{groups}]");
            if says_nothing(&text) {
                prop_assert!(!line(&text).says_something(), "{}", text);
            }
        }

        #[test]
        fn no_line_makes_the_parser_panic(text in r"[0-9: ,\[\]\(\)x?A-F.a-f/-]{0,200}") {
            let _ = parse_line(&text);
        }
    }
}
