"""The server itself: health, metrics, contract, operations, login."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool

from mockloop_server.admin.contract import (
    FOLDER,
    AdminCall,
    Handlers,
    Refused,
    hides_body,
    nothing,
    ok,
)
from mockloop_server.admin.guard import COOKIE, Guard
from mockloop_server.admin.metrics import metrics
from mockloop_server.answer import Answer, make
from mockloop_server.api import Api, Entry
from mockloop_server.log import Log
from mockloop_server.part import Part, absent
from mockloop_server.problem import Violation
from mockloop_server.steering import NotFound, Steering

CONTRACT_VERSION = "1.0.0"

_STYLE = """
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
form { max-width: 22rem; margin: 18vh auto; padding: 1rem; display: grid; gap: .8rem; }
h1 { font-size: 1.2rem; margin: 0; }
label { display: grid; gap: .3rem; }
input, button { font: inherit; padding: .4rem .6rem; }
"""
_SCRIPT = """
document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const answer = await fetch("login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: form.elements.token.value }),
  });
  const message = document.getElementById("message");
  message.textContent = answer.ok ? "You are logged in." : (await answer.json()).detail;
  if (answer.ok && form.dataset.next) location.replace(form.dataset.next);
});
"""
_FORM = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>MockLoop admin</title>
<style>{_STYLE}</style>
</head>
<body>
<form data-next="NEXT">
<h1>MockLoop admin</h1>
<label>Token of the admin API
<input name="token" type="password" autocomplete="current-password" required autofocus></label>
<button>Log in</button>
<p id="message" role="alert"></p>
</form>
<script>{_SCRIPT}</script>
</body>
</html>
"""


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_POLICY = (
    f"default-src 'none'; script-src {_hash(_SCRIPT)}; style-src {_hash(_STYLE)}; img-src data:;"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def server_handlers(
    api: Api, log: Log, steering: Steering, guard: Guard, parts: Sequence[Part]
) -> Handlers:
    """The handlers of the operations that are tagged `server`."""
    server = _Server(api, log, steering, guard, parts)
    return {
        "getHealth": server.health,
        "getMetrics": server.metrics,
        "getLoginForm": server.form,
        "login": server.login,
        "logout": server.logout,
        "getContract": server.contract,
        "listOperations": server.operations,
        "getOperation": server.operation,
        "getDebug": server.debug,
    }


class _Server:
    def __init__(
        self, api: Api, log: Log, steering: Steering, guard: Guard, parts: Sequence[Part]
    ) -> None:
        self._api = api
        self._log = log
        self._steering = steering
        self._guard = guard
        self._parts = sorted(part.tag for part in parts)
        self._absent = absent(parts)
        self._started = time.monotonic()

    async def health(self, call: AdminCall) -> Answer:
        api, log = self._api, self._log
        is_well = log.error is None and self._steering.error is None
        status = "healthy" if is_well else "degraded"
        if not call.is_trusted:
            return ok({"status": status})
        size, rows = await asyncio.to_thread(lambda: (log.size(), log.rows()))
        return ok(
            {
                "status": status,
                "title": api.title,
                "version": api.version,
                "source": api.source,
                "operations": len(api.entries),
                "admin_api": CONTRACT_VERSION,
                "parts": self._parts,
                "uptime_seconds": round(time.monotonic() - self._started, 3),
                "pid": os.getpid(),
                "steering": {"error": self._steering.error},
                "log": {
                    "rows": rows,
                    "rows_written": log.written,
                    "queue_depth": log.depth,
                    "dropped": log.dropped,
                    "database": str(log.file),
                    "database_bytes": size,
                    "error": log.error,
                    "kept_aside": None if log.kept_aside is None else str(log.kept_aside),
                },
            }
        )

    async def metrics(self, _: AdminCall) -> Answer:
        text = await asyncio.to_thread(metrics, self._log)
        kind = "text/plain; version=0.0.4; charset=utf-8"
        return make(200, text.encode(), kind, {"Cache-Control": "no-store"}, "control")

    async def form(self, _: AdminCall) -> Answer:
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        form = _FORM.replace("NEXT", "./" if "admin_ui" in self._parts else "")
        return make(200, form.encode(), "text/html; charset=utf-8", headers, "control")

    @hides_body
    async def login(self, call: AdminCall) -> Answer:
        if not self._guard.is_token(call.body["token"].encode("utf-8", "replace")):
            raise Refused(403, "This is not the token.", [Violation("body", "/token", "is wrong")])
        secure = call.scope.get("scheme") == "https"
        return nothing(("Set-Cookie", self._guard.cookie(secure=secure)))

    async def logout(self, _: AdminCall) -> Answer:
        return nothing(("Set-Cookie", f"{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"))

    async def contract(self, _: AdminCall) -> Answer:
        data = await asyncio.to_thread(_contract, self._absent)
        return make(200, data, "application/json", decided_by="control")

    async def operations(self, call: AdminCall) -> Answer:
        limit, offset = call.query["limit"], call.query["offset"]
        entries = self._api.entries
        page = [_brief(each) for each in entries[offset : offset + limit]]
        return ok(
            {
                "operations": page,
                "total_count": len(entries),
                "returned_count": len(page),
                "limit": limit,
                "offset": offset,
            }
        )

    async def operation(self, call: AdminCall) -> Answer:
        try:
            entry = self._steering.operation(call.path["operation"])
        except NotFound as error:
            raise Refused(404, str(error)) from None
        return ok(await run_in_threadpool(_detail, entry))

    async def debug(self, _: AdminCall) -> Answer:
        return ok(
            {
                "database": await asyncio.to_thread(self._log.describe),
                "server": _process(),
            }
        )


def _brief(entry: Entry) -> dict[str, Any]:
    return {
        "operation_id": entry.id,
        "method": entry.method,
        "path": entry.path,
        "tags": entry.tags,
        "summary": entry.summary,
        "statuses": [response.status for response in entry.operation.responses],
    }


def _detail(entry: Entry) -> dict[str, Any]:
    operation = entry.operation
    body = operation.request_body
    return {
        **_brief(entry),
        "parameters": [
            {"name": each.name, "in": each.location, "required": each.required}
            for each in operation.parameters
        ],
        "request_body": None
        if body is None
        else {
            "required": body.required,
            "media_types": [each.media_type for each in body.content],
        },
        "is_secured": bool(operation.security) and [] not in operation.security,
        "responses": [
            {
                "status": response.status,
                "is_default": index == operation.answer,
                "headers": {each.name: each.value for each in response.headers},
                "bodies": [
                    {
                        "media_type": media.content_type,
                        "name": sample.name,
                        "origin": sample.origin,
                        "is_valid": sample.valid,
                        **_text(sample.data),
                    }
                    for media in response.content
                    for sample in media.bodies
                ],
            }
            for index, response in enumerate(operation.responses)
        ],
    }


def _text(data: bytes) -> dict[str, str]:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _contract(absent: frozenset[str]) -> bytes:
    """The contract without the operations of parts that are not there."""
    document = orjson.loads((FOLDER / "openapi.json").read_bytes())
    for path, item in list(document["paths"].items()):
        kept = {
            name: value
            for name, value in item.items()
            if not isinstance(value, dict) or absent.isdisjoint(value.get("tags", ()))
        }
        if any(isinstance(each, dict) for each in kept.values()):
            document["paths"][path] = kept
        else:
            del document["paths"][path]
    document["tags"] = [each for each in document["tags"] if each["name"] not in absent]
    return orjson.dumps(document)


def _process() -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "working_directory": str(Path.cwd()),
    }
