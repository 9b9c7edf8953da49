//! A recipe's events: one line each, with directives between them.
//!
//! ```text
//! # a comment
//! @computer PC-0042.contoso.com        the name from here on
//! @channel Key Management Service      the channel from here on
//! @provider office                     who writes lines that name nobody; `default` ends it
//! @writer collector rendered           plain texts, with RenderingInfo; `windows` ends it
//! @skip-ids 5                          numbers left out
//! @record-ids 4711                     the next EventRecordID (a collector: of this computer)
//! @new-chunk                           the next record begins a chunk
//! @repeat 4 every 7d                   the lines up to @end, so often, shifted (m, h, d)
//! 2026-03-02 08:00:11.120 900 TriggerStarted:6
//! 2026-03-02 08:00:12.900 8198[pid=4092] hr=0xC004F074 | RuleId=...;Action=AutoActivate
//! 2026-03-02 08:00:12.900 msi/1040 C:\setup.msi | 5120
//! 2026-03-02 08:00:00.000 start $line_unlicensed{1,$W10ENT}    the events of a service's start
//! 2026-03-02 08:00:40.000 stop 1440                            ... and of its end
//! ```
//!
//! Strings are separated by ` | `. Provider, level and qualifiers follow from the id; `[level=3]`
//! and the like override them (pid, level, qualifiers, binary as a number of bytes).

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};

use super::usual::{KnownProvider, Style, provider};
use super::words::Words;
use super::{Generation, Recipe};
use crate::evtx::{FileTime, Log, LogOptions, Record, Rendering, Shape};

/// Events that always come together: milliseconds from the first, id, strings (none where empty).
/// The gaps are those of real logs.
type Scene = &'static [(u64, &'static str, &'static str)];

fn scene(name: &str, generation: Generation) -> Option<Scene> {
    match (name, generation) {
        ("start", Generation::Ten) => Some(&[
            (0, "900", "TriggerStarted:6"),
            (60, "16394", ""),
            (90, "1066", "$objects"),
            (310, "1003", "$WIN | %1"),
            (370, "902", "$build"),
        ]),
        ("start", Generation::Seven) => Some(&[
            (0, "900", ""),
            (90, "1066", "$objects"),
            (310, "1003", "$WIN | %1"),
            (370, "902", "$build"),
        ]),
        ("start", Generation::Vista) => {
            Some(&[(0, "900", ""), (310, "1003", "$WIN | %1"), (370, "902", "")])
        }
        ("stop", Generation::Vista) => Some(&[(0, "903", "")]),
        ("stop", _) => Some(&[(0, "16384", "$iso{%1} | RulesEngine"), (20, "903", "")]),
        _ => None,
    }
}

/// Length of the blob in real 12288 and 12289 records.
const KMS_BLOB_BYTES: usize = 260;

/// A log and what was put into it.
pub(super) struct Written {
    pub(super) log: Vec<u8>,
    /// Each record with its number in the file, in order.
    pub(super) records: Vec<(u64, Record)>,
}

/// Writes the log of a recipe.
pub(super) fn write(recipe: &Recipe, events: &str) -> anyhow::Result<Written> {
    let mut script = Script::new(recipe);
    let lines: Vec<(usize, &str)> = events
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .collect();
    script.run(&lines, 0)?;
    Ok(Written {
        log: script.log.finish(),
        records: script.records,
    })
}

struct Script<'a> {
    recipe: &'a Recipe,
    words: Words<'a>,
    log: Log,
    records: Vec<(u64, Record)>,
    computer: String,
    channel: String,
    provider: Option<&'static KnownProvider>,
    writer: Writer,
    /// EventRecordID minus number in the file.
    id_offset: i128,
    /// A collector's senders count for themselves.
    sender_ids: BTreeMap<String, u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    Windows,
    Collector { rendered: bool },
}

impl<'a> Script<'a> {
    fn new(recipe: &'a Recipe) -> Self {
        let log = Log::new(LogOptions {
            minor_version: recipe.minor_version,
            first_number: recipe.first_number,
            no_checksums: recipe.no_checksums,
        });
        let first = i128::from(recipe.first_number);
        let id_offset = recipe
            .first_record_id
            .map_or(0, |id| i128::from(id) - first);
        Self {
            recipe,
            words: Words {
                own: &recipe.words,
                build: &recipe.build,
            },
            log,
            records: Vec::new(),
            computer: recipe.computer.clone(),
            channel: recipe.channel.clone(),
            provider: None,
            writer: Writer::Windows,
            id_offset,
            sender_ids: BTreeMap::new(),
        }
    }

