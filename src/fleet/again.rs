//! Reads inputs once more, or once and for all, and hands out each activation event, and each record
//! beside them that is told, as it stands in its log: for those who want rows, and no diagnosis. One thread, so that the order is the inputs'.

use std::collections::BTreeSet;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;

use super::forward;
use super::scan::ScanOptions;
use super::watch::{UntilStopped, Watch};
use crate::eventlog::rows::{self, RowItem, RowsError};
use crate::eventlog::{self, Event, LogCounts, RunCounts, Scratch, Wanted};
use crate::input::{ContentKind, LogName, RowSource, SkipReason, Skipped, Source};
use crate::spp::{self, SppEvent};

/// What is handed out.
#[derive(Debug)]
#[non_exhaustive]
pub enum Seen<'a> {
    /// An activation event, or a record beside them that is told.
    Event(&'a SppEvent),
    /// A log that was read to its end; its events came before.
    Log {
        /// Its name.
        name: LogName,
        /// What was seen of it.
        counts: Box<LogCounts>,
        /// How many activation events were found in it.
        activation_events: u64,
        /// Their computers; without any, that of the log's last record.
        computers: Vec<String>,
    },
    /// An input that was not read, or not to its end.
    Skipped(Skipped),
}

/// Reads every source, sorted by name, and hands out what it holds; the members of an archive come in
/// the archive's order.
///
/// # Errors
/// What `see` returns ends the reading and is returned.
pub fn each_event(
    mut sources: Vec<Source>,
    options: &ScanOptions,
    see: &mut dyn FnMut(Seen<'_>) -> io::Result<()>,
) -> io::Result<()> {
    sources.sort_by(|a, b| a.name().cmp(b.name()));
    let mut reading = Reading {
        options,
        wanted: spp::wanted(),
        scratch: Scratch::new(),
        see,
        result: Ok(()),
    };
    for source in sources {
        if reading.is_stopped() {
            reading.skip(source.name(), SkipReason::NotReached);
        } else {
            reading.source(&source);
        }
        if reading.result.is_err() {
            break;
        }
    }
    reading.result
}

struct Reading<'a> {
    options: &'a ScanOptions,
    wanted: Wanted,
    scratch: Scratch,
    see: &'a mut dyn FnMut(Seen<'_>) -> io::Result<()>,
    result: io::Result<()>,
}

/// What came of one log so far.
#[derive(Default)]
struct Told {
    events: u64,
    computers: BTreeSet<String>,
    /// Computers of records beside activation events.
    computers_beside: BTreeSet<String>,
}

impl Told {
    fn take(
        &mut self,
        event: Event,
        see: &mut dyn FnMut(Seen<'_>) -> io::Result<()>,
        result: &mut io::Result<()>,
    ) {
        let event = spp::parse(event);
        if result.is_err() {
            return;
        }
        let is_activation = event.is_activation_event();
        let computers = if is_activation {
            &mut self.computers
        } else {
            &mut self.computers_beside
        };
        if !computers.contains(&*event.computer) {
            computers.insert(event.computer.to_string());
        }
        self.events += u64::from(is_activation);
        if is_activation || event.is_told_aside() {
            *result = see(Seen::Event(&event));
        }
    }
}

impl Reading<'_> {
    fn is_stopped(&self) -> bool {
        let watch = self.options.watch.as_deref();
        watch.is_some_and(Watch::is_stopped)
    }

    fn tell(&mut self, seen: Seen<'_>) {
        if self.result.is_ok() {
            self.result = (self.see)(seen);
        }
    }

    fn skip(&mut self, name: &LogName, reason: SkipReason) {
        self.tell(Seen::Skipped(Skipped {
            path: name.clone(),
            reason,
        }));
    }

    fn tell_log(&mut self, name: &LogName, counts: LogCounts, told: Told) {
        let mut computers = told.computers;
        computers.extend(counts.computer_of_last.clone());
        if computers.is_empty() {
            computers = told.computers_beside;
        }
        self.tell(Seen::Log {
            name: name.clone(),
            counts: Box::new(counts),
            activation_events: told.events,
            computers: computers.into_iter().collect(),
        });
    }

