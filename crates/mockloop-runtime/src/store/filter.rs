//! Filters of the log, as SQL.

use indexmap::IndexMap;
use regex::{Regex, RegexBuilder};
use rusqlite::types::Value;

use super::connection::Values;
use super::error::StoreError;
use super::given::Given;
use super::project::Operation;
use super::shared::{CONSTANTS, sql};
use super::time;

/// The longest regular expression, in characters; and how large it may become, in bytes.
const LONGEST_REGEX: usize = 1000;
const LARGEST_REGEX: usize = 1 << 20;

/// Which requests are meant: a condition in SQL and the values in it.
#[derive(Debug)]
pub(super) struct Filter {
    conditions: Vec<String>,
    /// Which conditions there are, as far as analysis has to know them.
    names: Vec<String>,
    pub(super) values: Values,
    pub(super) pattern: Option<Regex>,
}

impl Filter {
    /// The filter that is asked for, where the description has these operations.
    pub(super) fn new(given: &Given, operations: &[Operation]) -> Result<Self, StoreError> {
        let mut filter =
            Self { conditions: Vec::new(), names: Vec::new(), values: Values::new(), pattern: None };
        filter.add_texts(given);
        if let Some(methods) = &given.method {
            filter.add("method", "method", list(methods.iter().map(|method| method.to_uppercase())));
        }
        if let Some(statuses) = &given.status {
            let parts = statuses.iter().map(|text| status(text)).collect::<Result<Vec<_>, _>>()?;
            let any = if parts.is_empty() { "0".to_owned() } else { parts.join(" OR ") };
            filter.conditions.push(any);
        }
        if let Some(tag) = &given.tag {
            let tagged = operations.iter().filter(|operation| operation.tags.contains(tag));
            filter.add("tag", "tag", list(tagged.map(|operation| operation.id.clone())));
        }
        if let Some(pattern) = &given.path_regex {
            filter.pattern = Some(regex(pattern)?);
            filter.add_named("path_regex");
        }
        filter.add_numbers(given)?;
        if let Some(undocumented) = given.undocumented {
            filter.add_named(if undocumented { "undocumented" } else { "documented" });
        }
        if let Some(invalid) = given.has_validation_error {
            filter.add_named(if invalid { "has_validation_error" } else { "has_no_validation_error" });
        }
        if given.include_admin == Some(true) {
            filter.names.push("include_admin".to_owned());
        } else {
            filter.add_named("no_admin");
        }
        Ok(filter)
    }

    /// Whether each use takes long, since it looks at more than an index.
    pub(super) fn is_heavy(&self) -> bool {
        self.pattern.is_some() || self.values.contains_key("q")
    }

    /// Whether the newest requests are left out.
    pub(super) fn ends(&self) -> bool {
        self.values.contains_key("time_to")
    }

    /// The part of the condition that is about time.
    pub(super) fn span(&self) -> String {
        let names = ["time_from", "time_to"].into_iter().filter(|name| self.values.contains_key(*name));
        joined(&names.map(|name| sql(&format!("filter.{name}"), &[])).collect::<Vec<_>>())
    }

    /// Whether all requests of the mock meet it.
    pub(super) fn is_open(&self) -> bool {
        self.conditions == [sql("filter.no_admin", &[])]
    }

    /// Whether one of its conditions has one of these names.
    pub(super) fn has_any(&self, names: &[String]) -> bool {
        self.names.iter().any(|name| names.contains(name))
    }

