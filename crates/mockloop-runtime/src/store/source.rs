//! The requests that are analysed.

use std::fmt::Display;

use rusqlite::Row;
use rusqlite::types::Value;

use super::connection::{Opened, Values};
use super::error::Failure;
use super::filter::Filter;
use super::shared::sql;
use super::spread::Spread;

/// Rows that meet a filter, up to the newest at its beginning, so that all numbers agree.
pub(super) struct Source<'a> {
    opened: &'a Opened,
    rows: &'static str,
    condition: String,
    values: Values,
}

impl<'a> Source<'a> {
    /// The rows up to the one with the id `newest`.
    pub(super) fn new(opened: &'a Opened, filter: &Filter, newest: i64) -> Result<Self, Failure> {
        opened.prepare(filter.pattern.as_ref())?;
        let condition = sql("up_to", &[("where", &filter.condition()), ("newest", &newest)]);
        if !filter.is_heavy() {
            return Ok(Self { opened, rows: "request_logs", condition, values: filter.values.clone() });
        }
        opened.run(&sql("pick", &[("where", &condition)]), &filter.values)?;
        Ok(Self { opened, rows: "picked", condition: "1".to_owned(), values: Values::new() })
    }

    /// What a query says of these rows.
    pub(super) fn all<T>(
        &self,
        name: &str,
        parts: &[(&str, &dyn Display)],
        values: &[(&str, Value)],
        make: impl FnMut(&Row<'_>) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        let (query, values) = self.query(name, parts, values);
        self.opened.all(&query, &values, make)
    }

    /// Makes something of the one row of aggregates.
    pub(super) fn one<T>(
        &self,
        name: &str,
        values: &[(&str, Value)],
        make: impl FnMut(&Row<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let found = self.all(name, &[], values, make)?.into_iter().next();
        found.ok_or_else(|| Failure::Sqlite(rusqlite::Error::QueryReturnedNoRows))
    }

    /// The number that a query finds.
    pub(super) fn number(&self, name: &str) -> Result<i64, Failure> {
        self.one(name, &[], |row| Ok(row.get(0)?))
    }

    /// How the values are spread that a query counts.
    pub(super) fn spread(&self, name: &str, values: &[(&str, Value)]) -> Result<Spread, Failure> {
        let counted = self.all(name, &[], values, |row| Ok((row.get::<_, Option<i64>>(0)?, row.get(1)?)))?;
        Ok(Spread::new(counted.into_iter().filter_map(|(value, count)| Some((value?, count)))))
    }

    /// Calls of the admin API, which most filters leave out.
    pub(super) fn admin_calls(&self) -> Result<i64, Failure> {
        self.opened.number(&sql("admin_calls", &[]))
    }

    fn query(
        &self,
        name: &str,
        parts: &[(&str, &dyn Display)],
        values: &[(&str, Value)],
    ) -> (String, Values) {
        let mut all: Vec<(&str, &dyn Display)> = vec![("rows", &self.rows), ("where", &self.condition)];
        all.extend_from_slice(parts);
        let own = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        (sql(name, &all), self.values.clone().into_iter().chain(own).collect())
    }
}

/// The id of the newest row.
pub(super) fn newest(opened: &Opened) -> Result<i64, Failure> {
    opened.number(&sql("newest_id", &[]))
}
