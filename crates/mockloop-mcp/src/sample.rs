//! Requests that an operation accepts, made of its samples and of what is given.

use mockloop_runtime::Style as WireStyle;
use mockloop_runtime::encode::{self, Written};
use mockloop_spec::model::{
    Api, Content, Location, MediaType, Operation, Parameter, Part, SecurityKind, Style,
};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::reply::{line, name as shown_name};
use crate::tools::place;

/// Credentials that are well formed: a mock takes any, unless its project lists valid ones.
const KEY: &str = "mock-key";

/// Headers that are made where a request is sent. Others than what fits it would have the mock wait for more, or take
/// the request for another.
const OF_THE_CONNECTION: [&str; 4] = ["connection", "content-length", "host", "transfer-encoding"];

/// What a model gives of a request; the rest is made up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// Parameters by name, wherever they stand.
    pub(crate) parameters: Map<String, Value>,
    /// Further headers by name.
    pub(crate) headers: Map<String, Value>,
    /// The body, or the members of it that are not to be made up.
    pub(crate) body: Option<Value>,
    /// Whether the body is sent as it is given.
    pub(crate) is_exact: bool,
    /// The media type of the body, where there are several.
    pub(crate) media_type: Option<String>,
    /// Whether credentials are sent, where the operation asks for some.
    pub(crate) credentials: bool,
}

/// A request, ready to be sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outgoing {
    pub(crate) method: String,
    /// Path and query, encoded.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
}

impl Outgoing {
    /// Adds a header that may stand once: two security schemes may both want the same.
    fn add_header(&mut self, name: &str, value: &str) {
        if !self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }

    /// As a result shows it.
    pub(crate) fn shown(&self) -> Value {
        let headers: Map<String, Value> =
            self.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let body = self.body.as_deref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        json!({"method": self.method, "target": self.target, "headers": headers, "body": body})
    }
}

/// A request that the operation accepts, as JSON.
pub(crate) fn request(api: &Api, operation: &Operation) -> Value {
    let given = Given { credentials: true, ..Given::default() };
    build(api, operation, &given).map_or(Value::Null, |outgoing| outgoing.shown())
}

/// A request to an operation: what is given, and samples of what else it has to have.
pub(crate) fn build(api: &Api, operation: &Operation, given: &Given) -> Result<Outgoing, Failure> {
    known_names(operation, given)?;
    free_headers(operation, given)?;
    let mut outgoing = Outgoing { method: operation.method.clone(), ..Outgoing::default() };
    let mut query: Vec<(String, String)> = Vec::new();
    for (name, value) in &operation.fixed_query {
        query.push((encode::escaped(name), encode::escaped(value)));
    }
    let mut cookies = Vec::new();
    for parameter in &operation.parameters {
        let Some(value) = value_of(parameter, given) else { continue };
        let written = written(parameter);
        match parameter.r#in {
            Location::Path => {}
            Location::Header if is_of_the_connection(&parameter.name) => {}
            Location::Query => query.extend(encode::in_query(&written, &value)),
            Location::Header => {
                outgoing.headers.push((parameter.name.clone(), encode::in_header(&written, &value)));
            }
            Location::Cookie => {
                cookies.push(format!("{}={}", parameter.name, encode::in_cookie(&written, &value)));
            }
        }
    }
    body(operation, given, &mut outgoing)?;
    if given.credentials {
        credentials(api, operation, &mut outgoing, &mut query, &mut cookies);
    }
    if !cookies.is_empty() {
        outgoing.headers.push(("Cookie".to_owned(), cookies.join("; ")));
    }
    for (name, value) in &given.headers {
        outgoing.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        outgoing.headers.push((name.clone(), encode::plain(value)));
    }
    outgoing.target = path(operation, given)?;
    for (at, (name, value)) in query.iter().enumerate() {
        outgoing.target += if at == 0 { "?" } else { "&" };
        outgoing.target.extend([name.as_str(), "=", value]);
    }
    Ok(outgoing)
}

