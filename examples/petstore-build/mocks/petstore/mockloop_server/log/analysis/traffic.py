"""What was asked and answered: operations, methods, statuses, errors, times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from mockloop_server.api import Entry
from mockloop_server.log.analysis.distribution import (
    MICROSECONDS,
    Spread,
    merged,
    percentiles,
    performance,
)
from mockloop_server.log.analysis.source import IS_ERROR, Source

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
_READING = ("GET", "HEAD", "OPTIONS")
_CLASSES = {
    1: "informational_1xx",
    2: "success_2xx",
    3: "redirection_3xx",
    4: "client_error_4xx",
    5: "server_error_5xx",
}
_MOST_UNDOCUMENTED = 50
_MOST_BUCKETS = 120
_MOST_HOURS = 1000
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400)
# Characters of a time down to seconds, minutes, hours, and the span from which they are enough.
_GRAINS = ((0, 19, 1), (2 * 3600, 16, 60), (5 * 86400, 13, 3600))


@dataclass(slots=True)
class _Endpoint:
    count: int = 0
    errors: int = 0
    total_ms: float = 0
    least: float | None = None
    most: float | None = None
    statuses: Counter[int | None] = field(default_factory=Counter)


class Traffic:
    """Gathered in one pass, by operation and status, then told in parts."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.total = 0
        self.statuses: Counter[int | None] = Counter()
        self.methods: Counter[str] = Counter()
        self.method_errors: Counter[str] = Counter()
        self.endpoints: dict[str | None, _Endpoint] = {}
        self.earliest: str | None = None
        self.latest: str | None = None
        self._spreads: dict[str | None, Spread] = {}
        self._gather()

    def _gather(self) -> None:
        sums = ", ".join(f"sum(method = '{method}')" for method in _METHODS)
        columns = (
            "operation_id, status_code, count(*), sum(process_time_ms), min(process_time_ms),"
            f" max(process_time_ms), min(timestamp), max(timestamp), {sums}"
        )
        # In the order of the index: nothing has to be sorted.
        for row in self._source.ask(columns, "GROUP BY operation_id, status_code"):
            operation, status, count, total, least, most, first, last, *by_method = row
            self.total += count
            self.statuses[status] += count
            is_error = (status or 0) >= 400
            for method, number in zip(_METHODS, by_method, strict=True):
                self.methods[method] += number
                self.method_errors[method] += number if is_error else 0
            each = self.endpoints.setdefault(operation, _Endpoint())
            each.count += count
            each.errors += count if is_error else 0
            each.total_ms += total
            each.least = least if each.least is None else min(each.least, least)
            each.most = most if each.most is None else max(each.most, most)
            each.statuses[status] += count
            self.earliest = min(self.earliest or first, first)
            self.latest = max(self.latest or last, last)
        if self.methods.total() < self.total:
            self._gather_odd_methods()
        self.methods = +self.methods

    def _gather_odd_methods(self) -> None:
        known = ", ".join(f"'{method}'" for method in _METHODS)
        columns = f"method, count(*), total({IS_ERROR})"
        where = f"method NOT IN ({known})"
        rest = "GROUP BY method ORDER BY 2 DESC LIMIT 50"
        for method, count, errors in self._source.ask(columns, rest, where=where):
            self.methods[method] += count
            self.method_errors[method] += int(errors)

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
        each = self.endpoints[entry.id]
        return {
            "method": entry.method,
            "path": entry.path,
            "operation_id": entry.id,
            "count": each.count,
            "percentage": rate(each.count, self.total),
            "errors": each.errors,
            "error_rate": rate(each.errors, each.count),
            "average_ms": round(each.total_ms / each.count, 3),
            "min_ms": each.least,
            "max_ms": each.most,
            **percentiles(self._spread(entry.id)),
        }

    def performance_part(self) -> dict[str, Any]:
        """How long requests took."""
        return performance(merged(self._spread(name) for name in self.endpoints))

    def _spread(self, operation: str | None) -> Spread:
        # By operation, since most of the time goes into sorting, and each sorts but its own.
        if operation not in self._spreads:
            where = "operation_id IS :operation"
            counted = self._source.counted(MICROSECONDS, where=where, operation=operation)
            self._spreads[operation] = Spread(counted)
        return self._spreads[operation]

    def _undocumented(self) -> list[dict[str, Any]]:
        if None not in self.endpoints:
            return []
        rows = self._source.ask(
            "method, path, status_code, count(*) AS count",
            "GROUP BY path, method, status_code"
            f" ORDER BY count DESC, path LIMIT {_MOST_UNDOCUMENTED}",
            where="operation_id IS NULL AND NOT is_admin",
        )
        return [dict(row) for row in rows]

    def error_part(self, hours: Counter[str]) -> dict[str, Any]:
        """What failed, where and when."""
        span = self._source.one("min(timestamp), max(timestamp)", where=IS_ERROR)
        named = {name or "(undocumented)": each for name, each in self.endpoints.items()}
        failing = Counter({name: each.errors for name, each in named.items()})
        statuses = Counter({str(k): n for k, n in self.statuses.items() if (k or 0) >= 400})
        return {
            "total_errors": self.errors,
            "error_rate": rate(self.errors, self.total),
            "by_status_code": _descending(statuses),
            "by_endpoint": dict((+failing).most_common(100)),
            "by_method": _descending(+self.method_errors),
            "time_distribution": {
                "first_error": span[0],
                "last_error": span[1],
                "hourly_distribution": dict(sorted(hours.items())[-_MOST_HOURS:]),
                "peak_error_hour": _most(hours),
            },
        }

    def time_part(self) -> tuple[dict[str, Any], Counter[str]]:
        """Over time; and the errors by hour."""
        if self.earliest is None or self.latest is None:
            return _no_time(), Counter()
        first, last = _time(self.earliest), _time(self.latest)
        seconds = (last - first).total_seconds()
        width, grain = next((w, g) for span, w, g in reversed(_GRAINS) if seconds >= span)
        step = next((s for s in _STEPS if s >= grain and seconds / s < _MOST_BUCKETS - 1), None)
        step = step or 86400 * (1 + int(seconds / 86400 / (_MOST_BUCKETS - 1)))
        hours: Counter[str] = Counter()
        buckets: dict[int, list[int]] = {}
        columns = f"substr(timestamp, 1, {width}) AS t, count(*), total({IS_ERROR})"
        for text, count, errors in self._source.ask(columns, "GROUP BY t"):
            if errors:
                hours[text[:13]] += int(errors)
            bucket = buckets.setdefault(int(_grain(text).timestamp()) // step * step, [0, 0])
            bucket[0] += count
            bucket[1] += int(errors)
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


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=timezone.utc)


def _grain(text: str) -> datetime:
    return _time(text if len(text) > 13 else f"{text}:00")


def _descending(counts: Counter[str]) -> dict[str, int]:
    return dict(counts.most_common())


def _most(counts: Iterable[str] | Counter[str]) -> str | None:
    return (
        max(counts, key=counts.__getitem__, default=None) if isinstance(counts, Counter) else None
    )
