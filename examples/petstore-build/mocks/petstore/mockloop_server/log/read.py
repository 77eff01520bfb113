"""Reading the log: beside the serving of requests, and behind it in the queue for the processor."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from mockloop_server.log.database import LogError, connect, is_damaged

T = TypeVar("T")

_THREADS = 4
_BUSY_SECONDS = 5.0
_CACHE_KIB = 16 * 1024
_NICE = 10
_LONGEST_SECONDS = 60.0
_STEPS = 1_000_000


class Readers:
    """A few threads that ask the database, of low priority where the system has that by thread."""

    def __init__(self, file: Path, doubt: Callable[[], None]) -> None:
        self._file = file
        self._doubt = doubt
        self._pool = ThreadPoolExecutor(_THREADS, "mockloop-read", initializer=_be_nice)
        self.one_at_a_time = asyncio.Lock()
        """Held by what takes several of the threads for long."""

    async def run(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        """What a function finds in the database."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.now, ask)

    def now(self, ask: Callable[[sqlite3.Connection], T], *, seconds: float = _BUSY_SECONDS) -> T:
        """The same, in this thread, where nobody keeps the database from being read so long."""
        try:
            with reading(self._file, seconds) as db:
                return ask(db)
        except LogError as error:
            if is_damaged(error):
                self._doubt()
            raise

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def reading(file: Path, seconds: float) -> Iterator[sqlite3.Connection]:
    """A connection for reading; what SQLite has to complain of is a `LogError`."""
    try:
        if not file.exists():
            raise LogError(f"{file} does not exist")
        db = connect(file, seconds=seconds)
        try:
            db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            db.row_factory = sqlite3.Row
            end = time.monotonic() + _LONGEST_SECONDS
            db.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
            yield db
        finally:
            db.close()
    except sqlite3.Error as error:
        if str(error) == "interrupted":
            message = f"it took longer than {_LONGEST_SECONDS:g} s; narrow the filter"
            raise LogError(message) from error
        raise LogError(str(error)) from error


def _be_nice() -> None:
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
