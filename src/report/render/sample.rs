//! One report that has something of everything, for the tests of every format: a KMS host that DNS
//! does not know, on two machines; a cured failure; a license that ends soon; damage; hostile names.

mod causes;
mod weekly;

use std::collections::BTreeMap;

use chrono::DateTime;

use crate::hresult::Hresult;
use crate::report::model::*;
use crate::report::zone::Zone;
use causes::cause;

/// A name that tries to be an escape sequence, markup and a table cell at once.
pub(super) const HOSTILE: &str = "EVIL\u{1b}[31m`|*_<script>@admin\u{202e}";

/// A machine with a Chinese name.
pub(super) const CHINESE: &str = "财务部-电脑03.corp.example";

/// A time of October 2026.
pub(super) fn at(day: u32, time: &str) -> Time {
    let text = format!("2026-10-{day:02}T{time}Z");
    Time(DateTime::parse_from_rfc3339(&text).unwrap().to_utc())
}

fn code(bits: u32) -> Code {
    Code(Hresult::new(bits))
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn evidence(record: u64, time: Time, raw: &str, field: u32) -> EvidencePart {
    EvidencePart {
        log: "pc-0042.evtx".to_owned(),
        computer: "PC-0042.corp.example".to_owned(),
        record_id: record,
        event_id: 12288,
        time,
        hresult: Some(code(0x8007_232B)),
        provider: None,
        raw: Some(raw.to_owned()),
        field: Some(field),
        decisive: None,
    }
}

/// Sentences of the catalog in the report's language.
struct Said {
    headline: &'static str,
    explanation: &'static str,
    title: &'static str,
    meaning: &'static str,
    steps: [&'static str; 2],
    possible: &'static str,
    confirmed: &'static str,
    ruled_out: &'static str,
    why: &'static str,
    expect: &'static str,
    certainty: &'static str,
    cured: &'static str,
    ends: &'static str,
    digital: &'static str,
    clock: &'static str,
    problem: &'static str,
    note: &'static str,
    reason: &'static str,
    weekly: weekly::WeeklySaid,
}

const ENGLISH: Said = Said {
    headline: "2 of 4 machines fail to activate, most often: DNS has no name or SRV record of a KMS host",
    explanation: "3 logs read, 12,345 records, 61 activation events. Export with `wevtutil epl Application Application.evtx`.",
    title: "DNS has no name or SRV record of a KMS host",
    meaning: "The DNS server answers that the name does not exist (NXDOMAIN). As a rule the name is `_vlmcs._tcp.corp.example`, under which KMS hosts publish their SRV record.",
    steps: [
        "Run `nslookup -type=SRV _vlmcs._tcp.corp.example` on an affected machine and on one that activates, and compare the answers.",
        "Set the host with `slmgr.vbs /skms kms.corp.example:1688` where the record cannot be found.",
    ],
    possible: "No KMS host publishes an SRV record in corp.example, because there is none for this domain or DNS publishing is switched off on it.",
    confirmed: "A KMS host tries to publish its SRV record and fails.",
    ruled_out: "The KMS host is set by hand, with a name that is mistyped.",
    why: "the host was asked by its address, not by a name",
    expect: "A line `svr hostname` names the KMS host.",
    certainty: "A record holds this code.",
    cured: "The KMS host's port cannot be reached",
    ends: "The activation or the grace ends soon",
    digital: "a license could not be installed",
    clock: "The clocks of client and KMS host differ too much",
    problem: "the checksum of the chunk's records is 0x0000beef, their bytes give 0x0000cafe",
    note: "the log was not closed cleanly",
    reason: "this is no event log (.evtx)",
    weekly: weekly::ENGLISH,
};

const CHINESE_SAID: Said = Said {
    headline: "4 台计算机中有 2 台激活失败，最主要的原因：DNS 中没有 KMS 主机的名称或 SRV 记录",
    explanation: "已读取 3 个日志，共 12,345 条记录，其中 61 条激活事件。激活事件记录在“应用程序”日志中；可用 `wevtutil epl Application Application.evtx` 导出。",
    title: "DNS 中没有 KMS 主机的名称或 SRV 记录",
    meaning: "DNS 服务器应答该名称不存在（NXDOMAIN）。查询的通常是 `_vlmcs._tcp.corp.example`，即密钥管理服务主机（KMS 主机）发布 SRV 记录所用的名称，也可能是手动设置的 KMS 主机名。",
    steps: [
        "分别在出现问题的计算机和激活正常的计算机上运行 `nslookup -type=SRV _vlmcs._tcp.corp.example`，比较结果。",
        "如果确实无法查到此记录，则运行 `slmgr.vbs /skms kms.corp.example:1688` 直接指定主机。",
    ],
    possible: "没有 KMS 主机在 corp.example 中发布 SRV 记录，可能是该域没有 KMS 主机，也可能是主机关闭了 DNS 发布。",
    confirmed: "KMS 主机尝试发布 SRV 记录但失败。",
    ruled_out: "KMS 主机是手动设置的，而设置的名称有误或已不存在。",
    why: "请求使用的是主机的 IP 地址，而不是名称",
    expect: "输出中的 `svr hostname` 行是 KMS 主机的名称。",
    certainty: "日志中有记录包含此代码。",
    cured: "无法连接到 KMS 主机的端口",
    ends: "激活或宽限期即将到期",
    digital: "许可证安装失败",
    clock: "客户端与 KMS 主机的时间偏差过大",
    problem: "块中记录的校验和为 0x0000beef，按其内容计算应为 0x0000cafe",
    note: "该日志未正常关闭",
    reason: "这不是事件日志 (.evtx)",
    weekly: weekly::CHINESE_SAID,
};

fn finding(id: &str, title: &str, severity: &'static str, status: &'static str) -> FindingPart {
    FindingPart {
        id: id.to_owned(),
        hresult: None,
        symbol: None,
        kind: "derived",
        severity,
        category: "kms".to_owned(),
        status,
        confidence: "seen",
        certainty: Vec::new(),
        ignored: false,
        ignored_machines: Vec::new(),
        ignored_by: Vec::new(),
        machines: vec!["PC-0042.corp.example".to_owned()],
        machine_count: 1,
        attempts: 0,
        events: 1,
        first_seen: Some(at(1, "08:00:00")),
        last_seen: Some(at(1, "08:00:00")),
        outcomes: BTreeMap::new(),
        also_seen: BTreeMap::new(),
        related: Vec::new(),
        kms_hosts: Vec::new(),
        title: title.to_owned(),
        meaning: title.to_owned(),
        steps: Vec::new(),
        causes: Vec::new(),
        checks: Vec::new(),
        references: Vec::new(),
        details: DetailsPart::default(),
        evidence: Vec::new(),
    }
}

fn dns(said: &Said) -> FindingPart {
    let list = "0x8007232B,0x00000000,,5b9be7d0-0000-4000-8000-000000000001,2026/10/03 09:12,1,2,43140,ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03,25";
    FindingPart {
        hresult: Some(code(0x8007_232B)),
        symbol: Some("DNS_ERROR_RCODE_NAME_ERROR".to_owned()),
        kind: "root",
        certainty: texts(&[said.certainty]),
        ignored_machines: texts(&["PC-0043"]),
        ignored_by: vec![IgnoredByPart {
            rule: "0x8007232B@PC-0043".to_owned(),
            reason: None,
            until: None,
        }],
        machines: texts(&[
            "PC-0042.corp.example",
            CHINESE,
            "PC-0043",
            "PC-0044",
            HOSTILE,
            "PC-0045",
        ]),
        machine_count: 42,
        attempts: 9,
        events: 1_234,
        last_seen: Some(at(3, "09:12:44")),
        outcomes: BTreeMap::from([("0xC004F074".to_owned(), 12)]),
        also_seen: BTreeMap::from([("0x800706BA".to_owned(), 3)]),
        related: texts(&["0xC004F074"]),
        kms_hosts: texts(&["kms.corp.example:1688"]),
        meaning: said.meaning.to_owned(),
        steps: texts(&said.steps),
        causes: vec![
            cause(said.possible, "possible", None),
            cause(said.confirmed, "confirmed", Some(said.why)),
            cause(said.ruled_out, "ruled-out", Some(said.why)),
            causes::of_some(said.possible, said.why),
        ],
        checks: vec![
            CheckPart {
                command: "nslookup -type=SRV _vlmcs._tcp.corp.example".to_owned(),
                expect: said.expect.to_owned(),
            },
            CheckPart {
                command: r"cscript //nologo C:\Windows\System32\slmgr.vbs /dlv ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03".to_owned(),
                expect: said.expect.to_owned(),
            },
        ],
        references: vec![ReferencePart {
            title: "Troubleshoot KMS activation issues".to_owned(),
            url: "https://learn.microsoft.com/troubleshoot/windows-server/licensing-and-activation/common-troubleshooting-procedures-kms-dns".to_owned(),
        }],
        evidence: vec![
            evidence(4001, at(1, "08:00:00"), list, 1),
            evidence(4002, at(2, "08:00:00"), list, 9),
            evidence(4003, at(2, "09:00:00"), "财务部,0x8007232B,`x`", 2),
            evidence(
                4004,
                at(3, "09:12:44"),
                "hr=0x8007232B | RuleId=\u{1b}[2J<b>;Action=AutoActivate",
                1,
            ),
        ],
        ..finding("0x8007232B", said.title, "error", "active")
    }
}

fn product(activation_id: &str) -> ProductPart {
    ProductPart {
        activation_id: Some(activation_id.to_owned()),
        name: Some("Windows 11 Enterprise"),
        application: "windows",
        channel: Some("Volume:GVLK".to_owned()),
        partial_key: Some("2YT43".to_owned()),
        status: "failing",
        license_state: Some("oob-grace"),
        expires_at: Some(at(20, "00:00:00")),
        last_success: None,
        last_failure: Some(at(3, "09:12:44")),
        root_cause: Some(code(0x8007_232B)),
        reason: None,
        last_renewal: None,
        activated_by: None,
        evidence: BTreeMap::new(),
    }
}

fn machine(computer: &str, status: &'static str) -> MachinePart {
    MachinePart {
        computer: computer.to_owned(),
        aliases: Vec::new(),
        build: None,
        cmid: None,
        is_vm: None,
        status,
        attempts: 0,
        attempts_failed: 0,
        root_cause: None,
        first_seen: at(1, "07:00:00"),
        last_seen: at(3, "10:00:00"),
        products: Vec::new(),
        changes: Vec::new(),
        evidence: BTreeMap::new(),
        kms_hosts: Vec::new(),
        recent_attempts: Vec::new(),
    }
}

fn machines() -> Vec<MachinePart> {
    let id = "ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03";
    vec![
        MachinePart {
            aliases: texts(&["WIN-FIRSTNAME"]),
            build: Some("10.0.26100.1742".to_owned()),
            cmid: Some("5b9be7d0-0000-4000-8000-000000000001".to_owned()),
            is_vm: Some(true),
            attempts: 9,
            attempts_failed: 9,
            root_cause: Some(code(0x8007_232B)),
            products: vec![product(id)],
            kms_hosts: texts(&["kms.corp.example:1688"]),
            recent_attempts: vec![AttemptPart {
                id: "a1b2".to_owned(),
                start: at(3, "09:12:30"),
                activation_id: Some(id.to_owned()),
                trigger: Some("NetworkAvailable".to_owned()),
                outcome: "failed",
                code: Some(code(0xC004_F074)),
                root_cause: Some(code(0x8007_232B)),
                confidence: "seen",
                kms_hosts: texts(&["kms.corp.example:1688"]),
                tries: weekly::tries(),
                online: Some(OnlinePart {
                    server: Some("activation.example".to_owned()),
                    failing_step: Some("00020008(0x80072EE7)".to_owned()),
                    record_id: 4005,
                }),
                borrowed_tries: false,
                causes: weekly::causes(),
                records: vec![RecordPart {
                    log: "pc-0042.evtx".to_owned(),
                    record_id: 4004,
                    event_id: 12288,
                    time: at(3, "09:12:44"),
                    hresult: Some(code(0x8007_232B)),
                }],
            }],
            ..machine("PC-0042.corp.example", "failing")
        },
        MachinePart {
            attempts: 3,
            attempts_failed: 3,
            root_cause: Some(code(0x8007_232B)),
            ..machine(CHINESE, "failing")
        },
        machine(HOSTILE, "unknown"),
        MachinePart {
            attempts: 2,
            products: vec![ProductPart {
                name: None,
                status: "activated",
                license_state: Some("licensed"),
                last_success: Some(at(3, "05:06:07")),
                last_failure: None,
                root_cause: None,
                ..product(id)
            }],
            ..machine("SRV-01.corp.example", "activated")
        },
    ]
}

/// The report in a language.
pub(in crate::report) fn report(language: &'static str) -> Report {
    let said = if language == "zh-CN" {
        &CHINESE_SAID
    } else {
        &ENGLISH
    };
    let expiring = FindingPart {
        details: DetailsPart {
            ends: vec![EndPart {
                machine: "SRV-01.corp.example".to_owned(),
                activation_id: None,
                expires_at: at(9, "04:03:02"),
            }],
            ..DetailsPart::default()
        },
        confidence: "inferred",
        ..finding("expiring-soon", said.ends, "warning", "active")
    };
    let clock = FindingPart {
        details: DetailsPart {
            skews: vec![SkewPart {
                machine: CHINESE.to_owned(),
                skew_minutes: -301,
            }],
            digital_licenses: vec![DigitalLicensePart {
                machine: CHINESE.to_owned(),
                hresult: Some(code(0xC03F_6601)),
                log: "clip.evtx".to_owned(),
                record_id: 9,
                event_id: 110,
                time: at(2, "04:03:02"),
                text: said.digital.to_owned(),
            }],
            cmids: vec![CmidPart {
                cmid: "5b9be7d0-0000-4000-8000-00000000000c".to_owned(),
                machines: vec!["PC-CLONE-1".to_owned(), "PC-CLONE-2".to_owned()],
            }],
            hosts: vec![HostCountPart {
                host: "kms.corp.example:1688".to_owned(),
                count: 3,
                needed: 25,
                missing: 22,
            }],
            domains: vec![FailedDomainPart {
                machine: "KMS-01.corp.example".to_owned(),
                domain: "lab.corp.example".to_owned(),
                hresult: Some(code(0x8007_2338)),
            }],
            ..DetailsPart::default()
        },
        ..finding("clock-skew", said.clock, "info", "info")
    };
    let cured = FindingPart {
        hresult: Some(code(0x8007_06BA)),
        symbol: Some("RPC_S_SERVER_UNAVAILABLE".to_owned()),
        attempts: 1,
        ..finding("0x800706BA", said.cured, "error", "cured")
    };
    Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: "spptriage",
            version: "0.1.0",
        },
        generated_at: at(4, "11:11:11"),
        as_of: Some(at(3, "10:00:01")),
        language,
        zone: Zone::UTC,
        made_with: MadeWith {
            arguments: texts(&["report", "logs"]),
            catalog_version: "2026.10",
            overlays: Vec::new(),
            filters: texts(&["--code 0x8007232B"]),
            left_out: Some(LeftOut {
                findings: 1,
                machines: 1_234,
            }),
            redacted: false,
            incomplete: true,
        },
        inputs: inputs(said),
        period: Some(Period {
            first: at(1, "07:00:00"),
            last: at(3, "10:00:00"),
        }),
        summary: SummaryPart {
            headline: said.headline.to_owned(),
            machines: 4,
            machines_failing: 2,
            machines_failing_licensed: 1,
            machines_still_licensed: 1,
            machines_activated: 1,
            machines_unknown: 1,
            attempts: 14,
            attempts_failed: 12,
            main_causes: Some(weekly::main_causes(said)),
        },
        findings: vec![dns(said), expiring, weekly::ignored(clock), cured],
        machines: machines(),
        kms_hosts: vec![
            host("kms.corp.example", Some(1688), "unknown"),
            host("2001:db8::7", Some(1688), "loopback"),
        ],
        kms_clients: vec![KmsClientPart {
            host: "KMS-01.corp.example".to_owned(),
            client: CHINESE.to_owned(),
            cmid: Some("5b9be7d0-0000-4000-8000-00000000000c".to_owned()),
            activation_id: None,
            requests: 77,
            refused: 5,
            first: at(1, "08:00:00"),
            last: at(2, "22:22:22"),
            license_state: Some("notification"),
            machine: Some("PC-CHINESE.corp.example".to_owned()),
            product: Some("Windows 10/11 Enterprise"),
            refused_by_code: [("0xC004F042".to_owned(), 5)].into(),
            activity: "stopped",
        }],
        timeline: [(1, 4), (2, 0), (3, 10)]
            .map(|(day, attempts)| DayPart {
                date: at(day, "00:00:00").day(),
                attempts,
                failed: attempts,
                machines_failing: attempts / 2,
            })
            .to_vec(),
        by_root_cause: vec![group("0x8007232B", 2)],
        by_domain: vec![group("corp.example", 3), group("", 1)],
        by_build: vec![group("10.0.26100.1742", 1)],
        forecast: vec![ForecastPart {
            date: "2026-10-21".to_owned(),
            machines: 1,
        }],
        by_kms_host: vec![group("kms.corp.example:1688", 2)],
        comparison: Some(weekly::comparison(said)),
        codes: weekly::codes(said),
    }
}

