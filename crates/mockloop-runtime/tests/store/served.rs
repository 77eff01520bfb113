//! Traffic that a mock served.

use mockloop_runtime::admin::models::{
    AnalyzeLogPartsPartsItem as Part, AnalyzeLogsGroupBy as By, CompareLogsBody, Filter,
    SearchLogsFieldsItem as Field, SearchLogsSort as Sort, Thresholds,
};
use mockloop_runtime::admin::{AnalyzeLogParts, AnalyzeLogs, GetInsights, SearchLogs, SetThresholds};
use reqwest::Method;

use super::{Both, Result, block_on};

/// Method, path, headers, body.
type Call<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);

const CALLS: &[Call<'_>] = &[
    ("GET", "/pets/7", &[("User-Agent", "Mozilla/5.0 Firefox/130.0"), ("X-Session-ID", "one")], ""),
    ("GET", "/pets/7?x=1&x=2&y=%E5%AF%B5%22", &[("X-Session-ID", "one"), ("User-Agent", "curl/8.0")], ""),
    ("GET", "/pets/abc", &[("X-Session-ID", "zwei ü"), ("User-Agent", "Somebot/1.0 (+crawler)")], ""),
    ("GET", "/pets/1", &[("Prefer", "code=404"), ("X-Session-ID", "one"), ("X-Test-Scenario", "slow")], ""),
    ("GET", "/pets?limit=1000&status=gone", &[], ""),
    ("POST", "/pets", &[("Content-Type", "application/json")], r#"{"name": "Rex"}"#),
    (
        "POST",
        "/pets",
        &[("Content-Type", "application/json"), ("X-API-Key", "k")],
        r#"{"species": 7, "name": "寵物"}"#,
    ),
    ("GET", "/no/such/%E5%AF%B5%3Cb%3E", &[], ""),
    ("GET", "/no/such/%E5%AF%B5%3Cb%3E", &[], ""),
    ("DELETE", "/no/such", &[], ""),
    ("PURGE", "/pets", &[], ""),
    ("HEAD", "/pets/7", &[("User-Agent", "")], ""),
    ("OPTIONS", "/pets", &[], ""),
    ("GET", "/v1/pets/8", &[("Accept", "application/xml"), ("User-Agent", "python-httpx/0.28")], ""),
    ("GET", "/pets/9?q=%25%5B%5D*", &[("Accept", "image/png")], ""),
];

#[expect(clippy::unnecessary_wraps, reason = "filters are optional, and have to be read easily")]
fn texts(values: &[&str]) -> Option<Vec<String>> {
    Some(values.iter().map(|value| (*value).to_owned()).collect())
}

#[expect(clippy::unnecessary_wraps, reason = "filters are optional, and have to be read easily")]
fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

impl Both {
    async fn send(&mut self, (method, path, headers, body): &Call<'_>) -> Result {
        let method = Method::from_bytes(method.as_bytes())?;
        let request = reqwest::Client::new().request(method, format!("{}{path}", self.mock.url()));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body((*body).to_owned()).send().await?.bytes().await?;
        self.sent += 1;
        Ok(())
    }

    /// When a request of the log came.
    fn time_of(&self, id: i64) -> Result<String> {
        Ok(self.store.request(id)?.and_then(|entry| entry.timestamp).ok_or("no such request")?)
    }
}

#[test]
fn traffic_has_the_same_numbers_as_the_mock_tells() -> Result {
    block_on(async {
        let mut both = Both::start().await?;
        for call in CALLS.iter().chain(CALLS) {
            both.send(call).await?;
        }
        both.settle()?;
        let (early, late) = (both.time_of(5)?, both.time_of(20)?);
        let search = SearchLogs::new;
        let analyze = AnalyzeLogs::new;
        let offset = format!("{}+00:00", late.trim_end_matches('Z'));
        let searches = [
            search(),
            SearchLogs { limit: Some(3), offset: Some(4), sort: Some(Sort::Duration2), ..search() },
            SearchLogs { limit: Some(0), exact_total: Some(true), ..search() },
            SearchLogs { fields: Some(vec![Field::All]), include_admin: Some(true), ..search() },
            SearchLogs { fields: Some(vec![Field::Path, Field::Id, Field::RequestHeaders]), ..search() },
            SearchLogs { q: text("寵"), fields: Some(vec![Field::All]), ..search() },
            SearchLogs { q: text("\""), sort: Some(Sort::ResponseSize), limit: Some(2), ..search() },
            SearchLogs { method: texts(&["purge", "HEAD"]), ..search() },
            SearchLogs { status: texts(&["404", "500-599", "4XX"]), sort: Some(Sort::Status2), ..search() },
            SearchLogs { status: texts(&["404-400"]), ..search() },
            SearchLogs { path: text("/no/such/*<b>"), ..search() },
            SearchLogs { path: text("/pets/7"), ..search() },
            SearchLogs { path_regex: text(r"^/pets/\d+$"), ..search() },
            SearchLogs { path_regex: text("寵|PURGE"), offset: Some(1), ..search() },
            SearchLogs { operation_id: text("getPetById"), time_from: Some(early.clone()), ..search() },
            SearchLogs { time_from: Some(early), time_to: Some(offset.clone()), limit: Some(5), ..search() },
            SearchLogs { tag: text("pets"), has_validation_error: Some(true), ..search() },
            SearchLogs { tag: text("none"), ..search() },
            SearchLogs { session_id: text("one"), scenario: text("slow"), ..search() },
            SearchLogs { session_id: text("zwei ü"), client: text("127.0.0.1"), ..search() },
            SearchLogs { undocumented: Some(true), has_validation_error: Some(false), ..search() },
            SearchLogs { undocumented: Some(false), user_agent: text("FIREFOX"), ..search() },
            SearchLogs { min_duration_ms: Some(0.5), max_duration_ms: Some(1000.0), ..search() },
            SearchLogs { correlation_id: text("none"), ..search() },
        ];
        let groups = [By::Endpoint, By::Method, By::Status, By::Session, By::Scenario, By::Hour];
        let mut parts: Vec<AnalyzeLogs> =
            groups.into_iter().map(|by| AnalyzeLogs { group_by: Some(by), ..analyze() }).collect();
        parts.extend([
            AnalyzeLogs { include_admin: Some(true), ..analyze() },
            AnalyzeLogs {
                include_admin: Some(true),
                group_by: Some(By::Endpoint),
                q: text("/"),
                ..analyze()
            },
            AnalyzeLogs { path_regex: text("^/no"), group_by: Some(By::Endpoint), ..analyze() },
            AnalyzeLogs { status: texts(&["4xx", "5xx"]), time_to: Some(offset), ..analyze() },
            AnalyzeLogs { min_duration_ms: Some(2.0), max_duration_ms: Some(7.25), ..analyze() },
            AnalyzeLogs { user_agent: text("bot"), tag: text("pets"), ..analyze() },
            AnalyzeLogs { session_id: text("zwei ü"), ..analyze() },
            AnalyzeLogs { session_id: text("nobody's"), group_by: Some(By::Hour), ..analyze() },
            AnalyzeLogs { undocumented: Some(true), method: texts(&["get"]), ..analyze() },
        ]);
        both.agree(&searches, &parts).await?;
        for some in [
            vec![Part::TotalRequests, Part::Methods, Part::StatusCodes],
            vec![Part::TimeRange, Part::Errors],
            vec![Part::Endpoints, Part::Performance],
            vec![Part::ResponseSizes, Part::Sessions, Part::Validation],
            vec![Part::UserAgents, Part::Clients, Part::Patterns],
            vec![Part::Insights],
        ] {
            let asked = AnalyzeLogParts { parts: Some(some), ..AnalyzeLogParts::new() };
            both.agree_on_parts(&asked).await?;
        }
        both.agree_on_parts(&AnalyzeLogParts { status: texts(&["4xx"]), ..AnalyzeLogParts::new() }).await?;
        for id in [1, 7, 12] {
            both.agree_on_request(id).await?;
        }
        assert!(both.store.request(1_000_000)?.is_none());
        Ok(())
    })
}

#[test]
fn insights_and_comparisons_are_those_of_the_mock() -> Result {
    block_on(async {
        let mut both = Both::start().await?;
        for call in CALLS.iter().chain(CALLS) {
            both.send(call).await?;
        }
        both.agree_on_insights(&GetInsights::new()).await?;
        let strict = Thresholds {
            min_requests: Some(1),
            tail_ratio: Some(1.0),
            slow_average_ms: Some(0.0),
            dominant_share: Some(0.0),
            unused_share: Some(0.0),
            large_response_bytes: Some(1),
            ..Thresholds::new()
        };
        both.client.call(&SetThresholds::new(strict)).await?;
        both.sent += 1;
        both.agree_on_insights(&GetInsights::new()).await?;
        let told = both.store.insights(&GetInsights::new())?;
        let has = |rule: &&str| told.insights.iter().any(|insight| insight.rule == *rule);
        assert!(
            ["high-error-rate", "slow-responses", "unused-operations", "bot-traffic"].iter().all(has),
            "{told:#?}"
        );
        both.agree_on_insights(&GetInsights { session_id: text("zwei ü"), ..GetInsights::new() }).await?;
        both.agree(
            &[],
            &[AnalyzeLogs { status: texts(&["404", "4xx"]), path: text("/*"), ..AnalyzeLogs::new() }],
        )
        .await?;
        let part = |session: Option<&str>, operation: Option<&str>| Filter {
            session_id: session.and_then(text),
            operation_id: operation.and_then(text),
            ..Filter::new()
        };
        for (baseline, candidate) in [
            (part(None, None), part(Some("one"), None)),
            (part(Some("nobody's"), None), part(None, Some("getPetById"))),
            (part(None, Some("addPet")), part(None, Some("listPets"))),
        ] {
            both.agree_on_comparison(CompareLogsBody { baseline, candidate }).await?;
        }
        Ok(())
    })
}
