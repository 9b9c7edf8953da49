//! Texts that recipes use again and again, so that their lines stay readable.
//!
//! `$NAME` in a line is replaced; `$name{a,b}` fills `%1` and `%2` of the text, `$name{}` only
//! ends the name where a letter follows. A recipe's own
//! words go before these. Words that depend on the line's time stand in [`Words::expand`].

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};

use crate::evtx::FileTime;

/// How deep words may stand within words.
const DEPTH: usize = 8;

const WORDS: &[(&str, &str)] = &[
    // Nothing at all: keeps a blank at a line's end, and empty strings, visible.
    ("nothing", ""),
    ("nl", "\n"),
    ("crlf", "\r\n"),
    // Application ids.
    ("WIN", "55c92734-d682-4d71-983e-d6ec3f16059f"),
    ("OFFICE14", "59a52881-a989-479d-af46-f275c6370663"),
    ("OFFICE15", "0ff1ce15-a989-479d-af46-f275c6370663"),
    // Activation ids.
    ("W10ENT", "73111121-5638-40f6-bc11-f1d7b0d64300"),
    ("W10PRO", "2de67392-b7a7-462a-b1ca-108dd189f588"),
    ("W10ENT_MAK", "2ffd8952-423e-4903-b993-72a1aa44cf82"),
    ("W10ENT_EVAL", "3f4c0546-36c6-46a8-a37f-be13cdd0cf25"),
    ("W10PRO_RETAIL", "4de7cb65-cdf1-4de9-8ae8-e3cce27b9f2c"),
    ("SERVER2019", "de32eafd-aaee-4662-9444-c1befb41bde2"),
    ("W7ENT", "ae2ee509-1b34-41c0-acb7-6d4650168915"),
    ("VISTAENT", "cfd8ff08-c0d7-452b-9f60-ef5c70c32094"),
    ("SERVER2022", "9bd77860-9b31-4b7b-96ad-2564017315bf"),
    ("SERVER2022DC", "ef6cfc9f-8c5d-44ac-9aad-de6a2ea0ae03"),
    ("SERVER2022_HOSTKEY", "661f7658-7035-4b4c-9f35-010682943ec2"),
    ("OFFICE2019", "85dd8b5f-eaa4-4af3-a628-cce9e77c9a03"),
    ("OFFICE2010", "6f327760-8c5c-417c-9b61-836a98287e0c"),
    // Argument lists of 8197 and 8198: product, trigger.
    (
        "first",
        "RuleId=eeba1977-569e-4571-b639-7623d8bfecc0;Action=AutoActivate;AppId=$WIN;SkuId=%1;NotificationInterval=1440;Trigger=%2",
    ),
    (
        "renewal",
        "RuleId=502ff3ba-669a-4674-bbb1-601f34a3b968;Action=AutoActivateSilent;AppId=$WIN;SkuId=%1;NotificationInterval=1440;Trigger=%2",
    ),
    (
        "online",
        "RuleId=31e71c49-8da7-4a2f-ad92-45d98a1c79ba;Action=AutoActivate;AppId=$WIN;SkuId=%1;NotificationInterval=1440;Trigger=%2",
    ),
    (
        "notify",
        "RuleId=8244d55f-dcd7-4010-8151-2a5af187b1ed;Action=NotifyUser;AppId=$WIN;SkuId=%1;NotificationInterval=240;Trigger=%2",
    ),
    (
        "cleanup",
        "RuleId=379cccfb-d4e0-48fe-b0f2-0136097be147;Action=CleanupState;AppId=$WIN;SkuId=%1;Trigger=%2",
    ),
    // Kernel policies of 8230: product, partial key, and what differs.
    (
        "policy_unlicensed",
        "$state=AppId=$WIN;LastConsumptionReason=0xc004f056;LastNotificationId=VolumeUnlicensed;LicenseState=SL_LICENSING_STATUS_NOTIFICATION;PartialProductKey=%2;ProductKeyType=Volume:GVLK;SkuId=%1;ruleId=eeba1977-569e-4571-b639-7623d8bfecc0;uxDifferentiator=ENVIRONMENT;volumeActivationOrder=normal",
    ),
    (
        "policy_renewal",
        "$state=AppId=$WIN;GraceEndDate=$end{%3};LastConsumptionReason=0x00000000;LastNotificationId=VolumeRenewalRequired;LicenseState=SL_LICENSING_STATUS_LICENSED;PartialProductKey=%2;ProductKeyType=Volume:GVLK;SkuId=%1;ruleId=502ff3ba-669a-4674-bbb1-601f34a3b968;uxDifferentiator=ENVIRONMENT;volumeActivationOrder=normal",
    ),
    (
        "policy_licensed",
        "$state=AppId=$WIN;GraceEndDate=$end{%3};LastConsumptionReason=0x00000000;LastNotificationId=Cleanup;LicenseState=SL_LICENSING_STATUS_LICENSED;PartialProductKey=%2;ProductKeyType=Volume:GVLK;SkuId=%1;ruleId=379cccfb-d4e0-48fe-b0f2-0136097be147;uxDifferentiator=ENVIRONMENT;volumeActivationOrder=normal",
    ),
    ("state", "Security-SPP-Action-StateData (REG_SZ) "),
    // Lines of a 1003 list (Windows 10 and later): running number, product, and what differs.
    (
        "line_no_key",
        "$nl{}%1: %2, 1, 0 [(0 [0xC004F014, 0, 0], [(?)(?)(?)(?)(?)(?)(?)(?)])(1 )(2 )(3 )]",
    ),
    (
        "line_unlicensed",
        "$nl{}%1: %2, 1, 1 [(0 [0xC004E003, 0, 0], [( 2 0xC004F056 0 0 msft:rm/algorithm/volume/1.0 0x00000000 0)( 1 0x00000000)(?)( 2 0xC004F056 0 0 msft:rm/algorithm/volume/1.0 0x00000000 0)(?)(?)(?)(?)])(1 )(2 )(3 [0x00000000, 0, 0], [( 6 0xC004F009 0 0)( 1 0x00000000)( 6 0xC004F009 0 0)(?)(?)(?)( 10 0x00000000 msft:rm/algorithm/flags/1.0)( 11 0x00000000 0xC004F056)])]",
    ),
    (
        "line_licensed",
        "$nl{}%1: %2, 1, 1 [(0 [0x00000000, 1, 0], [(?)( 1 0x00000000)(?)( 2 0x00000000 0 0 msft:rm/algorithm/volume/1.0 0x00000000 %3)(?)(?)( 10 0x00000000 msft:rm/algorithm/flags/1.0)(?)])(1 )(2 )(3 )]",
    ),
    (
        "line_notification",
        "$nl{}%1: %2, 1, 1 [(0 )(1 )(2 [0xC004E003, 0, 0], [( 1 %3)( 1 %3)(?)(?)(?)(?)(?)(?)])(3 [0x00000000, 0, 0], [( 6 0xC004F009 0 0)( 1 0x00000000)( 6 0xC004F009 0 0)(?)(?)(?)( 10 0x00000000 msft:rm/algorithm/flags/1.0)( 11 0x00000000 %3)])]",
    ),
    (
        "line_evaluation_ended",
        "$nl{}%1: %2, 1, 1 [(0 [0xC004E003, 0, 0], [( 9 0xC004FC07 90 0)( 1 0x00000000)(?)( 2 0x00000000 0 0 msft:rm/algorithm/hwid/4.0 0x00000000 0)(?)( 9 0xC004FC07 90 0)( 10 0x00000000 msft:rm/algorithm/flags/1.0)(?)])(1 )(2 )(3 [0x00000000, 0, 0], [( 6 0xC004F009 0 0)( 1 0x00000000)( 6 0xC004F009 0 0)(?)(?)(?)( 10 0x00000000 msft:rm/algorithm/flags/1.0)( 11 0x00000000 0xC004FC07)])]",
    ),
    // The same of Windows 7 and Office 2010: three groups, six slots.
    (
        "line7_no_key",
        "$nl{}%1: %2, 1, 0 [(0 [0xC004F014, 0, 0], [(?)(?)(?)(?)(?)(?)])(1 )(2 )]",
    ),
    (
        "line7_grace",
        "$nl{}%1: %2, 1, 1 [(0 )(1 )(2 [0x00000000, 0, 1], [(?)( 5 0x00000000 30 %3)( 1 0x00000000 0 0 msft:rm/algorithm/flags/1.0 0x00000000 0)(?)(?)(?)])]",
    ),
    (
        "line7_licensed",
        "$nl{}%1: %2, 1, 1 [(0 [0x00000000, 1, 0], [(?)(?)( 1 0x00000000 30 0 msft:rm/algorithm/volume/1.0 0x00000000 %3)(?)(?)(?)])(1 )(2 )]",
    ),
    (
        "line7_grace_over",
        "$nl{}%1: %2, 1, 1 [(0 )(1 )(2 [0x00000000, 0, 0], [( 5 0xC004F009 30 0)( 5 0xC004F009 30 0)( 1 0x00000000 0 0 msft:rm/algorithm/flags/1.0 0x00000000 0)(?)(?)( 9 0x00000000 0xC004F009)])]",
    ),
    // The trace of 8200: the call fails on its way, or the server answers with a code. Its times
    // are local ones; the last step has the code.
    (
        "trace_unreached",
        "$trace_call{}00020008(%1, 01:21:03:126 - SOAPAction: \"http://example.invalid/\"$crlf<soap:Envelope><soap:Body>made for a test</soap:Body></soap:Envelope>)",
    ),
    (
        "trace_answered",
        "$trace_call{}00020008(0x00000000, 01:21:03:126 - SOAPAction: \"http://example.invalid/\"$crlf<soap:Envelope><soap:Body>made for a test</soap:Body></soap:Envelope>)$crlf{}00020010(%1, 01:21:03:871 - <soap:Fault>made for a test</soap:Fault>)",
    ),
    (
        "trace_call",
        "00010001(0x00000000, 01:21:03:094 - https://activation-v2.sls.microsoft.com/SLActivateProduct/SLActivateProduct.asmx?configextension=Retail)$crlf{}00020001(0x00000000, 01:21:03:111)$crlf{}00030001(0x00000000, 01:21:03:111 - https://activation-v2.sls.microsoft.com)$crlf{}00050002(0x80072F94, 01:21:03:111 - 0, 1)$crlf{}00020005(0x00000000, 01:21:03:111 - 0)$crlf{}",
    ),
    // A KMS host's 12290: result, needed count, client, CMID, minutes its clock is fast, VM,
    // state, minutes left, product.
    ("served_text", "%1,%2,%3,%4,$host_time{%5},%6,%7,%8,%9"),
    (
        "served",
        "%1,%2,%3,%4,$host_time{%5},%6,%7,%8,%9 | %1 | %2 | %3 | %4 | $host_time{%5} | %6 | %7 | %8 | %9",
    ),
    // What the service has loaded, for 1066.
    (
        "objects",
        "C:\\Windows\\system32\\sppwinob.dll, msft:spp/windowsfunctionality/agent/7.0, 0x00000000, 0x00000000$crlf{}\
         C:\\Windows\\system32\\sppobjs.dll, msft:rm/algorithm/inherited/1.0, 0x00000000, 0x00000000$crlf",
    ),
    // Products that are installed on every machine but have no key: the rest of a real list.
    (
        "others10",
        "$line_no_key{2,7cb546c0-c7d5-44d8-9a5c-69ecdd782b69}$line_no_key{3,3f1afc82-f8ac-4f6c-8005-1d233e606eee}$line_no_key{4,8b351c9c-f398-4515-9900-09df49427262}",
    ),
];

