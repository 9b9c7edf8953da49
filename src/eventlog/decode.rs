//! A chunk's records to events, through the evtx crate: the only file that knows its types.
//!
//! Records of a shape that is proven are read by the place of their values (`classic`). All
//! others go through the crate, which walks a folded copy of the chunk and gives each record as
//! JSON. A record that fails costs itself alone; a panic of the crate too.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::DateTime;
use evtx::err::EvtxError;
use evtx::{EvtxChunkData, EvtxRecord, ParserSettings};

use super::chunk::{Problem, Span};
use super::classic::{Classic, Origin, time_of};
use super::fold;
use super::interner::Interner;
use super::json::Fields;
use super::plain::Plain;
use super::prefilter::{Class, Prefilter};
use super::strings::Strings;
use super::{ChunkIndex, DamageKind, Event, RecordId, Wanted};
use crate::input::LogName;

/// One chunk to decode.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) log: &'a LogName,
    pub(super) index: ChunkIndex,
    pub(super) chunk: &'a [u8],
    pub(super) spans: &'a [Span],
    pub(super) prefilter: &'a Prefilter,
    pub(super) wanted: &'a Wanted,
}

impl Job<'_> {
    /// Whether a record that fails is to be told.
    fn is_told(&self, place: usize) -> bool {
        self.prefilter
            .classes()
            .get(place)
            .is_some_and(|class| *class != Class::Unwanted)
    }
}

/// What decoding gave.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// With the place of each one's record among those of the chunk.
    pub(super) events: Vec<(usize, Event)>,
    pub(super) problems: Vec<Problem>,
}

impl Output {
    /// The look at the chunk may have told it already.
    fn tell_string_table(&mut self) {
        let problem = Problem::of(DamageKind::StringTable);
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Buffers and settings for decoding one chunk after the other.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    settings: Arc<ParserSettings>,
    copy: Vec<u8>,
    names: Interner,
    classic: Classic,
    plain: Plain,
}

impl Decoder {
    /// Decodes the records of a chunk at these places; the events come out in order.
    ///
    /// With `by_place`, records of a proven shape are read by the place of their values; without
    /// it, all through the crate.
    pub(super) fn decode(
        &mut self,
        job: Job<'_>,
        visible: &mut Vec<usize>,
        by_place: bool,
        output: &mut Output,
    ) {
        if by_place {
            self.classic.begin_chunk();
            self.plain.begin_chunk();
            visible.retain(|place| {
                let Some(span) = job.spans.get(*place) else {
                    return false;
                };
                let event = match self.by_place(&job, *place, span) {
                    Some(event) => event,
                    None => return true,
                };
                output.events.extend(event.map(|event| (*place, event)));
                false
            });
        }
        if visible.is_empty() {
            return;
        }
        let problems = output.problems.len();
        self.through_crate(job, visible, by_place, output);
        if visible.len() < job.spans.len() && output.problems.len() > problems {
            // Where a record is broken the crate may read on into what was folded behind it, and
            // say or find something else than where all records stand: then nothing is folded.
            output.problems.truncate(problems);
            output.events.clear();
            visible.clear();
            visible.extend(0..job.spans.len());
            self.through_crate(job, visible, false, output);
        }
        output.events.sort_by_key(|(place, _)| *place);
    }

    /// Decodes the records at these places in one pass, or one by one where the crate gives up.
    fn through_crate(
        &mut self,
        job: Job<'_>,
        visible: &[usize],
        learns: bool,
        output: &mut Output,
    ) {
        if let Err(message) = self.pass(job, visible, learns, output) {
            self.one_by_one(job, visible, learns, message, output);
        }
    }

    /// A record of a proven shape, without the crate: its event, if it is wanted after all.
    fn by_place(&mut self, job: &Job<'_>, place: usize, span: &Span) -> Option<Option<Event>> {
        let (chunk, wanted) = (job.chunk, job.wanted);
        if let Some(head) = job.prefilter.head(place) {
            let names = &mut self.names;
            let (fields, origin) = self.plain.read(chunk, span, head, wanted, names)?;
            return Some(wanted_event(job, span, fields, &origin));
        }
        let read = self
            .classic
            .read(chunk, span, job.prefilter, wanted, &mut self.names)?;
        if !read.is_wanted && !is_wanted(job, &read.fields, read.origin) {
            return Some(None);
        }
        let strings = Some(read.strings);
        Some(event(job, span, read.fields, strings, read.origin))
    }

