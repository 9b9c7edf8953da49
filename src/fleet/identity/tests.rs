//! The rules of identity in a text notation; `laws` holds what is true of any logs.
//!
//! A log is a word per record: `NAME@FILE/RECORD:SECONDS=CHANNEL!`, of which all behind the file's
//! number can be left out; `!` is RenderingInfo. `[1-60]` are the numbers of all record headers,
//! `~` says that records may be missing. A record's time is a minute per number where none is given,
//! so that records of one number and name are the same.

mod laws;

use std::collections::BTreeMap;

use super::view::{Origin, Seen};
use super::*;
use crate::eventlog::{NoteKind, RecordId};

/// A log that owns what its view borrows.
#[derive(Clone, Debug)]
struct Log {
    name: LogName,
    has_rendering_info: bool,
    may_lack_records: bool,
    ids: Option<(u64, u64)>,
    records: Vec<Record>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    file: u64,
    record: u64,
    seconds: i64,
    computer: Arc<str>,
    channel: Arc<str>,
}

fn provider() -> &'static Arc<str> {
    static PROVIDER: std::sync::OnceLock<Arc<str>> = std::sync::OnceLock::new();
    PROVIDER.get_or_init(|| "Microsoft-Windows-Security-SPP".into())
}

impl Log {
    fn empty(name: &str) -> Self {
        Self {
            name: LogName::new(name),
            has_rendering_info: false,
            may_lack_records: false,
            ids: None,
            records: Vec::new(),
        }
    }

    fn parse(name: &str, text: &str) -> Self {
        let mut log = Self::empty(name);
        for word in text.split_whitespace() {
            if let Some(ids) = word.strip_prefix('[') {
                let (first, last) = ids.trim_end_matches(']').split_once('-').unwrap();
                log.ids = Some((first.parse().unwrap(), last.parse().unwrap()));
                continue;
            }
            if word == "~" {
                log.may_lack_records = true;
                continue;
            }
            log.has_rendering_info |= word.ends_with('!');
            let (computer, rest) = word.trim_end_matches('!').split_once('@').unwrap();
            let (rest, channel) = rest.split_once('=').unwrap_or((rest, "Application"));
            let (ids, seconds) = match rest.split_once(':') {
                Some((ids, seconds)) => (ids, Some(seconds.parse().unwrap())),
                None => (rest, None),
            };
            let (file, record) = ids.split_once('/').unwrap_or((ids, ids));
            let record: u64 = record.parse().unwrap();
            log.records.push(Record {
                file: file.parse().unwrap(),
                record,
                seconds: seconds.unwrap_or(i64::try_from(record).unwrap() * 60),
                computer: computer.into(),
                channel: channel.into(),
            });
        }
        log
    }

    fn view(&self) -> LogView<'_> {
        let origins = self.records.iter().map(|record| Origin {
            computer: &record.computer,
            channel: &record.channel,
            provider: provider(),
        });
        let records = self.records.iter().zip(0..).map(|(record, origin)| Seen {
            file_record_id: RecordId(record.file),
            record_id: RecordId(record.record),
            seconds: record.seconds,
            event_id: 900,
            origin,
        });
        let mut records: Vec<Seen> = records.collect();
        records.sort_by_key(|seen| (seen.file_record_id, seen.record_id, seen.seconds));
        LogView {
            name: &self.name,
            has_rendering_info: self.has_rendering_info,
            may_lack_records: self.may_lack_records,
            ids: self
                .ids
                .map(|(first, last)| (RecordId(first), RecordId(last))),
            origins: origins.collect(),
            records,
        }
    }
}

fn decided(logs: &[Log]) -> Identities {
    let views: Vec<LogView<'_>> = logs.iter().map(Log::view).collect();
    decide(&views)
}

fn parsed(logs: &[&str]) -> Vec<Log> {
    let names = ('a'..='z').map(String::from);
    names
        .zip(logs)
        .map(|(name, text)| Log::parse(&name, text))
        .collect()
}

