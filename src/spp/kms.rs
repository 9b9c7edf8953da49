//! KMS: what a client asked and was answered (12288, 12289), what a host served (12290), and the
//! host's own start and DNS publishing (12291, 12293, 12294).
//!
//! Layouts: Microsoft's KMS log tables, checked against real records where there are any.

use chrono::{DateTime, Utc};

use super::fields::{self, Fields};
use super::kms_host::{HostField, parse_field};
use super::product::{ActivationId, Cmid};
use super::{Activity, KmsHost, LicenseState, Role};
use crate::hresult::Hresult;

/// 12288: a client sent a request to a KMS host, or could not ("try").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KmsRequest {
    /// 0 where the request was handed to RPC; else why this try failed.
    pub hresult: Option<Hresult>,
    /// Warning bits such as 0x8 (no SLIC table) or 0x04000000 (not enough count).
    pub status_flags: Option<u32>,
    /// The host asked; none where finding one failed.
    pub host: Option<KmsHost>,
    /// The machine id that the host counts.
    pub cmid: Option<Cmid>,
    /// The client's clock, to the minute.
    pub client_time: Option<DateTime<Utc>>,
    /// Whether the client says that it is a virtual machine.
    pub is_vm: Option<bool>,
    /// The license state before this request.
    pub license_state: Option<LicenseState>,
    /// Minutes left in that state.
    pub minutes_to_expiry: Option<u32>,
    /// The product that is to be activated.
    pub activation_id: Option<ActivationId>,
    /// The count that the product needs on the host: 25 or 5.
    pub min_count: Option<u32>,
}

/// 12289: a client processed a KMS host's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KmsResponse {
    /// 0 where the answer was accepted.
    pub hresult: Option<Hresult>,
    /// Warning bits, as in 12288.
    pub status_flags: Option<u32>,
    /// Whether the client is activated now (`fBound`).
    pub is_bound: Option<bool>,
    /// The host's count, which the host caps at twice the need.
    pub current_count: Option<u32>,
    /// Minutes until the next try while not activated.
    pub activation_interval: Option<u32>,
    /// Minutes until the next try while activated.
    pub renewal_interval: Option<u32>,
    /// The client time of the request that this answers.
    pub client_time: Option<DateTime<Utc>>,
}

/// 12290: a KMS host processed a client's request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KmsServed {
    /// 0 where the request was granted.
    pub hresult: Option<Hresult>,
    /// The count that the product needs.
    pub min_count: Option<u32>,
    /// The client's name as it gave it: bare or fully qualified.
    pub client: Option<String>,
    /// The client's machine id.
    pub cmid: Option<Cmid>,
    /// The client's clock, to the minute.
    pub client_time: Option<DateTime<Utc>>,
    /// Whether the client says that it is a virtual machine.
    pub is_vm: Option<bool>,
    /// The client's license state before the request.
    pub license_state: Option<LicenseState>,
    /// Minutes left in that state.
    pub minutes_to_expiry: Option<u32>,
    /// The client's product.
    pub activation_id: Option<ActivationId>,
}

/// Status flag: the host's count is below the need.
pub const FLAG_NOT_ENOUGH_COUNT: u32 = 0x0400_0000;

/// Names of the fields of 12288 in rows.
pub(super) const REQUEST_FIELDS: &[&str] = &[
    "hresult",
    "status_flags",
    "kms_host",
    "kms_port",
    "cmid",
    "client_time",
    "is_vm",
    "license_state",
    "minutes_to_expiry",
    "activation_id",
    "min_count",
];

pub(super) fn request(f: &mut Fields<'_>) -> Activity {
    let hresult = f.code(1, "hresult", Role::Result);
    let status_flags = f.read(2, "status_flags", fields::bits);
    let host = host(f, 3);
    Activity::KmsRequest(KmsRequest {
        hresult,
        status_flags,
        host,
        cmid: f.read(4, "cmid", fields::guid),
        client_time: f.read(5, "client_time", fields::utc_time),
        is_vm: f.read(6, "is_vm", fields::flag),
        license_state: f.read(7, "license_state", LicenseState::parse),
        minutes_to_expiry: f.read(8, "minutes_to_expiry", fields::number),
        activation_id: f.read(9, "activation_id", fields::guid),
        min_count: f.read(10, "min_count", fields::number),
    })
}

