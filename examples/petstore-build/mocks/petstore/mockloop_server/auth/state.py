"""What a worker knows of the credentials: read once, and again when a worker has changed them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockloop_server.auth.signal import Signal
from mockloop_server.auth.store import Row, Store, Tables
from mockloop_server.auth.times import seconds_of
from mockloop_server.log.database import LogError

if TYPE_CHECKING:
    from mockloop_server.auth.signing import Signer

logger = logging.getLogger("mockloop")

Scopes = frozenset[str] | None
"""`None`: all."""

_AGAIN_SECONDS = 1.0
_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Key:
    """A credential that is valid as it is."""

    scopes: Scopes
    expires: float | None
    """Seconds since 1970, as all times here."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with a password."""

    name: str
    password: str
    scopes: Scopes
    expires: float | None
    claims: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Client:
    """A program that lets users log in, or calls by itself."""

    client_id: str
    secret: str | None
    redirect_uris: tuple[str, ...]
    scopes: Scopes
    expires: float | None
    is_public: bool
    """Whether it can show no secret, and has to be told from others in another way."""


@dataclass(frozen=True, slots=True)
class State:
    """All credentials at one time."""

    keys: dict[str, dict[bytes, Key]] = field(default_factory=dict)
    """By scheme and digest."""
    users: dict[str, User] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    revoked: frozenset[str] = frozenset()
    signer: Signer | None = None
    """Signs tokens, once one was asked for."""


class Known:
    """The newest state.

    Whether it is the newest is a look at a number in memory; a request waits for the database only
    after a change.
    """

    def __init__(self, database: Path, listed: dict[str, dict[bytes, Key]]) -> None:
        self._database = database
        self._listed = listed
        self.store = Store(database)
        self.state = State(keys=listed)
        self._signal: Signal | None = None
        self._seen: int | None = None
        self._retry_at = 0.0
        self._reading = asyncio.Lock()

    def start(self) -> None:
        """Take up what is in the database."""
        self._signal = Signal(self._database)
        self._take(self._signal)

    def stop(self) -> None:
        """Let go of what the workers share."""
        if self._signal is not None:
            signal, self._signal = self._signal, None
            signal.close()

    @property
    def is_stale(self) -> bool:
        """Whether credentials have changed since they were read."""
        return self._signal is not None and self._signal.numbers[0] != self._seen

    async def refresh(self) -> None:
        """Read what has changed; where that fails, what was known stays."""
        async with self._reading:
            if self._signal is None or not self.is_stale or time.monotonic() < self._retry_at:
                return
            await asyncio.to_thread(self._take, self._signal)

    async def newest(self) -> State:
        """The state by now."""
        if self.is_stale:
            await self.refresh()
        return self.state

    def end(self, family: str) -> None:
        """End all that came of one login; where nothing is left of it, nobody has to wait."""
        with self.store.reading() as tables:
            if not tables.has_valid(family):
                return
        with self.store.writing() as tables:
            tables.revoke(family=family)
        self.announce()

    def announce(self) -> None:
        """Tell all workers that the tables have changed."""
        if self._signal is not None:
            self._signal.announce()

    def _take(self, signal: Signal) -> None:
        # Before the tables: what changes meanwhile is seen again.
        seen = signal.numbers[0]
        try:
            with self.store.reading(_PATIENCE) as tables:
                self.state = self._read(tables)
            self._seen = seen
        except (LogError, ValueError) as error:
            self._retry_at = time.monotonic() + _AGAIN_SECONDS
            logger.error("credentials stay as they were: %s", error)

    def _read(self, tables: Tables) -> State:
        keys = {name: dict(some) for name, some in self._listed.items()}
        for row in tables.all("SELECT * FROM auth_keys"):
            key = Key(scopes_of(row), _expiry(row), row["name"])
            keys.setdefault(row["scheme"], {}).setdefault(row["digest"], key)
        return State(
            keys,
            {row["name"]: _user(row) for row in tables.all("SELECT * FROM auth_users")},
            {row["client_id"]: _client(row) for row in tables.all("SELECT * FROM auth_clients")},
            tables.revoked(),
            self._signer(tables),
        )

    def _signer(self, tables: Tables) -> Signer | None:
        query = "SELECT * FROM auth_signing_keys ORDER BY created_at, kid LIMIT 1"
        for row in tables.all(query):
            known = self.state.signer
            if known is not None and known.kid == row["kid"]:
                return known
            from mockloop_server.auth.signing import Signer

            return Signer(row["kid"], row["private_key"])
        return None


def any_client(client_id: str) -> Client:
    """A client where none is registered."""
    return Client(client_id, None, (), None, None, is_public=False)


def any_user(name: str) -> User:
    """A user where none is registered."""
    return User(name, "", None, None)


def scopes_of(row: Row) -> Scopes:
    """The scopes that a row allows."""
    return None if row["scopes"] is None else frozenset(row["scopes"])


def _user(row: Row) -> User:
    return User(row["name"], row["password"], scopes_of(row), _expiry(row), row["claims"])


def _client(row: Row) -> Client:
    uris = tuple(row["redirect_uris"])
    secret = row["secret"]
    return Client(
        row["client_id"], secret, uris, scopes_of(row), _expiry(row), is_public=secret is None
    )


def _expiry(row: Row) -> float | None:
    return None if row["expires_at"] is None else seconds_of(row["expires_at"])


def is_over(expires: float | None) -> bool:
    """Whether a time has come."""
    return expires is not None and expires <= time.time()


def common(limits: Iterable[Scopes]) -> Scopes:
    """What all of these allow."""
    found: Scopes = None
    for each in limits:
        if each is not None:
            found = each if found is None else found & each
    return found
