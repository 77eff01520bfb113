"""Keeps the log within its bounds: by rows, by age and by bytes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from mockloop_server.log.database import writing

# Small steps: whoever else writes waits for one of them at most.
_STEP = 5_000
_PAGES = 2_000
_KEPT_SHARE = 0.9
_LARGEST_JUMP_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the log keeps; 0 is no bound."""

    rows: int = 0
    days: float = 0
    bytes: int = 0


class Retention:
    """Deletes the oldest requests beyond the bounds, and gives the space back."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._ahead = time.time() - time.monotonic()

    def apply(self, db: sqlite3.Connection, may_go_on: Callable[[], bool]) -> bool:
        """Delete and give back, a small step of each at least; whether all is done."""
        bounds = self._bounds
        if bounds.rows:
            beyond = db.execute("SELECT count(*) FROM request_logs").fetchone()[0] - bounds.rows
            last = _nth(db, beyond) if beyond > 0 else None
            while last is not None and _delete(db, "id <= ?", last) and may_go_on():
                pass
        if bounds.days and self._clock_is_steady():
            now = datetime.now(timezone.utc)
            oldest = (now - timedelta(days=min(bounds.days, 100_000.0))).isoformat()
            while _delete(db, "timestamp < ?", oldest) and may_go_on():
                pass
        if bounds.bytes and used_bytes(db) > bounds.bytes:
            while used_bytes(db) > bounds.bytes * _KEPT_SHARE and may_go_on():
                if not _delete(db, "id <= ?", _nth(db, _STEP) or 2**62):
                    break
        while _is_incremental(db) and (free := _free_pages(db)) > _PAGES // 10 and may_go_on():
            # Each page that is given back is one row of this.
            db.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
            if _free_pages(db) >= free:
                break
        return may_go_on()

    def _clock_is_steady(self) -> bool:
        """Whether the clock went as time does: after a jump ahead everything would look old."""
        ahead = time.time() - time.monotonic()
        if abs(ahead - self._ahead) > _LARGEST_JUMP_SECONDS:
            return False
        self._ahead = ahead
        return True


def used_bytes(db: sqlite3.Connection) -> int:
    """The size of what the database holds."""
    pages = db.execute("PRAGMA page_count").fetchone()[0] - _free_pages(db)
    return int(pages * db.execute("PRAGMA page_size").fetchone()[0])


def _free_pages(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA freelist_count").fetchone()[0])


def _is_incremental(db: sqlite3.Connection) -> bool:
    return bool(db.execute("PRAGMA auto_vacuum").fetchone()[0] == 2)


def _nth(db: sqlite3.Connection, number: int) -> int | None:
    """The id of the oldest row but `number - 1`."""
    query = "SELECT id FROM request_logs ORDER BY id LIMIT 1 OFFSET ?"
    row = db.execute(query, (number - 1,)).fetchone()
    return None if row is None else int(row[0])


def _delete(db: sqlite3.Connection, condition: str, value: int | str) -> int:
    with writing(db):
        return db.execute(
            "DELETE FROM request_logs WHERE id IN"
            f" (SELECT id FROM request_logs WHERE {condition} LIMIT {_STEP})",
            (value,),
        ).rowcount


def forget(db: sqlite3.Connection, before: str | None, session: str | None) -> int:
    """Delete all requests, those before a time, those of a session; how many these were."""
    conditions, values = ["1"], []
    if before is not None:
        conditions.append("timestamp < ?")
        values.append(before)
    if session is not None:
        conditions.append("session_id = ?")
        values.append(session)
    last = db.execute("SELECT max(id) FROM request_logs").fetchone()[0] or 0
    where = " AND ".join(conditions)
    total = 0
    while True:
        with writing(db):
            deleted = db.execute(
                "DELETE FROM request_logs WHERE id IN (SELECT id FROM request_logs"
                f" WHERE {where} AND id <= ? LIMIT {_STEP})",
                (*values, last),
            ).rowcount
        total += deleted
        if deleted < _STEP:
            return total
