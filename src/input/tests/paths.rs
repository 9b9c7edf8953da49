//! What was named: files, folders, globs, the same thing twice, standard input.

use super::*;

fn names(found: &All) -> Vec<&str> {
    found.read.keys().map(String::as_str).collect()
}

#[test]
fn globs_are_expanded() {
    let a = log(1);
    let folder = folder(&[
        ("logs/a.evtx", &a),
        ("logs/B.EVTX", &a),
        ("logs/readme.txt", b"nothing"),
        ("logs/pc1/Archive-Application-1.evtx", &a),
        ("logs/pc2/deep/Archive-System-2.evtx", &a),
        ("logs/日志.evtx", &a),
    ]);
    let check = |glob: &str, expect: &[&str]| {
        let all = all(folder.path(), &[glob], &DiscoverOptions::default());
        assert_eq!(names(&all), expect, "{glob}");
        assert_eq!(all.skipped, [], "{glob}");
    };
    check(
        "logs/*.evtx",
        &["logs/B.EVTX", "logs/a.evtx", "logs/日志.evtx"],
    );
    check("logs/[ab].evtx", &["logs/B.EVTX", "logs/a.evtx"]);
    check("logs/pc?/*.evtx", &["logs/pc1/Archive-Application-1.evtx"]);
    check("logs/pc[1]", &["logs/pc1/Archive-Application-1.evtx"]);
    check(
        "**/Archive-*.evtx",
        &[
            "logs/pc1/Archive-Application-1.evtx",
            "logs/pc2/deep/Archive-System-2.evtx",
        ],
    );
    check("logs/{a,日志}.evtx", &["logs/a.evtx", "logs/日志.evtx"]);
}

#[test]
fn what_a_glob_means_is_told_like_what_was_named() {
    let folder = folder(&[("a.txt", b"nothing"), ("b/readme", b"nothing")]);
    let told = |glob: &str| {
        let all = all(folder.path(), &[glob], &DiscoverOptions::default());
        assert_eq!(all.skipped.len(), 1, "{:?}", all.skipped);
        all.skipped[0].clone()
    };
    assert_eq!(told("a.*"), ("a.txt".to_owned(), SkipReason::NotALog));
    assert_eq!(told("*.evtx"), ("*.evtx".to_owned(), SkipReason::NoMatch));
    assert_eq!(told("x/*.evtx").1, SkipReason::NoMatch);
    assert_eq!(told("b*").1, SkipReason::NoMatch);
    let (name, reason) = told("[a.evtx");
    assert_eq!(name, "[a.evtx");
    assert!(
        matches!(reason, SkipReason::BadPattern { .. }),
        "{reason:?}"
    );
    assert_eq!(told("a.evtx"), ("a.evtx".to_owned(), SkipReason::Missing));
}

#[test]
fn a_path_that_is_there_is_no_glob() {
    let a = log(1);
    let folder = folder(&[("[a].evtx", &a), ("a.evtx", &a), ("{x}/b.evtx", &a)]);
    let all = all(
        folder.path(),
        &["[a].evtx", "{x}"],
        &DiscoverOptions::default(),
    );
    assert_eq!(names(&all), ["[a].evtx", "{x}/b.evtx"]);
}

#[test]
fn a_file_that_is_reached_twice_is_read_once_and_told() {
    let a = log(1);
    let folder = folder(&[
        ("logs/a.evtx", &a),
        ("logs/same.evtx", &a),
        ("logs/c.zip", &zip(&[("a", &a)])),
    ]);
    let all = all(
        folder.path(),
        &["logs", "logs/../logs/a.evtx", "logs/*.zip", "logs/a.evtx"],
        &DiscoverOptions::default(),
    );
    assert_eq!(
        names(&all),
        ["logs/a.evtx", "logs/c.zip!a", "logs/same.evtx"]
    );
    assert_eq!(
        all.repeated,
        ["logs/../logs/a.evtx", "logs/c.zip", "logs/a.evtx"]
    );
    assert_eq!(all.skipped, []);
}

#[test]
fn in_a_folder_only_what_can_be_read_is_told() {
    let a = log(1);
    let folder = folder(&[
        ("a.evtx", &a),
        ("b.zip", &zip(&[("readme", b"nothing")])),
        ("c.gz", &gz(b"nothing")),
        ("d.txt", b"nothing"),
        ("e.evt", b"\x30\0\0\0LfLe"),
        ("f", b""),
        ("g.evtx", &a[..50]),
    ]);
    let all = all(folder.path(), &["."], &DiscoverOptions::default());
    assert_eq!(all.whole().len(), 1);
    let reasons: Vec<_> = all.skipped.into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(reasons, [SkipReason::HeaderCutShort { bytes: 50 }]);
}

#[test]
fn what_is_called_a_log_and_is_none_is_told_in_every_way() {
    let folder = folder(&[
        ("x/a.evtx", &log(1)),
        ("x/b.EVTX", b""),
        ("x/c.evtx", b"nothing"),
        ("x/d.txt", b"nothing"),
        ("x/e.evtx", &gz(b"nothing")),
    ]);
    let expect = [SkipReason::Empty, SkipReason::NotALog, SkipReason::NotALog];
    for paths in [
        &["x"][..],
        &["x/*.evtx"],
        &["x/a.evtx", "x/b.EVTX", "x/c.evtx", "x/e.evtx"],
    ] {
        let all = all(folder.path(), paths, &DiscoverOptions::default());
        let (names, reasons): (Vec<_>, Vec<_>) = all.skipped.into_iter().unzip();
        assert_eq!(names, ["x/b.EVTX", "x/c.evtx", "x/e.evtx"], "{paths:?}");
        assert_eq!(reasons, expect, "{paths:?}");
    }
    let options = DiscoverOptions {
        exclude: vec!["[bce].evtx".parse().unwrap()],
        ..DiscoverOptions::default()
    };
    assert_eq!(all(folder.path(), &["x"], &options).skipped, []);
}

