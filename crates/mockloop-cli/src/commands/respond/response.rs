//! The response that options describe.

use std::io::Read as _;

use anyhow::Context as _;
use mockloop_spec::{Data, MAX_BYTES};
use serde_json::{Map, Value, json};

use crate::exit::Usage;

/// Options of a response.
#[derive(Debug, Default, PartialEq, clap::Args)]
#[command(next_help_heading = "Response")]
pub(super) struct Response {
    /// Its status
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(100..=599))]
    status: Option<u16>,
    /// Its body: JSON, @FILE with JSON or YAML, or - for standard input
    #[arg(long, value_name = "JSON", group = "content", allow_hyphen_values = true)]
    body: Option<String>,
    /// Its body, as it is
    #[arg(long, group = "content", allow_hyphen_values = true)]
    text: Option<String>,
    /// Its body, as bytes in base64
    #[arg(long, group = "content")]
    base64: Option<String>,
    /// Its body, as an example of the description
    #[arg(long, value_name = "NAME", group = "content")]
    example: Option<String>,
    /// The media type of its body
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// A header; may be given several times
    #[arg(long, short = 'H', value_name = "NAME: VALUE", value_parser = header)]
    header: Vec<(String, String)>,
    /// Wait so many milliseconds
    #[arg(long, value_name = "MS", group = "delay")]
    delay_ms: Option<f64>,
    /// Wait any time between two, in milliseconds
    #[arg(long, value_name = "MIN,MAX", group = "delay", value_parser = pair)]
    delay_uniform: Option<(f64, f64)>,
    /// Wait for times around a mean, in milliseconds
    #[arg(long, value_name = "MEAN,STDDEV", group = "delay", value_parser = pair)]
    delay_normal: Option<(f64, f64)>,
    /// Wait for times around a median, in milliseconds, with a long tail
    #[arg(long, value_name = "MEDIAN,SIGMA", group = "delay", value_parser = pair)]
    delay_log_normal: Option<(f64, f64)>,
}

impl Response {
    /// As the admin API takes it.
    pub(super) fn document(&self) -> anyhow::Result<Map<String, Value>> {
        let body = self.body.as_deref().map(read).transpose()?;
        let delay = if let Some((min, max)) = self.delay_uniform {
            Some(json!({"uniform": {"min": min, "max": max}}))
        } else if let Some((mean, stddev)) = self.delay_normal {
            Some(json!({"normal": {"mean": mean, "stddev": stddev}}))
        } else if let Some((median, sigma)) = self.delay_log_normal {
            Some(json!({"log_normal": {"median": median, "sigma": sigma}}))
        } else {
            self.delay_ms.map(Value::from)
        };
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let members = [
            ("status", self.status.map(Value::from)),
            ("headers", (!self.header.is_empty()).then(|| headers(&self.header))),
            ("body", body),
            ("text", text(&self.text)),
            ("base64", text(&self.base64)),
            ("example", text(&self.example)),
            ("content_type", text(&self.content_type)),
            ("delay", delay),
        ];
        let given: Map<String, Value> =
            members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        if given.is_empty() {
            let message = "nothing is said about the response\n  give --status, --body, --delay-ms or another of --help";
            return Err(Usage(message.to_owned()).into());
        }
        Ok(given)
    }
}

/// A body: JSON as it is, or what a file or standard input holds.
fn read(argument: &str) -> anyhow::Result<Value> {
    let (name, text) = if argument == "-" {
        let mut text = String::new();
        std::io::stdin()
            .lock()
            .take(MAX_BYTES)
            .read_to_string(&mut text)
            .context("can't read standard input")?;
        ("standard input", text)
    } else if let Some(file) = argument.strip_prefix('@') {
        (file, std::fs::read_to_string(file).with_context(|| format!("can't read {file}"))?)
    } else {
        let read = serde_json::from_str(argument);
        return Ok(read.map_err(|error| {
            Usage(format!("--body is not JSON: {error}\n  --text sends a text as it is"))
        })?);
    };
    let data = Data::parse(text)
        .map_err(|error| Usage(format!("{name}:{}:{}: {}", error.line, error.column, error.message)))?;
    Ok(data.value)
}

/// Headers by name; one that is given several times has an array.
fn headers(given: &[(String, String)]) -> Value {
    let mut headers: Map<String, Value> = Map::new();
    for (name, value) in given {
        match headers.get_mut(name) {
            None => drop(headers.insert(name.clone(), Value::from(value.as_str()))),
            Some(Value::Array(values)) => values.push(Value::from(value.as_str())),
            Some(first) => *first = json!([first.take(), value]),
        }
    }
    headers.into()
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header is written as 'Name: value'")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn pair(text: &str) -> Result<(f64, f64), String> {
    let numbers =
        text.split_once(',').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    numbers.ok_or_else(|| "two numbers with a comma between, such as 80,0.4".to_owned())
}

/// A response that is set, on one line.
pub(super) fn in_words(response: &Value) -> String {
    let mut words: Vec<String> = Vec::new();
    for (name, value) in response.as_object().into_iter().flatten() {
        words.push(match (name.as_str(), value) {
            ("status", status) => status.to_string(),
            ("delay", Value::Number(milliseconds)) => format!("after {milliseconds} ms"),
            (name, Value::String(text)) => format!("{name} {text}"),
            (name, value) => format!("{name} {value}"),
        });
    }
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_are_given_twice_are_sent_twice() {
        let given = ["A: 1", "B: x: y", "A: 2", "A:3"].map(|text| header(text).unwrap());
        assert_eq!(headers(&given), json!({"A": ["1", "2", "3"], "B": "x: y"}));
        assert!(header("nothing").is_err());
        assert_eq!(pair("80, 0.4"), Ok((80.0, 0.4)));
        assert!(pair("80").is_err());
    }
}
