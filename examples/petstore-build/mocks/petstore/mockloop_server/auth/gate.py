"""Judges requests: whether their credentials are what the description asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

from starlette.concurrency import run_in_threadpool

from mockloop_server.api import Operation
from mockloop_server.auth.admitted import FOREVER, Admitted
from mockloop_server.auth.digests import digest
from mockloop_server.auth.passwords import Passwords
from mockloop_server.auth.schemes import Scheme
from mockloop_server.auth.state import Known, Scopes, State, User, is_over
from mockloop_server.auth.tokens import Invalid, Reader
from mockloop_server.security import Denial
from mockloop_server.validation import Incoming


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as the credentials say."""

    scheme: str
    subject: str = ""
    """The user, client or key; nothing where nobody is registered."""
    scopes: Scopes = None
    """`None`: all."""
    claims: dict[str, Any] = field(default_factory=dict)
    """Of the access token."""


Permits = Callable[[Caller, Operation], bool | Awaitable[bool]]
"""Whether somebody with valid credentials may call an operation."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How far a request comes with one scheme."""

    rank: int
    error: str = ""
    """Of RFC 6750, section 3.1."""
    detail: str = ""
    scopes: frozenset[str] = frozenset()
    caller: Caller | None = None
    until: float = FOREVER
    """When the credentials expire."""


_MISSING = Judged(0)
_UNKNOWN = Judged(1, "invalid_token", "The credentials are not known.")
_OVER = Judged(1, "invalid_token", "The credentials have expired.")
_FORBIDDEN = 2
_ALLOWED = Judged(3)