fn lines(identities: &Identities) -> Vec<String> {
    let line = |key: &MachineKey| {
        let computer = identities.computer(key);
        let aliases = identities.aliases(key).join(" ");
        format!("{computer} = {aliases}")
    };
    let mut lines: Vec<String> = identities.names.keys().map(line).collect();
    lines.sort();
    lines
}

/// Each machine as `newest = aliases`, by name. Logs are named a, b, c.
#[track_caller]
fn check(logs: &[&str], expect: &[&str]) -> Identities {
    let identities = decided(&parsed(logs));
    assert_eq!(lines(&identities), expect, "{logs:?}");
    identities
}

/// The sets of logs, as `ab c` for a with b.
fn sets(logs: &[&str]) -> String {
    let identities = decided(&parsed(logs));
    let sets = identities.sets().iter();
    let sets: Vec<String> = sets
        .map(|set| set.iter().map(LogName::as_str).collect())
        .collect();
    sets.join(" ")
}

/// The logs with notes, each with the other log: `a:b b:a`.
fn notes(logs: &[&str]) -> String {
    let identities = decided(&parsed(logs));
    let notes: Vec<String> = identities
        .notes()
        .iter()
        .map(|note| match &note.kind {
            NoteKind::NumbersReused { other } => format!("{}:{other}", note.log),
            other => format!("{other:?}"),
        })
        .collect();
    notes.join(" ")
}

#[test]
fn a_renamed_machine_is_one_under_its_newest_name() {
    // As in the sample of a server that was made from an image and joined a domain.
    check(
        &["EC2AMAZ-GQ0HEKD@1 EC2AMAZ-NEUK2LF@2 ASLWinClient@3 ASLWinClient.aperture.sci@4"],
        &["ASLWinClient.aperture.sci = ASLWinClient EC2AMAZ-GQ0HEKD EC2AMAZ-NEUK2LF"],
    );
}

#[test]
fn an_export_with_numbers_of_its_own_runs_on_as_well() {
    check(&["OLD@1/8001 NEW@2/8002"], &["NEW = OLD"]);
}

#[test]
fn a_collectors_log_keeps_its_machines_apart() {
    check(&["PC1@1/500 PC2@2/70"], &["PC1 = ", "PC2 = "]);
    check(&["PC1@1! PC2@2!"], &["PC1 = ", "PC2 = "]);
}

#[test]
fn of_a_log_whose_numbers_run_on_in_parts_these_are_joined() {
    check(&["A@1/500 B@2/501 C@3/70 D@4/71"], &["B = A", "D = C"]);
}

#[test]
fn a_name_that_comes_back_joins_nothing() {
    check(&["PC1@1 PC2@2 PC1@3"], &["PC1 = ", "PC2 = "]);
}

#[test]
fn a_name_of_setup_may_come_back() {
    check(
        &["MINWINPC@1 BUILD01@2 MINWINPC@3 PC1@4"],
        &["PC1 = BUILD01 MINWINPC"],
    );
}

#[test]
fn bare_and_full_names_alternate() {
    check(
        &["pc1@1 PC1.contoso.com@2 PC1@3"],
        &["PC1.contoso.com = PC1 pc1"],
    );
    check(
        &["A-VERY-LONG-COM@1 a-very-long-computer.contoso.com@2"],
        &["a-very-long-computer.contoso.com = A-VERY-LONG-COM"],
    );
    check(
        &["A-VERY-LONG-COM@1! a-very-long-computer.contoso.com@2!"],
        &["a-very-long-computer.contoso.com = A-VERY-LONG-COM"],
    );
}

