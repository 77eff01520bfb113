"""What parts can listen to. While nobody does, each place costs a look at a `None`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.types import Scope

if TYPE_CHECKING:
    from mockloop_server.log.record import Record
    from mockloop_server.router import Target
    from mockloop_server.served import Outcome
    from mockloop_server.validation import Incoming

DELIVERY = "X-Mockloop-Delivery"
"""By this header mocks know messages of mocks, which cause no others: there would be no end."""
DELIVERY_BYTES = DELIVERY.lower().encode()


class Answered(NamedTuple):
    """An operation that was asked for, and what was sent."""

    operation_id: str
    targets: Sequence[Target]
    values: Sequence[str]
    """Of the path's parameters, as they are written."""
    request: Incoming
    outcome: Outcome
    scope: Scope


class Events:
    """One listener for each kind of event. A listener may not wait for anything."""

    __slots__ = ("asks", "on_answer", "on_change", "on_request")

    def __init__(self) -> None:
        self.on_request: Callable[[Record], None] | None = None
        """Every request with its response, on the event loop."""
        self.on_answer: Callable[[Answered], None] | None = None
        """Every answer that is asked for, on the event loop."""
        self.asks: Mapping[str | None, Callable[[Incoming], bool]] = {}
        """By operation, whether the answer to a request is to be told; costs next to nothing."""
        self.on_change: Callable[[dict[str, Any]], None] | None = None
        """Every change of scenarios and overrides, on any thread."""
