"""Search, one request, deletion, export, tail and verification of the log."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from difflib import get_close_matches
from typing import Any

from starlette.responses import StreamingResponse

from mockloop_server.admin.contract import AdminCall, Handlers, Refused, ok
from mockloop_server.answer import Answer, make
from mockloop_server.api import Api
from mockloop_server.closing import Closing
from mockloop_server.log import Log, show
from mockloop_server.log.database import LogError, connect
from mockloop_server.log.export import Export
from mockloop_server.log.filters import BadFilter, Filter, Tags, utc
from mockloop_server.log.retention import forget
from mockloop_server.log.search import one, search
from mockloop_server.log.tail import Tail, Watch
from mockloop_server.log.verify import BadVerification, Verification
from mockloop_server.problem import Violation

_STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
# These say how a search is shown, not what is searched.
_VIEW = frozenset(
    {"limit", "offset", "sort", "fields", "exact_total", "format", "group_by", "seconds"}
)


def log_handlers(api: Api, log: Log, stopping: Closing) -> Handlers:
    """The handlers of the operations that are tagged `logs`."""
    logs = _Logs([entry.id for entry in api.entries], tags_of(api), log, stopping)
    return {
        "searchLogs": logs.search,
        "listRequests": logs.search,
        "deleteLogs": logs.delete,
        "tailLogs": logs.tail,
        "exportLogs": logs.export,
        "verifyRequests": logs.verify,
        "getRequest": logs.one,
        "getRequestAsCurl": logs.curl,
        "getRequestAsHar": logs.har,
    }


def tags_of(api: Api) -> Tags:
    """The ids of operations by tag."""
    tags: dict[str, list[str]] = {}
    for entry in api.entries:
        for tag in entry.tags:
            tags.setdefault(tag, []).append(entry.id)
    return tags


def filter_of(given: dict[str, Any], tags: Tags, place: str = "query", pointer: str = "") -> Filter:
    """The filter that a call asks for, at some place of it."""
    try:
        asked = {name: value for name, value in given.items() if name not in _VIEW}
        return Filter(asked, tags, place, pointer)
    except BadFilter as error:
        raise Refused(400, "The filter cannot be used.", [error.violation]) from None


class _Logs:
    def __init__(self, ids: list[str], tags: Tags, log: Log, stopping: Closing) -> None:
        self._ids = ids
        self._tags = tags
        self._log = log
        self._stopping = stopping
        self._watch = Watch(log)

    async def search(self, call: AdminCall) -> Answer:
        query = call.query
        found = filter_of(query, self._tags)
        page = await self._log.ask(
            lambda db: search(
                db,
                found,
                limit=query["limit"],
                offset=query["offset"],
                sort=query["sort"],
                fields=query.get("fields"),
                exact_total=query["exact_total"],
            )
        )
        return ok(
            {
                "logs": page.logs,
                "total_count": page.total,
                "total_is_exact": page.is_exact,
                "returned_count": len(page.logs),
                "limit": query["limit"],
                "offset": query["offset"],
                "search_time_ms": page.took_ms,
            }
        )

    async def one(self, call: AdminCall) -> Answer:
        row = await self._find(call)
        if call.query["pretty"]:
            for side in ("request", "response"):
                body, note = row[f"{side}_body"], row[f"{side}_body_note"]
                row[f"{side}_body_pretty"] = show.pretty(body, note)
        return ok(row)

    async def curl(self, call: AdminCall) -> Answer:
        text = show.curl(await self._find(call))
        return make(200, text.encode(), "text/plain; charset=utf-8", decided_by="control")

    async def har(self, call: AdminCall) -> Answer:
        return ok(show.har([await self._find(call)]))

    async def _find(self, call: AdminCall) -> dict[str, Any]:
        id = call.path["id"]
        row = await self._log.ask(lambda db: one(db, id))
        if row is None:
            raise Refused(404, f"The log has no request {id}.")
        return row

    async def delete(self, call: AdminCall) -> Answer:
        before = call.query.get("before")
        try:
            moment = None if before is None else utc(before)
        except (ValueError, OverflowError) as error:
            violation = Violation("query", "before", str(error))
            raise Refused(400, "The time cannot be used.", [violation]) from None
        session = call.query.get("session_id")

        def run() -> int:
            self._log.flush()
            with closing(connect(self._log.file)) as db:
                return forget(db, moment, session)

        # Not among the readers: these give way to everything, and this keeps others from writing.
        try:
            return ok({"deleted": await asyncio.to_thread(run)})
        except sqlite3.Error as error:
            raise LogError(str(error)) from error

    async def export(self, call: AdminCall) -> StreamingResponse:
        kind = call.query["format"]
        export = Export(self._log, filter_of(call.query, self._tags), kind)
        await export.begin()
        headers = {
            **_STREAM,
            "Content-Disposition": f'attachment; filename="requests.{kind}"',
            "Mockloop-Total-Count": str(export.total),
        }
        return StreamingResponse(export.pieces(), headers=headers, media_type=export.content_type)

    async def tail(self, call: AdminCall) -> StreamingResponse:
        found = filter_of(call.query, self._tags)
        tail = Tail(self._log, self._watch, found, call.query.get("fields"), self._stopping)
        events = await tail.events(call.headers.get("Last-Event-ID"), call.query.get("seconds"))
        return StreamingResponse(events, headers=_STREAM, media_type="text/event-stream")

    async def verify(self, call: AdminCall) -> Answer:
        operation = call.body["request"].get("operation_id")
        if operation is not None and operation not in self._ids:
            near = get_close_matches(operation, self._ids, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            message = f"{operation!r} names no operation{hint}"
            violation = Violation("body", "/request/operation_id", message)
            raise Refused(400, "The verification cannot be done.", [violation])
        try:
            return ok(await self._log.ask(Verification(call.body).verify))
        except (BadVerification, BadFilter) as error:
            raise Refused(400, "The verification cannot be done.", [error.violation]) from None
