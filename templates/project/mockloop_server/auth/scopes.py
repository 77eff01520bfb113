"""The scopes that there are, and which of them a token gets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mockloop_server.api import Api
from mockloop_server.auth.oauth import OAuthError
from mockloop_server.auth.state import Scopes, common

OPENID = frozenset({"openid", "profile", "email", "address", "phone", "offline_access"})
"""Scopes with a meaning of their own, which any client may ask for."""

_SCOPE = re.compile(r"[!#-\[\]-~]+")


class KnownScopes:
    """The scopes of a description: those that its flows declare, and those that operations need."""

    def __init__(self, api: Api) -> None:
        self.declared: dict[str, str] = {}
        """What each is for."""
        for scheme in api.security_schemes:
            flows = scheme.get("flows")
            for flow in flows.values() if isinstance(flows, dict) else ():
                scopes = flow.get("scopes") if isinstance(flow, dict) else None
                if isinstance(scopes, dict):
                    self.declared.update((name, str(text or "")) for name, text in scopes.items())
        tokens = {
            each["name"]
            for each in api.security_schemes
            if each["type"] in ("oauth2", "openIdConnect") or each.get("scheme") == "bearer"
        }
        self._needed = frozenset(
            scope
            for entry in api.entries
            for requirement in entry.security
            for each in requirement
            if each["scheme"] in tokens
            for scope in each.get("scopes", ())
        )

    @property
    def all(self) -> frozenset[str]:
        """Every scope that a token may have, where the description declares any."""
        return self._needed | self.declared.keys() | OPENID

    def granted(self, asked: str | None, limits: Iterable[Scopes]) -> frozenset[str]:
        """What a token gets: what was asked for, or else all that its holder may have."""
        limit = common(limits)
        if not asked or not asked.strip():
            # Without any that are declared, all are known that somebody was given.
            named = frozenset() if self.declared or limit is None else frozenset(limit)
            every = self._needed | self.declared.keys() | named
            return frozenset(each for each in every if each not in OPENID and _allows(limit, each))
        wanted = asked.split(" ")
        for scope in wanted:
            if scope and not _SCOPE.fullmatch(scope):
                raise OAuthError("invalid_scope", "A scope has characters that none may have.")
            if scope and self.declared and scope not in self.all:
                raise OAuthError("invalid_scope", f"The description has no scope {scope}")
            if scope and scope not in OPENID and not _allows(limit, scope):
                raise OAuthError("invalid_scope", f"The scope {scope} is not allowed here.")
        return frozenset(each for each in wanted if each)

    def still(self, before: frozenset[str], limits: Iterable[Scopes]) -> frozenset[str]:
        """What is left by now of the scopes that a token had."""
        limit, known = common(limits), self.all if self.declared else before
        return frozenset(each for each in before & known if each in OPENID or _allows(limit, each))


def _allows(limit: Scopes, scope: str) -> bool:
    return limit is None or scope in limit
