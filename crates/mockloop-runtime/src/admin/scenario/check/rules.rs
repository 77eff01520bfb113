//! What is wrong with one rule.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Findings, escaped};
use crate::admin::contract::models::{
    BodyCondition, Delay, Fault, Respond, ResponseHeadersValue, Rule, RuleRateLimit, Step, StorageStep,
    StorageStepAction, TextCondition, When,
};
use crate::descriptor::{EndpointDescriptor, Location};
use crate::generated::Map;

/// The longest time that anything may be delayed, in milliseconds.
const LONGEST: f64 = 300_000.0;

/// The largest number that JSON and JavaScript count to without a gap.
const MOST: i64 = (1 << 53) - 1;

/// Headers that the server sets by what is really sent.
const OURS: [&str; 10] = [
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-type",
];

type Endpoints<'a> = &'a [&'static EndpointDescriptor];

pub(super) fn check(rule: &Rule, endpoints: Endpoints<'_>, at: &str, findings: &mut Findings) {
    excluded(rule, at, findings);
    if let Some(when) = &rule.when {
        check_when(when, endpoints, &format!("{at}/when"), findings);
    }
    if let Some(share) = rule.probability {
        number(share, 0.0, 1.0, &format!("{at}/probability"), findings);
    }
    if let Some(times) = rule.times {
        whole(times, 1, MOST, &format!("{at}/times"), findings);
    }
    for (index, step) in rule.sequence.iter().flatten().enumerate() {
        let Step { respond, storage, delay, fault } = step;
        let at = format!("{at}/sequence/{index}");
        check_storage(storage.as_ref(), respond.is_some(), endpoints, &at, findings);
        check_step((respond.as_ref(), delay.as_ref(), fault.as_ref()), endpoints, &at, findings);
    }
    if let Some(RuleRateLimit { requests, window_ms }) = rule.rate_limit {
        whole(requests, 0, MOST, &format!("{at}/rate_limit/requests"), findings);
        whole(window_ms, 1, MOST, &format!("{at}/rate_limit/window_ms"), findings);
    }
    check_storage(rule.storage.as_ref(), rule.respond.is_some(), endpoints, at, findings);
    check_step((rule.respond.as_ref(), rule.delay.as_ref(), rule.fault.as_ref()), endpoints, at, findings);
}

/// Members that can't stand beside each other, and a rule that has none.
fn excluded(rule: &Rule, at: &str, findings: &mut Findings) {
    let step = [
        ("respond", rule.respond.is_some()),
        ("storage", rule.storage.is_some()),
        ("delay", rule.delay.is_some()),
        ("fault", rule.fault.is_some()),
    ];
    let acts = step.iter().any(|(_, is_there)| *is_there);
    if let Some(steps) = &rule.sequence {
        for (name, _) in step
            .into_iter()
            .chain([("rate_limit", rule.rate_limit.is_some())])
            .filter(|(_, is_there)| *is_there)
        {
            let hint = Some("put it into the steps, or into a rule of its own".to_owned());
            findings.error("excludes", &format!("{at}/{name}"), "cannot stand beside `sequence`", hint);
        }
        if steps.is_empty() {
            findings.error("type", &format!("{at}/sequence"), "must be an array of steps", None);
        }
    } else if rule.then.is_some() {
        findings.error("needs-sequence", &format!("{at}/then"), "needs a `sequence`", None);
    }
    if rule.rate_limit.is_some() && rule.times.is_some() {
        findings.error("excludes", &format!("{at}/times"), "cannot stand beside `rate_limit`", None);
    }
    if rule.rate_limit.is_some() && rule.storage.is_some() {
        findings.error("excludes", &format!("{at}/rate_limit"), "cannot stand beside `storage`", None);
    }
    if !acts && rule.sequence.is_none() && rule.rate_limit.is_none() {
        let message = "does nothing but keep such requests from the rules after it";
        findings.warning("no-effect", at, message, None);
    }
}

type Parts<'a> = (Option<&'a Respond>, Option<&'a Delay>, Option<&'a Fault>);

