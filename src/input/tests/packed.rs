//! Archives that are sound: what they hold is found, under the right name, and comes out whole.

use super::*;

#[track_caller]
fn check(name: &str, archive: &[u8], expect: &[(&str, u32)]) {
    let all = one(name, archive, &DiscoverOptions::default());
    let expect: BTreeMap<String, (Vec<u8>, Option<String>)> = expect
        .iter()
        .map(|(name, number)| ((*name).to_owned(), (log(*number), None)))
        .collect();
    assert_eq!(all.skipped, []);
    assert_eq!(
        all.read.keys().collect::<Vec<_>>(),
        expect.keys().collect::<Vec<_>>()
    );
    assert!(all.read == expect, "{name}: other bytes come out");
}

#[test]
fn logs_in_a_zip_are_read() {
    let (a, b) = (log(1), log(2));
    let members: &[(&str, &[u8])] = &[
        ("a.evtx", &a),
        ("deep/er/b.evtx", &b),
        ("readme.txt", b"nothing"),
        ("export.xml", b"<?xml version='1.0'?><Events/>"),
        ("old.evt", b"\x30\0\0\0LfLe\x01\0\0\0"),
        ("empty", b""),
    ];
    let expect = [("c.zip!a.evtx", 1), ("c.zip!deep/er/b.evtx", 2)];
    check("c.zip", &zip(members), &expect);
    check("c.zip", &streamed_zip(members), &expect);
    let stored = options().compression_method(CompressionMethod::Stored);
    check("c.zip", &zip_with(stored, members), &expect);
    check(
        "c.zip",
        &zip_with(options().large_file(true), members),
        &expect,
    );
}

#[test]
fn content_tells_and_not_the_name() {
    let a = log(1);
    check("c.evtx", &zip(&[("a.txt", &a)]), &[("c.evtx!a.txt", 1)]);
    check("c.zip", &a, &[("c.zip", 1)]);
    check("c.zip", &gz(&a), &[("c.zip", 1)]);
    check("c.gz", &tar(&[("a", &a)]), &[("c.gz!a", 1)]);
}

#[test]
fn members_are_named_as_a_reader_knows_them() {
    let a = log(1);
    let members: &[(&str, &[u8])] = &[
        ("auto/C%3A/Logs/Foo%254Admin.evtx", &a),
        ("Foo%4Admin.evtx", &a),
        ("日志/系统.evtx", &a),
        (r"logs\a.evtx", &a),
        ("../../up.evtx", &a),
        ("/etc/root.evtx", &a),
    ];
    check(
        "c.zip",
        &zip(members),
        &[
            ("c.zip!auto/C:/Logs/Foo%4Admin.evtx", 1),
            ("c.zip!Foo%4Admin.evtx", 1),
            ("c.zip!日志/系统.evtx", 1),
            ("c.zip!logs/a.evtx", 1),
            ("c.zip!../../up.evtx", 1),
            ("c.zip!/etc/root.evtx", 1),
        ],
    );
}

#[test]
fn two_members_that_would_have_one_name_keep_their_own() {
    let (a, b) = (log(1), log(2));
    check(
        "c.zip",
        &zip(&[("a%20b.evtx", &a), ("a b.evtx", &b)]),
        &[("c.zip!a%20b.evtx", 1), ("c.zip!a b.evtx", 2)],
    );
    check(
        "c.zip",
        &zip(&[(r"a\b.evtx", &a), ("a/b.evtx", &b)]),
        &[("c.zip!a/b.evtx", 1), ("c.zip!a/b.evtx (2)", 2)],
    );
}

#[test]
fn a_name_that_is_not_utf_8_is_replaced() {
    let mut bytes = zip(&[("XX.evtx", &log(1))]);
    let places: Vec<usize> = (0..bytes.len() - 2)
        .filter(|at| &bytes[*at..*at + 3] == b"XX.")
        .collect();
    assert_eq!(places.len(), 2);
    for at in places {
        bytes[at..at + 2].copy_from_slice(b"\xC8\xD5");
    }
    check("c.zip", &bytes, &[("c.zip!\u{FFFD}\u{FFFD}.evtx", 1)]);
}

