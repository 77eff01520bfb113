"""What is wrong with a request, and the documents that say so (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NamedTuple

PROBLEM_JSON = "application/problem+json"

_MESSAGE_LIMIT = 300
_HEADER_LIMIT = 2048


class Violation(NamedTuple):
    """One way in which a request is not what the description asks for."""

    place: str
    """`path`, `query`, `header`, `cookie` or `body`."""
    name: str
    """A parameter's name, or a JSON pointer into the body."""
    message: str

    def to_json(self) -> dict[str, str]:
        """As problem documents and the log hold it."""
        key = "pointer" if self.place == "body" else "name"
        return {"in": self.place, key: self.name, "message": short(self.message)}

    def __str__(self) -> str:
        return (
            f"{self.place} {self.name}: {self.message}"
            if self.name
            else f"{self.place}: {self.message}"
        )


def short(text: str) -> str:
    """A text cut to a length that fits into a message."""
    return text if len(text) <= _MESSAGE_LIMIT else text[: _MESSAGE_LIMIT - 1] + "…"


def phrase(status: int) -> str:
    """The reason phrase of a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown status"


def summary(violations: Iterable[Violation]) -> str:
    """All violations in one line."""
    return short("; ".join(short(str(violation)) for violation in violations))


def document(
    status: int, detail: str, violations: Iterable[Violation] = (), **more: object
) -> dict[str, Any]:
    """A problem document."""
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": phrase(status),
        "status": status,
        "detail": detail,
        **more,
    }
    if listed := [violation.to_json() for violation in violations]:
        problem["violations"] = listed
    return problem


def header(violations: Iterable[Violation]) -> str:
    """The violations as compact ASCII JSON that fits into a header."""
    kept: list[str] = []
    room = _HEADER_LIMIT - 2
    for violation in violations:
        text = json.dumps(violation.to_json(), separators=(",", ":"))
        if len(text) > room and not kept:
            brief = Violation(violation.place, violation.name[:100], violation.message[:100])
            text = json.dumps(brief.to_json(), separators=(",", ":"))
        if len(text) + 1 > room:
            break
        kept.append(text)
        room -= len(text) + 1
    return f"[{','.join(kept)}]"
