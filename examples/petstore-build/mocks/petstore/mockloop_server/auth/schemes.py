"""The security schemes of a description: where each looks for a credential."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_plus

from mockloop_server.validation import Incoming

TOKEN68 = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What a bearer token is made of (RFC 6750, section 2.1)."""

_PLACE = b"authorization"

Find = Callable[[Incoming], str | None]


@dataclass(frozen=True, slots=True)
class Scheme:
    """One security scheme."""

    name: str
    kind: str
    """`key`, `basic`, `bearer`, `certificate`, or `other` for what HTTP has beside these."""
    challenge: str
    find: Find
    """The credential in its well-formed text, or nothing."""
    raw: dict[str, Any]
    header: bytes | None = None
    """The header that it is in, in lower case; nothing for other places."""


def schemes_of(raw: list[dict[str, Any]], title: str) -> dict[str, Scheme]:
    """The schemes by name."""
    realm = realm_of(title)
    return {each["name"]: _scheme(each, realm) for each in raw}


def realm_of(title: str) -> str:
    """A title as the realm of a challenge."""
    return re.sub(r"[^ !#-\[\]-~]", "", title)[:60] or "mock"


def authorization(header: str | None, scheme: str) -> str | None:
    """What an `Authorization` header holds for a scheme."""
    name, _, value = (header or "").strip().partition(" ")
    value = value.strip()
    if name.lower() != scheme or not value:
        return None
    return value if scheme != "bearer" or TOKEN68.fullmatch(value) else None


def basic(header: str | None) -> str | None:
    """Name and password, with a colon between them, as an `Authorization` header holds them."""
    try:
        text = base64.b64decode(authorization(header, "basic") or "", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return None
    return text if ":" in text else None


def _scheme(raw: dict[str, Any], realm: str) -> Scheme:
    name, kind = raw["name"], raw["type"].lower()
    if kind == "apikey":
        find, place = _api_key(raw["in"], raw["parameter"]), None
        if raw["in"] == "header":
            place = raw["parameter"].lower().encode("utf-8")
        return Scheme(name, "key", f'ApiKey realm="{realm}"', find, raw, place)
    if kind == "mutualtls":
        return Scheme(name, "certificate", "mTLS", lambda _: "", raw)
    scheme = raw["scheme"].lower() if kind == "http" else "bearer"
    if scheme == "basic":
        challenge = f'Basic realm="{realm}", charset="UTF-8"'
        return Scheme(
            name, "basic", challenge, lambda each: basic(_authorization(each)), raw, _PLACE
        )
    token = re.sub(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]", "", scheme) or "bearer"
    if token == "bearer":
        return Scheme(name, "bearer", f'Bearer realm="{realm}"', _header(scheme), raw, _PLACE)
    return Scheme(name, "other", f'{token} realm="{realm}"', _header(scheme), raw, _PLACE)


def _api_key(location: str, parameter: str) -> Find:
    header = parameter.lower()

    def in_header(request: Incoming) -> str | None:
        return request.header(header) or None

    def in_query(request: Incoming) -> str | None:
        found = (unquote_plus(value) for name, value in request.query if name == parameter)
        return next(found, None) or None

    def in_cookie(request: Incoming) -> str | None:
        return unquote(request.cookies.get(parameter, "")) or None

    return {"header": in_header, "query": in_query}.get(location, in_cookie)


def _header(scheme: str) -> Find:
    return lambda request: authorization(_authorization(request), scheme)


def _authorization(request: Incoming) -> str | None:
    return request.header("authorization")
