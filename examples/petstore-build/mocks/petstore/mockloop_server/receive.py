"""What a request brings: its headers, its path and its body."""

from __future__ import annotations

from urllib.parse import quote

from starlette.types import Receive, Scope


class TooLarge(Exception):
    """A body that is larger than the server takes."""


class Disconnected(Exception):
    """A client that left before its request was complete."""


def merged(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name; a repeated one as the list that it stands for."""
    headers = dict(pairs)
    if len(headers) != len(pairs):
        headers = {}
        for name, value in pairs:
            if name in headers:
                value = headers[name] + (b"; " if name == b"cookie" else b", ") + value
            headers[name] = value
    return headers


def raw_path(scope: Scope) -> bytes:
    """The path as it is written, below the app's root."""
    raw: bytes | None = scope.get("raw_path")
    path = quote(scope["path"]).encode() if raw is None else raw
    if root := scope.get("root_path", ""):
        path = path.removeprefix(root.encode())
    return path


def has_body(headers: dict[bytes, bytes]) -> bool:
    """Whether a body comes with the headers (RFC 9112, section 6.3)."""
    return b"content-length" in headers or b"transfer-encoding" in headers


async def read_body(headers: dict[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """The body, where it has `limit` bytes at most."""
    length = headers.get(b"content-length", b"")
    if length.isdigit() and (len(length) > 18 or int(length) > limit):
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise TooLarge
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
