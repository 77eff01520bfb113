"""`POST /token`: the grants of OAuth 2 (RFC 6749)."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable
from functools import partial

from mockloop_server.auth.digests import digest, encoded
from mockloop_server.auth.oauth import Accounts, Form, OAuthError, is_of
from mockloop_server.auth.scopes import KnownScopes
from mockloop_server.auth.state import Client, Known, State, User, any_user, is_over
from mockloop_server.auth.store import Row, Tables
from mockloop_server.auth.times import seconds_of, stamp
from mockloop_server.auth.tokens import Grant, Issuer, Json, Take, TooLong, UsedUp

Handler = Callable[[State, Client | None, Form], Awaitable[tuple[Grant, Take | None]]]


class Grants:
    """Exchanges what a client has for tokens."""

    def __init__(
        self, known: Known, accounts: Accounts, scopes: KnownScopes, tokens: Issuer
    ) -> None:
        self._known = known
        self._accounts = accounts
        self._scopes = scopes
        self._tokens = tokens
        self._handlers: dict[str, Handler] = {
            "authorization_code": self._code,
            "client_credentials": self._client,
            "password": self._password,
            "refresh_token": self._refresh,
        }
        self.types = tuple(self._handlers)
        """What `grant_type` may be."""

    async def exchange(self, form: Form, header: str | None, issuer: str) -> Json:
        """The tokens that a form asks for."""
        kind = _required(form, "grant_type")
        handler = self._handlers.get(kind)
        if handler is None:
            known = ", ".join(self.types)
            raise OAuthError("unsupported_grant_type", f"grant_type is one of {known}")
        state = await self._known.newest()
        client = await self._accounts.client(state, form, header)
        grant, take = await handler(state, client, form)
        try:
            return await self._tokens.issue(grant, issuer, take=take)
        except TooLong as error:
            raise OAuthError("invalid_request", str(error)) from None
        except UsedUp:
            raise OAuthError("invalid_grant", "It was used already, or has ended.") from None

    async def _password(
        self, state: State, client: Client | None, form: Form
    ) -> tuple[Grant, None]:
        name, password = _required(form, "username"), _required(form, "password")
        user = await self._accounts.user(state, name, password)
        if user is None:
            raise OAuthError("invalid_grant", "The name or the password is wrong.")
        scopes = self._granted(form, user, client)
        return _login(user, client, scopes, auth_time=int(time.time())), None

    async def _client(self, state: State, client: Client | None, form: Form) -> tuple[Grant, None]:
        if client is None:
            raise OAuthError("invalid_client", "Say which client this is.", 401)
        if not self._accounts.has_own_tokens(state, client):
            raise OAuthError("invalid_client", "Only a registered client has own tokens.", 401)
        if client.is_public:
            raise OAuthError("unauthorized_client", "A client without a secret has no own tokens.")
        scopes = self._granted(form, None, client)
        return Grant(client.client_id, client.client_id, scopes), None

    async def _refresh(self, state: State, client: Client | None, form: Form) -> tuple[Grant, Take]:
        jti = digest(_required(form, "refresh_token")).hex()
        row = await asyncio.to_thread(self._find, "auth_tokens", jti=jti, kind="refresh")
        if row is not None and row["revoked_at"] is not None:
            # Used a second time: somebody else has it too, and nobody knows who is who (RFC 9700).
            await asyncio.to_thread(self._known.end, row["family"])
            row = None
        if row is None or not is_of(row["client_id"], client, state):
            raise OAuthError("invalid_grant", "The refresh token is not valid.")
        user = _user(state, row["subject"])
        lasting = frozenset(row["scopes"])
        asked = frozenset(form.get("scope", "").split())
        if asked - lasting:
            raise OAuthError("invalid_scope", "A refresh gives no scope that was not there before.")
        # Asked again, as what a user or a client may do can have changed.
        if asked:
            scopes = self._granted(form, user, client)
        else:
            limits = [user.scopes, None if client is None else client.scopes]
            scopes = self._scopes.still(lasting, limits)
        time_ = row["details"].get("auth_time")
        grant = _login(user, client, scopes, time_, family=row["family"], lasting=lasting)
        return grant, partial(_take_refresh, jti, row["family"])

    async def _code(self, state: State, client: Client | None, form: Form) -> tuple[Grant, Take]:
        key = digest(_required(form, "code")).hex()
        row = await asyncio.to_thread(self._find, "auth_codes", digest=key)
        found = None if row is None else row["details"]
        if row is not None and row["used_at"] is not None:
            await asyncio.to_thread(self._known.end, row["details"]["family"])
            found = None
        if found is None or not is_of(found["client_id"], client, state):
            raise OAuthError("invalid_grant", "The code is not valid.")
        if form.get("redirect_uri", found["redirect_uri"]) != found["redirect_uri"]:
            raise OAuthError("invalid_grant", "The redirect_uri is another than that of the login.")
        challenge, verifier = found["challenge"], form.get("code_verifier")
        if challenge is None and verifier is not None:
            raise OAuthError("invalid_grant", "There was no code_challenge at the login.")
        if challenge is not None:
            shown = encoded(digest(verifier or ""))
            if not hmac.compare_digest(shown.encode(), challenge.encode()):
                raise OAuthError("invalid_grant", "The code_verifier is wrong.")
        grant = _login(
            _user(state, found["subject"]),
            client,
            frozenset(found["scopes"]),
            found["auth_time"],
            found["nonce"],
            found["family"],
        )
        return grant, partial(_take_code, key, found["family"])

    def _granted(self, form: Form, user: User | None, client: Client | None) -> frozenset[str]:
        limits = [each.scopes for each in (user, client) if each is not None]
        return self._scopes.granted(form.get("scope"), limits)

    def _find(self, table: str, **key: str) -> Row | None:
        """What a client has got before, unless its time is over."""
        with self._known.store.reading() as tables:
            row = tables.find(table, **key)
        return None if row is None or seconds_of(row["expires_at"]) <= time.time() else row


# Looked at again where tokens are noted: it can have been used, or have ended, since it was found.
def _take_refresh(jti: str, family: str, tables: Tables) -> bool:
    if tables.revoke(jti=jti):
        return True
    tables.revoke(family=family)
    return False


def _take_code(key: str, family: str, tables: Tables) -> bool:
    row = tables.find("auth_codes", digest=key)
    if row is not None and row["used_at"] is None:
        tables.update("auth_codes", {"digest": key}, used_at=stamp())
        return True
    tables.revoke(family=family)
    return False


def _login(
    user: User,
    client: Client | None,
    scopes: frozenset[str],
    auth_time: int | None,
    nonce: str | None = None,
    family: str = "",
    lasting: frozenset[str] | None = None,
) -> Grant:
    client_id = None if client is None else client.client_id
    return Grant(user.name, client_id, scopes, user.claims, True, nonce, auth_time, family, lasting)


def _user(state: State, name: str) -> User:
    """Who logged in before; where nobody is registered, everybody is known."""
    user = state.users.get(name)
    if user is None and not state.users:
        return any_user(name)
    if user is None or is_over(user.expires):
        raise OAuthError("invalid_grant", "The user is not known any more.")
    return user


def _required(form: Form, name: str) -> str:
    value = form.get(name)
    if not value:
        raise OAuthError("invalid_request", f"{name} is missing.")
    return value