/// The operation in a few lines, for reading.
pub(crate) fn told(operation: &Operation) -> String {
    let mut text = format!("{} {} {}", operation.id, operation.method, operation.path);
    if let Some(summary) = &operation.summary {
        text = format!("{text}\n{}", line(summary, 300));
    }
    for each in &operation.parameters {
        let required = if each.required { "required" } else { "optional" };
        text = format!("{text}\n{} parameter {} ({required})", place(each.r#in), each.name);
    }
    if let Some(body) = &operation.request_body {
        let types: Vec<&str> = body.content.iter().map(|media| media.media_type.as_str()).collect();
        text = format!("{text}\nbody: {}", types.join(", "));
    }
    let statuses: Vec<&str> = operation.responses.iter().map(|each| each.status.as_str()).collect();
    format!("{text}\nresponses: {}", statuses.join(", "))
}

/// Whether all parameters that are given are ones that the operation has.
fn known_names(operation: &Operation, given: &Given) -> Result<(), Failure> {
    let names: Vec<&str> = operation.parameters.iter().map(|each| each.name.as_str()).collect();
    match given.parameters.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let next = match mockloop_spec::nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean {}?", shown_name(near)),
                None if names.is_empty() => "it has no parameters".to_owned(),
                None => {
                    let names: Vec<String> = names.iter().copied().map(shown_name).collect();
                    format!("it has: {}", names.join(", "))
                }
            };
            let message = format!("{} has no parameter {}", shown_name(&operation.id), line(name, 100));
            Err(Failure::new(message).next(next))
        }
    }
}

fn is_of_the_connection(header: &str) -> bool {
    OF_THE_CONNECTION.iter().any(|name| header.trim().eq_ignore_ascii_case(name))
}

/// Whether no header is given that is made where the request is sent.
fn free_headers(operation: &Operation, given: &Given) -> Result<(), Failure> {
    let parameters = operation.parameters.iter().filter(|each| each.r#in == Location::Header);
    let parameters =
        parameters.map(|each| &each.name).filter(|name| given.parameters.contains_key(name.as_str()));
    match given.headers.keys().chain(parameters).find(|name| is_of_the_connection(name)) {
        None => Ok(()),
        Some(name) => {
            Err(Failure::new(format!("the header {} is set as the request is sent", line(name, 100)))
                .next("call it again without this header; Content-Length is that of the body that is sent"))
        }
    }
}

fn value_of(parameter: &Parameter, given: &Given) -> Option<Value> {
    match given.parameters.get(&parameter.name) {
        Some(value) => Some(value.clone()),
        None if parameter.required => Some(parameter.sample.clone().unwrap_or_else(|| json!("value"))),
        None => None,
    }
}

fn written(parameter: &Parameter) -> Written<'_> {
    let style = match parameter.style {
        Style::Simple => WireStyle::Simple,
        Style::Label => WireStyle::Label,
        Style::Matrix => WireStyle::Matrix,
        Style::Form => WireStyle::Form,
        Style::SpaceDelimited => WireStyle::SpaceDelimited,
        Style::PipeDelimited => WireStyle::PipeDelimited,
        Style::TabDelimited => WireStyle::TabDelimited,
        Style::DeepObject => WireStyle::DeepObject,
    };
    Written {
        name: &parameter.name,
        style,
        explode: parameter.explode,
        media_type: parameter.media_type.as_deref(),
    }
}

