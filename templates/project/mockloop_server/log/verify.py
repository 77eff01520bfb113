"""Whether requests came as a test expects, and which came nearest."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

import orjson

from mockloop_server.log.filters import Filter
from mockloop_server.log.record import readable
from mockloop_server.log.search import ALL, LIGHT
from mockloop_server.log.secrets import MASK
from mockloop_server.log.show import data
from mockloop_server.problem import Violation, short
from mockloop_server.regex import compile_regex
from mockloop_server.steering.match import compile_path, fits_path, fits_schema, same

Row = dict[str, Any]
Mismatch = dict[str, str]
Test = Callable[[Any], str | None]
"""What is wrong with a value; `...` stands for one that is not there."""

_CHECKED = 100_000
_NEAR = 2_000
_IDS = 100
_LONGEST_SECONDS = 20.0
# What the database finds by itself; the others are looked for in each request that it finds.
_OF_DATABASE = ("operation_id", "method", "path", "status", "time_from", "time_to", "session_id")
_SCOPE = ("time_from", "time_to", "session_id")
_NOT_JSON = object()
_CUT = (
    "is longer than what the log keeps of a body, and was cut there; MOCKLOOP_LOG_BODY_LIMIT"
    " sets how much that is"
)
_MASKED = "is masked in the log, and cannot be compared; `present` tells whether it is there"
_SHOWN = 5


class BadVerification(Exception):
    """A verification that cannot be done."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(str(violation))
        self.violation = violation


