//! Pages of the log.

use std::time::Instant;

use rusqlite::Row;
use rusqlite::types::{Value, ValueRef};

use super::connection::{Opened, Values};
use super::error::{Failure, StoreError};
use super::filter::Filter;
use super::given::word;
use super::shared::{CONSTANTS, sql};
use crate::admin::SearchLogs;
use crate::admin::models::{LogEntry, LogPage};

/// How a search is shown.
#[derive(Debug)]
pub(super) struct View {
    limit: i64,
    offset: i64,
    order: String,
    columns: Vec<&'static str>,
    exact_total: bool,
}

impl View {
    /// As it is asked for, within the bounds of the admin API.
    pub(super) fn new(asked: &SearchLogs) -> Result<Self, StoreError> {
        let bounded = |name, value: Option<i64>, usual, most| {
            let value = value.unwrap_or(usual);
            let refused = || StoreError::Filter { name, why: format!("{value} is not one of 0 to {most}") };
            if (0..=most).contains(&value) { Ok(value) } else { Err(refused()) }
        };
        Ok(Self {
            limit: bounded("limit", asked.limit, 100, 1000)?,
            offset: bounded("offset", asked.offset, 0, (1 << 53) - 1)?,
            order: order(&asked.sort.as_ref().map_or_else(|| "-id".to_owned(), word)),
            columns: columns(&asked.fields.iter().flatten().map(word).collect::<Vec<_>>()),
            exact_total: asked.exact_total.unwrap_or(false),
        })
    }
}

/// A page of the requests that meet a filter.
pub(super) fn page(opened: &Opened, filter: &Filter, view: &View) -> Result<LogPage, Failure> {
    let begun = Instant::now();
    opened.prepare(filter.pattern.as_ref())?;
    let most = if view.exact_total { i64::MAX >> 1 } else { CONSTANTS.counted + 1 };
    let (total, logs) = opened.together(|| {
        let (total, page) = if filter.is_heavy() {
            // Looking once at every row is what takes the time.
            let found = ids(opened, filter, view, most.max(view.offset + view.limit), 0)?;
            let page = found.iter().copied().skip(size(view.offset)).take(size(view.limit)).collect();
            (i64::try_from(found.len()).unwrap_or(i64::MAX), page)
        } else {
            let count = sql("search.count", &[("where", &filter.condition()), ("most", &most)]);
            let total = opened.first(&count, &filter.values, |row| Ok(row.get(0)?))?.unwrap_or(0);
            let is_beyond = view.offset >= total && total <= CONSTANTS.counted;
            let is_empty = is_beyond || view.limit == 0;
            (total, if is_empty { Vec::new() } else { ids(opened, filter, view, view.limit, view.offset)? })
        };
        Ok((total, rows(opened, view, &page)?))
    })?;
    let is_exact = view.exact_total || total <= CONSTANTS.counted;
    Ok(LogPage {
        total_count: if is_exact { total } else { CONSTANTS.counted },
        total_is_exact: is_exact,
        returned_count: i64::try_from(logs.len()).unwrap_or(i64::MAX),
        logs,
        limit: view.limit,
        offset: view.offset,
        search_time_ms: Some(begun.elapsed().as_secs_f64() * 1000.0),
    })
}

/// One request, whole.
pub(super) fn one(opened: &Opened, id: i64) -> Result<Option<LogEntry>, Failure> {
    let columns = columns(&["all".to_owned()]);
    let query = sql("search.one", &[("columns", &columns.join(", "))]);
    opened.first(&query, &Values::from([("id".to_owned(), Value::Integer(id))]), |row| entry(row, &columns))
}

fn ids(opened: &Opened, filter: &Filter, view: &View, limit: i64, offset: i64) -> Result<Vec<i64>, Failure> {
    let mut condition = filter.condition();
    if filter.ends() {
        let last = sql("search.last", &[("where", &filter.span())]);
        let bound: Option<i64> = opened.first(&last, &filter.values, |row| Ok(row.get(0)?))?.flatten();
        condition = format!("id <= {} AND {condition}", bound.unwrap_or(0));
    }
    let query = sql("search.ids", &[("where", &condition), ("order", &view.order)]);
    let mut values = filter.values.clone();
    values.insert("limit".to_owned(), Value::Integer(limit));
    values.insert("offset".to_owned(), Value::Integer(offset));
    opened.all(&query, &values, |row| Ok(row.get(0)?))
}

fn rows(opened: &Opened, view: &View, ids: &[i64]) -> Result<Vec<LogEntry>, Failure> {
    let query = sql("search.rows", &[("columns", &view.columns.join(", ")), ("order", &view.order)]);
    let ids = serde_json::Value::from(ids).to_string();
    let values = Values::from([("ids".to_owned(), Value::Text(ids))]);
    opened.all(&query, &values, |row| entry(row, &view.columns))
}

/// A row as it is shown: JSON columns as what they hold.
fn entry(row: &Row<'_>, columns: &[&str]) -> Result<LogEntry, Failure> {
    let mut members = serde_json::Map::new();
    for (place, name) in columns.iter().enumerate() {
        let value = row.get_ref(place)?;
        let holds_json = CONSTANTS.json_columns.iter().any(|known| known == name);
        let value = match value {
            ValueRef::Null => serde_json::Value::Null,
            ValueRef::Integer(flag) if *name == "is_admin" => (flag != 0).into(),
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => number.into(),
            ValueRef::Text(text) | ValueRef::Blob(text) if holds_json => serde_json::from_slice(text)
                .map_err(|error| Failure::Damaged(format!("no JSON in {name}: {error}")))?,
            ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into(),
        };
        members.insert((*name).to_owned(), value);
    }
    serde_json::from_value(members.into())
        .map_err(|error| Failure::Damaged(format!("a request that no mock writes: {error}")))
}

/// The columns that are asked for, in their own order.
fn columns(fields: &[String]) -> Vec<&'static str> {
    let is_asked = |name: &String| match fields {
        [] => !CONSTANTS.heavy_columns.contains(name),
        some => some.contains(name) || some.iter().any(|field| field == "all"),
    };
    CONSTANTS.columns.iter().filter(|name| is_asked(name)).map(String::as_str).collect()
}

fn order(sort: &str) -> String {
    let direction = if sort.starts_with('-') { "DESC" } else { "ASC" };
    match CONSTANTS.sorts.get(sort.trim_start_matches('-')).map_or("id", String::as_str) {
        "id" => format!("id {direction}"),
        column => format!("{column} {direction}, id {direction}"),
    }
}

fn size(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
