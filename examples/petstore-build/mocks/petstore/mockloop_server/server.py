"""The parts of a mock server, put together for a FastAPI app."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockloop_server.admin import Admin, Guard
from mockloop_server.admin.analysis import analysis_handlers
from mockloop_server.admin.archive import archive_handlers
from mockloop_server.admin.logs import log_handlers
from mockloop_server.admin.server import server_handlers
from mockloop_server.admin.settings import settings_handlers
from mockloop_server.admin.steering import steering_handlers
from mockloop_server.api import Api
from mockloop_server.call import Routes
from mockloop_server.changeable import Changeable
from mockloop_server.closing import Closing
from mockloop_server.control import PREFIX, Control
from mockloop_server.engine import Engine
from mockloop_server.events import Events
from mockloop_server.log import Log
from mockloop_server.log.lines import Lines
from mockloop_server.log.secrets import Secrets
from mockloop_server.middleware import EngineMiddleware, fallback
from mockloop_server.part import Host, Part, absent
from mockloop_server.router import Router
from mockloop_server.security import key_names
from mockloop_server.settings import Settings, StartError
from mockloop_server.steering import Steering
from mockloop_server.steering.faults import SERVER_SEND

logger = logging.getLogger("mockloop")

_GARBAGE = 20_000


class MockApp(FastAPI):
    """A FastAPI app with its middleware in front of FastAPI's own.

    The operations of the description are answered by middleware: what FastAPI puts around its
    routes would only be passed through.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, with the server's own `send` for faults that end a connection."""
        scope[SERVER_SEND] = send
        if scope["type"] == "lifespan":
            # What it says has been told to the server by then.
            with suppress(StartError):
                await super().__call__(scope, receive, partial(_tell_plainly, send))
            return
        if scope["type"] != "http" or self.middleware_stack is None or self.root_path:
            await super().__call__(scope, receive, send)
            return
        # What FastAPI and Starlette do here, without a coroutine for each.
        scope["app"] = self
        await self.middleware_stack(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """FastAPI's own stack, behind what was added to the app."""
        added, self.user_middleware = self.user_middleware, []
        app = super().build_middleware_stack()
        self.user_middleware = added
        for middleware, args, kwargs in reversed(added):
            app = middleware(app, *args, **kwargs)
        return app


async def _tell_plainly(send: Send, message: Message) -> None:
    """Say why the server cannot start as `plain_errors` does, in place of a traceback."""
    error = sys.exc_info()[1]
    if message["type"] == "lifespan.startup.failed" and isinstance(error, StartError):
        message = {**message, "message": f"mockloop: {error}"}
    await send(message)


class MockServer:
    """Everything that answers for `api.json`."""

    def __init__(
        self, settings: Settings, routes: Iterable[Routes], parts: Sequence[Part] = ()
    ) -> None:
        self.settings = settings
        self.api = api = Api.load(settings.root / "api.json")
        self._closing = Closing()
        changeable = Changeable(settings, has_auth=any(each.tag == "auth" for each in parts))
        self._events = events = Events()
        schemes = api.security_schemes
        secrets = Secrets(
            key_names(schemes, "header"),
            key_names(schemes, "query"),
            settings.log_secrets,
            cookies=key_names(schemes, "cookie"),
        )
        self.log = Log(
            settings.database,
            secrets,
            body_limit=settings.log_body_limit,
            capacity=settings.log_queue,
            bounds=changeable.bounds,
            lines=Lines(sys.stdout.buffer, secrets) if settings.request_lines else None,
            events=events,
        )
        self.steering = Steering(api, settings.database, self._closing, events)
        self.steering.on_settings = partial(self._take_up, changeable)
        self._router = Router(api.entries, api.base_paths)
        host = Host(
            api, settings, self.log, self.steering, self._closing, self._claims, events, secrets
        )
        self._parts = parts
        of_parts = [part.install(host) for part in parts]
        self._engine = Engine(
            api, host.security, routes, self.steering, changeable, secrets, host.storage
        )
        guard = Guard(settings.admin_token, settings.admin_networks, settings.admin_hosts)
        handlers = [
            server_handlers(api, self.log, self.steering, guard, parts),
            settings_handlers(settings, changeable, self.steering),
            log_handlers(api, self.log, self._closing),
            analysis_handlers(api, self.log),
            steering_handlers(self.steering),
            archive_handlers(api, self.log, self.steering, host.exports),
            *of_parts,
        ]
        admin = Admin(guard, handlers, absent(parts))
        self._control = Control(
            api.title, settings.root, admin, host.pages, host.friendly, host.shared
        )

        self._warn_of_claimed_paths()

    def _take_up(self, changeable: Changeable, stored: Any) -> None:
        changeable.use(stored)
        self.log.retention.bounds = changeable.bounds

    def _claims(self, path: str) -> bool:
        raw = path.encode()
        return (self._router.find(raw) or self._router.find_loosely(raw)) is not None

    def _warn_of_claimed_paths(self) -> None:
        for path in self._control.friendly:
            if self._claims(path):
                logger.warning("the description has %s itself: ours is %s%s", path, PREFIX, path)
        for entry in self.api.entries:
            if entry.path.startswith("/admin/api/"):
                ours = f"{PREFIX}/api/"
                logger.warning("the description has %s itself: ours is below %s", entry.path, ours)
            elif entry.path.startswith(f"{PREFIX}/"):
                logger.warning("%s is not served: %s is the server's own", entry.path, PREFIX)

    def install(self, app: FastAPI) -> None:
        """Serve from an app, in front of its own routes."""
        app.router.redirect_slashes = False
        app.router.default = fallback
        app.add_middleware(
            EngineMiddleware,
            engine=self._engine,
            router=self._router,
            control=self._control,
            events=self._events,
            max_body=self.settings.max_body,
            origins=self.settings.cors,
        )

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Write the log while the app runs."""
        await asyncio.to_thread(self.log.start)
        await asyncio.to_thread(self.steering.start)
        for part in self._parts:
            await asyncio.to_thread(part.start)
        # What is loaded by now stays, and so does what waits to be logged: looking through either
        # for garbage would only take time.
        gc.collect()
        gc.freeze()
        threshold = gc.get_threshold()
        gc.set_threshold(_GARBAGE, *threshold[1:])
        try:
            with self._closing.watched():
                yield
        finally:
            gc.set_threshold(*threshold)
            gc.unfreeze()
            for part in reversed(self._parts):
                await asyncio.to_thread(part.stop)
            await asyncio.to_thread(self.steering.stop)
            await asyncio.to_thread(self.log.stop)
