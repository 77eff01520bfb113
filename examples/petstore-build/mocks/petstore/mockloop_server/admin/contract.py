"""From a request to the handler that its operation in the contract has."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import orjson
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope

from mockloop_server.admin.guard import Guard, Verdict
from mockloop_server.answer import Answer, make, problem_answer
from mockloop_server.api import Api, Operation
from mockloop_server.log.database import LogError
from mockloop_server.log.record import facts_of
from mockloop_server.problem import Violation, document
from mockloop_server.receive import Disconnected, TooLarge, has_body, merged, read_body
from mockloop_server.router import Router, Target
from mockloop_server.schemas import Schemas
from mockloop_server.served import Outcome
from mockloop_server.validation import Incoming, Plan

logger = logging.getLogger("mockloop")

FOLDER = Path(__file__).parent

_EXPLAINS = "explains_body"
_LARGEST_BODY = 8 * 1024 * 1024
_DEEPEST = 100
_LOGIN = b"/login"


class AdminCall:
    """A checked call: values by name, typed as the contract says, defaults filled in."""

    __slots__ = ("body", "headers", "is_trusted", "path", "query", "raw_body", "scope")

    def __init__(self, scope: Scope, *, is_trusted: bool) -> None:
        self.scope = scope
        self.is_trusted = is_trusted
        self.path: dict[str, Any] = {}
        self.query: dict[str, Any] = {}
        self.headers: dict[str, Any] = {}
        self.body: Any = None
        self.raw_body = b""

    @property
    def actor(self) -> str:
        """Who calls, as far as that can be known."""
        client = (self.scope.get("client") or ("local",))[0]
        agent = dict(self.scope["headers"]).get(b"user-agent", b"").decode("latin-1")
        return f"{client} {agent}".strip()


Handler = Callable[[AdminCall], Awaitable[Outcome]]
Handlers = Mapping[str, Handler]
"""By operation id."""


H = TypeVar("H", bound=Callable[..., Awaitable[Outcome]])


def explains_body(handler: H) -> H:
    """Mark a handler that checks bodies itself, as it can say more than that a schema is missed."""
    setattr(handler, _EXPLAINS, True)
    return handler


class Refused(Exception):
    """A call that is answered by a problem document."""

    def __init__(
        self,
        status: int,
        detail: str,
        violations: Sequence[Violation | dict[str, Any]] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.violations = violations


class Admin:
    """Serves the contract."""

    def __init__(
        self,
        guard: Guard,
        handlers: Iterable[Handlers],
        absent: frozenset[str] = frozenset(),
    ) -> None:
        api = Api.load(FOLDER / "api.json")
        api.entries = [entry for entry in api.entries if absent.isdisjoint(entry.tags)]
        self._guard = guard
        self._schemas = Schemas(api.schemas)
        self._handlers = {name: each for some in handlers for name, each in some.items()}
        described = {entry.id for entry in api.entries}
        if described != self._handlers.keys():
            raise AssertionError(f"contract and handlers: {described ^ self._handlers.keys()}")
        for entry in api.entries:
            entry.base_paths = []
        self._router = Router(api.entries, [])
        self._operations: dict[int, _Described] = {}

    def at(self, path: bytes) -> Callable[[Scope, Receive], Awaitable[Outcome]]:
        """What answers a path of the contract."""

        async def serve(scope: Scope, receive: Receive) -> Outcome:
            if path == _LOGIN:
                facts_of(scope).hides_body = True
            try:
                outcome = await self._serve(path, scope, receive)
                if scope["method"] == "HEAD" and isinstance(outcome, StreamingResponse):
                    # There is no end to wait for.
                    return Response(headers=dict(outcome.headers))
                return outcome
            except Refused as error:
                return refusal(error.status, error.detail, error.violations)
            except TooLarge:
                detail = f"A body may have {_LARGEST_BODY} bytes at most."
                return refusal(413, detail, (), ("Connection", "close"))
            except LogError as error:
                return refusal(503, f"The log cannot be used: {error}")
            except Disconnected:
                return make(400, b"", None, decided_by="control")

        return serve

    async def _serve(self, path: bytes, scope: Scope, receive: Receive) -> Outcome:
        found = self._router.find(path)
        headers = merged(scope["headers"])
        verdict = self._guard.judge(scope, headers)
        if verdict is Verdict.FOREIGN:
            raise Refused(403, "Pages of another origin may not call the admin API.")
        if found is None:
            if verdict is not Verdict.TRUSTED:
                return self._unauthorized(verdict, headers)
            raise Refused(404, f"The admin API has no {path.decode('latin-1')}")
        leaf, values = found
        method = scope["method"]
        targets = leaf.methods.get("GET" if method == "HEAD" else method)
        if targets is None:
            allow = ("Allow", leaf.allow())
            if method == "OPTIONS":
                return make(204, b"", None, [allow], "control")
            if verdict is not Verdict.TRUSTED:
                return self._unauthorized(verdict, headers)
            return refusal(405, f"{method} is not one of {leaf.allow()}", (), allow)
        described = self._described(targets[0])
        if not described.is_open and verdict is not Verdict.TRUSTED:
            return self._unauthorized(verdict, headers)
        body = await read_body(headers, receive, _LARGEST_BODY) if has_body(headers) else b""
        request = Incoming(method, headers, scope["query_string"], body)
        call = AdminCall(scope, is_trusted=verdict is Verdict.TRUSTED)
        handler = self._handlers[described.operation.id]
        described.read(values, request, call, explained=getattr(handler, _EXPLAINS, False))
        return await handler(call)

    def _unauthorized(self, verdict: Verdict, headers: dict[bytes, bytes]) -> Answer:
        if verdict is Verdict.UNKNOWN:
            challenge = ("WWW-Authenticate", 'Bearer realm="MockLoop admin API"')
            return refusal(401, self._guard.why_untrusted(headers), (), challenge)
        return refusal(403, self._guard.why_untrusted(headers))

    def _described(self, target: Target) -> _Described:
        key = id(target)
        if key not in self._operations:
            self._operations[key] = _Described(target, self._schemas)
        return self._operations[key]


class _Described:
    """An operation of the contract, ready to read requests; made when the first one comes."""

    def __init__(self, target: Target, schemas: Schemas) -> None:
        self.operation: Operation = target.entry.operation
        security = self.operation.security
        self.is_open = not security or [] in security
        self._plan = Plan(self.operation, target.names, schemas)
        queries = [each for each in self.operation.parameters if each.location == "query"]
        self._names = [each.name for each in queries]
        self._defaults = {
            each.name: each.schema["default"]
            for each in queries
            if isinstance(each.schema, dict) and "default" in each.schema
        }

    def read(
        self, values: Sequence[str], request: Incoming, call: AdminCall, *, explained: bool
    ) -> None:
        """Fill in what a request says; refuses what the contract does not allow."""
        reading = self._plan.read(values, request, ())
        if explained and request.body and not reading.malformed and not reading.unsupported:
            reading.violations = [each for each in reading.violations if each.place != "body"]
        violations = [
            Violation("query", name, f"is unknown; there are: {', '.join(self._names) or 'none'}")
            for name in dict.fromkeys(name for name, _ in request.query)
            if name not in self._names
        ] + reading.violations
        if self.operation.id == "login" and violations:
            raise Refused(400, 'A login is {"token": ...}, as JSON or as a form.')
        if _is_deep(reading.body.value):
            message = f"is nested more than {_DEEPEST} levels deep"
            violations = [Violation("body", "", message)]
        if reading.unsupported:
            raise Refused(415, "The body has a media type that is not taken.", violations)
        if violations:
            in_path = all(each.place == "path" for each in violations)
            raise Refused(404 if in_path else 400, "The call cannot be used.", violations)
        call.path = reading.path
        call.query = {**self._defaults, **reading.query}
        call.headers = reading.headers
        call.body = reading.body.value
        call.raw_body = request.body


def _is_deep(value: Any) -> bool:
    """Whether a JSON value is nested deeper than what is made of it could be written."""
    level = [value]
    for _ in range(_DEEPEST + 1):
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def refusal(
    status: int,
    detail: str,
    violations: Iterable[Violation | dict[str, Any]] = (),
    *headers: tuple[str, str],
) -> Answer:
    """A problem document; a violation may have more members than a request's has."""
    problem = document(status, detail)
    if listed := [each if isinstance(each, dict) else each.to_json() for each in violations]:
        problem["violations"] = listed
    return problem_answer(problem, "control", ("Cache-Control", "no-store"), *headers)


def ok(value: Any, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """An answer in JSON."""
    body = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    return make(
        status, body, "application/json", [("Cache-Control", "no-store"), *headers], "control"
    )


def nothing(*headers: tuple[str, str]) -> Answer:
    """An answer without a body."""
    return make(204, b"", None, [("Cache-Control", "no-store"), *headers], "control")