class Verification:
    """What is expected: conditions on requests, and how many of these there are to be."""

    def __init__(self, wanted: Mapping[str, Any]) -> None:
        request = wanted["request"]
        self._exact = self._filter(request, _OF_DATABASE)
        self._scope = self._filter(request, _SCOPE)
        self._times = wanted.get("times") or {"at_least": 1}
        # A whole number may be written as 3.0.
        self._near = int(wanted.get("near_misses", 3))
        self._conditions: list[tuple[str, str, Callable[[Row], Any], Test]] = []
        for name, value in request.items():
            self._add(name, value)
        self._end = 0.0

    @staticmethod
    def _filter(request: Mapping[str, Any], names: Sequence[str]) -> Filter:
        given = {name: request[name] for name in names if name in request}
        if "method" in given:
            given["method"] = [given["method"]]
        return Filter(given, {}, "body", "/request")

    def verify(self, db: sqlite3.Connection) -> dict[str, Any]:
        """The verdict."""
        self._end = time.monotonic() + _LONGEST_SECONDS
        count, checked = 0, 0
        ids: list[int] = []
        for row in self._rows(db, self._exact, _CHECKED + 1):
            checked += 1
            if checked > _CHECKED:
                message = f"fits more than {_CHECKED} requests; say more of which are meant"
                raise BadVerification(Violation("body", "/request", message))
            if not self._mismatches(row, many=False):
                count += 1
                ids += [row["id"]] if len(ids) < _IDS else []
        verified = self._is_expected(count)
        return {
            "verified": verified,
            "count": count,
            "checked": checked,
            "message": self._message(count),
            "request_ids": ids,
            "near_misses": [] if verified or not self._near else self._near_misses(db),
        }

    def _near_misses(self, db: sqlite3.Connection) -> list[dict[str, Any]]:
        near = [
            (self._distance(wrong), -row["id"], row, wrong)
            for row in self._rows(db, self._scope, _NEAR)
            if (wrong := self._mismatches(row, many=True))
        ]
        near.sort(key=lambda each: each[:2])
        return [
            {"request": {name: row[name] for name in LIGHT}, "mismatches": wrong}
            for _, _, row, wrong in near[: self._near]
        ]

    def _rows(self, db: sqlite3.Connection, filter: Filter, most: int) -> Iterator[Row]:
        query = (
            f"SELECT {', '.join(ALL)} FROM request_logs WHERE {filter.where}"
            f" ORDER BY id DESC LIMIT {most}"
        )
        for row in db.execute(query, filter.values):
            if time.monotonic() > self._end:
                message = f"takes longer than {_LONGEST_SECONDS:g} s; say more of which are meant"
                raise BadVerification(Violation("body", "/request", message))
            yield readable(dict(row))

    def _mismatches(self, row: Row, *, many: bool) -> list[Mismatch]:
        found: list[Mismatch] = []
        for place, name, value, test in self._conditions:
            message = test(value(row))
            if message is not None:
                found.append({"in": place, "name": name, "message": message})
                if not many:
                    break
        return found

    @staticmethod
    def _distance(wrong: list[Mismatch]) -> int:
        # A request to another operation is further away than one with another body.
        weights = {"operation_id": 4, "path": 4, "method": 2}
        return sum(weights.get(each["in"], 1) for each in wrong)

    def _is_expected(self, count: int) -> bool:
        times = self._times
        least = times.get("exactly", times.get("at_least", 0))
        most = times.get("exactly", times.get("at_most", count))
        return bool(least <= count <= most)

    def _message(self, count: int) -> str:
        words = {"exactly": "exactly", "at_least": "at least", "at_most": "at most"}
        wanted = " and ".join(f"{words[name]} {number}" for name, number in self._times.items())
        return f"Expected {wanted}, and there {'was' if count == 1 else 'were'} {count or 'none'}."

    def _add(self, name: str, value: Any) -> None:
        if name in ("operation_id", "method", "path"):
            wanted = value.upper() if name == "method" else value
            test = _glob(wanted) if name == "path" and "*" in wanted else _equal(wanted)
            self._conditions.append((name, name, lambda row: row[name], test))
        elif name == "status":
            self._conditions.append((name, name, lambda row: row["status_code"], _status(value)))
        elif name == "query":
            for key, matcher in value.items():
                self._value("query", key, f"/request/query/{_escape(key)}", _in_query(key), matcher)
        elif name == "headers":
            for key, matcher in value.items():
                where = f"/request/headers/{_escape(key)}"
                self._value("header", key, where, _in_headers(key), matcher)
        elif name == "body":
            self._body(value)

    def _value(
        self, place: str, name: str, where: str, value: Callable[[Row], Any], matcher: Any
    ) -> None:
        if not isinstance(matcher, dict):
            matcher = {"equals": matcher}
        try:
            for kind, wanted in matcher.items():
                test = _MATCHERS[kind](wanted)
                test = test if kind == "present" else _of_shown(test)
                self._conditions.append((place, name, value, test))
        except ValueError as error:
            raise BadVerification(Violation("body", where, str(error))) from None

    def _body(self, matcher: Mapping[str, Any]) -> None:
        where = "/request/body"
        try:
            for kind, wanted in matcher.items():
                where = f"/request/body/{kind}"
                if kind == "json_path":
                    for path, each in wanted.items():
                        where = f"/request/body/json_path/{_escape(path)}"
                        self._conditions.append(("body", path, _json, _of_json(_path(path, each))))
                elif kind in ("contains", "matches"):
                    test = _contains(wanted) if kind == "contains" else _matches(wanted)
                    self._conditions.append(("body", kind, _text, _of_text(test)))
                else:
                    test = _schema(wanted) if kind == "schema" else _equal(wanted)
                    self._conditions.append(("body", kind, _json, _of_json(test)))
        except ValueError as error:
            raise BadVerification(Violation("body", where, str(error))) from None


def _in_query(name: str) -> Callable[[Row], Any]:
    return lambda row: (row["query_params"] or {}).get(name, ...)


def _in_headers(name: str) -> Callable[[Row], Any]:
    lower = name.lower()
    return lambda row: row["request_headers"].get(lower, ...)


@dataclass(frozen=True, slots=True)
class _Cut:
    """The beginning of a body, which is all that the log has of it."""

    text: str


def _text(row: Row) -> Any:
    body, note = row["request_body"], row["request_body_note"]
    if body is None:
        return ...
    text = data(body, note).decode("utf-8", "replace")
    return _Cut(text) if "truncated" in (note or "") else text


def _json(row: Row) -> Any:
    text = _text(row)
    if text is ... or isinstance(text, _Cut):
        return text
    try:
        return orjson.loads(data(row["request_body"], row["request_body_note"]))
    except ValueError:
        return _NOT_JSON


