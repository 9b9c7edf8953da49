//! A row group of events: the columns that an event needs, and the event of the next row.

use parquet::errors::Result;

use super::column::{Fill, Lists, Numbers, Opened, Text, Times};
use super::{Columns, check_schema};
use crate::eventlog::rows::names::Names;
use crate::eventlog::strings::SharedStrings;
use crate::eventlog::{ChunkIndex, Event, RecordId, Strings, Wanted};
use crate::input::LogName;

/// A column of names.
struct NameColumn {
    column: Text,
    names: Names,
}

impl NameColumn {
    fn open(opened: Opened) -> Result<Self> {
        Ok(Self {
            column: opened.text()?,
            names: Names::default(),
        })
    }

    fn next(&mut self) -> Option<std::sync::Arc<str>> {
        let bytes = self.column.next_bytes().unwrap_or_default();
        self.names.get_bytes(bytes)
    }
}

/// The columns that an event needs.
pub(super) struct Events {
    schema: Option<Numbers>,
    time: Times,
    log: NameColumn,
    computer: NameColumn,
    channel: NameColumn,
    provider: NameColumn,
    chunk: Option<Numbers>,
    record_id: Numbers,
    file_record_id: Option<Numbers>,
    event_id: Numbers,
    qualifiers: Option<Numbers>,
    level: Option<Numbers>,
    data: Option<Lists>,
    strings: SharedStrings,
    /// The bytes of the strings of the row at hand.
    bytes: Vec<u8>,
}

impl Events {
    pub(super) fn open(columns: &Columns<'_>) -> Result<Self> {
        Ok(Self {
            schema: columns.open("schema", Opened::numbers)?,
            time: columns.need("time", Opened::times)?,
            log: columns.need("log", NameColumn::open)?,
            computer: columns.need("computer", NameColumn::open)?,
            channel: columns.need("channel", NameColumn::open)?,
            provider: columns.need("provider", NameColumn::open)?,
            chunk: columns.open("chunk", Opened::numbers)?,
            record_id: columns.need("record_id", Opened::numbers)?,
            file_record_id: columns.open("file_record_id", Opened::numbers)?,
            event_id: columns.need("event_id", Opened::numbers)?,
            qualifiers: columns.open("qualifiers", Opened::numbers)?,
            level: columns.open("level", Opened::numbers)?,
            data: columns.open("data", Opened::lists)?,
            strings: SharedStrings::default(),
            bytes: Vec::new(),
        })
    }

    /// The event of the next row, or what is wrong with it; where its version is too high, that.
    ///
    /// Every column moves on by one row, whatever is wrong with another.
    pub(super) fn next(
        &mut self,
        wanted: &Wanted,
    ) -> std::result::Result<std::result::Result<Event, &'static str>, u64> {
        let number = |column: &mut Option<Numbers>| column.as_mut().and_then(Numbers::next);
        let schema = number(&mut self.schema);
        let time = self.time.next();
        let names = (
            self.log.next(),
            self.computer.next(),
            self.channel.next(),
            self.provider.next(),
        );
        let chunk = number(&mut self.chunk).and_then(|chunk| u32::try_from(chunk).ok());
        let record_id = self.record_id.next_u64();
        let file_record_id = self.file_record_id.as_mut().and_then(Numbers::next_u64);
        let event_id: Option<u16> = self.event_id.next_as();
        let qualifiers = self.qualifiers.as_mut().and_then(Numbers::next_as);
        let level = self.level.as_mut().and_then(Numbers::next_as);
        let mut data = Some(Strings::default());
        if let Some(column) = &mut self.data {
            let has_strings = event_id.is_some_and(|id| wanted.has_strings(id));
            self.bytes.clear();
            column.next(|bytes| {
                if has_strings {
                    self.bytes.extend_from_slice(&bytes.len().to_le_bytes());
                    self.bytes.extend_from_slice(bytes);
                }
            });
            data = self.strings.of(&self.bytes, || texts(&self.bytes));
        }
        check_schema(schema)?;
        let event = || {
            let (Some(log), Some(computer), Some(channel), Some(provider)) = names else {
                return Err("a name is no text");
            };
            let file_record_id = file_record_id.or(record_id).ok_or("it has no record_id")?;
            Ok(Event {
                log: LogName::new(log),
                chunk: ChunkIndex(chunk.unwrap_or_default()),
                record_id: RecordId(record_id.unwrap_or(file_record_id)),
                file_record_id: RecordId(file_record_id),
                time: time.ok_or("it has no time")?,
                computer,
                channel,
                provider,
                event_id: event_id.ok_or("it has no event_id")?,
                qualifiers,
                level,
                has_rendering_info: false,
                data: data.ok_or("a string is no text")?,
                data_names: Vec::new(),
            })
        };
        Ok(event())
    }
}

/// The texts that stand here, each behind its length; nothing where one is no text.
fn texts(mut bytes: &[u8]) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let (text, rest) = rest.split_at_checked(usize::from_le_bytes(*length))?;
        texts.push(std::str::from_utf8(text).ok()?.to_owned());
        bytes = rest;
    }
    Some(texts)
}

impl Fill for Events {
    fn fill(&mut self, rows: usize) -> Result<()> {
        self.time.fill(rows)?;
        for name in [
            &mut self.log,
            &mut self.computer,
            &mut self.channel,
            &mut self.provider,
        ] {
            name.column.fill(rows)?;
        }
        self.record_id.fill(rows)?;
        self.event_id.fill(rows)?;
        let maybe = [
            &mut self.schema,
            &mut self.chunk,
            &mut self.file_record_id,
            &mut self.qualifiers,
            &mut self.level,
        ];
        for column in maybe.into_iter().flatten() {
            column.fill(rows)?;
        }
        self.data.as_mut().map_or(Ok(()), |data| data.fill(rows))
    }
}
