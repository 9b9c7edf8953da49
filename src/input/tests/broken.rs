//! Archives that are damaged, protected or made to do harm: what can be read is, the rest is
//! told, and nothing panics.

use proptest::prelude::*;
use zip::unstable::write::FileOptionsExt;

use super::*;

fn not_unpacked(reason: &SkipReason) -> &str {
    match reason {
        SkipReason::NotUnpacked { message } => message,
        other => panic!("{other:?}"),
    }
}

/// Where a sequence of bytes stands for the last time.
fn last(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes
        .windows(wanted.len())
        .rposition(|window| window == wanted)
        .unwrap()
}

#[test]
fn a_zip_that_is_cut_short_gives_what_comes_before() {
    let (a, b) = (log(1), log(2));
    for bytes in [
        zip(&[("a", &a), ("b", &b)]),
        streamed_zip(&[("a", &a), ("b", &b)]),
    ] {
        let cut = &bytes[..bytes.len() * 3 / 4];
        let all = one("c.zip", cut, &DiscoverOptions::default());
        assert_eq!(all.whole(), ["c.zip!a"]);
        let (part, error) = &all.read["c.zip!b"];
        assert!(error.is_some() && b.starts_with(part) && part.len() > 2000);
        let told = [("c.zip".to_owned(), SkipReason::NoDirectory)];
        assert_eq!(all.skipped, told);
        // Only its directory is lost.
        let cut = &bytes[..bytes.len() - 22];
        let all = one("c.zip", cut, &DiscoverOptions::default());
        assert_eq!(all.whole(), ["c.zip!a", "c.zip!b"]);
        assert_eq!(all.skipped, told);
    }
    let all = one("c.zip", b"PK\x03\x04", &DiscoverOptions::default());
    assert_eq!(all.skipped, [("c.zip".to_owned(), SkipReason::NoDirectory)]);
}

#[test]
fn a_zip_with_a_bad_directory_is_walked() {
    let mut bytes = zip(&[("a", &log(1)), ("b", &log(2))]);
    let at = last(&bytes, b"PK\x01\x02");
    bytes[at] = b'X';
    let folder = folder(&[("c.zip", &bytes)]);
    // It is told in a folder as well: it could have held more.
    for path in ["c.zip", "."] {
        let all = all(folder.path(), &[path], &DiscoverOptions::default());
        assert_eq!(all.whole().len(), 2);
        assert_eq!(all.skipped.len(), 1);
        assert_eq!(all.skipped[0].1, SkipReason::NoDirectory);
    }
}

#[test]
fn a_member_that_only_the_directory_measures_ends_the_walk_with_one_line() {
    let a = log(1);
    let mut bytes = zip_with(
        options().compression_method(CompressionMethod::Stored),
        &[("a", &a), ("b", &a)],
    );
    let directory = last(&bytes, b"PK\x05\x06");
    let second = last(&bytes[..directory], b"PK\x03\x04");
    // Its length stands behind it, and in the directory.
    bytes[second + 6] = 1 << 3;
    bytes[second + 14..second + 26].fill(0);
    let all = one("c.gz", &gz(&bytes), &DiscoverOptions::default());
    assert_eq!(all.whole(), ["c.gz!a"]);
    let first = "b".to_owned();
    let told = ("c.gz".to_owned(), SkipReason::LengthUnknown { first });
    assert_eq!(all.skipped, [told]);
    // By the directory it is read.
    let all = one("c.zip", &bytes, &DiscoverOptions::default());
    assert_eq!(all.whole(), ["c.zip!a", "c.zip!b"]);
    assert_eq!(all.skipped, []);
}

