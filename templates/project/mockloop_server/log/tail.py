"""Requests as they come, as server-sent events."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from functools import partial

import orjson

from mockloop_server.closing import Closing
from mockloop_server.log.database import LogError
from mockloop_server.log.filters import Filter
from mockloop_server.log.queue import Log
from mockloop_server.log.record import readable
from mockloop_server.log.search import columns

_PAUSE_SECONDS = 0.2
_BEAT_SECONDS = 15.0
_PIECE = 200


class Tail:
    """Follows the log, also where other processes write it."""

    def __init__(
        self, log: Log, filter: Filter, fields: Sequence[str] | None, closing: Closing
    ) -> None:
        self._log = log
        self._filter = filter
        self._columns = dict.fromkeys(["id", *columns(fields)])
        self._closing = closing

    async def events(self, after: int | None, seconds: float | None) -> AsyncIterator[bytes]:
        """The events after a request, or after the newest, so long."""
        loop = asyncio.get_running_loop()
        end = None if seconds is None else loop.time() + seconds
        newest = await self._log.ask(_newest)
        at = newest if after is None else after
        yield b"retry: 1000\n\n"
        spoken = loop.time()
        while not self._closing.is_set:
            try:
                at, events = await self._log.readers.run(partial(self._after, at=at))
            except LogError as error:
                events = b": %s\n\n" % str(error).encode()
            now = loop.time()
            if events:
                spoken = now
                yield events
            elif now - spoken > _BEAT_SECONDS:
                spoken = now
                yield b": still here\n\n"
            if end is not None and now >= end:
                return
            if events.count(b"\n\n") < _PIECE:
                await asyncio.sleep(_PAUSE_SECONDS)

    def _after(self, db: sqlite3.Connection, at: int) -> tuple[int, bytes]:
        newest = _newest(db)
        if newest < at:  # the log was begun anew
            at = 0
        if newest == at:
            return at, b""
        self._filter.prepare(db)
        where = self._filter.and_("id > :at AND id <= :newest", at=at, newest=newest)
        rows = db.execute(
            f"SELECT {', '.join(self._columns)} FROM request_logs NOT INDEXED WHERE {where}"
            f" ORDER BY id LIMIT {_PIECE}",
            self._filter.values,
        ).fetchall()
        events = b"".join(
            b"id: %d\nevent: request\ndata: %s\n\n" % (row["id"], orjson.dumps(readable(dict(row))))
            for row in rows
        )
        return (rows[-1]["id"] if len(rows) == _PIECE else newest), events


def _newest(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'request_logs'").fetchone()
    return 0 if row is None else int(row[0])
