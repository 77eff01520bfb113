//! Schemas that must hold together for one value, with a way chosen wherever there are several.

use serde_json::{Map, Value};

use super::definitions::{Definition, Definitions};
use super::numeric::same;
use crate::schema::described_name;

/// How many schemas are put together for one value at most.
const MEMBERS: usize = 400;

/// Everything that is said about one value: `$ref` followed, `allOf` taken apart, and one branch
/// of each `oneOf`, `anyOf` and `if` taken.
#[derive(Debug, Default)]
pub(super) struct Conjunction<'s> {
    /// The schemas, the outermost first.
    pub(super) members: Vec<&'s Map<String, Value>>,
    /// A bit for each keyword of the members; keywords may share bits.
    marks: u64,
    /// How many ways there are at each place where one was chosen, in the order of choosing.
    pub(super) choices: Vec<usize>,
    /// Properties that a discriminator sets.
    pub(super) pinned: Vec<(&'s str, Value)>,
    /// Properties that must not be there.
    pub(super) forbidden: Vec<&'s str>,
    /// Properties that belong to branches that were not taken, and are better left out.
    pub(super) avoided: Vec<&'s str>,
    /// Properties of branches that were not taken: with a wrong value they rule those out.
    pub(super) foreign: Vec<&'s str>,
    /// Types that `not` rules out.
    pub(super) excluded: Vec<&'s str>,
    /// Cycles of the definitions that are among the members.
    pub(super) cycles: Vec<usize>,
    /// Whether nothing can be valid.
    pub(super) impossible: bool,
    /// Whether a value that follows the members may yet be invalid.
    pub(super) risky: bool,
}

/// Keywords, beside those that offer a choice, that are not followed to the letter.
const RISKY: [&str; 9] = [
    "const",
    "contains",
    "dependentRequired",
    "enum",
    "patternProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
];

/// The names of the seven types.
pub(super) const TYPES: [&str; 7] = ["object", "string", "integer", "number", "array", "boolean", "null"];

impl<'s> Conjunction<'s> {
    /// Puts `schemas` together. `picks` says which way to take at each choice; 0, the preferred
    /// one, where it says nothing.
    pub(super) fn new<'a: 's>(definitions: &Definitions<'a>, schemas: &[&'s Value], picks: &[usize]) -> Self {
        let mut assembly =
            Assembly { definitions, picks, seen: Vec::new(), chain: Vec::new(), open: Vec::new() };
        let mut all = Self::default();
        assembly.open.extend(schemas.iter().rev());
        while let Some(schema) = assembly.open.pop() {
            assembly.add(schema, &mut all);
        }
        all
    }

    /// The arguments of `keyword` in all members.
    pub(super) fn arguments(&self, keyword: &str) -> impl Iterator<Item = &'s Value> {
        let members = if self.marks & mark(keyword) == 0 { &[][..] } else { &self.members };
        members.iter().filter_map(move |member| member.get(keyword))
    }

    /// The members of the arrays that are arguments of `keyword`.
    pub(super) fn listed(&self, keyword: &str) -> impl Iterator<Item = &'s Value> {
        self.arguments(keyword).filter_map(Value::as_array).flatten()
    }

    /// Whether any member has one of `keywords`.
    pub(super) fn has(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.arguments(keyword).next().is_some())
    }

    /// The types that the value may be of, the likeliest first.
    pub(super) fn types(&self) -> Vec<&'s str> {
        let mut types: Option<Vec<&str>> = None;
        for argument in self.arguments("type") {
            let named: Vec<&str> = match argument {
                Value::String(name) => vec![name.as_str()],
                Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
                _ => continue,
            };
            types = Some(match types {
                None => named,
                Some(types) => types.into_iter().filter_map(|name| narrowed(name, &named)).collect(),
            });
        }
        let mut types = types.unwrap_or_else(|| self.likely_types());
        types.retain(|name| !self.excluded.contains(name));
        types.sort_by_key(|name| *name == "null");
        types
    }

    /// All types, those that the other keywords are about first.
    fn likely_types(&self) -> Vec<&'s str> {
        let likely = |name: &str| match name {
            "object" => {
                self.has(&["properties", "required", "additionalProperties", "patternProperties"])
                    || self.has(&["minProperties", "propertyNames", "dependentRequired", "dependentSchemas"])
                    || self.has(&["discriminator", "unevaluatedProperties", "maxProperties"])
            }
            "array" => self.has(&["items", "prefixItems", "contains", "minItems", "uniqueItems", "maxItems"]),
            "integer" => {
                self.has(&["multipleOf"])
                    || self.arguments("format").any(|format| *format == "int32" || *format == "int64")
            }
            "number" => self.has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]),
            "string" => self.has(&[
                "pattern",
                "minLength",
                "maxLength",
                "format",
                "contentEncoding",
                "contentMediaType",
            ]),
            _ => false,
        };
        let mut types = TYPES.to_vec();
        types.sort_by_key(|name| !likely(name));
        types
    }
}