#[test]
fn a_bare_name_between_two_full_ones_is_theirs_where_numbers_run_on() {
    check(
        &["PC1.a.com@1 PC1@2 PC1.b.com@3 PC1@4"],
        &["PC1.b.com = PC1 PC1.a.com"],
    );
    check(
        &["PC1@1 PC1.a.com@2 PC1@3 PC1.b.com@4"],
        &["PC1.b.com = PC1 PC1.a.com"],
    );
    check(
        &["PC1.a.com@1! PC1@2! PC1.b.com@3!"],
        &["PC1 = ", "PC1.a.com = ", "PC1.b.com = "],
    );
    check(
        &["PC1.a.com@1 PC1@2 PC1.b.com@3 PC1@4 PC1.a.com@5"],
        &["PC1 = ", "PC1.a.com = ", "PC1.b.com = "],
    );
}

#[test]
fn two_full_names_are_one_machine_in_a_log_that_runs_on_only() {
    check(
        &["PC1.a.com@1", "PC1.b.com@2"],
        &["PC1.a.com = ", "PC1.b.com = "],
    );
    check(&["PC1.a.com@1 PC1.b.com@2"], &["PC1.b.com = PC1.a.com"]);
}

#[test]
fn a_bare_name_in_another_log_is_the_one_full_name_that_begins_with_it() {
    check(&["pc1@1", "PC1.contoso.com@1"], &["PC1.contoso.com = pc1"]);
    check(
        &["PC1@1", "PC1.contoso.com@1", "PC1.fabrikam.com@1"],
        &["PC1 = ", "PC1.contoso.com = ", "PC1.fabrikam.com = "],
    );
    // Both full names are one machine.
    check(
        &["PC1@1", "PC1.contoso.com@1 PC1.fabrikam.com@2"],
        &["PC1.fabrikam.com = PC1 PC1.contoso.com"],
    );
    // A full name that was given up since.
    check(
        &["PC1@1", "PC1.contoso.com@2 PC2.contoso.com@3"],
        &["PC2.contoso.com = PC1 PC1.contoso.com"],
    );
    // A collector's log knows the full name alone.
    check(
        &["A-VERY-LONG-COM@1", "a-very-long-computer.contoso.com@9/3!"],
        &["a-very-long-computer.contoso.com = A-VERY-LONG-COM"],
    );
}

#[test]
fn the_spelling_of_the_newest_record_is_shown() {
    check(&["PC1@1", "pc1@2"], &["pc1 = PC1"]);
    check(&["PC1@2", "pc1@1"], &["PC1 = pc1"]);
}

#[test]
fn setup_and_image_names_join_no_machines() {
    for name in ["MINWINPC", "EC2AMAZ-GQ0HEKD", "37L4247F27-25"] {
        let head = format!("{name}@1");
        check(
            &[&format!("{head} PC1@2"), &format!("{head} PC2@2")],
            &[&format!("PC1 = {name}"), &format!("PC2 = {name}")],
        );
        // Each log's head is that log's machine, and a log with nothing else is one of its own.
        let mut expect = [
            format!("PC1 = {name}"),
            format!("{name} = "),
            format!("{name} = "),
        ];
        expect.sort();
        check(
            &[
                &format!("{head}:7 PC1@2"),
                &format!("{head}:8"),
                &format!("{head}:9"),
            ],
            &expect.each_ref().map(String::as_str),
        );
    }
}

#[test]
fn a_setup_name_is_no_bare_form_of_a_name_elsewhere() {
    check(
        &["EC2AMAZ-GQ0HEKD@1", "EC2AMAZ-GQ0HEKD.corp.example@7"],
        &["EC2AMAZ-GQ0HEKD = ", "EC2AMAZ-GQ0HEKD.corp.example = "],
    );
    check(
        &["EC2AMAZ-GQ0HEKD@1 EC2AMAZ-GQ0HEKD.corp.example@2"],
        &["EC2AMAZ-GQ0HEKD.corp.example = EC2AMAZ-GQ0HEKD"],
    );
}