fn group(key: &str, machines: u64) -> GroupPart {
    GroupPart {
        key: key.to_owned(),
        machines,
        failing: 1,
    }
}

fn host(host: &str, port: Option<u16>, kind: &'static str) -> KmsHostPart {
    KmsHostPart {
        host: host.to_owned(),
        port,
        kind,
        clients: 2,
        requests: 1_018,
        answers: 12,
        failures: 6,
        unanswered: Some(1_000),
        last_count: Some(11),
        needed: Some(25),
        machine: (kind == "unknown").then(|| "KMS-01.corp.example".to_owned()),
        never_arrived: (kind == "unknown").then_some(21),
        answers_lost: (kind == "unknown").then_some(1),
    }
}

fn inputs(said: &Said) -> Inputs {
    Inputs {
        logs: 3,
        bytes: 3_215_360,
        chunks: 49,
        chunks_decoded: 11,
        records: 12_345,
        activation_events: 61,
        duplicates: 7,
        explanation: texts(&[said.explanation]),
        computers_without_events: texts(&["PC-0099.corp.example"]),
        digital_licenses: vec![DigitalCountPart {
            event_id: 110,
            text: said.digital.to_owned(),
            count: 1_020,
        }],
        files: vec![
            FilePart {
                log: "pc-0042.evtx".to_owned(),
                bytes: 1_118_208,
                records: 9_001,
                activation_events: 60,
                first: Some(at(1, "07:00:00")),
                last: Some(at(3, "10:00:00")),
                computers: texts(&["PC-0042.corp.example", CHINESE]),
            },
            FilePart {
                log: "采集/财务部的应用程序日志-从收集服务器导出-第二部分.evtx".to_owned(),
                bytes: 69_632,
                records: 0,
                activation_events: 0,
                first: None,
                last: None,
                computers: Vec::new(),
            },
        ],
        damage: vec![DamagePart {
            log: "pc-0042.evtx".to_owned(),
            chunk: Some(17),
            record_id: Some(4_711),
            problem: said.problem.to_owned(),
            lost_records: Some(31),
        }],
        notes: vec![NotePart {
            log: "pc-0042.evtx".to_owned(),
            chunk: None,
            note: said.note.to_owned(),
            count: Some(6),
        }],
        skipped: vec![SkippedPart {
            path: "logs/readme_first.txt".to_owned(),
            reason: said.reason.to_owned(),
        }],
    }
}

/// A report with nothing wrong in it.
pub(in crate::report) fn healthy(language: &'static str) -> Report {
    let full = report(language);
    let machines: Vec<_> = full
        .machines
        .into_iter()
        .filter(|machine| machine.status == "activated")
        .collect();
    Report {
        made_with: MadeWith {
            filters: Vec::new(),
            left_out: None,
            incomplete: false,
            ..full.made_with
        },
        summary: SummaryPart {
            headline: "SRV-01.corp.example is activated".to_owned(),
            machines: 1,
            machines_failing: 0,
            machines_failing_licensed: 0,
            machines_still_licensed: 0,
            machines_activated: 1,
            machines_unknown: 0,
            attempts: 2,
            attempts_failed: 0,
            main_causes: None,
        },
        findings: Vec::new(),
        machines,
        kms_hosts: Vec::new(),
        kms_clients: Vec::new(),
        timeline: Vec::new(),
        by_kms_host: Vec::new(),
        forecast: Vec::new(),
        comparison: None,
        codes: BTreeMap::new(),
        inputs: Inputs {
            damage: Vec::new(),
            notes: Vec::new(),
            skipped: Vec::new(),
            ..full.inputs
        },
        ..full
    }
}
