//! Checks values against schemas, without compiling the schemas first.
//!
//! A description has thousands of schemas of which each is needed for one or two values, so that
//! compiling them would take many times as long as the checks. `format`, `pattern` and
//! `multipleOf` are left to the `jsonschema` crate, and the tests hold everything else against it.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::Violation;
use super::definitions::Definitions;
use super::leaves::Leaves;
use super::numeric::{Numeric, same};
use super::unevaluated::{Evaluated, evaluated};

/// How deep schemas and values may be nested.
const DEPTH: usize = 160;
/// How many schemas are looked at before a check ends: only schemas made for it get there.
const STEPS: usize = 2_000_000;
/// How many violations are told.
const TOLD: usize = 32;

/// Checks values; remembers compiled patterns.
#[derive(Debug)]
pub(super) struct Checker<'a> {
    pub(super) definitions: Definitions<'a>,
    pub(super) leaves: Leaves,
}

impl<'a> Checker<'a> {
    pub(super) fn new(schemas: &'a Map<String, Value>) -> Self {
        Self { definitions: Definitions::new(schemas), leaves: Leaves::default() }
    }

    /// Whether `schema` allows `instance`.
    pub(super) fn allows(&mut self, schema: &Value, instance: &Value) -> bool {
        Check::new(self, false).run(schema, instance, &Path::Root)
    }

    /// Whether a schema that consists of `keywords` allows `instance`.
    pub(super) fn allows_keywords(&mut self, keywords: &Map<String, Value>, instance: &Value) -> bool {
        Check::new(self, false).keywords(keywords, instance, &Path::Root)
    }

    /// Why `schema` does not allow `instance`; nothing where it does.
    pub(super) fn violations(&mut self, schema: &Value, instance: &Value) -> Vec<Violation> {
        if self.allows(schema, instance) {
            return Vec::new();
        }
        let mut check = Check::new(self, true);
        check.run(schema, instance, &Path::Root);
        let mut violations = std::mem::take(&mut check.violations);
        if violations.iter().any(|violation| !violation.format_only) {
            let mut check = Check::new(self, false);
            check.formats = false;
            if check.run(schema, instance, &Path::Root) {
                for violation in &mut violations {
                    violation.format_only = true;
                }
            }
        }
        violations
    }
}

/// Where in the instance a check is.
pub(super) enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl Path<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(parent, key) => {
                format!("{}/{}", parent.pointer(), key.replace('~', "~0").replace('/', "~1"))
            }
            Self::Index(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }
}

/// One check of one value.
pub(super) struct Check<'c, 'a> {
    pub(super) checker: &'c mut Checker<'a>,
    /// Whether `format` is asserted.
    formats: bool,
    /// Whether violations are collected, or the first one ends the check.
    collect: bool,
    violations: Vec<Violation>,
    steps: usize,
    depth: usize,
    /// Definitions that are being checked, each with the value: one that comes back to itself
    /// says nothing more.
    active: Vec<(*const Value, *const Value)>,
}

impl<'c, 'a> Check<'c, 'a> {
    fn new(checker: &'c mut Checker<'a>, collect: bool) -> Self {
        Self {
            checker,
            formats: true,
            collect,
            violations: Vec::new(),
            steps: 0,
            depth: 0,
            active: Vec::new(),
        }
    }

    fn run(&mut self, schema: &Value, instance: &Value, path: &Path) -> bool {
        self.steps += 1;
        if self.depth >= DEPTH || self.steps > STEPS {
            return true;
        }
        self.depth += 1;
        let valid = match schema {
            Value::Bool(false) => self.wrong(path, || "nothing is allowed here".to_owned()),
            Value::Object(keywords) => self.keywords(keywords, instance, path),
            _ => true,
        };
        self.depth -= 1;
        valid
    }

    /// Whether `schema` allows `instance`, without a word about why not.
    pub(super) fn quietly(&mut self, schema: &Value, instance: &Value) -> bool {
        let collect = std::mem::replace(&mut self.collect, false);
        let valid = self.run(schema, instance, &Path::Root);
        self.collect = collect;
        valid
    }

    /// Notes a violation; always false.
    fn wrong(&mut self, path: &Path, message: impl FnOnce() -> String) -> bool {
        self.tell(path, message, false)
    }

    fn tell(&mut self, path: &Path, message: impl FnOnce() -> String, format_only: bool) -> bool {
        if self.collect && self.violations.len() < TOLD {
            self.violations.push(Violation { pointer: path.pointer(), message: message(), format_only });
        }
        false
    }

