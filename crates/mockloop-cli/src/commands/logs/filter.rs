//! Which requests are meant, and how they are listed.

use mockloop_runtime::admin::models::{ExportLogsFormat, SearchLogsFieldsItem, SearchLogsSort};
use mockloop_runtime::admin::{ExportLogs, SearchLogs, TailLogs};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::time;

/// Filters; a request has to meet all that are given.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Filters")]
pub(super) struct Filter {
    /// Text that the path, the query or a body holds
    #[arg(long, short = 'q', value_name = "TEXT")]
    search: Option<String>,
    /// Methods, such as GET,POST
    #[arg(long, value_delimiter = ',', value_name = "METHOD")]
    method: Option<Vec<String>>,
    /// Statuses, classes or ranges, such as 404,5xx or 400-499
    #[arg(long, value_delimiter = ',', value_name = "STATUS")]
    status: Option<Vec<String>>,
    /// The path, or a glob over it, such as '/pets/*'
    #[arg(long)]
    path: Option<String>,
    /// A regular expression that the path has a match of
    #[arg(long, value_name = "REGEX")]
    path_regex: Option<String>,
    /// The operation's id
    #[arg(long, value_name = "ID")]
    operation: Option<String>,
    /// A tag of the operation
    #[arg(long)]
    tag: Option<String>,
    /// The session; with --clear, whose requests are forgotten
    #[arg(long, value_name = "ID")]
    pub(super) session: Option<String>,
    /// The correlation id
    #[arg(long, value_name = "ID")]
    correlation: Option<String>,
    /// The scenario that acted, or that the request named
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// The client's address
    #[arg(long, value_name = "ADDRESS")]
    client: Option<String>,
    /// Answered in so many milliseconds or more
    #[arg(long, value_name = "MS")]
    min_ms: Option<f64>,
    /// Answered in so many milliseconds or less
    #[arg(long, value_name = "MS")]
    max_ms: Option<f64>,
    /// Came at this time or later
    #[arg(long, value_name = "TIME", value_parser = time::moment)]
    since: Option<String>,
    /// Came before this time
    #[arg(long, value_name = "TIME", value_parser = time::moment)]
    until: Option<String>,
    /// Whether the description does not allow the request
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    invalid: Option<bool>,
    /// Whether the description has no operation for the request
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    undocumented: Option<bool>,
    /// Text that the user agent holds, in any case
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,
    /// Calls of the admin API too
    #[arg(long)]
    include_admin: bool,
}

/// How requests are listed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(super) struct View {
    /// How many to show, 1000 at most [default: 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..=1000))]
    limit: Option<i64>,
    /// How many of the first to leave out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    offset: Option<i64>,
    /// The order; `-` turns it round [default: -id, the newest first]
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true, value_parser = one_of::<SearchLogsSort>)]
    sort: Option<SearchLogsSort>,
    /// Members that requests have in JSON, or `all`
    #[arg(long, value_delimiter = ',', value_name = "FIELD", value_parser = one_of::<SearchLogsFieldsItem>)]
    fields: Option<Vec<SearchLogsFieldsItem>>,
    /// Count all that meet the filters, however many they are
    #[arg(long)]
    exact_total: bool,
}

/// How many are shown unless told.
const LIMIT: i64 = 20;

impl Filter {
    pub(super) fn search(&self, view: &View) -> SearchLogs {
        SearchLogs {
            q: self.search.clone(),
            method: self.method.clone(),
            status: self.status.clone(),
            path: self.path.clone(),
            path_regex: self.path_regex.clone(),
            operation_id: self.operation.clone(),
            tag: self.tag.clone(),
            session_id: self.session.clone(),
            correlation_id: self.correlation.clone(),
            scenario: self.scenario.clone(),
            client: self.client.clone(),
            min_duration_ms: self.min_ms,
            max_duration_ms: self.max_ms,
            time_from: self.since.clone(),
            time_to: self.until.clone(),
            has_validation_error: self.invalid,
            undocumented: self.undocumented,
            user_agent: self.user_agent.clone(),
            include_admin: Some(self.include_admin),
            sort: view.sort,
            fields: view.fields.clone(),
            exact_total: Some(view.exact_total),
            limit: view.limit.or(Some(LIMIT)),
            offset: view.offset,
        }
    }

    /// What of it a tail can filter by; clap refuses the others.
    pub(super) fn tail(&self, view: &View) -> TailLogs {
        TailLogs {
            method: self.method.clone(),
            status: self.status.clone(),
            path: self.path.clone(),
            path_regex: self.path_regex.clone(),
            operation_id: self.operation.clone(),
            tag: self.tag.clone(),
            session_id: self.session.clone(),
            scenario: self.scenario.clone(),
            has_validation_error: self.invalid,
            undocumented: self.undocumented,
            user_agent: self.user_agent.clone(),
            include_admin: Some(self.include_admin),
            fields: view.fields.clone(),
            ..TailLogs::new()
        }
    }

    pub(super) fn export(&self, format: ExportLogsFormat) -> ExportLogs {
        ExportLogs {
            format: Some(format),
            q: self.search.clone(),
            method: self.method.clone(),
            status: self.status.clone(),
            path: self.path.clone(),
            path_regex: self.path_regex.clone(),
            operation_id: self.operation.clone(),
            tag: self.tag.clone(),
            session_id: self.session.clone(),
            correlation_id: self.correlation.clone(),
            scenario: self.scenario.clone(),
            client: self.client.clone(),
            min_duration_ms: self.min_ms,
            max_duration_ms: self.max_ms,
            time_from: self.since.clone(),
            time_to: self.until.clone(),
            has_validation_error: self.invalid,
            undocumented: self.undocumented,
            user_agent: self.user_agent.clone(),
            include_admin: Some(self.include_admin),
        }
    }
}

/// One of the values that the admin API's description lists; its own error names them all.
fn one_of<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let read = serde_json::from_value(Value::from(text));
    read.map_err(|error| error.to_string().replace("unknown variant", "no such value:"))
}
