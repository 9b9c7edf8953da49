//! A chunk's records to events, through the evtx crate: the only file that knows its types.
//!
//! The crate walks and checks each record of a folded copy of the chunk. The values of a record are taken by
//! their place where that is proven right for its pair of template definitions: once per chunk
//! and pair, both the places and the record's JSON are read and must agree. All other records go
//! through their JSON. A record that fails costs itself alone; a panic of the crate too.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use evtx::binxml::value_variant::BinXmlValue;
use evtx::err::EvtxError;
use evtx::{EvtxChunkData, EvtxRecord, ParserSettings, Utf16LeSlice};

use super::binxml::{Instance, SystemOutline};
use super::chunk::{Problem, Span};
use super::fold;
use super::json::{Fields, trim_data, trim_nuls};
use super::prefilter::Class;
use super::{ChunkIndex, DamageKind, Event, RecordId, Wanted};
use crate::input::LogName;

/// More names than any honest log has; then the interner begins anew.
const MAX_NAMES: usize = 4096;

/// One chunk to decode.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) log: &'a LogName,
    pub(super) index: ChunkIndex,
    pub(super) chunk: &'a [u8],
    pub(super) spans: &'a [Span],
    pub(super) classes: &'a [Class],
    pub(super) wanted: &'a Wanted,
}

impl Job<'_> {
    /// Whether a record that fails is to be told.
    fn is_told(&self, place: usize) -> bool {
        self.classes
            .get(place)
            .is_some_and(|class| *class != Class::Unwanted)
    }
}

/// What decoding gave.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) events: Vec<Event>,
    pub(super) problems: Vec<Problem>,
}

/// Buffers and settings for decoding one chunk after the other.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    settings: Arc<ParserSettings>,
    copy: Vec<u8>,
    names: HashSet<Arc<str>>,
}

impl Decoder {
    /// Decodes the records of a chunk at these places, in order.
    pub(super) fn decode(&mut self, job: Job<'_>, visible: &[usize], output: &mut Output) {
        if visible.is_empty() {
            return;
        }
        let Err(message) = self.pass(job, visible, output) else {
            return;
        };
        // Something made the crate give up on the chunk: then one record after the other, so that
        // only those are lost that cause it.
        let mut lost = 0_u64;
        for place in visible {
            if self.pass(job, &[*place], output).is_err() && job.is_told(*place) {
                lost = lost.saturating_add(1);
            }
        }
        if lost > 0 {
            output.problems.push(Problem {
                kind: DamageKind::Chunk { message },
                record_id: None,
                lost_records: Some(lost),
            });
        }
    }

    /// The computer of the last record that decodes.
    pub(super) fn last_computer(&mut self, chunk: &[u8], spans: &[Span]) -> Option<String> {
        // Nearly always the very last one does.
        (0..spans.len()).rev().take(16).find_map(|place| {
            let mut computer = None;
            let mut string_table = false;
            // A failure only means that the next one is tried.
            let _ = self.guarded(chunk, spans, &[place], &mut string_table, |_, record| {
                if let Ok(record) = record
                    && let Ok(json) = record.into_json_value()
                {
                    computer = Some(Fields::of(&json.data).computer);
                }
            });
            computer.filter(|name| !name.is_empty())
        })
    }

    /// Decodes some records; what came out of a pass that fails is dropped.
    fn pass(&mut self, job: Job<'_>, visible: &[usize], output: &mut Output) -> Result<(), String> {
        let mut names = std::mem::take(&mut self.names);
        if names.len() > MAX_NAMES {
            names.clear();
        }
        let mut reading = Reading {
            job,
            templates: Vec::new(),
            names,
            output: Output::default(),
        };
        let mut string_table_broken = false;
        let result = self.guarded(
            job.chunk,
            job.spans,
            visible,
            &mut string_table_broken,
            |place, record| reading.record(place, record),
        );
        self.names = reading.names;
        result?;
        if string_table_broken && visible.iter().any(|place| job.is_told(*place)) {
            output.problems.push(Problem::of(DamageKind::StringTable));
        }
        output.events.append(&mut reading.output.events);
        output.problems.append(&mut reading.output.problems);
        Ok(())
    }

