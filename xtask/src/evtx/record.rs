//! What a record is: the fields that a caller can set. How they become bytes is `shape`'s
//! business.

use std::borrow::Cow;

use super::FileTime;

/// Who wrote a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Provider/@Name.
    pub name: Cow<'static, str>,
    /// Provider/@Guid in braces; purely classic sources have none.
    pub guid: Option<Cow<'static, str>>,
    /// Provider/@EventSourceName, of classic sources that have a manifest too.
    pub source: Option<Cow<'static, str>>,
}

impl Provider {
    /// The licensing service of Windows 7 and later.
    pub const SPP: Self = Self::bound(
        "Microsoft-Windows-Security-SPP",
        "{E23B33B0-C8C9-472C-A5F9-F2BDFEA0F156}",
        "Software Protection Platform Service",
    );
    /// The licensing service of Vista and Server 2008.
    pub const SLC: Self = Self::bound(
        "Microsoft-Windows-Security-Licensing-SLC",
        "{1FD7C1D2-D037-4620-8D29-B2C7E5FCC13A}",
        "Software Licensing Service",
    );
    /// Office's own licensing service: a classic source and no more.
    pub const OFFICE: Self = Self::classic("Office Software Protection Platform Service");
    /// The source that may stand in a KMS host's channel.
    pub const KMS_REQUESTS: Self = Self::classic("KmsRequests");

    const fn bound(name: &'static str, guid: &'static str, source: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            guid: Some(Cow::Borrowed(guid)),
            source: Some(Cow::Borrowed(source)),
        }
    }

    /// A classic source, known by its name alone.
    pub const fn classic(name: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            guid: None,
            source: None,
        }
    }

    /// A provider with a manifest, known by name and GUID.
    pub const fn manifest(name: &'static str, guid: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            guid: Some(Cow::Borrowed(guid)),
            source: None,
        }
    }
}

/// How a record is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// A classic event of Windows 7 and later: provider, channel and computer are literals of
    /// the outer template, 20 values, the strings as one array in a template of their own.
    #[default]
    Classic,
    /// The same with 18 values: no RelatedActivityID and nothing between UserID and the data.
    ClassicShort,
    /// An event with a manifest: provider and channel are values, data elements have names.
    Manifest,
    /// As a collector stores it: no template, every value a text.
    Collector {
        /// The sender's rendering, where it sent one.
        rendering: Option<Rendering>,
    },
}

/// What a sender adds to a forwarded event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendering {
    /// The language, such as `en-US`.
    pub culture: String,
    /// The message in that language.
    pub message: String,
}

/// One record. The default is an information event of the licensing service without strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it was written.
    pub time: FileTime,
    /// System/EventRecordID; the number in the file where there is none.
    pub record_id: Option<u64>,
    /// Who wrote it.
    pub provider: Provider,
    /// The low 16 bits of the message identifier.
    pub event_id: u16,
    /// The high 16 bits; manifest events have none.
    pub qualifiers: u16,
    /// System/Level: 0 success, 2 error, 3 warning, 4 information.
    pub level: u8,
    /// System/Keywords.
    pub keywords: u64,
    /// System/Channel.
    pub channel: String,
    /// System/Computer.
    pub computer: String,
    /// Execution/@ProcessID; 0 on older builds.
    pub process_id: u32,
    /// Execution/@ThreadID; 0 in classic events.
    pub thread_id: u32,
    /// The strings in order.
    pub strings: Vec<String>,
    /// Names of the strings, for manifest and collector shapes; missing ones have none.
    pub names: Vec<String>,
    /// EventData/Binary; none where empty.
    pub binary: Vec<u8>,
    /// How it is stored.
    pub shape: Shape,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            time: FileTime::default(),
            record_id: None,
            provider: Provider::SPP,
            event_id: 0,
            qualifiers: 0x4000,
            level: 4,
            keywords: 0x0080_0000_0000_0000,
            channel: "Application".to_owned(),
            computer: "PC".to_owned(),
            process_id: 0,
            thread_id: 0,
            strings: Vec::new(),
            names: Vec::new(),
            binary: Vec::new(),
            shape: Shape::Classic,
        }
    }
}
