"""Credentials in the database: made, changed and removed."""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mockloop_server.admin.contract import Refused
from mockloop_server.auth.authorize import why_unusable
from mockloop_server.auth.digests import digest
from mockloop_server.auth.passwords import hashed
from mockloop_server.auth.schemes import TOKEN68, Scheme
from mockloop_server.auth.state import Known
from mockloop_server.auth.store import MOST, Row, Tables
from mockloop_server.auth.times import stamp
from mockloop_server.log.filters import utc
from mockloop_server.problem import Violation

Page = tuple[list[Row], int]

# What a header carries without doubt; a query or a cookie does too, percent-encoded.
_PLAIN = re.compile(r"[!-~]([ -~]*[!-~])?")


class Credentials:
    """Keys, users, clients and tokens; each call works on the database and may take its time."""

    def __init__(self, known: Known, schemes: Mapping[str, Scheme]) -> None:
        self._known = known
        self._schemes = schemes

    def keys(self, limit: int, offset: int) -> Page:
        """Some of the keys, and how many there are."""
        return self._page("auth_keys", "id", limit, offset)

    def key(self, number: int) -> Row:
        """A key."""
        return self._found("auth_keys", f"key {number}", id=number)

    def add_key(self, body: Row) -> Row:
        """A new key, with its value."""
        scheme = self._schemes.get(body["scheme"])
        if scheme is None:
            names = ", ".join(self._schemes) or "none"
            message = f"is no security scheme of the description; there are: {names}"
            raise _wrong("/scheme", message, 404)
        if scheme.kind in ("basic", "certificate"):
            way = "register a user instead" if scheme.kind == "basic" else "it takes no credentials"
            raise _wrong("/scheme", f"takes no keys: {way}", 409)
        value = body.get("value") or f"mock_{secrets.token_urlsafe(24)}"
        if not (TOKEN68 if scheme.kind == "bearer" else _PLAIN).fullmatch(value):
            raise _wrong("/value", f"cannot be sent by clients of {scheme.name}", 409)
        with self._change(f"There is such a key of {scheme.name} already.") as tables:
            _room(tables, "auth_keys", "keys")
            number = tables.insert(
                "auth_keys",
                scheme=scheme.name,
                name=body.get("name", ""),
                digest=digest(value),
                created_at=stamp(),
                **_limits(body),
            )
        return {**self.key(number), "value": value}

    def change_key(self, number: int, body: Row) -> Row:
        """A key with other limits or another name."""
        names = {"name": body["name"]} if "name" in body else {}
        with self._change() as tables:
            tables.update("auth_keys", {"id": number}, **names, **_limits(body))
        return self.key(number)

    def remove_key(self, number: int) -> None:
        """End a key."""
        with self._change() as tables:
            _removed(tables.delete("auth_keys", id=number), f"key {number}")

    def users(self, limit: int, offset: int) -> Page:
        """Some of the users, and how many there are."""
        return self._page("auth_users", "name", limit, offset)

    def user(self, name: str) -> Row:
        """A user."""
        return self._found("auth_users", f"user {name!r}", name=name)

    def add_user(self, body: Row) -> Row:
        """A new user, with the password."""
        name = body["name"]
        if ":" in name or "\0" in name:
            raise _wrong("/name", "has a colon or a null character, which no login can send")
        password = body.get("password") or secrets.token_urlsafe(12)
        kept = hashed(password)
        with self._change(f"There is a user {name!r} already.") as tables:
            _room(tables, "auth_users", "users")
            if tables.count("auth_clients", client_id=name):
                raise _wrong("/name", "is the id of a client", 409)
            claims, now = body.get("claims", {}), stamp()
            tables.insert(
                "auth_users",
                name=name,
                password=kept,
                claims=claims,
                created_at=now,
                **_limits(body),
            )
        return {**self.user(name), "password": password}

    def change_user(self, name: str, body: Row) -> Row:
        """A user with other limits, claims or another password."""
        values = {"claims": body["claims"]} if "claims" in body else {}
        if "password" in body:
            values["password"] = hashed(body["password"])
        limits = _limits(body)
        with self._change() as tables:
            tables.update("auth_users", {"name": name}, **values, **limits)
            if "password" in body or _ends(limits):
                # Who should not get in any more has not got in already.
                tables.revoke(subject=name)
        return self.user(name)

    def remove_user(self, name: str) -> None:
        """End a user, and the tokens of this user."""
        with self._change() as tables:
            _removed(tables.delete("auth_users", name=name), f"user {name!r}")
            tables.revoke(subject=name)

    def clients(self, limit: int, offset: int) -> Page:
        """Some of the clients, and how many there are."""
        return self._page("auth_clients", "client_id", limit, offset)

    def client(self, client_id: str) -> Row:
        """A client."""
        return self._found("auth_clients", f"client {client_id!r}", client_id=client_id)

    def add_client(self, body: Row) -> Row:
        """A new client, with its secret."""
        client_id = body.get("client_id") or secrets.token_urlsafe(12)
        secret = None
        if not body.get("public", False):
            secret = body.get("client_secret") or secrets.token_urlsafe(32)
        elif "client_secret" in body:
            raise _wrong("/client_secret", "is not kept by public clients", 409)
        kept = None if secret is None else hashed(secret)
        uris = _uris(body.get("redirect_uris", []))
        with self._change(f"There is a client {client_id!r} already.") as tables:
            _room(tables, "auth_clients", "clients")
            # The subject of a client's own tokens is the client: it may be no user's name.
            if tables.count("auth_users", name=client_id):
                raise _wrong("/client_id", "is the name of a user", 409)
            tables.insert(
                "auth_clients",
                client_id=client_id,
                secret=kept,
                redirect_uris=uris,
                created_at=stamp(),
                **_limits(body),
            )
        return {**self.client(client_id), "client_secret": secret}

    def change_client(self, client_id: str, body: Row) -> Row:
        """A client with other limits, addresses or another secret."""
        values: Row = {}
        if "redirect_uris" in body:
            values["redirect_uris"] = _uris(body["redirect_uris"])
        if "client_secret" in body:
            values["secret"] = hashed(body["client_secret"])
        limits = _limits(body)
        with self._change() as tables:
            tables.update("auth_clients", {"client_id": client_id}, **values, **limits)
            if "client_secret" in body or _ends(limits):
                tables.revoke(client_id=client_id)
        return self.client(client_id)

    def remove_client(self, client_id: str) -> None:
        """End a client, and its tokens."""
        with self._change() as tables:
            _removed(tables.delete("auth_clients", client_id=client_id), f"client {client_id!r}")
            tables.revoke(client_id=client_id)

    def tokens(self, limit: int, offset: int, **key: Any) -> Page:
        """Some of the tokens that have these values, newest first, and how many do."""
        return self._page("auth_tokens", "id DESC", limit, offset, **key)

    def token(self, number: int) -> Row:
        """A token."""
        return self._found("auth_tokens", f"token {number}", id=number)

    def revoke(self, **key: Any) -> int:
        """End the tokens that have these values; the number of those that were valid."""
        with self._change() as tables:
            return tables.revoke(**key)

    def _page(self, table: str, order: str, limit: int, offset: int, **key: Any) -> Page:
        with self._known.store.reading() as tables:
            return tables.page(table, order, limit, offset, **key)

    def _found(self, table: str, what: str, **key: Any) -> Row:
        with self._known.store.reading() as tables:
            row = tables.find(table, **key)
        if row is None:
            raise _missing(what)
        return row

    @contextmanager
    def _change(self, conflict: str = "") -> Iterator[Tables]:
        with self._known.store.writing() as tables:
            try:
                yield tables
            except sqlite3.IntegrityError:
                raise Refused(409, conflict) from None
        if tables.has_changed:
            self._known.announce()


