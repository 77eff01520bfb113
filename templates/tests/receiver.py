"""A real receiver of webhooks on the loopback address, and mocks that send to it."""

from __future__ import annotations

import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from describe import body, media, op, param, response
from test_admin_steering import hold_to_contract
from test_processes import until

from mockloop_server.webhooks import Webhooks

API = "/__mockloop/api/webhooks"
QUICK = {"MOCKLOOP_WEBHOOK_RETRY_SECONDS": "0.02", "MOCKLOOP_WEBHOOK_TIMEOUT": "5"}


class Got(NamedTuple):
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def delivery(self) -> str:
        return self.headers["x-mockloop-delivery"]


class Receiver:
    """Keeps what comes, and answers what it is told to, the last of it for ever."""

    def __init__(
        self,
        *answers: int | tuple[int, dict[str, str], bytes],
        certificate: Path | None = None,
    ) -> None:
        self.got: list[Got] = []
        self.answers = list(answers) or [204]
        self.hangs = threading.Event()
        """Requests wait until this is cleared and `released` is set."""
        self.released = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                size = int(self.headers.get("content-length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                received = self.rfile.read(size)
                got = Got(self.command, self.path, headers, received, time.monotonic())
                receiver.got.append(got)
                if receiver.hangs.is_set():
                    receiver.released.wait(60)
                answer = receiver._next()
                status, more, sent = answer if isinstance(answer, tuple) else (answer, {}, b"")
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def until(self, count: int) -> list[Got]:
        """What came, once it is so many."""
        until(lambda: len(self.got) >= count)
        return self.got

    def events(self) -> list[str]:
        return [each.headers["x-mockloop-event"] for each in self.got]

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self) -> int | tuple[int, dict[str, str], bytes]:
        with self._lock:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def caller(expression: str = "{$request.body#/callbackUrl}", **fields: Any) -> dict[str, Any]:
    """An operation that calls back."""
    sample = media("application/json", {"state": "paid"})
    done = {
        "id": expression,
        "method": fields.pop("callback_method", "POST"),
        "path": expression,
        "segments": [],
        "request_body": {"content": [sample]},
        "responses": [response("204")],
        "answer": 0,
    }
    callbacks = [{"name": "done", "expression": expression, "operations": [done]}]
    fields = {
        "id": "pay",
        "request_body": body("application/json", required=False),
        "responses": [response("201", {"id": 7, "links": {"self": "http://127.0.0.1:1/x"}})],
        "callbacks": callbacks,
        **fields,
    }
    return op("POST", "/pay/{id}", param("id", place="path"), **fields)


SOLD = {
    "id": "petSold",
    "method": "POST",
    "path": "petSold",
    "segments": [],
    "summary": "A pet was sold",
    "request_body": {"content": [media("application/json", {"pet": "Rex"})]},
    "responses": [response("204")],
    "answer": 0,
}


def hooked(mock: Any, *operations: Any, before: Any = None, env: Any = None, **api: Any) -> Any:
    """A mock with webhooks, whose answers to calls about them are held to the contract."""
    parts = [Webhooks(before)]
    operations = operations or (op("GET", "/pets"),)
    m = mock(*operations, env={**QUICK, **(env or {})}, parts=parts, **api)
    request = m.client.request

    async def checked(method: str, url: str, **more: Any) -> Any:
        answer = await request(method, url, **more)
        if url.startswith(API):
            hold_to_contract(method, url, answer)
        return answer

    m.client.request = checked
    return m


def register(m: Any, url: str, *events: str, **more: Any) -> dict[str, Any]:
    answer = m("POST", API, json={"url": url, "events": events or ["*"], **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def history(m: Any, **query: Any) -> list[dict[str, Any]]:
    answer = m("GET", f"{API}/history", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["history"])


def settled(m: Any, count: int, **query: Any) -> list[dict[str, Any]]:
    """Deliveries, once there are so many and none of them waits."""
    found: list[dict[str, Any]] = []

    def enough() -> bool:
        found[:] = history(m, **query)
        return len(found) >= count and all(each["status"] != "pending" for each in found)

    until(enough)
    return found
