//! Objects.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::build::{Builder, Built, Site};
use super::conjunction::Conjunction;
use super::keywords::limit;
use super::{Direction, Problem};

/// How many properties are made up at most.
const MOST: usize = 200;

/// An object that is being built.
struct Draft<'c, 's, 'n> {
    all: &'c Conjunction<'s>,
    site: Site<'n>,
    members: Map<String, Value>,
    problem: Option<Problem>,
    /// Objects of the description whose members are preferred.
    examples: Vec<&'c Value>,
}

impl<'a> Builder<'a> {
    /// An object that follows `all`.
    pub(super) fn object<'s>(&mut self, all: &Conjunction<'s>, site: Site, hints: &[&Value]) -> Built
    where
        'a: 's,
    {
        let examples =
            hints.iter().copied().chain(all.listed("examples")).filter(|value| value.is_object()).collect();
        let mut draft = Draft { all, site, members: Map::new(), problem: None, examples };
        let required: HashSet<&str> = all.listed("required").filter_map(Value::as_str).collect();
        let required_count =
            required.len().max(all.arguments("minProperties").filter_map(limit).max().unwrap_or(0));
        let least = all.arguments("minProperties").filter_map(limit).max().unwrap_or(0);
        let most = all.arguments("maxProperties").filter_map(limit).min().unwrap_or(usize::MAX);
        if required_count > most {
            let message = format!("{required_count} properties are required, `maxProperties` is {most}");
            draft.problem = Some(Problem { pointer: String::new(), message });
        }

        let mut optional = most.saturating_sub(required.len());
        let names = names(all);
        for name in &names {
            if required.contains(name) {
                self.must(&mut draft, name);
            } else if optional > 0 && self.is_wanted(&draft, name) && self.may(&mut draft, name) {
                optional -= 1;
            }
        }
        for name in names {
            if draft.members.len() < least && !draft.members.contains_key(name) {
                self.may(&mut draft, name);
            }
        }
        let like_map = draft.members.is_empty() && !site.minimal && most > 0 && self.room > 0;
        self.extras(&mut draft, if like_map && has_extras(all) { least.max(1) } else { least });
        self.dependents(&mut draft, &required);
        if draft.members.len() < least && draft.problem.is_none() {
            let message =
                format!("only {} properties are allowed, `minProperties` is {least}", draft.members.len());
            draft.problem = Some(Problem { pointer: String::new(), message });
        }
        Built { value: Value::Object(draft.members), problem: draft.problem }
    }

    /// Whether a property that may be left out is put in.
    fn is_wanted(&self, draft: &Draft, name: &str) -> bool {
        let Draft { all, site, .. } = draft;
        let pinned = all.pinned.iter().any(|(property, _)| *property == name);
        pinned || (!site.minimal && self.room > 0 && !all.avoided.contains(&name))
    }

    /// Puts a required property in, valid or not.
    fn must(&mut self, draft: &mut Draft, name: &str) {
        let built = match self.property(draft.all, name) {
            Some(schemas) if !draft.all.forbidden.contains(&name) => self.member(draft, name, &schemas),
            _ => Built::invalid(Value::Null, format!("`{name}` is required and not allowed")),
        };
        if let Some(problem) = built.problem {
            draft.problem.get_or_insert_with(|| problem.inside(name));
        }
        draft.members.insert(name.to_owned(), built.value);
    }

    /// Puts a property in if that does no harm. Whether it did.
    fn may(&mut self, draft: &mut Draft, name: &str) -> bool {
        let Some(schemas) = self.property(draft.all, name) else { return false };
        if draft.all.forbidden.contains(&name) || self.is_hidden(&schemas) || self.is_around(&schemas) {
            return false;
        }
        let room = self.room;
        let built = self.member(draft, name, &schemas);
        if built.problem.is_some() {
            self.room = room;
            return false;
        }
        draft.members.insert(name.to_owned(), built.value);
        true
    }

    fn member(&mut self, draft: &Draft, name: &str, schemas: &[&Value]) -> Built {
        let pinned =
            draft.all.pinned.iter().filter(|(property, _)| *property == name).map(|(_, value)| value);
        let hints: Vec<&Value> =
            pinned.chain(draft.examples.iter().filter_map(|example| example.get(name))).collect();
        self.build(schemas, Site { name: Some(name), ..draft.site }, &hints)
    }

    /// The schemas of a property; none at all where it is not allowed.
    fn property<'s>(&mut self, all: &Conjunction<'s>, name: &str) -> Option<Vec<&'s Value>> {
        let mut schemas = Vec::new();
        for keywords in &all.members {
            let known = schemas.len();
            schemas.extend(keywords.get("properties").and_then(|listed| listed.get(name)));
            if let Some(Value::Object(patterns)) = keywords.get("patternProperties") {
                let text = Value::from(name);
                let leaves = &mut self.checker.leaves;
                schemas.extend(
                    patterns
                        .iter()
                        .filter(|(pattern, _)| leaves.matches(pattern, &text))
                        .map(|(_, schema)| schema),
                );
            }
            if schemas.len() == known {
                schemas.extend(keywords.get("additionalProperties"));
            }
        }
        if schemas.is_empty() {
            schemas.extend(all.arguments("unevaluatedProperties"));
        }
        if schemas.contains(&&Value::Bool(false)) {
            return None;
        }
        schemas.retain(|schema| schema.is_object());
        Some(schemas)
    }

    /// Whether a property is for the other direction only.
    fn is_hidden(&self, schemas: &[&Value]) -> bool {
        let keyword = match self.direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
        };
        let says = |schema: &Value| schema.get(keyword) == Some(&Value::Bool(true));
        schemas.iter().any(|schema| {
            says(schema) || self.checker.definitions.target(schema).is_some_and(|target| says(target.schema))
        })
    }

    /// Makes properties up until there are `least`.
    fn extras(&mut self, draft: &mut Draft, least: usize) {
        let least = least.min(MOST);
        for attempt in 0..least * 2 + 8 {
            if draft.members.len() >= least {
                return;
            }
            let name = self.extra_name(draft.all, attempt);
            if !draft.members.contains_key(&name) && self.allows_name(draft.all, &name) {
                let site = draft.site;
                draft.site.variant += attempt;
                self.may(draft, &name);
                draft.site = site;
            }
        }
    }

    /// A name for a property that the schema does not name itself.
    fn extra_name(&mut self, all: &Conjunction, attempt: usize) -> String {
        let patterns: Vec<&str> = all
            .arguments("patternProperties")
            .filter_map(Value::as_object)
            .flat_map(|patterns| patterns.keys().map(String::as_str))
            .collect();
        let from_pattern = patterns
            .get(attempt.checked_rem(patterns.len()).unwrap_or(0))
            .and_then(|pattern| self.matching(pattern, attempt));
        if let Some(name) = from_pattern {
            return name;
        }
        let mut rules: Vec<&Value> = all.arguments("propertyNames").collect();
        if !rules.is_empty() {
            let text = serde_json::json!({ "type": "string" });
            rules.push(&text);
            let site = Site { name: Some("key"), variant: attempt, minimal: true };
            if let Value::String(name) = self.build(&rules, site, &[]).value {
                return name;
            }
        }
        if attempt == 0 { "key".to_owned() } else { format!("key{}", attempt + 1) }
    }

    fn allows_name(&mut self, all: &Conjunction, name: &str) -> bool {
        let name = Value::from(name);
        all.arguments("propertyNames").all(|schema| self.checker.allows(schema, &name))
    }

    /// Puts in what `dependentRequired` asks for, or takes out what asks in vain.
    fn dependents(&mut self, draft: &mut Draft, required: &HashSet<&str>) {
        let needs: Vec<(&String, &str)> = draft
            .all
            .arguments("dependentRequired")
            .filter_map(Value::as_object)
            .flatten()
            .flat_map(|(name, needed)| needed.as_array().into_iter().flatten().map(move |it| (name, it)))
            .filter_map(|(name, needed)| Some((name, needed.as_str()?)))
            .collect();
        for _ in 0..=needs.len().min(MOST) {
            let missing = needs.iter().find(|(name, needed)| {
                draft.members.contains_key(*name) && !draft.members.contains_key(*needed)
            });
            let Some((name, needed)) = missing else { return };
            if required.contains(name.as_str()) {
                self.must(draft, needed);
            } else if !self.may(draft, needed) {
                draft.members.shift_remove(*name);
            }
        }
    }
}

impl Problem {
    /// The problem as seen from around the member or item that has it.
    pub(super) fn inside(mut self, segment: &str) -> Self {
        self.pointer.insert_str(0, &format!("/{}", segment.replace('~', "~0").replace('/', "~1")));
        self
    }
}

/// The names of all properties, in the description's order.
fn names<'s>(all: &Conjunction<'s>) -> Vec<&'s str> {
    let listed =
        all.arguments("properties").filter_map(Value::as_object).flat_map(Map::keys).map(String::as_str);
    let required = all.listed("required").filter_map(Value::as_str);
    let mut seen = HashSet::new();
    listed.chain(required).filter(|name| seen.insert(*name)).collect()
}

/// Whether the schema says what properties are like that it does not name.
fn has_extras(all: &Conjunction) -> bool {
    all.arguments("additionalProperties").any(Value::is_object) || all.has(&["patternProperties"])
}