/// The words of one recipe.
pub(super) struct Words<'a> {
    pub(super) own: &'a BTreeMap<String, String>,
    pub(super) build: &'a str,
}

impl Words<'_> {
    /// Replaces every word of a line that was written at `time`.
    pub(super) fn expand(&self, text: &str, time: FileTime) -> anyhow::Result<String> {
        self.expand_to(text, time, DEPTH)
    }

    fn expand_to(&self, text: &str, time: FileTime, depth: usize) -> anyhow::Result<String> {
        ensure!(depth > 0, "words within words too deep in `{text}`");
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            let length = after
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(after.len());
            let (name, after) = after.split_at(length);
            let (arguments, after) = arguments(after)?;
            rest = after;
            let arguments = arguments
                .iter()
                .map(|argument| self.expand_to(argument, time, depth - 1))
                .collect::<anyhow::Result<Vec<_>>>()?;
            expanded.push_str(&self.word(name, &arguments, time, depth - 1)?);
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    fn word(
        &self,
        name: &str,
        arguments: &[String],
        time: FileTime,
        depth: usize,
    ) -> anyhow::Result<String> {
        let later = || -> anyhow::Result<FileTime> {
            let [minutes] = arguments else {
                bail!("`${name}` takes one number of minutes");
            };
            let minutes = minutes
                .parse()
                .with_context(|| format!("`{minutes}` is no number of minutes"))?;
            Ok(time.plus_minutes(minutes))
        };
        Ok(match name {
            "now" => time.client_minute(),
            "host_now" => time.host_minute(),
            "host_time" => later()?.host_minute(),
            "client_time" => later()?.client_minute(),
            "end" => later()?.policy_second(),
            "iso" => later()?.iso_second(),
            "build" => self.build.to_owned(),
            _ => {
                let text = self.find(name)?;
                let mut filled = text.to_owned();
                for (index, argument) in arguments.iter().enumerate() {
                    let place = format!("%{}", index + 1);
                    ensure!(text.contains(&place), "`${name}` has no place {place}");
                    filled = filled.replace(&place, argument);
                }
                self.expand_to(&filled, time, depth)?
            }
        })
    }

    fn find(&self, name: &str) -> anyhow::Result<&str> {
        if let Some(text) = self.own.get(name) {
            return Ok(text);
        }
        WORDS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, text)| *text)
            .with_context(|| format!("there is no word `${name}`"))
    }
}

