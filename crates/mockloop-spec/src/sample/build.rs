//! Builds a value for a schema: what the description gives where that is valid, else one made up.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use super::check::Checker;
use super::conjunction::Conjunction;
use super::ways::{is_empty, rotated, size, ways};
use super::{Direction, Problem};

/// How many values a sample is made of before properties that may be left out are left out.
const ROOM: usize = 400;
/// How many values a sample is made of at most.
const LARGEST: usize = 10_000;
/// How many ways are tried for one sample after the first.
const TRIES: usize = 400;
/// How many properties of other branches are tried to tell a value apart from theirs.
const FOREIGN: usize = 12;
/// How many other variants of a value are tried, every second without what may be left out.
const OTHERS: usize = 4;
/// How deep values are nested.
const DEPTH: usize = 40;
/// How often a cycle of definitions is entered for properties that may be left out.
const ROUNDS: usize = 2;

/// A value that was built.
#[derive(Clone, Debug)]
pub(super) struct Built {
    pub(super) value: Value,
    /// Why it is not valid, where it is known not to be.
    pub(super) problem: Option<Problem>,
}

impl Built {
    pub(super) fn valid(value: impl Into<Value>) -> Self {
        Self { value: value.into(), problem: None }
    }

    pub(super) fn invalid(value: impl Into<Value>, message: impl Into<String>) -> Self {
        let problem = Problem { pointer: String::new(), message: message.into() };
        Self { value: value.into(), problem: Some(problem) }
    }

    fn too_large() -> Self {
        Self::invalid(Value::Null, format!("the schema asks for more than {LARGEST} values"))
    }
}

/// What a value is for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Site<'n> {
    /// The name of the property.
    pub(super) name: Option<&'n str>,
    /// Values with another variant are other values, where the schema lets them.
    pub(super) variant: usize,
    /// Whether to leave out what may be left out.
    pub(super) minimal: bool,
}

