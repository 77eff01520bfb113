"""Puts every request, and the response that was really sent, into the log.

Plain ASGI: nothing is buffered, so streamed responses still stream. Add it last, so that it is the
outermost middleware and sees what all others did.
"""

from __future__ import annotations

import itertools
import re
import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockloop_server.answer import problem_answer, send_answer
from mockloop_server.log import Log, Record
from mockloop_server.problem import document

# What comes from outside goes into a header of ours.
_USABLE = re.compile(rb"[!-~]{1,200}")
_CORRELATION = frozenset({b"x-correlation-id", b"correlation-id", b"x-request-id"})
_BODY = frozenset({b"content-length", b"transfer-encoding"})


class LoggingMiddleware:
    """Writes one row per request; without a log it only passes things on."""

    def __init__(self, app: ASGIApp, log: Log) -> None:
        self._app = app
        self._log = log
        self._limit = log.body_limit + 1
        self._prefix = secrets.token_hex(8).encode()
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter_ns()
        correlation_id, has_body = b"", False
        for name, value in scope["headers"]:
            if name in _CORRELATION:
                correlation_id = correlation_id or (value if _USABLE.fullmatch(value) else b"")
            elif name in _BODY:
                has_body = True
        if not correlation_id:
            # Of one width, so that they sort as they come: an index grows fastest at its end.
            correlation_id = b"%s-%08x" % (self._prefix, next(self._numbers))
        record = Record(scope, correlation_id)
        scope["mockloop"] = record
        unfinished = True

        async def send_logged(message: Message) -> None:
            nonlocal unfinished
            if message["type"] == "http.response.start":
                record.status = message["status"]
                record.response_headers = headers = list(message.get("headers", ()))
                for name, _ in headers:
                    if name == b"x-correlation-id":
                        break
                else:
                    correlation = (b"x-correlation-id", record.correlation_id)
                    message["headers"] = [*headers, correlation]
            elif message["type"] == "http.response.body":
                body = message.get("body", b"")
                if record.response_size < self._limit and body:
                    record.response_chunks.append(body)
                record.response_size += len(body)
                if unfinished and not message.get("more_body", False):
                    # Before the client can know of it, so that whoever asks next finds it.
                    unfinished = False
                    record.duration = time.perf_counter_ns() - begun
                    self._log.put(record)
            await send(message)

        try:
            taken = self._logged(record, receive) if has_body else receive
            await self._app(scope, taken, send_logged)
        except Exception as error:
            if record.status is None and not isinstance(error, ConnectionError):
                record.decided_by = "error"
                problem = document(500, "The server failed; its output says why.")
                await send_answer(problem_answer(problem, "error"), scope, send_logged)
            raise
        finally:
            if unfinished:
                record.duration = time.perf_counter_ns() - begun
                self._log.put(record)

    def _logged(self, record: Record, receive: Receive) -> Receive:
        async def receive_logged() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                body = message.get("body", b"")
                if record.request_size < self._limit and body:
                    record.request_chunks.append(body)
                record.request_size += len(body)
            return message

        return receive_logged
