//! The names of the findings that are no code.

/// The findings that are no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FindingId {
    /// A product is not activated and no code says why.
    NotActivated,
    /// An evaluation has ended.
    EvaluationEnded,
    /// The clocks of a client and its KMS host differ too much.
    ClockSkew,
    /// A KMS client asks itself.
    LoopbackKmsHost,
    /// A license or a grace ends soon.
    ExpiringSoon,
    /// A KMS client's license was not renewed when it was due.
    RenewalOverdue,
    /// KMS is asked for a product whose key is none that KMS activates.
    WrongChannel,
    /// A KMS client's license ends later than an honest one can.
    ImplausibleValidity,
    /// A product key could not be installed.
    KeyInstallFailed,
    /// The licensing service found its files or its data changed.
    Tampering,
    /// Something else has written to the Key Management Service channel.
    ForeignRecord,
    /// Several computers share one machine id.
    DuplicateCmid,
    /// A KMS host counts fewer clients than a product needs.
    KmsCountLow,
    /// A KMS host activates nobody, or fails for many.
    KmsHostFailing,
    /// A KMS host was asked that is not on the administrator's list.
    UnlistedKmsHost,
    /// A KMS host was asked that may be somebody else's.
    UnknownKmsHost,
    /// A KMS host cannot publish its DNS record.
    DnsPublishFailed,
}

impl FindingId {
    /// Every finding.
    pub const ALL: &'static [Self] = &[
        Self::NotActivated,
        Self::EvaluationEnded,
        Self::ClockSkew,
        Self::LoopbackKmsHost,
        Self::ExpiringSoon,
        Self::RenewalOverdue,
        Self::WrongChannel,
        Self::ImplausibleValidity,
        Self::KeyInstallFailed,
        Self::Tampering,
        Self::ForeignRecord,
        Self::DuplicateCmid,
        Self::KmsCountLow,
        Self::KmsHostFailing,
        Self::UnlistedKmsHost,
        Self::UnknownKmsHost,
        Self::DnsPublishFailed,
    ];

    /// Its id in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotActivated => "not-activated",
            Self::EvaluationEnded => "evaluation-ended",
            Self::ClockSkew => "clock-skew",
            Self::LoopbackKmsHost => "loopback-kms-host",
            Self::ExpiringSoon => "expiring-soon",
            Self::RenewalOverdue => "renewal-overdue",
            Self::WrongChannel => "wrong-channel",
            Self::ImplausibleValidity => "implausible-validity",
            Self::KeyInstallFailed => "key-install-failed",
            Self::Tampering => "tampering",
            Self::ForeignRecord => "foreign-record",
            Self::DuplicateCmid => "duplicate-cmid",
            Self::KmsCountLow => "kms-count-low",
            Self::KmsHostFailing => "kms-host-failing",
            Self::UnlistedKmsHost => "unlisted-kms-host",
            Self::UnknownKmsHost => "unknown-kms-host",
            Self::DnsPublishFailed => "dns-publish-failed",
        }
    }

    /// Whether it can be why a machine fails to activate; all others stand beside what is.
    pub fn explains_failures(self) -> bool {
        match self {
            Self::NotActivated | Self::EvaluationEnded | Self::ClockSkew => true,
            Self::LoopbackKmsHost | Self::ExpiringSoon => false,
            Self::RenewalOverdue
            | Self::WrongChannel
            | Self::ImplausibleValidity
            | Self::KeyInstallFailed
            | Self::Tampering
            | Self::ForeignRecord => false,
            Self::KmsHostFailing => true,
            Self::DuplicateCmid
            | Self::KmsCountLow
            | Self::UnlistedKmsHost
            | Self::UnknownKmsHost
            | Self::DnsPublishFailed => false,
        }
    }
}