fn check_step(
    (respond, delay, fault): Parts<'_>,
    endpoints: Endpoints<'_>,
    at: &str,
    findings: &mut Findings,
) {
    if let Some(respond) = respond {
        check_respond(respond, endpoints, &format!("{at}/respond"), findings);
    }
    if let Some(delay) = delay {
        check_delay(delay, &format!("{at}/delay"), findings);
    }
    match fault {
        Some(Fault::EndingFault(fault)) => after(fault.after_bytes, at, findings),
        Some(Fault::StallFault(fault)) => {
            after(fault.after_bytes, at, findings);
            if let Some(time) = fault.stall_ms {
                number(time, 0.0, LONGEST, &format!("{at}/fault/stall_ms"), findings);
            }
        }
        Some(Fault::DripFault(fault)) => {
            if let Some(speed) = fault.bytes_per_second {
                number(speed, 1.0, 1e9, &format!("{at}/fault/bytes_per_second"), findings);
            }
        }
        Some(Fault::GarbleFault(_)) | None => {}
    }
}

/// Whether the mock has a storage, and the names of parameters, are left to the mock.
fn check_storage(
    storage: Option<&StorageStep>,
    responds: bool,
    endpoints: Endpoints<'_>,
    at: &str,
    findings: &mut Findings,
) {
    let Some(storage) = storage else { return };
    if responds {
        findings.error("excludes", &format!("{at}/respond"), "cannot stand beside `storage`", None);
    }
    let at = format!("{at}/storage");
    let mut letters = storage.collection.chars();
    let is_name = letters.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && letters.all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        && storage.collection.len() <= 100;
    if !is_name {
        let message = "must be up to 100 of A-Z, a-z, 0-9, `.`, `_` and `-`, a letter or digit first";
        findings.error("value", &format!("{at}/collection"), message, None);
    }
    let needs_id = !matches!(storage.action, StorageStepAction::List | StorageStepAction::Create);
    if let Some(first) = endpoints.first()
        && needs_id
        && storage.id.is_none()
        && endpoints.iter().all(|endpoint| !endpoint.path.contains('{'))
    {
        let message = format!("{} has no path parameter that could be the id", first.id);
        let hint = Some("say where it is, such as {$request.body#/id}".to_owned());
        findings.error("required", &format!("{at}/id"), message, hint);
    }
}

fn after(bytes: Option<i64>, at: &str, findings: &mut Findings) {
    if let Some(bytes) = bytes {
        whole(bytes, 0, MOST, &format!("{at}/fault/after_bytes"), findings);
    }
}

fn check_respond(respond: &Respond, endpoints: Endpoints<'_>, at: &str, findings: &mut Findings) {
    let bodies = [
        ("body", respond.body.is_some()),
        ("text", respond.text.is_some()),
        ("base64", respond.base64.is_some()),
        ("example", respond.example.is_some()),
    ];
    let mut bodies = bodies.into_iter().filter(|(_, is_there)| *is_there);
    if let Some((first, _)) = bodies.next() {
        for (name, _) in bodies {
            let message = format!("cannot stand beside `{first}`: one body is sent");
            findings.error("excludes", &format!("{at}/{name}"), message, None);
        }
    }
    if respond.base64.as_ref().is_some_and(|text| STANDARD.decode(text).is_err()) {
        findings.error("value", &format!("{at}/base64"), "is not base64", None);
    }
    for (name, value) in respond.headers.iter().flatten() {
        check_header(name, value, &format!("{at}/headers/{}", escaped(name)), findings);
    }
    let Some(status) = respond.status else { return };
    let at = format!("{at}/status");
    whole(status, 100, 599, &at, findings);
    let documents = |endpoint: &&'static EndpointDescriptor| {
        u16::try_from(status).ok().and_then(|status| endpoint.response(status)).is_some()
    };
    if let Some(first) = endpoints.first()
        && !endpoints.iter().any(documents)
    {
        let known: Vec<&str> = first.responses.iter().map(|response| response.status).collect();
        let hint =
            format!("there are: {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") });
        let message = format!("{} has no response for {status}", first.id);
        findings.warning("undocumented-status", &at, message, Some(hint));
    }
}

