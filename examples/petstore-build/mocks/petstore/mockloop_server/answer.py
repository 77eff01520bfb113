"""Answers: the bytes of a response, prepared once and sent often."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Scope, Send

from mockloop_server.api import Body, MediaType, Operation, Response
from mockloop_server.negotiate import best
from mockloop_server.problem import PROBLEM_JSON

Headers = list[tuple[bytes, bytes]]

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of a header."""
_UNSAFE = re.compile(r"[^\t\x20-\x7e]+")
# The server or the engine sets these by what is really sent.
OURS = frozenset(
    {"connection", "content-length", "content-type", "date", "keep-alive", "server", "te"}
    | {"trailer", "transfer-encoding", "upgrade"}
)
"""Headers that are never taken from elsewhere."""
_WITHOUT_BODY = frozenset({204, 205, 304})


@dataclass(slots=True)
class Answer:
    """A response, ready to be sent. One is shared by many requests: never change it."""

    status: int
    headers: Headers
    body: bytes
    decided_by: str

    def plus(self, *headers: tuple[str, str], decided_by: str | None = None) -> Answer:
        """A copy with more headers."""
        more = [(name.lower().encode(), safe(value)) for name, value in headers]
        return Answer(self.status, self.headers + more, self.body, decided_by or self.decided_by)


class NotAcceptable(Exception):
    """A request whose `Accept` fits nothing that is offered."""

    def __init__(self, offered: tuple[str, ...]) -> None:
        super().__init__(f"only {', '.join(offered)} can be sent")


class NoSuchExample(Exception):
    """A request for an example that is not described."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"there is no example {name!r}")
        self.known = known


class Answers:
    """All answers of one operation; each is made when it is first asked for."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self._made: dict[tuple[int, int, int, int], Answer] = {}
        self._offered = [
            tuple(media.content_type for media in response.content)
            for response in operation.responses
        ]
        self.default: Answer = (
            self.pick(operation.answer) if operation.responses else Answer(200, [], b"", "sample")
        )

    def pick(
        self,
        index: int,
        *,
        accept: str | None = None,
        example: str | None = None,
        status: int | None = None,
    ) -> Answer:
        """The answer from a response of the operation."""
        response = self.operation.responses[index]
        status = status or response.code
        offered = self._offered[index]
        if example is not None:
            media, body = _example(response, example, offered, accept)
        else:
            found = best(accept, offered) if accept is not None and offered else 0
            if found is None:
                raise NotAcceptable(offered)
            media, body = found, 0
        key = (index, media, body, status)
        if key not in self._made:
            self._made[key] = _prepare(response, status, media, body)
        return self._made[key]

    def by_status(self, status: int) -> int | None:
        """Index of the response that is described for a status."""
        response = self.operation.response(status)
        return None if response is None else self.operation.responses.index(response)

    def with_example(self, name: str) -> int:
        """Index of the response with an example of that name, the default one before others."""
        order = range(len(self.operation.responses))
        holders = (
            index
            for index in sorted(order, key=lambda index: index != self.operation.answer)
            for media in self.operation.responses[index].content
            for body in media.bodies
            if body.name == name
        )
        return next(holders, self.operation.answer)


def make(
    status: int,
    body: bytes,
    content_type: str | None,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    decided_by: str = "handler",
) -> Answer:
    """An answer of one's own."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    sent: Headers = [] if content_type is None else [(b"content-type", safe(content_type))]
    sent += [
        (name.lower().encode(), safe(value))
        for name, value in pairs
        if TOKEN.fullmatch(name) and name.lower() not in OURS
    ]
    if 100 <= status < 200:
        # Clients wait for another response after these; closing tells them that none comes.
        sent += [(b"content-length", b"0"), (b"connection", b"close")]
        return Answer(status, sent, b"", decided_by)
    if status in _WITHOUT_BODY:
        sent = [pair for pair in sent if pair[0] != b"content-type"]
        sent += [(b"content-length", b"0")] if status == 205 else []
        return Answer(status, sent, b"", decided_by)
    return Answer(status, [*sent, (b"content-length", b"%d" % len(body))], body, decided_by)


def problem_answer(document: dict[str, Any], decided_by: str, *headers: tuple[str, str]) -> Answer:
    """A problem document as an answer."""
    body = orjson.dumps(document, default=str)
    return make(document["status"], body, PROBLEM_JSON, headers, decided_by)


async def send_answer(answer: Answer, scope: Scope, send: Send) -> None:
    """Send an answer to a request."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body})


def safe(value: str) -> bytes:
    """A header value without anything that could end it."""
    return _UNSAFE.sub(" ", value).strip().encode()


def described_headers(response: Response) -> list[tuple[str, str]]:
    """The headers that a response is described with."""
    return [
        (header.name, header.value)
        for header in response.headers
        # A body that says it is compressed, and is not, cannot be read.
        if header.name.lower() != "content-encoding" or header.value == "identity"
    ]


def _prepare(response: Response, status: int, media: int, body: int) -> Answer:
    headers = described_headers(response)
    if not 100 <= status <= 599:
        status = 500
    if not response.content:
        return make(status, b"", response.empty_type, headers, "sample")
    chosen: MediaType = response.content[media]
    sample = chosen.bodies[body] if chosen.bodies else Body(None, "schema", True, b"")
    decided_by = "example" if sample.origin == "example" else "sample"
    return make(status, sample.data, chosen.content_type, headers, decided_by)


def _example(
    response: Response, name: str, offered: tuple[str, ...], accept: str | None
) -> tuple[int, int]:
    places = [
        (at, index)
        for at, media in enumerate(response.content)
        for index, body in enumerate(media.bodies)
        if body.name == name
    ]
    if not places:
        known = {body.name for media in response.content for body in media.bodies if body.name}
        raise NoSuchExample(name, sorted(known))
    if accept is None:
        return places[0]
    types = tuple(offered[at] for at, _ in places)
    found = best(accept, types)
    if found is None:
        raise NotAcceptable(types)
    return places[found]