#[test]
fn a_zip_in_a_zip_is_read_once_deep() {
    let a = log(1);
    let expect = [("c.zip!in/d.zip!x/a.evtx", 1)];
    for inner in [zip(&[("x/a.evtx", &a)]), streamed_zip(&[("x/a.evtx", &a)])] {
        check("c.zip", &zip(&[("in/d.zip", &inner)]), &expect);
    }
    let inner = zip(&[("x/a.evtx", &a)]);
    let stored = options().compression_method(CompressionMethod::Stored);
    check("c.zip", &zip_with(stored, &[("in/d.zip", &inner)]), &expect);
}

#[test]
fn archives_in_others_are_read() {
    let (a, b) = (log(1), log(2));
    let inner = zip(&[("a.evtx", &a), ("b.evtx", &b)]);
    let expect = [("c!d!a.evtx", 1), ("c!d!b.evtx", 2)];
    check("c", &tar(&[("d", &inner)]), &expect);
    check("c", &gz(&tar(&[("d", &inner)])), &expect);
    let inner = tar(&[("a.evtx", &a), ("b.evtx", &b)]);
    check("c", &zip(&[("d", &inner)]), &expect);
    check("c", &zip(&[("d", &gz(&inner))]), &expect);
    check("c", &gz(&tar(&[("d", &gz(&inner))])), &expect);
    check("c", &zip(&[("d", &gz(&a))]), &[("c!d", 1)]);
    check("c", &gz(&tar(&[("d", &gz(&a))])), &[("c!d", 1)]);
}

#[test]
fn logs_in_tars_are_read() {
    let (a, b) = (log(1), log(2));
    let long = format!("{}/b.evtx", "long".repeat(60));
    let members: &[(&str, &[u8])] = &[("x/a.evtx", &a), ("readme", b"nothing"), (&long, &b)];
    let second = format!("c!{long}");
    let expect = [("c!x/a.evtx", 1), (second.as_str(), 2)];
    check("c", &tar(members), &expect);
    check("c", &gz(&tar(members)), &expect);
}

#[test]
fn a_gz_of_several_parts_is_one_log() {
    let a = log(1);
    let mut bytes = gz(&a[..3000]);
    bytes.extend(gz(&a[3000..]));
    check("a.evtx.gz", &bytes, &[("a.evtx.gz", 1)]);
}

#[test]
fn rows_are_told_apart_from_logs() {
    let ndjson = b"{\"row\":\"event\"}\n";
    let folder = folder(&[
        ("rows.ndjson", ndjson),
        ("rows.parquet", b"PAR1\x15\x04"),
        ("rows.gz", &gz(ndjson)),
    ]);
    let found = discover(&[folder.path().to_owned()], &DiscoverOptions::default());
    let kinds: Vec<_> = found
        .sources
        .iter()
        .map(|source| match source {
            Source::Rows(rows) => ("rows", rows.kind()),
            Source::Stream(stream) => ("stream", stream.kind()),
            Source::Log(_) | Source::Sequence(_) => panic!("{source:?}"),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("stream", ContentKind::NdjsonRows),
            ("rows", ContentKind::NdjsonRows),
            ("rows", ContentKind::ParquetRows),
        ]
    );
}

#[test]
fn what_is_stored_as_it_is_is_read_by_position() {
    let a = log(1);
    let stored = options().compression_method(CompressionMethod::Stored);
    for bytes in [tar(&[("a", &a)]), zip_with(stored, &[("a", &a)])] {
        let folder = folder(&[("c", &bytes)]);
        let found = discover(&[folder.path().join("c")], &DiscoverOptions::default());
        let [Source::Log(log)] = found.sources.as_slice() else {
            panic!("{found:?}")
        };
        let mut part = [0; 16];
        assert_eq!(log.len(), 8192);
        assert_eq!(log.reader().unwrap().read_at(8184, &mut part).unwrap(), 8);
        assert_eq!(part[..8], a[8184..]);
        assert_eq!(log.reader().unwrap().read_at(9000, &mut part).unwrap(), 0);
    }
}

