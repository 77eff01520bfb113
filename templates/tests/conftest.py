"""A mock server in this process, made of a few lines of description."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from logging_middleware import LoggingMiddleware
from mockloop_server import MockApp, MockServer, Routes, Settings
from mockloop_server.auth import Auth
from mockloop_server.part import Part

HERE = Path(__file__).parent
PROJECT = HERE.parent / "project"


class Mock:
    """A running app and a client of it, without a socket."""

    def __init__(self, settings: Settings, routes: Routes, parts: Sequence[Part]) -> None:
        self.server = MockServer(settings, [routes], parts)
        self.loop = asyncio.new_event_loop()
        self.app = MockApp(lifespan=self.server.lifespan, openapi_url=None)
        self.server.install(self.app)
        self.app.add_middleware(LoggingMiddleware, log=self.server.log)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        self._lifespan = self.app.router.lifespan_context(self.app)
        self.run(self._lifespan.__aenter__())

    def run(self, awaitable: Any) -> Any:
        return self.loop.run_until_complete(awaitable)

    def __call__(self, method: str, url: str, **options: Any) -> httpx.Response:
        options.setdefault("headers", {})
        response: httpx.Response = self.run(self.client.request(method, url, **options))
        return response

    def get(self, url: str, **headers: str) -> httpx.Response:
        return self("GET", url, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def logs(self, **query: Any) -> list[dict[str, Any]]:
        """Rows of the log, newest first."""
        query = {"fields": "all", **query}
        found = self("GET", "/__mockloop/api/logs/search", params=query).json()["logs"]
        return list(found)

    def close(self) -> None:
        if self.loop.is_closed():
            return
        self.run(self.client.aclose())
        self.run(self._lifespan.__aexit__(None, None, None))
        self.run(self.loop.shutdown_default_executor())
        self.loop.close()


@pytest.fixture
def mock(tmp_path: Path) -> Iterator[Callable[..., Mock]]:
    """Makes a server of operations."""
    opened: list[Mock] = []

    def make(
        *operations: dict[str, Any],
        routes: Routes | None = None,
        env: dict[str, str] | None = None,
        credentials: Any = None,
        parts: Sequence[Part] | None = None,
        **api: Any,
    ) -> Mock:
        document = {
            "mockloop": 1,
            "title": "Test",
            "version": "1",
            "source": {"name": "test.yaml", "format": "openapi-3.1.0", "sha256": ""},
            "operations": operations,
            **api,
        }
        (tmp_path / "api.json").write_text(json.dumps(document), "utf-8")
        (tmp_path / "openapi.json").write_text('{"openapi": "3.1.0"}', "utf-8")
        if credentials is not None:
            (tmp_path / "credentials.json").write_text(json.dumps(credentials), "utf-8")
        settings = Settings.from_env(tmp_path, environ=env or {})
        opened.append(Mock(settings, routes or Routes(), [Auth()] if parts is None else parts))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The reference project, as generation would write it."""
    folder = tmp_path / "project"
    ignore = shutil.ignore_patterns("__pycache__", "db")
    shutil.copytree(PROJECT, folder, ignore=ignore)
    shutil.copytree(HERE / "fixture", folder, ignore=ignore, dirs_exist_ok=True)
    return folder


@pytest.fixture
def receiver() -> Iterator[Callable[..., Any]]:
    """Makes receivers of messages, which are closed at the end."""
    # What it imports needs this file.
    from receiver import Receiver

    opened: list[Receiver] = []

    def make(*answers: Any, **options: Any) -> Receiver:
        opened.append(Receiver(*answers, **options))
        return opened[-1]

    yield make
    for each in opened:
        each.close()
