//! Rows as no traffic of a test makes them: edges of percentiles, rounding, histograms and buckets.

use mockloop_runtime::admin::models::AnalyzeLogsGroupBy as By;
use mockloop_runtime::admin::{AnalyzeLogs, GetInsights};
use rusqlite::types::Value;

use super::{Both, Result, block_on};

const COLUMNS: [&str; 18] = [
    "timestamp",
    "method",
    "path",
    "operation_id",
    "status_code",
    "process_time_ms",
    "validation_errors",
    "client_host",
    "request_headers",
    "request_size",
    "response_headers",
    "response_size",
    "user_agent",
    "session_id",
    "correlation_id",
    "test_scenario",
    "is_admin",
    "response_body",
];

/// Numbers that look random and are the same in each run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn one_of<T: Clone>(&mut self, values: &[T]) -> T {
        let place = usize::try_from(self.below(values.len() as u64)).unwrap_or(0);
        values[place].clone()
    }

    fn text(&mut self, values: &[&str]) -> Value {
        Value::Text(self.one_of(values).to_owned())
    }

    /// One of these, or nothing.
    fn maybe(&mut self, values: &[&str]) -> Value {
        if self.below(4) == 0 { Value::Null } else { self.text(values) }
    }
}

/// How rows are spread over time and over durations.
#[derive(Clone, Copy)]
struct Shape {
    rows: u64,
    microseconds: u64,
    durations: fn(&mut Chance) -> f64,
}

fn row(chance: &mut Chance, shape: Shape) -> Vec<Value> {
    let micros = chance.below(shape.microseconds.max(1));
    let (days, seconds) = (micros / 86_400_000_000, micros / 1_000_000 % 86_400);
    let time = format!(
        "2026-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        1 + days / 28,
        1 + days % 28,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        micros % 1_000_000
    );
    let status = chance.one_of(&[
        Some(200),
        Some(200),
        Some(201),
        Some(304),
        Some(404),
        Some(422),
        Some(500),
        Some(101),
        Some(700),
        None,
    ]);
    let invalid = r#"[{"in":"query","name":"a","message":"m"},{"in":"body","pointer":"/x","message":"m"},{"message":"m"}]"#;
    vec![
        Value::Text(time),
        chance.text(&["GET", "GET", "POST", "PUT", "OPTIONS", "PURGE", "get", "PROPFIND"]),
        chance.text(&["/a", "/b/7", "/寵", "/%2F", "/<b>", "/it's"]),
        chance.maybe(&["listPets", "getPetById", "addPet", "gone", "(undocumented)"]),
        status.map_or(Value::Null, Value::Integer),
        Value::Real((shape.durations)(chance)),
        if chance.below(3) == 0 { Value::Text(invalid.to_owned()) } else { Value::Null },
        chance.maybe(&["127.0.0.1", "::1", "10.0.0.7"]),
        Value::Text("{}".to_owned()),
        Value::Integer(0),
        Value::Text("{}".to_owned()),
        Value::Integer(chance.one_of(&[0, 1, 2, 1_048_576, 1_048_577, 9_000_000_000])),
        chance.maybe(&[
            "curl/8",
            "Mozilla/5.0 Edg/1 Chrome/1 Safari/1",
            "NODE",
            "robot",
            "bots",
            "a SPIDER",
            "",
        ]),
        chance.maybe(&["s1", "s2", "s3", "ß"]),
        Value::Text(chance.below(1 << 40).to_string()),
        chance.maybe(&["slow", "flaky"]),
        Value::Integer(i64::from(chance.below(10) == 0)),
        Value::Text("{}".to_owned()),
    ]
}

impl Both {
    /// Puts other requests in the place of those in the log.
    fn refill(&mut self, seed: u64, shape: Shape) -> Result {
        self.settle()?;
        let mut database = self.database()?;
        let rows = database.transaction()?;
        rows.execute("DELETE FROM request_logs", [])?;
        let marks = vec!["?"; COLUMNS.len()].join(", ");
        let insert = format!("INSERT INTO request_logs ({}) VALUES ({marks})", COLUMNS.join(", "));
        let mut chance = Chance(seed);
        for _ in 0..shape.rows {
            rows.prepare(&insert)?.execute(rusqlite::params_from_iter(row(&mut chance, shape)))?;
        }
        self.sent = i64::try_from(shape.rows)?;
        Ok(rows.commit()?)
    }
}

#[test]
fn generated_rows_have_the_same_numbers_as_the_mock_tells() -> Result {
    /// Thousandths of milliseconds and halves of them: what rounding is about.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn halves(chance: &mut Chance) -> f64 {
        chance.below(6000) as f64 * 0.0005
    }
    /// The bounds of the histogram and of the classes of speed.
    fn bounds(chance: &mut Chance) -> f64 {
        chance.one_of(&[
            0.0, 1.0, 1.0004, 1.0006, 2.0, 99.9994, 99.9996, 100.0, 500.0, 500.001, 1000.0, 10_000.0,
            10_000.5, 1e9,
        ])
    }
    /// Times as a clock measures them.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn measured(chance: &mut Chance) -> f64 {
        (chance.below(1 << 20) * chance.below(1 << 8)) as f64 / 1e6
    }
    const SECOND: u64 = 1_000_000;
    const DAY: u64 = 86_400 * SECOND;
    let shapes = [
        Shape { rows: 0, microseconds: 1, durations: halves },
        Shape { rows: 1, microseconds: 1, durations: halves },
        Shape { rows: 2, microseconds: SECOND, durations: bounds },
        Shape { rows: 20, microseconds: 1, durations: measured },
        Shape { rows: 41, microseconds: 100 * SECOND, durations: halves },
        Shape { rows: 100, microseconds: 119 * SECOND, durations: bounds },
        Shape { rows: 300, microseconds: 7300 * SECOND, durations: halves },
        Shape { rows: 301, microseconds: 4 * DAY, durations: measured },
        Shape { rows: 500, microseconds: 30 * DAY, durations: bounds },
        Shape { rows: 1001, microseconds: 300 * DAY, durations: measured },
    ];
    block_on(async {
        let mut both = Both::start().await?;
        for (seed, shape) in (1..).map(|seed: u64| seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)).zip(shapes) {
            both.refill(seed, shape)?;
            let asked = AnalyzeLogs::new;
            let parts = [
                AnalyzeLogs { group_by: Some(By::Endpoint), ..asked() },
                AnalyzeLogs { group_by: Some(By::Session), include_admin: Some(true), ..asked() },
                AnalyzeLogs { group_by: Some(By::Hour), status: Some(vec!["4xx".to_owned()]), ..asked() },
                AnalyzeLogs { group_by: Some(By::Status), q: Some("/".to_owned()), ..asked() },
                AnalyzeLogs { path_regex: Some("寵|'".to_owned()), group_by: Some(By::Method), ..asked() },
                AnalyzeLogs { min_duration_ms: Some(1.0004), ..asked() },
            ];
            both.agree(&[], &parts).await?;
            both.agree_on_insights(&GetInsights::new()).await?;
        }
        Ok(())
    })
}
