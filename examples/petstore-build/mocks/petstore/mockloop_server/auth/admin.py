"""Credentials by calls of the admin API."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

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
from mockloop_server.api import Api
from mockloop_server.auth.credentials import Credentials
from mockloop_server.auth.endpoints import Place, issuer_of
from mockloop_server.auth.gate import Gate
from mockloop_server.auth.schemes import Scheme
from mockloop_server.auth.scopes import KnownScopes
from mockloop_server.auth.state import Known, State
from mockloop_server.auth.store import Row
from mockloop_server.auth.times import stamp
from mockloop_server.auth.tokens import Grant, Issuer, Json, TooLong

_BASE = "/__mockloop/api/auth"
_KEY = ("id", "scheme", "name", "scopes", "created_at", "expires_at")
_USER = ("name", "scopes", "claims", "created_at", "expires_at")
_CLIENT = ("client_id", "redirect_uris", "scopes", "created_at", "expires_at")
_TOKEN = ("id", "kind", "subject", "client_id", "scopes", "issued_at", "expires_at", "revoked_at")


def auth_handlers(
    api: Api,
    gate: Gate,
    known: Known,
    credentials: Credentials,
    issuer: Issuer,
    scopes: KnownScopes,
    place: Place,
) -> Handlers:
    """The handlers of the operations that are tagged `auth`."""
    schemes = _Schemes(api, gate, known, scopes)
    registered = _Registered(credentials)
    tokens = _Tokens(credentials, issuer, place)
    return {
        "listSecuritySchemes": schemes.page,
        "getSecurityScheme": schemes.get,
        "listKeys": registered.keys,
        "createKey": registered.add_key,
        "getKey": registered.key,
        "updateKey": registered.change_key,
        "deleteKey": registered.remove_key,
        "listUsers": registered.users,
        "createUser": registered.add_user,
        "getUser": registered.user,
        "updateUser": registered.change_user,
        "deleteUser": registered.remove_user,
        "listClients": registered.clients,
        "createClient": registered.add_client,
        "getClient": registered.client,
        "updateClient": registered.change_client,
        "deleteClient": registered.remove_client,
        "listTokens": tokens.page,
        "createToken": tokens.create,
        "revokeTokens": tokens.revoke_all,
        "getToken": tokens.get,
        "revokeToken": tokens.revoke,
        "getSigningKey": tokens.signing_key,
    }


class _Schemes:
    def __init__(self, api: Api, gate: Gate, known: Known, scopes: KnownScopes) -> None:
        self._api = api
        self._gate = gate
        self._known = known
        self._scopes = scopes
        self._operations: dict[str, list[Json]] | None = None

    async def page(self, call: AdminCall) -> Answer:
        state = await self._known.newest()
        limit, offset = call.query["limit"], call.query["offset"]
        every = list(self._gate.schemes.values())
        some = [self._shown(each, state) for each in every[offset : offset + limit]]
        return ok(_paged(call, "schemes", some, len(every)))

    async def get(self, call: AdminCall) -> Answer:
        name = call.path["scheme"]
        scheme = self._gate.schemes.get(name)
        if scheme is None:
            raise Refused(404, f"The description has no security scheme {name!r}.")
        operations = self._by_scheme().get(name, [])
        limit, offset = call.query["limit"], call.query["offset"]
        page = _paged(call, "operations", operations[offset : offset + limit], len(operations))
        return ok({**self._shown(scheme, await self._known.newest()), **page})

    def _shown(self, scheme: Scheme, state: State) -> Json:
        raw = scheme.raw
        flows = raw.get("flows")
        return {
            "name": scheme.name,
            "type": raw["type"],
            "in": raw.get("in"),
            "parameter": raw.get("parameter"),
            "scheme": raw.get("scheme"),
            "description": raw.get("description"),
            "flows": sorted(flows) if isinstance(flows, dict) else [],
            "scopes": self._declared(scheme, flows),
            "accepts": "any" if self._gate.accepts_any(scheme, state) else "registered",
            "keys": len(state.keys.get(scheme.name, ())),
            "operation_count": len(self._by_scheme().get(scheme.name, ())),
        }

    def _declared(self, scheme: Scheme, flows: Any) -> list[str]:
        needed = {
            scope for each in self._by_scheme().get(scheme.name, ()) for scope in each["scopes"]
        }
        declared = self._scopes.declared if isinstance(flows, dict) else {}
        return sorted(needed | declared.keys())

    def _by_scheme(self) -> dict[str, list[Json]]:
        if self._operations is None:
            self._operations = {}
            for entry in self._api.entries:
                needed: dict[str, set[str]] = {}
                for requirement in entry.security:
                    for each in requirement:
                        needed.setdefault(each["scheme"], set()).update(each.get("scopes", ()))
                for name, scopes in needed.items():
                    found = {"operation_id": entry.id, "scopes": sorted(scopes)}
                    self._operations.setdefault(name, []).append(found)
        return self._operations


class _Registered:
    def __init__(self, credentials: Credentials) -> None:
        self._of = credentials

    async def keys(self, call: AdminCall) -> Answer:
        return ok(await _page(call, "keys", self._of.keys, _KEY))

    @hides_body
    async def add_key(self, call: AdminCall) -> Answer:
        row = await run_in_threadpool(self._of.add_key, call.body)
        return _created(f"keys/{row['id']}", {**_shown(row, _KEY), "value": row["value"]})

    async def key(self, call: AdminCall) -> Answer:
        return ok(_shown(await run_in_threadpool(self._of.key, call.path["id"]), _KEY))

    async def change_key(self, call: AdminCall) -> Answer:
        row = await run_in_threadpool(self._of.change_key, call.path["id"], call.body)
        return ok(_shown(row, _KEY))

    async def remove_key(self, call: AdminCall) -> Answer:
        await run_in_threadpool(self._of.remove_key, call.path["id"])
        return nothing()

    async def users(self, call: AdminCall) -> Answer:
        return ok(await _page(call, "users", self._of.users, _USER))

    @hides_body
    async def add_user(self, call: AdminCall) -> Answer:
        row = await run_in_threadpool(self._of.add_user, call.body)
        shown = {**_shown(row, _USER), "password": row["password"]}
        return _created(f"users/{quote(row['name'], safe='')}", shown)

    async def user(self, call: AdminCall) -> Answer:
        return ok(_shown(await run_in_threadpool(self._of.user, call.path["name"]), _USER))

    @hides_body
    async def change_user(self, call: AdminCall) -> Answer:
        row = await run_in_threadpool(self._of.change_user, call.path["name"], call.body)
        return ok(_shown(row, _USER))

    async def remove_user(self, call: AdminCall) -> Answer:
        await run_in_threadpool(self._of.remove_user, call.path["name"])
        return nothing()

    async def clients(self, call: AdminCall) -> Answer:
        page = await _page(call, "clients", self._of.clients, (*_CLIENT, "secret"))
        page["clients"] = [_client(each) for each in page["clients"]]
        return ok(page)

    @hides_body
    async def add_client(self, call: AdminCall) -> Answer:
        row = await run_in_threadpool(self._of.add_client, call.body)
        shown = {
            **_client(_shown(row, (*_CLIENT, "secret"))),
            "client_secret": row["client_secret"],
        }
        return _created(f"clients/{quote(row['client_id'], safe='')}", shown)

    async def client(self, call: AdminCall) -> Answer:
        row = await run_in_threadpool(self._of.client, call.path["client_id"])
        return ok(_client(_shown(row, (*_CLIENT, "secret"))))

    @hides_body
    async def change_client(self, call: AdminCall) -> Answer:
        row = await run_in_threadpool(self._of.change_client, call.path["client_id"], call.body)
        return ok(_client(_shown(row, (*_CLIENT, "secret"))))

    async def remove_client(self, call: AdminCall) -> Answer:
        await run_in_threadpool(self._of.remove_client, call.path["client_id"])
        return nothing()


class _Tokens:
    def __init__(self, credentials: Credentials, issuer: Issuer, place: Place) -> None:
        self._of = credentials
        self._issuer = issuer
        self._place = place

    async def page(self, call: AdminCall) -> Answer:
        wanted = {name: call.query[name] for name in ("subject", "kind") if name in call.query}
        page = await _page(call, "tokens", partial(self._of.tokens, **wanted), (*_TOKEN, "jti"))
        page["tokens"] = [_token(each) for each in page["tokens"]]
        return ok(page)

    @hides_body
    async def create(self, call: AdminCall) -> Answer:
        body = call.body
        claims, scopes = body.get("claims", {}), frozenset(body.get("scopes", ()))
        subject, client_id = body["subject"], body.get("client_id")
        # For a user it stands for a login.
        login = None if subject == client_id else int(time.time())
        grant = Grant(subject, client_id, scopes, claims, auth_time=login)
        issuer = issuer_of(call.scope, self._place)
        try:
            issued = await self._issuer.issue(grant, issuer, seconds=body.get("expires_in"))
        except TooLong as error:
            raise Refused(400, str(error)) from None
        return ok(issued, 201)

    async def revoke_all(self, call: AdminCall) -> Answer:
        wanted = {name: call.query[name] for name in ("subject", "client_id") if name in call.query}
        return ok({"revoked": await run_in_threadpool(partial(self._of.revoke, **wanted))})

    async def get(self, call: AdminCall) -> Answer:
        row = await run_in_threadpool(self._of.token, call.path["id"])
        return ok(_token(_shown(row, (*_TOKEN, "jti"))))

    async def revoke(self, call: AdminCall) -> Answer:
        number = call.path["id"]
        await run_in_threadpool(self._of.token, number)
        await run_in_threadpool(partial(self._of.revoke, id=number))
        return nothing()

    async def signing_key(self, call: AdminCall) -> Answer:
        signer = await self._issuer.signer()
        issuer = issuer_of(call.scope, self._place)
        public = signer.public()
        return ok({"kid": signer.kid, "alg": public["alg"], "issuer": issuer, "public_key": public})


async def _page(
    call: AdminCall,
    name: str,
    get: Callable[[int, int], tuple[list[Row], int]],
    columns: tuple[str, ...],
) -> Json:
    rows, total = await run_in_threadpool(get, call.query["limit"], call.query["offset"])
    return _paged(call, name, [_shown(row, columns) for row in rows], total)


def _paged(call: AdminCall, name: str, some: list[Json], total: int) -> Json:
    return {
        name: some,
        "total_count": total,
        "returned_count": len(some),
        "limit": call.query["limit"],
        "offset": call.query["offset"],
    }


def _shown(row: Row, columns: tuple[str, ...]) -> Json:
    expires = row["expires_at"]
    shown = {name: row[name] for name in columns}
    return {**shown, "expired": expires is not None and expires <= stamp()}


def _client(shown: Json) -> Json:
    is_public = shown["secret"] is None
    del shown["secret"]
    return {**shown, "public": is_public}


def _token(shown: Json) -> Json:
    if shown["kind"] != "access":
        shown["jti"] = None  # a digest, which says nothing to anybody
    return {**shown, "active": not shown["expired"] and shown["revoked_at"] is None}


def _created(path: str, shown: Json) -> Answer:
    return ok(shown, 201, ("Location", f"{_BASE}/{path}"))
