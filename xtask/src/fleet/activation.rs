//! A machine's activation events of one day, told as a recipe's lines.
//!
//! Which events come together, and how often, is taken from real logs of a week or two: several
//! starts of the service a day, each with a list of licenses, timers and an end, and between
//! them an attempt where one is due.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::machine::{Fate, Machine};
use super::random::Random;
use crate::evtx::{FileTime, Record};
use crate::recipe::Recipe;

/// Minutes in a day.
const DAY: u64 = 1440;
/// Minutes that an answer of a KMS host is good for: 180 days.
const LICENSED: u64 = 180 * DAY;
/// Milliseconds in an hour.
const HOUR: u64 = 3_600_000;

/// Texts of these recipes' own. The lists are as long as those of real machines.
const WORDS: &[(&str, &str)] = &[
    (
        "installed",
        "$others10$line_no_key{5,0dc876e0-7ab8-41c1-b8ba-2237d484cd26}$line_no_key{6,176afa14-ca77-4cae-9ecc-ba2295540382}$line_no_key{7,208d2508-de49-48d5-a1df-837a9f1053ef}$line_no_key{8,22105925-48c3-4ff4-a294-f654bb27e390}",
    ),
    (
        "objects",
        "C:\\Windows\\system32\\sppwinob.dll, msft:spp/windowsfunctionality/agent/7.0, 0x00000000, 0x00000000$nl{}\
         C:\\Windows\\system32\\sppobjs.dll, msft:rm/algorithm/inherited/1.0, 0x00000000, 0x00000000$nl{}\
         C:\\Windows\\system32\\sppobjs.dll, msft:rm/algorithm/phone/1.0, 0x00000000, 0x00000000$nl{}\
         C:\\Windows\\system32\\sppobjs.dll, msft:rm/algorithm/pkey/detect, 0x00000000, 0x00000000$nl{}\
         C:\\Windows\\system32\\sppobjs.dll, msft:spp/ActionScheduler/1.0, 0x00000000, 0x00000000$nl{}\
         C:\\Windows\\system32\\sppobjs.dll, msft:spp/TaskScheduler/1.0, 0x00000000, 0x00000000$nl{}\
         C:\\Windows\\system32\\sppobjs.dll, msft:spp/statecollector/pkey, 0x00000000, 0x00000000$nl{}\
         C:\\Windows\\system32\\sppobjs.dll, msft:spp/volume/services/kms/1.0, 0x00000000, 0x00000000$nl{}\
         C:\\Windows\\system32\\sppobjs.dll, msft:spp/volume/services/kms/activationinfo/1.0, 0x00000000, 0x00000000$nl",
    ),
];

/// The events of a day that begins at `midnight`, in order.
pub(super) fn day(
    machine: &Machine,
    number: u64,
    midnight: FileTime,
    random: &mut Random,
) -> anyhow::Result<Vec<Record>> {
    let fate = machine.fate_on(number);
    let mut script = Script {
        text: String::new(),
        at: midnight,
    };
    let starts = random.between(2, 5);
    for start in 0..starts {
        let from = start * 24 / starts * HOUR;
        script.at =
            midnight.plus_milliseconds(from + random.between(0, 24 / starts * HOUR * 2 / 3));
        let is_due = start == 0 && number % 7 == machine.renews;
        run_service(&mut script, machine, fate, number, is_due, random)?;
    }
    let mut words: BTreeMap<String, String> = WORDS
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    words.insert("CMID".to_owned(), machine.cmid.clone());
    let mut recipe = Recipe::of_events(&machine.computer, &script.text);
    recipe.build = machine.product.build.to_owned();
    recipe.words = words;
    let records = recipe.records()?;
    Ok(records.into_iter().map(|(_, record)| record).collect())
}

/// Lines of a recipe, each some milliseconds after the one before.
struct Script {
    text: String,
    at: FileTime,
}

impl Script {
    fn add(&mut self, milliseconds: u64, event: &str) -> anyhow::Result<()> {
        self.at = self.at.plus_milliseconds(milliseconds);
        let time = self.at.iso_nanos().replace('T', " ");
        // Without the digits below a tick, which no record holds.
        let time = time.trim_end_matches("00Z");
        Ok(writeln!(self.text, "{time} {event}")?)
    }
}

/// One start of the licensing service, what it does, and its end.
fn run_service(
    script: &mut Script,
    machine: &Machine,
    fate: Fate,
    day: u64,
    is_due: bool,
    random: &mut Random,
) -> anyhow::Result<()> {
    let product = machine.product.word;
    let since_renewal = (day + 7 - machine.renews) % 7;
    let left = match fate {
        Fate::RenewalFails => (150 * DAY).saturating_sub(day * DAY),
        _ if is_due => LICENSED - 7 * DAY,
        _ => LICENSED - since_renewal * DAY,
    };
    let list = match fate {
        Fate::Healthy | Fate::FirstHostDown | Fate::RenewalFails => {
            format!("$line_licensed{{1,${product},{left}}}$installed")
        }
        Fate::Refused(_) => "$line_notification{1,$W10ENT_MAK,0xC004F034}$installed".to_owned(),
        _ => format!("$line_unlicensed{{1,${product}}}$installed"),
    };
    script.add(0, &format!("start {list}"))?;
    match fate {
        Fate::Healthy | Fate::FirstHostDown if !is_due => {}
        _ => attempt(script, machine, fate, left, random)?,
    }
    for _ in 0..random.between(0, 3) {
        script.add(random.between(900, 20_000), "16394")?;
        let next = random.between(60, 7 * DAY);
        script.add(
            random.between(25_000, 40_000),
            &format!("16384 $iso{{{next}}} | RulesEngine"),
        )?;
    }
    if random.chance(60) {
        script.add(random.between(100, 900), &format!("1003 $WIN | {list}"))?;
    }
    let next = random.between(60, 7 * DAY);
    script.add(random.between(30_000, 60_000), &format!("stop {next}"))
}

