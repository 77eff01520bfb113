//! What changed between two versions of an API, and whether clients of the old one notice.
//!
//! Every change is judged by the way that data goes: what clients send may only become wider, what
//! they receive only narrower. What is gone altogether is breaking either way.

mod alternatives;
mod bodies;
mod flat;
mod keywords;
mod objects;
mod operations;
mod parameters;
mod schema;
mod security;
mod side;

use std::collections::HashSet;
use std::fmt::{self, Display};

use serde::Serialize;

use crate::model::Api;
use side::Side;

/// What a [`Change`] means for clients of the old version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Impact {
    /// They go on as before.
    Compatible,
    /// Some of them fail, or can't be known not to.
    Breaking,
}

impl Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Compatible => "compatible",
            Self::Breaking => "breaking",
        })
    }
}

/// One difference between two versions of an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// What it means for clients of the old version.
    pub impact: Impact,
    /// A stable name for the kind of change, such as `parameter-removed`.
    pub code: &'static str,
    /// Id of the operation, in the old version where that has it; none where the change is about the
    /// API as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Where, for people: `POST /pets request application/json /name`. `*` in the pointer stands for
    /// any item or any other property, `<NAME>` for one of several alternatives.
    pub place: String,
    /// What is different: lower case, no final dot.
    pub message: String,
}

/// The changes from one version of an API to another, in the order of the old version; what is only
/// in the new one comes last. Texts for people, examples and names of schemas are no changes.
///
/// Schemas that several operations share are compared once for each way that data goes, and their
/// changes have the first place that leads to them.
///
/// ```
/// use mockloop_spec::{Impact, Source, diff, read};
///
/// let api = |path: &str| {
///     let text = format!(
///         "openapi: 3.1.0\ninfo: {{ title: T, version: '1' }}\npaths:\n  {path}:\n    get:\n      \
///          responses: {{ '204': {{ description: Done }} }}\n"
///     );
///     read(&Source::text("api.yaml", text), None).api
/// };
/// let (old, new) = api("/pets").zip(api("/animals")).ok_or("not readable")?;
/// let changes = diff(&old, &new);
/// assert_eq!(changes[0].code, "operation-removed");
/// assert_eq!(changes[0].impact, Impact::Breaking);
/// assert_eq!(changes[1].place, "GET /animals");
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn diff(old: &Api, new: &Api) -> Vec<Change> {
    let (left, right) = side::sides(&old.schemas, &new.schemas);
    let mut comparison = Comparison { old, new, left, right, compared: HashSet::new(), changes: Vec::new() };
    comparison.servers();
    comparison.security_schemes();
    comparison.operations();
    comparison.webhooks();
    comparison.changes
}

/// Two versions, and what is known of their differences so far.
struct Comparison<'a> {
    old: &'a Api,
    new: &'a Api,
    left: Side<'a>,
    right: Side<'a>,
    /// Pairs of schemas that were compared, so that cycles end.
    compared: HashSet<schema::Key>,
    changes: Vec<Change>,
}

impl Comparison<'_> {
    fn say(&mut self, at: &At<'_>, impact: Impact, code: &'static str, message: String) {
        let operation = at.operation.map(str::to_owned);
        self.changes.push(Change { impact, code, operation, place: at.place.clone(), message });
    }

    fn breaking(&mut self, at: &At<'_>, code: &'static str, message: String) {
        self.say(at, Impact::Breaking, code, message);
    }

    fn compatible(&mut self, at: &At<'_>, code: &'static str, message: String) {
        self.say(at, Impact::Compatible, code, message);
    }
}

/// Where a change is.
#[derive(Clone, Debug)]
struct At<'a> {
    operation: Option<&'a str>,
    place: String,
}

impl<'a> At<'a> {
    fn new(operation: Option<&'a str>, place: impl Into<String>) -> Self {
        Self { operation, place: place.into() }
    }

    fn below(&self, what: impl Display) -> Self {
        Self { operation: self.operation, place: format!("{} {what}", self.place) }
    }
}

/// Which way data goes, as a client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Direction {
    /// Clients send it.
    Sent,
    /// Clients receive it.
    Received,
}

impl Direction {
    fn opposite(self) -> Self {
        match self {
            Self::Sent => Self::Received,
            Self::Received => Self::Sent,
        }
    }

    fn judge(self, effect: Effect) -> Impact {
        match (effect, self) {
            (Effect::Narrower, Self::Sent) | (Effect::Wider, Self::Received) | (Effect::Breaking, _) => {
                Impact::Breaking
            }
            _ => Impact::Compatible,
        }
    }
}

/// What a change does to the values that are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Some are no longer allowed.
    Narrower,
    /// More are allowed.
    Wider,
    /// Breaking whichever way data goes.
    Breaking,
    /// Compatible whichever way data goes.
    Harmless,
}

/// A change of a schema, not yet judged.
#[derive(Debug)]
struct Finding {
    effect: Effect,
    code: &'static str,
    message: String,
}

impl Finding {
    fn new(effect: Effect, code: &'static str, message: impl Into<String>) -> Self {
        Self { effect, code, message: message.into() }
    }
}