    /// Hands the records at these places to `each`, as the crate reads them.
    ///
    /// `Err` where the crate fails on the whole chunk, or panics.
    fn guarded(
        &mut self,
        chunk: &[u8],
        spans: &[Span],
        visible: &[usize],
        string_table_broken: &mut bool,
        mut each: impl FnMut(usize, Result<EvtxRecord<'_>, String>),
    ) -> Result<(), String> {
        let mut copy = std::mem::take(&mut self.copy);
        fold::fold(chunk, spans, visible, &mut copy);
        let settings = &self.settings;
        let result = catch_unwind(AssertUnwindSafe(|| {
            let mut data = EvtxChunkData::new(copy, false).map_err(|error| error.to_string())?;
            let is_broken = data.parse(Arc::clone(settings)).is_err();
            if is_broken {
                *string_table_broken = true;
                let mut copy = data.data;
                fold::drop_string_table(&mut copy);
                data = EvtxChunkData::new(copy, false).map_err(|error| error.to_string())?;
            }
            let mut parsed = data
                .parse(Arc::clone(settings))
                .map_err(|error| error.to_string())?;
            for record in parsed.iter() {
                let (number, record) = match record {
                    Ok(record) => (record.event_record_id, Ok(record)),
                    Err(EvtxError::FailedToParseRecord { record_id, source }) => {
                        (record_id, Err(source.to_string()))
                    }
                    Err(error) => return Err(error.to_string()),
                };
                if number != fold::HEAD {
                    each(usize::try_from(number).unwrap_or(usize::MAX), record);
                }
            }
            drop(parsed);
            Ok(data.data)
        }));
        match result {
            Ok(Ok(copy)) => {
                self.copy = copy;
                Ok(())
            }
            Ok(Err(message)) => Err(message),
            Err(panic) => Err(panic_message(panic.as_ref())),
        }
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the decoder panicked: {}", text.unwrap_or("no message"))
}

/// Whether values of a pair of definitions may be taken by their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Holds,
    Fails,
}

/// What is known of a template definition in the chunk at hand.
struct Template {
    definition: usize,
    /// Where its system fields are, if its names are the same in all records.
    outline: Option<SystemOutline>,
    origin: Option<Origin>,
    /// By the definition of EventData within it.
    proofs: Vec<(usize, Proof)>,
}

/// The names that a template's records share.
#[derive(Clone)]
struct Origin {
    provider: Arc<str>,
    source: Arc<str>,
    channel: Arc<str>,
    computer: Arc<str>,
    has_rendering_info: bool,
}

/// Where EventData lies in a record of the classic shape.
struct Embedded {
    definition: usize,
    offset: u64,
    size: u32,
}

/// One pass over a chunk.
struct Reading<'a> {
    job: Job<'a>,
    templates: Vec<Template>,
    names: HashSet<Arc<str>>,
    output: Output,
}

