"""Handlers that answer what they read."""

from __future__ import annotations

import json
from pathlib import Path

from mockloop_server import Answer, Call, Routes

routes = Routes()
ROUTES = (routes,)


def echo(call: Call) -> Answer:
    """What a call was, bytes as numbers."""
    body = list(call.body) if isinstance(call.body, bytes) else call.body
    files = {
        name: [[each.filename, each.content_type, list(each.data)] for each in several]
        for name, several in call.files.items()
    }
    return call.json(
        {
            "operation": call.operation.id,
            "path": call.path,
            "query": call.query,
            "header": call.headers,
            "cookie": call.cookies,
            "body": body,
            "files": files,
        }
    )


for operation in json.loads(Path(__file__).parent.with_name("api.json").read_text())["operations"]:
    routes.operation(operation["id"])(echo)
