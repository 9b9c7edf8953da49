//! What each event id means: a row per id and meaning, and the search for an event's row.
//!
//! The rows themselves stand in `rows`.

mod rows;

use super::fields::Fields;
use super::named::{self, Place};
use super::{Activity, Family};

pub(crate) use rows::EVENTS;

/// One meaning of one event id.
pub(crate) struct EventRow {
    /// The event id.
    pub(crate) id: u16,
    /// When an event with this id has this meaning.
    guard: Guard,
    /// The meaning's name in rows and in the catalog.
    pub(crate) kind: &'static str,
    /// How its strings are read.
    reading: Reading,
    /// Whether they tell anything beside codes, so that diagnosis may read them.
    pub(crate) is_read: bool,
}

/// How an event's strings are read.
enum Reading {
    /// Each by its place.
    Places(&'static [Place]),
    /// By a parser of its own.
    Own {
        /// The names of the fields that it gives, in the order of the strings.
        fields: &'static [&'static str],
        /// How many fields its comma list has; 0 where the strings stand for themselves.
        list: usize,
        parse: fn(&mut Fields<'_>) -> Activity,
    },
}

/// What tells two meanings of one id apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guard {
    /// Nothing: the id has one meaning, or this is the last of them.
    Any,
    /// The message's severity bits (EventID/@Qualifiers).
    Qualifiers(u16),
    /// A string begins with this.
    Begins(&'static str),
    /// The number of strings, empty ones at the end not counted.
    Strings(usize),
    /// Likewise, at least.
    AtLeast(usize),
    /// A service that is surely no newer than that of Windows 7: Vista's and 2008's, and Office's
    /// own.
    Older,
}

impl Guard {
    fn fits(self, family: Family, qualifiers: Option<u16>, data: &[String]) -> bool {
        match self {
            Self::Any => true,
            Self::Qualifiers(bits) => qualifiers == Some(bits),
            Self::Begins(head) => data.iter().any(|s| s.trim_start().starts_with(head)),
            Self::Strings(count) => strings(data) == count,
            Self::AtLeast(count) => strings(data) >= count,
            Self::Older => matches!(family, Family::Vista | Family::Office),
        }
    }
}

/// How many strings an event has. Some writers end the list with an empty one (real-failures.md 6).
fn strings(data: &[String]) -> usize {
    let is_filled = |text: &String| !text.trim().is_empty();
    data.iter()
        .rposition(is_filled)
        .map_or(0, |last| last.saturating_add(1))
}

/// An event with a parser of its own, which diagnosis may read.
const fn own(
    id: u16,
    guard: Guard,
    kind: &'static str,
    fields: &'static [&'static str],
    parse: fn(&mut Fields<'_>) -> Activity,
) -> EventRow {
    EventRow {
        id,
        guard,
        kind,
        reading: Reading::Own {
            fields,
            list: 0,
            parse,
        },
        is_read: true,
    }
}

/// An event whose fields are read by their place, and that tells diagnosis nothing.
const fn named(id: u16, guard: Guard, kind: &'static str, places: &'static [Place]) -> EventRow {
    EventRow {
        id,
        guard,
        kind,
        reading: Reading::Places(places),
        is_read: false,
    }
}

impl EventRow {
    /// The same, with a place among the events that diagnosis reads: what stands around it settles
    /// its meaning.
    const fn placed(self) -> Self {
        Self {
            is_read: true,
            ..self
        }
    }

    /// The same, with nothing in it that diagnosis reads.
    const fn unread(self) -> Self {
        Self {
            is_read: false,
            ..self
        }
    }

    /// The same, with its fields in a comma list.
    const fn of_list(self, count: usize) -> Self {
        let reading = match self.reading {
            Reading::Own { fields, parse, .. } => Reading::Own {
                fields,
                list: count,
                parse,
            },
            places => places,
        };
        Self { reading, ..self }
    }

    /// Reads an event's strings.
    pub(super) fn read<'a>(&self, data: &'a [String]) -> (Activity, Fields<'a>) {
        match self.reading {
            Reading::Places(places) => {
                let mut fields = Fields::of_strings(data);
                (named::read(&mut fields, places), fields)
            }
            Reading::Own { list, parse, .. } => {
                let mut fields = match list {
                    0 => Fields::of_strings(data),
                    count => Fields::of_list(data, count),
                };
                (parse(&mut fields), fields)
            }
        }
    }

    /// The names of its fields, in the order of the strings.
    pub(super) fn fields(&self) -> Vec<&'static str> {
        match self.reading {
            Reading::Places(places) => places.iter().map(|place| place.name).collect(),
            Reading::Own { fields, .. } => fields.to_vec(),
        }
    }
}

/// Bit by id, whether any of its meanings is one that diagnosis reads.
#[expect(
    clippy::indexing_slicing,
    reason = "the table has a place for every id, and else would not build"
)]
const READ: [u64; 1 << 10] = {
    let mut read = [0; 1 << 10];
    let mut rows = EVENTS;
    while let [row, rest @ ..] = rows {
        if row.is_read {
            read[row.id as usize >> 6] |= 1 << (row.id & 63);
        }
        rows = rest;
    }
    read
};

/// Whether diagnosis may read events of an id; which of its meanings one has still decides.
pub(super) fn may_be_read(id: u16) -> bool {
    let bits = READ.get(usize::from(id >> 6)).copied().unwrap_or_default();
    bits & (1 << (id & 63)) != 0
}

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

/// Between the names of two meanings that a record leaves open, the older version's first.
const EITHER: &str = "-or-";

/// The ids whose records may leave open which of two meanings they have.
const OPEN_IDS: [u16; 4] = [1058, 1060, 8195, 8196];

/// Whether records of an id may leave open which of two meanings they have, so that only the version
/// of Windows tells.
pub fn is_settled_by_version(event_id: u16) -> bool {
    OPEN_IDS.contains(&event_id)
}

/// What an event means on a version of Windows, as major and minor number. A kind that is no `a-or-b`
/// stays as it is, and so does one that this version does not settle either (reference: events.md 2).
pub fn settled_kind(event_id: u16, kind: &'static str, version: (u32, u32)) -> &'static str {
    let Some((older, newer)) = kind.split_once(EITHER) else {
        return kind;
    };
    match event_id {
        // Windows 10 writes both.
        1060 if version >= (10, 0) => kind,
        1060 => older,
        _ if version < (6, 2) => older,
        _ => newer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_settles_what_a_record_leaves_open() {
        let open: Vec<_> = EVENTS
            .iter()
            .filter(|row| row.kind.contains(EITHER))
            .collect();
        let ids: Vec<_> = open.iter().map(|row| row.id).collect();
        assert_eq!(ids, OPEN_IDS);
        let settled = |version| -> Vec<_> {
            open.iter()
                .map(|row| settled_kind(row.id, row.kind, version))
                .collect()
        };
        assert_eq!(
            settled((6, 1)),
            [
                "notify-stop-failed",
                "policy-cache-unchanged",
                "scheduler-failed",
                "scheduler-failed"
            ]
        );
        assert_eq!(
            settled((6, 3)),
            [
                "acpi-key-failed",
                "policy-cache-unchanged",
                "genuine-information-failed",
                "dialog-load-failed"
            ]
        );
        assert_eq!(
            settled((10, 0))[1],
            "policy-cache-unchanged-or-oem-key-changed"
        );
        assert_eq!(
            settled_kind(902, "service-started", (10, 0)),
            "service-started"
        );
    }

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
