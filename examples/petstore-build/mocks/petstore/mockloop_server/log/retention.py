"""Keeps the log within its bounds: by rows, by age and by bytes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from mockloop_server.log.database import writing

# Small steps: whoever else writes waits for one of them at most.
_STEP = 5_000
_PAUSE_SECONDS = 0.2
_PAGES = 2_000
_KEPT_SHARE = 0.9
_INCREMENTAL = 2
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
        self.bounds = bounds
        self._ahead = time.time() - _elapsed()

    def apply(self, db: sqlite3.Connection, may_go_on: Callable[[], bool]) -> bool:
        """Delete and give back, a small step of each at least; whether all is done."""
        bounds = self.bounds
        if bounds.rows:
            beyond = db.execute("SELECT count(*) FROM request_logs").fetchone()[0] - bounds.rows
            last = _nth(db, beyond) if beyond > 0 else None
            while last is not None and _delete(db, "id <= ?", (last,)) and may_go_on():
                pass
        if bounds.days and self._clock_is_steady():
            last = _last_too_old(db, bounds.days)
            while last is not None and _delete(db, "id <= ?", (last,)) and may_go_on():
                pass
        if bounds.bytes and (last := _last_beyond_bytes(db, bounds.bytes)) is not None:
            while _delete(db, "id <= ?", (last,)) and may_go_on():
                pass
        while _give_back(db) and may_go_on():
            pass
        return may_go_on()

    def _clock_is_steady(self) -> bool:
        """Whether the clock went as time does: after a jump ahead everything would look old."""
        ahead = time.time() - _elapsed()
        if abs(ahead - self._ahead) > _LARGEST_JUMP_SECONDS:
            return False
        self._ahead = ahead
        return True


def _elapsed() -> float:
    """Seconds since some moment, those for which the machine slept too."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def used_bytes(db: sqlite3.Connection) -> int:
    """The size of what the database holds."""
    pages = db.execute("PRAGMA page_count").fetchone()[0] - _free_pages(db)
    return int(pages * db.execute("PRAGMA page_size").fetchone()[0])


def _last_beyond_bytes(db: sqlite3.Connection, limit: int) -> int | None:
    """The newest row that has to go for the rest to fit, as far as all are of one size."""
    used = used_bytes(db)
    if used <= limit:
        return None
    rows = db.execute("SELECT count(*) FROM request_logs").fetchone()[0]
    return _nth(db, max(1, int(rows * (1 - limit * _KEPT_SHARE / used))))


def _give_back(db: sqlite3.Connection) -> bool:
    """Shorten the file by some of its free pages; whether that worked."""
    free = _free_pages(db)
    if free <= _PAGES // 10 or db.execute("PRAGMA auto_vacuum").fetchone()[0] != _INCREMENTAL:
        return False
    # Takes a step for each page, of which `execute` would take the first alone.
    db.executescript(f"PRAGMA incremental_vacuum({_PAGES})")
    return _free_pages(db) < free


def _free_pages(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA freelist_count").fetchone()[0])


def _nth(db: sqlite3.Connection, number: int) -> int | None:
    """The id of the oldest row but `number - 1`."""
    query = "SELECT id FROM request_logs ORDER BY id LIMIT 1 OFFSET ?"
    row = db.execute(query, (number - 1,)).fetchone()
    return None if row is None else int(row[0])


def _last_too_old(db: sqlite3.Connection, days: float) -> int | None:
    """The id of the newest row that is older than that.

    What came after a row that is not so old is not so either, whatever the clock said then.
    """
    now = datetime.fromtimestamp(time.time(), timezone.utc)
    oldest = (now - timedelta(days=min(days, 100_000.0))).isoformat()
    newest = (now + timedelta(seconds=_LARGEST_JUMP_SECONDS)).isoformat()
    query = "SELECT id FROM request_logs NOT INDEXED WHERE timestamp BETWEEN ? AND ?"
    first = db.execute(f"{query} ORDER BY id LIMIT 1", (oldest, newest)).fetchone()
    query = "SELECT max(id) FROM request_logs WHERE timestamp < ? AND id < ?"
    last = db.execute(query, (oldest, 2**62 if first is None else first[0])).fetchone()[0]
    return None if last is None else int(last)


def _delete(db: sqlite3.Connection, condition: str, values: Sequence[int | str]) -> int:
    """Delete a step of the rows that meet a condition; how many these were."""
    begun = time.monotonic()
    with writing(db):
        count = db.execute(
            "DELETE FROM request_logs WHERE id IN"
            f" (SELECT id FROM request_logs WHERE {condition} LIMIT {_STEP})",
            values,
        ).rowcount
    if count == _STEP:
        # Others who wait to write look every tenth of a second whether they may.
        time.sleep(min(time.monotonic() - begun, _PAUSE_SECONDS))
    return count


def forget(db: sqlite3.Connection, before: str | None, session: str | None) -> int:
    """Delete all requests, those before a time, those of a session; how many these were."""
    if before is None and session is None:
        # Without a condition SQLite lets go of whole pages.
        with writing(db):
            return db.execute("DELETE FROM request_logs").rowcount
    conditions: list[str] = []
    values: list[int | str] = []
    if before is not None:
        conditions.append("timestamp < ?")
        values.append(before)
    if session is not None:
        conditions.append("session_id = ?")
        values.append(session)
    last = db.execute("SELECT max(id) FROM request_logs").fetchone()[0] or 0
    where = " AND ".join([*conditions, "id <= ?"])
    total = 0
    while True:
        deleted = _delete(db, where, (*values, last))
        total += deleted
        if deleted < _STEP:
            return total
