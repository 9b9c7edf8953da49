//! Events of the service behind digital licenses and Store licenses (Client License Service,
//! ClipSVC). They are no activation events: they are counted by id, and those that tell why a
//! digital license is missing stand beside an activation that failed for want of one.
//!
//! Meanings come from the message table of clipsvc.dll; 110 was also seen in a real log, with its
//! result code as a decimal number in the last of two named fields.

use crate::hresult::Hresult;

/// The provider; its records stand in its Admin channel.
pub(crate) const PROVIDER: &str = "Microsoft-Client-Licensing-Platform";

/// The name of an event's meaning.
pub(super) fn kind(event_id: u16) -> &'static str {
    match event_id {
        100 => "digital-license-service-starting",
        101 => "digital-license-service-started",
        102 => "digital-license-service-stopped",
        103 => "digital-license-service-failed",
        104 => "digital-license-rearm-pending",
        106 | 107 => "digital-license-removed",
        110 | 111 => "digital-license-install-failed",
        112 => "digital-license-storage-failed",
        113 => "digital-license-refresh-failed",
        114 => "digital-license-removal-failed",
        115..=118 => "digital-license-installed",
        119 => "unlock-token-installed",
        120 => "unlock-token-failed",
        121 => "digital-license-reboot-required",
        150 => "digital-license-rearmed",
        151 => "app-without-license",
        152 => "hardware-out-of-tolerance",
        153 => "hardware-within-tolerance",
        154 => "device-id-updated",
        155 => "device-license-removed",
        156 => "device-license-missing",
        157 | 159 | 160 => "digital-license-archived",
        158 => "digital-license-archive-failed",
        _ => "digital-license-other",
    }
}

/// Whether an event says more than that the service did its work. The others are only counted: a
/// machine that uses the Store writes hundreds of them.
pub(crate) fn is_told(event_id: u16) -> bool {
    matches!(event_id, 103 | 104 | 110..=114 | 120 | 121 | 150 | 152..=156)
}

/// The event ids that are told.
pub(super) const TOLD: &[u16] = &[
    103, 104, 110, 111, 112, 113, 114, 120, 121, 150, 152, 153, 154, 155, 156,
];

/// The result code of an event that has one: its last string, as a decimal or hexadecimal number.
pub(super) fn code(event_id: u16, data: &[String]) -> Option<Hresult> {
    if !matches!(event_id, 103 | 110..=114 | 120 | 150) {
        return None;
    }
    let text = data.last()?.trim();
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let bits = match hexadecimal {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        // Some forwarders write it as a signed number.
        None => match text.parse::<u32>() {
            Ok(bits) => bits,
            Err(_) => text.parse::<i32>().ok()?.cast_unsigned(),
        },
    };
    Some(Hresult::new(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(event_id: u16, data: &[&str]) -> Option<String> {
        let data: Vec<String> = data.iter().map(ToString::to_string).collect();
        code(event_id, &data).map(|code| code.to_string())
    }

    #[test]
    fn a_result_code_is_the_last_field_however_it_is_written() {
        for (id, data, code) in [
            (110, &["1", "3225380353"][..], Some("0xC03F6601")),
            (110, &["1", "0xC03F6601"], Some("0xC03F6601")),
            (110, &["1", "-1069586943"], Some("0xC03F6601")),
            (103, &["2147942402"], Some("0x80070002")),
            (
                111,
                &["id", "5", "package", "NULL", "2147942405"],
                Some("0x80070005"),
            ),
            (110, &["1", "none"], None),
            (110, &[], None),
            (116, &["package", "3225380353"], None),
            (152, &[], None),
        ] {
            assert_eq!(code_of(id, data).as_deref(), code, "{id} {data:?}");
        }
    }

    #[test]
    fn what_is_told_is_listed() {
        let told: Vec<u16> = (0..=u16::MAX).filter(|id| is_told(*id)).collect();
        assert_eq!(told, TOLD);
        assert!(TOLD.iter().all(|id| kind(*id) != "digital-license-other"));
    }
}
