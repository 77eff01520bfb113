"""The engine as ASGI middleware.

It stands in front of FastAPI's own routing, which tries one route after the other. What the engine
does not know goes on to FastAPI, so that a project can have routes of its own; what FastAPI does
not know either comes back to `not_found`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from mockloop_server.answer import Answer, problem_answer, send_answer
from mockloop_server.control import Control
from mockloop_server.cors import cors
from mockloop_server.engine import Engine
from mockloop_server.events import Answered, Events
from mockloop_server.log.record import facts_of
from mockloop_server.problem import document
from mockloop_server.receive import Disconnected, TooLarge, has_body, merged, raw_path, read_body
from mockloop_server.router import Found, Router
from mockloop_server.validation import Incoming

_ALLOW = "mockloop.allow"


class EngineMiddleware:
    """Serves the operations of the description and the control plane."""

    def __init__(
        self,
        app: ASGIApp,
        engine: Engine,
        router: Router,
        control: Control,
        events: Events,
        max_body: int,
        origins: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._engine = engine
        self._router = router
        self._control = control
        self._events = events
        self._max_body = max_body
        self._cors = cors(partial(self.__call__, is_known=True), origins) if origins else None

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, *, is_known: bool = False
    ) -> None:
        """Serve one request; `is_known` says that its origin has been looked at."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = raw_path(scope)
        found = None if path.startswith(b"/__mockloop/") else self._router.find(path)
        if found is None:
            serve = self._control.find(path)
            if serve is not None and not self._is_taken(path, scope):
                facts = facts_of(scope)
                facts.is_admin, facts.decided_by = True, "control"
                if not is_known and self._control.shares(path):
                    headers = merged(scope["headers"])
                    if self._cors is not None and b"origin" in headers:
                        await self._cors(scope, receive, send)
                        return
                outcome = await serve(scope, receive)
                if isinstance(outcome, Answer):
                    await send_answer(outcome, scope, send)
                else:
                    await outcome(scope, receive, send)
                return
            found = self._router.find_loosely(path)
        headers = merged(scope["headers"])
        if b"origin" in headers and not is_known and self._cors is not None:
            facts_of(scope).decided_by = "routing"
            await self._cors(scope, receive, send)
        elif found is None:
            await self._app(scope, receive, send)
        else:
            await self._serve(found, headers, scope, receive, send)

    def _is_taken(self, path: bytes, scope: Scope) -> bool:
        """Whether the description, or a route of the owner, has a path that is ours else."""
        if not self._control.yields(path):
            return False
        return self._router.find_loosely(path) is not None or any(
            route.matches(scope)[0] is Match.FULL for route in scope["app"].router.routes
        )

    async def _serve(
        self,
        found: Found,
        headers: dict[bytes, bytes],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        leaf, values = found
        method = scope["method"]
        targets = leaf.methods.get(method) or (
            leaf.methods.get("GET") if method == "HEAD" else None
        )
        facts = facts_of(scope)
        if targets is None:
            if method == "OPTIONS":
                facts.decided_by = "routing"
                options = Answer(204, [(b"allow", leaf.allow().encode())], b"", "routing")
                await send_answer(options, scope, send)
            else:
                scope[_ALLOW] = leaf.allow()
                await self._app(scope, receive, send)
            return
        body = b""
        if has_body(headers):
            try:
                body = await read_body(headers, receive, self._max_body)
            except TooLarge:
                problem = document(413, f"A body may have {self._max_body} bytes at most.")
                facts.decided_by = "validation"
                await send_answer(
                    problem_answer(problem, "validation", ("Connection", "close")), scope, send
                )
                return
            except Disconnected:
                facts.decided_by = "disconnect"
                return
        request = Incoming(method, headers, scope["query_string"], body)
        outcome = await self._engine.answer(targets, values, request, facts, scope, receive)
        if isinstance(outcome, Answer):
            facts.decided_by = outcome.decided_by
            await send_answer(outcome, scope, send)
        else:
            facts.decided_by = "handler"
            await outcome(scope, receive, send)
        events, id = self._events, facts.operation_id
        asks = events.asks.get(id)
        if asks is not None and asks(request) and id is not None and events.on_answer is not None:
            events.on_answer(Answered(id, targets, values, request, outcome, scope))


async def fallback(scope: Scope, receive: Receive, send: Send) -> None:
    """What FastAPI's router calls for a path that nobody knows."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000, "reason": ""})
        return
    facts = facts_of(scope)
    facts.decided_by = "routing"
    allow = scope.get(_ALLOW)
    if allow is None:
        problem, headers = document(404, f"Nothing has the path {scope['path']}"), []
    else:
        detail = f"{scope['method']} is not one of {allow}"
        problem, headers = document(405, detail), [("Allow", allow)]
    await send_answer(problem_answer(problem, "routing", *headers), scope, send)
