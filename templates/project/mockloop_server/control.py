"""The control plane: the admin API, and the pages that show the description."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope

from mockloop_server import pages
from mockloop_server.admin import Admin
from mockloop_server.answer import Answer, make, problem_answer
from mockloop_server.part import Page
from mockloop_server.problem import document
from mockloop_server.served import Outcome

PREFIX = "/__mockloop"
# Where the description does not claim these, they are the same as below `PREFIX`.
FRIENDLY = ("/health", "/metrics", "/docs", "/redoc", "/openapi.json")

_STATIC = Path(__file__).parent / "static"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


class Control:
    """Answers what is not of the description but about the server."""

    def __init__(
        self,
        title: str,
        root: Path,
        admin: Admin,
        pages: Mapping[str, Page],
        friendly: Mapping[str, Page],
        shared: Collection[str] = (),
    ) -> None:
        self._title = title
        self._admin = admin
        self._openapi = root / "openapi.json"
        self.friendly = (*FRIENDLY, *friendly)
        """Paths that are ours where the description does not claim them."""
        self._friendly: dict[bytes, Page | None] = dict.fromkeys(each.encode() for each in FRIENDLY)
        self._friendly.update((path.encode(), page) for path, page in friendly.items())
        self._shared = {path.encode() for path in (*shared, "/openapi.json")}
        self._pages: dict[bytes, Page] = {
            b"/docs": _reading(self._docs),
            b"/redoc": _reading(self._redoc),
            b"/openapi.json": _reading(self._description),
        }
        for file in sorted(_STATIC.iterdir()):
            if file.suffix in _TYPES:
                self._pages[f"/static/{file.name}".encode()] = _reading(_static(file))
        self._pages.update((path.encode(), page) for path, page in pages.items())

    def find(self, path: bytes) -> Page | None:
        """What answers a path, as it is written, if it is one of these."""
        if path.startswith(b"/__mockloop/"):
            path = path.removeprefix(b"/__mockloop")
        elif path.startswith(b"/admin/api/"):
            path = path.removeprefix(b"/admin")
        elif path not in self._friendly:
            return None
        elif (page := self._friendly[path]) is not None:
            return page
        return self._pages.get(path) or self._admin.at(path)

    def shares(self, path: bytes) -> bool:
        """Whether a page of another origin may call this; never the admin API."""
        return path.removeprefix(b"/__mockloop") in self._shared

    def yields(self, path: bytes) -> bool:
        """Whether a path is one of those that are ours only where nobody else has them."""
        return path in self._friendly

    async def _description(self, _: Scope) -> Answer:
        try:
            data = await run_in_threadpool(self._openapi.read_bytes)
        except OSError as error:
            return problem_answer(document(404, f"openapi.json: {error.strerror}"), "control")
        return make(200, data, "application/json", decided_by="control")

    async def _docs(self, scope: Scope) -> Answer:
        return _page(pages.swagger_ui(self._title, scope.get("root_path", "")))

    async def _redoc(self, scope: Scope) -> Answer:
        return _page(pages.redoc(self._title, scope.get("root_path", "")))


def _reading(endpoint: Callable[[Scope], Awaitable[Answer]]) -> Page:
    async def serve(scope: Scope, _: Receive) -> Outcome:
        if scope["method"] in ("GET", "HEAD"):
            return await endpoint(scope)
        if scope["method"] == "OPTIONS":
            return make(204, b"", None, {"Allow": "GET, HEAD, OPTIONS"}, "control")
        problem = document(405, f"{scope['method']} is not one of GET, HEAD")
        return problem_answer(problem, "control", ("Allow", "GET, HEAD, OPTIONS"))

    return serve


def _static(file: Path) -> Callable[[Scope], Awaitable[Answer]]:
    async def serve(_: Scope) -> Answer:
        data = await run_in_threadpool(file.read_bytes)
        headers = {"Cache-Control": "public, max-age=86400"}
        return make(200, data, _TYPES[file.suffix], headers, "control")

    return serve


def _page(html: str) -> Answer:
    headers = {"Content-Security-Policy": pages.POLICY, "Cache-Control": "no-store"}
    return make(
        200, html.encode("utf-8", "replace"), "text/html; charset=utf-8", headers, "control"
    )
