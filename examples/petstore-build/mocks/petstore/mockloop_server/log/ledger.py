"""How many records each worker process has taken and written.

The workers of one server share a database, but not memory. Each keeps three numbers in a small file
beside the database, so that a worker which reads the log can wait until the others have written
what they had taken. A file is locked as long as its process lives.
"""

from __future__ import annotations

import logging
import mmap
import os
import secrets
import struct
import time
from pathlib import Path
from typing import BinaryIO

if os.name == "posix":
    import fcntl

logger = logging.getLogger("mockloop")

_LAYOUT = struct.Struct("=QQQ")
_PAUSE = 0.005


class Ledger:
    """The numbers of this process, and a way to wait for those of the others."""

    def __init__(self, database: Path) -> None:
        self._database = database
        # Processes in different containers may have the same number.
        name = f"{database.name}.{os.getpid()}-{secrets.token_hex(4)}.writer"
        self._path = database.with_name(name)
        self._file: BinaryIO | None = None
        try:
            self._file = _begin(self._path)
            self._map = mmap.mmap(self._file.fileno(), _LAYOUT.size)
        except OSError as error:
            logger.warning("other workers do not know what this one has to write: %s", error)
            self._map = mmap.mmap(-1, _LAYOUT.size)
        self.counts = memoryview(self._map).cast("Q")
        """Records taken, records written or given up, records lost for want of room."""
        self._lost: set[tuple[Path, int]] = set()

    def close(self) -> None:
        """Forget this process."""
        shared, taken, lost = self.counts, self.counts[0], self.counts[2]
        # Who still waits has nothing to wait for.
        self.counts = memoryview(_LAYOUT.pack(taken, taken, lost)).cast("Q")
        shared.release()
        self._map.close()
        if self._file is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)

    def wait(self, seconds: float) -> None:
        """Wait until every process has written what it has taken by now."""
        targets = {file: counts[0] for file, counts in self._read().items()}
        deadline = time.monotonic() + seconds
        while True:
            now = self._read()
            late = {
                file
                for file, taken in targets.items()
                if file in now and now[file][1] < taken and (file, taken) not in self._lost
            }
            if not late:
                return
            if time.monotonic() > deadline:
                # A process that is stuck may never write the rest.
                self._lost |= {(file, targets[file]) for file in late}
                return
            time.sleep(_PAUSE)

    def totals(self) -> tuple[int, int, int]:
        """The numbers of all processes together."""
        numbers = list(self._read().values())
        taken, done, lost = (sum(each[at] for each in numbers) for at in range(3))
        return taken, done, lost

    def _read(self) -> dict[Path, tuple[int, int, int]]:
        found = {self._path: (self.counts[0], self.counts[1], self.counts[2])}
        for path in self._database.parent.glob(f"{self._database.name}.*.writer"):
            if path == self._path:
                continue
            try:
                with path.open("rb") as file:
                    numbers = _LAYOUT.unpack(file.read())
                    is_left = _is_left(file)
                if is_left:
                    path.unlink(missing_ok=True)
                else:
                    found[path] = numbers
            except (OSError, struct.error):
                continue
        return found


def _begin(path: Path) -> BinaryIO:
    if os.name != "posix":  # elsewhere what is open can be neither locked like this nor renamed
        file = path.open("w+b")
        file.write(bytes(_LAYOUT.size))
        file.flush()
        return file
    # Before it is locked it would look like that of a process which is gone.
    new = path.with_suffix(".new")
    file = new.open("w+b")
    try:
        file.write(bytes(_LAYOUT.size))
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        new.rename(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    return file


def _is_left(file: BinaryIO) -> bool:
    """Whether the process that a file belongs to is gone."""
    if os.name != "posix":
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
