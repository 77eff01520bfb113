"""The filters of a log search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mockloop_server.problem import Violation

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 10_000


class BadQuery(Exception):
    """Query parameters that are unknown or have unusable values."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("; ".join(str(each) for each in violations))
        self.violations = violations


@dataclass(slots=True)
class Search:
    """A checked search: SQL conditions with one value each, and the page."""

    conditions: list[tuple[str, Any]]
    limit: int
    offset: int


def parse(pairs: Sequence[tuple[str, str]]) -> Search:
    """A search from the query of a request."""
    given: dict[str, Any] = {}
    violations: list[Violation] = []
    for name, value in pairs:
        try:
            if name not in _PARAMETERS:
                raise ValueError(f"is unknown; there are: {', '.join(_PARAMETERS)}")
            if name in given:
                raise ValueError("is given more than once")
            given[name] = _PARAMETERS[name](value)
        except ValueError as error:
            violations.append(Violation("query", name, str(error)))
    if violations:
        raise BadQuery(violations)
    limit, offset = given.pop("limit", DEFAULT_LIMIT), given.pop("offset", 0)
    conditions = [(_FILTERS[name], value) for name, value in given.items() if name in _FILTERS]
    if not given.get("include_admin", False):
        conditions.append(("is_admin = ?", 0))
    return Search(conditions, limit, offset)


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 19 and low <= int(text) <= high):
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def _flag(text: str) -> bool:
    flags = {"true": True, "1": True, "false": False, "0": False}
    if text.lower() not in flags:
        raise ValueError("must be true or false")
    return flags[text.lower()]


_PARAMETERS: dict[str, Callable[[str], Any]] = {
    "limit": _number(0, LARGEST_LIMIT),
    "offset": _number(0, 2**53),
    "method": str.upper,
    "status": _number(100, 599),
    "path": str,
    "operation_id": str,
    "session_id": str,
    "include_admin": _flag,
}
_FILTERS = {
    "method": "method = ?",
    "status": "status_code = ?",
    "path": "instr(path, ?) > 0",
    "operation_id": "operation_id = ?",
    "session_id": "session_id = ?",
}