    /// Runs lines, each so many minutes later than it says.
    fn run(&mut self, lines: &[(usize, &str)], shift: i64) -> anyhow::Result<()> {
        let mut rest = lines;
        while let Some(((number, line), after)) = rest.split_first() {
            rest = after;
            let place = || format!("line {number}: `{line}`");
            if let Some(repeat) = line.strip_prefix("@repeat ") {
                let end = rest
                    .iter()
                    .position(|(_, line)| *line == "@end")
                    .context("@repeat without @end")
                    .with_context(place)?;
                let (inside, after) = rest.split_at(end);
                rest = after.get(1..).unwrap_or_default();
                let (times, every) = parse_repeat(repeat).with_context(place)?;
                for time in 0..times {
                    self.run(inside, shift + time * every)?;
                }
            } else if let Some(directive) = line.strip_prefix('@') {
                self.directive(directive).with_context(place)?;
            } else {
                self.event(line, shift).with_context(place)?;
            }
        }
        Ok(())
    }

    fn directive(&mut self, text: &str) -> anyhow::Result<()> {
        let (name, value) = text.split_once(' ').unwrap_or((text, ""));
        let value = value.trim().trim_matches('"');
        match (name, value) {
            ("computer", _) => self.computer = value.to_owned(),
            ("channel", _) => self.channel = value.to_owned(),
            ("provider", "default") => self.provider = None,
            ("provider", _) => self.provider = Some(find_provider(value)?),
            ("writer", "windows") => self.writer = Writer::Windows,
            ("writer", "collector") => self.writer = Writer::Collector { rendered: false },
            ("writer", "collector rendered") => {
                self.writer = Writer::Collector { rendered: true };
            }
            ("skip-ids", _) => self.log.skip_numbers(value.parse()?),
            ("record-ids", _) => {
                let id: u64 = value.parse()?;
                self.sender_ids.insert(self.computer.clone(), id);
                self.id_offset = i128::from(id) - i128::from(self.log.next_number());
            }
            ("new-chunk", "") => self.log.end_chunk(),
            _ => bail!("there is no such directive"),
        }
        Ok(())
    }

    fn event(&mut self, line: &str, shift: i64) -> anyhow::Result<()> {
        let mut parts = line.splitn(4, ' ');
        let (Some(date), Some(clock), Some(id)) = (parts.next(), parts.next(), parts.next()) else {
            bail!("an event has a date, a time and an id");
        };
        let time: FileTime = format!("{date} {clock}").parse()?;
        let time = time.plus_minutes(shift);
        let text = parts.next();
        let Some(scene) = scene(id, self.recipe.generation) else {
            return self.one_event(time, id, text);
        };
        for (milliseconds, id, pattern) in scene {
            let filled = pattern.replace("%1", text.unwrap_or_default());
            let text = (!pattern.is_empty()).then_some(filled.as_str());
            self.one_event(time.plus_milliseconds(*milliseconds), id, text)?;
        }
        Ok(())
    }

    /// Writes an event; without a text it has no strings, not an empty one.
    fn one_event(&mut self, time: FileTime, id: &str, text: Option<&str>) -> anyhow::Result<()> {
        let head = Head::parse(id)?;
        let text = text.map(|text| self.words.expand(text, time)).transpose()?;

        let known = match (head.provider, self.provider, self.recipe.generation) {
            (Some(word), _, _) => find_provider(word)?,
            (None, Some(known), _) => known,
            (None, None, Generation::Vista) => find_provider("slc")?,
            (None, None, _) => find_provider("spp")?,
        };
        let id = head.id;
        let strings = text.map_or_else(Vec::new, |text| {
            text.split(" | ").map(str::to_owned).collect()
        });
        let mut record = Record {
            time,
            provider: known.provider.clone(),
            event_id: id,
            qualifiers: head
                .qualifiers
                .unwrap_or_else(|| known.style.qualifiers(id)),
            level: head.level.unwrap_or_else(|| known.style.level(id)),
            computer: self.computer.clone(),
            channel: self.channel.clone(),
            process_id: head.process_id.unwrap_or(0),
            binary: self.blob(known.style, id, head.binary, time),
            strings,
            ..Record::default()
        };
        if known.style == Style::Manifest {
            name_strings(&mut record)?;
        }
        record.shape = self.shape(known.style, &record);
        record.record_id = Some(self.record_id()?);
        let number = self.log.push(&record)?;
        self.records.push((number, record));
        Ok(())
    }