class Gate:
    """The security of the operations of one API."""

    def __init__(
        self,
        schemes: dict[str, Scheme],
        known: Known,
        reader: Reader,
        passwords: Passwords,
        permits: Permits | None,
        *,
        strict: bool,
    ) -> None:
        self.schemes = schemes
        self._known = known
        self._reader = reader
        self._passwords = passwords
        self._permits = permits
        self._strict = strict
        # What a function of one's own permits may be another thing each time.
        self._admitted = Admitted(schemes) if permits is None else None

    def admits(self, operation: Operation, request: Incoming) -> bool:
        """Whether the same was let in before, and would be now."""
        if self._admitted is None or self._known.is_stale:
            return False
        return self._admitted.holds(operation, request, self._known.state)

    async def judge(self, operation: Operation, request: Incoming) -> Denial | None:
        """Why a request may not call an operation, if so: the best of all alternatives."""
        if self._known.is_stale:
            await self._known.refresh()
        state = self._known.state
        best: Judged | None = None
        for requirement in operation.security:
            worst, until = _ALLOWED, FOREVER
            for name, scopes in requirement:
                if scheme := self.schemes.get(name):
                    found = self._judge(scheme, request, scopes, state)
                    if found is None:
                        found = await self._with_password(scheme, request, scopes, state)
                    until = min(until, found.until)
                    if found.rank <= worst.rank:
                        worst = found
            if worst.rank == _ALLOWED.rank:
                if await self._is_permitted(worst, operation):
                    if self._admitted is not None:
                        self._admitted.add(operation, request, state, until)
                    return None
                worst = Judged(_FORBIDDEN, "", "The caller may not do this.")
            if best is None or worst.rank > best.rank:
                best = worst
        return None if best is None else self._denial(operation, best)

    def accepts_any(self, scheme: Scheme, state: State) -> bool:
        """Whether a scheme takes every well-formed credential, as none is registered."""
        if scheme.kind == "certificate":
            return True
        if self._strict or state.keys.get(scheme.name) is not None:
            return False
        if scheme.kind == "basic":
            return not state.users
        return scheme.kind != "bearer" or not (state.users or state.clients)

    def _judge(
        self, scheme: Scheme, request: Incoming, scopes: frozenset[str], state: State
    ) -> Judged | None:
        """The judgement on one scheme; `None` where it takes a password that is not known yet."""
        found = scheme.find(request)
        if found is None:
            return _MISSING
        if keys := state.keys.get(scheme.name):
            key = keys.get(digest(found))
            if key is not None:
                if is_over(key.expires):
                    return _OVER
                return self._scoped(scheme, scopes, key.scopes, key.name, until=key.expires)
        if scheme.kind == "bearer":
            token = self._reader.read(state, found)
            if isinstance(token, Invalid):
                return Judged(1, "invalid_token", token.reason)
            if token is not None:
                return self._scoped(
                    scheme, scopes, token.scopes, token.subject, token.claims, token.expires
                )
        elif scheme.kind == "basic" and state.users:
            user, password = _user(state, found)
            if user is None:
                return _UNKNOWN
            is_right = self._passwords.known(user.password, password)
            return None if is_right is None else self._of_user(scheme, scopes, user, is_right)
        if self.accepts_any(scheme, state):
            return self._scoped(scheme, scopes, None, "")
        return _UNKNOWN

    async def _with_password(
        self, scheme: Scheme, request: Incoming, scopes: frozenset[str], state: State
    ) -> Judged:
        user, password = _user(state, scheme.find(request) or ":")
        if user is None:
            return _UNKNOWN
        is_right = await self._passwords.check(user.password, password)
        return self._of_user(scheme, scopes, user, is_right)

    def _of_user(
        self, scheme: Scheme, scopes: frozenset[str], user: User, is_right: bool
    ) -> Judged:
        if not is_right:
            return _UNKNOWN
        if is_over(user.expires):
            return _OVER
        return self._scoped(scheme, scopes, user.scopes, user.name, user.claims, user.expires)

    def _scoped(
        self,
        scheme: Scheme,
        needed: frozenset[str],
        scopes: Scopes,
        subject: str,
        claims: dict[str, Any] | None = None,
        until: float | None = None,
    ) -> Judged:
        if scopes is not None and not needed <= scopes:
            lacking = ", ".join(sorted(needed - scopes))
            detail = f"The credentials lack the scope {lacking}"
            return Judged(_FORBIDDEN, "insufficient_scope", detail, needed)
        caller = Caller(scheme.name, subject, scopes, claims or {})
        end = FOREVER if until is None else until
        return Judged(_ALLOWED.rank, caller=caller, until=end)

    async def _is_permitted(self, judged: Judged, operation: Operation) -> bool:
        if self._permits is None or judged.caller is None:
            return True
        found = await run_in_threadpool(self._permits, judged.caller, operation)
        return bool(await found if isawaitable(found) else found)

    def _denial(self, operation: Operation, judged: Judged) -> Denial:
        names = [name for requirement in operation.security for name, _ in requirement]
        schemes = [self.schemes[name] for name in dict.fromkeys(names) if name in self.schemes]
        if judged.rank == _FORBIDDEN:
            found = [_challenge(each, judged) for each in schemes if each.kind == "bearer"]
            challenges = found if judged.error else []
            default = "The credentials are known, but not allowed to do this."
            return Denial(403, judged.detail or default, _unique(challenges))
        detail = judged.detail or "Valid credentials are required."
        return Denial(401, detail, _unique([_challenge(each, judged) for each in schemes]))


def _user(state: State, found: str) -> tuple[User | None, str]:
    name, _, password = found.partition(":")
    return state.users.get(name), password


def _challenge(scheme: Scheme, judged: Judged) -> str:
    if scheme.kind != "bearer" or not judged.error:
        return scheme.challenge
    text = f'{scheme.challenge}, error="{judged.error}"'
    if judged.detail:
        detail = judged.detail.replace("\\", "").replace('"', "'")
        text += f', error_description="{detail}"'
    scopes = " ".join(sorted(judged.scopes)).replace("\\", "").replace('"', "'")
    return f'{text}, scope="{scopes}"' if scopes else text


def _unique(challenges: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(challenges))