#[test]
fn members_are_chosen_by_pattern() {
    let a = log(1);
    let inner = zip(&[("Application.evtx", &a), ("System.evtx", &a)]);
    let folder = folder(&[
        ("a.zip", &inner),
        (
            "b.tar.gz",
            &gz(&tar(&[("x/application.evtx", &a), ("y", &a)])),
        ),
        ("System.evtx", &a),
        ("Application.evtx.gz", &gz(&a)),
    ]);
    let chosen = |include: &[&str], exclude: &[&str]| {
        let parse = |all: &[&str]| all.iter().map(|one| one.parse().unwrap()).collect();
        let options = DiscoverOptions {
            include: parse(include),
            exclude: parse(exclude),
            limits: Limits::default(),
        };
        let found = all(folder.path(), &["."], &options);
        let names: Vec<String> = found
            .whole()
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        (names.join(" ").replace("./", ""), found.skipped)
    };
    assert_eq!(
        chosen(&["Application.evtx"], &[]),
        (
            "Application.evtx.gz a.zip!Application.evtx b.tar.gz!x/application.evtx".to_owned(),
            Vec::new()
        )
    );
    assert_eq!(
        chosen(&[], &["*.zip", "x/*", "*.gz"]),
        ("System.evtx".to_owned(), Vec::new())
    );
    assert_eq!(
        chosen(&["b.tar.gz!**"], &["y"]).0,
        "b.tar.gz!x/application.evtx"
    );
    let (names, skipped) = chosen(&["nothing"], &["*.tar.gz"]);
    assert_eq!(names, "");
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0].1, SkipReason::NoneSelected);
    let options = DiscoverOptions {
        exclude: vec!["*.evtx".parse().unwrap(), "y".parse().unwrap()],
        ..DiscoverOptions::default()
    };
    for name in ["a.zip", "b.tar.gz"] {
        let told = [(name.to_owned(), SkipReason::NoneSelected)];
        assert_eq!(all(folder.path(), &[name], &options).skipped, told);
    }
}

#[test]
fn an_archive_without_logs_is_told_where_it_was_named() {
    let archives: &[(&str, &[u8])] = &[
        ("a.zip", &zip(&[("readme", b"nothing")])),
        ("b.zip", &zip(&[])),
        ("c.tar", &tar(&[("readme", b"nothing")])),
        ("d.tar.gz", &gz(&tar(&[("readme", b"nothing")]))),
        ("e.gz", &gz(b"nothing")),
    ];
    let folder = folder(archives);
    let options = DiscoverOptions::default();
    for (name, _) in archives {
        let all = all(folder.path(), &[name], &options);
        let reason = if *name == "e.gz" {
            SkipReason::NotALog
        } else {
            SkipReason::NoLogsInArchive
        };
        assert_eq!(all.skipped, [((*name).to_owned(), reason)]);
    }
    // In a folder only the tar.gz has to be walked to know.
    std::fs::remove_file(folder.path().join("d.tar.gz")).unwrap();
    let all = all(folder.path(), &["."], &options);
    assert_eq!(all.skipped.len(), 1);
    assert_eq!(all.skipped[0].1, SkipReason::NoLogs);
}

