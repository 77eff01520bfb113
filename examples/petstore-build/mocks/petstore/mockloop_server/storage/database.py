"""The database of the documents, worked on by a few threads of its own."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from mockloop_server.log.database import connect, identity, writing
from mockloop_server.storage.errors import Invalid, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

_THREADS = 4
_PATIENCE = 10.0


class Database:
    """Reads and writes, off the event loop; what is written is there for all processes."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._local = threading.local()
        # Others of this process wait for this, as SQLite only tries again and again.
        self._writing = threading.Lock()
        self._open: list[sqlite3.Connection] = []
        self._pool: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Take up work."""
        self._pool = ThreadPoolExecutor(_THREADS, "storage")

    def stop(self) -> None:
        """End all work, once it is done."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()
        self._local = threading.local()
        for db in self._open:
            db.close()
        self._open.clear()

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Let work be done by one of the threads."""
        if self._pool is None:
            raise Unavailable("the storage is not open: the server has not started, or has ended")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, partial(work, *args, **kwargs))

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the tables."""
        with self._told() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                if db.in_transaction:
                    db.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A change, all or nothing."""
        with self._writing, self._told() as db, writing(db):
            yield db

    @contextmanager
    def _told(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection()
        except (sqlite3.Error, OSError) as error:
            raise Unavailable(f"documents cannot be read or kept: {error}") from error
        except UnicodeEncodeError:
            raise Invalid("a text that is not Unicode cannot be kept or asked for") from None

    def _connection(self) -> sqlite3.Connection:
        # A damaged database is moved away by who writes the log, and another one takes its place.
        now = identity(self.file)
        known: tuple[int | None, sqlite3.Connection] | None = getattr(self._local, "db", None)
        if known is not None and known[0] == now:
            return known[1]
        if known is not None:
            known[1].close()
            self._open.remove(known[1])
        db = connect(self.file, seconds=_PATIENCE)
        db.row_factory = sqlite3.Row
        self._open.append(db)
        self._local.db = identity(self.file), db
        return db