fn check_header(name: &str, value: &ResponseHeadersValue, at: &str, findings: &mut Findings) {
    if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
        findings.error("value", at, "cannot be the name of a header", None);
    } else if OURS.contains(&name.to_ascii_lowercase().as_str()) {
        let message = "is set by the server, as what is sent needs it";
        let hint = (name.eq_ignore_ascii_case("content-type")).then(|| "`content_type` says it".to_owned());
        findings.warning("header-ignored", at, message, hint);
    } else if matches!(value, ResponseHeadersValue::Array(values) if values.is_empty()) {
        findings.warning("header-ignored", at, "has no value", None);
    }
}

fn check_delay(delay: &Delay, at: &str, findings: &mut Findings) {
    let mut time =
        |time: f64, name: &str, most: f64| number(time, 0.0, most, &format!("{at}{name}"), findings);
    match delay {
        Delay::Number(given) => time(given.as_f64(), "", LONGEST),
        Delay::NormalDelay(given) => {
            time(given.normal.mean, "/normal/mean", LONGEST);
            time(given.normal.stddev, "/normal/stddev", LONGEST);
        }
        Delay::LogNormalDelay(given) => {
            time(given.log_normal.median, "/log_normal/median", LONGEST);
            time(given.log_normal.sigma, "/log_normal/sigma", 100.0);
        }
        Delay::UniformDelay(given) => {
            time(given.uniform.min, "/uniform/min", LONGEST);
            time(given.uniform.max, "/uniform/max", LONGEST);
            if given.uniform.min > given.uniform.max {
                findings.error("value", &format!("{at}/uniform/min"), "is more than `max`", None);
            }
        }
    }
}

fn check_when(when: &When, endpoints: Endpoints<'_>, at: &str, findings: &mut Findings) {
    // Clients send headers that no description mentions, so that these are not looked up.
    for (place, location, conditions) in [
        ("path", Some(Location::Path), &when.path),
        ("query", Some(Location::Query), &when.query),
        ("headers", None, &when.headers),
        ("cookies", Some(Location::Cookie), &when.cookies),
    ] {
        for (name, condition) in conditions.iter().flatten() {
            let at = format!("{at}/{place}/{}", escaped(name));
            check_condition(condition, &at, findings);
            let base = name.split('[').next().unwrap_or(name);
            let knows = |endpoint: &&'static EndpointDescriptor, location| {
                endpoint.parameter(location, name).or_else(|| endpoint.parameter(location, base)).is_some()
            };
            if let (Some(location), Some(first)) = (location, endpoints.first())
                && !endpoints.iter().any(|endpoint| knows(endpoint, location))
            {
                let kind = place.trim_end_matches('s');
                let message = format!("{} has no {kind} parameter {name:?}", first.id);
                findings.warning("undocumented-parameter", &at, message, None);
            }
        }
    }
    let Some(body) = &when.body else { return };
    let at = format!("{at}/body");
    if let Some(first) = endpoints.first()
        && endpoints.iter().all(|endpoint| endpoint.request_body.is_none())
    {
        findings.warning("undocumented-body", &at, format!("{} takes no body", first.id), None);
    }
    if let BodyCondition::Object(object) = body
        && object.equals.is_none()
        && object.matches.is_none()
        && object.json_path.as_ref().is_none_or(Map::is_empty)
        && object.schema.is_none()
        && object.present.is_none()
    {
        let message = "needs one of equals, matches, present, json_path, schema";
        findings.error("empty", &at, message, None);
    }
}

fn check_condition(condition: &TextCondition, at: &str, findings: &mut Findings) {
    if let TextCondition::Object(object) = condition
        && object.equals.is_none()
        && object.matches.is_none()
        && object.present.is_none()
    {
        findings.error("empty", at, "needs one of equals, matches, present", None);
    }
}

fn number(value: f64, low: f64, high: f64, at: &str, findings: &mut Findings) {
    if !(low..=high).contains(&value) {
        findings.error("value", at, format!("must be a number from {low} to {high}"), None);
    }
}

fn whole(value: i64, low: i64, high: i64, at: &str, findings: &mut Findings) {
    if !(low..=high).contains(&value) {
        findings.error("value", at, format!("must be a whole number from {low} to {high}"), None);
    }
}
