"""The settings of the server, and those of them that can be changed while it runs."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool

from mockloop_server.admin.contract import AdminCall, Handlers, Refused, ok
from mockloop_server.answer import Answer
from mockloop_server.changeable import Changeable
from mockloop_server.problem import Violation
from mockloop_server.settings import Settings
from mockloop_server.steering import Steering


def settings_handlers(settings: Settings, changeable: Changeable, steering: Steering) -> Handlers:
    """The handlers of the operations on settings, tagged `server`."""
    found = _Settings(settings, changeable, steering)
    return {"getSettings": found.get, "changeSettings": found.change}


class _Settings:
    def __init__(self, settings: Settings, changeable: Changeable, steering: Steering) -> None:
        self._settings = settings
        self._changeable = changeable
        self._steering = steering

    async def get(self, _: AdminCall) -> Answer:
        return ok(self._shown(await run_in_threadpool(self._steering.settings)))

    async def change(self, call: AdminCall) -> Answer:
        for name in call.body.keys() - self._changeable.defaults.keys():
            violation = Violation("body", f"/{name}", "belongs to a part that the server lacks")
            raise Refused(400, f"The server has no {name}.", [violation])
        change = partial(self._changeable.changed, changes=call.body)
        stored = await run_in_threadpool(self._steering.set_settings, change)
        return ok(self._shown(stored))

    def _shown(self, stored: Any) -> dict[str, Any]:
        settings = self._settings
        return {
            "settings": self._changeable.values(stored),
            "defaults": self._changeable.defaults,
            "fixed": {
                "host": settings.host,
                "port": settings.port,
                "max_body": settings.max_body,
                "database": str(settings.database),
                "log_body_limit": settings.log_body_limit,
                "log_queue": settings.log_queue,
                "request_lines": settings.request_lines,
                "cors": list(settings.cors),
                "admin_token": bool(settings.admin_token),
                "admin_networks": list(settings.admin_networks),
                "admin_hosts": list(settings.admin_hosts),
            },
        }
