"""How values are spread: percentiles, deviation, histogram."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import mul
from typing import Any

from mockloop_server.log.analysis.source import Source
from mockloop_server.log.shared import CONSTANTS

PERCENTILES: list[int] = CONSTANTS["percentiles"]

_BOUNDS_MS: list[int] = CONSTANTS["histogram_ms"]


class Spread:
    """Values with how often each occurs, in order."""

    def __init__(self, values: Sequence[int], counts: Sequence[int]) -> None:
        self.values = values
        self.counts = counts
        self._ends = list(accumulate(counts))
        self.count = self._ends[-1] if self._ends else 0
        self.total = sum(map(mul, values, counts))

    @property
    def mean(self) -> float | None:
        """The average."""
        return self.total / self.count if self.count else None

    @property
    def deviation(self) -> float | None:
        """The standard deviation of all values there are."""
        if not self.count:
            return None
        # Whole numbers to the last step, so that nothing depends on the order of a sum.
        squares = sum(map(mul, map(mul, self.values, self.values), self.counts))
        return math.sqrt(self.count * squares - self.total * self.total) / self.count

    @property
    def least(self) -> int | None:
        """The smallest value."""
        return self.values[0] if self.values else None

    @property
    def most(self) -> int | None:
        """The largest value."""
        return self.values[-1] if self.values else None

    def percentile(self, percent: float) -> float | None:
        """The value that so much of all does not exceed, between the two nearest."""
        if not self.count:
            return None
        place = (self.count - 1) * percent / 100
        rank = math.floor(place) + 1
        low, high = self._at(rank), self._at(min(rank + 1, self.count))
        return low + (high - low) * (place + 1 - rank)

    def up_to(self, bound: int) -> int:
        """How many values are `bound` at most."""
        place = bisect_right(self.values, bound)
        return self._ends[place - 1] if place else 0

    def _at(self, rank: int) -> int:
        return self.values[bisect_left(self._ends, rank)]


def merged(spreads: Iterable[Spread]) -> Spread:
    """All values of several."""
    counts: dict[int, int] = {}
    for spread in spreads:
        for value, count in zip(spread.values, spread.counts, strict=True):
            counts[value] = counts.get(value, 0) + count
    values = sorted(counts)
    return Spread(values, [counts[value] for value in values])


def performance(spread: Spread) -> dict[str, Any]:
    """How long requests took, of their microseconds."""
    below = [spread.up_to(bound * 1000) for bound in _BOUNDS_MS]
    steps = [b - a for a, b in zip([0, *below], [*below, spread.count], strict=True)]
    fast = spread.up_to(CONSTANTS["fast_below_ms"] * 1000 - 1)
    medium = spread.up_to(CONSTANTS["slow_above_ms"] * 1000)
    return {
        "total_measured": spread.count,
        "average_ms": ms(spread.mean),
        "median_ms": ms(spread.percentile(50)),
        "min_ms": ms(spread.least),
        "max_ms": ms(spread.most),
        **percentiles(spread),
        "std_dev_ms": ms(spread.deviation),
        "performance_distribution": {
            "fast_under_100ms": fast,
            "medium_100_500ms": medium - fast,
            "slow_over_500ms": spread.count - medium,
        },
        "histogram": [
            {"le_ms": bound, "count": count}
            for bound, count in zip([*_BOUNDS_MS, None], steps, strict=True)
        ],
    }


def percentiles(spread: Spread) -> dict[str, float | None]:
    """The percentiles of microseconds, in milliseconds."""
    return {f"p{percent}_ms": ms(spread.percentile(percent)) for percent in PERCENTILES}


def response_sizes(source: Source) -> dict[str, Any]:
    """How large responses were."""
    spread = Spread(*source.counted("response_sizes"))
    return {
        "total_responses": spread.count,
        "total_bytes": spread.total,
        "average_bytes": spread.mean,
        "median_bytes": spread.percentile(50),
        "min_bytes": spread.least,
        "max_bytes": spread.most,
        "large_responses": spread.count - spread.up_to(CONSTANTS["large_bytes"]),
    }


def ms(microseconds: float | None) -> float | None:
    """Microseconds as milliseconds."""
    return None if microseconds is None else round(microseconds / 1000, 3)