/// The bit of a keyword, by its length and its ends.
fn mark(keyword: &str) -> u64 {
    let ends = keyword.bytes().next().into_iter().chain(keyword.bytes().next_back());
    1 << ((ends.map(usize::from).sum::<usize>() * 7 + keyword.len()) % 64)
}

/// The narrower of `name` and the type in `others` that goes with it.
fn narrowed<'t>(name: &'t str, others: &[&'t str]) -> Option<&'t str> {
    match name {
        _ if others.contains(&name) => Some(name),
        "number" if others.contains(&"integer") => Some("integer"),
        "integer" if others.contains(&"number") => Some(name),
        _ => None,
    }
}

/// The state of putting schemas together.
struct Assembly<'d, 's, 'a> {
    definitions: &'d Definitions<'a>,
    picks: &'d [usize],
    seen: Vec<*const Value>,
    /// The definitions that were gone through, the outermost first.
    chain: Vec<Definition<'a>>,
    /// Schemas that are to be added, the next one last.
    open: Vec<&'s Value>,
}

impl<'s, 'a: 's> Assembly<'_, 's, 'a> {
    fn add(&mut self, schema: &'s Value, all: &mut Conjunction<'s>) {
        let Value::Object(keywords) = schema else {
            all.impossible |= *schema == Value::Bool(false);
            return;
        };
        if self.seen.iter().any(|seen| std::ptr::eq(*seen, schema)) {
            return;
        }
        if self.seen.len() >= MEMBERS {
            all.risky = true;
            return;
        }
        self.seen.push(schema);
        all.members.push(keywords);

        let mut next: Vec<&'s Value> = Vec::new();
        let mut taken = None;
        for (keyword, argument) in keywords {
            all.marks |= mark(keyword);
            match (keyword.as_str(), argument) {
                ("$ref", Value::String(reference)) => {
                    if let Some(target) = self.definitions.resolve(reference) {
                        all.cycles.push(target.cycle);
                        self.chain.push(target);
                        next.push(target.schema);
                    }
                }
                ("allOf", Value::Array(schemas)) => next.extend(schemas),
                ("oneOf" | "anyOf", Value::Array(branches)) if !branches.is_empty() => {
                    taken = self.branch(branches, keyword == "oneOf", schema, all);
                    next.extend(taken);
                }
                ("if", condition) => next.extend(self.condition(condition, keywords, all)),
                ("dependentSchemas", Value::Object(schemas)) => self.dependents(schemas, &mut next, all),
                ("not", negated) => negate(negated, all),
                (keyword, _) => all.risky |= RISKY.contains(&keyword),
            }
        }
        if let Some(Value::Object(discriminator)) = keywords.get("discriminator") {
            next.extend(self.discriminate(schema, discriminator, taken, all));
        }
        self.open.extend(next.into_iter().rev());
    }

    /// Takes the next choice of `options`.
    fn choose(&self, options: usize, all: &mut Conjunction<'s>) -> usize {
        let pick = self.picks.get(all.choices.len()).copied().unwrap_or(0);
        all.choices.push(options);
        pick.min(options.saturating_sub(1))
    }

