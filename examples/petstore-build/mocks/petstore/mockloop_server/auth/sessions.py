"""Tokens that were issued: what they are (RFC 7662), and their end (RFC 7009)."""

from __future__ import annotations

import asyncio
import time

from mockloop_server.auth.digests import digest
from mockloop_server.auth.oauth import OAuthError, is_of
from mockloop_server.auth.state import Client, Known, State
from mockloop_server.auth.store import Row
from mockloop_server.auth.times import seconds_of, stamp
from mockloop_server.auth.tokens import Json, Reader, Token

_MEMBERS = ("iss", "sub", "aud", "client_id", "scope", "iat", "exp", "jti")


class Sessions:
    """Finds tokens by their text."""

    def __init__(self, known: Known, reader: Reader) -> None:
        self._known = known
        self._reader = reader

    async def describe(self, text: str) -> Json:
        """A token as introspection tells of it."""
        token = self._reader.read(await self._known.newest(), text)
        if isinstance(token, Token):
            claims = {name: token.claims[name] for name in _MEMBERS if name in token.claims}
            return {"active": True, "token_type": "Bearer", "username": token.subject, **claims}
        row = None if token is not None else await asyncio.to_thread(self._refresh, text)
        if row is None or row["revoked_at"] or seconds_of(row["expires_at"]) <= time.time():
            return {"active": False}
        return {
            "active": True,
            "token_type": "refresh_token",
            "sub": row["subject"],
            "username": row["subject"],
            "client_id": row["client_id"],
            "scope": " ".join(row["scopes"]),
            "iat": int(seconds_of(row["issued_at"])),
            "exp": int(seconds_of(row["expires_at"])),
        }

    async def revoke(self, text: str, client: Client | None) -> None:
        """End a token of a client; a refresh token with all that came of the same login."""
        state = await self._known.newest()
        token = self._reader.read(state, text)
        if token is None:
            row = await asyncio.to_thread(self._refresh, text)
            if row is not None:
                _check(row["client_id"], client, state)
                await asyncio.to_thread(self._known.end, row["family"])
        elif isinstance(token, Token):
            _check(token.claims.get("client_id"), client, state)
            await asyncio.to_thread(self._revoke_access, token)

    def _refresh(self, text: str) -> Row | None:
        with self._known.store.reading() as tables:
            return tables.find("auth_tokens", jti=digest(text).hex(), kind="refresh")

    def _revoke_access(self, token: Token) -> None:
        with self._known.store.writing() as tables:
            # One that was forgotten for want of room is valid all the same.
            if tables.find("auth_tokens", jti=token.jti) is None:
                tables.add_token(
                    jti=token.jti,
                    kind="access",
                    family=token.jti,
                    subject=token.subject,
                    client_id=token.claims.get("client_id"),
                    scopes=sorted(token.scopes),
                    expires_at=stamp(token.expires),
                )
            tables.revoke(jti=token.jti)
        if tables.has_changed:
            self._known.announce()


def _check(client_id: str | None, client: Client | None, state: State) -> None:
    """Refuse to end what another client has got (RFC 7009, section 2.1)."""
    if not is_of(client_id, client, state):
        raise OAuthError("invalid_grant", "The token is that of another client.")