#[test]
fn a_walk_ends_where_it_is_told_to() {
    let a = log(1);
    let members: &[(&str, &[u8])] = &[("a", &a), ("b", &a), ("c", &a)];
    for bytes in [gz(&tar(members)), zip(&[("d", &zip(members))])] {
        let folder = folder(&[("c", &bytes)]);
        let found = discover(&[folder.path().join("c")], &DiscoverOptions::default());
        let [Source::Sequence(sequence)] = found.sources.as_slice() else {
            panic!("{found:?}")
        };
        let mut names = Vec::new();
        let skipped = sequence.walk(None, &mut |member| {
            names.push(member.name.to_string());
            // What is not read is passed over.
            if names.len() == 2 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert_eq!(skipped.unwrap(), []);
        assert_eq!(names.len(), 2);
    }
}

#[test]
fn what_is_taken_from_the_disk_is_counted() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    let a = log(1);
    let folder = folder(&[
        ("a.gz", &gz(&a)),
        ("b.tar.gz", &gz(&tar(&[("a", &a)]))),
        ("c.zip", &zip(&[("a", &a), ("readme", b"nothing")])),
    ]);
    let found = discover(&[folder.path().to_owned()], &DiscoverOptions::default());
    assert_eq!(found.sources.len(), 3);
    for source in found.sources {
        let taken = Arc::new(AtomicU64::new(0));
        match &source {
            Source::Stream(stream) => {
                let mut reader = stream.open(Some(&taken)).unwrap();
                std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
            }
            Source::Sequence(sequence) => {
                let skipped = sequence.walk(Some(&taken), &mut |_| ControlFlow::Continue(()));
                assert_eq!(skipped.unwrap(), []);
            }
            Source::Log(_) | Source::Rows(_) => panic!("{source:?}"),
        }
        assert!(source.bytes() > 0);
        assert_eq!(taken.load(Ordering::Relaxed), source.bytes());
    }
}

/// A zip of a folder, which is written as this says, and a log, as streams are written.
fn zip_with_folder(method: u16, packed: &[u8], descriptor: &[u8]) -> Vec<u8> {
    let sound = streamed_zip(&[("META-INF/a", &log(1))]);
    let mut bytes = b"PK\x03\x04\x14\0\x08\x08".to_vec();
    bytes.extend(method.to_le_bytes());
    bytes.extend([0; 16]);
    bytes.extend([9, 0, 0, 0]);
    bytes.extend(b"META-INF/");
    bytes.extend(packed);
    bytes.extend(descriptor);
    bytes.extend(sound);
    bytes
}

#[test]
fn folders_in_streamed_zips_are_walked_past() {
    let signed = |packed: u8| {
        let mut descriptor = b"PK\x07\x08\0\0\0\0".to_vec();
        descriptor.extend([packed, 0, 0, 0, 0, 0, 0, 0]);
        descriptor
    };
    let (deflated, stored) = (signed(2), signed(0));
    for (method, packed, descriptor) in [
        // As Java writes them.
        (8, &[3, 0][..], &deflated[..]),
        (8, &[3, 0], &deflated[4..]),
        (0, &[], &stored),
        (0, &[], &stored[4..]),
        // The descriptor is announced and not there.
        (0, &[], &[]),
    ] {
        let bytes = zip_with_folder(method, packed, descriptor);
        let all = read_stdin(bytes.clone(), &DiscoverOptions::default());
        assert_eq!(all.whole(), ["-!META-INF/a"], "{method} {descriptor:?}");
        assert_eq!(all.skipped, [], "{method} {descriptor:?}");
        let nested = one("c", &zip(&[("d.jar", &bytes)]), &DiscoverOptions::default());
        assert_eq!(nested.whole(), ["c!d.jar!META-INF/a"]);
        assert_eq!(nested.skipped, []);
    }
}

#[test]
fn what_is_called_a_log_and_is_none_is_told_in_archives() {
    let members: &[(&str, &[u8])] = &[
        ("a.evtx", &log(1)),
        ("x/Empty.EVTX", b""),
        ("x/text.evtx", b"nothing"),
        ("x/._a.evtx", b"nothing"),
        ("readme", b"nothing"),
        ("xml.evtx", b"<?xml version"),
    ];
    for (bytes, name) in [
        (zip(members), "c"),
        (tar(members), "c"),
        (gz(&tar(members)), "c"),
        (zip(&[("d", &streamed_zip(members))]), "c!d"),
    ] {
        let folder = folder(&[("c", &bytes)]);
        let all = all(folder.path(), &["c"], &DiscoverOptions::default());
        let told = |member: &str, reason| (format!("{name}!{member}"), reason);
        assert_eq!(
            all.skipped,
            [
                told("x/Empty.EVTX", SkipReason::Empty),
                told("x/text.evtx", SkipReason::NotALog),
                told("xml.evtx", SkipReason::XmlExport),
            ]
        );
    }
    let options = DiscoverOptions {
        exclude: vec!["x/*".parse().unwrap()],
        include: vec!["a.evtx".parse().unwrap()],
        ..DiscoverOptions::default()
    };
    assert_eq!(one("c", &zip(members), &options).skipped, []);
    assert_eq!(one("c", &gz(&tar(members)), &options).skipped, []);
}
