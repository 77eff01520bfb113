"""Reads JSON into values, and tells what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar

from mockloop_server.steering.findings import Finding, Findings, Path, did_you_mean

P = ParamSpec("P")
T = TypeVar("T")

_MOST = 100
_MOST_HINTS = 20


class Enough(Exception):
    """More is wrong than anybody reads: the rest is not looked at."""


class Told(Findings):
    """Findings for those who ask; the last one says where there are more."""

    @property
    def full(self) -> bool:
        """Whether warnings are no longer told."""
        return len(self.all) >= _MOST

    def _add(self, finding: Finding) -> None:
        if not self.full:
            self.all.append(finding)
            return
        # A first error counts for more than the last warning: something was refused for it.
        is_first = finding.severity == "error" and not self._has_error()
        last = finding if is_first else self.all[-1]
        message = last.message.removesuffix(_MORE) + _MORE
        self.all[-1] = replace(last, message=message)
        if self._has_error():
            raise Enough


_MORE = f" (there are more findings than these {_MOST})"


def hint_for(findings: Findings, word: str, known: Iterable[str]) -> str | None:
    """The known words that are closest to one, as long as there are few findings."""
    # To look for them takes a time that grows with what is known.
    return None if len(findings.all) >= _MOST_HINTS else did_you_mean(word, known)


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
                hint = hint_for(self._findings, name, known) or f"there are: {', '.join(known)}"
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
