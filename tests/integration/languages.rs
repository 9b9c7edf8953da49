//! The languages of the command line: what the real program says where no result is asked for.

use crate::support::program::{log, run, run_in};

/// Whether a text has a Chinese character.
fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn help_is_asked_for_in_several_ways() {
    for arguments in [
        &["report", "--help"][..],
        &["help", "report"],
        &["a.evtx", "--help"],
        &["--lang", "en", "report", "--help"],
    ] {
        let told = run(arguments);
        assert_eq!(told.code, 0, "{arguments:?}");
        assert!(
            told.stdout.contains("Usage: spptriage report"),
            "{}",
            told.stdout
        );
        assert!(told.stdout.contains("--kms-host <HOST[:PORT]>"));
        assert!(told.stderr.is_empty());
    }
    for arguments in [
        &["report", "--help", "--lang", "zh-CN"][..],
        &["help", "report", "--lang=zh-CN"],
        &["a.evtx", "-h", "--lang", "zh"],
    ] {
        let told = run(arguments);
        assert_eq!(told.code, 0, "{arguments:?}");
        assert!(
            told.stdout.contains("用法：spptriage report"),
            "{}",
            told.stdout
        );
        assert!(told.stdout.contains("--kms-host <主机[:端口]>"));
    }
    let program = run(["-h"]);
    assert!(program.stdout.contains("explain") && !program.stdout.contains("--kms-host"));
    let version = run(["--version"]);
    assert_eq!(version.code, 0);
    assert!(version.stdout.starts_with("spptriage "));
    let nothing: [&str; 0] = [];
    let nothing = run(nothing);
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("Usage: spptriage") && nothing.stdout.is_empty());
}

#[test]
fn what_is_wrong_is_told_in_the_language_that_was_asked_for() {
    let path = log("healthy-client");
    let path = path.to_str().unwrap();
    for (arguments, english, chinese) in [
        (
            &["report", path, "--nothing"][..],
            "unexpected argument '--nothing' found",
            "无法识别的参数“--nothing”",
        ),
        (
            &["report", path, "--now", "yesterday"],
            "use a date such as 2026-03-01, or a time",
            "请使用日期（如 2026-03-01）或时间",
        ),
        (
            &["report", path, "--tz", "Mars"],
            "no time zone has this name",
            "没有此名称的时区",
        ),
        (
            &["report", path, "--code", "nonsense!"],
            "nonsense! is no code",
            "nonsense! 不是已知的代码",
        ),
        (
            &["report", path, "--include", "[a"],
            "unclosed character class",
            "字符组未结束",
        ),
        (
            &[
                "report",
                path,
                "--since",
                "2026-02-01",
                "--until",
                "2026-01-01",
            ],
            "--since is later than --until",
            "--since 晚于 --until",
        ),
        (
            &["report", path, "-o", "no-such-folder/x.json"],
            "the folder no-such-folder is not there",
            "文件夹 no-such-folder 不存在",
        ),
        (
            &["report", "--paths-from", "no-such-list"],
            "no-such-list: cannot be read: No such file or directory",
            "no-such-list：无法读取：",
        ),
        (
            &["events", path, "--stream", "--only-failing"],
            "--stream writes rows as they are read",
            "--stream 边读边写",
        ),
        (
            &["explain", "nonsense!"],
            "nonsense! is no code",
            "nonsense! 不是已知的代码",
        ),
    ] {
        let plain = run(arguments);
        assert_eq!(plain.code, 2, "{arguments:?}: {}", plain.stderr);
        assert!(plain.stderr.contains(english), "{}", plain.stderr);
        assert!(!is_chinese(&plain.stderr), "{}", plain.stderr);
        let told = run([arguments, &["--lang", "zh-CN"]].concat());
        assert_eq!(told.code, 2, "{arguments:?}: {}", told.stderr);
        assert!(told.stderr.contains(chinese), "{}", told.stderr);
    }
}

#[test]
fn what_could_not_be_read_is_told_in_the_language_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.evtx"), b"PK\x03\x04 no zip at all").unwrap();
    let told = run_in(
        folder.path(),
        [
            "report",
            "a.evtx",
            "none.evtx",
            "-f",
            "json",
            "--lang",
            "zh-CN",
        ],
    );
    assert_eq!(told.code, 4);
    for line in told.stderr.lines() {
        assert!(line.contains("evtx：") && is_chinese(line), "{line}");
    }
    assert_eq!(told.stderr.lines().count(), 2, "{}", told.stderr);
}

#[test]
fn damage_is_told_in_chinese_down_to_what_the_decoder_says() {
    let told = run([
        "report",
        "fixtures/damaged",
        "-f",
        "json",
        "--lang",
        "zh-CN",
    ])
    .json();
    let mut seen = 0;
    for (list, key) in [
        ("damage", "problem"),
        ("notes", "note"),
        ("skipped", "reason"),
    ] {
        for part in told["inputs"][list].as_array().unwrap() {
            let text = part[key].as_str().unwrap();
            // Commands stay as they are.
            let words: String = text.split('`').step_by(2).collect();
            let is_sentence = |text: &str| {
                let latin =
                    |word: &&str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase());
                text.split(' ').filter(latin).count() > 2
            };
            assert!(is_chinese(&words) && !is_sentence(&words), "{text}");
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn ways_to_activate_are_words() {
    let told = |language| run(["explain", "0xC004F038", "--lang", language]).stdout;
    assert!(
        told("zh-CN").contains("涉及的激活方式：KMS 客户端"),
        "{}",
        told("zh-CN")
    );
    assert!(
        told("en").contains("Occurs with: KMS client"),
        "{}",
        told("en")
    );
}

#[test]
fn completions_and_the_manual_page_are_english_unless_asked_otherwise() {
    for arguments in [&["man"][..], &["completions", "zsh"]] {
        let plain = run(arguments);
        assert!(plain.stdout.contains("expiring") && !is_chinese(&plain.stdout));
        let told = run([arguments, &["--lang", "zh-CN"]].concat());
        assert_eq!(told.code, 0);
        assert!(told.stdout.contains("许可证到期前"), "{}", told.stdout);
    }
}
