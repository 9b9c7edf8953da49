//! The identifiers that activation events carry: GUIDs told apart by type, and key channels.
//!
//! What a product is called is the catalog's business; here are only the numbers.

use std::fmt;
use std::str::FromStr;

/// 128 bits printed as `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Guid(u128);

impl Guid {
    /// Reads the five groups with or without braces, any case; nothing else.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text
            .strip_prefix('{')
            .and_then(|t| t.strip_suffix('}'))
            .unwrap_or(text);
        let bytes: &[u8; 36] = text.as_bytes().try_into().ok()?;
        let mut value: u128 = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                if *byte != b'-' {
                    return None;
                }
                continue;
            }
            value = (value << 4) | u128::from(char::from(*byte).to_digit(16)?);
        }
        Some(Self(value))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            v >> 96,
            (v >> 80) & 0xFFFF,
            (v >> 64) & 0xFFFF,
            (v >> 48) & 0xFFFF,
            v & 0xFFFF_FFFF_FFFF
        )
    }
}

/// A text that is no GUID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no GUID")]
pub struct ParseGuidError {
    /// What was given.
    pub text: String,
}

macro_rules! guid_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Guid);

        impl $name {
            /// From its 128 bits, as printed from left to right.
            pub const fn from_bits(bits: u128) -> Self {
                Self(Guid(bits))
            }
        }

        impl FromStr for $name {
            type Err = ParseGuidError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Guid::parse(text).map(Self).ok_or_else(|| ParseGuidError { text: text.to_owned() })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

guid_type! {
    /// Names the license of one product and channel. Windows calls it activation id in some
    /// places and SKU id in others; it is the same number.
    ActivationId
}
guid_type! {
    /// The family that a product belongs to: Windows, or a generation of Office.
    ApplicationId
}
guid_type! {
    /// Client machine id: what a KMS host counts machines by.
    Cmid
}
guid_type! {
    /// A rule of the service's rules engine, as in `RuleId=`.
    RuleId
}

impl Cmid {
    /// Whether it is all zeros, as machines without one send.
    pub fn is_zero(self) -> bool {
        self.0.0 == 0
    }
}

/// What a product is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Application {
    /// Windows itself.
    Windows,
    /// Office of any generation.
    Office,
    /// Not known from the log.
    Unknown,
}

impl ApplicationId {
    /// Windows, all generations (slpublic.h; seen in every real log).
    pub const WINDOWS: Self = Self::from_bits(0x55c9_2734_d682_4d71_983e_d6ec_3f16_059f);
    /// Office 2010.
    pub const OFFICE_2010: Self = Self::from_bits(0x59a5_2881_a989_479d_af46_f275_c637_0663);
    /// Office 2013 and later.
    pub const OFFICE: Self = Self::from_bits(0x0ff1_ce15_a989_479d_af46_f275_c637_0663);

    /// Which application it names.
    pub fn application(self) -> Application {
        match self {
            Self::WINDOWS => Application::Windows,
            Self::OFFICE_2010 | Self::OFFICE => Application::Office,
            _ => Application::Unknown,
        }
    }
}

/// The channel of a product key, as 8230 prints it (`ProductKeyType`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// `Volume:GVLK`, the KMS client setup key.
    KmsClient,
    /// `Volume:MAK`.
    Mak,
    /// `Volume:CSVLK`, a KMS host key.
    KmsHost,
    /// Retail or OEM time-based evaluation (`...:TB:Eval`), as logged.
    Evaluation(String),
    /// `Retail` in any other form, as logged.
    Retail(String),
    /// `OEM:...`, as logged.
    Oem(String),
    /// Anything else, as logged.
    Other(String),
}

impl Channel {
    /// Reads the text of `ProductKeyType`.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        match lower.as_str() {
            "volume:gvlk" => Self::KmsClient,
            "volume:mak" => Self::Mak,
            "volume:csvlk" => Self::KmsHost,
            t if t.contains("tb:eval") => Self::Evaluation(text.to_owned()),
            t if t == "retail" || t.starts_with("retail:") => Self::Retail(text.to_owned()),
            t if t.starts_with("oem") => Self::Oem(text.to_owned()),
            _ => Self::Other(text.to_owned()),
        }
    }
}

/// As Windows prints it.
impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KmsClient => "Volume:GVLK",
            Self::Mak => "Volume:MAK",
            Self::KmsHost => "Volume:CSVLK",
            Self::Evaluation(text) | Self::Retail(text) | Self::Oem(text) | Self::Other(text) => {
                text
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_guid_is_read_with_and_without_braces_in_any_case() {
        let plain: ActivationId = "ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03".parse().unwrap();
        assert_eq!("{EF6CFC9F-8C5D-44AC-9AAD-DE6A2EA0AE03}".parse(), Ok(plain));
        assert_eq!(plain.to_string(), "ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03");
    }

    #[test]
    fn masked_and_mistyped_guids_are_refused() {
        for odd in [
            "?",
            "",
            "(null)",
            "6f345b60-8a5c-427c-....-836a982589dc",
            "439e8c91-ff38-4ecb-ba0b-326586080c953",
            "ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03-1",
        ] {
            assert!(odd.parse::<ActivationId>().is_err(), "{odd}");
        }
    }

    #[test]
    fn the_three_applications_are_told_apart() {
        let application = |text: &str| text.parse::<ApplicationId>().unwrap().application();
        assert_eq!(
            application("55c92734-d682-4d71-983e-d6ec3f16059f"),
            Application::Windows
        );
        assert_eq!(
            application("0ff1ce15-a989-479d-af46-f275c6370663"),
            Application::Office
        );
        assert_eq!(
            application("59a52881-a989-479d-af46-f275c6370663"),
            Application::Office
        );
    }

    #[test]
    fn key_channels_are_read_as_8230_prints_them() {
        assert_eq!(Channel::parse("Volume:GVLK"), Channel::KmsClient);
        assert_eq!(
            Channel::parse("Retail:TB:Eval").to_string(),
            "Retail:TB:Eval"
        );
        assert_eq!(Channel::parse("OEM:DM"), Channel::Oem("OEM:DM".to_owned()));
        assert_eq!(
            Channel::parse("Custom"),
            Channel::Other("Custom".to_owned())
        );
    }

    proptest! {
        #[test]
        fn printing_then_parsing_is_the_identity(bits: u128) {
            let id = ActivationId::from_bits(bits);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }
}
