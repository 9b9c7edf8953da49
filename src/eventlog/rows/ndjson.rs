//! Rows from NDJSON: one JSON object a line, as `events -f ndjson` writes them.
//!
//! A line that is no row is counted and told, and the rest goes on: files of rows are cut, joined
//! and filtered by other programs on their way.

use std::borrow::Cow;
use std::io::BufRead;

use serde::Deserialize;

use super::names::Names;
use super::told::{self, ToldDamage, ToldInput, ToldNote};
use super::{BadRows, ROW_SCHEMA, RowItem, RowsError, parse_time};
use crate::eventlog::{ChunkIndex, Event, RecordId, Wanted};
use crate::input::LogName;

/// No row is this long; without a bound, a file without line ends would be held whole.
const MAX_LINE_BYTES: usize = 64 << 20;

/// A text of a line, borrowed from it where no escape stands in it.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A line, whatever its row is.
#[derive(Debug, Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    row: Text<'a>,
    schema: Option<u64>,
    #[serde(borrow)]
    log: Option<Text<'a>>,
    // Of events.
    #[serde(borrow)]
    time: Option<Text<'a>>,
    #[serde(borrow)]
    computer: Option<Text<'a>>,
    #[serde(borrow)]
    channel: Option<Text<'a>>,
    chunk: Option<u32>,
    record_id: Option<u64>,
    file_record_id: Option<u64>,
    #[serde(borrow)]
    provider: Option<Text<'a>>,
    event_id: Option<u16>,
    qualifiers: Option<u16>,
    level: Option<u8>,
    #[serde(borrow, default)]
    data: Vec<Text<'a>>,
    // Of inputs.
    #[serde(default)]
    bytes: u64,
    #[serde(default)]
    chunks: u64,
    #[serde(default)]
    chunks_decoded: u64,
    #[serde(default)]
    records: u64,
    #[serde(default)]
    activation_events: u64,
    #[serde(borrow)]
    first: Option<Text<'a>>,
    #[serde(borrow)]
    last: Option<Text<'a>>,
    #[serde(borrow)]
    last_by_id: Option<Text<'a>>,
    #[serde(default)]
    computers: Vec<String>,
    #[serde(default)]
    rendering_info: bool,
    #[serde(default)]
    damage: Vec<ToldDamage>,
    #[serde(default)]
    notes: Vec<ToldNote>,
    first_id: Option<u64>,
    last_id: Option<u64>,
    lacks_records: Option<bool>,
    #[serde(default)]
    filters: Vec<String>,
    #[serde(default)]
    redacted: bool,
    // Of skipped inputs.
    #[serde(borrow)]
    path: Option<Text<'a>>,
    #[serde(borrow)]
    reason: Option<Text<'a>>,
}

/// Reads rows of events, and hands what each gives to `sink`. Events whose strings are not wanted
/// come without them, as from a log.
///
/// # Errors
/// Where the file cannot be read, or a newer program wrote it. Lines that are no rows are damage,
/// handed out at the end as one.
pub fn read_ndjson(
    name: &LogName,
    reader: &mut dyn BufRead,
    wanted: &Wanted,
    sink: &mut dyn FnMut(RowItem),
) -> Result<(), RowsError> {
    let mut lines = Lines {
        wanted,
        names: EventNames::default(),
        bad: BadRows::default(),
        number: 0,
    };
    let mut line = Vec::new();
    let result = loop {
        line.clear();
        match read_line(reader, &mut line) {
            Ok(ReadLine::End) => break Ok(()),
            Ok(ReadLine::Whole) => {
                if lines.number == 0
                    && (line.starts_with(b"\xFF\xFE") || line.starts_with(b"\xFE\xFF"))
                {
                    break Err(RowsError::Utf16 { name: name.clone() });
                }
                if let Err(schema) = lines.line(&line, sink) {
                    break Err(RowsError::Newer {
                        name: name.clone(),
                        schema,
                    });
                }
            }
            Ok(ReadLine::TooLong) => lines.bad_line("the line is longer than any row"),
            Err(source) => {
                break Err(RowsError::Read {
                    name: name.clone(),
                    source,
                });
            }
        }
    };
    lines.bad.tell(name, sink);
    result
}

enum ReadLine {
    Whole,
    TooLong,
    End,
}

/// Reads up to the end of a line; of one that is too long, nothing is kept.
fn read_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> std::io::Result<ReadLine> {
    let mut is_too_long = false;
    let mut is_empty = true;
    loop {
        let available = match reader.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if available.is_empty() {
            break;
        }
        is_empty = false;
        let end = memchr::memchr(b'\n', available);
        let part = available
            .get(..end.unwrap_or(available.len()))
            .unwrap_or_default();
        if line.len().saturating_add(part.len()) > MAX_LINE_BYTES {
            is_too_long = true;
            line.clear();
        } else if !is_too_long {
            line.extend_from_slice(part);
        }
        let used = part.len().saturating_add(usize::from(end.is_some()));
        reader.consume(used);
        if end.is_some() {
            break;
        }
    }
    Ok(match (is_empty, is_too_long) {
        (true, _) => ReadLine::End,
        (_, true) => ReadLine::TooLong,
        _ => ReadLine::Whole,
    })
}

