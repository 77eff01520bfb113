"""One attempt: a request to a checked address, signed, with a bounded answer, in bounded time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from mockloop_server.answer import OURS, TOKEN
from mockloop_server.events import DELIVERY
from mockloop_server.log.secrets import HEADERS, MASK
from mockloop_server.steering.store import now
from mockloop_server.webhooks.targets import Forbidden, Target, Targets

SIGNATURE = "X-Mockloop-Signature"
TIMESTAMP = "X-Mockloop-Timestamp"
EVENT = "X-Mockloop-Event"
_KEPT_BODY = 8 * 1024
_KEPT_HEADERS = 50
_KEPT_VALUE = 1000
_RETRIED = frozenset({408, 425, 429})
_SECRET = re.compile("token|key|secret|passw|auth|cookie|credential", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\t -~]")


@dataclass(slots=True)
class Attempt:
    """What came of an attempt."""

    started_at: str
    duration_ms: float = 0.0
    address: str | None = None
    request_headers: dict[str, Any] = field(default_factory=dict)
    status_code: int | None = None
    response_headers: dict[str, Any] = field(default_factory=dict)
    response_body: str | None = None
    response_body_note: str | None = None
    error: str | None = None
    is_refused: bool = False
    """The URL is not one that may be sent to."""
    retry_after: float | None = None
    """Seconds that the receiver asks for."""

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver has it."""
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def may_pass(self) -> bool:
        """Whether it can be worth to try again."""
        if self.is_refused:
            return False
        status = self.status_code
        return status is None or status in _RETRIED or status >= 500

    def to_json(self) -> dict[str, Any]:
        """As the history has it."""
        return {
            "started_at": self.started_at,
            "duration_ms": self.duration_ms,
            "address": self.address,
            "request_headers": self.request_headers,
            "status_code": self.status_code,
            "response_headers": self.response_headers,
            "response_body": self.response_body,
            "response_body_note": self.response_body_note,
            "error": self.error,
        }


@dataclass(slots=True)
class Parcel:
    """A delivery, as an attempt needs it."""

    id: str
    event: str
    method: str
    url: str
    headers: dict[str, str]
    content_type: str | None
    body: bytes
    secret: str | None = None


