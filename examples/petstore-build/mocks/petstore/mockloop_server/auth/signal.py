"""A number that all workers of a server see, and that changes whenever the credentials do."""

from __future__ import annotations

import logging
import mmap
import os
import secrets
from pathlib import Path

logger = logging.getLogger("mockloop")

_SIZE = 8


class Signal:
    """A small file, mapped into memory; or memory of this process alone where there can be none."""

    def __init__(self, database: Path) -> None:
        path = database.with_name(f"{database.name}.auth")
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
            try:
                if os.fstat(file).st_size != _SIZE:
                    # Written and not only made longer: there has to be room for it on the disk.
                    os.write(file, secrets.token_bytes(_SIZE))
                self._map = mmap.mmap(file, _SIZE)
            finally:
                os.close(file)
        except OSError as error:
            logger.warning("%s: other workers are not told of credentials: %s", path, error)
            self._map = mmap.mmap(-1, _SIZE)
        self.numbers = memoryview(self._map).cast("Q")
        """The first is another one after each change."""

    def announce(self) -> None:
        """Tell all workers that the credentials have changed."""
        self.numbers[0] = secrets.randbits(64)

    def close(self) -> None:
        """Let go of the file."""
        self.numbers.release()
        self._map.close()