    /// Checks one keyword after the other, to the end or to the first that fails.
    fn keywords(&mut self, keywords: &Map<String, Value>, instance: &Value, path: &Path) -> bool {
        let mut valid = true;
        for (keyword, argument) in keywords {
            let holds = match instance {
                Value::String(text) => self.string(keyword, argument, text, instance, path),
                Value::Number(_) => self.number(keyword, argument, instance, path),
                Value::Array(items) => self.array(keyword, argument, instance, items, keywords, path),
                Value::Object(members) => self.object(keyword, argument, instance, members, keywords, path),
                Value::Null | Value::Bool(_) => true,
            } && self.any(keyword, argument, instance, keywords, path);
            valid &= holds;
            if !valid && !self.collect {
                return false;
            }
        }
        valid
    }

    /// Keywords that are for values of every type.
    fn any(
        &mut self,
        keyword: &str,
        argument: &Value,
        instance: &Value,
        keywords: &Map<String, Value>,
        path: &Path,
    ) -> bool {
        match (keyword, argument) {
            ("$ref", Value::String(reference)) => self.reference(reference, instance, path),
            ("type", _) => {
                has_type(argument, instance)
                    || self.wrong(path, || format!("{} is not of type {}", show(instance), types(argument)))
            }
            ("enum", Value::Array(values)) => {
                values.iter().any(|value| same(value, instance))
                    || self.wrong(path, || format!("{} is not one of {}", show(instance), show(argument)))
            }
            ("const", _) => {
                same(argument, instance)
                    || self.wrong(path, || format!("{} is not {}", show(instance), show(argument)))
            }
            ("allOf", Value::Array(schemas)) => {
                let mut valid = true;
                for schema in schemas {
                    valid = self.run(schema, instance, path) && valid;
                }
                valid
            }
            ("anyOf" | "oneOf", Value::Array(schemas)) if schemas.is_empty() => true,
            ("anyOf", Value::Array(schemas)) => {
                schemas.iter().any(|schema| self.quietly(schema, instance))
                    || self.wrong(path, || format!("{} fits no schema of `anyOf`", show(instance)))
            }
            ("oneOf", Value::Array(schemas)) => {
                let mut fitting = (0..).zip(schemas).filter(|(_, schema)| self.quietly(schema, instance));
                match (fitting.next(), fitting.next()) {
                    (Some(_), None) => true,
                    (Some((one, _)), Some((two, _))) => self.wrong(path, || {
                        format!("{} fits more than one schema of `oneOf`: {one} and {two}", show(instance))
                    }),
                    _ => self.wrong(path, || format!("{} fits no schema of `oneOf`", show(instance))),
                }
            }
            ("not", _) => {
                !self.quietly(argument, instance)
                    || self.wrong(path, || format!("{} fits the schema of `not`", show(instance)))
            }
            ("if", _) => {
                let branch = if self.quietly(argument, instance) { "then" } else { "else" };
                keywords.get(branch).is_none_or(|schema| self.run(schema, instance, path))
            }
            _ => true,
        }
    }

    fn reference(&mut self, reference: &str, instance: &Value, path: &Path) -> bool {
        // The reader has told about references that lead nowhere; they allow everything.
        let Some(target) = self.checker.definitions.resolve(reference) else { return true };
        let key: (*const Value, *const Value) = (target.schema, instance);
        if self.active.contains(&key) {
            return true;
        }
        self.active.push(key);
        let valid = self.run(target.schema, instance, path);
        self.active.pop();
        valid
    }

    fn string(&mut self, keyword: &str, argument: &Value, text: &str, instance: &Value, path: &Path) -> bool {
        match (keyword, argument) {
            ("minLength", _) => {
                limit(argument).is_none_or(|least| text.chars().count() >= least)
                    || self
                        .wrong(path, || format!("{} is shorter than {argument} characters", show(instance)))
            }
            ("maxLength", _) => {
                limit(argument).is_none_or(|most| text.chars().count() <= most)
                    || self.wrong(path, || format!("{} is longer than {argument} characters", show(instance)))
            }
            ("pattern", Value::String(pattern)) => {
                self.checker.leaves.matches(pattern, instance)
                    || self.wrong(path, || format!("{} does not match `{pattern}`", show(instance)))
            }
            ("format", Value::String(format)) if self.formats => {
                self.checker.leaves.has_format(format, instance)
                    || self.tell(path, || format!("{} is not of format `{format}`", show(instance)), true)
            }
            _ => true,
        }
    }

