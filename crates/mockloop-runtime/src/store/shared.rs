//! What the engine of mocks and this store share: queries, numbers and texts, embedded as the engine has them.

use std::fmt::Display;
use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::generated::{Map, Value};

/// Numbers and names; `constants.json` has their order and the engine their use.
#[derive(Debug, Deserialize)]
pub(super) struct Constants {
    pub(super) columns: Vec<String>,
    pub(super) heavy_columns: Vec<String>,
    pub(super) json_columns: Vec<String>,
    pub(super) sorts: IndexMap<String, String>,
    pub(super) counted: i64,
    pub(super) indexes: IndexMap<String, String>,
    pub(super) beyond_facts: Vec<String>,
    pub(super) slow: Vec<String>,
    pub(super) few: i64,
    pub(super) look: i64,
    pub(super) groups: i64,
    pub(super) methods: Vec<String>,
    pub(super) reading_methods: Vec<String>,
    pub(super) odd_methods: i64,
    pub(super) status_classes: IndexMap<String, String>,
    pub(super) undocumented: i64,
    pub(super) failing_endpoints: usize,
    pub(super) error_hours: usize,
    pub(super) buckets: u32,
    pub(super) bucket_seconds: Vec<u32>,
    pub(super) grains: Vec<Grain>,
    pub(super) histogram_ms: Vec<u32>,
    pub(super) fast_below_ms: i64,
    pub(super) slow_above_ms: i64,
    pub(super) large_bytes: i64,
    pub(super) listed: usize,
    pub(super) journey: i64,
    pub(super) callers: i64,
    pub(super) invalid_requests: i64,
    pub(super) invalid_parts: i64,
    pub(super) high_volume_share: f64,
    pub(super) active_seconds: i64,
    pub(super) bots: Vec<String>,
    pub(super) agent_families: Vec<(String, String)>,
}

/// How fine times are read, from some span on.
#[derive(Debug, Deserialize)]
pub(super) struct Grain {
    pub(super) from_seconds: u32,
    pub(super) characters: usize,
    pub(super) seconds: u32,
}

/// The texts of the insights, and when they are told.
#[derive(Debug, Deserialize)]
pub(super) struct Insights {
    pub(super) search: String,
    pub(super) severities: Vec<String>,
    pub(super) thresholds: Map<String, Value>,
    pub(super) rules: IndexMap<String, Rule>,
}

/// The texts of one rule.
#[derive(Debug, Deserialize)]
pub(super) struct Rule {
    pub(super) severity: String,
    pub(super) title: String,
    pub(super) recommendation: String,
    pub(super) search: IndexMap<String, String>,
}

pub(super) static CONSTANTS: LazyLock<Constants> = LazyLock::new(|| parsed("constants.json"));
pub(super) static INSIGHTS: LazyLock<Insights> = LazyLock::new(|| parsed("insights.json"));

static QUERIES: LazyLock<IndexMap<&'static str, String>> = LazyLock::new(|| queries(embedded("queries.sql")));

/// The version of the tables that the embedded migrations make.
pub(super) static VERSION: LazyLock<i64> = LazyLock::new(|| {
    let names = mockloop_templates::PROJECT.iter();
    let names = names.filter_map(|(path, _)| path.strip_prefix("mockloop_server/migrations/"));
    names.filter_map(|name| name.split('_').next()?.parse().ok()).max().unwrap_or(0)
});

/// A query, or a part of one, with what belongs into its braces.
pub(super) fn sql(name: &str, parts: &[(&str, &dyn Display)]) -> String {
    filled(QUERIES.get(name).map_or("", String::as_str), parts)
}

/// A text with what belongs into its braces; what is put there is not looked at again.
pub(super) fn filled(text: &str, parts: &[(&str, &dyn Display)]) -> String {
    let mut pieces = text.split('{');
    let mut found = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}').unwrap_or(("", piece));
        if let Some((_, value)) = parts.iter().find(|(known, _)| *known == name) {
            found.push_str(&value.to_string());
        }
        found.push_str(rest);
    }
    found
}

fn queries(text: &'static str) -> IndexMap<&'static str, String> {
    let mut found: IndexMap<&str, String> = IndexMap::new();
    for block in text.split("-- name: ").skip(1) {
        let (name, lines) = block.split_once('\n').unwrap_or((block, ""));
        let lines: Vec<&str> =
            lines.lines().filter(|line| !line.is_empty() && !line.starts_with("--")).collect();
        let query = found
            .iter()
            .fold(lines.join("\n"), |query, (known, part)| query.replace(&format!("{{{known}}}"), part));
        found.insert(name, query);
    }
    found
}

fn parsed<T: for<'a> Deserialize<'a>>(name: &str) -> T {
    serde_json::from_str(embedded(name)).unwrap_or_else(|error| panic!("BUG: {name} is embedded: {error}"))
}

fn embedded(name: &str) -> &'static str {
    let path = format!("mockloop_server/log/{name}");
    let file = mockloop_templates::PROJECT.iter().find(|(known, _)| *known == path);
    file.and_then(|(_, data)| std::str::from_utf8(data).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_embedded_can_be_read() {
        assert_eq!(*VERSION, 6);
        assert!(CONSTANTS.columns.contains(&"path".to_owned()));
        assert!(INSIGHTS.rules.values().all(|rule| INSIGHTS.severities.contains(&rule.severity)));
        assert!(
            sql("traffic", &[("rows", &"request_logs"), ("where", &1), ("sums", &1)])
                .contains("FROM request_logs")
        );
    }

    #[test]
    fn braces_in_what_is_filled_in_stay() {
        assert_eq!(filled("{a} of {b}", &[("a", &"{b}"), ("b", &2)]), "{b} of 2");
    }
}
