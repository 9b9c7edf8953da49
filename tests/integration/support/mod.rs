//! What the tests share: logs made by our own writer, and reading them.

pub(crate) mod program;

use std::path::Path;

use spptriage::eventlog::{
    Event, LogCounts, ReadOptions, Scratch, Wanted, WantedIds, WantedProvider, read_log,
};
use spptriage::input::LogSource;
use xtask::evtx::{Log, LogOptions, Provider, Record, Rendering, Shape};
use xtask::recipe::Fixture;

/// The licensing providers and the channel of KMS hosts.
pub(crate) fn wanted() -> Wanted {
    let provider = |name, source| WantedProvider {
        name,
        source,
        ids: WantedIds::All,
    };
    Wanted {
        providers: vec![
            provider(
                "Microsoft-Windows-Security-SPP",
                Some("Software Protection Platform Service"),
            ),
            provider("Office Software Protection Platform Service", None),
            provider(
                "Microsoft-Windows-Security-Licensing-SLC",
                Some("Software Licensing Service"),
            ),
            provider("KmsRequests", None),
        ],
        channels: vec!["Key Management Service"],
        strings: None,
    }
}

/// Every way to read: the shortcuts, and their plain twins.
pub(crate) const ALL_OPTIONS: [ReadOptions; 4] = [
    ReadOptions {
        prefilter: true,
        fold: true,
    },
    ReadOptions {
        prefilter: false,
        fold: true,
    },
    ReadOptions {
        prefilter: true,
        fold: false,
    },
    ReadOptions {
        prefilter: false,
        fold: false,
    },
];

/// Reads a log from memory.
pub(crate) fn read(
    bytes: &[u8],
    wanted: &Wanted,
    options: &ReadOptions,
) -> (Vec<Event>, LogCounts) {
    let source = LogSource::in_memory("log", bytes.to_vec());
    let mut events = Vec::new();
    let counts = read_log(
        &source,
        wanted,
        options,
        &mut Scratch::new(),
        &mut |event| {
            events.push(event);
        },
    )
    .unwrap();
    (events, counts)
}

/// Every fixture, as its recipe makes it.
pub(crate) fn fixtures() -> Vec<Fixture> {
    xtask::recipe::fixtures(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")).unwrap()
}

/// The fixtures that are logs.
pub(crate) fn fixture_logs() -> Vec<Fixture> {
    let mut logs = fixtures();
    logs.retain(|fixture| fixture.bytes.starts_with(b"ElfFile\0") && fixture.bytes.len() >= 4096);
    logs
}

/// A record of the busy log: `kind` says which sort of record, `number` varies its values.
pub(crate) fn busy_record(kind: usize, number: u64) -> Record {
    let text = |what: &str| format!("{what} {number}");
    let noise = Record {
        provider: Provider::classic("ESENT"),
        event_id: 326,
        strings: vec![text("svchost"), text("0x0"), String::new()],
        ..Record::default()
    };
    let manifest = Provider::manifest(
        "Microsoft-Windows-Directory-Services-SAM",
        "{0D4FDC09-8C27-494A-BDA0-505E4FD8ADAE}",
    );
    match kind {
        0 => noise,
        1 => Record {
            event_id: 12288,
            strings: vec![text("0x00000000, kms.contoso.com:1688,")],
            ..Record::default()
        },
        2 => Record {
            provider: manifest,
            event_id: 12288,
            strings: vec![text("domain"), text("value")],
            names: vec!["Domain".to_owned(), "Value".to_owned()],
            shape: Shape::Manifest,
            ..Record::default()
        },
        3 => Record {
            provider: Provider::OFFICE,
            event_id: 8198,
            level: 2,
            qualifiers: 0xC000,
            strings: vec![text("hr=0xC004F074 ä € 激活"), String::new(), text("b")],
            shape: Shape::ClassicShort,
            ..Record::default()
        },
        4 => Record {
            computer: format!("sender{}.contoso.com", number % 3),
            event_id: 8198,
            record_id: Some(90_000 + number),
            strings: vec![text("hr=0x8007232B"), text("Action=AutoActivate")],
            shape: Shape::Collector {
                rendering: number.is_multiple_of(2).then(|| Rendering {
                    culture: "en-US".to_owned(),
                    message: text("message"),
                }),
            },
            ..Record::default()
        },
        5 => Record {
            shape: Shape::Collector { rendering: None },
            ..noise
        },
        6 => Record {
            event_id: 16394,
            ..Record::default()
        },
        7 => Record {
            // Another provider, wanted for its channel, which is a value of the record.
            channel: "Key Management Service".to_owned(),
            provider: manifest,
            event_id: 1,
            strings: vec![text("shellcode")],
            names: vec!["Payload".to_owned()],
            shape: Shape::Manifest,
            ..Record::default()
        },
        _ => Record {
            // The name in another case.
            provider: Provider::classic("MICROSOFT-windows-SECURITY-spp"),
            event_id: 1003,
            strings: vec![text("55c92734-d682-4d71-983e-d6ec3f16059f"), text("list")],
            ..Record::default()
        },
    }
}

/// How many sorts of record there are.
pub(crate) const BUSY_KINDS: usize = 9;

/// Whether records of this sort are wanted.
pub(crate) fn is_wanted(kind: usize) -> bool {
    !matches!(kind, 0 | 2 | 5)
}

/// A log of so many chunks with all sorts of record in turn. A chunk begins with one of each
/// sort, so that these hold all definitions and names.
pub(crate) fn busy_log(chunks: usize, records_per_chunk: u64) -> Vec<u8> {
    let mut log = Log::new(LogOptions {
        first_number: 1_000,
        ..LogOptions::default()
    });
    for _ in 0..chunks {
        for place in 0..records_per_chunk {
            let number = log.next_number();
            log.push(&busy_record(busy_kind(place), number)).unwrap();
        }
        log.end_chunk();
    }
    log.finish()
}

/// Which sort of record stands at this place of a busy log's chunk.
pub(crate) fn busy_kind(place: u64) -> usize {
    // First each sort once; then in another order, so that runs of different length occur.
    let sorts = BUSY_KINDS as u64;
    let kind = if place < sorts {
        place
    } else {
        (place * place + place / 3) % sorts
    };
    usize::try_from(kind).unwrap()
}