    fn number(&mut self, keyword: &str, argument: &Value, instance: &Value, path: &Path) -> bool {
        let (holds, words) = match keyword {
            "minimum" => (compares(instance, argument, std::cmp::Ordering::is_ge), "less than"),
            "maximum" => (compares(instance, argument, std::cmp::Ordering::is_le), "greater than"),
            "exclusiveMinimum" => {
                (compares(instance, argument, std::cmp::Ordering::is_gt), "not greater than")
            }
            "exclusiveMaximum" => (compares(instance, argument, std::cmp::Ordering::is_lt), "not less than"),
            "multipleOf" => (
                !argument.is_number() || self.checker.leaves.is_multiple(argument, instance),
                "not a multiple of",
            ),
            _ => return true,
        };
        holds || self.wrong(path, || format!("{instance} is {words} {argument}"))
    }

    fn array(
        &mut self,
        keyword: &str,
        argument: &Value,
        instance: &Value,
        items: &[Value],
        keywords: &Map<String, Value>,
        path: &Path,
    ) -> bool {
        let count = items.len();
        match (keyword, argument) {
            ("minItems", _) => {
                limit(argument).is_none_or(|least| count >= least)
                    || self.wrong(path, || format!("{count} items are fewer than {argument}"))
            }
            ("maxItems", _) => {
                limit(argument).is_none_or(|most| count <= most)
                    || self.wrong(path, || format!("{count} items are more than {argument}"))
            }
            ("uniqueItems", Value::Bool(true)) => match twins(items) {
                None => true,
                Some((one, two)) => self.wrong(path, || format!("items {one} and {two} are equal")),
            },
            ("prefixItems", Value::Array(schemas)) => {
                let mut valid = true;
                for (index, (schema, item)) in schemas.iter().zip(items).enumerate() {
                    valid = self.run(schema, item, &Path::Index(path, index)) && valid;
                }
                valid
            }
            ("items", schema) => {
                let prefix = keywords.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
                let mut valid = true;
                for (index, item) in items.iter().enumerate().skip(prefix) {
                    valid = self.run(schema, item, &Path::Index(path, index)) && valid;
                }
                valid
            }
            ("contains", schema) => {
                let fitting = items.iter().filter(|item| self.quietly(schema, item)).count();
                let least = keywords.get("minContains").and_then(limit).unwrap_or(1);
                let most = keywords.get("maxContains").and_then(limit).unwrap_or(usize::MAX);
                (least..=most).contains(&fitting)
                    || self.wrong(path, || format!("{fitting} items fit the schema of `contains`"))
            }
            ("unevaluatedItems", schema) => {
                let Evaluated { items: seen, .. } = evaluated(self, keywords, instance);
                let mut valid = true;
                for (index, item) in items.iter().enumerate().filter(|(index, _)| !seen.contains(index)) {
                    valid = self.run(schema, item, &Path::Index(path, index)) && valid;
                }
                valid
            }
            _ => true,
        }
    }

    fn object(
        &mut self,
        keyword: &str,
        argument: &Value,
        instance: &Value,
        members: &Map<String, Value>,
        keywords: &Map<String, Value>,
        path: &Path,
    ) -> bool {
        let count = members.len();
        let mut valid = true;
        match (keyword, argument) {
            ("required", Value::Array(names)) => {
                for name in names.iter().filter_map(Value::as_str).filter(|name| !members.contains_key(*name))
                {
                    valid = self.wrong(path, || format!("`{name}` is required"));
                }
            }
            ("properties", Value::Object(schemas)) => {
                for (name, member) in members {
                    if let Some(schema) = schemas.get(name) {
                        valid = self.run(schema, member, &Path::Key(path, name)) && valid;
                    }
                }
            }
            ("patternProperties", Value::Object(schemas)) => {
                for (pattern, schema) in schemas {
                    for (name, member) in members {
                        if self.names(pattern, name) {
                            valid = self.run(schema, member, &Path::Key(path, name)) && valid;
                        }
                    }
                }
            }
            ("additionalProperties", schema) => {
                for (name, member) in members {
                    if self.is_additional(keywords, name) {
                        valid = self.extra(schema, member, path, name) && valid;
                    }
                }
            }
            ("unevaluatedProperties", schema) => {
                let Evaluated { properties: seen, .. } = evaluated(self, keywords, instance);
                for (name, member) in members.iter().filter(|(name, _)| !seen.contains(name.as_str())) {
                    valid = self.extra(schema, member, path, name) && valid;
                }
            }
            ("propertyNames", schema) => {
                for name in members.keys() {
                    if !self.quietly(schema, &Value::String(name.clone())) {
                        valid = self.wrong(path, || format!("`{name}` is not allowed as a name"));
                    }
                }
            }
            ("minProperties", _) if limit(argument).is_some_and(|least| count < least) => {
                valid = self.wrong(path, || format!("{count} properties are fewer than {argument}"));
            }
            ("maxProperties", _) if limit(argument).is_some_and(|most| count > most) => {
                valid = self.wrong(path, || format!("{count} properties are more than {argument}"));
            }
            ("dependentRequired", Value::Object(needs)) => {
                for (name, needed) in needs.iter().filter(|(name, _)| members.contains_key(*name)) {
                    let needed = needed.as_array().into_iter().flatten().filter_map(Value::as_str);
                    for missing in needed.filter(|needed| !members.contains_key(*needed)) {
                        valid = self.wrong(path, || format!("`{missing}` is required beside `{name}`"));
                    }
                }
            }
            ("dependentSchemas", Value::Object(schemas)) => {
                for (_, schema) in schemas.iter().filter(|(name, _)| members.contains_key(*name)) {
                    valid = self.run(schema, instance, path) && valid;
                }
            }
            _ => {}
        }
        valid
    }

