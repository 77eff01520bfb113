//! Checks of arrays and objects.

use serde_json::{Map, Value};

use super::check::{Check, Path};
use super::keywords::{limit, twins};
use super::unevaluated::{Evaluated, evaluated};

impl Check<'_, '_> {
    /// Keywords that are for arrays.
    pub(super) fn array(
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

    /// Keywords that are for objects.
    pub(super) fn object(
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
