"""Requests that were let in, so that those that show the same are let in at once."""

from __future__ import annotations

import math
import time

from mockloop_server.api import Operation
from mockloop_server.auth.schemes import Scheme
from mockloop_server.auth.state import State
from mockloop_server.validation import Incoming

FOREVER = math.inf

_MOST = 1024
_LONGEST = 8192

Shown = tuple[int | bytes | None, ...]
"""An operation, and the headers by which it knows who calls; empty where it looks elsewhere."""


class Admitted:
    """What was let in with the newest credentials.

    Only what stands in headers is remembered, and no passwords: they would be kept as they are.
    """

    def __init__(self, schemes: dict[str, Scheme]) -> None:
        self._schemes = schemes
        self._headers: dict[int, tuple[bytes, ...] | None] = {}
        self._state: State | None = None
        self._until: dict[Shown, float] = {}

    def holds(self, operation: Operation, request: Incoming, state: State) -> bool:
        """Whether the same was let in before, and would be now."""
        if self._state is not state:
            return False
        until = self._until.get(self._shown(operation, request))
        return until is not None and time.time() < until

    def add(self, operation: Operation, request: Incoming, state: State, until: float) -> None:
        """Remember what was let in; times are seconds since 1970."""
        if self._state is not state:
            self._state = state
            self._until.clear()
        shown = self._shown(operation, request)
        if not shown or sum(len(each) for each in shown if isinstance(each, bytes)) > _LONGEST:
            return
        if len(self._until) >= _MOST:
            self._until.pop(next(iter(self._until)))
        self._until[shown] = until

    def _shown(self, operation: Operation, request: Incoming) -> Shown:
        # Operations last as long as the server.
        key = id(operation)
        if key not in self._headers:
            self._headers[key] = self._places(operation)
        headers = self._headers[key]
        return () if headers is None else (key, *map(request.headers.get, headers))

    def _places(self, operation: Operation) -> tuple[bytes, ...] | None:
        names = (name for requirement in operation.security for name, _ in requirement)
        found = [self._schemes[name] for name in dict.fromkeys(names) if name in self._schemes]
        places = [each.header for each in found]
        if any(each.kind == "basic" for each in found) or None in places:
            return None
        return tuple(each for each in dict.fromkeys(places) if each is not None)
