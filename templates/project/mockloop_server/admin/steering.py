"""Overrides and scenarios by calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool

from mockloop_server.admin.contract import (
    AdminCall,
    Handlers,
    Refused,
    explains_body,
    nothing,
    ok,
)
from mockloop_server.answer import Answer
from mockloop_server.problem import short
from mockloop_server.steering import Conflict, Finding, Invalid, NotFound, Steering

P = ParamSpec("P")
T = TypeVar("T")
Json = dict[str, Any]

_SCENARIOS = "/__mockloop/api/mock-data/scenarios/"


def steering_handlers(steering: Steering) -> Handlers:
    """The handlers of the operations that are tagged `overrides` and `scenarios`."""
    overrides, scenarios = _Overrides(steering), _Scenarios(steering)
    return {
        "listOverrides": overrides.page,
        "createOverride": overrides.create,
        "clearOverrides": overrides.clear_all,
        "getOverride": overrides.get,
        "setOverride": overrides.set,
        "clearOverride": overrides.clear,
        "listScenarios": scenarios.page,
        "createScenario": scenarios.create,
        "getScenario": scenarios.get,
        "updateScenario": scenarios.update,
        "deleteScenario": scenarios.delete,
        "duplicateScenario": scenarios.duplicate,
        "activateScenario": scenarios.activate,
        "deactivateScenario": scenarios.deactivate,
        "exportScenario": scenarios.export,
        "importScenario": scenarios.import_,
        "validateScenario": scenarios.validate,
        "getActiveScenario": scenarios.active,
        "getSteeringHistory": scenarios.history,
    }


class _Overrides:
    def __init__(self, steering: Steering) -> None:
        self._overrides = steering.overrides

    async def page(self, call: AdminCall) -> Answer:
        return ok(await _page(call, "overrides", self._overrides.page))

    @explains_body
    async def create(self, call: AdminCall) -> Answer:
        body = call.body if isinstance(call.body, dict) else {}
        operation = body.get("operation")
        if not isinstance(operation, str):
            finding = Finding("error", "required", "/operation", "must be a text")
            raise _invalid([finding])
        config = {name: value for name, value in body.items() if name != "operation"}
        return await self._set(call, operation, config, in_body=True)

    @explains_body
    async def set(self, call: AdminCall) -> Answer:
        return await self._set(call, call.path["operation"], call.body, in_body=False)

    async def get(self, call: AdminCall) -> Answer:
        return ok(await _run(self._overrides.get, call.path["operation"]))

    async def clear(self, call: AdminCall) -> Answer:
        await _run(self._overrides.clear, call.path["operation"], call.actor)
        return nothing()

    async def clear_all(self, call: AdminCall) -> Answer:
        return ok({"cleared": await _run(self._overrides.clear_all, call.actor)})

    async def _set(self, call: AdminCall, operation: str, config: Any, *, in_body: bool) -> Answer:
        try:
            found, findings = await _run(self._overrides.set, operation, config, call.actor)
        except Refused as error:
            if error.status != 404 or not in_body:
                raise
            finding = Finding("error", "unknown-operation", "/operation", str(error))
            raise Refused(404, str(error), _violations([finding])) from None
        return ok(_told(found, findings))


class _Scenarios:
    def __init__(self, steering: Steering) -> None:
        self._steering = steering
        self._scenarios = steering.scenarios

    async def page(self, call: AdminCall) -> Answer:
        return ok(await _page(call, "scenarios", self._scenarios.page))

    async def history(self, call: AdminCall) -> Answer:
        return ok(await _page(call, "history", self._steering.history))

    @explains_body
    async def create(self, call: AdminCall) -> Answer:
        found, findings = await _run(self._scenarios.create, call.body, call.actor)
        return _created(found, findings)

    async def get(self, call: AdminCall) -> Answer:
        return ok(await _run(self._scenarios.get, call.path["name"]))

    @explains_body
    async def update(self, call: AdminCall) -> Answer:
        name = call.path["name"]
        found, findings = await _run(self._scenarios.update, name, call.body, call.actor)
        return ok(_told(found, findings))

    async def delete(self, call: AdminCall) -> Answer:
        await _run(self._scenarios.delete, call.path["name"], call.actor)
        return nothing()

    async def duplicate(self, call: AdminCall) -> Answer:
        new_name = call.body["name"]
        found = await _run(self._scenarios.duplicate, call.path["name"], new_name, call.actor)
        return _created(found, [])

    async def activate(self, call: AdminCall) -> Answer:
        return ok(
            await _run(self._scenarios.activate, call.path["name"], _session(call), call.actor)
        )

    async def deactivate(self, call: AdminCall) -> Answer:
        session = _session(call)
        name = call.path["name"]
        done = await _run(self._scenarios.deactivate, session, call.actor, name)
        return ok({"deactivated": done, "session_id": session})

    async def active(self, call: AdminCall) -> Answer:
        session = call.query.get("session_id")
        return ok({"active": await _run(self._scenarios.active, session)})

    async def export(self, call: AdminCall) -> Answer:
        found = await _run(self._scenarios.export, call.path["name"])
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", found["name"])
        header = ("Content-Disposition", f'attachment; filename="{name}.scenario.json"')
        return ok(found, 200, header)

    @explains_body
    async def import_(self, call: AdminCall) -> Answer:
        found, findings, is_new = await _run(
            self._scenarios.import_, call.body, call.query["on_conflict"], call.actor
        )
        return _created(found, findings) if is_new else ok(_told(found, findings))

    async def validate(self, call: AdminCall) -> Answer:
        findings = await _run(self._scenarios.validate, call.body)
        return ok(
            {
                "valid": all(each.severity != "error" for each in findings),
                "findings": [each.to_json() for each in findings],
            }
        )


async def _run(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Work on the database, with its refusals as answers."""
    try:
        return await run_in_threadpool(partial(work, *args, **kwargs))
    except NotFound as error:
        raise Refused(404, str(error)) from None
    except Conflict as error:
        raise Refused(409, str(error)) from None
    except Invalid as error:
        raise _invalid(error.findings) from None


async def _page(
    call: AdminCall, name: str, get: Callable[[int, int], tuple[list[Json], int]]
) -> Json:
    limit, offset = call.query["limit"], call.query["offset"]
    found, total = await _run(get, limit, offset)
    return {
        name: found,
        "total_count": total,
        "returned_count": len(found),
        "limit": limit,
        "offset": offset,
    }


def _invalid(findings: list[Finding]) -> Refused:
    errors = [each for each in findings if each.severity == "error"]
    detail = "; ".join(f"{each.pointer} {each.message}".lstrip() for each in errors)
    return Refused(400, short(f"The body cannot be used: {detail}"), _violations(findings))


def _violations(findings: list[Finding]) -> list[Json]:
    return [{"in": "body", **each.to_json()} for each in findings]


def _told(found: Json, findings: list[Finding]) -> Json:
    return {**found, "findings": [each.to_json() for each in findings]}


def _created(found: Json, findings: list[Finding]) -> Answer:
    location = ("Location", _SCENARIOS + quote(found["name"], safe=""))
    return ok(_told(found, findings), 201, location)


def _session(call: AdminCall) -> str | None:
    session = (call.body or {}).get("session_id")
    return session if isinstance(session, str) else None
