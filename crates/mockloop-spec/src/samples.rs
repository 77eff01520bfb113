//! Turns examples and schemas into the bodies, values and headers that are sent.

use serde_json::{Map, Value, json};

use crate::model::{
    Api, Body, Content, Example, ExampleValue, Examples, Header, MediaType, Operation, Origin, Parameter,
};
use crate::report::{Place, Report};
use crate::sample::{Direction, Sampler, Violation, concrete_media_type, header_text, render};

/// Fills every sample of the API. What can't be made valid is reported, and so is an example that
/// its schema does not allow.
pub(crate) fn fill(api: &mut Api, report: &Report) {
    let Api { operations, webhooks, schemas, .. } = api;
    let schemas = &*schemas;
    let mut filler = Filler { schemas, sampler: Sampler::new(schemas), report };
    for operation in operations.iter_mut().chain(webhooks) {
        filler.operation(operation);
    }
}

struct Filler<'a> {
    schemas: &'a Map<String, Value>,
    sampler: Sampler<'a>,
    report: &'a Report,
}

impl Filler<'_> {
    fn operation(&mut self, operation: &mut Operation) {
        for parameter in &mut operation.parameters {
            self.parameter(parameter);
        }
        for media in operation.request_body.iter_mut().flat_map(|body| &mut body.content) {
            self.media_type(media, Direction::Request);
        }
        for response in &mut operation.responses {
            for header in &mut response.headers {
                self.header(header);
            }
            for media in &mut response.content {
                self.media_type(media, Direction::Response);
            }
        }
        for operation in operation.callbacks.iter_mut().flat_map(|callback| &mut callback.operations) {
            self.operation(operation);
        }
    }

    fn parameter(&mut self, parameter: &mut Parameter) {
        let given = std::mem::take(&mut parameter.examples);
        let name = Some(parameter.name.as_str());
        parameter.sample = Some(self.value(given, parameter.schema.as_ref(), Direction::Request, name));
    }

    fn header(&mut self, header: &mut Header) {
        let given = std::mem::take(&mut header.examples);
        let name = Some(header.name.as_str());
        header.value = header_text(&self.value(given, header.schema.as_ref(), Direction::Response, name));
    }

    /// The first valid example, else a value from the schema.
    fn value(
        &mut self,
        given: Examples,
        schema: Option<&Value>,
        direction: Direction,
        name: Option<&str>,
    ) -> Value {
        for example in given.list {
            let value = match example.value {
                ExampleValue::Data(value) => value,
                ExampleValue::Text(text) => Value::String(text),
            };
            if self.is_valid(schema, &value, &example.place) {
                return value;
            }
        }
        self.built(schema, direction, name, &given.place)
    }

    fn built(
        &mut self,
        schema: Option<&Value>,
        direction: Direction,
        name: Option<&str>,
        place: &Place,
    ) -> Value {
        let any = if name.is_some() { json!({ "type": "string" }) } else { json!({}) };
        let sample = self.sampler.sample(schema.unwrap_or(&any), direction, name);
        if let Some(problem) = sample.problem {
            let at =
                if problem.pointer.is_empty() { String::new() } else { format!(" at `{}`", problem.pointer) };
            let message = format!("no value that this schema allows was found: {}{at}", problem.message);
            let hint = Some("give an example that is valid, or loosen the schema".to_owned());
            self.report.warning(place.below("schema"), "unsatisfiable-schema", message, hint);
        }
        sample.value
    }

    fn media_type(&mut self, media: &mut MediaType, direction: Direction) {
        media.content_type = concrete_media_type(&media.media_type, media.schema.as_ref());
        let given = std::mem::take(&mut media.examples);
        let mut bodies: Vec<Body> =
            given.list.into_iter().map(|example| self.example(example, media)).collect();
        if !bodies.iter().any(|body| body.valid) {
            let value = self.built(media.schema.as_ref(), direction, None, &given.place);
            let content =
                render(&value, &media.content_type, media.schema.as_ref(), self.schemas, &media.encoding);
            bodies.push(Body { name: None, from: Origin::Schema, valid: true, content });
        }
        // Stable, so that the description's order holds among the valid ones.
        bodies.sort_by_key(|body| !body.valid);
        media.bodies = bodies;
    }

    fn example(&mut self, example: Example, media: &MediaType) -> Body {
        let schema = media.schema.as_ref();
        let is_json = is_json(&media.content_type);
        let (valid, content) = match example.value {
            ExampleValue::Text(text) => (true, Content::Text(text)),
            // The body itself, written out.
            ExampleValue::Data(Value::String(text)) if !is_json => (true, Content::Text(text)),
            ExampleValue::Data(value) => {
                let value = self.unquoted(value, schema);
                let valid = !is_json || self.is_valid(schema, &value, &example.place);
                (valid, render(&value, &media.content_type, schema, self.schemas, &media.encoding))
            }
        };
        Body { name: example.name, from: Origin::Example, valid, content }
    }

    /// People put a whole JSON body into a string; where only its contents are valid, they are meant.
    fn unquoted(&mut self, value: Value, schema: Option<&Value>) -> Value {
        let (Some(schema), Value::String(text)) = (schema, &value) else { return value };
        if !text.trim_start().starts_with(['{', '[']) || self.sampler.check(schema, &value).is_ok() {
            return value;
        }
        match serde_json::from_str::<Value>(text) {
            Ok(inner) if self.sampler.check(schema, &inner).is_ok() => inner,
            _ => value,
        }
    }

    /// Whether the schema allows an example. Formats are annotations (JSON Schema 2020-12, section
    /// 7.2.1): a value that only breaks a format stays the example, with a warning.
    fn is_valid(&mut self, schema: Option<&Value>, value: &Value, place: &Place) -> bool {
        let Some(schema) = schema else { return true };
        let Err(violations) = self.sampler.check(schema, value) else { return true };
        let format_only = violations.iter().all(|violation| violation.format_only);
        let hint = if format_only {
            "it is answered as it stands; write it as the format asks"
        } else {
            "an answer is built from the schema instead; correct the example or the schema"
        };
        let message = format!("the example is not valid: {}", summary(&violations));
        let code = if format_only { "example-format" } else { "invalid-example" };
        self.report.warning(place.clone(), code, message, Some(hint.to_owned()));
        format_only
    }
}

/// The first violation, and how many more there are.
fn summary(violations: &[Violation]) -> String {
    let Some(first) = violations.iter().find(|violation| !violation.format_only).or(violations.first())
    else {
        return "it does not fit its schema".to_owned();
    };
    let at = if first.pointer.is_empty() { String::new() } else { format!("`{}` ", first.pointer) };
    let more = match violations.len() {
        0 | 1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    format!("{at}{}{more}", first.message)
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.ends_with("/json") || essence.ends_with("+json")
}
