//! Event rows of a great fleet, as `spptriage events -f ndjson` writes them, without any log behind
//! them: what they cost to bring together is to be measured, and logs of that size are not needed.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;

use crate::say;

const WINDOWS: &str = "55c92734-d682-4d71-983e-d6ec3f16059f";
const PRODUCT: &str = "ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03";

/// So many machines with so many rows between them.
pub(super) struct Rows {
    pub(super) machines: u64,
    pub(super) events: u64,
}

impl Rows {
    /// Writes them, with the rows of their logs at the end.
    pub(super) fn make(&self, path: &Path) -> anyhow::Result<()> {
        let start = Instant::now();
        let file =
            File::create(path).with_context(|| format!("{}: cannot be made", path.display()))?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        let each = self.events / self.machines.max(1);
        for machine in 0..self.machines {
            for number in 0..each {
                event(&mut out, machine, number)?;
            }
        }
        for machine in 0..self.machines {
            writeln!(
                out,
                r#"{{"row":"input","schema":1,"log":"{}","bytes":1118208,"chunks":17,"chunks_decoded":17,"records":{each},"activation_events":{each},"first":"{}","last":"{}","last_by_id":"{}","computers":["{}"],"rendering_info":false,"damage":[],"notes":[]}}"#,
                log(machine),
                time(0, 0),
                time(each, 0),
                time(each, 0),
                computer(machine),
            )?;
        }
        out.flush()?;
        say(&format!(
            "{} machines, {} rows, in {:.1} s\n",
            self.machines,
            self.machines * each,
            start.elapsed().as_secs_f64()
        ))
    }
}

fn computer(machine: u64) -> String {
    format!("PC-{machine:05}.contoso.com")
}

fn log(machine: u64) -> String {
    format!("collected/PC-{machine:05}/Application.evtx")
}

/// Eight rows are one check of the license, and there are two of these a day.
fn time(number: u64, later: u64) -> String {
    let check = number / 8;
    let (day, second) = (check / 2, check % 2 * 43_200 + number % 8 * 2 + later);
    let (month, day) = (day / 28 + 1, day % 28 + 1);
    format!(
        "2026-{month:02}-{day:02}T{:02}:{:02}:{:02}.120Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// One row of a check: the service starts, asks its KMS host, tells how it went, and stops. Every
/// fifth machine finds none.
fn event(out: &mut impl Write, machine: u64, number: u64) -> std::io::Result<()> {
    let is_failing = machine.is_multiple_of(5);
    let host = format!("kms{:02}.contoso.com:1688", machine % 7);
    let client = format!(
        "{:08x}-7d65-4d10-9a0d-{machine:012x}",
        machine * 2_654_435_761 % (1 << 32)
    );
    let asked = time(number, 0);
    let (minute, second) = (asked.get(..16).unwrap_or_default(), &asked);
    let minute = minute.replace('-', "/").replace('T', " ");
    let (id, qualifiers, data) = match number % 8 {
        0 => (900, 16_384, r#""TriggerStarted:6""#.to_owned()),
        1 => (902, 16_384, r#""10.0.20348.1726""#.to_owned()),
        2 => (
            1066,
            16_384,
            r#""sppwinob.dll, msft:spp/windowsfunctionality/agent/7.0, 0x00000000""#.to_owned(),
        ),
        3 if is_failing => (
            12_288,
            16_384,
            format!(r#""0x8007232B, 0x00000000, , {client}, {minute}, 0, 5, 0, {PRODUCT}, 25""#),
        ),
        3 => (
            12_288,
            16_384,
            format!(
                r#""0x00000000, 0x00000000, {host}, {client}, {minute}, 0, 1, 259200, {PRODUCT}, 25""#
            ),
        ),
        4 if is_failing => (
            8198,
            49_152,
            format!(
                r#""hr=0xC004F074","RuleId=eeba1977-569e-4571-b639-7623d8bfecc0;Action=AutoActivate;AppId={WINDOWS};SkuId={PRODUCT};NotificationInterval=1440;Trigger=TimerEvent""#
            ),
        ),
        4 => (
            12_289,
            16_384,
            format!(r#""0x00000000, 0x00000000, 1, 0, 50, 120, 10080, {minute}""#),
        ),
        5 => (
            8230,
            16_384,
            format!(
                r#""ApplicationId={WINDOWS};SkuId={PRODUCT};LicenseState={}""#,
                if is_failing {
                    "LICENSE_NOTIFICATION"
                } else {
                    "LICENSE_LICENSED"
                }
            ),
        ),
        6 => (16_384, 16_384, format!(r#""{second}","RulesEngine""#)),
        _ => (903, 16_384, String::new()),
    };
    writeln!(
        out,
        r#"{{"row":"event","schema":1,"time":"{second}","computer":"{}","channel":"Application","log":"{}","chunk":{},"record_id":{},"file_record_id":{},"provider":"Microsoft-Windows-Security-SPP","event_id":{id},"qualifiers":{qualifiers},"level":4,"kind":"other","severity":null,"hresults":[],"fields":{{}},"data":[{data}]}}"#,
        computer(machine),
        log(machine),
        number / 40,
        number + 1,
        number + 1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "the test reads what was made")]
    #[test]
    fn every_line_is_a_row_and_none_is_missing() {
        let path = std::env::temp_dir().join(format!("spptriage-rows-{}", std::process::id()));
        let rows = Rows {
            machines: 3,
            events: 48,
        };
        rows.make(&path).unwrap();
        let lines: Vec<serde_json::Value> =
            serde_json::Deserializer::from_reader(File::open(&path).unwrap())
                .into_iter()
                .collect::<Result<_, _>>()
                .unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(lines.len(), 48 + 3);
        assert_eq!(lines[4]["event_id"], 8198);
    }
}
