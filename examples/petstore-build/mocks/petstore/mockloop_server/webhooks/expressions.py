"""Runtime expressions of OpenAPI: where a callback goes, by the request and what was answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus

import orjson

from mockloop_server.events import Answered
from mockloop_server.negotiate import essence, is_json
from mockloop_server.pointer import ABSENT, at
from mockloop_server.validation import Incoming

_EXPRESSION = re.compile(r"\{(\$[^{}]*)\}")
_FORM = "application/x-www-form-urlencoded"


class Unresolved(Exception):
    """An expression without a value."""


Resolve = Callable[[str], str]
"""The value of an expression; raises `Unresolved`."""


def expressions(template: str) -> Iterator[str]:
    """The expressions of a callback's key, which may be one as a whole."""
    if template.startswith("$"):
        yield template
    else:
        yield from _EXPRESSION.findall(template)


def caller(templates: Iterable[str]) -> Callable[[Incoming], bool]:
    """Whether a request can have all that one of these keys of callbacks asks of it."""
    wanted = [_needs(each) for each in templates]

    def asks(request: Incoming) -> bool:
        for needs_query, needs_body, headers in wanted:
            if needs_query and not request.query_string or needs_body and not request.body:
                continue
            if not headers or headers <= request.headers.keys():
                return True
        return False

    return asks


def _needs(template: str) -> tuple[bool, bool, frozenset[bytes]]:
    """Whether it takes a query and a body, and which headers."""
    found = list(expressions(template))
    header = "$request.header."
    return (
        any(each.startswith("$request.query.") for each in found),
        any(each.startswith("$request.body") for each in found),
        frozenset(
            each.removeprefix(header).lower().encode("latin-1", "replace")
            for each in found
            if each.startswith(header)
        ),
    )


def fill(template: str, resolve: Resolve) -> str:
    """A callback's key with values instead of its expressions."""
    if template.startswith("$"):
        return resolve(template)
    return _EXPRESSION.sub(lambda found: resolve(found[1]), template)


@dataclass
class Exchange:
    """A request and its answer, as expressions see them."""

    method: str
    url: str
    status: int
    path: dict[str, str]
    query_string: bytes
    request_headers: dict[str, str]
    request_body: bytes
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: bytes = b""

    @classmethod
    def of(cls, answered: Answered) -> Exchange:
        """What happened."""
        request, outcome, scope = answered.request, answered.outcome, answered.scope
        target = next(each for each in answered.targets if each.entry.id == answered.operation_id)
        status, headers, body = seen(outcome)
        return cls(
            method=request.method,
            url=_url(scope),
            status=status,
            path={
                name: unquote(value, errors="replace")
                for name, value in zip(target.names, answered.values, strict=False)
            },
            query_string=request.query_string,
            request_headers=_text(request.headers.items()),
            request_body=request.body,
            response_headers=_text(headers),
            response_body=body,
        )

    def resolve(self, expression: str) -> str:
        """The value of an expression."""
        if expression == "$url":
            return self.url
        if expression == "$method":
            return self.method
        if expression == "$statusCode":
            return str(self.status)
        side, _, source = expression.partition(".")
        if side == "$request":
            return self._resolve(expression, source, self.request_headers, self._sent)
        if side == "$response":
            return self._resolve(expression, source, self.response_headers, self._answered)
        raise Unresolved(expression)

    def _resolve(
        self, expression: str, source: str, headers: dict[str, str], body: Callable[[], Any]
    ) -> str:
        kind, _, name = source.partition(".")
        found: Any = None
        if kind == "header":
            found = headers.get(name.lower())
        elif kind == "query" and expression.startswith("$request"):
            found = self._query.get(name)
        elif kind == "path" and expression.startswith("$request"):
            found = self.path.get(name)
        elif source == "body":
            found = body()
        elif source.startswith("body#"):
            found = at(body(), source.removeprefix("body#"))
        if found is None or found is ABSENT:
            raise Unresolved(expression)
        return found if isinstance(found, str) else orjson.dumps(found).decode()

    @cached_property
    def _query(self) -> dict[str, str]:
        pairs = (part.partition("=") for part in self.query_string.decode("latin-1").split("&"))
        found: dict[str, str] = {}
        for name, _, value in pairs:
            found.setdefault(unquote_plus(name), unquote_plus(value))
        return found

    def _sent(self) -> Any:
        return _read(self.request_body, self.request_headers)

    def _answered(self) -> Any:
        return _read(self.response_body, self.response_headers)


def seen(outcome: Any) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Status, headers and body of an answer; a streamed body is not kept."""
    if hasattr(outcome, "status"):
        return outcome.status, outcome.headers, outcome.body
    return outcome.status_code, outcome.raw_headers, bytes(getattr(outcome, "body", b""))


def _url(scope: Any) -> str:
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1")
    if not host:
        server = scope.get("server") or ("localhost", None)
        host = server[0] if server[1] is None else f"{server[0]}:{server[1]}"
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    query = scope["query_string"].decode("latin-1")
    url = f"{scope.get('scheme', 'http')}://{host}{raw.decode('latin-1')}"
    return f"{url}?{query}" if query else url


def _text(pairs: Any) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}


def _read(body: bytes, headers: dict[str, str]) -> Any:
    """A body as JSON or as the fields of a form, else as text."""
    kind = essence(headers.get("content-type", "application/json"))
    text = body.decode("utf-8", "replace")
    if kind == _FORM:
        return dict(reversed(parse_qsl(text, keep_blank_values=True)))
    if is_json(kind):
        try:
            return orjson.loads(body)
        except ValueError:
            return None
    return text
