//! The tables of a report, for spreadsheets and engines: findings, machines, KMS hosts, and the
//! clients of KMS hosts.
//!
//! They hold what the lists of the JSON report hold, flat; what is nested deeper (evidence, attempts)
//! stands in the JSON alone. `columns` says which columns there are, `values` what stands in them. A
//! table is written to any writer; that several of them make a folder is its caller's business.

mod changes;
mod columns;
mod values;

use std::borrow::Cow;
use std::io::{self, Write};

use super::flat::Value;
use super::flat::csv::{ListStyle, Table as CsvTable};
#[cfg(feature = "parquet")]
use super::flat::parquet::{Field, Table as ParquetTable};
use super::model::Report;
use super::phrases::Phrases;
use super::render::shown;
use crate::catalog::Language;
use crate::eventlog::rows::ColumnType;

/// A table of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportTable {
    /// A row for each finding.
    Findings,
    /// A row for each machine.
    Machines,
    /// A row for each KMS host that was asked.
    KmsHosts,
    /// A row for each client in the logs of KMS hosts.
    KmsClients,
}

/// A column of a report's table. Names, types, meanings and the order are fixed for ever; a new
/// column goes to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name.
    pub name: &'static str,
    /// What stands in it.
    pub kind: ColumnType,
    /// Whether it stands in every row.
    pub is_required: bool,
    /// What it means.
    pub meaning: &'static str,
}

/// A format that tables are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableFormat {
    /// For spreadsheets.
    Csv,
    /// Typed columns, for engines.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl ReportTable {
    /// Every table.
    pub const ALL: &'static [Self] = &[
        Self::Findings,
        Self::Machines,
        Self::KmsHosts,
        Self::KmsClients,
    ];

    /// Its name, which is that of the report's list.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Findings => "findings",
            Self::Machines => "machines",
            Self::KmsHosts => "kms_hosts",
            Self::KmsClients => "kms_clients",
        }
    }

    /// Its columns, in order.
    pub fn columns(self) -> &'static [TableColumn] {
        match self {
            Self::Findings => columns::FINDINGS,
            Self::Machines => columns::MACHINES,
            Self::KmsHosts => columns::KMS_HOSTS,
            Self::KmsClients => columns::KMS_CLIENTS,
        }
    }
}

impl TableFormat {
    /// Every format.
    pub const ALL: &'static [Self] = &[
        Self::Csv,
        #[cfg(feature = "parquet")]
        Self::Parquet,
    ];

    /// Its name on the command line, and the ending of its files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }

    /// The name of a table's file.
    pub fn file_name(self, table: ReportTable) -> String {
        format!("{}.{}", table.as_str(), self.as_str())
    }

    /// Writes one table of a report.
    ///
    /// # Errors
    /// Whatever writing returns.
    pub fn write(
        self,
        report: &Report,
        table: ReportTable,
        out: impl Write + Send,
    ) -> io::Result<()> {
        match self {
            Self::Csv => {
                let names = table.columns().iter().map(|column| column.name);
                let mut written = CsvTable::new(out, names, Joined::of(report))?;
                values::each_row(report, table, &mut |row| written.push(row))?;
                written.finish()
            }
            #[cfg(feature = "parquet")]
            Self::Parquet => {
                let fields: Vec<Field> = table.columns().iter().map(Field::from).collect();
                let mut written = ParquetTable::new(out, &fields)?;
                values::each_row(report, table, &mut |row| written.push(row))?;
                written.finish()
            }
        }
    }
}

#[cfg(feature = "parquet")]
impl From<&TableColumn> for Field {
    fn from(column: &TableColumn) -> Self {
        Self {
            name: column.name,
            kind: column.kind,
            is_required: column.is_required,
        }
    }
}

/// Between the items of a list in one cell: neither a comma nor a semicolon, which split cells, nor
/// a line break, which splits rows.
const BETWEEN: &str = " | ";

