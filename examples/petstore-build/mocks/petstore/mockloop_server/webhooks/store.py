"""The tables of webhooks and of what is sent."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from mockloop_server.steering.store import now
from mockloop_server.transactions import Transactions
from mockloop_server.webhooks.message import Message
from mockloop_server.webhooks.rows import Hook, Row, Work, read_hook, read_work
from mockloop_server.webhooks.sender import Attempt
from mockloop_server.webhooks.targets import LONGEST, Forbidden, parse

DELETED = "its webhook was deleted"
INACTIVE = "its webhook is not active any more"
MOVED = "its webhook has another URL by now"


class Store:
    """Reads and writes the tables; each call opens the database for itself."""

    def __init__(self, file: Path) -> None:
        self._transactions = Transactions(file, "webhooks")

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        """One state of the tables."""
        with self._transactions.reading() as db:
            yield Tables(db)

    @contextmanager
    def writing(self) -> Iterator[Tables]:
        """A change, all or nothing."""
        with self._transactions.writing() as db:
            yield Tables(db)


class Tables:
    """The tables within one transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def hooks(self, limit: int = -1, offset: int = 0) -> list[Hook]:
        """Webhooks, oldest first."""
        query = "SELECT * FROM webhooks ORDER BY rowid LIMIT ? OFFSET ?"
        return [read_hook(row) for row in self._db.execute(query, (limit, offset))]

    def hook(self, id: str) -> Hook | None:
        """One webhook."""
        row = self._db.execute("SELECT * FROM webhooks WHERE id = ?", (id,)).fetchone()
        return None if row is None else read_hook(row)

    def count_hooks(self) -> int:
        """How many webhooks there are."""
        return int(self._db.execute("SELECT count(*) FROM webhooks").fetchone()[0])

    def save(self, hook: Hook) -> None:
        """Add or replace a webhook."""
        self._db.execute(
            "INSERT INTO webhooks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " url = excluded.url, events = excluded.events, description = excluded.description,"
            " headers = excluded.headers, secret = excluded.secret, active = excluded.active,"
            " updated_at = excluded.updated_at",
            (
                hook.id,
                hook.url,
                _text(hook.events),
                hook.description,
                _text(hook.headers),
                hook.secret,
                hook.active,
                hook.created_at,
                hook.updated_at,
            ),
        )

    def forget(self, id: str) -> bool:
        """Delete a webhook; whether there was one."""
        return self._db.execute("DELETE FROM webhooks WHERE id = ?", (id,)).rowcount > 0

    def cancel(self, webhook_id: str, reason: str) -> None:
        """Give up what waits to be sent to a webhook."""
        self._db.execute(
            "UPDATE webhook_deliveries SET status = 'cancelled', reason = ?, due_at = NULL,"
            " claim = NULL, finished_at = ? WHERE webhook_id = ? AND due_at IS NOT NULL",
            (reason, now(), webhook_id),
        )

    def pending(self) -> int:
        """How many deliveries wait."""
        query = "SELECT count(*) FROM webhook_deliveries WHERE due_at IS NOT NULL"
        return int(self._db.execute(query).fetchone()[0])

    def dropped(self) -> int:
        """How many messages found no room."""
        row = self._db.execute("SELECT dropped FROM webhook_drops").fetchone()
        return 0 if row is None else int(row[0])

    def count_drops(self, more: int) -> None:
        """Remember messages that found no room."""
        if more:
            self._db.execute(
                "INSERT INTO webhook_drops VALUES (1, ?)"
                " ON CONFLICT (id) DO UPDATE SET dropped = dropped + excluded.dropped",
                (more,),
            )

    def add(
        self, message: Message, *, redelivery_of: str | None = None, due_in: float = 0.0
    ) -> str:
        """Take a message into the queue; the id of its delivery."""
        id = uuid4().hex
        try:
            target = parse(message.url).key
        except Forbidden:
            target = ""  # told when it is attempted
        url = _storable(message.url)
        if len(url) > LONGEST:
            # A request may name one of megabytes. What is kept is still refused: it is no URL.
            url = f"{url[:LONGEST]}…"
        self._db.execute(
            "INSERT INTO webhook_deliveries (id, webhook_id, event, method, url, target, headers,"
            " content_type, body, status, attempts, due_at, redelivery_of, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', '[]', ?, ?, ?)",
            (
                id,
                message.webhook_id,
                _storable(message.event),
                _storable(message.method),
                url,
                target,
                _text(message.headers),
                None if message.content_type is None else _storable(message.content_type),
                message.body,
                time.time() + due_in,
                redelivery_of,
                now(),
            ),
        )
        return id

    def end(self, id: str, status: str, reason: str) -> None:
        """End a delivery before any attempt."""
        self._db.execute(
            "UPDATE webhook_deliveries SET status = ?, reason = ?, due_at = NULL,"
            " finished_at = ? WHERE id = ?",
            (status, _storable(reason), now(), id),
        )

    def claim(
        self, claim: str, seconds: float, limit: int, busy: Sequence[str], each: int
    ) -> list[Work]:
        """Deliveries that are due, for this worker alone for some seconds.

        `each` of one target at most, and none of those that are busy. Those of a webhook that is
        gone are cancelled: nobody knows its headers and its secret any more.
        """
        marks = ",".join("?" * len(busy))
        rows = self._db.execute(
            f"SELECT * FROM webhook_deliveries WHERE due_at <= ? AND target NOT IN ({marks})"
            " ORDER BY due_at LIMIT ?",
            (time.time(), *busy, limit),
        ).fetchall()
        found: list[Work] = []
        for row in rows:
            if sum(work.target == row["target"] for work in found) >= each:
                continue
            webhook_id = row["webhook_id"]
            hook = None if webhook_id is None else self.hook(webhook_id)
            if hook is None and webhook_id is not None:
                self.cancel(webhook_id, DELETED)
                continue
            found.append(read_work(row, claim, hook))
        self._db.executemany(
            "UPDATE webhook_deliveries SET due_at = ?, claim = ? WHERE number = ?",
            [(time.time() + seconds, claim, work.number) for work in found],
        )
        return found

    def renew(self, claim: str, numbers: Iterable[int], seconds: float) -> None:
        """Keep claims."""
        self._db.executemany(
            "UPDATE webhook_deliveries SET due_at = ? WHERE number = ? AND claim = ?",
            [(time.time() + seconds, number, claim) for number in numbers],
        )

    def release(self, claim: str) -> None:
        """Let others have what was claimed."""
        self._db.execute(
            "UPDATE webhook_deliveries SET due_at = ?, claim = NULL WHERE claim = ?",
            (time.time(), claim),
        )

    def finish(
        self, work: Work, attempt: Attempt, status: str, reason: str | None, due_at: float | None
    ) -> None:
        """Note an attempt, and what is next, unless others decided that meanwhile."""
        attempts = _text([*work.attempts, attempt.to_json()])
        ours = self._db.execute(
            "UPDATE webhook_deliveries SET attempts = ?, status = ?, reason = ?, due_at = ?,"
            " claim = NULL, finished_at = ? WHERE number = ? AND claim = ?",
            (
                attempts,
                status,
                reason,
                due_at,
                now() if due_at is None else None,
                work.number,
                work.claim,
            ),
        ).rowcount
        if not ours:
            self._db.execute(
                "UPDATE webhook_deliveries SET attempts = ? WHERE number = ? AND claim IS NULL"
                " AND due_at IS NULL",
                (attempts, work.number),
            )

    def next_due(self, busy: Sequence[str]) -> float | None:
        """When the next delivery is due to a target that is not busy."""
        marks = ",".join("?" * len(busy))
        row = self._db.execute(
            "SELECT min(due_at) FROM webhook_deliveries WHERE due_at IS NOT NULL"
            f" AND target NOT IN ({marks})",
            tuple(busy),
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def delivery(self, id: str) -> Row | None:
        """One delivery."""
        query = "SELECT * FROM webhook_deliveries WHERE id = ?"
        row = self._db.execute(query, (id,)).fetchone()
        return None if row is None else dict(row)

    def work(self, id: str, claim: str) -> Work | None:
        """Claim one delivery, whenever it is due."""
        row = self.delivery(id)
        if row is None:
            return None
        self._db.execute(
            "UPDATE webhook_deliveries SET claim = ? WHERE number = ?", (claim, row["number"])
        )
        return read_work(
            row, claim, None if row["webhook_id"] is None else self.hook(row["webhook_id"])
        )

    def history(
        self,
        limit: int,
        offset: int,
        webhook_id: str | None = None,
        event: str | None = None,
        status: str | None = None,
    ) -> tuple[list[Row], int]:
        """Deliveries, newest first, and how many there are."""
        conditions: list[str] = []
        values: list[Any] = []
        for condition, value in (("webhook_id = ?", webhook_id), ("status = ?", status)):
            if value is not None:
                conditions.append(condition)
                values.append(value)
        if event is not None and event.endswith("*"):
            conditions.append("substr(event, 1, ?) = ?")
            values += [len(event) - 1, event[:-1]]
        elif event is not None:
            conditions.append("event = ?")
            values.append(event)
        where = " AND ".join(conditions) or "1"
        table = f"FROM webhook_deliveries WHERE {where}"
        total = int(self._db.execute(f"SELECT count(*) {table}", values).fetchone()[0])
        query = f"SELECT * {table} ORDER BY number DESC LIMIT ? OFFSET ?"
        return [dict(row) for row in self._db.execute(query, (*values, limit, offset))], total

    def trim(self, rows: int, days: float) -> None:
        """Forget finished deliveries that are too many or too old."""
        if days:
            oldest = datetime.fromtimestamp(time.time() - days * 86400, timezone.utc)
            self._db.execute(
                "DELETE FROM webhook_deliveries WHERE due_at IS NULL AND finished_at < ?",
                (oldest.isoformat(timespec="microseconds").replace("+00:00", "Z"),),
            )
        if rows:
            self._db.execute(
                "DELETE FROM webhook_deliveries WHERE due_at IS NULL AND number <= (SELECT number"
                " FROM webhook_deliveries WHERE due_at IS NULL"
                " ORDER BY number DESC LIMIT 1 OFFSET ?)",
                (rows,),
            )


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
