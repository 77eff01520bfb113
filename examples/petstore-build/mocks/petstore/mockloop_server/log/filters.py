"""Filters of the log, as SQL."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from mockloop_server.log.shared import CONSTANTS, sql
from mockloop_server.problem import Violation
from mockloop_server.regex import compile_regex

Tags = Mapping[str, Iterable[str]]
"""Operation ids by tag."""

# Those whose value is taken as it is.
_PLAIN = frozenset(
    {"operation_id", "session_id", "correlation_id", "scenario", "client", "user_agent"}
    | {"min_duration_ms", "max_duration_ms"}
)
_INDEXES: dict[str, str] = CONSTANTS["indexes"]


class BadFilter(Exception):
    """A filter with a value that cannot be used."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(str(violation))
        self.violation = violation


class Filter:
    """Which requests are meant: a condition in SQL and the values in it."""

    def __init__(
        self, given: Mapping[str, Any], tags: Tags, place: str = "query", pointer: str = ""
    ) -> None:
        """`place` and `pointer` say where the filter stands, for what is wrong with it."""
        self._conditions: list[str] = []
        self._place = place
        self._pointer = pointer
        self.values: dict[str, Any] = {}
        self.names: set[str] = set()
        """Which conditions there are, as far as analysis has to know them."""
        self._indexed: dict[str, list[str]] = {}
        self._regex: Callable[[str], bool] | None = None
        for name, value in given.items():
            self._add(name, value, tags)
        if given.get("include_admin"):
            self.names.add("include_admin")
        else:
            self._conditions.append(sql("filter.no_admin"))

    @property
    def is_heavy(self) -> bool:
        """Whether each use takes long, since it looks at more than an index."""
        return self._regex is not None or "q" in self.values

    @property
    def ends(self) -> bool:
        """Whether the newest requests are left out."""
        return "time_to" in self.values

    @property
    def span(self) -> str:
        """The part of the condition that is about time."""
        names = [name for name in ("time_from", "time_to") if name in self.values]
        return " AND ".join(sql(f"filter.{name}") for name in names) or "1"

    @property
    def is_open(self) -> bool:
        """Whether all requests of the mock meet it."""
        return self._conditions == [sql("filter.no_admin")]

    def indexed(self) -> Iterable[tuple[str, str]]:
        """Parts of the condition with the index that finds what meets each."""
        return [(index, " AND ".join(parts)) for index, parts in self._indexed.items()]

    @property
    def where(self) -> str:
        """The condition."""
        return " AND ".join(f"({each})" for each in self._conditions) or "1"

    def and_(self, condition: str, **values: Any) -> str:
        """The condition and one more."""
        self.values.update(values)
        return f"{self.where} AND ({condition})"

    def prepare(self, db: sqlite3.Connection) -> None:
        """Teach a connection what the condition needs."""
        if self._regex is not None:
            db.create_function("path_matches", 1, self._regex, deterministic=True)

    def _add(self, name: str, value: Any, tags: Tags) -> None:
        if name in _PLAIN:
            self._where(name, name, value)
        elif name == "method":
            self._where(name, name, _list(each.upper() for each in value))
        elif name == "status":
            values = [value] if isinstance(value, str) else value
            self._conditions.append(" OR ".join(_status(each) for each in values) or "0")
        elif name == "path":
            self._where("path_glob" if "*" in value else name, name, _glob(value))
        elif name == "path_regex":
            self._path_regex(value)
        elif name == "tag":
            self._where(name, name, _list(tags.get(value, ())))
        elif name == "q":
            self._where(name, name, value)
            self.values["q_json"] = json.dumps(value, ensure_ascii=False)[1:-1]
        elif name == "undocumented" and value is not None:
            self._conditions.append(sql("filter.undocumented" if value else "filter.documented"))
        elif name in ("time_from", "time_to"):
            self._where(name, name, self._utc(name, value))
        elif name == "has_validation_error":
            self._named(name if value else "has_no_validation_error")

    def _where(self, condition: str, name: str, value: Any) -> None:
        self._named(condition)
        self.values[name] = value

    def _named(self, name: str) -> None:
        condition = sql(f"filter.{name}")
        self._conditions.append(condition)
        self.names.add(name)
        if index := _INDEXES.get(name):
            self._indexed.setdefault(index, []).append(condition)

    def _path_regex(self, pattern: str) -> None:
        try:
            self._regex = compile_regex(pattern)
        except ValueError as error:
            raise BadFilter(Violation(self._place, "path_regex", str(error))) from None
        self._named("path_regex")

    def _utc(self, name: str, text: str) -> str:
        try:
            return utc(text)
        except (ValueError, OverflowError) as error:
            pointer = f"{self._pointer}/{name}" if self._place == "body" else name
            message = f"{text!r} is no RFC 3339 time: {error}"
            raise BadFilter(Violation(self._place, pointer, message)) from None


_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?)?", re.ASCII)


def utc(text: str) -> str:
    """A time as in RFC 3339, or a date, as the log writes it; in UTC where it lacks an offset."""
    # Python before 3.11 reads neither of these as RFC 3339 has them.
    plain = text.upper().replace("Z", "+00:00")
    if not _TIME.fullmatch(plain):
        raise ValueError("use one such as 2026-11-22T18:30:00Z")
    head, point, rest = plain.partition(".")
    if point:
        digits = len(rest) - len(rest.lstrip("0123456789"))
        plain = f"{head}.{rest[:digits][:6]:0<6}{rest[digits:]}"
    time = datetime.fromisoformat(plain)
    if time.tzinfo is None:
        time = time.replace(tzinfo=timezone.utc)
    return time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _status(text: str) -> str:
    low, _, high = text.partition("-")
    if text[1:].lower() == "xx":
        low, high = f"{text[0]}00", f"{text[0]}99"
    # These are digits alone: the contract says so.
    first, last = sorted((int(low), int(high or low)))
    return sql("filter.status" if first == last else "filter.statuses", first=first, last=last)


def _glob(text: str) -> str:
    # `*` is the only wildcard.
    return text.replace("[", "[[]").replace("?", "[?]") if "*" in text else text


def _list(values: Iterable[str]) -> str:
    return json.dumps(list(values))
