"""Webhooks by calls of the admin API."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

from mockloop_server.admin.contract import (
    AdminCall,
    Handlers,
    Refused,
    hides_body,
    nothing,
    ok,
)
from mockloop_server.answer import Answer
from mockloop_server.problem import short
from mockloop_server.steering.findings import Conflict, NotFound
from mockloop_server.webhooks.desk import Desk, Wrong

P = ParamSpec("P")
T = TypeVar("T")

_HERE = "/__mockloop/api/webhooks/"


def webhook_handlers(desk: Desk) -> Handlers:
    """The handlers of the operations that are tagged `webhooks`."""
    handlers = _Handlers(desk)
    return {
        "listWebhooks": handlers.page,
        "createWebhook": handlers.create,
        "getWebhook": handlers.get,
        "updateWebhook": handlers.update,
        "deleteWebhook": handlers.delete,
        "testWebhook": handlers.test,
        "listWebhookEvents": handlers.events,
        "triggerWebhook": handlers.trigger,
        "getWebhookQueue": handlers.queue,
        "listDeliveries": handlers.history,
        "getDelivery": handlers.delivery,
        "redeliver": handlers.redeliver,
    }


class _Handlers:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def page(self, call: AdminCall) -> Answer:
        return await _page(call, "webhooks", self._desk.page)

    @hides_body
    async def create(self, call: AdminCall) -> Answer:
        found = await _run(self._desk.create, call.body)
        return ok(found, 201, ("Location", _HERE + found["id"]))

    async def get(self, call: AdminCall) -> Answer:
        return ok(await _run(self._desk.get, call.path["id"]))

    @hides_body
    async def update(self, call: AdminCall) -> Answer:
        return ok(await _run(self._desk.update, call.path["id"], call.body))

    async def delete(self, call: AdminCall) -> Answer:
        await _run(self._desk.delete, call.path["id"])
        return nothing()

    async def test(self, call: AdminCall) -> Answer:
        return ok(await _run(self._desk.test, call.path["id"]))

    async def events(self, call: AdminCall) -> Answer:
        return await _page(call, "events", self._desk.events)

    async def trigger(self, call: AdminCall) -> Answer:
        return ok({"deliveries": await _run(self._desk.trigger, call.body)}, 202)

    async def queue(self, _: AdminCall) -> Answer:
        return ok(await _run(self._desk.queue))

    async def history(self, call: AdminCall) -> Answer:
        def get(limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
            webhook_id, event, status = map(call.query.get, ("webhook_id", "event", "status"))
            return self._desk.history(limit, offset, webhook_id, event, status)

        return await _page(call, "history", get)

    async def delivery(self, call: AdminCall) -> Answer:
        return ok(await _run(self._desk.delivery, call.path["delivery"]))

    async def redeliver(self, call: AdminCall) -> Answer:
        return ok(await _run(self._desk.redeliver, call.path["delivery"]), 202)


async def _run(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return await run_in_threadpool(partial(work, *args, **kwargs))
    except NotFound as error:
        raise Refused(404, str(error)) from None
    except Conflict as error:
        raise Refused(409, str(error)) from None
    except Wrong as error:
        detail = short(f"The body cannot be used: {error}")
        raise Refused(400, detail, error.violations) from None


async def _page(
    call: AdminCall, name: str, get: Callable[[int, int], tuple[list[dict[str, Any]], int]]
) -> Answer:
    limit, offset = call.query["limit"], call.query["offset"]
    found, total = await _run(get, limit, offset)
    return ok(
        {
            name: found,
            "total_count": total,
            "returned_count": len(found),
            "limit": limit,
            "offset": offset,
        }
    )