/// Builds values; remembers those of definitions.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    pub(super) checker: Checker<'a>,
    pub(super) direction: Direction,
    /// Values of definitions, by address, direction and whether they are minimal, with their size.
    made: HashMap<(usize, Direction, bool), (Built, usize)>,
    /// The schemas around the value that is being built, the outermost first.
    around: Vec<u64>,
    /// The cycles of the definitions around it.
    cycles: Vec<usize>,
    /// How many more values there may be while nothing is left out.
    pub(super) room: usize,
    /// How many more values there may be at all.
    left: usize,
    tries: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(checker: Checker<'a>) -> Self {
        Self {
            checker,
            direction: Direction::Response,
            made: HashMap::new(),
            around: Vec::new(),
            cycles: Vec::new(),
            room: 0,
            left: 0,
            tries: 0,
        }
    }

    /// A value for `schema` on its own.
    pub(super) fn root(&mut self, schema: &Value, direction: Direction, name: Option<&str>) -> Built {
        self.direction = direction;
        self.afresh(|builder| builder.build(&[schema], Site { name, ..Site::default() }, &[]))
    }

    /// Runs `work` as if it were the first.
    fn afresh<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = (self.room, self.left, self.tries);
        (self.room, self.left, self.tries) = (ROOM, LARGEST, TRIES);
        let made = work(self);
        (self.room, self.left, self.tries) = before;
        made
    }

    /// A value that all `schemas` allow; `hints` are values to prefer.
    pub(super) fn build(&mut self, schemas: &[&Value], site: Site, hints: &[&Value]) -> Built {
        match schemas {
            [schema] if hints.is_empty() && site.variant == 0 => self.definition(schema, site),
            _ => self.place(schemas, site, hints),
        }
    }

    /// A value for `schema`: the one of the definition that it refers to, where that does not
    /// depend on what is around.
    fn definition(&mut self, schema: &Value, site: Site) -> Built {
        let target = match self.checker.definitions.target(schema) {
            Some(target) if is_plain(schema) => target,
            _ => return self.place(&[schema], site, &[]),
        };
        if self.cycles.contains(&target.cycle) {
            return self.place(&[schema], site, &[]);
        }
        let key = (std::ptr::from_ref(target.schema).addr(), self.direction, site.minimal);
        if !self.made.contains_key(&key) {
            let own = Site { name: Some(target.name), ..site };
            let built = self.afresh(|builder| builder.place(&[schema], own, &[]));
            let count = size(&built.value);
            self.made.insert(key, (built, count));
        }
        match self.made.get(&key) {
            // What stands alone is better named by where it stands.
            Some((Built { problem: None, .. }, 1)) if site.name.is_some() => self.place(&[schema], site, &[]),
            Some((_, count)) if *count > self.room && !site.minimal => {
                self.definition(schema, Site { minimal: true, ..site })
            }
            Some((_, count)) if *count > self.left => Built::too_large(),
            Some((built, count)) => {
                self.room = self.room.saturating_sub(*count);
                self.left -= count;
                built.clone()
            }
            None => self.place(&[schema], site, &[]),
        }
    }

    /// A value for `schemas` at a place, unless the place is inside of itself.
    fn place(&mut self, schemas: &[&Value], site: Site, hints: &[&Value]) -> Built {
        let state = self.identity(schemas);
        if self.around.contains(&state) {
            return Built::invalid(Value::Null, "the schema requires itself without end");
        }
        if self.around.len() >= DEPTH {
            return Built::invalid(Value::Null, format!("the schema asks for values more than {DEPTH} deep"));
        }
        let entered = self.cycles.len();
        self.around.push(state);
        let built = self.first_valid(schemas, site, hints);
        self.around.pop();
        self.cycles.truncate(entered);
        built
    }

    fn identity(&self, schemas: &[&Value]) -> u64 {
        let mut hasher = DefaultHasher::new();
        for schema in schemas {
            let schema = self
                .checker
                .definitions
                .target(schema)
                .filter(|_| is_plain(schema))
                .map_or(*schema, |it| it.schema);
            std::ptr::from_ref(schema).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Goes through the ways to build a value until one is valid.
    fn first_valid<'s>(&mut self, schemas: &[&'s Value], site: Site, hints: &[&Value]) -> Built
    where
        'a: 's,
    {
        let first = Conjunction::new(&self.checker.definitions, schemas, &[]);
        if let Some(value) = self.given(schemas, &first, site, hints) {
            let count = size(&value);
            self.room = self.room.saturating_sub(count);
            self.left = self.left.saturating_sub(count);
            return Built::valid(value);
        }
        let mut choices = first.choices.clone();
        choices.push(first.types().len());
        let mut best = None;
        for (way, picks) in ways(&choices).enumerate() {
            let other;
            let all = if way == 0 {
                &first
            } else {
                other = Conjunction::new(&self.checker.definitions, schemas, &picks);
                if let Some(value) = self.given(schemas, &other, site, hints) {
                    return Built::valid(value);
                }
                &other
            };
            let kind = picks.get(all.choices.len()).copied().unwrap_or(0);
            match self.one_way(schemas, all, kind, site, hints) {
                Ok(built) => return built,
                Err(built) => best = best.or(Some(built)),
            }
            if self.tries == 0 {
                break;
            }
            self.tries -= 1;
        }
        if let Some(value) = self.left_over(schemas, &first) {
            return Built::valid(value);
        }
        let best = best.unwrap_or_else(|| Built::invalid(Value::Null, "nothing is allowed here"));
        self.explained(schemas, best)
    }

    /// Builds in one way: with everything, then with as little as possible.
    fn one_way<'s>(
        &mut self,
        schemas: &[&'s Value],
        all: &Conjunction<'s>,
        kind: usize,
        site: Site,
        hints: &[&Value],
    ) -> Result<Built, Built>
    where
        'a: 's,
    {
        let entered = self.cycles.len();
        self.cycles.extend(&all.cycles);
        let built = self.alternatives(schemas, all, kind, site, hints);
        self.cycles.truncate(entered);
        built
    }

    fn alternatives<'s>(
        &mut self,
        schemas: &[&'s Value],
        all: &Conjunction<'s>,
        kind: usize,
        site: Site,
        hints: &[&Value],
    ) -> Result<Built, Built>
    where
        'a: 's,
    {
        let room = self.room;
        let full = self.typed(all, kind, site, hints);
        let full = match self.verified(schemas, all, full) {
            Err(full) if all.risky => full,
            result => return result,
        };
        for variant in 0..OTHERS {
            if self.tries == 0 {
                return Err(full);
            }
            self.tries -= 1;
            self.room = room;
            let other = Site { minimal: variant.is_multiple_of(2), variant: site.variant + variant, ..site };
            let built = self.typed(all, kind, other, hints);
            if let Ok(less) = self.verified(schemas, all, built) {
                return Ok(self.grown(schemas, less, &full.value, site));
            }
        }
        self.told_apart(schemas, all, &full.value).ok_or(full)
    }

    fn verified(&mut self, schemas: &[&Value], all: &Conjunction, built: Built) -> Result<Built, Built> {
        if built.problem.is_some() || (all.risky && !self.allowed(schemas, &built.value)) {
            return Err(built);
        }
        Ok(built)
    }

    /// Adds the properties of `full` to `less` that leave it valid.
    fn grown(&mut self, schemas: &[&Value], less: Built, full: &Value, site: Site) -> Built {
        let (Value::Object(members), Value::Object(full)) = (&less.value, full) else { return less };
        if site.minimal {
            return less;
        }
        let mut grown = members.clone();
        for (name, member) in full {
            if !members.contains_key(name) && self.tries > 0 {
                self.tries -= 1;
                let mut larger = grown.clone();
                larger.insert(name.clone(), member.clone());
                let larger = Value::Object(larger);
                if self.allowed(schemas, &larger)
                    && let Value::Object(larger) = larger
                {
                    grown = larger;
                }
            }
        }
        Built::valid(grown)
    }

    /// `value` with properties that no other branch of `oneOf` allows: with one that is enough, or
    /// with all there are.
    fn told_apart(&mut self, schemas: &[&Value], all: &Conjunction, value: &Value) -> Option<Built> {
        let members = value.as_object()?;
        let listed: Vec<_> = all.arguments("properties").filter_map(Value::as_object).collect();
        let is_foreign = |name: &&str| !listed.iter().any(|listed| listed.contains_key(*name));
        let foreign: Vec<&str> = all.foreign.iter().copied().filter(is_foreign).take(FOREIGN).collect();
        let singles = foreign.iter().map(std::slice::from_ref);
        for names in singles.chain([foreign.as_slice()]) {
            for wrong in [json!("none"), json!(0), json!({})] {
                let mut members = members.clone();
                members.extend(names.iter().map(|name| ((*name).to_owned(), wrong.clone())));
                let value = Value::Object(members);
                if self.allowed(schemas, &value) {
                    return Some(Built::valid(value));
                }
            }
        }
        None
    }

    fn typed<'s>(&mut self, all: &Conjunction<'s>, kind: usize, site: Site, hints: &[&Value]) -> Built
    where
        'a: 's,
    {
        if all.impossible {
            return Built::invalid(Value::Null, "nothing is allowed here");
        }
        if self.left == 0 {
            return Built::too_large();
        }
        self.left -= 1;
        self.room = self.room.saturating_sub(1);
        match all.types().get(kind) {
            Some(&"object") => self.object(all, site, hints),
            Some(&"array") => self.array(all, site),
            Some(&"string") => self.text(all, site),
            Some(&"integer") => self.number(all, site, true),
            Some(&"number") => self.number(all, site, false),
            Some(&"boolean") => Built::valid(site.variant.is_multiple_of(2)),
            Some(&"null") => Built::valid(Value::Null),
            _ => Built::invalid(Value::Null, "no type is allowed by all schemas together"),
        }
    }

    /// The first valid value among those that the description gives: `const`, examples, a default
    /// that says something, `enum`.
    fn given(
        &mut self,
        schemas: &[&Value],
        all: &Conjunction,
        site: Site,
        hints: &[&Value],
    ) -> Option<Value> {
        let mut values: Vec<&Value> = hints.to_vec();
        let examples: Vec<&Value> = all.listed("examples").collect();
        values.extend(rotated(&examples, site.variant));
        values.extend(all.arguments("default").filter(|value| !is_empty(value)));
        let listed: Vec<&Value> =
            all.arguments("enum").find_map(Value::as_array).into_iter().flatten().collect();
        values.extend(rotated(&listed, site.variant));
        values.retain(|value| !value.is_null());
        let mut values = all.arguments("const").chain(values);
        values.find(|value| self.allowed(schemas, value)).cloned()
    }

    /// The first valid value among those that say little: defaults that are empty, and one of each
    /// type.
    fn left_over(&mut self, schemas: &[&Value], all: &Conjunction) -> Option<Value> {
        let simple =
            [json!("a"), json!(""), json!(1), json!(0.5), json!(true), json!({}), json!([]), Value::Null];
        let mut values = all.arguments("default").chain(&simple);
        values.find(|value| self.allowed(schemas, value)).cloned()
    }

    pub(super) fn allowed(&mut self, schemas: &[&Value], value: &Value) -> bool {
        schemas.iter().all(|schema| self.checker.allows(schema, value))
    }

    /// `built` with the reason why it is not valid, if it is not.
    fn explained(&mut self, schemas: &[&Value], built: Built) -> Built {
        let mut violations = schemas.iter().flat_map(|schema| self.checker.violations(schema, &built.value));
        let violation = violations.next();
        let problem = violation.map(|violation| {
            let found = Problem { pointer: violation.pointer, message: violation.message };
            built.problem.unwrap_or(found)
        });
        Built { value: built.value, problem }
    }

    /// Whether a property that may be left out should be, so as not to go round in circles.
    pub(super) fn is_around(&self, schemas: &[&Value]) -> bool {
        let cycle = |schema: &&Value| self.checker.definitions.target(schema).map(|target| target.cycle);
        let around = |cycle: usize| self.cycles.iter().filter(|other| **other == cycle).count();
        schemas.iter().filter_map(cycle).any(|cycle| around(cycle) > ROUNDS)
    }
}

/// Whether `schema` is a reference and nothing more.
fn is_plain(schema: &Value) -> bool {
    schema.as_object().is_some_and(|keywords| keywords.len() == 1 && keywords.contains_key("$ref"))
}
