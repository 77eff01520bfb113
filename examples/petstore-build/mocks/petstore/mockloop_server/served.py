"""One operation with all that is needed to serve it."""

from __future__ import annotations

import inspect
import logging
from typing import Any

import orjson
from fastapi.encoders import jsonable_encoder
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mockloop_server.answer import (
    Answer,
    Answers,
    NoSuchExample,
    NotAcceptable,
    make,
    problem_answer,
)
from mockloop_server.call import Call, Handler
from mockloop_server.log.secrets import Secrets
from mockloop_server.problem import document
from mockloop_server.router import Target
from mockloop_server.schemas import Schemas
from mockloop_server.validation import Plan

logger = logging.getLogger("mockloop")

Outcome = Answer | Response


class Served:
    """Made when the first request to an operation comes."""

    __slots__ = ("_is_async", "answers", "entry", "handler", "operation", "plan")

    def __init__(
        self,
        target: Target,
        schemas: Schemas,
        handler: Handler | None,
        secrets: Secrets,
    ) -> None:
        self.entry = target.entry
        self.operation = target.entry.operation
        self.answers = Answers(self.operation)
        self.plan = Plan(self.operation, target.names, schemas, secrets)
        self.handler = handler
        self._is_async = inspect.iscoroutinefunction(handler)

    async def own(self, call: Call) -> Outcome:
        """What the operation answers by itself."""
        return call.mock() if self.handler is None else await self.call(self.handler, call)

    async def call(self, handler: Handler, call: Call) -> Outcome:
        """What the handler of the operation answers; its errors are answers too."""
        try:
            if self._is_async:
                result = await handler(call)
            else:
                result = await run_in_threadpool(handler, call)
                if inspect.isawaitable(result):
                    result = await result
            return result if isinstance(result, Answer) else self._own(result)
        except NotAcceptable:
            raise
        except NoSuchExample as error:
            known = ", ".join(error.known) or "none"
            logger.error("the handler of %s: %s; there are: %s", self.operation.id, error, known)
        except HTTPException as error:
            detail = error.detail if isinstance(error.detail, str) else repr(error.detail)
            headers = list((error.headers or {}).items())
            return problem_answer(document(error.status_code, detail), "handler", *headers)
        except Exception:
            logger.exception("the handler of %s failed", self.operation.id)
        return problem_answer(document(500, f"The handler of {self.operation.id} failed."), "error")

    def _own(self, result: Any) -> Outcome:
        if isinstance(result, Response):
            return result
        if result is None:
            raise TypeError("a handler has to return an answer, such as `call.mock()`")
        code = self.operation.responses[self.operation.answer].code
        return make(code, orjson.dumps(jsonable_encoder(result)), "application/json")
