//! Pairs of schemas, from the outside in. A list of what is still to be compared stands in for
//! recursion, which a long chain of definitions would exhaust.

use serde_json::Value;

use super::alternatives;
use super::flat::Flat;
use super::keywords;
use super::objects;
use super::side::Side;
use super::{At, Comparison, Direction, Effect, Finding};
use crate::pointer;
use crate::sample::keywords::show;
use crate::sample::numeric::same;

/// How many pairs are compared at most; only a description made for it has more.
const PAIRS: usize = 200_000;

/// Longer pointers are not continued.
const POINTER: usize = 500;

/// The addresses of what is compared: definitions have the same wherever they are used.
pub(super) type Key = (Direction, Vec<usize>, bool, Vec<usize>, bool);

/// Schemas of both sides that stand for the same value; none at all allow anything.
#[derive(Clone, Debug, Default)]
pub(super) struct Pair<'a> {
    pub(super) old: Vec<&'a Value>,
    pub(super) new: Vec<&'a Value>,
    /// Whether the value may be `null` whatever the schemas say, before and now.
    pub(super) or_null: (bool, bool),
    /// Where it is below the outermost value.
    pub(super) pointer: String,
}

impl<'a> Pair<'a> {
    /// A part of this one's value.
    fn below(&self, token: &str, old: Vec<&'a Value>, new: Vec<&'a Value>) -> Self {
        let mut pointer = self.pointer.clone();
        if pointer.len() < POINTER {
            pointer::push(&mut pointer, token);
        }
        Self { old, new, or_null: (false, false), pointer }
    }
}

/// What the comparison of one pair gives.
#[derive(Debug, Default)]
pub(super) struct Step<'a> {
    /// What is found about the value itself.
    pub(super) found: Vec<Finding>,
    /// What is found about properties, by name.
    of_properties: Vec<(&'a str, Finding)>,
    /// What is to be compared next.
    pub(super) inner: Vec<Pair<'a>>,
}

impl<'a> Comparison<'a> {
    /// Compares the schemas of a parameter, header or body; an absent one allows anything.
    pub(super) fn schemas(
        &mut self,
        at: &At<'_>,
        direction: Direction,
        old: Option<&'a Value>,
        new: Option<&'a Value>,
    ) {
        let pair = Pair { old: old.into_iter().collect(), new: new.into_iter().collect(), ..Pair::default() };
        let mut open = vec![pair];
        while let Some(pair) = open.pop() {
            let step = self.pair(direction, &pair);
            for finding in step.found {
                self.judge(at, direction, pair.pointer.clone(), finding);
            }
            for (name, finding) in step.of_properties {
                let mut place = pair.pointer.clone();
                pointer::push(&mut place, name);
                self.judge(at, direction, place, finding);
            }
            open.extend(step.inner.into_iter().rev());
        }
    }

    fn judge(&mut self, at: &At<'_>, direction: Direction, pointer: String, finding: Finding) {
        let at = if pointer.is_empty() { at.clone() } else { at.below(pointer) };
        let Finding { effect, code, message } = finding;
        self.say(&at, direction.judge(effect), code, message);
    }

    fn pair(&mut self, direction: Direction, pair: &Pair<'a>) -> Step<'a> {
        let mut step = Step::default();
        if self.is_equal(pair) {
            return step;
        }
        let old = Flat { or_null: pair.or_null.0, ..self.left.flatten(&pair.old) };
        let new = Flat { or_null: pair.or_null.1, ..self.right.flatten(&pair.new) };
        default(direction, &old, &new, &mut step.found);
        if self.is_first(direction, &old, &new, &mut step.found) {
            self.keywords(direction, pair, (&old, &new), &mut step);
        }
        step
    }

    fn is_equal(&self, pair: &Pair<'a>) -> bool {
        let prints = |side: &Side<'a>, schemas: &[&Value]| {
            let mut prints: Vec<u64> = schemas.iter().map(|schema| side.print(schema)).collect();
            prints.retain(|print| *print != 0);
            prints.sort_unstable();
            prints.dedup();
            prints
        };
        pair.or_null.0 == pair.or_null.1 && prints(&self.left, &pair.old) == prints(&self.right, &pair.new)
    }

