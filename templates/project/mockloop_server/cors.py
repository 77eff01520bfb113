"""Answers to pages of other origins (CORS, as the Fetch standard has it)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What the standard lets a page read without being told so.
_READABLE = frozenset(
    {b"cache-control", b"content-language", b"content-length", b"content-type", b"expires"}
    | {b"last-modified", b"pragma"}
)
_EXPOSE = b"access-control-expose-headers"
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE")


def cors(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Lets pages of some origins, or of all by `*`, call an app and read all of its headers.

    Cookies count for listed origins alone.
    """
    return CORSMiddleware(
        _exposing(app),
        allow_origins=origins,
        allow_methods=_METHODS,
        allow_headers=["*"],
        allow_credentials="*" not in origins,
    )


def _exposing(app: ASGIApp) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def exposing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [each for each in message.get("headers", ()) if each[0] != _EXPOSE]
                names = {name.lower() for name, _ in headers} - _READABLE
                # The log adds this one; where cookies count, `*` stands for no name.
                names.add(b"x-correlation-id")
                headers.append((_EXPOSE, b", ".join(sorted(names))))
                message = {**message, "headers": headers}
            await send(message)

        await app(scope, receive, exposing)

    return serve
