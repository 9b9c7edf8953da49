//! Every format over the shared sample: snapshots, and claims that hold for all of them.

mod names;

use unicode_width::UnicodeWidthStr;

use super::sample;
use super::*;

fn rendered(report: &Report, format: Format, options: &RenderOptions) -> String {
    let mut out = Vec::new();
    render(report, format, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn wide(width: usize) -> RenderOptions {
    RenderOptions {
        width,
        ..RenderOptions::default()
    }
}

#[test]
fn every_format_in_every_language() {
    for language in ["en", "zh-CN"] {
        let report = sample::report(language);
        for format in Format::ALL {
            let name = format!("{}_{language}", format.as_str());
            let text = rendered(&report, *format, &wide(80));
            // Style and script are the page's own files, and not said again here.
            insta::assert_snapshot!(name, html::tests::without_assets(&text));
        }
        let narrow = rendered(&report, Format::Text, &wide(40));
        insta::assert_snapshot!(format!("text_{language}_40"), narrow);
    }
}

#[test]
fn times_are_told_in_a_zone_that_is_named() {
    for (language, zone) in [("en", "Europe/Berlin"), ("zh-CN", "+08:00")] {
        let report = Report {
            zone: zone.parse().unwrap(),
            ..sample::report(language)
        };
        let verbose = RenderOptions {
            verbose: true,
            ..wide(80)
        };
        let text = rendered(&report, Format::Text, &verbose);
        insta::assert_snapshot!(format!("text_{language}_zone"), text);
        // 09:12:44 in UTC.
        let markdown = rendered(&report, Format::Markdown, &verbose);
        for text in [&text, &markdown] {
            assert!(!text.contains(" 09:12:44"), "{text}");
        }
        let json = rendered(&report, Format::Json, &verbose);
        assert_eq!(
            json,
            rendered(&sample::report(language), Format::Json, &verbose)
        );
    }
}

#[test]
fn a_report_without_findings_explains_itself() {
    let report = sample::healthy("en");
    insta::assert_snapshot!("text_healthy", rendered(&report, Format::Text, &wide(80)));
}

#[test]
fn colour_adds_codes_and_changes_no_word() {
    let report = sample::report("en");
    let colored = RenderOptions {
        color: true,
        ..wide(80)
    };
    let colored = rendered(&report, Format::Text, &colored);
    let mut plain = String::new();
    let mut rest = colored.as_str();
    while let Some((before, tail)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = tail.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, rendered(&report, Format::Text, &wide(80)));
    insta::assert_snapshot!("text_colored", colored.replace('\u{1b}', "ESC"));
}

#[test]
fn every_part_of_the_model_is_told() {
    let report = sample::report("en");
    let verbose = RenderOptions {
        verbose: true,
        ..wide(200)
    };
    for format in [Format::Text, Format::Markdown, Format::Html] {
        let mut text = rendered(&report, format, &verbose);
        if format == Format::Html {
            text = html::tests::read(&text);
        }
        for value in [
            "2 of 4 machines fail to activate",  // summary.headline
            "3 logs read, 12,345 records",       // inputs.explanation
            "Reading was interrupted",           // made_with.incomplete
            "--code 0x8007232B",                 // made_with.filters
            "1 finding and 1,234 machines",      // made_with.left_out
            "0x8007232B",                        // findings.id
            "NAME",                              // findings.symbol
            "A record holds this code.",         // certainty
            "42",                                // machine_count, by way of "37 more"
            "1,234 records",                     // events
            "2026-10-03 09:12:44",               // last_seen
            "0xC004F074 x12",                    // outcomes
            "0x800706BA x3",                     // also_seen
            "kms.corp.example:1688",             // kms_hosts
            "NXDOMAIN",                          // meaning
            "nslookup -type=SRV",                // steps, checks
            "svr hostname",                      // expect
            "ruled out",                         // causes
            "confirmed",                         // causes
            "the host was asked by its address", // causes.why
            "common-troubleshooting-procedures", // references
            "2026-10-09 04:03:02",               // details.ends
            "301 minutes behind",                // details.skews
            "PC-CLONE-2",                        // details.cmids
            "22 more computers are needed",      // details.hosts
            "lab.corp.example",                  // details.domains
            "0x80072338",                        // details.domains
            "4001",                              // evidence
            "port cannot be reached",            // a cured finding
            "WIN-FIRSTNAME",                     // aliases
            "10.0.26100.1742",                   // build
            "Windows 11 Enterprise",             // products
            "initial grace period",              // license_state
            "2YT43",                             // partial_key
            "NetworkAvailable",                  // recent_attempts
            "[2001:db8::7]:1688",                // kms_hosts
            "11/25",                             // last_count, needed
            "2026-10-02 22:22:22",               // kms_clients
            "stopped asking",                    // activity
            "0xC004F042 x5",                     // refused_by_code
            "PC-CHINESE.corp.example",           // kms_clients.machine
            "21 requests are not",               // never_arrived
            "1 request was granted",             // answers_lost
            "2026-10-21",                        // forecast
            "by DNS domain",                     // by_domain
            "9,001",                             // inputs.files
            "0x0000beef",                        // damage
            "31 records lost",                   // damage
            "not closed cleanly",                // notes
            "this is no event log",              // skipped
            "3,215,360 bytes",                   // inputs.bytes
            "7 duplicates",                      // inputs.duplicates
            "2026-10-04 11:11:11",               // generated_at
            "2026-10-03 10:00:01",               // as_of
            "2026.10",                           // catalog_version
            "2 causes explain 93%",              // summary.main_causes
            "1 finding is new",                  // comparison
            "PC-0077.corp.example",              // comparison.silent
            "another cause",                     // comparison.replaced
            "2026-12-31",                        // ignored_by
            "0x8007232B@PC-0043",                // ignored_by of some machines
            "no answer is in the log",           // recent_attempts.tries
            "count 11 of 25",                    // recent_attempts.tries
            "it hides the cause",                // recent_attempts.causes
            "Machines by KMS host asked",        // by_kms_host
            "PC-0099.corp.example",              // inputs.computers_without_events
        ] {
            assert!(text.contains(value), "{} lacks {value}", format.as_str());
        }
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for language in ["en", "zh-CN"] {
        let report = sample::report(language);
        for width in [40, 47, 60, 80, 100] {
            for verbose in [false, true] {
                let options = RenderOptions {
                    verbose,
                    ..wide(width)
                };
                let text = rendered(&report, Format::Text, &options);
                for line in text.lines().filter(|line| line.width() > width) {
                    let text = line.trim_start();
                    let is_whole = !text.contains(' ')
                        || text.starts_with("nslookup")
                        || text.starts_with("cscript");
                    assert!(is_whole, "{language}, {width}: {line}");
                }
            }
        }
    }
}

#[test]
fn nothing_from_a_log_acts_on_its_reader() {
    let report = sample::report("zh-CN");
    let verbose = RenderOptions {
        verbose: true,
        ..wide(80)
    };
    for format in [Format::Text, Format::Markdown, Format::Html] {
        let text = rendered(&report, format, &verbose);
        assert!(
            !text.contains(['\u{1b}', '\u{202e}']),
            "{}",
            format.as_str()
        );
        assert!(text.contains("\\u{1b}"));
    }
    let markdown = rendered(&report, Format::Markdown, &verbose);
    assert!(!markdown.contains("|*_"));
    assert!(!markdown.contains("@admin"));
    // The only markup with angle brackets is our own.
    let mut is_code = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        assert!(
            is_code || !line.replace("\\<script", "").contains("<script"),
            "{line}"
        );
    }
}

#[test]
fn every_row_of_a_markdown_table_has_as_many_cells_as_its_head() {
    let markdown = rendered(&sample::report("en"), Format::Markdown, &wide(80));
    let mut cells = None;
    for line in markdown.lines() {
        if line.starts_with('|') {
            let n = line.matches('|').count();
            assert_eq!(*cells.get_or_insert(n), n, "{line}");
        } else {
            cells = None;
        }
    }
}

#[test]
fn a_table_that_is_too_long_says_what_it_leaves_out() {
    let mut report = sample::report("en");
    let machine = report.machines[0].clone();
    report.machines = vec![machine; 45];
    let text = rendered(&report, Format::Text, &wide(80));
    assert!(text.contains("== Machines (45) =="));
    assert!(text.contains("5 more are not shown here"));
}

#[test]
fn formats_are_known_by_their_extensions() {
    let check = |path: &str, expect| assert_eq!(Format::of_path(Path::new(path)), expect);
    check("a.md", Some(Format::Markdown));
    check("a.JSON", Some(Format::Json));
    check("a.html", Some(Format::Html));
    check("a.HTM", Some(Format::Html));
    check("a.txt", Some(Format::Text));
    check("a.evtx", None);
    check("a", None);
}

#[test]
fn json_ends_with_a_newline_and_reads_back() {
    let text = rendered(&sample::report("en"), Format::Json, &wide(80));
    assert!(text.ends_with("}\n"));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["findings"][0]["id"], "0x8007232B");
}

#[test]
fn without_machines_there_is_no_line_of_counts() {
    let mut report = sample::healthy("en");
    report.summary.machines = 0;
    report.machines.clear();
    let text = rendered(&report, Format::Text, &wide(80));
    assert!(!text.contains("0 failing"));
}