    fn shape(&self, style: Style, record: &Record) -> Shape {
        match self.writer {
            Writer::Windows => style.shape(match self.recipe.generation {
                Generation::Vista => Shape::ClassicShort,
                Generation::Seven | Generation::Ten => Shape::Classic,
            }),
            Writer::Collector { rendered } => Shape::Collector {
                rendering: rendered.then(|| Rendering {
                    culture: "en-US".to_owned(),
                    // Our own words: a reader must take the strings, not the message.
                    message: format!(
                        "Event {} was rendered by its sender.\r\n{}",
                        record.event_id,
                        record.strings.join("\r\n")
                    ),
                }),
            },
        }
    }

    fn record_id(&mut self) -> anyhow::Result<u64> {
        if self.writer != Writer::Windows {
            let next = self.sender_ids.entry(self.computer.clone()).or_insert(1);
            *next += 1;
            return Ok(*next - 1);
        }
        u64::try_from(i128::from(self.log.next_number()) + self.id_offset)
            .context("the EventRecordID would be negative")
    }

    /// The blob of a KMS event: the protocol's version, then bytes that say nothing.
    fn blob(&self, style: Style, id: u16, asked: Option<usize>, time: FileTime) -> Vec<u8> {
        let is_kms = style == Style::Licensing && matches!(id, 12288 | 12289);
        let length = asked.unwrap_or(if is_kms { KMS_BLOB_BYTES } else { 0 });
        let major = match self.recipe.generation {
            Generation::Vista | Generation::Seven => 4,
            Generation::Ten => 6,
        };
        let mut state = time.0 ^ u64::from(id);
        let noise = std::iter::from_fn(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            Some(state.to_be_bytes()[0])
        });
        [0, 0, major, 0]
            .into_iter()
            .chain(noise)
            .take(length)
            .collect()
    }
}

/// `Name=value` strings of a manifest event to names and values.
fn name_strings(record: &mut Record) -> anyhow::Result<()> {
    let strings = std::mem::take(&mut record.strings);
    for string in strings {
        let (name, value) = string
            .split_once('=')
            .context("data of this provider has the form Name=value")?;
        record.names.push(name.to_owned());
        record.strings.push(value.to_owned());
    }
    Ok(())
}

/// `provider/id[name=value,...]`.
struct Head<'a> {
    provider: Option<&'a str>,
    id: u16,
    level: Option<u8>,
    qualifiers: Option<u16>,
    process_id: Option<u32>,
    binary: Option<usize>,
}

impl<'a> Head<'a> {
    fn parse(text: &'a str) -> anyhow::Result<Self> {
        let (provider, rest) = match text.split_once('/') {
            Some((provider, rest)) => (Some(provider), rest),
            None => (None, text),
        };
        let (id, fields) = rest.split_once('[').unwrap_or((rest, "]"));
        let mut head = Self {
            provider,
            id: id
                .parse()
                .with_context(|| format!("`{id}` is no event id"))?,
            level: None,
            qualifiers: None,
            process_id: None,
            binary: None,
        };
        let fields = fields.strip_suffix(']').context("`]` is missing")?;
        for field in fields.split(',').filter(|field| !field.is_empty()) {
            match field.split_once('=') {
                Some(("level", value)) => head.level = Some(value.parse()?),
                Some(("qualifiers", value)) => head.qualifiers = Some(value.parse()?),
                Some(("pid", value)) => head.process_id = Some(value.parse()?),
                Some(("binary", value)) => head.binary = Some(value.parse()?),
                _ => bail!("`{field}` is nothing that can be set"),
            }
        }
        Ok(head)
    }
}

fn find_provider(word: &str) -> anyhow::Result<&'static KnownProvider> {
    provider(word).with_context(|| format!("there is no provider `{word}`"))
}

/// `4 every 7d`: how often, and how many minutes apart.
fn parse_repeat(text: &str) -> anyhow::Result<(i64, i64)> {
    let (times, every) = text.split_once(" every ").context("`N every 7d`")?;
    let (number, unit) = every.split_at(every.len().saturating_sub(1));
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 1440,
        _ => bail!("`{unit}` is neither m, h nor d"),
    };
    let times: i64 = times.trim().parse()?;
    ensure!((1..=10_000).contains(&times), "{times} times is too much");
    Ok((times, number.parse::<i64>()? * minutes))
}
