"""What was asked and answered: operations, methods, statuses, errors, times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from mockloop_server.api import Entry
from mockloop_server.log.analysis.distribution import (
    Spread,
    merged,
    ms,
    percentiles,
    performance,
)
from mockloop_server.log.analysis.source import Source
from mockloop_server.log.shared import CONSTANTS, sql

_METHODS: list[str] = CONSTANTS["methods"]
_READING: list[str] = CONSTANTS["reading_methods"]
_CLASSES = {int(digit): name for digit, name in CONSTANTS["status_classes"].items()}
_MOST_BUCKETS: int = CONSTANTS["buckets"]
_STEPS: list[int] = CONSTANTS["bucket_seconds"]
# Characters of a time down to seconds, minutes, hours, and the span from which they are enough.
_GRAINS = [
    (each["from_seconds"], each["characters"], each["seconds"]) for each in CONSTANTS["grains"]
]


@dataclass(slots=True)
class _Endpoint:
    count: int = 0
    errors: int = 0


class Traffic:
    """Gathered in one pass, by operation and status, then told in parts."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.total = 0
        self.statuses: Counter[int | None] = Counter()
        self.methods: Counter[str] = Counter(dict.fromkeys(_METHODS, 0))
        self.method_errors = self.methods.copy()
        self.endpoints: dict[str | None, _Endpoint] = {}
        self.earliest: str | None = None
        self.latest: str | None = None
        self._first_error: str | None = None
        self._last_error: str | None = None
        self._spreads: dict[str | None, Spread] = {}
        self._gather()

    def _gather(self) -> None:
        for row in self._source.ask("traffic"):
            operation, status, count, first, last, method, other_method = row
            self.total += count
            self.statuses[status] += count
            is_error = (status or 0) >= 400
            if method == other_method:
                self._add_method(method, count, is_error)
            else:
                self._gather_methods(operation, status, is_error)
            each = self.endpoints.setdefault(operation, _Endpoint())
            each.count += count
            each.errors += count if is_error else 0
            self.earliest = min(self.earliest or first, first)
            self.latest = max(self.latest or last, last)
            if is_error:
                self._first_error = min(self._first_error or first, first)
                self._last_error = max(self._last_error or last, last)
        if self.methods.total() < self.total:
            self._gather_odd_methods()
        self.methods = +self.methods

    def _gather_methods(self, operation: str | None, status: int | None, is_error: bool) -> None:
        counts = ", ".join(sql("traffic.method", method=method) for method in _METHODS)
        group = {"operation": operation, "status": status}
        found = self._source.one("traffic.methods", group, counts=counts)
        for method, count in zip(_METHODS, found, strict=True):
            self._add_method(method, count, is_error)

    def _add_method(self, method: str, count: int, is_error: bool) -> None:
        """Odd ones are counted later, as far as they matter."""
        if method in _METHODS:
            self.methods[method] += count
            self.method_errors[method] += count if is_error else 0

    def _gather_odd_methods(self) -> None:
        known = ", ".join(f"'{method}'" for method in _METHODS)
        for method, count, errors in self._source.ask(
            "odd_methods", known=known, most=CONSTANTS["odd_methods"]
        ):
            self.methods[method] += count
            self.method_errors[method] += errors

    @property
    def errors(self) -> int:
        """How many requests were answered by an error."""
        return sum(count for status, count in self.statuses.items() if (status or 0) >= 400)

    def method_part(self) -> dict[str, Any]:
        """By method."""
        reads = sum(self.methods[method] for method in _READING)
        writes = self.total - reads
        return {
            "distribution": _descending(self.methods),
            "percentages": shares(self.methods, self.total),
            "most_common": _most(self.methods),
            "read_write_ratio": reads / writes if writes else None,
        }

    def status_part(self) -> dict[str, Any]:
        """By status."""
        known = Counter({str(k): n for k, n in self.statuses.items() if k is not None})
        classes = Counter(dict.fromkeys(_CLASSES.values(), 0))
        for status, count in self.statuses.items():
            classes["aborted" if status is None else _CLASSES.get(status // 100, "other")] += count
        good = classes["success_2xx"] + classes["redirection_3xx"]
        return {
            "distribution": _descending(known),
            "percentages": shares(known, self.total),
            "categories": dict(classes),
            "success_rate": rate(good, self.total),
            "error_rate": rate(self.errors, self.total),
            "most_common": _most(known),
        }

    def endpoint_part(self, entries: Sequence[Entry]) -> dict[str, Any]:
        """By operation, and what is beside the description."""
        called = [entry for entry in entries if entry.id in self.endpoints]
        called.sort(key=lambda entry: -self.endpoints[entry.id].count)
        listed = [self._endpoint(entry) for entry in called]
        return {
            "total_unique_endpoints": len(listed),
            "most_accessed": listed[0]["operation_id"] if listed else None,
            "by_endpoint": listed,
            "coverage": {
                "operations": len(entries),
                "called": len(called),
                "share": rate(len(called), len(entries)),
            },
            "unused_operations": [e.id for e in entries if e.id not in self.endpoints],
            "undocumented": self._undocumented(),
        }

    def _endpoint(self, entry: Entry) -> dict[str, Any]:
        each, spread = self.endpoints[entry.id], self._spread(entry.id)
        return {
            "method": entry.method,
            "path": entry.path,
            "operation_id": entry.id,
            "count": each.count,
            "percentage": rate(each.count, self.total),
            "errors": each.errors,
            "error_rate": rate(each.errors, each.count),
            "average_ms": ms(spread.mean),
            "min_ms": ms(spread.least),
            "max_ms": ms(spread.most),
            **percentiles(spread),
        }

    def performance_part(self) -> dict[str, Any]:
        """How long requests took."""
        return performance(merged(self._spread(name) for name in self.endpoints))

    def _spread(self, operation: str | None) -> Spread:
        if operation not in self._spreads:
            counted = self._source.counted("durations", {"operation": operation})
            self._spreads[operation] = Spread(*counted)
        return self._spreads[operation]

    def _undocumented(self) -> list[dict[str, Any]]:
        if None not in self.endpoints:
            return []
        rows = self._source.ask("undocumented", most=CONSTANTS["undocumented"])
        return [dict(row) for row in rows]

    def error_part(self, hours: Counter[str]) -> dict[str, Any]:
        """What failed, where and when."""
        named = {name or "(undocumented)": each for name, each in self.endpoints.items()}
        failing = Counter({name: each.errors for name, each in named.items()})
        statuses = Counter({str(k): n for k, n in self.statuses.items() if (k or 0) >= 400})
        return {
            "total_errors": self.errors,
            "error_rate": rate(self.errors, self.total),
            "by_status_code": _descending(statuses),
            "by_endpoint": dict((+failing).most_common(CONSTANTS["failing_endpoints"])),
            "by_method": _descending(+self.method_errors),
            "time_distribution": {
                "first_error": self._first_error,
                "last_error": self._last_error,
                "hourly_distribution": dict(sorted(hours.items())[-CONSTANTS["error_hours"] :]),
                "peak_error_hour": _most(hours),
            },
        }

    def time_part(self) -> tuple[dict[str, Any], Counter[str]]:
        """Over time; and the errors by hour."""
        if self.earliest is None or self.latest is None:
            return _no_time(), Counter()
        first, last = moment(self.earliest), moment(self.latest)
        seconds = (last - first).total_seconds()
        width, grain = next((w, g) for span, w, g in reversed(_GRAINS) if seconds >= span)
        step = next((s for s in _STEPS if s >= grain and seconds / s < _MOST_BUCKETS - 1), None)
        step = step or 86400 * (1 + int(seconds / 86400 / (_MOST_BUCKETS - 1)))
        hours: Counter[str] = Counter()
        buckets: dict[int, list[int]] = {}
        for text, count, errors in self._source.ask("times", width=width):
            if errors:
                hours[text[:13]] += errors
            bucket = buckets.setdefault(int(_grain(text).timestamp()) // step * step, [0, 0])
            bucket[0] += count
            bucket[1] += errors
        ends = int(first.timestamp()) // step * step, int(last.timestamp()) // step * step
        listed = [
            _bucket(start, buckets.get(start, (0, 0)), step)
            for start in range(ends[0], ends[1] + 1, step)
        ]
        told = {
            "earliest": self.earliest,
            "latest": self.latest,
            "duration_seconds": seconds,
            "duration_human": human(seconds),
            "requests_per_second": self.total / seconds if seconds else None,
            "peak": max(listed, key=lambda bucket: bucket["requests"]),
            "bucket_seconds": step,
            "buckets": listed,
        }
        return told, hours


def shares(counts: Counter[str], total: int) -> dict[str, float]:
    """Each count as a share of all."""
    return {name: round(n / total, 6) for name, n in counts.most_common()} if total else {}


def rate(part: int, whole: int) -> float | None:
    """A share, where there is a whole."""
    return round(part / whole, 6) if whole else None


def human(seconds: float) -> str:
    """A time span for reading."""
    rest, parts = int(seconds), []
    for name, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {name}")
    return " ".join(parts[:2]) or f"{seconds * 1000:.0f} ms"


def _no_time() -> dict[str, Any]:
    return {
        "earliest": None,
        "latest": None,
        "duration_seconds": 0,
        "duration_human": human(0),
        "requests_per_second": None,
        "peak": None,
        "bucket_seconds": 1,
        "buckets": [],
    }


def _bucket(start: int, counts: Sequence[int], step: int) -> dict[str, Any]:
    time = datetime.fromtimestamp(0, timezone.utc) + timedelta(seconds=start)
    return {
        "start": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "requests": counts[0],
        "errors": counts[1],
        "requests_per_second": counts[0] / step,
    }


def moment(text: str) -> datetime:
    """A time as the log writes it."""
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=timezone.utc)


def _grain(text: str) -> datetime:
    return moment(text if len(text) > 13 else f"{text}:00")


def _descending(counts: Counter[str]) -> dict[str, int]:
    return dict(counts.most_common())


def _most(counts: Iterable[str] | Counter[str]) -> str | None:
    return (
        max(counts, key=counts.__getitem__, default=None) if isinstance(counts, Counter) else None
    )
