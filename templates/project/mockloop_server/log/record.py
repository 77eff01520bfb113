"""One request and its response: gathered while serving, made into a row by the writer."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import orjson

from mockloop_server.log.secrets import MASK, Secrets
from mockloop_server.log.shared import CONSTANTS

Headers = Sequence[tuple[bytes, bytes]]
Row = tuple[Any, ...]

COLUMNS = (
    "timestamp, method, path, query_params, operation_id, status_code, process_time_ms, decided_by,"
    " validation_errors, client_host, client_port, request_headers, request_body,"
    " request_body_note, request_size, response_headers, response_body, response_body_note,"
    " response_size, user_agent, session_id, correlation_id, test_scenario, is_admin"
)

SESSION = (b"x-session-id", b"x-test-session", b"session-id")
SCENARIO = (b"x-test-scenario", b"test-scenario")
CORRELATION = (b"x-correlation-id", b"correlation-id", b"x-request-id")

_REMEMBERED = 512
_CLEAN_BYTES = 8 * 1024 * 1024
_FORM = b"application/x-www-form-urlencoded"
_TOKEN = re.compile("token|key|secret|passw|auth", re.IGNORECASE)
_KEPT = re.compile(rb"%(2[fF]|25)")


class Facts:
    """What the engine knows about a request."""

    __slots__ = ("decided_by", "hides_body", "is_admin", "operation_id", "scenario", "violations")

    def __init__(self) -> None:
        self.operation_id: str | None = None
        self.decided_by: str | None = None
        self.scenario: str | None = None
        self.hides_body = False
        """Whether what is sent and answered, and where that leads to, is kept out of the log."""
        self.violations: Sequence[Any] = ()
        self.is_admin = False


class Record(Facts):
    """All there is to say about a request and its response."""

    __slots__ = (
        "client",
        "correlation_id",
        "duration",
        "headers",
        "method",
        "path",
        "query",
        "request_chunks",
        "request_size",
        "response_chunks",
        "response_headers",
        "response_size",
        "started",
        "status",
    )

    def __init__(self, scope: Any, correlation_id: bytes) -> None:
        Facts.__init__(self)
        self.method: str = scope["method"]
        self.path: str = _path(scope)
        self.query: bytes = scope["query_string"]
        self.headers: Headers = scope["headers"]
        self.client: tuple[str, int] | None = scope.get("client")
        self.correlation_id = correlation_id
        self.started = time.time_ns()
        self.duration = 0
        self.status: int | None = None
        self.request_chunks: list[bytes] = []
        self.request_size = 0
        self.response_headers: Headers = ()
        self.response_chunks: list[bytes] = []
        self.response_size = 0


def _path(scope: Any) -> str:
    """The path below the app's root, decoded but for slashes in a segment, which are no others."""
    path: str = scope["path"]
    raw: bytes = scope.get("raw_path") or b""
    if _KEPT.search(raw):
        path = unquote(_KEPT.sub(rb"%25\1", raw).decode("latin-1"), errors="replace")
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if root else path


def facts_of(scope: Any) -> Facts:
    """What is gathered about a request; forgotten at once where nothing is logged."""
    found = scope.get("mockloop")
    return found if isinstance(found, Facts) else Facts()


class _Read(NamedTuple):
    """What headers say."""

    json: str
    user_agent: str | None
    session: str | None
    scenario: str | None
    is_form: bool


