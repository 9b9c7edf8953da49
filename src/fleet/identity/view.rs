//! What identity needs of one log, apart from how a summary keeps its events.
//!
//! A record is a few numbers here; the texts that it shares with others stand once per log, as its
//! origins. Nothing is decided in this file.

use std::sync::Arc;

use crate::eventlog::RecordId;
use crate::fleet::summary::LogSummary;
use crate::input::LogName;

/// One log's activation events as identity sees them.
#[derive(Clone, Debug)]
pub(in crate::fleet) struct LogView<'a> {
    /// The log.
    pub(in crate::fleet) name: &'a LogName,
    /// Whether any of its events carries RenderingInfo, as a collector adds it.
    pub(in crate::fleet) has_rendering_info: bool,
    /// Whether records of it are lost or missing (damage, gaps): what it does not hold is no
    /// proof then.
    pub(in crate::fleet) may_lack_records: bool,
    /// The least and the greatest number of all its record headers; where they are not known, its
    /// activation events tell.
    pub(in crate::fleet) ids: Option<(RecordId, RecordId)>,
    /// What the origins of its records stand for. The same one may stand here twice.
    pub(in crate::fleet) origins: Vec<Origin<'a>>,
    /// Its activation events, sorted by `file_record_id`.
    pub(in crate::fleet) records: Vec<Seen>,
}

/// Where records come from.
#[derive(Clone, Copy, Debug)]
pub(in crate::fleet) struct Origin<'a> {
    /// System/Computer as spelled.
    pub(in crate::fleet) computer: &'a Arc<str>,
    /// The log channel.
    pub(in crate::fleet) channel: &'a Arc<str>,
    /// The provider.
    pub(in crate::fleet) provider: &'a Arc<str>,
}

/// One activation event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fleet) struct Seen {
    /// The header's number: its place in this file.
    pub(in crate::fleet) file_record_id: RecordId,
    /// System/EventRecordID: the sender's number.
    pub(in crate::fleet) record_id: RecordId,
    /// TimeCreated in whole seconds since 1970.
    pub(in crate::fleet) seconds: i64,
    /// The event's id.
    pub(in crate::fleet) event_id: u16,
    /// Its place in the log's origins.
    pub(in crate::fleet) origin: u32,
}

impl<'a> LogView<'a> {
    /// The view of a log of a summary.
    pub(in crate::fleet) fn of(name: &'a LogName, log: &'a LogSummary) -> Self {
        let mut origins: Vec<Origin<'a>> = Vec::new();
        let mut records: Vec<Seen> = Vec::new();
        for part in &log.parts {
            let before = u32::try_from(origins.len()).unwrap_or(u32::MAX);
            origins.extend(part.origins().iter().map(|origin| Origin {
                computer: &origin.computer,
                channel: &origin.channel,
                provider: &origin.provider,
            }));
            records.extend(part.iter().map(|(kept, _)| Seen {
                file_record_id: kept.file_record_id,
                record_id: kept.record_id,
                seconds: kept.time.timestamp(),
                event_id: kept.event_id,
                origin: before.saturating_add(kept.origin()),
            }));
        }
        records.sort_unstable_by_key(|seen| (seen.file_record_id, seen.record_id, seen.seconds));
        Self {
            name,
            has_rendering_info: log.counts.has_rendering_info,
            may_lack_records: log.counts.lacks_records,
            ids: log.counts.ids,
            origins,
            records,
        }
    }
}
