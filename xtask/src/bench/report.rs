//! The figures beside their goals.

use std::fmt::Write as _;
use std::process::Command;

use serde_json::Value;

use super::Args;

/// Everything that was measured.
pub(super) struct Report {
    pub(super) generation: Value,
    pub(super) serving: Value,
    pub(super) control: Value,
    pub(super) parts: Value,
    pub(super) start: Value,
    pub(super) compile: Value,
    pub(super) mcp: Value,
}

/// A figure, and what it may be.
struct Row {
    what: &'static str,
    figure: f64,
    goal: Goal,
}

enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Row {
    fn reached(&self) -> bool {
        match self.goal {
            Goal::AtLeast(goal) => self.figure >= goal,
            Goal::AtMost(goal) => self.figure <= goal,
        }
    }
}

impl Report {
    fn rows(&self) -> Vec<Row> {
        use Goal::{AtLeast, AtMost};
        let row = |what, group: &Value, key: &str, goal| Row {
            what,
            figure: group.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN),
            goal,
        };
        let Self { generation, serving, control, parts, start, compile, mcp } = self;
        vec![
            row(
                "generation of a 10 MB JSON description / `serde_json` into a `Value`",
                generation,
                "json_ratio",
                AtMost(8.0),
            ),
            row("its memory / its size", generation, "memory_ratio", AtMost(12.0)),
            row(
                "generation of a 4 MB YAML description / `yaml_serde` into a `Value`",
                generation,
                "yaml_ratio",
                AtMost(3.0),
            ),
            row("requests per second / bare FastAPI app", serving, "to_bare", AtLeast(1.4)),
            row("requests per second / raw ASGI app", serving, "to_raw", AtLeast(0.4)),
            row("last of 1,000 operations / one of 10", serving, "last_to_mock", AtLeast(0.9)),
            row(
                "search of 1,000,000 requests by an index, ms of the slowest page",
                control,
                "indexed_ms",
                AtMost(50.0),
            ),
            row("search by text or regular expression, ms", control, "scanning_ms", AtMost(1000.0)),
            row(
                "analysis of all / `sqlite3` reading the same columns",
                control,
                "analysis_to_scan",
                AtMost(3.0),
            ),
            row("p99 of requests during analysis / alone", control, "p99_analysis_ratio", AtMost(2.0)),
            row("p99 of requests during an export / alone", control, "p99_export_ratio", AtMost(2.0)),
            row("requests per second with a scenario / without", control, "steered_to_plain", AtLeast(0.9)),
            row(
                "requests per second with every part at work / with none",
                parts,
                "full_to_plain",
                AtLeast(0.9),
            ),
            row("start of 1,000 operations, seconds above a bare app", start, "seconds_above", AtMost(1.5)),
            row("its memory, MiB above a bare app", start, "mib_above", AtMost(120.0)),
            row(
                "`mockloop!` on the petstore, seconds above an empty crate",
                compile,
                "petstore_above",
                AtMost(0.5),
            ),
            row(
                "`mockloop!` on 1,000 operations, seconds of the whole check",
                compile,
                "large_seconds",
                AtMost(15.0),
            ),
            row(
                "check after an edit beside it / with the expansion pasted in",
                compile,
                "edit_ratio",
                AtMost(1.3),
            ),
            row("start of `mockloop-mcp` to an answered `initialize`, ms", mcp, "start_ms", AtMost(30.0)),
            row("its memory then, MiB", mcp, "mib", AtMost(20.0)),
            row("its size without symbols, MB", mcp, "megabytes", AtMost(25.0)),
            row(
                "`query_mock_logs` with analysis of 1,000,000 requests, ms above the server's own",
                mcp,
                "query_above_ms",
                AtMost(50.0),
            ),
        ]
    }

    /// Whether every goal is reached.
    pub(super) fn reached(&self) -> bool {
        self.rows().iter().all(Row::reached)
    }

    /// The figures as a table in Markdown.
    pub(super) fn table(&self) -> String {
        let mut table = "| | measured | goal | |\n| --- | --- | --- | --- |\n".to_owned();
        for row in self.rows() {
            let goal = match row.goal {
                Goal::AtLeast(goal) => format!("≥ {goal}"),
                Goal::AtMost(goal) => format!("≤ {goal}"),
            };
            let mark = if row.reached() { "yes" } else { "no" };
            let _ = writeln!(table, "| {} | {:.2} | {goal} | {mark} |", row.what, row.figure);
        }
        table
    }

    /// `docs/benchmarks.md`.
    pub(super) fn document(&self, args: &Args) -> String {
        format!(
            "# Benchmarks\n\nWritten by `cargo xtask bench --seconds {} --rounds {}`. Each figure is a ratio or a \
             difference within one run; absolute ones depend on the machine: {}.\n\n{}\nAll figures of the run:\n\n\
             ```json\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n```\n\nGeneration is reading, sampling and rendering in memory, the best of fifteen; \
             writing the files took {} ms more. Serving is `wrk -t1 -c16` against one uvicorn worker with logging and \
             validation on, the median of the rounds, the servers taking turns. Search and analysis are over HTTP, the best of five; the p99 is that of the same \
             load, the calls beside it being made one after the other. With every part at work, each request has a token that the mock \
             issued, and a scenario answers it; webhooks are registered for other events. Start is the best of four, to the first \
             answer. Compile time is `cargo check` of one crate with its dependencies compiled and nothing \
             optimised, the best of three. `mockloop-mcp` is its release build over standard input and output, its \
             start the best of twenty; `original` is the same of the Python original. `query_mock_logs` and the \
             server's own analysis are taken in turns, the best of eight.\n",
            args.seconds,
            args.rounds,
            machine(),
            self.table(),
            self.generation,
            self.serving,
            self.control,
            self.parts,
            self.start,
            self.compile,
            self.mcp,
            self.generation.get("write_ms").unwrap_or(&Value::Null),
        )
    }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(": "));
    let python = Command::new("python3").arg("--version").output();
    let python =
        python.map_or_else(|_| String::new(), |out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    format!("{cores} cores of {}, {python}", model.map_or("an unknown processor", |(_, model)| model))
}
