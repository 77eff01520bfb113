"""The endpoints of OAuth 2 and OpenID Connect over HTTP."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.types import Receive, Scope

from mockloop_server.admin.contract import Refused
from mockloop_server.answer import Answer, make, problem_answer
from mockloop_server.auth.authorize import Authorize
from mockloop_server.auth.grants import Grants
from mockloop_server.auth.oauth import FORM, LARGEST, Accounts, OAuthError, fields, told
from mockloop_server.auth.schemes import authorization
from mockloop_server.auth.scopes import OPENID, KnownScopes
from mockloop_server.auth.sessions import Sessions
from mockloop_server.auth.state import Client, Known, State
from mockloop_server.auth.tokens import RESERVED, Invalid, Issuer, Json, Reader, Token
from mockloop_server.log.database import LogError
from mockloop_server.log.record import facts_of
from mockloop_server.part import Page
from mockloop_server.problem import document
from mockloop_server.receive import Disconnected, TooLarge, has_body, merged, raw_path, read_body

PREFIX = "/__mockloop"
DISCOVERY = "/.well-known/openid-configuration"

_HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")

Headers = Mapping[bytes, bytes]


@dataclass(slots=True)
class Place:
    """Where the issuer of tokens is, other than at the address that a request has come to."""

    configured: str
    """The address that clients know; with or without the prefix."""
    home: str = ""
    """The prefix, where the description leaves only that for all endpoints to be below."""

    def base(self, scope: Scope, host: str) -> str:
        """The address of the server."""
        return self.configured.removesuffix(PREFIX) or _base(scope, host)

    def issuer(self, scope: Scope, host: str, prefix: str = "") -> str:
        """The issuer that tokens name, which discovery tells too."""
        return self.configured or self.base(scope, host) + (prefix or self.home)


class Request:
    """A request to one of the endpoints."""

    def __init__(self, scope: Scope, headers: Headers, body: bytes, place: Place) -> None:
        self.method: str = scope["method"]
        self.query: bytes = scope["query_string"]
        self.body = body
        self._headers = headers
        self.host = self.header("host") or ""
        prefix = PREFIX if raw_path(scope).startswith(f"{PREFIX}/".encode()) else ""
        self.door = place.base(scope, self.host) + prefix
        """Where the endpoints are that this request has come to."""
        self.issuer = place.issuer(scope, self.host, prefix)

    def header(self, name: str) -> str | None:
        """A header by its lower-case name."""
        value = self._headers.get(name.encode())
        return None if value is None else value.decode("latin-1")

    def form(self) -> dict[str, str]:
        """The fields of the body."""
        kind = (self.header("content-type") or "").partition(";")[0].strip().lower()
        if kind != FORM:
            raise OAuthError("invalid_request", f"The body has to be {FORM}.")
        return fields(self.body)


def issuer_of(scope: Scope, place: Place) -> str:
    """The issuer of tokens that are made by a call of the admin API."""
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    try:
        return place.issuer(scope, host)
    except OAuthError as error:
        raise Refused(400, error.description) from None


def _base(scope: Scope, host: str) -> str:
    """The address of the server, as its caller knows it."""
    if not host:
        name, port = scope.get("server") or ("localhost", None)
        host = f"{name}:{port}" if port else str(name)
    # A name that goes into addresses, and into tokens.
    if not _HOST.fullmatch(host):
        raise OAuthError("invalid_request", "The Host header cannot be used.")
    return f"{scope['scheme']}://{host}{scope.get('root_path', '')}"


Endpoint = Callable[[Request], Awaitable[Answer]]


class Endpoints:
    """All of them, by path."""

    def __init__(
        self,
        known: Known,
        accounts: Accounts,
        scopes: KnownScopes,
        issuer: Issuer,
        reader: Reader,
        realm: str,
        place: Place,
    ) -> None:
        self._known = known
        self._accounts = accounts
        self._scopes = scopes
        self._issuer = issuer
        self._reader = reader
        self._realm = realm
        self._place = place
        self._grants = Grants(known, accounts, scopes, issuer)
        self._authorize = Authorize(known, accounts, scopes)
        self._sessions = Sessions(known, reader)

    SHARED = frozenset(
        {"/token", "/userinfo", "/revoke", "/jwks.json", "/.well-known/jwks.json", DISCOVERY}
    )
    """What a client that runs in a browser calls."""

    def pages(self) -> dict[str, Page]:
        """What answers each path."""
        return {
            "/authorize": self._page(self._login, "GET", "POST"),
            "/token": self._page(self._token, "POST"),
            "/userinfo": self._page(self._userinfo, "GET", "POST"),
            "/introspect": self._page(self._introspect, "POST"),
            "/revoke": self._page(self._revoke, "POST"),
            "/jwks.json": self._page(self._keys, "GET"),
            "/.well-known/jwks.json": self._page(self._keys, "GET"),
            DISCOVERY: self._page(self._discovery, "GET"),
        }

    def _page(self, endpoint: Endpoint, *methods: str) -> Page:
        allow = ", ".join(sorted({*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))

        async def serve(scope: Scope, receive: Receive) -> Answer:
            facts_of(scope).hides_body = True
            method = scope["method"]
            if method == "OPTIONS":
                return make(204, b"", None, {"Allow": allow}, "control")
            if method not in methods and not (method == "HEAD" and "GET" in methods):
                problem = document(405, f"{method} is not one of {allow}")
                return problem_answer(problem, "control", ("Allow", allow))
            try:
                headers = merged(scope["headers"])
                body = await read_body(headers, receive, LARGEST) if has_body(headers) else b""
                return await endpoint(Request(scope, headers, body, self._place))
            except OAuthError as error:
                return error.answer()
            except TooLarge:
                problem = document(413, f"A body may have {LARGEST} bytes at most.")
                return problem_answer(problem, "control", ("Connection", "close"))
            except LogError as error:
                return problem_answer(document(503, str(error)), "control")
            except Disconnected:
                return make(400, b"", None, decided_by="control")

        return serve

    async def _token(self, request: Request) -> Answer:
        header = request.header("authorization")
        return told(await self._grants.exchange(request.form(), header, request.issuer))

    async def _login(self, request: Request) -> Answer:
        is_sent = request.method == "POST" and b"username=" in request.body
        form = request.form() if request.method == "POST" else fields(request.query)
        return await self._authorize.answer(form, request.host, request.issuer, is_sent=is_sent)

    async def _userinfo(self, request: Request) -> Answer:
        text = authorization(request.header("authorization"), "bearer")
        if text is None:
            raise OAuthError("invalid_request", "A bearer token is needed.", 401, self._challenge())
        state = await self._known.newest()
        token = self._reader.read(state, text)
        if not isinstance(token, Token):
            why = (
                token.reason if isinstance(token, Invalid) else "The token is none of this server."
            )
            raise OAuthError("invalid_token", why, 401, self._challenge("invalid_token", why))
        if "auth_time" not in token.claims:
            why = "The token is that of a client, and of no user who has logged in."
            raise OAuthError("invalid_token", why, 401, self._challenge("invalid_token", why))
        if "openid" not in token.scopes:
            why = "The token lacks the scope openid."
            challenge = self._challenge("insufficient_scope", why, ', scope="openid"')
            raise OAuthError("insufficient_scope", why, 403, challenge)
        user = state.users.get(token.subject)
        claims = {} if user is None else user.claims
        own = {name: value for name, value in claims.items() if name not in RESERVED}
        return told({**own, "sub": token.subject})

    def _challenge(self, error: str = "", why: str = "", more: str = "") -> str:
        details = f', error="{error}", error_description="{why}"{more}' if error else ""
        return f'Bearer realm="{self._realm}"{details}'

    async def _introspect(self, request: Request) -> Answer:
        text, client, state = await self._from_client(request)
        self._accounts.check_secret(state, client)
        return told(await self._sessions.describe(text))

    async def _revoke(self, request: Request) -> Answer:
        text, client, _ = await self._from_client(request)
        await self._sessions.revoke(text, client)
        return make(200, b"", None, {"Cache-Control": "no-store"}, "control")

    async def _from_client(self, request: Request) -> tuple[str, Client | None, State]:
        """A token, and who sends it."""
        form = request.form()
        text = form.get("token")
        if not text:
            raise OAuthError("invalid_request", "token is missing.")
        state = await self._known.newest()
        client = await self._accounts.client(state, form, request.header("authorization"))
        return text, client, state

    async def _keys(self, _: Request) -> Answer:
        signer = await self._issuer.signer()
        return told({"keys": [signer.public()]})

    async def _discovery(self, request: Request) -> Answer:
        door = request.door
        methods = ["client_secret_basic", "client_secret_post", "none"]
        found: Json = {
            "issuer": request.issuer,
            "authorization_endpoint": f"{door}/authorize",
            "token_endpoint": f"{door}/token",
            "userinfo_endpoint": f"{door}/userinfo",
            "introspection_endpoint": f"{door}/introspect",
            "revocation_endpoint": f"{door}/revoke",
            "jwks_uri": f"{door}/jwks.json",
            "scopes_supported": ["openid", *sorted(self._scopes.all - OPENID)],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(self._grants.types),
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": methods,
            "introspection_endpoint_auth_methods_supported": methods[:-1],
            "revocation_endpoint_auth_methods_supported": methods,
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce"],
            "authorization_response_iss_parameter_supported": True,
            "request_uri_parameter_supported": False,
        }
        return told(found)