    /// Whether two schemas have not been compared yet.
    fn is_first(
        &mut self,
        direction: Direction,
        old: &Flat<'a>,
        new: &Flat<'a>,
        found: &mut Vec<Finding>,
    ) -> bool {
        let addresses = |flat: &Flat<'a>| {
            let mut addresses: Vec<usize> =
                flat.members.iter().map(|members| std::ptr::from_ref(*members).addr()).collect();
            addresses.sort_unstable();
            addresses
        };
        if self.compared.len() > PAIRS {
            return false;
        }
        let key = (direction, addresses(old), old.or_null, addresses(new), new.or_null);
        let is_first = self.compared.insert(key);
        if self.compared.len() > PAIRS {
            let message = "there is too much to compare: from here on, schemas are not".to_owned();
            found.push(Finding::new(Effect::Breaking, "not-comparable", message));
            return false;
        }
        is_first
    }

    fn keywords(
        &self,
        direction: Direction,
        pair: &Pair<'a>,
        (old, new): (&Flat<'a>, &Flat<'a>),
        step: &mut Step<'a>,
    ) {
        let sides = (&self.left, &self.right);
        keywords::discriminator(old, new, &mut step.found);
        if keywords::impossible(old, new, &mut step.found)
            || alternatives::only(sides, pair, (old, new), step)
            || keywords::disjoint(old, new, &mut step.found)
        {
            return;
        }
        keywords::bounds(old, new, &mut step.found);
        keywords::constraints(old, new, &mut step.found);
        keywords::opaque((&self.left, old), (&self.right, new), &mut step.found);
        alternatives::beside(sides, pair, (old, new), step);
        self.properties(direction, pair, (old, new), step);
        others(pair, old, new, step);
        items(pair, old, new, &mut step.inner);
    }

    fn properties(
        &self,
        direction: Direction,
        pair: &Pair<'a>,
        (old, new): (&Flat<'a>, &Flat<'a>),
        step: &mut Step<'a>,
    ) {
        // What clients can't send, or never receive, is no matter to them.
        let mark = match direction {
            Direction::Sent => "readOnly",
            Direction::Received => "writeOnly",
        };
        let names = |side: &Side<'a>, flat: &Flat<'a>| -> Vec<&'a str> {
            let mut names = flat.property_names();
            names.retain(|name| !flat.property(name).iter().any(|schema| side.is_marked(schema, mark)));
            names
        };
        let (old_names, new_names) = (names(&self.left, old), names(&self.right, new));
        for property in objects::properties(direction, (old, &old_names), (new, &new_names)) {
            let name = property.name;
            step.of_properties.extend(property.finding.map(|finding| (name, finding)));
            if property.kept {
                step.inner.push(pair.below(name, old.property(name), new.property(name)));
            }
        }
    }
}

/// A client that sends nothing gets what the default says.
fn default(direction: Direction, old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) {
    if let (Direction::Sent, Some(before), Some(after)) = (direction, old.default, new.default)
        && !same(before, after)
    {
        let message = format!("what is left out was `{}` and is `{}`", show(before), show(after));
        found.push(Finding::new(Effect::Breaking, "default-changed", message));
    }
}

/// Properties that are not described.
fn others<'a>(pair: &Pair<'a>, old: &Flat<'a>, new: &Flat<'a>, step: &mut Step<'a>) {
    match (old.is_closed(), new.is_closed()) {
        (false, true) => {
            let message = "other properties than those described are no longer allowed";
            step.found.push(Finding::new(Effect::Narrower, "additional-properties-closed", message));
        }
        (true, false) => {
            let message = "other properties than those described are allowed now";
            step.found.push(Finding::new(Effect::Wider, "additional-properties-opened", message));
        }
        (true, true) => {}
        (false, false) => {
            let additional = |flat: &Flat<'a>| flat.all("additionalProperties").collect();
            step.inner.push(pair.below("*", additional(old), additional(new)));
        }
    }
}

/// Items by index where one of the sides says something of each, then all others.
fn items<'a>(pair: &Pair<'a>, old: &Flat<'a>, new: &Flat<'a>, inner: &mut Vec<Pair<'a>>) {
    let prefix = old.prefix().max(new.prefix());
    for index in 0..prefix {
        inner.push(pair.below(&index.to_string(), old.item(index), new.item(index)));
    }
    inner.push(pair.below("*", old.item(prefix), new.item(prefix)));
}
