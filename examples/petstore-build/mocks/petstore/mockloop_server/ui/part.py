"""The pages of the admin UI."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope

from mockloop_server.admin.contract import Handlers
from mockloop_server.answer import Answer, make, problem_answer
from mockloop_server.log.record import facts_of
from mockloop_server.part import Host, Page
from mockloop_server.problem import document
from mockloop_server.served import Outcome

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)

_STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_PARTS = ("webhooks", "auth", "storage")
"""Those with a page of their own, in its order; a project may lack the file along with the part."""
_SHARED = [
    # Browsers keep a copy, and ask each time whether it is still the file.
    ("Cache-Control", "no-cache"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
]
_ALLOW = ("Allow", "GET, HEAD, OPTIONS")


class AdminUi:
    """Serves the shell and the files that it loads; all data comes from the admin API."""

    tag = "admin_ui"

    def __init__(self, root: Path) -> None:
        self._shell = root / "templates" / "admin.html"

    def install(self, host: Host) -> Handlers:
        """Serve below `/__mockloop/`, and lead there from where a person looks first."""
        policy = ("Content-Security-Policy", POLICY)
        host.pages["/"] = _page(self._shell.read_bytes, "text/html; charset=utf-8", policy)
        for file in sorted(_STATIC.iterdir()):
            if file.suffix in _TYPES:
                host.pages[f"/ui/{file.name}"] = _page(file.read_bytes, _TYPES[file.suffix])
        host.pages["/ui/parts.js"] = _page(_parts, _TYPES[".js"])
        # Relative, as a proxy may serve the mock below a path that it does not know.
        host.friendly["/__mockloop"] = _redirect("__mockloop/")
        host.friendly["/admin"] = _redirect("__mockloop/")
        host.friendly["/admin/"] = _redirect("../__mockloop/")
        return {}

    def start(self) -> None:
        """There is nothing to begin."""

    def stop(self) -> None:
        """There is nothing to end."""


def _parts() -> bytes:
    """The module that gives the pages of parts."""
    names = [name for name in _PARTS if (_STATIC / f"{name}.js").is_file()]
    imports = "".join(f'import * as {name} from "./{name}.js";\n' for name in names)
    return f"{imports}export const parts = [{', '.join(names)}];\n".encode()


def _page(read: Callable[[], bytes], content_type: str, *more: tuple[str, str]) -> Page:
    def answer(known: str) -> Answer:
        try:
            data = read()
        except OSError as error:
            name = Path(error.filename or "").name
            return problem_answer(document(404, f"{name}: {error.strerror}"), "control")
        etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        headers = [*_SHARED, ("ETag", etag), *more]
        if etag in known:
            return make(304, b"", None, headers, "control")
        return make(200, data, content_type, headers, "control")

    async def serve(scope: Scope) -> Answer:
        known = dict(scope["headers"]).get(b"if-none-match", b"").decode("latin-1")
        return await run_in_threadpool(answer, known)

    return _reading(serve)


def _redirect(to: str) -> Page:
    async def serve(_: Scope) -> Answer:
        return make(307, b"", None, [("Location", to), ("Cache-Control", "no-cache")], "control")

    return _reading(serve)


def _reading(endpoint: Callable[[Scope], Awaitable[Answer]]) -> Page:
    async def serve(scope: Scope, _: Receive) -> Outcome:
        # The log is to hold what is asked of the mock, and not the files of this page.
        facts_of(scope).hides_body = True
        if scope["method"] in ("GET", "HEAD"):
            return await endpoint(scope)
        if scope["method"] == "OPTIONS":
            return make(204, b"", None, [_ALLOW], "control")
        problem = document(405, f"{scope['method']} is not one of GET, HEAD")
        return problem_answer(problem, "control", _ALLOW)

    return serve
