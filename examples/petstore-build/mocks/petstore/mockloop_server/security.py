"""What the engine knows about security: which names hold secrets, and how a request is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from mockloop_server.api import Operation
from mockloop_server.validation import Incoming


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a request is not served."""

    status: int
    detail: str
    challenges: tuple[str, ...] = ()
    """The values of `WWW-Authenticate`."""


class Security(Protocol):
    """Judges requests to operations that ask for credentials."""

    def admits(self, operation: Operation, request: Incoming) -> bool:
        """Whether it is known at once that a request may call an operation."""

    async def judge(self, operation: Operation, request: Incoming) -> Denial | None:
        """Why a request may not call an operation, if so."""


def key_names(schemes: list[dict[str, Any]], location: str) -> frozenset[str]:
    """Names, in lower case, of what holds API keys in headers, the query or cookies."""
    return frozenset(
        each["parameter"].lower()
        for each in schemes
        if each["type"] == "apiKey" and each["in"] == location
    )