impl Reading<'_> {
    fn record(&mut self, place: usize, record: Result<EvtxRecord<'_>, String>) {
        let Some(span) = self.job.spans.get(place).copied() else {
            return;
        };
        let result = record.and_then(|record| self.event(&span, record));
        match result {
            Ok(Some(event)) => self.output.events.push(event),
            Ok(None) => {}
            Err(message) if self.job.is_told(place) => self.output.problems.push(Problem {
                kind: DamageKind::Record { message },
                record_id: Some(RecordId(span.id)),
                lost_records: Some(1),
            }),
            Err(_) => {}
        }
    }

    /// The record's event, if it is wanted.
    fn event(&mut self, span: &Span, mut record: EvtxRecord<'_>) -> Result<Option<Event>, String> {
        let chunk = self.job.chunk;
        let Some((template, embedded)) = Instance::of_record(chunk, span)
            .and_then(|instance| Some((instance.definition, embedded(chunk, &instance)?)))
        else {
            let fields = slow(record)?;
            return self.finish(span, fields);
        };
        let place = self.template(template);
        let Some(known) = self.templates.get(place) else {
            return Ok(None);
        };
        let proof = known
            .proofs
            .iter()
            .find(|(definition, _)| *definition == embedded.definition)
            .map(|(_, proof)| *proof);
        let fast = match (&known.outline, proof) {
            (None, _) | (_, Some(Proof::Fails)) => None,
            (Some(outline), _) => fast(&mut record, outline, &embedded),
        };
        match (proof, fast) {
            (Some(Proof::Holds), Some(fields)) => {
                let origin = known.origin.clone();
                Ok(origin.and_then(|origin| self.wanted(span, fields, &origin)))
            }
            (None, Some(fast)) => {
                let fields = slow(record)?;
                // Records without strings prove nothing.
                if fields.data.iter().any(|text| !text.is_empty()) {
                    let proof = if agree(&fast, &fields) {
                        Proof::Holds
                    } else {
                        Proof::Fails
                    };
                    let origin = self.origin(&fields);
                    if let Some(known) = self.templates.get_mut(place) {
                        known.proofs.push((embedded.definition, proof));
                        known.origin = Some(origin);
                    }
                }
                self.finish(span, fields)
            }
            _ => {
                let fields = slow(record)?;
                self.finish(span, fields)
            }
        }
    }

    fn template(&mut self, definition: usize) -> usize {
        let known = self
            .templates
            .iter()
            .position(|known| known.definition == definition);
        known.unwrap_or_else(|| {
            self.templates.push(Template {
                definition,
                outline: SystemOutline::of_definition(self.job.chunk, definition)
                    .filter(SystemOutline::has_fixed_names),
                origin: None,
                proofs: Vec::new(),
            });
            self.templates.len().saturating_sub(1)
        })
    }

    fn origin(&mut self, fields: &Fields) -> Origin {
        Origin {
            provider: self.name(&fields.provider),
            source: self.name(&fields.source),
            channel: self.name(&fields.channel),
            computer: self.name(&fields.computer),
            has_rendering_info: fields.has_rendering_info,
        }
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.names.insert(Arc::clone(&name));
        name
    }

    fn finish(&mut self, span: &Span, fields: Fields) -> Result<Option<Event>, String> {
        let origin = self.origin(&fields);
        if fields.event_id.is_none()
            && self
                .job
                .wanted
                .has_origin(&origin.provider, &origin.source, &origin.channel)
        {
            return Err("the event has no id".to_owned());
        }
        Ok(self.wanted(span, fields, &origin))
    }

    /// The event of these fields, if it is wanted after all.
    fn wanted(&self, span: &Span, fields: Fields, origin: &Origin) -> Option<Event> {
        let event_id = fields.event_id?;
        let Origin {
            provider,
            source,
            channel,
            computer,
            has_rendering_info,
        } = origin;
        if !self
            .job
            .wanted
            .has_event(provider, source, channel, event_id)
        {
            return None;
        }
        let time = fields.time.or_else(|| time_of(span.filetime));
        Some(Event {
            log: self.job.log.clone(),
            chunk: self.job.index,
            record_id: RecordId(fields.record_id.unwrap_or(span.id)),
            file_record_id: RecordId(span.id),
            time: time.unwrap_or(DateTime::UNIX_EPOCH),
            computer: Arc::clone(computer),
            channel: Arc::clone(channel),
            provider: Arc::clone(if provider.is_empty() {
                source
            } else {
                provider
            }),
            event_id,
            qualifiers: fields.qualifiers,
            level: fields.level,
            has_rendering_info: *has_rendering_info,
            data: fields.data,
            data_names: fields.data_names,
        })
    }
}

