//! What the people's formats are made of before they are laid out: bits of text, facts, tables.

/// What a bit's colour says besides its words; never the only sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// Something fails.
    Bad,
    /// Something works.
    Good,
}

/// What a name stands for, where a format can lead to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A machine, by its name.
    Machine,
    /// A finding, by its id.
    Finding,
}

/// A stretch of text.
#[derive(Clone, Debug)]
pub(super) struct Bit {
    /// The text, not yet made harmless.
    pub(super) text: String,
    /// Whether it is a name, number or code from a log: set apart where the format can.
    pub(super) is_name: bool,
    /// Whether it stays on one line where a line can hold it, as every name does.
    pub(super) is_whole: bool,
    /// Whether it stays so even where no line can, so that it can be copied.
    pub(super) is_path: bool,
    /// Its weight.
    pub(super) tone: Tone,
    /// Where a format with links leads from it, if there is such a place.
    pub(super) place: Option<Place>,
}

impl Bit {
    /// Words of a phrase.
    pub(super) fn words(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            is_name: false,
            is_whole: false,
            is_path: false,
            tone: Tone::Plain,
            place: None,
        }
    }

    /// A name, code or other piece of a log; `-` where it is empty.
    pub(super) fn name(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            text: if text.is_empty() {
                "-".to_owned()
            } else {
                text
            },
            is_name: true,
            is_whole: true,
            is_path: false,
            tone: Tone::Plain,
            place: None,
        }
    }

    /// The name of a machine.
    pub(super) fn machine(name: impl Into<String>) -> Self {
        Self {
            place: Some(Place::Machine),
            ..Self::name(name)
        }
    }

    /// The id of a finding: a code, or a name.
    pub(super) fn finding(id: impl Into<String>) -> Self {
        Self {
            place: Some(Place::Finding),
            ..Self::name(id)
        }
    }

    /// The name of a log, which is a path.
    pub(super) fn path(text: impl Into<String>) -> Self {
        Self {
            is_path: true,
            ..Self::name(text)
        }
    }

    /// A few words that stay together.
    pub(super) fn whole(text: impl Into<String>) -> Self {
        Self {
            is_whole: true,
            ..Self::words(text)
        }
    }

    /// The same with another weight.
    pub(super) fn toned(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

/// Some text in a row.
pub(super) type Bits = Vec<Bit>;

/// The lists of bits with a separator between them; empty ones are left out.
pub(super) fn joined(parts: impl IntoIterator<Item = Bits>, separator: &str) -> Bits {
    let mut all = Bits::new();
    for part in parts {
        if part.is_empty() {
            continue;
        }
        if !all.is_empty() {
            all.push(Bit::words(separator));
        }
        all.extend(part);
    }
    all
}

/// A label with what it stands for.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// The label.
    pub(super) label: String,
    /// What is said.
    pub(super) value: Bits,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its head.
    pub(super) head: String,
    /// Whether it holds numbers.
    pub(super) is_number: bool,
}

/// A row of a table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// One for each column.
    pub(super) cells: Vec<Bits>,
    /// What is told besides.
    pub(super) notes: Vec<Bits>,
}

/// A part of the report after the findings.
#[derive(Clone, Debug)]
pub(super) enum Section {
    /// A table.
    Table {
        /// What it is about, in every language.
        id: &'static str,
        /// Its heading.
        title: String,
        /// Its columns.
        columns: Vec<Column>,
        /// Its rows.
        rows: Vec<Row>,
        /// What was left out of it.
        more: Option<String>,
    },
    /// A list.
    List {
        /// What it is about, in every language.
        id: &'static str,
        /// Its heading.
        title: String,
        /// Its items.
        items: Vec<Bits>,
        /// What was left out of it.
        more: Option<String>,
    },
}
