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


class Watch:
    """Knows the newest request; asks for it but once in a while, however many want to know."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = asyncio.Lock()
        self._newest = 0
        self._known_at = -_PAUSE_SECONDS

    async def newest(self) -> int:
        """The id of the newest request, as it was a moment ago."""
        clock = asyncio.get_running_loop().time
        async with self._lock:
            if clock() - self._known_at >= _PAUSE_SECONDS:
                self._newest = await self._log.readers.run(_newest)
                self._known_at = clock()
        return self._newest

    async def newest_now(self) -> int:
        """The id of the newest request that was answered before this call."""
        async with self._lock:
            self._newest = await self._log.ask(_newest)
            self._known_at = asyncio.get_running_loop().time()
        return self._newest


class Tail:
    """Follows the log, also where other processes write it."""

    def __init__(
        self,
        log: Log,
        watch: Watch,
        filter: Filter,
        fields: Sequence[str] | None,
        closing: Closing,
    ) -> None:
        self._log = log
        self._watch = watch
        self._filter = filter
        self._columns = dict.fromkeys(["id", *columns(fields)])
        self._closing = closing

    async def events(self, after: int | None, seconds: float | None) -> AsyncIterator[bytes]:
        """The events after a request, or after the newest, so long.

        Where they begin is settled before this returns: what is asked of the mock once the stream
        is open is told.
        """
        newest = await self._watch.newest_now()
        return self._events(newest if after is None else after, newest, seconds)

    async def _events(self, at: int, newest: int, seconds: float | None) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        end = None if seconds is None else loop.time() + seconds
        is_first = True
        # A client that is cut off before the first request still knows where to go on.
        yield b"id: %d\nretry: 1000\n\n" % at
        spoken = loop.time()
        while not self._closing.is_set:
            events = b""
            try:
                newest = newest if is_first else await self._watch.newest()
                is_first = False
                if newest != at:
                    # A log that was begun anew is told from its beginning.
                    since = at if newest > at else 0
                    ask = partial(self._after, at=since, newest=newest)
                    at, events = await self._log.readers.run(ask)
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

    def _after(self, db: sqlite3.Connection, at: int, newest: int) -> tuple[int, bytes]:
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