/// An attempt to activate or renew, as it goes with this fate.
fn attempt(
    script: &mut Script,
    machine: &Machine,
    fate: Fate,
    left: u64,
    random: &mut Random,
) -> anyhow::Result<()> {
    let product = machine.product.word;
    let key = machine.product.partial_key;
    let needed = machine.product.needed;
    let is_virtual = u8::from(machine.is_virtual);
    let [first, second] = &machine.kms_hosts;
    // A license state of 1 is licensed, 5 notification.
    let (state, rule) = match fate {
        Fate::Healthy | Fate::FirstHostDown | Fate::RenewalFails => (1, "renewal"),
        _ => (5, "first"),
    };
    let left_told = if state == 1 { left } else { 0 };
    let request = |code: &str, host: &str| {
        let port = if host.is_empty() { "" } else { ":1688" };
        format!(
            "12288 {code}, 0x00000000, {host}{port}, $CMID, $now, {is_virtual}, {state}, {left_told}, ${product}, {needed}"
        )
    };
    let trigger = random.pick(&["TimerEvent", "NetworkAvailable", "UserLogon;SessionId=1"]);
    let outcome = |code: &str| format!("8198 hr={code} | ${rule}{{${product},{trigger}}}");
    if let Fate::Refused(code) = fate {
        script.add(
            5_100,
            &format!("8200 hr={code} | $trace_answered{{{code}}}"),
        )?;
        script.add(0, &format!("1014 hr={code} | $W10ENT_MAK"))?;
        return script.add(
            random.between(120, 400),
            &format!("8198[pid=4940] hr={code} | $online{{$W10ENT_MAK,UserLogon;SessionId=1}}"),
        );
    }
    let policy = if state == 1 {
        format!("8230 $policy_renewal{{${product},{key},{left}}}")
    } else {
        format!("8230 $policy_unlicensed{{${product},{key}}}")
    };
    script.add(random.between(800, 2_000), &policy)?;
    let no_answer = 21_000;
    match fate {
        Fate::Healthy | Fate::FirstHostDown => {
            let mut host = first;
            if fate == Fate::FirstHostDown {
                script.add(no_answer, &request("0x8007274C", first))?;
                host = second;
            }
            let count = random.between(50, 60);
            script.add(random.between(200, 900), &request("0x00000000", host))?;
            script.add(
                random.between(300, 1_500),
                &format!("12289 0x00000000, 0x00000000, 1, 0, {count}, 120, 10080, $now"),
            )?;
            script.add(
                400,
                &format!("1003 $WIN | $line_licensed{{1,${product},{LICENSED}}}$installed"),
            )?;
            script.add(300, &format!("8197 $renewal{{${product},{trigger}}}"))?;
            script.add(
                300,
                &format!("8230 $policy_licensed{{${product},{key},{LICENSED}}}"),
            )?;
            script.add(100, &format!("8197 $cleanup{{${product},TimerEvent}}"))
        }
        Fate::NoRecord => {
            script.add(random.between(200, 900), &request("0x8007232B", ""))?;
            script.add(400, &outcome("0xC004F074"))
        }
        Fate::Unreached(code) => {
            script.add(no_answer, &request(code, first))?;
            script.add(no_answer, &request(code, second))?;
            script.add(400, &outcome("0xC004F074"))
        }
        Fate::RenewalFails => {
            script.add(no_answer, &request("0x8007274C", first))?;
            script.add(600, &outcome("0xC004F074"))
        }
        Fate::CountTooLow => {
            let count = random.between(1, u64::from(needed));
            script.add(random.between(200, 900), &request("0x00000000", first))?;
            script.add(
                800,
                &format!("12289 0xC004F038, 0x00000000, 0, 0, {count}, 120, 10080, $now"),
            )?;
            script.add(300, &outcome("0xC004F038"))
        }
        Fate::Clock => {
            script.add(random.between(200, 900), &request("0xC004F06C", first))?;
            script.add(600, &outcome("0xC004F074"))
        }
        // Told above.
        Fate::Refused(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(fate: Fate, number: u64) -> Vec<u16> {
        let mut machine = Machine::new(1, 1);
        machine.fate = fate;
        machine.cured = None;
        machine.renews = 0;
        let midnight = "2026-03-02 00:00:00".parse().unwrap();
        let records = day(&machine, number, midnight, &mut Random::new(3)).unwrap();
        assert!(records.is_sorted_by_key(|record| record.time), "{fate:?}");
        records.iter().map(|record| record.event_id).collect()
    }

    #[test]
    fn a_healthy_machine_asks_once_a_week() {
        let asks = |number| ids(Fate::Healthy, number).contains(&12288);
        assert_eq!([0, 1, 6, 7].map(asks), [true, false, false, true]);
    }

    #[test]
    fn every_failure_has_its_events() {
        for (fate, expect) in [
            (Fate::NoRecord, [12288, 8198]),
            (Fate::Unreached("0x8007274C"), [12288, 8198]),
            (Fate::CountTooLow, [12289, 8198]),
            (Fate::Clock, [12288, 8198]),
            (Fate::RenewalFails, [12288, 8198]),
            (Fate::Refused("0xC004C003"), [1014, 8198]),
        ] {
            let ids = ids(fate, 3);
            assert!(
                expect.iter().all(|id| ids.contains(id)),
                "{fate:?}: {ids:?}"
            );
        }
        assert!(!ids(Fate::FirstHostDown, 0).contains(&8198));
    }
}
