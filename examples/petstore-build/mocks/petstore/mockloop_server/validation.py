"""A request read and checked against one operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, unquote_plus

from mockloop_server.api import Operation
from mockloop_server.bodies import BodyReader, Malformed, Parsed, Unsupported
from mockloop_server.log.secrets import UNMARKED, Secrets
from mockloop_server.parameters import Input, Pairs, cookies, is_read, query_pairs
from mockloop_server.problem import Violation
from mockloop_server.schemas import Schemas

Values = dict[str, Any]

_NOTHING = Parsed()


class Incoming:
    """A request as it came."""

    __slots__ = ("_cookies", "_query", "accept", "body", "headers", "method", "query_string")

    def __init__(
        self, method: str, headers: dict[bytes, bytes], query_string: bytes, body: bytes
    ) -> None:
        self.method = method
        self.headers = headers
        self.query_string = query_string
        self.body = body
        self._query: Pairs | None = None
        self._cookies: dict[str, str] | None = None
        accept = headers.get(b"accept", b"*/*")
        self.accept = None if accept == b"*/*" else accept.decode("latin-1")
        """The `Accept` header, where it says anything."""

    def header(self, name: str) -> str | None:
        """A header by its lower-case name."""
        value = self.headers.get(name.encode("utf-8"))
        if value is None:
            return None
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")

    @property
    def query(self) -> Pairs:
        """Names, decoded, with values as they are written."""
        # Until Python 3.12 a `cached_property` takes a lock, which each request would pay for.
        if self._query is None:
            self._query = query_pairs(self.query_string) if self.query_string else []
        return self._query

    @property
    def cookies(self) -> dict[str, str]:
        """Cookies by name, as they are written."""
        if self._cookies is None:
            self._cookies = cookies(self.header("cookie") or "")
        return self._cookies


class Reading:
    """What a request says to an operation, and what is wrong with it."""

    __slots__ = (
        "body",
        "cookies",
        "headers",
        "malformed",
        "path",
        "query",
        "unsupported",
        "violations",
    )

    def __init__(self) -> None:
        self.path: Values = {}
        self.query: Values = {}
        self.headers: Values = {}
        self.cookies: Values = {}
        self.body = _NOTHING
        self.violations: list[Violation] = []
        self.malformed = False
        self.unsupported = False


class Plan:
    """How requests to one operation are read; made when the first one comes."""

    def __init__(
        self,
        operation: Operation,
        names: Sequence[str],
        schemas: Schemas,
        secrets: Secrets = UNMARKED,
    ) -> None:
        """`secrets`: of what no message may tell the value."""
        inputs = [
            Input(each, schemas, is_secret=secrets.holds(each.location, each.name))
            for each in operation.parameters
            if is_read(each)
        ]
        by_name = {each.name: each.from_text for each in inputs if each.location == "path"}
        self._path = [(name, by_name.get(name, _undescribed)) for name in names]
        self._query = [each for each in inputs if each.location == "query"]
        self._headers = [(each, each.name.lower()) for each in inputs if each.location == "header"]
        self._cookies = [each for each in inputs if each.location == "cookie"]
        self._names = frozenset(each.name for each in self._query)
        body = operation.request_body
        self.body = None if body is None else BodyReader(body, schemas, secrets)

    def read(
        self, values: Sequence[str], request: Incoming, fixed: Sequence[tuple[str, str]]
    ) -> Reading:
        """Read a request whose path fitted the operation."""
        reading = Reading()
        violations = reading.violations
        for (name, from_text), text in zip(self._path, values, strict=False):
            reading.path[name] = from_text(text, violations)
        if fixed:
            self._check_fixed(request, fixed, violations)
        for each in self._query:
            value = each.from_query(request.query, self._names, violations)
            if value is not ...:
                reading.query[each.name] = value
        for each, name in self._headers:
            self._put(reading.headers, each, request.header(name), violations)
        for each in self._cookies:
            self._put(reading.cookies, each, request.cookies.get(each.name), violations)
        if self.body is not None:
            self._read_body(self.body, request, reading)
        return reading

    def _put(
        self, values: Values, each: Input, text: str | None, violations: list[Violation]
    ) -> None:
        if text is None:
            each.missing(violations)
        else:
            values[each.name] = each.from_text(text, violations)

    def _check_fixed(
        self, request: Incoming, fixed: Sequence[tuple[str, str]], violations: list[Violation]
    ) -> None:
        given = {(name, unquote_plus(value)) for name, value in request.query}
        for name, value in fixed:
            if (name, value) not in given:
                violations.append(Violation("query", name, f"must be {value!r}"))

    def _read_body(self, body: BodyReader, request: Incoming, reading: Reading) -> None:
        content_type = request.header("content-type") or ""
        try:
            reading.body = body.read(request.body, content_type, reading.violations)
        except Malformed as error:
            reading.malformed = True
            reading.violations.append(Violation("body", "", str(error)))
        except Unsupported as error:
            reading.unsupported = True
            reading.violations.append(Violation("header", "Content-Type", str(error)))


def _undescribed(text: str, _: list[Violation]) -> str:
    return unquote(text)
