//! Arrays.

use serde_json::Value;

use super::Problem;
use super::build::{Builder, Built, Site};
use super::conjunction::Conjunction;
use super::keywords::limit;
use super::numeric::same;
use super::plausible::singular;

/// How many items are made at most.
const MOST: usize = 1000;
/// How many other items are tried where all must differ.
const OTHERS: usize = 40;

impl<'a> Builder<'a> {
    /// An array that follows `all`.
    pub(super) fn array<'s>(&mut self, all: &Conjunction<'s>, site: Site) -> Built
    where
        'a: 's,
    {
        let least = all.arguments("minItems").filter_map(limit).max().unwrap_or(0);
        let most = all.arguments("maxItems").filter_map(limit).min().unwrap_or(usize::MAX);
        let prefix =
            all.arguments("prefixItems").filter_map(Value::as_array).map(Vec::len).max().unwrap_or(0);
        let contained = contained(all);

        let mut wanted = least.max(contained.len());
        if !site.minimal && self.room > 0 {
            wanted = wanted.max(prefix + contained.len()).max(1);
        }
        let wanted = wanted.min(most).min(MOST);
        // What `contains` asks for comes last, where `prefixItems` do not reach if possible.
        let start = wanted.saturating_sub(contained.len());
        let unique = all.arguments("uniqueItems").any(|unique| *unique == Value::Bool(true));
        let name = site.name.map(singular);

        let mut items: Vec<Value> = Vec::new();
        let mut problem = None;
        for index in 0..wanted {
            let Some(mut schemas) = item(all, index) else { break };
            schemas.extend(index.checked_sub(start).and_then(|index| contained.get(index)));
            let site = Site { name: name.as_deref(), variant: site.variant + index, ..site };
            let others = if unique { &items[..] } else { &[] };
            let built = self.item(&schemas, site, others);
            if let Some(found) = built.problem {
                if items.len() >= least && contained.is_empty() {
                    break;
                }
                problem.get_or_insert_with(|| found.inside(&index.to_string()));
            }
            items.push(built.value);
        }
        if problem.is_none() {
            problem = shortage(least, most, items.len());
        }
        Built { value: Value::Array(items), problem }
    }

    /// An item that is not among `others`.
    fn item(&mut self, schemas: &[&Value], site: Site, others: &[Value]) -> Built {
        let mut built = self.build(schemas, site, &[]);
        for variant in 1..=OTHERS {
            if built.problem.is_some() || !others.iter().any(|other| same(other, &built.value)) {
                return built;
            }
            built = self.build(schemas, Site { variant: site.variant + variant, ..site }, &[]);
        }
        Built::invalid(built.value, "no further item was found that differs from the others")
    }
}

/// The schemas of the item at `index`; none at all where there may be no item.
fn item<'s>(all: &Conjunction<'s>, index: usize) -> Option<Vec<&'s Value>> {
    let mut schemas = Vec::new();
    for keywords in &all.members {
        let prefix = keywords.get("prefixItems").and_then(Value::as_array);
        let own = prefix.and_then(|prefix| prefix.get(index));
        schemas.extend(own.or_else(|| keywords.get("items")));
    }
    if schemas.is_empty() {
        schemas.extend(all.arguments("unevaluatedItems"));
    }
    if schemas.contains(&&Value::Bool(false)) {
        return None;
    }
    schemas.retain(|schema| schema.is_object());
    Some(schemas)
}

/// The schemas that some item must follow, as often as they must be followed.
fn contained<'s>(all: &Conjunction<'s>) -> Vec<&'s Value> {
    let mut schemas = Vec::new();
    for keywords in &all.members {
        if let Some(schema) = keywords.get("contains") {
            let times = keywords.get("minContains").and_then(limit).unwrap_or(1);
            schemas.extend(std::iter::repeat_n(schema, times.min(MOST)));
        }
    }
    schemas
}

fn shortage(least: usize, most: usize, count: usize) -> Option<Problem> {
    let message = if least > most {
        format!("`minItems` {least} is above `maxItems` {most}")
    } else if least > MOST {
        format!("`minItems` {least} is above {MOST}, the most that is made")
    } else if count < least {
        format!("only {count} items are possible, `minItems` is {least}")
    } else {
        return None;
    };
    Some(Problem { pointer: String::new(), message })
}
