use super::*;

fn told(text: &str) -> Vec<String> {
    match explain(text, &Catalog::builtin(), Language::En) {
        Ok(found) => found
            .iter()
            .map(|one| match one {
                Explanation::Code(code) => code.code.to_string(),
                Explanation::Event(event) => format!("event {}", event.event_id),
                Explanation::Finding(finding) => format!("finding {}", finding.id),
            })
            .collect(),
        Err(error) => vec![format!("error: {error}")],
    }
}

#[test]
fn every_spelling_means_the_same() {
    for text in [
        "0xC004F074",
        "c004f074",
        "-1073418124",
        "3221549172",
        "SL_E_VL_BINDING_SERVICE_UNAVAILABLE",
        "sl_e_vl_binding_service_unavailable",
    ] {
        assert_eq!(told(text), ["0xC004F074"], "{text}");
    }
}

#[test]
fn short_numbers_are_events_that_are_known_or_win32_numbers() {
    assert_eq!(told("12288"), ["event 12288"]);
    assert_eq!(told("9003"), ["0x8007232B"]);
    assert_eq!(told("5"), ["0x80070005"]);
    assert!(told("70000")[0].starts_with("error"));
}

#[test]
fn a_part_of_a_symbol_finds_all_that_hold_it() {
    let found = told("ERROR_RCODE_");
    assert_eq!(found[..2], ["0x8007232A", "0x8007232B"]);
    assert!(found.len() > 5 && found.len() <= MAX_MATCHES);
}

#[test]
fn misprints_name_what_is_nearest() {
    assert_eq!(told("0xC00F038"), ["0x0C00F038"]);
    assert!(told("0xc004cf042")[0].contains("0xC004F042"));
    assert!(told("hello world")[0].starts_with("error"));
    assert!(told("")[0].starts_with("error"));
}

#[test]
fn a_code_copied_with_what_is_around_it_is_read() {
    for text in [
        "0xC004F074,",
        "(0xC004F074)",
        "\u{201c}0xC004F074\u{201d}",
        "Error:0xC004F074",
        "0xC0O4F074",
        "\u{ff10}\u{ff58}\u{ff23}004F074",
        "0xC004F074L",
        "0xFFFFFFFFC004F074",
        "0x00000000C004F074",
    ] {
        assert_eq!(told(text), ["0xC004F074"], "{text}");
    }
    assert_eq!(told("0x5"), ["0x80070005", "0x00000005"]);
}

#[test]
fn the_end_of_a_code_and_the_name_of_a_finding_are_known() {
    assert!(told("F074")[0].contains("0xC004F074"), "{:?}", told("F074"));
    assert!(!told("fade")[0].contains("0x"), "{:?}", told("fade"));
    assert_eq!(told("wrong-channel"), ["finding wrong-channel"]);
    assert_eq!(told("Clock-Skew"), ["finding clock-skew"]);
    let catalog = Catalog::builtin();
    assert!(codes("wrong-channel", &catalog, Language::En).is_err());
}

#[test]
fn an_ntstatus_in_the_form_of_an_hresult_is_told_as_one() {
    let structure = |text: &str| match &explain(text, &Catalog::builtin(), Language::En).unwrap()[0]
    {
        Explanation::Code(code) => code.structure.clone(),
        other => panic!("{other:?}"),
    };
    let told = structure("0xD0000272");
    assert!(
        told.contains("NTSTATUS 0xC0000272") && told.contains("N bit"),
        "{told}"
    );
    assert_eq!(structure("0xC0020017"), "NTSTATUS 0xC0020017");
    assert!(structure("0xC004F074").contains("ITF"));
}

#[test]
fn what_a_reader_should_know_is_said() {
    let notes = |text: &str| match &explain(text, &Catalog::builtin(), Language::En).unwrap()[0] {
        Explanation::Code(code) => code.notes.join(" "),
        Explanation::Event(_) | Explanation::Finding(_) => String::new(),
    };
    assert!(notes("0xC004F074").contains("0x8007232B"));
    assert!(notes("0x8004F074").contains("0xC004F074"));
    assert!(notes("0x4004F065").contains("no error code"));
    assert!(
        notes("0xC104F074").contains("0xC004F074"),
        "a digit that was mistyped"
    );
    assert!(notes("9003").contains("Win32"));
    assert!(
        notes("0xC00F038").contains("0xC004F038"),
        "a digit that was left out"
    );
    assert!(notes("0x8007267").contains("0x8007267C"));
}

#[test]
fn an_event_of_two_meanings_says_what_tells_them_apart() {
    let explained = |text: &str| match explain(text, &Catalog::builtin(), Language::En) {
        Ok(found) => match &found[..] {
            [Explanation::Event(event), ..] => (**event).clone(),
            other => panic!("{other:?}"),
        },
        Err(error) => panic!("{error}"),
    };
    let either = explained("1058");
    assert_eq!(either.meanings.len(), 2);
    assert!(either.meanings.iter().all(|meaning| meaning.when.is_some()));
    assert!(either.notes[0].contains("902"));
    // Here the record itself tells.
    let told = explained("16388");
    assert_eq!((told.meanings.len(), told.notes.len()), (2, 0));
}

#[test]
fn every_code_and_event_is_explained_in_both_languages() {
    let catalog = Catalog::builtin();
    for language in Language::ALL {
        for code in catalog.codes() {
            let found = explain(&code.to_string(), &catalog, *language).unwrap();
            let Explanation::Code(code) = &found[0] else {
                panic!()
            };
            assert!(
                !code.causes.is_empty() && !code.steps.is_empty() && !code.references.is_empty()
            );
            assert!(
                !serde_json::to_string(&found)
                    .unwrap()
                    .contains("{kms_host}")
            );
        }
        for id in catalog.event_ids() {
            assert!(matches!(
                explain(&id.to_string(), &catalog, *language).unwrap()[0],
                Explanation::Event(_)
            ));
        }
    }
}