/// Reads a record through its JSON.
fn slow(record: EvtxRecord<'_>) -> Result<Fields, String> {
    match record.into_json_value() {
        Ok(json) => Ok(Fields::of(&json.data)),
        Err(EvtxError::FailedToParseRecord { source, .. }) => Err(source.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether both ways read the same; the names are the slow way's in any case.
fn agree(fast: &Fields, slow: &Fields) -> bool {
    fast.event_id == slow.event_id
        && fast.qualifiers == slow.qualifiers
        && fast.level == slow.level
        && fast.record_id == slow.record_id
        && fast.time == slow.time
        && fast.data == slow.data
        && slow.data_names.is_empty()
}

/// The embedded EventData of an instance, if it is a template instance and nothing more.
fn embedded(chunk: &[u8], instance: &Instance) -> Option<Embedded> {
    let value = instance.embedded(chunk)?;
    let end = value.start.checked_add(value.bytes.len())?;
    let inner = Instance::parse(chunk, value.start, end)?;
    let rest = chunk.get(inner.end(chunk)?..end)?;
    matches!(rest, [] | [0, ..]).then_some(Embedded {
        definition: inner.definition,
        offset: u64::try_from(value.start).ok()?,
        size: u32::try_from(value.bytes.len()).ok()?,
    })
}

/// Reads a record's values by their place, names left out; `None` where they are not what
/// belongs there.
fn fast(
    record: &mut EvtxRecord<'_>,
    outline: &SystemOutline,
    embedded: &Embedded,
) -> Option<Fields> {
    let instances = record.template_instances().ok()?;
    let [outer] = instances.as_slice() else {
        return None;
    };
    let value = |index: Option<u16>| outer.values.get(usize::from(index?));
    let event_id = match value(outline.event_id.value())? {
        BinXmlValue::UInt16Type(id) => Some(*id),
        _ => return None,
    };
    let qualifiers = match value(outline.qualifiers.value()) {
        Some(BinXmlValue::UInt16Type(qualifiers)) => Some(*qualifiers),
        Some(BinXmlValue::NullType) | None => None,
        Some(_) => return None,
    };
    let level = match value(outline.level.value())? {
        BinXmlValue::UInt8Type(level) => Some(*level),
        _ => return None,
    };
    let record_id = match value(outline.record_id.value())? {
        BinXmlValue::UInt64Type(id) => Some(*id),
        _ => return None,
    };
    let time = match value(outline.time.value())? {
        BinXmlValue::FileTimeType(time) => Some(time_of(time.0)?),
        _ => return None,
    };
    // The crate reads the values of whatever stream the record is said to be; its JSON does not
    // depend on it.
    record.binxml_offset = embedded.offset;
    record.binxml_size = embedded.size;
    let instances = record.template_instances().ok()?;
    let [inner] = instances.as_slice() else {
        return None;
    };
    let mut data = match inner.values.as_slice() {
        [BinXmlValue::StringArrayType(texts), _binary] => texts.iter().map(text).collect(),
        [BinXmlValue::StringType(only), _binary] => vec![text(only)],
        [BinXmlValue::NullType, _binary] => Vec::new(),
        _ => return None,
    };
    trim_data(&mut data, &mut Vec::new());
    Some(Fields {
        event_id,
        qualifiers,
        level,
        record_id,
        time,
        data,
        ..Fields::default()
    })
}

fn text(slice: &Utf16LeSlice<'_>) -> String {
    trim_nuls(slice.to_string().unwrap_or_else(|_| {
        let units: Vec<u16> = slice
            .as_bytes()
            .as_chunks::<2>()
            .0
            .iter()
            .map(|unit| u16::from_le_bytes(*unit))
            .collect();
        String::from_utf16_lossy(&units)
    }))
}

/// The time that a count of 100 ns since 1601 stands for.
pub(super) fn time_of(filetime: u64) -> Option<DateTime<Utc>> {
    let seconds = i64::try_from(filetime / 10_000_000)
        .ok()?
        .checked_sub(11_644_473_600)?;
    let nanos = u32::try_from((filetime % 10_000_000).checked_mul(100)?).ok()?;
    DateTime::from_timestamp(seconds, nanos)
}
