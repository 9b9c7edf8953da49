//! Rows for the tests of the formats.

use super::{Cell, CodeCell, EventRow, InputRow, ROW_SCHEMA};
use crate::hresult::Hresult;
use crate::report::model::{Code, Time};

/// A request that failed.
pub(crate) fn request() -> EventRow {
    let code = Code(Hresult::new(0x8007_232B));
    EventRow {
        schema: ROW_SCHEMA,
        time: Time("2026-10-01T08:00:00.123456Z".parse().unwrap()),
        computer: "PC1.contoso.com".to_owned(),
        channel: "Application".to_owned(),
        log: "a.evtx".to_owned(),
        chunk: 0,
        record_id: 77,
        file_record_id: 77,
        provider: "Microsoft-Windows-Security-SPP".to_owned(),
        event_id: 12288,
        qualifiers: Some(0x4000),
        level: Some(4),
        kind: "kms-request",
        severity: Some("error"),
        hresult: Some(code),
        hresults: vec![CodeCell {
            code,
            role: "result",
            symbol: Some("DNS_ERROR_RCODE_NAME_ERROR"),
            title: Some("DNS has no name".to_owned()),
        }],
        fields: [
            ("kms_host", Cell::Text("kms01.contoso.com".to_owned())),
            ("kms_port", Cell::Number(1688)),
            ("is_vm", Cell::Flag(true)),
        ]
        .into(),
        unparsed: Default::default(),
        data: vec!["0x8007232B, 0x0, kms01.contoso.com:1688".to_owned()],
        attempt: None,
    }
}

/// A log with a gap.
pub(crate) fn input() -> InputRow {
    InputRow {
        schema: ROW_SCHEMA,
        log: "a.evtx".to_owned(),
        bytes: 69_632,
        chunks: 1,
        chunks_decoded: 1,
        records: 80,
        activation_events: 1,
        first: None,
        last: None,
        last_by_id: None,
        computers: vec!["PC1.contoso.com".to_owned()],
        rendering_info: false,
        damage: Vec::new(),
        notes: Vec::new(),
        first_id: Some(5),
        last_id: Some(90),
        lacks_records: true,
        filters: Vec::new(),
        redacted: false,
    }
}