fn path(operation: &Operation, given: &Given) -> Result<String, Failure> {
    let value = |name: &str| {
        let parameter =
            operation.parameters.iter().find(|each| each.r#in == Location::Path && each.name == name);
        let parameter = parameter?;
        Some(encode::in_path(&written(parameter), &value_of(parameter, given)?))
    };
    let segment = |parts: &Vec<Part>| -> String {
        let text = |part: &Part| match part {
            Part::Text(text) => encode::in_segment(text),
            Part::Param(name) => value(name).unwrap_or_else(|| "value".to_owned()),
        };
        parts.iter().map(text).collect()
    };
    let mut target = String::new();
    for parts in &operation.segments {
        let segment = segment(parts);
        if let Some(Part::Param(name)) = parts.first()
            && ["", ".", ".."].contains(&segment.as_str())
        {
            // RFC 3986, section 5.2.4: these are taken out of a path before it is sent.
            let message = format!("a path can't carry {segment:?} as {}", shown_name(name));
            return Err(Failure::new(format!("{message}: another operation would be called"))
                .next("give it a value of its own in `parameters`"));
        }
        target += "/";
        target += &segment;
    }
    Ok(if target.is_empty() { "/".to_owned() } else { target })
}

fn body(operation: &Operation, given: &Given, outgoing: &mut Outgoing) -> Result<(), Failure> {
    let Some(described) = &operation.request_body else {
        if let Some(body) = &given.body {
            outgoing.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            outgoing.body = Some(body.to_string().into_bytes());
        }
        return Ok(());
    };
    if given.body.is_none() && !described.required {
        return Ok(());
    }
    let media = chosen(&described.content, given.media_type.as_deref())?;
    let Some(media) = media else { return Ok(()) };
    outgoing.headers.push(("Content-Type".to_owned(), media.content_type.clone()));
    let sample = media.bodies.first().map(|body| &body.content);
    outgoing.body = Some(match (&given.body, sample) {
        (None, Some(Content::Text(text))) => text.clone().into_bytes(),
        (None, Some(Content::Base64(_)) | None) => Vec::new(),
        (Some(body), sample) => written_body(media, body, sample.filter(|_| !given.is_exact))?,
    });
    Ok(())
}

/// The media type that is asked for, else JSON, else the first.
fn chosen<'a>(content: &'a [MediaType], wanted: Option<&str>) -> Result<Option<&'a MediaType>, Failure> {
    let Some(wanted) = wanted else {
        let json = content.iter().find(|media| media.media_type.contains("json"));
        return Ok(json.or_else(|| content.first()));
    };
    if let Some(media) = content.iter().find(|media| media.media_type.eq_ignore_ascii_case(wanted)) {
        Ok(Some(media))
    } else {
        let known: Vec<&str> = content.iter().map(|media| media.media_type.as_str()).collect();
        Err(Failure::new(format!("the operation takes no {}", line(wanted, 100)))
            .next(format!("it takes: {}", known.join(", "))))
    }
}

fn written_body(media: &MediaType, body: &Value, sample: Option<&Content>) -> Result<Vec<u8>, Failure> {
    if media.media_type.contains("json") {
        let made_up = sample.and_then(|content| match content {
            Content::Text(text) => serde_json::from_str(text).ok(),
            Content::Base64(_) => None,
        });
        return Ok(merged(made_up, body).to_string().into_bytes());
    }
    match body {
        Value::String(text) => Ok(text.clone().into_bytes()),
        Value::Object(members) if media.media_type == "application/x-www-form-urlencoded" => {
            Ok(encode::form(members).into_bytes())
        }
        _ => Err(Failure::new(format!("a {} body has to be given as text", media.media_type))
            .next("give `body` as a string, or leave it out for a sample")),
    }
}

/// The members of an object over those of another.
fn merged(sample: Option<Value>, given: &Value) -> Value {
    match (sample, given) {
        (Some(Value::Object(mut sample)), Value::Object(given)) => {
            for (name, value) in given {
                sample.insert(name.clone(), value.clone());
            }
            Value::Object(sample)
        }
        _ => given.clone(),
    }
}

/// Credentials of the first combination that the operation takes.
fn credentials(
    api: &Api,
    operation: &Operation,
    outgoing: &mut Outgoing,
    query: &mut Vec<(String, String)>,
    cookies: &mut Vec<String>,
) {
    for needed in operation.security.first().into_iter().flatten() {
        let scheme = api.security_schemes.iter().find(|scheme| scheme.name == needed.scheme);
        match scheme.map(|scheme| &scheme.kind) {
            Some(SecurityKind::ApiKey { r#in: Location::Query, parameter }) => {
                query.push((encode::escaped(parameter), KEY.to_owned()));
            }
            Some(SecurityKind::ApiKey { r#in: Location::Cookie, parameter }) => {
                cookies.push(format!("{parameter}={KEY}"));
            }
            Some(SecurityKind::ApiKey { parameter, .. }) => outgoing.add_header(parameter, KEY),
            // mock:mock
            Some(SecurityKind::Http { scheme }) if scheme == "basic" => {
                outgoing.add_header("Authorization", "Basic bW9jazptb2Nr");
            }
            Some(SecurityKind::MutualTls) | None => {}
            Some(_) => outgoing.add_header("Authorization", &format!("Bearer {KEY}")),
        }
    }
}