    /// The branch of a `oneOf` or `anyOf` of `parent` that is taken.
    fn branch(
        &self,
        branches: &'s [Value],
        exclusive: bool,
        parent: &'s Value,
        all: &mut Conjunction<'s>,
    ) -> Option<&'s Value> {
        all.risky = true;
        let mut ranked: Vec<&Value> = branches.iter().collect();
        ranked.sort_by_key(|branch| self.rank(branch, parent));
        let &taken = ranked.get(self.choose(ranked.len(), all))?;
        if exclusive {
            let wanted: Vec<&str> = required(self.follow(taken)).chain(required(parent)).collect();
            let others = branches.iter().filter(|branch| !std::ptr::eq(*branch, taken));
            let names = others.clone().flat_map(|branch| required(self.follow(branch)));
            all.avoided.extend(names.filter(|name| !wanted.contains(name)));
            all.foreign.extend(others.flat_map(|branch| self.properties(branch)));
        }
        Some(taken)
    }

    /// The properties that `schema` lists, also in what it refers to.
    fn properties(&self, schema: &'s Value) -> impl Iterator<Item = &'s str> {
        let parts = self.follow(schema).get("allOf").and_then(Value::as_array).into_iter().flatten();
        let schemas: Vec<&Value> = parts.chain([schema]).map(|part| self.follow(part)).collect();
        let listed =
            schemas.into_iter().filter_map(|schema| schema.get("properties").and_then(Value::as_object));
        listed.flat_map(Map::keys).map(String::as_str)
    }

    /// Lower is better: first what the value already has to be, such as the child from which its
    /// parent's `oneOf` was reached; then what leads on; then `null`; last what leads back.
    fn rank(&self, branch: &'s Value, parent: &'s Value) -> u8 {
        let target = self.follow(branch);
        match target {
            _ if std::ptr::eq(target, parent) => 4,
            _ if self.chain.iter().any(|definition| std::ptr::eq(definition.schema, target)) => 0,
            Value::Bool(false) => 3,
            Value::Object(keywords) if is_null(keywords) => 2,
            _ => 1,
        }
    }

    /// What `schema` is, a plain reference followed.
    fn follow(&self, schema: &'s Value) -> &'s Value {
        self.definitions.target(schema).map_or(schema, |target| target.schema)
    }

    /// The schemas that follow from an `if`: it holds and so must `then`, or `else` must.
    fn condition(
        &self,
        condition: &'s Value,
        keywords: &'s Map<String, Value>,
        all: &mut Conjunction<'s>,
    ) -> Vec<&'s Value> {
        all.risky = true;
        match self.choose(2, all) {
            0 => std::iter::once(condition).chain(keywords.get("then")).collect(),
            _ => keywords.get("else").into_iter().collect(),
        }
    }

    /// Either all the properties that others depend on are there, or those are not.
    fn dependents(
        &self,
        schemas: &'s Map<String, Value>,
        next: &mut Vec<&'s Value>,
        all: &mut Conjunction<'s>,
    ) {
        all.risky = true;
        match self.choose(2, all) {
            0 => next.extend(schemas.values()),
            _ => all.avoided.extend(schemas.keys().map(String::as_str)),
        }
    }

    /// Sets the property of a discriminator of `parent` to what stands for the definition that
    /// the value is of. A parent on its own becomes one of its children.
    fn discriminate(
        &self,
        parent: &'s Value,
        discriminator: &'s Map<String, Value>,
        taken: Option<&'s Value>,
        all: &mut Conjunction<'s>,
    ) -> Option<&'s Value> {
        let property = discriminator.get("propertyName")?.as_str()?;
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        let targets: Vec<(&str, Definition<'a>)> = mapping
            .into_iter()
            .flatten()
            .filter_map(|(key, target)| Some((key.as_str(), self.definitions.resolve(target.as_str()?)?)))
            .collect();
        let key_of = |definition: &Definition| {
            targets
                .iter()
                .find(|(_, target)| std::ptr::eq(target.schema, definition.schema))
                .map(|(key, _)| *key)
        };

        let outer = self.chain.iter().filter(|definition| !std::ptr::eq(definition.schema, parent));
        let (key, child) = match (outer.clone().find_map(key_of), taken) {
            (Some(key), _) => (key, None),
            (None, Some(taken)) => {
                let taken = self.definitions.target(taken)?;
                (key_of(&taken).unwrap_or(described_name(taken.name)), None)
            }
            (None, None) => {
                let (key, target) = targets.get(self.choose(targets.len() + 1, all))?;
                (*key, Some(target.schema))
            }
        };
        all.pinned.push((property, Value::from(key)));
        child
    }
}

/// What `not` says, as far as it can be followed; the rest is left to the check.
fn negate<'s>(negated: &'s Value, all: &mut Conjunction<'s>) {
    all.risky = true;
    let Value::Object(keywords) = negated else {
        all.impossible |= *negated == Value::Bool(true);
        return;
    };
    let mut said = keywords.iter().filter(|(keyword, _)| !is_annotation(keyword));
    match (said.next(), said.next()) {
        (None, _) => all.impossible = true,
        (Some((keyword, Value::Array(schemas))), None) if keyword == "anyOf" => {
            for schema in schemas.iter().filter(|schema| !schema.get("anyOf").is_some_and(Value::is_array)) {
                negate(schema, all);
            }
        }
        (Some((keyword, Value::Array(names))), None) if keyword == "required" => {
            all.forbidden.extend(names.first().and_then(Value::as_str));
        }
        (Some((keyword, Value::String(name))), None) if keyword == "type" => all.excluded.push(name),
        (Some((keyword, Value::Array(names))), None) if keyword == "type" => {
            all.excluded.extend(names.iter().filter_map(Value::as_str));
        }
        _ => {}
    }
}

/// Whether a keyword says nothing about which values are valid.
fn is_annotation(keyword: &str) -> bool {
    matches!(
        keyword,
        "title"
            | "description"
            | "examples"
            | "default"
            | "deprecated"
            | "readOnly"
            | "writeOnly"
            | "xml"
            | "$comment"
    ) || keyword.starts_with("x-")
}

/// Whether only `null` can be valid.
fn is_null(keywords: &Map<String, Value>) -> bool {
    let null = Value::Null;
    let only_null =
        |values: &Value| values.as_array().is_some_and(|values| values.iter().all(Value::is_null));
    keywords.get("type").is_some_and(|name| *name == "null")
        || keywords.get("const").is_some_and(|value| same(value, &null))
        || keywords.get("enum").is_some_and(only_null)
}

/// The names in a schema's `required`.
fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