/// The names that events share.
#[derive(Debug, Default)]
struct EventNames {
    logs: Names,
    computers: Names,
    channels: Names,
    providers: Names,
}

struct Lines<'w> {
    wanted: &'w Wanted,
    names: EventNames,
    bad: BadRows,
    number: u64,
}

impl Lines<'_> {
    fn bad_line(&mut self, message: &str) {
        self.number = self.number.saturating_add(1);
        self.bad.add(self.number, 1, || message.to_owned());
    }

    /// Reads one line; the version is returned where it is too high.
    fn line(&mut self, line: &[u8], sink: &mut dyn FnMut(RowItem)) -> Result<(), u64> {
        self.number = self.number.saturating_add(1);
        let line = match self.number {
            1 => line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line),
            _ => line,
        };
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        match serde_json::from_slice::<Line<'_>>(line) {
            Ok(Line {
                schema: Some(schema),
                ..
            }) if schema > u64::from(ROW_SCHEMA) => Err(schema),
            Ok(line) => {
                match self.item(line) {
                    Ok(item) => sink(item),
                    Err(message) => self.bad.add(self.number, 1, || message.to_owned()),
                }
                Ok(())
            }
            // What a newer program wrote may have another shape.
            Err(error) => match serde_json::from_slice::<SchemaOnly>(line) {
                Ok(SchemaOnly { schema }) if schema > u64::from(ROW_SCHEMA) => Err(schema),
                _ => {
                    self.bad.add(self.number, 1, || error.to_string());
                    Ok(())
                }
            },
        }
    }

    fn item(&mut self, line: Line<'_>) -> Result<RowItem, &'static str> {
        match &*line.row.0 {
            "event" => self.event(line).map(RowItem::Event),
            "input" => {
                let time = |text: Option<Text<'_>>| text.and_then(|text| parse_time(&text.0));
                let log = line.log.ok_or("it names no log")?;
                Ok(ToldInput {
                    log: &log.0,
                    bytes: line.bytes,
                    chunks: line.chunks,
                    chunks_decoded: line.chunks_decoded,
                    records: line.records,
                    activation_events: line.activation_events,
                    first: time(line.first),
                    last: time(line.last),
                    last_by_id: time(line.last_by_id),
                    computers: line.computers,
                    rendering_info: line.rendering_info,
                    damage: line.damage,
                    notes: line.notes,
                    first_id: line.first_id,
                    last_id: line.last_id,
                    lacks_records: line.lacks_records,
                    filters: line.filters,
                    redacted: line.redacted,
                }
                .item())
            }
            "skipped" => {
                let path = line.path.ok_or("it names no path")?;
                let reason = line.reason.unwrap_or_default();
                Ok(told::skipped(&path.0, &reason.0))
            }
            _ => Err("it is a row of no kind that is known"),
        }
    }

    fn event(&mut self, line: Line<'_>) -> Result<Event, &'static str> {
        let names = &mut self.names;
        let event_id = line.event_id.ok_or("it has no event_id")?;
        let time = line.time.ok_or("it has no time")?;
        let file_record_id = line
            .file_record_id
            .or(line.record_id)
            .ok_or("it has no record_id")?;
        let data = match self.wanted.has_strings(event_id) {
            true => line
                .data
                .into_iter()
                .map(|text| text.0.into_owned())
                .collect(),
            false => Vec::new(),
        };
        let name =
            |names: &mut Names, text: Option<Text<'_>>| names.get(&text.unwrap_or_default().0);
        Ok(Event {
            log: LogName::new(names.logs.get(&line.log.ok_or("it names no log")?.0)),
            chunk: ChunkIndex(line.chunk.unwrap_or_default()),
            record_id: RecordId(line.record_id.unwrap_or(file_record_id)),
            file_record_id: RecordId(file_record_id),
            time: parse_time(&time.0).ok_or("its time is none")?,
            computer: name(&mut names.computers, line.computer),
            channel: name(&mut names.channels, line.channel),
            provider: name(&mut names.providers, line.provider),
            event_id,
            qualifiers: line.qualifiers,
            level: line.level,
            has_rendering_info: false,
            data: data.into(),
            data_names: Vec::new(),
        })
    }
}

/// Of a line that is no row of ours, its version.
#[derive(Deserialize)]
struct SchemaOnly {
    schema: u64,
}
