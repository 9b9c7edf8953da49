//! Logs in which every text that a log can bring is hostile, and their harmless twins.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;
use xtask::evtx::{Log, LogOptions, Record, replace_units};
use xtask::recipe::Recipe;

use crate::archives::zip;

/// A text of an attacker, and a name for it.
pub(super) struct Payload {
    pub(super) name: &'static str,
    pub(super) text: String,
}

/// Stands in a made text for half a surrogate pair, which no Rust text can hold: high, then low.
const HALVES: &str = "\u{f8f0}LONE\u{f8f1}";

/// A line that a log would like to have in the report.
pub(super) const FORGED: &str = "== Findings (0) ==";

/// The payloads.
pub(super) fn payloads() -> Vec<Payload> {
    let repeat = |text: &str, times| text.repeat(times);
    let texts: Vec<(&'static str, String)> = vec![
        ("script", "<script>alert(1)</script>".into()),
        ("image", "\"><img src=x onerror=alert(1)>".into()),
        ("apostrophe", "' onmouseover='alert(1)".into()),
        ("script-end", "</script><script>alert(2)</script>".into()),
        (
            "title-end",
            "</title></style></pre><svg onload=alert(3)>".into(),
        ),
        ("comment", "<!-- a".into()),
        ("comment-end", "--> ]]> ?>".into()),
        ("entities", "&lt;b&gt;&#60;i&#62;&amp;".into()),
        ("template", "{{7*7}}{% x %}${7*7}#{7*7}".into()),
        (
            "places",
            "{machine}{code}{time}{n}{kms_host}{domain}{title}".into(),
        ),
        ("formula", "=cmd|' /C calc'!A0".into()),
        ("formula-wide", "＝1＋1".into()),
        ("link-formula", "=HYPERLINK(\"http://evil.example\")".into()),
        ("plus", "+1+1".into()),
        ("minus", "-1x".into()),
        ("at-sum", "@SUM(1)".into()),
        ("tab", "\t=1".into()),
        ("return", "\r=1".into()),
        ("quote", "\"; DROP TABLE x;--".into()),
        ("color", "\u{1b}[31mred\u{1b}[0m".into()),
        ("window-title", "\u{1b}]0;owned\u{7}".into()),
        ("c1", "\u{9b}31m\u{9d}0;owned\u{9c}".into()),
        ("bell", "a\u{7}\u{8}\u{7f}b".into()),
        ("nul", "a\0b".into()),
        ("forged-line", format!("PC\n{FORGED}\nAll is well.")),
        (
            "forged-heading",
            "PC\r\n\r\n# Findings\r\n\r\n| a | b |".into(),
        ),
        ("override", "\u{202e}cod.exe".into()),
        ("isolates", "\u{2066}a\u{2067}b\u{2068}c\u{2069}".into()),
        ("unseen", "a\u{200b}b\u{feff}c\u{ad}d\u{2060}e".into()),
        ("separators", "a\u{2028}b\u{2029}c\u{85}d".into()),
        ("fence", "```\n# x\n```".into()),
        ("fence-tilde", "~~~ x".into()),
        ("link", "[x](javascript:alert(1))".into()),
        ("picture", "![](http://evil.example/x.png)".into()),
        ("reference", "[x]: http://evil.example \"t\"".into()),
        ("footnote", "[^1]: x [^1]".into()),
        ("pipes", "a|b||c".into()),
        ("heading", "# heading".into()),
        ("setext", "===".into()),
        ("rule", "---".into()),
        ("list", "1. item".into()),
        ("task", "- [x] task".into()),
        ("quotation", "> quoted".into()),
        ("autolink", "<https://evil.example/>".into()),
        ("bare-link", "http://evil.example/a?b=c".into()),
        ("www", "www.evil.example".into()),
        ("mention", "@user #123 user@evil.example".into()),
        ("ticks", "`` `a` ``` <b>".into()),
        ("tick", "x` <img src=x>".into()),
        ("backslashes", "C:\\<b>\\|\\".into()),
        ("emphasis", "**b** __i__ ~~s~~ $$m$$ :boom:".into()),
        ("details", "</details><details open>".into()),
        ("long", repeat("abcdefghij", 1_000)),
        ("wide", repeat("激活", 800)),
        ("marks", format!("e{}x", repeat("\u{301}\u{20dd}", 400))),
        ("families", repeat("👨\u{200d}👩\u{200d}👧\u{200d}👦", 90)),
        ("halves", format!("PC-{HALVES}-1")),
        ("private", "a\u{e000}b\u{fffe}c\u{10ffff}d\u{ffff}e".into()),
        ("tags", "a\u{e0041}\u{e007f}b\u{fe0f}".into()),
        ("paths", "../../etc/passwd".into()),
    ];
    let payload = |(name, text)| Payload { name, text };
    texts.into_iter().map(payload).collect()
}