    /// Something made the crate give up on the chunk: one record after the other, only those are
    /// lost that cause it.
    fn one_by_one(
        &mut self,
        job: Job<'_>,
        visible: &[usize],
        learns: bool,
        message: String,
        output: &mut Output,
    ) {
        let mut lost = 0_u64;
        for place in visible {
            if self.pass(job, &[*place], learns, output).is_err() && job.is_told(*place) {
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

    /// Decodes some records through the crate; what came out of a pass that fails is dropped.
    fn pass(
        &mut self,
        job: Job<'_>,
        visible: &[usize],
        learns: bool,
        output: &mut Output,
    ) -> Result<(), String> {
        let mut names = std::mem::take(&mut self.names);
        let mut proofs = (
            std::mem::take(&mut self.classic),
            std::mem::take(&mut self.plain),
        );
        let mut reading = Reading {
            job,
            proofs: learns.then_some(&mut proofs),
            names: &mut names,
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
        let mut found = reading.output;
        self.names = names;
        (self.classic, self.plain) = proofs;
        result?;
        if string_table_broken && visible.iter().any(|place| job.is_told(*place)) {
            output.tell_string_table();
        }
        output.events.append(&mut found.events);
        output.problems.append(&mut found.problems);
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
            let mut data = EvtxChunkData::new(copy, false).map_err(|error| innermost(&error))?;
            let is_broken = data.parse(Arc::clone(settings)).is_err();
            if is_broken {
                *string_table_broken = true;
                let mut copy = data.data;
                fold::drop_string_table(&mut copy);
                data = EvtxChunkData::new(copy, false).map_err(|error| innermost(&error))?;
            }
            let mut parsed = data
                .parse(Arc::clone(settings))
                .map_err(|error| innermost(&error))?;
            for record in parsed.iter() {
                let (number, record) = match record {
                    Ok(record) => (record.event_record_id, Ok(record)),
                    Err(EvtxError::FailedToParseRecord { record_id, source }) => {
                        (record_id, Err(innermost(&source)))
                    }
                    Err(error) => return Err(innermost(&error)),
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

/// What an error comes down to; what is around it says no more than that something failed.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the decoder panicked: {}", text.unwrap_or("no message"))
}

/// One pass over a chunk.
struct Reading<'a> {
    job: Job<'a>,
    proofs: Option<&'a mut (Classic, Plain)>,
    names: &'a mut Interner,
    output: Output,
}

impl Reading<'_> {
    fn record(&mut self, place: usize, record: Result<EvtxRecord<'_>, String>) {
        let Some(span) = self.job.spans.get(place) else {
            return;
        };
        match record.and_then(|record| self.event(span, record)) {
            Ok(event) => self.output.events.extend(event.map(|event| (place, event))),
            Err(message) if self.job.is_told(place) => self.output.problems.push(Problem {
                kind: DamageKind::Record { message },
                record_id: Some(RecordId(span.id)),
                lost_records: Some(1),
            }),
            Err(_) => {}
        }
    }

    /// The record's event, if it is wanted.
    fn event(&mut self, span: &Span, record: EvtxRecord<'_>) -> Result<Option<Event>, String> {
        let fields = by_crate(record)?;
        let names = &mut *self.names;
        if let Some((classic, plain)) = &mut self.proofs {
            plain.learn(self.job.chunk, span, &fields);
            let Job {
                chunk,
                prefilter,
                wanted,
                ..
            } = self.job;
            classic.learn(chunk, span, prefilter, &fields, wanted, names);
        }
        let origin = origin(names, &fields);
        if fields.event_id.is_none()
            && self
                .job
                .wanted
                .has_origin(&origin.provider, &origin.source, &origin.channel)
        {
            return Err("the event has no id".to_owned());
        }
        Ok(wanted_event(&self.job, span, fields, &origin))
    }
}

fn origin(names: &mut Interner, fields: &Fields) -> Origin {
    Origin {
        provider: names.of(&fields.provider),
        source: names.of(&fields.source),
        channel: names.of(&fields.channel),
        computer: names.of(&fields.computer),
        has_rendering_info: fields.has_rendering_info,
    }
}

/// Whether a record is wanted after all.
fn is_wanted(job: &Job<'_>, fields: &Fields, origin: &Origin) -> bool {
    let names = (&origin.provider, &origin.source, &origin.channel);
    fields
        .event_id
        .is_some_and(|id| job.wanted.has_event(names.0, names.1, names.2, id))
}

/// The event of these fields, if it is wanted after all.
fn wanted_event(job: &Job<'_>, span: &Span, fields: Fields, origin: &Origin) -> Option<Event> {
    match is_wanted(job, &fields, origin) {
        true => event(job, span, fields, None, origin),
        false => None,
    }
}

/// The event of these fields. Strings that are not at hand are among the fields.
fn event(
    job: &Job<'_>,
    span: &Span,
    fields: Fields,
    strings: Option<Strings>,
    origin: &Origin,
) -> Option<Event> {
    let event_id = fields.event_id?;
    let Origin {
        provider,
        source,
        channel,
        computer,
        has_rendering_info,
    } = origin;
    let time = fields.time.or_else(|| time_of(span.filetime));
    let (data, data_names) = match (strings, job.wanted.has_strings(event_id)) {
        (Some(strings), _) => (strings, Vec::new()),
        (None, true) => (fields.data.into(), fields.data_names),
        (None, false) => (Strings::default(), Vec::new()),
    };
    Some(Event {
        log: job.log.clone(),
        chunk: job.index,
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
        data,
        data_names,
    })
}

/// Reads a record through its JSON.
fn by_crate(record: EvtxRecord<'_>) -> Result<Fields, String> {
    match record.into_json_value() {
        Ok(json) => Ok(Fields::of(&json.data)),
        Err(error) => Err(innermost(&error)),
    }
}
