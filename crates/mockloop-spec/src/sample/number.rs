//! Numbers.

use serde_json::{Number, Value, json};

use super::build::{Builder, Built, Site};
use super::conjunction::Conjunction;
use super::numeric::Numeric;
use super::plausible;

/// The bounds of a number.
#[derive(Clone, Debug)]
struct Bounds<'s> {
    least: Option<Bound<'s>>,
    most: Option<Bound<'s>>,
    steps: Vec<&'s Value>,
}

/// One bound, with the keyword that says it.
#[derive(Clone, Copy, Debug)]
struct Bound<'s> {
    keyword: &'s str,
    limit: Numeric,
    exclusive: bool,
}

impl<'a> Builder<'a> {
    /// A number that follows `all`.
    pub(super) fn number<'s>(&mut self, all: &Conjunction<'s>, site: Site, integer: bool) -> Built
    where
        'a: 's,
    {
        let bounds = Bounds::of(all);
        if let Some(message) = bounds.contradiction() {
            return Built::invalid(json!(0), message);
        }
        let start = start(all, site, integer);
        for candidate in candidates(&bounds, start, site.variant, integer) {
            let whole = !integer || Numeric::of(&candidate).is_some_and(Numeric::is_integer);
            if whole && all.members.iter().all(|member| self.checker.allows_keywords(member, &candidate)) {
                return Built::valid(candidate);
            }
        }
        if bounds.least.is_none() && bounds.most.is_none() && bounds.steps.is_empty() {
            // What is wrong is not about numbers.
            return Built::valid(json!(1));
        }
        Built::invalid(
            json!(0),
            format!("no {} was found {bounds}", if integer { "integer" } else { "number" }),
        )
    }
}

impl<'s> Bounds<'s> {
    fn of(all: &Conjunction<'s>) -> Self {
        let mut bounds = Self { least: None, most: None, steps: Vec::new() };
        for (keyword, exclusive) in [("minimum", false), ("exclusiveMinimum", true)] {
            for limit in all.arguments(keyword).filter_map(Numeric::of) {
                let tighter = |bound: &Bound| limit.compare(bound.limit).is_ge();
                if bounds.least.as_ref().is_none_or(tighter) {
                    bounds.least = Some(Bound { keyword, limit, exclusive });
                }
            }
        }
        for (keyword, exclusive) in [("maximum", false), ("exclusiveMaximum", true)] {
            for limit in all.arguments(keyword).filter_map(Numeric::of) {
                let tighter = |bound: &Bound| limit.compare(bound.limit).is_le();
                if bounds.most.as_ref().is_none_or(tighter) {
                    bounds.most = Some(Bound { keyword, limit, exclusive });
                }
            }
        }
        bounds
            .steps
            .extend(all.arguments("multipleOf").filter(|step| step.as_f64().is_some_and(|step| step > 0.0)));
        bounds
    }

    fn contradiction(&self) -> Option<String> {
        let (least, most) = (self.least?, self.most?);
        let (low, high) = (show(least.limit), show(most.limit));
        let order = least.limit.compare(most.limit);
        if order.is_gt() {
            Some(format!("`{}` {low} is above `{}` {high}", least.keyword, most.keyword))
        } else if order.is_eq() && (least.exclusive || most.exclusive) {
            Some(format!("nothing is between `{}` {low} and `{}` {high}", least.keyword, most.keyword))
        } else {
            None
        }
    }
}

impl std::fmt::Display for Bounds<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bounds = self.least.iter().chain(&self.most);
        let mut words: Vec<String> =
            bounds.map(|bound| format!("`{}` {}", bound.keyword, show(bound.limit))).collect();
        words.extend(self.steps.iter().map(|step| format!("`multipleOf` {step}")));
        write!(out, "for {}", words.join(" and "))
    }
}

fn show(limit: Numeric) -> String {
    match limit {
        Numeric::Integer(integer) => integer.to_string(),
        Numeric::Float(float) => json!(float).to_string(),
    }
}

/// The number to start from: what is plausible for the name.
fn start(all: &Conjunction, site: Site, integer: bool) -> f64 {
    let name = site.name.unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "variants are small")]
    let variant = site.variant as f64;
    let plausible = if integer { plausible::integer(name) } else { plausible::decimal(name) };
    let fallback = if integer || !all.has(&["multipleOf"]) { 1.0 } else { 0.0 };
    plausible.unwrap_or(fallback) + variant
}

