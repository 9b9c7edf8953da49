//! The texts of real events that are known, from records (R), articles and posts (P) and Microsoft's
//! tables (D), each with its source; what is read of them stands in one snapshot.
//!
//! Where a source prints strings in part, or with names masked, they stand here as it prints them.

use std::fmt::Write as _;

use spptriage::catalog::{Catalog, Language};
use spptriage::eventlog::{ChunkIndex, Event, RecordId};
use spptriage::input::LogName;
use spptriage::report::rows::{RecordIndex, event_row};
use spptriage::spp::{self, KeptEvents};
use xtask::evtx::{Log, LogOptions, Provider, Record};

use crate::support::{self, ALL_OPTIONS};

/// A known text.
struct Text {
    source: &'static str,
    provider: &'static str,
    event_id: u16,
    qualifiers: Option<u16>,
    strings: &'static [&'static str],
}

const SPP: &str = "Microsoft-Windows-Security-SPP";
const SLC: &str = "Microsoft-Windows-Security-Licensing-SLC";
const OFFICE: &str = "Office Software Protection Platform Service";

const fn of(
    source: &'static str,
    provider: &'static str,
    event_id: u16,
    strings: &'static [&'static str],
) -> Text {
    Text {
        source,
        provider,
        event_id,
        qualifiers: None,
        strings,
    }
}

