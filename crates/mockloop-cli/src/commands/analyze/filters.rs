//! Which requests are meant.

use clap::ValueEnum;
use mockloop_runtime::admin::AnalyzeLogs;
use mockloop_runtime::admin::models::AnalyzeLogsGroupBy;

use crate::commands::logs::time::moment;

/// Filters, all of which have to be met.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Filters")]
pub(super) struct Filters {
    /// Text that the path, the query or a body holds
    #[arg(short = 'q', long = "text", value_name = "TEXT")]
    text: Option<String>,
    /// Methods, as GET or GET,POST
    #[arg(long, value_name = "METHOD", value_delimiter = ',')]
    method: Vec<String>,
    /// Statuses, classes or ranges: 404, 5xx, 400-499
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    status: Vec<String>,
    /// The path, or a glob over it, as /pets/*
    #[arg(long)]
    path: Option<String>,
    /// A regular expression that the path has a match of
    #[arg(long, value_name = "REGEX")]
    path_regex: Option<String>,
    /// An operation's id
    #[arg(long, value_name = "ID")]
    operation: Option<String>,
    /// A tag of the operation
    #[arg(long)]
    tag: Option<String>,
    /// A session, as X-Session-ID names it
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// A scenario that acted, or that the request named
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// The client's address
    #[arg(long, value_name = "ADDRESS")]
    client: Option<String>,
    /// Text that the user agent holds, in any case
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,
    /// Requests that came then or later: 2026-11-22T18:30:00Z, 2026-11-22 (UTC), or so long ago (5m, 2h, 7d)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    time_from: Option<String>,
    /// Requests that came before
    #[arg(long, value_name = "TIME", value_parser = moment)]
    time_to: Option<String>,
    /// Requests that took so many milliseconds or more
    #[arg(long, value_name = "MS")]
    min_duration: Option<f64>,
    /// Requests that took so many milliseconds or less
    #[arg(long, value_name = "MS")]
    max_duration: Option<f64>,
    /// Only requests that the description does not allow
    #[arg(long)]
    invalid: bool,
    /// Only requests that no operation answers
    #[arg(long)]
    undocumented: bool,
    /// Calls of the admin API too
    #[arg(long)]
    include_admin: bool,
    /// Also give the numbers of each group
    #[arg(long, value_name = "WHAT", help_heading = "Options")]
    group_by: Option<Group>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Group {
    /// Operation, or method and path
    Endpoint,
    Method,
    Status,
    Session,
    Scenario,
    Hour,
}

impl Filters {
    /// What the admin API is asked.
    pub(super) fn asked(&self) -> AnalyzeLogs {
        let some = |values: &[String]| (!values.is_empty()).then(|| values.to_vec());
        AnalyzeLogs {
            q: self.text.clone(),
            method: some(&self.method),
            status: some(&self.status),
            path: self.path.clone(),
            path_regex: self.path_regex.clone(),
            operation_id: self.operation.clone(),
            tag: self.tag.clone(),
            session_id: self.session.clone(),
            scenario: self.scenario.clone(),
            client: self.client.clone(),
            min_duration_ms: self.min_duration,
            max_duration_ms: self.max_duration,
            time_from: self.time_from.clone(),
            time_to: self.time_to.clone(),
            has_validation_error: self.invalid.then_some(true),
            undocumented: self.undocumented.then_some(true),
            user_agent: self.user_agent.clone(),
            include_admin: self.include_admin.then_some(true),
            group_by: self.group_by.map(|group| match group {
                Group::Endpoint => AnalyzeLogsGroupBy::Endpoint,
                Group::Method => AnalyzeLogsGroupBy::Method,
                Group::Status => AnalyzeLogsGroupBy::Status,
                Group::Session => AnalyzeLogsGroupBy::Session,
                Group::Scenario => AnalyzeLogsGroupBy::Scenario,
                Group::Hour => AnalyzeLogsGroupBy::Hour,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        filters: super::Filters,
    }

    #[test]
    fn times_are_taken_as_by_logs() {
        let read = |time| Command::try_parse_from(["analyze", "--time-from", time]);
        let asked = |time| read(time).ok().and_then(|command| command.filters.asked().time_from);
        assert!(asked("5m").is_some_and(|time| time.ends_with('Z')));
        assert_eq!(asked("2026-11-28").as_deref(), Some("2026-11-28"));
        assert!(read("yesterday").is_err());
    }
}
