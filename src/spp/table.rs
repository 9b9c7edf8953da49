//! Every event that has a meaning of its own here: one row per id and meaning.

use super::fields::Fields;
use super::{Activity, Family, genuine, key, kms, license, online, other_ways, rules, service};

/// One meaning of one event id.
pub(crate) struct EventRow {
    /// The event id.
    pub(crate) id: u16,
    /// When an event with this id has this meaning.
    pub(crate) guard: Guard,
    /// The meaning's name in rows and in the catalog.
    pub(crate) kind: &'static str,
    /// How many fields its comma list has; 0 where the strings stand for themselves.
    pub(crate) list: usize,
    /// Reads its strings.
    pub(crate) parse: fn(&mut Fields<'_>) -> Activity,
    /// Whether they tell anything beside codes, so that diagnosis may read them.
    pub(crate) is_read: bool,
}

/// What tells two meanings of one id apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Nothing: the id has one meaning, or this is the last of them.
    Any,
    /// The message's severity bits (EventID/@Qualifiers).
    Qualifiers(u16),
    /// A string begins with this.
    Begins(&'static str),
    /// The provider of Vista and 2008.
    Vista,
}

impl Guard {
    fn fits(self, family: Family, qualifiers: Option<u16>, data: &[String]) -> bool {
        match self {
            Self::Any => true,
            Self::Qualifiers(bits) => qualifiers == Some(bits),
            Self::Begins(head) => data.iter().any(|s| s.trim_start().starts_with(head)),
            Self::Vista => family == Family::Vista,
        }
    }
}

const fn row(
    id: u16,
    guard: Guard,
    kind: &'static str,
    list: usize,
    parse: fn(&mut Fields<'_>) -> Activity,
) -> EventRow {
    EventRow {
        id,
        guard,
        kind,
        list,
        parse,
        is_read: true,
    }
}

/// An event that has a name and tells diagnosis nothing.
const fn unread(
    id: u16,
    guard: Guard,
    kind: &'static str,
    parse: fn(&mut Fields<'_>) -> Activity,
) -> EventRow {
    EventRow {
        is_read: false,
        ..row(id, guard, kind, 0, parse)
    }
}

/// Sorted by id; of two meanings of one id the narrower guard stands first.
pub(crate) static EVENTS: &[EventRow] = &[
    row(900, Guard::Any, "service-starting", 0, service::starting),
    row(902, Guard::Any, "service-started", 0, service::started),
    row(1003, Guard::Any, "license-status", 0, license::status),
    row(
        1013,
        Guard::Any,
        "use-license-acquired",
        0,
        online::use_license_acquired,
    ),
    row(
        1014,
        Guard::Any,
        "use-license-failed",
        0,
        online::use_license_failed,
    ),
    row(1015, Guard::Any, "detailed-code", 0, service::detailed_code),
    row(1016, Guard::Any, "key-installed", 0, key::installed),
    row(
        1017,
        Guard::Any,
        "key-install-failed",
        0,
        key::install_failed,
    ),
    row(1018, Guard::Any, "key-removed", 0, key::removed),
    row(
        1024,
        Guard::Any,
        "hardware-changed",
        0,
        service::hardware_changed,
    ),
    row(
        1037,
        Guard::Any,
        "time-remaining",
        0,
        license::time_remaining,
    ),
    row(
        1040,
        Guard::Any,
        "hardware-changed",
        0,
        service::hardware_changed,
    ),
    row(
        1072,
        Guard::Any,
        "phone-activated",
        0,
        other_ways::phone_activated,
    ),
    row(
        8193,
        Guard::Any,
        "scheduler-failed",
        0,
        rules::scheduler_failed,
    ),
    row(
        8194,
        Guard::Any,
        "scheduler-failed",
        0,
        rules::scheduler_failed,
    ),
    row(
        8195,
        Guard::Vista,
        "scheduler-failed",
        0,
        rules::scheduler_failed,
    ),
    // Both meanings are errors with one code; only the Windows build tells, so diagnosis decides.
    row(
        8195,
        Guard::Any,
        "scheduler-failed",
        0,
        rules::scheduler_perhaps,
    ),
    unread(
        8196,
        Guard::Qualifiers(0xC000),
        "dialog-load-failed",
        service::code_only,
    ),
    row(
        8196,
        Guard::Qualifiers(0x4000),
        "scheduler-failed",
        0,
        rules::scheduler_failed,
    ),
    row(
        8196,
        Guard::Any,
        "scheduler-failed",
        0,
        rules::scheduler_perhaps,
    ),
    row(
        8197,
        Guard::Begins("RuleId="),
        "slui-started",
        0,
        rules::slui_started,
    ),
    unread(8197, Guard::Any, "scheduler-information", service::plain),
    row(8198, Guard::Any, "slui-failed", 0, rules::slui_failed),
    row(
        8200,
        Guard::Any,
        "acquisition-failed",
        0,
        online::acquisition_failed,
    ),
    row(
        8208,
        Guard::Any,
        "genuine-ticket-failed",
        0,
        genuine::ticket_failed,
    ),
    row(
        8209,
        Guard::Any,
        "set-non-genuine",
        0,
        genuine::set_non_genuine,
    ),
    row(
        8213,
        Guard::Any,
        "ad-object-unreadable",
        0,
        other_ways::ad_object_failed,
    ),
    row(
        8214,
        Guard::Any,
        "ad-object-unusable",
        0,
        other_ways::ad_object_failed,
    ),
    row(
        8215,
        Guard::Any,
        "ad-activation-failed",
        0,
        other_ways::ad_activation_failed,
    ),
    row(
        8230,
        Guard::Any,
        "rules-evaluated",
        0,
        rules::rules_evaluated,
    ),
    row(
        8233,
        Guard::Any,
        "volume-attempt-failed",
        0,
        rules::volume_attempt_failed,
    ),
    row(12288, Guard::Any, "kms-request", 10, kms::request),
    row(12289, Guard::Any, "kms-response", 8, kms::response),
    row(12290, Guard::Any, "kms-served", 9, kms::served),
    row(12291, Guard::Any, "kms-host-failed", 0, kms::host_failed),
    row(
        12293,
        Guard::Any,
        "dns-publish-failed",
        0,
        kms::publish_failed,
    ),
    row(12294, Guard::Any, "dns-published", 0, kms::published),
    row(12305, Guard::Any, "set-genuine", 0, genuine::set_genuine),
    row(
        12308,
        Guard::Any,
        "ad-activated",
        0,
        other_ways::ad_activated,
    ),
    row(
        12309,
        Guard::Any,
        "avma-response",
        0,
        other_ways::avma_response,
    ),
    row(
        12320,
        Guard::Any,
        "token-activated",
        0,
        other_ways::token_activated,
    ),
];

/// The row that an event's strings are to be read by.
pub(super) fn find(
    id: u16,
    family: Family,
    qualifiers: Option<u16>,
    data: &[String],
) -> Option<&'static EventRow> {
    let first = EVENTS.partition_point(|row| row.id < id);
    EVENTS
        .iter()
        .skip(first)
        .take_while(|row| row.id == id)
        .find(|row| row.guard.fits(family, qualifiers, data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_by_id_and_the_open_guard_last() {
        for pair in EVENTS.windows(2) {
            assert!(
                pair[0].id <= pair[1].id,
                "{} before {}",
                pair[0].id,
                pair[1].id
            );
            if pair[0].id == pair[1].id {
                assert_ne!(
                    pair[0].guard,
                    Guard::Any,
                    "{} has a meaning behind the open guard",
                    pair[0].id
                );
            }
        }
        for row in EVENTS {
            let last = EVENTS.iter().rfind(|r| r.id == row.id).unwrap();
            assert_eq!(
                last.guard,
                Guard::Any,
                "{} may stay without a meaning",
                row.id
            );
        }
    }
}