class Rows:
    """Makes rows of records; used by the writer thread alone."""

    def __init__(self, secrets: Secrets, body_limit: int) -> None:
        self._secrets = secrets
        self._limit = body_limit
        self._clean: dict[int, bytes] = {}
        self._clean_bytes = 0
        self._second = -1
        self._prefix = ""
        self._known: dict[tuple[tuple[bytes, bytes], ...], _Read] = {}

    def row(self, record: Record) -> Row:
        """The values of `COLUMNS`."""
        headers = self._headers(record.headers)
        client = record.client or (None, None)
        correlation_id = text(record.correlation_id)
        request = request_note = response = response_note = None
        if not record.hides_body:
            chunks, size = record.request_chunks, record.request_size
            request, request_note = self._body(chunks, size, is_form=headers.is_form)
            response, response_note = self._body(record.response_chunks, record.response_size)
        return (
            self._timestamp(record.started),
            record.method,
            text(record.path),
            self._query(record.query, is_admin=record.is_admin) if record.query else None,
            record.operation_id,
            record.status,
            record.duration / 1e6,
            record.decided_by,
            dumps([each.to_json() for each in record.violations]) if record.violations else None,
            client[0],
            client[1],
            headers.json,
            request,
            request_note,
            record.request_size,
            self._with_correlation(record, correlation_id),
            response,
            response_note,
            record.response_size,
            headers.user_agent,
            headers.session,
            correlation_id,
            record.scenario or headers.scenario,
            record.is_admin,
        )

    def _timestamp(self, nanoseconds: int) -> str:
        second, rest = divmod(nanoseconds, 1_000_000_000)
        if second != self._second:
            self._second = second
            self._prefix = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._prefix}.{rest // 1000:06}Z"

    def _headers(self, pairs: Headers) -> _Read:
        # Clients repeat themselves: the same headers as last time say the same.
        key = tuple(pairs)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._read(pairs)
        return known

    def _read(self, pairs: Headers) -> _Read:
        masked = (
            (name, self._secrets.header(name, value))
            for name, value in ((text(n), text(v)) for n, v in pairs)
        )
        values = dict(pairs)
        return _Read(
            dumps(_object(masked)),
            _first(values, (b"user-agent",)),
            _first(values, SESSION),
            _first(values, SCENARIO),
            values.get(b"content-type", b"").lower().startswith(_FORM),
        )

    def _with_correlation(self, record: Record, correlation_id: str) -> str:
        pairs = record.response_headers
        if record.hides_body:
            pairs = [(name, value) for name, value in pairs if name != b"location"]
        known = self._headers(pairs).json
        if record.status is None:
            return known
        last = f'"x-correlation-id":{dumps(correlation_id)}}}'
        return "{" + last if known == "{}" else f"{known[:-1]},{last}"

    def _query(self, query: bytes, *, is_admin: bool) -> str:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="replace")
        is_secret = self._secrets.in_query
        # The token of the admin API may come in a place where it is not looked for.
        masked = (
            (n, MASK if is_secret(n) or (is_admin and _TOKEN.search(n)) else v) for n, v in pairs
        )
        return dumps(_object(masked))

    def _body(
        self, chunks: list[bytes], size: int, *, is_form: bool = False
    ) -> tuple[str | None, str | None]:
        if not size:
            return None, None
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        cut = data[: self._limit]
        note = "truncated" if len(cut) < size else None
        try:
            body = cut.decode()
        except UnicodeDecodeError as error:
            # A cut may go through the middle of a character.
            if note and error.start >= len(cut) - 3:
                body = cut[: error.start].decode()
            else:
                return base64.b64encode(cut).decode(), f"base64 {note}" if note else "base64"
        # SQLite's own functions end a text at a null character.
        if "\0" in body:
            return base64.b64encode(cut).decode(), f"base64 {note}" if note else "base64"
        return self._secrets.pairs(body) if is_form else self._masked(body, data), note

    def _masked(self, body: str, data: bytes) -> str:
        # A mock answers with the same bytes again and again: these are looked through once.
        if self._clean.get(id(data)) is data:
            return body
        shown = self._secrets.json(body)
        if shown is body:
            self._clean_bytes += len(data)
            if len(self._clean) >= _REMEMBERED or self._clean_bytes > _CLEAN_BYTES:
                self._clean.clear()
                self._clean_bytes = 0
            else:
                self._clean[id(data)] = data
        return shown


def readable(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it is shown: JSON columns as what they hold."""
    for name in CONSTANTS["json_columns"]:
        if row.get(name) is not None:
            row[name] = orjson.loads(row[name])
    if "is_admin" in row:
        row["is_admin"] = bool(row["is_admin"])
    return row


def text(value: bytes | str) -> str:
    """Bytes or text as text that can be stored."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def dumps(value: Any) -> str:
    """JSON, with any text made storable."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return repr(value)


def _object(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _first(headers: dict[bytes, bytes], names: Iterable[bytes]) -> str | None:
    for name in names:
        if name in headers:
            return text(headers[name])
    return None