#[test]
fn members_with_a_password_are_told_once() {
    let locked = options().with_deprecated_encryption(b"secret").unwrap();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let a = log(1);
    zip.start_file("open", options()).unwrap();
    zip.write_all(&a).unwrap();
    for name in ["b", "c"] {
        zip.start_file(name, locked).unwrap();
        zip.write_all(&a).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let all = one("c.zip", &bytes, &DiscoverOptions::default());
    assert_eq!(all.whole(), ["c.zip!open"]);
    let told = |members| SkipReason::Encrypted {
        members,
        first: "b".to_owned(),
    };
    assert_eq!(all.skipped, [("c.zip".to_owned(), told(2))]);
    // Where the zip has to be walked, its end is not found: the length stands behind it.
    let all = one(
        "c.tar",
        &tar(&[("d.zip", &bytes)]),
        &DiscoverOptions::default(),
    );
    assert_eq!(all.whole(), ["c.tar!d.zip!open"]);
    let (names, reasons): (Vec<_>, Vec<_>) = all.skipped.into_iter().unzip();
    assert_eq!(names, ["c.tar!d.zip", "c.tar!d.zip"]);
    assert_eq!(reasons[0], told(1));
    let first = "b".to_owned();
    assert_eq!(reasons[1], SkipReason::LengthUnknown { first });
}

#[test]
fn members_packed_in_another_way_are_told_with_its_name() {
    let mut bytes = zip(&[("a", &log(1)), ("b", &log(2))]);
    // The method of the second member, in its header and in the directory.
    for (magic, offset) in [(b"PK\x03\x04", 8), (b"PK\x01\x02", 10)] {
        let at = last(&bytes, magic) + offset;
        bytes[at] = 9;
    }
    let told = |archive: &str| {
        let reason = SkipReason::Packing {
            method: "Deflate64".to_owned(),
            members: 1,
            first: "b".to_owned(),
        };
        (archive.to_owned(), reason)
    };
    let all = one("c.zip", &bytes, &DiscoverOptions::default());
    assert_eq!(all.whole(), ["c.zip!a"]);
    assert_eq!(all.skipped, [told("c.zip")]);
    let all = one("c.gz", &gz(&bytes), &DiscoverOptions::default());
    assert_eq!(all.whole(), ["c.gz!a"]);
    assert_eq!(all.skipped, [told("c.gz")]);
}

#[test]
fn a_member_that_is_not_what_its_archive_says_ends_with_an_error() {
    let a = log(1);
    let sound = zip(&[("a", &a)]);
    let directory = last(&sound, b"PK\x01\x02");
    let check = |offset: usize, value: u32, kept: usize, expect: &str| {
        let mut bytes = sound.clone();
        let at = directory + offset;
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        let all = one("c.zip", &bytes, &DiscoverOptions::default());
        let (bytes, error) = &all.read["c.zip!a"];
        assert_eq!(error.as_deref().unwrap_or_default(), expect);
        assert!(bytes[..] == a[..kept]);
    };
    let computed = crc32fast::hash(&a);
    check(
        16,
        1,
        8192,
        &format!(
            "the archive says that the checksum is 0x00000001, the bytes give 0x{computed:08x}"
        ),
    );
    check(24, 5000, 5000, "more than the declared 5000 bytes come out");
    check(24, 9000, 8192, "it is cut short after 8192 bytes");
    let at = sound.len() / 2;
    let mut bytes = sound.clone();
    bytes[at..at + 64].fill(0xFF);
    let all = one("c.zip", &bytes, &DiscoverOptions::default());
    assert!(all.read["c.zip!a"].1.is_some());
}

#[test]
fn what_unpacks_to_too_much_is_cut() {
    let mut zeros = log(1);
    zeros.resize(12 << 20, 0);
    let options = limits(|limits| limits.ratio = 20);
    let bomb = zip(&[("a", &zeros), ("b", &log(2))]);
    for (name, bytes) in [
        ("c!a", &bomb),
        ("c!d!a", &zip(&[("d", &bomb)])),
        ("c!a", &gz(&tar(&[("a", &zeros), ("b", &log(2))]))),
        ("c", &gz(&zeros)),
    ] {
        let all = one("c", bytes, &options);
        assert_eq!(all.limits, [LimitExceeded::Ratio { limit: 20 }], "{name}");
        let kept = all.read[name].0.len();
        assert!((10 << 20..12 << 20).contains(&kept), "{kept}");
    }
    // What comes behind it in a zip is not lost.
    assert!(one("c", &bomb, &options).whole().contains(&"c!b"));
}

#[test]
fn no_more_comes_out_of_an_archive_than_its_limit() {
    let (a, b) = (log(1), log(2));
    let options = limits(|limits| limits.bytes = 12_000);
    let members: &[(&str, &[u8])] = &[("a", &a), ("b", &b), ("c", &a)];
    let limit = LimitExceeded::Bytes { limit: 12_000 };
    let all = one("c", &zip(members), &options);
    assert_eq!(all.whole(), ["c!a"]);
    assert!(all.read["c!b"].0[..] == b[..12_000 - 8192]);
    assert_eq!(all.limits, [limit]);
    assert_eq!(
        all.skipped,
        [("c".to_owned(), SkipReason::Limit(limit))],
        "the third is not begun"
    );
    let all = one("c", &gz(&tar(members)), &options);
    assert_eq!(all.whole(), ["c!a"]);
    assert_eq!(all.skipped, [("c".to_owned(), SkipReason::Limit(limit))]);
    let all = one("c", &zip(&[("d", &streamed_zip(members))]), &options);
    assert_eq!(all.whole(), ["c!d!a"]);
    // A tar that is not packed costs what it is.
    assert_eq!(one("c", &tar(members), &options).whole().len(), 3);
    // Exactly the limit is within it.
    let options = limits(|limits| limits.bytes = 8192);
    assert_eq!(one("c", &gz(&a), &options).whole(), ["c"]);
}

#[test]
fn members_behind_the_limit_of_entries_are_not_looked_at() {
    let a = log(1);
    let options = limits(|limits| limits.entries = 2);
    let members: &[(&str, &[u8])] = &[("a", &a), ("b", &a), ("c", &a)];
    let limit = SkipReason::Limit(LimitExceeded::Entries { limit: 2 });
    for (bytes, name) in [
        (zip(members), "c"),
        (streamed_zip(members), "c"),
        (tar(members), "c"),
        (gz(&tar(members)), "c"),
        (gz(&streamed_zip(members)), "c"),
        (zip(&[("d", &zip(members))]), "c!d"),
    ] {
        let all = one("c", &bytes, &options);
        assert_eq!(all.whole().len(), 2);
        assert_eq!(all.skipped, [(name.to_owned(), limit.clone())]);
    }
    let options = limits(|limits| limits.entries = 3);
    assert_eq!(one("c", &zip(members), &options).skipped, []);
}

#[test]
fn archives_that_lie_too_deep_are_told() {
    let a = log(1);
    let deep = zip(&[("e", &zip(&[("f", &zip(&[("a", &a)]))])), ("b", &a)]);
    let told = |name: &str, limit| {
        let reason = SkipReason::Limit(LimitExceeded::Depth { limit });
        (name.to_owned(), reason)
    };
    let all = one("c", &deep, &DiscoverOptions::default());
    assert_eq!(all.whole(), ["c!b"]);
    assert_eq!(all.skipped, [told("c!e!f", 1)]);
    let all = one("c", &deep, &limits(|limits| limits.depth = 0));
    assert_eq!(all.whole(), ["c!b"]);
    assert_eq!(all.skipped, [told("c!e", 0)]);
    let all = one("c", &deep, &limits(|limits| limits.depth = 2));
    assert_eq!(all.whole(), ["c!b", "c!e!f!a"]);
    let all = one("c", &gz(&gz(&a)), &DiscoverOptions::default());
    assert_eq!(all.skipped, [told("c", 1)]);
    let all = one(
        "c",
        &zip(&[("d", &gz(&gz(&a)))]),
        &DiscoverOptions::default(),
    );
    assert_eq!(all.skipped, [told("c!d", 1)]);
}

#[test]
fn a_tar_that_is_cut_short_gives_what_comes_before() {
    let (a, b) = (log(1), log(2));
    let bytes = tar(&[("a", &a), ("b", &b)]);
    let cut = &bytes[..512 + 8192 + 512 + 5000];
    for (name, bytes) in [("c.tar", cut.to_vec()), ("c.tar.gz", gz(cut))] {
        let all = one(name, &bytes, &DiscoverOptions::default());
        let (part, _) = &all.read[&format!("{name}!b")];
        assert!(part[..] == b[..5000]);
        assert!(all.read[&format!("{name}!a")].0 == a);
        assert_eq!(all.skipped.len(), 1);
        assert_eq!(all.skipped[0].0, name);
        not_unpacked(&all.skipped[0].1);
    }
}

#[test]
fn a_tar_with_a_broken_header_is_told() {
    let mut bytes = tar(&[("a", &log(1)), ("b", &log(2))]);
    bytes[512 + 8192] ^= 1;
    for bytes in [bytes.clone(), gz(&bytes)] {
        let all = one("c", &bytes, &DiscoverOptions::default());
        assert_eq!(all.whole(), ["c!a"]);
        assert_eq!(
            not_unpacked(&all.skipped[0].1),
            "archive header checksum mismatch"
        );
    }
}

#[test]
fn a_tar_cannot_claim_memory_for_a_name() {
    let mut header = ::tar::Header::new_gnu();
    header.set_entry_type(::tar::EntryType::GNULongName);
    header.set_path("././@LongLink").unwrap();
    header.set_size(16 << 20);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.resize(512 + (16 << 20), b'a');
    bytes.extend(tar(&[("a", &log(1))]));
    let limit = SkipReason::Limit(LimitExceeded::Header { limit: 4 << 20 });
    for bytes in [bytes.clone(), gz(&bytes)] {
        let all = one("c", &bytes, &DiscoverOptions::default());
        assert_eq!(all.skipped, [("c".to_owned(), limit.clone())]);
    }
}

#[test]
fn a_member_with_holes_is_told() {
    let mut header = ::tar::Header::new_gnu();
    header.set_entry_type(::tar::EntryType::GNUSparse);
    header.set_path("sparse.evtx").unwrap();
    header.set_size(0);
    // Its real length: a terabyte of nothing.
    header.as_gnu_mut().unwrap().realsize = *b"10000000000\0";
    header.as_gnu_mut().unwrap().sparse[0].offset = *b"10000000000\0";
    header.as_gnu_mut().unwrap().sparse[0].numbytes = *b"00000000000\0";
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(tar(&[("a", &log(1))]));
    for bytes in [bytes.clone(), gz(&bytes)] {
        let all = one("c", &bytes, &DiscoverOptions::default());
        assert_eq!(all.whole(), ["c!a"]);
        assert!(
            matches!(&all.skipped[..], [(name, SkipReason::Packing { .. })] if name == "c"),
            "{:?}",
            all.skipped
        );
    }
}

#[test]
fn a_gz_that_is_cut_short_gives_what_comes_before() {
    let a = log(1);
    let bytes = gz(&a);
    let all = one(
        "c.gz",
        &bytes[..bytes.len() * 3 / 4],
        &DiscoverOptions::default(),
    );
    let (part, error) = &all.read["c.gz"];
    let told = |bytes| format!("it is cut short after {bytes} bytes");
    assert_eq!(error.as_deref(), Some(told(part.len()).as_str()));
    assert!(a.starts_with(part));
    // Cut within the first bytes of the log, there is nothing to tell it by.
    let all = one("c.gz", &bytes[..40], &DiscoverOptions::default());
    assert_eq!(all.skipped.len(), 1);
    assert!(not_unpacked(&all.skipped[0].1).starts_with("it is cut short after "));
    let all = one("c.gz", &bytes[..5], &DiscoverOptions::default());
    assert_eq!(not_unpacked(&all.skipped[0].1), told(0));
}

#[test]
fn a_gz_that_breaks_off_or_makes_no_sense_is_the_fault_of_the_archive() {
    let members: &[(&str, &[u8])] = &[("a", &log(1)), ("b", &log(2))];
    let bytes = gz(&tar(members));
    let read = |bytes: &[u8]| {
        let folder = folder(&[("c.tar.gz", bytes)]);
        let found = discover(
            &[folder.path().join("c.tar.gz")],
            &DiscoverOptions::default(),
        );
        let [Source::Sequence(sequence)] = found.sources.as_slice() else {
            panic!("{found:?}")
        };
        let mut reasons = Vec::new();
        let skipped = sequence.walk(None, &mut |member| {
            if let Err(error) = std::io::copy(member.reader, &mut std::io::sink()) {
                reasons.push(SkipReason::of_read_error(&error));
            }
            ControlFlow::Continue(())
        });
        reasons.extend(skipped.unwrap().into_iter().map(|skipped| skipped.reason));
        reasons
    };
    let reasons = read(&bytes[..bytes.len() * 3 / 4]);
    assert!(!reasons.is_empty());
    for reason in &reasons {
        assert!(not_unpacked(reason).contains("it is cut short after "));
    }
    // Its checksum is another.
    let mut bytes = gz(&log(1));
    let at = bytes.len() - 8;
    bytes[at] ^= 1;
    let all = one("a.gz", &bytes, &DiscoverOptions::default());
    assert_eq!(
        all.read["a.gz"].1.as_deref(),
        Some("the packed bytes are damaged after 8192 bytes")
    );
}

#[test]
fn a_log_that_ends_inside_its_header_is_told_in_archives_too() {
    let short = &log(1)[..1000];
    let told = |name: &str| {
        let reason = SkipReason::HeaderCutShort { bytes: 1000 };
        [(name.to_owned(), reason)]
    };
    for (bytes, name) in [
        (zip(&[("a", short)]), "c!a"),
        (tar(&[("a", short)]), "c!a"),
        (gz(&tar(&[("a", short)])), "c!a"),
        (gz(short), "c"),
    ] {
        assert_eq!(
            one("c", &bytes, &DiscoverOptions::default()).skipped,
            told(name)
        );
    }
}

/// Archives small enough to be broken in every way.
fn small_archives() -> &'static [Vec<u8>] {
    static ARCHIVES: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    ARCHIVES.get_or_init(make_small_archives)
}

