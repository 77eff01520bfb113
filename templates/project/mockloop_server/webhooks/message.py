"""What is sent, before anybody sends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson


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
        for name, value in self.headers.items():
            if not (isinstance(name, str) and isinstance(value, str)):
                raise TypeError(f"the header {name!r} of a message has to be a text")


BeforeSending = Callable[[Message], "Message | None"]
"""Gives the message to send; `None`: nothing is sent."""