def _limits(body: Row) -> Row:
    found: Row = {}
    if "scopes" in body:
        scopes = body["scopes"]
        found["scopes"] = None if scopes is None else sorted(set(scopes))
    if "expires_at" in body:
        time = body["expires_at"]
        try:
            found["expires_at"] = None if time is None else utc(time)
        except (ValueError, OverflowError) as error:
            raise _wrong("/expires_at", f"is no RFC 3339 time: {error}") from None
    return found


def _ends(limits: Row) -> bool:
    """Whether a change ends what it changes."""
    time = limits.get("expires_at")
    return time is not None and time <= stamp()


def _uris(uris: list[str]) -> list[str]:
    for at, uri in enumerate(uris):
        if why := why_unusable(uri):
            raise _wrong(f"/redirect_uris/{at}", why)
    return uris


def _room(tables: Tables, table: str, what: str) -> None:
    if tables.count(table) >= MOST:
        raise Refused(409, f"There are {MOST} {what}: remove some.")


def _removed(was_there: bool, what: str) -> None:
    if not was_there:
        raise _missing(what)


def _missing(what: str) -> Refused:
    return Refused(404, f"There is no {what}.")


def _wrong(pointer: str, message: str, status: int = 400) -> Refused:
    return Refused(status, "The body cannot be used.", [Violation("body", pointer, message)])
