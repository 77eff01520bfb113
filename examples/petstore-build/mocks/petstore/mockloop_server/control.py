"""The control plane: health, documentation and the log."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from mockloop_server import pages
from mockloop_server.answer import Answer, make, problem_answer
from mockloop_server.api import Api
from mockloop_server.log import Log
from mockloop_server.log.search import BadQuery, parse
from mockloop_server.problem import document

PREFIX = "/__mockloop"

Endpoint = Callable[[Scope], Awaitable[Answer]]

_STATIC = Path(__file__).parent / "static"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


class Control:
    """Answers what is not of the description but about the server."""

    def __init__(self, api: Api, log: Log, root: Path) -> None:
        self._api = api
        self._log = log
        self._openapi = root / "openapi.json"
        self._started = time.monotonic()
        common = {
            "/health": self._health,
            "/docs": self._docs,
            "/redoc": self._redoc,
            "/openapi.json": self._description,
        }
        self._endpoints: dict[str, Endpoint] = {
            **common,
            **{PREFIX + path: endpoint for path, endpoint in common.items()},
            "/admin/api/logs/search": self._search,
            PREFIX + "/api/logs/search": self._search,
        }
        for file in sorted(_STATIC.iterdir()):
            if file.suffix in _TYPES:
                self._endpoints[f"{PREFIX}/static/{file.name}"] = _static(file)

    def find(self, path: str) -> Endpoint | None:
        """What answers a path, if it is one of these."""
        endpoint = self._endpoints.get(path)
        if endpoint is None and path.startswith(PREFIX + "/"):
            return _unknown
        return None if endpoint is None else _reading(endpoint)

    async def _health(self, _: Scope) -> Answer:
        api, log = self._api, self._log
        return _json(
            {
                "status": "healthy",
                "title": api.title,
                "version": api.version,
                "source": api.source,
                "operations": len(api.entries),
                "uptime_seconds": round(time.monotonic() - self._started, 3),
                "pid": os.getpid(),
                "log": {
                    "rows_written": log.written,
                    "queue_depth": log.depth,
                    "dropped": log.dropped,
                    "database": str(log.file),
                    "error": log.error,
                },
            }
        )

    async def _description(self, _: Scope) -> Answer:
        try:
            data = await run_in_threadpool(self._openapi.read_bytes)
        except OSError as error:
            return problem_answer(document(404, f"openapi.json: {error.strerror}"), "control")
        return make(200, data, "application/json", decided_by="control")

    async def _docs(self, scope: Scope) -> Answer:
        return _page(pages.swagger_ui(self._api.title, scope.get("root_path", "")))

    async def _redoc(self, scope: Scope) -> Answer:
        return _page(pages.redoc(self._api.title, scope.get("root_path", "")))

    async def _search(self, scope: Scope) -> Answer:
        pairs = parse_qsl(
            scope["query_string"].decode("latin-1"), keep_blank_values=True, errors="replace"
        )
        try:
            search = parse(pairs)
        except BadQuery as error:
            problem = document(400, "The query cannot be used.", error.violations)
            return problem_answer(problem, "control")
        logs, total = await self._log.search(search.conditions, search.limit, search.offset)
        return _json(
            {
                "logs": logs,
                "total_count": total,
                "returned_count": len(logs),
                "limit": search.limit,
                "offset": search.offset,
            }
        )


def _reading(endpoint: Endpoint) -> Endpoint:
    async def serve(scope: Scope) -> Answer:
        if scope["method"] in ("GET", "HEAD"):
            return await endpoint(scope)
        if scope["method"] == "OPTIONS":
            return make(204, b"", None, {"Allow": "GET, HEAD, OPTIONS"}, "control")
        problem = document(405, f"{scope['method']} is not one of GET, HEAD")
        return problem_answer(problem, "control", ("Allow", "GET, HEAD, OPTIONS"))

    return serve


def _static(file: Path) -> Endpoint:
    async def serve(_: Scope) -> Answer:
        data = await run_in_threadpool(file.read_bytes)
        headers = {"Cache-Control": "public, max-age=86400"}
        return make(200, data, _TYPES[file.suffix], headers, "control")

    return serve


async def _unknown(scope: Scope) -> Answer:
    return problem_answer(document(404, f"The control plane has no {scope['path']}"), "control")


def _json(value: Any) -> Answer:
    body = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    return make(200, body, "application/json", {"Cache-Control": "no-store"}, "control")


def _page(html: str) -> Answer:
    headers = {"Content-Security-Policy": pages.POLICY, "Cache-Control": "no-store"}
    return make(
        200, html.encode("utf-8", "replace"), "text/html; charset=utf-8", headers, "control"
    )
