"""The queue between serving and writing, and the one thread that writes."""

from __future__ import annotations

import atexit
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from mockloop_server.events import Events
from mockloop_server.log import database
from mockloop_server.log.database import LogError, Unusable
from mockloop_server.log.ledger import Ledger
from mockloop_server.log.lines import Lines
from mockloop_server.log.read import Readers
from mockloop_server.log.record import Record, Rows
from mockloop_server.log.retention import Bounds, Retention
from mockloop_server.log.secrets import Secrets

logger = logging.getLogger("mockloop")

T = TypeVar("T")

_GATHER = 0.1
_BATCH = 2000
_TRIM_SECONDS = 60.0
_WAIT = 5.0
_BUSY_SECONDS = 1.0
_PATIENCE_SECONDS = 5.0
_PAUSE_SECONDS = 1.0


class Log:
    """Takes records without waiting, and writes them in batches.

    Where the database cannot be written, records wait in the queue, as many as that takes.
    """

    def __init__(
        self,
        file: Path,
        secrets: Secrets | None = None,
        *,
        body_limit: int = 64 * 1024,
        capacity: int = 20_000,
        bounds: Bounds | None = None,
        lines: Lines | None = None,
        events: Events | None = None,
    ) -> None:
        self.file = file
        self.body_limit = body_limit
        self.written = 0
        self.dropped = 0
        self.error: str | None = None
        self.kept_aside: Path | None = None
        self.readers = Readers(file, self._doubt)
        self._rows = Rows(secrets or Secrets(), body_limit)
        self._capacity = capacity
        self.retention = Retention(bounds or Bounds())
        self._lines = lines
        self._events = events or Events()
        self._taken = 0
        self._done = 0
        self._queue: deque[Record] = deque()
        self._wake = threading.Event()
        self._idle = False
        self._stopping = False
        self._hurry = False
        self._is_doubted = False
        self._thread: threading.Thread | None = None
        self._ledger: Ledger | None = None
        self._db: sqlite3.Connection | None = None
        self._identity: int | None = None

    def put(self, record: Record) -> None:
        """Take a record; where the queue is full, count it as dropped."""
        if self._events.on_request is not None:
            self._events.on_request(record)
        if len(self._queue) >= self._capacity:
            self.dropped += 1
            if self._ledger is not None:
                self._ledger.counts[2] = self.dropped
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

    def totals(self) -> tuple[int, int, int]:
        """Records taken, done with, and lost, of all workers of the server."""
        if self._ledger is None:
            return self._taken, self._done, self.dropped
        return self._ledger.totals()

    def start(self) -> None:
        """Open the database and start to write; `LogError` where that will never be possible."""
        try:
            self._open()
        except Unusable:
            raise
        except LogError as error:
            self._complain(error)
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
        if self.error is not None:
            return
        self._hurry = True
        self._wake.set()
        if self._ledger is not None:
            self._ledger.wait(seconds)

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """What a function finds in the database, with all that was answered before this call."""

        def flushed(db: sqlite3.Connection) -> T:
            self.flush()
            return question(db)

        return await self.readers.run(flushed)

    def size(self) -> int:
        """Bytes of the database's files."""
        parts = (self.file.with_name(self.file.name + end) for end in ("", "-wal"))
        return sum(part.stat().st_size for part in parts if part.exists())

    def rows(self) -> int | None:
        """Rows in the database, where it can be asked."""

        def count(db: sqlite3.Connection) -> int:
            return int(db.execute("SELECT count(*) FROM request_logs").fetchone()[0])

        try:
            # Whoever asks how the server is needs an answer more than this number.
            return self.readers.now(count, seconds=_BUSY_SECONDS if self.error is None else 0.0)
        except LogError:
            return None

    def describe(self) -> dict[str, Any]:
        """What helps to find a fault of the database."""
        found: dict[str, Any] = {
            "path": str(self.file),
            "exists": self.file.exists(),
            "schema_version": None,
            "tables": [],
            "rows": self.rows(),
            "bytes": self.size(),
            "sqlite_version": sqlite3.sqlite_version,
        }

        def ask(db: sqlite3.Connection) -> None:
            names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            found["tables"] = [row[0] for row in db.execute(names)]
            version = db.execute("SELECT max(version) FROM schema_version").fetchone()
            found["schema_version"] = version[0]

        try:
            self.readers.now(ask)
        except LogError as error:
            logger.warning("the database cannot be described: %s", error)
        return found

    def _run(self) -> None:
        trimmed = 0.0
        try:
            while True:
                self._gather()
                if self._is_doubted:
                    self._examine()
                # Only what waits by now: the rest gathers into a batch of its own.
                for _ in range(0, len(self._queue), _BATCH):
                    if not self._write():
                        break
                if time.monotonic() - trimmed > _TRIM_SECONDS and self._trim():
                    trimmed = time.monotonic()
                if self._stopping and (not self._queue or self.error is not None):
                    if self._queue:
                        logger.error("%d rows of the log are lost", len(self._queue))
                    self.dropped += len(self._queue)
                    return
        finally:
            self._close()

    def _gather(self) -> None:
        """Sleep until there is something to write, then a little longer for more of it."""
        self._idle = True
        if not self._queue and not self._stopping:
            self._wake.wait(_TRIM_SECONDS)
        self._idle = False
        self._wake.clear()
        if self.error is not None:
            # What waits is tried again before long; what comes meanwhile does not hurry that.
            deadline = time.monotonic() + _PAUSE_SECONDS
            while not self._stopping and (rest := deadline - time.monotonic()) > 0:
                self._wake.wait(rest)
                self._wake.clear()
        elif not (self._stopping or self._hurry or len(self._queue) >= _BATCH):
            self._wake.wait(_GATHER)
        self._hurry = False

    def _write(self) -> bool:
        """Write a batch; whether there is no reason to try it again later."""
        records = [self._queue.popleft() for _ in range(min(len(self._queue), _BATCH))]
        try:
            rows = [self._rows.row(record) for record in records]
            database.insert(self._opened(), rows)
        except (sqlite3.Error, LogError, OSError) as error:
            self._queue.extendleft(reversed(records))
            self._complain(error)
            if not database.will_pass(error):
                self._close()
            return False
        except Exception as error:
            # One of these cannot be made into a row; without the batch the others can go on.
            self.dropped += len(records)
            logger.exception("%d rows of the log are lost: %s", len(records), error)
            rows = []
        else:
            self.written += len(records)
            self.error = None
        self._done += len(records)
        if self._ledger is not None:
            self._ledger.counts[1] = self._done
        if self._lines is not None and rows:
            self._lines.write(records, rows)
        return True

    def _opened(self) -> sqlite3.Connection:
        if self._db is not None and database.identity(self.file) != self._identity:
            # Another server has put it aside, or somebody has deleted it.
            logger.warning("%s was taken away; it is begun anew", self.file)
            self._close()
        if self._db is None:
            self._open()
            self._identity = database.identity(self.file)
            self._db = database.connect(self.file, seconds=_PATIENCE_SECONDS)
        return self._db

    def _open(self) -> None:
        known = database.identity(self.file)
        try:
            database.migrate(self.file, seconds=_BUSY_SECONDS)
        except LogError as error:
            if not database.is_damaged(error):
                raise
            self._put_aside(known)
            database.migrate(self.file, seconds=_BUSY_SECONDS)

    def _put_aside(self, known: int | None) -> None:
        aside = database.put_aside(self.file, known)
        if aside is not None:
            self.kept_aside = aside
            logger.error("the log's database is damaged; it is kept as %s", aside)

    def _close(self) -> None:
        if self._db is not None:
            db, self._db = self._db, None
            db.close()

    def _complain(self, error: BaseException) -> None:
        if self.error is None:
            logger.error("the log cannot be written: %s", error)
        self.error = str(error)
        if database.is_damaged(error):
            self._close()
            try:
                self._put_aside(self._identity)
            except LogError as failure:
                self.error = str(failure)

    def _doubt(self) -> None:
        """Have the database examined, as somebody could not read it."""
        self._is_doubted = True
        self._wake.set()

    def _examine(self) -> None:
        self._is_doubted = False
        try:
            self._opened()
            database.examine(self.file)
        except (sqlite3.Error, LogError, OSError) as error:
            self._complain(error)
            self._close()

    def _trim(self) -> bool:
        """Keep the log within its bounds, as long as little waits; whether that is done."""
        if self.error is not None:
            return True

        def may_go_on() -> bool:
            return not self._stopping and len(self._queue) < _BATCH

        try:
            return self.retention.apply(self._opened(), may_go_on)
        except (sqlite3.Error, LogError, OSError) as error:
            logger.warning("the log was not trimmed: %s", error)
            if database.is_damaged(error):
                self._doubt()
            return True
