//! The documentation of the tables' columns, held to the tables that the program writes.

use spptriage::report::tables::ReportTable;

#[test]
fn every_column_stands_in_the_documentation() {
    let docs = std::fs::read_to_string("docs/tables.md").unwrap();
    for table in ReportTable::ALL {
        let columns: String = table
            .columns()
            .iter()
            .map(|column| {
                let kind = column.kind.as_str();
                let needed = if column.is_required { "" } else { " or null" };
                format!(
                    "| `{}` | {kind}{needed} | {} |\n",
                    column.name, column.meaning
                )
            })
            .collect();
        assert!(
            docs.replace("\r\n", "\n").contains(&columns),
            "the table of {} in docs/tables.md should be:\n{columns}",
            table.as_str()
        );
    }
}