    fn source(&mut self, source: &Source) {
        match source {
            Source::Log(log) => {
                let mut told = Told::default();
                let (see, result) = (&mut *self.see, &mut self.result);
                let read = eventlog::read_log(
                    log,
                    &self.wanted,
                    &self.options.read,
                    &mut self.scratch,
                    &mut |event| told.take(event, see, result),
                );
                match read {
                    Ok(counts) => self.tell_log(log.name(), counts, told),
                    Err(error) => self.skip(log.name(), SkipReason::of_open_error(&error)),
                }
            }
            Source::Stream(stream) => match stream.open(None) {
                Ok(mut reader) => self.forward(stream.name(), stream.kind(), &mut *reader),
                Err(error) => self.skip(stream.name(), SkipReason::of_open_error(&error)),
            },
            Source::Sequence(sequence) => {
                let mut is_cut = false;
                let walked = sequence.walk(None, &mut |member| {
                    is_cut = self.is_stopped();
                    if is_cut {
                        return ControlFlow::Break(());
                    }
                    self.forward(&member.name, member.kind, member.reader);
                    if self.result.is_err() {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                });
                match walked {
                    Ok(skipped) => skipped
                        .into_iter()
                        .for_each(|skipped| self.tell(Seen::Skipped(skipped))),
                    Err(error) => self.skip(sequence.name(), SkipReason::of_open_error(&error)),
                }
                if is_cut {
                    self.skip(sequence.name(), SkipReason::NotToTheEnd);
                }
            }
            Source::Rows(rows) => self.rows(rows),
        }
    }

    fn forward(&mut self, name: &LogName, kind: ContentKind, reader: &mut dyn Read) {
        let reader = &mut UntilStopped {
            reader,
            watch: self.options.watch.as_deref(),
        };
        match kind {
            ContentKind::NdjsonRows => self.row_items(name, |wanted, sink| {
                rows::read_ndjson(name, &mut BufReader::new(reader), wanted, sink)
            }),
            ContentKind::ParquetRows => self.skip(name, SkipReason::RowsPacked),
            _ => self.log(name, reader),
        }
    }

    fn log(&mut self, name: &LogName, reader: &mut dyn Read) {
        let mut told = Told::default();
        let mut counts = RunCounts::default();
        let mut newest: Option<(eventlog::RecordId, Vec<u8>)> = None;
        let end = forward::blocks(reader, &mut Vec::new, &mut |block| {
            let (see, result) = (&mut *self.see, &mut self.result);
            let read = eventlog::read_chunks(
                name,
                &block.bytes,
                block.first,
                &self.wanted,
                &self.options.read,
                &mut self.scratch,
                &mut |event| told.take(event, see, result),
            );
            if let Some((record, chunk)) = block.newest(&read)
                && newest.as_ref().is_none_or(|(before, _)| *before < record)
            {
                newest = Some((record, chunk.to_vec()));
            }
            counts.merge(read);
            self.result.is_ok()
        });
        if let Some(error) = &end.error {
            self.skip(name, SkipReason::of_read_error(error));
            if counts.is_empty() {
                return;
            }
        }
        let newest = newest.as_ref().map(|(_, chunk)| chunk.as_slice());
        let mut counts =
            eventlog::finish_forward(name, end.len, &end.head, newest, counts, &mut self.scratch);
        if end.error.is_some() {
            counts.notes.clear();
            counts.lacks_records = true;
        }
        self.tell_log(name, counts, told);
    }

    fn rows(&mut self, source: &RowSource) {
        match source.kind() {
            #[cfg(feature = "parquet")]
            ContentKind::ParquetRows => self.row_items(source.name(), |wanted, sink| {
                rows::read_parquet(source.bytes(), wanted, sink)
            }),
            #[cfg(not(feature = "parquet"))]
            ContentKind::ParquetRows => self.skip(source.name(), SkipReason::NoParquet),
            _ => match source.open_forward() {
                Ok(mut reader) => {
                    let reader = UntilStopped {
                        reader: &mut reader,
                        watch: self.options.watch.as_deref(),
                    };
                    let mut reader = BufReader::with_capacity(256 * 1024, reader);
                    self.row_items(source.name(), |wanted, sink| {
                        rows::read_ndjson(source.name(), &mut reader, wanted, sink)
                    });
                }
                Err(error) => self.skip(source.name(), SkipReason::of_open_error(&error)),
            },
        }
    }

    fn row_items(
        &mut self,
        name: &LogName,
        read: impl FnOnce(&Wanted, &mut dyn FnMut(RowItem)) -> Result<(), RowsError>,
    ) {
        let mut told = Told::default();
        let mut others = Vec::new();
        let (see, result) = (&mut *self.see, &mut self.result);
        let read = read(&self.wanted, &mut |item| match item {
            RowItem::Event(event) => told.take(event, see, result),
            other => others.push(other),
        });
        for item in others {
            match item {
                RowItem::Input(input) => self.tell(Seen::Log {
                    name: input.name,
                    counts: Box::new(input.counts),
                    activation_events: input.activation_events,
                    computers: input.computers,
                }),
                RowItem::Skipped(skipped) => self.tell(Seen::Skipped(skipped)),
                RowItem::Event(_) => {}
            }
        }
        if let Err(error) = read {
            self.skip(name, super::row_files::reason(&error));
        }
    }
}
