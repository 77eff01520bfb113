//! The requests that are analysed.

use std::fmt::Display;

use rusqlite::Row;
use rusqlite::types::Value;

use super::connection::{Opened, Values, text};
use super::error::Failure;
use super::filter::Filter;
use super::shared::{CONSTANTS, sql};
use super::spread::Spread;

/// How rows are read that meet a filter, up to the newest one now, so that all numbers agree.
pub(super) struct Plan<'a> {
    filter: &'a Filter,
    rows: String,
    condition: String,
    /// How many rows the log has, but for those that were deleted among them.
    span: i64,
    /// Whether they are copied once, since each query would take long to find them.
    pub(super) picks: bool,
}

impl<'a> Plan<'a> {
    /// The way that takes least; `SQLite`, which knows no numbers of rows, would often miss it.
    pub(super) fn new(opened: &Opened, filter: &'a Filter) -> Result<Self, Failure> {
        opened.prepare(filter.pattern.as_ref())?;
        let values = &filter.values;
        let ends = opened.first(&sql("ends", &[]), values, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (oldest, newest): (i64, i64) = ends.unwrap_or_default();
        let span = newest.saturating_sub(oldest).saturating_add(1);
        let condition = sql("up_to", &[("where", &filter.condition()), ("newest", &newest)]);
        let has_few = |rows: &str, condition: &str, few: i64| -> Result<bool, Failure> {
            let counting = sql("at_most", &[("rows", &rows), ("where", &condition), ("most", &(few + 1))]);
            let found = opened.first(&counting, values, |row| Ok(row.get::<_, i64>(0)?))?;
            Ok(found.is_some_and(|found| found <= few))
        };
        for (index, part) in filter.indexed() {
            let rows = sql("found", &[("index", &index)]);
            if has_few(&rows, &part, CONSTANTS.few)? {
                return Ok(Self { filter, rows, condition, span, picks: true });
            }
        }
        if filter.has_any(&CONSTANTS.beyond_facts) {
            return Ok(Self { filter, rows: sql("scanned", &[]), condition, span, picks: true });
        }
        let rows = sql("facts", &[]);
        let picks =
            filter.has_any(&CONSTANTS.slow) || (!filter.is_open() && has_few(&rows, &condition, span / 4)?);
        Ok(Self { filter, rows, condition, span, picks })
    }
}

/// Rows that meet a filter, read as planned.
pub(super) struct Source<'a> {
    opened: &'a Opened,
    plan: &'a Plan<'a>,
    rows: &'a str,
    condition: &'a str,
    /// Where invalid requests are looked for.
    invalid: String,
}

impl<'a> Source<'a> {
    /// Copies them first, where that is planned.
    pub(super) fn new(opened: &'a Opened, plan: &'a Plan<'a>) -> Result<Self, Failure> {
        let values = &plan.filter.values;
        opened.prepare(plan.filter.pattern.as_ref())?;
        let invalid = plan.condition.clone();
        if !plan.picks {
            return Ok(Self { opened, plan, rows: &plan.rows, condition: &plan.condition, invalid });
        }
        opened.run(&sql("pick", &[("rows", &plan.rows), ("where", &plan.condition)]), values)?;
        opened.run(&sql("pick.operations", &[]), values)?;
        opened.run(&sql("pick.sessions", &[]), values)?;
        let is_short = opened.number(&sql("picked.count", &[]))? <= CONSTANTS.few;
        let invalid = if is_short { sql("picked", &[]) } else { invalid };
        Ok(Self { opened, plan, rows: "picked", condition: "1", invalid })
    }

    /// Where to read about sessions that have so many requests.
    pub(super) fn of_sessions(&self, requests: i64) -> String {
        // To look at a row of the table takes as long as to read some in an index.
        let is_short = requests.saturating_mul(CONSTANTS.look) < self.plan.span;
        if is_short && !self.plan.picks { self.by_session() } else { self.rows.to_owned() }
    }

    fn by_session(&self) -> String {
        if self.plan.picks { self.rows.to_owned() } else { sql("found", &[("index", &"session")]) }
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
        self.one_of(name, &[], values, make)
    }

    /// The same, of a query with parts.
    pub(super) fn one_of<T>(
        &self,
        name: &str,
        parts: &[(&str, &dyn Display)],
        values: &[(&str, Value)],
        make: impl FnMut(&Row<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let found = self.all(name, parts, values, make)?.into_iter().next();
        found.ok_or_else(|| Failure::Sqlite(rusqlite::Error::QueryReturnedNoRows))
    }

    /// The number that a query finds.
    pub(super) fn number(&self, name: &str) -> Result<i64, Failure> {
        self.one(name, &[], |row| Ok(row.get(0)?))
    }

    /// How the values are spread that a query counts.
    pub(super) fn spread(&self, name: &str, values: &[(&str, Value)]) -> Result<Spread, Failure> {
        let numbers = |row: &Row<'_>, column| -> Result<Vec<i64>, Failure> {
            let listed = text(row, column)?.unwrap_or_default();
            serde_json::from_str(&listed).map_err(|error| Failure::Damaged(format!("{name}: {error}")))
        };
        let (values, counts) = self.one(name, values, |row| Ok((numbers(row, 0)?, numbers(row, 1)?)))?;
        Ok(Spread::new(values.into_iter().zip(counts)))
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
        let by_session = self.by_session();
        // The index of sessions has all there is to count where nothing else is asked.
        let sessions = if self.plan.filter.is_open() { &by_session } else { self.rows };
        let mut all: Vec<(&str, &dyn Display)> = vec![
            ("rows", &self.rows),
            ("where", &self.condition),
            ("condition", &self.invalid),
            ("by_session", &by_session),
            ("sessions", &sessions),
        ];
        all.extend_from_slice(parts);
        let own = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        (sql(name, &all), self.plan.filter.values.clone().into_iter().chain(own).collect())
    }
}
