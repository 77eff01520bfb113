//! How values are spread: percentiles, deviation, histogram; and how numbers are rounded.

use super::shared::CONSTANTS;
use crate::admin::models::{HistogramStep, Performance, SpeedClasses};

/// Values with how often each occurs, in order.
#[derive(Debug, Default)]
pub(super) struct Spread {
    values: Vec<i64>,
    /// Of all values up to each, how many there are.
    ends: Vec<i64>,
    /// The sum of all values.
    pub(super) total: i128,
}

impl Spread {
    /// Of pairs in order.
    pub(super) fn new(counted: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut spread = Self::default();
        for (value, count) in counted {
            spread.total += i128::from(value) * i128::from(count);
            spread.ends.push(spread.count().saturating_add(count));
            spread.values.push(value);
        }
        spread
    }

    /// All values of several.
    pub(super) fn merged<'a>(spreads: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut pairs: Vec<(i64, i64)> = spreads.into_iter().flat_map(Self::pairs).collect();
        pairs.sort_unstable();
        pairs.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 += next.1;
            }
            is_same
        });
        Self::new(pairs)
    }

    /// How many values there are.
    pub(super) fn count(&self) -> i64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The average.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.count() > 0).then(|| float(self.total) / float(self.count()))
    }

    /// The smallest value.
    pub(super) fn least(&self) -> Option<i64> {
        self.values.first().copied()
    }

    /// The largest value.
    pub(super) fn most(&self) -> Option<i64> {
        self.values.last().copied()
    }

    /// The value that so much of all does not exceed, between the two nearest.
    pub(super) fn percentile(&self, percent: i64) -> Option<f64> {
        let count = self.count();
        let place = float(count.checked_sub(1)?.saturating_mul(percent)) / 100.0;
        let rank = (count - 1).saturating_mul(percent) / 100 + 1;
        let (low, high) = (self.at(rank)?, self.at((rank + 1).min(count))?);
        Some(float(low) + float(i128::from(high) - i128::from(low)) * (place + 1.0 - float(rank)))
    }

    /// How many values are `bound` at most.
    pub(super) fn up_to(&self, bound: i64) -> i64 {
        let place = self.values.partition_point(|value| *value <= bound);
        place.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0)
    }

    /// The standard deviation of all values there are.
    fn deviation(&self) -> Option<f64> {
        let count = i128::from(self.count());
        if count == 0 {
            return None;
        }
        // Whole numbers to the last step, so that nothing depends on the order of a sum; where they are too large
        // for it, no digit of the result is.
        let square_of =
            |(value, count): (i64, i64)| (i128::from(value).pow(2)).checked_mul(i128::from(count));
        let squares = self.pairs().try_fold(0_i128, |sum, pair| sum.checked_add(square_of(pair)?));
        let exact = squares
            .and_then(|squares| squares.checked_mul(count)?.checked_sub(self.total.checked_mul(self.total)?))
            .map(float);
        let spread = exact.unwrap_or_else(|| {
            let squares: f64 = self.pairs().map(|(value, count)| float(value).powi(2) * float(count)).sum();
            (squares * float(count) - float(self.total).powi(2)).max(0.0)
        });
        Some(spread.sqrt() / float(count))
    }

    fn pairs(&self) -> impl Iterator<Item = (i64, i64)> {
        let before = std::iter::once(0).chain(self.ends.iter().copied());
        self.values.iter().zip(&self.ends).zip(before).map(|((value, end), before)| (*value, end - before))
    }

    fn at(&self, rank: i64) -> Option<i64> {
        self.values.get(self.ends.partition_point(|end| *end < rank)).copied()
    }
}

/// How long requests took, of their microseconds.
pub(super) fn performance(spread: &Spread) -> Performance {
    let (fast, medium) =
        (spread.up_to(CONSTANTS.fast_below_ms * 1000 - 1), spread.up_to(CONSTANTS.slow_above_ms * 1000));
    let bounds = CONSTANTS.histogram_ms.iter().map(|bound| Some(*bound)).chain([None]);
    let mut below = 0;
    let histogram = bounds.map(|bound| {
        let end = bound.map_or(spread.count(), |bound| spread.up_to(i64::from(bound) * 1000));
        HistogramStep { le_ms: bound.map(f64::from), count: end - std::mem::replace(&mut below, end) }
    });
    Performance {
        total_measured: spread.count(),
        average_ms: spread.mean().map(ms),
        median_ms: spread.percentile(50).map(ms),
        min_ms: spread.least().map(float).map(ms),
        max_ms: spread.most().map(float).map(ms),
        p50_ms: spread.percentile(50).map(ms),
        p90_ms: spread.percentile(90).map(ms),
        p95_ms: spread.percentile(95).map(ms),
        p99_ms: spread.percentile(99).map(ms),
        std_dev_ms: spread.deviation().map(ms),
        performance_distribution: SpeedClasses {
            fast_under_100ms: fast,
            medium_100_500ms: medium - fast,
            slow_over_500ms: spread.count() - medium,
        },
        histogram: histogram.collect(),
    }
}

/// Microseconds as milliseconds, to 3 digits.
pub(super) fn ms(microseconds: f64) -> f64 {
    round(microseconds / 1000.0, 3)
}

/// A share to 6 digits, where there is a whole.
pub(super) fn rate(part: i64, whole: i64) -> Option<f64> {
    (whole != 0).then(|| round(float(part) / float(whole), 6))
}

/// A whole number as a fraction.
#[expect(clippy::cast_precision_loss, reason = "counts and times that are this large are not told exactly")]
pub(super) fn float(number: impl Into<i128>) -> f64 {
    number.into() as f64
}

/// The nearest number of so many digits, the even one of two, as Python rounds.
fn round(number: f64, digits: usize) -> f64 {
    format!("{number:.digits$}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_that_of_python() {
        let told = [(0.0005, 0.001), (0.0015, 0.002), (2.0005, 2.001), (2.6745, 2.675), (1e22, 1e22)];
        for (number, rounded) in told {
            assert_eq!(round(number, 3).to_bits(), f64::to_bits(rounded), "{number}");
        }
    }

    #[test]
    fn extreme_values_neither_panic_nor_overflow() {
        let spread = Spread::new([(i64::MIN, 1), (0, 5), (i64::MAX, i64::MAX - 6)]);
        assert!(performance(&spread).std_dev_ms.is_some_and(f64::is_finite));
        assert_eq!(Spread::merged([&spread, &Spread::default()]).most(), Some(i64::MAX));
        assert_eq!(performance(&Spread::default()).p99_ms, None);
    }

    #[test]
    fn percentiles_lie_between_the_nearest() {
        let spread = Spread::new([(1000, 1), (2000, 2), (4000, 1)]);
        let percentiles = [50, 90, 99].map(|percent| spread.percentile(percent).map(ms));
        assert_eq!(percentiles, [Some(2.0), Some(3.4), Some(3.94)]);
        assert_eq!((spread.up_to(999), spread.up_to(1000), spread.up_to(5000)), (0, 1, 4));
    }
}
