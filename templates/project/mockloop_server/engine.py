"""What decides the answer to a request: route, security, validation, answer, negotiation."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import unquote_plus

import orjson
from fastapi.encoders import jsonable_encoder
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response as StarletteResponse
from starlette.types import Receive, Scope

from mockloop_server.answer import (
    Answer,
    Answers,
    NoSuchExample,
    NotAcceptable,
    make,
    problem_answer,
)
from mockloop_server.api import Api
from mockloop_server.call import Call, Handler, Routes
from mockloop_server.log.record import Facts
from mockloop_server.negotiate import preferences
from mockloop_server.problem import Violation, document, header
from mockloop_server.refusal import Refuser
from mockloop_server.router import Leaf, Target
from mockloop_server.schemas import Schemas
from mockloop_server.security import Place, Security, Verdict
from mockloop_server.settings import Settings
from mockloop_server.validation import Incoming, Plan, Reading

logger = logging.getLogger("mockloop")

Outcome = Answer | StarletteResponse


class Served:
    """An operation with all that is needed to serve it; made when its first request comes."""

    __slots__ = ("answers", "handler", "is_async", "operation", "plan")

    def __init__(self, target: Target, schemas: Schemas, handler: Handler | None) -> None:
        self.operation = target.entry.operation
        self.answers = Answers(self.operation)
        self.plan = Plan(self.operation, target.names, schemas)
        self.handler = handler
        self.is_async = inspect.iscoroutinefunction(handler)


class Engine:
    """Answers the operations of one API."""

    def __init__(
        self, api: Api, settings: Settings, security: Security, routes: Iterable[Routes]
    ) -> None:
        self._schemas = Schemas(api.schemas)
        self._security = security if settings.auth == "enforce" else None
        self._validation = settings.validation
        self._refuser = Refuser(self._schemas)
        self._served: dict[int, Served] = {}
        self._handlers = {
            name: handler for each in routes for name, handler in each.handlers.items()
        }
        for name in self._handlers.keys() - {entry.id for entry in api.entries}:
            logger.warning("a handler is never called: api.json has no operation %r", name)

    async def answer(
        self,
        targets: Sequence[Target],
        values: Sequence[str],
        request: Incoming,
        facts: Facts,
        scope: Scope,
        receive: Receive,
    ) -> Outcome:
        """The answer to a request whose method and path fit these operations."""
        served, reading = self._choose(targets, values, request)
        operation = served.operation
        facts.operation_id = operation.id
        accept = request.header("accept")
        if accept == "*/*":
            accept = None
        if self._security is not None and operation.security:
            refused = self._unauthorized(served, self._security, request, accept)
            if refused is not None:
                return refused
        if reading is None:
            reading = served.plan.read(values, request, targets[0].entry.fixed_query)
        if reading.violations and self._validation != "off":
            facts.violations = reading.violations
            if self._validation == "enforce":
                return self._invalid(served, reading, accept)
        try:
            if b"prefer" in request.headers:
                preferred = self._preferred(served, request.header("prefer") or "", accept)
                if preferred is not None:
                    return preferred
            if served.handler is None:
                answers = served.answers
                return (
                    answers.default
                    if accept is None
                    else answers.pick(operation.answer, accept=accept)
                )
            call = Call(served.answers, reading, request, accept, scope, receive)
            if served.is_async:
                result = await served.handler(call)
            else:
                result = await run_in_threadpool(served.handler, call)
                if inspect.isawaitable(result):
                    result = await result
            return result if isinstance(result, Answer) else _own(result, served)
        except NotAcceptable as error:
            return self._refuser.refuse(served.answers, [406], [], "negotiation", detail=str(error))
        except NoSuchExample as error:
            return _choices(str(error), "examples", error.known)
        except HTTPException as error:
            detail = error.detail if isinstance(error.detail, str) else repr(error.detail)
            pairs = list((error.headers or {}).items())
            return problem_answer(document(error.status_code, detail), "handler", *pairs)
        except Exception:
            logger.exception("the handler of %s failed", operation.id)
            return problem_answer(document(500, f"The handler of {operation.id} failed."), "error")

    def _choose(
        self, targets: Sequence[Target], values: Sequence[str], request: Incoming
    ) -> tuple[Served, Reading | None]:
        if len(targets) == 1:
            return self._serve(targets[0]), None
        best: tuple[Served, Reading] | None = None
        for target in targets:
            served = self._serve(target)
            reading = served.plan.read(values, request, target.entry.fixed_query)
            if not reading.violations:
                return served, reading
            if best is None or len(reading.violations) < len(best[1].violations):
                best = served, reading
        assert best is not None
        return best

    def _serve(self, target: Target) -> Served:
        key = id(target)
        served = self._served.get(key)
        if served is None:
            handler = self._handlers.get(target.entry.id)
            served = self._served[key] = Served(target, self._schemas, handler)
        return served

    def _unauthorized(
        self, served: Served, security: Security, request: Incoming, accept: str | None
    ) -> Answer | None:
        place = Place(request.header, _query_of(request), request.cookies.get)
        verdict = security.judge(served.operation.security, place)
        if verdict is Verdict.ALLOWED:
            return None
        if verdict is Verdict.FORBIDDEN:
            detail = "The credentials are known, but not allowed to do this."
            return self._refuser.refuse(
                served.answers, [403], [], "security", detail=detail, accept=accept
            )
        challenges = security.challenges(served.operation.security)
        return self._refuser.refuse(
            served.answers,
            [401],
            [],
            "security",
            detail="Valid credentials are required.",
            accept=accept,
            headers=[("WWW-Authenticate", challenge) for challenge in challenges],
        )

    def _invalid(self, served: Served, reading: Reading, accept: str | None) -> Answer:
        statuses = [415] if reading.unsupported else [400, 422] if reading.malformed else [422, 400]
        if not reading.unsupported and not any(
            response.status in ("400", "422", "4XX") for response in served.operation.responses
        ):
            statuses = [400]
        return self._refuser.refuse(
            served.answers, statuses, reading.violations, "validation", accept=accept
        )

    def _preferred(self, served: Served, text: str, accept: str | None) -> Answer | None:
        wanted = preferences(text)
        code, example = wanted.get("code"), wanted.get("example")
        if code is None and example is None:
            return None
        answers, index, status = served.answers, served.operation.answer, None
        if code is not None:
            found = answers.by_status(int(code)) if code.isdecimal() and len(code) == 3 else None
            if found is None:
                known = [response.status for response in served.operation.responses]
                return _choices(f"there is no response {code!r}", "codes", known)
            index, status = found, int(code)
        elif example is not None and example not in answers.examples(index):
            index = next(
                (
                    at
                    for at in range(len(served.operation.responses))
                    if example in answers.examples(at)
                ),
                index,
            )
        answer = answers.pick(index, accept=accept, example=example, status=status)
        applied = [
            f"{name}={_quoted(wanted[name])}" for name in ("code", "example") if name in wanted
        ]
        return answer.plus(("Preference-Applied", ", ".join(applied)), decided_by="prefer")


def not_found(path: str) -> Answer:
    """The answer where no operation lives."""
    return problem_answer(document(404, f"No operation has the path {path}"), "routing")


def wrong_method(leaf_allow: str, method: str) -> Answer:
    """The answer where operations live, but none of this method."""
    problem = document(405, f"{method} is not one of {leaf_allow}")
    return problem_answer(problem, "routing", ("Allow", leaf_allow))


def allowed(leaf: Leaf) -> Answer:
    """The answer to an `OPTIONS` request that no operation describes."""
    return Answer(204, [(b"allow", leaf.allow().encode())], b"", "routing")


def _own(result: Any, served: Served) -> Outcome:
    if isinstance(result, StarletteResponse):
        return result
    if result is None:
        raise TypeError("a handler has to return an answer; `call.mock()` is the described one")
    operation = served.operation
    code = operation.responses[operation.answer].code if operation.responses else 200
    return make(code, orjson.dumps(jsonable_encoder(result)), "application/json")


def _choices(detail: str, name: str, known: list[str]) -> Answer:
    violation = Violation("header", "Prefer", f"{detail}; there are: {', '.join(known) or 'none'}")
    problem = document(400, violation.message, [violation], **{name: known})
    return problem_answer(problem, "prefer", ("Mockloop-Violations", header([violation])))


def _query_of(request: Incoming) -> Any:
    return lambda name: next((unquote_plus(v) for n, v in request.query if n == name), None)


def _quoted(value: str) -> str:
    if value.isascii() and value.replace("-", "").replace("_", "").isalnum():
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
