"""What is sent, before anybody sends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from mockloop_server.answer import TOKEN


@dataclass(slots=True)
class Message:
    """A message to one receiver. All attempts send the same."""

    event: str
    url: str
    body: bytes = b""
    content_type: str | None = "application/json"
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)
    """Beside those that the webhook is registered with, and before them."""
    webhook_id: str | None = None
    """The webhook that it is for; `None`: a callback, or sent by hand to a URL."""

    @property
    def json(self) -> Any:
        """The body as JSON; assign to it to send something else."""
        return orjson.loads(self.body)

    @json.setter
    def json(self, value: Any) -> None:
        self.body = orjson.dumps(value, default=str)

    def check(self) -> None:
        """`TypeError` where this cannot be sent."""
        if not isinstance(self.body, bytes):
            raise TypeError("the body of a message has to be bytes; `json` takes other values")
        for name in ("event", "url", "method"):
            _check_text(f"the {name}", getattr(self, name))
        if not TOKEN.fullmatch(self.method):
            raise TypeError(f"{self.method!r} is no method that a message could have")
        for name in ("content_type", "webhook_id"):
            if getattr(self, name) is not None:
                _check_text(f"the {name}", getattr(self, name))
        if not isinstance(self.headers, dict):
            raise TypeError("the headers of a message have to be a dict")
        for name, value in self.headers.items():
            for each in (name, value):
                _check_text(f"the header {name!r}", each)


def _check_text(what: str, value: Any) -> None:
    try:
        if isinstance(value, str):
            value.encode()
            return
    except UnicodeEncodeError:
        pass  # half of a surrogate pair, which can neither be sent nor kept
    raise TypeError(f"{what} of a message has to be a text that UTF-8 can write, not {value!r}")


BeforeSending = Callable[[Message], "Message | None"]
"""Gives the message to send; `None`: nothing is sent."""
