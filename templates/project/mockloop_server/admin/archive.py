"""Everything that a server knows, in one file."""

from __future__ import annotations

import asyncio
import tempfile
import zipfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import datetime, timezone
from typing import IO, Any

import orjson
from starlette.responses import StreamingResponse

from mockloop_server.admin.contract import AdminCall, Handlers
from mockloop_server.answer import make
from mockloop_server.api import Api
from mockloop_server.log import Log
from mockloop_server.log.export import Export
from mockloop_server.log.filters import Filter
from mockloop_server.served import Outcome
from mockloop_server.steering import Steering

_IN_MEMORY = 1 << 20
_PIECE = 1 << 16
_PAGE = 1000


Members = Callable[[], Iterator[tuple[str, Iterable[bytes]]]]
"""Files by name, in pieces."""


def archive_handlers(
    api: Api, log: Log, steering: Steering, exports: Sequence[Members]
) -> Handlers:
    """The handler of `exportAll`."""
    archive = _Archive(api, log, steering, exports)
    return {"exportAll": archive.export}


class _Archive:
    def __init__(self, api: Api, log: Log, steering: Steering, exports: Sequence[Members]) -> None:
        self._api = api
        self._log = log
        self._steering = steering
        self._exports = exports

    async def export(self, call: AdminCall) -> Outcome:
        if call.scope["method"] == "HEAD":
            return make(200, b"", "application/zip", decided_by="control")
        export = Export(self._log, Filter({}, {}), "jsonl")
        await export.begin()
        file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
        try:
            await self._fill(file, export)
        except BaseException:
            file.close()
            raise
        headers = {
            "Content-Disposition": 'attachment; filename="mockloop.zip"',
            "Cache-Control": "no-store",
        }
        return StreamingResponse(_pieces(file), headers=headers, media_type="application/zip")

    async def _fill(self, file: IO[bytes], export: Export) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("request_logs.jsonl", "w", force_zip64=True) as member:
                async for piece in export.pieces():
                    await asyncio.to_thread(member.write, piece)
            for name, value in (await asyncio.to_thread(self._steered)).items():
                archive.writestr(name, orjson.dumps(value, option=orjson.OPT_INDENT_2))
            for members in self._exports:
                await asyncio.to_thread(_add, archive, members)
            archive.writestr("metadata.json", orjson.dumps(self._about(export.total)))
        file.seek(0)

    def _steered(self) -> dict[str, Any]:
        stored = [each for each in _all(self._steering.scenarios.page) if not each["built_in"]]
        return {
            "scenarios.json": [self._steering.scenarios.export(each["name"]) for each in stored],
            "overrides.json": _all(self._steering.overrides.page),
        }

    def _about(self, requests: int) -> dict[str, Any]:
        return {
            "title": self._api.title,
            "version": self._api.version,
            "source": self._api.source,
            "requests": requests,
            "exported_at": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


def _add(archive: zipfile.ZipFile, members: Members) -> None:
    for name, pieces in members():
        with archive.open(name, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)


def _all(page: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        some, total = page(_PAGE, len(found))
        found += some
        if not some or len(found) >= total:
            return found


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
