"""Scenarios as they are followed: read and checked, and not yet put to an operation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from mockloop_server.api import Entry
from mockloop_server.steering.expressions import Template
from mockloop_server.steering.match import Test

Delay = Callable[[], float]
"""Gives seconds."""

Action = Literal["list", "create", "read", "replace", "patch", "delete"]
ACTIONS = ("list", "create", "read", "replace", "patch", "delete")

FaultKind = Literal["close", "reset", "stall", "truncate", "garble", "drip"]

SLOTS = 3
"""Numbers that one counting rule needs: uses, start of the window, requests in the window."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A way in which sending an answer goes wrong."""

    kind: FaultKind
    after_bytes: int | None = None
    stall_ms: float = 30_000.0
    bytes_per_second: float = 100.0


@dataclass(slots=True)
class Respond:
    """What to answer, where it differs from the mock's own answer."""

    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    content: bytes | None = None
    kind: Literal["body", "text", "base64"] = "body"
    example: str | None = None
    content_type: str | None = None


@dataclass(slots=True)
class Stored:
    """What to do with a collection of documents, and to answer from it."""

    collection: str
    action: Action
    id: Template | None = None
    """Where the last parameter of the path does not say it."""
    id_field: str | None = None
    """What the collection is made with where it is not there."""
    where: dict[str, Template] = field(default_factory=dict)
    """Members that documents have to have, and new ones get."""
    limit: Template | None = None
    offset: Template | None = None
    field: str | None = None
    """The member of the described body that has the document, or the list."""


@dataclass(slots=True)
class Step:
    """One thing to do with a request."""

    respond: Respond | None = None
    stored: Stored | None = None
    delay: Delay | None = None
    fault: Fault | None = None


@dataclass(slots=True)
class Limit:
    """As many requests as a window of time lets through."""

    requests: int
    window_ms: int


@dataclass(slots=True)
class Rule:
    """What to do with requests of a kind."""

    steps: list[Step]
    when: Test | None = None
    probability: float = 1.0
    then: Literal["stay", "loop", "pass"] = "stay"
    times: int | None = None
    limit: Limit | None = None
    counter: int | None = None
    """Which of the scenario's counters is this rule's."""


class Selector:
    """Names operations: by id, by method and path, by a pattern of these, or all."""

    def __init__(self, text: str) -> None:
        self.text = text
        method, _, path = text.partition(" ")
        self._method, path = method.upper(), path.strip()
        self.is_pattern = text == "*" or (path.startswith("/") and "*" in text)
        self.key = f"{self._method} {path}" if path.startswith("/") else text
        """One of the `keys` of an operation, unless this is a pattern."""
        self._path = _path_pattern(path) if self.is_pattern and path else None

    def matches(self, entry: Entry, base_paths: list[str]) -> bool:
        """Whether this names an operation."""
        if self.text in ("*", entry.id):
            return True
        if self._path is None:
            return not self.is_pattern and self.key in keys(entry, base_paths)
        return self._method in ("*", entry.method) and any(
            self._path.fullmatch(path) for path in _paths(entry, base_paths)
        )


class Program:
    """All rules of a scenario, in order."""

    def __init__(self) -> None:
        self.parts: list[tuple[Selector, list[Rule]]] = []
        self.counters = 0
        self._exact: dict[str, list[int]] = {}
        self._patterns: list[int] = []

    def add(self, selector: Selector, rules: list[Rule]) -> None:
        """Add rules, to be tried after those that are there."""
        if selector.is_pattern:
            self._patterns.append(len(self.parts))
        for key in {selector.key, selector.text}:
            self._exact.setdefault(key, []).append(len(self.parts))
        self.parts.append((selector, rules))

    def rules(self, entry: Entry, base_paths: list[str]) -> list[Rule]:
        """The rules that an operation's requests are held to."""
        # Most selectors of a large scenario name one operation: only patterns are tried in turn.
        indices = {index for key in keys(entry, base_paths) for index in self._exact.get(key, ())}
        for index in self._patterns:
            if self.parts[index][0].matches(entry, base_paths):
                indices.add(index)
        return [rule for index in sorted(indices) for rule in self.parts[index][1]]


def keys(entry: Entry, base_paths: list[str]) -> list[str]:
    """What names one operation: its id, or its method and path, with or without a base path."""
    return [entry.id, *(f"{entry.method} {path}" for path in _paths(entry, base_paths))]


def _paths(entry: Entry, base_paths: list[str]) -> list[str]:
    bases = base_paths if entry.base_paths is None else entry.base_paths
    return [entry.path, *(base.rstrip("/") + entry.path for base in bases)]


def _path_pattern(path: str) -> re.Pattern[str]:
    """`*` is anything within a segment; `**`, or `*` at the end, is anything at all."""
    parts = re.split(r"(\*+)", re.sub(r"\*\*+", "**", path))
    last = len(parts) - 2 if parts[-1] == "" else -1
    texts = [
        re.escape(part) if index % 2 == 0 else ".*" if part == "**" or index == last else "[^/]*"
        for index, part in enumerate(parts)
    ]
    return re.compile("".join(texts), re.DOTALL)