    /// Parts of the condition with the index that finds what meets each.
    pub(super) fn indexed(&self) -> IndexMap<&'static str, String> {
        let mut found: IndexMap<&str, Vec<String>> = IndexMap::new();
        for name in &self.names {
            if let Some(index) = CONSTANTS.indexes.get(name) {
                found.entry(index).or_default().push(sql(&format!("filter.{name}"), &[]));
            }
        }
        found.into_iter().map(|(index, conditions)| (index, joined(&conditions))).collect()
    }

    /// The condition.
    pub(super) fn condition(&self) -> String {
        joined(&self.conditions.iter().map(|each| format!("({each})")).collect::<Vec<_>>())
    }

    /// Filters whose value is taken as it is, or nearly so.
    fn add_texts(&mut self, given: &Given) {
        let plain = [
            ("operation_id", &given.operation_id),
            ("session_id", &given.session_id),
            ("correlation_id", &given.correlation_id),
            ("scenario", &given.scenario),
            ("client", &given.client),
            ("user_agent", &given.user_agent),
            ("q", &given.q),
        ];
        for (name, value) in plain {
            if let Some(value) = value {
                self.add(name, name, Value::Text(value.clone()));
            }
        }
        if let Some(text) = &given.q {
            let quoted = serde_json::Value::from(text.as_str()).to_string();
            let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
            self.values.insert("q_json".to_owned(), Value::Text(inner.to_owned()));
        }
        match &given.path {
            // `*` is the only wildcard.
            Some(path) if path.contains('*') => {
                self.add("path_glob", "path", Value::Text(path.replace('[', "[[]").replace('?', "[?]")));
            }
            Some(path) => self.add("path", "path", Value::Text(path.clone())),
            None => {}
        }
    }

    fn add_numbers(&mut self, given: &Given) -> Result<(), StoreError> {
        for (name, text) in [("time_from", &given.time_from), ("time_to", &given.time_to)] {
            if let Some(text) = text {
                let refused =
                    |why: &str| StoreError::Filter { name, why: format!("{text:?} can't be used: {why}") };
                let written = time::parse(text).map_err(refused)?;
                let written = time::write(written).ok_or_else(|| refused("it is out of range"))?;
                self.add(name, name, Value::Text(written));
            }
        }
        for (name, number) in
            [("min_duration_ms", given.min_duration_ms), ("max_duration_ms", given.max_duration_ms)]
        {
            if let Some(number) = number {
                let number = Some(number).filter(|number| *number >= 0.0);
                let refused = || StoreError::Filter { name, why: "it has to be 0 ms or more".to_owned() };
                self.add(name, name, Value::Real(number.ok_or_else(refused)?));
            }
        }
        Ok(())
    }

    fn add(&mut self, condition: &str, name: &str, value: Value) {
        self.add_named(condition);
        self.values.insert(name.to_owned(), value);
    }

    fn add_named(&mut self, name: &str) {
        self.conditions.push(sql(&format!("filter.{name}"), &[]));
        self.names.push(name.to_owned());
    }
}

/// A status, a class or a range as a condition.
fn status(text: &str) -> Result<String, StoreError> {
    let number = |digits: &str| -> Option<u16> {
        let is_status = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|number| is_status && (100..600).contains(number))
    };
    let class = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX"));
    let range = match (class, text.split_once('-')) {
        (Some(class), _) => number(&format!("{class}00")).map(|first| (first, first + 99)),
        (None, Some((low, high))) => number(low).zip(number(high)),
        (None, None) => number(text).map(|status| (status, status)),
    };
    let (low, high) = range.ok_or_else(|| StoreError::Filter {
        name: "status",
        why: format!(
            "{text:?} is no status: use one such as 404, a class such as 4xx, or a range such as 400-499"
        ),
    })?;
    let (first, last) = (low.min(high), low.max(high));
    let name = if first == last { "filter.status" } else { "filter.statuses" };
    Ok(sql(name, &[("first", &first), ("last", &last)]))
}

/// A regular expression as the admin API takes it: that of ECMA 262, in linear time.
fn regex(pattern: &str) -> Result<Regex, StoreError> {
    let refused = |why: &str| StoreError::Filter { name: "path_regex", why: why.to_owned() };
    if pattern.chars().count() > LONGEST_REGEX {
        return Err(refused(&format!("a regular expression may have {LONGEST_REGEX} characters at most")));
    }
    let translated = jsonschema_regex::to_rust_regex(pattern).ok();
    let built = translated.and_then(|text| RegexBuilder::new(&text).size_limit(LARGEST_REGEX).build().ok());
    built.ok_or_else(|| {
        refused(&format!(
            "{pattern:?} is not a usable regular expression; look-around and back-references are not supported, nor \
             is a very large one"
        ))
    })
}

fn list(values: impl Iterator<Item = String>) -> Value {
    Value::Text(serde_json::Value::from(values.collect::<Vec<_>>()).to_string())
}

fn joined(conditions: &[String]) -> String {
    if conditions.is_empty() { "1".to_owned() } else { conditions.join(" AND ") }
}
