"""How many records each worker process has taken and written.

The workers of one server share a database, but not memory. Each keeps two numbers in a small file
beside the database, so that a worker which reads the log can wait until the others have written
what they had taken.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from pathlib import Path

_LAYOUT = struct.Struct("=QQ")
_PAUSE = 0.005


class Ledger:
    """The numbers of this process, and a way to wait for those of the others."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._file = database.with_name(f"{database.name}.{os.getpid()}.writer")
        self._file.write_bytes(bytes(_LAYOUT.size))
        with self._file.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _LAYOUT.size)
        self.counts = memoryview(self._map).cast("Q")
        """Records taken, records written or given up."""
        self._lost: set[tuple[Path, int]] = set()

    def close(self) -> None:
        """Forget this process."""
        self.counts.release()
        self._map.close()
        self._file.unlink(missing_ok=True)

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
                # A process that was killed will never write the rest.
                self._lost |= {(file, targets[file]) for file in late}
                return
            time.sleep(_PAUSE)

    def _read(self) -> dict[Path, tuple[int, int]]:
        found: dict[Path, tuple[int, int]] = {}
        for file in self._database.parent.glob(f"{self._database.name}.*.writer"):
            if not _is_alive(file):
                file.unlink(missing_ok=True)
                continue
            try:
                taken, written = _LAYOUT.unpack(file.read_bytes())
            except (OSError, struct.error):
                continue
            found[file] = (taken, written)
        return found


def _is_alive(file: Path) -> bool:
    if os.name != "posix":  # elsewhere a signal 0 is no question but an end
        return True
    try:
        os.kill(int(file.name.split(".")[-2]), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError):
        return True
    return True
