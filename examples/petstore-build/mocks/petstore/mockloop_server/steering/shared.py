"""What the workers of one server share beside the database: a signal of changes, and counters.

A small file, mapped into memory. Its first number changes whenever the tables do, so that a look at
it tells a worker at each request whether what it knows still holds. The others count uses of rules.
"""

from __future__ import annotations

import logging
import mmap
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if os.name == "posix":
    import fcntl

logger = logging.getLogger("mockloop")

FIRST = 8
"""The first number that counts; those before it are for the file itself."""
CAPACITY = 1 << 20


class Shared:
    """The file, or memory of this process alone where there can be none."""

    def __init__(self, database: Path, name: str = "steering", capacity: int = CAPACITY) -> None:
        size = capacity * 8
        self._lock = threading.Lock()
        self._file: int | None = None
        self._map: mmap.mmap | None = None
        path = database.with_name(f"{database.name}.{name}")
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
            with self._locked():
                if os.fstat(self._file).st_size != size:
                    os.ftruncate(self._file, size)
                _keep_room(self._file, 0, FIRST)
            self._map = mmap.mmap(self._file, size)
        except OSError as error:
            logger.warning("%s: other workers are not told of changes: %s", path, error)
            self._map = mmap.mmap(-1, size)
        self.numbers = memoryview(self._map).cast("Q")
        """The signal of changes, then the counters."""

    def close(self) -> None:
        """Let go of the file."""
        self.numbers.release()
        if self._map is not None:
            self._map.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def announce(self) -> None:
        """Tell all workers that the tables have changed."""
        with self._locked():
            self.numbers[0] = secrets.randbits(64)

    def reset(self, first: int, count: int) -> None:
        """Begin counting anew."""
        with self._locked():
            if self._file is not None:
                _keep_room(self._file, first, count)
            for slot in range(first, first + count):
                self.numbers[slot] = 0

    def take(self, slot: int, limit: int | None) -> int | None:
        """The number of earlier uses, and one more from now on; `None` where all are used up."""
        numbers = self.numbers
        with self._locked():
            used = numbers[slot]
            if limit is not None and used >= limit:
                return None
            numbers[slot] = used + 1
            return used

    def wait_for(self, slot: int, requests: int, window_ms: int) -> float | None:
        """Seconds until a request may come, or `None` if it may now, and is counted."""
        numbers = self.numbers
        now = time.monotonic_ns() // 1_000_000 + 1  # the same for all processes; 0 is no time
        with self._locked():
            start, count = numbers[slot], numbers[slot + 1]
            if start == 0 or not start <= now < start + window_ms:
                start, count = now, 0
                numbers[slot], numbers[slot + 1] = now, 0
            if count >= requests:
                return (start + window_ms - now) / 1000
            numbers[slot + 1] = count + 1
            return None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock:
            if self._file is None or os.name != "posix":
                yield
                return
            # Held by the open file and not by the process: two servers in one process count too.
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)


def _keep_room(file: int, first: int, count: int) -> None:
    """Have room on the disk for some numbers; where there is none, to touch them ends the process.

    `OSError` says so in time.
    """
    if os.name == "posix":
        os.pwrite(file, os.pread(file, count * 8, first * 8), first * 8)
