"""The least that an ASGI app can do: the app to come close to."""

import os
from typing import Any

BODY = os.environ.get("BENCH_BODY", '{"id":10,"name":"doggie","tag":"dog","price":12.5}').encode()
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Send the bytes that the generated project sends."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})
    elif scope["type"] == "lifespan":
        while True:
            event = (await receive())["type"]
            await send({"type": event + ".complete"})
            if event == "lifespan.shutdown":
                return
