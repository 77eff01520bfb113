//! Checks values against schemas, without compiling the schemas first.
//!
//! A description has thousands of schemas of which each is needed for one or two values, so that
//! compiling them would take many times as long as the checks. `format`, `pattern` and
//! `multipleOf` are left to the `jsonschema` crate, and the tests hold everything else against it.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::Violation;
use super::definitions::Definitions;
use super::keywords::{compares, has_type, limit, show, types};
use super::leaves::Leaves;
use super::numeric::same;

/// How deep schemas and values may be nested.
const DEPTH: usize = 160;
/// How many schemas are looked at before a check ends: only schemas made for it get there.
const STEPS: usize = 1_000_000;
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

    pub(super) fn run(&mut self, schema: &Value, instance: &Value, path: &Path) -> bool {
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
    pub(super) fn wrong(&mut self, path: &Path, message: impl FnOnce() -> String) -> bool {
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
            "minimum" => (compares(instance, argument, Ordering::is_ge), "less than"),
            "maximum" => (compares(instance, argument, Ordering::is_le), "greater than"),
            "exclusiveMinimum" => (compares(instance, argument, Ordering::is_gt), "not greater than"),
            "exclusiveMaximum" => (compares(instance, argument, Ordering::is_lt), "not less than"),
            "multipleOf" => (
                !argument.is_number() || self.checker.leaves.is_multiple(argument, instance),
                "not a multiple of",
            ),
            _ => return true,
        };
        holds || self.wrong(path, || format!("{instance} is {words} {argument}"))
    }
}