fn host(f: &mut Fields<'_>, position: usize) -> Option<KmsHost> {
    let text = f.text(position)?;
    match parse_field(text) {
        HostField::Absent => None,
        HostField::TooLong => {
            f.note_odd(position, "kms_host", text);
            None
        }
        HostField::Host(host) => Some(host),
        HostField::OddPort(host) => {
            f.note_odd(position, "kms_port", text);
            Some(host)
        }
    }
}

/// Names of the fields of 12289 in rows, but for the fourth, which is always 0.
pub(super) const RESPONSE_FIELDS: &[&str] = &[
    "hresult",
    "status_flags",
    "is_bound",
    "current_count",
    "activation_interval",
    "renewal_interval",
    "client_time",
];

pub(super) fn response(f: &mut Fields<'_>) -> Activity {
    Activity::KmsResponse(KmsResponse {
        hresult: f.code(1, "hresult", Role::Result),
        status_flags: f.read(2, "status_flags", fields::bits),
        is_bound: f.read(3, "is_bound", fields::flag),
        current_count: f.read(5, "current_count", fields::number),
        activation_interval: f.read(6, "activation_interval", fields::number),
        renewal_interval: f.read(7, "renewal_interval", fields::number),
        client_time: f.read(8, "client_time", fields::utc_time),
    })
}

/// Names of the fields of 12290 in rows.
pub(super) const SERVED_FIELDS: &[&str] = &[
    "hresult",
    "min_count",
    "client",
    "cmid",
    "client_time",
    "is_vm",
    "license_state",
    "minutes_to_expiry",
    "activation_id",
];

pub(super) fn served(f: &mut Fields<'_>) -> Activity {
    Activity::KmsServed(KmsServed {
        hresult: f.code(1, "hresult", Role::Result),
        min_count: f.read(2, "min_count", fields::number),
        client: f.text(3).map(str::to_owned),
        cmid: f.read(4, "cmid", fields::guid),
        client_time: f.read(5, "client_time", fields::utc_time),
        is_vm: f.read(6, "is_vm", fields::flag),
        license_state: f.read(7, "license_state", LicenseState::parse),
        minutes_to_expiry: f.read(8, "minutes_to_expiry", fields::number),
        activation_id: f.read(9, "activation_id", fields::guid),
    })
}

pub(super) fn host_failed(f: &mut Fields<'_>) -> Activity {
    Activity::KmsHostFailed {
        hresult: f.code(1, "hresult", Role::Result),
    }
}

pub(super) fn publish_failed(f: &mut Fields<'_>) -> Activity {
    let hresult = f.code(1, "hresult", Role::Result);
    Activity::DnsPublishFailed {
        hresult,
        domain: f.text(2).map(str::to_owned),
    }
}

