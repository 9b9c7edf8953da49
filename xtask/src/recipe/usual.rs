//! What is usual for an event id: level, qualifiers, and the providers a recipe can name.
//!
//! From reference/events.md 1. Level and Qualifiers are two things: several events of the
//! licensing service carry error qualifiers and an information level (seen in real records).

use crate::evtx::{Provider, Shape};

/// A provider as a recipe names it.
pub(super) struct KnownProvider {
    pub(super) word: &'static str,
    pub(super) provider: Provider,
    pub(super) style: Style,
}

/// How a provider writes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// The licensing services: qualifiers by id, KMS events with a blob.
    Licensing,
    /// A classic source that leaves the qualifiers 0.
    Plain,
    /// With a manifest: strings are `Name=value`.
    Manifest,
}

pub(super) const PROVIDERS: &[KnownProvider] = &[
    licensing("spp", Provider::SPP),
    licensing("slc", Provider::SLC),
    licensing("office", Provider::OFFICE),
    licensing("kms", Provider::KMS_REQUESTS),
    plain("msi", "MsiInstaller"),
    plain("esent", "ESENT"),
    plain("security-center", "SecurityCenter"),
    // A source that nobody knows.
    plain("unknown", "Contoso Updater"),
    plain("wer", "Windows Error Reporting"),
    manifest(
        "sam",
        "Microsoft-Windows-Directory-Services-SAM",
        "{0D4FDC09-8C27-494A-BDA0-505E4FD8ADAE}",
    ),
    manifest(
        "clip",
        "Microsoft-Client-Licensing-Platform",
        "{B6CC0D55-9ECC-49A8-B929-2B9022426F2A}",
    ),
    manifest(
        "profiles",
        "Microsoft-Windows-User Profiles Service",
        "{89B1E9F0-5AFF-44A6-9B44-0A07A7CE5845}",
    ),
    manifest(
        "auditing",
        "Microsoft-Windows-Security-Auditing",
        "{54849625-5478-4994-A5BA-3E3B0328C30D}",
    ),
];

const fn licensing(word: &'static str, provider: Provider) -> KnownProvider {
    KnownProvider {
        word,
        provider,
        style: Style::Licensing,
    }
}

const fn plain(word: &'static str, name: &'static str) -> KnownProvider {
    KnownProvider {
        word,
        provider: Provider::classic(name),
        style: Style::Plain,
    }
}

const fn manifest(word: &'static str, name: &'static str, guid: &'static str) -> KnownProvider {
    KnownProvider {
        word,
        provider: Provider::manifest(name, guid),
        style: Style::Manifest,
    }
}

pub(super) fn provider(word: &str) -> Option<&'static KnownProvider> {
    PROVIDERS.iter().find(|known| known.word == word)
}

impl Style {
    /// The shape of its records where Windows itself writes the log.
    pub(super) fn shape(self, classic: Shape) -> Shape {
        match self {
            Self::Licensing | Self::Plain => classic,
            Self::Manifest => Shape::Manifest,
        }
    }

    /// Qualifiers of an event.
    pub(super) fn qualifiers(self, id: u16) -> u16 {
        match (self, id) {
            (Self::Plain | Self::Manifest, _) => 0,
            (
                Self::Licensing,
                1001
                | 1008
                | 1010
                | 1012
                | 1014
                | 1026..=1028
                | 1041..=1043
                | 1062
                | 1063
                | 8192..=8195
                | 8197..=8205
                | 8208..=8215
                | 12322
                | 16385
                | 16387
                | 16389..=16394
                | 20481..=20489,
            ) => 0xc000,
            (
                Self::Licensing,
                1015
                | 1017
                | 1019..=1024
                | 1029..=1032
                | 1037
                | 1044
                | 1054..=1058
                | 1184..=1195
                | 12321,
            ) => 0x8000,
            (Self::Licensing, _) => 0x4000,
        }
    }

    /// Level of an event.
    pub(super) fn level(self, id: u16) -> u8 {
        match (self, id) {
            (Self::Licensing, 902 | 903 | 1007 | 1009 | 1011 | 1013) => 0,
            (Self::Licensing, 1037 | 8197 | 16394 | 20481..=20489) => 4,
            // Information by its message, shown as a warning (a public table of events).
            (Self::Licensing, 8233) => 3,
            _ => match self.qualifiers(id) {
                0xc000 => 2,
                0x8000 => 3,
                _ => 4,
            },
        }
    }
}
