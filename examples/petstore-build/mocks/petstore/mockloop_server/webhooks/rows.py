"""A webhook and a delivery, as the tables have them and as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import orjson

from mockloop_server.webhooks.sender import Parcel, masked, shown

Row = dict[str, Any]

_BODY_IN_LIST = 4 * 1024
_BODY_SHOWN = 256 * 1024


@dataclass(slots=True)
class Hook:
    """A registered webhook."""

    id: str
    url: str
    events: list[str]
    description: str
    headers: dict[str, str]
    secret: str | None
    active: bool
    created_at: str
    updated_at: str

    def wants(self, event: str) -> bool:
        """Whether messages of an event go to it."""
        return self.active and any(fits(each, event) for each in self.events)

    def view(self) -> Row:
        """As the admin API shows it."""
        return {
            "id": self.id,
            "url": self.url,
            "events": self.events,
            "headers": masked(self.headers.items()),
            "description": self.description,
            "active": self.active,
            "has_secret": self.secret is not None,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }


@dataclass(slots=True)
class Work:
    """A delivery that this worker has claimed."""

    number: int
    claim: str
    target: str
    webhook_id: str | None
    parcel: Parcel
    attempts: list[Row]


def fits(pattern: str, event: str) -> bool:
    """Whether an event is meant by a name or the beginning of one."""
    return event.startswith(pattern[:-1]) if pattern.endswith("*") else event == pattern


def view(row: Row, *, whole: bool = True) -> Row:
    """A delivery as the admin API shows it."""
    limit = _BODY_SHOWN if whole else _BODY_IN_LIST
    body, note = shown(row["body"], limit)
    attempts = orjson.loads(row["attempts"])
    if not whole:
        for each in attempts:
            text = each["response_body"]
            if (
                text is not None
                and len(text) > _BODY_IN_LIST
                and each["response_body_note"]
                in (
                    None,
                    "truncated",
                )
            ):
                each["response_body"] = text[:_BODY_IN_LIST]
                each["response_body_note"] = "truncated"
    due = row["due_at"]
    next_at = None
    if due is not None and row["claim"] is None:
        when = datetime.fromtimestamp(due, timezone.utc)
        next_at = when.isoformat(timespec="microseconds").replace("+00:00", "Z")
    names = ("id", "event", "webhook_id", "method", "url", "status", "reason", "content_type")
    return {
        **{name: row[name] for name in names},
        "headers": masked(orjson.loads(row["headers"]).items()),
        "body": body,
        "body_note": note,
        "attempts": attempts,
        "next_attempt_at": next_at,
        "redelivery_of": row["redelivery_of"],
        "created_at": row["created_at"],
        "finished_at": row["finished_at"],
    }


def read_hook(row: Any) -> Hook:
    """A webhook of its row."""
    return Hook(
        row["id"],
        row["url"],
        orjson.loads(row["events"]),
        row["description"],
        orjson.loads(row["headers"]),
        row["secret"],
        bool(row["active"]),
        row["created_at"],
        row["updated_at"],
    )


def read_work(row: Any, claim: str, hook: Hook | None) -> Work:
    """A delivery of its row, with what its webhook has by now."""
    headers = orjson.loads(row["headers"])
    parcel = Parcel(
        id=row["id"],
        event=row["event"],
        method=row["method"],
        url=row["url"],
        headers=headers if hook is None else {**hook.headers, **headers},
        content_type=row["content_type"],
        body=row["body"],
        secret=None if hook is None else hook.secret,
    )
    attempts = orjson.loads(row["attempts"])
    return Work(row["number"], claim, row["target"], row["webhook_id"], parcel, attempts)
