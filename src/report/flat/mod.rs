//! Flat tables: values in typed columns, and how CSV and Parquet write them.
//!
//! Event rows and the tables of a report are both written through here, so that what a spreadsheet
//! must not take for a formula, or an engine expects of a type, is decided once. What stands in which
//! column is the business of `rows` and `tables`.

pub(super) mod csv;
#[cfg(feature = "parquet")]
pub(super) mod parquet;

use std::borrow::Cow;

use super::model::Time;

/// A value in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// None.
    Nothing,
    Text(Cow<'a, str>),
    Texts(Vec<Cow<'a, str>>),
    Number(u64),
    Flag(bool),
    Time(Time),
}

impl<'a> Value<'a> {
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn maybe(text: Option<&'a str>) -> Self {
        text.map_or(Self::Nothing, Self::text)
    }

    pub(super) fn number(number: Option<impl Into<u64>>) -> Self {
        number.map_or(Self::Nothing, |number| Self::Number(number.into()))
    }

    pub(super) fn time(time: Option<Time>) -> Self {
        time.map_or(Self::Nothing, Self::Time)
    }

    pub(super) fn flag(flag: Option<bool>) -> Self {
        flag.map_or(Self::Nothing, Self::Flag)
    }

    /// A list; every text is there.
    pub(super) fn texts(texts: &'a [String]) -> Self {
        Self::Texts(texts.iter().map(|text| text.as_str().into()).collect())
    }
}
