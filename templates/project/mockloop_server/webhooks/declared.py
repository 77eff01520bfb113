"""The callbacks and webhooks that the description has."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mockloop_server.api import Api

OWN_EVENTS = {
    "request.received": "A request was answered, by whatever; calls of the admin API do not count.",
    "validation.failed": "A request was not what the description allows.",
    "scenario.changed": "A scenario was stored, changed, made active or inactive.",
    "override.changed": "A response was set or cleared.",
}
TEST = "test"


@dataclass(frozen=True, slots=True)
class Declared:
    """One operation of a callback, or one webhook."""

    event: str
    name: str
    method: str
    content_type: str | None
    body: bytes
    summary: str | None = None
    operation_id: str | None = None
    """Of a callback: who declares it."""
    expression: str | None = None

    @property
    def kind(self) -> str:
        """`callback` or `webhook`."""
        return "webhook" if self.expression is None else "callback"

    def view(self) -> dict[str, Any]:
        """As the admin API shows it."""
        try:
            sample = self.body.decode() if self.body else None
        except UnicodeDecodeError:
            sample = None
        return {
            "event": self.event,
            "kind": self.kind,
            "summary": self.summary,
            "operation_id": self.operation_id,
            "expression": self.expression,
            "method": self.method,
            "content_type": self.content_type,
            "sample": sample,
        }


class Declarations:
    """All of them."""

    def __init__(self, api: Api) -> None:
        self.by_operation: dict[str, list[Declared]] = {
            entry.id: list(_callbacks(entry.id, entry.callbacks))
            for entry in api.entries
            if entry.callbacks
        }
        """Callbacks by the operation that declares them."""
        self.all = [each for some in self.by_operation.values() for each in some]
        self.all += [_webhook(each) for each in api.webhooks]

    @property
    def names(self) -> list[str]:
        """All events that a webhook can name."""
        return list(dict.fromkeys([*OWN_EVENTS, *(each.event for each in self.all)]))

    def find(
        self, name: str, operation_id: str | None = None, method: str | None = None
    ) -> list[Declared]:
        """Those that are meant."""
        return [
            each
            for each in self.all
            if name in (each.event, each.name)
            and operation_id in (None, each.operation_id)
            and (method is None or method.upper() == each.method)
        ]

    def views(self) -> list[dict[str, Any]]:
        """Every event as the admin API shows it."""
        own = [
            {
                "event": event,
                "kind": "server",
                "summary": summary,
                "operation_id": None,
                "expression": None,
                "method": "POST",
                "content_type": "application/json",
                "sample": None,
            }
            for event, summary in OWN_EVENTS.items()
        ]
        return own + [each.view() for each in self.all]


def _callbacks(operation_id: str, raw: list[dict[str, Any]]) -> Iterator[Declared]:
    for callback in raw:
        for operation in callback.get("operations", ()):
            yield Declared(
                event=f"callback.{callback['name']}",
                name=callback["name"],
                method=operation["method"],
                summary=operation.get("summary"),
                operation_id=operation_id,
                expression=callback["expression"],
                **_sample(operation),
            )


def _webhook(raw: dict[str, Any]) -> Declared:
    return Declared(
        event=f"webhook.{raw['path']}",
        name=raw["path"],
        method=raw["method"],
        summary=raw.get("summary"),
        **_sample(raw),
    )


def _sample(operation: dict[str, Any]) -> dict[str, Any]:
    content = (operation.get("request_body") or {}).get("content", ())
    for media in content:
        for body in media.get("bodies", ()):
            text = body.get("text")
            data = base64.b64decode(body["base64"]) if text is None else text.encode()
            return {"content_type": media["content_type"], "body": data}
    return {"content_type": content[0]["content_type"] if content else None, "body": b""}