#[test]
fn machines_known_by_a_setup_name_alone_are_told_apart() {
    let identities = check(
        &["MINWINPC@1:5", "MINWINPC@1:6"],
        &["MINWINPC = ", "MINWINPC = "],
    );
    let key = |log: &str| identities.machine(&LogName::new(log), "MINWINPC").unwrap();
    assert_ne!(key("a"), key("b"));
    // Told apart by what they hold, not by the names of their logs.
    let turned = decided(&parsed(&["MINWINPC@1:6", "MINWINPC@1:5"]));
    let of_turned = |log: &str| turned.machine(&LogName::new(log), "MINWINPC").unwrap();
    assert_eq!((key("a"), key("b")), (of_turned("b"), of_turned("a")));
}

#[test]
fn a_log_that_ends_under_an_old_name_follows_it() {
    check(&["OLD@1", "OLD@20 NEW@21"], &["NEW = OLD"]);
    check(
        &["OLD@1", "OLD@20 MID@21", "MID@40 NEW@41"],
        &["NEW = MID OLD"],
    );
    // Through the full form of a bare name.
    check(
        &["OLD@1", "OLD@20 NEW@21", "NEW.contoso.com@40"],
        &["NEW.contoso.com = NEW OLD"],
    );
    // A machine in a collector's log as well.
    check(&["OLD@1/7!", "OLD@20 NEW@21"], &["NEW = OLD"]);
}

#[test]
fn an_old_name_leads_nowhere_where_logs_disagree_or_go_in_a_circle() {
    check(
        &["OLD@1", "OLD@20 NEW1@21", "OLD@20:9 NEW2@21:10"],
        &["NEW1 = OLD", "NEW2 = OLD", "OLD = "],
    );
    check(&["A@1 B@2", "B@40:3 A@41:4"], &["A = B", "B = A"]);
}

#[test]
fn a_name_that_lives_on_was_given_to_another_machine() {
    // The old machine was renamed, its successor has had its name for weeks.
    check(
        &["PC1@1 PC1-OLD@2", "PC1@5000"],
        &["PC1 = ", "PC1-OLD = PC1"],
    );
}

#[test]
fn an_archive_and_the_log_that_goes_on_after_it_are_one_log() {
    assert_eq!(sets(&["PC1@1 [1-60]", "PC1@70 [61-90]"]), "ab");
    assert_eq!(sets(&["PC1@1 [1-60]", "pc1.a.com@70 [61-90]"]), "ab");
    // An export numbers from 1.
    assert_eq!(sets(&["PC1@1 [1-60]", "PC1@10/70 [1-30]"]), "ab");
    let apart = [
        ["PC1@1 [1-60]", "PC1@70 [62-90]"],
        ["PC1@1 [1-60]", "PC2@70 [61-90]"],
        ["MINWINPC@1 [1-60]", "MINWINPC@70 [61-90]"],
        ["PC1@1 [1-60]", "PC1@70=Setup [61-90]"],
        ["PC1@1! [1-60]", "PC1@70 [61-90]"],
        ["PC1@1 PC1@3/9 [1-60]", "PC1@70 [61-90]"],
    ];
    for logs in apart {
        assert_eq!(sets(&logs), "", "{logs:?}");
    }
    assert_eq!(
        sets(&[
            "PC1@70 [61-90]",
            "PC1@1 [1-60]",
            "PC1@95 [91-95]",
            "PC2@1:3"
        ]),
        "abc"
    );
}

#[test]
fn names_are_read_over_all_archives_of_a_log() {
    // Alone, the second log's head would be nobody's.
    check(
        &["PC1@1 MINWINPC@50 [1-60]", "MINWINPC@50 PC2@70 [40-90]"],
        &["PC2 = MINWINPC PC1"],
    );
    // A name that comes back in another archive.
    check(
        &["PC1@1 PC2@50 [1-60]", "PC2@61 PC1@70 [61-90]"],
        &["PC1 = ", "PC2 = "],
    );
}