fn make_small_archives() -> Vec<Vec<u8>> {
    let a = &log(1)[..4200];
    let members: &[(&str, &[u8])] = &[("x/a%20b.evtx", a), ("readme", b"nothing"), ("b", a)];
    let stored = options().compression_method(CompressionMethod::Stored);
    vec![
        zip(members),
        streamed_zip(members),
        zip_with(stored, members),
        zip_with(options().large_file(true), members),
        zip(&[("d", &streamed_zip(members)), ("e", &gz(a))]),
        tar(members),
        gz(&tar(members)),
        gz(&zip(members)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn broken_archives_never_panic(
        which in 0_usize..8,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in proptest::option::of(any::<prop::sample::Index>()),
        near_the_end in any::<bool>(),
    ) {
        let mut bytes = small_archives()[which].clone();
        let from = if near_the_end { bytes.len().saturating_sub(300) } else { 0 };
        for (place, value) in changes {
            let at = from + place.index(bytes.len() - from);
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let options = limits(|limits| limits.bytes = 1 << 20);
        let all = one("c", &bytes, &options);
        let read: usize = all.read.values().map(|(bytes, _)| bytes.len()).sum();
        prop_assert!(read <= 4 << 20);
        // The same bytes on standard input, where they can only be walked.
        read_stdin(bytes, &options);
    }
}
