"""Tokens: issued, read and remembered."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from mockloop_server.auth.digests import digest, encoded
from mockloop_server.auth.state import Known, State
from mockloop_server.auth.store import Tables
from mockloop_server.auth.times import stamp

if TYPE_CHECKING:
    from mockloop_server.auth.signing import Signer

ACCESS = "at+jwt"
"""The type of an access token (RFC 9068), which no other token of ours has."""
REFRESH_SECONDS = 30 * 24 * 3600
LONGEST = 16_384
"""The characters of the longest token; what servers take as a header is hardly more."""

_REMEMBERED = 4096
RESERVED = frozenset("iss sub aud exp iat nbf jti scope client_id nonce at_hash auth_time".split())
"""Claims that no user has of one's own."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Grant:
    """What tokens are issued for."""

    subject: str
    client_id: str | None
    scopes: frozenset[str]
    claims: Mapping[str, Any] = field(default_factory=dict)
    """What is registered of the user."""
    has_login: bool = False
    """Whether a person has logged in, for whom there is a refresh token."""
    nonce: str | None = None
    auth_time: int | None = None
    """When the user logged in; only where none did, as for a client itself, there is none."""
    family: str = ""
    lasting: frozenset[str] | None = None
    """The scopes of the refresh token, where a client asks for fewer this time."""


Claims = Callable[[Grant], Mapping[str, Any]]
"""What tokens say beyond the standard's claims."""
Take = Callable[[Tables], bool]
"""Uses up what tokens are given for; whether it was still there."""


class TooLong(Exception):
    """A token that nobody could send."""

    def __init__(self) -> None:
        message = f"A token would have more than {LONGEST} characters: it has too many claims."
        super().__init__(message)


class UsedUp(Exception):
    """What tokens were asked for with is there no more: there are none."""


class Token(NamedTuple):
    """A valid access token, but for what has happened to it since."""

    jti: str
    subject: str
    scopes: frozenset[str]
    expires: float
    claims: Json


class Invalid(NamedTuple):
    """A token of ours that is not valid."""

    reason: str


EXPIRED = Invalid("The access token has expired.")
REVOKED = Invalid("The access token has been revoked.")
FORGED = Invalid("The access token is not as it was signed.")


class Reader:
    """Reads access tokens; the signature of one is checked once."""

    def __init__(self) -> None:
        self._known: dict[bytes, Token | Invalid | None] = {}
        self._kid = ""

    def read(self, state: State, text: str) -> Token | Invalid | None:
        """A token of ours; `None` for what is none of ours."""
        signer = state.signer
        if signer is None or text.count(".") != 2:
            return None
        if signer.kid != self._kid:
            self._kid = signer.kid
            self._known.clear()
        key = digest(text)
        if key in self._known:
            found = self._known.pop(key)
        else:
            found = _read(signer, text)
            if len(self._known) >= _REMEMBERED:
                self._known.pop(next(iter(self._known)))
        # The last is the one that was asked for last.
        self._known[key] = found
        if isinstance(found, Token):
            if found.expires <= time.time():
                return EXPIRED
            if found.jti in state.revoked:
                return REVOKED
        return found


class Issuer:
    """Makes tokens."""

    def __init__(self, known: Known, seconds: int, claims: Claims | None) -> None:
        self._known = known
        self._seconds = seconds
        self._claims = claims

    async def signer(self) -> Signer:
        """The key of this mock, made when it is first asked for."""
        state = await self._known.newest()
        if state.signer is None:
            await asyncio.to_thread(self._make_key)
            state = await self._known.newest()
        if state.signer is None:
            raise RuntimeError("the signing key that was kept cannot be read")
        return state.signer

    async def issue(
        self, grant: Grant, issuer: str, *, seconds: int | None = None, take: Take | None = None
    ) -> Json:
        """The tokens of a grant, as RFC 6749, section 5.1 has them."""
        signer = await self.signer()
        return await asyncio.to_thread(self._issue, signer, grant, issuer, seconds, take)

    def _issue(
        self, signer: Signer, grant: Grant, issuer: str, seconds: int | None, take: Take | None
    ) -> Json:
        now = int(time.time())
        lifetime = self._seconds if seconds is None else seconds
        scope = " ".join(sorted(grant.scopes))
        more = {**grant.claims, **(self._claims(grant) if self._claims else {})}
        extra = {name: value for name, value in more.items() if name not in RESERVED}
        audience = issuer.removesuffix("/__mockloop")
        base = {**extra, "iss": issuer, "sub": grant.subject, "iat": now, "exp": now + lifetime}
        jti = secrets.token_urlsafe(16)
        claims = {**base, "aud": audience, "jti": jti, "scope": scope}
        if grant.client_id is not None:
            claims["client_id"] = grant.client_id
        if grant.auth_time is not None:
            claims["auth_time"] = grant.auth_time
        access = signer.sign(claims, ACCESS)
        found: Json = {"access_token": access, "token_type": "Bearer", "expires_in": lifetime}
        found["scope"] = scope
        if grant.has_login:
            found["refresh_token"] = secrets.token_urlsafe(32)
        if "openid" in grant.scopes and grant.has_login:
            own = {
                "aud": grant.client_id or audience,
                "at_hash": encoded(digest(access)[:16]),
                "nonce": grant.nonce,
                "auth_time": grant.auth_time,
            }
            own = {name: value for name, value in own.items() if value is not None}
            found["id_token"] = signer.sign({**base, **own}, "JWT")
        if max(len(access), len(found.get("id_token", ""))) > LONGEST:
            raise TooLong
        # The claims of code of one's own are made by now: it may use the database too, and fail.
        with self._known.store.writing() as tables:
            is_there = take is None or take(tables)
            if is_there:
                _note(tables, grant, jti, now + lifetime, found.get("refresh_token"))
        if not is_there:
            if tables.has_changed:
                self._known.announce()
            raise UsedUp
        return found

    def _make_key(self) -> None:
        from mockloop_server.auth.signing import generate

        kid, pem = generate()
        with self._known.store.writing() as tables:
            # Another worker may have been first.
            if not tables.count("auth_signing_keys"):
                tables.insert("auth_signing_keys", kid=kid, private_key=pem, created_at=stamp())
        self._known.announce()


def _note(tables: Tables, grant: Grant, jti: str, expires: float, refresh: str | None) -> None:
    common: Json = {
        "family": grant.family or secrets.token_urlsafe(16),
        "subject": grant.subject,
        "client_id": grant.client_id,
        "scopes": sorted(grant.scopes),
    }
    tables.add_token(jti=jti, kind="access", expires_at=stamp(expires), **common)
    if refresh is not None:
        tables.add_token(
            jti=digest(refresh).hex(),
            kind="refresh",
            expires_at=stamp(time.time() + REFRESH_SECONDS),
            details={"auth_time": grant.auth_time},
            **{**common, "scopes": sorted(grant.lasting or grant.scopes)},
        )


def _read(signer: Signer, text: str) -> Token | Invalid | None:
    if not signer.is_ours(text):
        return None
    claims = signer.read(text, ACCESS)
    if claims is None:
        return FORGED
    return Token(
        claims["jti"],
        claims["sub"],
        frozenset(claims["scope"].split()),
        claims["exp"],
        claims,
    )