#[test]
fn overlapping_exports_with_the_same_records_are_one_log() {
    assert_eq!(
        sets(&["PC1@1 PC1@50 [1-60]", "PC1@50 PC1@70 [40-90]"]),
        "ab"
    );
    assert_eq!(
        sets(&["PC1@1 PC1@50 [1-60]", "PC1@10/50 PC1@30/70 [1-40]"]),
        "ab"
    );
    // The same records, looked at later.
    assert_eq!(
        sets(&["PC1@1 [1-60]", "PC1@1 [1-90]", "PC1@95 [91-95]"]),
        "abc"
    );
    // One within the other.
    assert_eq!(sets(&["PC1@1 PC1@50 PC1@70", "PC1@50 [40-60]"]), "ab");
    // Neither holds a record where both reach.
    assert_eq!(sets(&["PC1@1 [1-60]", "PC1@70 [50-90]"]), "ab");
    assert_eq!(sets(&["PC1@1 [1-60]", "PC2@70 [50-90]"]), "");
    // One lacks a record of the other, or holds another one.
    assert_eq!(
        sets(&["PC1@1 PC1@50 PC1@55 [1-60]", "PC1@50 PC1@70 [40-90]"]),
        ""
    );
    assert_eq!(
        sets(&["PC1@1 PC1@50 PC1@55 [1-60]", "PC1@50 PC1@55:9 [40-90]"]),
        ""
    );
    // What a damaged log lacks proves nothing.
    assert_eq!(
        sets(&["PC1@1 PC1@50 PC1@55 [1-60]", "~ PC1@55 PC1@70 [40-90]"]),
        "ab"
    );
    assert_eq!(
        sets(&["PC1@1 PC1@50 PC1@55 [1-60]", "~ PC1@51 PC1@55 [40-90]"]),
        ""
    );
}

#[test]
fn a_conflict_in_a_set_leaves_all_of_it_apart() {
    // Two machines of one image, and the image's own log.
    let image = "IMAGE@1 IMAGE@20 [1-50]";
    let one = "IMAGE@1 IMAGE@20 PC1@51 PC1@60 [1-80]";
    let two = "IMAGE@1 IMAGE@20 PC2@51:9 PC2@70 [1-80]";
    assert_eq!(sets(&[image, one]), "ab");
    assert_eq!(sets(&[one, two]), "");
    assert_eq!(sets(&[image, one, two]), "");
    check(
        &[image, one, two],
        &["IMAGE = ", "PC1 = IMAGE", "PC2 = IMAGE"],
    );
}

#[test]
fn a_record_that_was_forwarded_is_the_local_ones_machine() {
    let identities = check(
        &[
            "OLD@1 PC1.a.com@2 PC1.a.com@3",
            "PC1.a.com@1/2! PC2.a.com@2/77! PC1.a.com@3/3! OLD@4/1!",
        ],
        &["PC1.a.com = OLD", "PC2.a.com = "],
    );
    let key = |log: &str, computer: &str| identities.machine(&LogName::new(log), computer).cloned();
    assert_eq!(key("a", "PC1.a.com"), key("b", "PC1.a.com"));
    assert_eq!(key("a", "PC1.a.com"), key("b", "OLD"));
    assert_eq!(key("a", "PC2.a.com"), None);
}

#[test]
fn numbers_that_stand_for_other_records_in_another_log_are_told() {
    assert_eq!(notes(&["PC1@1 PC1@2", "PC1@1:9 PC1@2:10"]), "a:b b:a");
    assert_eq!(notes(&["PC1@1 PC1@2", "PC1@1 PC1@2"]), "");
    // Other machines, other channels, other numbers.
    assert_eq!(notes(&["PC1@1", "PC2@1:9"]), "");
    assert_eq!(notes(&["PC1@1", "PC1@1:9=Setup"]), "");
    assert_eq!(notes(&["PC1@1 PC1@3", "PC1@2"]), "");
    // A collector's log that knows both.
    assert_eq!(notes(&["PC1@1:9", "PC1@1/1! PC1@2/1:9!"]), "");
    assert_eq!(notes(&["PC1@1:9", "PC1@1/1! PC1@2/1:8!"]), "");
    assert_eq!(notes(&["PC1@1:9", "PC1@1/1!"]), "a:b b:a");
}