/// Numbers to try, the most plausible first.
fn candidates(bounds: &Bounds, start: f64, variant: usize, integer: bool) -> Vec<Value> {
    let mut found = Vec::new();
    let aim = clamped(bounds, start, integer);
    for &step in &bounds.steps {
        found.extend(multiples(bounds, step, aim, variant));
    }
    if let (Some(first), true) = (bounds.steps.first(), bounds.steps.len() > 1) {
        // Steps of several sizes: the products of them all, and a walk in steps of the first.
        let product: f64 = bounds.steps.iter().filter_map(|step| step.as_f64()).product();
        found.extend(multiples(bounds, &json!(product), aim, variant));
        let size = first.as_f64().unwrap_or(1.0);
        let walk = (0..200_u32).flat_map(|at| [aim + f64::from(at) * size, aim - f64::from(at) * size]);
        found.extend(walk.flat_map(|aim| multiples(bounds, first, aim, 0)));
    }
    if integer
        && let Some(first) =
            bounds.steps.iter().find(|step| step.as_f64().is_some_and(|step| step.fract() != 0.0))
    {
        let size = first.as_f64().unwrap_or(1.0);
        found.extend((0..200_u32).flat_map(|at| multiples(bounds, first, aim + f64::from(at) * size, 0)));
    }
    found.extend([aim, aim + 0.5].into_iter().filter_map(number));
    let ends = bounds.least.iter().chain(&bounds.most);
    for bound in ends.clone() {
        if let Numeric::Integer(integer) = bound.limit {
            for near in [integer, integer.saturating_add(1), integer.saturating_sub(1)] {
                found.extend(Number::from_i128(near).map(Value::Number));
            }
        }
        found.extend(number(bound.limit.as_f64()));
    }
    for bound in ends {
        let limit = bound.limit.as_f64();
        found.extend([limit.next_up(), limit.next_down()].into_iter().filter_map(number));
    }
    found.push(json!(0));
    found
}

/// `start`, moved to where the bounds allow it.
fn clamped(bounds: &Bounds, start: f64, integer: bool) -> f64 {
    let low = bounds.least.map(|bound| bound.limit.as_f64());
    let high = bounds.most.map(|bound| bound.limit.as_f64());
    let is_low = bounds.least.is_some_and(|bound| below(start, bound));
    let is_high = bounds.most.is_some_and(|bound| above(start, bound));
    match (low, high) {
        _ if !is_low && !is_high => start,
        (Some(low), Some(high)) if !integer && high - low < 2.0 => f64::midpoint(low, high),
        (Some(low), _) if is_low => {
            let next =
                if bounds.least.is_some_and(|bound| bound.exclusive) { low.floor() + 1.0 } else { low };
            if integer { next.ceil() } else { next }
        }
        (_, Some(high)) => {
            let next =
                if bounds.most.is_some_and(|bound| bound.exclusive) { high.ceil() - 1.0 } else { high };
            if integer { next.floor() } else { next }
        }
        _ => start,
    }
}

fn below(value: f64, bound: Bound) -> bool {
    let limit = bound.limit.as_f64();
    value < limit || (bound.exclusive && value <= limit)
}

fn above(value: f64, bound: Bound) -> bool {
    let limit = bound.limit.as_f64();
    value > limit || (bound.exclusive && value >= limit)
}

/// Multiples of `step` around `aim`, written with as many decimals as `step` has.
#[expect(
    clippy::cast_possible_truncation,
    reason = "saturates, and what is wrong is sorted out by the check"
)]
fn multiples(bounds: &Bounds, step: &Value, aim: f64, variant: usize) -> Vec<Value> {
    let Some(size) = step.as_f64() else { return Vec::new() };
    let nearest = (aim / size).round() as i128 + variant as i128;
    let mut times = vec![nearest, nearest + 1, nearest - 1];
    for bound in bounds.least.iter().chain(&bounds.most) {
        let at = (bound.limit.as_f64() / size).round() as i128;
        times.extend([at, at.saturating_add(1), at.saturating_sub(1)]);
    }
    times.push(0);
    let mut found: Vec<Value> = times.into_iter().filter_map(|times| product(times, step)).collect();
    // Many validators divide floats, to which 19.99 is no multiple of 0.01, but 20 is.
    found.sort_by_key(|value| value.as_f64().is_none_or(|float| (float / size).fract() != 0.0));
    found
}

/// `times` times `step`, exactly where its digits allow it.
fn product(times: i128, step: &Value) -> Option<Value> {
    let text = step.to_string();
    let (digits, decimals) = match text.split_once('.') {
        Some((_, "0")) | None => (text.trim_end_matches(".0").parse::<i128>().ok(), 0),
        Some((whole, fraction)) => (format!("{whole}{fraction}").parse::<i128>().ok(), fraction.len()),
    };
    let Some(exact) = digits.and_then(|digits| digits.checked_mul(times)) else {
        #[expect(clippy::cast_precision_loss, reason = "there is no exact way")]
        return number(times as f64 * step.as_f64()?);
    };
    if decimals == 0 {
        return Number::from_i128(exact)
            .map(Value::Number)
            .or_else(|| number(Numeric::Integer(exact).as_f64()));
    }
    let sign = if exact < 0 { "-" } else { "" };
    let padded = format!("{:0>width$}", exact.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = padded.split_at_checked(padded.len() - decimals)?;
    number(format!("{sign}{whole}.{fraction}").parse().ok()?)
}

/// A float as a JSON number: without a fraction where it has none.
fn number(float: f64) -> Option<Value> {
    match Numeric::of_f64(float) {
        Numeric::Integer(integer) => Number::from_i128(integer).map(Value::Number),
        Numeric::Float(_) => None,
    }
    .or_else(|| Number::from_f64(float).map(Value::Number))
}