/// A list of which an item holds what stands between items: as a JSON array, as far as a cell goes.
fn json_array(list: &[Cow<'_, str>]) -> String {
    let mut chars = 2_usize;
    let items = list.iter().map(|item| {
        let item: &str = &shown(item);
        serde_json::Value::from(item).to_string()
    });
    let kept: Vec<String> = items
        .take_while(|item| {
            chars += item.chars().count() + 1;
            chars <= CELL_CHARS
        })
        .collect();
    format!("[{}]", kept.join(","))
}

/// Characters of a list in one cell: spreadsheets cut a cell at 32,767.
const CELL_CHARS: usize = 32_000;

/// Lists as people read them, and texts without what acts or hides.
struct Joined {
    language: Language,
}

impl Joined {
    fn of(report: &Report) -> Self {
        let known = Language::ALL.iter().copied();
        let language = known
            .into_iter()
            .find(|language| language.tag() == report.language)
            .unwrap_or(Language::En);
        Self { language }
    }
}

impl ListStyle for Joined {
    fn cell(&self, list: &[Cow<'_, str>]) -> String {
        if list.iter().any(|item| item.contains(BETWEEN)) {
            return json_array(list);
        }
        let mut cell = String::new();
        let mut chars = 0_usize;
        for (at, item) in list.iter().enumerate() {
            let item = shown(item);
            chars += item.chars().count() + BETWEEN.len();
            if chars > CELL_CHARS {
                let hidden = (list.len() - at) as u64;
                let more = &Phrases::load().layout.more;
                cell.push_str(&more.count(self.language, hidden, &[]));
                break;
            }
            if at > 0 {
                cell.push_str(BETWEEN);
            }
            cell.push_str(&item);
        }
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::render::sample;

    fn csv(report: &Report, table: ReportTable) -> String {
        let mut out = Vec::new();
        TableFormat::Csv.write(report, table, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// What stands here is what others rely on: columns are added at the end, never changed.
    #[test]
    fn the_columns_are_fixed() {
        let mut told = String::new();
        for table in ReportTable::ALL {
            told.push_str(&format!("{}\n", table.as_str()));
            for column in table.columns() {
                let needed = if column.is_required { "" } else { " or null" };
                told.push_str(&format!(
                    "  {}: {}{needed}\n",
                    column.name,
                    column.kind.as_str()
                ));
            }
        }
        insta::assert_snapshot!("columns", told);
    }

    #[test]
    fn every_table_of_the_sample() {
        for language in ["en", "zh-CN"] {
            let report = sample::report(language);
            let told: String = ReportTable::ALL
                .iter()
                .map(|table| format!("{}\n{}\n", table.as_str(), csv(&report, *table)))
                .collect();
            insta::assert_snapshot!(format!("csv_{language}"), told.replace('\r', ""));
        }
    }

    #[test]
    fn a_hostile_name_neither_computes_nor_hides() {
        let mut report = sample::report("en");
        report.machines.truncate(1);
        for (name, expect) in [
            ("=1+1", "'=1+1,"),
            ("\t=1", "'\\t=1,"),
            ("PC\u{202e}1\u{1b}[2J", "PC\\u{202e}1\\u{1b}[2J,"),
            ("a\r\nb", "a\\r\\nb,"),
            ("a,\"b", "\"a,\"\"b\","),
        ] {
            report.machines[0].computer = name.to_owned();
            let text = csv(&report, ReportTable::Machines);
            let row = text.split("\r\n").nth(1).unwrap();
            assert!(row.starts_with(expect), "{row}");
            assert_eq!(text.lines().count(), 2);
        }
    }

    #[test]
    fn a_list_that_no_cell_holds_is_cut_and_says_so() {
        let names: Vec<Cow<'_, str>> = (0..3000)
            .map(|n| format!("PC-{n:05}.corp.example").into())
            .collect();
        let cell = Joined {
            language: Language::En,
        }
        .cell(&names);
        assert!(cell.chars().count() < 32_767);
        let shown = cell.matches("PC-").count();
        assert!(
            cell.ends_with(&format!(
                "and {} more",
                super::super::phrases::grouped((3000 - shown) as u64)
            )),
            "{}",
            &cell[cell.len() - 60..]
        );
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn parquet_takes_every_table() {
        for table in ReportTable::ALL {
            let mut out = Vec::new();
            TableFormat::Parquet
                .write(&sample::report("en"), *table, &mut out)
                .unwrap();
            assert!(out.starts_with(b"PAR1") && out.ends_with(b"PAR1"));
        }
    }
}
