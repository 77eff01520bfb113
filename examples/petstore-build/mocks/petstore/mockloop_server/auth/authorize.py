"""`/authorize`: a login in a browser (OpenID Connect Core, section 3.1)."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import secrets
import time
from urllib.parse import urlencode, urlsplit

from mockloop_server.answer import Answer, make
from mockloop_server.auth.digests import digest
from mockloop_server.auth.form import login_form
from mockloop_server.auth.oauth import Accounts, Form, OAuthError
from mockloop_server.auth.scopes import KnownScopes
from mockloop_server.auth.state import Client, Known, State, User, any_client, is_over
from mockloop_server.auth.times import stamp

CODE_SECONDS = 60

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?")
_LONGEST_URI = 2000
_PRIVATE = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
"""The scheme of an app (RFC 8252, section 7.1): the name of a domain, backwards."""


class Redirected(OAuthError):
    """An error that the client is told of by the browser."""


class Authorize:
    """Asks who somebody is, and sends the browser back with a code."""

    def __init__(self, known: Known, accounts: Accounts, scopes: KnownScopes) -> None:
        self._known = known
        self._accounts = accounts
        self._scopes = scopes

    async def answer(self, form: Form, host: str, issuer: str, *, is_sent: bool) -> Answer:
        """The form, or what comes after it."""
        state = await self._known.newest()
        client, uri = _client(state, form, host)
        try:
            self._check(client, form)
            user, message = await self._user(state, form, is_sent=is_sent)
            if user is None:
                if form.get("prompt") == "none":
                    raise Redirected("login_required", "Nobody is logged in.")
                status = 200 if message is None else 403
                return login_form(form, client.client_id, uri, message, status)
            scopes = self._scopes.granted(form.get("scope"), [user.scopes, client.scopes])
            code = await asyncio.to_thread(self._keep, client, uri, user, scopes, form)
        except OAuthError as error:
            told = {"error": error.error, "error_description": error.description}
            return _back(uri, form, issuer, told)
        return _back(uri, form, issuer, {"code": code})

    def _check(self, client: Client, form: Form) -> None:
        if form.get("response_type") != "code":
            raise Redirected("unsupported_response_type", "response_type has to be code.")
        if form.get("response_mode", "query") != "query":
            raise Redirected("invalid_request", "response_mode has to be query.")
        challenge = form.get("code_challenge")
        if challenge is None:
            if client.is_public:
                message = "A client without a secret needs a code_challenge."
                raise Redirected("invalid_request", message)
        elif form.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
            raise Redirected("invalid_request", "code_challenge has to be one of method S256.")

    async def _user(
        self, state: State, form: Form, *, is_sent: bool
    ) -> tuple[User | None, str | None]:
        """Who logs in, or why that is not known."""
        if is_sent:
            name = form.get("username", "")
            user = await self._accounts.user(state, name, form.get("password", ""))
            return user, None if user else "The name or the password is wrong."
        hint = form.get("login_hint", "")
        if not state.users and hint:
            # Everybody is let in, so that there is nothing to ask.
            return await self._accounts.user(state, hint, ""), None
        return None, None

    def _keep(
        self, client: Client, uri: str, user: User, scopes: frozenset[str], form: Form
    ) -> str:
        code = secrets.token_urlsafe(32)
        details = {
            "client_id": client.client_id,
            "redirect_uri": uri,
            "subject": user.name,
            "scopes": sorted(scopes),
            "nonce": form.get("nonce"),
            "challenge": form.get("code_challenge"),
            "auth_time": int(time.time()),
            "family": secrets.token_urlsafe(16),
        }
        with self._known.store.writing() as tables:
            tables.add_code(digest(code).hex(), details, stamp(time.time() + CODE_SECONDS))
        return code


def _client(state: State, form: Form, host: str) -> tuple[Client, str]:
    """Who wants to know, and where to; before that is sure, no browser is sent anywhere."""
    client_id, uri = form.get("client_id"), form.get("redirect_uri")
    if not client_id:
        raise OAuthError("invalid_request", "client_id is missing.")
    client = state.clients.get(client_id) if state.clients else any_client(client_id)
    if client is None or is_over(client.expires):
        raise OAuthError("invalid_client", "There is no such client.")
    if not uri and len(client.redirect_uris) == 1:
        uri = client.redirect_uris[0]
    if not uri:
        raise OAuthError("invalid_request", "redirect_uri is missing.")
    if state.clients and uri not in client.redirect_uris:
        raise OAuthError("invalid_request", "redirect_uri is none of those of the client.")
    if why := why_unusable(uri):
        raise OAuthError("invalid_request", f"redirect_uri {why}.")
    if not state.clients and not _is_near(uri, host):
        message = "redirect_uri leads to another machine: register a client that has it."
        raise OAuthError("invalid_request", message)
    return client, uri


def why_unusable(uri: str) -> str | None:
    """Why a browser is never sent to an address, if so."""
    if len(uri) > _LONGEST_URI or not uri.isascii() or not uri.isprintable() or " " in uri:
        return "has characters that have to be encoded, or too many of them"
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return "is no address"
    if "#" in uri:
        return "has a fragment"
    if parts.scheme in ("http", "https"):
        return None if _HOST.fullmatch(parts.netloc) else "has no host that can be"
    return None if _PRIVATE.fullmatch(parts.scheme) else "has to be http, https, or of an app"


def _is_near(uri: str, host: str) -> bool:
    parts = urlsplit(uri)
    name = parts.hostname
    if parts.scheme not in ("http", "https") or name is None:
        return True
    if name == "localhost" or name.endswith(".localhost") or name == urlsplit(f"//{host}").hostname:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _back(uri: str, form: Form, issuer: str, told: dict[str, str]) -> Answer:
    # Which server it was, so that a client with several is not led astray (RFC 9207).
    told = {**told, "iss": issuer}
    if "state" in form:
        told["state"] = form["state"]
    target = f"{uri}{'&' if '?' in uri else '?'}{urlencode(told)}"
    headers = {"Location": target, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return make(303, b"", None, headers, "control")