    /// Checks a property that has no schema of its own.
    fn extra(&mut self, schema: &Value, member: &Value, path: &Path, name: &str) -> bool {
        match schema {
            Value::Bool(false) => self.wrong(path, || format!("`{name}` is not allowed")),
            _ => self.run(schema, member, &Path::Key(path, name)),
        }
    }

    /// Whether neither `properties` nor `patternProperties` have a schema for `name`.
    pub(super) fn is_additional(&mut self, keywords: &Map<String, Value>, name: &str) -> bool {
        let listed = keywords.get("properties").and_then(Value::as_object);
        let patterns = keywords.get("patternProperties").and_then(Value::as_object);
        !listed.is_some_and(|schemas| schemas.contains_key(name))
            && !patterns.is_some_and(|schemas| schemas.keys().any(|pattern| self.names(pattern, name)))
    }

    /// Whether `pattern` of `patternProperties` is for `name`.
    pub(super) fn names(&mut self, pattern: &str, name: &str) -> bool {
        let leaves = &mut self.checker.leaves;
        leaves.is_pattern(pattern) && leaves.matches(pattern, &Value::String(name.to_owned()))
    }
}

/// Whether `instance` is of a type that the argument of `type` names.
fn has_type(argument: &Value, instance: &Value) -> bool {
    match argument {
        Value::String(name) => is_type(name, instance),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(|name| is_type(name, instance)),
        _ => true,
    }
}

fn is_type(name: &str, instance: &Value) -> bool {
    match name {
        "string" => instance.is_string(),
        "number" => instance.is_number(),
        "integer" => Numeric::of(instance).is_some_and(Numeric::is_integer),
        "boolean" => instance.is_boolean(),
        "array" => instance.is_array(),
        "object" => instance.is_object(),
        "null" => instance.is_null(),
        _ => false,
    }
}

/// The argument of a keyword such as `minItems`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked, and `as` saturates")]
pub(super) fn limit(argument: &Value) -> Option<usize> {
    let number = argument.as_number()?;
    match number.as_u64() {
        Some(limit) => Some(usize::try_from(limit).unwrap_or(usize::MAX)),
        None => number.as_f64().filter(|limit| *limit >= 0.0).map(|limit| limit as usize),
    }
}

fn compares(instance: &Value, argument: &Value, holds: fn(std::cmp::Ordering) -> bool) -> bool {
    match (Numeric::of(instance), Numeric::of(argument)) {
        (Some(instance), Some(argument)) => holds(instance.compare(argument)),
        _ => true,
    }
}

/// The first two items that are equal.
fn twins(items: &[Value]) -> Option<(usize, usize)> {
    let pairs = items.iter().enumerate();
    pairs.clone().find_map(|(two, item)| {
        let one = items.iter().take(two).position(|earlier| same(earlier, item))?;
        Some((one, two))
    })
}

/// A value as it stands in a message: JSON, cut where it is long.
fn show(value: &Value) -> String {
    const LONGEST: usize = 60;
    let mut text = String::new();
    let _ = match value {
        Value::Array(items) if items.len() > 20 => write!(text, "an array of {} items", items.len()),
        Value::Object(members) if members.len() > 20 => {
            write!(text, "an object of {} properties", members.len())
        }
        _ => write!(text, "{value}"),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn types(argument: &Value) -> String {
    match argument {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => argument.as_str().unwrap_or_default().to_owned(),
    }
}