const fn spp(source: &'static str, event_id: u16, strings: &'static [&'static str]) -> Text {
    of(source, SPP, event_id, strings)
}

impl Text {
    const fn qualified(self, qualifiers: u16) -> Self {
        Self {
            qualifiers: Some(qualifiers),
            ..self
        }
    }

    fn event(&self) -> Event {
        Event {
            log: LogName::new("real.evtx"),
            chunk: ChunkIndex(0),
            record_id: RecordId(1),
            file_record_id: RecordId(1),
            time: chrono::DateTime::from_timestamp(1_684_890_749, 0).unwrap(),
            computer: "PC".into(),
            channel: "Application".into(),
            provider: self.provider.into(),
            event_id: self.event_id,
            qualifiers: self.qualifiers,
            level: Some(4),
            has_rendering_info: false,
            data: self.strings.iter().map(|s| (*s).to_owned()).collect(),
            data_names: Vec::new(),
        }
    }
}

#[rustfmt::skip] // A line a string: they are what the records hold, to be compared with the sources.
const TEXTS: &[Text] = &[
    // KMS clients and hosts.
    spp("R github.com/anotherc0ne/AD-DC-, Server 2022, first activation", 12288, &[
        "0x00000000, 0x00000000, 169.254.169.250:1688, 169721ce-2886-4832-a037-e9459281751a, 2023/05/24 01:12, 1, 5, 0, ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 5",
    ]),
    spp("R the same, its answer", 12289, &[
        "0x00000000, 0x00000000, 1, 0, 50, 120, 10080, 2023/05/24 01:12",
    ]),
    spp("R the same, renewal from the other host", 12288, &[
        "0x00000000, 0x00000000, 169.254.169.251:1688, 169721ce-2886-4832-a037-e9459281751a, 2023/05/31 01:12, 1, 1, 249120, ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 5",
    ]),
    spp("R the same, its answer", 12289, &[
        "0x00000000, 0x00000000, 1, 0, 50, 120, 10080, 2023/05/31 01:12",
    ]),
    spp("R github.com/anotherc0ne/EventLog, another machine", 12288, &[
        "0x00000000, 0x00000000, 169.254.169.251:1688, d02f0758-43f9-4809-9821-e84edb810cbe, 2023/05/24 01:21, 1, 5, 0, ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 5",
    ]),
    spp("R the same, its answer", 12289, &[
        "0x00000000, 0x00000000, 1, 0, 50, 120, 10080, 2023/05/24 01:21",
    ]),
    spp("P KB 974998, Server 2008 R2 with a wrong clock, host masked", 12288, &[
        "0xC004F06C, 0x00000000, <KMS Host FQDN>:1688, 36f27b39-2fd5-440b-be67-a09996d27a38, 2010/09/29 17:52, 0, 2, 41760, 68531fb9-5511-4989-97be-d11a0f55633f, 5",
    ]),
    of("P the same, on the host, without spaces", SLC, 12290, &[
        "0xC004F06C,5,<KMS Client name>,36f27b39-2fd5-440b-be67-a09996d27a38,2010/9/29 21:46,0,2,41520,68531fb9-5511-4989-97be-d11a0f55633f",
    ]),
    of("P dandylife.net/blog/archives/61, Office 2010, masked by its author", OFFICE, 12288, &[
        "0x00000000, 0x00000000, _key.management.server:_1688, .......-b604-4b8c-9a48-99d4348fcf37, 2012/12/04 07:06, 0, 2, 972, 6f345b60-8a5c-427c-....-836a982589dc, 5",
    ]),
    of("P the same, its answer", OFFICE, 12289, &[
        "0x00000000, 0x00000000, 1, 0, 10, 120, 10080, 2012/12/04 07:06",
    ]),
    spp("D ff793440, a request", 12288, &[
        "0x0, 0x8, kms01.contoso.com:1688, 08c3bda0-c556-4b61-9e4e-7bf6d4df80be, 2006/1/14 2:30, 1, 2, 40123, cf67834d-db4a-402c-ab1f-2c134f02b700, 25",
    ]),
    spp("D ff793440, an answer of a host that counts too few", 12289, &[
        "0x0, 0x4000008, 0, 0, 4, 120, 10080, 1/14/2006 2:30",
    ]),
    spp("D Azure article on 0xC004F06C, the tenth field empty, ids masked", 12288, &[
        "0xC004F06C, 0x00000000, azkms.core.windows.net:1688, <CMID>, <DateTime>, 1, 5, 0, 34e1ae55-27f8-4950-8877-7a03be5fb181, ",
    ]),
    spp("P PoShEvents, Get-KMSClientEvent, product not printed", 12308, &[
        "?",
        "Windows Server 2016 RTM ServerDatacenter;ServerStandard Volume:CSVLK",
        "CN=br549-999-607319-0,CN=Activation Objects,CN=Microsoft SPP,CN=Services,CN=Configuration,DC=contoso,DC=com",
    ]),

    // slui and the rules engine.
    spp("P technology-toolbox/Notebook, EXT-DC03, first activation", 8198, &[
        "hr=0xC004F074",
        "RuleId=eeba1977-569e-4571-b639-7623d8bfecc0;Action=AutoActivate;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=00091344-1ea4-4f37-b789-01750ba6988c;NotificationInterval=1440;Trigger=TimerEvent",
    ]),
    spp("P technology-toolbox/Notebook, EXT-DC07, renewal", 8198, &[
        "hr=0xC004F074",
        "RuleId=502ff3ba-669a-4674-bbb1-601f34a3b968;Action=AutoActivateSilent;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=00091344-1ea4-4f37-b789-01750ba6988c;NotificationInterval=1440;Trigger=TimerEvent",
    ]),
    spp("P a JSON log on GitHub, Server 2022, no name in DNS", 8198, &[
        "hr=0x8007232B",
        "RuleId=eeba1977-569e-4571-b639-7623d8bfecc0;Action=AutoActivate;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03;NotificationInterval=1440;Trigger=TimerEvent",
    ]),
    spp("R detection-wiki, no Internet", 8198, &[
        "hr=0x80072EE7",
        "RuleId=31e71c49-8da7-4a2f-ad92-45d98a1c79ba;Action=AutoActivate;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=c1a197b6-ba5e-4394-b9bf-b659a6c1b873;NotificationInterval=1440;Trigger=UserLogon;SessionId=1",
    ]),
    spp("R whatdoesthiscodedo.com, network location not reached", 8198, &[
        "hr=0x800704CF",
        "RuleId=31e71c49-8da7-4a2f-ad92-45d98a1c79ba;Action=AutoActivate;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=4de7cb65-cdf1-4de9-8ae8-e3cce27b9f2c;NotificationInterval=1440;Trigger=UserLogon;SessionId=2",
    ]).qualified(0xC000),
    spp("P a collector's JSON on GitHub, both strings joined", 8198, &[
        "hr=0x803F7001, RuleId=31e71c49-8da7-4a2f-ad92-45d98a1c79ba;Action=AutoActivate;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=4de7cb65-cdf1-4de9-8ae8-e3cce27b9f2c;NotificationInterval=1440;Trigger=TimerEvent",
    ]),
    spp("P an RMM script's output on GitHub, E_FAIL", 8198, &[
        "hr=0x80004005",
        "RuleId=eeba1977-569e-4571-b639-7623d8bfecc0;Action=AutoActivate;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=2de67392-b7a7-462a-b1ca-108dd189f588;NotificationInterval=1440;Trigger=TimerEvent",
    ]),
    spp("P Azure-Samples/azuresandbox issue 145, Server 2025", 8198, &[
        "hr=0x80004005",
        "RuleId=eeba1977-569e-4571-b639-7623d8bfecc0;Action=AutoActivate;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=c2e946d1-cfa2-4523-8c87-30bc696ee584;NotificationInterval=1440;Trigger=UserLogon;SessionId=2",
    ]),
    spp("R fukusuket/evtx-parser record 51, Windows 11, no digital license", 8198, &[
        "hr=0x803F7001",
        "RuleId=31e71c49-8da7-4a2f-ad92-45d98a1c79ba;Action=AutoActivate;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=2b1f36bb-c1cd-4306-bf5c-a0367c2d97d8;NotificationInterval=1440;Trigger=UserLogon;SessionId=1",
    ]).qualified(0xC000),
    spp("R EVTX-ATTACK-SAMPLES (slack), a reminder that could not be shown", 8198, &[
        "hr=0x8007139F",
        "RuleId=8244d55f-dcd7-4010-8151-2a5af187b1ed;Action=NotifyUser;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=3f4c0546-36c6-46a8-a37f-be13cdd0cf25;NotificationInterval=240;Trigger=TimerEvent",
    ]).qualified(0xC000),
    spp("R OTRF/Security-Datasets, network said to be there", 8198, &[
        "hr=0x800704CF",
        "RuleId=31e71c49-8da7-4a2f-ad92-45d98a1c79ba;Action=AutoActivate;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=4de7cb65-cdf1-4de9-8ae8-e3cce27b9f2c;NotificationInterval=1440;Trigger=NetworkAvailable",
    ]),
    spp("P Server 2012 R2 lab, key blocked by the server, arguments not printed", 8198, &["hr=0xC004C003"]),
    spp("P Microsoft-Activation-Scripts issue 738, Office", 8233, &[
        "0x8007007B", "0ff1ce15-a989-479d-af46-f275c6370663", "d450596f-894d-49e0-966a-fd39ed4c4c64", "TimerEvent",
    ]),
    spp("P the same", 8233, &[
        "0x8007267C", "0ff1ce15-a989-479d-af46-f275c6370663", "4f414197-0fc2-4c01-b68a-86cbb9ac254c", "NetworkAvailable",
    ]),
    spp("P the same", 8233, &[
        "0xC004F012", "0ff1ce15-a989-479d-af46-f275c6370663", "d450596f-894d-49e0-966a-fd39ed4c4c64", "NetworkAvailable",
    ]),
    spp("P mertbezem/secops-sentinel, the session in parentheses", 8233, &[
        "0x8007267C", "0ff1ce15-a989-479d-af46-f275c6370663", "85dd8b5f-eaa4-4af3-a628-cce9e77c9a03", "UserLogon(11)",
    ]),
    spp("P the same, another trigger", 8233, &[
        "0x8007007B", "0ff1ce15-a989-479d-af46-f275c6370663", "85dd8b5f-eaa4-4af3-a628-cce9e77c9a03", "NetworkQuarantineRetry",
    ]),
    spp("R anotherc0ne/AD-DC-, before the first activation", 8230, &[
        "Security-SPP-Action-StateData (REG_SZ) =AppId=55c92734-d682-4d71-983e-d6ec3f16059f;LastConsumptionReason=0xc004f056;LastNotificationId=VolumeUnlicensed;LicenseState=SL_LICENSING_STATUS_NOTIFICATION;PartialProductKey=6VM33;ProductKeyType=Volume:GVLK;SkuId=ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03;ruleId=eeba1977-569e-4571-b639-7623d8bfecc0;uxDifferentiator=ENVIRONMENT;volumeActivationOrder=normal",
    ]),
    spp("R the same, renewal due", 8230, &[
        "Security-SPP-Action-StateData (REG_SZ) =AppId=55c92734-d682-4d71-983e-d6ec3f16059f;GraceEndDate=2023/11/20:01:12:48;LastConsumptionReason=0x00000000;LastNotificationId=VolumeRenewalRequired;LicenseState=SL_LICENSING_STATUS_LICENSED;PartialProductKey=6VM33;ProductKeyType=Volume:GVLK;SkuId=ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03;ruleId=502ff3ba-669a-4674-bbb1-601f34a3b968;uxDifferentiator=ENVIRONMENT;volumeActivationOrder=normal",
    ]),
    spp("R tugix456/randaodcxjj, digital license", 8230, &[
        "Security-SPP-Action-StateData (REG_SZ) =AppId=55c92734-d682-4d71-983e-d6ec3f16059f;LastConsumptionReason=0x4004f401;LastNotificationId=Cleanup;LicenseState=SL_LICENSING_STATUS_LICENSED;PartialProductKey=3V66T;ProductKeyType=Retail;SkuId=4de7cb65-cdf1-4de9-8ae8-e3cce27b9f2c;ruleId=379cccfb-d4e0-48fe-b0f2-0136097be147;uxDifferentiator=RETAIL",
    ]),
    spp("R detection-wiki, evaluation", 8230, &[
        "Security-SPP-Action-StateData (REG_SZ) =AppId=55c92734-d682-4d71-983e-d6ec3f16059f;GraceEndDate=2024/02/03:22:33:07;LastConsumptionReason=0x4004fc04;LastNotificationId=Cleanup;LicenseState=SL_LICENSING_STATUS_LICENSED;PartialProductKey=YG9R6;ProductKeyType=Retail:TB:Eval;SkuId=3f4c0546-36c6-46a8-a37f-be13cdd0cf25;ruleId=379cccfb-d4e0-48fe-b0f2-0136097be147;uxDifferentiator=TIMEBASED_EVAL",
    ]),
    spp("R fukusuket/evtx-parser record 48, never activated", 8230, &[
        "Security-SPP-Action-StateData (REG_SZ) =AppId=55c92734-d682-4d71-983e-d6ec3f16059f;LastConsumptionReason=0xc004f034;LastNotificationId=NeverActivated;LicenseState=SL_LICENSING_STATUS_NOTIFICATION;PartialProductKey=8HVX7;ProductKeyType=Retail;SkuId=2b1f36bb-c1cd-4306-bf5c-a0367c2d97d8;ruleId=31e71c49-8da7-4a2f-ad92-45d98a1c79ba;uxDifferentiator=RETAIL",
    ]),
    spp("R omerbenamram/evtx (slack), a preview build, printed in part", 8230, &[
        "Security-SPP-Action-StateData (REG_SZ) =KernelTimebombDate=2021/10/31:18:25:47;LastConsumptionReason=0xc004f034;LastNotificationId=NeverActivated;LicenseState=SL_LICENSING_STATUS_NOTIFICATION;PartialProductKey=8HVX7;ProductKeyType=Retail",
    ]),
    spp("R anotherc0ne/AD-DC-, all is well", 8197, &[
        "RuleId=379cccfb-d4e0-48fe-b0f2-0136097be147;Action=CleanupState;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03;Trigger=TimerEvent",
    ]).qualified(0xC000),
    spp("R the same, renewal", 8197, &[
        "RuleId=502ff3ba-669a-4674-bbb1-601f34a3b968;Action=AutoActivateSilent;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03;NotificationInterval=1440;Trigger=TimerEvent",
    ]).qualified(0xC000),
    spp("R hayabusa-sample-evtx (slack), the daily reminder", 8197, &[
        "RuleId=31e71c49-8da7-4a2f-ad92-45d98a1c79ba;Action=NotifyUser;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=92114319-12ea-4bca-9d63-8740de9feff3;NotificationInterval=1440;Trigger=TimerEvent",
    ]),

    // Online activation, genuine checks, keys.
    spp("P KB 2958281", 8200, &["hr=0x80072EE7"]),
    spp("R EVTX-ATTACK-SAMPLES (slack), the trace cut before the request's body", 8200, &[
        "hr=0x80072EE7",
        "00010001(0x00000000, 01:21:03:094 - https://activation-v2.sls.microsoft.com/SLActivateProduct/SLActivateProduct.asmx?configextension=Retail)\r\n00020001(0x00000000, 01:21:03:111)\r\n00030001(0x00000000, 01:21:03:111 - https://activation-v2.sls.microsoft.com)\r\n00050002(0x80072F94, 01:21:03:111 - 0, 1)\r\n00020008(0x80072EE7, 01:21:03:126 - SOAPAction: x <soap:Envelope body>)",
    ]).qualified(0xC000),
    spp("P Server 2012 R2 lab, key blocked by the server", 8200, &["hr=0xC004C003"]),
    spp("R EVTX-ATTACK-SAMPLES (slack), no name in DNS", 1014, &[
        "hr=0x80072EE7", "3f4c0546-36c6-46a8-a37f-be13cdd0cf25",
    ]).qualified(0xC000),
    spp("P Server 2012 R2 lab, the id typed by hand with a digit too many", 1014, &[
        "hr=0xC004C003", "439e8c91-ff38-4ecb-ba0b-326586080c953",
    ]),
    spp("P test data of a log shipper", 1014, &["hr=0xC004C060"]),
    spp("P KB 2958281", 8208, &["hr=0x80072EE7", "{99d92734-d682-4d71-983e-d6ec3f16059f}"]),
    spp("P MicrosoftDocs/SupportArticles-docs, Windows 7, January 2019", 8208, &[
        "hr=0xC004C4A2", "66c92734-d682-4d71-983e-d6ec3f16059f",
    ]),
    spp("P the same", 8209, &["0x00000000", "55c92734-d682-4d71-983e-d6ec3f16059f"]),
    spp("P the same, the colon as printed", 8196, &["0xC004F200:"]),
    spp("P Azure article on 0x800705B4", 8196, &["0x800705B4"]).qualified(0xC000),
    spp("P KB 2958281", 900, &["caller=wsqmcons.exe"]),
    spp("P the same", 900, &["caller=WSHost.exe"]),
    spp("P a JSON report on GitHub, 2018", 1017, &["0xC004F069", "YPXCF", "?", "?"]),
    spp("P mertbezem/secops-sentinel, no key at all was typed", 1017, &["0xC004F050", "r.vbs", "?", "?"]),
    spp("P the same, firmware key of Windows 10 Home", 1016, &["ed799377-74b8-4989-a244-14d082e65972"]),

    // Status, keys, scheduling.
    spp("R anotherc0ne/AD-DC-, before KMS activation", 1003, &[
        "55c92734-d682-4d71-983e-d6ec3f16059f",
        "\n13: ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 1, 1 [(0 [0xC004E003, 0, 0], [( 2 0xC004F056 0 0 msft:rm/algorithm/volume/1.0 0x00000000 0)( 1 0x00000000)(?)( 2 0xC004F056 0 0 msft:rm/algorithm/volume/1.0 0x00000000 0)(?)(?)(?)(?)])(1 )(2 )(3 [0x00000000, 0, 0], [( 6 0xC004F009 0 0)( 1 0x00000000)( 6 0xC004F009 0 0)(?)(?)(?)( 10 0x00000000 msft:rm/algorithm/flags/1.0)( 11 0x00000000 0xC004F056)])]\n",
    ]),
    spp("R the same, after it", 1003, &[
        "55c92734-d682-4d71-983e-d6ec3f16059f",
        "\n13: ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03, 1, 1 [(0 [0x00000000, 1, 0], [(?)( 1 0x00000000)(?)( 2 0x00000000 0 0 msft:rm/algorithm/volume/1.0 0x00000000 259200)(?)(?)( 10 0x00000000 msft:rm/algorithm/flags/1.0)(?)])(1 )(2 )(3 )]\n",
    ]),
    spp("R Mandumpal/DemoApp, retail, an add-on without its base product beside it", 1003, &[
        "55c92734-d682-4d71-983e-d6ec3f16059f",
        "\n10: 4de7cb65-cdf1-4de9-8ae8-e3cce27b9f2c, 1, 0 [(0 )(1 )(2 [0xC004E003, 0, 0], [( 1 0xC004F034)( 1 0xC004F034)(?)(?)(?)(?)(?)(?)])(3 [0x00000000, 0, 0], [( 6 0xC004F009 0 0)( 1 0x00000000)( 6 0xC004F009 0 0)(?)(?)(?)( 10 0x00000000 msft:rm/algorithm/flags/1.0)( 11 0x00000000 0xC004F034)])]\n57: 1d9c9529-17be-48f7-bba5-a16ed636cfcb, 0, 0 [0xC004F055]\n",
    ]),
    spp("R hayabusa-sample-evtx, Windows 7 evaluation in grace", 1003, &[
        "55c92734-d682-4d71-983e-d6ec3f16059f",
        "\n2: 8dffd6e4-0497-4c35-b7d7-e47cf464cf30, 1, 1 [(0 )(1 )(2 [0x00000000, 0, 1], [(?)( 5 0x00000000 10 14400)( 1 0x00000000 0 0 msft:rm/algorithm/flags/1.0 0x00000000 0)(?)(?)(?)])]\n",
    ]),
    spp("R the same, grace over", 1003, &[
        "55c92734-d682-4d71-983e-d6ec3f16059f",
        "\n3: 8dffd6e4-0497-4c35-b7d7-e47cf464cf30, 1, 1 [(0 )(1 )(2 [0x00000000, 0, 0], [( 5 0xC004F009 10 0)( 5 0xC004F009 10 0)( 1 0x00000000 0 0 msft:rm/algorithm/flags/1.0 0x00000000 0)(?)(?)( 9 0x00000000 0xC004F009)])]\n",
    ]),
    spp("R the same, licensed for a time", 1003, &[
        "55c92734-d682-4d71-983e-d6ec3f16059f",
        "\n3: 8dffd6e4-0497-4c35-b7d7-e47cf464cf30, 1, 0 [(0 [0x00000000, 1, 0], [(?)(?)( 1 0x00000000 3 0 msft:rm/algorithm/hwid/4.0 0x00000000 0)(?)( 8 0x00000000 90 91260)(?)])(1 )(2 )]\n",
    ]),
    spp("P heavybaby.netlify.app, Windows 7 RC with a fixed end", 1003, &[
        "55c92734-d682-4d71-983e-d6ec3f16059f",
        "\n5: bfb30674-7c9a-4624-9309-9914cfd5b05c, 1, 1 [(0 [0x00000000, 1, 0], [(?)(?)( 1 0x00000000 3 0 msft:rm/algorithm/hwid/4.0 0x00000000 0)( 7 0x00000000 2010/06/01)(?)(?)])(1 )(2 )]\n",
    ]),
    of("P dandylife.net/blog/archives/61, Office 2010, id masked by its author", OFFICE, 1003, &[
        "59a52881-a989-479d-af46-f275c6370663",
        "\n2: 6f327760-..-..-9b61-83..70c, 1, 1 [(0 [0x00000000, 1, 0], [(?)(?)( 1 0x00000000 30 0 msft:rm/algorithm/volume/1.0 0x00000000 259192)(?)(?)(?)])(1 )(2 )]\n",
    ]),
    spp("R EVTX-ATTACK-SAMPLES (slack), evaluation ended", 1003, &[
        "55c92734-d682-4d71-983e-d6ec3f16059f",
        "\n1: 3f4c0546-36c6-46a8-a37f-be13cdd0cf25, 1, 1 [(0 [0xC004E003, 0, 0], [( 9 0xC004FC07 90 0)( 1 0x00000000)(?)( 2 0x00000000 0 0 msft:rm/algorithm/hwid/4.0 0x00000000 0)(?)( 9 0xC004FC07 90 0)( 10 0x00000000 msft:rm/algorithm/flags/1.0)(?)])(1 )(2 )(3 [0x00000000, 0, 0], [( 6 0xC004F009 0 0)( 1 0x00000000)( 6 0xC004F009 0 0)(?)(?)(?)( 10 0x00000000 msft:rm/algorithm/flags/1.0)( 11 0x00000000 0xC004FC07)])]\n",
    ]),
    spp("P a6n.co.uk, damaged token store, shortened in the post", 1003, &[
        "55c92734-d682-4d71-983e-d6ec3f16059f",
        "\n1: 21c56779-b449-4d20-adfc-eece0e1ad74b, 1, 1 [(0 [0xC004E002, 0, 0], [(?)...])(1 )(2 )(3 [0x00000000, 0, 0], [( 6 0xC004F009 0 0)...( 11 0x00000000 0xC004E002)])]\n",
    ]),
    of("R EVTX-ATTACK-SAMPLES, Office 2010", OFFICE, 1040, &[
        "59a52881-a989-479d-af46-f275c6370663", "8b559c37-0117-413e-921b-b853aeb6e210",
    ]),
    spp("R anotherc0ne/AD-DC-", 1016, &[
        "ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03", "a588ab8d-39e2-6872-5caa-bea2ae5be253",
    ]),
    spp("R the same", 12306, &["55c92734-d682-4d71-983e-d6ec3f16059f", "(null)", "976"]),
    spp("R the same", 12304, &["{99d92734-d682-4d71-983e-d6ec3f16059f}"]),
    spp("R the same", 16388, &["2023-05-24T01:12:22Z", "2023-05-24T01:12:22Z"]).qualified(0x4000),
    spp("R the same", 900, &["TriggerStarted:6"]),
    spp("R the same", 902, &["10.0.20348.1726"]),
    spp("R hayabusa-sample-evtx", 1025, &["10", "5"]),
    spp("R the same", 1036, &["129600", "8"]),
    spp("R the same", 1037, &["validity", "129600"]),
    spp("R the same", 16384, &["2016-08-25T21:20:16Z", "TBL"]),
    spp("R tugix456/randaodcxjj, Enterprise to Professional", 1061, &["4", "48"]),
    spp("R Biancabolagatu/a, a century ahead: no start is needed", 16384, &["2123-08-17T23:43:57Z", "RulesEngine"]),
    of("P README of a Node module on GitHub, Office", OFFICE, 16384, &["2014-07-07T20:06:29Z", "GVLK"]),
    spp("P pastebin.com/5Lukycif, Czech", 16384, &["2018-03-06T15:17:47Z", "RulesEngine"]),
    spp("P Server 2012 R2 lab, the task is disabled", 16387, &[
        "0x80041326", "\\Microsoft\\Windows\\WS", "License Validation",
    ]),
];

/// Texts whose fields are odd because an author masked or shortened them.
const MASKED: &[&str] = &[
    "P dandylife.net/blog/archives/61, Office 2010, masked by its author",
    "P dandylife.net/blog/archives/61, Office 2010, id masked by its author",
    "D Azure article on 0xC004F06C, the tenth field empty, ids masked",
    "P Server 2012 R2 lab, the id typed by hand with a digit too many",
];

#[test]
fn what_is_read_of_each_real_text() {
    let (catalog, none) = (Catalog::builtin(), RecordIndex::default());
    let mut told = String::new();
    for text in TEXTS {
        let event = spp::parse(text.event());
        let row = event_row(&event, &none, &catalog, Language::En);
        let codes: Vec<String> = row
            .hresults
            .iter()
            .map(|cell| format!("{}:{}", cell.role, cell.code))
            .collect();
        let fields = serde_json::to_string(&row.fields).unwrap();
        writeln!(told, "{}\n  {} {}", text.source, row.event_id, row.kind).unwrap();
        if !codes.is_empty() {
            writeln!(told, "  codes {}", codes.join(" ")).unwrap();
        }
        if !row.fields.is_empty() {
            writeln!(told, "  fields {fields}").unwrap();
        }
        for (name, odd) in &row.unparsed {
            writeln!(told, "  odd {name}: {odd}").unwrap();
        }
        assert_ne!(row.kind, "other", "{}", text.source);
        assert_eq!(
            !row.unparsed.is_empty(),
            MASKED.contains(&text.source),
            "{}: {:?}",
            text.source,
            row.unparsed
        );
    }
    insta::assert_snapshot!(told);
}

#[test]
fn real_texts_come_whole_through_a_log() {
    let mut log = Log::new(LogOptions::default());
    for text in TEXTS {
        let provider = match text.provider {
            OFFICE => Provider::OFFICE,
            SLC => Provider::SLC,
            _ => Provider::SPP,
        };
        let record = Record {
            provider,
            event_id: text.event_id,
            qualifiers: text.qualifiers.unwrap_or_default(),
            strings: text.strings.iter().map(|s| (*s).to_owned()).collect(),
            ..Record::default()
        };
        log.push(&record).unwrap();
    }
    let bytes = log.finish();
    for options in ALL_OPTIONS {
        let (events, counts) = support::read(&bytes, &spp::wanted(), &options);
        assert!(counts.damage.is_empty());
        assert_eq!(events.len(), TEXTS.len());
        for (event, text) in events.into_iter().zip(TEXTS) {
            assert_eq!(event.provider.as_ref(), text.provider);
            assert_eq!(event.event_id, text.event_id);
            assert_eq!(*event.data, *text.strings, "{}", text.source);
        }
    }
}

#[test]
fn real_texts_come_back_from_where_they_are_kept() {
    let log = LogName::new("real.evtx");
    for text in TEXTS {
        let mut events = KeptEvents::default();
        events.keep(text.event());
        let is_read = events.kept(0).is_some_and(|(kept, _)| kept.is_read());
        let (read, kept) = (spp::parse(text.event()), events.get(0, &log).unwrap());
        if is_read {
            assert_eq!(kept.kind, read.kind, "{}", text.source);
            // Places in a list are those of the list as it stands.
            if text.event_id != 1003 {
                assert_eq!(kept.activity, read.activity, "{}", text.source);
            }
            assert_eq!(kept.codes, read.codes, "{}", text.source);
            assert_eq!(kept.fields, read.fields, "{}", text.source);
        }
    }
}