/// What stands in braces behind a word, and what follows.
fn arguments(text: &str) -> anyhow::Result<(Vec<&str>, &str)> {
    let Some(inside) = text.strip_prefix('{') else {
        return Ok((Vec::new(), text));
    };
    let mut depth = 1_usize;
    let mut from = 0;
    let mut found = Vec::new();
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && c == ',') {
            found.push(inside[from..at].trim());
            from = at + 1;
        }
        if depth == 0 {
            // `{}` only ends the word's name.
            found.retain(|argument| !(at == 0 && argument.is_empty()));
            return Ok((found, &inside[at + 1..]));
        }
    }
    bail!("a brace is not closed in `{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let own = BTreeMap::from([("CMID".to_owned(), "08c3bda0".to_owned())]);
        let words = Words {
            own: &own,
            build: "10.0.1.2",
        };
        let time = "2026-03-02 08:00:11.120".parse().unwrap();
        match words.expand(text, time) {
            Ok(text) => assert_eq!(text, expect),
            Err(error) => assert_eq!(error.to_string(), expect),
        }
    }

    #[test]
    fn words_are_filled_in() {
        check("0, $CMID, $now, 1", "0, 08c3bda0, 2026/03/02 08:00, 1");
        check("$end{259200};", "2026/08/29:08:00:11;");
        check("$build|$nothing|", "10.0.1.2||");
        check(
            "$cleanup{$CMID, TimerEvent}",
            "RuleId=379cccfb-d4e0-48fe-b0f2-0136097be147;Action=CleanupState;AppId=55c92734-d682-4d71-983e-d6ec3f16059f;SkuId=08c3bda0;Trigger=TimerEvent",
        );
    }

    #[test]
    fn what_cannot_be_filled_in_is_told() {
        check("$NONE", "there is no word `$NONE`");
        check("$WIN{a}", "`$WIN` has no place %1");
        check("$end{soon}", "`soon` is no number of minutes");
        check("$end{1", "a brace is not closed in `{1`");
    }
}