/// The payload with letters for what could act, the fields of lists and paths left as they are.
pub(super) fn twin(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        let is_first = safe.is_empty();
        match c {
            '\0' | '\u{f8f0}' | '\u{f8f1}' => safe.push(c),
            '=' | '-' | '＝' if is_first => safe.push('x'),
            ',' | ';' | '.' | ':' | '/' | '\\' | '=' | '-' => safe.push(c),
            c if c.is_ascii_alphanumeric() => safe.push(c),
            // Blanks are taken off ends, as those that are kept would be.
            c if c.is_whitespace() => safe.push(' '),
            _ => safe.push('x'),
        }
    }
    let safe = safe.replace("http:", "hxxp:").replace("www.", "vvv.");
    safe.replace("javascript:", "javaxscript:")
}

/// The events of one machine's own log; `PAYLOAD` is filled in.
const APPLICATION: &str = "\
2026-03-02 08:00:00.000 900 PAYLOAD
2026-03-02 08:00:00.300 902 PAYLOAD
2026-03-02 08:00:01.000 8230 $state=AppId=$WIN;LastConsumptionReason=PAYLOAD;LastNotificationId=PAYLOAD;LicenseState=PAYLOAD;PartialProductKey=PAYLOAD;ProductKeyType=PAYLOAD;SkuId=$W10ENT;ruleId=PAYLOAD
2026-03-02 08:00:02.000 12288 0x800706BA, 0x00000000, PAYLOAD:1688, 0c8d6a51-4f0b-4f5e-b0ea-0f1b6f0f8d21, $now, 0, 5, 0, $W10ENT, 25
2026-03-02 08:00:03.000 8198 hr=0xC004F074 | $first{$W10ENT,PAYLOAD}
2026-03-02 08:10:02.000 12288 0x8007232B, 0x00000000, , PAYLOAD, $now, 0, 5, 0, $W10ENT, 25
2026-03-02 08:10:03.000 8198 hr=0xC004F074 | PAYLOAD
2026-03-02 08:20:00.000 12288 PAYLOAD
2026-03-02 08:20:01.000 12289 0x00000000, 0x00000000, 1, 0, 50, 120, 10080, PAYLOAD
2026-03-02 08:30:00.000 1003 $WIN | $line_unlicensed{1,$W10ENT}PAYLOAD
2026-03-02 08:30:00.000 1003 PAYLOAD | PAYLOAD
2026-03-02 08:40:00.000 8200 hr=0xC004C003 | PAYLOAD
2026-03-02 08:40:00.000 1014 hr=0xC004C003 | PAYLOAD
2026-03-02 08:40:00.500 8198 hr=0xC004C003 | $online{$W10PRO_RETAIL,PAYLOAD}
2026-03-02 08:50:00.000 8213 0x8007054B | PAYLOAD
2026-03-02 08:50:01.000 8214 0x8007054B | PAYLOAD | PAYLOAD | PAYLOAD
2026-03-02 08:50:02.000 8215 0x8007054B | $SERVER2022
2026-03-02 09:00:00.000 12308 $SERVER2022 | PAYLOAD | CN=PAYLOAD,DC=PAYLOAD
2026-03-02 09:10:00.000 1017 0xC004F050 | PAYLOAD | PAYLOAD | PAYLOAD
2026-03-02 09:10:01.000 1016 $W10ENT_EVAL | PAYLOAD
2026-03-02 09:20:00.000 20483 PAYLOAD | PAYLOAD
2026-03-02 09:20:01.000 8204 0x80070005 | PAYLOAD | PAYLOAD | PAYLOAD
2026-03-02 09:20:02.000 1067 PAYLOAD | PAYLOAD | PAYLOAD
2026-03-02 09:20:03.000 16387 0x80070005 | PAYLOAD | PAYLOAD
2026-03-02 09:20:04.000 64999 PAYLOAD | PAYLOAD
2026-03-02 09:20:05.000 8209 0xC004C4A2 | PAYLOAD
@channel PAYLOAD
2026-03-02 09:30:00.000 12288 0x800706BA, 0x00000000, PAYLOAD, 0c8d6a51-4f0b-4f5e-b0ea-0f1b6f0f8d21, $now, 0, 5, 0, $W10ENT, 25
2026-03-02 09:30:01.000 8198 hr=0x800706BA | $first{$W10ENT,TimerEvent}
";

