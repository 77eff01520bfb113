"""The part of a server that knows who may call."""

from __future__ import annotations

import logging

from mockloop_server.admin.contract import Handlers
from mockloop_server.auth.admin import auth_handlers
from mockloop_server.auth.credentials import Credentials
from mockloop_server.auth.endpoints import DISCOVERY, PREFIX, Endpoints, Place
from mockloop_server.auth.gate import Gate, Permits
from mockloop_server.auth.listed import listed_keys
from mockloop_server.auth.oauth import Accounts
from mockloop_server.auth.passwords import Passwords
from mockloop_server.auth.schemes import realm_of, schemes_of
from mockloop_server.auth.scopes import KnownScopes
from mockloop_server.auth.state import Known
from mockloop_server.auth.tokens import Claims, Issuer, Reader
from mockloop_server.part import Host

logger = logging.getLogger("mockloop")


class Auth:
    """Enforces the description's security, keeps credentials, and issues tokens."""

    tag = "auth"

    def __init__(self, claims: Claims | None = None, permits: Permits | None = None) -> None:
        self._claims = claims
        self._permits = permits
        self._known: Known | None = None

    def install(self, host: Host) -> Handlers:
        """Take its place in a server; gives the handlers of its operations."""
        api, settings = host.api, host.settings
        schemes = schemes_of(api.security_schemes, api.title)
        known = self._known = Known(
            settings.database, listed_keys(settings.credentials, schemes.keys())
        )
        realm, passwords, reader = realm_of(api.title), Passwords(), Reader()
        scopes = KnownScopes(api)
        issuer = Issuer(known, settings.token_seconds, self._claims)
        is_strict = settings.auth == "strict"
        accounts = Accounts(passwords, realm, strict=is_strict)
        gate = Gate(schemes, known, reader, passwords, self._permits, strict=is_strict)
        host.security = gate
        place = Place(settings.issuer)
        endpoints = Endpoints(known, accounts, scopes, issuer, reader, realm, place)
        pages = endpoints.pages()
        host.pages.update(pages)
        host.shared |= endpoints.SHARED
        claimed = [path for path in pages if host.claims(path)]
        host.friendly.update((path, page) for path, page in pages.items() if path not in claimed)
        if claimed:
            # Half of an issuer would be none.
            place.home = PREFIX
            host.friendly.pop(DISCOVERY, None)
            paths = ", ".join(claimed)
            logger.warning("the description has %s itself: log in below %s", paths, PREFIX)
        credentials = Credentials(known, schemes)
        return auth_handlers(api, gate, known, credentials, issuer, scopes, place)

    def start(self) -> None:
        """Take up what is in the database."""
        if self._known is not None:
            self._known.start()

    def stop(self) -> None:
        """Let go of what the workers share."""
        if self._known is not None:
            self._known.stop()
