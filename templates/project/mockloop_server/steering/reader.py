"""Reads JSON into values, and tells what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

from mockloop_server.steering.findings import Findings, Path, did_you_mean

P = ParamSpec("P")
T = TypeVar("T")


class Reader:
    """Takes fields, numbers and texts; where one is not usable, something in its place."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def object(self, value: Any, at: Path, known: Iterable[str]) -> dict[str, Any]:
        """An object's known fields; others are told."""
        known = tuple(known)
        found: dict[str, Any] = {}
        if not isinstance(value, dict):
            self._findings.error("type", at, "must be an object")
            return found
        for name, given in value.items():
            if name in known:
                found[name] = given
            else:
                hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
                self._findings.error("unknown-field", (*at, name), "is not known here", hint)
        return found

    def members(self, value: Any, at: Path) -> list[tuple[str, Any]]:
        if isinstance(value, dict):
            return list(value.items())
        self._findings.error("type", at, "must be an object")
        return []

    def number(self, value: Any, at: Path, low: float, high: float) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            self._findings.error("value", at, f"must be a number from {low:g} to {high:.15g}")
            return low
        return float(value)

    def whole(self, value: Any, at: Path, low: int, high: int) -> int:
        is_whole = isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0
        if not is_whole or not low <= value <= high:
            self._findings.error("value", at, f"must be a whole number from {low} to {high}")
            return low
        return int(value)

    def text(self, value: Any, at: Path) -> str:
        if not isinstance(value, str):
            self._findings.error("type", at, "must be a text")
            return ""
        return value

    def made(
        self, at: Path, code: str, make: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        try:
            return make(*args, **kwargs)
        except ValueError as error:
            text = next(iter(str(error).splitlines()), "is not usable")
            self._findings.error(code, at, text[:300])
            return None