class Sender:
    """Makes attempts, each on the thread that asks for it."""

    def __init__(self, targets: Targets, seconds: float) -> None:
        self._targets = targets
        self.seconds = seconds
        """What an attempt takes at most."""

    def attempt(self, parcel: Parcel) -> Attempt:
        """Send once. Nothing that a receiver does is an exception."""
        begun = time.monotonic()
        made = Attempt(now())
        try:
            target = self._targets.resolve(parcel.url)
            self._send(parcel, target, begun + self.seconds, made)
        except Forbidden as error:
            made.is_refused, made.error = True, str(error)
        except TimeoutError:
            made.error = f"no whole answer within {self.seconds:g} seconds"
        except (OSError, http.client.HTTPException, ValueError) as error:
            # `HTTPException`s of a broken answer have the odd bytes of it as their text.
            made.error = f"{type(error).__name__}: {error}"[:_KEPT_VALUE]
        if made.error is not None:
            made.error = made.error.encode("utf-8", "replace").decode()
            made.status_code = None
        made.duration_ms = round((time.monotonic() - begun) * 1000, 3)
        return made

    def _send(self, parcel: Parcel, target: Target, deadline: float, made: Attempt) -> None:
        headers = _headers(parcel, target)
        made.request_headers = masked(headers.items())
        with _connect(target, deadline, made) as wire:
            connection = http.client.HTTPConnection(target.place.host, target.place.port)
            connection.sock = wire
            connection.putrequest(
                parcel.method, target.place.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(parcel.body or None)
            with connection.getresponse() as answer:
                made.status_code = answer.status
                made.response_headers = masked(answer.getheaders()[:_KEPT_HEADERS])
                made.retry_after = _seconds(answer.getheader("retry-after"))
                body, is_whole = _body(answer)
                made.response_body, made.response_body_note = shown(
                    body, _KEPT_BODY, is_whole=is_whole
                )


class _Wire:
    """A socket, as `http.client` uses it, that is done with at a fixed time."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        self._sock.settimeout(_left(self._deadline))
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._sock, self._deadline))

    def close(self) -> None:
        """Nothing: `http.client` lets go of it before it has read the whole answer."""

    def __enter__(self) -> _Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()


class _Incoming(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._deadline))
        return self._sock.recv_into(buffer)


def _connect(target: Target, deadline: float, made: Attempt) -> _Wire:
    last: OSError | None = None
    for index, (family, address) in enumerate(target.addresses):
        # One that does not answer leaves time for those after it.
        until = time.monotonic() + _left(deadline) / (len(target.addresses) - index)
        sock = socket.socket(family, socket.SOCK_STREAM)
        made.address = f"{address[0]} port {address[1]}"
        try:
            sock.settimeout(_left(until))
            sock.connect(address)
            if target.place.scheme == "https":
                sock.settimeout(_left(until))
                context = ssl.create_default_context()
                sock = context.wrap_socket(sock, server_hostname=target.place.host)
            return _Wire(sock, deadline)
        except OSError as error:
            sock.close()
            last = error
        except BaseException:
            sock.close()
            raise
    raise last or OSError("no address")


def _body(answer: http.client.HTTPResponse) -> tuple[bytes, bool]:
    """What is kept of a body, and whether no more of it was to come.

    The status tells whether the receiver has the message: a body that is slow or broken does not
    make it worth to send it again.
    """
    body = b""
    try:
        while len(body) <= _KEPT_BODY:
            chunk = answer.read1(_KEPT_BODY + 1 - len(body))
            if not chunk:
                break
            body += chunk
    except (OSError, http.client.HTTPException, ValueError):
        return body, False
    return body, not answer.length


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _headers(parcel: Parcel, target: Target) -> dict[str, str]:
    """What was asked for first, ours last and over it."""
    time_sent = str(int(time.time()))
    ours = {
        "Host": target.place.authority,
        "User-Agent": "MockLoop",
        "Accept": "*/*",
        "Connection": "close",
        EVENT: quote(parcel.event, safe="/:.*#$~+-_"),
        DELIVERY: parcel.id,
        TIMESTAMP: time_sent,
    }
    if parcel.content_type is not None:
        ours["Content-Type"] = _UNSAFE.sub(" ", parcel.content_type)
    if parcel.body or parcel.method in ("POST", "PUT", "PATCH"):
        ours["Content-Length"] = str(len(parcel.body))
    if parcel.secret:
        ours[SIGNATURE] = signature(parcel.secret, time_sent, parcel.body)
    taken = {name.lower() for name in ours if name not in ("User-Agent", "Accept")}
    given = {
        name: _UNSAFE.sub(" ", value)
        for name, value in parcel.headers.items()
        if name.lower() not in taken and is_free(name)
    }
    named = {name.lower() for name in given}
    return {**{name: value for name, value in ours.items() if name.lower() not in named}, **given}


def is_free(name: str) -> bool:
    """Whether a header may be set by others than the sender."""
    low = name.lower()
    return bool(TOKEN.fullmatch(name)) and not (
        low in OURS or low in ("host", "expect") or low.startswith("x-mockloop-")
    )


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value of `X-Mockloop-Signature`."""
    signed = timestamp.encode() + b"." + body
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def masked(headers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Headers as they may be shown."""
    found: dict[str, Any] = {}
    for name, value in headers:
        value = MASK if is_secret(name) else value[:_KEPT_VALUE]
        value = value.encode("utf-8", "replace").decode()
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def is_secret(name: str) -> bool:
    """Whether the value of a header is shown to nobody."""
    return name.lower() in HEADERS or bool(_SECRET.search(name))


def shown(body: bytes, limit: int, *, is_whole: bool = True) -> tuple[str | None, str | None]:
    """A body as text of a limited length, and how that is written."""
    note = None if is_whole and len(body) <= limit else "truncated"
    if not body:
        return None, note
    cut = body[:limit]
    for end in range(len(cut), max(len(cut) - 4, 0) if note else len(cut) - 1, -1):
        # A cut may go through the middle of a character.
        try:
            return cut[:end].decode(), note
        except UnicodeDecodeError:
            continue
    return base64.b64encode(cut).decode(), f"base64 {note}" if note else "base64"


def _seconds(value: str | None) -> float | None:
    """`Retry-After` in seconds: a number, or a date."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    return max(0.0, when.timestamp() - time.time())
