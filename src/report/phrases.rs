//! Every sentence and word of a report that is not about one code: `catalog/phrases.toml` in typed
//! fields. No text stands in Rust.
//!
//! An untranslated phrase does not build, a missing and a superfluous one fail a test, an unused field
//! is a warning of the compiler.
//!
//! The fields are filled by name from the table that the build makes of the file. A derived `Deserialize` of some three hundred
//! fields that own their texts made the optimizer work for two minutes; what is copied needs no
//! cleaning up, so here the texts live as long as the program.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::catalog::{Fact, Language, Section, TextTable, sections, take_section};
pub(crate) use crate::catalog::{Phrase, grouped};

static TEXTS: TextTable = include!(concat!(env!("OUT_DIR"), "/phrases.rs"));

macro_rules! sections {
    ($($(#[$doc:meta])* $section:ident: $name:ident { $($field:ident),* $(,)? })*) => {
        $($(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name {
            $(pub(crate) $field: Phrase,)*
        })*

        /// All phrases.
        #[derive(Debug)]
        pub(crate) struct Phrases {
            $(pub(crate) $section: $name,)*
            /// Why a cause is confirmed or crossed out.
            facts: BTreeMap<&'static str, Phrase>,
            /// Messages of lower layers.
            pub(crate) below: Vec<Phrase>,
        }

        /// Takes every phrase out of the file; what is missing or left over is a problem.
        fn read(mut file: BTreeMap<&'static str, Section>, problems: &mut Vec<String>) -> Phrases {
            $(
                let mut table = take_section(&mut file, stringify!($section), problems);
                let $section = $name {
                    $($field: Phrase::take(&mut table, stringify!($field), problems),)*
                };
                problems.extend(table.keys().map(|name| format!("{}.{name} is no phrase of the program", stringify!($section))));
            )*
            let mut table = take_section(&mut file, "facts", problems);
            let names: Vec<&'static str> = Fact::ALL.iter().map(|fact| fact.as_str()).collect();
            let facts = names.into_iter().map(|name| (name, Phrase::take(&mut table, name, problems))).collect();
            problems.extend(table.keys().map(|name| format!("facts.{name} is no fact")));
            let table = take_section(&mut file, "below", problems);
            let below = table.into_values().collect();
            problems.extend(file.keys().map(|name| format!("{name} is no section")));
            Phrases { $($section,)* facts, below }
        }
    };
}

sections! {
    /// What stands for a value that the log does not tell.
    open: Open { kms_host, domain, activation_id, computer }
    /// Several KMS hosts in one text.
    hosts: HostsPhrases { and, more, also }
    /// What is proved of some machines or KMS hosts.
    proved: ProvedPhrases { lead, state }
    /// The answer in one sentence.
    headline: Headline {
        nothing_read, no_events, one_failing, one_failing_licensed, one_failing_licensed_until, product_of, one_activated, one_activated_cured, one_unknown,
        some_failing, some_failing_licensed, of_these_licensed, none_failing, attention, attention_more, cause_unknown, one_not_activated,
        none_selected, as_often, others_as_often, all_failing, all_failing_licensed,
    }
    /// What else a reader must know.
    explanation: Explanation {
        looked_at, logs, records, activation_events, covered, covered_moment, where_to_look, only_states, lost, damaged, skipped, odd_fields,
        machines_left_out, earlier, as_of, later, later_machines,
    }
    /// How sure a cause is, and why no surer.
    certainty: Certainty {
        seen, seen_state, inferred, missing, concluded, log_starts_late, damage_nearby, level_filter, no_answer,
        no_requests, rows_filtered, not_kms, times,
    }
    /// The few causes behind most failing machines.
    causes: CausesPhrases { most, all, not_told, share, share_head, finding_head, first_step }
    /// One machine's attempts, one by one.
    depth: DepthPhrases {
        title, outcome_head, code_head, no_host, reached_nothing, reached_resolved, reached_connected,
        reached_answered, reached_sent, reached_unknown, activated, count_of, count, borrowed, decided, passed_over,
        why_only, why_furthest, why_kind, why_latest, why_less_far, why_wrapper, why_unknown, why_earlier, records,
    }
    /// What has changed since an earlier report.
    comparison: ComparisonPhrases {
        text, machines, came, with_view, was_incomplete, was_redacted, is_later, older_logs,
        title, changes, as_of, baseline, appeared, silent, new, still, replaced, cured, finding_head, change_head, severity_head,
    }
    /// What tables, evidence and attempts say besides.
    lead: LeadPhrases { provider, kms_host, by_day, server, server_alone, failing_step, log_application, log_kms, log_other }
    /// What the administrator accepts.
    ignored: IgnoredPhrases { title, list, by, until, count, ended, unused, option_count, option_unused }
    /// Names that are replaced by pseudonyms.
    redacted: RedactedPhrases { report, rows }
    /// Logs that hold no activation event.
    nothing: NothingPhrases { computers, title }
    /// What could not be read.
    damage: DamagePhrases {
        file_header, chunk_cut_short, bad_magic, zeroed_chunk, header_checksum, data_checksum, string_table,
        template_table, free_space_offset, record_range, record_chain, record, chunk, io,
        became_shorter,
    }
    /// What is odd and loses nothing.
    note: NotePhrases { stale_header, header_counts_more, dirty_flag, minor_version, short_last_chunk, gaps, no_checksums, foreign_bytes, numbers_reused, named_again, rows_filtered, rows_redacted, events_without_input, input_without_events, likely_rename }
    /// Why an input was not looked at.
    skipped: SkippedPhrases {
        missing, empty, not_a_log, header_cut_short, old_event_log, xml_export, text_export, rows_for_others, report, no_logs, not_a_file,
        not_reached, not_to_the_end, not_rows, bad_rows, rows_packed, no_parquet, unreadable, no_logs_in_archive, no_match, bad_pattern, none_selected, encrypted, packing, length_unknown, no_directory, not_unpacked,
        limit_entries, limit_ratio, limit_bytes, limit_depth, limit_header,
    }
    /// What events of the service behind digital licenses say.
    digital_license: DigitalLicensePhrases {
        starting, started, stopped, service_failed, rearm_pending, removed, install_failed, storage_failed,
        refresh_failed, removal_failed, installed, app_installed, lease_installed, device_installed,
        token_installed, token_failed, reboot_required, rearmed, app_without_license, out_of_tolerance,
        within_tolerance, device_id_updated, device_removed, device_missing, archived, archive_failed, other,
        beside, counts, with_code, without_code, count_line,
    }
    /// What lies over the catalog.
    overlay: OverlayPhrases { line, left_out, not_an_entry, unknown_field, unknown_finding }
    /// KMS hosts and their clients.
    kms: KmsPhrases {
        stopped, too_often, product, first_request, is_machine, own_log, never_arrived, unanswered, answers_lost,
        shared_ids, counts, count_missing, count_reached, domains,
    }
    /// An event in one sentence.
    row: RowPhrases { unnamed, titled, coded, asked, either }
    /// `explain`.
    explain: ExplainPhrases {
        not_a_code, more, read_as, nearest, win32, severity_digit, not_failure, hides, kind_root, kind_wrapper,
        kind_benign, kind_unknown, structure, structure_win32, structure_ntstatus, structure_ntstatus_hresult, event, causes, steps, checks, references,
        see_also, fields, example, activation_types, comma, settled_by_build,
    }
    /// States, how they changed, and what findings tell of keys and renewals.
    state: StatePhrases {
        last_renewals, keys, last_renewal, went, at, between, days, hours, minutes, by_kms, by_active_directory, by_avma,
        by_token, by_phone, by_online, by_digital_license,
    }
    /// Ways to activate.
    activation: ActivationPhrases {
        mak, retail, oem, kms_client, kms_host, adba, avma, token, digital_license, subscription, office, any,
    }
    /// A code without an entry.
    unknown_code: UnknownCode { title, meaning, no_more, step_event, step_search, step_again }
    /// Headings, labels and words of the people's formats.
    layout: Layout {
        overview, list, comma, part, sentence, colon, aside, more, more_machines, times, span, moment, yes, no, incomplete,
        filters, left_out, left_findings, no_findings, none_listed, no_rows, rows_left_out, verdict, machines, failing, still_licensed, activated, unknown, attempts, failed, records,
        severity_critical, severity_error, severity_warning, severity_info, cured, status_failing, status_activated,
        status_unknown, confidence_seen, confidence_inferred, confidence_missing, license_unlicensed,
        license_licensed, license_oob_grace, license_oot_grace, license_non_genuine_grace, license_notification,
        license_extended_grace, license_in_grace, host_allowed, host_known_cloud, host_loopback, host_unknown,
        host_unlisted, outcome_succeeded, outcome_failed, outcome_unknown, findings, cured_findings, where_seen,
        when_seen, how_often, hosts_asked, ended_with, also_seen, related, ends, clocks, clock_ahead, clock_behind,
        certainty, causes, confirmed, possible, ruled_out, steps, checks, expect, references, evidence, record, event,
        record_and_event, field, more_records, more_rows, machine_table, host_table, client_table, day_table,
        kms_host_table, cause_table, domain_table, build_table, forecast_table, input_table, damage_list, note_list, skipped_list,
        made_list, computer, status, failed_of, failed_attempts, cause, time_head, record_head, event_head,
        last_record, details, host, kind, clients, client, requests, answers, failures, refused, count, last_request,
        license, day, attempts_head, machines_head, failing_machines_head, failing_head, licensed_head, activated_head, unknown_head, domain,
        build, log, records_head, events_head, unnamed_product, key_ends, expires, last_success, last_failure,
        because, aliases, cmid, virtual_machine, activation_id, chunk, lost_records, read_logs,
        read_bytes, read_chunks, read_decoded, read_events, read_duplicates, tool, made_at, as_of, period, arguments,
    }
    /// Words of the page alone.
    page: PagePhrases {
        name, skip, contents, figures, first, further, info, fleet, reading, here, find_machines, machine_list,
        details_and_attempts, more_attempts, product, ends, search, search_hint, any, shown, not_failed, chart,
        as_table, unfold, ticket, copy, copied, sort_by,
    }
}

impl Phrases {
    /// The embedded phrases.
    pub(crate) fn load() -> &'static Self {
        static PHRASES: OnceLock<Phrases> = OnceLock::new();
        PHRASES.get_or_init(|| read(sections(TEXTS), &mut Vec::new()))
    }

    /// The sentence of a fact.
    pub(crate) fn fact(&self, fact: Fact, language: Language) -> &str {
        self.facts
            .get(fact.as_str())
            .map_or("", |phrase| phrase.get(language))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::chinese_problem;

    /// The texts of the command line, which the program types for itself.
    static CLI_TEXTS: TextTable = include!(concat!(env!("OUT_DIR"), "/cli.rs"));

    fn each(table: TextTable, see: &mut dyn FnMut(&str, &str, &str)) {
        for (section, texts) in table {
            for (name, en, zh) in *texts {
                see(&format!("{section}.{name}"), en, zh);
            }
        }
    }

    #[test]
    fn every_phrase_is_there_and_none_besides() {
        let mut problems = Vec::new();
        read(sections(TEXTS), &mut problems);
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    #[test]
    fn what_is_missing_or_superfluous_is_told() {
        let mut file = sections(TEXTS);
        let headline = file.get_mut("headline").unwrap();
        let phrase = headline.remove("cause_unknown").unwrap();
        headline.insert("cause_unknow", phrase);
        file.remove("open");
        let mut problems = Vec::new();
        read(file, &mut problems);
        let told = problems.join("\n");
        for problem in [
            "headline.cause_unknow is no phrase",
            "cause_unknown is missing",
            "there is no section open",
        ] {
            assert!(told.contains(problem), "{told}");
        }
    }

    #[test]
    fn both_languages_fill_in_the_same_values_and_keep_to_their_spacing() {
        let names = |text: &str| {
            let mut names: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|part| Some(part.split_once('}')?.0.to_owned()))
                .filter(|name| !name.starts_with('_'))
                .collect();
            names.sort();
            names.dedup();
            names
        };
        let mut problems = Vec::new();
        let mut look = |path: &str, en: &str, zh: &str| {
            if names(en) != names(zh) {
                problems.push(format!("{path}: {:?} and {:?}", names(en), names(zh)));
            }
            // What is filled in here brings its own parentheses, or is nothing.
            let filled = zh.replace("{licensed}", "（）");
            problems
                .extend(chinese_problem(&filled).map(|problem| format!("{path} {problem}: {zh}")));
        };
        each(TEXTS, &mut look);
        each(CLI_TEXTS, &mut look);
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    #[test]
    fn numbers_choose_the_form_and_are_grouped() {
        let phrases = Phrases::load();
        let records = &phrases.explanation.records;
        assert_eq!(records.count(Language::En, 1, &[]), "1 record");
        assert_eq!(
            records.count(Language::En, 1_234_567, &[]),
            "1,234,567 records"
        );
        assert_eq!(records.count(Language::ZhCn, 2, &[]), "2 条记录");
    }
}