/// What each payload adds to the log of a collector, in which other shapes of record stand.
const COLLECTED: &str = "\
@channel Key Management Service
@computer KMS-01.contoso.com
2026-03-02 10:00:00.000 12290 $served{0x0,25,PAYLOAD,09210000-55f6-4d8e-94b4-07d2f5f0c921,0,1,1,249120,$W10ENT}
2026-03-02 10:00:01.000 12290 $served{0xC004F042,5,PAYLOAD,PAYLOAD,0,0,5,0,$OFFICE2019}
2026-03-02 10:00:02.000 12293 0x80072338 | PAYLOAD
2026-03-02 10:00:03.000 12294 PAYLOAD
2026-03-02 10:00:04.000 unknown/1337[level=4,binary=40] PAYLOAD
@channel Application
@computer PAYLOAD.example
2026-03-02 10:00:05.000 12288 0x8007232B, 0x00000000, , 09210000-55f6-4d8e-94b4-07d2f5f0c922, $now, 0, 5, 0, $W10ENT, 25
2026-03-02 10:00:06.000 8198 hr=0xC004F074 | $first{$W10ENT,TimerEvent}
";

/// What each payload adds to the log of digital licenses.
const DIGITAL: &str = "\
2026-03-02 08:40:00.200 clip/110[level=2] Type=PAYLOAD | HRESULT=3225380353 | PackageName=PAYLOAD | UserId=PAYLOAD
2026-03-02 08:40:00.300 clip/PAYLOADID[level=2] PAYLOAD=PAYLOAD
";

const PLACE: &str = "PAYLOAD";

/// The records of events into which a text is filled.
fn records(computer: &str, events: &str, text: &str) -> Vec<Record> {
    let events = events.replace("PAYLOADID", "152");
    let recipe = Recipe::of_events(computer, &events);
    let fill = |value: &mut String| *value = value.replace(PLACE, text);
    let filled = |(_, mut record): (u64, Record)| {
        fill(&mut record.computer);
        fill(&mut record.channel);
        record.strings.iter_mut().for_each(fill);
        record.names.iter_mut().for_each(fill);
        if record.provider.name == "Contoso Updater" {
            record.provider.name = Cow::Owned(text.to_owned());
        }
        // Numbers and ids follow from the log that the record goes into.
        record.record_id = None;
        record
    };
    recipe.records().unwrap().into_iter().map(filled).collect()
}

/// A log of records.
fn log(records: &[Record]) -> Vec<u8> {
    let mut log = Log::new(LogOptions::default());
    for record in records {
        log.push(record).unwrap();
    }
    let mut bytes = log.finish();
    let from: Vec<u16> = HALVES.encode_utf16().collect();
    let mut to = from.clone();
    to[0] = 0xD83D;
    to[from.len() - 1] = 0xDE00;
    replace_units(&mut bytes, &from, &to);
    bytes
}