pub(super) fn published(f: &mut Fields<'_>) -> Activity {
    Activity::DnsPublished {
        domain: f.text(1).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        parse: fn(&mut Fields<'_>) -> Activity,
        data: &[&str],
        count: usize,
    ) -> (Activity, usize) {
        let data: Vec<String> = data.iter().map(|s| (*s).to_owned()).collect();
        let mut f = Fields::of_list(&data, count);
        let activity = parse(&mut f);
        (activity, f.finish().odd.len())
    }

    fn try_of(text: &str) -> (KmsRequest, usize) {
        match read(request, &[text], 10) {
            (Activity::KmsRequest(request), odd) => (request, odd),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_real_request_is_read_whole() {
        // events.md section 5, no. 3: a renewal on EC2.
        let (request, odd) = try_of(
            "0x00000000, 0x00000000, 169.254.169.251:1688, 169721ce-2886-4832-a037-e9459281751a, \
             2023/05/31 01:12, 1, 1, 249120, ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 5",
        );
        assert_eq!(odd, 0);
        assert_eq!(request.hresult, Some(Hresult::OK));
        assert_eq!(request.host.unwrap().to_string(), "169.254.169.251:1688");
        assert_eq!(request.license_state, Some(LicenseState::Licensed));
        assert_eq!(request.minutes_to_expiry, Some(249_120));
        assert_eq!(request.min_count, Some(5));
        assert_eq!(request.is_vm, Some(true));
    }

    #[test]
    fn an_empty_host_and_an_empty_tenth_field_are_nothing_odd() {
        let (request, odd) = try_of(
            "0x8007232B, 0x00000000, , 36f27b39-2fd5-440b-be67-a09996d27a38, 2010/09/29 17:52, 0, 2, 41760, \
             68531fb9-5511-4989-97be-d11a0f55633f, ",
        );
        assert_eq!((request.host, request.min_count, odd), (None, None, 0));
        assert_eq!(request.license_state, Some(LicenseState::OobGrace));
    }

    #[test]
    fn masked_fields_are_kept_aside_and_the_rest_is_read() {
        // events.md section 5, no. 9: an Office 2010 request, masked by its author.
        let (request, odd) = try_of(
            "0x00000000, 0x00000000, _key.management.server:_1688, .......-b604-4b8c-9a48-99d4348fcf37, \
             2012/12/04 07:06, 0, 2, 972, 6f345b60-8a5c-427c-....-836a982589dc, 5",
        );
        assert_eq!(odd, 3);
        assert_eq!(request.host.unwrap().name(), "_key.management.server");
        assert_eq!(request.min_count, Some(5));
    }

    #[test]
    fn too_few_and_too_many_fields_are_read_as_far_as_they_go() {
        assert_eq!(
            try_of("0x8007232B").0.hresult,
            Some(Hresult::new(0x8007_232B))
        );
        let (long, _) = try_of(
            "0x0, 0x8, kms01.contoso.com:1688, 08c3bda0-c556-4b61-9e4e-7bf6d4df80be, 2006/1/14 2:30, 1, 2, 40123, cf67834d-db4a-402c-ab1f-2c134f02b700, 25, 7, 8",
        );
        assert_eq!((long.min_count, long.status_flags), (Some(25), Some(8)));
    }

    #[test]
    fn an_answer_below_the_count_is_read_from_microsofts_table() {
        // events.md section 5, no. 12.
        let (activity, odd) = read(
            response,
            &["0x0, 0x4000008, 0, 0, 4, 120, 10080, 1/14/2006 2:30"],
            8,
        );
        let Activity::KmsResponse(response) = activity else {
            panic!()
        };
        assert_eq!(odd, 0);
        assert_eq!(
            (response.is_bound, response.current_count),
            (Some(false), Some(4))
        );
        assert_eq!(
            response.status_flags.unwrap() & FLAG_NOT_ENOUGH_COUNT,
            FLAG_NOT_ENOUGH_COUNT
        );
    }

    #[test]
    fn both_shapes_of_12290_say_the_same() {
        // events.md section 5, no. 8, as text alone and as text with separate strings.
        let list = "0xC004F06C,5,pc-01,36f27b39-2fd5-440b-be67-a09996d27a38,2010/9/29 21:46,0,2,41520,68531fb9-5511-4989-97be-d11a0f55633f";
        let (one, odd) = read(served, &[list], 9);
        let mut strings = vec![list];
        strings.extend(list.split(','));
        assert_eq!(read(served, &strings, 9).0, one);
        assert_eq!(odd, 0);
        let Activity::KmsServed(served) = one else {
            panic!()
        };
        assert_eq!(served.client.as_deref(), Some("pc-01"));
        assert_eq!(served.minutes_to_expiry, Some(41_520));
    }
}
