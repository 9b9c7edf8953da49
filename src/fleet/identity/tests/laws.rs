//! The laws of identity over random logs: neither order, copies, names of logs nor cuts change who is
//! who.

use proptest::prelude::*;

use super::*;

fn records() -> impl Strategy<Value = Vec<(usize, bool)>> {
    // Which name, and whether the name before is kept.
    proptest::collection::vec((0..NAMES.len(), proptest::bool::weighted(0.7)), 1..12)
}

const NAMES: &[&str] = &[
    "PC1",
    "pc1",
    "PC1.a.com",
    "PC1.b.com",
    "PC2",
    "PC2.a.com",
    "NEW",
    "MINWINPC",
    "EC2AMAZ-AAAAAAA",
    "A-VERY-LONG-COM",
    "a-very-long-computer.a.com",
];

prop_compose! {
    /// A log as Windows keeps or exports it, or a collector's.
    fn some_log()(
        records in records(),
        first in 1_u64..12,
        shift in prop_oneof![Just(0_u64), Just(5)],
        later in prop_oneof![Just(0_i64), Just(9)],
        kind in 0..4_u32,
    ) -> Log {
        let mut log = Log::empty("log");
        log.has_rendering_info = kind == 0;
        let mut name = 0;
        for (at, (of, keeps)) in (first..).zip(records) {
            if !keeps || log.records.is_empty() {
                name = of;
            }
            let record = if kind == 1 { at * (1 + of as u64 % 2) } else { at };
            log.records.push(Record {
                file: at,
                record: record + shift,
                seconds: i64::try_from(record + shift).unwrap() * 60 + later,
                computer: NAMES[name].into(),
                channel: "Application".into(),
            });
        }
        log.ids = Some((log.records[0].file, log.records.last().unwrap().file));
        log
    }
}

fn named(mut logs: Vec<Log>) -> Vec<Log> {
    for (number, log) in logs.iter_mut().enumerate() {
        log.name = LogName::new(format!("log{number:02}"));
    }
    logs
}

/// All that is known of each log's names, without the names of logs.
fn told(identities: &Identities, logs: &[Log]) -> BTreeMap<(LogName, String), String> {
    let mut told = BTreeMap::new();
    for log in logs {
        for record in &log.records {
            let key = identities.machine(&log.name, &record.computer).unwrap();
            let line = format!(
                "{key:?} {} {:?}",
                identities.computer(key),
                identities.aliases(key)
            );
            told.insert((log.name.clone(), record.computer.to_string()), line);
        }
    }
    told
}

proptest! {
    #[test]
    fn the_order_of_logs_changes_nothing(
        (logs, order) in proptest::collection::vec(some_log(), 1..7)
            .prop_map(named)
            .prop_flat_map(|logs| (Just(logs.clone()), Just(logs).prop_shuffle()))
    ) {
        let (one, two) = (decided(&logs), decided(&order));
        prop_assert_eq!(told(&one, &logs), told(&two, &logs));
        prop_assert_eq!(one.sets(), two.sets());
        prop_assert_eq!(one.notes(), two.notes());
        prop_assert_eq!(lines(&one), lines(&two));
    }

    #[test]
    fn copies_of_logs_change_nothing(
        logs in proptest::collection::vec(some_log(), 1..5).prop_map(named),
        copied in proptest::collection::vec(any::<bool>(), 5),
    ) {
        let mut twice = logs.clone();
        for (log, _) in logs.iter().zip(copied).filter(|(_, is_copied)| *is_copied) {
            let name = LogName::new(format!("copy-of-{}", log.name));
            twice.push(Log { name, ..log.clone() });
        }
        let (one, two) = (decided(&logs), decided(&twice));
        prop_assert_eq!(lines(&one), lines(&two));
        prop_assert_eq!(told(&one, &logs), told(&two, &logs));
    }

    #[test]
    fn the_names_of_logs_change_nothing(
        logs in proptest::collection::vec(some_log(), 1..5).prop_map(named),
    ) {
        let mut renamed = logs.clone();
        for (number, log) in renamed.iter_mut().enumerate() {
            log.name = LogName::new(format!("log{:02}", 50 - number));
        }
        let back = |told: BTreeMap<(LogName, String), String>| -> Vec<String> {
            let mut lines: Vec<String> = told.into_values().collect();
            lines.sort();
            lines
        };
        prop_assert_eq!(
            back(told(&decided(&logs), &logs)),
            back(told(&decided(&renamed), &renamed))
        );
    }

    #[test]
    fn a_log_cut_in_two_has_the_same_machines(
        log in some_log(),
        others in proptest::collection::vec(some_log(), 0..3),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut others = others;
        for (number, other) in others.iter_mut().enumerate() {
            // Of other machines and numbers, as what is cut shares a set with nobody.
            for record in &mut other.records {
                record.computer = format!("X{number}-{}", record.computer).into();
            }
        }
        let cut = cut.index(log.records.len());
        let (mut left, mut right) = (log.clone(), log.clone());
        right.records = left.records.split_off(cut);
        // Not where a name changes, not in a head of Setup, not without a record in either half.
        let is_excepted = match (left.records.last(), right.records.first()) {
            (Some(a), Some(b)) => {
                a.computer != b.computer || names::is_setup_name(&a.computer.to_lowercase())
            }
            _ => true,
        };
        prop_assume!(!is_excepted);
        // A log without one value of EventRecordID minus header number is no archive.
        let first = &log.records[0];
        let is_archive = log
            .records
            .iter()
            .all(|record| record.record - record.file == first.record - first.file);
        prop_assume!(is_archive && !log.has_rendering_info);
        left.ids = left.ids.map(|(first, _)| (first, left.records.last().unwrap().file));
        right.ids = right.ids.map(|(_, last)| (right.records[0].file, last));
        let with = |logs: Vec<Log>| {
            let mut all = others.clone();
            all.extend(logs);
            lines(&decided(&named(all)))
        };
        prop_assert_eq!(with(vec![log]), with(vec![right, left]));
    }
}
