"""Answers that go wrong on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
import time
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from mockloop_server.answer import Answer, send_answer
from mockloop_server.closing import Closing
from mockloop_server.log.record import facts_of
from mockloop_server.steering.rules import Fault

logger = logging.getLogger("mockloop")

SERVER_SEND = "mockloop.send"
"""Where a scope holds the `send` of the server itself, behind which is the connection."""

_LINGER = struct.pack("ii", 1, 0)
_CLOSING_SECONDS = 5.0
_LOOK_SECONDS = 1.0
_EVERY = 16
_PIECES_PER_SECOND = 10.0


class Dropped(ConnectionError):
    """A connection that a scenario ends, where the server gives no way to do so."""


class _Cut(Exception):
    """The place where an answer ends before its end."""


class Gone(Response):
    """No answer: the client left while it was delayed."""

    def __init__(self) -> None:
        super().__init__()

    async def __call__(self, scope: Scope, _: Receive, __: Send) -> None:
        facts_of(scope).decided_by = "disconnect"


class Faulty(Response):
    """An answer with a fault in its sending."""

    def __init__(self, outcome: Answer | Response, fault: Fault, closing: Closing) -> None:
        super().__init__()
        self._closing = closing
        self._outcome = outcome
        self._fault = fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        facts_of(scope).decided_by = "scenario"
        fault = self._fault
        if fault.kind == "garble":
            await self._send(scope, receive, _garbling(send))
        elif fault.kind == "drip":
            with contextlib.suppress(_Cut):
                await self._send(scope, receive, _dripping(send, receive, fault, self._closing))
        else:
            await self._cut_off(scope, receive, send)

    async def _cut_off(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._fault
        if fault.kind == "truncate" or fault.after_bytes is not None:
            with contextlib.suppress(_Cut):
                await self._send(scope, receive, _cutting(send, fault.after_bytes))
        if fault.kind == "stall":
            seconds = fault.stall_ms / 1000
            if await client_leaves(receive, seconds, self._closing):
                return
        await _end(scope, receive, reset=fault.kind == "reset")

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:
        if isinstance(self._outcome, Answer):
            await send_answer(self._outcome, scope, send)
        else:
            await self._outcome(scope, receive, send)


async def client_leaves(receive: Receive, seconds: float, closing: Closing) -> bool:
    """Wait, unless the server is about to stop; whether the client left meanwhile."""

    async def until_gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    end = time.monotonic() + seconds
    while not closing.is_set and (left := end - time.monotonic()) > 0:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(until_gone(), min(left, _LOOK_SECONDS))
            return True
    return False


async def _end(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """End the connection."""
    never = Closing()
    transport = getattr(getattr(scope.get(SERVER_SEND), "__self__", None), "transport", None)
    if transport is None:
        raise Dropped("a scenario ends this connection, and the server offers no way to do it")
    if reset:
        _linger_not(transport)
        transport.abort()
    else:
        transport.close()
    # The server complains of answers that are not finished while there is a connection.
    if not await client_leaves(receive, _CLOSING_SECONDS, never):
        transport.abort()
        await client_leaves(receive, _CLOSING_SECONDS, never)


def _linger_not(transport: Any) -> None:
    """Have the connection reset when it is closed."""
    own = transport.get_extra_info("socket")
    if own is None:
        return
    with contextlib.suppress(OSError), _duplicate(own) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)


def _duplicate(own: Any) -> socket.socket:
    # What the transport gives out may be no more than the look of a socket.
    return socket.fromfd(own.fileno(), own.family, own.type)


def _cutting(send: Send, after: int | None) -> Send:
    """Send the beginning of an answer, half of it unless told otherwise."""
    left = after

    async def send_part(message: Message) -> None:
        nonlocal left
        if message["type"] == "http.response.start":
            if left is None:
                left = _length(message) // 2
            await send(message)
        elif message["type"] == "http.response.body":
            body = message.get("body", b"")
            part = body[:left]
            left = (left or 0) - len(part)
            if part:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            if left <= 0 or not message.get("more_body", False):
                raise _Cut

    return send_part


def _garbling(send: Send) -> Send:
    """Send an answer of the right length with some bytes replaced."""
    at = 0

    async def send_garbled(message: Message) -> None:
        nonlocal at
        if message["type"] == "http.response.body" and (body := message.get("body", b"")):
            changed = bytearray(body)
            for index in range(-at % _EVERY, len(changed), _EVERY):
                changed[index] ^= 0x5A
            at += len(body)
            message = {**message, "body": bytes(changed)}
        await send(message)

    return send_garbled


def _dripping(send: Send, receive: Receive, fault: Fault, closing: Closing) -> Send:
    """Send an answer in small pieces."""
    size = max(1, int(fault.bytes_per_second / _PIECES_PER_SECOND))

    async def send_slowly(message: Message) -> None:
        body = message.get("body", b"") if message["type"] == "http.response.body" else b""
        for start in range(0, len(body), size):
            piece = body[start : start + size]
            if await client_leaves(receive, len(piece) / fault.bytes_per_second, closing):
                raise _Cut
            last = start + size >= len(body)
            more = message.get("more_body", False) or not last
            await send({"type": "http.response.body", "body": piece, "more_body": more})
        if not body:
            await send(message)

    return send_slowly


def _length(message: Message) -> int:
    for name, value in message.get("headers", ()):
        if name.lower() == b"content-length" and value.isdigit():
            return int(value)
    return 0
