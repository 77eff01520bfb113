"""What a handler sees of a request, and the ways to answer it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope

from mockloop_server.answer import Answer, Answers, make
from mockloop_server.api import Operation
from mockloop_server.bodies import Upload
from mockloop_server.validation import Incoming, Reading

if TYPE_CHECKING:
    # A project may be without it.
    from mockloop_server.storage import Storage  # type: ignore[import-not-found,unused-ignore]

Handler = Callable[["Call"], Any]
"""Takes a call; gives, or gives an awaitable of, an `Answer`, a Starlette response or JSON."""
H = TypeVar("H", bound=Handler)
HeaderPairs = Mapping[str, str] | Iterable[tuple[str, str]]


class Call:
    """One request to an operation: its values by name, typed as the description says."""

    __slots__ = ("_answers", "_incoming", "_reading", "_receive", "_scope", "_storage")

    def __init__(
        self,
        answers: Answers,
        reading: Reading,
        incoming: Incoming,
        scope: Scope,
        receive: Receive,
        storage: Storage | None = None,
    ) -> None:
        self._answers = answers
        self._reading = reading
        self._incoming = incoming
        self._scope = scope
        self._receive = receive
        self._storage = storage

    @property
    def operation(self) -> Operation:
        """The operation of the description."""
        return self._answers.operation

    @property
    def path(self) -> dict[str, Any]:
        """Path parameters."""
        return self._reading.path

    @property
    def query(self) -> dict[str, Any]:
        """Query parameters that the description has and the request sent."""
        return self._reading.query

    @property
    def headers(self) -> dict[str, Any]:
        """Headers that the description has as parameters; `request.headers` has all."""
        return self._reading.headers

    @property
    def cookies(self) -> dict[str, Any]:
        """Cookies that the description has as parameters."""
        return self._reading.cookies

    @property
    def body(self) -> Any:
        """The body: decoded JSON, form fields or XML, text, or bytes."""
        return self._reading.body.value

    @property
    def files(self) -> dict[str, list[Upload]]:
        """Files of a multipart body by field."""
        return self._reading.body.files

    @property
    def raw_body(self) -> bytes:
        """The body as it came."""
        return self._incoming.body

    @property
    def request(self) -> Request:
        """The request as Starlette sees it; its body is already read: see `raw_body`."""
        return Request(self._scope, self._receive)

    @property
    def storage(self) -> Storage:
        """Collections of JSON documents: `await call.storage["pets"].create({...})`."""
        if self._storage is None:
            raise LookupError(
                "this mock has no storage: generate the project without --no-storage,"
                " and have make_storage() among the parts in main.py"
            )
        return self._storage

    def mock(self, *, status: int | None = None, example: str | None = None) -> Answer:
        """The answer that the description gives: its default one, or by status and example."""
        accept = self._incoming.accept
        if status is None and example is None and accept is None:
            return self._answers.default
        index: int | None = self.operation.answer
        if status is not None:
            index = self._answers.by_status(status)
            if index is None:
                raise LookupError(f"{self.operation.id} has no response for status {status}")
        elif example is not None:
            index = self._answers.with_example(example)
        return self._answers.pick(index or 0, accept=accept, example=example, status=status)

    def example(self, name: str) -> Answer:
        """The example of a name, wherever the description has it."""
        return self.mock(example=name)

    def json(self, value: Any, *, status: int = 200, headers: HeaderPairs = ()) -> Answer:
        """An answer of one's own in JSON."""
        return make(status, orjson.dumps(value, default=str), "application/json", headers)

    def text(
        self,
        value: str,
        *,
        status: int = 200,
        content_type: str = "text/plain; charset=utf-8",
        headers: HeaderPairs = (),
    ) -> Answer:
        """An answer of one's own in text."""
        return make(status, value.encode("utf-8", "replace"), content_type, headers)


class Routes:
    """Handlers by operation id."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}

    def operation(self, operation_id: str) -> Callable[[H], H]:
        """Let a function, plain or async, answer an operation."""

        def register(handler: H) -> H:
            self.handlers[operation_id] = handler
            return handler

        return register