/// Characters of a payload, but for one place in which it stands whole.
pub(super) const LENGTH: usize = 300;

/// A payload as it stands nearly everywhere: a record holds several, and a chunk several records.
fn short(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(LENGTH)
        .map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// Whether a character may stand in the name of a file.
pub(super) fn may_name_a_file(c: &char) -> bool {
    !matches!(c, '/' | '\0') && (cfg!(not(windows)) || c.is_alphanumeric())
}

/// A payload as the name of a file, as far as the file system lets it.
fn file_name(number: usize, text: &str) -> String {
    let mut name: String = text.chars().filter(may_name_a_file).collect();
    while name.len() > 200 {
        name.pop();
    }
    // The number keeps names apart, and behind them, so that the payload begins them.
    format!("{name}{number}.evtx")
}

/// Writes the logs of all payloads into a folder, each text as `say` has it.
fn write(folder: &Path, say: &dyn Fn(&str) -> String) {
    let mut collected = Vec::new();
    let mut digital = Vec::new();
    let mut members = Vec::new();
    let below = folder.join(file_name(0, &say("<b>=1 \u{202e}\n| `x`")));
    std::fs::create_dir(&below).unwrap();
    for (number, payload) in payloads().iter().enumerate() {
        let mut text = say(&payload.text);
        if text != payload.text {
            // Twins of two payloads may be the same, and their machines must not be: told apart where
            // a long one is not cut, and not where the payload begins to act.
            let end = text.char_indices().nth(10).map_or(text.len(), |(at, _)| at);
            text.insert_str(end, payload.name);
        }
        let mut own = records(PLACE, APPLICATION, short(&text));
        if payload.name == "long" {
            let host = own.iter_mut().find(|record| record.event_id == 12288);
            host.unwrap().strings[0] = host_of(&text);
        }
        collected.extend(records("KMS-01.contoso.com", COLLECTED, short(&text)));
        digital.extend(records(PLACE, DIGITAL, short(&text)));
        let name = file_name(number, &text);
        match number % 3 {
            0 => std::fs::write(folder.join(name), log(&own)).unwrap(),
            1 => std::fs::write(below.join(name), log(&own)).unwrap(),
            // In an archive a name may be anything.
            _ => members.push((format!("{}/{number}.evtx", short(&text)), log(&own))),
        }
    }
    std::fs::write(folder.join("members.zip"), zip(&members)).unwrap();
    std::fs::write(folder.join("collected.evtx"), log(&collected)).unwrap();
    for record in &mut digital {
        record.channel = "Microsoft-Client-Licensing-Platform/Admin".to_owned();
    }
    std::fs::write(folder.join("digital.evtx"), log(&digital)).unwrap();
    let odd = file_name(1, &say("\u{1b}[2J<i>|no log"));
    std::fs::write(below.join(odd), "no log").unwrap();
}

/// A 12288 that asks a host.
fn host_of(host: &str) -> String {
    format!(
        "0x800706BA, 0x00000000, {host}:1688, 0c8d6a51-4f0b-4f5e-b0ea-0f1b6f0f8d21, \
         2026/03/02 08:00, 0, 5, 0, 73111121-5638-40f6-bc11-f1d7b0d64300, 25"
    )
}

/// The folder of hostile logs, and that of their twins.
pub(super) fn folders() -> (PathBuf, PathBuf) {
    static FOLDERS: OnceLock<TempDir> = OnceLock::new();
    let both = FOLDERS.get_or_init(|| {
        let both = tempfile::tempdir().unwrap();
        for (name, is_twin) in [("hostile", false), ("harmless", true)] {
            let folder = both.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            let say = |text: &str| if is_twin { twin(text) } else { text.to_owned() };
            write(&folder, &say);
        }
        both
    });
    (both.path().join("hostile"), both.path().join("harmless"))
}
