"""The queue between serving and writing, and the one thread that writes."""

from __future__ import annotations

import asyncio
import atexit
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from mockloop_server.log import database
from mockloop_server.log.ledger import Ledger
from mockloop_server.log.lines import Lines
from mockloop_server.log.record import Record, Row, Rows, Secrets, readable

logger = logging.getLogger("mockloop")

_GATHER = 0.1
_BATCH = 2000
_TRIM_SECONDS = 60.0
_WAIT = 5.0


class Log:
    """Takes records without waiting, and writes them in batches."""

    def __init__(
        self,
        file: Path,
        secrets: Secrets | None = None,
        *,
        body_limit: int = 64 * 1024,
        capacity: int = 20_000,
        max_rows: int = 0,
        max_age_days: float = 0,
        lines: Lines | None = None,
    ) -> None:
        self.file = file
        self.body_limit = body_limit
        self.written = 0
        self.dropped = 0
        self.error: str | None = None
        self._rows = Rows(secrets or Secrets(), body_limit)
        self._capacity = capacity
        self._max_rows = max_rows
        self._max_age_days = max_age_days
        self._lines = lines
        self._taken = 0
        self._done = 0
        self._queue: deque[Record] = deque()
        self._wake = threading.Event()
        self._idle = False
        self._stopping = False
        self._hurry = False
        self._thread: threading.Thread | None = None
        self._ledger: Ledger | None = None

    def put(self, record: Record) -> None:
        """Take a record; where the queue is full, count it as dropped."""
        if len(self._queue) >= self._capacity:
            self.dropped += 1
            return
        self._queue.append(record)
        self._taken += 1
        if self._ledger is not None:
            self._ledger.counts[0] = self._taken
        if self._idle:
            self._wake.set()

    @property
    def depth(self) -> int:
        """Records that are taken and not yet written."""
        return self._taken - self._done

    def start(self) -> None:
        """Open the database and start to write."""
        database.migrate(self.file)
        self._stopping = False
        self._ledger = Ledger(self.file)
        self._ledger.counts[0] = self._taken
        self._ledger.counts[1] = self._done
        self._thread = threading.Thread(target=self._run, name="mockloop-log", daemon=True)
        self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Write what is left and close."""
        atexit.unregister(self.stop)
        if self._thread is None:
            return
        self._stopping = True
        self._wake.set()
        self._thread.join()
        self._thread = None
        if self._ledger is not None:
            ledger, self._ledger = self._ledger, None
            ledger.close()

    def flush(self, seconds: float = _WAIT) -> None:
        """Wait until everything that any worker has taken by now can be read."""
        self._hurry = True
        self._wake.set()
        if self._ledger is not None:
            self._ledger.wait(seconds)

    async def search(
        self, conditions: Sequence[tuple[str, Any]], limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """Rows of the log, up to what was answered before this call, and their number."""
        return await asyncio.to_thread(self._search, conditions, limit, offset)

    def _search(
        self, conditions: Sequence[tuple[str, Any]], limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        self.flush()
        rows, total = database.select(self.file, conditions, limit, offset)
        return [readable(row) for row in rows], total

    def _run(self) -> None:
        with closing(database.connect(self.file)) as db:
            trimmed = 0.0
            while True:
                self._gather()
                # Only what waits by now: the rest gathers into a batch of its own.
                for _ in range(0, len(self._queue), _BATCH):
                    self._write(db)
                if time.monotonic() - trimmed > _TRIM_SECONDS:
                    trimmed = time.monotonic()
                    self._trim(db)
                if self._stopping and not self._queue:
                    return

    def _gather(self) -> None:
        """Sleep until there is something to write, then a little longer for more of it."""
        self._idle = True
        if not self._queue and not self._stopping:
            self._wake.wait(_TRIM_SECONDS)
        self._idle = False
        self._wake.clear()
        if not (self._stopping or self._hurry):
            self._wake.wait(_GATHER)
        self._hurry = False

    def _write(self, db: sqlite3.Connection) -> None:
        records = [self._queue.popleft() for _ in range(min(len(self._queue), _BATCH))]
        rows = self._insert(db, records)
        self._done += len(records)
        if self._ledger is not None:
            self._ledger.counts[1] = self._done
        if self._lines is not None and rows:
            self._lines.write(records, rows)

    def _insert(self, db: sqlite3.Connection, records: list[Record]) -> list[Row]:
        try:
            rows = [self._rows.row(record) for record in records]
            database.insert(db, rows)
        except Exception as error:
            self.dropped += len(records)
            self.error = str(error)
            logger.error("%d rows of the log are lost: %s", len(records), error)
            return []
        self.written += len(records)
        self.error = None
        return rows

    def _trim(self, db: sqlite3.Connection) -> None:
        try:
            database.trim(db, self._max_rows, self._max_age_days)
        except sqlite3.Error as error:
            logger.warning("the log was not trimmed: %s", error)