#[test]
fn named_files_that_are_all_left_out_are_told() {
    let a = log(1);
    let folder = folder(&[
        ("a.evtx", &a),
        ("b.gz", &gz(&a)),
        ("c.zip", &zip(&[("a", &a)])),
        ("d.evtx", &a),
    ]);
    let options = DiscoverOptions {
        exclude: ["a.*", "b.*", "c.*"].map(|p| p.parse().unwrap()).to_vec(),
        ..DiscoverOptions::default()
    };
    let told = |names: &[&str]| {
        let all = all(folder.path(), names, &options);
        let is_left_out = |reason: &SkipReason| *reason == SkipReason::NoneSelected;
        assert!(all.skipped.iter().all(|(_, reason)| is_left_out(reason)));
        all.skipped.into_iter().map(|(name, _)| name).collect()
    };
    let check = |names: &[&str], expect: &[&str]| {
        let told: Vec<String> = told(names);
        assert_eq!(told, expect);
    };
    check(&["a.evtx"], &["a.evtx"]);
    check(&["a.evtx", "b.gz", "c.zip"], &["a.evtx", "b.gz", "c.zip"]);
    // To leave out some of it is what the patterns are for.
    check(&["a.evtx", "c.zip", "d.evtx"], &[]);
    let stdin = DiscoverOptions {
        include: vec!["nothing".parse().unwrap()],
        ..DiscoverOptions::default()
    };
    let all = read_stdin(a.clone(), &stdin);
    assert_eq!(all.skipped, [("-".to_owned(), SkipReason::NoneSelected)]);
}

#[test]
fn what_vanishes_is_an_error_of_that_source_alone() {
    let a = log(1);
    let folder = folder(&[
        ("a.evtx", &a),
        ("b.gz", &gz(&a)),
        ("c.tar.gz", &gz(&tar(&[("a", &a)]))),
    ]);
    let path = folder.path().to_owned();
    let found = discover(std::slice::from_ref(&path), &DiscoverOptions::default());
    assert_eq!(found.sources.len(), 3);
    drop(folder);
    for source in found.sources {
        let error = match source {
            Source::Log(log) => log.reader().err(),
            Source::Rows(rows) => rows.bytes().reader().err(),
            Source::Stream(stream) => stream.open(None).err(),
            Source::Sequence(sequence) => sequence
                .walk(None, &mut |_| ControlFlow::Continue(()))
                .err(),
        };
        assert!(matches!(error, Some(InputError::Read { .. })), "{error:?}");
    }
    let found = discover(&[path], &DiscoverOptions::default());
    assert_eq!(found.skipped[0].reason, SkipReason::Missing);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let a = log(1);
    let folder = folder(&[("a.evtx", &a), ("b.zip", &zip(&[("a", &a)]))]);
    for name in ["a.evtx", "b.zip"] {
        let path = folder.path().join(name);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
        if crate::input::source::open(&path).is_ok() {
            return; // The superuser may read everything.
        }
    }
    for paths in [&["."][..], &["a.evtx", "b.zip"]] {
        let all = all(folder.path(), paths, &DiscoverOptions::default());
        assert_eq!(all.skipped.len(), 2, "{:?}", all.skipped);
        let is_refused = |reason| matches!(reason, SkipReason::Unreadable { .. });
        assert!(
            all.skipped
                .into_iter()
                .all(|(_, reason)| is_refused(reason))
        );
    }
}

#[test]
fn standard_input_is_what_its_first_bytes_say() {
    let (a, b) = (log(1), log(2));
    let members: &[(&str, &[u8])] = &[("a", &a), ("b", &b)];
    let check = |bytes: Vec<u8>, expect: &[&str]| {
        let all = read_stdin(bytes, &DiscoverOptions::default());
        assert_eq!(all.skipped, []);
        assert_eq!(all.whole(), expect);
        assert!(all.read[expect[0]].0 == a);
    };
    check(a.clone(), &["-"]);
    check(gz(&a), &["-"]);
    check(zip(members), &["-!a", "-!b"]);
    check(streamed_zip(members), &["-!a", "-!b"]);
    check(tar(members), &["-!a", "-!b"]);
    check(gz(&tar(members)), &["-!a", "-!b"]);
    let told = |bytes: &[u8]| read_stdin(bytes.to_vec(), &DiscoverOptions::default()).skipped;
    assert_eq!(told(b""), [("-".to_owned(), SkipReason::Empty)]);
    assert_eq!(told(b"nothing"), [("-".to_owned(), SkipReason::NotALog)]);
    assert_eq!(
        told(&a[..9]),
        [("-".to_owned(), SkipReason::HeaderCutShort { bytes: 9 })]
    );
}

#[test]
fn standard_input_is_read_once() {
    for bytes in [log(1), gz(&tar(&[("a", &log(1))]))] {
        let found = find_on_stdin(bytes, &DiscoverOptions::default());
        let source = &found.sources[0];
        assert!(!source.is_repeatable());
        assert_eq!(source.bytes(), 0);
        let open = || match source {
            Source::Stream(stream) => stream.open(None).map(drop),
            Source::Sequence(sequence) => sequence
                .walk(None, &mut |_| ControlFlow::Continue(()))
                .map(drop),
            Source::Log(_) | Source::Rows(_) => panic!("{source:?}"),
        };
        assert!(open().is_ok());
        assert!(matches!(open(), Err(InputError::OnlyOnce { .. })));
    }
}
