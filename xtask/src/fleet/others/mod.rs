//! Everything that other providers write into logs: events with the texts of real ones and places
//! for what differs. The table stands in `table`; here is how a record is made of a line of it.
//!
//! Shapes and sizes follow real logs of Windows 10 and Server 2022. All values of manifest events
//! are texts here, where Windows has numbers and security identifiers too. Several providers use ids
//! that the licensing service uses as well, as in reality.

mod table;

use std::borrow::Cow;

use anyhow::{Context as _, bail};

use self::table::{
    POWERSHELL, PROCESSES, PRODUCT_NAMES, SCRIPT_LINES, SECURITY, SERVICE_NAMES, SYSTEM,
};
use super::machine::Machine;
use super::random::Random;
use crate::evtx::{FileTime, Provider, Record, Shape};

pub(super) use self::table::APPLICATION;

/// A channel and what stands in it.
pub(super) struct Channel {
    pub(super) name: &'static str,
    /// The log's file name.
    pub(super) file: &'static str,
    events: &'static [Event],
}

/// An event: how often it comes in comparison with others, who writes it, and its texts.
struct Event {
    weight: u64,
    provider: Provider,
    id: u16,
    level: u8,
    /// `Name=text` of manifest events, otherwise the strings in order. What stands in braces is
    /// filled in by [`fill`].
    data: &'static [&'static str],
}

const fn classic(
    weight: u64,
    name: &'static str,
    id: u16,
    level: u8,
    data: &'static [&'static str],
) -> Event {
    Event {
        weight,
        provider: Provider::classic(name),
        id,
        level,
        data,
    }
}

const fn manifest(
    weight: u64,
    (name, guid): (&'static str, &'static str),
    id: u16,
    level: u8,
    data: &'static [&'static str],
) -> Event {
    Event {
        weight,
        provider: Provider::manifest(name, guid),
        id,
        level,
        data,
    }
}

/// Channels whose logs have no activation events.
pub(super) const WITHOUT_ACTIVATION: [&Channel; 3] = [&SECURITY, &SYSTEM, &POWERSHELL];

impl Channel {
    /// One of its events, by weight.
    pub(super) fn event(
        &self,
        machine: &Machine,
        time: FileTime,
        random: &mut Random,
    ) -> anyhow::Result<Record> {
        let all = self.events.iter().map(|event| event.weight).sum();
        let mut left = random.between(0, all);
        let event = self
            .events
            .iter()
            .find(|event| match left.checked_sub(event.weight) {
                Some(rest) => {
                    left = rest;
                    false
                }
                None => true,
            })
            .context("a channel without events")?;
        let is_manifest = event.provider.guid.is_some();
        let mut names = Vec::new();
        let mut strings = Vec::with_capacity(event.data.len());
        for pattern in event.data {
            let text = match pattern.split_once('=') {
                Some((name, text)) if is_manifest => {
                    names.push(name.to_owned());
                    text
                }
                _ => pattern,
            };
            strings.push(fill(text, machine, time, random)?);
        }
        let audit_success = 0x8020_0000_0000_0000;
        let classic = 0x0080_0000_0000_0000;
        Ok(Record {
            time,
            provider: event.provider.clone(),
            event_id: event.id,
            qualifiers: 0,
            level: event.level,
            keywords: match self.name {
                "Security" => audit_success,
                _ if is_manifest => 0x8000_0000_0000_0000,
                _ => classic,
            },
            channel: self.name.to_owned(),
            computer: machine.computer.clone(),
            process_id: process(random),
            thread_id: process(random),
            names,
            strings,
            shape: if is_manifest {
                Shape::Manifest
            } else {
                Shape::Classic
            },
            ..Record::default()
        })
    }
}

/// A process's number: a multiple of four.
fn process(random: &mut Random) -> u32 {
    u32::try_from(4 * random.between(100, 3000)).unwrap_or_default()
}

/// Fills in what stands in braces; braces around none of the known words stay.
fn fill(
    pattern: &'static str,
    machine: &Machine,
    time: FileTime,
    random: &mut Random,
) -> anyhow::Result<String> {
    let mut filled = String::with_capacity(pattern.len() + 32);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let length = after.bytes().take_while(u8::is_ascii_lowercase).count();
        let (word, after_word) = after.split_at(length);
        let Some(after_word) = after_word.strip_prefix('}').filter(|_| length > 0) else {
            filled.push('{');
            rest = after;
            continue;
        };
        rest = after_word;
        filled.push_str(&match word {
            "host" => Cow::Borrowed(machine.host.as_str()),
            "domain" => Cow::Borrowed(machine.domain.as_str()),
            "user" => Cow::Borrowed(machine.user.as_str()),
            "sid" => Cow::Borrowed(machine.sid.as_str()),
            "service" => Cow::Borrowed(random.pick(SERVICE_NAMES)),
            "process" => Cow::Borrowed(random.pick(PROCESSES)),
            "product" => Cow::Borrowed(random.pick(PRODUCT_NAMES)),
            "guid" => Cow::Owned(random.guid()),
            "hex" => Cow::Owned(format!("{:x}", random.between(0x1000, 0x1000_0000))),
            "number" => Cow::Owned(random.between(1, 10_000).to_string()),
            "pid" => Cow::Owned(process(random).to_string()),
            "port" => Cow::Owned(random.between(49_152, 65_535).to_string()),
            "ip" => Cow::Owned(format!(
                "10.{}.{}.{}",
                random.between(0, 32),
                random.between(0, 256),
                random.between(1, 255)
            )),
            "version" => Cow::Owned(format!(
                "{}.{}.{}.0",
                random.between(1, 20),
                random.between(0, 500),
                random.between(0, 5000)
            )),
            "time" => Cow::Owned(time.iso_second()),
            "script" => {
                let mut script = String::new();
                for _ in 0..random.between(3, 45) {
                    let line = random.pick(SCRIPT_LINES);
                    script.push_str(&fill(line, machine, time, random)?);
                    script.push_str("\r\n");
                }
                Cow::Owned(script)
            }
            _ => bail!("`{{{word}}}` in `{pattern}` is nothing that can be filled in"),
        });
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &'static str, expect: &str) {
        let mut machine = Machine::new(1, 5);
        machine.host = "PC-00005".to_owned();
        let time = "2026-03-02 08:00:00".parse().unwrap();
        match fill(pattern, &machine, time, &mut Random::new(1)) {
            Ok(text) => assert_eq!(text, expect),
            Err(error) => assert_eq!(error.to_string(), expect),
        }
    }

    #[test]
    fn known_words_are_filled_in_and_other_braces_stay() {
        check("{host}$ at {time}", "PC-00005$ at 2026-03-02T08:00:00Z");
        check("{9482f4b4}", "{9482f4b4}");
        check("@{ Id = '{host}' }", "@{ Id = 'PC-00005' }");
        check("{}{", "{}{");
        check("{{host}}", "{PC-00005}");
        check(
            "{what}",
            "`{what}` in `{what}` is nothing that can be filled in",
        );
    }

    #[test]
    fn every_text_of_the_table_can_be_filled_in() {
        let machine = Machine::new(1, 1);
        let random = &mut Random::new(1);
        let channels = WITHOUT_ACTIVATION.into_iter().chain([&APPLICATION]);
        for text in channels
            .flat_map(|channel| channel.events)
            .flat_map(|event| event.data)
            .chain(SCRIPT_LINES)
        {
            fill(text, &machine, FileTime::default(), random).unwrap();
        }
    }
}
