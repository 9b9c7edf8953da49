//! Rows that are not all there were: what the report says of them, and what it does not conclude.

use crate::support::program::run;

const NOTE: &str = "what is not there may have been left out";

#[test]
fn rows_that_were_chosen_are_told_and_not_taken_for_a_level_filter() {
    let folder = tempfile::tempdir().unwrap();
    let endings: &[&str] = if cfg!(feature = "parquet") {
        &["ndjson", "parquet"]
    } else {
        &["ndjson"]
    };
    for ending in endings {
        let to = |name: &str| format!("{}/{name}.{ending}", folder.path().display());
        let (chosen, again, all) = (to("chosen"), to("again"), to("all"));
        let logs = "fixtures/logs";
        run(["events", logs, "--code", "0xC004F074", "-o", &chosen]);
        run(["events", &chosen, "-o", &again]);
        run(["events", logs, "-o", &all]);
        for rows in [&chosen, &again] {
            let told = run(["report", rows, "-f", "json", "--lang", "en"]).stdout;
            assert!(told.contains(NOTE), "{rows}");
            assert!(told.contains("--code 0xC004F074"), "{rows}");
            assert!(told.contains("The log came as chosen event rows"), "{rows}");
            assert!(
                !told.contains("so it was exported with a level filter"),
                "{rows}"
            );
        }
        let told = run(["report", &all, "-f", "json", "--lang", "en"]).stdout;
        assert!(!told.contains(NOTE), "{all}");
    }
}

#[test]
fn rows_of_events_and_of_inputs_that_come_alone_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let out = format!("{}/rows/", folder.path().display());
    run(["events", "fixtures/logs", "-f", "ndjson", "-o", &out]);
    let note = "name the folder that holds both";
    for (name, is_told) in [
        ("events.ndjson", true),
        ("inputs.ndjson", true),
        ("", false),
    ] {
        let rows = format!("{out}{name}");
        let told = run(["report", &rows, "-f", "json", "--lang", "en"]).stdout;
        assert_eq!(told.contains(note), is_told, "{rows}");
    }
}