def _equal(wanted: Any) -> Test:
    def test(value: Any) -> str | None:
        if value is ...:
            return f"is missing; it should be {_shown(wanted)}"
        values = value if isinstance(value, list) and not isinstance(wanted, list) else [value]
        if any(same(each, wanted) or _written(each, wanted) for each in values):
            return None
        return f"is {_shown(value)}, not {_shown(wanted)}"

    return test


def _written(value: Any, wanted: Any) -> bool:
    """Whether a text, as a query or header has it, stands for a number or boolean."""
    return isinstance(value, str) and not isinstance(wanted, str) and value == json.dumps(wanted)


def _matches(pattern: str) -> Test:
    found = compile_regex(pattern)

    def test(value: Any) -> str | None:
        if value is ...:
            return f"is missing; it should match {pattern}"
        values = value if isinstance(value, list) else [value]
        if any(found(each if isinstance(each, str) else json.dumps(each)) for each in values):
            return None
        return f"is {_shown(value)}, which has no match of {pattern}"

    return test


def _present(wanted: bool) -> Test:
    message = "is missing" if wanted else "is there"
    return lambda value: None if (value is not ...) is wanted else message


def _contains(wanted: str) -> Test:
    def test(value: Any) -> str | None:
        if value is ...:
            return "is missing"
        return None if wanted in value else f"does not hold {_shown(wanted)}"

    return test


def _glob(pattern: str) -> Test:
    # `*` is the only wildcard.
    escaped = pattern.replace("[", "[[]").replace("?", "[?]")
    return lambda value: (
        None if fnmatchcase(value, escaped) else f"is {_shown(value)}, not {_shown(pattern)}"
    )


def _status(text: str) -> Test:
    low, _, high = text.partition("-")
    if text[1:].lower() == "xx":
        low, high = f"{text[0]}00", f"{text[0]}99"
    first, last = sorted((int(low), int(high or low)))
    statuses = range(first, last + 1)
    return lambda value: None if value in statuses else f"is {_shown(value)}, not {text}"


def _schema(schema: Any) -> Test:
    fits = fits_schema(schema)

    def test(value: Any) -> str | None:
        if value is ...:
            return "is missing"
        return None if fits(value) else f"is {_shown(value)}, which the schema does not allow"

    return test


def _of_shown(test: Test) -> Test:
    def check(value: Any) -> str | None:
        message = test(value)
        values = value if isinstance(value, list) else [value]
        if message is not None and any(isinstance(each, str) and MASK in each for each in values):
            return _MASKED
        return message

    return check


def _of_json(test: Test) -> Test:
    def check(value: Any) -> str | None:
        if isinstance(value, _Cut):
            return _CUT
        return "is not JSON" if value is _NOT_JSON else test(value)

    return check


def _of_text(test: Test) -> Test:
    def check(value: Any) -> str | None:
        if not isinstance(value, _Cut):
            return test(value)
        # What is found in the beginning is in all of it, unless it is found at its end.
        found = all(test(value.text + more) is None for more in ("a", " "))
        return None if found else _CUT

    return check


def _path(path: str, matcher: Any) -> Test:
    if not isinstance(matcher, dict):
        matcher = {"equals": matcher}
    wanted_there = matcher.get("present", True)
    tests = [_MATCHERS[kind](wanted) for kind, wanted in matcher.items()]
    # One value has to pass all of these.
    passes = fits_path(path, lambda value: all(test(value) is None for test in tests), absent=False)
    lacks = fits_path(path, lambda _: True, absent=True)
    values = compile_path(path)

    def check(value: Any) -> str | None:
        if value is ...:
            return "is missing, for there is no body"
        if not wanted_there:
            return None if lacks(value) else "is there"
        if passes(value):
            return None
        found = [match.obj for match in islice(values.finditer(value), _SHOWN)]
        if not found:
            return f"finds nothing; it should be {_shown(matcher)}"
        wrong = next((message for test in tests if (message := test(found[0]))), "is not so")
        return wrong if len(found) == 1 else f"finds {_shown(found)}, of which none fits"

    return check


_MATCHERS: dict[str, Callable[[Any], Test]] = {
    "equals": _equal,
    "matches": _matches,
    "present": _present,
}


def _shown(value: Any) -> str:
    return short(json.dumps(value, ensure_ascii=False, default=str))


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
