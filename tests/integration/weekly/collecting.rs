//! What docs/collecting.md hands out names what the reader wants.

use std::collections::BTreeSet;
use std::fs;

use spptriage::spp::wanted;

const SUBSCRIPTION: &str = "integrations/collect/activation-subscription.xml";
const SCRIPT: &str = "integrations/collect/Collect-ActivationLogs.ps1";

/// The provider of digital licenses, which is collected with the others.
const DIGITAL_LICENSES: &str = "Microsoft-Client-Licensing-Platform";

/// Every name that the reader looks for.
fn names() -> BTreeSet<String> {
    let providers = wanted().providers.into_iter();
    let names = providers.flat_map(|provider| [Some(provider.name), provider.source]);
    let mut names: BTreeSet<String> = names.flatten().map(str::to_owned).collect();
    names.insert(DIGITAL_LICENSES.to_owned());
    names
}

fn asked_for(text: &str) -> BTreeSet<String> {
    let parts = text.split("@Name='").skip(1);
    parts
        .map(|part| part.split('\'').next().unwrap().to_owned())
        .collect()
}

/// The tags of an XML text, closed in the order in which they were opened.
fn check_tags(text: &str) {
    let mut open = Vec::new();
    let mut rest = text;
    while let Some((_, tail)) = rest.split_once('<') {
        if let Some(tail) = tail.strip_prefix("!--") {
            rest = tail.split_once("-->").unwrap().1;
            continue;
        }
        if let Some(tail) = tail.strip_prefix("![CDATA[") {
            let (inner, tail) = tail.split_once("]]>").unwrap();
            check_tags(inner);
            rest = tail;
            continue;
        }
        let (tag, tail) = tail.split_once('>').unwrap();
        rest = tail;
        assert!(tag.matches('"').count().is_multiple_of(2), "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') && !tag.starts_with('?') {
            open.push(tag.split_whitespace().next().unwrap());
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn the_subscription_is_sound_and_asks_for_what_the_reader_wants() {
    let text = fs::read_to_string(SUBSCRIPTION).unwrap();
    check_tags(&text);
    assert_eq!(asked_for(&text), names());
    for channel in wanted().channels {
        let select = format!("<Select Path=\"{channel}\">*</Select>");
        assert!(text.contains(&select), "{select}");
    }
    assert!(!text.contains("Level"));
}

#[test]
fn the_script_asks_for_the_same_and_for_nothing_of_its_user() {
    let text = fs::read_to_string(SCRIPT).unwrap();
    assert_eq!(asked_for(&text), names());
    for channel in wanted().channels {
        assert!(text.contains(&format!("@('{channel}'")), "{channel}");
    }
    for word in [
        "Read-Host",
        "Get-Credential",
        "Level",
        "DigitalProductId",
        "OA3xOriginalProductKey",
    ] {
        assert!(!text.contains(word), "{word}");
    }
    assert!(
        text.is_ascii(),
        "PowerShell 5.1 reads a file without a mark in the system's code page"
    );
}

#[test]
fn the_page_names_every_channel_and_what_it_hands_out() {
    let page = fs::read_to_string("docs/collecting.md").unwrap();
    for channel in wanted().channels {
        assert!(page.contains(channel), "{channel}");
    }
    for file in [SUBSCRIPTION, SCRIPT, "docs/policy.md"] {
        assert!(page.contains(file) && fs::metadata(file).is_ok(), "{file}");
    }
}
