//! The documentation of the columns, held to the table that the program uses.

use spptriage::eventlog::rows::{COLUMNS, Column, INPUT_COLUMNS};

#[test]
fn every_column_stands_in_the_documentation() {
    let docs = std::fs::read_to_string("docs/rows.md").unwrap();
    let table = |columns: &[Column]| -> String {
        columns
            .iter()
            .map(|column| {
                let kind = column.kind.as_str();
                let needed = if column.is_required { "" } else { " or null" };
                format!(
                    "| `{}` | {kind}{needed} | {} | {} |\n",
                    column.name, column.meaning, column.events
                )
            })
            .collect()
    };
    for (name, columns) in [("events", COLUMNS), ("inputs", INPUT_COLUMNS)] {
        let table = table(columns);
        assert!(
            docs.replace("\r\n", "\n").contains(&table),
            "the table of {name} in docs/rows.md should be:\n{table}"
        );
    }
}
